/** Asks the verifier in Python, and compares it with another. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import type { Hex, ProgramKey, VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { verifyingKeyToJson } from '../../sdk/src/plonk/keys/key-json.ts';

const MAIN = join(import.meta.dirname, 'main.py');
const LIMIT_MS = 15 * 60_000;

export const noPython = (): boolean =>
  spawnSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 9)']).status !== 0;

/** A test that needs Python; where there is none, its title says that it is skipped. */
export function itInPython(title: string, body: () => Promise<void>): void {
  if (noPython()) it.skip(`SKIPPED, for there is no python3 of 3.9 or later: ${title}`);
  else it(title, body);
}

export interface Case {
  readonly name: string;
  readonly proof: Uint8Array;
  readonly statement: Statement;
  readonly program: ProgramKey;
}

/** A line of the file that `main.py runs` reads. */
const lineOf = ({ proof, statement, program }: Case): string =>
  JSON.stringify(
    {
      proof: `0x${Buffer.from(proof).toString('hex')}`,
      statement,
      programKey: {
        ...program,
        commitments: program.commitments.map((p) => p && { x: `${p.x}`, y: `${p.y}` }),
      },
    },
    (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
  );

/** The code of the refusal, or null. */
export function codeOf(verify: () => void): string | null {
  try {
    verify();
    return null;
  } catch (error) {
    assert.ok(isWattestError(error), String(error));
    return error.code;
  }
}

/** What `main.py` prints when it is given a file of these lines. */
export async function askPython(command: string, lines: readonly string[]): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'wattest-independent-'));
  try {
    const path = join(folder, 'cases.jsonl');
    await writeFile(path, `${lines.join('\n')}\n`);
    const options = { encoding: 'utf8', timeout: LIMIT_MS, maxBuffer: 1 << 26 } as const;
    const { status, stdout, stderr } = spawnSync('python3', ['-B', MAIN, command, path], options);
    assert.equal(status, 0, stderr);
    return JSON.parse(stdout) as unknown;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const headOf = (keys: Readonly<Record<string, VerifyingKey>>): string =>
  `{${Object.entries(keys).map(([kind, key]) => `"${kind}":${verifyingKeyToJson(key)}`)}}`;

/**
 * `NAME: CODE` of every case, by `verify`; Python must say the same.
 * @param keys by the names that `main.py` has for them
 */
export async function compared(
  keys: Readonly<Record<string, VerifyingKey>>,
  cases: readonly Case[],
  verify: (one: Case) => void,
): Promise<string[]> {
  const codes = (await askPython('runs', [headOf(keys), ...cases.map(lineOf)])) as (string | null)[];
  const ours = cases.map((one) => `${one.name}: ${codeOf(() => verify(one))}`);
  const theirs = codes.map((code, i) => `${cases[i]!.name}: ${code}`);
  assert.deepEqual(theirs, ours);
  return ours;
}

/** The code of the refusal of each calldata of a function, or null, by Python alone. */
export async function callCodes(
  key: VerifyingKey,
  call: 'verify' | 'attest',
  calldata: readonly Hex[],
): Promise<(string | null)[]> {
  const lines = calldata.map((data) => JSON.stringify({ call, data }));
  return (await askPython('runs', [headOf({ alone: key }), ...lines])) as (string | null)[];
}
