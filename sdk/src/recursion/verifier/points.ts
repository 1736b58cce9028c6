/** Sums of points as they come from claims. */
import { Fr } from '../../field/field.ts';
import type { ProgramBuilder } from '../builder.ts';
import { addPoints } from '../gadgets/curve.ts';
import { msm } from '../gadgets/msm.ts';
import type { Point } from '../program.ts';
import { type Arithmetic, isConstant } from './arithmetic.ts';
import type { WeightedPoint } from './walk.ts';

/**
 * `Σ scalar·point`. A point whose scalar is 1 or −1 is added as it is, which takes four relations where a term of the multi-scalar multiplication takes two hundred.
 */
export function addUp(arithmetic: Arithmetic, terms: readonly WeightedPoint[]): Point {
  const { builder } = arithmetic;
  const plain = ({ scalar }: WeightedPoint): boolean =>
    isConstant(scalar) && [1n, Fr.neg(1n)].includes(scalar.constant);
  // One term a point: the generator stands in every claim.
  const weighted = Map.groupBy(
    terms.filter((term) => !plain(term)),
    ({ point }) => `${point.x.id} ${point.y.id}`,
  );
  const sums = [...weighted.values()].map((same) => ({
    scalar: arithmetic.element(arithmetic.sum(same.map(({ scalar }) => scalar))),
    point: same[0]!.point,
  }));
  const points = terms
    .filter(plain)
    .map(({ scalar, point }) => (scalar.constant === 1n ? point : negated(builder, point)));
  return [...(sums.length === 0 ? [] : [msm(builder, sums)]), ...points].reduce((total, point) =>
    addPoints(builder, total, point),
  );
}

function negated(builder: ProgramBuilder, { x, y }: Point): Point {
  const minusY = builder.value();
  builder.relation({ e1: 1, E1: minusY, e2: 1, E2: y, makes: 'E1' });
  return { x, y: minusY };
}
