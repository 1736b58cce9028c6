/** Compiles generated sources with solc-js, in Node or a browser, without Hardhat. */
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/key.ts';

export const SOLC_VERSION = '0.8.37';

/** The settings of every build of a generated verifier; another compiler run with them gives the same bytecode. */
export const COMPILER_SETTINGS = {
  // The Yul optimizer is left out: the code is straight-line by construction, and its inlining exhausts the stack.
  optimizer: { enabled: true, runs: 1_000_000, details: { yul: false } },
  viaIR: false,
  evmVersion: 'osaka',
  metadata: { bytecodeHash: 'none' },
} as const;

export interface CompiledContract {
  readonly name: string;
  readonly abi: readonly AbiEntry[];
  /** Initcode, without constructor arguments. */
  readonly bytecode: Hex;
  readonly deployedBytecode: Hex;
  /** Positions of immutables in the deployed code, which a comparison has to leave out. */
  readonly immutables: readonly { readonly start: number; readonly length: number }[];
  /** Standard JSON input: what block explorers verify a contract with. */
  readonly standardInput: string;
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
      readonly immutableReferences?: Readonly<
        Record<string, readonly { readonly start: number; readonly length: number }[]>
      >;
    };
  };
}

/**
 * @param verifier what `generateVerifier` returned, or any one file without imports and the contract wanted of it
 * @throws SOLC_MISSING if the optional peer `solc` is not installed, or not the version that the bytecode is pinned to;
 *   SOLC_FAILED for a source that does not compile
 */
export async function compileVerifier(verifier: {
  readonly name: string;
  readonly source: string;
}): Promise<CompiledContract> {
  const solc = await loadSolc();
  const file = `${verifier.name}.sol`;
  const standardInput = JSON.stringify({
    language: 'Solidity',
    sources: { [file]: { content: verifier.source } },
    settings: {
      ...COMPILER_SETTINGS,
      outputSelection: { [file]: { [verifier.name]: ['abi', 'evm.bytecode', 'evm.deployedBytecode'] } },
    },
  });
  const output = JSON.parse(solc.compile(standardInput)) as SolcOutput;
  const problems = (output.errors ?? []).filter(({ severity }) => severity === 'error');
  const contract = output.contracts?.[file]?.[verifier.name];
  if (problems.length > 0 || contract === undefined) {
    fail('SOLC_FAILED', problems[0]?.formattedMessage ?? `no contract ${verifier.name} in the source`, {
      where: file,
      fix: 'Generate the verifier again; do not edit it.',
    });
  }
  const { bytecode, deployedBytecode } = contract.evm;
  return {
    name: verifier.name,
    abi: contract.abi,
    bytecode: `0x${bytecode.object}`,
    deployedBytecode: `0x${deployedBytecode.object}`,
    immutables: Object.values(deployedBytecode.immutableReferences ?? {}).flat(),
    standardInput,
  };
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
