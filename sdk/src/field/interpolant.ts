/** A polynomial at a point, from its values. */
import { Fr } from './field.ts';
import { log2Exact, rootOfUnity } from './roots.ts';

/**
 * `f(x)` of the `f` of degree below `n` with the values `values[j] = f(ω_n^j)`, natural order. `n` is a power of two; values are integers of any
 * size and sign. Halves the values `log n` times: with `f(X) = e(X²) + X·o(X²)`, `2·f(x)` is the value at `x²` of the polynomial that has
 * `f(w) + f(−w) + x/w·(f(w) − f(−w))` at `w²`. Some `2n` products; right in `H_n` too, where the barycentric formula divides by zero.
 */
export function evaluateInterpolant(values: readonly bigint[], x: bigint): bigint {
  const r = Fr.modulus;
  const n = values.length;
  log2Exact(n);
  const folded = [...values];
  let point = x;
  for (let half = n / 2; half >= 1; half /= 2) {
    const inverse = Fr.inv(rootOfUnity(2 * half));
    let ratio = point;
    for (let j = 0; j < half; j++) {
      const [at, opposite] = [folded[j]!, folded[j + half]!];
      folded[j] = (at + opposite + (at - opposite) * ratio) % r;
      ratio = (ratio * inverse) % r;
    }
    point = (point * point) % r;
  }
  return Fr.mul(Fr.from(folded[0]!), Fr.inv(BigInt(n)));
}
