/** What is wrapped: a run of the machine in one proof. */
import { bytesOf } from '../../../sdk/src/attest/proof/document.ts';
import { type ProofDocument, prove, type Session } from '../../../sdk/src/index.ts';
import { decodeRun, type RunKeys, verifyingKeys } from '../../../sdk/src/plonk/verify/run.ts';
import { ROUNDS } from '../../machine/lib/rounds.ts';

let made: Promise<ProofDocument> | undefined;

/** A run of {@link ROUNDS} with poseidon2, proven once in a process: its document, and the proof of its only shard. */
export async function wholeProof(session: Session): Promise<{
  readonly keys: RunKeys;
  readonly document: ProofDocument;
  readonly proof: Uint8Array;
}> {
  const keys = verifyingKeys(await session.shardKeys('poseidon2'));
  const run = { wasm: ROUNDS, privateInputs: [7n], args: [60], transcript: 'poseidon2' } as const;
  made ??= prove(session, run).then((proven) => proven.document);
  const document = await made;
  const [proof] = decodeRun(keys, bytesOf(document.proof)) as [Uint8Array];
  return { keys, document, proof };
}
