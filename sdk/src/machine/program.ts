/** What the translator makes of a module and one of its exports; the only thing that execution and image know. */
import type { NumberType, ValueType } from '../wasm/types.ts';
import type { EntryText } from './signature.ts';

/** Exit status: `kind·2^32 + code`. */
export const STATUS_RETURNED = 0n;
export const STATUS_EXITED: bigint = 1n << 32n;
export const STATUS_TRAPPED: bigint = 2n << 32n;
export const STATUS_REFUSED: bigint = 3n << 32n;

/** Reasons of a trap, which the program meets itself; `status = 2·2^32 + code`. Texts are the specification's. */
export const TRAPS = {
  unreachable: { code: 1, text: 'unreachable' },
  divideByZero: { code: 2, text: 'integer divide by zero' },
  integerOverflow: { code: 3, text: 'integer overflow' },
  memoryOutOfBounds: { code: 4, text: 'out of bounds memory access' },
  undefinedElement: { code: 5, text: 'undefined element' },
  uninitialisedElement: { code: 6, text: 'uninitialized element' },
  indirectTypeMismatch: { code: 7, text: 'indirect call type mismatch' },
  stackExhausted: { code: 8, text: 'call stack exhausted' },
  requireFailed: { code: 9, text: 'require failed' },
  tableOutOfBounds: { code: 11, text: 'out of bounds table access' },
  invalidConversion: { code: 12, text: 'invalid conversion to integer' },
  importCalled: { code: 13, text: 'call of an import that nobody provides' },
} as const;
/**
 * Reasons of the host to end a run, which any program meets that is given such inputs, or that asks so; `status = 3·2^32 + code`. A
 * proof of one says nothing of what the program does with inputs as they should be.
 */
export const REFUSALS = {
  inputExhausted: { code: 1, text: 'read past the end of the inputs' },
  functionArgument: { code: 2, text: 'a function as an argument' },
  streamNotPadded: { code: 3, text: 'bytes behind the end of standard input' },
  buffersOverlap: { code: 4, text: 'a buffer over the list of buffers' },
  argumentInvalid: { code: 5, text: 'an argument that is none of its type' },
  fileDiffers: { code: 6, text: 'a file that has not its digest' },
} as const;

/** Where a run does not get to its end. */
export const FAILURES: typeof TRAPS & typeof REFUSALS = { ...TRAPS, ...REFUSALS };
export type TrapName = keyof typeof TRAPS;
export type FailureName = keyof typeof FAILURES;

/** The status that a run with this failure ends with. */
export function statusOfFailure(name: FailureName): bigint {
  return (name in TRAPS ? STATUS_TRAPPED : STATUS_REFUSED) + BigInt(FAILURES[name].code);
}

const FAILURE_OF_STATUS: ReadonlyMap<bigint, FailureName> = new Map(
  (Object.keys(FAILURES) as FailureName[]).map((name) => [statusOfFailure(name), name]),
);

/** The failure that this status means; undefined where it means none. */
export function failureOfStatus(status: bigint): FailureName | undefined {
  return FAILURE_OF_STATUS.get(status);
}

/**
 * Traps, and the one refusal, that no branch of the program decides: the row that meets one proves its condition and goes on at a reserved pc,
 * the same in every program, where the exit with its code stands (`drain`, `exit`). That of `inputExhausted` has no
 * `drain`: whoever comes there must have consumed every public input, or the bus does not balance.
 */
export const PROVEN_TRAPS: Readonly<Record<ProvenTrap, number>> = {
  memoryOutOfBounds: 1,
  uninitialisedElement: 3,
  indirectTypeMismatch: 5,
  stackExhausted: 7,
  inputExhausted: 9,
};
export type ProvenTrap =
  | 'memoryOutOfBounds'
  | 'uninitialisedElement'
  | 'indirectTypeMismatch'
  | 'stackExhausted'
  | 'inputExhausted';

/** Translated instructions as parallel arrays indexed by pc; pc 0 is never used. */
export interface Code {
  readonly length: number;
  readonly opcode: Uint16Array;
  readonly a: Uint32Array;
  readonly b: Uint32Array;
  /** Low and high word of c (64-bit immediates). */
  readonly c: Uint32Array;
  readonly cHigh: Uint32Array;
  /** Executed WebAssembly instructions that this row stands for (block, loop, else, end and nop not counted). */
  readonly weight: Uint8Array;
  /** Byte offset in the .wasm file, 0 where there is none (stubs, linked routines). */
  readonly offset: Uint32Array;
  /** Index of the WebAssembly function, or -1. */
  readonly functionIndex: Int32Array;
}

/** Ids of structural types are 1 … MAX_TYPE: chips compare them by a 16-bit limb. */
export const MAX_TYPE = 0xffff;

/** log2 of the tallest chip that sessions make keys for: what has more rows cannot be proven. */
export const MAX_CHIP_LOG = 22;

export interface FunctionEntry {
  /** Reference value, ≥ 1. */
  readonly id: number;
  /** Id of the structural type. */
  readonly type: number;
  readonly pc: number;
  readonly returnSlot: number;
}

/**
 * What the code of a function from `pc` on takes and gives, in its slots 0, 1, …: bits of each parameter and result. The verifier
 * of images shows that it is so; no chip knows of it.
 */
export interface Signature {
  readonly pc: number;
  readonly params: readonly (32 | 64)[];
  readonly results: readonly (32 | 64)[];
  /** Of functions that tail calls share it with; others have the least, {@link returnSlotOf}. */
  readonly returnSlot?: number;
}

/** The slot of the return pc: behind parameters and results, or further up where tail calls share it. */
export function returnSlotOf({
  params,
  results,
  returnSlot,
}: Record<'params' | 'results', { readonly length: number }> & Pick<Signature, 'returnSlot'>): number {
  return returnSlot ?? Math.max(params.length, results.length);
}

/** Initial value of a cell that is not zero, or lies outside all zero regions. Sorted by key, no key twice. */
export interface InitialWord {
  readonly key: number;
  readonly value: bigint;
}

/** Cells `lo … hi` (inclusive, at most MAX_REGION) that start as zero. Never contains the key of an InitialWord. */
export interface ZeroRegion {
  readonly lo: number;
  readonly hi: number;
}

/** What the slot holds, or the value where slot is −1. */
export interface DebugValue {
  readonly slot: number;
  readonly value: bigint;
}

/**
 * Where a program reports a value to whoever debugs it (`wasm_dbg`): when `pc` is reached, before its row. No row is
 * spent on it. With `length` it is text for the log: as many bytes of the memory as that slot says, from the address in `slot`, within
 * bounds. With `numbers` it is the address of a string as AssemblyScript has them, and a line for the log: the string, and of those
 * f64 as many as `count` says.
 */
export interface DebugPoint extends DebugValue {
  readonly pc: number;
  readonly length?: number;
  readonly numbers?: { readonly count: DebugValue; readonly values: readonly DebugValue[] };
}

/** Where private words come from that are not the next of the private inputs. */
export const PRIVATE_SOURCES = ['stream', 'clock', 'random', 'file'] as const;
export type PrivateSource = (typeof PRIVATE_SOURCES)[number];

/** The `readp` row at `pc` takes its word from this source; of files the slot says which. */
export interface PrivatePoint {
  readonly pc: number;
  readonly source: PrivateSource;
  readonly slot?: number;
}

/** Byte streams (WASI) that the module imports: which it may read, and whether its outputs end with a length. */
export interface Streams {
  readonly reads: boolean;
  readonly writes: boolean;
  /** Keys of the cells with what is written and fills no word yet, low byte first, and with the number of bytes written. */
  readonly output: { readonly word: number; readonly total: number };
}

/** Rows that belong together; a section ends where the next one begins. */
export interface Section {
  readonly pc: number;
  /** `trap`: the exit of a trap; `entry`: what runs first; `function`: one of the module; `routine`: a linked one. */
  readonly kind: 'trap' | 'entry' | 'function' | 'routine';
  /** Text of the trap, name of the entered export, `function 3 "fib"`; of a routine the instruction or its own name. */
  readonly name: string;
  /** Index of the WebAssembly function, or −1. */
  readonly functionIndex: number;
}

export interface ValueTypes {
  /** References are words too: i32. */
  readonly parameters: readonly NumberType[];
  readonly results: readonly NumberType[];
}

/** Bits of the word that a value is; a reference is one of 32 bits. */
export function wordBits(type: ValueType): 32 | 64 {
  return type === 'i64' || type === 'f64' ? 64 : 32;
}

/** How an export is called. */
export interface TypedCall extends EntryText {
  /** Strings are UTF-16, AssemblyScript's. */
  readonly isWide: boolean;
}

/** The calls of a typed entry: one, or several of one instance. */
export interface Typed {
  readonly calls: readonly TypedCall[];
}

export interface Program {
  /** Name of the export that is entered; of a typed entry its text. */
  readonly entryName: string;
  readonly entryType: ValueTypes;
  /** Of a typed entry: its calls, one after the other: what their arguments and results are, which are no parameters and results then. */
  readonly typed?: Typed | undefined;
  readonly code: Code;
  /** By increasing pc, from 1 on, without gaps. */
  readonly sections: readonly Section[];
  /** First pc. */
  readonly entry: number;
  readonly functions: readonly FunctionEntry[];
  /** Of all functions, by increasing pc; the code of one ends where the next begins. */
  readonly signatures: readonly Signature[];
  /** The most that globals and the like hold, by key; what is not named may hold any word. The verifier shows that it is so. */
  readonly bounds: ReadonlyMap<number, number>;
  readonly words: readonly InitialWord[];
  readonly zeros: readonly ZeroRegion[];
  /** Pages of the linear memory: at the start, and the most that `memory.grow` allows. */
  readonly pages: number;
  readonly maxPages: number;
  /** By increasing pc. */
  readonly debugPoints: readonly DebugPoint[];
  readonly privatePoints: readonly PrivatePoint[];
  /** Where the module imports functions of WASI. */
  readonly streams?: Streams | undefined;
  /** Slots of the largest frame, at most MAX_FRAME. */
  readonly frameSlots: number;
  /** Names for messages: WebAssembly function index to name. */
  readonly functionNames: ReadonlyMap<number, string>;
}
