/**
 * The image: the fixed columns that a program's key commits to. Rows: one for each pc (row 0 is padding), initial
 * words, zero regions, functions, powers of two. Whoever has the program recomputes it. That it is well-formed is for
 * `verify-image` to say.
 */
import type { ColumnValues } from '../plonk/columns/fixed.ts';
import { SHARED_MIN_LOG } from '../plonk/declare/shape.ts';
import { LEAVE } from './instructions.ts';
import { CHAIN_END } from './memory-map.ts';
import type { FunctionEntry, Program, ZeroRegion } from './program.ts';
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

/** A function that references name, and the row of its FUNC. */
export interface FunctionRow extends Pick<FunctionEntry, 'type' | 'pc' | 'returnSlot'> {
  readonly row: number;
}

/** How many of each kind of rows an image has. */
export interface ImageParts {
  /** Rows of the code, row 0 included. */
  readonly code: number;
  readonly words: number;
  readonly zeros: number;
  readonly functions: number;
}

/** Rows of an image, and log2 of its height. */
export function imageSize({ code, words, zeros, functions }: ImageParts): Pick<Image, 'rows' | 'log'> {
  const rows = code + words + 1 + zeros + functions + POWERS;
  return { rows, log: Math.max(SHARED_MIN_LOG, Math.ceil(Math.log2(rows))) };
}

const images = new WeakMap<Program, Image>();

/** The image of a program, made once. */
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
  const { rows, log } = imageSize({
    code: code.length,
    words: program.words.length,
    zeros: zeros.length,
    functions: program.functions.length,
  });

  const one = (): Uint32Array => new Uint32Array(2 ** log);
  const [kind, f1, f3, f4] = [one(), one(), one(), one()] as const;
  // Values of cells and powers, and immediates.
  const [f2, f5] = [new Uint32Array(2 ** (log + 1)), new Uint32Array(2 ** (log + 1))] as const;
  const wide = (column: Uint32Array, row: number, value: bigint): void => {
    column[2 * row] = Number(value & 0xffff_ffffn);
    column[2 * row + 1] = Number(value >> 32n);
  };

  for (let pc = 1; pc < code.length; pc++) {
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
