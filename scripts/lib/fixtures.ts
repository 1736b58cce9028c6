/** What must not change unnoticed: the verifying key's digest, the examples' program ids, and that old proofs verify. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import {
  type Keys,
  type ProofDocument,
  programId,
  prove,
  readProofDocument,
  type Session,
  wrap,
} from '../../sdk/src/index.ts';
import { runDigest, verifyingKeys } from '../../sdk/src/plonk/verify/run.ts';
import { word } from '../../sdk/src/transcript/encode.ts';
import { compileGuest, exampleNames, readExample } from './guests.ts';
import { ROOT } from './tools.ts';

export interface ProgramFixture {
  readonly invoke: string;
  /** keccak256 of the module: what the compiler made of the source. */
  readonly wasm: string;
  /** What translation and keys made of the module. */
  readonly programId: string;
}

/** `test/fixtures/identities.json`. */
export interface Fixtures {
  readonly machineVersion: string;
  /** Digest of the key that a session without options has. */
  readonly verifyingKey: string;
  readonly programs: Readonly<Record<string, ProgramFixture>>;
  /** Of the other kinds of proofs: {@link kindIdentity}. */
  readonly kinds: Readonly<Record<ProofKind, readonly string[]>>;
}

/** Proofs that are not one under the default key: of runs of several proofs in either hash, and both small ones. One of each is committed. */
export const PROOF_KINDS = ['run', 'run-poseidon2', 'small', 'joined'] as const;
export type ProofKind = (typeof PROOF_KINDS)[number];
/** What they are of: enough instructions of an example for two shards of the least memory. */
export const KIND_PROGRAM = 'fibonacci';
const KIND_RUN = { args: [9_000n], maxMemoryBytes: 340 * 2 ** 20 } as const;

export const FIXTURES_FOLDER: string = join(ROOT, 'test/fixtures');
export const IDENTITIES: string = join(FIXTURES_FOLDER, 'identities.json');
/** The proof of an example that was committed. */
export const proofPath = (name: string): string => join(FIXTURES_FOLDER, `${name}.proof.json`);

export async function readFixtures(): Promise<Fixtures> {
  return JSON.parse(await readFile(IDENTITIES, 'utf8')) as Fixtures;
}

/** The modules of the examples, compiled by the pinned compilers. */
export async function compileExamples(): Promise<Map<string, Uint8Array>> {
  const modules = new Map<string, Uint8Array>();
  for (const name of (await exampleNames()).sort()) {
    modules.set(name, await compileGuest((await readExample(name)).source));
  }
  return modules;
}

/** The fixtures as this tree makes them, but for other kinds of proofs. */
export async function currentFixtures(
  session: Session,
  modules: ReadonlyMap<string, Uint8Array>,
): Promise<Omit<Fixtures, 'kinds'>> {
  const programs: Record<string, ProgramFixture> = {};
  for (const [name, wasm] of modules) {
    const { invoke } = await readExample(name);
    programs[name] = {
      invoke,
      wasm: `0x${bytesToHex(keccak_256(wasm))}`,
      programId: await programId(session, { wasm, invoke }),
    };
  }
  const { digest, shape } = session.verifyingKey;
  return { machineVersion: shape.version, verifyingKey: digest, programs };
}

/** Digest of the key, or keys, of a kind; of joined proofs the inner key and its programs too, which their key has in it. */
export async function kindIdentity(keys: Keys, kind: ProofKind): Promise<readonly string[]> {
  switch (kind) {
    case 'run':
    case 'run-poseidon2': {
      const shards = await keys.shardKeys(kind === 'run' ? 'keccak256' : 'poseidon2');
      return [runDigest(verifyingKeys(shards))];
    }
    case 'small':
      return [(await keys.wrapKey()).key.key.digest];
    case 'joined': {
      const { wrap: last, inner, list } = await keys.joins();
      return [
        last.key.key.digest,
        inner.key.digest,
        ...list.map((digest) => `0x${bytesToHex(word(digest))}`),
      ];
    }
  }
}

export const kindPath = (kind: ProofKind): string => join(FIXTURES_FOLDER, 'kinds', `${kind}.proof.json`);

export async function readKind(kind: ProofKind): Promise<ProofDocument> {
  return readProofDocument(await readFile(kindPath(kind), 'utf8'), `${kind}.proof.json`);
}

/** A new proof of that kind. @param of the proof of a run of several with poseidon2, which a joined one is made of */
export async function proveKind(
  session: Session,
  kind: ProofKind,
  wasm: Uint8Array,
  of: () => Promise<ProofDocument>,
): Promise<ProofDocument> {
  if (kind === 'joined') return wrap(session, { document: await of() });
  const transcript = kind === 'run' ? 'keccak256' : 'poseidon2';
  const run = kind === 'small' ? { args: [90n] } : KIND_RUN;
  const { document } = await prove(session, { wasm, transcript, ...run });
  if (kind !== 'small' && document.shards < 2) throw new RangeError('the run takes one proof only');
  return kind === 'small' ? wrap(session, { document }) : document;
}
