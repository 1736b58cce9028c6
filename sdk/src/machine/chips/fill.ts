/**
 * How rows are written: the fill side of the adapter. Columns are typed arrays (one word a value, or two, low word
 * first); nothing here is a BigInt. While a row is written, whatever it looks up is counted for the tables.
 */
import { fail } from '../../errors/index.ts';
import type { Chip } from '../../plonk/declare/declare.ts';
import type { Image } from '../image.ts';
import type { OpcodeInfo } from '../instructions.ts';
import type { Code } from '../program.ts';
import { ACCESS_WORDS, type ChipTrace, HEADER_WORDS, PHASE_SHIFT } from '../trace.ts';

/** The words of a main column by its name. */
export type Cells = (column: string) => Uint32Array;

/** How often each tuple of a table or of the image is consumed. */
export class Uses {
  readonly range16: Uint32Array = new Uint32Array(1 << 16);
  /** By `256·x + y`. */
  readonly and8: Uint32Array = new Uint32Array(1 << 16);
  /** By `256·x + y`. */
  readonly bytes: Uint32Array = new Uint32Array(1 << 16);
  /** By row of the image. */
  readonly image: Uint32Array;
  /** Cells that open in the page of a `grow` row, by the time of that row. */
  readonly grown: ReadonlyMap<number, number>;

  constructor(imageRows: number, grown: ReadonlyMap<number, number>) {
    this.image = new Uint32Array(imageRows);
    this.grown = grown;
  }
}

const COUNTED = ['range16', 'and8', 'bytes', 'image'] as const;
type Counted = (typeof COUNTED)[number];

/** As bytes, the counters one behind the other, each as a little-endian word. As secret as the rows. */
export function encodeUses(uses: Uses): Uint8Array {
  const words = COUNTED.map((name) => uses[name]);
  const out = new DataView(new ArrayBuffer(4 * words.reduce((sum, { length }) => sum + length, 0)));
  let at = 0;
  for (const list of words) for (const count of list) out.setUint32(4 * at++, count, true);
  return new Uint8Array(out.buffer);
}

/** Into `uses`, all of whose counters are there. @returns whether the bytes are as many as those of its counters */
export function decodeUses(bytes: Uint8Array, uses: Uses): boolean {
  const words = COUNTED.map((name) => uses[name]);
  if (bytes.length !== 4 * words.reduce((sum, { length }) => sum + length, 0)) return false;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  for (const list of words) for (let i = 0; i < list.length; i++) list[i] = view.getUint32(4 * at++, true);
  return true;
}

/** What the rows of all shards of a run look up: more than 32 bits of it is refused by {@link sum}. */
export class RunUses {
  readonly #grown: ReadonlyMap<number, number>;
  readonly #counts: Readonly<Record<Counted, Float64Array>>;

  constructor(imageRows: number, grown: ReadonlyMap<number, number>) {
    this.#grown = grown;
    const [range16, and8, bytes] = [0, 1, 2].map(() => new Float64Array(1 << 16)) as [
      Float64Array,
      Float64Array,
      Float64Array,
    ];
    this.#counts = { range16, and8, bytes, image: new Float64Array(imageRows) };
  }

  /** Uses of one shard, zero so far. */
  shard(): Uses {
    return new Uses(this.#counts.image.length, this.#grown);
  }

  add(uses: Uses): void {
    for (const [name, total] of Object.entries(this.#counts)) {
      uses[name as Counted].forEach((count, i) => {
        total[i]! += count;
      });
    }
  }

  /** @throws RUN_TOO_LONG where a multiplicity does not fit its column */
  sum(): Uses {
    const uses = this.shard();
    for (const [name, total] of Object.entries(this.#counts)) {
      if (total.some((count) => count >= 2 ** 32)) {
        fail('RUN_TOO_LONG', `the rows of the run take one tuple of ${name} more than 2^32 times`, {
          fix: 'Prove a shorter run, with smaller inputs',
        });
      }
      uses[name as Counted].set(total);
    }
    return uses;
  }
}

export interface FillContext {
  readonly cells: Cells;
  readonly uses: Uses;
  readonly image: Image;
  readonly code: Code;
}

/** How a chip of instructions is filled from its records. */
export type Fill = (trace: ChipTrace, context: FillContext) => void;

/** A chip of instructions, in one file: what it declares and how it is filled. */
export interface InstructionChip {
  readonly chip: Chip;
  readonly fill: Fill;
}

/** Index of the first word of access `i` behind the start of a record. */
export const accessAt = (i: number): number => HEADER_WORDS + ACCESS_WORDS * i;
/** Offsets within an access. */
export const OLD = 1;
export const NEW = 3;

export const FP_MASK: number = (1 << PHASE_SHIFT) - 1;

/** Writes the columns of `fetched` and counts the instruction; returns its pc. */
export function fetchWriter(
  trace: ChipTrace,
  { cells, uses, code }: FillContext,
): (row: number, at: number) => number {
  const [ts, pc, fp, a, b, c] = ['ts', 'pc', 'fp', 'a', 'b', 'c'].map(cells) as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  const { records } = trace;
  return (row, at) => {
    const here = records[at]!;
    pc[row] = here;
    fp[row] = records[at + 1]! & FP_MASK;
    ts[row] = records[at + 2]!;
    a[row] = code.a[here]!;
    b[row] = code.b[here]!;
    c[2 * row] = code.c[here]!;
    c[2 * row + 1] = code.cHigh[here]!;
    uses.image[here]!++;
    return here;
  };
}

/**
 * Writes `ts<name>` of access `index` and counts its range check; `offset` is the access's place in time (its index
 * unless the chip says otherwise).
 */
export function accessWriter(
  trace: ChipTrace,
  { cells, uses: { range16 } }: FillContext,
  name: string,
  index: number,
): (row: number, at: number, offset?: number) => void {
  const before = cells(`ts${name}`);
  const { records } = trace;
  const group = accessAt(index);
  return (row, at, offset = index) => {
    const earlier = records[at + group]!;
    before[row] = earlier;
    const gap = records[at + 2]! + offset - earlier - 1;
    if (gap < 0 || gap > 0xffff) outOfReach(trace, at, gap);
    range16[gap]!++;
  };
}

function outOfReach(trace: ChipTrace, at: number, gap: number): never {
  fail('INTERNAL', `an access ${gap + 1} steps after the one before`, {
    where: `chip ${trace.chip}, row ${at / trace.stride}`,
    fix: 'Report this with the program: the executor must refresh cells in time',
  });
}

/** Sets the selector of a code to 1. */
export function selectorWriter(
  { cells }: FillContext,
  served: Readonly<Record<string, OpcodeInfo>>,
): (row: number, code: number) => void {
  const columns: Uint32Array[] = [];
  for (const [name, { code }] of Object.entries(served)) columns[code] = cells(name);
  return (row, code) => {
    columns[code]![row] = 1;
  };
}

/** Sets the columns of the flags that an opcode carries. */
export function flagWriter(
  { cells }: FillContext,
  flags: Readonly<Record<string, number>>,
): (row: number, opcode: number) => void {
  const columns = Object.entries(flags).map(([name, weight]) => ({ column: cells(name), weight }));
  return (row, opcode) => {
    for (const { column, weight } of columns) if ((opcode & weight) !== 0) column[row] = 1;
  };
}

/** Copies a 64-bit value of the record into a column of two words. */
export function copyWide(to: Uint32Array, row: number, records: Uint32Array, from: number): void {
  to[2 * row] = records[from]!;
  to[2 * row + 1] = records[from + 1]!;
}

/** Writes limbs of 16 bits and counts them. */
export function limbWriter(
  { cells, uses: { range16 } }: FillContext,
  names: readonly string[],
): (row: number, i: number, value: number) => void {
  const columns = names.map(cells);
  return (row, i, value) => {
    columns[i]![row] = value;
    range16[value]!++;
  };
}
