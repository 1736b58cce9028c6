/** Names that no action and no method of a deployment's client has are refused before anything is asked of the chain. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { BrowserProvider, Wallet } from 'ethers';
import { createClient, createWalletClient, custom, type Hex } from 'viem';
import type { Actions } from '../../sdk/src/chain/api.ts';
import { verifyArguments } from '../../sdk/src/chain/calls.ts';
import type { Deployment } from '../../sdk/src/chain/deployments.ts';
import * as ethersActions from '../../sdk/src/chain/ethers/actions.ts';
import * as viemActions from '../../sdk/src/chain/viem/actions.ts';
import * as ethers from '../../sdk/src/ethers.ts';
import { readProofDocument } from '../../sdk/src/verify.ts';
import * as viem from '../../sdk/src/viem.ts';
import { refused } from '../lib/verdict.ts';

const ADDRESS: Hex = `0x${'12'.repeat(20)}`;
const WORD: Hex = `0x${'34'.repeat(32)}`;

const request = async ({ method }: { method: string }): Promise<never> => assert.fail(`${method} was asked`);
const transport = custom({ request }, { retryCount: 0 });
const provider = new BrowserProvider({ request });
const reading = createClient({ transport });
const sending = createWalletClient({ transport, account: ADDRESS });
const signer = new Wallet(WORD, provider);

type Name = keyof Actions<unknown, unknown>;
type Call = (client: never, parameters: never) => unknown;

/** Of each action one name that it has, and one that is meant to be it. */
const WRONG: { readonly [N in Name]: readonly [wrong: string, meant: string] } = {
  deployVerifier: ['contracts', 'contract'],
  deployRegistry: ['guardians', 'guardian'],
  addRoute: ['cannotreturn', 'cannotReturn'],
  freezeRoute: ['verifyingkey', 'verifyingKey'],
  stopRoute: ['maxfee', 'maxFee'],
  stopByProof: ['programkey', 'programKey'],
  readRegistry: ['requestTimeOut', 'requestTimeout'],
  deploy: ['ownr', 'owner'],
  planDeployment: ['salted', 'salt'],
  proposeVerifier: ['kinds', 'kind'],
  prepareOwnerCall: ['acts', 'act'],
  readOperation: ['dat', 'data'],
  actByTimelock: ['timeLock', 'timelock'],
  cancelOperation: ['ids', 'id'],
  readTimelock: ['fromblock', 'fromBlock'],
  checkTimelock: ['deploymint', 'deployment'],
  checkDeployment: ['trustOther', 'trustOthers'],
  checkRegistry: ['deployments', 'deployment'],
  attest: ['confirmation', 'confirmations'],
  submit: ['max_fee', 'maxFee'],
  submitBatch: ['requireall', 'requireAll'],
  signAttestation: ['lifeTime', 'lifetime'],
  submitSigned: ['signd', 'signed'],
  readAttestation: ['statementhash', 'statementHash'],
  readRecords: ['programid', 'programId'],
  hasReturned: ['verifyingkey', 'verifyingKey'],
  verifyOnChain: ['expected', 'expect'],
  readVerifier: ['verifyer', 'verifier'],
  readEvents: ['fromblock', 'fromBlock'],
  watchAttestations: ['onevents', 'onEvents'],
};

const contract = {
  contract: 'X',
  address: ADDRESS,
  constructorArguments: [],
  codeHash: WORD,
  blockNumber: 1,
  transactionHash: WORD,
  salt: undefined,
};
const deployment: Deployment = {
  network: 'test-net',
  chainId: 31337,
  registry: contract,
  verifiers: [],
  timelock: undefined,
};

async function refusesName(call: () => unknown, where: string, wrong: string, meant?: string): Promise<void> {
  await assert.rejects(
    async () => call(),
    (error: Error & { code?: string; fix?: string }) => {
      assert.equal(error.message, `${where}: there is no option "${wrong}"`);
      assert.equal(error.code, 'INPUT_INVALID');
      if (meant !== undefined)
        assert.ok(error.fix?.startsWith(`Did you mean ${meant}? There are `), error.fix);
      return true;
    },
  );
}

for (const [library, actions, bound, clients] of [
  ['viem', viem, viemActions, [reading, sending]],
  ['ethers', ethers, ethersActions, [provider, signer]],
] as const) {
  describe(`names of parameters, by ${library}`, () => {
    for (const [name, [wrong, meant]] of Object.entries(WRONG) as [Name, readonly [string, string]][]) {
      it(`${name}: ${wrong} is not ${meant}`, async () => {
        const call = (actions as Readonly<Record<Name, Call>>)[name];
        for (const client of clients)
          await refusesName(() => call(client as never, { [wrong]: 1 } as never), name, wrong, meant);
      });
    }

    it('every action is here', () => {
      assert.deepEqual(Object.keys(bound).sort(), Object.keys(WRONG).sort());
    });

    it('an action promises to refuse: it does not throw', async () => {
      const { attest } = actions as unknown as {
        attest: (client: unknown, parameters: unknown) => Promise<unknown>;
      };
      await refused(attest(clients[1], { registr: ADDRESS }), 'INPUT_INVALID');
      await refused(attest(clients[1], undefined), 'INPUT_INVALID', /no object/);
    });

    it('those of proofs in a batch, of verifiers of other kinds and of what was sent before', async () => {
      const { submitBatch, checkDeployment, deploy, planDeployment } = actions as unknown as Readonly<
        Record<Name, Call>
      >;
      const calls: readonly (readonly [Call, object, string, string])[] = [
        [submitBatch, { requests: [{ proof: '0x' }, { prof: '0x' }] }, 'submitBatch, requests', 'prof'],
        [checkDeployment, { others: [{ kinds: 'wrap' }] }, 'checkDeployment, others', 'kinds'],
        [deploy, { sent: { registri: WORD } }, 'deploy, sent', 'registri'],
        // Nothing is sent, and the plan is what it returns.
        [planDeployment, { onPlan: () => {} }, 'planDeployment', 'onPlan'],
        [planDeployment, { onSent: () => {} }, 'planDeployment', 'onSent'],
      ];
      for (const [call, parameters, where, wrong] of calls)
        await refusesName(() => call(clients[1] as never, parameters as never), where, wrong);
    });
  });

  describe(`names of options of a deployment's client, by ${library}`, () => {
    const create = actions.createWattest as (parameters: object) => viem.Wattest;
    const own = create({ deployment, client: clients[1] });
    const proof = {} as never;
    const methods: { readonly [method: string]: (options: never) => unknown } = {
      submit: (options) => own.submit(proof, options),
      submitBatch: (options) => own.submitBatch([], options),
      sign: (options) => own.sign(proof, options),
      submitSigned: (options) => own.submitSigned(proof, proof, options),
      read: (options) => own.read(options),
      hasReturned: (options) => own.hasReturned(options),
      freeze: (options) => own.freeze(WORD, options),
      stop: (options) => own.stop(WORD, options),
      stopByProof: (options) => own.stopByProof(proof, options),
      events: (options) => own.events(options),
      watchAttestations: (options) => own.watchAttestations(options),
      check: (options) => own.check(options),
    };
    for (const [method, call] of Object.entries(methods)) {
      it(`${method}: what it does not have, and what the client was made with`, async () => {
        for (const wrong of ['nothing', 'registry', 'client'])
          await refusesName(() => call({ [wrong]: 1 } as never), method, wrong);
      });
    }

    it('those of a proof', async () => {
      for (const call of [own.submit, own.sign])
        await refusesName(
          () => call({ document: {} } as never),
          call === own.submit ? 'submit' : 'sign',
          'document',
        );
      await refusesName(() => own.submitBatch([{ document: {} } as never]), 'submitBatch', 'document');
      await refusesName(() => own.check({ others: [{ kinds: 1 }] } as never), 'check, others', 'kinds');
    });

    it('those of createWattest itself', async () => {
      await refusesName(() => create({ deployment, client: clients[0], chain: 1 }), 'createWattest', 'chain');
    });
  });
}

describe('proofs as text', () => {
  it('what is no hexadecimal of whole bytes is refused as a proof, not by what reads it', async () => {
    const path = join(import.meta.dirname, '../fixtures/sudoku.proof.json');
    const document = readProofDocument(await readFile(path, 'utf8'), path);
    assert.equal(verifyArguments(document).length, 3);
    for (const proof of ['0xzz', '0x123', 'zz', '', '0x1g'] as Hex[])
      assert.throws(() => verifyArguments({ ...document, proof }), { code: 'PROOF_MALFORMED' });
  });
});
