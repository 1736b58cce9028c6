/** What `run`, `prove` and `profile` say of runs that are too large for one proof, or that do not end: the same, and nothing that cannot work. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../../scripts/lib/tools.ts';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { limitsOf } from '../../sdk/src/attest/proof/limits.ts';
import { planProofs } from '../../sdk/src/attest/proof/plan.ts';
import { parseInputs } from '../../sdk/src/attest/run/inputs.ts';
import { greatestHeights } from '../../sdk/src/attest/session/least-heights.ts';
import {
  type Estimate,
  estimate,
  openKeys,
  openSession,
  prove,
  run,
  type WattestError,
} from '../../sdk/src/index.ts';
import { assembleWat } from '../attest/lib/wat.ts';
import { hasWorked } from '../lib/processor-time.ts';
import { BIN, wattest } from './lib/wattest.ts';

describe('command line, honest limits', () => {
  let folder: string;
  const modules = new Map<string, string>();
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-limits-'));
    for (const name of ['surplus-stack', 'deep-recursion', 'endless', 'prints-then-traps']) {
      const path = join(folder, `${name}.wasm`);
      writeFileSync(path, await assembleWat(readFileSync(join(ROOT, `test/cases/${name}.wat`), 'utf8')));
      modules.set(name, path);
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const dryRun = async (...args: readonly string[]): Promise<Estimate> => {
    const { code, out, err } = await wattest(['prove', ...args, '--dry-run', '--json']);
    assert.equal(code, 0, err);
    return JSON.parse(out);
  };

  it('a run that no key has room for in one proof: run says so, prove makes several, profile shows the beginning', async () => {
    const args = [modules.get('surplus-stack')!, '--args', '2000000'];
    const ran = await wattest(['run', ...args]);
    assert.equal(ran.code, 0, ran.err);
    assert.match(
      ran.err,
      /^wattest: warning: [^\n]*`prove` makes several[^\n]*No key and no memory allows so many in one; `wattest profile --max-instructions N`/,
    );
    assert.doesNotMatch(ran.err, /--max-log/);
    const { shards, memoryBytes } = await dryRun(...args);
    assert.ok(shards > 10 && memoryBytes <= 2 ** 30, `${shards} proofs, ${memoryBytes} bytes`);
    const profiled = await wattest(['profile', ...args, '--max-instructions', '10000']);
    assert.equal(profiled.code, 0, profiled.err);
    assert.match(profiled.out, /^status +not ended: these are its first instructions$/m);
    assert.match(profiled.out, /^instructions +(10,000|9,99\d)$/m);
  });

  it('cells are the limit, not heights alone: what a larger key has no room for is told by what run names', async () => {
    const args = [modules.get('deep-recursion')!, '--invoke', 'deep', '--args', '100000'];
    const ran = await wattest(['run', ...args]);
    assert.equal(ran.code, 0, ran.err);
    const [, advised] =
      /`wattest prove --dry-run (--max-log \d+ --max-memory \d+)` says whether/.exec(ran.err) ?? [];
    assert.ok(advised !== undefined, ran.err);
    for (const allowed of [advised, '--max-log 19', '--max-log 19 --max-memory 8000']) {
      const { shards, memoryBytes, oneProof } = await dryRun(...args, ...allowed.split(' '));
      assert.equal(oneProof, undefined, allowed);
      assert.ok(memoryBytes <= 2 ** 32, `${memoryBytes} bytes`);
      // 45.4 million cells: more than there is room for in the kernels.
      assert.ok(shards > 1, `${shards} proofs`);
    }
  });

  it('where memory is the bound, run names memory and no key, and the least that dry runs say is the least', async () => {
    const args = [modules.get('surplus-stack')!, '--args', '50000', '--max-log', '18'];
    const ran = await wattest(['run', ...args]);
    assert.equal(ran.code, 0, ran.err);
    const [, advised] =
      /1144 MiB [^\n]*`wattest prove --dry-run --max-memory (\d+)` says whether/.exec(ran.err) ?? [];
    assert.ok(advised !== undefined && !ran.err.includes('--max-log'), ran.err);
    assert.equal((await dryRun(...args, '--max-memory', advised)).shards, 1);
    const { shards, oneProof } = await dryRun(...args);
    assert.ok(shards > 1 && oneProof !== undefined && oneProof.maxLog === undefined);
    const least = oneProof.maxMemoryBytes! / 2 ** 20;
    assert.ok(Number.isInteger(least) && least <= Number(advised), `${least} of ${advised}`);
    const within = await dryRun(...args, '--max-memory', `${least}`);
    assert.ok(within.shards === 1 && within.memoryBytes <= least * 2 ** 20);
    assert.ok((await dryRun(...args, '--max-memory', `${least - 1}`)).shards > 1);
    const shown = await wattest(['prove', ...args, '--dry-run']);
    assert.match(shown.out, new RegExp(`^proofs +\\d [^\\n]*\\(--max-memory ${least} makes one\\)`, 'm'));
  });

  it('a run that takes several proofs only for what every proof has besides its rows gets its private words once', async () => {
    const wasm = await assembleWat(
      `(module (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (func (export "f") (param i32) (result i32) (drop (call $random (i32.const 8) (i32.const 8)))
          (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0)))
          (i32.load (i32.const 8))))`,
    );
    await using keys = await openKeys({ onWarning: () => {} });
    const { program } = loadProgram(wasm, 'f');
    let [asked, traced] = [0, 0];
    const inputs = parseInputs({ args: [6000], random: () => BigInt(++asked) }, program);
    const plan = await planProofs(keys, {
      ...{ provingKey: keys.provingKey, transcript: undefined, program, inputs, shape: {} },
      maxMemoryBytes: 331 * 2 ** 20,
      timed: async (_, work) => {
        traced++;
        return work();
      },
    });
    assert.deepEqual([plan.sizes.length, traced, asked], [2, 2, 1]);
    assert.equal(plan.run.words[0]?.word, 1n);
  });

  it('what a long run takes besides its rows is refused by prove where its dry run says so', async () => {
    // 2^16 rows of data, which the closing proof opens.
    const wasm = await assembleWat(
      `(module (memory 4) (data (i32.const 0) "${'\\01'.repeat(4 * 40_000)}") (func (export "f") (param i32) (result i32)
        (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (local.get 0))) (i32.load (i32.const 0))))`,
    );
    await using session = await openSession({ onWarning: () => {} });
    const within = (mebibytes: number) => ({ wasm, args: [200_000], maxMemoryBytes: mebibytes * 2 ** 20 });
    const leastOf = async (refused: Promise<unknown>): Promise<number> => {
      let least: number | undefined;
      await assert.rejects(refused, ({ code, fix }: WattestError) => {
        least = Number(/^Allow at least (\d+) MiB$/.exec(fix ?? '')?.[1]);
        return code === 'INPUT_INVALID';
      });
      return least!;
    };
    const least = await leastOf(estimate(session, within(700)));
    assert.equal(await leastOf(prove(session, within(700))), least);
    assert.equal(await leastOf(estimate(session, within(least - 1))), least);
    const { shards, memoryBytes } = await estimate(session, within(least));
    assert.ok(shards > 1 && memoryBytes <= least * 2 ** 20, `${shards} proofs, ${memoryBytes} bytes`);
  });

  it('the memory of a session and least heights bound a proof before it is begun', async () => {
    await using keys = await openKeys({ maxLog: 19, onWarning: () => {} });
    const { program } = loadProgram(await assembleWat('(module (func (export "f")))'), 'f');
    const { whole } = limitsOf(keys, program, 2 ** 32);
    const little = limitsOf({ ...keys, maxKernelBytes: 2 ** 29 }, program, 2 ** 32);
    // Unasked a proof takes less than there is room for.
    assert.ok(limitsOf(keys, program, undefined).whole.cells! < whole.cells! / 3);
    assert.ok(little.whole.cells! < 2 ** 29 / 90 && little.whole.cells! < whole.cells! / 7);
    assert.ok(little.shards.cells <= little.whole.cells!);
    // The opening of a chip with few columns and all rows would not find room, though its cells would.
    assert.equal(greatestHeights(keys.provingKey.key)['mem'], 19);
    assert.equal(little.whole.most!['mem'], 16);
    assert.throws(() => limitsOf(keys, program, undefined, { wide: 19, alu: 18 }), {
      code: 'INPUT_INVALID',
      message: /^shape: the least heights come to \d+ cells/,
    });
    assert.equal(limitsOf(keys, program, 2 ** 32, { wide: 18 }).whole.least!['wide'], 18);
  });

  it('a tall image bounds a proof before it is begun, by what its opening takes', async () => {
    await using keys = await openKeys({ maxLog: 18, onWarning: () => {} });
    // Words that do not start as zero, and nothing else: 2^18 rows, of which a proof took 1,025 MiB of kernels and 1,383 of the process (docs/benchmarks.md).
    const imageOf = (words: number): Promise<Uint8Array> =>
      assembleWat(
        `(module (memory 16) (data (i32.const 0) "${'\\01'.repeat(4 * words)}") (func (export "f") (result i32) (i32.load (i32.const 0))))`,
      );
    const wasm = await imageOf(240_000);
    const { program } = loadProgram(wasm, 'f');
    const unasked = await estimate(keys, { wasm });
    assert.equal(unasked.shards, 1);
    assert.ok(Math.abs(unasked.memoryBytes / 2 ** 20 / 1383 - 1) < 0.05, `${unasked.memoryBytes}`);
    await assert.rejects(estimate(keys, { wasm, maxMemoryBytes: 2 ** 30 }), (error: Error) => {
      const [, least] = /Allow at least (\d+) MiB/.exec(String((error as WattestError).fix)) ?? [];
      assert.equal(Number(least), Math.ceil(unasked.memoryBytes / 2 ** 20));
      return true;
    });
    // What is left beside it is the run's.
    const asked = limitsOf(keys, program, 1400 * 2 ** 20).whole.cells!;
    assert.ok(asked < limitsOf(keys, program, 2 ** 32).whole.cells! / 10, `${asked}`);
    const fewKernels = { ...keys, maxKernelBytes: 2 ** 30 - 2 ** 24 };
    assert.throws(() => limitsOf(fewKernels, program, undefined), { code: 'MODULE_TOO_LARGE' });
    limitsOf(fewKernels, loadProgram(await imageOf(100_000), 'f').program, undefined);
  });

  it('a run hears an abort, and says how far it is', async () => {
    const wasm = new Uint8Array(readFileSync(modules.get('endless')!));
    const controller = new AbortController();
    let instructions = 0;
    const onProgress = (count: number): void => {
      assert.ok(count > instructions);
      instructions = count;
      // A timer: the event loop has its turns.
      setTimeout(() => controller.abort(), 1);
    };
    await assert.rejects(run({ wasm, signal: controller.signal, onProgress }), { code: 'ABORTED' });
    assert.ok(instructions > 0);
  });

  it('a loop without an end has one where nobody says so, in the SDK as in the command', async () => {
    // Constants that are dropped are instructions and no steps, so that it comes soon.
    const wasm = await assembleWat(
      `(module (func (export "f") (loop $l ${'(drop (i32.const 1))'.repeat(30_000)} (br $l))))`,
    );
    const tooLong = { code: 'RUN_TOO_LONG', message: /has not ended after 4294967296 instructions/ };
    await using keys = await openKeys({ onWarning: () => {} });
    await assert.rejects(run({ wasm }), tooLong);
    await assert.rejects(estimate(keys, { wasm }), tooLong);
    const path = join(folder, 'dense.wasm');
    writeFileSync(path, wasm);
    const { code, err } = await wattest(['run', path]);
    assert.equal(code, 2);
    assert.match(err, /\[RUN_TOO_LONG\] [^\n]*4294967296 instructions/);
  });

  for (const command of ['run', 'prove'])
    it(`Ctrl-C ends ${command} at once with 130, while it executes`, () => interrupted(command));

  async function interrupted(command: string): Promise<void> {
    const output = join(folder, 'never.json');
    const args = [command, modules.get('endless')!, ...(command === 'prove' ? ['-o', output] : [])];
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let err = '';
    child.stderr.on('data', (text: Buffer) => {
      err += text.toString();
    });
    const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
    // Starting takes less than one.
    await hasWorked(child.pid!, 4);
    child.kill('SIGINT');
    assert.equal(await ended, 130, err);
    assert.match(err, /^wattest: \[ABORTED\] the run was interrupted\. [^\n]*\n$/);
    assert.deepEqual(
      readdirSync(folder).filter((name) => /never|\.tmp/.test(name)),
      [],
    );
  }

  it('what a program printed before it trapped is shown, to the last byte and by kind of stream', async () => {
    const { code, out, err } = await wattest(['run', modules.get('prints-then-traps')!]);
    assert.equal(code, 1);
    assert.equal(out, 'hello world\na');
    assert.match(err, /^bad\nstatus +trapped: unreachable/);
    const json = await wattest(['run', modules.get('prints-then-traps')!, '--json']);
    assert.equal(JSON.parse(json.out).stdout, 'hello world\na');
  });
});
