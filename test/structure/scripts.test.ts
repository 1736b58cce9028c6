import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { soundnessParts } from '../../scripts/lib/soundness-parts.ts';
import { listSources, ROOT, readSource } from './sources.ts';

const execute = promisify(execFile);

/** Modules for others, not started by themselves. */
const NO_SCRIPTS: readonly string[] = ['scripts/mocha-reporter.ts'];

describe('structure: scripts', () => {
  it('each says what it does with --help: a comment at its head, and help.ts imported before all else', () => {
    const without = listSources('scripts/*.ts')
      .filter((path) => !NO_SCRIPTS.includes(path))
      .filter(
        (path) => !/^(\/\*\*[\s\S]*?\*\/\n|(\/\/.*\n)+)import '\.\/lib\/help\.ts';/.test(readSource(path)),
      );
    assert.deepEqual(without, []);
  });

  it('--help prints that comment and does nothing', async () => {
    const { stdout } = await execute(process.execPath, [join(ROOT, 'scripts/bless.ts'), '--help']);
    assert.match(stdout, /^npm run bless: [^\n]+\n$/);
  });

  it('an option that there is not is named in one line', async () => {
    // --check, mistyped: the second script would write.
    for (const script of ['bench-kernels', 'build-contracts', 'soundness']) {
      const started = execute(process.execPath, [join(ROOT, `scripts/${script}.ts`), '--chek']);
      const stderr = "Unknown option '--chek'. See --help.\n";
      await assert.rejects(started, { code: 2, stdout: '', stderr });
    }
  });

  it('a port that is taken is named before anything is built or deployed, with the option that gives another', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    try {
      for (const [option, other] of [
        ['port', 'chain-port'],
        ['chain-port', 'port'],
      ] as const) {
        const args = [`--${option}`, String(port), `--${other}`, '0'];
        const started = execute(process.execPath, [join(ROOT, 'scripts/start-page.ts'), ...args]);
        const stderr = `start:page: port ${port} is taken. Give another one with --${option} (0: a free one), or end what listens there.\n`;
        await assert.rejects(started, { code: 2, stdout: '', stderr });
      }
    } finally {
      server.close();
    }
  });

  it('the report of soundness has every test of test/soundness, and every one that the documents on soundness name', () => {
    const reported = soundnessParts().flatMap(({ files }) => files);
    const documents = ['soundness', 'security', 'losses', 'recursion'].map((name) =>
      readSource(`docs/${name}.md`),
    );
    const named = documents.flatMap((text) => text.match(/\btest\/[\w/.-]+\.test\.ts\b/g) ?? []);
    assert.ok(named.length > 100, `${named.length}`);
    const expected = new Set([...named, ...listSources('test/soundness/**/*.test.ts')]);
    assert.deepEqual(
      [...expected].filter((path) => !reported.includes(path)),
      [],
    );
    assert.equal(new Set(reported).size, reported.length, 'a file in two parts');
  });

  it('every one of package.json stands in CONTRIBUTING.md', () => {
    const { scripts } = JSON.parse(readSource('package.json')) as { scripts: Record<string, string> };
    const text = readSource('CONTRIBUTING.md');
    const commands = Object.keys(scripts).map((name) =>
      name === 'start' || name === 'test' ? `npm ${name}` : `npm run ${name}`,
    );
    assert.deepEqual(
      commands.filter((command) => !text.includes(`\`${command}\``)),
      [],
    );
  });
});
