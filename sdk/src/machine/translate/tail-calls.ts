/**
 * Tail calls: a function goes on as another one, in the frame that it has. So both must have the return pc in the same slot, and
 * so must all that go on as one another: the return slot is theirs together, not that of each one's type.
 */
import { OP } from '../../wasm/opcodes.ts';
import { indexSpaces, type Module, typeKey } from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import { returnSlotOf } from '../program.ts';
import type { Emitter, Label } from './emitter.ts';
import { functionReferences } from './initial.ts';

/** Of functions that call, or are called by, a tail call: the slot of the return pc. Others have that of their type. */
export function sharedReturnSlots(module: Module): ReadonlyMap<number, number> {
  const { functions: types, imported } = indexSpaces(module);
  const parents = new Map<number, number>();
  const rootOf = (index: number): number => {
    let root = index;
    for (let next = parents.get(root); next !== undefined && next !== root; next = parents.get(root)) {
      // Halves the way for those that come after.
      parents.set(root, parents.get(next) ?? next);
      root = next;
    }
    return root;
  };
  const least = new Map<number, number>();
  const join = (caller: number, callee: number): void => {
    for (const index of [caller, callee]) if (!parents.has(index)) parents.set(index, index);
    parents.set(rootOf(callee), rootOf(caller));
  };
  // Of each type once, and only where something asks: there may be many references of types with many parameters.
  let keys: readonly string[] | undefined;
  let byType: ReadonlyMap<string, readonly number[]> | undefined;
  const ofType = (typeIndex: number): readonly number[] => {
    const known = keys ?? module.types.map(typeKey);
    keys = known;
    byType ??= Map.groupBy(functionReferences(module), (index) => known[types[index]!]!);
    return byType.get(known[typeIndex]!) ?? [];
  };
  for (const { index: caller, instructions } of module.functions) {
    for (const { op, index } of instructions) {
      if (op === OP.return_call) {
        if (index >= imported.functions) join(caller, index);
      } else if (op === OP.return_call_indirect) {
        const type = module.types[index]!;
        join(caller, caller);
        // The reference stands behind the arguments until it is known which function it means.
        least.set(caller, Math.max(least.get(caller) ?? 0, type.params.length + 1));
        for (const callee of ofType(index)) join(caller, callee);
      }
    }
  }
  const slots = new Map<number, number>();
  for (const index of parents.keys()) {
    const needed = Math.max(returnSlotOf(module.types[types[index]!]!), least.get(index) ?? 0);
    const root = rootOf(index);
    slots.set(root, Math.max(slots.get(root) ?? 0, needed));
  }
  return new Map([...parents.keys()].map((index) => [index, slots.get(rootOf(index))!]));
}

/** Targets up to so many are compared one by one, as those of a br_table are. */
const COMPARED = 2;

export interface Dispatch {
  /** The slot of the reference, behind the arguments. */
  readonly slot: number;
  /** The functions of the type that references may mean: references and where they begin, by increasing reference. */
  readonly functions: readonly { readonly id: number; readonly label: Label }[];
  readonly uninitialised: Label;
  readonly mismatch: Label;
}

/** Rows that go on as the function that a reference means, if it is of the type, and trap in the order of `call_indirect` if not. */
export function emitDispatch(emitter: Emitter, dispatch: Dispatch): void {
  const { slot, functions, uninitialised, mismatch } = dispatch;
  const equal = I.EQUAL | I.IMMEDIATE;
  emitter.jump(I.BRANCH, equal, uninitialised, slot, 0n);
  const first = functions[0]?.id ?? 0;
  const count = (functions.at(-1)?.id ?? 0) - first + 1;
  if (functions.length <= COMPARED) {
    for (const { id, label } of functions) emitter.jump(I.BRANCH, equal, label, slot, BigInt(id));
    emitter.jump(I.JUMP, 0, mismatch);
    return;
  }
  // Below the first one it wraps, to what is above the last.
  emitter.row(I.SUB, I.IMMEDIATE, slot, slot, BigInt(first));
  emitter.jump(I.BRANCH, I.EQUAL | I.GREATER | I.IMMEDIATE, mismatch, slot, BigInt(count));
  emitter.row(I.JUMP_TABLE, 0, 0, slot, emitter.pc + 1);
  const labels = new Map(functions.map(({ id, label }) => [id, label]));
  for (let id = first; id < first + count; id++) emitter.jump(I.JUMP, 0, labels.get(id) ?? mismatch);
}
