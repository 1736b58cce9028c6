/** Several calls of one instance on the command line: each --invoke has the arguments behind it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assembleWat } from '../attest/lib/wat.ts';
import { wattest } from './lib/wattest.ts';

const SUMS = `(module (memory (export "memory") 1) (global $sum (mut i32) (i32.const 0))
  (func (export "buffer") (result i32) (i32.const 1024))
  (func (export "begin") (param i32) (global.set $sum (local.get 0)))
  (func (export "add") (param $at i32) (param $n i32)
    (global.set $sum (i32.add (global.get $sum) (i32.load8_u (local.get $at)))))
  (func (export "sum") (result i32) (global.get $sum)))`;

describe('command line, several calls', () => {
  it('are made in their order, with typed and bare arguments, public and private ones', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wattest-calls-'));
    try {
      const [wasm, secret] = [join(folder, 'sums.wasm'), join(folder, 'secret')];
      writeFileSync(wasm, await assembleWat(SUMS));
      writeFileSync(secret, 'a');
      const begin = ['--invoke', 'begin', '--args', '100'];
      const add = (type: string, ...args: readonly string[]): string[] => [
        '--invoke',
        `add(${type}) via buffer`,
        ...args,
      ];
      const text = add('string', '--arg-string', 'b');
      const { code, out, err } = await wattest([
        'run',
        wasm,
        ...begin,
        ...text,
        ...add('private bytes', '--private-arg-bytes', secret),
        '--invoke',
        'sum',
        '--json',
      ]);
      assert.equal(code, 0, err);
      const json = JSON.parse(out);
      assert.equal(json.returned, String(100 + 97 + 98));
      // As one text the same program.
      const whole = 'begin(i32); add(string) via buffer; add(private bytes) via buffer; sum() -> i32';
      const inspected = await wattest(['inspect', wasm, '--invoke', whole]);
      assert.ok(inspected.out.includes(json.programId), inspected.out);
      const unknown = await wattest(['run', wasm, ...begin, '--invoke', 'none']);
      assert.match(unknown.err, /^wattest: \[EXPORT_MISSING\].* no function "none"/);
      const slip = await wattest(['run', wasm, ...begin, ...add('bytes', '--private-arg-bytes', secret)]);
      assert.match(
        slip.err,
        /^wattest: \[USAGE\] argument 2 is given as private, and is public by the signature/,
      );
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('are proven as one program, whose proof is of no other calls and no other arguments', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wattest-calls-'));
    try {
      const [wasm, proof, lie] = ['sums.wasm', 'proof.json', 'lie.json'].map((name) =>
        join(folder, name),
      ) as [string, string, string];
      writeFileSync(wasm, await assembleWat(SUMS));
      const calls = (first: string, second: string): string[] => [
        ...['--invoke', 'begin', '--args', first],
        ...['--invoke', 'add(string) via buffer', '--arg-string', second],
        ...['--invoke', 'sum'],
      ];
      const proving = await wattest(['prove', wasm, ...calls('100', 'b'), '-o', proof]);
      assert.equal(proving.code, 0, proving.err);
      const verified = await wattest(['verify', proof, '--program', wasm, '--json']);
      assert.equal(verified.code, 0, verified.err);
      const { statement, entry } = JSON.parse(readFileSync(proof, 'utf8'));
      assert.equal(entry, 'begin(i32); add(string) via buffer; sum() -> i32');
      assert.deepEqual(statement.publicOutputs, ['198']);
      // Another argument of the first call; two calls the other way round.
      const text = readFileSync(proof, 'utf8');
      writeFileSync(lie, text.replace('"100"', '"101"'));
      const changed = await wattest(['verify', lie, '--program', wasm]);
      assert.equal(changed.code, 1);
      assert.match(changed.err, /^wattest: \[PROOF_IDENTITY\]/);
      const swapped = 'add(string) via buffer; begin(i32); sum() -> i32';
      const other = await wattest(['verify', proof, '--program', wasm, '--invoke', swapped]);
      assert.equal(other.code, 1);
      assert.match(other.err, /^wattest: \[PROOF_PROGRAM\]/);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
