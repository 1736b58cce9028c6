/** Runs of the machine in shards of a few rows, by whoever proves them. */

import { readKept } from '../../../sdk/src/attest/jobs/kept.ts';
import { statementOf, termsOf } from '../../../sdk/src/attest/jobs/open.ts';
import { planDigest, type RunOrder } from '../../../sdk/src/attest/jobs/order.ts';
import { type ProveRunParameters, proveRun } from '../../../sdk/src/attest/jobs/walk.ts';
import { loadProgram } from '../../../sdk/src/attest/module/load.ts';
import { parseInputs } from '../../../sdk/src/attest/run/inputs.ts';
import { identify } from '../../../sdk/src/attest/session/identify.ts';
import type { ProofDocument, Session } from '../../../sdk/src/index.ts';
import { type AskedWord, askedOnce } from '../../../sdk/src/machine/execute/execute.ts';
import { planRun, type ShardLimits } from '../../../sdk/src/machine/execute/segments.ts';
import { machineDigest } from '../../../sdk/src/plonk/keys/key.ts';
import type { TranscriptHash } from '../../../sdk/src/transcript/transcript.ts';
import { ROUNDS } from '../../machine/lib/rounds.ts';
import type { MemoryFile } from './memory-file.ts';

export const SECRET = 1_000_000_007n;
export const LIMITS: ShardLimits = {
  heights: { alu: 5, mem: 5, memx: 5, wide: 5, ctl: 5, boundary: 3 },
  cells: Number.POSITIVE_INFINITY,
};

export interface RunOf {
  readonly wasm?: Uint8Array;
  readonly entry?: string;
  readonly args: readonly bigint[];
  readonly privateInputs?: readonly bigint[];
  readonly limits?: ShardLimits;
  readonly transcript?: TranscriptHash;
}

export const rounds = (count: number): RunOf => ({ args: [BigInt(count)], privateInputs: [SECRET] });

/** What a run of the test program is proven by. */
export async function plannedRun(
  session: Session,
  { wasm = ROUNDS, entry, args, privateInputs = [], limits = LIMITS, transcript }: RunOf,
): Promise<Pick<ProveRunParameters, 'wasm' | 'known' | 'order'>> {
  const { program } = loadProgram(wasm, entry);
  const inputs = parseInputs({ args, privateInputs }, program);
  const words: AskedWord[] = [];
  const again = askedOnce(inputs, words);
  const plan = await planRun(program, again, limits);
  const identity = await identify(session, program);
  return {
    wasm,
    known: { program, identity, plan, again },
    order: {
      terms: termsOf(await session.shardKeys(transcript), wasm, program.entryName, {}),
      programId: identity.programId,
      inputs,
      words,
      maxInstructions: undefined,
      limits,
      least: {},
    },
  };
}

/** The order of it, under some seed. */
export function orderOf(
  { known, order }: Pick<ProveRunParameters, 'known' | 'order'>,
  seed: Uint8Array = new Uint8Array(32).fill(7),
): RunOrder {
  return { ...order, plan: planDigest(order, statementOf(known.plan), known.plan), seed };
}

export async function proveInShards(
  session: Session,
  run: RunOf,
  more: Partial<ProveRunParameters> = {},
  file?: MemoryFile,
): Promise<{ readonly planned: Awaited<ReturnType<typeof plannedRun>>; readonly document: ProofDocument }> {
  const planned = await plannedRun(session, run);
  const inputs = `0x${'00'.repeat(32)}` as const;
  const made = await proveRun(session, {
    ...planned,
    resume: file && { file, kept: await readKept(file), inputs },
    onProgress: () => {},
    timed: async (_phase, work) => work(),
    ...more,
  });
  const { key } = session.provingKey;
  const { known, order } = planned;
  const document: ProofDocument = {
    system: key.shape.version,
    machine: machineDigest(key),
    verifyingKey: made.verifyingKey,
    shards: made.shards,
    insecure: key.insecure,
    programId: order.programId,
    programKey: known.identity.proving.key,
    entry: known.program.entryName,
    statement: statementOf(known.plan),
    proof: `0x${Buffer.from(made.proof).toString('hex')}`,
  };
  return { planned, document };
}
