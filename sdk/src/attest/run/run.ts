/** Runs a program in the emulator: nothing is proven and nothing but the result is kept. */
import { fail } from '../../errors/index.ts';
import { type OptionNames, requireNames } from '../../json/options.ts';
import { type Execution, executeInTurns, Machine, type Trap } from '../../machine/execute/execute.ts';
import { balance, type HeightBounds, namedRows } from '../../machine/execute/placement.ts';
import type { ChipName } from '../../machine/instructions.ts';
import type { Program } from '../../machine/program.ts';
import { describeStatus, type StatusDescription } from '../../machine/status.ts';
import { mayTakeBytes, objectAt } from '../../machine/translate/infer.ts';
import { joined } from '../../transcript/encode.ts';
import { type Module, quote } from '../../wasm/types.ts';
import { IMPORT_NAMES, type ImportParameters } from '../module/imports.ts';
import { loadProgram } from '../module/load.ts';
import { formatPosition, type SourceMap, sourceMapOf } from '../module/source.ts';
import { outputsOf, type ReturnedValue } from './arguments.ts';
import { INPUT_NAMES, type InputParameters, type Inputs, parseInputs } from './inputs.ts';
import { DEFAULT_MAX_INSTRUCTIONS } from './max-instructions.ts';
import { chosenByProver } from './streams.ts';

export interface RunParameters extends InputParameters, ImportParameters {
  /** The bytes of the module. */
  readonly wasm: Uint8Array;
  /** Name of the exported function that is entered; default: `_start`, or the only one. */
  readonly invoke?: string;
  /**
   * RUN_TOO_LONG after so many WebAssembly instructions; default: 2^32, a minute or so of a loop that does not end. It bounds the time too: `memory.fill`, a read of WASI and the like
   * take as long as what they move, so the same error comes after 512 steps of the machine for each of so many, and 2^22 more.
   */
  readonly maxInstructions?: number;
  /** Receives the words of `wasm_dbg`. */
  readonly onDebug?: (word: bigint) => void;
  /** Receives what a WASI program writes to its standard error, which is no part of a proof. */
  readonly onStderr?: (bytes: Uint8Array) => void;
  /** A source map (JSON) of the module, for places. Default: the one inside its `sourceMappingURL`, a `data:` URL. */
  readonly sourceMap?: string;
  /** Called every few million instructions with their number so far. */
  readonly onProgress?: (instructions: number) => void;
  /** Looked at every few million instructions: the promise rejects with ABORTED. */
  readonly signal?: AbortSignal;
}

const NAMES: OptionNames<RunParameters> = {
  ...INPUT_NAMES,
  ...IMPORT_NAMES,
  wasm: true,
  invoke: true,
  maxInstructions: true,
  onDebug: true,
  onStderr: true,
  sourceMap: true,
  onProgress: true,
  signal: true,
};

export interface RunResult {
  /** How it ended; of `exited` the code is the exit code. */
  readonly status: StatusDescription;
  /** Where, if it trapped. */
  readonly trapAt: string | undefined;
  /** Results of the entered function, canonical unsigned words. */
  readonly results: readonly bigint[];
  /** Of a typed entry that returned: its value, whose words the results are. */
  readonly returned?: ReturnedValue;
  /** Words written with `wasm_output`, or the words of standard output. */
  readonly outputs: readonly bigint[];
  /** What a WASI program wrote to standard output; also of a run that trapped (its proof says it up to the last whole word). */
  readonly stdout?: Uint8Array;
  /** WebAssembly instructions executed (block, loop, else, end and nop not counted). */
  readonly instructions: number;
  /** Rows by chip that a proof of this run has, if its key and its shape leave the choice. */
  readonly rows: Readonly<Record<ChipName, number>>;
  /** The same by kind, for `placedRows` under a key. */
  readonly rowKinds: ArrayLike<number>;
  /** One line each: inputs that were spare or missing, and what the prover chooses. */
  readonly warnings: readonly string[];
  readonly program: Program;
}

/**
 * Runs `wasm` at `invoke`. A trap is a result here, unless it is for want of inputs.
 * @throws the errors of `loadProgram` and of the inputs; INPUT_MISSING, RUN_TOO_LONG, ABORTED
 */
export async function run(parameters: RunParameters): Promise<RunResult> {
  requireNames(parameters, NAMES, 'run');
  const {
    wasm,
    invoke,
    maxInstructions = DEFAULT_MAX_INSTRUCTIONS,
    onDebug,
    onStderr,
    sourceMap,
    signal,
  } = parameters;
  const { module, program } = loadProgram(wasm, invoke, parameters);
  const inputs = parseInputs(parameters, program);
  const machine = new Machine(program);
  const given = {
    ...inputs,
    machine,
    maxInstructions,
    ...(onDebug === undefined ? {} : { onDebug }),
    ...(onStderr === undefined ? {} : { onLog: onStderr }),
    ...(signal === undefined ? {} : { signal }),
  };
  const execution = await executeInTurns(program, given, parameters.onProgress);
  const status = describeStatus(execution.status);
  requireInputs(execution, program.entryName);
  const { trap, instructions, rowKinds } = execution;
  const { results, outputs, returned, stdout } = outputsOf(program, execution);
  return {
    status,
    trapAt: trap === undefined ? undefined : trapPlace(trap, sourceMapOf(module, sourceMap)),
    results,
    outputs,
    ...(returned === undefined ? {} : { returned }),
    ...(stdout === undefined ? {} : { stdout: joined([stdout, execution.unwritten]) }),
    instructions,
    rows: placedRows(rowKinds),
    rowKinds,
    warnings: [
      ...addressWarnings(module, program),
      ...objectWarnings(module, program, results, machine.bytes),
      ...inputWarnings(execution, inputs),
      ...fileWarnings(module, parameters, status),
    ],
    program,
  };
}

/** Rows by chip as a proof has them: which of two chips proves a row depends on the heights that a key allows. */
export function placedRows(
  rowKinds: ArrayLike<number>,
  bounds?: HeightBounds,
): Readonly<Record<ChipName, number>> {
  return namedRows(rowKinds, balance(rowKinds, bounds));
}

/** Where a trap happened, for people. */
export function trapPlace({ offset, functionName }: Trap, sourceMap?: SourceMap): string {
  const position = offset === 0 ? undefined : sourceMap?.at(offset);
  const line = position === undefined ? '' : ` (${formatPosition(position)})`;
  const place = offset === 0 ? 'before the program' : `wasm offset 0x${offset.toString(16)}${line}`;
  return functionName === undefined ? place : `${functionName}, ${place}`;
}

/**
 * A read past the end of the inputs is the caller's mistake, not the program's. Where failures are welcome, one past the end
 * of the public inputs is a trap that can be proven; the private ones are the prover's to give.
 */
export function requireInputs(execution: Execution, where: string, allowFailure = false): void {
  const { trap, starved, publicUsed, privateUsed } = execution;
  if (trap?.name !== 'inputExhausted' || (allowFailure && !starved)) return;
  const [kind, used] = starved ? ['private', privateUsed] : ['public', publicUsed];
  const place = trapPlace(trap);
  fail('INPUT_MISSING', `the program reads more ${kind} input words than the ${used} given`, {
    where: `${where}, ${place}`,
    fix: starved
      ? 'Give the missing words with --private'
      : 'Give the missing words with --args, --public or --stdin',
  });
}

/** One line where a number was given for what looks like an address. */
export function addressWarnings(module: Module, { entryName, typed }: Program): string[] {
  if (typed !== undefined || !mayTakeBytes(module, entryName)) return [];
  return [
    `${entryName} may take the address and the length of bytes, and was given numbers: bytes and text are given with --arg-bytes and --arg-string (docs/arguments.md)`,
  ];
}

/** One line where the number that was returned is the address of text or bytes, which nobody said. */
function objectWarnings(
  module: Module,
  { entryName, typed }: Program,
  results: readonly bigint[],
  memory: Uint8Array,
): string[] {
  const [call, ...others] = typed?.calls ?? [];
  const [result, ...more] = results;
  const said = call?.signature.result;
  if (result === undefined || more.length + others.length > 0 || said === 'string' || said === 'bytes')
    return [];
  const name = call?.name ?? entryName;
  const type = objectAt(module, name, Number(result), memory);
  if (type === undefined) return [];
  return [
    `${name} returned the address of ${type === 'string' ? 'a string' : 'an ArrayBuffer'} of AssemblyScript: --returns ${type} (-> ${type} in the entry) gives what stands there (docs/arguments.md)`,
  ];
}

/** One line where a run fails that can open files and was given none: all that it heard is that there is no such file. */
function fileWarnings({ imports }: Module, { files }: RunParameters, { kind }: StatusDescription): string[] {
  if (kind === 'returned' || files !== undefined || !imports.some(({ name }) => name === 'path_open'))
    return [];
  return [
    'the program can open files, and was given none: they are given with --file NAME=PATH (files in the SDK; docs/wasi.md)',
  ];
}

/** One line for each kind of input that was given and not read, or read and not given, and for what the prover chooses. */
export function inputWarnings({ publicUsed, privateUsed }: Execution, inputs: Inputs): string[] {
  const { publicInputs, privateInputs, privateStream, unasked, sources, unread } = inputs;
  const spare = (kind: string, given: number, used: number): string[] =>
    given > used ? [`not read: ${given - used} of ${given} ${kind} input word${given === 1 ? '' : 's'}`] : [];
  const chosen = chosenByProver(sources);
  return [
    ...spare('public', publicInputs.length - unasked, publicUsed),
    ...spare('private', privateInputs.length, privateUsed),
    ...(unasked > 0 && publicUsed > publicInputs.length - unasked
      ? ['standard input was read but not given (--stdin), so it was empty']
      : []),
    ...[...unread].map((name) => `the file ${quote(name)} was not opened`),
    ...(privateStream && !sources.has('stream')
      ? ['the private standard input was not read: file 3 is where a program finds it']
      : []),
    ...(!privateStream && sources.has('stream')
      ? ['file 3 was read, but no private standard input was given (--private-stdin), so it was empty']
      : []),
    ...(chosen.length > 0
      ? [`the program asks for ${chosen.join(' and ')}: whoever proves chooses the answer`]
      : []),
  ];
}
