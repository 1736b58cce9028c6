/**
 * The trace: what an executed row leaves behind, as flat 32-bit records, one buffer per chip. Everything else that
 * a chip's row needs it derives from the instruction at `pc`.
 *
 * A record is `[pc, fp, ts, auxLow, auxHigh]` and then one group per access of the chip, in the chip's order:
 * `[tsBefore, oldLow, oldHigh, newLow, newHigh]`; a skipped access is all zero. `fp` is the absolute key of slot 0.
 */
import type { ChipName } from './instructions.ts';

export const HEADER_WORDS = 5;
export const ACCESS_WORDS = 5;

/**
 * Accesses of each chip in order; access `i` of a row happens at time `ts + i`, and the row's next state is at
 * `ts + count`, whatever the row skips.
 *  alu, wide: slot b (x), slot c (y; skipped for immediates and exts), slot a (old, result; skipped for br).
 *  mem: slot b (x; loads, stores, tget, tset), slot a (read or written), cell (read or written). mov reads slot b as
 *  its cell, at the third access; const has only slot a.
 *  memx: slot b (x), slot a, first cell, second cell. Out of bounds: slot b, and PAGES in place of the first cell.
 *  ctl, first access: jtab slot b; calli, ret, write, exits slot a (read); read, readp slot a (written).
 *  Second access: call, calli the return slot; read, write, drain (consuming) the counter cell; grow PAGES. A row that
 *  traps has no second access, and of the first that of calli.
 *
 * `aux` (64 bits): memx, either row of a two-row access: the 4 bytes handed over by a load, 0 for stores. wide,
 * two-row division: the quotient in both rows. ctl: drain, the consumed word. Otherwise 0.
 *
 * A drain row that does not consume, and phase 1 of a division, skip all accesses; phase 1 of a load skips slot a.
 * The cells of a page that `grow` makes open at that row's own `ts` (before its access of PAGES at `ts + 1`).
 */
export const ACCESSES: Readonly<Record<ChipName, number>> = { alu: 3, mem: 3, memx: 4, wide: 3, ctl: 2 };

/**
 * Phase of a row, in the record's fp word above the key: 1 and 2 for the rows of a two-row instruction, TRAP_PHASE for a
 * row that proves a trap (see PROVEN_TRAPS), else 0.
 */
export const PHASE_SHIFT = 30;
export const TRAP_PHASE = 3;

export interface ChipTrace {
  readonly chip: ChipName;
  /** Rows so far. */
  readonly rows: number;
  /** Words per record. */
  readonly stride: number;
  /** At least `rows·stride` words. */
  readonly records: Uint32Array;
}

/** Restamped cells: `[key, tsBefore, tsAfter, valueLow, valueHigh]` each. */
export interface RefreshTrace {
  readonly rows: number;
  readonly records: Uint32Array;
}
export const REFRESH_WORDS = 5;

/**
 * Touched cells in increasing order of key, `[key, openTs, openLow, openHigh, closeTs, closeLow, closeHigh,
 * regionTs]` each; `regionTs` is the time of the `grow` row that made the cell's page, 0 otherwise.
 */
export interface BoundaryTrace {
  /** Key of the cell before the first one, `CHAIN_START` where there is none. */
  readonly before: number;
  /** Whether the end of the chain is a row of it too, behind the cells. */
  readonly ends: boolean;
  readonly rows: number;
  readonly records: Uint32Array;
}
export const BOUNDARY_WORDS = 8;

export interface Trace {
  readonly chips: Readonly<Record<ChipName, ChipTrace>>;
  readonly refresh: RefreshTrace;
  readonly boundary: BoundaryTrace;
  /** Public words consumed and produced, in order. */
  readonly publicInputs: readonly bigint[];
  readonly publicOutputs: readonly bigint[];
  readonly status: bigint;
  /** Executed WebAssembly instructions. */
  readonly instructions: number;
}
