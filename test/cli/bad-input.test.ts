/** What a user can do wrong on the command line: one readable line, the right exit code, nothing half-written. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import { moduleBytes } from '../../sdk/src/wasm/build.ts';
import { LIMITS } from '../../sdk/src/wasm/limits.ts';
import { BIN, type Outcome, wattest as run } from './lib/wattest.ts';

const ROOT = join(import.meta.dirname, '../..');

const wattest = (...args: readonly string[]): Promise<Outcome> => run(args);

/** Exactly one line on standard error, with the code, and nothing on standard output. */
function refused(outcome: Outcome, code: string, exit = 2): void {
  assert.equal(outcome.code, exit, outcome.err);
  assert.match(outcome.err, new RegExp(`^wattest: \\[${code}\\] .+\\n$`));
  assert.equal(outcome.err.trimEnd().split('\n').length, 1, outcome.err);
  assert.equal(outcome.out, '');
}

describe('command line, bad input', () => {
  let folder: string;
  let quicksort: string;
  let fibonacci: string;
  const file = (name: string, contents: Uint8Array | string): string => {
    const path = join(folder, name);
    writeFileSync(path, contents);
    return path;
  };

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-cli-'));
    quicksort = file('quicksort.wasm', await compileGuest((await readExample('quicksort')).source));
    fibonacci = file('fibonacci.wasm', await compileGuest((await readExample('fibonacci')).source));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('shows help without arguments and for every command', async () => {
    const { out: overview } = await wattest();
    assert.match(overview, /Usage: wattest/);
    const commands = [...overview.slice(overview.indexOf('Commands:')).matchAll(/^ {2}([a-z-]+) /gm)];
    const names = commands.map(([, name]) => name!).filter((name) => name !== 'help');
    const files = readdirSync(join(ROOT, 'sdk/src/cli/commands')).map((name) => basename(name, '.ts'));
    assert.deepEqual(names.toSorted(), files.toSorted());
    for (const command of names) {
      const { code, out } = await wattest(command, '--help');
      assert.equal(code, 0);
      assert.match(out, new RegExp(`Usage: wattest ${command}`));
      const behind = ['run', 'profile', 'check', 'prove', 'compile'].includes(command);
      assert.equal(/\[-- <\w+>\.\.\.\]\n/.test(out), behind, `${command} and what stands behind --`);
    }
  });

  it('help names the options that must be given, and the bounds of --max-log', async () => {
    for (const command of ['prove', 'verifier', 'key', 'deploy', 'attest']) {
      const [, option = ''] =
        /required option '(?:-o, )?(--[a-z]+)/.exec(
          (await wattest(command, ...(/^(prove|attest)$/.test(command) ? [fibonacci] : []))).err,
        ) ?? [];
      const { out } = await wattest(command, '--help');
      const [, description = ''] = out.split(new RegExp(`^ +(?:-o, )?${option} `, 'm'));
      assert.match(description.split(/^ +-/m)[0]!, /\(required\)/, `${command} ${option}`);
    }
    const { err } = await wattest('key', '-o', join(folder, 'key.json'), '--max-log', '99');
    const [, least = '', most = ''] = /from (\d+) to (\d+)/.exec(err) ?? [];
    assert.match((await wattest('key', '--help')).out, new RegExp(`${least}\\s+to\\s+${most};`));
  });

  it('refuses an unknown command, an unknown option, a missing option', async () => {
    refused(await wattest('prov'), 'USAGE');
    refused(await wattest('run', fibonacci, '--invoke', 'fibonacci', '--what'), 'USAGE');
    refused(await wattest('prove', fibonacci, '--invoke', 'fibonacci'), 'USAGE');
    refused(await wattest('run', fibonacci), 'INPUT_INVALID'); // entered at its only export
  });

  it('refuses a file that is not there, is a folder, is empty, is no module', async () => {
    refused(await wattest('run', join(folder, 'none.wasm'), '--invoke', 'f'), 'FILE_UNREADABLE');
    refused(await wattest('run', folder, '--invoke', 'f'), 'FILE_UNREADABLE');
    const source = await wattest('compile', join(folder, 'none.c'));
    refused(source, 'FILE_UNREADABLE');
    assert.match(source.err, /none\.c: cannot be read \(no such file or folder\)/);
    refused(await wattest('run', file('empty.wasm', ''), '--invoke', 'f'), 'MODULE_MALFORMED');
    refused(await wattest('run', file('text.wasm', '(module)'), '--invoke', 'f'), 'MODULE_MALFORMED');
    assert.match(
      (await wattest('run', file('guest.py', 'print(1)'))).err,
      /Give the compiled module \(\.wasm\), not its source/,
    );
    for (const [name, quote] of [
      ['guest', ''],
      ['my guest', '"'],
    ] as const) {
      const path = file(`${name}.c`, 'int main(void) {}');
      const { err } = await wattest('run', path);
      const out = path.replace(/c$/, 'wasm');
      assert.match(err, /guest\.c: a source, /);
      assert.ok(err.includes(`\`wattest compile ${quote}${path}${quote} -o ${quote}${out}${quote}\``), err);
    }
  });

  it('refuses files that no engine could hold in a string, and files without end, by name', async () => {
    const sparse = (name: string, size: number): string => {
      const path = file(name, '');
      truncateSync(path, size);
      return path;
    };
    // V8 holds 2^29 - 24 characters.
    const huge = sparse('huge.json', 2 ** 29);
    for (const endless of existsSync('/dev/zero') ? ['/dev/zero', huge] : [huge]) {
      const proof = await wattest('verify', endless, '--program', fibonacci);
      refused(proof, 'FILE_UNREADABLE');
      assert.match(proof.err, /larger than \d+ MiB, the most that is read\. Give a proof file/);
      const words = await wattest('run', quicksort, '--private-file', endless);
      refused(words, 'FILE_UNREADABLE');
      assert.match(words.err, /fewer words/);
    }
    refused(await wattest('run', fibonacci, '--args', '1', '--source-map', huge), 'FILE_UNREADABLE');
    refused(await wattest('attest', huge, '--network', 'localhost'), 'FILE_UNREADABLE');
    writeFileSync(join(folder, 'localhost.json'), '');
    truncateSync(join(folder, 'localhost.json'), 2 ** 29);
    const proof = join(import.meta.dirname, '../fixtures/quicksort.proof.json');
    refused(
      await wattest('attest', proof, '--network', 'localhost', '--deployments', folder),
      'FILE_UNREADABLE',
    );
    for (const bytes of [3 * 2 ** 30, LIMITS.fileBytes + 1]) {
      const module = await wattest('run', sparse('huge.wasm', bytes));
      refused(module, 'FILE_UNREADABLE');
      assert.match(module.err, /larger than 64 MiB, the most that is read\. Build a smaller module/);
    }
    const most = await wattest('run', sparse('huge.wasm', LIMITS.fileBytes));
    refused(most, 'MODULE_MALFORMED');
  });

  it('refuses a truncated module with the offset', async () => {
    const whole = await compileGuest((await readExample('fibonacci')).source);
    const outcome = await wattest(
      'run',
      file('cut.wasm', whole.subarray(0, whole.length - 5)),
      '--invoke',
      'fibonacci',
    );
    refused(outcome, 'MODULE_MALFORMED');
    assert.match(outcome.err, /0x[\da-f]+/);
  });

  it('refuses an unsupported import by name and offset', async () => {
    const foreign = moduleBytes({
      types: ['-> f32'],
      imports: [['env', 'temperature', { kind: 'func', type: 0 }]],
      functions: [{ type: 0, code: [['call', 0]] }],
      exports: [['f', 'func', 1]],
    });
    const outcome = await wattest('run', file('foreign.wasm', foreign), '--invoke', 'f');
    refused(outcome, 'MODULE_UNSUPPORTED');
    assert.match(outcome.err, /"temperature" \(func \(\) -> \(f32\)\)/);
    assert.match(outcome.err, /0x[\da-f]+/);
  });

  it('refuses a missing export', async () => {
    refused(await wattest('run', fibonacci, '--invoke', 'lucas', '--args', '1'), 'EXPORT_MISSING');
  });

  it('refuses a wrong number and width of arguments', async () => {
    refused(await wattest('run', fibonacci, '--invoke', 'fibonacci'), 'INPUT_INVALID');
    refused(await wattest('run', fibonacci, '--invoke', 'fibonacci', '--args', '1,2'), 'INPUT_INVALID');
    refused(
      await wattest('run', fibonacci, '--invoke', 'fibonacci', '--args', '4294967296'),
      'INPUT_INVALID',
    );
    refused(await wattest('run', fibonacci, '--invoke', 'fibonacci', '--args', 'ten'), 'INPUT_INVALID');
    refused(await wattest('run', fibonacci, '--invoke', 'fibonacci', '--args', '1.5'), 'INPUT_INVALID');
    const float = moduleBytes({
      types: ['f64 -> f64'],
      functions: [{ type: 0, code: [['local.get', 0]] }],
      exports: [['same', 'func', 0]],
    });
    const path = file('float.wasm', float);
    const large = await wattest('run', path, '--args', '1e999');
    refused(large, 'INPUT_INVALID');
    assert.match(large.err, /out of the range of an f64/);
    assert.match((await wattest('run', path, '--args', '-Infinity')).out, /\(-inf\)/);
  });

  it('does not repeat a private input in an error', async () => {
    const secret = '99999999999999999999999';
    for (const [code, ...args] of [
      ['INPUT_INVALID', '--private', secret],
      ['INPUT_INVALID', '--private-file', file('secret.txt', `1, ${secret}`)],
      ['INPUT_INVALID', '--private-file', file('gap.txt', `1,,${secret.slice(0, 9)}`)],
      // Slips of the finger.
      ['USAGE', `--private${secret}`],
      ['USAGE', '--private', '1', secret],
      ['USAGE', `--privat=${secret}`],
      ['USAGE', `-p${secret}`],
    ] as const) {
      const outcome = await wattest('run', quicksort, ...args);
      refused(outcome, code);
      assert.ok(!outcome.err.includes(secret), outcome.err);
    }
  });

  it('refuses too few inputs by name', async () => {
    refused(await wattest('run', quicksort, '--invoke', 'quicksort', '--private', '3,1,2'), 'INPUT_MISSING');
  });

  it('refuses an unwritable output before it runs anything', async () => {
    const args = ['prove', fibonacci, '--invoke', 'fibonacci', '--args', '5', '-o'] as const;
    refused(await wattest(...args, join(folder, 'no/such/folder/proof.json')), 'FILE_UNWRITABLE');
    mkdirSync(join(folder, 'taken.json'), { recursive: true });
    refused(await wattest(...args, join(folder, 'taken.json')), 'FILE_UNWRITABLE');
  });

  it('refuses an output that is one of its inputs, or written twice, and leaves the file as it was', async () => {
    const taken = file('taken.txt', 'kept');
    const prove = ['prove', fibonacci, '--args', '5', '-o', taken];
    for (const option of ['--stdin', '--private-stdin', '--srs'])
      refused(await wattest(...prove, option, taken), 'FILE_UNWRITABLE');
    const map = file('named.map', '{"version":3,"sources":[],"names":[],"mappings":""}');
    refused(
      await wattest('prove', fibonacci, '--args', '5', '-o', map, '--source-map', map),
      'FILE_UNWRITABLE',
    );
    refused(await wattest('prove', fibonacci, '--args', '5', '-o', fibonacci), 'FILE_UNWRITABLE');
    refused(await wattest('key', '--srs', taken, '-o', taken), 'FILE_UNWRITABLE');
    refused(await wattest('verifier', '--program', taken, '-o', taken), 'FILE_UNWRITABLE');
    const profile = ['profile', fibonacci, '--args', '5', '--json'];
    refused(await wattest(...profile, taken, '--private-stdin', taken), 'FILE_UNWRITABLE');
    refused(await wattest(...profile, taken, '--speedscope', taken), 'FILE_UNWRITABLE');
    assert.equal(readFileSync(taken, 'utf8'), 'kept');
  });

  it('takes private words from a file or standard input, once', async () => {
    const given = (await wattest('run', quicksort, '--private', '3,30,1,2', '--json')).out;
    assert.equal(JSON.parse(given).status, 'returned');
    const path = file('words.txt', '3 30\n1,2\n');
    assert.equal((await wattest('run', quicksort, '--private-file', path, '--json')).out, given);
    const piped = await run(['run', quicksort, '--private-file', '-', '--json'], {}, '3\n30\n1\n2');
    assert.equal(piped.out, given);
    refused(await wattest('run', quicksort, '--private-file', path, '--private', '1'), 'USAGE');
    refused(await wattest('run', quicksort, '--private-file', '-', '--stdin', '-'), 'USAGE');
  });

  it('is not logged by npm, as npx logs the arguments of what it runs', () => {
    const logs = spawnSync('npm', ['config', 'get', 'logs-max'], { cwd: ROOT, encoding: 'utf8' });
    assert.equal(logs.stdout.trim(), '0');
  });

  const full = existsSync('/dev/full');
  (full ? it : it.skip)(
    'does not say rejected where its answer could not be written (needs /dev/full)',
    () => {
      const device = openSync('/dev/full', 'w');
      const { status, stderr } = spawnSync(process.execPath, [BIN, 'inspect', fibonacci], {
        stdio: ['ignore', device, 'pipe'],
        encoding: 'utf8',
      });
      closeSync(device);
      assert.equal(status, 2);
      assert.match(stderr, /^wattest: standard output: .*\n$/);
    },
  );

  it('refuses an option that is given twice', async () => {
    const outcome = await wattest('run', quicksort, '--private', '3', '--private', '1,2,3');
    refused(outcome, 'USAGE');
    assert.match(outcome.err, /--private <words> is given twice/);
  });

  it('tells a wrong --invoke from a refused proof', async () => {
    const proof = join(import.meta.dirname, '../fixtures/quicksort.proof.json');
    refused(
      await wattest('verify', proof, '--program', quicksort, '--invoke', 'quickfort'),
      'EXPORT_MISSING',
    );
  });

  it('refuses proof files that are not, of another version, or with a bent program key', async () => {
    const verify = (name: string, contents: string): Promise<Outcome> =>
      wattest('verify', file(name, contents), '--program', fibonacci);
    refused(await verify('a.json', 'not json'), 'PROOF_MALFORMED');
    refused(await verify('b.json', '{}'), 'PROOF_MALFORMED');
    refused(await verify('c.json', '{"format":"wattest-proof","formatVersion":99}'), 'PROOF_VERSION');
    refused(await verify('d.json', '{"format":"wattest-proof","formatVersion":2}'), 'PROOF_MALFORMED');
  });

  it('reports a trap with its place and exit code 1, as text and as JSON', async () => {
    const trap = moduleBytes({
      types: ['->'],
      functions: [{ type: 0, code: ['unreachable'] }],
      exports: [['f', 'func', 0]],
    });
    const path = file('trap.wasm', trap);
    const { code, out } = await wattest('run', path, '--invoke', 'f', '--json');
    assert.equal(code, 1);
    const json = JSON.parse(out);
    assert.equal(json.status, 'trapped');
    assert.equal(json.outcome, 'trapped: unreachable');
    const proof = join(folder, 'trap.json');
    refused(await wattest('prove', path, '--invoke', 'f', '-o', proof), 'RUN_TRAPPED', 1);
    assert.ok(!existsSync(proof));
  });

  it('leaves no temporary files', () => {
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.endsWith('.tmp')),
      [],
    );
  });
});
