/** What the module of floating point imports, as functions of WebAssembly: the machine has a row for each. */
import { type Code, moduleBytes } from '../../sdk/src/wasm/build.ts';

const get = (index: number): Code[number] => ['local.get', index];
const LOW: Code = [['i64.const', 0xffff_ffffn], 'i64.and'];
const UPPER: Code = [['i64.const', 32n], 'i64.shr_u'];
const low = (index: number): Code => [get(index), ...LOW];
const upper = (index: number): Code => [get(index), ...UPPER];

/** floor(x·y / 2^64) from the four products of halves; the middle ones with what is carried from below: each sum is below 2^64. */
const HIGH_64: Code = [
  ...[...upper(0), ...low(1), 'i64.mul' as const, ...low(0), ...low(1), 'i64.mul' as const, ...UPPER],
  ...['i64.add' as const, ['local.tee', 2] as const, ...LOW],
  ...[...low(0), ...upper(1), 'i64.mul' as const, 'i64.add' as const, ...UPPER],
  ...[get(2), ...UPPER, 'i64.add' as const, ...upper(0), ...upper(1), 'i64.mul' as const, 'i64.add' as const],
];
const HIGH_32: Code = [
  ...[get(0), 'i64.extend_i32_u' as const, get(1), 'i64.extend_i32_u' as const, 'i64.mul' as const],
  ...[...UPPER, 'i32.wrap_i64' as const],
];
/** The row is only there for counts up to this one. */
const counted = (w: 'i32' | 'i64', most: number, op: 'shr_u' | 'rotl'): Code => [
  ...[get(1), w === 'i32' ? (['i32.const', most] as const) : (['i64.const', BigInt(most)] as const)],
  ...[`${w}.gt_u` as const, 'if' as const, 'unreachable' as const, 'end' as const],
  ...[get(0), get(1), `${w}.${op}` as const],
];

const ROWS: Readonly<
  Record<string, { readonly type: number; readonly locals?: readonly 'i64'[]; readonly code: Code }>
> = {
  'i32.high': { type: 0, code: HIGH_32 },
  'i64.high': { type: 1, locals: ['i64'], code: HIGH_64 },
  'i32.right': { type: 0, code: counted('i32', 31, 'shr_u') },
  'i64.right': { type: 1, code: counted('i64', 63, 'shr_u') },
  'i64.around': { type: 1, code: counted('i64', 64, 'rotl') },
};

/** The functions that a build of the routines exports. */
export function instantiateSoftfloat(bytes: Uint8Array<ArrayBuffer>): WebAssembly.Exports {
  const rows = moduleBytes({
    types: ['i32 i32 -> i32', 'i64 i64 -> i64'],
    functions: Object.values(ROWS),
    exports: Object.keys(ROWS).map((name, i) => [name, 'func', i] as const),
  });
  const row = new WebAssembly.Instance(new WebAssembly.Module(rows)).exports;
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { row }).exports;
}
