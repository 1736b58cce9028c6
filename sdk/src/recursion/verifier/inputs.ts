/** What a program that verifies proofs is run on: points and elements in the order in which `walk.ts` reads them. Bytes are not judged here. */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { decodeG1, type G1Point } from '../../curve/g1.ts';
import { fail } from '../../errors/index.ts';
import { ITEM_BYTES, SELECTOR_BYTES, schedule } from '../../plonk/declare/schedule.ts';
import { programChips, programLogs } from '../../plonk/declare/shape.ts';
import type { ProgramKey, VerifyingKey } from '../../plonk/keys/key.ts';
import type { ProgramInputs } from '../program.ts';
import { heightBits, type LogRange } from './heights.ts';

export type Inputs = Pick<ProgramInputs, 'elements' | 'points'>;

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
  proof: { readonly program: Pick<ProgramKey, 'log'>; readonly proof: Uint8Array },
): ShardInputs {
  const [main, ...others] = roundInputs(key, range, proof);
  return { open: main!, rest: inSequence(others) };
}

/** Of a proof about other proofs: commitments of its program key, then all that it sends but what it says. @throws as {@link shardInputs}, {@link imageInputs} */
export function recursiveInputs(
  key: VerifyingKey,
  range: LogRange,
  proof: { readonly program: ProgramKey; readonly proof: Uint8Array },
): Inputs {
  return inSequence([imageInputs(proof.program), ...roundInputs(key, range, proof)]);
}

/** By rounds. */
function roundInputs(
  key: VerifyingKey,
  range: LogRange,
  { program, proof }: { readonly program: Pick<ProgramKey, 'log'>; readonly proof: Uint8Array },
): Inputs[] {
  const plan = schedule(key.shape);
  const images = programChips(key.shape);
  const ofProgram = programLogs(program.log, images.length) ?? [];
  const bitsFor = (free: Uint8Array): bigint[] => {
    const logs = key.shape.chips.map(({ height }, j) => {
      if (height.from === 'key') return height.log;
      return height.from === 'program' ? ofProgram[images.indexOf(j)]! : free[plan.heights.indexOf(j)]!;
    });
    return heightBits(key, range, logs);
  };
  let at = SELECTOR_BYTES;
  return plan.rounds.map(({ name, items }, i) => {
    const points: NonNullable<G1Point>[] = [];
    // Where heights are not sent, they are read first of all.
    const sent = plan.rounds.some((round) => round.items.some(({ kind }) => kind === 'heights'));
    const elements: bigint[] = i === 0 && !sent ? bitsFor(new Uint8Array()) : [];
    for (const { kind, from, label } of items) {
      if (from === 'context') continue;
      const bytes = proof.subarray(at, at + ITEM_BYTES[kind as keyof typeof ITEM_BYTES]);
      at += bytes.length;
      if (kind === 'point') points.push(decodeG1(bytes, { where: label, infinity: 'reject' })!);
      // What a proof says, the program that verifies it has elsewhere.
      else if (kind === 'scalar' && name !== 'statement') elements.push(bytesToNumberBE(bytes));
      else if (kind === 'heights') elements.push(...bitsFor(bytes));
    }
    return { elements, points };
  });
}

/** One behind the other. */
export const inSequence = (parts: readonly Inputs[]): Inputs => ({
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
