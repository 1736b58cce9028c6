/** Programs for WASI by real compilers: run, checked, proven, and what a consumer reads from the proof. */
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import {
  check,
  decodeStdout,
  encodeStream,
  openSession,
  prove,
  run,
  verify,
  writeProofDocument,
} from '../../sdk/src/index.ts';

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);

async function compiled(name: string, source: string): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'wattest-wasi-'));
  try {
    writeFileSync(join(folder, name), source);
    return await compileGuest(join(folder, name));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('WASI programs', () => {
  let payroll: Uint8Array;
  before(async () => {
    payroll = await compileGuest((await readExample('payroll')).source);
  });

  it('a C program that exits with 1 is proven to do so, its private file is nowhere in the proof', async () => {
    const privateStdin = 'Ada,4100\nGrace,3900\nAlan,2750\n';
    const parameters = { wasm: payroll, stdin: '3000\n', privateStdin };
    await using session = await openSession({ onWarning: () => {} });
    await assert.rejects(prove(session, parameters), { code: 'RUN_EXITED' });
    const { document, stdout } = await prove(session, { ...parameters, allowFailure: true });
    const { publicInputs, publicOutputs, status } = document.statement;
    assert.equal(status, (1n << 32n) + 1n);
    assert.deepEqual(publicInputs, encodeStream('3000\n'));
    const expected = 'people: 3\ntotal: 10750\nmedian: 3900\nbelow 3000: 1\n';
    assert.equal(text(decodeStdout(publicOutputs)), expected);
    assert.equal(text(stdout), expected);
    const accepted = await verify(session, { document, wasm: payroll, expect: 'exited' });
    assert.equal(accepted.entry, '_start');
    await assert.rejects(verify(session, { document, wasm: payroll }), { code: 'PROOF_STATUS' });
    const file = writeProofDocument(document);
    for (const word of encodeStream(privateStdin).slice(1)) assert.ok(!file.includes(String(word)));
  });

  it('standard error is shown while running, never while proving', async () => {
    const seen: string[] = [];
    const result = await run({ wasm: payroll, onStderr: (bytes) => seen.push(text(bytes)) });
    assert.deepEqual(result.status, {
      word: (1n << 32n) + 2n,
      kind: 'exited',
      code: 2,
      text: 'exited with code 2',
    });
    assert.equal(seen.join(''), 'no minimum wage on standard input\n');
    assert.deepEqual(result.outputs, [0n]);
    assert.equal(result.warnings.length, 1);
    assert.match(result.warnings[0] ?? '', /standard input was read but not given/);
    const checked = await check({ wasm: payroll });
    assert.deepEqual(checked.failures, []);
  });

  it('a clock and random bytes are what the caller says, and need not be said', async () => {
    const wasm = await compiled('guest.ts', ASSEMBLYSCRIPT);
    const given = await run({ wasm, stdin: 'x', clock: () => 5_000_000_001n, random: () => -1n });
    assert.equal(text(given.stdout), 'x 5000000001 255\n');
    assert.equal(given.status.kind, 'returned');
    const before = Date.now();
    const [, nanoseconds] = text((await run({ wasm, stdin: 'x' })).stdout).split(' ');
    const at = Number(nanoseconds) / 1e6;
    assert.ok(at >= before && at <= Date.now() + 1, nanoseconds);
  });

  it('prints what it prints in another host of WASI', async () => {
    const { WASI } = await import('node:wasi');
    const wordfreq = await compileGuest((await readExample('wordfreq')).source);
    const readme = readFileSync(join(import.meta.dirname, '../../README.md'));
    const inputs: readonly [Uint8Array, Uint8Array][] = [
      [wordfreq, readme],
      [wordfreq, new Uint8Array()],
      [await compiled('guest.c', FLOATS), new TextEncoder().encode('1e9 0.1\n-7 1e-5 0x1p3 4 end')],
    ];
    for (const [wasm, stdin] of inputs) {
      const folder = mkdtempSync(join(tmpdir(), 'wattest-wasi-'));
      const [input, output] = [join(folder, 'in'), join(folder, 'out')];
      writeFileSync(input, stdin);
      const files = [openSync(input, 'r'), openSync(output, 'w')] as const;
      try {
        const wasi = new WASI({ version: 'preview1', stdin: files[0], stdout: files[1] });
        const module = await WebAssembly.compile(Uint8Array.from(wasm));
        wasi.start(await WebAssembly.instantiate(module, { wasi_snapshot_preview1: wasi.wasiImport }));
        assert.equal(text((await run({ wasm, stdin })).stdout), readFileSync(output, 'utf8'));
      } finally {
        for (const file of files) closeSync(file);
        rmSync(folder, { recursive: true, force: true });
      }
    }
  });

  it('a C program finds no arguments, environment, files or terminal', async () => {
    const wasm = await compiled('guest.c', AROUND);
    const { stdout, status } = await run({ wasm, stdin: 'abc', privateStdin: 'secrets' });
    assert.equal(text(stdout), '0 1 1\n1 -1 1\n5 secre\n3 0 0\n');
    assert.deepEqual([status.kind, status.code], ['exited', 300]);
  });

  it('stdio with floating point, in and out', async () => {
    const wasm = await compiled('guest.c', FLOATS);
    const { stdout } = await run({ wasm, stdin: '1.5 2.25 -3e2 1e3' });
    assert.equal(text(stdout), '4 numbers, mean 175.938, root 26.5283\n');
  });

  it('streams need a program that reads', async () => {
    const quicksort = await compileGuest((await readExample('quicksort')).source);
    const refused = { code: 'INPUT_INVALID', message: /fd_read/ };
    for (const stream of [{ stdin: 'x' }, { privateStdin: 'x' }])
      await assert.rejects(run({ wasm: quicksort, invoke: 'quicksort', ...stream }), refused);
  });

  it('decodeStdout takes one form of the words and no other', () => {
    assert.deepEqual(decodeStdout([0n]), new Uint8Array());
    assert.deepEqual(decodeStdout([0x636261n, 3n]), new TextEncoder().encode('abc'));
    for (const words of [
      [],
      [3n],
      [0x636261n],
      [0x01_636261n, 3n],
      [0x636261n, 0n, 3n],
      [0n, 0n],
      [1n, 9n],
    ]) {
      assert.throws(() => decodeStdout(words), { code: 'INPUT_INVALID' });
    }
  });
});

/** What an ordinary program finds of the world around it: nothing. */
const AROUND = `
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int argc, char **argv) {
  printf("%d %d %d\\n", argc, argv[0] == NULL, getenv("HOME") == NULL);
  printf("%d", fopen("/etc/passwd", "r") == NULL);
  printf(" %d %d\\n", (int)lseek(1, 0, SEEK_CUR), errno == ESPIPE);
  char secret[8] = "";
  printf("%zd %s\\n", read(3, secret, 5), secret);
  printf("%zd %d %d\\n", read(0, secret, 5), isatty(1), (int)close(1));
  if (getchar() == EOF) exit(300);
}
`;

const FLOATS = `
#include <math.h>
#include <stdio.h>
int main(void) {
  double sum = 0, x;
  int n = 0;
  for (; scanf("%lf", &x) == 1; n++) sum += x;
  printf("%d numbers, mean %.3f, root %g\\n", n, sum / n, sqrt(sum));
}
`;

/** Copies its input, then prints the time and one random byte. */
const ASSEMBLYSCRIPT = `
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_read") declare function fd_read(fd: i32, v: usize, n: i32, r: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "fd_write") declare function fd_write(fd: i32, v: usize, n: i32, r: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "clock_time_get") declare function clock(id: i32, precision: i64, at: usize): i32;
// @ts-ignore: decorator
@external("wasi_snapshot_preview1", "random_get") declare function random(at: usize, n: usize): i32;
function print(text: string): void {
  const bytes = String.UTF8.encode(text);
  store<usize>(16, changetype<usize>(bytes));
  store<usize>(20, bytes.byteLength);
  fd_write(1, 16, 1, 32);
}
export function _start(): void {
  store<usize>(16, 64);
  store<usize>(20, 100);
  fd_read(0, 16, 1, 32);
  const text = String.UTF8.decodeUnsafe(64, load<usize>(32));
  clock(0, 1, 48);
  random(56, 1);
  print(text + " " + load<u64>(48).toString() + " " + load<u8>(56).toString() + "\\n");
}
`;
