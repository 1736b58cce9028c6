/**
 * Commitments to columns that are the same in every run, kept beside the points they were computed with: tables of a key, images of
 * programs. With them keys and program ids need neither points nor kernels. What is found is as trustworthy as those points are:
 * the digests tell accidents, not somebody who can write to the store (see docs/srs.md).
 */
import { bytesToHex, hexToBytes } from '@noble/curves/utils.js';
import { decodeG1, encodeG1, type G1Point } from '../curve/g1.ts';
import type { BlobStore } from '../platform/storage.ts';
import { sha256 } from './srs-file.ts';
import type { SrsOptions } from './srs-options.ts';

export interface CommitmentCache {
  /** The commitment to what has this digest, if it was kept. */
  get(digest: string): Promise<G1Point | undefined>;
  /** Keeps it for the next time, if the store lets us. */
  put(digest: string, commitment: G1Point): Promise<void>;
  /** The same for commitments that belong together, with what else there is to them: bytes, and how they are read (anything thrown: unusable). */
  find<T>(digest: string, decode: (bytes: Uint8Array) => T): Promise<T | undefined>;
  keep(digest: string, bytes: Uint8Array): Promise<void>;
}

export const COMMITMENT_FILE = 'commitments.json';
/** The newest are kept: a file of some 80 KiB. */
export const MOST_COMMITMENTS = 512;
const FORMAT = 'wattest-commitments-1';

/** Digest of what is committed to: parts behind their lengths, so that no two lists run together. */
export async function commitmentDigest(parts: readonly Uint8Array[]): Promise<string> {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + 4 + part.length, 0));
  const view = new DataView(out.buffer);
  let at = 0;
  for (const part of parts) {
    view.setUint32(at, part.length);
    out.set(part, at + 4);
    at += 4 + part.length;
  }
  return bytesToHex(await sha256(out));
}

/** The commitments that a store keeps, in one file. Without a store: undefined. */
export function commitmentCache({
  store,
  onWarning = console.warn,
}: SrsOptions): CommitmentCache | undefined {
  if (store === undefined) return undefined;
  let entries: Promise<Map<string, string>> | undefined;
  let writable = true;
  const unusable = (error: unknown): void => {
    const why = (error as { code?: string }).code ?? (error as Error).message;
    onWarning(
      `wattest: cached ${COMMITMENT_FILE} in ${store.location} is unusable (${why}); it is made again`,
    );
  };
  const loaded = (): Promise<Map<string, string>> => {
    entries ??= readEntries(store).catch((error: unknown) => {
      unusable(error);
      return new Map<string, string>();
    });
    return entries;
  };
  const find = async <T>(digest: string, decode: (bytes: Uint8Array) => T): Promise<T | undefined> => {
    const known = await loaded();
    const encoded = known.get(digest);
    if (encoded === undefined) return undefined;
    try {
      return decode(hexToBytes(encoded));
    } catch (error) {
      unusable(error);
      known.delete(digest);
      return undefined;
    }
  };
  const keep = async (digest: string, bytes: Uint8Array): Promise<void> => {
    const known = await loaded();
    known.delete(digest);
    known.set(digest, bytesToHex(bytes));
    if (!writable) return;
    try {
      // Of what another process adds meanwhile some may be lost: it is computed again.
      await store.write(COMMITMENT_FILE, [await encode([...known].slice(-MOST_COMMITMENTS))]);
    } catch {
      // Points could not be written either, and that was told (`srs-cache.ts`).
      writable = false;
    }
  };
  return {
    get: (digest) => find(digest, (bytes) => decodeG1(bytes, { where: COMMITMENT_FILE, infinity: 'allow' })),
    put: (digest, commitment) => keep(digest, encodeG1(commitment)),
    find,
    keep,
  };
}

const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

async function encode(entries: readonly (readonly [string, string])[]): Promise<Uint8Array> {
  return bytesOf({ format: FORMAT, check: bytesToHex(await sha256(bytesOf(entries))), entries });
}

async function readEntries(store: BlobStore): Promise<Map<string, string>> {
  const source = await store.open(COMMITMENT_FILE);
  if (source === undefined) return new Map();
  let text: string;
  try {
    text = new TextDecoder().decode(await source.read(0, source.size));
  } finally {
    await source.close();
  }
  const { format, check, entries } = JSON.parse(text) as Record<string, unknown>;
  if (format !== FORMAT || check !== bytesToHex(await sha256(bytesOf(entries)))) {
    throw new Error('its digest does not match');
  }
  return new Map(entries as readonly (readonly [string, string])[]);
}
