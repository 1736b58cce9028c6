/** Proofs that a project keeps: what is found is verified, and names give nothing away. */
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ROOT } from '../../scripts/lib/tools.ts';
import { readProofDocument } from '../../sdk/src/attest/proof/document.ts';
import { type Keys, openKeys } from '../../sdk/src/attest/session/session.ts';
import { type CachedRun, cachePath, readCached, writeCached } from '../../sdk/src/hardhat/proof-cache.ts';

const FIXTURE = join(ROOT, 'test/fixtures/fibonacci.proof.json');

describe('hardhat: kept proofs', () => {
  const document = readProofDocument(readFileSync(FIXTURE, 'utf8'), FIXTURE);
  const { programId, statement } = document;
  const run: CachedRun = { programId, publicInputs: statement.publicInputs, privateInputs: [], wrap: false };
  let folder: string;
  let keys: Keys;
  let path: string;
  let refused: string[];
  const read = (about: CachedRun = run) =>
    readCached(path, keys, about, (reason) => {
      refused.push(reason);
    });

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-proof-cache-'));
    keys = await openKeys();
    path = (await cachePath(join(folder, 'proofs'), keys, run))!;
  });
  beforeEach(() => {
    refused = [];
  });
  after(async () => {
    await keys.dispose();
    rmSync(folder, { recursive: true });
  });

  it('finds what was kept', async () => {
    assert.equal(await read(), undefined);
    await writeCached(path, document);
    assert.deepEqual(await read(), document);
    assert.deepEqual(refused, []);
  });

  it('takes no proof that is not accepted, whole or about this run', async () => {
    const last = document.proof.at(-1) === '0' ? '1' : '0';
    await writeCached(path, { ...document, proof: `${document.proof.slice(0, -1)}${last}` as `0x${string}` });
    assert.equal(await read(), undefined);
    assert.match(refused[0]!, /\[PROOF_\w+\]$/);

    const other = [...statement.publicOutputs];
    other[0]! ^= 1n;
    await writeCached(path, { ...document, statement: { ...statement, publicOutputs: other } });
    assert.equal(await read(), undefined);

    writeFileSync(path, readFileSync(FIXTURE).subarray(0, 1000));
    assert.equal(await read(), undefined);
    assert.match(refused[2]!, /\[PROOF_MALFORMED\]$/);

    await writeCached(path, document);
    assert.equal(await read({ ...run, publicInputs: [...run.publicInputs, 1n] }), undefined);
    assert.match(refused[3]!, /is a proof of other inputs$/);
    assert.equal(await read({ ...run, programId: `0x${'11'.repeat(32)}` }), undefined);
    assert.match(refused[4]!, /\[PROOF_PROGRAM\]$/);
  });

  it('reads no more than a proof can have', async () => {
    writeFileSync(path, '{');
    truncateSync(path, 2 ** 32);
    try {
      assert.equal(await read(), undefined);
      assert.match(refused[0]!, /\[FILE_UNREADABLE\]$/);
    } finally {
      rmSync(path);
    }
  });

  it('names runs by all that they were given, and by program, kind and key', async () => {
    const name = async (about: Partial<CachedRun>, of: Keys = keys): Promise<string> =>
      basename((await cachePath(folder, of, { ...run, ...about }))!);
    const key = { ...keys.verifyingKey, digest: `0x${'22'.repeat(32)}` as const };
    const names = await Promise.all([
      name({}),
      name({ publicInputs: [...run.publicInputs, 0n] }),
      name({ privateInputs: [0n] }),
      name({ privateInputs: [0n, 0n] }),
      name({ wrap: true }),
      name({ programId: `0x${'11'.repeat(32)}` }),
      name({}, { ...keys, verifyingKey: key }),
    ]);
    assert.equal(new Set(names).size, names.length);
    assert.equal(await name({}), names[0]);
    assert.equal(await name({ privateInputs: [0n] }), names[2]);
  });

  it('names runs with private inputs under a secret of this user, which the folder does not have', async () => {
    const before = process.env.WATTEST_CACHE_DIR;
    const nameIn = async (user: string, privateInputs: readonly bigint[]): Promise<string> => {
      process.env.WATTEST_CACHE_DIR = join(folder, user);
      return (await cachePath(folder, keys, { ...run, privateInputs }))!;
    };
    try {
      assert.equal(await nameIn('one', []), await nameIn('two', []));
      assert.notEqual(await nameIn('one', [5n]), await nameIn('two', [5n]));
      assert.equal(await nameIn('one', [5n]), await nameIn('one', [5n]));
      const secret = join(folder, 'one/proof-names.key');
      assert.ok(existsSync(secret));
      if (process.platform !== 'win32') assert.equal(statSync(secret).mode & 0o777, 0o600);
    } finally {
      if (before === undefined) delete process.env.WATTEST_CACHE_DIR;
      else process.env.WATTEST_CACHE_DIR = before;
    }
  });
});
