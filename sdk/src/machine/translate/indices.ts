/** Addresses of elements: a product with the size and the sum with the array's address in one row. */
import { OP } from '../../wasm/opcodes.ts';
import { SCALES, scaleOf } from '../flags.ts';
import * as I from '../instructions.ts';
import type { CodeContext } from './context.ts';
import { binary, constant, type Slot } from './numeric.ts';
import type { Operand } from './operands.ts';

/** The flags of `index` for a factor, or undefined where it has none: even numbers from 2 to 30 are sums of what flags weigh. */
function flagsOf(factor: bigint): number | undefined {
  const flags = SCALES.filter(({ scale }) => (factor & BigInt(scale)) !== 0n).reduce(
    (sum, { flag }) => sum | flag,
    0,
  );
  return flags === 0 || BigInt(scaleOf(flags)) !== factor ? undefined : flags;
}

/** A 32-bit product with a small constant, or a shift to the left: the slot that is multiplied, and by what. */
function scaled(
  op: number,
  x: Operand,
  y: Operand,
): { readonly x: Slot; readonly flags: number } | undefined {
  const [operand, factor] = x.kind === 'constant' ? [y, x] : [x, y];
  if (operand.kind === 'constant' || factor.kind === 'slot') return undefined;
  if (op !== OP['i32.mul'] && (op !== OP['i32.shl'] || operand !== x)) return undefined;
  const flags = flagsOf(op === OP['i32.mul'] ? factor.value : 1n << (factor.value & 31n));
  return flags === undefined ? undefined : { x: operand, flags };
}

/** Translates such an instruction together with an `i32.add` behind it, or behind a local or constant. False where there is none. */
export function translateIndex(t: CodeContext, op: number): boolean {
  if (op !== OP['i32.mul'] && op !== OP['i32.shl']) return false;
  const { stack, func, position } = t;
  const found = scaled(op, stack.operand(stack.height - 2), stack.operand(stack.height - 1));
  if (found === undefined) return false;
  const [next, behind] = [func.instructions[position + 1], func.instructions[position + 2]];
  const adds = next.op === OP['i32.add'];
  const pushes = next.op === OP['local.get'] || next.op === OP['i32.const'];
  if (!adds && !(pushes && behind.op === OP['i32.add'])) return false;
  t.take(position + (adds ? 1 : 2));
  stack.pop();
  stack.pop();
  if (next.op === OP['local.get']) stack.pushLocal(next.index);
  const other = next.op === OP['i32.const'] ? constant(BigInt(next.value)) : stack.pop();
  const to = t.destination();
  binary(t, I.INDEX, found.flags, to.slot, found.x, other);
  t.push(to, true);
  return true;
}
