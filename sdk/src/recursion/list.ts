/**
 * The programs that joins trust, with their keys. Printing all of them takes seconds, and who joins a run needs three or four, who verifies none: so keys are kept like commitments, by a
 * digest of all that programs are printed from, and programs are printed when they are run.
 */
import { equalBytes } from '@noble/curves/utils.js';
import { fail } from '../errors/index.ts';
import { COMMITMENT_FILE, commitmentDigest } from '../kzg/commitment-cache.ts';
import type { CommitmentSources } from '../plonk/columns/fixed-commitment.ts';
import { decodeProgramKey, encodeProgramKey, type ProgramKey } from '../plonk/keys/key.ts';
import type { ProvingKey } from '../plonk/keys/keygen.ts';
import type { RunKeys } from '../plonk/verify/run.ts';
import { ByteWriter } from '../transcript/encode.ts';
import { type InnerProgram, innerProgram } from './inner.ts';
import type { Program } from './program.ts';
import { INNER_SHAPES } from './tree.ts';
import { allowedRange, type LogRange } from './verifier/heights.ts';
import { type JoinKeys, joinProgram } from './verifier/join.ts';
import { leafProgram } from './verifier/leaf.ts';

/**
 * Of the code that prints programs and lays them out as rows, the only thing that they are made from and no key covers. Raise it with any change of a program: tests hold the columns of
 * all of them beside it (`test/recursion/leaf-machine.test.ts`, `join-machine.test.ts`).
 */
export const LIST_VERSION = 'wattest inner programs 1';

/** What the programs are printed from. */
export interface ListKeys {
  /** Of the shards, with poseidon2. */
  readonly shards: RunKeys;
  readonly inner: ProvingKey;
}

export const joinKeysOf = ({ shards, inner }: ListKeys): JoinKeys => ({
  inner: inner.key,
  closing: shards.closing,
});

/** log2 of N of shards: one range for both kinds, so that a leaf of both has one. */
export function shardRange({ body, closing }: RunKeys): LogRange {
  const ranges = [body, closing].map(allowedRange);
  return {
    least: Math.min(...ranges.map(({ least }) => least)),
    most: Math.max(...ranges.map(({ most }) => most)),
  };
}

/** Program `index` of the list. */
export function programOf(keys: ListKeys, index: number): Program {
  const shape = INNER_SHAPES[index]!;
  return shape.kind === 'leaf'
    ? leafProgram(keys.shards, shape.leaf, shardRange(keys.shards))
    : joinProgram(joinKeysOf(keys), { children: shape.children, programs: INNER_SHAPES.length });
}

/** Prints it, with its rows. @throws as `innerProgram` */
export const listedProgram = (
  sources: CommitmentSources,
  keys: ListKeys,
  index: number,
): Promise<InnerProgram> => innerProgram({ ...sources, key: keys.inner, program: programOf(keys, index) });

/** The smallest program: printed whenever keys are looked up, since it has rows of every kind and would tell most other programs from those that were kept. */
const SMALLEST = INNER_SHAPES.findIndex((shape) => shape.kind === 'leaf' && shape.leaf.bodies === 0);

/** The keys of all, in the order of the list. */
export async function listedKeys(
  sources: CommitmentSources,
  keys: ListKeys,
  onProgress?: (done: number, total: number) => void,
): Promise<ProgramKey[]> {
  const { cache } = sources;
  const made = async (index: number): Promise<ProgramKey> =>
    (await listedProgram(sources, keys, index)).proving.key;
  const smallest = await made(SMALLEST);
  const list: ProgramKey[] = [];
  for (const index of INNER_SHAPES.keys()) {
    onProgress?.(index, INNER_SHAPES.length);
    if (index === SMALLEST) {
      list.push(smallest);
      continue;
    }
    const digest = cache === undefined ? '' : await digestOf(sources, keys, index, smallest);
    const known = await cache?.find(digest, decodeProgramKey);
    list.push(known ?? (await made(index)));
    if (known === undefined) await cache?.keep(digest, encodeProgramKey(list.at(-1)!));
  }
  return list;
}

/** Keys that were kept are those of the programs that are printed now. @throws KEY_INVALID */
export function requireListed(listed: ProgramKey, { proving }: InnerProgram): void {
  if (equalBytes(encodeProgramKey(listed), encodeProgramKey(proving.key))) return;
  fail('KEY_INVALID', 'a key that was kept of a program of joins is not that of the program', {
    where: COMMITMENT_FILE,
    fix: 'Delete commitments.json in the cache folder; what it holds is made again',
  });
}

function digestOf(
  { srs }: CommitmentSources,
  { shards, inner }: ListKeys,
  index: number,
  smallest: ProgramKey,
): Promise<string> {
  const text = (value: string): Uint8Array => new ByteWriter().text(value).done();
  return commitmentDigest([
    ...[LIST_VERSION, srs.digest, inner.key.digest, shards.body.digest, shards.closing.digest].map(text),
    encodeProgramKey(smallest),
    text(JSON.stringify([index, INNER_SHAPES])),
  ]);
}
