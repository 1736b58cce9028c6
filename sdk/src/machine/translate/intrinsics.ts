/**
 * The imports of the modules of routines (`machine/routines`): rows that no WebAssembly instruction stands for, and what a routine is
 * given when it is linked: keys, which are immediates of rows, and constants, which are no rows at all.
 */
import type { FunctionType, Import } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import { FAILURES, type FailureName, type PrivateSource, STATUS_EXITED } from '../program.ts';
import type { HostFunction, InstructionContext } from './context.ts';
import type { Quantity } from './initial.ts';
import { binary, inSlot } from './numeric.ts';
import { emitQuantity, emitTableGet, emitTableSet } from './references.ts';

/** The cells of a table, or of a segment's words. */
export interface Elements {
  readonly key: number;
  readonly cells: number;
  /** The trap of routines outside of them. */
  readonly outOfBounds: FailureName;
}

/** What a linked routine is given, by the names that its imports have for it. */
export interface Given {
  readonly quantities: Readonly<Record<string, Quantity>>;
  readonly elements: Readonly<Record<string, Elements>>;
}

type Rule = (t: InstructionContext, given: Given) => void;

/** One row: an unsigned division whose divisor is known not to be zero, a shift whose count is known to be small, a part of a product. */
const unchecked =
  (w: 'i32' | 'i64', info: I.OpcodeInfo): Rule =>
  (t) => {
    const y = t.stack.pop();
    const x = t.stack.pop();
    const to = t.destination();
    binary(t, info, w === 'i64' ? I.WIDE : 0, to.slot, x, y);
    t.push(to, w === 'i32');
  };

function publicWord(t: InstructionContext): void {
  const to = t.destination();
  t.emitter.row(I.READ, I.WIDE, to.slot);
  t.push(to);
}

/** The next of the private inputs. */
function privateInput(t: InstructionContext): void {
  const to = t.destination();
  t.emitter.row(I.READ_PRIVATE, I.WIDE, to.slot);
  t.push(to);
}

/** The next word of the inputs that the routine is given. */
function argumentWord(t: InstructionContext, given: Given): void {
  if (given.quantities['argument.isPublic'].initial === 1) publicWord(t);
  else privateInput(t);
}

/** Any that the prover likes. */
const privateWord =
  (source: PrivateSource): Rule =>
  (t) => {
    const to = t.destination();
    t.emitter.readPrivate(source, to.slot);
    t.push(to);
  };

/** The next word of the stream that the routine is given. */
function streamWord(t: InstructionContext, given: Given): void {
  if (given.quantities['stream.isPublic'].initial === 1) publicWord(t);
  else privateWord('stream')(t, given);
}

/** The next word of the file whose number is on the stack. */
function fileWord(t: InstructionContext): void {
  const { slot } = inSlot(t, t.stack.pop(), 0);
  const to = t.destination();
  t.emitter.readPrivate('file', to.slot, slot);
  t.push(to);
}

/** Ends the run with an exit code; nothing behind is reached. */
function exit(t: InstructionContext): void {
  const code = inSlot(t, t.stack.pop(), 0).slot;
  // Code 0 is a return, unless results are missing that a return would have.
  const status = t.temporary(1);
  t.emitter.row(I.ADD, I.IMMEDIATE | I.WIDE, status, code, STATUS_EXITED);
  if (!t.links.entryHasResults) t.emitter.row(I.SELECT, I.GREATER | I.IMMEDIATE, status, code, 0);
  t.emitter.row(I.DRAIN, 0, 0);
  t.emitter.row(I.EXIT_SLOT, 0, status);
}

/** Reports as many bytes at an address of the memory, within bounds. */
function log(t: InstructionContext): void {
  const length = inSlot(t, t.stack.pop(), 1).slot;
  t.emitter.debug({ slot: inSlot(t, t.stack.pop(), 0).slot, value: 0n, length });
}

const ROWS: Readonly<Record<string, Rule>> = {
  'i32.quotient': unchecked('i32', I.DIV),
  'i64.quotient': unchecked('i64', I.DIV),
  'i32.remainder': unchecked('i32', I.REM),
  'i64.remainder': unchecked('i64', I.REM),
  'i32.high': unchecked('i32', I.PRODUCT_HIGH),
  'i64.high': unchecked('i64', I.MUL64),
  // The verifier of images sees that counts are below the width, those of `around` at most it.
  'i32.right': unchecked('i32', I.SHR),
  'i64.right': unchecked('i64', I.SHR),
  'i64.around': unchecked('i64', I.ROTL),
  'memory.growPage': (t) => t.emitter.row(I.GROW, 0, 0),
  'output.write': (t) => t.emitter.row(I.WRITE, 0, inSlot(t, t.stack.pop(), 0).slot),
  'stream.read': streamWord,
  'argument.read': argumentWord,
  'argument.public': publicWord,
  'argument.private': privateInput,
  'file.read': fileWord,
  clock: privateWord('clock'),
  random: privateWord('random'),
  log,
  exit,
};

/**
 * An index of an element is below the cells that there are. The checks of the routine say so; a branch that is never taken says it
 * where the verifier of images looks.
 */
const all = ({ cells }: Elements): Quantity => ({ initial: cells, cell: undefined });

/** By the module that imports name: what a field of it is, as rows. */
const KINDS: Readonly<Record<string, (name: string, type: FunctionType) => Rule | undefined>> = {
  trap: (name) => (name in FAILURES ? (t) => t.trap(name as FailureName) : undefined),
  routine: (name) => (t) => t.callRoutine(name),
  /** Of a typed entry: a call of the program's own function. */
  guest: (name) => (t) => t.callGuest(Number(name)),
  row: (name) => ROWS[name],
  /** A constant, or what a cell holds; an i32 is below 2^32. */
  get:
    (name, { results }) =>
    (t, { quantities }) =>
      emitQuantity(t, quantities[name], results[0] === 'i32'),
  set:
    (name) =>
    (t, { quantities }) => {
      t.emitter.row(I.SET, 0, inSlot(t, t.stack.pop(), 0).slot, 0, quantities[name].cell as number);
    },
  element:
    (name) =>
    (t, { elements }) => {
      emitTableGet(t, elements[name].key, all(elements[name]), elements[name].outOfBounds);
    },
  /** Takes an index, and the reference on top of it. */
  setElement:
    (name) =>
    (t, { elements }) =>
      emitTableSet(t, elements[name].key, all(elements[name])),
  /** `NAME DISTANCE`: the cell so far behind an index, without a comparison. The verifier of images refuses one that no branch before keeps in bounds. */
  elementAt:
    (name) =>
    (t, { elements }) => {
      const element = inSlot(t, t.stack.pop(), 0).slot;
      const to = t.destination();
      t.emitter.row(I.TABLE_GET, 0, to.slot, element, keyAt(name, elements));
      t.push(to, true);
    },
  setElementAt:
    (name) =>
    (t, { elements }) => {
      const [y, x] = [t.stack.pop(), t.stack.pop()];
      const value = inSlot(t, y, 1).slot;
      t.emitter.row(I.TABLE_SET, 0, value, inSlot(t, x, 0).slot, keyAt(name, elements));
    },
};

function keyAt(text: string, elements: Given['elements']): number {
  const [name, distance] = text.split(' ') as [string, string];
  return elements[name]!.key + Number(distance);
}

/** What an import of a module of routines means where the routine is given this. */
export function intrinsic({ module, name }: Import, type: FunctionType, given: Given): HostFunction {
  const rule = KINDS[module]?.(name, type);
  if (rule === undefined) throw new Error(`no intrinsic ${module} ${name}`);
  return { name, type, translate: (t) => rule(t, given) };
}
