/** Sums of points as they come from claims. */
import { Fr } from '../../field/field.ts';
import type { ProgramBuilder } from '../builder.ts';
import { addPoints } from '../gadgets/curve.ts';
import { msm } from '../gadgets/msm.ts';
import type { Point } from '../program.ts';
import { type Arithmetic, isConstant } from './arithmetic.ts';
import type { WeightedPoint } from './shard.ts';

/**
 * `Σ scalar·point`. A point whose scalar is 1 or −1 is added as it is, which takes four relations where a term of the multi-scalar multiplication takes two hundred.
 */
export function addUp(arithmetic: Arithmetic, terms: readonly WeightedPoint[]): Point {
  const { builder } = arithmetic;
  const plain = ({ scalar }: WeightedPoint): boolean =>
    isConstant(scalar) && [1n, Fr.neg(1n)].includes(scalar.constant);
  const weighted = terms.filter((term) => !plain(term));
  const sum = msm(
    builder,
    weighted.map(({ scalar, point }) => ({ scalar: arithmetic.element(scalar), point })),
  );
  return terms
    .filter(plain)
    .reduce(
      (total, { scalar, point }) =>
        addPoints(builder, total, scalar.constant === 1n ? point : negated(builder, point)),
      sum,
    );
}

function negated(builder: ProgramBuilder, { x, y }: Point): Point {
  const minusY = builder.value();
  builder.relation({ e1: 1, E1: minusY, e2: 1, E2: y, makes: 'E1' });
  return { x, y: minusY };
}
