import assert from 'node:assert/strict';
import { getContractAddress, type Hex, slice } from 'viem';
import { compileContract } from '../../scripts/lib/contracts.ts';
import type { ProvenStatement } from '../../sdk/src/chain/calls.ts';
import { REGISTRY_DEPLOYED_BYTECODE, REGISTRY_IMMUTABLES } from '../../sdk/src/chain/contracts.generated.ts';
import { registryInitcode } from '../../sdk/src/chain/create.ts';
import { codeHash, type Deployment } from '../../sdk/src/chain/deployments.ts';
import { domainImmutables } from '../../sdk/src/chain/eip712.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { statementHash } from '../../sdk/src/solidity/encode.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import * as viem from '../../sdk/src/viem.ts';
import { refused } from '../lib/verdict.ts';
import { DEFAULT_SHAPE, makeToy } from '../plonk/toy.ts';
import {
  CANNOT_RETURN,
  connectChain,
  deployToyVerifier,
  makeToyProof,
  provenOf,
  type TestChain,
  type ToyProof,
} from './fixture.ts';
import {
  ACCEPT_ALL,
  answering,
  FACTORY,
  forgetfulRegistry,
  initcode,
  type Planted,
  plant,
  SLOTS,
  seedRecord,
  seedRoute,
  withCodeWord,
} from './impostors.ts';
import { LIBRARIES, type Library } from './libraries.ts';

const NOBODY: Hex = `0x${'12'.repeat(20)}`;

describe('impostors', () => {
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
    proven = provenOf(made);
    lie = {
      ...proven,
      programId: `0x${'11'.repeat(32)}`,
      statement: { publicInputs: [1n], publicOutputs: [666n], status: 0n },
      proof: slice(digest, 0, 4),
    };
    // With evaluators, whose addresses are immutables of the verifier.
    generated = generateVerifier(made.toy.key.key, { codeLimit: 1_100 });
    contract = await compileVerifier(generated);
    // By transactions of their own, whose initcode is looked at; addresses that say it are in factory.test.ts.
    honest = await viem.deploy(chain.wallet, {
      salt: null,
      network: 'test-net',
      generated,
      contract,
      cannotReturn: CANNOT_RETURN,
    });
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

      /** All actions refuse the address by these texts, and nothing is sent. */
      async function refusedByAll(address: Hex, verifier: RegExp, registry: RegExp): Promise<void> {
        const height = await chain.client.getBlockNumber();
        for (const action of [
          () => actions.verifyOnChain({ ...lie, verifier: address }),
          () => actions.readVerifier({ verifier: address }),
        ])
          await refused(action(), 'CHAIN_REJECTED', verifier);
        for (const action of [
          () => actions.attest({ ...lie, registry: address }),
          () => actions.readAttestation({ ...lie, registry: address }),
          () => actions.hasReturned({ ...lie, registry: address }),
          () => actions.hasReturned({ ...lie, registry: address, verifyingKey: digest }),
          () => actions.stopByProof({ ...lie, registry: address }),
          () => actions.stopRoute({ registry: address, verifyingKey: digest }),
          () => actions.readRegistry({ registry: address }),
        ])
          await refused(action(), 'CHAIN_REJECTED', registry);
        assert.equal(await chain.client.getBlockNumber(), height, 'nothing was sent');
      }

      it('an address without code', () => refusedByAll(NOBODY, /no contract at 0x12/, /no contract at 0x12/));
      it('a contract that accepts every call', async () =>
        refusedByAll(await planted(ACCEPT_ALL), /names no key/, /(?:lists no keys|describes no route)/));
      it('a contract that answers every call with zeros', async () =>
        refusedByAll(
          await planted(answering('0x00')),
          /names no key/,
          /(?:lists no keys|describes no route)/,
        ));
      it('a contract that answers every call with less than a word', async () =>
        refusedByAll(await planted('0x60045ff3'), /names no key/, /(?:lists no keys|describes no route)/));

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
          /registry: it lists no keys/,
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
        const { address: registry } = await viem.deployRegistry(chain.wallet, {
          verifier,
          cannotReturn: CANNOT_RETURN,
        });
        const other = new RegExp(`proof starts with .*${toy.key.key.digest}`);
        await refused(actions.verifyOnChain({ ...proven, verifier }), 'CHAIN_REJECTED', other);
        const lacks = new RegExp(`no verifier for key .*but for ${toy.key.key.digest}`);
        await refused(actions.attest({ ...proven, registry }), 'CHAIN_REJECTED', lacks);
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

  it('a contract that sends its caller to an address on the network (ERC-3668) is not followed there', async () => {
    const source = `pragma solidity ^0.8.30;
contract Sender {
    error OffchainLookup(address sender, string[] urls, bytes callData, bytes4 callbackFunction, bytes extraData);
    fallback() external {
        string[] memory urls = new string[](1);
        urls[0] = "http://127.0.0.1/";
        revert OffchainLookup(address(this), urls, "", bytes4(0), "");
    }
}`;
    const { bytecode } = await compileVerifier({ name: 'Sender', source });
    const { address: verifier } = await plant(chain, bytecode);
    let asked = 0;
    const request = async (): Promise<Hex> => `0x${'00'.repeat(++asked)}`;
    const client = { ...chain.client, ccipRead: { request } };
    await refused(viem.verifyOnChain(client, { ...proven, verifier }), 'CHAIN_REJECTED', /names no key/);
    assert.equal(asked, 0);
  });

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
      viem.checkDeployment(chain.client, { deployment, generated, contract, cannotReturn: CANNOT_RETURN });
    const codeAt = async (address: Hex): Promise<Hex> => (await chain.client.getCode({ address }))!;
    /** The file with a contract replaced, and the code hash and transaction with it. */
    async function withContract(name: 'registry' | 'verifier', other: Planted): Promise<Deployment> {
      const { deployment } = honest;
      const entry = { ...other, codeHash: codeHash(await codeAt(other.address)) };
      return name === 'registry'
        ? { ...deployment, registry: { ...deployment.registry, ...entry } }
        : { ...deployment, verifiers: [{ ...deployment.verifiers[0]!, ...entry }] };
    }
    const mismatch = (deployment: Deployment, text: RegExp): Promise<void> =>
      refused(check(deployment), 'DEPLOYMENT_MISMATCH', text);

    it('the honest contracts pass', () => check(honest.deployment));

    it('the slots of the storage are where these tests write', () => {
      const layout = compileContract(
        'contracts/AttestationRegistry.sol',
        'AttestationRegistry',
      ).storageLayout;
      const slots = Object.fromEntries(layout.storage.map(({ label, slot }) => [label, Number(slot)]));
      for (const [label, slot] of Object.entries(SLOTS)) assert.equal(slots[label], slot, label);
    });

    it('a registry with a route to a verifier that takes everything, beside the honest one or in its place', async () => {
      const { verifiers, registry } = honest.deployment;
      const { selector } = made.toy.key.key;
      const yes = await planted(ACCEPT_ALL);
      const route = seedRoute({ selector, verifier: yes, digest, cannotReturn: CANNOT_RETURN });
      const evil = await plant(chain, initcode(await codeAt(registry.address), route));
      // Its code is bound to its own address: the domain of signatures is an immutable.
      await mismatch(await withContract('registry', evil), /signatures for the registry are bound to/);
      // Its owner adds another key to the honest one, later.
      const toy = await makeToy({ ...DEFAULT_SHAPE, version: 'toy-3' });
      const other = await viem.deploy(chain.wallet, {
        salt: null,
        network: 'test-net',
        generated,
        contract,
        cannotReturn: CANNOT_RETURN,
      });
      await viem.checkDeployment(chain.client, {
        ...{ deployment: other.deployment, generated, contract },
        cannotReturn: CANNOT_RETURN,
      });
      const { address } = await deployToyVerifier(chain, toy);
      await viem.addRoute(chain.wallet, {
        registry: other.registry.address,
        verifier: address,
        cannotReturn: CANNOT_RETURN,
      });
      await mismatch(
        other.deployment,
        /bound to the verifier 0x[\da-f]{40}, of which the file says nothing/i,
      );
      assert.equal(verifiers.length, 1);
    });

    it('a registry that has another program for the one that cannot return', async () => {
      const { verifier } = honest;
      const cannotReturn: Hex = `0x${'cb'.repeat(32)}`;
      const { address, transactionHash } = await viem.deployRegistry(chain.wallet, {
        verifier: verifier.address,
        cannotReturn,
      });
      const file = await withContract('registry', {
        address: address.toLowerCase() as Hex,
        transactionHash: transactionHash!,
      });
      await mismatch(file, /registry was created by other initcode/);
      const account = chain.wallet.account.address.toLowerCase() as Hex;
      const constructorArguments = [account, account, verifier.address.toLowerCase() as Hex, cannotReturn];
      await mismatch(
        { ...file, registry: { ...file.registry, constructorArguments } },
        /proofs that 0xcb\w+ returned stop the registry's key/,
      );
    });

    it('a registry whose only key is stopped', async () => {
      const other = await viem.deploy(chain.wallet, {
        salt: null,
        network: 'test-net',
        generated,
        contract,
        cannotReturn: CANNOT_RETURN,
      });
      await viem.stopRoute(chain.wallet, { registry: other.registry.address, verifyingKey: digest });
      await refused(check(other.deployment), 'KEY_STOPPED', /has stopped key/);
    });

    it('the genuine code with a record that was there from the start', async () => {
      const { registry } = honest.deployment;
      const seed = seedRecord(lie.programId, statementHash(lie.statement), chain.wallet.account.address);
      // The genuine constructor, but for what it returns behind the record: the immutables are those of this address.
      const from = chain.wallet.account.address;
      const nonce = BigInt(await chain.client.getTransactionCount({ address: from }));
      const own = getContractAddress({ from, nonce });
      const words = domainImmutables(own, 31337);
      const runtime = REGISTRY_IMMUTABLES.reduce<Hex>(
        (code, ranges, i) => ranges.reduce((text, { start }) => withCodeWord(text, start, words[i]!), code),
        REGISTRY_DEPLOYED_BYTECODE,
      );
      const seeded = await plant(chain, initcode(runtime, seed));
      assert.equal(seeded.address, own.toLowerCase());
      const file = await withContract('registry', seeded);
      const record = await viem.readAttestation(chain.client, { ...lie, registry: seeded.address });
      assert.equal(record?.blockNumber, 1n, 'the record is found');
      await mismatch(file, /registry was created by other initcode/);
      const transactionHash = registry.transactionHash;
      await mismatch({ ...file, registry: { ...file.registry, transactionHash } }, /did not create/);
    });

    it('initcode with something behind its arguments', async () => {
      const words = honest.deployment.registry.constructorArguments;
      const longer = await plant(chain, `${registryInitcode(words)}00`);
      await mismatch(await withContract('registry', longer), /other initcode/);
    });

    it('a registry that a factory created, since nobody can tell how', async () => {
      const factory = await planted(FACTORY);
      const data = registryInitcode(honest.deployment.registry.constructorArguments);
      const transactionHash = await chain.wallet.sendTransaction({ to: factory, data });
      await chain.client.waitForTransactionReceipt({ hash: transactionHash });
      const address = getContractAddress({ from: factory, nonce: 1n }).toLowerCase() as Hex;
      const file = await withContract('registry', { address, transactionHash });
      await mismatch(file, /factory created the registry cannot be checked/);
    });

    it('a transaction that is not on the chain', async () => {
      const { deployment } = honest;
      const transactionHash: Hex = `0x${'ab'.repeat(32)}`;
      const { verifiers, registry } = deployment;
      await mismatch(
        { ...deployment, verifiers: [{ ...verifiers[0]!, transactionHash }] },
        /created the verifier, is not on this chain/,
      );
      await mismatch(
        { ...deployment, registry: { ...registry, transactionHash } },
        /created the registry, is not on this chain/,
      );
    });

    it('an address without code', async () => {
      const { deployment } = honest;
      const { verifiers, registry } = deployment;
      await mismatch({ ...deployment, registry: { ...registry, address: NOBODY } }, /no contract/);
      await mismatch({ ...deployment, verifiers: [{ ...verifiers[0]!, address: NOBODY }] }, /no contract/);
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
        salt: null,
        network: 'test-net',
        generated: alone,
        contract: compiled,
        cannotReturn: CANNOT_RETURN,
      });
      const runtime = await codeAt(result.verifier.address);
      // PUSH1 1 PUSH0 SSTORE
      const verifier = await plant(chain, initcode(runtime, '0x60015f55'));
      const { deployment } = result;
      const file = { ...deployment, verifiers: [{ ...deployment.verifiers[0]!, ...verifier }] };
      await refused(
        viem.checkDeployment(chain.client, {
          deployment: file,
          generated: alone,
          contract: compiled,
          cannotReturn: CANNOT_RETURN,
        }),
        'DEPLOYMENT_MISMATCH',
        /verifier was created by other initcode/,
      );
    });

    it('a file that is wrong about the arguments or the SRS', async () => {
      const { deployment } = honest;
      const { registry, verifiers } = deployment;
      const [verifier] = verifiers;
      const given = registry.constructorArguments;
      for (const constructorArguments of [
        [],
        given.slice(1),
        [...given, 'x' as Hex],
        ['0x' as Hex, ...given],
      ])
        await mismatch(
          { ...deployment, registry: { ...registry, constructorArguments } },
          /arguments|other initcode/,
        );
      await mismatch(
        { ...deployment, verifiers: [{ ...verifier!, constructorArguments: ['0x'] }] },
        /arguments/,
      );
      await mismatch({ ...deployment, verifiers: [{ ...verifier!, insecure: false }] }, /SRS/);
    });
  });
});
