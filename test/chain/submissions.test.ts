/** Attestations that others send, and several at once: who stands in the record, and what one bad proof spoils. */
import assert from 'node:assert/strict';
import { encodeFunctionData, getAddress, type Hex, parseEventLogs, zeroHash } from 'viem';
import { type ProvenStatement, verifyArguments } from '../../sdk/src/chain/calls.ts';
import { REGISTRY_ABI } from '../../sdk/src/chain/contracts.generated.ts';
import { chainError, decodeRevert, revertData } from '../../sdk/src/chain/reverts.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { statementHash } from '../../sdk/src/solidity/encode.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import * as viem from '../../sdk/src/viem.ts';
import { DEFAULT_RUN, proveToy } from '../plonk/toy.ts';
import {
  CANNOT_RETURN,
  connectChain,
  makeToyProof,
  provenOf,
  type TestChain,
  type Wallet,
} from './fixture.ts';
import { plant } from './impostors.ts';

/** A wallet that takes every signature (ERC-1271), or none. */
const WALLET = (answer: string): string => `
pragma solidity ^0.8.30;
contract Account {
    function isValidSignature(bytes32, bytes calldata) external pure returns (bytes4) { return ${answer}; }
}`;

describe('submissions to a registry', () => {
  let chain: TestChain;
  let verifier: Hex;
  let registry: Hex;
  let digest: Hex;
  /** Of two statements. */
  let proven: readonly ProvenStatement[];
  let sender: Wallet;
  let signer: Wallet;

  before(async () => {
    chain = await connectChain();
    [sender, signer] = [chain.wallet, chain.other];
    const made = await makeToyProof();
    digest = made.toy.key.key.digest;
    const first = provenOf(made);
    const statement = { ...made.statement, status: 0n };
    const { proof } = await proveToy(made.toy, { ...DEFAULT_RUN, statement });
    proven = [first, { ...first, proof, statement }];
    const contract = await compileVerifier(generateVerifier(made.toy.key.key));
    ({ address: verifier } = await viem.deployVerifier(sender, { contract }));
  });
  beforeEach(async () => {
    registry = await deploy();
  });
  after(() => chain.close());

  const deploy = async (): Promise<Hex> =>
    (await viem.deployRegistry(sender, { verifier, cannotReturn: CANNOT_RETURN })).address;
  const recordOf = (one: ProvenStatement): ReturnType<typeof viem.readAttestation> =>
    viem.readAttestation(chain.client, { ...one, registry });
  const now = async (): Promise<bigint> => (await chain.client.getBlock()).timestamp;

  interface Signed {
    readonly one: ProvenStatement;
    readonly submitter?: Hex;
    readonly nonce?: bigint;
    readonly deadline?: bigint;
    readonly at?: Hex;
    readonly chainId?: number;
    readonly by?: Wallet;
  }
  /** Arguments of `attestFor`, signed for what is given and for the honest rest. */
  async function signed({ one, by = signer, nonce = 0n, at = registry, chainId = 31337, ...given }: Signed) {
    const [programId, statement, proof] = verifyArguments(one);
    const deadline = given.deadline ?? (await now()) + 3600n;
    const signature = await by.signTypedData({
      domain: { name: 'wattest AttestationRegistry', version: '1', chainId, verifyingContract: at },
      types: {
        Attest: [
          { name: 'programId', type: 'bytes32' },
          { name: 'statementHash', type: 'bytes32' },
          { name: 'selector', type: 'bytes4' },
          { name: 'nonce', type: 'uint256' },
          { name: 'deadline', type: 'uint256' },
        ],
      },
      primaryType: 'Attest',
      message: {
        programId,
        statementHash: statementHash(one.statement),
        selector: proof.slice(0, 10) as Hex,
        nonce,
        deadline,
      },
    });
    return [programId, statement, proof, given.submitter ?? by.account.address, deadline, signature] as const;
  }
  type SignedArguments = Awaited<ReturnType<typeof signed>>;
  const dataFor = (args: SignedArguments): Hex =>
    encodeFunctionData({ abi: REGISTRY_ABI, functionName: 'attestFor', args });
  const send = async (
    data: Hex,
    wallet = sender,
  ): ReturnType<typeof chain.client.waitForTransactionReceipt> =>
    chain.client.waitForTransactionReceipt({ hash: await wallet.sendTransaction({ to: registry, data }) });
  /** Name of the error that a call reverts with; "taken" where it does not. */
  async function refusal(data: Hex): Promise<string> {
    try {
      await chain.client.call({ to: registry, data, account: sender.account });
      return 'taken';
    } catch (error) {
      const raw = revertData(error);
      return (raw === undefined ? undefined : decodeRevert(raw)?.name) ?? String(error);
    }
  }

  it('a signed one has its signer on record, whoever sends it', async () => {
    const [one] = proven as [ProvenStatement];
    await send(dataFor(await signed({ one })));
    assert.equal((await recordOf(one))?.submitter, getAddress(signer.account.address));
  });

  it('whoever copies the call from the mempool and is first has the signer recorded too, and the copied one fails', async () => {
    const [one] = proven as [ProvenStatement];
    const data = dataFor(await signed({ one }));
    await send(data, sender);
    assert.equal(await refusal(data), 'SignatureInvalid', 'its nonce is used');
    assert.equal((await recordOf(one))?.submitter, getAddress(signer.account.address));
  });

  it('whoever takes the proof out of it is recorded, which no signature can prevent', async () => {
    const [one] = proven as [ProvenStatement];
    const args = await signed({ one });
    assert.equal((await viem.attest(sender, { ...one, registry })).recorded, true);
    await send(dataFor(args));
    assert.equal((await recordOf(one))?.submitter, getAddress(sender.account.address));
    const nonce = await chain.client.readContract({
      ...{ address: registry, abi: REGISTRY_ABI },
      ...{ functionName: 'nonces', args: [signer.account.address] },
    } as const);
    assert.equal(nonce, 1n, 'the signature is used up, though the record stood');
  });

  it('a signature is for one submitter, statement, key, nonce, registry and chain, and until its deadline', async () => {
    const [one, other] = proven as [ProvenStatement, ProvenStatement];
    const honest = await signed({ one });
    const elsewhere = verifyArguments(other);
    for (const [name, args] of Object.entries({
      submitter: await signed({ one, submitter: sender.account.address }),
      statement: [honest[0], elsewhere[1], elsewhere[2], ...honest.slice(3)] as unknown as SignedArguments,
      program: [CANNOT_RETURN, ...honest.slice(1)] as unknown as SignedArguments,
      key: [
        honest[0],
        honest[1],
        `0x12345678${honest[2].slice(10)}`,
        ...honest.slice(3),
      ] as unknown as SignedArguments,
      nonce: await signed({ one, nonce: 1n }),
      registry: await signed({ one, at: await deploy() }),
      chain: await signed({ one, chainId: 1 }),
      nobody: await signed({ one, submitter: `0x${'00'.repeat(20)}` }),
      deadline: [...honest.slice(0, 4), honest[4] + 1n, honest[5]] as unknown as SignedArguments,
    }))
      assert.equal(await refusal(dataFor(args)), 'SignatureInvalid', name);
    const late = await signed({ one, deadline: (await now()) - 1n });
    assert.equal(await refusal(dataFor(late)), 'SignatureExpired');
    assert.equal(await refusal(dataFor(honest)), 'taken');
  });

  it('a signed proof that is refused leaves the nonce', async () => {
    const [one] = proven as [ProvenStatement];
    const lie = { ...one, statement: { ...one.statement, publicOutputs: [9n] } };
    assert.equal(await refusal(dataFor(await signed({ one: lie }))), 'IdentityFails');
    assert.equal(await refusal(dataFor(await signed({ one }))), 'taken');
  });

  it('a contract signs by ERC-1271', async () => {
    const [one] = proven as [ProvenStatement];
    const account = async (answer: string): Promise<Hex> =>
      (await plant(chain, (await compileVerifier({ name: 'Account', source: WALLET(answer) })).bytecode))
        .address;
    const refuses = await signed({ one, submitter: await account("hex'ffffffff'") });
    assert.equal(await refusal(dataFor(refuses)), 'SignatureInvalid');
    const submitter = await account("hex'1626ba7e'");
    await send(dataFor(await signed({ one, submitter })));
    assert.equal((await recordOf(one))?.submitter, getAddress(submitter));
  });

  describe('in a batch', () => {
    const dataOf = (all: readonly ProvenStatement[], requireAll: boolean): Hex =>
      encodeFunctionData({
        abi: REGISTRY_ABI,
        functionName: 'attestBatch',
        args: [
          all.map((one) => {
            const [programId, statement, proof] = verifyArguments(one);
            return { programId, statement, proof };
          }),
          requireAll,
        ],
      });
    /** Lies of every kind, and what each is refused with. */
    const lies = (one: ProvenStatement): readonly (readonly [string, ProvenStatement])[] => {
      const bytes = one.proof as Uint8Array;
      return [
        ['IdentityFails', { ...one, statement: { ...one.statement, publicOutputs: [9n] } }],
        ['ProgramMismatch', { ...one, programId: CANNOT_RETURN }],
        ['ProgramIdZero', { ...one, programId: zeroHash }],
        ['RouteUnknown', { ...one, proof: Uint8Array.from([1, 2, 3, 4, ...bytes.subarray(4)]) }],
        ['ProofLength', { ...one, proof: bytes.subarray(0, bytes.length - 32) }],
      ];
    };

    it('bad proofs are named, and spoil no others', async () => {
      const [one, other] = proven as [ProvenStatement, ProvenStatement];
      // Of a statement that is not on record yet: where it is, a proof is not looked at.
      const bad = lies(other);
      const all = [one, ...bad.map(([, lie]) => lie), other, one];
      const { logs } = await send(dataOf(all, false));
      const refused = parseEventLogs({ abi: REGISTRY_ABI, eventName: 'Refused', logs });
      assert.deepEqual(
        refused.map(({ args }) => [Number(args.index), args.programId, decodeRevert(args.reason)?.name]),
        bad.map(([name, lie], i) => [i + 1, lie.programId, name]),
      );
      const events = parseEventLogs({ abi: REGISTRY_ABI, eventName: 'Attested', logs });
      assert.deepEqual(
        events.map(({ args }) => args.statementHash),
        [one, other].map(({ statement }) => statementHash(statement)),
        'one event each, also of what is in it twice',
      );
      for (const each of [one, other])
        assert.equal((await recordOf(each))?.submitter, getAddress(sender.account.address));
      for (const [, lie] of bad.slice(0, 2)) assert.equal(await recordOf(lie), undefined);
    });

    it('all or none, where all are required', async () => {
      const [one, other] = proven as [ProvenStatement, ProvenStatement];
      for (const [name, lie] of lies(other))
        await assert.rejects(
          chain.client.call({ to: registry, data: dataOf([one, lie, other], true) }),
          (error) => {
            const told = chainError(error, 'batch');
            assert.equal(told.where, 'batch: requests[1]');
            assert.match(told.message, new RegExp(`\\(${name}[:)]`));
            return true;
          },
        );
      await send(dataOf([one, other], true));
      for (const each of [one, other]) assert.notEqual(await recordOf(each), undefined);
    });

    it('a stopped key has all of it refused', async () => {
      const [one, other] = proven as [ProvenStatement, ProvenStatement];
      await viem.attest(sender, { ...one, registry });
      await viem.stopRoute(sender, { registry, verifyingKey: digest });
      const { logs } = await send(dataOf([one, other], false));
      const refused = parseEventLogs({ abi: REGISTRY_ABI, eventName: 'Refused', logs });
      assert.deepEqual(
        refused.map(({ args }) => decodeRevert(args.reason)?.name),
        ['RouteNotLive', 'RouteNotLive'],
      );
    });

    it('of nothing does nothing', async () => {
      const { logs } = await send(dataOf([], true));
      assert.deepEqual(logs, []);
    });
  });
});
