/** A file that one process at a time may use: owners that are gone are no owners, others are named. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../scripts/lib/tools.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { lockFile } from '../../sdk/src/platform/node-lock.ts';

describe('platform: locks of files', () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-lock-'));
    path = join(folder, 'run');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const owner = (pid: number, host = hostname()): void =>
    writeFileSync(`${path}.lock`, JSON.stringify({ pid, host }));
  const refused = (text: RegExp): Promise<void> =>
    assert.rejects(
      lockFile(path),
      (error) => isWattestError(error, 'RESUME_BUSY') && error.where === path && text.test(error.message),
    );
  const goneProcess = (): number => spawnSync(process.execPath, ['--version']).pid;

  it('is held once, and leaves nothing when it is given back', async () => {
    const release = await lockFile(path);
    assert.deepEqual(readdirSync(folder), ['run.lock']);
    await refused(new RegExp(`process ${process.pid} proves`));
    await release();
    assert.deepEqual(readdirSync(folder), []);
    const again = await lockFile(path);
    // Once given back it is the next one's.
    await release();
    assert.ok(existsSync(`${path}.lock`));
    await again();
  });

  it('is taken over from a process that is gone, and from nobody', async () => {
    for (const leave of [
      () => owner(goneProcess()),
      // An earlier process of the same number, as in containers.
      () => owner(process.pid),
      () => writeFileSync(`${path}.lock`, ''),
      () => writeFileSync(`${path}.lock`, '{"pid":"1"}'),
    ]) {
      leave();
      await (await lockFile(path))();
      assert.deepEqual(readdirSync(folder), []);
    }
  });

  it('is not taken from a process that runs, nor from another machine', async () => {
    owner(process.ppid);
    await refused(new RegExp(`process ${process.ppid} proves`));
    owner(goneProcess(), 'elsewhere');
    await refused(/ of elsewhere proves/);
    assert.deepEqual(readdirSync(folder), ['run.lock']);
  });

  it('of many who take over at once one has it', async () => {
    owner(goneProcess());
    const module = pathToFileURL(join(ROOT, 'sdk/src/platform/node-lock.ts')).href;
    const script = `import { lockFile } from ${JSON.stringify(module)};
      try { await lockFile(process.argv[1]); console.log('has it'); process.stdin.resume(); }
      catch (error) { console.log(error.code); }`;
    const children = Array.from({ length: 5 }, () =>
      spawn(process.execPath, ['--input-type=module', '-e', script, path], {
        stdio: ['pipe', 'pipe', 'inherit'],
      }),
    );
    const said = children.map(
      (child) =>
        new Promise<string>((resolve) => child.stdout.on('data', (text) => resolve(String(text).trim()))),
    );
    try {
      const answers = (await Promise.all(said)).toSorted();
      assert.deepEqual(answers, [...new Array<string>(4).fill('RESUME_BUSY'), 'has it']);
    } finally {
      for (const child of children) child.kill('SIGKILL');
    }
  });
});
