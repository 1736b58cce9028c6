import { fail } from '../../errors/index.ts';
import type { ChipName } from '../instructions.ts';
import { CELLS_PER_PAGE, CHAIN_START, FIRST_TIMESTAMP, MAX_GAP, MEMORY } from '../memory-map.ts';
import type { Program } from '../program.ts';
import {
  ACCESS_WORDS,
  ACCESSES,
  BOUNDARY_WORDS,
  type BoundaryTrace,
  type ChipTrace,
  HEADER_WORDS,
  PHASE_SHIFT,
  REFRESH_WORDS,
  type RefreshTrace,
} from '../trace.ts';
import { extended, Machine } from './machine.ts';
import { CHIPS, FIRST_CHIP, OTHER_CHIP, type Placement } from './placement.ts';

const FIRST_ROWS = 1024;

/** Rows of fixed stride, growing by doubling up to a limit. */
export class Rows {
  records: Uint32Array;
  /** Words in use. */
  length = 0;
  readonly name: string;
  readonly stride: number;
  private readonly limit: number;

  constructor(name: string, stride: number, maxRows: number) {
    this.name = name;
    this.stride = stride;
    this.limit = maxRows * stride;
    this.records = new Uint32Array(Math.min(FIRST_ROWS, maxRows) * stride);
  }

  get rows(): number {
    return this.length / this.stride;
  }

  /** Where the next row goes. */
  next(): number {
    const at = this.length;
    this.length += this.stride;
    if (this.length > this.records.length) this.grow();
    return at;
  }

  /** No rows, and no words of those that were: what is skipped is zero. */
  clear(): void {
    this.records.fill(0, 0, this.length);
    this.length = 0;
  }

  private grow(): void {
    if (this.length > this.limit) {
      fail('RUN_TOO_LONG', `the run needs more than ${this.limit / this.stride} rows of ${this.name}`, {
        fix: 'Use smaller inputs; `wattest profile --max-instructions N` (profile in the SDK) shows the beginning of a longer run, and `wattest prove` proves one in several proofs',
      });
    }
    this.records = extended(this.records, Math.min(this.limit, 2 * this.records.length));
  }
}

/**
 * Writes the trace while the program runs. A row is `begin`, then for each access of its chip one of `access`, `cell`
 * and `skip`, in the chip's order.
 */
export class Recorder {
  /** Time of the next row. */
  ts: number = FIRST_TIMESTAMP;
  readonly chips: readonly Rows[];
  readonly refreshed: Rows;
  private readonly machine: Machine;
  private readonly maxRows: number;
  /** Time of the first and last access of every cell, 0 where there is none: dense cells, then those of the memory. */
  private first: Uint32Array;
  private last: Uint32Array;
  private firstWord: Uint32Array;
  private lastWord: Uint32Array;
  /** Time of the `grow` row of each page, 0 for initial ones. */
  private readonly pageTs: number[];
  private words: Uint32Array;
  private at = 0;
  private time = 0;
  /** By kind of row, how many more the other chip takes. */
  private moving: number[];

  constructor(machine: Machine, pages: number, maxRows: number, placement: Placement) {
    this.machine = machine;
    this.maxRows = maxRows;
    this.moving = [...placement];
    this.chips = CHIPS.map((name) => new Rows(name, HEADER_WORDS + ACCESS_WORDS * ACCESSES[name], maxRows));
    this.refreshed = new Rows('refresh', REFRESH_WORDS, maxRows);
    this.words = this.chips[0].records;
    this.first = new Uint32Array(machine.low.length);
    this.last = new Uint32Array(machine.low.length);
    this.firstWord = new Uint32Array(machine.words.length);
    this.lastWord = new Uint32Array(machine.words.length);
    this.pageTs = new Array<number>(pages).fill(0);
  }

  /** Forgets the rows so far, not the times; those to come are placed as this says. The arrays of the rows are used again. */
  next(placement: Placement): void {
    for (const rows of this.chips) rows.clear();
    this.moving = [...placement];
    this.words = this.chips[0].records;
  }

  /** The chip of the next row of this kind. */
  chipOf(kind: number): number {
    if (this.moving[kind] === 0) return FIRST_CHIP[kind];
    this.moving[kind]--;
    return OTHER_CHIP[kind];
  }

  begin(chip: number, pc: number, fp: number, phase: number, auxLow: number, auxHigh: number): void {
    const rows = this.chips[chip];
    const at = rows.next();
    const words = rows.records;
    words[at] = pc;
    words[at + 1] = this.machine.keyOf(fp) + phase * 2 ** PHASE_SHIFT;
    words[at + 2] = this.ts;
    words[at + 3] = auxLow;
    words[at + 4] = auxHigh;
    this.words = words;
    this.at = at + HEADER_WORDS;
    this.time = this.ts;
    // Every chip has HEADER_WORDS + ACCESS_WORDS·accesses words.
    this.ts += (rows.stride - HEADER_WORDS) / ACCESS_WORDS;
  }

  skip(): void {
    this.at += ACCESS_WORDS;
    this.time++;
  }

  /** An access of a dense cell. */
  access(index: number, oldLow: number, oldHigh: number, newLow: number, newHigh: number): void {
    const time = this.time++;
    let before = this.last[index];
    this.last[index] = time;
    if (before === 0) {
      this.first[index] = time;
      before = time - 1;
    } else if (time - before > MAX_GAP) {
      before = this.refresh(this.machine.keyOf(index), before, time, oldLow, oldHigh);
    }
    this.write(before, oldLow, oldHigh, newLow, newHigh);
  }

  /** An access of a dense cell that changes nothing; −1 for none. */
  read(index: number): void {
    const { low, high } = this.machine;
    if (index < 0) this.skip();
    else this.access(index, low[index], high[index], low[index], high[index]);
  }

  /** An access of the memory's cell `index`. */
  cell(index: number, old: number, value: number): void {
    const time = this.time++;
    let before = this.lastWord[index];
    this.lastWord[index] = time;
    if (before === 0) {
      this.firstWord[index] = time;
      before = this.openTime(index, time);
    }
    if (time - before > MAX_GAP) before = this.refresh(MEMORY + index, before, time, old, 0);
    this.write(before, old, 0, value, 0);
  }

  /** The machine's arrays have grown. */
  resize(): void {
    const { low, words } = this.machine;
    if (this.last.length < low.length) {
      this.first = extended(this.first, low.length);
      this.last = extended(this.last, low.length);
    }
    if (this.lastWord.length < words.length) {
      this.firstWord = extended(this.firstWord, words.length);
      this.lastWord = extended(this.lastWord, words.length);
    }
  }

  /** Before the row of a `grow`. */
  growPage(): void {
    this.pageTs.push(this.ts);
  }

  chipTraces(): Record<ChipName, ChipTrace> {
    const traces = this.chips.map(({ rows, stride, records }, i) => [
      CHIPS[i],
      { chip: CHIPS[i], rows, stride, records },
    ]);
    return Object.fromEntries(traces) as Record<ChipName, ChipTrace>;
  }

  refreshTrace(): RefreshTrace {
    return { rows: this.refreshed.rows, records: this.refreshed.records };
  }

  /** All touched cells by increasing key; cells open with what they hold at the start of the program. */
  boundary(program: Program): BoundaryTrace {
    const rows = new Rows('boundary', BOUNDARY_WORDS, this.maxRows);
    const initial = new Machine(program);
    const { low, high, words } = this.machine;
    const put = (...values: number[]): void => {
      const at = rows.next();
      rows.records.set(values, at);
    };
    for (let i = 0; i < this.last.length; i++) {
      if (this.last[i] === 0) continue;
      const key = this.machine.keyOf(i);
      const [openLow, openHigh] = [initial.low[i] ?? 0, initial.high[i] ?? 0];
      put(key, this.first[i] - 1, openLow, openHigh, this.last[i], low[i], high[i], 0);
    }
    for (let i = 0; i < this.lastWord.length; i++) {
      if (this.lastWord[i] === 0) continue;
      const openTs = this.openTime(i, this.firstWord[i]);
      const regionTs = this.pageTs[Math.floor(i / CELLS_PER_PAGE)];
      put(MEMORY + i, openTs, initial.words[i] ?? 0, 0, this.lastWord[i], words[i], 0, regionTs);
    }
    return { before: CHAIN_START, ends: true, rows: rows.rows, records: rows.records };
  }

  /** Cells of the image open just before their first access, those of a grown page when it is made. */
  private openTime(index: number, time: number): number {
    const regionTs = this.pageTs[Math.floor(index / CELLS_PER_PAGE)];
    return regionTs === 0 ? time - 1 : regionTs;
  }

  /** Restamps a cell just before an access that comes too late. Returns the new stamp. */
  private refresh(key: number, before: number, time: number, low: number, high: number): number {
    const at = this.refreshed.next();
    const { records } = this.refreshed;
    records[at] = key;
    records[at + 1] = before;
    records[at + 2] = time - 1;
    records[at + 3] = low;
    records[at + 4] = high;
    return time - 1;
  }

  private write(before: number, oldLow: number, oldHigh: number, newLow: number, newHigh: number): void {
    const { words, at } = this;
    words[at] = before;
    words[at + 1] = oldLow;
    words[at + 2] = oldHigh;
    words[at + 3] = newLow;
    words[at + 4] = newHigh;
    this.at = at + ACCESS_WORDS;
  }
}
