import assert from 'node:assert/strict';
import {
  concatHex,
  encodeAbiParameters,
  encodeFunctionData,
  getAddress,
  type Hex,
  keccak256,
  numberToHex,
  parseEventLogs,
  size,
  slice,
} from 'viem';
import { type ProvenStatement, VERIFIER_ABI } from '../../sdk/src/chain/calls.ts';
import { REGISTRY_ABI, REGISTRY_BYTECODE } from '../../sdk/src/chain/contracts.generated.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { encodeStatement, statementHash } from '../../sdk/src/solidity/encode.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import * as viem from '../../sdk/src/viem.ts';
import { refused } from '../lib/verdict.ts';
import { DEFAULT_RUN, proveToy } from '../plonk/toy.ts';
import {
  CANNOT_RETURN,
  connectChain,
  makeToyProof,
  outcome,
  provenOf,
  type TestChain,
  type ToyProof,
} from './fixture.ts';
import { LIBRARIES, type Library } from './libraries.ts';

describe('actions on the in-process chain', () => {
  let chain: TestChain;
  let made: ToyProof;
  /** The toy's run ends with an exit code; the same one as a return. */
  let proven: ProvenStatement;
  let returned: ProvenStatement;
  let contract: Awaited<ReturnType<typeof compileVerifier>>;

  before(async () => {
    chain = await connectChain();
    made = await makeToyProof();
    proven = provenOf(made);
    const statement = { ...made.statement, status: 0n };
    const { proof } = await proveToy(made.toy, { ...DEFAULT_RUN, statement });
    returned = { ...proven, proof, statement };
    contract = await compileVerifier(generateVerifier(made.toy.key.key));
  });
  after(() => chain.close());

  for (const [library, open] of Object.entries(LIBRARIES)) {
    describe(`by ${library}`, () => {
      let actions: Library;
      let verifier: Hex;
      let registry: Hex;
      before(async () => {
        actions = await open(chain);
        ({ address: verifier } = await actions.deployVerifier({ contract }));
        ({ address: registry } = await actions.deployRegistry({ verifier, cannotReturn: CANNOT_RETURN }));
      });

      it('verifies by a call, what a run of the expected status showed', async () => {
        const { status } = made.statement;
        for (const expect of ['exited', 'any', status] as const)
          await actions.verifyOnChain({ ...proven, verifier, expect });
        for (const expect of [undefined, 'returned', 'trapped', 0n, status + 1n] as const)
          await refused(
            actions.verifyOnChain({ ...proven, verifier, expect }),
            'PROOF_STATUS',
            /exited with code 9/,
          );
        await actions.verifyOnChain({ ...returned, verifier });
      });

      it('finds no record before there is one', async () => {
        assert.equal(await actions.readAttestation({ ...proven, registry }), undefined);
      });

      it('refuses a forged output before a transaction is paid', async () => {
        const statement = { ...made.statement, publicOutputs: [1n, 2n] };
        const height = await chain.client.getBlockNumber();
        await refused(actions.attest({ ...proven, statement, registry }), 'PROOF_IDENTITY', /IdentityFails/);
        await refused(
          actions.verifyOnChain({ ...proven, statement, verifier }),
          'PROOF_IDENTITY',
          /IdentityFails/,
        );
        assert.equal(await chain.client.getBlockNumber(), height);
      });

      it('records an attestation, once', async () => {
        const first = await actions.attest({ ...proven, registry });
        assert.equal(first.recorded, true);
        assert.equal(first.statementHash, statementHash(made.statement));
        const record = await actions.readAttestation({ ...proven, registry });
        assert.equal(record?.submitter.toLowerCase(), actions.account.toLowerCase());
        assert.equal(record?.blockNumber, first.blockNumber);

        const height = await chain.client.getBlockNumber();
        const second = await actions.attest({ ...proven, registry });
        assert.equal(second.recorded, false);
        assert.equal(second.transactionHash, undefined);
        assert.equal(second.blockNumber, first.blockNumber);
        assert.equal(await chain.client.getBlockNumber(), height, 'nothing was sent');
        assert.deepEqual(await actions.readAttestation({ ...proven, registry }), record);
        assert.equal(await actions.hasReturned({ ...proven, registry }), false);
        console.log(`      ${library}: attest ${first.gasUsed} gas (toy)`);
      });

      it('says whether a program returned with these inputs and outputs, and no others', async () => {
        assert.equal(await actions.hasReturned({ ...returned, registry }), false);
        await actions.attest({ ...returned, registry });
        const ask = (change: Partial<Statement>, programId = returned.programId): Promise<boolean> =>
          actions.hasReturned({ programId, statement: { ...returned.statement, ...change }, registry });
        const { publicInputs, publicOutputs } = returned.statement;
        assert.equal(await ask({}), true);
        assert.equal(await ask({ publicInputs: [...publicInputs, 1n] }), false);
        assert.equal(await ask({ publicOutputs: publicOutputs.slice(1) }), false);
        assert.equal(await ask({}, `0x${'12'.repeat(32)}`), false);
      });

      it('names what the program key lacks', async () => {
        const programKey = { ...proven.programKey, entry: proven.programKey.entry + 1n };
        await refused(
          actions.verifyOnChain({ ...proven, programKey, verifier }),
          'PROOF_PROGRAM',
          /ProgramMismatch/,
        );
      });

      it('refuses a registry without a verifier', async () => {
        await refused(
          actions.deployRegistry({ verifier: actions.account, cannotReturn: CANNOT_RETURN }),
          'CHAIN_REJECTED',
          /VerifierInvalid/,
        );
      });

      it('says that there is no contract', async () => {
        const nobody: Hex = `0x${'12'.repeat(20)}`;
        await refused(actions.attest({ ...proven, registry: nobody }), 'CHAIN_REJECTED', /no contract at/);
      });
    });
  }

  describe('the registry', () => {
    let registry: Hex;
    let verifier: Hex;
    before(async () => {
      ({ address: verifier } = await viem.deployVerifier(chain.wallet, { contract }));
      ({ address: registry } = await viem.deployRegistry(chain.wallet, {
        verifier,
        cannotReturn: CANNOT_RETURN,
      }));
    });

    it('has one route, to its verifier and for that key', async () => {
      const { selector, digest } = made.toy.key.key;
      const { routes, owner, guardian } = await viem.readRegistry(chain.client, { registry });
      assert.deepEqual(routes, [
        {
          selector,
          state: 'live',
          verifier: getAddress(verifier),
          vkDigest: digest,
          cannotReturn: CANNOT_RETURN,
        },
      ]);
      const account = getAddress(chain.wallet.account.address);
      assert.deepEqual([owner, guardian], [account, account]);
    });

    it('refuses program id zero before it looks at anything', () =>
      refused(
        viem.attest(chain.wallet, { ...proven, programId: `0x${'00'.repeat(32)}`, registry }),
        'CHAIN_REJECTED',
        /ProgramIdZero/,
      ));

    it('hashes statements as the SDK does', async () => {
      for (const statement of [
        made.statement,
        { publicInputs: [], publicOutputs: [], status: 0n },
        { publicInputs: [1n, 2n, 3n, 4n, 5n], publicOutputs: [(1n << 64n) - 1n], status: (1n << 64n) - 1n },
      ]) {
        const encoded = encodeStatement(statement);
        const args = [encoded] as const;
        const onChain = await chain.client.readContract({
          address: registry,
          abi: REGISTRY_ABI,
          functionName: 'statementHash',
          args,
        });
        assert.equal(statementHash(statement), onChain);
        const tuple = VERIFIER_ABI[0].inputs[1];
        assert.equal(keccak256(encodeAbiParameters([tuple], [encoded])), onChain);
      }
    });

    it('emits one event with program, statement and submitter indexed', async () => {
      const { transactionHash } = await viem.attest(chain.other, { ...proven, registry });
      const { logs } = await chain.client.getTransactionReceipt({ hash: transactionHash! });
      const events = parseEventLogs({ abi: REGISTRY_ABI, eventName: 'Attested', logs });
      assert.equal(events.length, 1);
      assert.equal(logs[0]!.topics.length, 4);
      assert.deepEqual(events[0]!.args, {
        programId: made.programId,
        statementHash: statementHash(made.statement),
        submitter: getAddress(chain.other.account.address),
        selector: made.toy.key.key.selector,
        ...encodeStatement(made.statement),
      });
    });

    it('keeps the first submitter when another brings another proof of the same', async () => {
      const again = await makeToyProof(made.toy);
      const { recorded } = await viem.attest(chain.wallet, { ...proven, proof: again.proof, registry });
      assert.equal(recorded, false);
      const record = await viem.readAttestation(chain.client, { ...proven, registry });
      assert.equal(record?.submitter.toLowerCase(), chain.other.account.address.toLowerCase());
    });

    it('answers whether a statement is attested', async () => {
      const isAttested = (statement: typeof made.statement): Promise<boolean> =>
        chain.client.readContract({
          address: registry,
          abi: REGISTRY_ABI,
          functionName: 'isAttested',
          args: [made.programId, encodeStatement(statement)],
        });
      assert.equal(await isAttested(made.statement), true);
      assert.equal(await isAttested({ ...made.statement, status: 0n }), false);
    });

    describe('has verified what it hashes', () => {
      let fresh: Hex;
      let data: Hex;
      const word = (value: number | bigint): Hex => numberToHex(value, { size: 32 });
      /** The call with other bytes from `at` on. */
      const edited = (at: number, bytes: Hex): Hex =>
        concatHex([
          slice(data, 0, at),
          bytes,
          ...(at + size(bytes) < size(data) ? [slice(data, at + size(bytes))] : []),
        ]);
      const isRecorded = (statement: Statement): Promise<boolean> =>
        chain.client.readContract({
          address: fresh,
          abi: REGISTRY_ABI,
          functionName: 'isAttested',
          args: [made.programId, encodeStatement(statement)],
        });
      /** Where selector, program id and the two offsets end. */
      const HEAD = 4 + 3 * 32;
      before(async () => {
        ({ address: fresh } = await viem.deployRegistry(chain.wallet, {
          verifier,
          cannotReturn: CANNOT_RETURN,
        }));
        const args = [made.programId, encodeStatement(made.statement), made.callProof] as const;
        data = encodeFunctionData({ abi: REGISTRY_ABI, functionName: 'attest', args });
      });

      it('a second statement behind the one that is proven is the one that counts for both, or for neither', async () => {
        const lie = { ...made.statement, publicOutputs: [1n, 2n] };
        const tuple = VERIFIER_ABI[0].inputs[1];
        // Without the offset of the only argument.
        const encoded = slice(encodeAbiParameters([tuple], [encodeStatement(lie)]), 32);
        const both = concatHex([edited(4 + 32, word(size(data) - 4)), encoded]);
        assert.equal(await outcome(chain, fresh, both), 'IdentityFails');
        // Its lists alone: the offsets within the statement lead to those of the lie.
        const lists = 2 * 32 + 32;
        const at = Number(BigInt(slice(encoded, 32, 64)));
        const mixed = concatHex([
          edited(HEAD + 32, word(size(data) - HEAD + at - lists)),
          slice(encoded, lists),
        ]);
        assert.equal(await outcome(chain, fresh, mixed), 'IdentityFails');
        assert.equal(await isRecorded(lie), false);
        assert.equal(await isRecorded(made.statement), false);
      });

      it('refuses a status of more than 64 bits, and arguments that end too soon', async () => {
        const wide = edited(HEAD + 64, word((1n << 64n) + made.statement.status));
        await assert.rejects(chain.client.call({ to: fresh, data: wide }));
        await assert.rejects(chain.client.call({ to: fresh, data: slice(data, 0, size(data) - 32) }));
        const far = edited(4 + 64, word(size(data)));
        await assert.rejects(chain.client.call({ to: fresh, data: far }));
      });

      it('takes bytes of padding for nothing, in the hash as in the proof', async () => {
        const inputs = HEAD + 3 * 32;
        const used = 8 * made.statement.publicInputs.length;
        assert.ok(used % 32 !== 0, 'there is padding');
        const dirty = edited(inputs + 32 + used, '0xff');
        const { data: hash } = await chain.client.call({ to: fresh, data: dirty });
        assert.equal(hash, statementHash(made.statement));
        await chain.client.waitForTransactionReceipt({
          hash: await chain.wallet.sendTransaction({ to: fresh, data: dirty }),
        });
        assert.equal(await isRecorded(made.statement), true);
      });
    });

    it('cannot be built on an address without code', () => {
      const account = chain.wallet.account.address;
      return assert.rejects(
        chain.wallet.deployContract({
          abi: REGISTRY_ABI,
          bytecode: REGISTRY_BYTECODE,
          args: [account, account, `0x${'34'.repeat(20)}`, CANNOT_RETURN],
        }),
      );
    });
  });
});
