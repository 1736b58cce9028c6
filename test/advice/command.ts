/** Advices of the command line. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolPath } from '../../scripts/lib/tools.ts';
import { openKeys, writeProofDocument } from '../../sdk/src/index.ts';
import { succeeds, type Table } from './lib/follow.ts';
import { ADD, BYTES, DIVIDE, file, folder, moduleFile, proven } from './lib/shared.ts';

const SECRET = randomBytes(32).toString('hex');
const read = (path: string): string => readFileSync(path, 'utf8');

export const COMMAND: Table = {
  'Compile it again': {
    test: 'test/cli/interrupt.test.ts',
    title: 'of compile end the compiler and leave no file, and it compiles again',
  },
  'See `…`': async (advised) => {
    const [help] = await advised.byCommand(['run', '--no-such-option']);
    const { out } = await succeeds(help!.split(' ').slice(1));
    assert.match(out, /--invoke/);
  },
  'Put commas between the values of an option, without spaces (--args 1,2), or see `…`': async (advised) => {
    const path = await moduleFile('spaces', ADD);
    const [help] = await advised.byCommand(['run', path, '--args', '1', '2']);
    await succeeds(['run', path, '--args', '1,2']);
    assert.match((await succeeds(help!.split(' ').slice(1))).out, /--args/);
  },
  'Check the path': async (advised) => {
    const path = join(folder(), 'later.wasm');
    await advised.byCommand(['run', path]);
    await moduleFile('later', ADD);
    await succeeds(['run', path, '--args', '1,2']);
  },
  'Name another file': async (advised) => {
    const wasm = await moduleFile('same', ADD);
    await advised.byCommand(['prove', wasm, '--args', '1,2', '-o', wasm]);
    await succeeds(['disasm', wasm]);
  },
  'Name a file in a folder that exists and that you may write to': async (advised) => {
    const source = file('id.c', '#include "wattest.h"\nWATTEST_EXPORT(id) int id(int x) { return x; }\n');
    await advised.byCommand(['compile', source, '-o', join(folder(), 'none/id.wasm')]);
    await succeeds(['compile', source, '-o', join(folder(), 'id.wasm')]);
  },
  'Use one of them': async (advised) => {
    const wasm = await moduleFile('one', BYTES);
    const words = file('words', '7');
    await advised.byCommand(['run', wasm, '--invoke', 'secret', '--private', '7', '--private-file', words]);
    assert.match((await succeeds(['run', wasm, '--invoke', 'secret', '--private-file', words])).out, /\b7\b/);
    const signed = ['run', wasm, '--invoke', 'length(bytes) -> u32', '--arg-bytes', words];
    await advised.byCommand([...signed, '--returns', 'u32']);
    assert.match((await succeeds(signed)).out, /\b1\b/);
  },
  'Give files to all options but one': async (advised) => {
    const wasm = await moduleFile('streams', BYTES);
    await advised.byCommand(['run', wasm, '--invoke', 'secret', '--stdin', '-', '--private-file', '-']);
    await succeeds(['run', wasm, '--invoke', 'secret', '--private-file', file('secret', '9')]);
  },
  'Give a name, = and its value': async (advised) => {
    const wasm = await moduleFile(
      'environment',
      `(module (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
         (import "wasi_snapshot_preview1" "environ_get" (func $get (param i32 i32) (result i32)))
         (memory (export "memory") 1)
         (func (export "_start") (drop (call $sizes (i32.const 0) (i32.const 4))) (drop (call $get (i32.const 8) (i32.const 64)))))`,
    );
    await advised.byCommand(['run', wasm, '--env', 'NAME']);
    await succeeds(['run', wasm, '--env', 'NAME=value']);
  },
  'Write "private" before its type in --invoke': async (advised) => {
    const wasm = await moduleFile('hidden', BYTES);
    const bytes = file('hidden.bin', 'abc');
    const given = ['--private-arg-bytes', bytes];
    await advised.byCommand(['run', wasm, '--invoke', 'length(bytes) -> u32', ...given]);
    await succeeds(['run', wasm, '--invoke', 'length(private bytes) -> u32', ...given]);
  },
  'Give it as bytes': async (advised) => {
    const wasm = await moduleFile('latin', BYTES);
    const latin = file('latin.txt', Uint8Array.of(0xfc));
    await advised.byCommand(['run', wasm, '--invoke', 'length', '--private-arg-string', latin]);
    await succeeds(['run', wasm, '--invoke', 'length', '--private-arg-bytes', latin, '--returns', 'u32']);
  },
  'Name the proof file with -o, or use --dry-run': async (advised) => {
    const wasm = await moduleFile('dry', ADD);
    await advised.byCommand(['prove', wasm, '--args', '1,2']);
    await succeeds(['prove', wasm, '--args', '1,2', '--dry-run']);
  },
  'Name the module with --program, or its id with --id': async (advised) => {
    const { path, document } = await proven();
    await advised.byCommand(['verify', path]);
    const wasm = await moduleFile('add', ADD);
    await succeeds(['verify', path, '--program', wasm]);
    await succeeds(['verify', path, '--id', document.programId]);
  },
  'Leave it out: the id stands for one export; or name the module with --program': async (advised) => {
    const { path, document } = await proven();
    const id = ['verify', path, '--id', document.programId];
    await advised.byCommand([...id, '--invoke', 'add']);
    await succeeds(id);
    await succeeds(['verify', path, '--program', await moduleFile('add', ADD), '--invoke', 'add']);
  },
  'Use --id with --key, or leave --key out': async (advised) => {
    const { path, document } = await proven();
    const key = join(folder(), 'key.json');
    await succeeds(['key', '-o', key]);
    const wasm = await moduleFile('add', ADD);
    await advised.byCommand(['verify', path, '--key', key, '--program', wasm]);
    await succeeds(['verify', path, '--key', key, '--id', document.programId]);
  },
  'Give the id with --id, from somewhere you trust': {
    test: 'test/cli/verify-keys.test.ts',
    title: 'shows values of a manifest beside the words, of the program that the id names',
  },
  'Leave them out': async (advised) => {
    const { path, document } = await proven();
    const key = join(folder(), 'again.json');
    await succeeds(['key', '-o', key]);
    const id = ['verify', path, '--key', key, '--id', document.programId];
    await advised.byCommand([...id, '--max-log', '20']);
    await succeeds(id);
  },
  'Give both keys of a run': {
    test: 'test/cli/verify-keys.test.ts',
    title: 'takes two keys for a run of several proofs',
  },
  'Give the keys that `wattest key --kind body` and `wattest key --kind closing` write with --key and --closing-key':
    {
      test: 'test/cli/verify-keys.test.ts',
      title: 'takes two keys for a run of several proofs',
    },
  'Give one of them': async (advised) => {
    await advised.byCommand(['deploy', '--network', 'localhost', '--check', '--replace']);
    assert.match((await succeeds(['deploy', '--help'])).out, /--check[\s\S]*--replace/);
  },
  'Run the row checker (wattest check): it names the row. An honest trace never gets here': {
    because:
      'an honest prover never comes here; forged columns do in test/plonk/dishonest.test.ts, and `wattest check` names rows in test/plonk/check.test.ts',
  },
  'Compile it first, with `… … -o …`': async (advised) => {
    const out = join(folder(), 'first.wasm');
    const c = file('first.c', '#include "wattest.h"\nWATTEST_EXPORT(f) int f(void) { return 4; }\n');
    // From where whoever calls is, not from where the source lies.
    assert.equal((await advised.byCommand(['run', c])).join(' '), `wattest compile ${c} ${out}`);
    await succeeds(['compile', c, '-o', out]);
    assert.match((await succeeds(['run', out])).out, /^results +4$/m);
    const wat = file('first.wat', '(module (func (export "f") (result i32) (i32.const 5)))');
    assert.equal((await advised.byCommand(['run', wat])).join(' '), `npx -p wabt wat2wasm ${wat} ${out}`);
    // What npx would start.
    execFileSync(process.execPath, [toolPath('wabt', 'wat2wasm'), wat, '-o', out]);
    assert.match((await succeeds(['run', out])).out, /^results +5$/m);
  },
  'Give a file that ends in …; compile other languages with their own compilers, text of WebAssembly with `npx -p wabt wat2wasm`':
    async (advised) => {
      const [endings] = await advised.byCommand([
        'compile',
        file('x.py', ''),
        '-o',
        join(folder(), 'x.wasm'),
      ]);
      assert.match(endings!, /\.c\b.*\.ts\b/);
      await succeeds([
        'compile',
        file('x.ts', 'export function f(): i32 { return 1; }\n'),
        '-o',
        join(folder(), 'x.wasm'),
      ]);
    },
  'Give it a main, or WATTEST_EXPORT(name) of wattest.h': async (advised) => {
    const out = ['-o', join(folder(), 'nothing.wasm')];
    await advised.byCommand(['compile', file('nothing.c', 'int f(void) { return 1; }\n'), ...out]);
    await succeeds(['compile', file('with-main.c', 'int main(void) { return 0; }\n'), ...out]);
    await succeeds([
      ...[
        'compile',
        file('exported.c', '#include "wattest.h"\nWATTEST_EXPORT(f) int f(void) { return 1; }\n'),
      ],
      ...out,
    ]);
  },
  'Mend the source; what stands behind -- goes to the compiler': async (advised) => {
    const out = ['-o', join(folder(), 'mended.wasm')];
    await advised.byCommand(['compile', file('mended.c', 'int main(void) { return N }\n'), ...out]);
    await succeeds(['compile', file('mended.c', 'int main(void) { return N; }\n'), ...out, '--', '-DN=0']);
  },
  'Give a proof file: `wattest prove` writes some kilobytes, and the public words': async (advised) => {
    const { path, document } = await proven();
    const wasm = await moduleFile('add', ADD);
    const large = file('large.json', `${read(path)}${' '.repeat(2 ** 26)}`);
    await advised.byCommand(['verify', large, '--program', wasm]);
    await succeeds(['verify', file('small.json', writeProofDocument(document)), '--program', wasm]);
  },
  'Make one with `openssl rand -hex 32`, and give it to prover and workers with --key-file or …': async (
    advised,
  ) => {
    const command = ['worker', '--queue', 'redis://127.0.0.1:1'];
    const [variable] = await advised.byCommand(command, { WATTEST_QUEUE_KEY: '' });
    // With a secret it comes as far as the queue, which is not there.
    await assert.rejects(succeeds(command, { [variable!]: SECRET }), /QUEUE_UNREACHABLE/);
    await assert.rejects(
      succeeds([...command, '--key-file', file('queue.key', SECRET)]),
      /QUEUE_UNREACHABLE/,
    );
  },
  'Name one with --invoke (invoke in the SDK): …': async (advised) => {
    const wasm = await moduleFile('divide', DIVIDE);
    const [names] = await advised.byCommand(['run', wasm, '--args', '6,3']);
    const [name] = /"([a-z]+)"/.exec(names!)!.slice(1);
    assert.match((await succeeds(['run', wasm, '--invoke', name!, '--args', '6,3'])).out, /\b2\b/);
  },
  'Give inputs that the program accepts, or prove that it fails with --allow-failure (allowFailure in the SDK)':
    async (advised) => {
      const prove = [
        'prove',
        await moduleFile('divide', DIVIDE),
        '--invoke',
        'divide',
        '-o',
        join(folder(), 'd.json'),
      ];
      await advised.byCommand([...prove, '--args', '7,0']);
      await succeeds([...prove, '--args', '7,0', '--allow-failure']);
      await succeeds([...prove, '--args', '7,1']);
    },
  'Raise the limit (--max-instructions, maxInstructions), or run on smaller inputs': async (advised) => {
    const wasm = await moduleFile(
      'count',
      '(module (func (export "count") (param i32) (loop (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))))',
    );
    const run = ['run', wasm, '--max-instructions', '10000'];
    await advised.byCommand([...run, '--args', '100000']);
    await succeeds(['run', wasm, '--max-instructions', '1000000', '--args', '100000']);
    await succeeds([...run, '--args', '100']);
  },
  'Give a whole number from … to …': async (advised) => {
    const [least, most] = await advised.by(() => openKeys({ maxLog: 3, onWarning: () => {} }));
    assert.ok(Number(least) < Number(most));
    await (await openKeys({ maxLog: Number(least), onWarning: () => {} }))[Symbol.asyncDispose]();
  },
};
