/** References, tables and passive segments: what is decided inline, and calls of routines for the rest. */
import { OP, type OpcodeName } from '../../wasm/opcodes.ts';
import type { Instruction } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import type { FailureName } from '../program.ts';
import type { InstructionContext } from './context.ts';
import type { Quantity } from './initial.ts';
import { constant, inSlot } from './numeric.ts';

const byOpcode = (names: readonly OpcodeName[]): ReadonlyMap<number, OpcodeName> =>
  new Map(names.map((name) => [OP[name], name]));

/** Routines by one index, and by both in the order of the instruction's fields. */
const OF_ONE: ReadonlyMap<number, OpcodeName> = byOpcode(['table.grow', 'table.fill', 'memory.init']);
const OF_TWO: ReadonlyMap<number, OpcodeName> = byOpcode(['table.copy', 'table.init']);

/** Returns whether it is one of these instructions. */
export function translateReference(t: InstructionContext, { op, index, index2 }: Instruction): boolean {
  const { stack, links } = t;
  const { tables, elements, datas } = links.layout;
  const [one, two] = [OF_ONE.get(op), OF_TWO.get(op)];
  if (one !== undefined || two !== undefined) {
    links.usesTables = true;
    t.callRoutine(one === undefined ? `${two} ${index} ${index2}` : `${one} ${index}`);
    return true;
  }
  switch (op) {
    case OP['ref.null']:
      stack.pushConstant(0n);
      return true;
    case OP['ref.func']:
      stack.pushConstant(BigInt(index + 1));
      return true;
    case OP['table.get']: {
      links.usesTables = true;
      const { size, key } = tables[index];
      emitTableGet(t, key, size);
      return true;
    }
    case OP['table.set']: {
      links.usesTables = true;
      const { size, key } = tables[index];
      emitTableSet(t, key, size);
      return true;
    }
    case OP['table.size']:
      emitQuantity(t, tables[index].size, true);
      return true;
    case OP['elem.drop']:
      drop(t, elements[index].length);
      return true;
    case OP['data.drop']:
      drop(t, datas[index].length);
      return true;
    default:
      return false;
  }
}

/** Pushes what a quantity is: the constant, or what its cell holds. */
export function emitQuantity(t: InstructionContext, { initial, cell }: Quantity, narrow: boolean): void {
  if (cell === undefined) {
    t.stack.pushConstant(BigInt(initial));
    return;
  }
  const to = t.destination();
  t.emitter.row(I.GET, 0, to.slot, 0, cell);
  t.push(to, narrow);
}

/** Pops an index and pushes the cell there, of those from `key` on; traps unless the index is below the size. */
export function emitTableGet(
  t: InstructionContext,
  key: number,
  size: Quantity,
  trap: FailureName = 'tableOutOfBounds',
): void {
  const element = inSlot(t, t.stack.pop(), 0).slot;
  trapUnlessBelow(t, element, size, trap, t.temporary(1));
  const to = t.destination();
  t.emitter.row(I.TABLE_GET, 0, to.slot, element, key);
  t.push(to, true);
}

/** Pops a value and an index under it; otherwise as {@link emitTableGet}. */
export function emitTableSet(t: InstructionContext, key: number, size: Quantity): void {
  // Both are popped before either gets a slot: temporaries count from the height of the stack.
  const [y, x] = [t.stack.pop(), t.stack.pop()];
  const value = inSlot(t, y, 1).slot;
  const element = inSlot(t, x, 0).slot;
  trapUnlessBelow(t, element, size, 'tableOutOfBounds', t.temporary(2));
  t.emitter.row(I.TABLE_SET, 0, value, element, key);
}

/** Compares an index in a slot; `at` is a free slot, used where the size is a cell. */
export function trapUnlessBelow(
  t: InstructionContext,
  slot: number,
  size: Quantity,
  trap: FailureName,
  at: number,
): void {
  let limit = constant(BigInt(size.initial));
  if (size.cell !== undefined) {
    t.emitter.row(I.GET, 0, at, 0, size.cell);
    limit = { kind: 'slot', slot: at, narrow: true };
  }
  t.trapIf(trap, I.EQUAL | I.GREATER, slot, limit);
}

/** A segment that nothing initialises from has no length. */
function drop(t: InstructionContext, { cell }: Quantity): void {
  if (cell === undefined) return;
  t.emitter.row(I.SET, 0, inSlot(t, constant(0n), 0).slot, 0, cell);
}
