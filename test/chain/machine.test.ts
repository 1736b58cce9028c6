import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { type Abi, parseEventLogs } from 'viem';
import { compileContract } from '../../scripts/lib/contracts.ts';
import { REGISTRY_ABI } from '../../sdk/src/chain/contracts.generated.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import {
  cannotReturn,
  describeStatus,
  encodeStatement,
  generateVerifier,
  type Hex,
  openSession,
  type ProofDocument,
  prove,
  type Session,
} from '../../sdk/src/index.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import {
  attest,
  checkDeployment,
  type DeployAllResult,
  deploy,
  hasReturned,
  readAttestation,
  verifyOnChain,
} from '../../sdk/src/viem.ts';
import { connectChain, type TestChain } from './fixture.ts';

interface Wabt {
  parseWat(name: string, text: string): { toBinary(options: object): { buffer: Uint8Array } };
}
const wabt = createRequire(import.meta.url)('wabt') as () => Promise<Wabt>;

const WAT = `(module
  (import "env" "wasm_input" (func $input (param i32) (result i64)))
  (import "env" "wasm_output" (func $output (param i64)))
  (func (export "f") (param i32 i32) (result i32)
    (call $output (i64.add (call $input (i32.const 1)) (call $input (i32.const 0))))
    (i32.add (i32.mul (local.get 0) (local.get 1)) (i32.const 7)))
  (func (export "divide") (param i32 i32) (result i32)
    (i32.div_u (local.get 0) (local.get 1))))`;

describe('a WebAssembly program attested on the in-process chain', () => {
  let chain: TestChain;
  let session: Session;
  let document: ProofDocument;
  let wasm: Uint8Array;
  let id: Hex;
  let deployed: DeployAllResult;
  let generated: ReturnType<typeof generateVerifier>;
  let contract: Awaited<ReturnType<typeof compileVerifier>>;

  before(async () => {
    session = await openSession({ onWarning: () => {} });
    wasm = new Uint8Array((await wabt()).parseWat('f.wat', WAT).toBinary({}).buffer);
    ({ document } = await prove(session, {
      wasm,
      invoke: 'f',
      args: [6, 7],
      publicInputs: [100],
      privateInputs: [23],
    }));
    chain = await connectChain();
    generated = generateVerifier(session.verifyingKey);
    contract = await compileVerifier(generated);
    id = await cannotReturn(session);
    deployed = await deploy(chain.wallet, { network: 'hardhat', generated, contract, cannotReturn: id });
  });
  after(async () => {
    await session?.dispose();
    await chain?.close();
  });

  it('costs at most 800,000 gas, in one transaction, with one contract and at most 14 KB', async () => {
    const registry = deployed.registry.address;
    const { gasUsed, recorded } = await attest(chain.wallet, { ...document, registry });
    const code = contract.deployedBytecode.length / 2 - 1;
    const bytes = document.proof.length / 2 - 1;
    console.log(
      `      attest ${gasUsed} gas, proof ${bytes} bytes; verifier ${code} bytes of code, ${deployed.verifier.gasUsed} gas`,
    );
    assert.equal(recorded, true);
    assert.ok(gasUsed <= 800_000n, `${gasUsed} gas`);
    assert.ok(bytes <= 14 * 1024);
    assert.equal((await readAttestation(chain.client, { ...document, registry }))?.statementHash.length, 66);
    assert.deepEqual(document.statement.publicOutputs, [123n, 49n]);
  });

  it('the deployment agrees with the generator', () =>
    checkDeployment(chain.client, {
      deployment: deployed.deployment,
      generated,
      contract,
      cannotReturn: id,
    }));

  const verify = (change: Partial<ProofDocument>): Promise<void> =>
    verifyOnChain(chain.client, { ...document, ...change, verifier: deployed.verifier.address });
  const statement = (change: Partial<ProofDocument['statement']>): Pick<ProofDocument, 'statement'> => ({
    statement: { ...document.statement, ...change },
  });
  const refusals: readonly (readonly [string, () => Promise<void>])[] = [
    ['a forged result', () => verify(statement({ publicOutputs: [123n, 50n] }))],
    ['a forged output', () => verify(statement({ publicOutputs: [124n, 49n] }))],
    ['swapped public inputs', () => verify(statement({ publicInputs: [7n, 6n, 100n] }))],
    ['an output less', () => verify(statement({ publicOutputs: [49n] }))],
    ['a trap in place of a return', () => verify(statement({ status: (2n << 32n) + 1n }))],
  ];
  for (const [name, attempt] of refusals) {
    it(`refuses ${name}`, () =>
      assert.rejects(attempt(), (error) => isWattestError(error, 'PROOF_IDENTITY')));
  }
  it('refuses another program id', () =>
    assert.rejects(verify({ programId: `0x${'12'.repeat(32)}` }), (error) =>
      isWattestError(error, 'PROOF_PROGRAM'),
    ));

  describe('a run that failed', () => {
    const DIVIDED_BY_ZERO = (2n << 32n) + 2n;
    const consumer = compileContract('contracts/examples/ResultConsumer.sol', 'ResultConsumer');
    const abi = consumer.abi as Abi;
    const divide = async (y: number, publicInputs: readonly number[] = []): Promise<ProofDocument> =>
      (await prove(session, { wasm, invoke: 'divide', args: [42, y], publicInputs, allowFailure: true }))
        .document;
    let failed: ProofDocument;
    let address: `0x${string}`;

    const accept = ({ statement: proven }: ProofDocument): Promise<unknown> => {
      const { publicInputs, publicOutputs } = encodeStatement(proven);
      const args = [publicInputs, publicOutputs];
      return chain.client.simulateContract({ address, abi, functionName: 'accept', args });
    };

    before(async () => {
      failed = await divide(0);
      const hash = await chain.wallet.deployContract({
        abi,
        bytecode: `0x${consumer.evm.bytecode.object}`,
        args: [deployed.registry.address, failed.programId, 2n],
      });
      address = (await chain.client.waitForTransactionReceipt({ hash })).contractAddress!;
    });

    it('is attested with its status in the event', async () => {
      const registry = deployed.registry.address;
      const { transactionHash } = await attest(chain.wallet, { ...failed, registry });
      const { logs } = await chain.client.getTransactionReceipt({ hash: transactionHash! });
      const [event] = parseEventLogs({ abi: REGISTRY_ABI, eventName: 'Attested', logs });
      assert.equal(event!.args.status, DIVIDED_BY_ZERO);
      assert.equal(describeStatus(event!.args.status).text, 'trapped: integer divide by zero');
    });

    it('is refused by a consumer that wants a result, which takes one of the same program', async () => {
      await assert.rejects(accept(failed), /NotProven/);
      const returned = await divide(6);
      await assert.rejects(accept(returned), /NotProven/);
      await attest(chain.wallet, { ...returned, registry: deployed.registry.address });
      await accept(returned);
    });

    it('a consumer refuses the same run with an input that it never read, which is a record of its own', async () => {
      const more = await divide(6, [1]);
      const registry = deployed.registry.address;
      assert.equal((await attest(chain.wallet, { ...more, registry })).recorded, true);
      assert.deepEqual(more.statement, { publicInputs: [42n, 6n, 1n], publicOutputs: [7n], status: 0n });
      await assert.rejects(accept(more), /InputLength\(uint256 expected, uint256 actual\)[\s\S]*\(16, 24\)/);
    });

    it('is a statement on record, but none that returned', async () => {
      const registry = { address: deployed.registry.address, abi: REGISTRY_ABI } as const;
      const encoded = encodeStatement(failed.statement);
      const read = (given: typeof encoded): Promise<boolean> =>
        chain.client.readContract({
          ...registry,
          functionName: 'isAttested',
          args: [failed.programId, given],
        });
      assert.equal(await read(encoded), true);
      assert.equal(await read({ ...encoded, status: 0n }), false);
      assert.equal(await hasReturned(chain.client, { ...failed, registry: registry.address }), false);
      const returned = await divide(6);
      assert.equal(await hasReturned(chain.client, { ...returned, registry: registry.address }), true);
    });

    it('is refused by verifyOnChain unless it is expected', async () => {
      const verifier = deployed.verifier.address;
      await assert.rejects(verifyOnChain(chain.client, { ...failed, verifier }), (error) =>
        isWattestError(error, 'PROOF_STATUS'),
      );
      await verifyOnChain(chain.client, { ...failed, verifier, expect: DIVIDED_BY_ZERO });
    });

    it('cannot be submitted as one that returned', () =>
      assert.rejects(
        verifyOnChain(chain.client, {
          ...failed,
          statement: { ...failed.statement, status: 0n },
          verifier: deployed.verifier.address,
        }),
        (error) => isWattestError(error, 'PROOF_IDENTITY'),
      ));
  });
});
