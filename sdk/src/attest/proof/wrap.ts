/** A small proof from a proof: what a contract verifies for the gas of one chip, whatever the run was. */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail } from '../../errors/index.ts';
import { type OptionNames, requireNames } from '../../json/options.ts';
import type { Hex, VerifyingKey } from '../../plonk/keys/key.ts';
import { decodeRun, runDigest, verifyingKeys } from '../../plonk/verify/run.ts';
import { verifyProof } from '../../plonk/verify/verifier.ts';
import type { OpenJoinEngine } from '../jobs/engine.ts';
import type { KeptParts } from '../jobs/ledger.ts';
import { joinRun } from '../jobs/walk-joins.ts';
import { proverOptions, type Session, type SessionProgress } from '../session/session.ts';
import { bytesOf, type ProofDocument } from './document.ts';
import { copyDocument } from './document-copy.ts';
import { wrapSeconds, wrapSteps } from './estimate.ts';
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

/** Shares of a usual wrap, which opens the longest packs, and of a usual join. */
const WRAP_PHASES = {
  commit: [0.02, 0.12],
  helpers: [0.12, 0.24],
  quotient: [0.24, 0.44],
  open: [0.44, 0.99],
} as const;
const JOIN_PHASES = {
  commit: [0.02, 0.34],
  helpers: [0.34, 0.61],
  quotient: [0.61, 0.83],
  open: [0.83, 0.99],
} as const;

const TEXTS = {
  commit: 'committing to the rows of the verifier',
  helpers: 'committing to the bus',
  quotient: 'computing the quotient',
  open: 'opening',
} as const;

const within = ([from, to]: readonly [number, number], fraction: number): number =>
  from + (to - from) * fraction;

interface Kept {
  readonly kept?: KeptParts | undefined;
}

type Told = Pick<WrapParameters, 'engine' | 'onProgress' | 'signal'> & Kept;
type Made = Pick<ProofDocument, 'kind'> & { readonly key: VerifyingKey; readonly proof: Uint8Array };

/**
 * The document of a small proof, of the same program and statement; a run that took several proofs is joined first. It is verified before it is returned, and with it the pairings
 * of what was given.
 * @throws PROOF_UNWRAPPABLE for a proof of another kind; PROOF_FOREIGN_KEY; the PROOF_… errors of the verifier; SRS_TOO_SMALL, ABORTED,
 *   OUT_OF_MEMORY; JOIN_REFUSED where a join or its wrap comes out bad again and again; PROOF_MALFORMED for a document that `readProofDocument` would not return
 */
export async function wrap(session: Session, parameters: WrapParameters): Promise<ProofDocument> {
  requireNames(parameters, NAMES, 'wrap');
  return wrapKept(session, parameters);
}

/** @internal With what is kept of the joins of a run that takes several proofs. */
export async function wrapKept(session: Session, parameters: WrapParameters & Kept): Promise<ProofDocument> {
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
      onProgress?.({ phase: `wrapping: ${TEXTS[phase]}`, fraction: within(WRAP_PHASES[phase], fraction) });
    },
  });
  verifyProof({ key: key.key.key, program, statement, proof });
  return { kind: 'wrap', key: key.key.key, proof };
}

async function wrapSeveral(
  session: Session,
  { programKey: program, statement }: ProofDocument,
  proofs: readonly Uint8Array[],
  { engine, kept, onProgress, signal }: Told,
): Promise<Made> {
  onProgress?.({ phase: 'joining: making the keys', fraction: 0 });
  const joins = await session.joins();
  const steps = wrapSteps(proofs.length);
  const jobs = [...steps.parts, steps.wrap];
  const total = wrapSeconds(proofs.length);
  let furthest = steps.keys / total;
  const proof = await joinRun(session, joins, {
    ...{ program, statement, proofs, engine, kept, signal },
    onProgress: ({ step, part, parts, done, phase, fraction }) => {
      const before = jobs.slice(0, done).reduce((sum, seconds) => sum + seconds, steps.keys);
      const own = within((step === 'join' ? JOIN_PHASES : WRAP_PHASES)[phase], fraction) * jobs[part]!;
      // Of several at once each tells its own.
      furthest = Math.max(furthest, (before + own) / total);
      const what = step === 'join' ? `joining ${part + 1} of ${parts}` : 'wrapping';
      onProgress?.({
        phase: `${what}: ${TEXTS[phase]}`,
        fraction: Math.min(1, Math.round(1e4 * furthest) / 1e4),
      });
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
