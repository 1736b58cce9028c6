/**
 * What a row must do, instruction by instruction, in the operations of SMT-LIB's bit-vectors (`instructions.ts` in other
 * words, and independent of the constraints): where it continues, which cells it accesses, what it leaves in them.
 */

import { scaleOf } from '../../../sdk/src/machine/flags.ts';
import {
  bitsOf,
  EQUAL,
  GREATER,
  IMMEDIATE,
  LESS,
  opcodeInfo,
  SIGNED,
  WIDE,
} from '../../../sdk/src/machine/instructions.ts';
import { MAX_OFFSET, MEMORY, PAGES } from '../../../sdk/src/machine/memory-map.ts';
import { PROVEN_TRAPS } from '../../../sdk/src/machine/program.ts';
import type { Decoding } from './decode.ts';
import type { Widths } from './row.ts';
import { type Encoding, extend, literal, type Product, type Word } from './solver.ts';
import { control } from './specification-control.ts';
import {
  any,
  apply,
  BETWEEN,
  big,
  bits,
  either,
  equal,
  isZero,
  less,
  number,
  signExtend,
  sum,
} from './words.ts';

/** A cell that is accessed where `present` (a Bool) holds. Keys and values are unsigned numbers. */
export interface ExpectedCell {
  readonly present: string;
  readonly key: Word;
  readonly after: Word;
}

export interface Expected {
  /** Conditions on the operands under which the instruction means something. */
  readonly when: readonly string[];
  /** Program counter received: pc, or 2^32 + pc in second rows. */
  readonly from: Word;
  /** Undefined where the run ends. */
  readonly next: { readonly pc: Word; readonly fp: Word; readonly mid: Word } | undefined;
  readonly cells: Readonly<Record<string, ExpectedCell>>;
  /** More that must hold. */
  readonly also: readonly string[];
}

/** What an opcode is told by its name and flags. */
export interface Instruction {
  readonly name: string;
  readonly opcode: number;
  readonly immediate: boolean;
  /** 64 with WIDE, else 32. */
  readonly width: 32 | 64;
}

export function instruction(opcode: number): Instruction {
  return {
    name: opcodeInfo(opcode)!.name,
    opcode,
    immediate: (opcode & IMMEDIATE) !== 0,
    width: (opcode & WIDE) !== 0 ? 64 : 32,
  };
}

/** Widths of the operands x (slot b), y (slot c or immediate) where they are not 64: what the verifier of images proves. */
export function operandWidths(opcode: number): Widths {
  const { b, c, cell } = opcodeInfo(opcode)!;
  const widths: Record<string, number> = {};
  if (b.role === 'read') widths['oldB'] = bitsOf(b.bits, opcode);
  if (c.role === 'second') widths[(opcode & IMMEDIATE) !== 0 ? 'c' : 'oldC'] = bitsOf(c.bits, opcode);
  if (cell !== 'memory') return widths;
  // Offsets are below 2^28; cells of the linear memory hold four bytes.
  const offset = Math.log2(MAX_OFFSET);
  return { ...widths, c: offset, oldCell: 32, oldCell0: 32, oldCell1: 32, mid: 32 };
}

/** What some instructions need besides their operands. */
export interface More {
  /** x·y as an integer. */
  readonly product: () => Word;
  /** k of an immediate 2^k. */
  readonly exponent: () => number;
}

/** The result of an instruction of alu or wide but for divisions, of the operands' width or below. */
export function resultOf(
  { name, width, opcode }: Instruction,
  x: Word,
  y: Word,
  old: Word,
  { product, exponent }: More,
): Word {
  switch (name) {
    case 'add':
      return apply('bvadd', x, y);
    case 'sub':
      return apply('bvsub', x, y);
    case 'rsub':
      return apply('bvsub', y, x);
    case 'cmp':
      return either(relation(opcode, x, y), literal(1, 1), literal(0, 1));
    case 'select':
      return either(relation(opcode, x, literal(0, x.width)), old, y);
    case 'mul':
      return bits(product(), 0, 32);
    case 'mulh':
      return bits(product(), 32, 32);
    case 'mul64':
      return bits(product(), width === 64 ? 64 : 0, 64);
    case 'rot': {
      return { text: `((_ rotate_left ${exponent()}) ${x.text})`, width: 32 };
    }
    case 'sar':
      return apply('bvashr', x, literal(32 - exponent(), 32));
    case 'index':
      return apply('bvadd', apply('bvmul', x, literal(BigInt(scaleOf(opcode)), 32)), y);
    case 'exts':
      return signExtend(x, 64);
    case 'mov':
      return x;
    case 'and':
      return apply('bvand', x, y);
    case 'or':
      return apply('bvor', x, y);
    case 'xor':
      return apply('bvxor', x, y);
    case 'shl':
      return apply('bvshl', x, y);
    case 'shr':
      return apply('bvlshr', x, y);
    case 'sarv':
      return apply('bvashr', x, y);
    case 'rotl': {
      const rest = apply('bvsub', literal(width, width), y);
      return apply('bvor', apply('bvshl', x, y), apply('bvlshr', x, rest));
    }
    default:
      throw new Error(`no specification of ${name}`);
  }
}

/** k of 2^k. */
export function exponentOf(power: bigint): number {
  if (power <= 0n || (power & (power - 1n)) !== 0n) throw new RangeError(`${power} is no power of two`);
  return power.toString(2).length - 1;
}

export function relation(opcode: number, x: Word, y: Word): string {
  const [lt, gt] = (opcode & SIGNED) !== 0 ? ['bvslt', 'bvsgt'] : ['bvult', 'bvugt'];
  const holds: string[] = [];
  if ((opcode & LESS) !== 0) holds.push(apply(lt!, x, y).text);
  if ((opcode & EQUAL) !== 0) holds.push(equal(x, y));
  if ((opcode & GREATER) !== 0) holds.push(apply(gt!, x, y).text);
  return any(holds);
}

/**
 * What the instruction of the row must do. Declares what it needs in the encoding: of divisions, the quotient and the
 * remainder, which exist and are unique for y ≠ 0 (`x = q·y + r`, `0 ≤ r < y`). Of an opcode that has several forms the one
 * that these bits choose.
 */
export function expected(row: Encoding, chosen: Decoding['bits'] = row.row.decoding.bits): Expected {
  const { opcode, chip } = row.row.decoding;
  const it = instruction(opcode);
  const isOn = (name: string): boolean => chosen.get(name) === 1n;
  const { name, immediate } = it;
  const { bytes } = opcodeInfo(opcode)!;
  const [pc, fp, a, b, c] = ['pc', 'fp', 'a', 'b', 'c'].map((input) => row.input(input)) as [
    Word,
    Word,
    Word,
    Word,
    Word,
  ];
  const slot = (offset: Word): Word => sum(fp, offset);
  const [first, second] = [isOn('first'), isOn('second')];
  const from = second ? sum(pc, number(BETWEEN)) : big(pc);
  const next = {
    pc: first ? sum(pc, number(BETWEEN)) : sum(pc, number(1)),
    fp: big(fp),
    mid: number(0),
  };
  const always = 'true';
  const plain = { when: [], from, next, also: [] };

  if (chip.name === 'alu' && name === 'jmp') return { ...plain, next: { ...next, pc: big(a) }, cells: {} };
  if (chip.name === 'alu' || chip.name === 'wide') {
    if (first) {
      // Hands over any number below 2^64; the second row says which one it must be.
      const { mid } = stateOf(row);
      return {
        ...plain,
        next: { ...next, mid },
        cells: {},
        also: [less(mid, extend(literal(BETWEEN << 32n, 72), mid.width))],
      };
    }
    const x = row.input('oldB');
    const readsC = !immediate && name !== 'exts' && name !== 'mov';
    const y = immediate ? c : readsC ? row.input('oldC') : x;
    const writesA = name !== 'br';
    const division = name === 'divu' || name === 'remu' ? declareDivision(row, x, y) : undefined;
    const cells: Record<string, ExpectedCell> = { B: { present: always, key: slot(b), after: x } };
    if (readsC) cells['C'] = { present: always, key: sum(fp, c), after: y };
    if (writesA) {
      // Of a product only what its row demands: any integer may stand for x·y, the specification is a part of it.
      const product = (): Word => productOf(row).product;
      const more = { product, exponent: () => exponentOf(row.row.pins['c']!) };
      const result = division?.[name as 'divu' | 'remu'] ?? resultOf(it, x, y, row.input('oldA'), more);
      cells['A'] = { present: always, key: slot(a), after: result };
    }
    const taken = name === 'br' ? either(relation(opcode, x, y), big(a), next.pc) : next.pc;
    // A division by 0 has no row.
    const also = division === undefined ? [] : [`(not ${isZero(y)})`];
    return { ...plain, next: { ...next, pc: taken }, cells, also };
  }

  if (isOn('oob')) {
    // Past the pages there are, which stay as they are.
    const [x, pages] = [row.input('oldB'), row.input('oldCell0')];
    const end = apply('bvshl', big(pages), number(16));
    return {
      ...plain,
      next: { ...next, pc: number(PROVEN_TRAPS.memoryOutOfBounds) },
      cells: {
        B: { present: always, key: slot(b), after: x },
        Cell0: { present: always, key: number(PAGES), after: pages },
      },
      also: [less(end, sum(x, c, number(bytes)))],
    };
  }
  if (bytes > 0) return transfer(row, it, { first, second });
  return { ...plain, ...control(row, name, { pc, fp, a, b, c }, isOn), from };
}

function stateOf(row: Encoding): { readonly mid: Word } {
  const { state } = row.row;
  return { mid: state.ends ? number(0) : row.value(state.midNext) };
}

function productOf({ product }: Encoding): Product {
  if (product === undefined) throw new Error('no product in this row');
  return product;
}

/**
 * Quotient and remainder as the specification has them (`x = q'·y + r'`, `r' < y`, so `q'·y ≤ x < 2^64`; they exist unless
 * y = 0), and how products of integers relate: for q, q' and y ≥ 0, `q > q'` gives `q·y ≥ q'·y + y`, since
 * `(q − q')·y ≥ y`, and likewise the other way round. `multiplicationLemma` has the solver prove that for all integers.
 */
function declareDivision(row: Encoding, x: Word, y: Word): Readonly<Record<'divu' | 'remu', Word>> {
  const { width } = row;
  const wide = (word: Word): Word => extend(word, width);
  const { factor, product } = productOf(row);
  const [quotient, remainder] = [row.declare('quotient', 64), row.declare('remainder', 64)];
  const theirs = row.multiplies
    ? apply('bvmul', wide(quotient), wide(y))
    : wide(row.declare('quotient·y', 64));
  row.assert(equal(wide(x), apply('bvadd', theirs, wide(remainder))));
  row.assert(`(or ${isZero(y)} ${less(remainder, extend(y, 64))})`);
  if (row.multiplies) {
    // At most x, which is small here, unless y is 0: keeps the product from wrapping.
    row.assert(less(wide(quotient), literal(1n << 16n, width)));
    return { divu: quotient, remu: remainder };
  }
  const atLeast = (p: Word, q: Word): string => apply('bvuge', p, apply('bvadd', q, wide(y))).text;
  row.assert(`(=> ${less(wide(quotient), factor)} ${atLeast(product, theirs)})`);
  row.assert(`(=> ${less(factor, wide(quotient))} ${atLeast(theirs, product)})`);
  row.assert(`(=> ${equal(factor, wide(quotient))} ${equal(product, theirs)})`);
  return { divu: quotient, remu: remainder };
}

/** `d ≥ 1`, `y ≥ 0` give `d·y ≥ y`, over all integers: the negation, to be refuted. */
export const multiplicationLemma: string = [
  ...['d', 'y'].map((name) => `(declare-const ${name} Int)`),
  '(assert (and (>= d 1) (>= y 0) (< (* d y) y)))',
].join('\n');

/** Loads and stores: `size` bytes at ea = x + c, of which a row transfers all, or four of eight. */
function transfer(
  row: Encoding,
  { name, opcode, width }: Instruction,
  { first, second }: { readonly first: boolean; readonly second: boolean },
): Expected {
  const isStore = name.startsWith('store');
  const size = opcodeInfo(opcode)!.bytes;
  const bytes = first || second ? 4 : size;
  const [pc, fp, a, b, c] = ['pc', 'fp', 'a', 'b', 'c'].map((input) => row.input(input)) as [
    Word,
    Word,
    Word,
    Word,
    Word,
  ];
  const x = row.input('oldB');
  const ea = sum(x, c, number(second ? 4 : 0));
  const offset = apply('bvand', ea, number(3));
  const cell = sum(apply('bvlshr', ea, number(2)), number(MEMORY));
  const isMem = row.row.decoding.chip.name === 'mem';
  const old = (access: string): Word => (row.row.cells.has(access) ? row.before(access) : literal(0, 32));
  const window = isMem
    ? extend(old('Cell'), 64)
    : { text: `(concat ${old('Cell1').text} ${old('Cell0').text})`, width: 64 };
  const shift = apply('bvshl', bits(offset, 0, 64), literal(3, 64));
  const mask = literal((1n << BigInt(8 * bytes)) - 1n, 64);

  const loaded = apply('bvand', apply('bvlshr', window, shift), mask);
  const slot = row.row.cells.has('A') ? row.input('oldA') : literal(0, 64);
  const mid = second ? row.input('mid') : literal(0, 32);
  let value = slot;
  if (!isStore) {
    if (second) value = { text: `(concat ${bits(loaded, 0, 32).text} ${mid.text})`, width: 64 };
    else if ((opcode & SIGNED) !== 0) value = signExtend(bits(loaded, 0, 8 * bytes), width);
    else value = loaded;
  }
  const stored = apply('bvand', second ? apply('bvlshr', slot, literal(32, 64)) : slot, mask);
  const changed = apply(
    'bvor',
    apply('bvand', window, apply('bvnot', apply('bvshl', mask, shift))),
    apply('bvshl', stored, shift),
  );
  const after = isStore ? changed : window;
  const crosses = less(number(4), apply('bvadd', offset, number(bytes)));

  const cells: Record<string, ExpectedCell> = {
    B: { present: 'true', key: sum(fp, b), after: x },
    A: { present: String(isStore || !first), key: sum(fp, a), after: value },
  };
  if (isMem) cells['Cell'] = { present: 'true', key: cell, after: bits(after, 0, 32) };
  else {
    cells['Cell0'] = { present: 'true', key: cell, after: bits(after, 0, 32) };
    cells['Cell1'] = { present: crosses, key: sum(cell, number(1)), after: bits(after, 32, 32) };
  }
  // An i32.store by mem leaves a cell of four bytes only if its slot holds an i32, which the verifier of images shows.
  const when = isMem && isStore ? [less(slot, literal(BETWEEN, 64))] : [];
  // Slots are keys of the stack, which lies below the memory: what a load writes is not what it reads.
  when.push(less(sum(fp, a), number(MEMORY)), less(sum(fp, b), number(MEMORY)));
  const also = isMem ? [equal(offset, number(0))] : [];
  if (second && isStore) also.push(equal(bits(slot, 0, 32), mid));
  return {
    when,
    from: second ? sum(pc, number(BETWEEN)) : big(pc),
    next: {
      pc: sum(pc, number(first ? BETWEEN : 1n)),
      fp: big(fp),
      mid: first ? bits(isStore ? slot : loaded, 0, 32) : number(0),
    },
    cells,
    also,
  };
}
