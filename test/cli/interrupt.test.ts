/** An interrupt while a command waits for another process: it ends, too, and nothing stays behind. */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { processorSeconds } from '../../scripts/lib/processor-seconds.ts';
import { moduleWith, RECURSIVE } from '../attest/lib/modules.ts';
import { hasWorked } from '../lib/processor-time.ts';
import { BIN, wattest } from './lib/wattest.ts';

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

describe('command line, interrupts', () => {
  const test = process.platform === 'win32' ? it.skip : it;

  test('of compile end the compiler and leave no file, and it compiles again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wattest-interrupt-'));
    try {
      const [bin, temporary] = [join(folder, 'bin'), join(folder, 'tmp')];
      for (const path of [bin, temporary, join(folder, 'lib/rustlib/wasm32-unknown-unknown/lib')])
        mkdirSync(path, { recursive: true });
      // A rustc that is never done.
      const rustc = join(bin, 'rustc');
      const started = join(folder, 'started');
      writeFileSync(
        rustc,
        `#!/bin/sh\nif [ "$1" = --print ]; then echo "${folder}"; exit; fi\necho $$ > "${started}.part"\nmv "${started}.part" "${started}"\nexec sleep 1000\n`,
      );
      chmodSync(rustc, 0o755);
      const source = join(folder, 'guest.rs');
      writeFileSync(source, '#[no_mangle] pub extern "C" fn f() -> i32 { 1 }\n');
      const output = join(folder, 'guest.wasm');
      const child = spawn(process.execPath, [BIN, 'compile', source, '-o', output], {
        env: { ...process.env, PATH: `${bin}:${process.env['PATH']}`, TMPDIR: temporary },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let err = '';
      child.stderr.on('data', (text: Buffer) => {
        err += text.toString();
      });
      const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
      while (!existsSync(started)) await pause(20);
      assert.equal(readdirSync(temporary).length, 1);
      child.kill('SIGINT');
      assert.equal(await ended, 130, err);
      assert.match(
        err,
        /^wattest: \[ABORTED\] [^\n]*guest\.rs: compiling was interrupted\. Compile it again\.\n$/,
      );
      assert.deepEqual(readdirSync(temporary), []);
      assert.equal(existsSync(output), false);
      const pid = Number(readFileSync(started, 'utf8'));
      // It was told to end; when the system has done so is not for this test to say.
      while (isAlive(pid)) await pause(20);

      const ready = join(folder, 'ready.wasm');
      writeFileSync(ready, moduleWith(RECURSIVE));
      // The last argument is the output.
      writeFileSync(
        rustc,
        `#!/bin/sh\nif [ "$1" = --print ]; then echo "${folder}"; exit; fi\nfor last; do :; done\ncp "${ready}" "$last"\n`,
      );
      const again = await wattest(['compile', source, '-o', output], {
        PATH: `${bin}:${process.env['PATH']}`,
      });
      assert.equal(again.code, 0, again.err);
      assert.deepEqual(readFileSync(output), readFileSync(ready));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  // What takes its compiler a minute and more, at the end of a file that it does not get until this test opens it.
  const SLOW: Readonly<
    Record<string, readonly [piped: string, text: string, files: Record<string, string>, ...flags: string[]]>
  > = {
    'C++, by clang in a thread': [
      'slow.h',
      'constexpr int slow() { int i = 0; while (i >= 0) i ^= 1; return i; }\nstatic_assert(slow() == 0);\n',
      { 'guest.cpp': '#include "slow.h"\nint main() { return 0; }\n' },
      '-fconstexpr-steps=2147483647',
    ],
    'AssemblyScript, by its compiler in a thread': [
      'slow.ts',
      Array.from(
        { length: 30_000 },
        (_, i) =>
          `export function f${i}(x: i32): i32 { for (let i = 0; i < x; i++) x ^= i * ${i}; return x; }\n`,
      ).join(''),
      { 'guest.ts': 'export * from "./slow";\n' },
    ],
  };
  for (const [name, [piped, text, files, ...flags]] of Object.entries(SLOW)) {
    test(`of compile end ${name}, and leave no file`, async () => {
      const folder = mkdtempSync(join(tmpdir(), 'wattest-interrupt-'));
      try {
        const temporary = join(folder, 'tmp');
        mkdirSync(temporary);
        for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content);
        const pipe = join(folder, piped);
        execFileSync('mkfifo', [pipe]);
        const output = join(folder, 'guest.wasm');
        const source = join(folder, Object.keys(files)[0]!);
        const child = spawn(process.execPath, [BIN, 'compile', source, '-o', output, '--', ...flags], {
          env: { ...process.env, TMPDIR: temporary },
          stdio: ['ignore', 'pipe', 'pipe'],
        });
        let err = '';
        child.stderr.on('data', (data: Buffer) => {
          err += data.toString();
        });
        const ended = new Promise<number | null>((resolve) => child.on('close', resolve));
        // Opens when the command reads it.
        await writeFile(pipe, text);
        const { own } = processorSeconds(child.pid!);
        await hasWorked(child.pid!, own + 2);
        child.kill('SIGINT');
        assert.equal(await ended, 130, err);
        assert.match(
          err,
          /^wattest: \[ABORTED\] [^\n]*guest\.(?:cpp|ts): compiling was interrupted\. Compile it again\.\n$/,
        );
        assert.deepEqual(readdirSync(temporary), []);
        assert.equal(existsSync(output), false);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    });
  }
});
