/** Read-only files of WASI programs: what real compilers make of opening and reading them, and that the statement's digest binds the bytes. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest } from '../../scripts/lib/guests.ts';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { parseInputs } from '../../sdk/src/attest/run/inputs.ts';
import {
  check,
  encodeStream,
  openSession,
  prove,
  readProofDocument,
  run,
  verify,
  writeProofDocument,
} from '../../sdk/src/index.ts';
import { trace } from '../../sdk/src/machine/execute/execute.ts';
import { checkTrace } from '../machine/lib/check-trace.ts';
import { ROOT } from '../structure/sources.ts';

const text = (bytes: Uint8Array | undefined): string => new TextDecoder().decode(bytes);
const bytes = (of: string): Uint8Array => new TextEncoder().encode(of);
const digest = (of: Uint8Array): `0x${string}` => `0x${createHash('sha256').update(of).digest('hex')}`;

const SOURCE = `#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
static void show(const char *path) {
  char line[64];
  struct stat of;
  FILE *file = fopen(path, "r");
  if (!file) { perror(path); printf("%s: none\\n", path); return; }
  stat(path, &of);
  printf("%s: %d bytes:", path, (int)of.st_size);
  while (fgets(line, sizeof line, file)) printf(" %d", (int)strlen(line));
  fseek(file, -2, SEEK_END);
  printf(", last %c at %d\\n", fgetc(file), (int)ftell(file));
  fclose(file);
}
int main(void) {
  char name[64];
  if (!fgets(name, sizeof name, stdin)) return 2;
  name[strcspn(name, "\\n")] = 0;
  show(name);
  show(name);
  show("none");
  return 0;
}
`;
const TABLE: Uint8Array = bytes(`a line\n${'x'.repeat(90)}\nend\n`);
const OTHER: Uint8Array = bytes('another file');
const EXPECTED = 'data/table: 102 bytes: 7 63 28 4, last d at 101\n'.repeat(2).concat('none: none\n');

describe('read-only files', () => {
  let folder: string;
  let wasm: Uint8Array;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-files-'));
    writeFileSync(join(folder, 'show.c'), SOURCE);
    wasm = await compileGuest(join(folder, 'show.c'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const given = () => ({
    ...{ wasm, invoke: '_start(files)', stdin: 'data/table\n' },
    files: { 'data/table': TABLE, other: OTHER },
  });

  it('a C program reads them with stdio; names and digests are public, first, and to the bit', async () => {
    const result = await run(given());
    assert.equal(text(result.stdout), EXPECTED);
    assert.deepEqual(result.warnings, ['the file "other" was not opened']);
    const inputs = parseInputs(given(), result.program);
    assert.deepEqual(inputs.publicInputs, [
      ...encodeStream('data/table\0other\0'),
      ...[TABLE, OTHER].flatMap((of) => encodeStream(createHash('sha256').update(of).digest()).slice(1)),
      ...encodeStream('data/table\n'),
    ]);
    assert.deepEqual((await check(given())).failures, []);
  });

  it('entered without files the program has none, as before', async () => {
    const { stdout, status } = await run({ wasm, stdin: 'data/table\n' });
    assert.equal(status.kind, 'returned');
    assert.equal(text(stdout), 'data/table: none\ndata/table: none\nnone: none\n');
  });

  it('whoever gives other bytes, another length or none is refused, and the rows say so', () => {
    const { program } = loadProgram(wasm, '_start(files)');
    const { publicInputs } = parseInputs(given(), program);
    const [table, other] = [encodeStream(TABLE), encodeStream(OTHER)];
    const lie = (
      words: readonly bigint[],
      statement: readonly bigint[] = publicInputs,
    ): string | undefined => {
      const left = words.values();
      const traced = trace(program, {
        publicInputs: statement,
        privateWord: (source, which) => {
          assert.deepEqual([source, which], ['file', 0]);
          return left.next().value;
        },
      });
      if (!traced.execution.starved) checkTrace(program, traced);
      return traced.execution.trap?.name;
    };
    assert.equal(lie(table), undefined);
    const bent = (at: number, by: bigint): bigint[] => table.with(at, table[at]! ^ by);
    assert.equal(lie(bent(3, 1n)), 'fileDiffers');
    assert.equal(lie(bent(13, 1n << 40n)), 'fileDiffers');
    for (const length of [101n, 103n, 0n, 2n ** 24n + 1n, 2n ** 63n])
      assert.equal(lie([length, ...table.slice(1), 0n]), 'fileDiffers', `${length}`);
    assert.equal(lie(other), 'fileDiffers');
    // The same bytes, and another digest in the statement.
    const at = publicInputs.indexOf(encodeStream(createHash('sha256').update(TABLE).digest())[1]!);
    assert.equal(lie(table, publicInputs.with(at, publicInputs[at]! ^ 1n)), 'fileDiffers');
    // Fewer words than the length says: there is no run at all.
    assert.equal(lie(table.slice(0, 5)), 'inputExhausted');
    // Beyond the end of the last word there is nothing of the file.
    assert.equal(lie(bent(13, 1n << 63n)), undefined);
  });

  it('proof: the bytes are nowhere in it, verify takes bytes or digests and refuses others', async () => {
    await using session = await openSession({ onWarning: () => {} });
    const { document, stdout } = await prove(session, given());
    assert.equal(text(stdout), EXPECTED);
    const file = writeProofDocument(document);
    for (const word of encodeStream(TABLE).slice(1)) assert.ok(!file.includes(String(word)));
    const own = readProofDocument(file, 'proof');
    const about = { document: own, wasm };
    const accepted = await verify(session, {
      ...about,
      files: { other: digest(OTHER), 'data/table': TABLE },
    });
    assert.equal(accepted.entry, '_start(files)');
    const refused = (files: Readonly<Record<string, Uint8Array | `0x${string}`>>): Promise<void> =>
      assert.rejects(verify(session, { ...about, files }), {
        code: 'PROOF_FILES',
        message: new RegExp(
          `"data/table"=sha256:${digest(TABLE).slice(2)}, "other"=sha256:${digest(OTHER).slice(2)}`,
        ),
      });
    await refused({ 'data/table': TABLE });
    await refused({ 'data/table': TABLE, other: TABLE });
    await refused({ 'data/table': TABLE, others: OTHER });
    await refused({ 'data/table': TABLE, other: OTHER, more: OTHER });
    await refused({});
    await assert.rejects(verify(session, { document: own, programId: own.programId, files: {} }), {
      code: 'INPUT_MISSING',
    });
    // Another digest in the statement is another statement.
    const { statement } = own;
    const at = statement.publicInputs.indexOf(encodeStream(createHash('sha256').update(OTHER).digest())[1]!);
    const publicInputs = statement.publicInputs.with(at, statement.publicInputs[at]! ^ 1n);
    await assert.rejects(
      verify(session, { ...about, document: { ...own, statement: { ...statement, publicInputs } } }),
      {
        code: /^PROOF_/,
      },
    );
  });

  it('what cannot be given is refused before anything runs', async () => {
    const refused = async (more: object, message: RegExp): Promise<void> => {
      await assert.rejects(run({ ...given(), ...more }), { code: 'INPUT_INVALID', message });
    };
    for (const name of ['', '/', '/a', 'a/', 'a//b', '.', './a', 'a/..', '../a', 'a\0b', 'a\ud800'])
      await refused({ files: { [name]: OTHER } }, /no name of a file/);
    await refused({ files: { a: OTHER, 'a/b': OTHER } }, /"a" is a file and a directory/);
    await refused({ files: { a: 'text' } }, /"a" has no bytes/);
    await refused({ files: { a: new Uint8Array(2 ** 24 + 1) } }, /more than 16777216 bytes in all/);
    const many = Object.fromEntries(Array.from({ length: 257 }, (_, i) => [`f${i}`, OTHER]));
    await refused({ files: many }, /257 files, and a program can have 256/);
    await refused({ privateStdin: 'x' }, /file 3 is their directory/);
    await refused({ invoke: '_start' }, /the entry takes no files/);
    writeFileSync(join(folder, 'plain.c'), 'int main(void) { return 0; }\n');
    const plain = await compileGuest(join(folder, 'plain.c'));
    await assert.rejects(run({ wasm: plain, invoke: '_start(files)', files: {} }), {
      code: 'SIGNATURE_INVALID',
      message: /reads no files: it does not import path_open/,
    });
  });

  it('a Rust program reads them with its standard library', async () => {
    const rust = readFileSync(join(ROOT, 'test/programs/rust-files.wasm'));
    const table = bytes('a,1\nb,20\nc,300\n');
    const parameters = { wasm: rust, invoke: '_start(files)', files: { 'data/table.csv': table } };
    const { stdout, status } = await run(parameters);
    assert.equal(status.kind, 'returned');
    assert.equal(text(stdout), 'sum 321, 15 bytes\nends with "300\\n"\nNotFound\nReadOnlyFilesystem\ntrue\n');
    assert.deepEqual((await check(parameters)).failures, []);
  });

  const go = spawnSync('go', ['version']).error === undefined;
  (go ? it : it.skip)('a Go program reads them with package os (needs go)', async () => {
    writeFileSync(join(folder, 'go.mod'), 'module files\n\ngo 1.21\n');
    writeFileSync(
      join(folder, 'main.go'),
      'package main\n\nimport (\n\t"fmt"\n\t"os"\n)\n\nfunc main() {\n\tfor _, name := range os.Args[1:] {\n\t\ttext, err := os.ReadFile(name)\n\t\tfmt.Println(string(text), err)\n\t}\n}\n',
    );
    const out = join(folder, 'files.wasm');
    const env = { ...process.env, GOOS: 'wasip1', GOARCH: 'wasm', GOFLAGS: '-mod=mod' };
    execFileSync('go', ['build', '-ldflags=-s -w', '-o', out, '.'], { cwd: folder, env, stdio: 'pipe' });
    const { stdout } = await run({
      ...{ wasm: readFileSync(out), invoke: '_start(args, files)' },
      programArguments: ['files', 'data/in', '/data/in', 'none'],
      files: { 'data/in': bytes('of Go') },
    });
    assert.equal(text(stdout), 'of Go <nil>\nof Go <nil>\n open none: No such file or directory\n');
  });
});
