/** What the plugin adds to Hardhat's configuration and runtime environment. */
import type { ResolvedConfigurationVariable, SensitiveString } from 'hardhat/types/config';
import type { NetworkConnection } from 'hardhat/types/network';
import type { ProofDocument } from '../attest/proof/document.ts';
import type { ProveParameters } from '../attest/proof/prove.ts';
import type { ContractKind } from '../attest/session/contract-kinds.ts';
import type { SessionProgress } from '../attest/session/session.ts';
import type { Attestation, AttestResult, PlaceParameters, VerifierOfKind } from '../chain/calls.ts';
import type { Deployment } from '../chain/deployments.ts';
import type { DeploymentPlan } from '../chain/plan.ts';
import type { TransactionCost } from '../chain/port.ts';
import type { TimelockSetup } from '../chain/timelock.ts';
import type { BoundProgram } from '../cli/bind/bind-programs.ts';
import type { ManifestFile } from '../cli/bind/manifest-file.ts';
import type { Hex } from '../plonk/keys/key.ts';
import type { TypedRecord } from '../typed/codec.ts';
import type { InterfaceDeclaration } from '../typed/program.ts';
import type { TypedProgram } from '../typed/typed-program.ts';

/** The programs of a project by name; `wattest bind` of the plugin writes what adds them here. */
// biome-ignore lint/suspicious/noEmptyInterface: it is there to be added to
export interface WattestPrograms {}

/** Names of programs: those that were bound, any text before. */
export type ProgramName = keyof WattestPrograms extends never
  ? string
  : Extract<keyof WattestPrograms, string>;

type Part<
  N extends string,
  W extends 'inputs' | 'privateInputs' | 'outputs',
> = N extends keyof WattestPrograms
  ? WattestPrograms[N] extends TypedProgram<infer I, infer P, infer O>
    ? { readonly inputs: I; readonly privateInputs: P; readonly outputs: O }[W]
    : TypedRecord
  : TypedRecord;

/** Values that a run is given; what a program does not have may be left out. */
export type ProgramValues<N extends string> = Optional<'inputs', Part<N, 'inputs'>> &
  Optional<'privateInputs', Part<N, 'privateInputs'>>;

type Optional<W extends string, T> =
  Record<string, never> extends T ? { readonly [K in W]?: T } : { readonly [K in W]: T };

/** `maxInstructions` and `maxMemoryBytes` are those of the SDK's `prove`. */
export interface ProveSettings extends Pick<ProveParameters, 'maxInstructions' | 'maxMemoryBytes'> {
  /** A small proof, for less gas: it takes longer, and another verifier. Runs that take several proofs always become one. */
  readonly wrap?: boolean;
  /** Prove although the cache has a proof of this run. */
  readonly fresh?: boolean;
  readonly onProgress?: (progress: SessionProgress) => void;
  readonly signal?: AbortSignal;
}

export interface ProgramProof<N extends string = ProgramName> {
  readonly program: N;
  readonly programId: Hex;
  readonly document: ProofDocument;
  readonly inputs: Part<N, 'inputs'>;
  readonly outputs: Part<N, 'outputs'>;
  /** The proof was made before, and verified again now. */
  readonly cached: boolean;
}

/** Any connection of Hardhat's: `await hre.network.create()`. */
export type Connection = NetworkConnection<string>;

/** With `salt` and `publishFactory` of the SDK's `deploy`: where the contracts come to stand. */
export interface DeploySettings extends PlaceParameters {
  /** Whose verifier; default: of direct proofs. Proofs with `wrap` are `small`, of runs that took several `joined`. */
  readonly kind?: ContractKind;
  /** The account that pays, one of the connection's; default: its first. */
  readonly from?: Hex;
  /** Of a new registry; default: the account. */
  readonly owner?: Hex;
  readonly guardian?: Hex;
  /** A timelock that is deployed first, as the owner of a new registry; `proposers` are by default the account. Not beside `owner`. */
  readonly timelock?: Omit<TimelockSetup, 'proposers'> & Partial<Pick<TimelockSetup, 'proposers'>>;
  /** Most that one transaction may cost, in wei; default: 10^18. */
  readonly maxFee?: bigint;
  /**
   * Do not go on with the deployment of this network, and overwrite its file: what stands of the same key, roles and salt is found again and not paid for, another
   * salt deploys anew. On simulated networks all contracts are new unless a salt is given.
   */
  readonly replace?: boolean;
  /** Hears addresses and cost before anything is sent; what it throws keeps everything from being sent. No more is signed than twice the cost, whether it is given or not. */
  readonly onPlan?: (plan: DeploymentPlan) => void | Promise<void>;
}

/** Who has a say in a registry, which whoever made it may have given to somebody else. */
export interface AdoptedRoles {
  /** May add keys, and stop them. */
  readonly owner: Hex;
  /** May stop keys. */
  readonly guardian: Hex;
}

export interface AdoptSettings {
  readonly registry: Hex;
  /** Overwrite the file of another deployment of the network. */
  readonly replace?: boolean;
  /** Hears who may add and stop keys, before the deployment is kept; what it throws keeps it from being kept. */
  readonly onRoles?: (roles: AdoptedRoles) => void | Promise<void>;
}

export interface AttestSettings {
  readonly from?: Hex;
  readonly maxFee?: bigint;
  /** Believe the deployment file that its verifier verifies; the registry is checked all the same. */
  readonly trustVerifier?: boolean;
  /** Submit to a verifier of a development SRS on any chain. */
  readonly allowInsecure?: boolean;
  /** Blocks that must stand on each other before it is done, the one of the record included; default 1. Simulated networks mine one alone. */
  readonly confirmations?: number;
  /** Hears what the transaction may cost before it is signed; what it throws keeps it from being signed. */
  readonly onFee?: (cost: TransactionCost) => void | Promise<void>;
  /** Hears the transaction's hash as soon as it is sent. */
  readonly onSent?: (transactionHash: Hex) => void;
  /** Ends the waiting; what was sent is not taken back. */
  readonly signal?: AbortSignal;
}

export type AttestedProof = AttestResult & { readonly record: Attestation };

/** What can be attested: a proof of a program, or the document alone. */
export type AnyProof =
  | ProofDocument
  | { readonly document: ProofDocument }
  | { readonly document: ProofDocument; readonly program: string };

/** `hre.wattest`. */
export interface WattestRuntime {
  /** The manifest of the project: `wattest.json`, or what the configuration has. @throws MANIFEST_INVALID, FILE_UNREADABLE */
  manifest(): Promise<ManifestFile>;
  /** Writes modules of the sources. @returns their paths */
  compile(names?: readonly string[]): Promise<readonly string[]>;
  /** Writes what typed programs need; with `check` compares alone (BINDINGS_STALE). */
  bind(names?: readonly string[], settings?: { readonly check?: boolean }): Promise<readonly BoundProgram[]>;
  /** Compares the ids that generated files hold with those of the modules. @throws BINDINGS_STALE */
  requireIds(): Promise<void>;
  /**
   * Proves a run of a bound program, or finds the proof in the project's cache and verifies it.
   * @throws INPUT_INVALID, BINDINGS_STALE where the generated files name another id, RUN_… and PROOF_… as `prove`
   */
  prove<N extends ProgramName>(
    program: N,
    values: ProgramValues<N>,
    settings?: ProveSettings,
  ): Promise<ProgramProof<N>>;
  /** Solidity source of the verifier. */
  verifierSource(kind?: ContractKind): Promise<string>;
  /** The verifier, compiled by Hardhat's compiler, with the id of a program that cannot return: what a deployment of one's own needs. */
  verifier(kind?: ContractKind): Promise<VerifierOfKind>;
  /**
   * Deploys verifier and registry, or adds the verifier to the network's deployment. On simulated networks a deployment lives as long as the connection
   * and a second call returns it. On others it is a file in `deployments`: what stands of the same key is checked and returned, and nothing is paid; what stands of
   * another key, or has other roles or another salt than those that are given, is refused (DEPLOYMENT_EXISTS).
   * @throws FACTORY_MISSING on a public chain without the factory for CREATE2, FEE_TOO_HIGH
   */
  deploy(connection: Connection, settings?: DeploySettings): Promise<Deployment>;
  /**
   * Takes a registry that something else deployed (Ignition, say) for the deployment of the network: looked up on the chain, compared with what the project's keys
   * make, and kept as `deploy` keeps its own.
   * @throws DEPLOYMENT_MISMATCH, DEPLOYMENT_EXISTS where a file is about another registry, CHAIN_REJECTED for what is no registry, CHAIN_CALL_FAILED
   */
  adopt(connection: Connection, deployed: AdoptSettings): Promise<Deployment>;
  /** The deployment of a connection's network. @throws NETWORK_UNKNOWN where a simulated one has none, FILE_UNREADABLE */
  deployment(connection: Connection): Promise<Deployment>;
  /** Submits a proof and reads the record back; sends nothing where it is on record. */
  attest(connection: Connection, proof: AnyProof, settings?: AttestSettings): Promise<AttestedProof>;
  /** Whether the run is on record as one that returned. */
  hasReturned(connection: Connection, proof: AnyProof): Promise<boolean>;
  /**
   * For tests: that the run is on record as one that returned, under a key that is not stopped.
   * @returns the record
   * @throws AssertionError that says which of this does not hold, and what is on record instead
   */
  expectAttested(
    connection: Connection,
    proof: AnyProof,
    expected?: {
      /** Address of an account, as viem or ethers has it. */
      readonly submitter?: string;
    },
  ): Promise<Attestation>;
  /** Ends the session, if one was opened. A process ends without it, too. */
  dispose(): Promise<void>;
}

/** Settings of the plugin in the configuration: `wattest: { … }`. */
export interface WattestUserConfig {
  /** The manifest's file; default `wattest.json`. Not beside `programs`. */
  readonly manifest?: string;
  /** The manifest itself, in place of a file: paths are relative to the project. */
  readonly programs?: Readonly<Record<string, ProgramDeclaration>>;
  readonly out?: {
    readonly typescript?: string;
    readonly solidity?: string;
    readonly modules?: string;
  };
  /** Powers-of-tau file; default: the insecure development SRS. */
  readonly srs?: string;
  /** log2 of the tallest chip that a proof may have; part of the key. */
  readonly maxLog?: number;
  /** Threads of the kernels. */
  readonly threads?: number;
  /** Folder of the deployment files; default `deployments`. */
  readonly deployments?: string;
  /** Whether `hardhat build` compares the ids in generated files with the modules first; default true. */
  readonly checkIds?: boolean;
  /** For `verify-source`: `configVariable('ETHERSCAN_API_KEY')`, say, of which the value is in Hardhat's keystore; default: ETHERSCAN_API_KEY of the environment. */
  readonly etherscanApiKey?: SensitiveString;
}

/** A program in the configuration, as in a manifest. */
export interface ProgramDeclaration extends InterfaceDeclaration {
  readonly source?: string;
  readonly module?: string;
  readonly guest?: 'c' | 'rust' | 'assemblyscript';
}

export interface WattestConfig {
  /** Absolute. */
  readonly manifest: string;
  /** What the configuration has in place of the file. */
  readonly declared:
    | { readonly programs: WattestUserConfig['programs']; readonly out?: WattestUserConfig['out'] }
    | undefined;
  readonly srs: string | undefined;
  readonly maxLog: number | undefined;
  readonly threads: number | undefined;
  /** Absolute. */
  readonly deployments: string;
  readonly checkIds: boolean;
  /** Read where it is needed; undefined: of the environment. */
  readonly etherscanApiKey: ResolvedConfigurationVariable | undefined;
}

declare module 'hardhat/types/config' {
  interface HardhatUserConfig {
    wattest?: WattestUserConfig;
  }
  interface HardhatConfig {
    wattest: WattestConfig;
  }
}

declare module 'hardhat/types/hre' {
  interface HardhatRuntimeEnvironment {
    readonly wattest: WattestRuntime;
  }
}
