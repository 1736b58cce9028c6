/** Reproducible random numbers for tests (xoshiro-like mixing of a counter; not for anything secret). */
export interface Random {
  /** An integer in `[0, limit)`. */
  below(limit: number): number;
  /** In `[0, 1)`. */
  fraction(): number;
  /** Uniform enough in `[0, modulus)`, with 0, 1, modulus − 1 and small values more often than chance. */
  element(modulus: bigint): bigint;
  elements(modulus: bigint, count: number): bigint[];
}

export function createRandom(seed: string): Random {
  let state = 0x9e3779b97f4a7c15n;
  const word = (): bigint => {
    state = BigInt.asUintN(64, state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
  for (const character of seed) {
    state ^= BigInt(character.codePointAt(0) ?? 0);
    state = word();
  }
  const below = (limit: number): number => Number(word() % BigInt(limit));
  const element = (modulus: bigint): bigint => {
    switch (below(24)) {
      case 0:
        return 0n;
      case 1:
        return 1n;
      case 2:
        return modulus - 1n;
      case 3:
        return BigInt(below(65536));
      default:
        return (word() + (word() << 64n) + (word() << 128n) + (word() << 192n) + (word() << 256n)) % modulus;
    }
  };
  return {
    below,
    fraction: () => Number(word() >> 11n) / 2 ** 53,
    element,
    elements: (modulus, count) => Array.from({ length: count }, () => element(modulus)),
  };
}
