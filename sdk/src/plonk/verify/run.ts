/**
 * Runs of several proofs: shards whose rows share one bus. Every shard commits to its main columns; `α, β` follow from the commitments of all of
 * them, from the program and the whole statement; each shows the sum of its own interactions, and the sums and the public terms must add up to zero.
 */

import { hexToBytes } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { encodeG2 } from '../../curve/g2.ts';
import { fail, isWattestError } from '../../errors/index.ts';
import { Fr } from '../../field/field.ts';
import { ByteWriter, joined, word } from '../../transcript/encode.ts';
import { initialState, Transcript } from '../../transcript/transcript.ts';
import type { Statement } from '../declare/declare.ts';
import { schedule } from '../declare/schedule.ts';
import { type Hex, machineDigest, type ProgramKey, programId, type VerifyingKey } from '../keys/key.ts';
import { type SharedChallenges, statementBytes, takeStatement } from './proof.ts';
import { publicFraction } from './public-terms.ts';
import { NO_PROGRAM, openShard, REJECTED, takeProgramKey } from './verifier.ts';

/**
 * The keys of a run's shards. All but the last have the key `body`, the last one has `closing`, which holds the tables and the image:
 * the kind of a shard follows from its place and never from bytes of a proof.
 */
export interface RunKeys<K = VerifyingKey> {
  readonly body: K;
  readonly closing: K;
}

/** The key of shard `index` of `count`. */
export const keyOfShard = <K>({ body, closing }: RunKeys<K>, index: number, count: number): K =>
  index === count - 1 ? closing : body;

/** The verifying keys of keys that hold more. */
export const verifyingKeys = ({ body, closing }: RunKeys<{ readonly key: VerifyingKey }>): RunKeys => ({
  body: body.key,
  closing: closing.key,
});

/** More shards than any run has; a proof that claims more is refused before anything is reserved for it. */
export const MAX_SHARDS: number = 2 ** 16;

const NODE: Uint8Array = initialState('wattest shards node 1');
const CHALLENGES: Uint8Array = initialState('wattest shards challenges 1');
const KEYS: Uint8Array = initialState('wattest shards keys 1');

/** What proofs of runs under these keys name, as a single key's proofs do its digest. */
export function runDigest({ body, closing }: RunKeys): Hex {
  const digests = [body, closing].map(({ digest }) => hexToBytes(digest.slice(2)));
  return `0x${bytesToHex(keccak_256(joined([KEYS, ...digests])))}`;
}

/**
 * `KEY_INVALID` unless the two belong together: one machine, one `[τ]_2`, an image in the closing key alone. The run adds the public
 * terms of the closing key; those of the other are not used.
 */
function checkRunKeys({ body, closing }: RunKeys): void {
  const invalid = (problem: string): never =>
    fail('KEY_INVALID', problem, {
      where: 'keys of a run',
      fix: 'Give the two keys of one release, SRS and size',
    });
  if (body.shape.bus !== 'shared' || closing.shape.bus !== 'shared')
    invalid('a key is for proofs that stand alone');
  const same = (of: (key: VerifyingKey) => string): boolean => of(body) === of(closing);
  if (!same(({ tau2 }) => bytesToHex(encodeG2(tau2)))) invalid('the keys have different SRS');
  if (!same(({ shape }) => shape.machine)) invalid('the keys are of different machines');
  if (!same(({ insecure }) => String(insecure))) invalid('one key says that it is insecure');
  const hasImage = ({ shape }: VerifyingKey): boolean =>
    shape.chips.some(({ height }) => height.from === 'program');
  if (hasImage(body) || !hasImage(closing)) invalid('the image does not stand in the closing key alone');
}

/**
 * Hash of the leaves in their order: a binary tree whose left part is the largest power of two below the number of leaves. The number is hashed
 * with the root (`runChallenges`).
 */
export function rootOf(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 1) return leaves[0]!;
  const left = 2 ** Math.ceil(Math.log2(leaves.length) - 1);
  return keccak_256(joined([NODE, rootOf(leaves.slice(0, left)), rootOf(leaves.slice(left))]));
}

const STATEMENT_PARTS = [
  'number of public inputs',
  'number of public outputs',
  'status',
  'public inputs',
  'public outputs',
] as const;

/** `α, β = H(root, number of shards, program id, h0, h1)` with h the halves of the hash of the whole statement with its lengths. */
export function runChallenges(run: {
  readonly leaves: readonly Uint8Array[];
  readonly programId: Hex;
  readonly statement: Statement;
}): SharedChallenges {
  const { leaves, statement } = run;
  const transcript = new Transcript(CHALLENGES);
  const hash = keccak_256(joined(STATEMENT_PARTS.map((part) => statementBytes(part, statement))));
  transcript.absorb('root', rootOf(leaves));
  transcript.absorb('number of shards', word(leaves.length));
  transcript.absorb('program id', hexToBytes(run.programId.slice(2)));
  for (const half of [hash.subarray(0, 16), hash.subarray(16)]) {
    transcript.absorb('half of the statement', new ByteWriter().bytes(new Uint8Array(16)).bytes(half).done());
  }
  const [alpha, beta] = transcript.endRound(['alpha', 'beta']);
  return { alpha: alpha!, beta: beta! };
}

/** Selector of the keys, number of shards, their proofs one behind the other. */
export function encodeRun(keys: RunKeys, proofs: readonly Uint8Array[]): Uint8Array {
  const selector = hexToBytes(runDigest(keys).slice(2, 10));
  return joined([selector, new ByteWriter().u32(proofs.length).done(), ...proofs]);
}

const HEAD_BYTES = 8;

/** Bytes of {@link encodeRun} for so many shards, from those of a proof under either key. */
export const runBytes = (shards: number, body: number, closing: number): number =>
  HEAD_BYTES + (shards - 1) * body + closing;

/**
 * The proofs of the shards, of the length that their keys say; whether they are any good is for {@link verifyRun}.
 * @throws PROOF_SELECTOR, PROOF_LENGTH
 */
export function decodeRun(keys: RunKeys, proof: Uint8Array): Uint8Array[] {
  const selector = `0x${bytesToHex(proof.subarray(0, 4))}`;
  const expected = runDigest(keys).slice(0, 10);
  if (proof.length >= 4 && selector !== expected) {
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
  if (count < 2 || count > MAX_SHARDS)
    refuse(`the proof has ${count} shards; it must have from 2 to ${MAX_SHARDS}`);
  const bytesOf = ({ shape }: VerifyingKey): number => schedule(shape).proofBytes;
  const [body, closing] = [bytesOf(keys.body), bytesOf(keys.closing)];
  const length = runBytes(count, body, closing);
  if (proof.length !== length)
    refuse(`the proof has ${proof.length} bytes instead of ${length} for ${count} shards`);
  return Array.from({ length: count }, (_, k) => {
    const at = HEAD_BYTES + k * body;
    return proof.subarray(at, k === count - 1 ? length : at + body);
  });
}

export interface VerifyRunParameters {
  readonly keys: RunKeys;
  readonly program: ProgramKey;
  readonly statement: Statement;
  /** One proof a shard, in order, the closing one last. */
  readonly proofs: readonly Uint8Array[];
}

/** Returns if the proofs convince together; throws otherwise. About 0.1 s a shard. */
export function verifyRun(parameters: VerifyRunParameters): void {
  const { keys } = parameters;
  // Copied at the door, as by `verifyProof`.
  const statement = takeStatement(parameters.statement);
  const program = takeProgramKey(parameters.program);
  const proofs = parameters.proofs.map((proof) => Uint8Array.from(proof));
  checkRunKeys(keys);
  const count = proofs.length;
  if (count < 2 || count > MAX_SHARDS) {
    fail('PROOF_LENGTH', `a run has from 2 to ${MAX_SHARDS} shards, not ${count}`, {
      where: 'proof',
      fix: REJECTED,
    });
  }
  const shards = proofs.map((proof, k) =>
    within(k, () => {
      const key = keyOfShard(keys, k, count);
      return openShard(key, key === keys.closing ? program : NO_PROGRAM, k, proof);
    }),
  );
  // The same list makes the root and the sum: what is not in one is not in the other.
  const id = programId(machineDigest(keys.closing), program);
  const leaves = shards.map(({ leaf }) => leaf);
  const { alpha, beta } = runChallenges({ leaves, programId: id, statement });
  const sum = shards.reduce(
    (total, shard, k) =>
      Fr.add(
        total,
        within(k, () => shard.finish({ alpha, beta })),
      ),
    0n,
  );
  const { publicTerms } = keys.closing.shape;
  const { num, den } = publicFraction(publicTerms, { program, statement, alpha, beta });
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
