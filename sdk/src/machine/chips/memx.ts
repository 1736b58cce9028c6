/**
 * memx: loads and stores of 1, 2, 4 and 8 bytes at any alignment. Accesses: slot b (x), slot a, the cell of the first
 * byte, the cell behind it (only where the access reaches it).
 *
 * The row knows eight bytes w of the two old cells, and eight bytes u of the slot's value (loaded or stored). The new
 * cells are the old ones with the accessed bytes replaced by those of u, for loads and stores alike; a load demands that
 * the cells do not change, which, bytes being unique, makes u the bytes that were there.
 *
 * An 8-byte access that is not aligned to 4 would need a third cell. It takes two rows: the first transfers u0…u3 at
 * ea, the second u4…u7 at ea + 4; what a first row loads goes to the second as `mid`. (A prover may split an aligned
 * access as well; the effect is the same.)
 *
 * An access whose last byte lies outside of the memory has no such row, as nobody opens that cell. A row with `oob` proves
 * that it lies outside, by the pages cell in place of the first cell, touches nothing else and goes on at the trap.
 */
import { add, mul, not, sub, weighted } from '../../expr/expression.ts';
import { Fr } from '../../field/field.ts';
import { type Chip, ChipBuilder, type Expr } from '../../plonk/declare/declare.ts';
import { SHARED_MIN_LOG } from '../../plonk/declare/shape.ts';
import { LOAD8, LOAD16, LOAD32, LOAD64, SIGNED, STORE8, WIDE } from '../instructions.ts';
import { MEMORY, PAGE_BYTES, PAGES } from '../memory-map.ts';
import { PROVEN_TRAPS } from '../program.ts';
import { BYTES } from '../tags.ts';
import { ACCESSES, PHASE_SHIFT, TRAP_PHASE } from '../trace.ts';
import { access, fetched, flagBits, selectors, step } from './adapter.ts';
import {
  accessAt,
  accessWriter,
  copyWide,
  type Fill,
  fetchWriter,
  flagWriter,
  type InstructionChip,
  NEW,
  OLD,
} from './fill.ts';

/** Sizes, the last one in its three forms: one row, first and second of two. The store of a size is `store` more. */
const SERVED = {
  size1: LOAD8,
  size2: LOAD16,
  size4: LOAD32,
  size8: LOAD64,
  first: LOAD64,
  second: LOAD64,
} as const;
/** `store` is no flag of the instruction set, but the codes of stores are those of loads + 8. */
const FLAGS = { store: STORE8.code - LOAD8.code, signed: SIGNED, wide: WIDE } as const;
const EIGHT = [0, 1, 2, 3, 4, 5, 6, 7] as const;

function declare(): Chip {
  const chip = new ChipBuilder('memx');
  const at = fetched(chip);
  const mid = chip.column('mid', 'bound', 1, 'the STATE received; constraint "mid received"');
  const midNext = chip.column('midNext', 'bound', 1, 'constraint "mid sent"');
  const x = chip.column('x', 'bound', 2, 'slot b');
  const oldA = chip.column('oldA', 'bound', 2, 'slot a before; free where it is not accessed');
  const key = chip.column('key', 'bound', 1, 'constraint "key": of the first cell, or PAGES');
  const pcNext = chip.column('pcNext', 'bound', 1, 'constraint "next pc"');
  const new0 = chip.column('new0', 'bound', 1, 'constraint "first cell"');
  const new1 = chip.column('new1', 'bound', 1, 'constraint "second cell"');
  const { on, real, code } = selectors(chip, SERVED);
  const { bits, sum: flags } = flagBits(chip, FLAGS);
  const [o1, o2, o3] = [1, 2, 3].map((offset) =>
    chip.column(`offset${offset}`, 'bit', 1, `ea is ${offset} modulo 4, or the cell's key is no integer`),
  ) as [Expr, Expr, Expr];
  const oob = chip.column('oob', 'bit', 1, 'the access is out of bounds: no offset, so no byte changes');
  const shifted = add(o1, o2, o3);
  const o0 = sub(real, add(shifted, oob));
  chip.constrain('one offset', mul(o0, sub(o0, 1n)));
  // A part of a split access is not out of bounds alone: the trap comes before the first byte is stored.
  chip.constrain('out of bounds as a whole', mul(oob, add(on.first, on.second)));
  const sign = chip.column('sign', 'bit', 1, 'top bit of the bytes of a signed load, else 0');
  const w = EIGHT.map((i) => chip.column(`w${i}`, 'byte', 1, 'BYTES lookup in pairs'));
  const u = EIGHT.map((i) => chip.column(`u${i}`, 'byte', 1, 'BYTES lookup in pairs'));
  for (const bytes of [w, u]) {
    for (let i = 0; i < 8; i += 2) {
      chip.receive(`bytes ${i}, ${i + 1} of ${bytes === w ? 'w' : 'u'}`, BYTES, real, [
        bytes[i]!,
        bytes[i + 1]!,
      ]);
    }
  }
  const number = (bytes: readonly Expr[], from: number, to: number): Expr =>
    weighted(bytes.slice(from, to).map((byte, i) => [byte, 1n << BigInt(8 * i)] as const));

  step(chip, at, {
    real,
    opcode: add(code, flags),
    accesses: ACCESSES.memx,
    pcNext,
    phases: { first: on.first, second: on.second, mid, midNext },
  });
  access(chip, at, { name: 'B', key: add(at.fp, at.b), offset: 0n, old: x, value: x, multiplicity: real });
  const value = number(u, 0, 8);
  const load = not(bits.store);
  const usesA = sub(real, add(mul(load, on.first), oob));
  access(chip, at, { name: 'A', key: add(at.fp, at.a), offset: 1n, old: oldA, value, multiplicity: usesA });
  // x + c and the offset are integers; with the wrong offset the quotient by 4 is a field element far from any key.
  const base = sub(
    add(x, at.c),
    weighted([
      [o1, 1n],
      [o2, 2n],
      [o3, 3n],
    ]),
  );
  const ordinary = add(mul(base, Fr.inv(4n)), on.second, MEMORY);
  const either = (column: Expr, usual: Expr, outOfBounds: number): Expr =>
    add(mul(real, sub(column, usual)), mul(oob, sub(usual, outOfBounds)));
  chip.constrain('key', either(key, ordinary, PAGES));
  chip.constrain('next pc', either(pcNext, add(at.pc, 1n), PROVEN_TRAPS.memoryOutOfBounds));
  const [old0, old1] = [number(w, 0, 4), number(w, 4, 8)];
  access(chip, at, { name: 'Cell0', key, offset: 2n, old: old0, value: new0, multiplicity: real });
  // Whether the accessed bytes reach the second cell; exact, since an access at the very end of the memory must not
  // need the cell behind it. A bit: at most one size and one offset is 1.
  const four = add(on.size4, on.first, on.second);
  const crosses = add(mul(on.size2, o3), mul(four, shifted), mul(on.size8, o0));
  access(chip, at, {
    name: 'Cell1',
    key: add(key, 1n),
    offset: 3n,
    old: old1,
    value: new1,
    multiplicity: crosses,
  });
  chip.constrain('8 bytes in one row are aligned', mul(on.size8, shifted));
  // The exact complement: the last byte, x + c + size − 1, is at 65536·pages or behind. The distance is below 2^33, in five
  // bytes that such a row has no other use for: those of the second cell, and u0 (which no constraint compares).
  const size = weighted([
    [on.size1, 1n],
    [on.size2, 2n],
    [on.size4, 4n],
    [on.size8, 8n],
  ]);
  const distance = add(old1, mul(u[0]!, 1n << 32n));
  const last = sub(add(at.c, size, x), 1n);
  chip.constrain('out of bounds', mul(oob, sub(sub(last, mul(old0, PAGE_BYTES)), distance)));

  // Byte j of the access (j < size) replaces byte o + j of the cells. Of a split access the first row transfers u0…u3,
  // the second u4…u7.
  const sizeFrom = [
    add(on.size1, on.size2, on.size4, on.size8, on.first),
    add(on.size2, on.size4, on.size8, on.first),
    add(on.size4, on.size8, on.first),
    add(on.size4, on.size8, on.first),
  ] as const;
  const taken = (j: number, k: number): Expr =>
    j < 4
      ? add(mul(sizeFrom[j]!, sub(u[j]!, w[k]!)), mul(on.second, sub(u[j + 4]!, w[k]!)))
      : mul(on.size8, sub(u[j]!, w[k]!));
  const change = (cell: 0 | 1): Expr => {
    const terms: Expr[] = [];
    for (const [o, offset] of [o0, o1, o2, o3].entries()) {
      // Bytes 4 to 7 are accessed at offset 0 only (aligned).
      const most = o === 0 ? 8 : 4;
      const bytes: Expr[] = [];
      for (let j = 0; j < most; j++) {
        const k = o + j;
        if (k >> 2 === cell) bytes.push(mul(taken(j, k), 1n << BigInt(8 * (k & 3))));
      }
      if (bytes.length > 0) terms.push(mul(offset, add(0n, ...bytes)));
    }
    return add(0n, ...terms);
  };
  chip.constrain('first cell', sub(sub(new0, old0), change(0)));
  chip.constrain('second cell', sub(sub(new1, old1), change(1)));
  chip.constrain('loads leave the first cell', mul(load, sub(new0, old0)));
  chip.constrain('loads leave the second cell', mul(load, sub(new1, old1)));
  chip.constrain('stores read the slot', mul(bits.store, sub(oldA, value)));

  // The bytes of u above a load of 1, 2 or 4 bytes: those of sign·(2^w − 2^(8·size)).
  const fill = add(1n << 32n, mul(bits.wide, (1n << 64n) - (1n << 32n)));
  const above = (size: number): Expr => mul(number(u, size, 8), 1n << BigInt(8 * size));
  const extended = (size: number): Expr => sub(above(size), mul(sign, sub(fill, 1n << BigInt(8 * size))));
  chip.constrain(
    'loads extend',
    mul(load, add(mul(on.size1, extended(1)), mul(on.size2, extended(2)), mul(on.size4, extended(4)))),
  );
  // top = 128·sign + low7 of the highest loaded byte, low7 below 128 as its double is a byte too.
  const low7 = chip.column('low7', 'byte', 1, 'BYTES lookup with its double: below 128');
  chip.receive('sign', BYTES, real, [low7, mul(low7, 2n)]);
  const top = add(mul(on.size1, u[0]!), mul(on.size2, u[1]!), mul(on.size4, u[3]!));
  chip.constrain('sign of the loaded bytes', mul(bits.signed, sub(sub(top, low7), mul(sign, 128n))));
  chip.constrain('sign only of signed loads', mul(sign, not(bits.signed)));

  const lower = number(u, 0, 4);
  chip.constrain('mid received', sub(mid, mul(on.second, lower)));
  chip.constrain('mid sent', sub(midNext, mul(on.first, lower)));
  return chip.build({
    about: 'Loads and stores of 1, 2, 4 and 8 bytes at any alignment, over the one or two cells they touch.',
    height: { from: 'proof', minLog: SHARED_MIN_LOG },
  });
}

const [B, A, CELL0, CELL1] = [accessAt(0), accessAt(1), accessAt(2), accessAt(3)];
/** log2 of the size stands in the lowest two bits of the codes. */
const SIZE_BITS = 3;

const fill: Fill = (trace, context) => {
  const { cells, code, uses } = context;
  const { records, rows, stride } = trace;
  const [fetch, flag] = [fetchWriter(trace, context), flagWriter(context, FLAGS)];
  const [accessB, accessA, access0, access1] = [
    accessWriter(trace, context, 'B', 0),
    accessWriter(trace, context, 'A', 1),
    accessWriter(trace, context, 'Cell0', 2),
    accessWriter(trace, context, 'Cell1', 3),
  ];
  const [mid, midNext, x, key, pcNext] = [
    cells('mid'),
    cells('midNext'),
    cells('x'),
    cells('key'),
    cells('pcNext'),
  ];
  const [oldA, new0, new1, oob] = [cells('oldA'), cells('new0'), cells('new1'), cells('oob')];
  const [sign, low7] = [cells('sign'), cells('low7')];
  const sizes = [cells('size1'), cells('size2'), cells('size4'), cells('size8')];
  const phases = [undefined, cells('first'), cells('second')];
  const offsets = [undefined, cells('offset1'), cells('offset2'), cells('offset3')];
  const w = EIGHT.map((i) => cells(`w${i}`));
  const u = EIGHT.map((i) => cells(`u${i}`));
  const bytes = (row: number, columns: readonly Uint32Array[], from: number, word: number): void => {
    for (let i = 0; i < 4; i++) columns[from + i]![row] = (word >>> (8 * i)) & 255;
    uses.bytes[((word & 255) << 8) | ((word >>> 8) & 255)]!++;
    uses.bytes[(((word >>> 16) & 255) << 8) | (word >>> 24)]!++;
  };

  for (let row = 0, at = 0; row < rows; row++, at += stride) {
    const pc = fetch(row, at);
    const opcode = code.opcode[pc]!;
    const phase = records[at + 1]! >>> PHASE_SHIFT;
    const size = 1 << (opcode & SIZE_BITS);
    const isStore = (opcode & FLAGS.store) !== 0;
    flag(row, opcode);
    (phases[phase] ?? sizes[opcode & SIZE_BITS]!)[row] = 1;
    accessB(row, at);
    copyWide(x, row, records, at + B + OLD);
    access0(row, at);
    const first = records[at + CELL0 + OLD]!;
    const ea = x[2 * row]! + code.c[pc]!;
    if (phase === TRAP_PHASE) {
      oob[row] = 1;
      key[row] = PAGES;
      pcNext[row] = PROVEN_TRAPS.memoryOutOfBounds;
      const distance = ea + size - 1 - PAGE_BYTES * first;
      [new0[row], new1[row]] = [first, distance];
      bytes(row, w, 0, first);
      bytes(row, w, 4, distance);
      const above = Math.floor(distance / 2 ** 32);
      bytes(row, u, 0, above);
      bytes(row, u, 4, 0);
      if (isStore) oldA[2 * row] = above;
      if ((opcode & SIGNED) !== 0 && size === 1) low7[row] = above;
      uses.bytes[(low7[row]! << 8) | (2 * low7[row]!)]!++;
      continue;
    }
    const offset = ea & 3;
    if (offset !== 0) offsets[offset]![row] = 1;
    key[row] = MEMORY + Math.floor(ea / 4) + (phase === 2 ? 1 : 0);
    pcNext[row] = pc + 1;
    new0[row] = records[at + CELL0 + NEW]!;
    const reach = offset + (phase === 0 ? size : 4);
    let behind = 0;
    if (reach > 4) {
      access1(row, at);
      behind = records[at + CELL1 + OLD]!;
      new1[row] = records[at + CELL1 + NEW]!;
    }
    bytes(row, w, 0, first);
    bytes(row, w, 4, behind);

    // The slot's value: what is stored, what is loaded, or of a first row of a load, the four bytes it hands over.
    let [low, high] = [records[at + 3]!, 0];
    if (isStore || phase !== 1) {
      accessA(row, at);
      copyWide(oldA, row, records, at + A + OLD);
      [low, high] = [records[at + A + NEW]!, records[at + A + NEW + 1]!];
    }
    bytes(row, u, 0, low);
    bytes(row, u, 4, high);
    if (phase === 1) midNext[row] = low;
    if (phase === 2) mid[row] = low;
    if ((opcode & SIGNED) !== 0) {
      const top = (low >>> (8 * (size - 1))) & 255;
      sign[row] = top >>> 7;
      low7[row] = top & 127;
    }
    uses.bytes[(low7[row]! << 8) | (2 * low7[row]!)]!++;
  }
};

export const memx: InstructionChip = { chip: declare(), fill };
