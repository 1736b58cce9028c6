/** Names of what the actions take, grouped as their types are. One that is none of these would be left aside, a limit or a key that was asked for with it. */
import type { ProofDocument } from '../attest/proof/document.ts';
import { type OptionNames, requireNames } from '../json/options.ts';
import type { Actions, SubmitOptions, Wattest, WattestParameters } from './api.ts';
import type { RequestParameters } from './bounded.ts';
import type {
  FeeParameters,
  PlaceParameters,
  ProvenStatement,
  RegistryRoles,
  SentTransactions,
  TargetParameters,
  VerifierOfKind,
} from './calls.ts';
import type { CheckDeploymentParameters } from './check-deployment.ts';
import type { DeployParameters, PlanParameters } from './deploy.ts';
import type { PrepareOwnerCallParameters } from './owner-calls.ts';
import type { ProposeParameters } from './propose.ts';
import type { TimelockSetup } from './timelock.ts';
import type { TimelockCall } from './timelock-actions.ts';
import type { WaitParameters } from './wait.ts';
import type { EventFilter, ReadEventsParameters, WatchParameters } from './watch.ts';

const REQUEST: OptionNames<RequestParameters> = { requestTimeout: true, signal: true };
const FEE: OptionNames<FeeParameters> = { ...REQUEST, maxFee: true, onFee: true };
const PLACE: OptionNames<PlaceParameters> = { salt: true, publishFactory: true };
const TARGET: OptionNames<TargetParameters> = { ...FEE, registry: true, allowInsecure: true };
const WAIT: OptionNames<WaitParameters> = { confirmations: true, timeout: true, signal: true };
const ROLES: OptionNames<RegistryRoles> = { owner: true, guardian: true };
const VERIFIER: OptionNames<VerifierOfKind> = {
  kind: true,
  generated: true,
  contract: true,
  cannotReturn: true,
};
const FILTER: OptionNames<Omit<EventFilter, 'registry'>> = { programId: true, submitter: true };
const EVENTS: OptionNames<Omit<ReadEventsParameters, 'registry'>> = {
  ...FILTER,
  ...REQUEST,
  fromBlock: true,
  toBlock: true,
  blockRange: true,
};
const WATCH: OptionNames<Omit<WatchParameters, 'registry'>> = {
  ...FILTER,
  ...REQUEST,
  fromBlock: true,
  blockRange: true,
  confirmations: true,
  pollingInterval: true,
  onEvents: true,
  onRemoved: true,
  onError: true,
};
const CHECK: OptionNames<Omit<CheckDeploymentParameters, 'deployment'>> = {
  ...REQUEST,
  ...VERIFIER,
  others: true,
  trustOthers: true,
  allowStopped: true,
  adding: true,
};
const SENT: OptionNames<SentTransactions> = { timelock: true, verifier: true, registry: true };
const TIMELOCK: OptionNames<TimelockSetup> = { minDelay: true, proposers: true, executors: true };
/** A proof as its file has it. */
const PROVEN: OptionNames<ProvenStatement | ProofDocument> = {
  system: true,
  machine: true,
  verifyingKey: true,
  kind: true,
  shards: true,
  insecure: true,
  programId: true,
  programKey: true,
  entry: true,
  statement: true,
  proof: true,
};
const OWNER_CALL: OptionNames<PrepareOwnerCallParameters> = {
  ...REQUEST,
  registry: true,
  owner: true,
  act: true,
  verifier: true,
  cannotReturn: true,
  verifyingKey: true,
  id: true,
};
const PROPOSAL = {
  ...FEE,
  ...PLACE,
  ...VERIFIER,
  network: true,
  deployment: true,
} as const;
const PROPOSE: OptionNames<ProposeParameters> = { ...PROPOSAL, prepareOnly: true, owner: true };
const CALL: OptionNames<TimelockCall> = { timelock: true, to: true, data: true };
const PLAN: OptionNames<PlanParameters> = { ...PROPOSAL, ...ROLES, timelock: true, sent: true };
const DEPLOY: OptionNames<DeployParameters> = { ...PLAN, onSent: true, onPlan: true };
const ROUTE = { ...FEE, registry: true, verifyingKey: true } as const;
const QUESTION = { ...REQUEST, ...PROVEN, registry: true, allowInsecure: true } as const;

type Name = keyof Actions<unknown, unknown>;
type Names = Readonly<Record<string, true>>;

const PARAMETERS: {
  readonly [N in Name]: OptionNames<Parameters<Actions<unknown, unknown>[N]>[1]> & Names;
} = {
  deployVerifier: { ...FEE, ...PLACE, contract: true },
  deployRegistry: { ...FEE, ...ROLES, ...PLACE, verifier: true, cannotReturn: true },
  addRoute: { ...FEE, registry: true, verifier: true, cannotReturn: true },
  freezeRoute: ROUTE,
  stopRoute: ROUTE,
  stopByProof: { ...FEE, ...PROVEN, registry: true },
  readRegistry: { ...REQUEST, registry: true },
  deploy: DEPLOY,
  planDeployment: PLAN,
  proposeVerifier: PROPOSE,
  prepareOwnerCall: OWNER_CALL,
  readOperation: { ...REQUEST, ...CALL },
  actByTimelock: { ...FEE, ...CALL },
  cancelOperation: { ...FEE, timelock: true, id: true },
  readTimelock: { ...REQUEST, timelock: true, fromBlock: true },
  checkTimelock: { ...REQUEST, deployment: true },
  // What `deploy` was given may be given whole to the check of what it made.
  checkDeployment: { ...DEPLOY, ...CHECK, deployment: true },
  checkRegistry: { ...REQUEST, deployment: true, allowStopped: true, adding: true },
  attest: { ...TARGET, ...PROVEN, ...WAIT },
  submit: { ...TARGET, ...PROVEN, ...WAIT },
  submitBatch: { ...TARGET, requests: true, requireAll: true },
  signAttestation: { ...TARGET, ...PROVEN, lifetime: true },
  submitSigned: { ...TARGET, ...PROVEN, signed: true },
  readAttestation: { ...QUESTION, statementHash: true },
  readRecords: { ...QUESTION, statementHash: true },
  hasReturned: QUESTION,
  verifyOnChain: { ...REQUEST, ...PROVEN, verifier: true, allowInsecure: true, expect: true },
  readVerifier: { ...REQUEST, verifier: true },
  readEvents: { ...EVENTS, registry: true },
  watchAttestations: { ...WATCH, registry: true },
};

/** What actions take as objects of their own, or as lists of them; a timelock that stands is an address. */
const PARTS: Readonly<Record<string, Names>> = {
  requests: PROVEN,
  others: DEPLOY,
  sent: SENT,
  timelock: TIMELOCK,
};

function requireKnown(given: object, names: Names, where: string): void {
  requireNames(given, names, where);
  for (const [part, own] of Object.entries(PARTS)) {
    const value = (given as Readonly<Record<string, unknown>>)[part];
    if (typeof value !== 'object' || value === null || !(part in names)) continue;
    const list: readonly object[] = Array.isArray(value) ? value : [value];
    for (const one of list) requireNames(one, own, `${where}, ${part}`);
  }
}

/** Of an action. @throws INPUT_INVALID for a name that it does not have */
export function requireParameters(name: Name, parameters: object): void {
  requireKnown(parameters, PARAMETERS[name], name);
}

/** What `createWattest` takes. */
const CREATION: OptionNames<WattestParameters<unknown>> = {
  ...FEE,
  deployment: true,
  client: true,
  prover: true,
  allowInsecure: true,
};
const SUBMIT: OptionNames<SubmitOptions> = FEE;

/** Methods of it that take names of their own; `prove` knows its own. */
export type Method = Exclude<
  { [M in keyof Wattest]: Wattest[M] extends (...args: never[]) => unknown ? M : never }[keyof Wattest],
  'prove' | 'state'
>;
/** `data`: of somebody else, such as a signature. In a list: those of each of a list. */
type NamesOf<A extends readonly unknown[]> = {
  readonly [I in keyof A]-?: (OptionNames<A[I]> & Names) | 'data' | readonly [each: Names];
};

/** By their place. Registry, deployment and client are those that it was made with. */
const ARGUMENTS: { readonly [M in Method]: NamesOf<Parameters<Wattest[M]>> } = {
  submit: [PROVEN, SUBMIT],
  submitBatch: [[PROVEN], { ...SUBMIT, requireAll: true }],
  sign: [PROVEN, { ...REQUEST, lifetime: true }],
  submitSigned: [PROVEN, 'data', SUBMIT],
  read: [{ ...PROVEN, statementHash: true }],
  hasReturned: [PROVEN],
  freeze: ['data', SUBMIT],
  stop: ['data', SUBMIT],
  stopByProof: [PROVEN, SUBMIT],
  events: [EVENTS],
  watchAttestations: [WATCH],
  check: [CHECK],
};

/** @throws INPUT_INVALID */
export function requireCreation(parameters: object): void {
  requireNames(parameters, CREATION, 'createWattest');
}

/** Of a method of what `createWattest` makes. @throws INPUT_INVALID for a name that it does not have */
export function requireArguments(method: Method, args: readonly unknown[]): void {
  const known: readonly (Names | 'data' | readonly [each: Names])[] = ARGUMENTS[method];
  args.forEach((given, i) => {
    const names = known[i];
    if (given === undefined || names === undefined || names === 'data') return;
    if (!Array.isArray(names)) requireKnown(given as object, names as Names, method);
    else for (const one of given as object[]) requireNames(one, names[0], method);
  });
}

/** Of `wait`. */
export function requireWaiting(parameters: WaitParameters = {}): void {
  requireNames(parameters, WAIT, 'wait');
}
