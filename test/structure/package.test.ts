import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { toolPath } from '../../scripts/lib/tools.ts';
import { ROOT } from './sources.ts';

const execute = promisify(execFile);

interface Manifest {
  readonly bin: Record<string, string>;
  readonly exports: Record<string, string | { readonly types: string; readonly default: string }>;
  readonly dependencies: Record<string, string>;
  readonly peerDependencies: Record<string, string>;
  readonly peerDependenciesMeta: Record<string, { readonly optional: boolean }>;
  readonly scripts: Record<string, string>;
}

/** Node in a folder where `wattest` is installed from its tarball, without the settings of this process. */
async function node(folder: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(process.execPath, [...args], {
    cwd: folder,
    env: { PATH: process.env.PATH },
  });
  return stdout;
}

describe('structure: the package as its users install it', function () {
  this.timeout(120_000);
  let home: string;
  let files: string[];
  let manifest: Manifest;
  const installed = (path: string): string => join(home, 'node_modules/wattest', path);
  const link = (name: string): void => {
    mkdirSync(dirname(join(home, 'node_modules', name)), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules', name), join(home, 'node_modules', name), 'junction');
  };

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'wattest-package-'));
    const { stdout } = await execute(
      'npm',
      [
        'pack',
        '--workspace',
        'wattest',
        '--pack-destination',
        home,
        '--json',
        '--silent',
        '--foreground-scripts=false',
      ],
      { cwd: ROOT },
    );
    const report = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as
      | { filename: string; files: { path: string }[] }[]
      | Record<string, { filename: string; files: { path: string }[] }>;
    const [packed] = Object.values(report);
    files = packed!.files.map(({ path }) => path);
    mkdirSync(installed('.'), { recursive: true });
    await execute('tar', [
      '-xzf',
      join(home, packed!.filename),
      '-C',
      installed('.'),
      '--strip-components=1',
    ]);
    manifest = JSON.parse(readFileSync(installed('package.json'), 'utf8')) as Manifest;
    for (const name of Object.keys(manifest.dependencies)) link(name);
    writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  });

  after(() => rmSync(home, { recursive: true, force: true }));

  it('holds the built program and nothing else', () => {
    const strange = files.filter(
      (path) =>
        !/^(package\.json|LICENSE|README\.md|bin\/wattest\.js)$/.test(path) &&
        !/^dist\/.*\.(js|d\.ts|wasm|json)$/.test(path),
    );
    assert.deepEqual(strange, []);
    assert.ok(files.includes('LICENSE'));
  });

  it('exports only files that are there', () => {
    const targets = [
      ...Object.values(manifest.bin),
      ...Object.values(manifest.exports).flatMap((entry) =>
        typeof entry === 'string' ? [entry] : [entry.types, entry.default],
      ),
    ].map((path) => path.replace(/^\.\//, ''));
    assert.deepEqual(
      targets.filter((path) => !files.includes(path)),
      [],
    );
  });

  it('keeps viem, ethers and solc optional and runs nothing when installed', () => {
    assert.deepEqual(Object.keys(manifest.peerDependencies).sort(), ['ethers', 'solc', 'viem']);
    for (const name of Object.keys(manifest.peerDependencies)) {
      assert.equal(manifest.peerDependenciesMeta[name]?.optional, true, name);
    }
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare']) {
      assert.equal(manifest.scripts[name], undefined, name);
    }
  });

  it('loads without its optional peers', async () => {
    await node(home, [
      '--input-type=module',
      '-e',
      "await import('wattest'); await import('wattest/verify');",
    ]);
  });

  it('has the command', async () => {
    assert.match(
      await node(home, [installed(manifest.bin.wattest!), '--help']),
      /inspect[\s\S]*prove[\s\S]*verify/,
    );
  });

  it('loads and type-checks every entry point where the peers are there', async () => {
    for (const name of ['viem', 'ethers', 'typescript', '@types/node']) link(name);
    const names = Object.keys(manifest.exports)
      .filter((key) => key !== './package.json')
      .map((key) => key.replace(/^\./, 'wattest'));
    const consumer = names
      .map((name, i) => `import * as m${i} from '${name}';\nconsole.log(m${i});\n`)
      .join('');
    writeFileSync(join(home, 'consumer.mts'), consumer);
    await node(home, ['consumer.mts']);
    for (const module of ['nodenext', 'preserve']) {
      const options = ['--noEmit', '--strict', '--target', 'es2024', '--module', module, '--skipLibCheck'];
      await execute(process.execPath, [toolPath('typescript', 'tsc'), ...options, 'consumer.mts'], {
        cwd: home,
      });
    }
  });
});
