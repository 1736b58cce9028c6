/** The actions as users call them: with a client of their library in front, and with names of parameters checked. */
import * as contract from './actions.ts';
import type { Actions } from './api.ts';
import { boundedReader, boundedWriter, type RequestParameters, type SendingParameters } from './bounded.ts';
import { checkDeployment, checkRegistry } from './check-deployment.ts';
import { deploy, planDeployment } from './deploy.ts';
import { prepareOwnerCall } from './owner-calls.ts';
import { requireParameters } from './parameters.ts';
import type { ChainReader, ChainWriter } from './port.ts';
import { proposeVerifier } from './propose.ts';
import { attest, signAttestation, submit, submitBatch, submitSigned } from './submit.ts';
import * as timelock from './timelock-actions.ts';
import { readEvents, watchAttestations } from './watch.ts';

type Name = keyof Actions<unknown, unknown>;
type ParametersOf<N extends Name> = Parameters<Actions<unknown, unknown>[N]>[1] &
  RequestParameters &
  SendingParameters;
type ResultOf<N extends Name> = Awaited<ReturnType<Actions<unknown, unknown>[N]>>;

/** Every action over one client library, from how its clients become ports. */
export function bindActions<Read, Write>(
  readerOf: (client: Read) => ChainReader,
  writerOf: (client: Write) => ChainWriter,
): Actions<Read, Write> {
  const reads =
    <N extends Name>(
      name: N,
      action: (reader: ChainReader, parameters: ParametersOf<N>) => Promise<ResultOf<N>>,
    ) =>
    async (client: Read, parameters: ParametersOf<N>): Promise<ResultOf<N>> => {
      requireParameters(name, parameters);
      return action(boundedReader(readerOf(client), parameters), parameters);
    };
  const writes =
    <N extends Name>(
      name: N,
      action: (writer: ChainWriter, parameters: ParametersOf<N>) => Promise<ResultOf<N>>,
    ) =>
    async (client: Write, parameters: ParametersOf<N>): Promise<ResultOf<N>> => {
      requireParameters(name, parameters);
      return action(boundedWriter(writerOf(client), parameters), parameters);
    };
  return {
    deployVerifier: writes('deployVerifier', contract.deployVerifier),
    deployRegistry: writes('deployRegistry', contract.deployRegistry),
    addRoute: writes('addRoute', contract.addRoute),
    freezeRoute: writes('freezeRoute', contract.freezeRoute),
    stopRoute: writes('stopRoute', contract.stopRoute),
    stopByProof: writes('stopByProof', contract.stopByProof),
    deploy: writes('deploy', deploy),
    planDeployment: writes('planDeployment', planDeployment),
    readOperation: reads('readOperation', timelock.readOperation),
    actByTimelock: writes('actByTimelock', timelock.actByTimelock),
    cancelOperation: writes('cancelOperation', timelock.cancelOperation),
    readTimelock: reads('readTimelock', timelock.readTimelock),
    checkTimelock: reads('checkTimelock', timelock.checkTimelock),
    prepareOwnerCall: reads('prepareOwnerCall', prepareOwnerCall),
    proposeVerifier: writes('proposeVerifier', proposeVerifier),
    attest: writes('attest', attest),
    submit: writes('submit', submit),
    submitBatch: writes('submitBatch', submitBatch),
    signAttestation: writes('signAttestation', signAttestation),
    submitSigned: writes('submitSigned', submitSigned),
    readRegistry: reads('readRegistry', contract.readRegistry),
    checkDeployment: reads('checkDeployment', checkDeployment),
    checkRegistry: reads('checkRegistry', checkRegistry),
    readAttestation: reads('readAttestation', contract.readAttestation),
    readRecords: reads('readRecords', contract.readRecords),
    hasReturned: reads('hasReturned', contract.hasReturned),
    verifyOnChain: reads('verifyOnChain', contract.verifyOnChain),
    readVerifier: reads('readVerifier', contract.readVerifier),
    readEvents: reads('readEvents', readEvents),
    watchAttestations: (client, parameters) => {
      requireParameters('watchAttestations', parameters);
      return watchAttestations(boundedReader(readerOf(client), parameters), parameters);
    },
  };
}
