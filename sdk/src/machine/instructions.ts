/**
 * The register machine that WebAssembly is translated to: one descriptor an opcode, and everything that is true of an
 * opcode. The verifier of images, the executor, the disassembly, the inputs of the SMT proofs and docs/chips.md derive from
 * it. An instruction is `(opcode, a, b, c)` at a program counter; `a`, `b`, `c` are slots relative to the frame
 * pointer unless the form says otherwise. A slot holds a canonical 64-bit value; an i32 is zero-extended.
 *
 * `pc + 1` is next unless said otherwise. `x` = slot b, `y` = slot c, or the immediate c where the IMMEDIATE flag is
 * set. Arithmetic is modulo 2^w, w = 64 where the WIDE flag is set, else 32.
 *
 * The opcode number is `code + Σ flag weights`: chips rebuild it as a linear expression of their selectors and flags.
 */
import {
  type Bits,
  binary,
  branch,
  choice,
  control,
  ofCell,
  ofMemory,
  ofTable,
  plain,
  read,
  type Shape,
  unary,
  write,
} from './operands.ts';

/** Flag weights. Disjoint from each other and from the codes, which are below 128. */
export const IMMEDIATE = 128;
/** What of an opcode number is the code, without flags. */
export const CODE_MASK: number = IMMEDIATE - 1;
export const WIDE = 256;
/** Signed comparison (of 32 bits, so never with WIDE; 64-bit ones are biased by 2^63 before), or sign-extending load. */
export const SIGNED = 512;
/** Comparisons hold if any of the flagged relations holds. `ne` is LESS + GREATER, unsigned `ge` EQUAL + GREATER. */
export const LESS = 1024;
export const EQUAL = 2048;
export const GREATER = 4096;

export type ChipName = 'alu' | 'mem' | 'memx' | 'wide' | 'ctl';

export interface OpcodeInfo extends Shape {
  readonly name: string;
  readonly code: number;
  /** Chips that can serve it; the first does, unless that makes it taller than need be (`execute/placement.ts`). */
  readonly chips: readonly ChipName[];
  /** Flags it may carry, and those of them that it must. */
  readonly flags: number;
  readonly required: number;
  /** Flags that it carries at most one of. */
  readonly apart: number;
  readonly meaning: string;
}

const COMPARE = LESS | EQUAL | GREATER;
const EITHER = IMMEDIATE | WIDE;
const declared: OpcodeInfo[] = [];
const op = (
  code: number,
  name: string,
  chips: readonly ChipName[],
  flags: number,
  shape: Shape,
  meaning: string,
  { required = 0, apart = 0 }: { readonly required?: number; readonly apart?: number } = {},
): OpcodeInfo => {
  const info: OpcodeInfo = { ...shape, name, code, chips, flags, required, apart, meaning };
  declared.push(info);
  return info;
};

/** alu. Comparisons are unsigned, of 64 bits with WIDE, else of 32, or signed of 32 with SIGNED. */
export const ADD: OpcodeInfo = op(1, 'add', ['alu', 'wide'], EITHER, binary('flag'), 'a = x + y');
export const SUB: OpcodeInfo = op(2, 'sub', ['alu'], EITHER, binary('flag'), 'a = x − y');
export const RSUB: OpcodeInfo = op(3, 'rsub', ['alu'], EITHER, binary('flag'), 'a = y − x');
export const COMPARE_SET: OpcodeInfo = op(
  4,
  'cmp',
  ['alu'],
  EITHER | SIGNED | COMPARE,
  binary('flag', undefined, 1),
  'a = 1 if the relation holds between x and y, else 0',
  { apart: WIDE | SIGNED },
);
export const BRANCH: OpcodeInfo = op(
  5,
  'br',
  ['alu'],
  EITHER | SIGNED | COMPARE,
  branch,
  'pc = a (a program counter) if the relation holds between x and y',
  { apart: WIDE | SIGNED },
);
export const SELECT: OpcodeInfo = op(
  6,
  'select',
  ['alu'],
  IMMEDIATE | WIDE | EQUAL | GREATER,
  choice,
  'a = old a if the relation holds between x and 0, else y (GREATER: keep a where x ≠ 0; EQUAL: where x = 0)',
);
export const PRODUCT_LOW: OpcodeInfo = op(
  7,
  'mul',
  ['alu'],
  IMMEDIATE,
  binary(64, 'factor', 32),
  'a = (x·y) mod 2^32, x·y < 2^64: i32.mul, shl by a constant, wrap (y = 1)',
);
export const PRODUCT_HIGH: OpcodeInfo = op(
  8,
  'mulh',
  ['alu'],
  IMMEDIATE,
  binary(64, 'factor', 32),
  'a = floor(x·y / 2^32), x·y < 2^64: i32.shr_u by k with y = 2^(32−k)',
);
export const PRODUCT_ROTATE: OpcodeInfo = op(
  9,
  'rot',
  ['alu'],
  IMMEDIATE,
  binary(32, 'power'),
  'a = low + high half of x·y: i32.rotl by k with y = 2^k',
  { required: IMMEDIATE },
);
export const SHIFT_SIGNED: OpcodeInfo = op(
  10,
  'sar',
  ['alu'],
  IMMEDIATE,
  binary(32, 'shift'),
  'a = i32.shr_s of x by k with y = 2^(32−k), 1 ≤ k ≤ 31',
  { required: IMMEDIATE },
);
export const EXTEND_SIGNED: OpcodeInfo = op(
  11,
  'exts',
  ['alu'],
  0,
  unary(32, 64),
  'a = i64.extend_i32_s of x',
);

export const INDEX: OpcodeInfo = op(
  12,
  'index',
  ['alu'],
  IMMEDIATE | WIDE | COMPARE,
  binary(32),
  'a = (x·k + y) mod 2^32, k = 2 with LESS + 4 with EQUAL + 8 with GREATER + 16 with WIDE: element x of size k behind y',
);

/** mem: transfers of one cell. */
export const GET: OpcodeInfo = op(
  16,
  'get',
  ['mem'],
  0,
  ofCell(write(64), 'cell'),
  'a = cell of key c (a global or the like, or the pages)',
);
export const SET: OpcodeInfo = op(
  17,
  'set',
  ['mem'],
  0,
  ofCell(read(64), 'global'),
  'cell of key c = slot a',
);
export const MOVE: OpcodeInfo = op(
  18,
  'mov',
  ['mem', 'alu'],
  0,
  unary(64, 64),
  'a = slot b, another slot than a',
);
export const CONST: OpcodeInfo = op(
  19,
  'const',
  ['mem'],
  0,
  control('next', { a: write(64), c: plain('value') }),
  'a = c (64-bit immediate)',
);
export const TABLE_GET: OpcodeInfo = op(
  20,
  'tget',
  ['mem'],
  0,
  ofTable(write(32)),
  'a = cell of key c + x, in bounds by a branch before',
);
export const TABLE_SET: OpcodeInfo = op(
  21,
  'tset',
  ['mem'],
  0,
  ofTable(read(32)),
  'cell of key c + x = slot a, in bounds by a branch before',
);

/**
 * Loads and stores: effective address `ea = x + c`, x = slot b (32-bit), c the offset, below MAX_OFFSET. An aligned 4-byte
 * access may be served by mem; memx serves every alignment. SIGNED with WIDE extends to 64 bits, without to 32.
 */
const load = (bytes: number): Shape => ofMemory(bytes, write('loaded'));
const store = (bytes: number, bits: Bits): Shape => ofMemory(bytes, read(bits));

export const LOAD8: OpcodeInfo = op(
  32,
  'load8',
  ['memx'],
  SIGNED | WIDE,
  load(1),
  'a = byte at ea, extended',
);
export const LOAD16: OpcodeInfo = op(
  33,
  'load16',
  ['memx'],
  SIGNED | WIDE,
  load(2),
  'a = 2 bytes at ea, extended',
);
export const LOAD32: OpcodeInfo = op(
  34,
  'load32',
  ['mem', 'memx'],
  SIGNED | WIDE,
  load(4),
  'a = 4 bytes at ea (i32.load, i64.load32_u; with SIGNED | WIDE i64.load32_s, memx only)',
);
export const LOAD64: OpcodeInfo = op(
  35,
  'load64',
  ['memx'],
  0,
  load(8),
  'a = 8 bytes at ea; two rows where ea is not a multiple of 4',
);
export const STORE8: OpcodeInfo = op(
  40,
  'store8',
  ['memx'],
  0,
  store(1, 64),
  '1 byte at ea = low byte of slot a',
);
export const STORE16: OpcodeInfo = op(
  41,
  'store16',
  ['memx'],
  0,
  store(2, 64),
  '2 bytes at ea = low bytes of slot a',
);
export const STORE32: OpcodeInfo = op(
  42,
  'store32',
  ['mem', 'memx'],
  WIDE,
  store(4, 'flag'),
  '4 bytes at ea = slot a (i32.store); with WIDE the low 4 bytes of a 64-bit slot (i64.store32, memx only)',
);
export const STORE64: OpcodeInfo = op(
  43,
  'store64',
  ['memx'],
  0,
  store(8, 64),
  '8 bytes at ea = slot a; two rows where ea is not a multiple of 4',
);

/** wide: bytes and full 64-bit products. The translator masks variable shift counts to [0, w) before. */
export const AND: OpcodeInfo = op(48, 'and', ['wide'], IMMEDIATE, binary(64), 'a = x & y');
export const OR: OpcodeInfo = op(49, 'or', ['wide'], IMMEDIATE, binary(64), 'a = x | y');
export const XOR: OpcodeInfo = op(50, 'xor', ['wide'], IMMEDIATE, binary(64), 'a = x ^ y');
export const MUL64: OpcodeInfo = op(
  51,
  'mul64',
  ['wide'],
  EITHER,
  binary(64),
  'a = x·y mod 2^64; with WIDE floor(x·y / 2^64)',
);
export const SHL: OpcodeInfo = op(52, 'shl', ['wide'], EITHER, binary('flag', 'count'), 'a = x << y');
export const SHR: OpcodeInfo = op(53, 'shr', ['wide'], EITHER, binary('flag', 'count'), 'a = x >>u y');
export const ROTL: OpcodeInfo = op(
  54,
  'rotl',
  ['wide'],
  EITHER,
  binary('flag', 'rotation'),
  'a = rotl(x, y)',
);
export const SAR: OpcodeInfo = op(55, 'sarv', ['wide'], IMMEDIATE, binary(32, 'count'), 'a = x >>s y');
export const DIV: OpcodeInfo = op(
  56,
  'divu',
  ['wide'],
  EITHER,
  binary('flag', 'divisor'),
  'a = floor(x / y); two rows where WIDE',
);
export const REM: OpcodeInfo = op(
  57,
  'remu',
  ['wide'],
  EITHER,
  binary('flag', 'divisor'),
  'a = x mod y; two rows where WIDE',
);

/** ctl: control, calls, inputs and outputs. */
export const JUMP: OpcodeInfo = op(
  64,
  'jmp',
  ['ctl', 'alu'],
  0,
  control('jump', { a: plain('target') }),
  'pc = a',
);
export const JUMP_TABLE: OpcodeInfo = op(
  65,
  'jtab',
  ['ctl'],
  0,
  control('table', { b: read(32), c: plain('targets') }),
  'pc = c + x (x < number of targets by a branch before)',
);
export const CALL: OpcodeInfo = op(
  66,
  'call',
  ['ctl'],
  0,
  control('call', {
    a: plain('callee'),
    b: plain('frame'),
    c: plain('return slot'),
    cell: 'return slot',
    traps: ['stackExhausted'],
  }),
  'slot (fp + b) + c = pc + 1, fp = fp + b, pc = a; a LEAVE marker stands at pc + 1; the stack suffices',
);
export const CALL_INDIRECT: OpcodeInfo = op(
  67,
  'calli',
  ['ctl'],
  0,
  control('call', {
    a: read(32),
    b: plain('frame'),
    c: plain('type'),
    cell: 'return slot',
    traps: ['uninitialisedElement', 'indirectTypeMismatch', 'stackExhausted'],
  }),
  'like call with FUNC(slot a, type c) giving entry and return slot; fp = fp + b',
);
export const LEAVE: OpcodeInfo = op(
  68,
  'leave',
  [],
  0,
  control('marker', { a: plain('frame') }),
  'marker after a call, never executed: a = Δ of the call before it; the image provides it as LEAVE, not INSTR',
);
export const RETURN: OpcodeInfo = op(
  69,
  'ret',
  ['ctl'],
  0,
  control('return', { a: plain('return slot') }),
  'v = slot a; LEAVE marker at v with Δ; pc = v + 1, fp = fp − Δ',
);
export const READ: OpcodeInfo = op(
  70,
  'read',
  ['ctl'],
  WIDE,
  control('next', { a: write('flag'), cell: 'input counter', traps: ['inputExhausted'] }),
  'a = next public input word; without WIDE it must be below 2^32; INPUT_COUNTER advances',
);
export const READ_PRIVATE: OpcodeInfo = op(
  71,
  'readp',
  ['ctl'],
  WIDE,
  control('next', { a: write('flag') }),
  'a = next private input word, any canonical value',
);
export const WRITE: OpcodeInfo = op(
  72,
  'write',
  ['ctl'],
  0,
  control('next', { a: read(64), cell: 'output counter' }),
  'next public output word = slot a; OUTPUT_COUNTER advances',
);
export const DRAIN: OpcodeInfo = op(
  73,
  'drain',
  ['ctl'],
  0,
  control('drain', { cell: 'input counter' }),
  'either consumes one public input and stays, or goes on to pc + 1 (the public terms decide how often)',
);
export const EXIT_: OpcodeInfo = op(
  74,
  'exit',
  ['ctl'],
  0,
  control('end', { a: plain('code'), b: plain('kind') }),
  'ends the run with status b·2^32 + a (b and a are immediates: kind and code)',
);
export const GROW: OpcodeInfo = op(
  75,
  'grow',
  ['ctl'],
  0,
  control('next', { cell: 'pages' }),
  'PAGES advances by one and the cells of the new page become zero (the translator compares with the maximum before)',
);
export const EXIT_SLOT: OpcodeInfo = op(
  76,
  'exits',
  ['ctl'],
  0,
  control('end', { a: read(64) }),
  'ends the run with status slot a (64 bits; the translator makes it kind·2^32 + code)',
);

/** All of them, by increasing code. */
export const OPCODES: readonly OpcodeInfo[] = declared;

/** The info of an opcode number, flags and all. */
export function opcodeInfo(opcode: number): OpcodeInfo | undefined {
  return byCode[opcode & CODE_MASK];
}
const byCode: (OpcodeInfo | undefined)[] = Array.from({ length: CODE_MASK + 1 }, () => undefined);
for (const info of OPCODES) byCode[info.code] = info;

/** Bits of an operand under the flags of an opcode number. */
export function bitsOf(bits: Bits, opcode: number): number {
  if (typeof bits === 'number') return bits;
  const width = (opcode & WIDE) !== 0 ? 64 : 32;
  return bits === 'flag' || (opcode & SIGNED) !== 0 ? width : 8 * opcodeInfo(opcode)!.bytes;
}
