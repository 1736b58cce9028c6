/** What must not change unnoticed: the verifying key's digest, the examples' program ids, and that old proofs verify. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { programId, type Session } from '../../sdk/src/index.ts';
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
}

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

/** The fixtures as this tree makes them. */
export async function currentFixtures(
  session: Session,
  modules: ReadonlyMap<string, Uint8Array>,
): Promise<Fixtures> {
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
