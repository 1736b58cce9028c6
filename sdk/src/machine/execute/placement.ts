/**
 * Which of two chips proves a row that either can. Heights are powers of two, so a chip just above one pays for twice its
 * rows: some of them are then better off where there is room.
 */
import { ADD, type ChipName, CODE_MASK, JUMP, MOVE, OPCODES } from '../instructions.ts';
import { MAX_CHIP_LOG } from '../program.ts';

/** The chips in the order that counts and the recorder number them. */
export const CHIPS: readonly ChipName[] = ['alu', 'mem', 'memx', 'wide', 'ctl'];
export const ALU = 0;
export const MEM = 1;
export const MEMX = 2;
export const WIDE_CHIP = 3;
export const CTL = 4;
/** Kinds of rows that two chips can prove, numbered behind the chips, which stand for all other rows of theirs. */
export const ADDS = 5;
export const MOVES = 6;
export const WORDS = 7;
export const JUMPS = 8;

export const ROW_KINDS = 9;
/** Kind of an instruction's rows by its code; loads and stores of 4 bytes are WORDS, or of memx. */
export const KIND_OF: Uint8Array = new Uint8Array(CODE_MASK + 1);
for (const { code, chips } of OPCODES) KIND_OF[code] = Math.max(0, CHIPS.indexOf(chips[0] as ChipName));
for (const [info, kind] of [
  [ADD, ADDS],
  [MOVE, MOVES],
  [JUMP, JUMPS],
] as const) {
  KIND_OF[info.code] = kind;
}
/** By kind of row: the chip that proves it, and the one that can instead (−1: none). */
export const FIRST_CHIP: readonly number[] = [ALU, MEM, MEMX, WIDE_CHIP, CTL, ALU, MEM, MEM, CTL];
export const OTHER_CHIP: readonly number[] = [-1, -1, -1, -1, -1, WIDE_CHIP, ALU, MEMX, ALU];

/** By kind of row, how many of a run the other chip proves: the first ones. */
export type Placement = readonly number[];
/** Every row stays with its first chip. */
export const UNMOVED: Placement = new Array<number>(ROW_KINDS).fill(0);
/** From counts by kind. */
export const placementOf = (moved: Readonly<Record<number, number>>): Placement =>
  UNMOVED.map((_, kind) => moved[kind] ?? 0);

/** What a row of each chip costs: columns with helpers, and the largest factor of its packs. A test holds them to the declarations. */
export const COLUMNS: Readonly<Record<ChipName, number>> = { alu: 50, mem: 26, memx: 57, wide: 64, ctl: 45 };
export const FACTORS: Readonly<Record<ChipName, number>> = { alu: 10, mem: 15, memx: 15, wide: 15, ctl: 15 };
/**
 * The openings are as long as the longest pack, factor times height, and as byte tables, φ and quotient make them anyway. A
 * coefficient of theirs is two full-width scalars and takes the time of five cells.
 */
const CELLS_PER_COEFFICIENT = 5;
const LEAST_OPENING = 10 * 2 ** 14;

/** Rows of each chip, by {@link CHIPS}. */
export function rowsByChip(rows: ArrayLike<number>, placement: Placement = UNMOVED): number[] {
  const sums = new Array<number>(CHIPS.length).fill(0);
  for (let kind = 0; kind < ROW_KINDS; kind++) {
    const moved = Math.min(rows[kind]!, placement[kind]!);
    sums[FIRST_CHIP[kind]!]! += rows[kind]! - moved;
    if (moved > 0) sums[OTHER_CHIP[kind]!]! += moved;
  }
  return sums;
}

/** What is by {@link CHIPS}, by name. */
export const byName = <T>(values: readonly T[]): Readonly<Record<ChipName, T>> =>
  Object.fromEntries(CHIPS.map((chip, i) => [chip, values[i]!])) as Record<ChipName, T>;

/** Rows of each chip by name. */
export const namedRows = (
  rows: ArrayLike<number>,
  placement?: Placement,
): Readonly<Record<ChipName, number>> => byName(rowsByChip(rows, placement));

const MIN_HEIGHT = 16;
const heightFor = (rows: number): number =>
  2 ** Math.max(0, Math.ceil(Math.log2(Math.max(rows, MIN_HEIGHT))));
/** Cells of instruction chips with so many rows, by {@link CHIPS}: helpers and padding included. */
const paddedCells = (rows: readonly number[]): number =>
  CHIPS.reduce((sum, name, chip) => sum + heightFor(rows[chip]!) * COLUMNS[name], 0);

/** Heights that may pay: for the rows that must be there up to all that can be. */
function heightsBetween(least: number, most: number): number[] {
  const list: number[] = [];
  for (let height = heightFor(least); height <= heightFor(most); height *= 2) list.push(height);
  return list;
}

/** log2 of heights by name of a chip: those that a proof has anyway, and those that it cannot have more of. */
export interface HeightBounds {
  readonly least?: Readonly<Record<string, number>>;
  readonly most?: Readonly<Record<string, number>>;
  /** Most cells of instruction chips, padding and helpers included; `balance` does not look at it. */
  readonly cells?: number;
}
/** More than a proof costs. */
const NEVER = 2 ** 40;

/**
 * The placement of rows (counted by kind) that costs least, padding included, within the bounds if there is one; and of
 * those the one that moves fewest rows.
 */
export function balance(rows: ArrayLike<number>, bounds: HeightBounds = {}): Placement {
  const [adds, moves, words] = [rows[ADDS]!, rows[MOVES]!, rows[WORDS]!];
  const least = CHIPS.map((name) => 2 ** (bounds.least?.[name] ?? 0));
  const most = CHIPS.map((name) => 2 ** (bounds.most?.[name] ?? MAX_CHIP_LOG));
  const costOf = (heights: readonly number[]): number => {
    let [cells, opening] = [0, LEAST_OPENING];
    for (const [chip, name] of CHIPS.entries()) {
      const height = Math.max(heights[chip]!, least[chip]!);
      cells += height * COLUMNS[name] + (height > most[chip]! ? NEVER : 0);
      opening = Math.max(opening, height * FACTORS[name]);
    }
    return cells + CELLS_PER_COEFFICIENT * opening;
  };
  const first = rowsByChip(rows);
  let best: Placement = UNMOVED;
  let [lowest, fewestMoved] = [costOf(first.map(heightFor)), 0];
  for (const ctl of heightsBetween(rows[CTL]!, first[CTL]!)) {
    const fromCtl = Math.max(0, first[CTL]! - ctl);
    for (const mem of heightsBetween(rows[MEM]!, first[MEM]!)) {
      const excess = Math.max(0, first[MEM]! - mem);
      for (const memx of heightsBetween(rows[MEMX]!, rows[MEMX]! + words)) {
        // Words before moves: what goes to alu may have to go on from there.
        const toMemx = Math.min(excess, words, memx - rows[MEMX]!);
        const toAlu = excess - toMemx;
        if (toAlu > moves) continue;
        const inAlu = first[ALU]! + toAlu + fromCtl;
        for (const wide of heightsBetween(rows[WIDE_CHIP]!, rows[WIDE_CHIP]! + adds)) {
          const alu = heightFor(inAlu - Math.min(adds, wide - rows[WIDE_CHIP]!));
          const toWide = Math.max(0, inAlu - alu);
          const moved = fromCtl + excess + toWide;
          const cost = costOf([alu, mem, memx, wide, ctl]);
          if (cost > lowest || (cost === lowest && moved >= fewestMoved)) continue;
          [lowest, fewestMoved] = [cost, moved];
          best = placementOf({ [ADDS]: toWide, [MOVES]: toAlu, [WORDS]: toMemx, [JUMPS]: fromCtl });
        }
      }
    }
  }
  return best;
}

/** Rows (counted by kind) as {@link balance} places them, and how many each chip then has; undefined where that exceeds the bounds. */
export function placeWithin(
  counts: ArrayLike<number>,
  bounds: HeightBounds,
): { readonly placement: Placement; readonly rows: readonly number[] } | undefined {
  const { most = {}, cells = Number.POSITIVE_INFINITY } = bounds;
  const placement = balance(counts, bounds);
  const rows = rowsByChip(counts, placement);
  const fits = rows.every((count, chip) => count <= 2 ** (most[CHIPS[chip]!] ?? MAX_CHIP_LOG));
  return fits && paddedCells(rows) <= cells ? { placement, rows } : undefined;
}
