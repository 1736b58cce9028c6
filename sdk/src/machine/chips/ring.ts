/**
 * ring: hides the sums of a run's shards. Each shard sends a mask and receives that of the shard before it, the first that of the last: together they
 * add nothing to the bus, and each sum alone is uniform. Both may be any field elements, and multiplicities are bits: whatever a prover sends
 * here, nothing but another row of this chip can receive, since the tag is no one else's.
 */
import type { Engine, IntColumn, Vector } from '../../kernels/contract.ts';
import { type Chip, ChipBuilder } from '../../plonk/declare/declare.ts';
import { SHARED_MIN_LOG } from '../../plonk/declare/shape.ts';
import { MASK } from '../tags.ts';

/** What a shard sends and receives, uniform in the field. */
export interface RingMasks {
  readonly own: bigint;
  readonly before: bigint;
}

function declare(): Chip {
  const chip = new ChipBuilder('ring');
  const why = 'a mask: any field element';
  const sends = chip.bit('sends');
  const own = chip.column('own', 'bound', 8, why);
  const receives = chip.bit('receives');
  const before = chip.column('before', 'bound', 8, why);
  chip.send('mask', MASK, sends, [own]);
  chip.receive('mask before', MASK, receives, [before]);
  return chip.build({
    about: 'Masks of the sums of shards, in a ring: only in runs of several proofs.',
    height: { from: 'proof', minLog: SHARED_MIN_LOG },
  });
}

/** One row; the columns are zero so far. */
function fill(engine: Engine, columns: readonly (IntColumn | Vector)[], { own, before }: RingMasks): void {
  const [sends, mask, receives, received] = columns as [IntColumn, Vector, IntColumn, Vector];
  engine.words(sends)[0] = 1;
  engine.words(receives)[0] = 1;
  engine.write(mask, 0, [own]);
  engine.write(received, 0, [before]);
}

export const ring: { readonly chip: Chip; readonly fill: typeof fill } = { chip: declare(), fill };
