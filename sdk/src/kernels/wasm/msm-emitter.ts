/** Everything the multi-scalar multiplication and the group FFT need in the kernel module. */
import type { KernelContext } from './kernel-context.ts';
import { emitAffine } from './msm-affine.ts';
import { emitBuckets } from './msm-buckets.ts';
import { emitCombine } from './msm-combine.ts';
import { emitMultiples } from './msm-multiples.ts';
import { emitPoints } from './msm-points.ts';

export function emitMsm(context: KernelContext): void {
  const affine = emitAffine(context);
  emitPoints(context, affine.isZero);
  emitBuckets(context, affine);
  emitCombine(context, affine);
  emitMultiples(context, affine);
}
