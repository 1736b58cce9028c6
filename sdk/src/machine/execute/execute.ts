import { fail } from '../../errors/index.ts';
import { boundaryRows } from '../chips/boundary.ts';
import { type ChipName, CODE_MASK, RETURN } from '../instructions.ts';
import { INPUT_COUNTER } from '../memory-map.ts';
import {
  FAILURES,
  type FailureName,
  failureOfStatus,
  MAX_CHIP_LOG,
  type PrivateSource,
  type Program,
  STATUS_RETURNED,
  statusOfFailure,
  wordBits,
} from '../program.ts';
import type { Trace } from '../trace.ts';
import { join } from './arithmetic.ts';
import { Machine } from './machine.ts';
import type { Io, Outcome } from './outcome.ts';
import {
  balance,
  CHIPS,
  type HeightBounds,
  namedRows,
  type Placement,
  placeWithin,
  UNMOVED,
} from './placement.ts';
import { Recorder } from './recorder.ts';
import { atOnce, inTurns, interpretSliced, requireGoing, type Sliced, type Turns } from './slices.ts';

export { Machine } from './machine.ts';

/** All words canonical: unsigned, below 2^64; arguments of type i32 below 2^32. */
export interface ExecuteOptions {
  /** Arguments of the entered export, as many as it has parameters. */
  readonly args?: readonly bigint[];
  readonly publicInputs?: readonly bigint[];
  readonly privateInputs?: readonly bigint[];
  /**
   * RUN_TOO_LONG beyond so many executed WebAssembly instructions, or where they take more than 512 steps of the machine each and
   * 2^22 besides (a step is a row, or the two rows of one machine instruction).
   */
  readonly maxInstructions?: number;
  /** Receives the values of `wasm_dbg`. Not for runs that are proven: values may be private. */
  readonly onDebug?: (value: bigint) => void;
  /** Receives what the program writes to its log (WASI's standard error); likewise. */
  readonly onLog?: (bytes: Uint8Array) => void;
  /** Private words that are not of the list: of the private byte stream, the clock, randomness, the file of a number. Canonical. */
  readonly privateWord?: (source: PrivateSource, which: number) => bigint | undefined;
  readonly signal?: AbortSignal;
  /** Cells to go on with, changed by the run; by default those that the program starts with. */
  readonly machine?: Machine;
}

export interface TraceOptions extends Omit<ExecuteOptions, 'onDebug' | 'onLog' | 'machine'> {
  /** RUN_TOO_LONG where a chip needs more rows. */
  readonly maxRows?: number;
  /** A run that comes to its limits is a result too: what it did up to there. */
  readonly partial?: boolean;
  /** How many rows of each kind that two chips can prove the second one does; none unless given. */
  readonly placement?: Placement;
}

/** Where a run trapped, or was refused. */
export interface Trap {
  readonly name: FailureName;
  /** The specification's text. */
  readonly text: string;
  readonly pc: number;
  /** Byte offset in the .wasm file, 0 where there is none. */
  readonly offset: number;
  /** `function 3 "fib"`, or undefined outside of functions. */
  readonly functionName: string | undefined;
}

export interface Execution {
  /** Not of a part of a run that came to its limits. */
  readonly ended: boolean;
  readonly status: bigint;
  readonly trap: Trap | undefined;
  /**
   * The private inputs did not suffice: the run stopped there, as if it had trapped, and nothing can be proven of it. (For
   * want of public inputs a run traps.)
   */
  readonly starved: boolean;
  /** Results of the entered export, unsigned. Empty where the run trapped. */
  readonly results: readonly bigint[];
  /** Words that the program wrote itself. */
  readonly outputs: readonly bigint[];
  /** Of standard output the last bytes of a run that trapped, which fill no word: no outputs, and not proven. */
  readonly unwritten: Uint8Array;
  /** Executed WebAssembly instructions (block, loop, else, end and nop not counted). */
  readonly instructions: number;
  /** By chip; of what two chips can prove, by the one that a trace gives it to, without a trace by the first. */
  readonly rows: Readonly<Record<ChipName, number>>;
  /** By kind of row (`placement.ts`). */
  readonly rowKinds: ArrayLike<number>;
  /** Words that the program read, of those given besides the arguments. */
  readonly publicUsed: number;
  readonly privateUsed: number;
}

export interface TracedExecution extends Trace {
  readonly execution: Execution;
}

const DEFAULT_MAX_ROWS: number = 1 << MAX_CHIP_LOG;
/** More than any instruction but bulk ones takes: `f64.div` of subnormal numbers some 120. */
const STEPS_PER_INSTRUCTION = 512;
/** For bulk: a few tenths of a second. */
const SPARE_STEPS: number = 1 << 22;

/**
 * Runs a program.
 * @throws WattestError INPUT_INVALID for arguments that do not fit, RUN_TOO_LONG, ABORTED
 */
export function execute(program: Program, options: ExecuteOptions = {}): Execution {
  return atOnce(executeSliced(program, options));
}

/** The same in turns. */
export function executeInTurns(
  program: Program,
  options: ExecuteOptions = {},
  onProgress?: Turns['onProgress'],
): Promise<Execution> {
  return inTurns(executeSliced(program, options), { signal: options.signal, onProgress });
}

function* executeSliced(program: Program, options: ExecuteOptions): Sliced<Execution> {
  const machine = options.machine ?? new Machine(program);
  const { io } = prepare(program, options);
  machine.low[INPUT_COUNTER] = 0;
  const outcome = yield* interpretSliced(program, machine, io, undefined);
  return conclude(program, machine, io, outcome, UNMOVED);
}

/**
 * Runs a program and keeps what every row did. A run that traps has a trace as any other; that of one
 * that is starved ends where it is.
 * @throws as {@link execute}
 */
export function trace(program: Program, options: TraceOptions = {}): TracedExecution {
  return atOnce(traceSliced(program, options));
}

function* traceSliced(program: Program, options: TraceOptions): Sliced<TracedExecution> {
  const machine = new Machine(program);
  const { placement = UNMOVED, maxRows = DEFAULT_MAX_ROWS, partial } = options;
  const { io, publicInputs } = prepare(program, options);
  const recorder = new Recorder(machine, program.pages, maxRows, placement);
  const outcome = yield* interpretSliced(program, machine, io, recorder);
  const execution = conclude(program, machine, io, outcome, placement, partial);
  return {
    chips: recorder.chipTraces(),
    refresh: recorder.refreshTrace(),
    boundary: recorder.boundary(program),
    publicInputs,
    publicOutputs: [...execution.outputs, ...execution.results],
    status: execution.status,
    instructions: execution.instructions,
    execution,
  };
}

/**
 * The same with the rows placed where they cost least, padding counted: runs once to count them, then again. Private words
 * are asked for once. In turns.
 * @throws as {@link execute}
 */
export function traceBalanced(
  program: Program,
  options: BalancedOptions = {},
  onProgress?: Turns['onProgress'],
): Promise<TracedExecution> {
  return inTurns(balancedSliced(program, options), { signal: options.signal, onProgress });
}

type BalancedOptions = Omit<TraceOptions, 'placement'> & { readonly heights?: HeightBounds };

function* balancedSliced(program: Program, options: BalancedOptions): Sliced<TracedExecution> {
  const { maxRows = DEFAULT_MAX_ROWS, heights } = options;
  const again = askedOnce(options);
  const { kind, rows } = yield* countRows(program, again(), maxRows);
  const placement = kind === 'limit' && options.partial !== true ? UNMOVED : balance(rows, heights);
  return yield* traceSliced(program, { ...options, ...again(), placement });
}

/** A run without a trace, as far as one with `maxRows` rows of each chip can go: with more steps some chip has more rows. */
function countRows(program: Program, options: ExecuteOptions, maxRows: number): Sliced<Outcome> {
  const { io } = prepare(program, options);
  const maxSteps = Math.min(io.maxSteps, CHIPS.length * maxRows);
  return interpretSliced(program, new Machine(program), { ...io, maxSteps }, undefined);
}

/**
 * As {@link traceBalanced}, of a run whose rows find room in one proof; undefined where they do not. Of one that comes to its own limits before, the error.
 * @param again the options, for as many runs as it takes
 * @param most log2 of the most rows by name of a chip, the boundary among them
 * @throws as {@link execute}
 */
export function traceWithin(
  program: Program,
  again: () => Omit<TraceOptions, 'placement' | 'maxRows'>,
  bounds: ProofBounds,
  onProgress?: Turns['onProgress'],
): Promise<TracedExecution | undefined> {
  return inTurns(withinSliced(program, again, bounds), { signal: again().signal, onProgress });
}

/** What a proof of a whole run has room for. */
export type ProofBounds = HeightBounds & { readonly most: Readonly<Record<string, number>> };

function* withinSliced(
  program: Program,
  again: Parameters<typeof traceWithin>[1],
  bounds: ProofBounds,
): Sliced<TracedExecution | undefined> {
  const { most } = bounds;
  const maxRows = 2 ** Math.max(...CHIPS.map((name) => most[name]!));
  const { kind, rows, instructions } = yield* countRows(program, again(), maxRows);
  const { maxInstructions = Number.POSITIVE_INFINITY } = again();
  if (kind === 'limit' && instructions <= maxInstructions) return undefined;
  const placed = placeWithin(rows, bounds);
  if (placed === undefined) return undefined;
  const traced = yield* traceSliced(program, { ...again(), placement: placed.placement });
  return boundaryRows(traced) <= 2 ** most['boundary']! ? traced : undefined;
}

/** A private word that is not of the list, and of where it was asked for; undefined where there was none. */
export interface AskedWord {
  readonly source: PrivateSource;
  /** Of files the number, else 0. */
  readonly which: number;
  readonly word: bigint | undefined;
}

/**
 * Options for as many runs of one program as it takes, all of which get the same private words: each of them is asked for when a run first
 * comes so far.
 * @param given words that were asked for before; those that are asked for now are added
 * @throws RUN_MISMATCH where a run asks otherwise than the one before
 */
export function askedOnce<T extends Pick<ExecuteOptions, 'privateWord'>>(
  options: T,
  given: AskedWord[] = [],
): () => T {
  const { privateWord } = options;
  if (privateWord === undefined) return () => options;
  return () => {
    let next = 0;
    const replayed = (source: PrivateSource, which: number): bigint | undefined => {
      if (next === given.length) given.push({ source, which, word: privateWord(source, which) });
      const asked = given[next++]!;
      if (asked.source !== source || asked.which !== which) {
        fail(
          'RUN_MISMATCH',
          `the run asks for a word of ${source} where it asked for one of ${asked.source}`,
          {
            fix: 'Begin the run anew',
          },
        );
      }
      return asked.word;
    };
    return { ...options, privateWord: replayed };
  };
}

/** What the interpreter is given, words checked. */
export function prepare(
  program: Program,
  options: ExecuteOptions,
): { io: Io; publicInputs: readonly bigint[] } {
  requireGoing(options.signal);
  const { parameters } = program.entryType;
  const args = options.args ?? [];
  if (args.length !== parameters.length) {
    fail('INPUT_INVALID', `${args.length} arguments for ${parameters.length} parameters`, {
      where: program.entryName,
      fix: `Give one argument for each of (${parameters.join(', ')})`,
    });
  }
  for (const [i, value] of args.entries()) {
    checkWord(value, wordBits(parameters[i]), `argument ${i}`);
  }
  const publicInputs = [...args, ...(options.publicInputs ?? [])];
  const maxInstructions = options.maxInstructions ?? Number.POSITIVE_INFINITY;
  return {
    publicInputs,
    io: {
      publicInputs: halves(publicInputs, 'public input'),
      privateInputs: halves(options.privateInputs ?? [], 'private input'),
      outputs: [],
      maxInstructions,
      maxSteps: STEPS_PER_INSTRUCTION * maxInstructions + SPARE_STEPS,
      onDebug: options.onDebug && ((low, high) => options.onDebug?.(join(low, high))),
      onLog: options.onLog,
      privateWord:
        options.privateWord && ((source, which) => wordHalves(options.privateWord?.(source, which), source)),
    },
  };
}

function halves(words: readonly bigint[], what: string): Int32Array {
  const list = new Int32Array(2 * words.length);
  words.forEach((word, i) => {
    list.set(wordHalves(word, `${what} ${i}`), 2 * i);
  });
  return list;
}

function wordHalves(word: bigint, what: string): readonly [number, number];
function wordHalves(word: bigint | undefined, what: string): readonly [number, number] | undefined;
function wordHalves(word: bigint | undefined, what: string): readonly [number, number] | undefined {
  if (word === undefined) return undefined;
  checkWord(word, 64, what);
  return [Number(BigInt.asIntN(32, word)), Number(BigInt.asIntN(32, word >> 32n))];
}

/** Values stay out of the message: they may be private. */
function checkWord(word: bigint, bits: 32 | 64, where: string): void {
  if (word >= 0n && word >> BigInt(bits) === 0n) return;
  fail('INPUT_INVALID', `not an unsigned ${bits}-bit integer`, {
    where,
    fix: `Give a value in 0..2^${bits}−1`,
  });
}

/** What a run that has ended, or cannot go on, comes to. @throws RUN_TOO_LONG for one that came to its limits, unless a part is what is wanted */
export function conclude(
  program: Program,
  machine: Machine,
  io: Io,
  outcome: Outcome,
  placement: Placement,
  partial = false,
): Execution {
  const isWhole = outcome.kind !== 'limit';
  const instructions = partial
    ? (outcome.paused?.instructions ?? outcome.instructions)
    : outcome.instructions;
  if (!isWhole && !partial) {
    const { maxInstructions: most, maxSteps } = io;
    const spent =
      instructions > most
        ? `${most} instructions`
        : `${maxSteps} steps of the machine in ${instructions} instructions`;
    fail('RUN_TOO_LONG', `the run has not ended after ${spent}`, {
      where: program.entryName,
      fix: 'Raise the limit (--max-instructions, maxInstructions), or run on smaller inputs',
    });
  }
  const [statusLow, statusKind] = outcome.status;
  const starved = outcome.kind === 'starved';
  const ended = join(statusLow, statusKind);
  const failure = starved ? 'inputExhausted' : failureOfStatus(ended);
  const trap = failure === undefined ? undefined : describeTrap(program, machine, outcome, failure);
  const status = failure === undefined ? ended : statusOfFailure(failure);
  const words: bigint[] = [];
  for (let i = 0; i < io.outputs.length; i += 2) words.push(join(io.outputs[i], io.outputs[i + 1]));
  const resultCount = isWhole && status === STATUS_RETURNED ? program.entryType.results.length : 0;
  const read = machine.low[INPUT_COUNTER] - outcome.drained;
  return {
    ended: isWhole,
    status,
    trap,
    starved,
    results: words.slice(words.length - resultCount),
    outputs: words.slice(0, words.length - resultCount),
    unwritten: trap === undefined ? new Uint8Array() : unwrittenBytes(program, machine),
    instructions,
    rows: namedRows(outcome.rows, placement),
    rowKinds: outcome.rows,
    publicUsed: Math.max(0, read - program.entryType.parameters.length),
    privateUsed: outcome.privateUsed,
  };
}

function unwrittenBytes({ streams }: Program, machine: Machine): Uint8Array {
  if (streams?.writes !== true) return new Uint8Array();
  const { low, high } = machine;
  const [word, total] = [streams.output.word, streams.output.total].map((key) => machine.indexOf(key));
  const bytes = new Uint8Array(Int32Array.of(low[word], high[word]).buffer);
  return bytes.slice(0, low[total] & 7);
}

/** Where the run ended; in a linked routine, where it was called. */
function describeTrap(program: Program, machine: Machine, outcome: Outcome, name: FailureName): Trap {
  const { code } = program;
  let { pc, fp } = outcome;
  const callers = 64;
  for (let i = 0; i < callers && code.functionIndex[pc] < 0 && fp > machine.stack; i++) {
    let end = pc;
    while (end < code.length && (code.opcode[end] & CODE_MASK) !== RETURN.code) end++;
    const point = machine.low[fp + code.a[end]];
    pc = point - 1;
    fp -= code.a[point];
  }
  const functionName = program.functionNames.get(code.functionIndex[pc]);
  return { name, text: FAILURES[name].text, pc, offset: code.offset[pc], functionName };
}
