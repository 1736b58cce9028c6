/** memory.copy and memory.fill of a few bytes, as many as the module says: loads and stores instead of a call. */
import { OP } from '../../wasm/opcodes.ts';
import * as I from '../instructions.ts';
import { binary, constant, inSlot, type RowContext } from './numeric.ts';
import type { Operand, OperandStack } from './operands.ts';

/** The most bytes that are rows in line: no more rows than the routine would take for them. */
const MOST_BYTES = 32;
/** Times a byte it is the byte eight times. */
const REPEAT = 0x0101_0101_0101_0101n;

interface Piece {
  readonly offset: number;
  readonly load: I.OpcodeInfo;
  readonly store: I.OpcodeInfo;
}

const SIZES: readonly (readonly [number, I.OpcodeInfo, I.OpcodeInfo])[] = [
  [8, I.LOAD64, I.STORE64],
  [4, I.LOAD32, I.STORE32],
  [2, I.LOAD16, I.STORE16],
  [1, I.LOAD8, I.STORE8],
];

/** Pieces that cover so many bytes, by increasing offset. The last one may lie over the one before. */
function piecesOf(length: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let covered = 0;
  for (const [size, load, store] of SIZES) {
    while (length - covered >= size) {
      pieces.push({ offset: covered, load, store });
      covered += size;
    }
    // What is left is less than this size, and more than half of it would be two pieces.
    if (2 * (length - covered) > size && length > size) {
      pieces.push({ offset: length - size, load, store });
      covered = length;
    }
  }
  return pieces;
}

/**
 * Translates the instruction if its length, on top of the stack, is a constant up to {@link MOST_BYTES} and not 0 (which
 * may be out of bounds without any access). Everything is loaded before anything is stored, and the last piece is stored
 * first: a static offset does not wrap, so where it is within bounds, all others are.
 */
export function bulkInline(t: RowContext & { readonly stack: OperandStack }, op: number): boolean {
  if (op !== OP['memory.copy'] && op !== OP['memory.fill']) return false;
  const { stack, emitter } = t;
  const length = stack.operand(stack.height - 1);
  if (length.kind !== 'constant' || length.value === 0n || length.value > MOST_BYTES) return false;
  stack.pop();
  const from = stack.pop();
  const base = inSlot(t, stack.pop(), 0).slot;
  const bytes = Number(length.value);
  const pieces = piecesOf(bytes);
  const copies = op === OP['memory.copy'];
  const filler = copies ? 0 : repeated(t, from, bytes);
  const values = copies ? loaded(t, from, pieces) : pieces.map(() => filler);
  for (const [i, { store, offset }] of [...pieces.entries()].reverse()) {
    // Of a slot of eight bytes the lower four.
    const flags = !copies && store === I.STORE32 && bytes >= 8 ? I.WIDE : 0;
    emitter.row(store, flags, values[i], base, offset);
  }
  return true;
}

/** Slots with what is to be stored: of a copy the bytes of each piece. */
function loaded(t: RowContext, from: Operand, pieces: readonly Piece[]): readonly number[] {
  const source = inSlot(t, from, 1).slot;
  return pieces.map(({ load, offset }, i) => {
    const slot = t.temporary(2 + i);
    t.emitter.row(load, 0, slot, source, offset);
    return slot;
  });
}

/** A slot with the byte in every byte that some piece stores. */
function repeated(t: RowContext, value: Operand, length: number): number {
  if (length === 1) return inSlot(t, value, 1).slot;
  const width = length < 8 ? 32n : 64n;
  const repeat = BigInt.asUintN(Number(width), REPEAT);
  if (value.kind === 'constant') return inSlot(t, constant((value.value & 0xffn) * repeat), 1).slot;
  const slot = t.temporary(1);
  binary(t, I.AND, 0, slot, value, constant(0xffn));
  const byte: Operand = { kind: 'slot', slot, narrow: true };
  binary(t, length < 8 ? I.PRODUCT_LOW : I.MUL64, 0, slot, byte, constant(repeat));
  return slot;
}
