/** What the fields of an instruction are: the vocabulary of the descriptors in `instructions.ts`. */
import type { ProvenTrap } from './program.ts';

/**
 * Bits of a value: a number of them; 64 with the flag WIDE, else 32; or those of a loaded value, which are 8 for each
 * byte, but 32 or with WIDE 64 where SIGNED extends it.
 */
export type Bits = number | 'flag' | 'loaded';

/**
 * What a second operand must be besides its bits.
 *  factor: x and it have 32 bits, or it is the immediate 1; power: an immediate 2^k, 0 ≤ k < 32; shift: the same, k ≥ 1;
 *  count: below the width; rotation: at most the width; divisor: not 0.
 */
export type Demand = 'factor' | 'power' | 'shift' | 'count' | 'rotation' | 'divisor';

/** A field that names a slot: what the row reads there, and what it leaves. */
export interface SlotOperand {
  readonly role: 'read' | 'write' | 'update';
  readonly bits: Bits;
}

/** The field c of what computes: slot c, or with IMMEDIATE the field itself. */
export interface SecondOperand {
  readonly role: 'second';
  readonly bits: Bits;
  readonly demand: Demand | undefined;
}

/** Fields that are no slot. Of those that are not used nothing but 0 is accepted. */
export interface PlainOperand {
  readonly role:
    | 'unused'
    /** A pc of the same function, or where the run ends. */
    | 'target'
    /** The first of a run of targets, behind the row. */
    | 'targets'
    /** The pc of a function. */
    | 'callee'
    /** The caller's slot that becomes the callee's slot 0. */
    | 'frame'
    | 'return slot'
    /** The id of a structural type. */
    | 'type'
    /** A word. */
    | 'value'
    /** Bytes, below MAX_OFFSET. */
    | 'offset'
    /** The key of a global or the like; `cell` is that or PAGES. */
    | 'global'
    | 'cell'
    /** The key of the first element of a table or segment. */
    | 'table'
    /** Low and high word of a status. */
    | 'code'
    | 'kind';
}

export type Operand = SlotOperand | SecondOperand | PlainOperand;

/** Where the row continues besides `pc + 1`. */
export type Flow = 'next' | 'branch' | 'jump' | 'table' | 'call' | 'return' | 'drain' | 'end' | 'marker';

/** The cell that a row accesses besides the slots that its fields name. */
export type CellKind =
  | 'none'
  | 'memory'
  | 'table'
  | 'global'
  | 'return slot'
  | 'input counter'
  | 'output counter'
  | 'pages';

/** Everything of a descriptor but name, number, chips, flags and words. */
export interface Shape {
  readonly a: Operand;
  readonly b: Operand;
  readonly c: Operand;
  readonly cell: CellKind;
  readonly flow: Flow;
  /** Loads and stores: bytes of the access. */
  readonly bytes: number;
  /** Traps that the row may prove in place of what it does. */
  readonly traps: readonly ProvenTrap[];
}

export const UNUSED: PlainOperand = { role: 'unused' };
export const read = (bits: Bits): SlotOperand => ({ role: 'read', bits });
export const write = (bits: Bits): SlotOperand => ({ role: 'write', bits });
export const update = (bits: Bits): SlotOperand => ({ role: 'update', bits });
export const plain = (role: PlainOperand['role']): PlainOperand => ({ role });

const second = (bits: Bits, demand?: Demand): SecondOperand => ({ role: 'second', bits, demand });
const shape = (parts: Partial<Shape>): Shape => ({
  a: UNUSED,
  b: UNUSED,
  c: UNUSED,
  cell: 'none',
  flow: 'next',
  bytes: 0,
  traps: [],
  ...parts,
});

/** `a = x op y`. `wrote` where the result has other bits than the operands. */
export const binary = (bits: Bits, demand?: Demand, wrote: Bits = bits): Shape =>
  shape({ a: write(wrote), b: read(bits), c: second(bits, demand) });

export const unary = (bits: Bits, wrote: Bits): Shape => shape({ a: write(wrote), b: read(bits) });

/** x is compared with 0; a keeps what it holds, or becomes y. */
export const choice: Shape = shape({ a: update(64), b: read('flag'), c: second(64) });

export const branch: Shape = shape({
  a: plain('target'),
  b: read('flag'),
  c: second('flag'),
  flow: 'branch',
});

/** The cell of key c. */
export const ofCell = (a: SlotOperand, role: 'global' | 'cell'): Shape =>
  shape({ a, c: plain(role), cell: 'global' });

/** The cell of key c + x. Elements of tables and words of segments have 32 bits. */
export const ofTable = (a: SlotOperand): Shape => shape({ a, b: read(32), c: plain('table'), cell: 'table' });

/** `bytes` bytes at x + c. */
export const ofMemory = (bytes: number, a: SlotOperand): Shape =>
  shape({
    a,
    b: read(32),
    c: plain('offset'),
    cell: 'memory',
    bytes,
    traps: ['memoryOutOfBounds'],
  });

export const control = (flow: Flow, parts: Partial<Shape> = {}): Shape => shape({ flow, ...parts });
