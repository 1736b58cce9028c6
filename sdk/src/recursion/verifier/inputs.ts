/** What a program of shards is run on, from their proofs: points and elements in the order in which `shard.ts` reads them. Bytes are not judged here. */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { decodeG1, type G1Point } from '../../curve/g1.ts';
import { fail } from '../../errors/index.ts';
import { ITEM_BYTES, SELECTOR_BYTES, schedule } from '../../plonk/declare/schedule.ts';
import type { ProgramKey, VerifyingKey } from '../../plonk/keys/key.ts';
import type { ProgramInputs } from '../program.ts';
import { heightBits, type LogRange } from './heights.ts';

type Inputs = Pick<ProgramInputs, 'elements' | 'points'>;

/** Of a shard: what it is read up to its leaf, and behind that. */
export interface ShardInputs {
  readonly open: Inputs;
  readonly rest: Inputs;
}

/**
 * @param program that of the run, where the key has an image
 * @throws RangeError for heights that the program does not allow, PROOF_POINT for what is no point
 */
export function shardInputs(
  key: VerifyingKey,
  range: LogRange,
  { program, proof }: { readonly program: Pick<ProgramKey, 'log'>; readonly proof: Uint8Array },
): ShardInputs {
  const plan = schedule(key.shape);
  const elements: bigint[] = [];
  const points: NonNullable<G1Point>[] = [];
  let at = SELECTOR_BYTES;
  let open: Inputs | undefined;
  for (const { name, items } of plan.rounds) {
    for (const { kind, from, label } of items) {
      if (from === 'context') continue;
      const bytes = proof.subarray(at, at + ITEM_BYTES[kind as keyof typeof ITEM_BYTES]);
      at += bytes.length;
      if (kind === 'point') points.push(decodeG1(bytes, { where: label, infinity: 'reject' })!);
      else if (kind === 'scalar') elements.push(bytesToNumberBE(bytes));
      else {
        const logs = key.shape.chips.map(({ height }, j) => {
          if (height.from === 'key') return height.log;
          return height.from === 'program' ? program.log : bytes[plan.heights.indexOf(j)]!;
        });
        elements.push(...heightBits(key, range, logs));
      }
    }
    if (name === 'main') open = { elements: elements.splice(0), points: points.splice(0) };
  }
  return { open: open!, rest: { elements, points } };
}

/** One behind the other. */
export const joinInputs = (parts: readonly Inputs[]): Inputs => ({
  elements: parts.flatMap(({ elements }) => elements),
  points: parts.flatMap(({ points }) => points),
});

/** The commitments of a program key as points. @throws KEY_INVALID for infinity, which no program takes and no image has */
export const imageInputs = ({ commitments }: ProgramKey): Inputs => ({
  elements: [],
  points: commitments.map(
    (point, i) =>
      point ??
      fail('KEY_INVALID', `commitment ${i} is infinity, which that of an image never is`, {
        where: 'program key',
        fix: 'Make the program key again from the module',
      }),
  ),
});
