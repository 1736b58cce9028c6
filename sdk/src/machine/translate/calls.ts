/** Calls of functions: arguments on the stack become the callee's frame. */
import { OP } from '../../wasm/opcodes.ts';
import type { FunctionType, Instruction } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import type { CallTarget, InstructionContext, Links } from './context.ts';
import type { Control } from './control.ts';
import { inSlot } from './numeric.ts';
import { trapUnlessBelow } from './references.ts';
import type { Unit } from './unit.ts';

export interface CallContext extends InstructionContext {
  readonly links: Links<Unit>;
  readonly unit: Unit;
  readonly control: Control;
  /** Slot of the return pc. */
  readonly returnSlot: number;
}

export function translateCall(t: CallContext, instruction: Instruction): void {
  const { unit, links, control } = t;
  const { op, index } = instruction;
  const host = op === OP.call || op === OP.return_call ? unit.host(index) : undefined;
  if (host !== undefined) {
    host.translate(t);
    if (op === OP.return_call && control.reachable) control.returnFromBody();
  } else if (op === OP.call) call(t, links.func(unit, index));
  else if (op === OP.call_indirect) callIndirect(t, instruction);
  else if (op === OP.return_call) goOnAs(t, links.func(unit, index));
  else {
    loadReference(t, instruction);
    goOnAs(t, links.dispatch(index, t.returnSlot));
  }
}

/** Arguments go home, which is where the callee's frame begins: nothing live is above. */
export function call(t: CallContext, { label, returnSlot, type }: CallTarget): void {
  const delta = placeArguments(t, type);
  t.emitter.call(label, delta, returnSlot);
  pushResults(t, type);
}

function goOnAs({ control }: CallContext, { label, type }: CallTarget): void {
  control.goOnAs(label, type.params.length);
}

function callIndirect(t: CallContext, { index: typeIndex, index2: table }: Instruction): void {
  const { stack, emitter, links } = t;
  const type = t.unit.module.types[typeIndex]!;
  const element = inSlot(t, stack.pop(), 0).slot;
  // Above the arguments, in what will be the callee's frame: it is read before anything is written there.
  const reference = stack.temporary(0);
  const { size, key } = links.table(table);
  const limit = size.cell === undefined ? -1 : stack.temporary(1);
  const delta = placeArguments(t, type);
  trapUnlessBelow(t, element, size, 'undefinedElement', limit);
  emitter.row(I.TABLE_GET, 0, reference, element, key);
  emitter.callIndirect(reference, delta, links.typeId(typeIndex));
  pushResults(t, type);
}

/** Pops an index of a table and pushes the reference there. */
function loadReference(t: CallContext, { index2: table }: Instruction): void {
  const { stack, emitter } = t;
  const element = inSlot(t, stack.pop(), 0).slot;
  const { size, key } = t.links.table(table);
  trapUnlessBelow(t, element, size, 'undefinedElement', stack.temporary(1));
  emitter.row(I.TABLE_GET, 0, stack.temporary(0), element, key);
  stack.pushHome(true);
}

/** Returns the slot that becomes the callee's slot 0. */
function placeArguments({ stack }: CallContext, { params }: FunctionType): number {
  const first = stack.height - params.length;
  for (let height = first; height < stack.height; height++) stack.materialise(height);
  stack.truncate(first);
  return stack.home(first);
}

function pushResults({ stack }: CallContext, { results }: FunctionType): void {
  for (let i = 0; i < results.length; i++) stack.pushHome();
}
