/**
 * The image: the fixed columns that a program's key commits to. Rows: one for each pc (row 0 is padding), initial
 * words, zero regions, functions, powers of two. Whoever has the program recomputes it, so what chips take for granted
 * of instructions is checked here, once, for everyone.
 */
import { fail } from '../errors/index.ts';
import type { ColumnValues } from '../plonk/fixed.ts';
import { MIN_LOG } from './chips/adapter.ts';
import {
  bitsOf,
  CALL,
  CALL_INDIRECT,
  DRAIN,
  EXIT_,
  EXIT_SLOT,
  IMMEDIATE,
  isLegal,
  LEAVE,
  MOVE,
  type OpcodeInfo,
  opcodeInfo,
  STATUS_TRAPPED,
  WIDE,
} from './instructions.ts';
import {
  CHAIN_END,
  CHAIN_START,
  GLOBALS,
  MAX_FRAME,
  MAX_OFFSET,
  MAX_REGION,
  PAGES,
  STACK,
  TABLES,
} from './memory-map.ts';
import type { Operand, SecondOperand } from './operands.ts';
import {
  type Code,
  type FunctionEntry,
  MAX_TYPE,
  PROVEN_TRAPS,
  type Program,
  type ProvenTrap,
  TRAPS,
  type ZeroRegion,
} from './program.ts';
import { FUNC, INSTR, LEAVE_POINT, POW2, WORD, ZERO } from './tags.ts';

/** Exponents of POW2: 0 … 64. */
const POWERS = 65;

export interface Image {
  /** log2 of the height. */
  readonly log: number;
  /** Rows in use. */
  readonly rows: number;
  /** `kind`, `f1` … `f5`, in the order of the chip's fixed columns. */
  readonly columns: readonly ColumnValues[];
  /** Keys of the initial words in increasing order, CHAIN_END last; the first stands in row `wordsAt`. */
  readonly words: Float64Array;
  readonly wordsAt: number;
  /** Zero regions in increasing order; the first stands in row `zerosAt`. */
  readonly zeros: readonly ZeroRegion[];
  readonly zerosAt: number;
  /** Function references: row, type, entry and return slot. */
  readonly functions: ReadonlyMap<number, FunctionRow>;
  /** Row of the power with exponent 0; the others follow. */
  readonly powersAt: number;
}

interface FunctionRow extends Pick<FunctionEntry, 'type' | 'pc' | 'returnSlot'> {
  readonly row: number;
}

const images = new WeakMap<Program, Image>();

/** The image of a program, made once. `INTERNAL` where it breaks a rule of the instruction set: no translator's does. */
export function imageColumns(program: Program): Image {
  const image = images.get(program) ?? buildImage(program);
  images.set(program, image);
  return image;
}

function buildImage(program: Program): Image {
  const { code } = program;
  const words = [...program.words, { key: CHAIN_END, value: 0n }];
  const zeros = [...program.zeros].sort((a, b) => a.lo - b.lo);
  const wordsAt = code.length;
  const zerosAt = wordsAt + words.length;
  const functionsAt = zerosAt + zeros.length;
  const powersAt = functionsAt + program.functions.length;
  const rows = powersAt + POWERS;
  const log = Math.max(MIN_LOG, Math.ceil(Math.log2(rows)));

  const one = (): Uint32Array => new Uint32Array(2 ** log);
  const [kind, f1, f3, f4] = [one(), one(), one(), one()] as const;
  // Values of cells and powers, and immediates.
  const [f2, f5] = [new Uint32Array(2 ** (log + 1)), new Uint32Array(2 ** (log + 1))] as const;
  const wide = (column: Uint32Array, row: number, value: bigint): void => {
    column[2 * row] = Number(value & 0xffff_ffffn);
    column[2 * row + 1] = Number(value >> 32n);
  };

  checkReserved(code);
  for (let pc = 1; pc < code.length; pc++) {
    checkInstruction(code, pc);
    f1[pc] = pc;
    if (code.opcode[pc] === LEAVE.code) {
      kind[pc] = LEAVE_POINT.code;
      f3[pc] = pc + 1;
      f4[pc] = code.a[pc]!;
      continue;
    }
    kind[pc] = INSTR.code;
    f2[2 * pc] = code.opcode[pc]!;
    f3[pc] = code.a[pc]!;
    f4[pc] = code.b[pc]!;
    f5[2 * pc] = code.c[pc]!;
    f5[2 * pc + 1] = code.cHigh[pc]!;
  }
  checkCells(words, zeros);
  words.forEach(({ key, value }, i) => {
    kind[wordsAt + i] = WORD.code;
    f1[wordsAt + i] = key;
    wide(f2, wordsAt + i, value);
  });
  zeros.forEach(({ lo, hi }, i) => {
    kind[zerosAt + i] = ZERO.code;
    f1[zerosAt + i] = lo;
    f2[2 * (zerosAt + i)] = hi;
  });
  const functions = new Map<number, FunctionRow>();
  program.functions.forEach(({ id, type, pc, returnSlot }, i) => {
    const row = functionsAt + i;
    if (id < 1 || type < 1 || type > MAX_TYPE || functions.has(id)) {
      refuse(`function reference ${id} of type ${type}`);
    }
    if (returnSlot >= MAX_FRAME) refuse(`function reference ${id} with its return slot beyond every frame`);
    functions.set(id, { row, type, pc, returnSlot });
    kind[row] = FUNC.code;
    f1[row] = id;
    f2[2 * row] = type;
    f3[row] = pc;
    f4[row] = returnSlot;
  });
  for (let exponent = 0; exponent < POWERS; exponent++) {
    const row = powersAt + exponent;
    kind[row] = POW2.code;
    f1[row] = exponent;
    wide(f2, row, 1n << BigInt(exponent % 64));
  }

  const columns: ColumnValues[] = [
    { words: 1, data: kind },
    { words: 1, data: f1 },
    { words: 2, data: f2 },
    { words: 1, data: f3 },
    { words: 1, data: f4 },
    { words: 2, data: f5 },
  ];
  const keys = Float64Array.from(words, (word) => word.key);
  return { log, rows, columns, words: keys, wordsAt, zeros, zerosAt, functions, powersAt };
}

/** At the reserved pcs of proven traps stand their exits. */
function checkReserved(code: Code): void {
  const expect = (pc: number, name: ProvenTrap, opcode: number, a: number, b: number): void => {
    const same =
      code.opcode[pc] === opcode &&
      code.a[pc] === a &&
      code.b[pc] === b &&
      code.c[pc] === 0 &&
      code.cHigh[pc] === 0;
    if (!same) refuse(`at pc ${pc} another instruction than for the trap ${name}`);
  };
  for (const name of Object.keys(PROVEN_TRAPS) as ProvenTrap[]) {
    const drains = name !== 'inputExhausted';
    const pc = PROVEN_TRAPS[name];
    if (drains) expect(pc, name, DRAIN.code, 0, 0);
    expect(drains ? pc + 1 : pc, name, EXIT_.code, TRAPS[name].code, Number(STATUS_TRAPPED >> 32n));
  }
}

/** What a chip relies on and cannot see, or sees only as a lookup that fails. */
function checkInstruction(code: Code, pc: number): void {
  const opcode = code.opcode[pc]!;
  const info = opcodeInfo(opcode);
  if (!isLegal(opcode, info)) refuse(`opcode ${opcode} at pc ${pc}`);
  checkField(info, info.a, opcode, BigInt(code.a[pc]!), pc);
  checkField(info, info.b, opcode, BigInt(code.b[pc]!), pc);
  checkField(info, info.c, opcode, wordAt(code, pc), pc);
  switch (info.code) {
    // A row that reads a cell writes its slot before: were they one, it could read anything.
    case MOVE.code:
      if (code.a[pc] === code.b[pc]) refuse(`a move of slot ${code.a[pc]} to itself at pc ${pc}`);
      break;
    case CALL.code:
    case CALL_INDIRECT.code:
      if (code.opcode[pc + 1] !== LEAVE.code || code.a[pc + 1] !== code.b[pc]) {
        refuse(`a call without its return point at pc ${pc}`);
      }
      break;
    case DRAIN.code:
      // A read behind it would be out of inputs that the run had only thrown away.
      if (code.opcode[pc + 1] !== EXIT_.code && code.opcode[pc + 1] !== EXIT_SLOT.code) {
        refuse(`no exit behind a drain at pc ${pc}`);
      }
      break;
  }
}

/** What a field may hold, by what the descriptor says that it is. */
function checkField(info: OpcodeInfo, field: Operand, opcode: number, value: bigint, pc: number): void {
  const isGlobal = value >= GLOBALS && value < TABLES;
  switch (field.role) {
    case 'unused':
      if (value !== 0n) refuse(`${info.name} with a field that it does not use at pc ${pc}`);
      break;
    case 'second':
      if ((opcode & IMMEDIATE) !== 0) checkImmediate(info, field, opcode, value, pc);
      else checkSlot(value, pc);
      break;
    case 'read':
    case 'write':
    case 'update':
    case 'return slot':
      checkSlot(value, pc);
      break;
    case 'frame':
      if (value > MAX_FRAME) refuse(`a call beyond every frame at pc ${pc}`);
      break;
    case 'type':
      if (value > MAX_TYPE) refuse(`an indirect call of type ${value} at pc ${pc}`);
      break;
    case 'offset':
      if (value >= MAX_OFFSET) refuse(`an offset beyond every memory at pc ${pc}`);
      break;
    case 'cell':
      if (!isGlobal && value !== BigInt(PAGES)) {
        refuse(`a get of what is no global and not the size at pc ${pc}`);
      }
      break;
    case 'global':
      if (!isGlobal) refuse(`a set of what is no global at pc ${pc}`);
      break;
    case 'table':
      // The end is the key of a table or segment without elements, which a branch keeps from being used.
      if (value < TABLES || value > STACK) refuse(`an element of no table at pc ${pc}`);
      break;
    default:
      break;
  }
}

/** Slots are keys of the stack and of nothing else: below the largest frame, for which calls see that there is room. */
function checkSlot(slot: bigint, pc: number): void {
  if (slot >= MAX_FRAME) refuse(`slot ${slot} beyond every frame at pc ${pc}`);
}

/** Immediates with which the instruction means something. */
function checkImmediate(
  { name }: OpcodeInfo,
  { bits, demand }: SecondOperand,
  opcode: number,
  y: bigint,
  pc: number,
): void {
  const width = (opcode & WIDE) !== 0 ? 64n : 32n;
  if (y >> BigInt(demand === 'factor' ? 32 : bitsOf(bits, opcode)) !== 0n) {
    refuse(`${name} with an immediate of more than 32 bits at pc ${pc}`);
  }
  switch (demand) {
    case 'power':
    case 'shift':
      if (y === 0n || (y & (y - 1n)) !== 0n) refuse(`${name} without a power of two at pc ${pc}`);
      // 2^0 would be a shift by 32, which the instruction does not have.
      if (demand === 'shift' && y === 1n) refuse(`a shift by 32 at pc ${pc}`);
      break;
    case 'count':
    case 'rotation':
      if (y > width || (y === width && demand === 'count')) {
        refuse(`${name} by ${y} of ${width} bits at pc ${pc}`);
      }
      break;
    case 'divisor':
      if (y === 0n) refuse(`${name} by 0 at pc ${pc}`);
      break;
    default:
      break;
  }
}

/** The field c of an instruction, 64 bits. */
function wordAt(code: Code, pc: number): bigint {
  return BigInt(code.c[pc]!) + (BigInt(code.cHigh[pc]!) << 32n);
}

/** Words in increasing order, regions apart from each other and from the words, and not too long. */
function checkCells(words: Program['words'], zeros: readonly ZeroRegion[]): void {
  let before = CHAIN_START;
  for (const { key } of words) {
    if (!(key > before)) refuse(`initial cell 0x${key.toString(16)} out of order`);
    before = key;
  }
  let [end, next] = [CHAIN_START, 0];
  for (const { lo, hi } of zeros) {
    const name = `zero region 0x${lo.toString(16)} … 0x${hi.toString(16)}`;
    if (!(lo > end && hi >= lo && hi - lo < MAX_REGION)) refuse(`${name} is too long or not apart`);
    while (words[next]!.key < lo) next++;
    if (words[next]!.key <= hi) refuse(`${name} contains an initial cell`);
    end = hi;
  }
}

function refuse(what: string): never {
  fail('INTERNAL', `the translated program has ${what}`, {
    where: 'image',
    fix: 'Report this with the program',
  });
}
