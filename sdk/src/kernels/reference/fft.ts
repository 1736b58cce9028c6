/** Textbook FFT over anything that Fr acts on (field elements, points of G1). */
import { Fr } from '../../field/field.ts';
import { rootOfUnity } from '../../field/roots.ts';

export interface Module<T> {
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  /** `scalar·a` */
  mul(a: T, scalar: bigint): T;
}

/**
 * `out[i] = Σ_k values[k]·ω^(i·k)` with `ω = ω_n` or, where `inverse`, `1/ω_n` (and no division by n); natural order
 * on both sides. `values.length` is a power of two.
 */
export function fft<T>(
  values: readonly T[],
  inverse: boolean,
  module: Module<T> = Fr as unknown as Module<T>,
): T[] {
  const root = rootOfUnity(values.length);
  return transform(values, inverse ? Fr.inv(root) : root, module);
}

function transform<T>(values: readonly T[], root: bigint, module: Module<T>): T[] {
  const n = values.length;
  if (n === 1) return [...values];
  const square = Fr.mul(root, root);
  const even = transform(
    values.filter((_, i) => i % 2 === 0),
    square,
    module,
  );
  const odd = transform(
    values.filter((_, i) => i % 2 === 1),
    square,
    module,
  );
  const out = new Array<T>(n);
  let power = 1n;
  for (let i = 0; i < n / 2; i++) {
    const term = module.mul(odd[i], power);
    out[i] = module.add(even[i], term);
    out[i + n / 2] = module.sub(even[i], term);
    power = Fr.mul(power, root);
  }
  return out;
}
