/** The README's commands in order, as a user types them, against a chain behind a port; then the same proof by ethers. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JsonRpcProvider } from 'ethers';
import hre from 'hardhat';
import { compileGuest, type Example, readExample } from '../../scripts/lib/guests.ts';
import { attest, readAttestation } from '../../sdk/src/ethers.ts';
import { readProofDocument } from '../../sdk/src/index.ts';
import { wattestProcess as wattest } from './lib/wattest.ts';

describe('command line, the main job', () => {
  let folder: string;
  let wasm: string;
  let proof: string;
  let example: Example;
  let url: string;
  let close: () => Promise<void>;
  let inputs: string[];

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-main-'));
    example = await readExample('quicksort');
    wasm = join(folder, 'quicksort.wasm');
    proof = join(folder, 'proof.json');
    writeFileSync(wasm, await compileGuest(example.source));
    inputs = ['--invoke', 'quicksort', '--private', example.privateInputs.join(',')];
    const server = await hre.network.createServer(undefined, '127.0.0.1', 0);
    const { address, port } = await server.listen();
    url = `http://${address}:${port}`;
    close = () => server.close();
  });
  after(async () => {
    await close?.();
    rmSync(folder, { recursive: true, force: true });
  });

  let id: string;

  it('inspect names the exports with their ids, imports and sizes', async () => {
    const { code, out, err } = await wattest(['inspect', wasm, '--json']);
    assert.equal(code, 0, err);
    const report = JSON.parse(out);
    assert.deepEqual(
      report.entries.map((entry: { name: string }) => entry.name),
      ['quicksort'],
    );
    id = report.entries[0].programId;
    assert.match(id, /^0x[\da-f]{64}$/);
    assert.ok(report.imports.some((name: string) => name.startsWith('env.wasm_input')));
    assert.deepEqual(report.unsupported, []);
  });

  it('run prints status, results, outputs, id, instructions and rows', async () => {
    const { code, out, err } = await wattest(['run', wasm, ...inputs, '--json']);
    assert.equal(code, 0, err);
    const json = JSON.parse(out);
    assert.equal(json.status, 'returned');
    assert.deepEqual(json.results, example.results);
    assert.deepEqual(json.outputs, example.outputs);
    assert.equal(json.programId, id);
    assert.ok(json.instructions > 100);
    assert.ok(json.rows.alu > 10);
  });

  it('run warns of spare inputs and takes hexadecimal and negative words', async () => {
    const { code, out, err } = await wattest([
      'run',
      wasm,
      '--invoke',
      'quicksort',
      '--private',
      '0x2,-1,0x10,9',
      '--json',
    ]);
    assert.equal(code, 0, err);
    assert.deepEqual(JSON.parse(out).outputs, ['16', '18446744073709551615']);
    assert.match(err, /warning: not read: 1 of 4 private input words/);
    assert.equal(err.trim().split('\n').length, 1);
  });

  it('check finds every constraint satisfied', async () => {
    const { code, out, err } = await wattest(['check', wasm, ...inputs]);
    assert.equal(code, 0, err);
    assert.match(out, /every constraint holds and the bus balances/);
  });

  it('prove writes the proof file and reports times, heights, memory', async () => {
    const { code, out, err } = await wattest(['prove', wasm, ...inputs, '-o', proof, '--json']);
    assert.equal(code, 0, err);
    const json = JSON.parse(out);
    assert.equal(json.programId, id);
    assert.ok(json.proofBytes > 1000 && json.proofBytes <= 14 * 1024);
    assert.ok(json.peakMemoryBytes > 0 && json.timings.total > 0 && json.heights.alu >= 3);
    assert.match(err, /development SRS/);
    const text = readFileSync(proof, 'utf8');
    assert.equal(readProofDocument(text, proof).programId, id);
  });

  it('verify accepts it with exit code 0', async () => {
    const { code, out, err } = await wattest(['verify', proof, '--program', wasm, '--json']);
    assert.equal(code, 0, err);
    const json = JSON.parse(out);
    assert.equal(json.accepted, true);
    assert.deepEqual(json.publicOutputs, [...example.outputs, ...example.results]);
  });

  it('verify rejects a forged output with exit code 1', async () => {
    const json = JSON.parse(readFileSync(proof, 'utf8'));
    json.statement.publicOutputs[0] = '60';
    const forged = join(folder, 'forged.json');
    writeFileSync(forged, JSON.stringify(json));
    const { code, out } = await wattest(['verify', forged, '--program', wasm, '--json']);
    assert.equal(code, 1);
    assert.equal(JSON.parse(out).accepted, false);
    const plain = await wattest(['verify', forged, '--program', wasm]);
    assert.equal(plain.code, 1);
    assert.match(plain.err, /^wattest: \[PROOF_IDENTITY\] [^\n]+\n$/);
  });

  it('verifier writes the same Solidity twice', async () => {
    const paths = ['A.sol', 'B.sol'].map((name) => join(folder, name));
    for (const path of paths) {
      const { code, err } = await wattest(['verifier', '-o', path]);
      assert.equal(code, 0, err);
    }
    const [a = '', b] = paths.map((path) => readFileSync(path, 'utf8'));
    assert.equal(a, b);
    assert.match(a, /generated/i);
    assert.match(a, /contract WattestVerifier/);
  });

  it('verifier --program makes one for the program alone', async () => {
    const path = join(folder, 'Special.sol');
    const { code, out, err } = await wattest(['verifier', '--program', wasm, '-o', path]);
    assert.equal(code, 0, err);
    assert.match(out, new RegExp(`program +${id}`));
    assert.match(readFileSync(path, 'utf8'), new RegExp(id.slice(2)));
  });

  it('verifier --public-network refuses the development SRS and writes nothing', async () => {
    const path = join(folder, 'Public.sol');
    const { code, err } = await wattest(['verifier', '--public-network', '-o', path]);
    assert.equal(code, 2);
    assert.match(err, /KEY_INSECURE/);
    assert.ok(!existsSync(path));
  });

  const network = (): string[] => [
    '--network',
    'localhost',
    '--rpc-url',
    url,
    '--deployments',
    join(folder, 'deployments'),
  ];

  it('deploy writes the deployment file, and checks it again', async () => {
    const { code, err } = await wattest(['deploy', ...network()]);
    assert.equal(code, 0, err);
    const deployment = JSON.parse(readFileSync(join(folder, 'deployments/localhost.json'), 'utf8'));
    assert.match(deployment.verifiers[0].address, /^0x[\da-f]{40}$/);
    const again = await wattest(['deploy', ...network(), '--check']);
    assert.equal(again.code, 0, again.err);
  });

  it('deploy does not forget contracts that stand, unless told to', async () => {
    const path = join(folder, 'deployments/localhost.json');
    const first = readFileSync(path, 'utf8');
    const refused = async (...more: string[]): Promise<string> => {
      const { code, err } = await wattest(['deploy', ...network(), ...more]);
      assert.equal(code, 2);
      return err;
    };
    assert.match(
      await refused(),
      /^wattest: \[DEPLOYMENT_EXISTS\] [^\n]*localhost\.json[^\n]*--check[^\n]*--replace[^\n]*\n$/,
    );
    assert.match(await refused('--check', '--replace'), /\[USAGE\]/);
    assert.equal(readFileSync(path, 'utf8'), first);
    writeFileSync(path, first.replace('"chainId": 31337', '"chainId": 1'));
    assert.match(await refused(), /\[DEPLOYMENT_EXISTS\] [^\n]*chain 1,/);
    writeFileSync(path, '{');
    assert.match(await refused(), /\[DEPLOYMENT_EXISTS\] [^\n]*damaged/);
    const replaced = await wattest(['deploy', ...network(), '--replace', '--json']);
    assert.equal(replaced.code, 0, replaced.err);
    assert.equal(
      JSON.parse(replaced.out).registry.address,
      JSON.parse(first).registry.address,
      'found again',
    );
    const other = await wattest(['deploy', ...network(), '--replace', '--salt', '1']);
    assert.equal(other.code, 0, other.err);
    const second = readFileSync(path, 'utf8');
    assert.notEqual(JSON.parse(second).registry.address, JSON.parse(first).registry.address);
    // What a local node that was started again is: the same chain without the contracts.
    const gone = JSON.parse(second);
    for (const each of [...gone.verifiers, gone.registry]) each.address = `0x${'12'.repeat(20)}`;
    writeFileSync(path, JSON.stringify(gone));
    const anew = await wattest(['deploy', ...network()]);
    assert.equal(anew.code, 0, anew.err);
  });

  it('attest submits the proof and reads the record back', async () => {
    const { code, out, err } = await wattest(['attest', proof, ...network(), '--json']);
    assert.equal(code, 0, err);
    const json = JSON.parse(out);
    assert.equal(json.recorded, true);
    assert.ok(Number(json.gasUsed) <= 800_000, json.gasUsed);
  });

  it('attest refuses a forged proof by name', async () => {
    const { code, err } = await wattest(['attest', join(folder, 'forged.json'), ...network()]);
    assert.equal(code, 1);
    assert.match(err, /^wattest: \[PROOF_IDENTITY\] [^\n]+\n$/);
  });

  it('ethers submits and reads the same proof', async () => {
    const provider = new JsonRpcProvider(url);
    try {
      const signer = await provider.getSigner(1);
      const deployment = JSON.parse(readFileSync(join(folder, 'deployments/localhost.json'), 'utf8'));
      const registry = deployment.registry.address;
      const document = readProofDocument(readFileSync(proof, 'utf8'), proof);
      const sent = await attest(signer, { ...document, registry });
      assert.equal(sent.recorded, false, 'recorded by the command before');
      const { programId, statement } = document;
      const record = await readAttestation(provider, { registry, programId, statement });
      assert.equal(record?.programId, id);
    } finally {
      provider.destroy();
    }
  });

  it('an unknown network and a dead endpoint are named', async () => {
    const unknown = await wattest(['deploy', '--network', 'nowhere']);
    assert.equal(unknown.code, 2);
    assert.match(unknown.err, /NETWORK_UNKNOWN/);
    const dead = await wattest(['deploy', '--network', 'localhost', '--rpc-url', 'http://127.0.0.1:9']);
    assert.equal(dead.code, 2);
    assert.match(dead.err, /^wattest: \[CHAIN_UNREACHABLE\] 127\.0\.0\.1:\d+: the endpoint gives no answer/);
  });

  it('leaves no temporary files', () => {
    const files = readdirSync(folder, { recursive: true }).map(String);
    assert.deepEqual(
      files.filter((name) => name.endsWith('.tmp')),
      [],
    );
  });
});
