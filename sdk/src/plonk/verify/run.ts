/**
 * Runs of several proofs: shards whose rows share one bus. Every shard commits to its main columns; `α, β` follow from the commitments of all of
 * them, from the program and the whole statement; each shows the sum of its own interactions, and the sums and the public terms must add up to zero.
 */

import { equalBytes, hexToBytes } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { encodeG1 } from '../../curve/g1.ts';
import { encodeG2 } from '../../curve/g2.ts';
import { fail, isWattestError } from '../../errors/index.ts';
import { Fr } from '../../field/field.ts';
import { ByteWriter, type ItemKind, joined, word } from '../../transcript/encode.ts';
import { beginTranscript, digestOf, initialState, type TranscriptHash } from '../../transcript/transcript.ts';
import type { Statement } from '../declare/declare.ts';
import { SELECTOR_BYTES, schedule } from '../declare/schedule.ts';
import type { Hex, ProgramKey, VerifyingKey } from '../keys/key.ts';
import { REJECTED, type SharedChallenges, statementHash, takeStatement } from './proof.ts';
import { publicFraction } from './public-terms.ts';
import { NO_PROGRAM, type OpenedShard, openShard, takeProgramKey } from './verifier.ts';

/**
 * The keys of a run's shards. All but the last have the key `body`, the last one has `closing`, which holds the tables and the image; a run of one shard
 * has `whole`, which holds all, where there is such a key. The kind of a shard follows from its place and never from bytes of a proof.
 */
export interface RunKeys<K = VerifyingKey> {
  readonly whole?: K;
  readonly body: K;
  readonly closing: K;
}

/** The key of shard `index` of `count`. */
export function keyOfShard<K>({ whole, body, closing }: RunKeys<K>, index: number, count: number): K {
  if (count > 1) return index === count - 1 ? closing : body;
  if (whole === undefined) throw new RangeError('these keys have none for runs of one shard');
  return whole;
}

/** The keys in the order in which they are hashed. */
const listOf = <K>({ whole, body, closing }: RunKeys<K>): K[] => [
  ...(whole === undefined ? [] : [whole]),
  body,
  closing,
];

/** The verifying keys of keys that hold more. */
export const verifyingKeys = <V extends VerifyingKey>({
  whole,
  body,
  closing,
}: RunKeys<{ readonly key: V }>): RunKeys<V> => ({
  ...(whole === undefined ? {} : { whole: whole.key }),
  body: body.key,
  closing: closing.key,
});

/** Fewest shards of a run under these keys. */
const leastShards = ({ whole }: RunKeys<unknown>): number => (whole === undefined ? 2 : 1);

/** More shards than any run has; a proof that claims more is refused before anything is reserved for it. */
export const MAX_SHARDS: number = 2 ** 16;

export const NODE = 'wattest shards node 1';
export const CHALLENGES = 'wattest shards challenges 1';
const KEYS: Uint8Array = initialState('wattest shards keys 1');

/** What proofs of runs under these keys name, as a single key's proofs do its digest. */
export function runDigest(keys: RunKeys): Hex {
  const digests = listOf(keys).map(({ digest }) => hexToBytes(digest.slice(2)));
  return `0x${bytesToHex(keccak_256(joined([KEYS, ...digests])))}`;
}

/** Whether proofs under a key take commitments from the program key. */
export const holdsImage = ({ shape }: VerifyingKey): boolean =>
  shape.chips.some(({ height }) => height.from === 'program');

/**
 * `KEY_INVALID` unless they belong together: one machine, one `[τ]_2`, one hash, an image in the closing key and that of whole runs alone. The run adds
 * the public terms of the key of the last shard; those of bodies are not used.
 */
export function checkRunKeys(keys: RunKeys): void {
  const invalid = (problem: string): never =>
    fail('KEY_INVALID', problem, {
      where: 'keys of a run',
      fix: 'Give the keys of one release, SRS and size',
    });
  const list = listOf(keys);
  if (list.some(({ shape }) => shape.bus !== 'shared')) invalid('a key is for proofs that stand alone');
  const same = (of: (key: VerifyingKey) => string): boolean => new Set(list.map(of)).size === 1;
  if (!same(({ tau2 }) => bytesToHex(encodeG2(tau2)))) invalid('the keys have different SRS');
  if (!same(({ shape }) => shape.machine)) invalid('the keys are of different machines');
  if (!same(({ shape }) => shape.transcript)) invalid('the keys have different transcripts');
  if (!same(({ insecure }) => String(insecure))) invalid('one key says that it is insecure');
  const { whole, body, closing } = keys;
  if (holdsImage(body) || !holdsImage(closing)) invalid('the image does not stand in the closing key alone');
  if (whole !== undefined && !holdsImage(whole)) invalid('the key of whole runs has no image');
}

/** The chip that masks sums of shards, by the name that it has in every machine. */
const RING = 'ring';

/**
 * `KEY_INVALID` unless the key is of whole runs and its proofs are verified by a circuit: what can be wrapped. Such a key has an image and, other than those of
 * bodies and closing shards, no ring of masks.
 */
export function requireWhole(key: VerifyingKey): void {
  const { shape } = key;
  const invalid = (problem: string): never =>
    fail('KEY_INVALID', `what is wrapped is no key of whole runs: ${problem}`, {
      where: shape.name,
      fix: 'Give the key `whole` of the keys with transcript poseidon2',
    });
  if (shape.transcript !== 'poseidon2') invalid(`its transcript is hashed with ${shape.transcript}`);
  if (shape.bus !== 'shared') invalid('its proofs stand alone');
  if (shape.recursion !== undefined) invalid('its proofs are about other proofs');
  if (!holdsImage(key)) invalid('it has no image');
  if (shape.chips.some(({ name }) => name === RING))
    invalid('its shards are masked, as those of longer runs');
}

/** How many of so many leaves, two or more, stand in the left part of their tree. */
export const leftOf = (leaves: number): number => 2 ** Math.ceil(Math.log2(leaves) - 1);

/**
 * Hash of the leaves in their order: a binary tree whose left part is the largest power of two below the number of leaves. The number is hashed
 * with the root (`runChallenges`).
 */
export function rootOf(hash: TranscriptHash, leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]!;
  const left = leftOf(leaves.length);
  const parts = [rootOf(hash, leaves.slice(0, left)), rootOf(hash, leaves.slice(left))];
  return digestOf(
    hash,
    NODE,
    parts.map((part) => ['digest', part] as const),
  );
}

/** What a run is about, and the hash of its transcripts. */
export interface RunSubject {
  readonly hash: TranscriptHash;
  readonly program: ProgramKey;
  readonly statement: Statement;
}

/** `α, β = H(root, number of shards, program key, h0, h1)` with h the halves of the {@link statementHash}. */
export function runChallenges(
  run: RunSubject & { readonly leaves: readonly Uint8Array[] },
): SharedChallenges {
  return challengesOfRoot(rootOf(run.hash, run.leaves), run.leaves.length, run);
}

/** The same for whoever has only the root over the leaves of `count` shards. */
export function challengesOfRoot(
  root: Uint8Array,
  count: number,
  { hash, program, statement }: RunSubject,
): SharedChallenges {
  const transcript = beginTranscript(hash, { domain: CHALLENGES });
  const absorb = (label: string, kind: ItemKind, bytes: Uint8Array): void =>
    transcript.absorb({ label, kind }, bytes);
  absorb('root', 'digest', root);
  absorb('number of shards', 'word', word(count));
  absorb('height of the image', 'word', word(program.log));
  absorb('entry', 'word', word(program.entry));
  // How many there are follows from the keys, which are in the root.
  for (const point of program.commitments) absorb('commitment to the image', 'point', encodeG1(point));
  absorb('statement', 'bytes32', statementHash(statement));
  const [alpha, beta] = transcript.endRound(['alpha', 'beta']);
  return { alpha: alpha!, beta: beta! };
}

/** Selector of the keys, number of shards, their proofs one behind the other. */
export function encodeRun(keys: RunKeys, proofs: readonly Uint8Array[]): Uint8Array {
  const selector = hexToBytes(runDigest(keys).slice(2, 10));
  return joined([selector, new ByteWriter().u32(proofs.length).done(), ...proofs]);
}

const HEAD_BYTES = 8;

/** Bytes of {@link encodeRun} for so many shards, from those of all proofs but the last, and of the last. */
export const runBytes = (shards: number, body: number, last: number): number =>
  HEAD_BYTES + (shards - 1) * body + last;

/**
 * The proofs of the shards, of the length that their keys say; whether they are any good is for {@link verifyRun}.
 * @throws PROOF_SELECTOR, PROOF_LENGTH
 */
export function decodeRun(keys: RunKeys, proof: Uint8Array): Uint8Array[] {
  const selector = `0x${bytesToHex(proof.subarray(0, SELECTOR_BYTES))}`;
  const expected = runDigest(keys).slice(0, 10);
  if (proof.length >= SELECTOR_BYTES && selector !== expected) {
    fail('PROOF_SELECTOR', `the proof is for keys ${selector}, these are ${expected}`, {
      where: 'proof',
      fix: 'Verify with the keys (and version) the proof was made for, or prove again',
    });
  }
  const refuse = (problem: string): never =>
    fail('PROOF_LENGTH', problem, {
      where: 'proof',
      fix: 'Obtain the whole proof again; nothing may follow it',
    });
  if (proof.length < HEAD_BYTES) refuse(`the proof has ${proof.length} bytes`);
  const count = new DataView(proof.buffer, proof.byteOffset).getUint32(4);
  const least = leastShards(keys);
  if (count < least || count > MAX_SHARDS)
    refuse(`the proof has ${count} shards; it must have from ${least} to ${MAX_SHARDS}`);
  const bytesOf = (index: number): number => schedule(keyOfShard(keys, index, count).shape).proofBytes;
  const [first, last] = [bytesOf(0), bytesOf(count - 1)];
  const length = runBytes(count, first, last);
  if (proof.length !== length)
    refuse(`the proof has ${proof.length} bytes instead of ${length} for ${count} shards`);
  return Array.from({ length: count }, (_, k) => {
    const at = HEAD_BYTES + k * first;
    return proof.subarray(at, k === count - 1 ? length : at + first);
  });
}

export interface VerifyRunParameters {
  readonly keys: RunKeys;
  readonly program: ProgramKey;
  readonly statement: Statement;
  /** One proof a shard, in order, the closing one last. */
  readonly proofs: readonly Uint8Array[];
}

/** Returns if the proofs convince together, with the sums that they show; throws otherwise. About 0.1 s a shard. */
export function verifyRun(parameters: VerifyRunParameters): OpenedRun & { readonly sums: readonly bigint[] } {
  const { keys } = parameters;
  const opened = openRun(parameters);
  const { shards, challenges, program, statement } = opened;
  const sums = shards.map((shard, k) => within(k, () => shard.finish(challenges)));
  checkSums({ keys, program, statement, challenges, sums });
  return { ...opened, sums };
}

export interface OpenedRun {
  /** Read up to their leaves, in order. */
  readonly shards: readonly OpenedShard[];
  readonly challenges: SharedChallenges;
  readonly program: ProgramKey;
  readonly statement: Statement;
}

/** Reads the proofs up to the challenges of the run, which are theirs whether they convince or not. @throws KEY_INVALID, the PROOF_… errors */
export function openRun(parameters: VerifyRunParameters): OpenedRun {
  const { keys } = parameters;
  // Copied at the door, as by `verifyProof`.
  const statement = takeStatement(parameters.statement);
  const program = takeProgramKey(parameters.program);
  const proofs = parameters.proofs.map((proof) => Uint8Array.from(proof));
  checkRunKeys(keys);
  const count = proofs.length;
  const least = leastShards(keys);
  if (count < least || count > MAX_SHARDS) {
    fail('PROOF_LENGTH', `a run has from ${least} to ${MAX_SHARDS} shards, not ${count}`, {
      where: 'proof',
      fix: REJECTED,
    });
  }
  const shards = proofs.map((proof, index) => openOf({ keys, program, index, count, proof }));
  // The same list makes the root and the sum: what is not in one is not in the other.
  const last = keyOfShard(keys, count - 1, count);
  const leaves = shards.map(({ leaf }) => leaf);
  const challenges = runChallenges({ hash: last.shape.transcript, leaves, program, statement });
  return { shards, challenges, program, statement };
}

export interface ShardProof {
  readonly keys: RunKeys;
  /** Of the run. */
  readonly program: ProgramKey;
  /** Place in the run, of `count`. */
  readonly index: number;
  readonly count: number;
  readonly proof: Uint8Array;
}

const openOf = ({ keys, program, index, count, proof }: ShardProof): OpenedShard =>
  within(index, () => {
    const key = keyOfShard(keys, index, count);
    return openShard(key, holdsImage(key) ? program : NO_PROGRAM, index, proof);
  });

/**
 * One proof of a run whose challenges are known: the sum that it shows. All of them are checked when {@link checkSums} has said that these add up; its order and
 * its leaves must be those that the challenges are of.
 * @param committed the leaf that the challenges of the run were drawn with
 */
export function verifyShard(
  parameters: ShardProof & { readonly committed: Uint8Array; readonly challenges: SharedChallenges },
): bigint {
  const { index, committed, challenges } = parameters;
  const shard = openOf({ ...parameters, proof: Uint8Array.from(parameters.proof) });
  return within(index, () => {
    if (!equalBytes(shard.leaf, committed)) {
      fail('PROOF_IDENTITY', 'the proof is of other main columns than were committed to', {
        where: 'proof',
        fix: REJECTED,
      });
    }
    return shard.finish(challenges);
  });
}

/** `den·Σ S_k + num = 0`. @throws PROOF_PUBLIC_TERM, PROOF_SUM */
export function checkSums(run: {
  readonly keys: RunKeys;
  readonly program: ProgramKey;
  readonly statement: Statement;
  readonly challenges: SharedChallenges;
  readonly sums: readonly bigint[];
}): void {
  const { keys, program, statement, challenges, sums } = run;
  const sum = sums.reduce((total, one) => Fr.add(total, one), 0n);
  const { publicTerms } = keyOfShard(keys, sums.length - 1, sums.length).shape;
  const { num, den } = publicFraction(publicTerms, { program, statement, ...challenges });
  if (den === 0n) {
    fail('PROOF_PUBLIC_TERM', 'a public term has denominator zero', { where: 'proof', fix: 'Prove again' });
  }
  if (Fr.add(Fr.mul(den, sum), num) !== 0n) {
    fail('PROOF_SUM', 'the sums of the shards and the public terms do not add up to zero', {
      where: 'proof',
      fix: REJECTED,
    });
  }
}

/** Names the shard of a refusal. */
function within<T>(k: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isWattestError(error)) throw error;
    return fail(error.code, error.message, { where: `shard ${k}`, fix: error.fix, cause: error });
  }
}
