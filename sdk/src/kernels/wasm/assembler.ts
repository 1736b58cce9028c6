/**
 * A small WebAssembly assembler: instructions are nested arrays of bytes, composed as expressions. It knows the
 * core, SIMD, relaxed-SIMD and atomic instructions the kernels use and nothing else; validation is the engine's.
 * Addresses are unsigned 32-bit; loads and stores carry no alignment hint but where atomics demand it.
 */

export type ValueType = 'i32' | 'i64' | 'f64' | 'v128';

/** Instruction bytes, to any depth. */
export type Code = readonly (number | Code)[];

/** What an instruction accepts: code, a local (its value) or a number (an `i32.const`). */
export type Operand = Code | Local | number;

/** A parameter or local variable of one function. */
export class Local {
  readonly index: number;
  readonly type: ValueType;
  constructor(index: number, type: ValueType) {
    this.index = index;
    this.type = type;
  }
}

export function unsignedLeb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 128 : low);
  } while (rest > 0);
  return bytes;
}

function signedLeb(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    const done = (rest === 0n && low < 64) || (rest === -1n && low >= 64);
    bytes.push(done ? low : low + 128);
    if (done) return bytes;
  }
}

function code(operand: Operand): Code {
  if (typeof operand === 'number') return [0x41, ...signedLeb(BigInt(operand | 0))];
  return operand instanceof Local ? get(operand) : operand;
}

export type Unary = (a: Operand) => Code;
export type Binary = (a: Operand, b: Operand) => Code;
export type Ternary = (a: Operand, b: Operand, c: Operand) => Code;
/** `load(address, offset)` */
export type Load = (address: Operand, offset?: number) => Code;
/** `store(address, value, offset)` */
export type Store = (address: Operand, value: Operand, offset?: number) => Code;

type Opcode = number | readonly number[];
type Shapes = { unary: Unary; binary: Binary; ternary: Ternary; load: Load; store: Store };

const opcodeBytes = (opcode: Opcode): number[] =>
  typeof opcode === 'number' ? [opcode] : [opcode[0], ...unsignedLeb(opcode[1])];

const shapes: { readonly [S in keyof Shapes]: (opcode: Opcode) => Shapes[S] } = {
  unary: (o) => (a) => [code(a), ...opcodeBytes(o)],
  binary: (o) => (a, b) => [code(a), code(b), ...opcodeBytes(o)],
  ternary: (o) => (a, b, c) => [code(a), code(b), code(c), ...opcodeBytes(o)],
  load:
    (o) =>
    (a, offset = 0) => [code(a), ...opcodeBytes(o), 0, ...unsignedLeb(offset)],
  store:
    (o) =>
    (a, v, offset = 0) => [code(a), code(v), ...opcodeBytes(o), 0, ...unsignedLeb(offset)],
};

function table<S extends keyof Shapes, N extends string>(
  shape: S,
  opcodes: Readonly<Record<N, Opcode>>,
): Readonly<Record<N, Shapes[S]>> {
  const build = shapes[shape];
  return Object.fromEntries(
    Object.entries<Opcode>(opcodes).map(([name, opcode]) => [name, build(opcode)]),
  ) as Record<N, Shapes[S]>;
}

const simd = (opcode: number): readonly number[] => [0xfd, opcode];

type Ops<U extends string, B extends string, L extends string, S extends string> = Readonly<
  Record<U, Unary> & Record<B, Binary> & Record<L, Load> & Record<S, Store>
>;
type Compare = 'eq' | 'ne' | 'lt_s' | 'lt_u' | 'gt_s' | 'gt_u' | 'le_s' | 'le_u' | 'ge_s' | 'ge_u';
type Bitwise = 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'shl' | 'shr_s' | 'shr_u';

export const i32: Ops<
  'eqz' | 'clz' | 'ctz' | 'popcnt' | 'wrap_i64' | 'trunc_f64_s',
  Compare | Bitwise | 'div_u' | 'rem_u',
  'load' | 'load8_u' | 'load16_u',
  'store' | 'store8' | 'store16'
> & { readonly const: (value: number) => Code } = {
  const: (value) => code(value),
  ...table('unary', { eqz: 0x45, clz: 0x67, ctz: 0x68, popcnt: 0x69, wrap_i64: 0xa7, trunc_f64_s: 0xaa }),
  ...table('binary', { eq: 0x46, ne: 0x47, lt_s: 0x48, lt_u: 0x49, gt_s: 0x4a, gt_u: 0x4b, le_s: 0x4c }),
  ...table('binary', { le_u: 0x4d, ge_s: 0x4e, ge_u: 0x4f, add: 0x6a, sub: 0x6b, mul: 0x6c, div_u: 0x6e }),
  ...table('binary', { rem_u: 0x70, and: 0x71, or: 0x72, xor: 0x73, shl: 0x74, shr_s: 0x75, shr_u: 0x76 }),
  ...table('load', { load: 0x28, load8_u: 0x2d, load16_u: 0x2f }),
  ...table('store', { store: 0x36, store8: 0x3a, store16: 0x3b }),
};

export const i64: Ops<
  'eqz' | 'extend_i32_u' | 'extend_i32_s' | 'reinterpret_f64' | 'trunc_f64_s',
  Compare | Bitwise,
  'load' | 'load32_u',
  'store' | 'store32'
> & { readonly const: (value: bigint) => Code } = {
  const: (value) => [0x42, ...signedLeb(BigInt.asIntN(64, value))],
  ...table('unary', { eqz: 0x50, extend_i32_u: 0xad, extend_i32_s: 0xac }),
  ...table('unary', { reinterpret_f64: 0xbd, trunc_f64_s: 0xb0 }),
  ...table('binary', { eq: 0x51, ne: 0x52, lt_s: 0x53, lt_u: 0x54, gt_s: 0x55, gt_u: 0x56, le_s: 0x57 }),
  ...table('binary', { le_u: 0x58, ge_s: 0x59, ge_u: 0x5a, add: 0x7c, sub: 0x7d, mul: 0x7e }),
  ...table('binary', { and: 0x83, or: 0x84, xor: 0x85, shl: 0x86, shr_s: 0x87, shr_u: 0x88 }),
  ...table('load', { load: 0x29, load32_u: 0x35 }),
  ...table('store', { store: 0x37, store32: 0x3e }),
};

export const f64: Ops<
  'convert_i32_s' | 'convert_i32_u' | 'convert_i64_s' | 'reinterpret_i64' | 'nearest' | 'neg',
  'add' | 'sub' | 'mul' | 'eq' | 'ne' | 'lt' | 'gt',
  'load',
  'store'
> & { readonly const: (value: number) => Code } = {
  const: (value) => [0x44, ...new Uint8Array(new Float64Array([value]).buffer)],
  ...table('unary', { convert_i32_s: 0xb7, convert_i32_u: 0xb8, convert_i64_s: 0xb9 }),
  ...table('unary', { reinterpret_i64: 0xbf, nearest: 0x9e, neg: 0x9a }),
  ...table('binary', { add: 0xa0, sub: 0xa1, mul: 0xa2, eq: 0x61, ne: 0x62, lt: 0x63, gt: 0x64 }),
  ...table('load', { load: 0x2b }),
  ...table('store', { store: 0x39 }),
};

export const v128: Ops<
  'any_true' | 'not',
  'and' | 'andnot' | 'or' | 'xor',
  'load' | 'load64_splat' | 'load32x2_u' | 'load64_zero',
  'store'
> & {
  readonly bitselect: Ternary;
  /** Sixteen bytes picked from `a` (0–15) and `b` (16–31). */
  readonly shuffle: (a: Operand, b: Operand, lanes: readonly number[]) => Code;
} = {
  ...table('unary', { any_true: simd(0x53), not: simd(0x4d) }),
  ...table('binary', { and: simd(0x4e), andnot: simd(0x4f), or: simd(0x50), xor: simd(0x51) }),
  ...table('ternary', { bitselect: simd(0x52) }),
  ...table('load', { load: simd(0), load64_splat: simd(10), load32x2_u: simd(6), load64_zero: simd(0x5d) }),
  ...table('store', { store: simd(11) }),
  shuffle: (a, b, lanes) => [code(a), code(b), 0xfd, 13, ...lanes],
};

const low64 = [0, 1, 2, 3, 4, 5, 6, 7];
const high64 = low64.map((i) => i + 8);

export const i64x2: Ops<
  'splat' | 'all_true' | 'bitmask',
  'add' | 'sub' | 'mul' | 'shl' | 'shr_s' | 'shr_u' | 'eq' | 'ne' | 'lt_s' | 'gt_s',
  never,
  never
> & {
  readonly extract_lane: (lane: 0 | 1, a: Operand) => Code;
  readonly replace_lane: (lane: 0 | 1, a: Operand, value: Operand) => Code;
  /** `[a[i], b[j]]` */
  readonly pick: (a: Operand, i: 0 | 1, b: Operand, j: 0 | 1) => Code;
} = {
  ...table('unary', { splat: simd(0x12), all_true: simd(0xc3), bitmask: simd(0xc4) }),
  ...table('binary', { add: simd(0xce), sub: simd(0xd1), mul: simd(0xd5) }),
  ...table('binary', { shl: simd(0xcb), shr_s: simd(0xcc), shr_u: simd(0xcd) }),
  ...table('binary', { eq: simd(0xd6), ne: simd(0xd7), lt_s: simd(0xd8), gt_s: simd(0xd9) }),
  extract_lane: (lane, a) => [code(a), 0xfd, 0x1d, lane],
  replace_lane: (lane, a, value) => [code(a), code(value), 0xfd, 0x1e, lane],
  pick: (a, i, b, j) =>
    v128.shuffle(a, b, [...(i === 0 ? low64 : high64), ...(j === 0 ? low64 : high64).map((l) => l + 16)]),
};

export const f64x2: Ops<
  'splat' | 'nearest' | 'neg' | 'abs' | 'convert_low_i32x4_u',
  'add' | 'sub' | 'mul' | 'eq' | 'ne' | 'lt' | 'gt' | 'le' | 'ge',
  never,
  never
> & {
  /** `a·b + c`, rounded once where the processor fuses (tested at start-up). */
  readonly relaxed_madd: Ternary;
  /** `c − a·b`, likewise. */
  readonly relaxed_nmadd: Ternary;
  readonly extract_lane: (lane: 0 | 1, a: Operand) => Code;
  readonly replace_lane: (lane: 0 | 1, a: Operand, value: Operand) => Code;
} = {
  ...table('unary', { splat: simd(0x14), nearest: simd(0x94), neg: simd(0xed), abs: simd(0xec) }),
  ...table('unary', { convert_low_i32x4_u: simd(0xff) }),
  ...table('binary', { add: simd(0xf0), sub: simd(0xf1), mul: simd(0xf2) }),
  ...table('binary', { eq: simd(0x47), ne: simd(0x48), lt: simd(0x49), gt: simd(0x4a) }),
  ...table('binary', { le: simd(0x4b), ge: simd(0x4c) }),
  ...table('ternary', { relaxed_madd: simd(0x107), relaxed_nmadd: simd(0x108) }),
  extract_lane: (lane, a) => [code(a), 0xfd, 0x21, lane],
  replace_lane: (lane, a, value) => [code(a), code(value), 0xfd, 0x22, lane],
};

/** Sequentially consistent atomics; the alignment hint must be the natural one. */
export const atomic: {
  readonly notify: (address: Operand, count: Operand) => Code;
  /** `wait32(address, expected, timeoutNs as i64)` */
  readonly wait32: Ternary;
  readonly load32: Unary;
  readonly load64: Unary;
  readonly add32: Binary;
  readonly store32: Binary;
  /** `compareExchange64(address, expected, replacement)`: the old value */
  readonly compareExchange64: Ternary;
} = {
  notify: (a, n) => [code(a), code(n), 0xfe, 0x00, 2, 0],
  wait32: (a, expected, timeout) => [code(a), code(expected), code(timeout), 0xfe, 0x01, 2, 0],
  load32: (a) => [code(a), 0xfe, 0x10, 2, 0],
  load64: (a) => [code(a), 0xfe, 0x11, 3, 0],
  add32: (a, v) => [code(a), code(v), 0xfe, 0x1e, 2, 0],
  store32: (a, v) => [code(a), code(v), 0xfe, 0x17, 2, 0],
  compareExchange64: (a, expected, replacement) => [
    code(a),
    code(expected),
    code(replacement),
    0xfe,
    0x49,
    3,
    0,
  ],
};

export function get(local: Local): Code {
  return [0x20, ...unsignedLeb(local.index)];
}

export function set(local: Local, value: Operand): Code {
  return [code(value), 0x21, ...unsignedLeb(local.index)];
}

export function tee(local: Local, value: Operand): Code {
  return [code(value), 0x22, ...unsignedLeb(local.index)];
}

/** `local += amount` for an i32. */
export function increment(local: Local, amount: Operand): Code {
  return set(local, i32.add(local, amount));
}

/** `condition ? a : b` for i32, i64 and f64. */
export function select(a: Operand, b: Operand, condition: Operand): Code {
  return [code(a), code(b), code(condition), 0x1b];
}

export function drop(value: Operand): Code {
  return [code(value), 0x1a];
}

/** A block without a result; `br(0)` directly inside leaves it. */
export function block(...body: readonly Code[]): Code {
  return [0x02, 0x40, body, 0x0b];
}

/** A loop without a result; `br(0)` directly inside repeats it. */
export function loop(...body: readonly Code[]): Code {
  return [0x03, 0x40, body, 0x0b];
}

/** Counts as one label for `br`. */
export function when(condition: Operand, then: Code, otherwise?: Code): Code {
  return [code(condition), 0x04, 0x40, then, otherwise === undefined ? [] : [0x05, otherwise], 0x0b];
}

export function br(depth: number): Code {
  return [0x0c, ...unsignedLeb(depth)];
}

export function brIf(depth: number, condition: Operand): Code {
  return [code(condition), 0x0d, ...unsignedLeb(depth)];
}

export function ret(value?: Operand): Code {
  return [value === undefined ? [] : code(value), 0x0f];
}

/** `while (condition) body`: two labels. */
export function whileLoop(condition: Operand, body: Code): Code {
  return block(loop(brIf(1, i32.eqz(condition)), body, br(0)));
}

/** `for (i = from; i < to; i += step) body`, unsigned; `to` is evaluated each time. Two labels. */
export function forRange(i: Local, from: Operand, to: Operand, body: Code, step: Operand = 1): Code {
  return [set(i, from), whileLoop(i32.lt_u(i, to), [body, increment(i, step)])];
}

export function memoryCopy(to: Operand, from: Operand, bytes: Operand): Code {
  return [code(to), code(from), code(bytes), 0xfc, 0x0a, 0, 0];
}

export function memoryFill(to: Operand, value: Operand, bytes: Operand): Code {
  return [code(to), code(value), code(bytes), 0xfc, 0x0b, 0];
}

export function call(target: { readonly index: number }, ...operands: readonly Operand[]): Code {
  return [operands.map(code), 0x10, ...unsignedLeb(target.index)];
}

/** Through table 0; `type` is an index from `ModuleBuilder.type`. */
export function callIndirect(type: number, entry: Operand, ...operands: readonly Operand[]): Code {
  return [operands.map(code), code(entry), 0x11, ...unsignedLeb(type), 0];
}
