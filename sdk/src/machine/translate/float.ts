/**
 * Floating-point instructions that are functions. Values are bit patterns in slots, an f32 zero-extended; constants, loads,
 * stores and reinterpretations are those of integers, `neg`, `abs`, `copysign` are rules of numeric.ts, comparisons those of
 * float-compare.ts.
 */
import type { Code } from '../../wasm/build.ts';
import { decodeModule } from '../../wasm/decode.ts';
import { type FloatType, wordOfFloat } from '../../wasm/floats.ts';
import { OP, OPCODES, type OpcodeName } from '../../wasm/opcodes.ts';
import type { Module } from '../../wasm/types.ts';
import { wordBits } from '../program.ts';
import { SOFTFLOAT } from '../softfloat/module.generated.ts';
import { get, type Integer, lines, number, type RoutineParts } from './assembly.ts';
import { Hosts } from './hosts.ts';

/** Instructions that leave the word as it is. */
export const REINTERPRETATIONS: ReadonlySet<number> = new Set([
  OP['i32.reinterpret_f32'],
  OP['i64.reinterpret_f64'],
  OP['f32.reinterpret_i32'],
  OP['f64.reinterpret_i64'],
]);

/** What rules do, and branches. */
const IN_LINE: readonly string[] = ['abs', 'neg', 'copysign', 'eq', 'ne', 'lt', 'gt', 'le', 'ge'];

/** Names of the instructions that are routines, by opcode id. */
export const FLOAT_ROUTINES: ReadonlyMap<number, OpcodeName> = new Map(
  OPCODES.filter(({ id, name, type, feature, access }) => {
    if (feature !== 'float' && feature !== 'saturating-conversion') return false;
    const isFunction = type !== undefined && type.params.length > 0 && access === 0;
    return isFunction && !REINTERPRETATIONS.has(id) && !IN_LINE.includes(name.slice(4));
  }).map(({ id, name }) => [id, name]),
);

let decoded: Module | undefined;

/** The bytes of {@link softfloatModule}. */
export function softfloatBytes(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(SOFTFLOAT), (c) => c.charCodeAt(0));
}

/** Exports a function on words for each instruction of {@link FLOAT_ROUTINES}, except the truncations that trap. */
export function softfloatModule(): Module {
  decoded ??= decodeModule(softfloatBytes());
  return decoded;
}

interface Truncation {
  readonly to: Integer;
  readonly from: FloatType;
  readonly signed: boolean;
}

/** The routine of a truncation that traps; undefined for other names. */
export function truncationRoutine(name: string): RoutineParts | undefined {
  const [, to, from, sign] = /^(i32|i64)\.trunc_(f32|f64)_([su])$/.exec(name) ?? [];
  if (to === undefined) return undefined;
  return truncation({ to: to as Integer, from: from as FloatType, signed: sign === 's' });
}

/**
 * Below the limit 2^31, … and above the other one the saturating conversion is right. Non-negative numbers are ordered like
 * their words, negative ones the other way round, which leaves two ranges of words.
 */
function truncation({ to, from, signed }: Truncation): RoutineParts {
  const w = from === 'f32' ? 'i32' : 'i64';
  const hosts = new Hosts();
  const sign = from === 'f32' ? 1n << 31n : 1n << 63n;
  const bits = wordBits(to);
  const above = wordOfFloat(2 ** (signed ? bits - 1 : bits), from);
  const code: Code = lines(
    [get(0), number(w, above), `${w}.ge_u`, 'if'],
    [get(0), number(w, sign), `${w}.sub`, number(w, firstBelow(to, from, signed) - sign), `${w}.ge_u`, 'if'],
    [get(0), number(w, sign - 1n), `${w}.and`, number(w, wordOfFloat(Number.POSITIVE_INFINITY, from))],
    [`${w}.gt_u`, 'if', hosts.trap('invalidConversion'), 'end', hosts.trap('integerOverflow'), 'end', 'end'],
    [get(0), hosts.routine(`${to}.trunc_sat_${from}_${signed ? 's' : 'u'}`, [w], [to])],
  );
  return { hosts: hosts.list, type: `${w} -> ${to}`, code };
}

/** The word of the greatest number that is too small: −1 where negative ones are, else the next below the minimum − 1, rounded up. */
function firstBelow(to: Integer, from: FloatType, signed: boolean): bigint {
  if (!signed) return wordOfFloat(-1, from);
  const minimum = to === 'i32' ? -(2 ** 31) : -(2 ** 63);
  // The format has the minimum − 1, or the next number below the minimum is at least 1 away.
  return to === 'i32' && from === 'f64' ? wordOfFloat(minimum - 1, from) : wordOfFloat(minimum, from) + 1n;
}
