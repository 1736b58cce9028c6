/** Runs that are stopped, and runs that are too long: one line, no file, no process left. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest } from '../../scripts/lib/guests.ts';
import { ROOT } from '../../scripts/lib/tools.ts';
import { wattest } from './lib/wattest.ts';

describe('command line, long runs', () => {
  let folder: string;
  let wasm: string;
  let proof: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-long-'));
    wasm = join(folder, 'mixed.wasm');
    proof = join(folder, 'proof.json');
    writeFileSync(wasm, await compileGuest(join(ROOT, 'scripts/bench/guests/mixed.c')));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));
  afterEach(() => {
    assert.deepEqual(readdirSync(folder), ['mixed.wasm']);
  });

  it('an interrupted proof leaves one line and nothing else', async () => {
    // A long program, so that the signal comes in the middle however fast the machine is.
    const args = ['prove', wasm, '--invoke', 'mixed', '--args', '50', '-o', proof];
    const bin = join(ROOT, 'sdk/bin/wattest.js');
    // With the bar of a terminal, which says how far it is.
    const terminal = ['--import', 'data:text/javascript,process.stderr.isTTY=true'];
    const child = spawn(process.execPath, [...terminal, bin, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let all = '';
    let sent = false;
    child.stderr.on('data', (text: Buffer) => {
      all += text.toString();
      if (sent || !all.includes('committing to the trace')) return;
      sent = true;
      child.kill('SIGINT');
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    assert.equal(await ended, 130, all);
    assert.ok(sent);
    const err = all.slice(all.lastIndexOf('\u001b[2K') + 4);
    assert.match(err, /^wattest: \[ABORTED\] [^\n]*interrupted[^\n]*\n$/);
    assert.doesNotMatch(err, /signal/);
    assert.ok(!existsSync(proof));
  });

  it('a dry run says what a proof would take, and with how much memory', async () => {
    const args = ['prove', wasm, '--invoke', 'mixed', '--args', '130', '--dry-run'];
    const one = await wattest([...args, '--max-memory', '2000']);
    assert.equal(one.code, 0, one.err);
    assert.match(one.out, /^proofs +one$/m);
    assert.match(one.out, /^time +about \d+ s on two cores that do nothing else$/m);
    assert.match(one.out, /^memory +about [\d,]+ MiB$/m);
    const estimateOf = async (...more: string[]): Promise<Record<string, number>> => {
      const { code, out, err } = await wattest([...args, '--json', ...more]);
      assert.equal(code, 0, err);
      return JSON.parse(out);
    };
    const [whole, low] = [
      await estimateOf('--max-memory', '2000'),
      await estimateOf('--max-memory', '2000', '--max-log', '16'),
    ];
    assert.equal(whole['shards'], 1);
    // Unasked no process takes more than 1.2 GB.
    assert.ok(whole['memoryBytes']! > 1.2e9);
    const unasked = await estimateOf();
    assert.ok(unasked['shards']! > 1 && unasked['memoryBytes']! < 1.2e9);
    assert.ok(low['shards']! >= 2);
    const little = await estimateOf('--max-memory', '500');
    assert.ok(little['shards']! > low['shards']!);
    assert.ok(little['memoryBytes']! < 500 * 2 ** 20);
    assert.equal(little['instructions'], whole['instructions']);
    const short = ['prove', wasm, '--invoke', 'mixed', '--args', '20', '--dry-run', '--wrap'];
    const wrapped = await wattest(short);
    assert.match(wrapped.out, /^proofs +one, and the small one that wraps it$/m);
    assert.match(wrapped.out, /^proof +2,\d{3} bytes$/m);
    const long = await wattest([...args, '--wrap']);
    assert.match(long.out, /^proofs +\d, \d that join them, and the small one$/m);
    assert.match(long.out, /^proof +2,852 bytes$/m);
    const { code, err } = await wattest([...args, '--max-memory', '300']);
    assert.equal(code, 2);
    assert.match(
      err,
      /^wattest: \[INPUT_INVALID\] maxMemoryBytes \(--max-memory\): [^\n]*at least \d{3} MiB\.\n$/,
    );
  });

  it('a run that is too long for one proof is proven in several, which verify together and not on a chain', async () => {
    const args = [wasm, '--invoke', 'mixed', '--args', '30', '--max-log', '14', '-o', proof];
    const proven = await wattest(['prove', ...args]);
    assert.equal(proven.code, 0, proven.err);
    assert.match(
      proven.err,
      /warning: the run took \d proofs, [^\n]*a contract takes one, to which --wrap joins them\n/,
    );
    assert.match(proven.out, /^proof +\d\d,\d{3} bytes \(\d proofs of one run\)/m);
    const { shards } = JSON.parse(readFileSync(proof, 'utf8'));
    assert.ok(shards >= 3, `${shards} proofs`);
    const verified = await wattest(['verify', proof, '--program', wasm, '--max-log', '14']);
    assert.equal(verified.code, 0, verified.err);
    assert.match(verified.out, new RegExp(`^proofs +${shards} that only convince together`, 'm'));
    const other = await wattest(['verify', proof, '--program', wasm, '--max-log', '15']);
    assert.match(other.err, /^wattest: \[PROOF_FOREIGN_KEY\] /);
    const attested = await wattest(['attest', proof, '--network', 'localhost']);
    assert.equal(attested.code, 2);
    assert.match(attested.err, /^wattest: \[PROOF_SHARDED\] [^\n]*took \d proofs[^\n]*--wrap[^\n]*\n$/);
    rmSync(proof);
  });

  it('prove wants a file, or a dry run', async () => {
    const { code, err } = await wattest(['prove', wasm, '--invoke', 'mixed', '--args', '1']);
    assert.equal(code, 2);
    assert.match(err, /^wattest: \[USAGE\] [^\n]*-o, or use --dry-run\.\n$/);
  });

  it('a run that does not end within its limit is stopped by name', async () => {
    const args = ['run', wasm, '--invoke', 'mixed', '--args', '100', '--max-instructions', '1000'];
    const { code, err } = await wattest(args);
    assert.equal(code, 2);
    assert.match(
      err,
      /^wattest: \[RUN_TOO_LONG\] [^\n]* after 1000 instructions[^\n]*--max-instructions[^\n]*\n$/,
    );
  });

  it('a run that is too long for a proof is told so once', async () => {
    const args = ['run', wasm, '--invoke', 'mixed', '--args', '130'];
    const { code, out, err } = await wattest([...args, '--max-log', '15']);
    assert.equal(code, 0);
    assert.match(
      err,
      /^wattest: warning: one proof [^\n]* 2\^15: [^\n]*alu 2\^1[67][^\n]*several[^\n]*--max-log[^\n]*profile[^\n]*\n$/,
    );
    assert.match(out, /^instructions +\d+,\d{3}/m);
    assert.match(out, /^rows +\d+,\d{3} \(alu \d+,\d{3}, /m);
    // Under the key that is given unasked memory is the bound.
    assert.match((await wattest(args)).err, /1144 MiB[^\n]*--max-memory \d{4}`[^\n]*\n$/);
    assert.equal((await wattest([...args.slice(0, -1), '30'])).err, '');
  });

  it('run counts rows where a proof has them', async () => {
    const rowsOf = async (command: string, ...more: string[]): Promise<Record<string, number>> => {
      const { code, out, err } = await wattest([command, wasm, '--invoke', 'mixed', '--json', ...more]);
      assert.equal(code, 0, err);
      return JSON.parse(out).rows;
    };
    const placed = await rowsOf('check', '--args', '40');
    assert.deepEqual(await rowsOf('run', '--args', '40'), placed);
    // Full to the last row, so by placement alone.
    assert.ok(
      Object.values(placed).some((rows) => rows > 64 && Number.isInteger(Math.log2(rows))),
      JSON.stringify(placed),
    );
  });

  it('a run that no key allows is not told to raise --max-log', async () => {
    const args = [wasm, '--invoke', 'mixed', '--args', '30000'];
    const { code, err } = await wattest(['run', ...args]);
    assert.equal(code, 0);
    assert.match(
      err,
      /^wattest: warning: one proof [^\n]* 2\^17: [^\n]*2\^2[3-9][^\n]*No key and no memory allows[^\n]*\n$/,
    );
    assert.doesNotMatch(err, /--max-log/);
    const refused = await wattest(['check', ...args]);
    assert.equal(refused.code, 2);
    assert.match(
      refused.err,
      /^wattest: \[RUN_TOO_LONG\] [^\n]*`wattest profile --max-instructions N`[^\n]*\n$/,
    );
  });
});
