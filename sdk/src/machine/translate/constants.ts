/**
 * Constants that rows need in a slot have slots of their own, which nothing else writes: put there where they are first needed,
 * or before the outermost loop around, they serve all rows that are reached through that place only.
 */
import { OP, type OpcodeName, opcodeById } from '../../wasm/opcodes.ts';
import type { Func, FunctionType, Instruction } from '../../wasm/types.ts';
import type { Emitter } from './emitter.ts';
import { LOADS, STORES } from './memory.ts';

/** The most of a function. */
const MAX_CONSTANTS = 8;
/** What a use in a loop counts for, when there are more; others count 1, and one alone needs no slot of its own. */
const LOOP_USES = 16;

/** Besides loads and stores: instructions whose first operand is no second one, as no rule swaps them. */
const FIRST_IN_SLOT: ReadonlySet<number> = new Set(
  (['shl', 'shr_u', 'shr_s', 'rotl', 'rotr', 'div_u', 'rem_u'] as const).flatMap((name) => [
    OP[`i32.${name}`],
    OP[`i64.${name}`],
  ]),
);

const CONSTANTS: ReadonlySet<number> = new Set(
  (['i32.const', 'i64.const', 'f32.const', 'f64.const'] as const).map((name: OpcodeName) => OP[name]),
);

export interface NeededConstants {
  /** Those that have slots. */
  readonly values: readonly bigint[];
  /** By position of an outermost loop, which of them its rows need. */
  readonly ofLoop: ReadonlyMap<number, readonly bigint[]>;
}

/**
 * What stands where on the stack is followed within straight code only, and guessed nowhere: what is not found costs a row each
 * time. `typeOfCall` is undefined of other instructions.
 */
export function neededConstants(
  { instructions }: Func,
  typeOfCall: (instruction: Instruction) => FunctionType | undefined,
): NeededConstants {
  const uses = new Map<bigint, number>();
  const ofLoop = new Map<number, Set<bigint>>();
  let loop: { readonly end: number; readonly needed: Set<bigint> } | undefined;
  /** The top of the stack since straight code began; undefined is no constant. */
  let stack: (bigint | undefined)[] = [];
  const need = (value: bigint | undefined): void => {
    if (value === undefined) return;
    uses.set(value, (uses.get(value) ?? 0) + (loop === undefined ? 1 : LOOP_USES));
    loop?.needed.add(value);
  };
  for (const [position, instruction] of instructions.entries()) {
    const { op, block } = instruction;
    if (loop !== undefined && position >= loop.end) loop = undefined;
    if (op === OP.loop && loop === undefined) {
      loop = { end: block.end, needed: new Set() };
      ofLoop.set(position, loop.needed);
    }
    if (CONSTANTS.has(op)) stack.push(BigInt(instruction.value));
    else if (op === OP['local.get'] || op === OP['global.get']) stack.push(undefined);
    else if (op === OP['local.set'] || op === OP.drop) stack.pop();
    else if (op === OP['local.tee']) {
      stack.pop();
      stack.push(undefined);
    } else if (op === OP['global.set']) need(stack.pop());
    else {
      const type = opcodeById(op)?.type ?? typeOfCall(instruction);
      if (type === undefined) {
        stack = [];
        continue;
      }
      const operands = type.params.map(() => stack.pop()).reverse();
      if (LOADS.has(op) || STORES.has(op)) operands.forEach(need);
      else if (FIRST_IN_SLOT.has(op) && operands[1] === undefined) need(operands[0]);
      for (let i = 0; i < type.results.length; i++) stack.push(undefined);
    }
  }
  const values = [...uses]
    .filter(([, count]) => count > 1)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MAX_CONSTANTS)
    .map(([value]) => value);
  const kept = ([position, needed]: [number, Set<bigint>]) =>
    [position, values.filter((value) => needed.has(value))] as const;
  return { values, ofLoop: new Map([...ofLoop].map(kept)) };
}

/** Slots of constants while a function is translated, and which of them hold theirs at the place that is. */
export class ConstantSlots {
  private readonly emitter: Emitter;
  private readonly needed: NeededConstants;
  private readonly base: number;
  /** How many blocks were open where a slot was written, by constant: it holds until the innermost of these ends. */
  private readonly held: Map<bigint, number> = new Map();

  /** The slots are `base` and those behind. */
  constructor(emitter: Emitter, needed: NeededConstants, base: number) {
    this.emitter = emitter;
    this.needed = needed;
    this.base = base;
  }

  /** The slot of a constant, which holds it from now on; undefined if it has none. `depth` blocks are open. */
  slot(value: bigint, depth: number): number | undefined {
    const index = this.needed.values.indexOf(value);
    if (index < 0) return undefined;
    const slot = this.base + index;
    if (!this.held.has(value)) {
      this.emitter.constant(slot, value);
      this.held.set(value, depth);
    }
    return slot;
  }

  /** Before a loop: what its rows need, once for all times around. */
  beforeLoop(position: number, depth: number): void {
    for (const value of this.needed.ofLoop.get(position) ?? []) this.slot(value, depth);
  }

  /** Other paths come in, on which only what was written with at most so many blocks open holds for sure. */
  leave(depth: number): void {
    for (const [value, written] of this.held) if (written > depth) this.held.delete(value);
  }
}
