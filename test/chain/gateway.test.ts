/** Routes of a registry: who adds, retires and stops them, and what records are worth then. */
import assert from 'node:assert/strict';
import { type Abi, encodeFunctionData, getAddress, type Hex, numberToHex } from 'viem';
import { compileContract } from '../../scripts/lib/contracts.ts';
import { type ProvenStatement, verifyArguments } from '../../sdk/src/chain/calls.ts';
import { REGISTRY_ABI } from '../../sdk/src/chain/contracts.generated.ts';
import { developmentTau } from '../../sdk/src/kzg/known-tau.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import { machineDigest, programId } from '../../sdk/src/plonk/keys/key.ts';
import { programKeygen } from '../../sdk/src/plonk/keys/keygen.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { encodeStatement, statementHash } from '../../sdk/src/solidity/encode.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import * as viem from '../../sdk/src/viem.ts';
import { refused } from '../lib/verdict.ts';
import { DEFAULT_SHAPE, makeToy, type Toy } from '../plonk/toy.ts';
import {
  connectChain,
  makeToyProof,
  outcome,
  type TestChain,
  type ToyProof,
  type Wallet,
} from './fixture.ts';
import { forge } from './forger.ts';
import { ACCEPT_ALL, answering, initcode, plant } from './impostors.ts';

const ZERO: Hex = `0x${'00'.repeat(20)}`;

/** A contract that claims a key and does with proofs as `body` says. */
const pretender = (digest: Hex, body: string, selector = 'bytes4(VK_DIGEST)'): string => `
pragma solidity ^0.8.30;
contract Pretender {
    struct Statement { bytes publicInputs; bytes publicOutputs; uint64 status; }
    bytes32 public constant VK_DIGEST = ${digest};
    bytes4 public constant SELECTOR = ${selector};
    bool public constant INSECURE_SRS = true;
    function verify(bytes32, Statement calldata, bytes calldata proof) external view ${body}
}`;

describe('routes of a registry', () => {
  let chain: TestChain;
  let toy: Toy;
  let made: ToyProof;
  let returned: ProvenStatement;
  let verifier: Hex;
  /** Of the same machine: a program that is said not to return. */
  let impossible: Toy;
  let cannotReturn: Hex;
  /** Of another machine, so of another key. */
  let second: { readonly verifier: Hex; readonly proven: ProvenStatement };
  let owner: Wallet;
  let guardian: Wallet;

  before(async () => {
    chain = await connectChain();
    [owner, guardian] = [chain.wallet, chain.other];
    made = await makeToyProof();
    toy = made.toy;
    returned = forged(toy, { publicInputs: [1n], publicOutputs: [2n, 3n], status: 0n });
    const contract = await compileVerifier(generateVerifier(toy.key.key));
    ({ address: verifier } = await viem.deployVerifier(owner, { contract }));
    const program = await programKeygen({ ...toy, log: 3, entry: 13n, columns: [[5n], [6n], [7n]] });
    impossible = { ...toy, program };
    cannotReturn = programId(machineDigest(toy.key.key), program.key);
    const other = await makeToy({ ...DEFAULT_SHAPE, version: 'toy-2' });
    const compiled = await compileVerifier(generateVerifier(other.key.key));
    second = {
      verifier: (await viem.deployVerifier(owner, { contract: compiled })).address,
      proven: forged(other, returned.statement),
    };
  });
  after(() => chain.close());

  /** What no program did, by the secret of the SRS: a key that is broken. */
  function forged({ key: { key }, program }: Toy, statement: Statement): ProvenStatement {
    return {
      programId: programId(machineDigest(key), program.key),
      programKey: program.key,
      statement,
      proof: forge({ key, program: program.key, statement, tau: developmentTau('toy') }),
      verifyingKey: key.digest,
    };
  }

  const deploy = async (at = verifier): Promise<Hex> => {
    const roles = { owner: owner.account.address, guardian: guardian.account.address };
    return (await viem.deployRegistry(owner, { ...roles, verifier: at, cannotReturn })).address;
  };
  const stateOf = async (registry: Hex): Promise<readonly string[]> =>
    (await viem.readRegistry(chain.client, { registry })).routes.map(({ state }) => state);
  const asks = (registry: Hex, proven = returned, any = false): Promise<boolean> => {
    const { verifyingKey, ...rest } = proven;
    return viem.hasReturned(chain.client, { ...rest, registry, ...(any ? {} : { verifyingKey }) });
  };
  const key = (): { readonly verifyingKey: Hex } => ({ verifyingKey: toy.key.key.digest });
  const write = (wallet: Wallet, address: Hex, functionName: string, args: readonly unknown[]) =>
    chain.client.simulateContract({
      address,
      abi: REGISTRY_ABI as Abi,
      functionName,
      args,
      account: wallet.account,
    });

  it('a statement is on record under each of its keys, and one live key is enough', async () => {
    const registry = await deploy();
    await refused(
      viem.attest(owner, { ...second.proven, registry }),
      'CHAIN_REJECTED',
      /no verifier for key/,
    );
    await viem.addRoute(owner, { registry, verifier: second.verifier, cannotReturn });
    assert.equal((await viem.attest(owner, { ...returned, registry })).recorded, true);
    assert.equal(await asks(registry), true);
    // The other key has its own program ids, as it is of another machine: nothing is on record under it.
    assert.equal(await asks(registry, second.proven), false);
    assert.equal((await viem.attest(guardian, { ...second.proven, registry })).recorded, true);
    assert.equal(await asks(registry, second.proven, true), true);
    const { selector, submitter } = (await viem.readAttestation(chain.client, {
      ...second.proven,
      registry,
    }))!;
    assert.equal(selector, second.proven.verifyingKey!.slice(0, 10));
    assert.equal(submitter, getAddress(guardian.account.address));
  });

  it('records of a statement are read under all keys or one, those of stopped keys too', async () => {
    const registry = await deploy();
    await viem.addRoute(owner, { registry, verifier: second.verifier, cannotReturn });
    for (const proven of [returned, second.proven]) await viem.attest(owner, { ...proven, registry });
    await viem.stopRoute(guardian, { registry, verifyingKey: second.proven.verifyingKey! });
    const { programId: id, statement, verifyingKey } = returned;
    const { programId: other, verifyingKey: stopped } = second.proven;
    for (const [question, expected] of [
      [{ programId: id, statement }, [[verifyingKey, 'live', false]]],
      [{ programId: id, statementHash: statementHash(statement) }, [[verifyingKey, 'live', false]]],
      [{ programId: id, statement, verifyingKey: verifyingKey! }, [[verifyingKey, 'live', false]]],
      // Programs of other machines have other ids.
      [{ programId: other, statement }, [[stopped, 'stopped', true]]],
      [{ programId: id, statement, verifyingKey: stopped! }, []],
      [{ programId: id, statement: { ...statement, status: 1n } }, []],
    ] as const) {
      const records = await viem.readRecords(chain.client, { ...question, registry });
      assert.deepEqual(
        records.map(({ route, record }) => [route.vkDigest, route.state, record.stopped]),
        expected,
      );
      for (const { record } of records) assert.equal(record.submitter, getAddress(owner.account.address));
    }
  });

  it('only the owner adds, and only what is a verifier', async () => {
    const registry = await deploy();
    const add = (at: Hex, wallet = owner): Promise<unknown> =>
      viem.addRoute(wallet, { registry, verifier: at, cannotReturn });
    await refused(add(second.verifier, guardian), 'CHAIN_REJECTED', /OwnableUnauthorizedAccount/);
    const { digest } = toy.key.key;
    const planted = async (source: string): Promise<Hex> =>
      (await plant(chain, (await compileVerifier({ name: 'Pretender', source })).bytecode)).address;
    const fresh: Hex = `0x12345678${digest.slice(10)}`;
    for (const at of [
      ZERO,
      guardian.account.address,
      registry,
      (await plant(chain, initcode(ACCEPT_ALL))).address,
      (await plant(chain, initcode(answering(digest)))).address,
      await planted(pretender(fresh, '{}')),
      await planted(pretender(fresh, '{ proof; }', "hex'12345679'")),
      await planted(pretender(`0x${'00'.repeat(32)}`, '{ require(proof.length > 4); }')),
    ])
      await refused(add(at), 'CHAIN_REJECTED', /VerifierInvalid|SelectorReserved/);
    for (const start of ['000000', 'ffffff']) {
      const reserved = pretender(`0x${start}${digest.slice(8)}`, '{ require(proof.length > 4); }');
      await refused(add(await planted(reserved)), 'CHAIN_REJECTED', /SelectorReserved/);
    }
    // The selector of a key that is routed, with another digest behind it: a collision, or a second verifier of the key.
    const collision = pretender(
      `${digest.slice(0, 10)}${'11'.repeat(28)}` as Hex,
      '{ require(proof.length > 4); }',
    );
    for (const at of [verifier, await planted(collision)])
      await refused(add(at), 'CHAIN_REJECTED', /RouteExists/);
    await assert.rejects(
      write(owner, registry, 'addRoute', [second.verifier, numberToHex(0, { size: 32 })]),
      /ProgramIdZero/,
    );
    assert.deepEqual(await stateOf(registry), ['live']);
  });

  it('a verifier is added to a deployment by the owner of its registry alone', async () => {
    const generated = generateVerifier(toy.key.key);
    const common = { cannotReturn } as const;
    const deploy = (
      by: Wallet,
      parameters: Omit<viem.DeployParameters, 'network'>,
    ): Promise<viem.DeployAllResult> => viem.deploy(by, { network: 'test-net', ...parameters });
    const first = { ...common, generated, contract: await compileVerifier(generated) };
    const { deployment } = await deploy(owner, first);
    const other = generateVerifier((await makeToy({ ...DEFAULT_SHAPE, version: 'toy-2' })).key.key);
    const more = {
      ...common,
      kind: 'small',
      generated: other,
      contract: await compileVerifier(other),
      deployment,
    } as const;
    const height = await chain.client.getBlockNumber();
    await refused(deploy(guardian, more), 'CHAIN_REJECTED', /its registry belongs to 0x/);
    assert.equal(await chain.client.getBlockNumber(), height, 'nothing was paid');
    // One that stops after the verifier goes on with it, also where its route is there already.
    const { deployment: both, verifier: added } = await deploy(owner, more);
    const sent = { verifier: added.transactionHash };
    const again = await deploy(owner, {
      ...more,
      sent,
      onSent: () => assert.fail('nothing is left to send'),
    });
    assert.deepEqual(again.deployment, both);
    await viem.checkDeployment(chain.client, { ...more, deployment: both, others: [first] });
    // Records count whichever verifier took them, so none is left to the word of the file.
    for (const others of [undefined, []])
      await refused(
        viem.checkDeployment(chain.client, { ...more, deployment: both, others }),
        'DEPLOYMENT_MISMATCH',
        /nothing was given to compare the verifier of direct proofs with/,
      );
    await viem.checkDeployment(chain.client, { ...more, deployment: both, trustOthers: true });
    // A file that has lost the verifier: it is found where it stands, and so is its route.
    const before = await chain.client.getBlockNumber();
    const found = await deploy(owner, more);
    assert.equal(found.verifier.address, added.address);
    await viem.checkDeployment(chain.client, { ...more, deployment: found.deployment, others: [first] });
    // The key has its route, and another verifier of it would be paid for in vain.
    for (const salt of [null, `0x${'01'.repeat(32)}`] as const)
      await refused(
        deploy(owner, { ...more, salt }),
        'CHAIN_REJECTED',
        /the registry has 0x\w+ for key 0x\w+ \(live\)/,
      );
    assert.equal(await chain.client.getBlockNumber(), before, 'nothing was paid');
    await viem.stopRoute(owner, { registry: both.registry.address, verifyingKey: other.digest });
    await refused(deploy(owner, { ...more, sent }), 'CHAIN_REJECTED', /\(stopped\)/);
    // A key that was stopped keeps no other from being added.
    const third = generateVerifier((await makeToy({ ...DEFAULT_SHAPE, version: 'toy-3' })).key.key);
    const joined = {
      ...common,
      kind: 'joined',
      generated: third,
      contract: await compileVerifier(third),
    } as const;
    const { deployment: all } = await deploy(owner, { ...joined, deployment: both });
    assert.deepEqual(await stateOf(all.registry.address), ['live', 'stopped', 'live']);
  });

  it('a verifier that is gone, or says another key, does not keep its key from being stopped', async () => {
    const compiled = await compileVerifier(generateVerifier(toy.key.key));
    const lie = forged(impossible, { publicInputs: [], publicOutputs: [], status: 0n });
    for (const code of ['0x', answering(`0x${'77'.repeat(32)}`), ACCEPT_ALL] as const) {
      const { address: at } = await viem.deployVerifier(owner, { contract: compiled });
      const registries = [await deploy(at), await deploy(at)] as const;
      await chain.provider.request({ method: 'hardhat_setCode', params: [at, code] });
      await refused(
        viem.stopRoute(guardian, { registry: registries[0], verifyingKey: `0x${'88'.repeat(32)}` }),
        'CHAIN_REJECTED',
        /no verifier for key/,
      );
      await viem.stopRoute(guardian, { registry: registries[0], ...key() });
      assert.deepEqual(await stateOf(registries[0]), ['stopped']);
      // One that takes everything is stopped by what it takes; one without code takes nothing.
      const stop = viem.stopByProof(owner, { ...lie, registry: registries[1] });
      await (code === '0x' ? assert.rejects(stop) : stop);
      assert.deepEqual(await stateOf(registries[1]), [code === '0x' ? 'live' : 'stopped']);
    }
  });

  it('the guardian stops and does nothing else; nobody else stops', async () => {
    const registry = await deploy();
    const { selector } = toy.key.key;
    const nobody = (await plant(chain, initcode('0x00'))).address;
    const stranger = { ...owner, account: { ...owner.account, address: nobody } } as Wallet;
    for (const [name, args] of [
      ['addRoute', [second.verifier, cannotReturn]],
      ['freeze', [selector]],
      ['setGuardian', [nobody]],
      ['transferOwnership', [nobody]],
      ['renounceOwnership', []],
    ] as const) {
      await assert.rejects(write(guardian, registry, name, args), /OwnableUnauthorizedAccount/, name);
      await write(owner, registry, name, args);
    }
    await assert.rejects(write(stranger, registry, 'stop', [selector]), /NotGuardian/);
    await assert.rejects(write(guardian, registry, 'stop', ['0x12345678']), /RouteUnknown/);
    await write(owner, registry, 'stop', [selector]);
    await viem.attest(owner, { ...returned, registry });
    await viem.stopRoute(guardian, { registry, ...key() });
    assert.deepEqual(await stateOf(registry), ['stopped']);
    // For good.
    await refused(viem.stopRoute(guardian, { registry, ...key() }), 'KEY_STOPPED', /RouteNotLive/);
    await refused(viem.freezeRoute(owner, { registry, ...key() }), 'KEY_STOPPED', /RouteNotLive/);
    await refused(
      viem.addRoute(owner, { registry, verifier, cannotReturn }),
      'CHAIN_REJECTED',
      /RouteExists/,
    );
  });

  it('a stopped key takes no proofs, and its records are readable and worth nothing', async () => {
    const registry = await deploy();
    await viem.attest(owner, { ...returned, registry });
    assert.equal(await asks(registry, returned, true), true);
    await viem.stopRoute(guardian, { registry, ...key() });
    for (const any of [false, true]) assert.equal(await asks(registry, returned, any), false);
    const record = await viem.readAttestation(chain.client, { ...returned, registry });
    assert.deepEqual([record?.stopped, record?.submitter], [true, getAddress(owner.account.address)]);
    const { verifyingKey: _, ...unkeyed } = returned;
    assert.equal((await viem.readAttestation(chain.client, { ...unkeyed, registry }))?.stopped, true);
    const args = [returned.programId, encodeStatement(returned.statement)] as const;
    assert.equal(
      await chain.client.readContract({
        address: registry,
        abi: REGISTRY_ABI,
        functionName: 'isAttested',
        args,
      }),
      false,
    );
    // Also where the record stands, and by the contract alone.
    await refused(viem.attest(owner, { ...returned, registry }), 'KEY_STOPPED', /has stopped key/);
    for (const functionName of ['attest', 'verify'] as const) {
      const data = encodeFunctionData({ abi: REGISTRY_ABI, functionName, args: verifyArguments(returned) });
      assert.equal(await outcome(chain, registry, data), 'RouteNotLive', functionName);
    }
  });

  it('a retired key takes no proofs, and its records stay good until it is stopped', async () => {
    const registry = await deploy();
    await viem.attest(owner, { ...returned, registry });
    await viem.freezeRoute(owner, { registry, ...key() });
    assert.deepEqual(await stateOf(registry), ['frozen']);
    assert.equal(await asks(registry), true);
    assert.equal((await viem.attest(owner, { ...returned, registry })).recorded, false);
    const more = forged(toy, { ...returned.statement, publicOutputs: [9n] });
    await refused(viem.attest(owner, { ...more, registry }), 'KEY_STOPPED', /RouteNotLive/);
    await refused(viem.freezeRoute(owner, { registry, ...key() }), 'KEY_STOPPED', /RouteNotLive/);
    await viem.stopRoute(guardian, { registry, ...key() });
    assert.equal(await asks(registry), false);
  });

  it('anyone stops a key with an accepted proof that the program returned which cannot', async () => {
    const anyone = guardian;
    const roles = { owner: owner.account.address, guardian: ZERO };
    const { address: registry } = await viem.deployRegistry(owner, { ...roles, verifier, cannotReturn });
    await viem.attest(owner, { ...returned, registry });
    await assert.rejects(write(anyone, registry, 'stop', [toy.key.key.selector]), /NotGuardian/);
    const stop = (proof: ProvenStatement): Promise<unknown> =>
      viem.stopByProof(anyone, { ...proof, registry });
    const statement = { publicInputs: [4n], publicOutputs: [], status: 0n };
    const lie = forged(impossible, statement);
    assert.equal(lie.programId, cannotReturn);
    // A run of it that trapped is no such proof; nor is one of another program, of another statement, or cut.
    await refused(stop(forged(impossible, { ...statement, status: 5n })), 'CHAIN_REJECTED', /NotReturned/);
    await refused(
      stop({ ...lie, statement: { ...statement, publicInputs: [5n] } }),
      'PROOF_IDENTITY',
      /Identity/,
    );
    await refused(stop(returned), 'PROOF_PROGRAM', /ProgramMismatch/);
    await refused(
      stop({ ...lie, proof: (lie.proof as Uint8Array).subarray(0, 40) }),
      'PROOF_LENGTH',
      /ProofLength/,
    );
    // What a proof file says of its key is what is stopped, or nothing is.
    const named = stop({ ...lie, verifyingKey: `0x${'11'.repeat(32)}` });
    await refused(named, 'CHAIN_REJECTED', /has no verifier for key 0x1111/);
    assert.equal(await asks(registry), true);
    await stop(lie);
    assert.deepEqual(await stateOf(registry), ['stopped']);
    assert.equal(await asks(registry), false);
    await refused(stop(lie), 'KEY_STOPPED', /RouteNotLive/);
  });

  it('what passes the gateway is what the verifier takes, with the reasons that it gives', async () => {
    const registry = await deploy();
    const call = (change: Partial<ProvenStatement>): Promise<string> => {
      const args = verifyArguments({ ...returned, ...change });
      return outcome(
        chain,
        registry,
        encodeFunctionData({ abi: REGISTRY_ABI, functionName: 'verify', args }),
      );
    };
    assert.equal(await call({}), 'accepted');
    assert.equal(await call({ statement: { ...returned.statement, status: 1n } }), 'IdentityFails');
    assert.equal(await call({ programId: cannotReturn }), 'ProgramMismatch');
    assert.equal(await call(second.proven), 'RouteUnknown');
    const short = [returned.programId, encodeStatement(returned.statement), '0x123456'] as const;
    for (const functionName of ['verify', 'attest'] as const) {
      const data = encodeFunctionData({ abi: REGISTRY_ABI, functionName, args: short });
      assert.equal(await outcome(chain, registry, data), 'ProofTooShort');
    }
  });

  it('owners change in two steps', async () => {
    const registry = await deploy();
    const [from, to] = [owner.account.address, guardian.account.address];
    const send = async (wallet: Wallet, functionName: string, args: readonly unknown[]): Promise<void> => {
      const hash = await wallet.writeContract({
        address: registry,
        abi: REGISTRY_ABI as Abi,
        functionName,
        args,
      });
      await chain.client.waitForTransactionReceipt({ hash });
    };
    await send(owner, 'transferOwnership', [to]);
    assert.equal((await viem.readRegistry(chain.client, { registry })).owner, getAddress(from));
    await assert.rejects(write(owner, registry, 'acceptOwnership', []), /OwnableUnauthorizedAccount/);
    await send(guardian, 'acceptOwnership', []);
    assert.equal((await viem.readRegistry(chain.client, { registry })).owner, getAddress(to));
    await assert.rejects(write(owner, registry, 'setGuardian', [from]), /OwnableUnauthorizedAccount/);
    await send(guardian, 'setGuardian', [from]);
    assert.equal((await viem.readRegistry(chain.client, { registry })).guardian, getAddress(from));
  });

  it('the gateway alone, without records, is the same', async () => {
    const gateway = compileContract('contracts/WattestGateway.sol', 'WattestGateway');
    const code = gateway.abi.filter((entry) => (entry as { type: string }).type === 'function');
    const names = code.map((entry) => (entry as { name: string }).name);
    assert.ok(['addRoute', 'freeze', 'stop', 'stopByProof', 'verify'].every((name) => names.includes(name)));
    const hash = await owner.deployContract({
      abi: gateway.abi as Abi,
      bytecode: `0x${gateway.evm.bytecode.object}`,
      args: [owner.account.address, ZERO, verifier, cannotReturn],
    });
    const { contractAddress } = await chain.client.waitForTransactionReceipt({ hash });
    const { routes } = await viem.readRegistry(chain.client, { registry: contractAddress! });
    assert.deepEqual(
      routes.map(({ vkDigest }) => vkDigest),
      [toy.key.key.digest],
    );
  });
});
