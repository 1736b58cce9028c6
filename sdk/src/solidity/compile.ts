/** Compiles generated sources with solc-js, in Node or a browser, without Hardhat. */
import { fail } from '../errors/index.ts';
import { type OptionNames, requireNames } from '../json/options.ts';
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

/**
 * @param verifier what `generateVerifier` returned, or any one file without imports and the contract wanted of it
 * @throws SOLC_MISSING if the optional peer `solc` is not installed, or not the version that the bytecode is pinned to;
 *   SOLC_FAILED for a source that does not compile; INPUT_INVALID for another property than a generated verifier has
 */
export async function compileVerifier(verifier: VerifierSource): Promise<CompiledContract> {
  requireNames(verifier, NAMES, 'compileVerifier');
  const solc = await loadSolc();
  return compileVerifierWith(verifier, (standardInput) => JSON.parse(solc.compile(standardInput)));
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

async function loadSolc(): Promise<{ compile(standardJson: string): string; version(): string }> {
  const fix = `Install it beside wattest: npm install solc@${SOLC_VERSION}`;
  let solc: { compile(standardJson: string): string; version(): string };
  try {
    solc = (await import('solc')).default;
  } catch (cause) {
    return fail('SOLC_MISSING', 'the Solidity compiler (package solc) is not installed', { fix, cause });
  }
  if (!solc.version().startsWith(`${SOLC_VERSION}+`)) {
    fail('SOLC_MISSING', `the Solidity compiler is ${solc.version()}, this needs ${SOLC_VERSION}`, { fix });
  }
  return solc;
}
