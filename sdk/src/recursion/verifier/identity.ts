/** The constraint identity at `z`, as operations of a program: what `checkIdentity` of the native verifier computes. */
import { challengeValues } from '../../plonk/declare/challenges.ts';
import type { Schedule } from '../../plonk/declare/schedule.ts';
import type { Shape } from '../../plonk/declare/shape.ts';
import type { Arithmetic, Term } from './arithmetic.ts';
import type { HeightTerms } from './heights.ts';

/** The public terms add up to `num/den`, den not zero; of a shard minus what its interactions add up to stands for them. */
export interface BusTerms {
  readonly num: Term;
  readonly den: Term;
}

export interface IdentityTerms {
  readonly shape: Shape;
  readonly plan: Schedule;
  readonly heights: HeightTerms;
  readonly values: readonly Term[];
  readonly bus: BusTerms;
  readonly challenges: Readonly<Record<'alpha' | 'beta' | 'y' | 'z', Term>>;
}

/** `Σ_j y^{o_j}·S_j·C_j + y^last·(den·(φ(ωz) − φ(z) − Σ_j (n_j/N)·S_j·H_j) − num/N) = (z^N − 1)·Q`, and `z^N ≠ 1`. */
export function assertIdentity(arithmetic: Arithmetic, parts: IdentityTerms): void {
  const a = arithmetic;
  const { shape, plan, heights, values, challenges } = parts;
  const { y, z } = challenges;
  const { zN, S, shares } = heights.at(z);
  const vanishing = a.of(a.element(a.sub(zN, a.constant(1n))));
  a.assertNotZero(vanishing);

  const leaves = challengeValues(shape.challenges, challenges, (x, w) => a.written(a.mul(x, w)));
  const valuesOf = (indices: readonly number[]): Term[] => indices.map((i) => values[i]!);
  const perChip = shape.chips.map(({ program }, j) => {
    const { main, fixed, helper } = plan.values.chips[j]!;
    const C = a.evaluate(program, valuesOf([...main, ...fixed, ...helper]), leaves);
    return { term: a.mul(S[j]!, C), helpers: a.mul(shares[j]!, a.sum(valuesOf(helper))) };
  });
  const step = a.sub(
    a.sub(values[plan.values.phiNext]!, values[plan.values.phi]!),
    a.sum(perChip.map(({ helpers }) => helpers)),
  );
  const { num, den } = parts.bus;
  const bus = a.sub(a.mul(den, step), a.mul(num, heights.inverseN));
  // Horner over the chips, the bus last: each moves the power of y on by its constraints.
  const left = shape.chips.reduceRight<Term>(
    (total, { constraints }, j) => a.add(a.mul(total, a.pow(y, constraints)), perChip[j]!.term),
    bus,
  );
  const Q = a.polynomial(values.slice(plan.values.quotient, plan.values.phi), zN);
  a.assertEqual(left, a.mul(vanishing, Q));
}
