/** Bytes and text on the command line. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from '../structure/sources.ts';
import { type Outcome, wattest } from './lib/wattest.ts';

const LIBRARY = join(ROOT, 'test/programs/rust-lib.wasm');

describe('cli: bytes and text as arguments', () => {
  let folder: string;
  const file = (name: string, contents: string | Uint8Array): string => {
    const path = join(folder, name);
    writeFileSync(path, contents);
    return path;
  };
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-arguments-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]): Promise<Outcome> => wattest(['run', LIBRARY, ...args, '--json']);
  const object = async (...args: string[]): Promise<Record<string, unknown>> => {
    const { code, out, err } = await run(...args);
    assert.equal(code, 0, err);
    return JSON.parse(out);
  };

  it('a library takes them: text, a file, a file that stays private, a result that is packed', async () => {
    const words = ['--invoke', 'count_words'];
    assert.equal((await object(...words, '--arg-string', 'three little wörds'))['returned'], '3');
    assert.equal((await object(...words, '--arg-bytes', file('text', ' a\nb ')))['returned'], '2');
    assert.equal(
      (await object(...words, '--private-arg-string', file('secret', 'one two')))['returned'],
      '2',
    );
    assert.equal((await object(...words, '--private-arg-bytes', file('secret', '')))['returned'], '0');
    const loud = await object('--invoke', 'shout', '--arg-string', 'straße', '--returns', 'string');
    assert.equal(loud['returned'], 'STRAßE');
    const hex = await object('--invoke', 'shout(string) -> bytes', '--arg-string', 'ab');
    assert.equal(hex['returned'], '0x4142');
  });

  it('the same entry by options and by its text has one id, another signature another', async () => {
    const id = async (...args: string[]) => (await object(...args))['programId'];
    const byText = await id('--invoke', 'count_words(string) -> u32', '--arg-string', 'a');
    assert.equal(await id('--invoke', 'count_words', '--arg-string', 'b c'), byText);
    assert.notEqual(await id('--invoke', 'count_words', '--arg-bytes', file('b', 'b')), byText);
    const { out } = await wattest(['inspect', LIBRARY, '--invoke', 'count_words(string)->u32', '--json']);
    assert.equal(JSON.parse(out).entries[0].programId, byText);
  });

  it('numbers where bytes are meant are a warning, and inspect says so', async () => {
    const { err } = await run('--invoke', 'count_words', '--args', '16,4');
    assert.match(err, /count_words may take the address and the length of bytes.*--arg-bytes/);
    assert.doesNotMatch((await run('--invoke', 'alloc', '--args', '16')).err, /may take/);
    const { out } = await wattest(['inspect', LIBRARY]);
    assert.match(out, /count_words \(i32, i32\)[\s\S]*?bytes +it may take them: --arg-bytes/);
  });

  it('what is private does not become public, nor is it shown', async () => {
    const secret = file('secret', 'geheim');
    const slip = await run('--invoke', 'count_words(string) -> u32', '--private-arg-string', secret);
    assert.equal(slip.code, 2);
    assert.match(slip.err, /argument 1 is given as private, and is public by the signature/);
    const wrong = await run(
      '--invoke',
      'count_words',
      '--private-arg-string',
      file('secret', Uint8Array.from([0xff, 65])),
    );
    assert.match(wrong.err, /INPUT_INVALID.*no UTF-8 text/);
    assert.doesNotMatch(slip.err + wrong.err, /geheim/);
    const both = await run('--invoke', 'shout(string) -> bytes', '--arg-string', 'a', '--returns', 'string');
    assert.match(both.err, /USAGE.*--returns/);
  });

  it('text that is no UTF-8 given as bytes to an export that wants it ends as the program does', async () => {
    const { code, err, out } = await run(
      '--invoke',
      'count_words',
      '--arg-bytes',
      file('bad', Uint8Array.from([0xff])),
    );
    assert.equal(code, 1, err);
    assert.match(out, /unreachable/);
  });
});
