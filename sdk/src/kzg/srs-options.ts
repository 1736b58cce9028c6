import type { BlobStore } from '../platform/storage.ts';

/** How points are kept, and who hears of it. */
export interface SrsOptions {
  /** Where derived points are kept; without one they live in memory only. */
  readonly store?: BlobStore;
  /** Receives one line where a cached file is unusable or cannot be written; default `console.warn`. */
  readonly onWarning?: (message: string) => void;
  /** Called while points are computed (not while they are loaded): `done` of `total` points of `what`. */
  readonly onProgress?: (event: SrsProgress) => void;
}

export interface SrsProgress {
  readonly what: string;
  readonly done: number;
  readonly total: number;
}
