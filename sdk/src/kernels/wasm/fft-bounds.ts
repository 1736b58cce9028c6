/**
 * Where an FFT must normalise its sums: the bounds of `field-emitter.ts` followed through the stages. Values are in
 * multiples of p, limbs below the top in multiples of 2^50. Twiddles are within 0.501·p, limbs within 2^50.
 *
 *  - A product needs `|x_i·w_j| ≤ 2^102`: limbs ≤ 4, and top limbs `0.757·|x| ≤ 4`, so `|x| ≤ 5.28`; it gives
 *    `0.1895·|x| + 0.627` with limbs ≤ 1.
 *  - Normalising needs `|x| ≤ 7` and `limbs + 0.55·|x| ≤ 8`; it gives 0.501 and 1.
 */

interface Bound {
  readonly value: number;
  readonly limbs: number;
}

/** What vectors hold between operations. */
const NORMAL: Bound = { value: 1.62, limbs: 1 };
const REDUCED: Bound = { value: 0.501, limbs: 1 };

const canMultiply = ({ value, limbs }: Bound): boolean => limbs <= 4 && value <= 5.28;
const canNormalise = ({ value, limbs }: Bound): boolean => value <= 7 && limbs + 0.55 * value <= 8;
const product = ({ value }: Bound): Bound => ({ value: 0.1895 * value + 0.627, limbs: 1 });
const sum = (a: Bound, b: Bound): Bound => ({ value: a.value + b.value, limbs: a.limbs + b.limbs });

/** Forward stage: `a ± w·b`. */
const forwardStage = (x: Bound): Bound => sum(x, product(x));

/** Mask of the stages `4 … 2^(k−1)` of a forward transform that normalise; stages 1 and 2 do not. */
export function forwardMask(k: number): number {
  let mask = 0;
  let bound = forwardStage(forwardStage(NORMAL));
  for (let t = 2; t < k; t++) {
    if (!canMultiply(bound)) throw new RangeError('a forward stage exceeds its bounds');
    const out = forwardStage(bound);
    const next = forwardStage(out);
    if (t + 1 < k && canMultiply(out) && canNormalise(next)) {
      bound = out;
      continue;
    }
    if (!canNormalise(out)) throw new RangeError('a forward stage cannot be normalised');
    mask += 2 ** t;
    bound = REDUCED;
  }
  return mask;
}

/** Mask of the stages `2^(k−1) … 4` of an inverse transform: `a + b` normalised or not, `(a − b)·w`. */
export function inverseMask(k: number): number {
  let mask = 0;
  let bound = NORMAL;
  for (let t = k - 1; t >= 2; t--) {
    const out = sum(bound, bound);
    if (!canMultiply(out) || !canNormalise(out)) throw new RangeError('an inverse stage exceeds its bounds');
    if (t > 2 && canMultiply(sum(out, out)) && canNormalise(sum(out, out))) {
      // The products are smaller than the sums.
      bound = out;
      continue;
    }
    mask += 2 ** t;
    bound = product(out).value > REDUCED.value ? product(out) : REDUCED;
  }
  if (bound.value > NORMAL.value || bound.limbs > NORMAL.limbs)
    throw new RangeError('an inverse ends too large');
  return mask;
}
