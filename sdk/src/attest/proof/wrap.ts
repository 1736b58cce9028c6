/** A small proof from a proof: what a contract verifies for the gas of one chip, whatever the run was. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail } from '../../errors/index.ts';
import { decodeRun, runDigest, verifyingKeys } from '../../plonk/verify/run.ts';
import { verifyProof } from '../../plonk/verify/verifier.ts';
import type { Session, SessionProgress } from '../session/session.ts';
import { bytesOf, type ProofDocument } from './document.ts';
import { copyDocument } from './document-copy.ts';

export interface WrapParameters {
  /** Of `prove` with the transcript `poseidon2`, of a run that one proof took. */
  readonly document: ProofDocument;
  readonly onProgress?: ((progress: SessionProgress) => void) | undefined;
  /** Looked at between steps; the promise rejects with ABORTED and the session stays usable. */
  readonly signal?: AbortSignal | undefined;
}

/** Shares of a usual wrap. */
const PHASES = {
  commit: [0.05, 0.2, 'committing to the rows of the verifier'],
  helpers: [0.2, 0.35, 'committing to the bus'],
  quotient: [0.35, 0.65, 'computing the quotient'],
  open: [0.65, 0.98, 'opening'],
} as const;

/**
 * The document of a small proof, of the same program and statement. It is verified before it is returned, and with it the pairing of the proof
 * that was given.
 * @throws PROOF_UNWRAPPABLE for a proof of another kind; PROOF_FOREIGN_KEY; the PROOF_… errors of the verifier; SRS_TOO_SMALL, ABORTED,
 *   OUT_OF_MEMORY; PROOF_MALFORMED for a document that `readProofDocument` would not return
 */
export async function wrap(session: Session, parameters: WrapParameters): Promise<ProofDocument> {
  const { onProgress, signal } = parameters;
  const document = copyDocument(parameters.document, 'wrap');
  const key = await session.wrapKey();
  const { programKey: program, statement } = document;
  const proof = await wrappable(session, document);
  const { wrap: wrapProof } = await import('../../recursion/wrap.ts');
  const small = await wrapProof({
    engine: session.engine,
    srs: session.srs,
    key,
    program,
    statement,
    proof,
    onProgress: ({ phase, fraction }) => {
      const [from, to, text] = PHASES[phase];
      onProgress?.({ phase: `wrapping: ${text}`, fraction: from + (to - from) * fraction });
    },
    ...(session.keepPoints ? {} : { onBasesUsed: () => session.srs.releaseBases(session.engine) }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { key: verifyingKey } = key.key;
  verifyProof({ key: verifyingKey, program, statement, proof: small });
  onProgress?.({ phase: 'wrapping: verified', fraction: 1 });
  return { ...document, kind: 'wrap', verifyingKey: verifyingKey.digest, proof: `0x${bytesToHex(small)}` };
}

/** The one proof of the document, if it is of the key that is wrapped. */
async function wrappable(
  session: Session,
  { kind, shards, verifyingKey, proof }: ProofDocument,
): Promise<Uint8Array> {
  if (kind === 'wrap') unwrappable('the proof is a small one already', 'Use it as it is');
  requireWrappable(shards);
  if (verifyingKey === session.verifyingKey.digest) {
    unwrappable(
      'its transcript is hashed with keccak256, which takes a circuit too many rows',
      'Prove with --wrap, or with --transcript poseidon2 for a proof that can be wrapped later',
    );
  }
  const keys = verifyingKeys(await session.shardKeys('poseidon2'));
  if (verifyingKey !== runDigest(keys)) {
    fail(
      'PROOF_FOREIGN_KEY',
      `the proof is for ${verifyingKey}, what is wrapped here is ${runDigest(keys)}`,
      {
        fix: 'Use the release, SRS and limits that the proof was made with',
      },
    );
  }
  const [sole] = decodeRun(keys, bytesOf(proof));
  return sole!;
}

/** @throws PROOF_UNWRAPPABLE for a run that takes several proofs */
export function requireWrappable(shards: number): void {
  if (shards === 1) return;
  unwrappable(
    `the run takes ${shards} proofs, and one can be wrapped`,
    'Prove a shorter run, or allow one proof more (--max-memory, --max-log)',
  );
}

function unwrappable(problem: string, fix: string): never {
  fail('PROOF_UNWRAPPABLE', problem, { where: 'wrap', fix });
}
