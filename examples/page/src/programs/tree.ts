/** Members as `examples/members` has them: a tree of SHA-256 with 256 leaves, and what one of them knows. */
import { concatHex, type Hex, sha256, toHex } from 'viem';

/** What a member keeps. */
export interface Card {
  readonly secret: Hex;
  readonly place: number;
  readonly siblings: readonly Hex[];
}

export interface Members {
  readonly root: Hex;
  cardOf(place: number): Card;
}

/** 256 made-up members, whose secrets everybody knows. */
export function madeUpMembers(): Members {
  const secrets = Array.from({ length: 256 }, (_, i) => sha256(toHex(Uint8Array.of(i, 7))));
  const levels: Hex[][] = [secrets.map((secret) => sha256(secret))];
  while (levels.at(-1)!.length > 1) {
    const below = levels.at(-1)!;
    levels.push(
      Array.from({ length: below.length / 2 }, (_, i) =>
        sha256(concatHex([below[2 * i]!, below[2 * i + 1]!])),
      ),
    );
  }
  return {
    root: levels.at(-1)![0]!,
    cardOf: (place) => ({
      secret: secrets[place]!,
      place,
      siblings: levels.slice(0, -1).map((level, depth) => level[(place >> depth) ^ 1]!),
    }),
  };
}
