/**
 * How the shards of a run are joined: leaves of consecutive shards, joins of consecutive parts. Every part but the last of a join has as many shards as the first, a power of
 * two, so the roots of parts make the root of the run (`rootOf`).
 */
import type { LeafShape } from './verifier/leaf.ts';

/** Shards of a leaf, but for the last one; a power of two. */
export const LEAF_SHARDS = 4;
/** Most parts of a join; a power of two. */
export const JOIN_PARTS = 4;

/** A program of inner proofs. */
export type InnerShape =
  | { readonly kind: 'leaf'; readonly leaf: LeafShape }
  | { readonly kind: 'join'; readonly children: number };

/** All of them, in the order of the list that T is the digest of: full leaves, leaves that end with the closing shard, joins. */
export const INNER_SHAPES: readonly InnerShape[] = [
  { kind: 'leaf', leaf: { bodies: LEAF_SHARDS, closing: false } },
  ...Array.from(
    { length: LEAF_SHARDS },
    (_, bodies): InnerShape => ({ kind: 'leaf', leaf: { bodies, closing: true } }),
  ),
  ...Array.from({ length: JOIN_PARTS - 1 }, (_, i): InnerShape => ({ kind: 'join', children: i + 2 })),
];

/** Consecutive shards of a run that one inner proof speaks of. */
export interface Part {
  /** Place of its first shard. */
  readonly first: number;
  /** Number of its shards. */
  readonly count: number;
  /** Which of {@link INNER_SHAPES}. */
  readonly program: number;
  /** Of a join: the parts it is made of, as places in the list of parts; empty for a leaf. */
  readonly children: readonly number[];
}

const indexOf = (found: (shape: InnerShape) => boolean): number => INNER_SHAPES.findIndex(found);

/**
 * All parts of a run of so many shards, two or more: leaves in order, then joins level by level, the one of the whole run last.
 */
export function planParts(shards: number): readonly Part[] {
  if (!(Number.isSafeInteger(shards) && shards >= 2)) {
    throw new RangeError(`${shards} shards are not joined: a run has two or more`);
  }
  const parts: Part[] = [];
  let level: number[] = [];
  for (let first = 0; first < shards; first += LEAF_SHARDS) {
    const count = Math.min(LEAF_SHARDS, shards - first);
    const closing = first + count === shards;
    const bodies = closing ? count - 1 : count;
    const program = indexOf(
      (shape) => shape.kind === 'leaf' && shape.leaf.bodies === bodies && shape.leaf.closing === closing,
    );
    level.push(parts.push({ first, count, program, children: [] }) - 1);
  }
  while (level.length > 1) {
    const above: number[] = [];
    for (let at = 0; at < level.length; at += JOIN_PARTS) {
      const children = level.slice(at, at + JOIN_PARTS);
      // What is left alone goes up as it is.
      if (children.length === 1) {
        above.push(children[0]!);
        continue;
      }
      const count = children.reduce((sum, child) => sum + parts[child]!.count, 0);
      const program = indexOf((shape) => shape.kind === 'join' && shape.children === children.length);
      above.push(parts.push({ first: parts[children[0]!]!.first, count, program, children }) - 1);
    }
    level = above;
  }
  return parts;
}
