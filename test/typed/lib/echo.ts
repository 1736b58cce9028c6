/** Programs that write what they read, by the bindings of each language, and a contract that does the same. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { decodeFunctionResult, encodeFunctionData, type Hex, parseAbi } from 'viem';
import { loadProgram } from '../../../sdk/src/attest/module/load.ts';
import { compileSource } from '../../../sdk/src/cli/compile/compile.ts';
import { execute } from '../../../sdk/src/machine/execute/execute.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { compileVerifier } from '../../../sdk/src/solidity/compile.ts';
import { packWords64 } from '../../../sdk/src/transcript/encode.ts';
import { generateAssemblyScript } from '../../../sdk/src/typed/generate/assemblyscript.ts';
import { generateC } from '../../../sdk/src/typed/generate/c.ts';
import { guestFile } from '../../../sdk/src/typed/generate/names.ts';
import { generateRust } from '../../../sdk/src/typed/generate/rust.ts';
import { generateSolidity } from '../../../sdk/src/typed/generate/solidity.ts';
import type { GuestLanguage, TypedInterface } from '../../../sdk/src/typed/program.ts';
import { connectChain, type TestChain } from '../../chain/fixture.ts';

interface Guest {
  readonly bindings: (program: TypedInterface) => string;
  readonly file: string;
  readonly source: (fields: readonly string[], isPrivate: boolean) => string;
}

export const GUESTS: Readonly<Record<GuestLanguage, Guest>> = {
  c: {
    bindings: generateC,
    file: 'echo.c',
    source: (fields, isPrivate) => {
      const kind = isPrivate ? 'private_inputs' : 'inputs';
      return `#include "echo_io.h"
static echo_${kind} in;
static echo_outputs out;
WATTEST_EXPORT(echo) void echo(void) {
  echo_read_${kind}(&in);
${fields.map((name) => `  out.${name} = in.${name};\n`).join('')}  echo_write_outputs(&out);
}
`;
    },
  },
  rust: {
    bindings: generateRust,
    file: 'echo.rs',
    source: (fields, isPrivate) => `mod echo_io;
#[no_mangle]
pub extern "C" fn echo() {
    let i = echo_io::${isPrivate ? 'PrivateInputs' : 'Inputs'}::read();
    echo_io::Outputs { ${fields.map((name) => `${name}: i.${name}`).join(', ')} }.write();
}
`,
  },
  assemblyscript: {
    bindings: generateAssemblyScript,
    file: 'echo.ts',
    source: (fields, isPrivate) => {
      const kind = isPrivate ? 'PrivateInputs' : 'Inputs';
      return `import { Outputs, read${kind}, writeOutputs } from "./echo_io";
export function echo(): void {
  const i = read${kind}();
  writeOutputs(new Outputs(${fields.map((name) => `i.${name}`).join(', ')}));
}
`;
    },
  },
};

/** A program whose fields are all inputs, or all private inputs, and outputs. */
export async function echoGuest(
  language: GuestLanguage,
  program: TypedInterface,
  isPrivate = false,
): Promise<Program> {
  const folder = mkdtempSync(join(tmpdir(), 'wattest-typed-'));
  try {
    const { bindings, file, source } = GUESTS[language];
    writeFileSync(join(folder, guestFile('Echo', language)), bindings(program));
    const fields = program.outputs.map(({ name }) => name);
    writeFileSync(join(folder, file), source(fields, isPrivate));
    return loadProgram(await compileSource(join(folder, file)), program.entry).program;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** What a guest made of words: what it wrote, and how many it read; undefined where it refused them. */
export function echoed(
  program: Program,
  words: readonly bigint[],
  isPrivate = false,
): { readonly outputs: readonly bigint[]; readonly used: number } | undefined {
  const { status, outputs, publicUsed, privateUsed } = execute(
    program,
    isPrivate ? { privateInputs: words } : { publicInputs: words },
  );
  return status === 0n ? { outputs, used: isPrivate ? privateUsed : publicUsed } : undefined;
}

/** The library behind a contract, on a chain of its own. */
export interface EchoContract {
  /** Unpacked and packed again; undefined where the library refused the words, with one of its own errors. */
  echo(words: readonly bigint[]): Promise<Hex | undefined>;
  /** The values as Solidity has them, by their ABI. */
  values(words: readonly bigint[]): Promise<unknown>;
  readonly codeBytes: number;
  close(): Promise<void>;
}

const ZERO: Hex = `0x${'00'.repeat(32)}`;
const ABI = parseAbi([
  'function echo(bytes inputs) view returns (bytes)',
  ...['EncodingTooShort', 'EncodingTooLong', 'EncodingNotCanonical'].map((name) => `error ${name}()`),
] as const);

export const packed = (words: readonly bigint[]): Hex =>
  `0x${Buffer.from(packWords64(words)).toString('hex')}`;

/** @param tupleAbi the type of the inputs, as an ABI's components */
export async function echoContract(
  program: TypedInterface,
  tupleAbi: readonly object[],
): Promise<EchoContract> {
  const { name } = program;
  const library = generateSolidity(program, { id: ZERO, machine: ZERO, insecure: true });
  const compiled = await compileVerifier({
    name: 'Harness',
    source: `${library}
contract Harness {
    function echo(bytes calldata inputs) external pure returns (bytes memory) {
        ${name}.requireExact(inputs, inputs);
        return ${name}.pack(${name}.unpackOutputs(inputs));
    }
    function values(bytes calldata inputs) external pure returns (${name}.Inputs memory) {
        return ${name}.unpackInputs(inputs);
    }
}
`,
  });
  const chain: TestChain = await connectChain();
  const hash = await chain.wallet.deployContract({ abi: [], bytecode: compiled.bytecode });
  const { contractAddress } = await chain.client.waitForTransactionReceipt({ hash });
  const valuesAbi = [
    {
      type: 'function',
      name: 'values',
      stateMutability: 'view',
      inputs: [{ name: 'inputs', type: 'bytes' }],
      outputs: [{ name: '', type: 'tuple', components: tupleAbi }],
    },
  ];
  return {
    echo: async (words) => {
      try {
        return (await chain.client.readContract({
          address: contractAddress!,
          abi: ABI,
          functionName: 'echo',
          args: [packed(words)],
        })) as Hex;
      } catch (error) {
        if (/EncodingTooShort|EncodingTooLong|EncodingNotCanonical/.test(String(error))) return undefined;
        throw error;
      }
    },
    values: async (words) => {
      const data = encodeFunctionData({ abi: valuesAbi, functionName: 'values', args: [packed(words)] });
      const { data: returned } = await chain.client.call({ to: contractAddress!, data });
      return decodeFunctionResult({ abi: valuesAbi, functionName: 'values', data: returned! });
    },
    codeBytes: compiled.deployedBytecode.length / 2 - 1,
    close: () => chain.close(),
  };
}
