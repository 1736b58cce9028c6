/** Asks the verifier in Python, and compares it with another. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import type { ProgramKey, VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { verifyingKeyToJson } from '../../sdk/src/plonk/keys/key-json.ts';

const MAIN = join(import.meta.dirname, 'main.py');
const LIMIT_MS = 15 * 60_000;

export const noPython = (): boolean =>
  spawnSync('python3', ['-c', 'import sys; assert sys.version_info >= (3, 9)']).status !== 0;

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

/**
 * `NAME: CODE` of every case, by `verify`; Python must say the same.
 * @param keys by the names that `main.py` has for them
 */
export async function compared(
  keys: Readonly<Record<string, VerifyingKey>>,
  cases: readonly Case[],
  verify: (one: Case) => void,
): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'wattest-independent-'));
  try {
    const path = join(folder, 'cases.jsonl');
    const head = Object.entries(keys).map(([kind, key]) => `"${kind}":${verifyingKeyToJson(key)}`);
    await writeFile(path, `${[`{${head.join()}}`, ...cases.map(lineOf)].join('\n')}\n`);
    const options = { encoding: 'utf8', timeout: LIMIT_MS } as const;
    const { status, stdout, stderr } = spawnSync('python3', ['-B', MAIN, 'runs', path], options);
    assert.equal(status, 0, stderr);
    const ours = cases.map((one) => `${one.name}: ${codeOf(() => verify(one))}`);
    const theirs = (JSON.parse(stdout) as (string | null)[]).map((code, i) => `${cases[i]!.name}: ${code}`);
    assert.deepEqual(theirs, ours);
    return ours;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
