/**
 * Power series at infinity, truncated: how the quotient gets its top coefficients without a fourth coset.
 *
 * A polynomial of degree ≤ `d·(n+1)` (columns of two blinding coefficients; `d·(n+2)` of three) is held as its formal degree `d` (in columns) and
 * its top T coefficients, those of `X^{d(n+1)}, X^{d(n+1)-1}, …`. Products add degrees and convolve; in a sum the summand of lower formal degree
 * lies at least `n + 1 > T` places below and is lost, which is right: all that is ever asked for are the top T.
 */

import type { Ring } from '../../expr/evaluate.ts';
import { Fr } from '../../field/field.ts';

export interface Series {
  /** Formal degree in columns. */
  readonly degree: number;
  /** Highest first. */
  readonly top: readonly bigint[];
}

/** The ring of series with `terms` terms; `terms ≤ n`. */
export function seriesRing(terms: number): Ring<Series> {
  const zeros: readonly bigint[] = new Array<bigint>(terms).fill(0n);
  const negate = (a: Series): Series => ({ degree: a.degree, top: a.top.map(Fr.neg) });
  const add = (a: Series, b: Series): Series => {
    if (a.degree !== b.degree) return a.degree > b.degree ? a : b;
    return { degree: a.degree, top: a.top.map((v, i) => Fr.add(v, b.top[i]!)) };
  };
  return {
    add,
    sub: (a, b) => add(a, negate(b)),
    mul: (a, b) => {
      const degree = a.degree + b.degree;
      // Degree 0: a constant is its first term alone.
      if (a.degree === 0) return { degree, top: b.top.map((v) => Fr.mul(v, a.top[0]!)) };
      if (b.degree === 0) return { degree, top: a.top.map((v) => Fr.mul(v, b.top[0]!)) };
      const top = zeros.map((_, k) => {
        let sum = 0n;
        for (let i = 0; i <= k; i++) sum += a.top[i]! * b.top[k - i]!;
        return Fr.from(sum);
      });
      return { degree, top };
    },
    constant: (value) => ({ degree: 0, top: zeros.map((_, i) => (i === 0 ? value : 0n)) }),
  };
}

/** A column as a series: its highest coefficients, of `X^{n+1}, X^n, …` or from `X^{n+2}` on (zero where a fixed column has none). */
export function columnSeries(top: readonly bigint[]): Series {
  return { degree: 1, top };
}
