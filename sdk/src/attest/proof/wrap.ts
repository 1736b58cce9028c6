/** A small proof from a proof: what a contract verifies for the gas of one chip, whatever the run was. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail } from '../../errors/index.ts';
import { type OptionNames, requireNames } from '../../json/options.ts';
import type { Hex, VerifyingKey } from '../../plonk/keys/key.ts';
import { decodeRun, runDigest, verifyingKeys } from '../../plonk/verify/run.ts';
import { verifyProof } from '../../plonk/verify/verifier.ts';
import type { OpenJoinEngine } from '../jobs/engine.ts';
import { joinRun } from '../jobs/walk-joins.ts';
import { proverOptions, type Session, type SessionProgress } from '../session/session.ts';
import { bytesOf, type ProofDocument } from './document.ts';
import { copyDocument } from './document-copy.ts';
import { UNCHANGED } from './verify-document.ts';

export interface WrapParameters {
  /** Of `prove` with the transcript `poseidon2`. */
  readonly document: ProofDocument;
  /** Who joins a run that took several proofs, and wraps what it comes to; default: this process. */
  readonly engine?: OpenJoinEngine | undefined;
  readonly onProgress?: ((progress: SessionProgress) => void) | undefined;
  /** Looked at between steps; the promise rejects with ABORTED and the session stays usable. */
  readonly signal?: AbortSignal | undefined;
}

const NAMES: OptionNames<WrapParameters> = {
  document: true,
  engine: true,
  onProgress: true,
  signal: true,
};

/** Shares of a usual wrap. */
const PHASES = {
  commit: [0.05, 0.2, 'committing to the rows of the verifier'],
  helpers: [0.2, 0.35, 'committing to the bus'],
  quotient: [0.35, 0.65, 'computing the quotient'],
  open: [0.65, 0.98, 'opening'],
} as const;

type Told = Pick<WrapParameters, 'engine' | 'onProgress' | 'signal'>;
type Made = Pick<ProofDocument, 'kind'> & { readonly key: VerifyingKey; readonly proof: Uint8Array };

/**
 * The document of a small proof, of the same program and statement; a run that took several proofs is joined first. It is verified before it is returned, and with it the pairings
 * of what was given.
 * @throws PROOF_UNWRAPPABLE for a proof of another kind; PROOF_FOREIGN_KEY; the PROOF_… errors of the verifier; SRS_TOO_SMALL, ABORTED,
 *   OUT_OF_MEMORY; JOIN_REFUSED where a join or its wrap comes out bad again and again; PROOF_MALFORMED for a document that `readProofDocument` would not return
 */
export async function wrap(session: Session, parameters: WrapParameters): Promise<ProofDocument> {
  requireNames(parameters, NAMES, 'wrap');
  const { onProgress } = parameters;
  const document = copyDocument(parameters.document, 'wrap');
  const { shards } = document;
  const proofs = await wrappable(session, document);
  const made = await (shards === 1 ? wrapOne : wrapSeveral)(session, document, proofs, parameters);
  const { kind, key, proof } = made;
  onProgress?.({ phase: 'wrapping: verified', fraction: 1 });
  return { ...document, kind: kind!, shards: 1, verifyingKey: key.digest, proof: `0x${bytesToHex(proof)}` };
}

async function wrapOne(
  session: Session,
  { programKey: program, statement }: ProofDocument,
  [sole]: readonly Uint8Array[],
  { onProgress, signal }: Told,
): Promise<Made> {
  const key = await session.wrapKey();
  const { wrap: wrapProof } = await import('../../recursion/wrap.ts');
  const proof = await wrapProof({
    ...proverOptions(session, signal),
    key,
    program,
    statement,
    proof: sole!,
    onProgress: ({ phase, fraction }) => {
      const [from, to, text] = PHASES[phase];
      onProgress?.({ phase: `wrapping: ${text}`, fraction: from + (to - from) * fraction });
    },
  });
  verifyProof({ key: key.key.key, program, statement, proof });
  return { kind: 'wrap', key: key.key.key, proof };
}

async function wrapSeveral(
  session: Session,
  { programKey: program, statement }: ProofDocument,
  proofs: readonly Uint8Array[],
  { engine, onProgress, signal }: Told,
): Promise<Made> {
  onProgress?.({ phase: 'joining: making the keys', fraction: 0 });
  const joins = await session.joins();
  let furthest = 0;
  const proof = await joinRun(session, joins, {
    ...{ program, statement, proofs, engine, signal },
    onProgress: ({ step, part, parts, done, phase, fraction }) => {
      const [from, to, text] = PHASES[phase];
      // Of several at once each tells its own.
      furthest = Math.max(furthest, (done + from + (to - from) * fraction) / (parts + 1));
      const what = step === 'join' ? `joining ${part + 1} of ${parts}` : 'wrapping';
      onProgress?.({ phase: `${what}: ${text}`, fraction: Math.round(1e4 * furthest) / 1e4 });
    },
  });
  return { kind: 'joined', key: joins.wrap.key.key, proof };
}

/** The proofs of the document, if they are of the keys that are wrapped. */
async function wrappable(
  session: Session,
  { kind, verifyingKey, proof, shards }: ProofDocument,
): Promise<readonly Uint8Array[]> {
  if (kind !== undefined) unwrappable('the proof is a small one already', 'Use it as it is');
  const keys = verifyingKeys(await session.shardKeys('poseidon2'));
  if (verifyingKey !== runDigest(keys)) {
    if (await isKeccak(session, verifyingKey)) {
      unwrappable(
        'its transcript is hashed with keccak256, which takes a circuit too many rows',
        'Prove with --wrap, or with --transcript poseidon2 for a proof that can be wrapped later',
      );
    }
    fail(
      'PROOF_FOREIGN_KEY',
      `the proof is for ${verifyingKey}, what is wrapped here is ${runDigest(keys)}`,
      {
        fix: 'Use the release, SRS and limits that the proof was made with',
      },
    );
  }
  const proofs = decodeRun(keys, bytesOf(proof));
  if (proofs.length !== shards) {
    fail('PROOF_MALFORMED', `the proof file says ${shards} shards, its proof has ${proofs.length}`, {
      fix: UNCHANGED,
    });
  }
  return proofs;
}

async function isKeccak(session: Session, digest: Hex): Promise<boolean> {
  if (digest === session.verifyingKey.digest) return true;
  return digest === runDigest(verifyingKeys(await session.shardKeys('keccak256')));
}

function unwrappable(problem: string, fix: string): never {
  fail('PROOF_UNWRAPPABLE', problem, { where: 'wrap', fix });
}
