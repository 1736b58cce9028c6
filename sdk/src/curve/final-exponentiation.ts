/**
 * The final exponentiation of the pairing, `f^((p¹² − 1)/r)` up to a power prime to r (Fuentes-Castañeda, Knapp, Rodríguez-Henríquez, SAC
 * 2011). `@noble/curves` has one too, whose first use computes tables of Frobenius coefficients by exponentiation: half the time of a
 * pairing that is computed once in a process. Here they follow from one constant.
 */
import type { Fp2, Fp12 } from '@noble/curves/abstract/tower.js';
import { bn254 } from '@noble/curves/bn254.js';

const { Fp2: F2, Fp12: F } = bn254.fields;

/** γ = ξ^((p − 1)/6), ξ = 9 + i. */
export const FROBENIUS_GAMMA: Fp2 = F2.fromBigTuple([
  8376118865763821496583973867626364092589906065868298776909617916018768340080n,
  16469823323077808223889137241176536799009286646108169935659301613961712198316n,
]);

/** u of BN254: p and r are polynomials in it. */
const U = 4965661367192848881n;

/** γ^j, j from 0 to 5. */
let powers: readonly Fp2[] | undefined;

function gammaPowers(): readonly Fp2[] {
  if (powers === undefined) {
    const list: Fp2[] = [F2.ONE];
    while (list.length < 6) list.push(F2.mul(list.at(-1)!, FROBENIUS_GAMMA));
    powers = list;
  }
  return powers;
}

/** `f^p`: of `Σ_j a_j·w^j` with w⁶ = ξ it is `Σ_j conj(a_j)·γ^j·w^j`. */
export function frobenius({ c0, c1 }: Fp12): Fp12 {
  const gamma = gammaPowers();
  const term = ({ c0: real, c1: imaginary }: Fp2, j: number): Fp2 =>
    F2.mul({ c0: real, c1: bn254.fields.Fp.neg(imaginary) }, gamma[j]!);
  return {
    c0: { c0: term(c0.c0, 0), c1: term(c0.c1, 2), c2: term(c0.c2, 4) },
    c1: { c0: term(c1.c0, 1), c1: term(c1.c1, 3), c2: term(c1.c2, 5) },
  };
}

/** `f^(−u)` of a unitary f, whose inverse is its conjugate. */
function powerMinusU(f: Fp12): Fp12 {
  let power = f;
  for (const bit of U.toString(2).slice(1)) {
    power = F._cyclotomicSquare(power);
    if (bit === '1') power = F.mul(power, f);
  }
  return F.conjugate(power);
}

/** Of an f that is not zero. One exactly where `f^((p¹² − 1)/r)` is. */
export function finalExponentiation(f: Fp12): Fp12 {
  // (p⁶ − 1)·(p² + 1): what is left is unitary, so squares are cheap.
  const unitary = F.mul(F.conjugate(f), F.inv(f));
  const g = F.mul(frobenius(frobenius(unitary)), unitary);
  // (p⁴ − p² + 1)/r times 2u·(6u² + 3u + 1), in base p with digits that are polynomials in u.
  const a = F._cyclotomicSquare(powerMinusU(g));
  const b = F.mul(F._cyclotomicSquare(a), a);
  const c = powerMinusU(b);
  const d = powerMinusU(F._cyclotomicSquare(c));
  const e = F.mul(F.mul(F.conjugate(d), c), F.conjugate(b));
  const h = F.mul(e, a);
  const third = frobenius(F.mul(F.conjugate(g), h));
  const second = frobenius(F.mul(e, third));
  const first = frobenius(F.mul(h, second));
  return F.mul(first, F.mul(F.mul(e, c), g));
}
