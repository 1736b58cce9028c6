/** The typed example from its manifest to the contract that relies on it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Abi, Hex } from 'viem';
import { compileContract } from '../../scripts/lib/contracts.ts';
import { runTool, toolPath } from '../../scripts/lib/tools.ts';
import {
  cannotReturn,
  check,
  generateVerifier,
  openSession,
  type ProofDocument,
  prove,
  type Session,
  verify,
  writeProofDocument,
} from '../../sdk/src/index.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import type { TypedProgram } from '../../sdk/src/typed.ts';
import { attest, deploy } from '../../sdk/src/viem.ts';
import { connectChain, type TestChain } from '../chain/fixture.ts';
import { wattest } from '../cli/lib/wattest.ts';
import { ROOT } from '../structure/sources.ts';
import { importGenerated } from './lib/generated.ts';

const FOLDER = join(ROOT, 'examples/netting');
const [ADA, BOB] = [
  '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed',
  '0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359',
] as const;

interface Inputs {
  readonly epoch: bigint;
  readonly payments: readonly { readonly sender: Hex; readonly receiver: Hex; readonly amount: bigint }[];
}
interface Outputs {
  readonly epoch: bigint;
  readonly positions: readonly { readonly account: Hex; readonly net: bigint }[];
}

const INPUTS: Inputs = {
  epoch: 7n,
  payments: [
    { sender: ADA, receiver: BOB, amount: 2n ** 128n - 1n },
    { sender: BOB, receiver: ADA, amount: 5n },
  ],
};
const NET = 2n ** 128n - 6n;
const OUTPUTS: Outputs = {
  epoch: 7n,
  positions: [
    { account: ADA, net: -NET },
    { account: BOB, net: NET },
  ],
};

describe('typed: an example from manifest to consumer', () => {
  let folder: string;
  let session: Session;
  let chain: TestChain;
  let program: TypedProgram<Inputs, object, Outputs>;
  let document: ProofDocument;
  let registry: Hex;
  let settlement: Hex;
  const wasm = readFileSync(join(FOLDER, 'generated/Netting.wasm'));
  const { abi, evm } = compileContract('examples/netting/Settlement.sol', 'Settlement');

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wattest-netting-'));
    ({ Netting: program } = await importGenerated<{ Netting: typeof program }>(
      'examples/netting/generated/Netting.ts',
    ));

    session = await openSession({ onWarning: () => {} });
    const given = { wasm, ...program.encode({ inputs: INPUTS, privateInputs: {} }) };
    assert.deepEqual((await check(given)).failures, []);
    ({ document } = await prove(session, given));
    await verify(session, { document, wasm, programId: program.id });

    chain = await connectChain();
    const verifier = generateVerifier(session.verifyingKey);
    const deployed = await deploy(chain.wallet, {
      network: 'hardhat',
      generated: verifier,
      contract: await compileVerifier(verifier),
      cannotReturn: await cannotReturn(session),
    });
    registry = deployed.registry.address;
    const hash = await chain.wallet.deployContract({
      abi: abi as Abi,
      bytecode: `0x${evm.bytecode.object}`,
      args: [registry, chain.wallet.account.address],
    });
    settlement = (await chain.client.waitForTransactionReceipt({ hash })).contractAddress!;
  });
  after(async () => {
    await session?.dispose();
    await chain?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('what is committed is what manifest, source and compilers make, and the id is that of this key', async () => {
    const { code, out, err } = await wattest(['bind', '--check', '--manifest', join(FOLDER, 'wattest.json')]);
    assert.equal(code, 0, err);
    assert.ok(out.includes(program.id));
  });

  it('its TypeScript has types', async () => {
    const options = {
      extends: join(ROOT, 'tsconfig.base.json'),
      compilerOptions: {
        noEmit: true,
        types: ['node'],
        typeRoots: [join(ROOT, 'node_modules/@types')],
        paths: { 'wattest/typed': [join(ROOT, 'sdk/src/typed.ts')] },
      },
      include: ['code/*.ts'],
    };
    const home = mkdtempSync(join(tmpdir(), 'wattest-types-'));
    try {
      writeFileSync(join(home, 'package.json'), '{"type":"module"}');
      writeFileSync(join(home, 'tsconfig.json'), JSON.stringify({ ...options, include: ['*.ts'] }));
      writeFileSync(join(home, 'Netting.ts'), readFileSync(join(FOLDER, 'generated/Netting.ts')));
      writeFileSync(
        join(home, 'use.ts'),
        `import { Netting } from './Netting.ts';
Netting.encode({ inputs: { epoch: 1n, payments: [] }, privateInputs: {} });
export const net: bigint | undefined = Netting.decodeOutputs([]).positions[0]?.net;
Netting.encode({ inputs: { epoch: 'one', payments: [] }, privateInputs: {} });
`,
      );
      const { output } = await runTool(toolPath('typescript', 'tsc'), ['-p', home]);
      assert.match(output, /^\S*use\.ts\(4,28\): error TS2322: [^\n]*\n$/);
    } finally {
      rmSync(home, { recursive: true });
    }
  });

  it('the proof says the values', () => {
    const { inputs, outputs } = program.read(document);
    assert.deepEqual({ inputs, outputs }, { inputs: INPUTS, outputs: OUTPUTS });
  });

  it('and `verify --manifest` shows them', async () => {
    const path = join(folder, 'proof.json');
    writeFileSync(path, writeProofDocument(document));
    const named = ['--manifest', join(FOLDER, 'wattest.json'), '--program', 'Netting'];
    const { code, out, err } = await wattest(['verify', path, ...named, '--json']);
    assert.equal(code, 0, err);
    const { values } = JSON.parse(out) as { values: { inputs: unknown; outputs: unknown } };
    assert.deepEqual(
      program.encode({ inputs: values.inputs as Inputs, privateInputs: {} }).publicInputs,
      document.statement.publicInputs,
    );
    assert.deepEqual(values.outputs, {
      epoch: '7',
      positions: OUTPUTS.positions.map(({ account, net }) => ({ account, net: String(net) })),
    });
    assert.match((await wattest(['verify', path, ...named])).out, /^outputs\.epoch +7$/m);
  });

  /** Simulated, so that a refusal has its name. */
  async function call(functionName: 'close' | 'settle', args: readonly unknown[]): Promise<string> {
    const request = {
      address: settlement,
      abi: abi as Abi,
      functionName,
      args,
      account: chain.wallet.account,
    };
    try {
      await chain.client.simulateContract(request);
    } catch (error) {
      return (
        /reverted with[\s\S]*?Error: (\w+)\(|error: (\w+)\(|(\w+)\(\)/i
          .exec(String(error))
          ?.slice(1)
          .find(Boolean) ?? String(error)
      );
    }
    const hash = await chain.wallet.writeContract(request);
    const { status, gasUsed } = await chain.client.waitForTransactionReceipt({ hash });
    if (functionName === 'settle') console.log(`      settle ${gasUsed} gas`);
    return status;
  }

  it('the contract takes what is attested, of the payments that were closed, once', async () => {
    assert.equal(await call('settle', [INPUTS, OUTPUTS]), 'OtherPayments');
    assert.equal(await call('close', [INPUTS]), 'success');
    assert.equal(await call('settle', [INPUTS, OUTPUTS]), 'NotProven');
    await attest(chain.wallet, { ...document, registry });
    const forged = { ...OUTPUTS, positions: [{ account: ADA, net: NET }, OUTPUTS.positions[1]] };
    assert.equal(await call('settle', [INPUTS, forged]), 'NotProven');
    const others = { ...INPUTS, payments: INPUTS.payments.slice(1) };
    assert.equal(await call('settle', [others, OUTPUTS]), 'OtherPayments');
    assert.equal(await call('settle', [INPUTS, OUTPUTS]), 'success');
    assert.equal(await call('settle', [INPUTS, OUTPUTS]), 'EpochSettled');
    const balance = (account: Hex): Promise<unknown> =>
      chain.client.readContract({
        address: settlement,
        abi: abi as Abi,
        functionName: 'balance',
        args: [account],
      });
    assert.deepEqual([await balance(ADA), await balance(BOB)], [-NET, NET]);
  });
});
