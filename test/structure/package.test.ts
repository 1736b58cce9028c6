import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
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

/** Older Nodes that the package is for: on the path, or named. */
function otherNodes(): readonly { readonly path: string; readonly version: string }[] {
  const named = (process.env.WATTEST_NODES ?? '').split(delimiter);
  const found = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, 'node'));
  const versions = new Map<string, string>();
  for (const path of [...named, ...found].filter((name) => name !== '' && existsSync(name))) {
    const version = spawnSync(path, ['--version'], { encoding: 'utf8' }).stdout?.trim() ?? '';
    if (/^v2[02]\./.test(version) && !versions.has(version)) versions.set(version, path);
  }
  return [...versions].map(([version, path]) => ({ path, version }));
}

describe('structure: the package as its users install it', () => {
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
        !/^(package\.json|LICENSE|README\.md|bin\/wattest\.js|include\/(?:wattest(?:_sha256)?\.h|swift-library\.c|manifest\.schema\.json))$/.test(
          path,
        ) &&
        !/^dist\/(.*\.(js|d\.ts|js\.map)|(command|worker)\/LICENSES\.txt)$/.test(path) &&
        !/^contracts\/((interfaces|mocks|examples|eas)\/)?\w+\.sol$|^contracts\/abi\/\w+\.json$/.test(path) &&
        !/^docs\/(decisions\/)?[\w-]+\.md$/.test(path),
    );
    assert.deepEqual(strange, []);
    assert.ok(files.includes('LICENSE'));
  });

  it('says what it is, to those who look for it', () => {
    assert.ok(manifest.keywords.includes('webassembly') && manifest.keywords.includes('zksnark'));
    assert.equal(manifest.license, 'Apache-2.0');
  });

  it('has documents whose links work where it is installed', () => {
    const documents = files.filter((path) => path.endsWith('.md'));
    const links = documents.flatMap((from) =>
      [...readFileSync(installed(from), 'utf8').matchAll(/\]\((?![a-z]+:|#)([^)\s#]+)/g)].map(([, to]) => ({
        from,
        to: join(dirname(from), to!),
      })),
    );
    assert.ok(links.filter(({ from }) => from === 'README.md').length > 10);
    assert.deepEqual(
      links.filter(({ to }) => !existsSync(installed(to))),
      [],
    );
  });

  it('has the heading that an error names, at the address that it gives', async () => {
    const printed = await node(home, [
      '--input-type=module',
      '-e',
      "import { WattestError } from 'wattest'; console.log(import.meta.resolve(new WattestError('ABORTED', 'a', { fix: 'b' }).docs));",
    ]);
    const address = new URL(printed.trim());
    assert.equal(address.hash, '#interrupted');
    assert.match(readFileSync(fileURLToPath(address), 'utf8'), /^## Interrupted$/m);
  });

  it('has a source map with its source for each file of code', () => {
    const code = files.filter((path) => /^dist\/.*\.js$/.test(path));
    for (const path of code) {
      const { sourcesContent } = JSON.parse(readFileSync(installed(`${path}.map`), 'utf8'));
      if (/^dist\/(command\/|worker\/host)/.test(path))
        assert.ok(
          sourcesContent?.every((text: unknown) => typeof text === 'string'),
          path,
        );
      else assert.equal(sourcesContent?.length, 1, path);
    }
  });

  it('exports only files that are there', () => {
    const targets = [
      ...Object.values(manifest.bin),
      ...Object.values(manifest.exports).flatMap((entry) =>
        typeof entry === 'string' ? [entry] : [entry.types, entry.default],
      ),
    ]
      .map((path) => path.replace(/^\.\//, ''))
      .filter((path) => !path.endsWith('/*'));
    assert.deepEqual(
      targets.filter((path) => !files.includes(path)),
      [],
    );
  });

  it('keeps its peers optional, of chains, contracts, compilers, pages, queues and Hardhat, and runs nothing when installed', () => {
    const peers = [
      ...['ethers', 'hardhat', 'solc', 'viem'],
      '@ethereum-attestation-service/eas-contracts',
      ...['@nomicfoundation/hardhat-ignition', '@nomicfoundation/ignition-core'],
      ...['@tanstack/react-query', 'react'],
      ...['@yowasp/clang', 'assemblyscript'],
      ...['@aws-sdk/client-s3', 'bullmq', 'ioredis', 'prom-client'],
    ];
    assert.deepEqual(Object.keys(manifest.peerDependencies).sort(), peers.toSorted());
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
      "await import('wattest'); await import('wattest/verify'); await import('wattest/queue');",
    ]);
  });

  it('has the command', async () => {
    assert.match(
      await node(home, [installed(manifest.bin.wattest!), '--help']),
      /inspect[\s\S]*prove[\s\S]*verify/,
    );
    const licences = readFileSync(installed('dist/command/LICENSES.txt'), 'utf8');
    for (const name of ['@jridgewell/trace-mapping', '@noble/curves', '@noble/hashes', 'commander'])
      assert.ok(licences.includes(`${name}\n\n`), name);
  });

  it('has a command that finds wattest.h, and starts without looking for modules one by one', async () => {
    link('@yowasp/clang');
    writeFileSync(
      join(home, 'f.c'),
      '#include "wattest.h"\nWATTEST_EXPORT(f) int f(int x) { return x + 1; }\n',
    );
    const command = installed(manifest.bin.wattest!);
    await node(home, [command, 'compile', 'f.c', '-o', 'f.wasm']);
    assert.match(await node(home, [command, 'run', 'f.wasm', '--args', '41']), /^results +42$/m);
  });

  const others = otherNodes();
  it(
    others.length > 0
      ? `proves and verifies on ${others.map(({ version }) => version).join(' and ')} too, with one warning`
      : 'proves and verifies on Node 20 and 22 (skipped: none on the path, none named in WATTEST_NODES)',
    async function () {
      if (others.length === 0) return this.skip();
      writeFileSync(join(home, 'f.wasm'), await compileGuest((await readExample('fibonacci')).source));
      for (const { path, version } of others) {
        const command = (...args: readonly string[]): Promise<{ stdout: string; stderr: string }> =>
          execute(path, [installed(manifest.bin.wattest!), ...args], { cwd: home });
        const { stdout } = await command('run', 'f.wasm', '--args', '20');
        assert.match(stdout, /^results +6765$/m, version);
        const { stderr } = await command('prove', 'f.wasm', '--args', '20', '-o', 'p.json');
        assert.equal([...stderr.matchAll(/Node \S+ proves more slowly than Node 24/g)].length, 1, stderr);
        assert.match((await command('verify', 'p.json', '--program', 'f.wasm')).stdout, /^accepted +yes/m);
        await execute(path, ['--input-type=module', '-e', "await import('wattest');"], { cwd: home });
      }
    },
  );

  it('loads and type-checks every entry point where the peers are there', async () => {
    for (const name of ['viem', 'ethers', 'hardhat', 'typescript', '@types/node']) link(name);
    for (const name of ['hardhat-ignition', 'ignition-core']) link(`@nomicfoundation/${name}`);
    for (const name of ['react', '@types/react', '@tanstack/react-query']) link(name);
    const names = Object.keys(manifest.exports)
      .filter((key) => key !== './package.json' && !key.endsWith('/*'))
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

  it('has contracts that a Hardhat project imports and compiles as it comes, and their ABIs', async () => {
    for (const name of ['hardhat', 'solc']) link(name);
    mkdirSync(join(home, 'contracts'));
    writeFileSync(
      join(home, 'hardhat.config.js'),
      `import { createRequire } from 'node:module';
const path = createRequire(import.meta.url).resolve('solc/soljson.js');
export default { solidity: { compilers: [{ version: '0.8.37', path }] } };
`,
    );
    writeFileSync(
      join(home, 'contracts/Mine.sol'),
      `pragma solidity ^0.8.30;
import {IAttestationRegistry} from "wattest/contracts/interfaces/IAttestationRegistry.sol";
import {MockRegistry} from "wattest/contracts/mocks/MockRegistry.sol";
import {WattestConsumer} from "wattest/contracts/WattestConsumer.sol";

contract Mine is WattestConsumer {
    constructor(IAttestationRegistry registry) WattestConsumer(registry, keccak256("mine"), 1) {}

    function take(bytes calldata inputs, bytes calldata outputs) external {
        _requireReturned(inputs, outputs);
        _spend(keccak256(inputs));
    }
}

contract Registry is MockRegistry {}
`,
    );
    await node(home, [toolPath('hardhat'), 'build', '--quiet']);
    // The resolver alone wants the contracts of EAS beside it.
    writeFileSync(
      join(home, 'contracts/Badge.sol'),
      `pragma solidity ^0.8.30;
import {Attestation, IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";
import {WattestResolver} from "wattest/contracts/eas/WattestResolver.sol";
import {IAttestationRegistry} from "wattest/contracts/interfaces/IAttestationRegistry.sol";

contract Badge is WattestResolver {
    constructor(IEAS eas, IAttestationRegistry registry) WattestResolver(eas, registry, keccak256("badge"), 1) {}

    function _accept(Attestation calldata given, bytes memory inputs, bytes memory) internal override returns (bool) {
        _spend(keccak256(inputs));
        return given.recipient != address(0);
    }
}
`,
    );
    await assert.rejects(node(home, [toolPath('hardhat'), 'build', '--quiet']), /eas-contracts/);
    link('@ethereum-attestation-service/eas-contracts');
    await node(home, [toolPath('hardhat'), 'build', '--quiet']);
    const artifact = (path: string): { abi: unknown[]; bytecode: string } =>
      JSON.parse(readFileSync(join(home, path), 'utf8'));
    const mine = artifact('artifacts/contracts/Mine.sol/Mine.json');
    assert.ok(mine.bytecode.length > 1000);
    assert.ok(artifact('artifacts/contracts/Badge.sol/Badge.json').bytecode.length > 1000);
    const text = await node(home, [
      '--input-type=module',
      '-e',
      "import abi from 'wattest/contracts/abi/WattestConsumer.json' with { type: 'json' }; console.log(JSON.stringify(abi));",
    ]);
    const names = (abi: readonly { name?: string }[]): readonly (string | undefined)[] =>
      abi.map(({ name }) => name);
    const inherited = names(JSON.parse(text)).filter((name) => name !== undefined);
    assert.ok(inherited.includes('isSpent'));
    assert.deepEqual(
      inherited.filter((name) => !names(mine.abi as { name?: string }[]).includes(name)),
      [],
    );
  });
});
