/** `wattest verify` with key files and an id: no module, no SRS. And proof files that are larger than any. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import { greatestProofFile, greatestProofFileOf } from '../../sdk/src/attest/proof/document-limits.ts';
import { readProofDocument, writeProofDocument } from '../../sdk/src/index.ts';
import { verifyingKeyFromJson } from '../../sdk/src/plonk/keys/key-json.ts';
import { wattest } from './lib/wattest.ts';

describe('command line, verify with key files', () => {
  let folder: string;
  const at = (name: string): string => join(folder, name);
  let id: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-keys-'));
    writeFileSync(at('f.wasm'), await compileGuest((await readExample('fibonacci')).source));
    const done = async (...args: readonly string[]): Promise<void> => {
      const { code, err } = await wattest(args);
      assert.equal(code, 0, err);
    };
    await done('prove', at('f.wasm'), '--args', '30', '-o', at('one.json'));
    // The key of so little memory proves it in several.
    await done('prove', at('f.wasm'), '--args', '6000', '--max-memory', '340', '-o', at('many.json'));
    for (const kind of ['whole', 'body', 'closing'])
      await done('key', '--kind', kind, '-o', at(`${kind}.json`));
    id = readProofDocument(readFileSync(at('one.json'), 'utf8'), 'one').programId;
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const verified = async (
    proof: string,
    ...args: readonly string[]
  ): Promise<{ readonly code: number | null; readonly text: string }> => {
    const { code, out, err } = await wattest(['verify', at(proof), ...args]);
    return { code, text: out + err };
  };
  const keys = (name: string): string[] => ['--key', at(`${name}.json`)];

  it('accepts what it should, and says the words that were proven', async () => {
    const { code, text } = await verified('one.json', ...keys('whole'), '--id', id);
    assert.equal(code, 0, text);
    assert.match(text, /^public outputs +832040$/m);
    assert.match(text, new RegExp(`^program id +${id}$`, 'm'));
    assert.doesNotMatch(text, /entered at/);
    const other = id.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));
    const refused = await verified('one.json', ...keys('whole'), '--id', other);
    assert.equal(refused.code, 1);
    assert.match(refused.text, /\[PROOF_PROGRAM\]/);
    const foreign = await verified('one.json', ...keys('body'), '--id', id);
    assert.match(foreign.text, /\[PROOF_FOREIGN_KEY\]/);
  });

  it('shows values of a manifest beside the words, of the program that the id names', async () => {
    const types = {
      module: 'gone.wasm',
      guest: 'c',
      entry: 'fibonacci',
      inputs: [{ name: 'n', type: 'uint32' }],
      outputs: [{ name: 'result', type: 'uint64' }],
    };
    const manifest = (over: object): void =>
      writeFileSync(at('wattest.json'), JSON.stringify({ programs: { Fib: { ...types, ...over } } }));
    manifest({});
    const named = ['--manifest', at('wattest.json'), '--program', 'Fib'];
    const { code, text } = await verified('one.json', ...keys('whole'), '--id', id, ...named);
    assert.equal(code, 0, text);
    assert.match(text, /^inputs\.n +30$/m);
    assert.match(text, /^outputs\.result +832040$/m);
    const without = await verified('one.json', ...keys('whole'), ...named);
    assert.equal(without.code, 2);
    assert.match(without.text, /\[USAGE\] --key without --id.*\n?.*Give the id with --id/);
    manifest({ outputs: [{ name: 'result', type: 'uint8' }] });
    const other = await verified('one.json', ...keys('whole'), '--id', id, ...named);
    assert.equal(other.code, 1);
    assert.match(other.text, /\[ENCODING_INVALID\]/);
  });

  it('takes two keys for a run of several proofs', async () => {
    const both = await verified(
      'many.json',
      ...keys('body'),
      '--closing-key',
      at('closing.json'),
      '--id',
      id,
    );
    assert.equal(both.code, 0, both.text);
    assert.match(both.text, /^proofs +\d+ that only convince together/m);
    const one = await verified('many.json', ...keys('body'), '--id', id);
    assert.equal(one.code, 2);
    assert.match(one.text, /\[INPUT_MISSING\] .*many\.json.*--kind body.*--closing-key/);
  });

  it('an id alone suffices with the keys of this release, and must agree with a module', async () => {
    assert.equal((await verified('one.json', '--id', id)).code, 0);
    assert.equal((await verified('one.json', '--id', id, '--program', at('f.wasm'))).code, 0);
  });

  it('says what does not go together', async () => {
    for (const [args, expected] of [
      [[], /nothing says which program/],
      [[...keys('whole')], /nothing says which program/],
      [['--id', '0x12'], /not 0x and 64 hexadecimal digits/],
      [['--id', id, '--invoke', 'fibonacci'], /names an export of no module/],
      [['--id', id, '--closing-key', at('closing.json')], /without --key/],
      [['--id', id, ...keys('whole'), '--program', at('f.wasm')], /exclude each other/],
      [['--id', id, ...keys('whole'), '--max-log', '18'], /a key already/],
    ] as const) {
      const { code, text } = await verified('one.json', ...args);
      assert.equal(code, 2, text);
      assert.match(text, /\[USAGE\]/);
      assert.match(text, expected);
    }
  });

  it('reads no more of a file than its key allows', async () => {
    const key = verifyingKeyFromJson(readFileSync(at('whole.json'), 'utf8'));
    const [one, many] = ['one.json', 'many.json'].map((name) => readFileSync(at(name)));
    assert.equal(greatestProofFileOf(key, one!), greatestProofFile(key, 1));
    const { shards } = readProofDocument(many!.toString(), 'many');
    assert.ok(shards > 1);
    assert.equal(greatestProofFileOf(key, many!), greatestProofFile(key, shards));
    assert.ok(one!.length < greatestProofFile(key, 1));
    assert.ok(many!.length < greatestProofFile(key, shards));
    writeFileSync(at('brackets.json'), '['.repeat(2 ** 24));
    const { code, text } = await verified('brackets.json', '--id', id);
    assert.equal(code, 2);
    assert.match(text, /\[FILE_UNREADABLE\] .*brackets\.json: is larger than \d MiB/);
    // What is small enough is not nested without end.
    writeFileSync(at('brackets.json'), '['.repeat(2 ** 20));
    assert.match(
      (await verified('brackets.json', '--id', id)).text,
      /\[PROOF_MALFORMED\] .*brackets\.json: not JSON/,
    );
  });

  it('refuses more public words than a run can have before it computes with them', async () => {
    const document = readProofDocument(readFileSync(at('one.json'), 'utf8'), 'one');
    const publicOutputs = new Array<bigint>(2 ** 20).fill(0n);
    const statement = { ...document.statement, publicOutputs };
    writeFileSync(at('long.json'), writeProofDocument({ ...document, statement }));
    const { code, text } = await verified('long.json', '--id', id);
    assert.equal(code, 2);
    assert.match(text, /\[(FILE_UNREADABLE|PROOF_MALFORMED)\] .*(larger than|public words)/);
  });
});
