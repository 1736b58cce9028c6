/** `wattest bind`, and commands that take values of a manifest. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Outcome, wattest } from './lib/wattest.ts';

const PROGRAM = {
  source: 'double.c',
  entry: 'twice',
  inputs: [{ name: 'times', type: 'uint8' }],
  privateInputs: [{ name: 'secret', type: 'uint32' }],
  outputs: [{ name: 'product', type: 'uint64' }],
};
const SOURCE = `#include "double_io.h"
WATTEST_EXPORT(twice) void twice(void) {
  double_inputs in;
  double_private_inputs hidden;
  double_read_inputs(&in);
  double_read_private_inputs(&hidden);
  double_outputs out = {(uint64_t)in.times * hidden.secret};
  double_write_outputs(&out);
}
WATTEST_EXPORT(returns) int returns(void) { return 1; }
WATTEST_EXPORT(scribbles) void scribbles(void) { wasm_output(1); wasm_output(2); }
`;

describe('cli: bind', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  const write = (program: object = {}): void =>
    writeFileSync(at('wattest.json'), JSON.stringify({ programs: { Double: { ...PROGRAM, ...program } } }));
  const bind = (...flags: string[]): Promise<Outcome> =>
    wattest(['bind', '--manifest', at('wattest.json'), ...flags]);
  const run = (flags: readonly string[], input = ''): Promise<Outcome> =>
    wattest(['run', 'Double', '--manifest', at('wattest.json'), ...flags], {}, input);
  const refused = ({ code, err }: Outcome, expected: number, message: RegExp): void => {
    assert.match(err, message);
    assert.equal(code, expected, err);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-bind-'));
    write();
    writeFileSync(at('double.c'), SOURCE);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('writes bindings, module, TypeScript and Solidity; --check finds each that is stale, by name', async () => {
    const { code, out, err } = await bind();
    assert.equal(code, 0, err);
    const [id] = /0x[\da-f]{64}/.exec(out) ?? [];
    const files = ['double_io.h', 'generated/Double.wasm', 'generated/Double.ts', 'generated/Double.sol'];
    for (const file of files) assert.ok(out.includes(at(file)), file);
    assert.ok(readFileSync(at('generated/Double.sol'), 'utf8').includes(`ID = ${id};`));
    assert.ok(readFileSync(at('generated/Double.ts'), 'utf8').includes(`'${id}'`));
    assert.equal((await bind('--check')).code, 0);

    for (const file of files) {
      const before = readFileSync(at(file));
      writeFileSync(at(file), Buffer.concat([before, Buffer.from('\n')]));
      refused(
        await bind('--check'),
        1,
        new RegExp(`\\[BINDINGS_STALE\\] \\S*${file.replace('.', '\\.')}: is not what`),
      );
      rmSync(at(file));
      refused(
        await bind('--check'),
        1,
        new RegExp(`\\[BINDINGS_STALE\\] \\S*${file.replace('.', '\\.')}: is missing`),
      );
      assert.ok(!existsSync(at(file)), 'nothing is written by --check');
      writeFileSync(at(file), before);
    }
    // Another program: another module and id.
    writeFileSync(at('double.c'), SOURCE.replace('in.times *', 'in.times * 2 *'));
    refused(await bind('--check'), 1, /BINDINGS_STALE\] \S*Double\.wasm/);
  });

  it('writes the bindings where there is no source yet', async () => {
    rmSync(at('double.c'));
    refused(await bind(), 2, /written: \S*double_io\.h\n[\s\S]*FILE_UNREADABLE\] \S*double\.c/);
    assert.ok(existsSync(at('double_io.h')));
  });

  it('overwrites nothing that it did not write', async () => {
    writeFileSync(at('double_io.h'), '// mine\n');
    refused(await bind(), 2, /FILE_UNWRITABLE\] \S*double_io\.h: is there/);
    assert.equal(readFileSync(at('double_io.h'), 'utf8'), '// mine\n');
    rmSync(at('double_io.h'));
    // A module that something else compiled.
    mkdirSync(at('generated'));
    const module = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
    writeFileSync(at('generated/Double.wasm'), module);
    refused(await bind(), 2, /FILE_UNWRITABLE\] \S*Double\.wasm: is there/);
    assert.deepEqual(new Uint8Array(readFileSync(at('generated/Double.wasm'))), module);
    assert.ok(!existsSync(at('generated/Double.sol')));
  });

  it('refuses an entry whose words would not be those of the manifest, and a program that is not there', async () => {
    write({ entry: 'returns' });
    refused(
      await bind(),
      2,
      /MANIFEST_INVALID\] \S*wattest\.json: programs\.Double: the entry "returns" takes or returns/,
    );
    write({ entry: 'nothing' });
    refused(await bind(), 2, /EXPORT_MISSING/);
    refused(await bind('Triple'), 2, /USAGE\] .*no such program\. Give one of Double/);
    write({ inputs: [{ name: 'times', type: 'uint9' }] });
    refused(
      await bind(),
      2,
      /MANIFEST_INVALID\] \S*wattest\.json: programs\.Double\.inputs\[0\]\.type is no type/,
    );
  });

  it('run takes values and shows them; private ones come from a file or standard input, and into no message', async () => {
    assert.equal((await bind()).code, 0);
    writeFileSync(at('secret.json'), '{"secret": 4000000000}');
    const first = await run(['--input', '{"times": "200"}', '--private-input', at('secret.json')]);
    assert.match(first.out, /^outputs\.product +800000000000$/m);
    const second = await run(
      ['--input', '{"times": 200}', '--private-input', '-', '--json'],
      '{"secret": 5}',
    );
    assert.deepEqual((JSON.parse(second.out) as { values: unknown }).values, { product: '1000' });

    for (const secret of [
      '{"secret": 7654321987}',
      '{"secret": 7654321, "7654321": 0}',
      '7654321',
      '{7654321',
    ]) {
      const { code, out, err } = await run(['--input', '{"times": 1}', '--private-input', '-'], secret);
      assert.equal(code, 2);
      assert.match(
        err,
        /INPUT_INVALID\] (?:privateInputs: (?:secret is not of type uint32|the whole (?:has other|is not))|standard input: not JSON)/,
      );
      assert.ok(!`${out}${err}`.includes('7654321'), err);
    }
    refused(await run(['--input', '{}']), 2, /INPUT_INVALID\] inputs: times is missing/);
    refused(await run(['--input', '{"times": 1}', '--public', '1']), 2, /USAGE\] --public beside --manifest/);
    refused(
      await run(['--input-file', '-', '--private-input', '-']),
      2,
      /USAGE\] standard input can be read once/,
    );
    refused(
      await wattest(['run', at('generated/Double.wasm'), '--input', '{}']),
      2,
      /USAGE\] --input without --manifest/,
    );
  });

  it('refuses outputs that are no values, and writes no proof of them', async () => {
    write({ entry: 'scribbles', inputs: [], privateInputs: [] });
    writeFileSync(at('double.c'), SOURCE.replace(/WATTEST_EXPORT\(twice\)[\s\S]*?\n}\n/, ''));
    assert.equal((await bind()).code, 0);
    refused(await run([]), 1, /ENCODING_INVALID\] outputs of Double: 1 words are left over/);
    const proof = at('proof.json');
    const proving = await wattest(['prove', 'Double', '--manifest', at('wattest.json'), '-o', proof]);
    refused(proving, 1, /ENCODING_INVALID/);
    assert.ok(!existsSync(proof));
  });
});
