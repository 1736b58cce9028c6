/** Rearranging elements: bit reversal of indices, transposition of lanes and groups. */
import { GROUP_BYTES } from '../../field/limbs.ts';
import { type Code, i32, i64x2, type Local, type Operand, set, v128 } from './assembler.ts';
import type { FunctionBuilder } from './module-builder.ts';

/** The low `bits` bits of `value` in reverse. */
export function reverseBits(x: Local, value: Operand, bits: Operand): Code {
  const swap = (mask: number, by: number): Code =>
    set(x, i32.or(i32.and(i32.shr_u(x, by), mask), i32.shl(i32.and(x, mask), by)));
  return [
    set(x, value),
    swap(0x55555555, 1),
    swap(0x33333333, 2),
    swap(0x0f0f0f0f, 4),
    swap(0x00ff00ff, 8),
    set(x, i32.or(i32.shr_u(x, 16), i32.shl(x, 16))),
    set(x, i32.shr_u(x, i32.sub(32, bits))),
  ];
}

/** Copies a group. */
export function copyGroup(to: Operand, from: Operand): Code {
  return Array.from({ length: GROUP_BYTES / 16 }, (_, i) => v128.store(to, v128.load(from, 16 * i), 16 * i));
}

/** Transposes the 4×4 elements of four groups: to[b] lane a = from[a] lane b. */
export function transpose(
  fn: FunctionBuilder,
  from: readonly { readonly address: Local; readonly offset: number }[],
  to: readonly { readonly address: Local; readonly offset: number }[],
): Code {
  const rows = fn.locals('v128', 8);
  return [0, 1, 2, 3, 4].map((limb) => [
    from.map(({ address, offset }, a) =>
      [0, 1].map((h) => set(rows[2 * a + h], v128.load(address, offset + 32 * limb + 16 * h))),
    ),
    to.map(({ address, offset }, b) =>
      [0, 1].map((h) => {
        const lane = (b & 1) as 0 | 1;
        const [first, second] = [rows[4 * h + (b >> 1)], rows[4 * h + 2 + (b >> 1)]];
        return v128.store(address, i64x2.pick(first, lane, second, lane), offset + 32 * limb + 16 * h);
      }),
    ),
  ]);
}
