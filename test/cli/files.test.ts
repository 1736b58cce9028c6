/** Read-only files of a WASI program on the command line. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileGuest } from '../../scripts/lib/guests.ts';
import { wattest } from './lib/wattest.ts';

const SOURCE = `#include <stdio.h>
int main(int count, char **names) {
  for (int i = 1; i < count; i++) {
    FILE *file = fopen(names[i], "r");
    int sum = 0;
    if (!file) { perror(names[i]); return 1; }
    for (int c; (c = fgetc(file)) != EOF;) sum += c;
    printf("%s %d\\n", names[i], sum);
  }
  return 0;
}
`;
const SECRET = 'Grace Hopper, 3900\n';
const sum = Buffer.from(SECRET).reduce((total, byte) => total + byte, 0);

describe('command line, files', () => {
  let folder: string;
  let wasm: string;
  let table: string;
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-files-'));
    [wasm, table] = [join(folder, 'sums.wasm'), join(folder, 'table.csv')];
    writeFileSync(join(folder, 'sums.c'), SOURCE);
    writeFileSync(wasm, await compileGuest(join(folder, 'sums.c')));
    writeFileSync(table, SECRET);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('run, check and profile: --file names what the program may open', async () => {
    const files = ['--file', `data/table=${table}`];
    const ran = await wattest(['run', wasm, ...files, '--', 'data/table']);
    assert.equal(ran.code, 0, ran.err);
    assert.equal(ran.out, `data/table ${sum}\n`);
    const two = await wattest(['run', wasm, ...files, '--file', `b=${table}`, '--', 'b', 'data/table']);
    assert.equal(two.out, `b ${sum}\ndata/table ${sum}\n`, two.err);
    const missing = await wattest(['run', wasm, ...files, '--', 'table']);
    assert.equal(missing.code, 1);
    assert.match(missing.err, /^table: No such file or directory$/m);
    assert.match(missing.err, /^wattest: warning: the file "data\/table" was not opened$/m);
    assert.doesNotMatch(missing.err, /was given none/);
    const none = await wattest(['run', wasm, '--', 'table']);
    assert.match(
      none.err,
      /^wattest: warning: the program can open files, and was given none: [^\n]*--file NAME=PATH/m,
    );
    const checked = await wattest(['check', wasm, ...files, '--', 'data/table']);
    assert.match(checked.out, /every constraint holds/, checked.err);
    const profiled = await wattest(['profile', wasm, ...files, '--', 'data/table']);
    assert.match(profiled.out, /wasi files hash/, profiled.err);
    for (const { out, err } of [checked, profiled]) assert.ok(!`${out}${err}`.includes('Grace'));
  });

  it('inspect has the id of the entry with files, prove proves it, verify takes the file or its digest', async () => {
    const proof = join(folder, 'proof.json');
    const proven = await wattest([
      'prove',
      ...[wasm, '--file', `data/table=${table}`, '-o', proof, '--', 'data/table'],
    ]);
    assert.equal(proven.code, 0, proven.err);
    const [id] = /0x[\da-f]{64}/.exec(proven.out) ?? [];
    const inspected = await wattest(['inspect', wasm, '--invoke', '_start(args, files)']);
    assert.ok(inspected.out.includes(id!), inspected.out);
    const digest = createHash('sha256').update(SECRET).digest('hex');
    const verify = (...args: readonly string[]): ReturnType<typeof wattest> =>
      wattest(['verify', proof, '--program', wasm, ...args]);
    const verified = await verify('--file', `data/table=sha256:${digest}`);
    assert.equal(verified.code, 0, verified.err);
    assert.match(verified.out, new RegExp(`^files +"data/table" sha256:${digest}$`, 'm'));
    assert.equal((await verify('--file', `data/table=${table}`)).code, 0);
    const other = await verify('--file', `data/table=sha256:${'0'.repeat(64)}`);
    assert.equal(other.code, 1);
    assert.match(
      other.err,
      new RegExp(`^wattest: \\[PROOF_FILES\\] [^\\n]*"data/table"=sha256:${digest}\\.`),
    );
    assert.equal((await verify('--file', `table=${table}`)).code, 1);
  });

  it('one line for what is wrong', async () => {
    const refused = async (code: string, ...args: readonly string[]): Promise<void> => {
      const { code: exit, err, out } = await wattest(args);
      assert.equal(exit, 2, err);
      assert.match(err, new RegExp(`^wattest: \\[${code}\\] [^\\n]+\\n$`));
      assert.equal(out, '');
    };
    await refused('USAGE', 'run', wasm, '--file', table);
    await refused('USAGE', 'run', wasm, '--file', `a=${table}`, '--file', `a=${table}`);
    await refused('INPUT_INVALID', 'run', wasm, '--file', `../a=${table}`);
    await refused('INPUT_INVALID', 'run', wasm, '--file', `a=${table}`, '--private-stdin', table);
    await refused('FILE_UNREADABLE', 'run', wasm, '--file', `a=${join(folder, 'none')}`);
    await refused('FILE_UNWRITABLE', 'prove', wasm, '--file', `a=${table}`, '-o', table);
    await refused(
      'USAGE',
      'verify',
      join(folder, 'none'),
      '--id',
      `0x${'0'.repeat(64)}`,
      '--file',
      `a=${table}`,
    );
  });
});
