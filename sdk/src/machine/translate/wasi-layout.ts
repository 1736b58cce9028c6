/** The cells of the streams of WASI. */
import type { Module } from '../../wasm/types.ts';

export const WASI_MODULE = 'wasi_snapshot_preview1';

/** Cells of the streams, outside of the guest's memory: keys. */
export interface WasiLayout {
  /** Standard output: bytes that do not fill a word yet, low first; bytes written in all. */
  readonly output: { readonly word: number; readonly total: number };
  readonly publicInput: StreamCells;
  readonly privateInput: StreamCells;
  /** The module imports `fd_write`, so its runs end with the last word and the length. */
  readonly writes: boolean;
  /** It imports `fd_read`. */
  readonly reads: boolean;
}

export interface StreamCells {
  /** Bytes of the last word that nobody has taken, low first. */
  readonly word: number;
  /** Bytes after those. */
  readonly left: number;
  /** 0 until the length was read, then 1 + the number of bytes in `word`. */
  readonly state: number;
}

/** A list of strings in cells that no instruction of the guest names, each with the zero byte behind it, four bytes to a cell. */
export interface StringCells {
  /** Of the first one. */
  readonly key: number;
  /** Cells that hold how many strings there are, and how many bytes. */
  readonly count: number;
  readonly bytes: number;
}

/** Cells for the bytes of a list of strings: 2^18 bytes. They are one row of the image. */
export const STRING_CELLS: number = 1 << 16;

/** Keys of the first cells of what read-only files are kept in (docs/wasi.md, Files). */
export interface FileCells {
  /** Round constants of SHA-256. */
  readonly constants: number;
  /** By file: eight words of the digest each; the first cell of its content; 1 + its bytes, 0 before it was read. */
  readonly digests: number;
  readonly starts: number;
  readonly sizes: number;
  /** By open file: 1 + the number of the file; halves of the position. */
  readonly open: number;
  readonly low: number;
  readonly high: number;
  /** The path that was asked for, a byte to a cell. */
  readonly path: number;
  /** Bytes of all files, four to a cell. */
  readonly content: number;
  /** The cell that holds how many of `content` are taken. */
  readonly used: number;
}

/** Of what {@link FileCells} names, how many cells; at most so many files, so many open at once, 16 MiB of content. */
export const MAX_FILES = 256;
export const FILE_CELLS: Readonly<Record<Exclude<keyof FileCells, 'used'>, number>> = {
  constants: 64,
  digests: 8 * MAX_FILES,
  starts: MAX_FILES,
  sizes: MAX_FILES,
  open: 64,
  low: 64,
  high: 64,
  path: 1 << 12,
  content: 1 << 22,
};

/** Cells that {@link wasiLayout} takes. */
export const WASI_CELLS = 8;

/** The cells from `first` on, if the module imports anything of WASI. */
export function wasiLayout(module: Module, first: number): WasiLayout | undefined {
  const names = new Set(
    module.imports.filter((entry) => entry.module === WASI_MODULE).map(({ name }) => name),
  );
  if (names.size === 0) return undefined;
  const stream = (at: number): StreamCells => ({ word: at, left: at + 1, state: at + 2 });
  return {
    output: { word: first, total: first + 1 },
    publicInput: stream(first + 2),
    privateInput: stream(first + 5),
    writes: names.has('fd_write'),
    reads: names.has('fd_read'),
  };
}
