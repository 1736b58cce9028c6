import { OP } from '../../wasm/opcodes.ts';
import type { Block, Func } from '../../wasm/types.ts';

/** Above this many words of bit sets to copy, all locals are zeroed instead of finding out which need it. */
const MAX_WORK = 1 << 26;

/** What nothing follows. */
const LEAVING: ReadonlySet<number> = new Set([
  OP.return,
  OP.return_call,
  OP.return_call_indirect,
  OP.unreachable,
]);

/** Positions of the instructions that assign a local. */
export class Assignments {
  /** Of locals that are assigned, in increasing order. */
  private readonly positions: Map<number, number[]> = new Map();

  constructor(func: Func) {
    func.instructions.forEach(({ op, index }, position) => {
      if (op !== OP['local.set'] && op !== OP['local.tee']) return;
      const list = this.positions.get(index);
      if (list === undefined) this.positions.set(index, [position]);
      else list.push(position);
    });
  }

  /** Whether `local` is assigned anywhere inside the block. */
  inside(local: number, block: Block): boolean {
    const list = this.positions.get(local);
    if (list === undefined) return false;
    let low = 0;
    let high = list.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle] <= block.start) low = middle + 1;
      else high = middle;
    }
    return low < list.length && list[low] < block.end;
  }
}

interface Frame {
  readonly block: Block;
  /** What was assigned when the `if` began, for its other branch. */
  readonly before: Uint32Array | undefined;
  /** What is assigned on every path that reaches the end so far; undefined where none does. */
  merged: Uint32Array | undefined;
  hasElse: boolean;
}

/**
 * Declared locals that some path may read before it assigned them (forward data flow over the structured code; a loop
 * starts with what was assigned before it, because going round only adds to that). Indices count parameters first.
 */
export function localsToZero(func: Func, parameters: number): readonly number[] {
  const count = func.locals.length;
  const words = (count + 31) >> 5;
  if (words * func.instructions.length > MAX_WORK) return func.locals.map((_, i) => parameters + i);
  const needed = new Set<number>();
  const frames: Frame[] = [{ block: func.block, before: undefined, merged: undefined, hasElse: false }];
  /** Assigned on every path to here; undefined in unreachable code. */
  let assigned: Uint32Array | undefined = new Uint32Array(words);
  const merge = (frame: Frame, set: Uint32Array | undefined): void => {
    if (set === undefined) return;
    if (frame.merged === undefined) frame.merged = set.slice();
    else for (let i = 0; i < words; i++) frame.merged[i] &= set[i];
  };
  const branch = (depth: number): void => {
    const frame = frames[frames.length - 1 - depth];
    if (frame.block.kind !== 'loop') merge(frame, assigned);
  };
  for (const { op, index, labels, block } of func.instructions) {
    if (op === OP.block || op === OP.loop || op === OP.if) {
      const before = op === OP.if ? assigned?.slice() : undefined;
      frames.push({ block, before, merged: undefined, hasElse: false });
    } else if (op === OP.else) {
      const frame = frames[frames.length - 1];
      merge(frame, assigned);
      frame.hasElse = true;
      assigned = frame.before;
    } else if (op === OP.end) {
      const frame = frames.pop() as Frame;
      merge(frame, assigned);
      if (frame.block.kind === 'if' && !frame.hasElse) merge(frame, frame.before);
      assigned = frame.merged;
    } else if (assigned === undefined) {
    } else if (op === OP.br || op === OP.br_if) {
      branch(index);
      if (op === OP.br) assigned = undefined;
    } else if (op === OP.br_table) {
      for (const label of new Set(labels)) branch(label);
      assigned = undefined;
    } else if (LEAVING.has(op)) {
      assigned = undefined;
    } else if (index >= parameters) {
      const bit = index - parameters;
      if (op === OP['local.set'] || op === OP['local.tee']) assigned[bit >> 5] |= 1 << (bit & 31);
      else if (op === OP['local.get'] && (assigned[bit >> 5] & (1 << (bit & 31))) === 0) needed.add(index);
    }
  }
  return [...needed].sort((a, b) => a - b);
}
