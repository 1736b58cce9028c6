/** A project outside, made of the template and the packed package: bound, built, proven, deployed and attested by the plugin. Here, as tests of one area do not build the package at the same time. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { installPackage, linkPackage } from '../../scripts/lib/package.ts';
import { ROOT, toolPath } from '../../scripts/lib/tools.ts';

const execute = promisify(execFile);

/** What `npm create wattest` does: packs and unpacks the package, and runs its command. */
async function createProject(home: string): Promise<void> {
  const folder = join(dirname(home), 'create-wattest');
  mkdirSync(folder);
  const pack = ['pack', join(ROOT, 'create-wattest'), '--pack-destination', folder, '--silent'];
  const { stdout } = await execute('npm', pack, { cwd: folder });
  await execute('tar', ['-xzf', join(folder, stdout.trim()), '-C', folder, '--strip-components=1']);
  const create = (...args: readonly string[]): Promise<{ readonly stdout: string }> =>
    execute(process.execPath, [join(folder, 'bin/create-wattest.js'), ...args]);
  await assert.rejects(
    create(home, '--template', 'nuxt'),
    /there is no template "nuxt"\. Give one of hardhat/,
  );
  assert.ok(!existsSync(home));
  assert.match((await create(home)).stdout, /npx hardhat wattest bind/);
  assert.ok(existsSync(join(home, '.gitignore')) && existsSync(join(home, '.github/workflows/test.yml')));
  await assert.rejects(create(home), /is not empty\. Name another folder/);
}

interface Outcome {
  readonly code: number;
  readonly out: string;
}

describe('structure: a Hardhat project outside of the repository', () => {
  let home: string;
  const at = (name: string): string => join(home, name);

  /** Node in the project, without the settings of this process. */
  function node(...args: readonly string[]): Promise<Outcome> {
    return new Promise((resolve) => {
      const env = {
        PATH: process.env.PATH,
        HOME: process.env.HOME,
        HARDHAT_DISABLE_TELEMETRY_PROMPT: 'true',
      };
      execFile(process.execPath, args, { cwd: home, env }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), out: `${stdout}${stderr}` });
      });
    });
  }
  const hardhat = (...args: readonly string[]): Promise<Outcome> =>
    node('node_modules/hardhat/dist/src/cli.js', ...args);
  async function succeeds(run: Promise<Outcome>): Promise<string> {
    const { code, out } = await run;
    assert.equal(code, 0, out);
    return out;
  }

  before(async () => {
    home = join(mkdtempSync(join(tmpdir(), 'wattest-hardhat-')), 'my-project');
    await createProject(home);
    await installPackage(home);
    const { devDependencies } = JSON.parse(readFileSync(at('package.json'), 'utf8')) as {
      devDependencies: Record<string, string>;
    };
    for (const name of Object.keys(devDependencies).filter((each) => each !== 'wattest'))
      linkPackage(home, name);
    // The compiler of the lock file: Hardhat would download one.
    const solc = createRequire(import.meta.url).resolve('solc/soljson.js');
    const config = readFileSync(at('hardhat.config.ts'), 'utf8');
    const named = config.replace("version: '0.8.37',", `version: '0.8.37', path: '${solc}',`);
    assert.notEqual(named, config);
    writeFileSync(at('hardhat.config.ts'), named);
  });

  after(() => rmSync(dirname(home), { recursive: true, force: true }));

  it('refuses to build before it is bound, and then is bound and type-checked', async () => {
    const { code, out } = await hardhat('build');
    assert.equal(code, 1);
    assert.equal(JSON.parse(readFileSync(at('package.json'), 'utf8')).name, 'my-project');
    assert.match(out, /\[FILE_UNREADABLE\] \S*generated\/Factors\.wasm/);
    const bound = await succeeds(hardhat('wattest', 'bind'));
    for (const file of ['programs/factors_io.h', 'generated/Factors.wasm', 'generated/Factors.sol'])
      assert.ok(bound.includes(file) && existsSync(at(file)), file);
    await succeeds(node(toolPath('typescript', 'tsc'), '--noEmit'));
  });

  it('proves, deploys, attests and claims in its own test; a second run finds the proof and verifies it', async () => {
    const first = await succeeds(hardhat('test'));
    assert.match(first, /2 passing/);
    const proofs = readdirSync(at('cache/wattest/proofs'));
    assert.equal(proofs.length, 1);
    const made = readFileSync(at(`cache/wattest/proofs/${proofs[0]}`), 'utf8');
    assert.match(await succeeds(hardhat('test')), /2 passing/);
    assert.equal(readFileSync(at(`cache/wattest/proofs/${proofs[0]}`), 'utf8'), made);
  });

  it('refuses to build with the id of another program', async () => {
    const solidity = readFileSync(at('generated/Factors.sol'), 'utf8');
    writeFileSync(at('generated/Factors.sol'), solidity.replace(/ID = 0x../, 'ID = 0x00'));
    const { code, out } = await hardhat('build');
    assert.equal(code, 1);
    assert.match(out, /\[BINDINGS_STALE\] \S*Factors\.sol: is not what the manifest and the source make/);
    writeFileSync(at('generated/Factors.sol'), solidity);
  });
});
