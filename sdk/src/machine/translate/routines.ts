/**
 * Instructions that are functions: small WebAssembly code, translated like any other and linked where it is used. An
 * executed instruction counts once, whatever its routine executes.
 */
import { type Code, type ModuleParts, moduleBytes } from '../../wasm/build.ts';
import { decodeModule } from '../../wasm/decode.ts';
import { OP, type OpcodeName } from '../../wasm/opcodes.ts';
import type { FunctionType, Module } from '../../wasm/types.ts';
import { wordBits } from '../program.ts';
import {
  get,
  type Integer,
  intrinsicCall,
  lines,
  number,
  type Routine,
  type RoutineParts,
  set,
} from './assembly.ts';
import { BULK_ROUTINES } from './bulk.ts';
import { FLOAT_ROUTINES } from './float.ts';
import type { HostFunction } from './host.ts';
import { INTRINSICS } from './intrinsics.ts';

const INTEGERS: readonly Integer[] = ['i32', 'i64'];

/**
 * Truncated division. Without negative operands it is the unsigned one. Otherwise magnitudes are divided, with m = −1
 * for negative x and 0 else: |x| = (x xor m) − m, and the sign goes back in the same way. The quotient is negative
 * where the signs differ; a remainder has the sign of x.
 */
function signedDivision(w: Integer, remainder: boolean): Routine {
  const [x, y, signX, signY] = [0, 1, 2, 3];
  const zero = number(w, 0);
  const sign: Code = [number(w, wordBits(w) - 1), `${w}.shr_s`];
  const magnitude = (value: number, m: number): Code => [
    ...[get(value), get(m)],
    `${w}.xor`,
    get(m),
    `${w}.sub`,
  ];
  const divide = intrinsicCall(`${remainder ? 'remainder' : 'quotient'}.${w}`);
  const quotientSign = lines(
    [get(signX), get(signY), `${w}.xor`, set(signX)],
    // The magnitude 2^(w−1) is right for negative results only: MIN / −1 overflows.
    [get(x), number(w, 1n << BigInt(wordBits(w) - 1)), `${w}.eq`, 'if'],
    [get(signX), `${w}.eqz`, 'if', intrinsicCall('integerOverflow'), 'end'],
    ['end'],
  );
  return {
    name: remainder ? `${w}.rem_s` : `${w}.div_s`,
    type: `${w} ${w} -> ${w}`,
    locals: [w, w],
    code: lines(
      [get(y), zero, `${w}.gt_s`, 'if'],
      [get(x), zero, `${w}.ge_s`, 'if', get(x), get(y), divide, 'return', 'end'],
      ['end'],
      [get(y), `${w}.eqz`, 'if', intrinsicCall('divideByZero'), 'end'],
      [get(x), ...sign, set(signX)],
      [get(y), ...sign, set(signY)],
      [...magnitude(x, signX), ...magnitude(y, signY), divide, set(x)],
      remainder ? [] : quotientSign,
      magnitude(x, signX),
    ),
  };
}

/** For s = w/2, w/4 … 1: where `test` holds of x and s, adds s to the count and shifts x by it. */
function countByHalves(w: Integer, test: (s: number) => Code, shift: OpcodeName): Code {
  const [x, count] = [0, 1];
  const steps: Code[] = [];
  for (let s = wordBits(w) / 2; s >= 1; s /= 2) {
    steps.push([get(x), ...test(s), 'if'], [get(count), number(w, s), `${w}.add`, set(count)]);
    if (s > 1) steps.push([get(x), number(w, s), shift, set(x)]);
    steps.push(['end']);
  }
  return lines([get(x), `${w}.eqz`, 'if', number(w, wordBits(w)), 'return', 'end'], ...steps, [get(count)]);
}

function countLeadingZeros(w: Integer): Routine {
  const test = (s: number): Code => [number(w, 1n << BigInt(wordBits(w) - s)), `${w}.lt_u`];
  return { name: `${w}.clz`, type: `${w} -> ${w}`, locals: [w], code: countByHalves(w, test, `${w}.shl`) };
}

/** The position of the lowest set bit, x & −x. */
function countTrailingZeros(w: Integer): Routine {
  const test = (s: number): Code => [number(w, 1n << BigInt(s)), `${w}.ge_u`];
  const code = lines(
    [get(0), number(w, 0), get(0), `${w}.sub`, `${w}.and`, set(0)],
    countByHalves(w, test, `${w}.shr_u`),
  );
  return { name: `${w}.ctz`, type: `${w} -> ${w}`, locals: [w], code };
}

/** Sums of neighbouring groups of 1, 2 and 4 bits, then of all bytes by a product. */
function populationCount(w: Integer): Routine {
  const repeat = (byte: bigint): Code[number] => number(w, (byte * (2n ** BigInt(wordBits(w)) - 1n)) / 255n);
  const shifted = (k: number): Code => [get(0), number(w, k), `${w}.shr_u`];
  return {
    name: `${w}.popcnt`,
    type: `${w} -> ${w}`,
    code: lines(
      [get(0), ...shifted(1), repeat(0x55n), `${w}.and`, `${w}.sub`, set(0)],
      [get(0), repeat(0x33n), `${w}.and`, ...shifted(2), repeat(0x33n), `${w}.and`, `${w}.add`, set(0)],
      [get(0), ...shifted(4), `${w}.add`, repeat(0x0fn), `${w}.and`],
      [repeat(0x01n), `${w}.mul`, number(w, wordBits(w) - 8), `${w}.shr_u`],
    ),
  };
}

/** Fails, with −1, exactly where the maximum would be exceeded; otherwise grows page by page. */
function memoryGrow(maxPages: number): Routine {
  const [delta, old] = [0, 1];
  return {
    name: 'memory.grow',
    type: 'i32 -> i32',
    locals: ['i32'],
    code: lines(
      ['memory.size', set(old)],
      [get(delta), number('i32', maxPages), get(old), 'i32.sub', 'i32.gt_u', 'if'],
      [number('i32', -1), 'return', 'end'],
      [get(delta), 'if', 'loop', intrinsicCall('growOnePage')],
      [get(delta), number('i32', 1), 'i32.sub', ['local.tee', delta], ['br_if', 0], 'end', 'end'],
      [get(old)],
    ),
  };
}

function routines(maxPages: number): readonly Routine[] {
  return [
    ...INTEGERS.flatMap((w) => [
      signedDivision(w, false),
      signedDivision(w, true),
      countLeadingZeros(w),
      countTrailingZeros(w),
      populationCount(w),
    ]),
    memoryGrow(maxPages),
    ...BULK_ROUTINES,
  ];
}

const NAMES: ReadonlyMap<number, OpcodeName> = new Map(routines(0).map(({ name }) => [OP[name], name]));

/** The name of the routine for an opcode id, if there is one. */
export function routineOf(op: number): OpcodeName | undefined {
  return NAMES.get(op) ?? FLOAT_ROUTINES.get(op);
}

/** By the maximum of the memory: the same for most programs of a process. */
const MODULES = new Map<number, Module>();

/** All routines as one module that exports each by the name of its instruction. */
export function routineModule(maxPages: number): Module {
  const module = MODULES.get(maxPages) ?? moduleOf(routines(maxPages), INTRINSICS);
  MODULES.set(maxPages, module);
  return module;
}

/** A module of one routine with its own imports. */
export function moduleOfRoutine({ hosts, ...routine }: RoutineParts): Module {
  return moduleOf([{ name: 'nop', ...routine }], hosts);
}

function moduleOf(list: readonly Routine[], hosts: readonly HostFunction[]): Module {
  const types: string[] = [];
  const typeIndex = (type: string): number => {
    if (!types.includes(type)) types.push(type);
    return types.indexOf(type);
  };
  const text = ({ params, results }: FunctionType): string => `${params.join(' ')} -> ${results.join(' ')}`;
  const parts: ModuleParts = {
    imports: hosts.map(({ name, type }) => {
      return ['machine', name, { kind: 'func', type: typeIndex(text(type)) }] as const;
    }),
    functions: list.map(({ type, locals = [], code }) => ({ type: typeIndex(type), locals, code })),
    memories: [{ min: 0, max: undefined }],
    exports: list.map(({ name }, i) => [name, 'func', hosts.length + i] as const),
    types,
  };
  return decodeModule(moduleBytes(parts));
}
