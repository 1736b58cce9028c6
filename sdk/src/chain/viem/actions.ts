/** The actions with a client of viem in front; each is described in {@link Actions}. */
import type { Actions } from '../api.ts';
import { bindActions } from '../bind.ts';
import { type ReadClient, viemReader, viemWriter, type WalletClient } from './port.ts';

type Bound = Actions<ReadClient, WalletClient>;
const actions: Bound = /* @__PURE__ */ bindActions(viemReader, viemWriter);

/** See {@link Actions.deployVerifier}. */
export const deployVerifier: Bound['deployVerifier'] = actions.deployVerifier;
/** See {@link Actions.deployRegistry}. */
export const deployRegistry: Bound['deployRegistry'] = actions.deployRegistry;
/** See {@link Actions.deploy}. */
export const deploy: Bound['deploy'] = actions.deploy;
/** See {@link Actions.planDeployment}. */
export const planDeployment: Bound['planDeployment'] = actions.planDeployment;
/** See {@link Actions.checkDeployment}. */
export const checkDeployment: Bound['checkDeployment'] = actions.checkDeployment;
/** See {@link Actions.checkRegistry}. */
export const checkRegistry: Bound['checkRegistry'] = actions.checkRegistry;
/** See {@link Actions.attest}. */
export const attest: Bound['attest'] = actions.attest;
/** See {@link Actions.readAttestation}. */
export const readAttestation: Bound['readAttestation'] = actions.readAttestation;
/** See {@link Actions.hasReturned}. */
export const hasReturned: Bound['hasReturned'] = actions.hasReturned;
/** See {@link Actions.verifyOnChain}. */
export const verifyOnChain: Bound['verifyOnChain'] = actions.verifyOnChain;
/** See {@link Actions.readVerifier}. */
export const readVerifier: Bound['readVerifier'] = actions.readVerifier;
/** See {@link Actions.addRoute}. */
export const addRoute: Bound['addRoute'] = actions.addRoute;
/** See {@link Actions.freezeRoute}. */
export const freezeRoute: Bound['freezeRoute'] = actions.freezeRoute;
/** See {@link Actions.stopRoute}. */
export const stopRoute: Bound['stopRoute'] = actions.stopRoute;
/** See {@link Actions.stopByProof}. */
export const stopByProof: Bound['stopByProof'] = actions.stopByProof;
/** See {@link Actions.readRegistry}. */
export const readRegistry: Bound['readRegistry'] = actions.readRegistry;
/** See {@link Actions.submit}. */
export const submit: Bound['submit'] = actions.submit;
/** See {@link Actions.submitBatch}. */
export const submitBatch: Bound['submitBatch'] = actions.submitBatch;
/** See {@link Actions.signAttestation}. */
export const signAttestation: Bound['signAttestation'] = actions.signAttestation;
/** See {@link Actions.submitSigned}. */
export const submitSigned: Bound['submitSigned'] = actions.submitSigned;
/** See {@link Actions.readEvents}. */
export const readEvents: Bound['readEvents'] = actions.readEvents;
/** See {@link Actions.watchAttestations}. */
export const watchAttestations: Bound['watchAttestations'] = actions.watchAttestations;
/** See {@link Actions.readOperation}. */
export const readOperation: Bound['readOperation'] = actions.readOperation;
/** See {@link Actions.actByTimelock}. */
export const actByTimelock: Bound['actByTimelock'] = actions.actByTimelock;
/** See {@link Actions.cancelOperation}. */
export const cancelOperation: Bound['cancelOperation'] = actions.cancelOperation;
/** See {@link Actions.readTimelock}. */
export const readTimelock: Bound['readTimelock'] = actions.readTimelock;
/** See {@link Actions.checkTimelock}. */
export const checkTimelock: Bound['checkTimelock'] = actions.checkTimelock;
/** See {@link Actions.proposeVerifier}. */
export const proposeVerifier: Bound['proposeVerifier'] = actions.proposeVerifier;
