/** Parts of public vectors that several programs have. */
import type { G1Point } from '../../curve/g1.ts';
import { fixedPacks } from '../../plonk/declare/shape.ts';
import type { VerifyingKey } from '../../plonk/keys/key.ts';
import { pointElements } from '../../transcript/elements.ts';
import type { ProgramBuilder } from '../builder.ts';
import { inputPoint } from '../gadgets/curve.ts';
import type { Element, Point } from '../program.ts';

export const publicElements = (builder: ProgramBuilder, count: number): Element[] =>
  Array.from({ length: count }, () => builder.publicElement());

export function assertEqualLists(
  builder: ProgramBuilder,
  left: readonly Element[],
  right: readonly Element[],
): void {
  if (left.length !== right.length) throw new RangeError('two lists of different lengths are compared');
  left.forEach((element, i) => {
    builder.assertEqual(element, right[i]!);
  });
}

/**
 * Commitments of a program key, three elements each. @param key one with an image, whose packs say how many there are
 */
export const publicCommitments = (builder: ProgramBuilder, { shape }: VerifyingKey): Element[][] =>
  fixedPacks(shape, 'program').map(() => publicElements(builder, 3));

/** They as points of the witness, which are shown to be those of the vector. */
export function imagePoints(builder: ProgramBuilder, commitments: readonly (readonly Element[])[]): Point[] {
  return builder.scope('program key', () =>
    commitments.map((elements) => {
      const point = inputPoint(builder);
      assertEqualLists(builder, builder.packPoint(point), elements);
      return point;
    }),
  );
}

/** Points as the vector has them. */
export const publicPoints = (points: readonly G1Point[]): bigint[] =>
  points.flatMap((point) => pointElements(point?.x ?? 0n, point?.y ?? 0n));
