/**
 * What a shard does besides its proof: its main columns are committed first, with blinding that follows from the seed of the run, so that the challenges of
 * the run can follow from the commitments of all shards, and the columns need not be kept until then.
 */

import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { hexToBytes } from '@noble/hashes/utils.js';
import { decodeG1, G1_BYTES } from '../../curve/g1.ts';
import { fail } from '../../errors/index.ts';
import type { AffinePoint, Engine } from '../../kernels/contract.ts';
import type { Srs } from '../../kzg/srs.ts';
import { ByteWriter, word } from '../../transcript/encode.ts';
import { commitPacks } from '../columns/commit.ts';
import type { Statement } from '../declare/declare.ts';
import { ITEM_BYTES, SELECTOR_BYTES } from '../declare/schedule.ts';
import { mainBlinding } from '../declare/shape.ts';
import { machineDigest, type ProgramKey } from '../keys/key.ts';
import type { ProvingKey, ProvingProgram } from '../keys/keygen.ts';
import { requireShape, type Witness } from '../keys/witness.ts';
import { ProofWriter } from '../verify/proof.ts';
import { runChallenges } from '../verify/run.ts';
import { openShard } from '../verify/verifier.ts';
import type { MainBlinding, Shard } from './parameters.ts';
import { type RandomBytes, randomScalars, seededRandom } from './randomness.ts';

/** A run's randomness: secret, and used for one plan under one key. */
export interface RunSeed {
  /** At least 32 bytes. */
  readonly seed: Uint8Array;
  /** Digest of everything that decides which rows stand where: other rows never meet the same blinding. */
  readonly plan: Uint8Array;
}

/** A shard: key of its kind, and place in the run. */
export interface ShardPlace {
  readonly key: ProvingKey;
  readonly index: number;
}

/** Blinding of the main columns, the same whenever they are committed. */
export function seededMain({ seed, plan }: RunSeed, { key, index }: ShardPlace): MainBlinding {
  const machine = hexToBytes(machineDigest(key.key).slice(2));
  const digest = hexToBytes(key.key.digest.slice(2));
  const count = mainBlinding(key.key.shape.bus);
  return (chip, column) => {
    const place = [index, chip, column].map(word);
    return randomScalars(seededRandom(seed, 'main', machine, plan, digest, ...place), count);
  };
}

/** Blinding of all that is behind them: other challenges, other blinding. */
export function seededRest(
  { seed, plan }: RunSeed,
  { key, index }: ShardPlace,
): (state: Uint8Array) => RandomBytes {
  const digest = hexToBytes(key.key.digest.slice(2));
  return (state) => seededRandom(seed, 'rest', plan, digest, word(index), state);
}

export interface CommitParameters extends ShardPlace {
  readonly engine: Engine;
  readonly srs: Srs;
  readonly program: ProvingProgram;
  readonly witness: Witness;
  readonly main: MainBlinding;
}

export interface ShardCommitment {
  readonly commitments: readonly NonNullable<AffinePoint>[];
  /** Stands for them, the heights, the key and the place in the hash of the run. */
  readonly leaf: Uint8Array;
  /** Heights and commitments as the proof has them behind its selector. */
  readonly head: Uint8Array;
}

/** What is kept or sent of a commitment, read. @throws PROOF_LENGTH, PROOF_HEIGHTS, PROOF_POINT */
export function readHead({ key, index }: ShardPlace, program: ProgramKey, head: Uint8Array): ShardCommitment {
  const packs = key.schedule.packs.filter(({ stage }) => stage === 'main').length;
  const length = HEIGHTS_BYTES + packs * G1_BYTES;
  if (head.length !== length) {
    fail('PROOF_LENGTH', `the commitment has ${head.length} bytes instead of ${length}`, {
      where: `shard ${index}`,
      fix: 'Commit to the shard again',
    });
  }
  // A proof is read up to its main columns here, so what follows them may be anything.
  const proof = new Uint8Array(key.schedule.proofBytes);
  proof.set(hexToBytes(key.key.selector.slice(2)));
  proof.set(head, SELECTOR_BYTES);
  const { leaf } = openShard(key.key, program, index, proof);
  const commitments = Array.from({ length: packs }, (_, i) => {
    const at = HEIGHTS_BYTES + i * G1_BYTES;
    const where = `shard ${index}`;
    return decodeG1(head.subarray(at, at + G1_BYTES), { where, infinity: 'reject' })!;
  });
  return { commitments, leaf, head: head.slice() };
}

const HEIGHTS_BYTES = ITEM_BYTES.heights;

/**
 * What a worker wants to see before it goes on under challenges that follow from `root`: whoever gives it out has written the root down, the only one under this
 * seed (HMAC-SHA256).
 */
export const rootToken = ({ seed, plan }: RunSeed, root: Uint8Array): Uint8Array =>
  hmac(sha256, seed, new ByteWriter().text('root').bytes(plan).bytes(root).done());

/** @throws TRACE_TOO_TALL where the key is too small for the witness */
export async function commitShard(parameters: CommitParameters): Promise<ShardCommitment> {
  const { engine, srs, key, index, program, witness, main } = parameters;
  requireShape(key, program, witness);
  const packs = key.schedule.packs
    .filter(({ stage }) => stage === 'main')
    .map(({ t, columns }) => ({
      t,
      columns: columns.map(([j, i]) => ({ values: witness[j]!.columns[i]!, blinding: main(j, i) })),
    }));
  const commitments = (await commitPacks(engine, srs, packs)).map((point) => point ?? atInfinity());
  const writer = new ProofWriter({ key: key.key, schedule: key.schedule, shard: index });
  writer.round('main', [key.schedule.heights.map((j) => witness[j]!.log), ...commitments]);
  return { commitments, leaf: writer.leaf, head: writer.sent.slice(SELECTOR_BYTES) };
}

/**
 * The only shard of its run, committed: what its proof takes from there. Its seed is fresh and lives as long as the proof.
 * @throws as {@link commitShard}
 */
export async function soleShard(
  parameters: Omit<CommitParameters, 'index' | 'main'> & { readonly statement: Statement },
): Promise<Shard> {
  const { key, program, statement } = parameters;
  const place: ShardPlace = { key, index: 0 };
  const seed: RunSeed = { seed: crypto.getRandomValues(new Uint8Array(32)), plan: new Uint8Array(32) };
  const main = seededMain(seed, place);
  const { commitments, leaf } = await commitShard({ ...parameters, ...place, main });
  const hash = key.key.shape.transcript;
  const challenges = runChallenges({ hash, leaves: [leaf], program: program.key, statement });
  return { index: place.index, commitments, challenges, main, blinding: seededRest(seed, place) };
}

/** Of blinded columns: probability 1/r. */
function atInfinity(): never {
  fail('INTERNAL', 'a commitment to blinded columns is infinity, which is no chance', {
    where: 'shard',
    fix: 'See whether the random source of this platform works, and report it',
  });
}
