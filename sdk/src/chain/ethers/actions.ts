/** The actions with a client of ethers in front; each is described in {@link Actions}. */

import type { Signer } from 'ethers';
import type { Actions } from '../api.ts';
import { bindActions } from '../bind.ts';
import { ethersReader, ethersWriter, type ReadRunner } from './port.ts';

/** All actions, with what they take and give. */
export type EthersActions = Actions<ReadRunner, Signer>;
const actions: EthersActions = /* @__PURE__ */ bindActions(ethersReader, ethersWriter);

/** See {@link Actions.deployVerifier}. */
export const deployVerifier: EthersActions['deployVerifier'] = actions.deployVerifier;
/** See {@link Actions.deployRegistry}. */
export const deployRegistry: EthersActions['deployRegistry'] = actions.deployRegistry;
/** See {@link Actions.deploy}. */
export const deploy: EthersActions['deploy'] = actions.deploy;
/** See {@link Actions.planDeployment}. */
export const planDeployment: EthersActions['planDeployment'] = actions.planDeployment;
/** See {@link Actions.checkDeployment}. */
export const checkDeployment: EthersActions['checkDeployment'] = actions.checkDeployment;
/** See {@link Actions.checkRegistry}. */
export const checkRegistry: EthersActions['checkRegistry'] = actions.checkRegistry;
/** See {@link Actions.attest}. */
export const attest: EthersActions['attest'] = actions.attest;
/** See {@link Actions.readAttestation}. */
export const readAttestation: EthersActions['readAttestation'] = actions.readAttestation;
/** See {@link Actions.readRecords}. */
export const readRecords: EthersActions['readRecords'] = actions.readRecords;
/** See {@link Actions.hasReturned}. */
export const hasReturned: EthersActions['hasReturned'] = actions.hasReturned;
/** See {@link Actions.verifyOnChain}. */
export const verifyOnChain: EthersActions['verifyOnChain'] = actions.verifyOnChain;
/** See {@link Actions.readVerifier}. */
export const readVerifier: EthersActions['readVerifier'] = actions.readVerifier;
/** See {@link Actions.addRoute}. */
export const addRoute: EthersActions['addRoute'] = actions.addRoute;
/** See {@link Actions.freezeRoute}. */
export const freezeRoute: EthersActions['freezeRoute'] = actions.freezeRoute;
/** See {@link Actions.stopRoute}. */
export const stopRoute: EthersActions['stopRoute'] = actions.stopRoute;
/** See {@link Actions.stopByProof}. */
export const stopByProof: EthersActions['stopByProof'] = actions.stopByProof;
/** See {@link Actions.readRegistry}. */
export const readRegistry: EthersActions['readRegistry'] = actions.readRegistry;
/** See {@link Actions.submit}. */
export const submit: EthersActions['submit'] = actions.submit;
/** See {@link Actions.submitBatch}. */
export const submitBatch: EthersActions['submitBatch'] = actions.submitBatch;
/** See {@link Actions.signAttestation}. */
export const signAttestation: EthersActions['signAttestation'] = actions.signAttestation;
/** See {@link Actions.submitSigned}. */
export const submitSigned: EthersActions['submitSigned'] = actions.submitSigned;
/** See {@link Actions.readEvents}. */
export const readEvents: EthersActions['readEvents'] = actions.readEvents;
/** See {@link Actions.watchAttestations}. */
export const watchAttestations: EthersActions['watchAttestations'] = actions.watchAttestations;
/** See {@link Actions.readOperation}. */
export const readOperation: EthersActions['readOperation'] = actions.readOperation;
/** See {@link Actions.actByTimelock}. */
export const actByTimelock: EthersActions['actByTimelock'] = actions.actByTimelock;
/** See {@link Actions.cancelOperation}. */
export const cancelOperation: EthersActions['cancelOperation'] = actions.cancelOperation;
/** See {@link Actions.readTimelock}. */
export const readTimelock: EthersActions['readTimelock'] = actions.readTimelock;
/** See {@link Actions.checkTimelock}. */
export const checkTimelock: EthersActions['checkTimelock'] = actions.checkTimelock;
/** See {@link Actions.prepareOwnerCall}. */
export const prepareOwnerCall: EthersActions['prepareOwnerCall'] = actions.prepareOwnerCall;
/** See {@link Actions.proposeVerifier}. */
export const proposeVerifier: EthersActions['proposeVerifier'] = actions.proposeVerifier;
