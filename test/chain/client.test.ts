/** `createWattest`: a deployment and a client as one object, by each client library, on a chain that does as chains do. */
import assert from 'node:assert/strict';
import { BrowserProvider, type Eip1193Provider } from 'ethers';
import {
  createClient,
  createPublicClient,
  createWalletClient,
  custom,
  encodeFunctionData,
  getAddress,
  type Hex,
} from 'viem';
import type { Wattest } from '../../sdk/src/chain/api.ts';
import type { ProvenStatement, SignedAttestation } from '../../sdk/src/chain/calls.ts';
import { type Deployment, formatDeployment } from '../../sdk/src/chain/deployments.ts';
import type { RegistryEvent } from '../../sdk/src/chain/events.ts';
import * as ethers from '../../sdk/src/ethers.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { statementHash } from '../../sdk/src/solidity/encode.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import * as viem from '../../sdk/src/viem.ts';
import { until } from '../lib/until.ts';
import { refused } from '../lib/verdict.ts';
import { DEFAULT_RUN, proveToy } from '../plonk/toy.ts';
import { CANNOT_RETURN, connectChain, makeToyProof, provenOf, type TestChain } from './fixture.ts';

/** What a registry tells of in the transaction that makes it. */
const MADE = 'ownership-transferred,guardian-changed,route-added';

type Request = TestChain['provider']['request'];
interface Opened {
  /** With the account of this number. */
  readonly by: (account: 0 | 1, deployment?: Deployment, allowInsecure?: boolean) => Promise<Wattest>;
  readonly readOnly: () => Wattest;
}

/** Each way to give a client; wagmi's are viem's, the one that is asked and the one that signs apart. */
const CLIENTS: Readonly<Record<string, (request: Request, deployment: Deployment) => Opened>> = {
  viem: (request, own) => {
    const transport = custom({ request }, { retryCount: 0 });
    const accounts = async (): Promise<readonly Hex[]> => createWalletClient({ transport }).getAddresses();
    return {
      by: async (number, deployment = own, allowInsecure = false) => {
        const client = createWalletClient({
          transport,
          account: (await accounts())[number]!,
          pollingInterval: 20,
        });
        return viem.createWattest({ deployment, client, allowInsecure });
      },
      readOnly: () =>
        viem.createWattest({ deployment: own, client: createClient({ transport, pollingInterval: 20 }) }),
    };
  },
  'viem, wallet apart': (request, own) => {
    const transport = custom({ request }, { retryCount: 0 });
    const asked = createPublicClient({ transport, pollingInterval: 20 });
    return {
      by: async (number, deployment = own, allowInsecure = false) => {
        const [...accounts] = await createWalletClient({ transport }).getAddresses();
        const wallet = createWalletClient({ transport, account: accounts[number]! });
        return viem.createWattest({ deployment, client: { public: asked, wallet }, allowInsecure });
      },
      readOnly: () => viem.createWattest({ deployment: own, client: { public: asked } }),
    };
  },
  ethers: (request, own) => {
    const provider = new BrowserProvider({ request } as Eip1193Provider, undefined, {
      pollingInterval: 20,
      cacheTimeout: -1,
    });
    return {
      by: async (number, deployment = own, allowInsecure = false) =>
        ethers.createWattest({ deployment, client: await provider.getSigner(number), allowInsecure }),
      readOnly: () => ethers.createWattest({ deployment: own, client: provider }),
    };
  },
};

describe('a client of a deployment', () => {
  let chain: TestChain;
  let digest: Hex;
  let proven: readonly [ProvenStatement, ProvenStatement];
  let deployment: Deployment;
  let clean: unknown;
  const rpc: Request = (call) => chain.provider.request(call);
  const snapshot = (): Promise<unknown> => rpc({ method: 'evm_snapshot' });
  const back = async (to: unknown): Promise<void> => {
    await rpc({ method: 'evm_revert', params: [to] });
  };
  const automine = (on: boolean): Promise<unknown> => rpc({ method: 'evm_setAutomine', params: [on] });
  const mine = (blocks = 1): Promise<unknown> =>
    rpc({ method: 'hardhat_mine', params: [`0x${blocks.toString(16)}`] });

  before(async () => {
    chain = await connectChain();
    const made = await makeToyProof();
    digest = made.toy.key.key.digest;
    const first = { ...provenOf(made), verifyingKey: digest };
    const statement = { ...made.statement, status: 0n };
    const { proof } = await proveToy(made.toy, { ...DEFAULT_RUN, statement });
    proven = [first, { ...first, proof, statement }];
    const generated = generateVerifier(made.toy.key.key);
    const verifier = { generated, contract: await compileVerifier(generated), cannotReturn: CANNOT_RETURN };
    ({ deployment } = await viem.deploy(chain.wallet, { network: 'test-net', ...verifier }));
    clean = await snapshot();
  });
  afterEach(async () => {
    await automine(true);
    await back(clean);
    clean = await snapshot();
  });
  after(() => chain.close());

  for (const [name, open] of Object.entries(CLIENTS)) {
    describe(`by ${name}`, () => {
      let opened: Opened;
      before(() => {
        opened = open(rpc, deployment);
      });
      const account = (number: 0 | 1): Hex =>
        getAddress((number === 0 ? chain.wallet : chain.other).account.address);

      it('submits: the hash at once, then what came of it; a record that stands is not paid for', async () => {
        const own = await opened.by(0);
        await automine(false);
        const sent = await own.submit(proven[1]);
        assert.equal(sent.statementHash, statementHash(proven[1].statement));
        assert.equal(
          await chain.client.getTransactionReceipt({ hash: sent.transactionHash! }).catch(() => 'none'),
          'none',
        );
        await automine(true);
        const waiting = sent.wait({ confirmations: 3 });
        await mine(3);
        const result = await waiting;
        assert.equal(result.outcome, 'recorded');
        assert.equal(result.transactionHash, sent.transactionHash);
        assert.equal(result.record.submitter, account(0));
        assert.deepEqual(await own.read(proven[1]), result.record);
        assert.equal(await opened.readOnly().hasReturned(proven[1]), true);
        // By somebody else.
        const height = await chain.client.getBlockNumber();
        const second = await (await opened.by(1)).submit(proven[1]);
        assert.equal(second.transactionHash, undefined);
        assert.deepEqual(
          [(await second.wait()).outcome, (await second.wait()).record.submitter],
          ['already-recorded', account(0)],
        );
        assert.equal(await chain.client.getBlockNumber(), height, 'nothing was sent');
      });

      it('one that is overtaken says whose record stands', async () => {
        await automine(false);
        const [slow, fast] = [await opened.by(0), await opened.by(1)];
        const mineSent = await slow.submit(proven[0]);
        const { hash, to, input, nonce, gas, ...fees } = await chain.client.getTransaction({
          hash: mineSent.transactionHash!,
        });
        const { maxFeePerGas, maxPriorityFeePerGas } = fees;
        await rpc({ method: 'hardhat_dropTransaction', params: [hash] });
        const theirs = await fast.submit(proven[0]);
        await mine();
        assert.equal((await theirs.wait()).outcome, 'recorded');
        const own = { to, data: input, nonce, gas, maxFeePerGas, maxPriorityFeePerGas } as const;
        const again = await chain.wallet.sendTransaction(own);
        await mine();
        assert.equal(again, mineSent.transactionHash, 'the very transaction');
        const result = await mineSent.wait();
        assert.deepEqual([result.outcome, result.record.submitter], ['already-recorded', account(1)]);
      });

      it('several in one transaction, of which one that is refused spoils none', async () => {
        const own = await opened.by(0);
        const [one, other] = proven;
        await (await own.submit(one)).wait();
        const lie = { ...one, statement: { ...one.statement, publicOutputs: [9n] } };
        const batch = await own.submitBatch([one, lie, other, other]);
        const { entries, transactionHash } = await batch.wait();
        assert.equal(transactionHash, batch.transactionHash);
        assert.deepEqual(
          entries.map((entry) => (entry.outcome === 'refused' ? entry.error.code : entry.outcome)),
          ['already-recorded', 'PROOF_IDENTITY', 'recorded', 'recorded'],
        );
        await refused(own.submitBatch([lie, other], { requireAll: true }), 'PROOF_IDENTITY', /Identity/);
        const none = await own.submitBatch([one, other]);
        assert.equal(none.transactionHash, undefined);
        assert.deepEqual(
          (await none.wait()).entries.map(({ outcome }) => outcome),
          ['already-recorded', 'already-recorded'],
        );
        assert.deepEqual((await (await own.submitBatch([])).wait()).entries, []);
      });

      it('a batch whose key is stopped before it is mined names the reason of each', async () => {
        const own = await opened.by(1);
        await automine(false);
        const batch = await own.submitBatch(proven);
        const to = deployment.registry.address;
        const data = encodeFunctionData({
          abi: viem.REGISTRY_ABI,
          functionName: 'stop',
          args: [digest.slice(0, 10) as Hex],
        });
        const first = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 12n, gas: 200_000n };
        await chain.wallet.sendTransaction({ to, data, ...first });
        await mine();
        const { entries } = await batch.wait();
        assert.deepEqual(
          entries.map((entry) => (entry.outcome === 'refused' ? entry.error.code : entry.outcome)),
          ['KEY_STOPPED', 'KEY_STOPPED'],
        );
        await automine(true);
        await refused(own.submit(proven[0]), 'KEY_STOPPED', /has stopped key/);
      });

      it('in the name of whoever signed, once', async () => {
        const [signer, relayer] = [await opened.by(1), await opened.by(0)];
        const signed: SignedAttestation = await signer.sign(proven[0]);
        assert.equal(getAddress(signed.submitter), account(1));
        await refused(relayer.submitSigned(proven[1], signed), 'SIGNATURE_FOREIGN', /signed for statement/);
        const elsewhere = { ...signed, chainId: 1 };
        await refused(relayer.submitSigned(proven[0], elsewhere), 'SIGNATURE_FOREIGN', /signed for chain 1/);
        const forged = { ...signed, submitter: account(0) };
        await refused(relayer.submitSigned(proven[0], forged), 'CHAIN_REJECTED', /SignatureInvalid/);
        const late = { ...signed, deadline: 1n };
        await refused(relayer.submitSigned(proven[0], late), 'CHAIN_REJECTED', /SignatureExpired/);
        const result = await (await relayer.submitSigned(proven[0], signed)).wait();
        assert.deepEqual([result.outcome, result.record.submitter], ['recorded', account(1)]);
        await refused(
          relayer.submitSigned(proven[0], signed),
          'SIGNATURE_FOREIGN',
          /has nonce 0, and .* is at 1/,
        );
      });

      it('waits for what is not mined as long as it may, and says what was sent when it is interrupted', async () => {
        const own = await opened.by(0);
        await automine(false);
        const sent = await own.submit(proven[0]);
        await refused(
          sent.wait({ timeout: 60 }),
          'TRANSACTION_PENDING',
          new RegExp(`${sent.transactionHash} was sent`),
        );
        const stop = new AbortController();
        const waiting = sent.wait({ signal: stop.signal });
        setTimeout(() => stop.abort(), 30);
        await refused(waiting, 'ABORTED', new RegExp(`transaction ${sent.transactionHash} was sent`));
        await automine(true);
        await mine();
        assert.equal((await sent.wait()).outcome, 'recorded', 'asked again');
      });

      it('a transaction that its sender replaces is no record, or is one of the other', async () => {
        const own = await opened.by(0);
        await automine(false);
        const sent = await own.submit(proven[0]);
        const waiting = sent.wait();
        const { nonce, maxFeePerGas, input, to } = await chain.client.getTransaction({
          hash: sent.transactionHash!,
        });
        const dear = { nonce, maxFeePerGas: 4n * maxFeePerGas!, maxPriorityFeePerGas: 4n * maxFeePerGas! };
        const cancelled = await chain.wallet.sendTransaction({ ...dear, to: chain.wallet.account.address });
        await mine();
        await refused(waiting, 'TRANSACTION_REPLACED', new RegExp(`was replaced by ${cancelled}`));
        // Sped up, by a wallet: the same call with another fee.
        const second = await own.submit(proven[0]);
        const fee = { maxFeePerGas: 10n ** 12n, maxPriorityFeePerGas: 10n ** 12n, gas: 2_000_000n };
        const next = { ...fee, nonce: nonce + 1, to, data: input };
        const sped = await chain.wallet.sendTransaction(next);
        await mine();
        const result = await second.wait();
        assert.deepEqual([result.outcome, result.transactionHash], ['recorded', sped]);
        // Of a batch too, of which nothing else came.
        const batch = await own.submitBatch([proven[1]]);
        const waitingForAll = batch.wait();
        const last = await chain.client.getTransaction({ hash: batch.transactionHash! });
        assert.equal(last.nonce, nonce + 2);
        const price = 4n * last.maxFeePerGas!;
        const none = {
          nonce: last.nonce,
          to: chain.wallet.account.address,
          maxFeePerGas: price,
          maxPriorityFeePerGas: price,
        };
        const instead = await chain.wallet.sendTransaction(none);
        await mine();
        await refused(waitingForAll, 'TRANSACTION_REPLACED', new RegExp(`was replaced by ${instead}`));
      });

      it('a block that the chain drops does not count', async () => {
        const own = await opened.by(0);
        const before = await snapshot();
        const sent = await own.submit(proven[0]);
        assert.equal((await sent.wait()).outcome, 'recorded');
        const waiting = sent.wait({ confirmations: 3, timeout: 400 });
        // It is seen in its block, which is then another one.
        await new Promise((resolve) => setTimeout(resolve, 120));
        await back(before);
        await mine(5);
        await refused(waiting, 'CHAIN_REORGANISED', /which the chain has dropped/);
      });

      it('watches from the deployment on, takes back what the chain takes back, and tells that a key is stopped', async () => {
        const own = await opened.by(0);
        await (await own.submit(proven[0])).wait();
        const [events, removed]: [RegistryEvent[], RegistryEvent[]] = [[], []];
        const stop = opened.readOnly().watchAttestations({
          fromBlock: 'deployment',
          pollingInterval: 15,
          onEvents: (more) => events.push(...more),
          onRemoved: (more) => removed.push(...more),
          onError: (error) => assert.fail(error),
        });
        const kinds = (): string => events.map(({ type }) => type).join();
        await until(() => kinds() === `${MADE},attested`);
        const event = events.at(-1);
        assert.ok(event?.type === 'attested' && event.submitter === account(0));
        assert.deepEqual(event.statement, proven[0].statement);
        const before = await snapshot();
        await (await own.submit(proven[1])).wait();
        await until(() => kinds() === `${MADE},attested,attested`);
        await back(before);
        await mine(3);
        await until(() => removed.length === 1);
        assert.deepEqual(removed, events.slice(-1));
        await viem.stopRoute(chain.wallet, { registry: deployment.registry.address, verifyingKey: digest });
        await until(() => events.at(-1)?.type === 'route-stopped');
        stop();
        const read = await own.events({ blockRange: 1 });
        assert.deepEqual(
          read.map(({ type }) => type),
          [...MADE.split(','), 'attested', 'route-stopped'],
        );
        assert.deepEqual(await own.events({ fromBlock: 'deployment' }), read);
        assert.deepEqual((await own.events({ programId: CANNOT_RETURN })).length, 4, 'no records');
        assert.equal((await own.events({ programId: proven[0].programId, submitter: account(0) })).length, 5);
        assert.equal((await own.events({ submitter: account(1) })).length, 4);
      });

      it('retires and stops a key, and says what its records are worth then', async () => {
        const [own, stranger] = [await opened.by(0), await opened.by(1)];
        await (await own.submit(proven[1])).wait();
        await refused(stranger.freeze(digest), 'CHAIN_REJECTED', /OwnableUnauthorizedAccount/);
        await refused(stranger.stop(digest), 'CHAIN_REJECTED', /NotGuardian/);
        // Of another program, and of a run that did not return: neither shows anything.
        await refused(stranger.stopByProof(proven[1]), 'PROOF_PROGRAM');
        await refused(stranger.stopByProof(proven[0]), 'CHAIN_REJECTED', /NotReturned/);
        await refused(own.stop(digest, { maxFee: 1n }), 'FEE_TOO_HIGH');
        await own.freeze(digest);
        assert.deepEqual(
          (await own.state()).routes.map(({ state }) => state),
          ['frozen'],
        );
        assert.equal(await own.hasReturned(proven[1]), true);
        await refused(own.submit(proven[0]), 'KEY_STOPPED', /RouteNotLive/);
        await own.stop(digest);
        assert.equal((await own.read(proven[1]))?.stopped, true);
        assert.equal(await own.hasReturned(proven[1]), false);
        await refused(opened.readOnly().stop(digest), 'INPUT_INVALID', /has no account/);
      });

      it('an account is needed to send, and none to ask', async () => {
        const reader = opened.readOnly();
        assert.equal(await reader.read(proven[0]), undefined);
        await refused(reader.submit(proven[0]), 'INPUT_INVALID', /has no account/);
        await refused(reader.sign(proven[0]), 'INPUT_INVALID', /has no account/);
      });

      it('nothing is signed by a wallet that changes to another chain in between', async () => {
        let elsewhere = false;
        const asked: string[] = [];
        const moving = open(async (call) => {
          asked.push(call.method);
          // When the proof was looked at, and before it is signed.
          elsewhere ||= call.method === 'eth_call';
          return elsewhere && /^(eth_chainId|net_version)$/.test(call.method) ? '0x1' : rpc(call);
        }, deployment);
        const own = await moving.by(0, deployment, true);
        for (const act of [() => own.submit(proven[0]), () => own.sign(proven[0])]) {
          elsewhere = false;
          await refused(act(), 'CHAIN_MISMATCH');
        }
        assert.deepEqual(
          asked.filter((method) => /^eth_(send|sign)/.test(method)),
          [],
        );
      });

      it('is of one chain, and of the addresses of the file, in mixed case', async () => {
        const own = await opened.by(0, { ...deployment, chainId: 1 });
        for (const ask of [own.submit(proven[0]), own.read(proven[0]), own.check()])
          await refused(ask, 'CHAIN_MISMATCH', /is on chain 31337, the deployment is on 1/);
        const watched = await new Promise<Error & { code?: string }>((resolve) => {
          const stop = own.watchAttestations({
            onEvents: () => assert.fail('events of another chain'),
            onError: (error) => {
              stop();
              resolve(error);
            },
          });
        });
        assert.equal(watched.code, 'CHAIN_MISMATCH');
        const { registry, deployment: shown } = await opened.by(0);
        assert.equal(registry, getAddress(deployment.registry.address));
        assert.equal(shown.verifiers[0]!.address, getAddress(deployment.verifiers[0]!.address));
        await (await opened.by(0)).check();
      });
    });
  }

  it('takes the text of a deployment, what it parses to, and no options that there are not', async () => {
    const text = formatDeployment(deployment);
    for (const given of [text, JSON.parse(text) as { readonly format: string }]) {
      const own = viem.createWattest({ deployment: given, client: chain.client });
      assert.equal(own.registry, getAddress(deployment.registry.address));
    }
    const client = chain.client;
    assert.throws(() => viem.createWattest({ deployment: '{}', client }), { code: 'DEPLOYMENT_INVALID' });
    const unknown = { deployment, client, maxGas: 1n };
    assert.throws(() => viem.createWattest(unknown as never), { code: 'INPUT_INVALID' });
  });

  it('pays no more than it was told to, whatever a proof file or an option that is undefined says', async () => {
    const own = viem.createWattest({ deployment, client: chain.wallet, maxFee: 1n });
    const file = { ...proven[1], maxFee: 10n ** 18n };
    await refused(own.submit(file), 'INPUT_INVALID', /no option "maxFee"/);
    await refused(own.submit(proven[1]), 'FEE_TOO_HIGH');
    await refused(own.submit(proven[1], { maxFee: undefined }), 'FEE_TOO_HIGH');
    await refused(own.submitBatch([proven[1]], { maxFee: undefined }), 'FEE_TOO_HIGH');
    const sent = await own.submit(proven[1], { maxFee: 10n ** 18n });
    await refused(sent.wait({ confirmation: 3 } as never), 'INPUT_INVALID', /no option "confirmation"/);
    assert.equal((await sent.wait()).outcome, 'recorded');
  });

  it('a client that names its chain signs nothing for another one, whatever the endpoint says', async () => {
    const asked: string[] = [];
    const request: Request = async (call) => {
      asked.push(call.method);
      return call.method === 'eth_chainId' ? '0x1' : rpc(call);
    };
    const { account, chain: own } = chain.wallet;
    const wallet = createWalletClient({
      transport: custom({ request }),
      account: account.address,
      chain: own,
    });
    const parameters = { ...proven[0], registry: deployment.registry.address, allowInsecure: true };
    await refused(viem.signAttestation(wallet, parameters), 'CHAIN_MISMATCH');
    await refused(viem.attest(wallet, parameters), 'CHAIN_MISMATCH');
    assert.ok(!asked.some((method) => /^eth_(send|sign)/.test(method)));
  });

  it('proves by the prover that it was given, for keys of the deployment alone', async () => {
    const parameters = { wasm: new Uint8Array() };
    const without = viem.createWattest({ deployment, client: chain.client });
    await refused(without.prove(parameters), 'INPUT_INVALID', /no prover/);
    const proving = (verifyingKey: Hex): Wattest =>
      viem.createWattest({
        deployment,
        client: chain.client,
        prover: { prove: async () => ({ document: { ...proven[0], verifyingKey } }) as never },
      });
    const { document } = await proving(digest).prove(parameters);
    assert.equal(document.verifyingKey, digest);
    await refused(
      proving(`0x${'11'.repeat(32)}`).prove(parameters),
      'PROOF_FOREIGN_KEY',
      /the prover's key is 0x11/,
    );
  });
});
