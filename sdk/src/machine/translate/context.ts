/** What those who emit the rows of one instruction see of the function that is being translated, and of what it is linked with. */
import type { Func, FunctionType, Instruction } from '../../wasm/types.ts';
import type { FailureName } from '../program.ts';
import type { Condition } from './conditions.ts';
import type { Control } from './control.ts';
import type { Emitter, Label } from './emitter.ts';
import type { Layout, TableLayout } from './initial.ts';
import type { RowContext } from './numeric.ts';
import type { OperandStack } from './operands.ts';

/** Where an instruction's result goes: its home slot, or the local of a `local.set` or `local.tee` right behind. */
export interface Destination {
  readonly slot: number;
  readonly local: number;
  readonly keep: boolean;
}

export interface InstructionContext extends RowContext {
  readonly stack: OperandStack;
  readonly links: Pick<Links, 'entryHasResults' | 'layout' | 'usesTables'>;
  readonly control: Pick<Control, 'jumpIf'>;
  /** With the operands popped, before the rows that compute the result. A function's only result goes where it is returned. */
  destination(): Destination;
  /** After those rows: the result is on the stack, unless a `local.set` took it. */
  push(destination: Destination, narrow?: boolean): void;
  /** The program traps here; what follows is unreachable. */
  trap(trap: FailureName): void;
  /** A call of an import that nobody provides. */
  lack(index: number): void;
  /** Traps unless the condition holds. */
  require(holds: Condition): void;
  /** Calls the routine of this name, with its arguments on the stack. */
  callRoutine(name: string): void;
  /** Calls a function of the program's own module, likewise. */
  callGuest(index: number): void;
}

/** The same, of those that take instructions behind theirs with it. */
export interface CodeContext extends InstructionContext {
  readonly func: Func;
  /** Index of the instruction being translated, or of the last one that goes with it. */
  readonly position: number;
  readonly unit: { host(index: number): HostFunction | undefined };
  /** The instructions up to `position` go with the current one. */
  take(position: number): void;
  /** An `if` or `br_if` at the current position, its condition popped. */
  decide(holds: Condition, instruction: Instruction): void;
}

/** An import that the machine provides: rows in place of the call. */
export interface HostFunction {
  readonly name: string;
  readonly type: FunctionType;
  /** Pops the arguments off the symbolic stack and pushes the results. */
  readonly translate: (t: InstructionContext) => void;
}

export interface CallTarget {
  readonly label: Label;
  readonly returnSlot: number;
  readonly type: FunctionType;
}

/** What a function refers to outside of itself; `U` are the functions of one module. */
export interface Links<U = unknown> {
  readonly emitter: Emitter;
  readonly layout: Layout;
  /** Whether reachable code reads or writes tables or segments. */
  usesTables: boolean;
  /** The entered export returns results, so an exit with code 0 is no return. */
  readonly entryHasResults: boolean;
  func(unit: U, index: number): CallTarget;
  /** A function of the program's own module, by its index. */
  guest(index: number): CallTarget;
  /** Slot of the return pc in the frames of a function. */
  returnSlot(unit: U, index: number): number;
  /** What goes on as the function that a reference behind the arguments means; of tail calls in frames with this return slot. */
  dispatch(typeIndex: number, returnSlot: number): CallTarget;
  /** The routine `NAME` or `NAME INDEX …`. */
  routine(text: string): CallTarget;
  /** Where the exit of a trap or refusal stands. */
  trap(name: FailureName): Label;
  /** A function may call an import that nobody provides, which traps or is refused when all is translated. */
  lack(unit: U, index: number, caller: number): void;
  /** Key and size of a table that something calls through. */
  table(index: number): TableLayout;
  /** Types with equal parameters and results have one id, ≥ 1. */
  typeId(typeIndex: number): number;
}
