/**
 * The one address space of everything mutable: 32-bit keys, one cell per key. Linear-memory cells hold 4 bytes
 * (below 2^32), all others a canonical 64-bit value.
 */

/** Machine cells: counters of the shims. */
export const INPUT_COUNTER = 1;
export const OUTPUT_COUNTER = 2;
/** Current size of the linear memory in pages. */
export const PAGES = 3;
/** Globals of the module: key `GLOBALS + index`; behind them sizes of tables and lengths of segments that change. */
export const GLOBALS = 0x100;
/** Elements of tables, then words of passive segments (laid out by the translator). */
export const TABLES = 0x0200_0000;
/** Frame slots: the first frame pointer, and the end of the stack (exclusive). */
export const STACK = 0x1000_0000;
export const STACK_SLOTS: number = 1 << 20;
export const STACK_END: number = STACK + STACK_SLOTS;
/** No frame is larger. `call` proves `STACK_END − (fp + Δ + MAX_FRAME) ∈ [0, 2^32)`. */
export const MAX_FRAME: number = 1 << 16;
/** Linear memory: byte address `ea` lies in cell `MEMORY + floor(ea / 4)`. Keys end at 2^31 + 2^30. */
export const MEMORY = 0x8000_0000;
export const PAGE_BYTES = 65536;
/** No memory is larger, whatever its module declares: `memory.grow` fails there. */
export const MAX_PAGES = 4096;
/**
 * A static offset of a load or store is below this, which is out of bounds for every memory: effective addresses stay below
 * 2^32 + 2^28 and their cells below CHAIN_END, which is a cell of every image.
 */
export const MAX_OFFSET: number = MAX_PAGES * PAGE_BYTES;
export const CELLS_PER_PAGE: number = PAGE_BYTES / 4;

/** Sentinels of the chain of keys: below and above all keys. */
export const CHAIN_START = 0;
export const CHAIN_END = 0xffff_ffff;

/** Time of the first access; cells that the image supplies may be opened at any time before. */
export const FIRST_TIMESTAMP = 1;
/** An access must lie at most this far behind the one before it (`ts − ts' − 1` is one 16-bit limb). */
export const MAX_GAP = 65536;
/** A ZERO region has at most this many cells (`hi − key` and `key − lo` are 16-bit limbs). */
export const MAX_REGION = 65536;
