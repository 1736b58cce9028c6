/** Small proofs by the command, as the README has it, against a chain behind a port. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import hre from 'hardhat';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import { readProofDocument } from '../../sdk/src/index.ts';
import { until } from '../lib/until.ts';
import { BIN, wattest } from './lib/wattest.ts';

describe('command line, small proofs', () => {
  let folder: string;
  let chain: string[];
  let close: () => Promise<void>;
  const at = (name: string): string => join(folder, name);
  const document = (name: string): ReturnType<typeof readProofDocument> =>
    readProofDocument(readFileSync(at(name), 'utf8'), name);

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-wrap-'));
    writeFileSync(at('f.wasm'), await compileGuest((await readExample('fibonacci')).source));
    const server = await hre.network.createServer(undefined, '127.0.0.1', 0);
    const { address, port } = await server.listen();
    close = () => server.close();
    chain = [
      '--network',
      'localhost',
      '--rpc-url',
      `http://${address}:${port}`,
      '--deployments',
      at('deployments'),
    ];
  });
  after(async () => {
    await close?.();
    rmSync(folder, { recursive: true, force: true });
  });

  async function done(...args: readonly string[]): Promise<string> {
    const { code, out, err } = await wattest(args);
    assert.equal(code, 0, err);
    return out;
  }
  async function refused(code: string, ...args: readonly string[]): Promise<void> {
    const { code: exit, err } = await wattest(args);
    assert.notEqual(exit, 0);
    assert.match(err, new RegExp(`\\[${code}\\]`));
  }

  it('prove --wrap: a small proof that verify takes like any other, by the module and by key and id', async () => {
    await done('prove', at('f.wasm'), '--args', '30', '--wrap', '-o', at('small.json'));
    const { kind, shards, proof, programId } = document('small.json');
    assert.deepEqual([kind, shards], ['wrap', 1]);
    assert.ok(proof.length < 2 * 3_600);
    assert.match(await done('verify', at('small.json'), '--program', at('f.wasm')), /public outputs +832040/);
    await done('key', '--kind', 'wrap', '-o', at('key.json'));
    await done('verify', at('small.json'), '--key', at('key.json'), '--id', programId);
  });

  it('wrap: of a proof that was made for it, and of no other', async () => {
    await done('prove', at('f.wasm'), '--args', '30', '--transcript', 'poseidon2', '-o', at('long.json'));
    await done('wrap', at('long.json'), '-o', at('wrapped.json'));
    const [small, wrapped, long] = ['small.json', 'wrapped.json', 'long.json'].map(document);
    assert.equal(wrapped!.verifyingKey, small!.verifyingKey);
    assert.equal(wrapped!.programId, long!.programId);
    await done('verify', at('wrapped.json'), '--program', at('f.wasm'));
    await refused('PROOF_UNWRAPPABLE', 'wrap', at('small.json'), '-o', at('again.json'));
    await done('prove', at('f.wasm'), '--args', '30', '-o', at('direct.json'));
    await refused('PROOF_UNWRAPPABLE', 'wrap', at('direct.json'), '-o', at('again.json'));
    await refused(
      'SRS_TOO_SMALL',
      'prove',
      at('f.wasm'),
      '--args',
      '3',
      '--max-log',
      '14',
      '--wrap',
      '-o',
      at('x.json'),
    );
  });

  it('a run of several proofs: interrupted while it is wrapped it goes on with its joins', async () => {
    const args = ['prove', at('f.wasm'), '--args', '4000', '--max-memory', '331', '--wrap'];
    const run = [...args, '--resume', at('run'), '-o', at('joined.json')];
    const child = spawn(process.execPath, [BIN, ...run], { stdio: ['ignore', 'ignore', 'pipe'] });
    let err = '';
    child.stderr.on('data', (text: Buffer) => {
      err += text.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    const joined = (): boolean => {
      const [text] = existsSync(at('run')) ? readFileSync(at('run'), 'utf8').split('\n') : [];
      return text !== undefined && JSON.parse(text).parts[0] !== null;
    };
    await until(() => {
      if (joined()) return true;
      assert.equal(child.exitCode, null, err);
      return false;
    }, 50);
    child.kill('SIGINT');
    assert.equal(await ended, 130, err);
    assert.match(
      err,
      /^wattest: \[ABORTED\] [^\n]*\/run: [^\n]*is kept\. [^\n]*to go on, or delete this file[^\n]*\n$/,
    );
    assert.ok(!existsSync(at('joined.json')));
    const out = await done(...run);
    assert.match(out, /^resumed +(\d) commitments, \1 proofs and a join were there$/m);
    assert.ok(!existsSync(at('run')));
    const { kind, shards, proof } = document('joined.json');
    assert.deepEqual([kind, shards, proof.length], ['joined', 1, document('small.json').proof.length]);
    assert.match(
      await done('verify', at('joined.json'), '--program', at('f.wasm')),
      /^public inputs +4000$/m,
    );
  });

  it('one deployment takes both kinds, and each proof finds its verifier', async () => {
    await done('deploy', ...chain, '--wrap');
    assert.match(await done('attest', at('small.json'), ...chain), /^record +block/m);
    await refused('PROOF_FOREIGN_KEY', 'attest', at('direct.json'), ...chain);
    await refused('USAGE', 'deploy', ...chain, '--owner', `0x${'12'.repeat(20)}`);
    assert.match(await done('deploy', ...chain), /^registry +0x\w+ \(stood before\)/m);
    await refused('DEPLOYMENT_EXISTS', 'deploy', ...chain, '--wrap');
    await refused('DEPLOYMENT_EXISTS', 'deploy', ...chain);
    assert.match(await done('attest', at('direct.json'), ...chain), /^record +block/m);
    assert.match(await done('deploy', ...chain, '--check'), /^0x\w{8} live[\s\S]*^0x\w{8} live/m);
  });
});
