import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installPackage, linkPackage, type Manifest } from '../../scripts/lib/package.ts';
import { toolPath } from '../../scripts/lib/tools.ts';

const execute = promisify(execFile);

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
  const link = (name: string): void => linkPackage(home, name);

  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'wattest-package-'));
    ({ files, manifest } = await installPackage(home));
    writeFileSync(join(home, 'package.json'), '{"type":"module"}');
  });

  after(() => rmSync(home, { recursive: true, force: true }));

  it('holds the built program and nothing else', () => {
    const strange = files.filter(
      (path) =>
        !/^(package\.json|LICENSE|README\.md|bin\/wattest\.js|include\/wattest\.h)$/.test(path) &&
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
