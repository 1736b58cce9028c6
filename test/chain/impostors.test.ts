import assert from 'node:assert/strict';
import { getContractAddress, type Hex, padHex, slice } from 'viem';
import type { ProvenStatement } from '../../sdk/src/chain/calls.ts';
import {
  REGISTRY_BYTECODE,
  REGISTRY_DEPLOYED_BYTECODE,
  REGISTRY_IMMUTABLES,
} from '../../sdk/src/chain/contracts.generated.ts';
import { addressWord, codeHash, type Deployment } from '../../sdk/src/chain/deployments.ts';
import { type ErrorCode, isWattestError } from '../../sdk/src/errors/index.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { statementHash } from '../../sdk/src/solidity/encode.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import * as viem from '../../sdk/src/viem.ts';
import { DEFAULT_SHAPE, makeToy } from '../plonk/toy.ts';
import { connectChain, deployToyVerifier, makeToyProof, type TestChain, type ToyProof } from './fixture.ts';
import {
  ACCEPT_ALL,
  answering,
  FACTORY,
  forgetfulRegistry,
  initcode,
  type Planted,
  plant,
  seedRecord,
  withCodeWord,
} from './impostors.ts';
import { LIBRARIES, type Library } from './libraries.ts';

const refused = (promise: Promise<unknown>, code: ErrorCode, text: RegExp): Promise<void> =>
  assert.rejects(promise, (error) => {
    assert.ok(isWattestError(error, code), `${String(error)} is not ${code}`);
    assert.match(error.message, text);
    return true;
  });

const NOBODY: Hex = `0x${'12'.repeat(20)}`;

describe('impostors', function () {
  this.timeout(120_000);
  let chain: TestChain;
  let made: ToyProof;
  let proven: ProvenStatement;
  /** What no program does; its "proof" names the right key, so that nothing but the contract can refuse it. */
  let lie: ProvenStatement;
  let digest: Hex;
  let generated: ReturnType<typeof generateVerifier>;
  let contract: Awaited<ReturnType<typeof compileVerifier>>;
  let honest: viem.DeployAllResult;

  before(async () => {
    chain = await connectChain();
    made = await makeToyProof();
    digest = made.toy.key.key.digest;
    proven = { ...made, programKey: made.toy.program.key };
    lie = {
      ...proven,
      programId: `0x${'11'.repeat(32)}`,
      statement: { publicInputs: [1n], publicOutputs: [666n], status: 0n },
      proof: slice(digest, 0, 4),
    };
    // With evaluators, whose addresses are immutables of the verifier.
    generated = generateVerifier(made.toy.key.key, { codeLimit: 1_100 });
    contract = await compileVerifier(generated);
    honest = await viem.deploy(chain.wallet, { network: 'test-net', generated, contract });
  });
  after(() => chain.close());

  const planted = async (runtime: Hex): Promise<Hex> => (await plant(chain, initcode(runtime))).address;

  for (const [library, open] of Object.entries(LIBRARIES)) {
    describe(`seen by ${library}`, () => {
      let actions: Library;
      let genuine: Hex;
      before(async () => {
        actions = await open(chain);
        genuine = honest.verifier.address;
      });

      /** All actions refuse the address by this text, and nothing is sent. */
      async function refusedByAll(address: Hex, text: RegExp): Promise<void> {
        const height = await chain.client.getBlockNumber();
        for (const action of [
          () => actions.verifyOnChain({ ...lie, verifier: address }),
          () => actions.readVerifier({ verifier: address }),
          () => actions.attest({ ...lie, registry: address }),
          () => actions.readAttestation({ ...lie, registry: address }),
          () => actions.hasReturned({ ...lie, registry: address }),
        ]) {
          await refused(action(), 'CHAIN_REJECTED', text);
        }
        assert.equal(await chain.client.getBlockNumber(), height, 'nothing was sent');
      }

      it('an address without code', () => refusedByAll(NOBODY, /no contract at 0x12/));
      it('a contract that accepts every call', async () =>
        refusedByAll(await planted(ACCEPT_ALL), /names no key/));
      it('a contract that answers every call with zeros', async () =>
        refusedByAll(await planted(answering('0x00')), /names no key/));
      it('a contract that answers every call with less than a word', async () =>
        refusedByAll(await planted('0x60045ff3'), /names no key/));

      it('a contract that answers every call with the digest', async () => {
        const address = await planted(answering(digest));
        await refused(
          actions.verifyOnChain({ ...lie, verifier: address }),
          'CHAIN_REJECTED',
          /is no verifier/,
        );
        await refused(
          actions.attest({ ...lie, registry: address }),
          'CHAIN_REJECTED',
          /registry: it names no verifier/,
        );
      });

      it('the registry in place of the verifier, the verifier in place of the registry', async () => {
        const { address: registry } = honest.registry;
        await refused(
          actions.verifyOnChain({ ...proven, verifier: registry }),
          'CHAIN_REJECTED',
          /no verifier/,
        );
        const height = await chain.client.getBlockNumber();
        await assert.rejects(actions.attest({ ...proven, registry: genuine }), (error) =>
          isWattestError(error),
        );
        assert.equal(await chain.client.getBlockNumber(), height);
      });

      it('verifier and registry of another key', async () => {
        const toy = await makeToy({ ...DEFAULT_SHAPE, version: 'toy-2' });
        const { address: verifier } = await deployToyVerifier(chain, toy);
        const { address: registry } = await viem.deployRegistry(chain.wallet, { verifier });
        const other = new RegExp(`proof starts with .*${toy.key.key.digest}`);
        await refused(actions.verifyOnChain({ ...proven, verifier }), 'CHAIN_REJECTED', other);
        await refused(actions.attest({ ...proven, registry }), 'CHAIN_REJECTED', other);
      });

      it('a key that is not the one that the caller names', async () => {
        const verifyingKey: Hex = `0x${digest.slice(2, -1)}${digest.endsWith('0') ? '1' : '0'}`;
        const { address: registry } = honest.registry;
        const named = /key 0x[\da-f]{64} is asked for/;
        for (const action of [
          () => actions.verifyOnChain({ ...proven, verifyingKey, verifier: genuine }),
          () => actions.attest({ ...proven, verifyingKey, registry }),
          () => actions.readAttestation({ ...proven, verifyingKey, registry }),
          () => actions.hasReturned({ ...proven, verifyingKey, registry }),
        ]) {
          await refused(action(), 'CHAIN_REJECTED', named);
        }
        await actions.verifyOnChain({ ...proven, verifyingKey: digest, verifier: genuine, expect: 'any' });
        assert.equal(
          await actions.readAttestation({ ...lie, verifyingKey: digest, registry }),
          undefined,
          'the right key is not refused',
        );
      });

      it('a registry that takes the proof and records nothing', async () => {
        const hash = statementHash(lie.statement);
        const bound = { digest, verifier: genuine };
        const forgetful = await compileVerifier(forgetfulRegistry(bound, hash));
        const { address } = await plant(chain, forgetful.bytecode);
        await refused(actions.attest({ ...lie, registry: address }), 'CHAIN_REJECTED', /no record of it/);
        const confused = await compileVerifier(forgetfulRegistry(bound, digest));
        const other = await plant(chain, confused.bytecode);
        await refused(
          actions.attest({ ...lie, registry: other.address }),
          'CHAIN_REJECTED',
          /statement's hash is/,
        );
      });

      it('and the genuine verifier says what it is', async () => {
        const { selector } = made.toy.key.key;
        assert.deepEqual(await actions.readVerifier({ verifier: genuine }), {
          vkDigest: digest,
          selector,
          insecure: true,
        });
      });
    });
  }

  it('an endpoint that does not answer is not taken for one', async () => {
    const request = (call: { method: string; params?: unknown[] }): Promise<unknown> =>
      call.method === 'eth_call' ? Promise.reject(new Error('gone')) : chain.provider.request(call);
    const parameters = { ...proven, verifier: honest.verifier.address };
    for (const open of Object.values(LIBRARIES)) {
      const actions = await open(chain, request);
      await refused(actions.verifyOnChain(parameters), 'CHAIN_CALL_FAILED', /verifyOnChain/);
    }
  });

  describe('in a deployment file', () => {
    const check = (deployment: Deployment): Promise<void> =>
      viem.checkDeployment(chain.client, { deployment, generated, contract });
    const codeAt = async (address: Hex): Promise<Hex> => (await chain.client.getCode({ address }))!;
    /** The file with a contract replaced, and the code hash and transaction with it. */
    async function withContract(name: 'registry' | 'verifier', other: Planted): Promise<Deployment> {
      const { deployment } = honest;
      const entry = { ...other, codeHash: codeHash(await codeAt(other.address)) };
      return { ...deployment, [name]: { ...deployment[name], ...entry } };
    }
    const mismatch = (deployment: Deployment, text: RegExp): Promise<void> =>
      refused(check(deployment), 'DEPLOYMENT_MISMATCH', text);

    const [verifierRanges, digestRanges] = REGISTRY_IMMUTABLES;
    const forgedRegistry = (values: { getter: Hex; used: Hex; digest: Hex }): Hex => {
      const [getter, used] = verifierRanges!;
      let code = REGISTRY_DEPLOYED_BYTECODE as Hex;
      code = withCodeWord(code, getter!.start, values.getter);
      code = withCodeWord(code, used!.start, values.used);
      return withCodeWord(code, digestRanges![0]!.start, values.digest);
    };

    it('the honest contracts pass', () => check(honest.deployment));

    it('a registry that names the verifier and asks another one', async () => {
      assert.deepEqual([verifierRanges!.length, digestRanges!.length], [2, 1]);
      const yes = await planted(ACCEPT_ALL);
      const { address: verifier } = honest.verifier;
      for (const [getter, used] of [
        [verifier, yes],
        [yes, verifier],
      ] as const) {
        const code = forgedRegistry({ getter, used, digest });
        const registry = await plant(chain, initcode(code));
        await mismatch(
          await withContract('registry', registry),
          new RegExp(`bound to the verifier ${yes}`, 'i'),
        );
        if (getter !== verifier) continue;
        // What the check protects from: this registry records a lie, and no other action can tell.
        assert.equal(
          (await viem.attest(chain.wallet, { ...lie, registry: registry.address })).recorded,
          true,
        );
      }
    });

    it('a registry about another key', async () => {
      const { address } = honest.verifier;
      const code = forgedRegistry({ getter: address, used: address, digest: padHex('0x01', { size: 32 }) });
      await mismatch(await withContract('registry', await plant(chain, initcode(code))), /about key 0x0+1/);
    });

    it("a verifier's address with something above its 20 bytes", async () => {
      const { address } = honest.verifier;
      const dirty: Hex = `0x01${addressWord(address).slice(4)}`;
      const code = forgedRegistry({ getter: address, used: dirty, digest });
      await mismatch(await withContract('registry', await plant(chain, initcode(code))), /bound to/);
    });

    it('the genuine code with a record that was there from the start', async () => {
      const { registry } = honest.deployment;
      const seed = seedRecord(lie.programId, statementHash(lie.statement), chain.wallet.account.address);
      const seeded = await plant(chain, initcode(await codeAt(registry.address), seed));
      const file = await withContract('registry', seeded);
      assert.equal(file.registry.codeHash, registry.codeHash, 'its code is the honest one');
      const record = await viem.readAttestation(chain.client, { ...lie, registry: seeded.address });
      assert.equal(record?.blockNumber, 1n, 'the record is found');
      await mismatch(file, /registry was created by other initcode/);
      const transactionHash = registry.transactionHash;
      await mismatch({ ...file, registry: { ...file.registry, transactionHash } }, /did not create/);
    });

    it('initcode with something behind its arguments', async () => {
      const word = addressWord(honest.verifier.address).slice(2);
      const longer = await plant(chain, `${REGISTRY_BYTECODE}${word}00` as Hex);
      await mismatch(await withContract('registry', longer), /other initcode/);
    });

    it('a registry that a factory created, since nobody can tell how', async () => {
      const factory = await planted(FACTORY);
      const data = `${REGISTRY_BYTECODE}${addressWord(honest.verifier.address).slice(2)}` as Hex;
      const transactionHash = await chain.wallet.sendTransaction({ to: factory, data });
      await chain.client.waitForTransactionReceipt({ hash: transactionHash });
      const address = getContractAddress({ from: factory, nonce: 1n }).toLowerCase() as Hex;
      const file = await withContract('registry', { address, transactionHash });
      assert.equal(file.registry.codeHash, honest.deployment.registry.codeHash);
      await mismatch(file, /factory created the registry cannot be checked/);
    });

    it('a transaction that is not on the chain', async () => {
      const { deployment } = honest;
      const transactionHash: Hex = `0x${'ab'.repeat(32)}`;
      for (const name of ['verifier', 'registry'] as const) {
        await mismatch(
          { ...deployment, [name]: { ...deployment[name], transactionHash } },
          new RegExp(`created the ${name}, is not on this chain`),
        );
      }
    });

    it('an address without code', async () => {
      const { deployment } = honest;
      await mismatch({ ...deployment, registry: { ...deployment.registry, address: NOBODY } }, /no contract/);
      await mismatch({ ...deployment, verifier: { ...deployment.verifier, address: NOBODY } }, /no contract/);
    });

    it('a verifier with an evaluator that lies', async () => {
      const code = await codeAt(honest.verifier.address);
      const yes = await planted(answering('0x00'));
      assert.equal(contract.immutables.length, 2);
      for (const liar of contract.immutables.keys()) {
        const from = chain.wallet.account.address;
        const own = getContractAddress({
          from,
          nonce: BigInt(await chain.client.getTransactionCount({ address: from })),
        });
        const forged = contract.immutables.reduce((text, ranges, i) => {
          const evaluator = i === liar ? yes : getContractAddress({ from: own, nonce: BigInt(i + 1) });
          return ranges.reduce((before, { start }) => withCodeWord(before, start, evaluator), text);
        }, code);
        const verifier = await plant(chain, initcode(forged));
        assert.equal(verifier.address, own.toLowerCase());
        const text = new RegExp(`calls ${yes} as evaluator ${liar + 1}`, 'i');
        await mismatch(await withContract('verifier', verifier), text);
      }
    });

    it("a verifier with the genuine code and another verifier's evaluators", async () => {
      const verifier = await plant(chain, initcode(await codeAt(honest.verifier.address)));
      await mismatch(await withContract('verifier', verifier), /as evaluator 1, not/);
    });

    it('a verifier whose storage was written before its first call', async () => {
      const alone = generateVerifier(made.toy.key.key);
      const compiled = await compileVerifier(alone);
      const result = await viem.deploy(chain.wallet, {
        network: 'test-net',
        generated: alone,
        contract: compiled,
      });
      const runtime = await codeAt(result.verifier.address);
      // PUSH1 1 PUSH0 SSTORE
      const verifier = await plant(chain, initcode(runtime, '0x60015f55'));
      const { deployment } = result;
      const file = { ...deployment, verifier: { ...deployment.verifier, ...verifier } };
      await refused(
        viem.checkDeployment(chain.client, { deployment: file, generated: alone, contract: compiled }),
        'DEPLOYMENT_MISMATCH',
        /verifier was created by other initcode/,
      );
    });

    it('a file that is wrong about the arguments or the SRS', async () => {
      const { deployment } = honest;
      const { registry, verifier } = deployment;
      await mismatch({ ...deployment, registry: { ...registry, constructorArguments: [] } }, /arguments/);
      await mismatch({ ...deployment, verifier: { ...verifier, constructorArguments: ['0x'] } }, /arguments/);
      await mismatch({ ...deployment, verifier: { ...verifier, insecure: false } }, /SRS/);
    });
  });
});
