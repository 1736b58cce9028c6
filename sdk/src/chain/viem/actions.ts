/** The actions with a client of viem in front; each is described in {@link Actions}. */
import type { Actions } from '../api.ts';
import { bindActions } from '../bind.ts';
import { type ReadClient, viemReader, viemWriter, type WalletClient } from './port.ts';

/** All actions, with what they take and give. */
export type ViemActions = Actions<ReadClient, WalletClient>;
const actions: ViemActions = /* @__PURE__ */ bindActions(viemReader, viemWriter);

/** See {@link Actions.deployVerifier}. */
export const deployVerifier: ViemActions['deployVerifier'] = actions.deployVerifier;
/** See {@link Actions.deployRegistry}. */
export const deployRegistry: ViemActions['deployRegistry'] = actions.deployRegistry;
/** See {@link Actions.deploy}. */
export const deploy: ViemActions['deploy'] = actions.deploy;
/** See {@link Actions.planDeployment}. */
export const planDeployment: ViemActions['planDeployment'] = actions.planDeployment;
/** See {@link Actions.checkDeployment}. */
export const checkDeployment: ViemActions['checkDeployment'] = actions.checkDeployment;
/** See {@link Actions.checkRegistry}. */
export const checkRegistry: ViemActions['checkRegistry'] = actions.checkRegistry;
/** See {@link Actions.attest}. */
export const attest: ViemActions['attest'] = actions.attest;
/** See {@link Actions.readAttestation}. */
export const readAttestation: ViemActions['readAttestation'] = actions.readAttestation;
/** See {@link Actions.readRecords}. */
export const readRecords: ViemActions['readRecords'] = actions.readRecords;
/** See {@link Actions.hasReturned}. */
export const hasReturned: ViemActions['hasReturned'] = actions.hasReturned;
/** See {@link Actions.verifyOnChain}. */
export const verifyOnChain: ViemActions['verifyOnChain'] = actions.verifyOnChain;
/** See {@link Actions.readVerifier}. */
export const readVerifier: ViemActions['readVerifier'] = actions.readVerifier;
/** See {@link Actions.addRoute}. */
export const addRoute: ViemActions['addRoute'] = actions.addRoute;
/** See {@link Actions.freezeRoute}. */
export const freezeRoute: ViemActions['freezeRoute'] = actions.freezeRoute;
/** See {@link Actions.stopRoute}. */
export const stopRoute: ViemActions['stopRoute'] = actions.stopRoute;
/** See {@link Actions.stopByProof}. */
export const stopByProof: ViemActions['stopByProof'] = actions.stopByProof;
/** See {@link Actions.readRegistry}. */
export const readRegistry: ViemActions['readRegistry'] = actions.readRegistry;
/** See {@link Actions.submit}. */
export const submit: ViemActions['submit'] = actions.submit;
/** See {@link Actions.submitBatch}. */
export const submitBatch: ViemActions['submitBatch'] = actions.submitBatch;
/** See {@link Actions.signAttestation}. */
export const signAttestation: ViemActions['signAttestation'] = actions.signAttestation;
/** See {@link Actions.submitSigned}. */
export const submitSigned: ViemActions['submitSigned'] = actions.submitSigned;
/** See {@link Actions.readEvents}. */
export const readEvents: ViemActions['readEvents'] = actions.readEvents;
/** See {@link Actions.watchAttestations}. */
export const watchAttestations: ViemActions['watchAttestations'] = actions.watchAttestations;
/** See {@link Actions.readOperation}. */
export const readOperation: ViemActions['readOperation'] = actions.readOperation;
/** See {@link Actions.actByTimelock}. */
export const actByTimelock: ViemActions['actByTimelock'] = actions.actByTimelock;
/** See {@link Actions.cancelOperation}. */
export const cancelOperation: ViemActions['cancelOperation'] = actions.cancelOperation;
/** See {@link Actions.readTimelock}. */
export const readTimelock: ViemActions['readTimelock'] = actions.readTimelock;
/** See {@link Actions.checkTimelock}. */
export const checkTimelock: ViemActions['checkTimelock'] = actions.checkTimelock;
/** See {@link Actions.prepareOwnerCall}. */
export const prepareOwnerCall: ViemActions['prepareOwnerCall'] = actions.prepareOwnerCall;
/** See {@link Actions.proposeVerifier}. */
export const proposeVerifier: ViemActions['proposeVerifier'] = actions.proposeVerifier;
