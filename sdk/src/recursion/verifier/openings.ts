/** The openings as operations of a program: what `checkOpenings` of the native verifier adds up before its pairing. */
import type { Schedule } from '../../plonk/declare/schedule.ts';
import type { Arithmetic, Term } from './arithmetic.ts';

export interface OpeningTerms {
  readonly plan: Schedule;
  readonly omega: Term;
  readonly values: readonly Term[];
  /** What the proof says `1/Z_T(u)` is. */
  readonly inverse: Term;
  readonly challenges: Readonly<Record<'z' | 'gamma' | 'u', Term>>;
}

/** Scalars of the commitments, in the order of the schedule's packs, and of the generator. */
export interface OpeningScalars {
  readonly packs: readonly Term[];
  readonly generator: Term;
}

/** `γ^g/Z_g(u)` for each claim, added up by packs, and `−Σ_g γ^g/Z_g(u)·r_g(u)`; shows that the inverse is what it is said to be. */
export function openingScalars(arithmetic: Arithmetic, parts: OpeningTerms): OpeningScalars {
  const a = arithmetic;
  const { plan, omega, values, inverse, challenges } = parts;
  const { z, gamma, u } = challenges;
  const wz = a.written(a.mul(omega, z));
  const powers = new Map<number, Term>();
  const moduli = plan.moduli.map(({ t, at }) => {
    const power = powers.get(t) ?? a.written(a.pow(u, t));
    powers.set(t, power);
    return a.of(a.element(a.sub(power, at === 'z' ? z : wz)));
  });
  a.assertEqual(a.mul(inverse, a.product(moduli)), a.constant(1n));
  const inverses = moduli.map((_, k) => a.written(a.mul(inverse, a.product(moduli.toSpliced(k, 1)))));

  const packs: Term[] = plan.packs.map(() => a.constant(0n));
  let generator: Term = a.constant(0n);
  let power: Term = a.constant(1n);
  for (const claim of plan.claims) {
    const weight = a.written(a.mul(power, inverses[claim.modulus]!));
    const { first, count } = claim.values;
    const r = a.polynomial(values.slice(first, first + count), u);
    packs[claim.pack] = a.add(packs[claim.pack]!, weight);
    generator = a.sub(generator, a.mul(weight, r));
    power = a.written(a.mul(power, gamma));
  }
  return { packs, generator };
}
