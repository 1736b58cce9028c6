/**
 * The register machine that WebAssembly is translated to: one row per opcode, and everything that is true of an
 * opcode. An instruction is `(opcode, a, b, c)` at a program counter; `a`, `b`, `c` are slots relative to the frame
 * pointer unless the form says otherwise. A slot holds a canonical 64-bit value; an i32 is zero-extended.
 *
 * `pc + 1` is next unless said otherwise. `x` = slot b, `y` = slot c, or the immediate c where the IMMEDIATE flag is
 * set. Arithmetic is modulo 2^w, w = 64 where the WIDE flag is set, else 32.
 *
 * The opcode number is `code + Σ flag weights`: chips rebuild it as a linear expression of their selectors and flags.
 */

/** Flag weights. Disjoint from each other and from the codes (multiples of 1 below 128). */
export const IMMEDIATE = 128;
/** What of an opcode number is the code, without flags. */
export const CODE_MASK: number = IMMEDIATE - 1;
export const WIDE = 256;
/** Signed comparison (32-bit operands only; 64-bit ones are biased by 2^63 before), or sign-extending load. */
export const SIGNED = 512;
/** Comparisons hold if any of the flagged relations holds. `ne` is LESS + GREATER, unsigned `ge` EQUAL + GREATER. */
export const LESS = 1024;
export const EQUAL = 2048;
export const GREATER = 4096;

export type ChipName = 'alu' | 'mem' | 'memx' | 'wide' | 'ctl';

export interface OpcodeInfo {
  readonly name: string;
  readonly code: number;
  /** Chips that can serve it. */
  readonly chips: readonly ChipName[];
  /** Flags it may carry. */
  readonly flags: number;
  readonly meaning: string;
}

const COMPARE = LESS | EQUAL | GREATER;
const op = (
  code: number,
  name: string,
  chips: readonly ChipName[],
  flags: number,
  meaning: string,
): OpcodeInfo => ({ name, code, chips, flags, meaning });

/** alu: x and y are compared as unsigned 64-bit, or signed 32-bit with SIGNED. The slot b is always read. */
export const ADD: OpcodeInfo = op(1, 'add', ['alu'], IMMEDIATE | WIDE, 'a = x + y');
export const SUB: OpcodeInfo = op(2, 'sub', ['alu'], IMMEDIATE | WIDE, 'a = x − y');
export const RSUB: OpcodeInfo = op(3, 'rsub', ['alu'], IMMEDIATE | WIDE, 'a = y − x');
export const COMPARE_SET: OpcodeInfo = op(
  4,
  'cmp',
  ['alu'],
  IMMEDIATE | SIGNED | COMPARE,
  'a = 1 if the relation holds between x and y, else 0',
);
export const BRANCH: OpcodeInfo = op(
  5,
  'br',
  ['alu'],
  IMMEDIATE | SIGNED | COMPARE,
  'pc = a (a program counter) if the relation holds between x and y',
);
export const SELECT: OpcodeInfo = op(
  6,
  'select',
  ['alu'],
  IMMEDIATE | EQUAL | GREATER,
  'a = old a if the relation holds between x and 0, else y (GREATER: keep a where x ≠ 0; EQUAL: where x = 0)',
);
export const PRODUCT_LOW: OpcodeInfo = op(
  7,
  'mul',
  ['alu'],
  IMMEDIATE,
  'a = (x·y) mod 2^32, x·y < 2^64: i32.mul, shl by a constant, wrap (y = 1)',
);
export const PRODUCT_HIGH: OpcodeInfo = op(
  8,
  'mulh',
  ['alu'],
  IMMEDIATE,
  'a = floor(x·y / 2^32), x·y < 2^64: i32.shr_u by k with y = 2^(32−k)',
);
export const PRODUCT_ROTATE: OpcodeInfo = op(
  9,
  'rot',
  ['alu'],
  IMMEDIATE,
  'a = low + high half of x·y: i32.rotl by k with y = 2^k, 32-bit x',
);
export const SHIFT_SIGNED: OpcodeInfo = op(
  10,
  'sar',
  ['alu'],
  IMMEDIATE,
  'a = i32.shr_s of 32-bit x by k with y = 2^(32−k), 1 ≤ k ≤ 31, immediate only',
);
export const EXTEND_SIGNED: OpcodeInfo = op(11, 'exts', ['alu'], 0, 'a = i64.extend_i32_s of 32-bit x');

/** mem: transfers of one cell. */
export const GET: OpcodeInfo = op(16, 'get', ['mem'], 0, 'a = cell of key c (globals, machine cells)');
export const SET: OpcodeInfo = op(17, 'set', ['mem'], 0, 'cell of key c = slot a');
export const MOVE: OpcodeInfo = op(18, 'mov', ['mem'], 0, 'a = slot b, another slot than a');
export const CONST: OpcodeInfo = op(19, 'const', ['mem'], 0, 'a = c (64-bit immediate)');
export const TABLE_GET: OpcodeInfo = op(
  20,
  'tget',
  ['mem'],
  0,
  'a = cell of key c + x (x 32-bit, in bounds by a branch before)',
);

export const TABLE_SET: OpcodeInfo = op(
  21,
  'tset',
  ['mem'],
  0,
  'cell of key c + x = slot a (x 32-bit, in bounds by a branch before)',
);

/**
 * Loads and stores: effective address `ea = x + c`, x = slot b (32-bit), c the offset below 2^32. An aligned 4-byte
 * access may be served by mem; memx serves every alignment. SIGNED with WIDE extends to 64 bits, without to 32.
 */
export const LOAD8: OpcodeInfo = op(32, 'load8', ['memx'], SIGNED | WIDE, 'a = byte at ea, extended');
export const LOAD16: OpcodeInfo = op(33, 'load16', ['memx'], SIGNED | WIDE, 'a = 2 bytes at ea, extended');
export const LOAD32: OpcodeInfo = op(
  34,
  'load32',
  ['mem', 'memx'],
  SIGNED | WIDE,
  'a = 4 bytes at ea (i32.load, i64.load32_u; with SIGNED | WIDE i64.load32_s, memx only)',
);
export const LOAD64: OpcodeInfo = op(
  35,
  'load64',
  ['memx'],
  0,
  'a = 8 bytes at ea; two rows where ea is not a multiple of 4',
);
export const STORE8: OpcodeInfo = op(40, 'store8', ['memx'], 0, '1 byte at ea = low byte of slot a');
export const STORE16: OpcodeInfo = op(41, 'store16', ['memx'], 0, '2 bytes at ea = low bytes of slot a');
export const STORE32: OpcodeInfo = op(
  42,
  'store32',
  ['mem', 'memx'],
  WIDE,
  '4 bytes at ea = slot a (i32.store); with WIDE the low 4 bytes of a 64-bit slot (i64.store32, memx only)',
);
export const STORE64: OpcodeInfo = op(
  43,
  'store64',
  ['memx'],
  0,
  '8 bytes at ea = slot a; two rows where ea is not a multiple of 4',
);

/** wide: bytes and full 64-bit products. The translator masks variable shift counts to [0, w) before. */
export const AND: OpcodeInfo = op(48, 'and', ['wide'], IMMEDIATE, 'a = x & y');
export const OR: OpcodeInfo = op(49, 'or', ['wide'], IMMEDIATE, 'a = x | y');
export const XOR: OpcodeInfo = op(50, 'xor', ['wide'], IMMEDIATE, 'a = x ^ y');
export const MUL64: OpcodeInfo = op(51, 'mul64', ['wide'], IMMEDIATE, 'a = x·y mod 2^64');
export const SHL: OpcodeInfo = op(52, 'shl', ['wide'], IMMEDIATE | WIDE, 'a = x << y, 0 ≤ y < w');
export const SHR: OpcodeInfo = op(53, 'shr', ['wide'], IMMEDIATE | WIDE, 'a = x >>u y, 0 ≤ y < w');
export const ROTL: OpcodeInfo = op(54, 'rotl', ['wide'], IMMEDIATE | WIDE, 'a = rotl(x, y), 0 ≤ y ≤ w');
export const SAR: OpcodeInfo = op(55, 'sarv', ['wide'], IMMEDIATE, 'a = x >>s y, 32-bit only, 0 ≤ y < 32');
export const DIV: OpcodeInfo = op(
  56,
  'divu',
  ['wide'],
  IMMEDIATE | WIDE,
  'a = floor(x / y), y ≠ 0; two rows where WIDE',
);
export const REM: OpcodeInfo = op(
  57,
  'remu',
  ['wide'],
  IMMEDIATE | WIDE,
  'a = x mod y, y ≠ 0; two rows where WIDE',
);

/** ctl: control, calls, inputs and outputs. */
export const JUMP: OpcodeInfo = op(64, 'jmp', ['ctl'], 0, 'pc = a');
export const JUMP_TABLE: OpcodeInfo = op(
  65,
  'jtab',
  ['ctl'],
  0,
  'pc = c + x (x < number of targets by a branch before)',
);
export const CALL: OpcodeInfo = op(
  66,
  'call',
  ['ctl'],
  0,
  'slot (fp + b) + c = pc + 1, fp = fp + b, pc = a; a LEAVE marker stands at pc + 1; the stack suffices',
);
export const CALL_INDIRECT: OpcodeInfo = op(
  67,
  'calli',
  ['ctl'],
  0,
  'like call with FUNC(slot a, type c) giving entry and return slot; fp = fp + b',
);
export const LEAVE: OpcodeInfo = op(
  68,
  'leave',
  [],
  0,
  'marker after a call, never executed: a = Δ of the call before it; the image provides it as LEAVE, not INSTR',
);
export const RETURN: OpcodeInfo = op(
  69,
  'ret',
  ['ctl'],
  0,
  'v = slot a; LEAVE marker at v with Δ; pc = v + 1, fp = fp − Δ',
);
export const READ: OpcodeInfo = op(
  70,
  'read',
  ['ctl'],
  WIDE,
  'a = next public input word; without WIDE it must be below 2^32; INPUT_COUNTER advances',
);
export const READ_PRIVATE: OpcodeInfo = op(
  71,
  'readp',
  ['ctl'],
  WIDE,
  'a = next private input word, any canonical value',
);
export const WRITE: OpcodeInfo = op(
  72,
  'write',
  ['ctl'],
  0,
  'next public output word = slot a; OUTPUT_COUNTER advances',
);
export const DRAIN: OpcodeInfo = op(
  73,
  'drain',
  ['ctl'],
  0,
  'either consumes one public input and stays, or goes on to pc + 1 (the public terms decide how often)',
);
export const EXIT_: OpcodeInfo = op(
  74,
  'exit',
  ['ctl'],
  0,
  'ends the run with status b·2^32 + a (b and a are immediates: kind and code)',
);
export const GROW: OpcodeInfo = op(
  75,
  'grow',
  ['ctl'],
  0,
  'PAGES advances by one and the cells of the new page become zero (the translator compares with the maximum before)',
);
export const EXIT_SLOT: OpcodeInfo = op(
  76,
  'exits',
  ['ctl'],
  0,
  'ends the run with status slot a (64 bits; the translator makes it kind·2^32 + code)',
);

export const OPCODES: readonly OpcodeInfo[] = [
  ADD,
  SUB,
  RSUB,
  COMPARE_SET,
  BRANCH,
  SELECT,
  PRODUCT_LOW,
  PRODUCT_HIGH,
  PRODUCT_ROTATE,
  SHIFT_SIGNED,
  EXTEND_SIGNED,
  GET,
  SET,
  MOVE,
  CONST,
  TABLE_GET,
  TABLE_SET,
  LOAD8,
  LOAD16,
  LOAD32,
  LOAD64,
  STORE8,
  STORE16,
  STORE32,
  STORE64,
  AND,
  OR,
  XOR,
  MUL64,
  SHL,
  SHR,
  ROTL,
  SAR,
  DIV,
  REM,
  JUMP,
  JUMP_TABLE,
  CALL,
  CALL_INDIRECT,
  LEAVE,
  RETURN,
  READ,
  READ_PRIVATE,
  WRITE,
  DRAIN,
  EXIT_,
  GROW,
  EXIT_SLOT,
];

/** The info of an opcode number, flags and all. */
export function opcodeInfo(opcode: number): OpcodeInfo | undefined {
  return byCode.get(opcode & CODE_MASK);
}
const byCode: ReadonlyMap<number, OpcodeInfo> = new Map(OPCODES.map((info) => [info.code, info]));

/** Exit status: `kind·2^32 + code`. */
export const STATUS_RETURNED = 0n;
export const STATUS_EXITED: bigint = 1n << 32n;
export const STATUS_TRAPPED: bigint = 2n << 32n;
