/** Compiles generated sources with solc-js, in Node or a browser, without Hardhat. */
import { fail } from '../errors/index.ts';
import { type OptionNames, requireNames } from '../json/options.ts';
import { nodeProcess } from '../platform/node.ts';
import { runAbortable } from '../platform/thread-job.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { COMPILER_SETTINGS, SOLC_VERSION } from './settings.ts';

export interface CompiledContract {
  readonly name: string;
  readonly abi: readonly AbiEntry[];
  /** Initcode, without constructor arguments. */
  readonly bytecode: Hex;
  readonly deployedBytecode: Hex;
  /** Where each immutable stands in the deployed code, in order of declaration; zero in `deployedBytecode`. */
  readonly immutables: readonly (readonly CodeRange[])[];
  /** Contracts that the constructor deploys; the immutables are their addresses, in order. */
  readonly evaluators: readonly { readonly name: string; readonly deployedBytecode: Hex }[];
  /** Standard JSON input: what block explorers verify a contract with. */
  readonly standardInput: string;
}

/** Bytes `start … start + length - 1` of the code. */
export interface CodeRange {
  readonly start: number;
  readonly length: number;
}

/** An entry of a contract's ABI, as viem and ethers take it. */
export type AbiEntry = Readonly<Record<string, unknown>> & { readonly type: string };

interface SolcOutput {
  readonly errors?: readonly { readonly severity: string; readonly formattedMessage: string }[];
  readonly contracts?: Readonly<Record<string, Readonly<Record<string, SolcContract>>>>;
}

interface SolcContract {
  readonly abi: readonly AbiEntry[];
  readonly evm: {
    readonly bytecode: { readonly object: string };
    readonly deployedBytecode: {
      readonly object: string;
      readonly immutableReferences?: Readonly<Record<string, readonly CodeRange[]>>;
    };
  };
}

/** What is looked at, and what else a generated verifier has, which is given whole. */
const NAMES: OptionNames<
  Record<'name' | 'source' | 'evaluators' | 'digest' | 'selector' | 'insecure' | 'programId', unknown>
> = {
  name: true,
  source: true,
  evaluators: true,
  digest: true,
  selector: true,
  insecure: true,
  programId: true,
};

export interface CompileVerifierOptions {
  /**
   * Ends the compiler, which holds its thread up for seconds and, in Node, then has one of its own; elsewhere it is looked at before and after. The promise
   * rejects with ABORTED.
   */
  readonly signal?: AbortSignal | undefined;
}

const OPTION_NAMES: OptionNames<CompileVerifierOptions> = { signal: true };

/**
 * @param verifier what `generateVerifier` returned, or any one file without imports and the contract wanted of it
 * @throws SOLC_MISSING if the optional peer `solc` is not installed, or not the version that the bytecode is pinned to;
 *   SOLC_FAILED for a source that does not compile; INPUT_INVALID for another property than a generated verifier has; ABORTED
 */
export async function compileVerifier(
  verifier: VerifierSource,
  options: CompileVerifierOptions = {},
): Promise<CompiledContract> {
  requireNames(verifier, NAMES, 'compileVerifier');
  requireNames(options, OPTION_NAMES, 'compileVerifier');
  const { signal } = options;
  try {
    return await compileVerifierWith(verifier, (input) => solc(input, signal));
  } catch (cause) {
    if (signal?.aborted !== true) throw cause;
    return fail('ABORTED', 'compiling was interrupted', {
      where: `${verifier.name}.sol`,
      fix: 'Compile it again',
      cause,
    });
  }
}

/** What is compiled: one file without imports. */
export interface VerifierSource {
  /** The contract that is wanted of it. */
  readonly name: string;
  readonly source: string;
  readonly evaluators?: readonly string[];
}

/**
 * The same with a compiler of this version that somebody else has.
 * @param compile from standard JSON to the output, parsed
 * @throws SOLC_FAILED
 */
export async function compileVerifierWith(
  verifier: VerifierSource,
  compile: (standardInput: string) => unknown,
): Promise<CompiledContract> {
  const file = `${verifier.name}.sol`;
  const standardInput = JSON.stringify({
    language: 'Solidity',
    sources: { [file]: { content: verifier.source } },
    settings: {
      ...COMPILER_SETTINGS,
      outputSelection: { [file]: { '*': ['abi', 'evm.bytecode', 'evm.deployedBytecode'] } },
    },
  });
  const output = (await compile(standardInput)) as SolcOutput;
  const problems = (output.errors ?? []).filter(({ severity }) => severity === 'error');
  const contracts = output.contracts?.[file] ?? {};
  const contract = contracts[verifier.name];
  if (problems.length > 0 || contract === undefined) {
    fail('SOLC_FAILED', problems[0]?.formattedMessage ?? `no contract ${verifier.name} in the source`, {
      where: file,
      fix: 'Generate the verifier again; do not edit it',
    });
  }
  const { bytecode, deployedBytecode } = contract.evm;
  return {
    name: verifier.name,
    abi: contract.abi,
    bytecode: `0x${bytecode.object}`,
    deployedBytecode: `0x${deployedBytecode.object}`,
    immutables: immutablesOf(deployedBytecode.immutableReferences),
    evaluators: (verifier.evaluators ?? []).map((name) => ({
      name,
      deployedBytecode: `0x${contracts[name]!.evm.deployedBytecode.object}`,
    })),
    standardInput,
  };
}

/** References are keyed by AST ids, which grow in order of declaration. */
export function immutablesOf(
  references: Readonly<Record<string, readonly CodeRange[]>> = {},
): readonly (readonly CodeRange[])[] {
  return Object.keys(references)
    .sort((a, b) => Number(a) - Number(b))
    .map((id) => references[id]!);
}

const INSTALL = `Install it beside wattest: npm install solc@${SOLC_VERSION}`;

interface Solc {
  compile(standardJson: string): string;
  version(): string;
}

/** From standard JSON to the output, parsed. */
async function solc(input: string, signal: AbortSignal | undefined): Promise<unknown> {
  if (signal === undefined || nodeProcess() === undefined) {
    signal?.throwIfAborted();
    const compiler = await loadSolc();
    requireVersion(compiler.version());
    const output = compiler.compile(input);
    signal?.throwIfAborted();
    return JSON.parse(output);
  }
  const url = addressOfSolc();
  const { version, output } = await runAbortable(solcThread, { url, input, version: SOLC_VERSION }, signal);
  requireVersion(version);
  return JSON.parse(output);
}

/** Runs on a thread of its own, so it knows nothing but globals. Of another version the output is empty. */
async function solcThread({
  url,
  input,
  version,
}: {
  readonly url: string;
  readonly input: string;
  readonly version: string;
}): Promise<{ readonly version: string; readonly output: string }> {
  const { default: compiler } = (await import(url)) as { readonly default: Solc };
  const found = compiler.version();
  return { version: found, output: found.startsWith(`${version}+`) ? compiler.compile(input) : '' };
}

function addressOfSolc(): string {
  try {
    return import.meta.resolve('solc');
  } catch (cause) {
    return missing(cause);
  }
}

async function loadSolc(): Promise<Solc> {
  try {
    return (await import('solc')).default;
  } catch (cause) {
    return missing(cause);
  }
}

function missing(cause: unknown): never {
  fail('SOLC_MISSING', 'the Solidity compiler (package solc) is not installed', { fix: INSTALL, cause });
}

function requireVersion(version: string): void {
  if (version.startsWith(`${SOLC_VERSION}+`)) return;
  fail('SOLC_MISSING', `the Solidity compiler is ${version}, this needs ${SOLC_VERSION}`, { fix: INSTALL });
}
