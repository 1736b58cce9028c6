/** A project outside, made of the template and the packed package: bound, built, proven, deployed and attested by the plugin. Here, as tests of one area do not build the package at the same time. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { toolPath } from '../../scripts/lib/tools.ts';
import { createProject, type Project, succeeds, useOwnCompiler } from './lib/project.ts';

describe('structure: a Hardhat project outside of the repository', () => {
  let project: Project;
  const at = (name: string): string => project.at(name);
  const hardhat = (...args: readonly string[]): ReturnType<Project['hardhat']> => project.hardhat(...args);

  before(async () => {
    project = await createProject('hardhat');
    useOwnCompiler(project);
  });

  after(() => project?.remove());

  it('refuses to build before it is bound, and then is bound and type-checked', async () => {
    const { code, out } = await hardhat('build');
    assert.equal(code, 1);
    assert.match(out, /\[FILE_UNREADABLE\] \S*generated\/Factors\.wasm/);
    const bound = await succeeds(hardhat('wattest', 'bind'));
    for (const file of ['programs/factors_io.h', 'generated/Factors.wasm', 'generated/Factors.sol'])
      assert.ok(bound.includes(file) && existsSync(at(file)), file);
    await succeeds(project.node([toolPath('typescript', 'tsc'), '--noEmit']));
  });

  it('proves, deploys, attests and claims in its own test; a second run finds the proof and verifies it', async () => {
    const first = await succeeds(hardhat('test'));
    assert.match(first, /3 passing/);
    const proofs = readdirSync(at('cache/wattest/proofs'));
    assert.equal(proofs.length, 1);
    const made = readFileSync(at(`cache/wattest/proofs/${proofs[0]}`), 'utf8');
    assert.match(await succeeds(hardhat('test')), /3 passing/);
    assert.equal(readFileSync(at(`cache/wattest/proofs/${proofs[0]}`), 'utf8'), made);
  });

  it('each task from the command: to a proof, checked and profiled, deployed to a node that runs, and attested', async () => {
    assert.match(
      await succeeds(hardhat('wattest', 'attest', '--help')),
      /--confirmations .*Blocks that must/,
    );
    assert.match(await succeeds(hardhat('wattest', 'compile')), /generated\/Factors\.wasm$/m);
    assert.match(await succeeds(hardhat('wattest', 'bind', '--check')), /up to date/);
    const solver = `0x${'11'.repeat(20)}`;
    const input = JSON.stringify({ product: '8051', solver });
    writeFileSync(at('secret.json'), '{"first": 83, "second": 97}');
    const values = ['Factors', '--input', input, '--private-input', 'secret.json'];
    assert.match(await succeeds(hardhat('wattest', 'check', ...values)), /every constraint holds/);
    assert.match(await succeeds(hardhat('wattest', 'profile', ...values)), /prove/);
    const prove = ['wattest', 'prove', ...values, '--output', 'proof.json'];
    assert.match(await succeeds(hardhat(...prove)), /outputs\.bits +7\n.*made now, in proof\.json/s);
    assert.match(await succeeds(hardhat(...prove)), /from the cache/);
    await succeeds(hardhat('wattest', 'verifier', '--output', 'Verifier.sol'));
    assert.match(project.read('Verifier.sol'), /contract WattestVerifier /);

    const node = project.start(['node_modules/hardhat/dist/src/cli.js', 'node', '--port', '0']);
    try {
      const [, url] = await node.says(/Started HTTP and WebSocket JSON-RPC server at (\S+?)\/?\s/);
      const network = `networks: { localhost: { type: 'http', url: '${url}' },`;
      writeFileSync(
        at('hardhat.config.ts'),
        project.read('hardhat.config.ts').replace('networks: {', network),
      );
      const on = ['--network', 'localhost'];
      assert.match(await succeeds(hardhat('wattest', 'deploy', ...on)), /^sent +0x/m);
      const again = await succeeds(hardhat('wattest', 'deploy', ...on));
      assert.match(again, /^sent +nothing: it stands/m);
      const attest = ['wattest', 'attest', 'proof.json', ...on];
      assert.match(await succeeds(hardhat(...attest)), /^transaction +0x[\s\S]*^sent 0x/m);
    } finally {
      await node.stop();
    }
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
