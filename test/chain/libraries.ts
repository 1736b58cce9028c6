/** Every action by each client library, with its client filled in: what one can do, so can the other. */
import { BrowserProvider, type Eip1193Provider } from 'ethers';
import { createClient, createWalletClient, custom, type Hex } from 'viem';
import type { Actions } from '../../sdk/src/chain/api.ts';
import * as ethers from '../../sdk/src/ethers.ts';
import * as viem from '../../sdk/src/viem.ts';
import type { TestChain } from './fixture.ts';

type Bound<A> = {
  readonly [Name in keyof A]: A[Name] extends (client: never, parameters: infer P) => infer R
    ? (parameters: P) => R
    : never;
};
export interface Library extends Bound<Actions<unknown, unknown>> {
  readonly account: Hex;
}

type Request = (call: { method: string; params?: unknown[] }) => Promise<unknown>;

/** By `request`, which may be another than the chain's own: an endpoint that lies or fails. */
export const LIBRARIES: Readonly<Record<string, (chain: TestChain, request?: Request) => Promise<Library>>> =
  {
    viem: async (chain, request = chain.provider.request.bind(chain.provider)) => {
      const transport = custom({ request }, { retryCount: 0 });
      const { account } = chain.wallet;
      const reader = createClient({ transport });
      const writer = createWalletClient({ transport, account: account.address });
      return bound(viem, reader, writer, account.address);
    },
    ethers: async (chain, request = chain.provider.request.bind(chain.provider)) => {
      const provider = new BrowserProvider({ request } as Eip1193Provider);
      const signer = await provider.getSigner();
      return bound(ethers, provider, signer, (await signer.getAddress()) as Hex);
    },
  };

function bound<R, W>(actions: Actions<R, W>, reader: R, writer: NoInfer<W>, account: Hex): Library {
  return {
    account,
    deployVerifier: (parameters) => actions.deployVerifier(writer, parameters),
    deployRegistry: (parameters) => actions.deployRegistry(writer, parameters),
    addRoute: (parameters) => actions.addRoute(writer, parameters),
    freezeRoute: (parameters) => actions.freezeRoute(writer, parameters),
    stopRoute: (parameters) => actions.stopRoute(writer, parameters),
    stopByProof: (parameters) => actions.stopByProof(writer, parameters),
    readRegistry: (parameters) => actions.readRegistry(reader, parameters),
    deploy: (parameters) => actions.deploy(writer, parameters),
    planDeployment: (parameters) => actions.planDeployment(writer, parameters),
    readOperation: (parameters) => actions.readOperation(reader, parameters),
    actByTimelock: (parameters) => actions.actByTimelock(writer, parameters),
    cancelOperation: (parameters) => actions.cancelOperation(writer, parameters),
    readTimelock: (parameters) => actions.readTimelock(reader, parameters),
    checkTimelock: (parameters) => actions.checkTimelock(reader, parameters),
    prepareOwnerCall: (parameters) => actions.prepareOwnerCall(reader, parameters),
    proposeVerifier: (parameters) => actions.proposeVerifier(writer, parameters),
    attest: (parameters) => actions.attest(writer, parameters),
    submit: (parameters) => actions.submit(writer, parameters),
    submitBatch: (parameters) => actions.submitBatch(writer, parameters),
    signAttestation: (parameters) => actions.signAttestation(writer, parameters),
    submitSigned: (parameters) => actions.submitSigned(writer, parameters),
    readEvents: (parameters) => actions.readEvents(reader, parameters),
    watchAttestations: (parameters) => actions.watchAttestations(reader, parameters),
    checkDeployment: (parameters) => actions.checkDeployment(reader, parameters),
    checkRegistry: (parameters) => actions.checkRegistry(reader, parameters),
    readAttestation: (parameters) => actions.readAttestation(reader, parameters),
    readRecords: (parameters) => actions.readRecords(reader, parameters),
    hasReturned: (parameters) => actions.hasReturned(reader, parameters),
    verifyOnChain: (parameters) => actions.verifyOnChain(reader, parameters),
    readVerifier: (parameters) => actions.readVerifier(reader, parameters),
  };
}
