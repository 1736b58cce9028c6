/** `wattest compile`: each language by its own compiler, and what the modules do. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readExample } from '../../scripts/lib/guests.ts';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { compilerFailed } from '../../sdk/src/cli/compile/failed.ts';
import { findGo } from '../../sdk/src/cli/compile/go.ts';
import { answer } from '../../sdk/src/cli/compile/process.ts';
import { findRustc } from '../../sdk/src/cli/compile/rust.ts';
import { findSwift } from '../../sdk/src/cli/compile/swift.ts';
import { findZig } from '../../sdk/src/cli/compile/zig.ts';
import { check, type RunParameters, run, type WattestError } from '../../sdk/src/index.ts';
import { execute } from '../../sdk/src/machine/execute/execute.ts';
import { ROOT } from '../structure/sources.ts';
import { wattest } from './lib/wattest.ts';

const SOURCES: Readonly<Record<string, string>> = {
  'two.h': '#define TWO 2\n',
  'double.c':
    '#include "wattest.h"\n#include "two.h"\nWATTEST_EXPORT(twice) int twice(int x) { require(x > 0); return x * TWO; }\n',
  'double.cpp': `#include "wattest.h"
#include "two.h"
struct Number { int value; int twice() const { return value * TWO; } };
WATTEST_EXPORT(twice) int twice(int x) { return Number{x}.twice(); }
`,
  'sort.cpp': `// Sorts the lines of standard input.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>
int main() {
  std::vector<std::string> lines;
  for (char line[256]; std::fgets(line, sizeof line, stdin);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  for (const auto &line : lines) std::fputs(line.c_str(), stdout);
}
`,
  'args.c': `// Shows its arguments and a variable.
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) printf("%s;", argv[i]);
  const char *name = getenv("NAME");
  struct pollfd input = {0, POLLIN, 0};
  printf("%s;%d\\n", name ? name : "none", poll(&input, 1, 1000));
}
`,
  'hash.c': `#include "wattest.h"
#include "wattest_sha256.h"
static uint8_t text[1024], digest[32];
WATTEST_EXPORT(hash) void hash(void) {
  uint32_t length = wattest_read_bytes(1, text, sizeof text);
  wattest_sha256(text, length, digest);
  for (int i = 0; i < 32; i++) wasm_output(digest[i]);
}
`,
  'letters.ts': 'export function shout(text: string): string { return text.toUpperCase(); }\n',
};
const GO_LIBRARY = `package main

//go:wasmexport add
func add(a, b int64) int64 { return a + b }

func main() {}
`;

/** Strings and sets ask the C library for comparisons and seeds. */
const SWIFT_LETTERS = `@_expose(wasm, "alloc") @_cdecl("alloc")
public func alloc(_ size: Int) -> UnsafeMutablePointer<UInt8> { .allocate(capacity: size) }

@_expose(wasm, "letters") @_cdecl("letters")
public func letters(_ text: UnsafePointer<UInt8>, _ length: Int) -> Int {
  let text = String(decoding: UnsafeBufferPointer(start: text, count: length), as: UTF8.self)
  var seen = Set<Character>()
  for letter in text.lowercased() where letter.isLetter { seen.insert(letter) }
  return seen.count
}
`;

describe('cli: compile', () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-compile-'));
    for (const [name, text] of Object.entries(SOURCES)) writeFileSync(join(folder, name), text);
  });
  after(() => rmSync(folder, { recursive: true }));

  const compile = async (source: string, ...flags: string[]): Promise<Uint8Array> => {
    const output = join(folder, `${source}.wasm`);
    const { code, out, err } = await wattest(['compile', join(folder, source), '-o', output, '--', ...flags]);
    assert.equal(code, 0, err);
    assert.match(out, /\.wasm: \d+ bytes/);
    return readFileSync(output);
  };
  const printed = async (parameters: RunParameters): Promise<string> => {
    const { status, stdout } = await run(parameters);
    assert.equal(status.text, 'returned');
    return new TextDecoder().decode(stdout);
  };

  it('C and C++ functions, with wattest.h and headers beside the source', async () => {
    for (const source of ['double.c', 'double.cpp'])
      assert.deepEqual((await run({ wasm: await compile(source), args: [21] })).results, [42n]);
  });

  it('C and C++ functions hash by wattest_sha256.h as everybody does, at every length of the last block', async () => {
    writeFileSync(join(folder, 'hash.cc'), SOURCES['hash.c']!);
    const bytes = Buffer.from(Array.from({ length: 1000 }, (_, i) => (i * 37) % 256));
    for (const source of ['hash.c', 'hash.cc']) {
      const wasm = await compile(source);
      for (const length of [0, 1, 32, 55, 56, 63, 64, 65, 119, 120, 128, 1000]) {
        const text = bytes.subarray(0, length);
        const words = Array.from({ length: Math.ceil(length / 8) }, (_, i) => {
          const word = Buffer.alloc(8);
          text.copy(word, 0, 8 * i);
          return word.readBigUInt64LE();
        });
        const { outputs } = await run({ wasm, publicInputs: [length, ...words] });
        assert.equal(
          Buffer.from(outputs.map(Number)).toString('hex'),
          createHash('sha256').update(text).digest('hex'),
          `${source}, ${length} bytes`,
        );
      }
    }
  });

  it('a C++ program with its standard library', async () => {
    assert.equal(await printed({ wasm: await compile('sort.cpp'), stdin: 'b\nc\na\n' }), 'a\nb\nc\n');
  });

  it('a C program is given arguments and variables that are public, or none', async () => {
    const wasm = await compile('args.c');
    assert.equal(await printed({ wasm }), 'none;1\n');
    const given = {
      ...{ wasm, invoke: '_start(args, environ)' },
      ...{ programArguments: ['program', 'one', 'two words', ''], environment: { OTHER: '', NAME: 'valuë' } },
    };
    assert.equal(await printed(given), 'one;two words;;valuë;1\n');
    assert.deepEqual((await run(given)).warnings, [], 'it reads no standard input');
    assert.ok((await check(given)).ok);
    assert.equal(await printed({ wasm, invoke: '_start(args)' }), 'none;1\n');
    await assert.rejects(run({ wasm, programArguments: ['a'] }), {
      code: 'INPUT_INVALID',
      message: /takes no args/,
    });
    await assert.rejects(run({ wasm, invoke: '_start(environ)', environment: { A: 'b\0c' } }), {
      code: 'INPUT_INVALID',
    });
    await assert.rejects(run({ wasm: await compile('sort.cpp'), invoke: '_start(args)' }), {
      code: 'SIGNATURE_INVALID',
      message: /does not import args_get of WASI$/,
      fix: 'Give it none (nothing behind --; no args in the signature)',
    });
    const path = join(folder, 'args.c.wasm');
    const { out, err } = await wattest([
      'run',
      path,
      '--env',
      'NAME=a=b',
      '--env',
      'X=',
      '--json',
      '--',
      '1',
      '-x',
    ]);
    assert.equal(JSON.parse(out).stdout, '1;-x;a=b;1\n', err);
    const refused = await wattest(['inspect', path, '--', 'x']);
    assert.match(refused.err, /USAGE.*behind --/);
  });

  it('AssemblyScript, with options for its compiler', async () => {
    const wasm = await compile('letters.ts', '--exportRuntime');
    assert.equal(
      (await run({ wasm, invoke: 'shout(string) -> string', args: ['grüße'] })).returned,
      'GRÜSSE',
    );
  });

  it('what a compiler says stands in its own lines, with places, and its first error in the line of ours', async () => {
    const shown = async (name: string, text: string): Promise<{ lines: string[]; last: string }> => {
      writeFileSync(join(folder, name), text);
      const { code, out, err } = await wattest(['compile', join(folder, name), '-o', join(folder, 'x.wasm')]);
      assert.deepEqual([code, out], [2, ''], err);
      const lines = err.trimEnd().split('\n');
      return { lines: lines.slice(0, -1), last: lines.at(-1)! };
    };
    const c = await shown('two.c', 'int f(void) { return a; }\nint g(void) { return b; }\n');
    assert.equal(c.lines[0], "two.c:1:22: error: use of undeclared identifier 'a'");
    assert.match(
      c.lines.join('\n'),
      /\n +1 \| int f[^\n]*\n +\| +\^\ntwo\.c:2:22: error: [\s\S]*\n2 errors generated\.$/,
    );
    assert.match(
      c.last,
      /^wattest: \[COMPILER_FAILED\] \S*two\.c:1:22: error: use of undeclared identifier 'a'\. Mend/,
    );
    const ts = await shown('names.ts', 'export function f(): i32 {\n  return a;\n}\n');
    assert.match(ts.lines[0]!, /^ERROR TS\d+: Cannot find name 'a'/);
    assert.match(ts.lines.join('\n'), /in names\.ts\(2,10\)/);
    assert.match(ts.last, /^wattest: \[COMPILER_FAILED\] \S*names\.ts: ERROR TS\d+: Cannot find name 'a'/);
    // A lot: from the first error on, and no more than a screen.
    const many = await shown(
      'many.c',
      `${Array.from({ length: 9 }, (_, i) => `static int u${i};\n`).join('')}${'int f(void) { return a; }\n'.repeat(30)}`,
    );
    assert.match(many.lines[0]!, /^many\.c:\d+:\d+: error: /);
    assert.equal(many.lines.length, 21);
    assert.match(many.lines.at(-1)!, /^… and \d+ more lines$/);
  });

  it('no more of it is shown than four kilobytes, and nothing that moves the cursor', () => {
    const thrown = (messages: string): WattestError => {
      try {
        return compilerFailed('/src/a.c', messages);
      } catch (error) {
        return error as WattestError;
      }
    };
    const long = thrown(
      `\u001b[1m/src/a.c:3:1: \u001b[31merror: \u001b[0mno\r\n${`${'x'.repeat(999)}\n`.repeat(9)}`,
    );
    assert.equal(long.message, '/src/a.c:3:1: error: no');
    assert.equal(long.where, '/src/a.c:3:1');
    assert.equal(long.output!.split('\n').length, 6);
    assert.match(long.output!, /^\/src\/a\.c:3:1: error: no\nx{999}\n[\s\S]*\n… and 5 more lines$/);
    const escaped = thrown('a.c:1:1: error: \u001b]0;x\u0007\nb').output!;
    assert.equal(escaped, 'a.c:1:1: error: \ufffd]0;x\ufffd\nb');
    assert.equal(thrown('a.go: undefined: x').output, undefined);
    assert.equal(
      thrown('# command-line-arguments\n./a.c:2:15: undefined: x').message,
      '/src/a.c:2:15: undefined: x',
    );
    assert.equal(thrown('').message, '/src/a.c: the compiler said nothing');
  });

  it('what a compiler does not take is its own message, and what is no source is named', async () => {
    writeFileSync(join(folder, 'wrong.c'), 'int main( { }\n');
    const wrong = await wattest(['compile', join(folder, 'wrong.c'), '-o', join(folder, 'x.wasm')]);
    assert.equal(wrong.code, 2);
    assert.match(wrong.err, /COMPILER_FAILED.*wrong\.c.*error/s);
    for (const [name, message] of [
      ['absent.c', /FILE_UNREADABLE.*absent\.c/],
      ['two.h', /USAGE.*no compiler is known for the ending "\.h"/],
    ] as const)
      assert.match(
        (await wattest(['compile', join(folder, name), '-o', join(folder, 'x.wasm')])).err,
        message,
      );
  });

  describe('Rust', () => {
    it('a library, by a rustc on the path (skipped where none has wasm32-unknown-unknown)', async function () {
      if ((await findRustc(false)) === undefined) this.skip();
      const output = join(folder, 'rust.wasm');
      const { code, err } = await wattest(['compile', join(ROOT, 'test/programs/rust-lib.rs'), '-o', output]);
      assert.equal(code, 0, err);
      const wasm = readFileSync(output);
      assert.equal(
        (await run({ wasm, invoke: 'count_words(string) -> u32', args: ['a b  c'] })).returned,
        3n,
      );
    });
  });

  /** Runs an example with a module of its source that was compiled anew. */
  async function assertAsExpected(name: string, wasm: Uint8Array): Promise<void> {
    const { parameters, outputs } = await readExample(name);
    const { status, outputs: written } = await run({ wasm, ...parameters });
    assert.equal(status.text, 'returned');
    assert.deepEqual(written.map(String), outputs);
  }
  const compileExample = async (name: string, ...flags: string[]): Promise<Uint8Array> => {
    const { source } = await readExample(name);
    const output = join(folder, `${name}.wasm`);
    const { code, err } = await wattest(['compile', source, '-o', output, '--', ...flags]);
    assert.equal(code, 0, err);
    return readFileSync(output);
  };

  it('a compiler that is not on the path is named, with how to get it', async () => {
    const path = process.env['PATH'];
    process.env['PATH'] = folder;
    try {
      for (const [source, message] of [
        ['wrong.rs', /COMPILER_MISSING.*no rustc on the path has the target wasm32-unknown-unknown.*rustup/],
        ['wrong.go', /COMPILER_MISSING.*no go of version 1\.21 or later is on the path.*apt-get/],
        ['wrong.zig', /COMPILER_MISSING.*no zig is on the path.*pip install ziglang/],
        ['wrong.swift', /COMPILER_MISSING.*no swiftc of version 6\.2 or later.*swiftlang/],
      ] as const) {
        writeFileSync(join(folder, source), '');
        const { code, err } = await wattest(['compile', join(folder, source), '-o', join(folder, 'x.wasm')]);
        assert.equal(code, 2);
        assert.match(err, message);
      }
    } finally {
      process.env['PATH'] = path;
    }
  });

  it('Zig: a library with an allocator that may fail, and a result by way of an area', async () => {
    const wasm = readFileSync(join(ROOT, 'test/programs/zig-lib.wasm'));
    const reversed = { wasm, invoke: 'reversed(string) -> string', args: ['abc'] };
    assert.equal((await run(reversed)).returned, 'cba');
    assert.equal(
      (await run({ wasm, invoke: 'hash(bytes) -> u64', args: [Uint8Array.of(97)] })).returned,
      0xaf63dc4c8601ec8cn,
    );
    // 2 GiB are more than the memory can have, and nothing is put where the allocator gave none.
    const { program } = loadProgram(wasm, reversed.invoke);
    assert.equal(execute(program, { publicInputs: [2n ** 31n, 0n] }).trap?.name, 'memoryOutOfBounds');
  });

  it('Go: a program, and a library (skipped where no go of 1.24 or later is on the path)', async function () {
    if ((await findGo(24)) === undefined) this.skip();
    await assertAsExpected('runoff', await compileExample('runoff'));
    writeFileSync(join(folder, 'add.go'), GO_LIBRARY);
    const { results } = await run({ wasm: await compile('add.go'), invoke: 'add', args: [2, -5] });
    assert.deepEqual(results, [2n ** 64n - 3n]);
    writeFileSync(join(folder, 'wrong.go'), 'package main\n\nfunc main() { x }\n');
    const { err } = await wattest(['compile', join(folder, 'wrong.go'), '-o', join(folder, 'x.wasm')]);
    assert.match(err, /COMPILER_FAILED.*undefined: x/s);
  });

  it('Zig: a program, and a library (skipped where no zig of 0.17 is on the path)', async function () {
    const zig = await findZig();
    if (zig === undefined || (await answer(zig, ['version']))?.startsWith('0.17.') !== true) this.skip();
    await assertAsExpected('credential', await compileExample('credential'));
    const output = join(folder, 'zig-lib.wasm');
    const { code, err } = await wattest(['compile', join(ROOT, 'test/programs/zig-lib.zig'), '-o', output]);
    assert.equal(code, 0, err);
    assert.equal(
      (await run({ wasm: readFileSync(output), invoke: 'reversed(string) -> string', args: ['abc'] }))
        .returned,
      'cba',
    );
  });

  it('Swift: libraries (skipped where no swiftc of 6.2 with its part for wasm32 is on the path)', async function () {
    if ((await findSwift()) === undefined) this.skip();
    const meeting = await compileExample('meeting');
    await assertAsExpected('meeting', meeting);
    // Whatever the folder: its path would be in the program id.
    writeFileSync(join(folder, 'meeting.swift'), readFileSync((await readExample('meeting')).source));
    assert.deepEqual(await compile('meeting.swift'), meeting);
    writeFileSync(join(folder, 'letters.swift'), SWIFT_LETTERS);
    const wasm = await compile('letters.swift');
    const letters = { wasm, invoke: 'letters(string) -> u32', args: ['Hällo Welt'] };
    assert.equal((await run(letters)).returned, 7n);
    writeFileSync(join(folder, 'wrong.swift'), 'let x: Int = "text"\n');
    const { code, err } = await wattest([
      'compile',
      join(folder, 'wrong.swift'),
      '-o',
      join(folder, 'x.wasm'),
    ]);
    assert.equal(code, 2);
    assert.match(err, /COMPILER_FAILED.*cannot convert value of type 'String'/s);
  });
});
