/**
 * A verifier written from the documents alone, in Python: it accepts the fixtures, refuses whatever was tampered with by the
 * name that the documents have for it, and the TypeScript verifier says the same of every case.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FIXTURES_FOLDER, proofPath, readFixtures } from '../../scripts/lib/fixtures.ts';
import { openKeys } from '../../sdk/src/index.ts';
import {
  bytesOf,
  type Hex,
  isWattestError,
  type ProofDocument,
  readProofDocument,
  type Statement,
  type VerifyingKey,
  verifyingKeyToJson,
  verifyProof,
} from '../../sdk/src/verify.ts';

const MAIN = join(import.meta.dirname, 'main.py');
const LIMIT_MS = 15 * 60_000;
/** Cases of each outcome that there are at least; besides these, each fixture as it is and two more are accepted. */
const TAMPERED: Readonly<Record<string, number>> = {
  STATEMENT_INVALID: 40,
  KEY_INVALID: 70,
  PROOF_SELECTOR: 40,
  PROOF_LENGTH: 60,
  PROOF_HEIGHTS: 380,
  PROOF_POINT: 2_000,
  PROOF_SCALAR: 2_000,
  PROOF_CHALLENGE: 3,
  PROOF_PUBLIC_TERM: 1,
  PROOF_IDENTITY: 1_000,
  PROOF_INVERSE: 60,
  PROOF_PAIRING: 40,
};
const ACCEPTED_CHANGES = 2;

/** What `corpus.py` writes: the fixture, what is changed of it, and the code that must come of it (null: none). */
interface Case {
  readonly of: string;
  readonly name: string;
  readonly code: string | null;
  readonly edits?: readonly (readonly [number, string])[];
  readonly length?: number;
  readonly proof?: Hex;
  readonly statement?: Record<'publicInputs' | 'publicOutputs', readonly string[]> & {
    readonly status: string;
  };
  readonly programKey?: {
    readonly log: number;
    readonly entry: string;
    readonly commitments: readonly (Record<'x' | 'y', string> | null)[];
  };
}

const { status: pythonStatus, stdout: python } = spawnSync(
  'python3',
  ['-c', 'import sys; print(*sys.version_info[:2])'],
  { encoding: 'utf8' },
);
const [major = 0, minor = 0] = pythonStatus === 0 ? python.split(' ').map(Number) : [];
const missing = major < 3 || (major === 3 && minor < 9);

/** Runs `main.py` and returns its counts. */
function runPython(...args: readonly string[]): Record<string, number> {
  const options = { encoding: 'utf8', timeout: LIMIT_MS, maxBuffer: 1 << 26 } as const;
  const { status, stdout, stderr } = spawnSync('python3', ['-B', MAIN, ...args], options);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Record<string, number>;
}

function statementOf(of: ProofDocument, changed: Case['statement']): Statement {
  if (changed === undefined) return of.statement;
  return {
    publicInputs: changed.publicInputs.map(BigInt),
    publicOutputs: changed.publicOutputs.map(BigInt),
    status: BigInt(changed.status),
  };
}

function programOf(of: ProofDocument, changed: Case['programKey']): ProofDocument['programKey'] {
  if (changed === undefined) return of.programKey;
  const { log, entry, commitments } = changed;
  return {
    log,
    entry: BigInt(entry),
    commitments: commitments.map((point) => point && { x: BigInt(point.x), y: BigInt(point.y) }),
  };
}

function proofOf(of: ProofDocument, { proof = of.proof, edits = [], length }: Case): Uint8Array {
  const bytes = bytesOf(proof);
  for (const [at, hex] of edits) bytes.set(Buffer.from(hex, 'hex'), at);
  if (length === undefined) return bytes;
  const resized = new Uint8Array(length);
  resized.set(bytes.subarray(0, length));
  return resized;
}

/** The code with which the TypeScript verifier refuses a case, or null. */
function codeInTypeScript(key: VerifyingKey, of: ProofDocument, changed: Case): string | null {
  try {
    const program = programOf(of, changed.programKey);
    verifyProof({ key, program, statement: statementOf(of, changed.statement), proof: proofOf(of, changed) });
    return null;
  } catch (error) {
    assert.ok(isWattestError(error), String(error));
    return error.code;
  }
}

describe('independent verifier, in Python', () => {
  if (missing) {
    it.skip('SKIPPED: there is no python3 of 3.9 or later');
    return;
  }
  let folder: string;
  let keyPath: string;
  let corpusPath: string;
  let key: VerifyingKey;
  /** Of the fixtures: `main.py` holds that the committed proofs are these. */
  let names: readonly string[];

  before(async () => {
    await using keys = await openKeys({ onWarning: () => {} });
    key = keys.verifyingKey;
    names = Object.keys((await readFixtures()).programs);
    folder = await mkdtemp(join(tmpdir(), 'wattest-independent-'));
    keyPath = join(folder, 'key.json');
    corpusPath = join(folder, 'corpus.jsonl');
    await writeFile(keyPath, verifyingKeyToJson(key));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('its keccak-256, groups and pairing give the published values', () => {
    assert.deepEqual(runPython('vectors'), { held: 22 });
  });

  it('makes the digest of the key and the program ids anew, and accepts every fixture', async () => {
    assert.deepEqual(runPython('fixtures', keyPath, FIXTURES_FOLDER), { accepted: names.length });
  });

  it('refuses what was tampered with, each case by the check of the documents', () => {
    const counts = runPython('tampered', keyPath, FIXTURES_FOLDER, corpusPath);
    const expected: Readonly<Record<string, number>> = {
      ...TAMPERED,
      accepted: names.length + ACCEPTED_CHANGES,
    };
    for (const [outcome, least] of Object.entries(expected)) {
      assert.ok((counts[outcome] ?? 0) >= least, `${outcome}: ${counts[outcome]} of at least ${least}`);
    }
    assert.deepEqual(Object.keys(counts).sort(), Object.keys(expected).sort());
  });

  it('the TypeScript verifier says the same of every case', async () => {
    const documents = new Map<string, ProofDocument>();
    for (const name of names) {
      documents.set(name, readProofDocument(await readFile(proofPath(name), 'utf8'), name));
    }
    const lines = (await readFile(corpusPath, 'utf8')).trim().split('\n');
    assert.ok(lines.length > 6_000, `${lines.length} cases`);
    const differing: string[] = [];
    for (const line of lines) {
      const changed = JSON.parse(line) as Case;
      const code = codeInTypeScript(key, documents.get(changed.of)!, changed);
      if (code !== changed.code)
        differing.push(`${changed.of}, ${changed.name}: ${code}, not ${changed.code}`);
    }
    assert.deepEqual(differing, []);
  });
});
