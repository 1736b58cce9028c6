/** docs/binding.md as it stands: its files are bound, proven and claimed, and what they are not meant for is refused. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Hex } from 'viem';
import {
  cannotReturn,
  generateVerifier,
  openSession,
  prove,
  run,
  type Session,
} from '../../sdk/src/index.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import type { TypedProgram } from '../../sdk/src/typed.ts';
import { attest, deploy } from '../../sdk/src/viem.ts';
import { connectChain, type TestChain } from '../chain/fixture.ts';
import { wattest } from '../cli/lib/wattest.ts';
import { type PutContract, putContract } from '../contracts/lib/put.ts';
import { ROOT, readSource } from '../structure/sources.ts';
import { importGenerated } from '../typed/lib/generated.ts';

interface Inputs {
  readonly chainId: bigint;
  readonly rewards: Hex;
  readonly account: Hex;
  readonly nonce: bigint;
  readonly until: bigint;
  readonly square: bigint;
}
type Claim = TypedProgram<Inputs, { readonly root: bigint }, Record<string, never>>;

/** Code blocks whose first line is the name of a file. */
const files: Readonly<Record<string, string>> = Object.fromEntries(
  [...readSource('docs/binding.md').matchAll(/^```\w+\n\/\/ ([\w./]+)\n([\s\S]*?)^```$/gm)].map(
    ([, name, text]) => [name!, text!],
  ),
);

describe('documents: to whom, once, until when', () => {
  let folder: string;
  let chain: TestChain;
  let session: Session;
  let registry: Hex;
  let program: Claim;
  let rewards: PutContract;
  let inputs: Inputs;
  const at = (name: string): string => join(folder, name);

  before(async () => {
    mkdirSync(join(ROOT, 'build'), { recursive: true });
    folder = mkdtempSync(join(ROOT, 'build/binding-'));
    mkdirSync(at('contracts'));
    for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
    chain = await connectChain();
    session = await openSession({ onWarning: () => {} });
    const generated = generateVerifier(session.verifyingKey);
    const contract = await compileVerifier(generated);
    const given = { network: 'hardhat', generated, contract, cannotReturn: await cannotReturn(session) };
    ({ address: registry } = (await deploy(chain.wallet, given)).registry);
  });
  after(async () => {
    await session?.dispose();
    await chain?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('the files of the page are bound', async () => {
    assert.deepEqual(Object.keys(files).sort(), [
      'claim.c',
      'claim.js',
      'contracts/Rewards.sol',
      'deploy.js',
      'inputs.json',
      'known.json',
      'wattest.json',
    ]);
    const { code, err } = await wattest(['bind', '--manifest', at('wattest.json')]);
    assert.equal(code, 0, err);
    ({ Claim: program } = await importGenerated<{ Claim: Claim }>(relative(ROOT, at('generated/Claim.ts'))));
  });

  it('its commands take its inputs', async () => {
    const given = ['--input-file', at('inputs.json'), '--private-input', at('known.json')];
    const { code, err } = await wattest(['run', 'Claim', '--manifest', at('wattest.json'), ...given]);
    assert.equal(code, 0, err);
  });

  it('without a root there is no proof that it returned', async () => {
    const { chainId, nonce, until, square, ...addresses } = JSON.parse(files['inputs.json']!);
    const numbers = { chainId, nonce, until, square };
    const given = {
      ...addresses,
      ...Object.fromEntries(Object.entries(numbers).map(([k, v]) => [k, BigInt(v as number)])),
    };
    const wasm = readFileSync(at('generated/Claim.wasm'));
    const { status } = await run({
      wasm,
      ...program.encode({ inputs: given, privateInputs: { root: 36n } }),
    });
    assert.match(status.text, /^trapped/);
  });

  it('what is proven is claimed once, for its account, by whoever sends it', async () => {
    rewards = await putContract(chain, relative(ROOT, at('contracts/Rewards.sol')), 'Rewards', [
      registry,
      1369n,
    ]);
    const { timestamp } = await chain.client.getBlock();
    inputs = {
      chainId: 31337n,
      rewards: rewards.address,
      account: chain.wallet.account.address,
      nonce: 0n,
      until: timestamp + 3600n,
      square: 1369n,
    };
    assert.equal(await rewards.call('claim', [inputs]), 'NotProven');
    await put(inputs);
    const changed: readonly (readonly [Partial<Inputs>, string])[] = [
      [{ chainId: 1n }, 'MadeForChain'],
      [{ rewards: registry }, 'MadeForContract'],
      [{ account: chain.other.account.address }, 'NotProven'],
      [{ nonce: 1n }, 'InvalidAccountNonce'],
      [{ until: inputs.until + 1n }, 'NotProven'],
      [{ until: timestamp - 1n }, 'TooLate'],
      [{ square: 1n }, 'OtherSquare'],
    ];
    for (const [change, error] of changed)
      assert.equal(await rewards.call('claim', [{ ...inputs, ...change }]), error);
    // The other account sends it, and the reward is that of the inputs.
    assert.equal(await rewards.call('claim', [inputs]), 'success');
    assert.equal(await rewards.read('rewards', inputs.account), 1n);
    assert.equal(await rewards.read('rewards', chain.other.account.address), 0n);
    assert.equal(await rewards.call('claim', [inputs]), 'InvalidAccountNonce');
  });

  it('the next nonce is the next reward, until its date', async () => {
    const next = { ...inputs, nonce: 1n };
    assert.equal(await rewards.call('claim', [next]), 'NotProven');
    await put(next);
    const late = await chain.provider.request({ method: 'evm_snapshot' });
    await chain.provider.request({ method: 'evm_increaseTime', params: [7200] });
    await chain.provider.request({ method: 'evm_mine' });
    assert.equal(await rewards.call('claim', [next]), 'TooLate');
    await chain.provider.request({ method: 'evm_revert', params: [late] });
    assert.equal(await rewards.call('claim', [next]), 'success');
    assert.equal(await rewards.read('rewards', inputs.account), 2n);
  });

  async function put(given: Inputs): Promise<void> {
    const wasm = readFileSync(at('generated/Claim.wasm'));
    const encoded = program.encode({ inputs: given, privateInputs: { root: 37n } });
    const { document } = await prove(session, { wasm, ...encoded });
    await attest(chain.other, { ...document, registry });
  }
});
