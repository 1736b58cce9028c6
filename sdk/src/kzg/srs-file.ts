/**
 * The file of a structured reference string or of a basis derived from it. All integers are 32-bit little-endian:
 *
 * | at | bytes | |
 * |---|---|---|
 * | 0 | 8 | magic `wattest\0` |
 * | 8 | 4 | version, 1 |
 * | 12 | 4 | kind: 1 monomial `[τ^i]_1`, 2 evaluation basis |
 * | 16 | 4 | 1 where insecure (a development SRS), else 0 |
 * | 20 | 12 | packing factor `t`, height `n` (0, 0 for monomial), points in the payload |
 * | 32 | 4 | powers `D` of the whole SRS |
 * | 36 | 4 | points per chunk |
 * | 40 | 4 | bytes of provenance |
 * | 44 | 32 | digest of the SRS |
 * | 76 | 128 | `[τ]_2` |
 * | 204 | 160 | provenance, UTF-8, zero padded |
 * | 364 | 32 each | SHA-256 of each chunk of the payload |
 * | … | 32 | SHA-256 of everything before |
 * | … | 64 each | points: x, y, canonical little-endian; all zero for infinity |
 *
 * Chunks have their own digests so that a prefix can be read and still be checked. Digests catch accidents
 * and files of another SRS, not someone who can write to the folder.
 */
import { bytesToHex, hexToBytes } from '@noble/curves/utils.js';
import { sha256 as portableSha256 } from '@noble/hashes/sha2.js';
import { decodeG2, encodeG2, type G2Point } from '../curve/g2.ts';
import { fail, isWattestError } from '../errors/index.ts';
import type { ByteSource } from '../platform/storage.ts';

/** Bytes of a point in the payload. */
export const POINT_BYTES = 64;

export interface SrsFileHeader {
  readonly kind: 'monomial' | 'evaluation';
  readonly insecure: boolean;
  /** Packing factor and height; 0 for monomial. */
  readonly t: number;
  readonly height: number;
  /** Points in the payload. */
  readonly count: number;
  /** Powers of the whole SRS. */
  readonly size: number;
  /** 64 hexadecimal digits. */
  readonly digest: string;
  readonly tauG2: NonNullable<G2Point>;
  readonly provenance: string;
}

export interface SrsFile {
  readonly header: SrsFileHeader;
  /** The bytes of `count` points from `first`, checked against their digests. */
  points(first: number, count: number): Promise<Uint8Array>;
  /** The same in pieces of at most 1 MB, each checked before it is given. */
  pieces(first: number, count: number): AsyncIterable<Uint8Array>;
  /** Reads the first `count` points, a chunk at a time, for the check alone. */
  check(count: number): Promise<void>;
}

const MAGIC = new TextEncoder().encode('wattest\0');
const VERSION = 1;
const KINDS = ['monomial', 'evaluation'] as const;
const CHUNK_POINTS = 1 << 14;
const PROVENANCE_BYTES = 160;
const TABLE_AT = 204 + PROVENANCE_BYTES;
const MAX_POINTS = 1 << 28;

/** The parts of a file, in order. `payload` holds `header.count` points. */
export async function encodeSrsFile(header: SrsFileHeader, payload: Uint8Array): Promise<Uint8Array[]> {
  if (payload.length !== header.count * POINT_BYTES) throw new RangeError('payload of another length');
  const chunks = chunkCount(header.count, CHUNK_POINTS);
  const head = new Uint8Array(TABLE_AT + 32 * chunks + 32);
  const view = new DataView(head.buffer);
  const provenance = new TextEncoder().encode(header.provenance).subarray(0, PROVENANCE_BYTES);
  head.set(MAGIC, 0);
  [
    VERSION,
    KINDS.indexOf(header.kind) + 1,
    header.insecure ? 1 : 0,
    header.t,
    header.height,
    header.count,
    header.size,
    CHUNK_POINTS,
    provenance.length,
  ].forEach((value, i) => {
    view.setUint32(8 + 4 * i, value, true);
  });
  head.set(hexToBytes(header.digest), 44);
  head.set(encodeG2(header.tauG2), 76);
  head.set(provenance, 204);
  const step = CHUNK_POINTS * POINT_BYTES;
  for (let i = 0; i < chunks; i++) {
    head.set(await sha256(payload.subarray(i * step, (i + 1) * step)), TABLE_AT + 32 * i);
  }
  head.set(await sha256(head.subarray(0, head.length - 32)), head.length - 32);
  return [head, payload];
}

/** Reads and checks a header; `SRS_MALFORMED` for anything that is not a whole file of this version. */
export async function openSrsFile(source: ByteSource): Promise<SrsFile> {
  const malformed = (problem: string): never =>
    fail('SRS_MALFORMED', problem, {
      where: source.name,
      fix: 'The file is corrupt or of another version; delete it, it is made again',
    });
  if (source.size < TABLE_AT + 32) malformed('too short for an SRS file');
  const fixed = await source.read(0, TABLE_AT);
  if (!MAGIC.every((byte, i) => fixed[i] === byte)) malformed('not an SRS file');
  const view = new DataView(fixed.buffer, fixed.byteOffset);
  const [version, kind, insecure, t, height, count, size, chunkPoints, provenanceBytes] = Array.from(
    { length: 9 },
    (_, i) => view.getUint32(8 + 4 * i, true),
  ) as [number, number, number, number, number, number, number, number, number];
  if (version !== VERSION) malformed(`version ${version}, expected ${VERSION}`);
  if (kind < 1 || kind > KINDS.length || insecure > 1) malformed('unknown kind or flag');
  if (count > MAX_POINTS || chunkPoints < 1 || provenanceBytes > PROVENANCE_BYTES)
    malformed('impossible sizes');
  const chunks = chunkCount(count, chunkPoints);
  const payloadAt = TABLE_AT + 32 * chunks + 32;
  if (source.size !== payloadAt + count * POINT_BYTES) malformed('truncated, or bytes follow the end');
  const head = await source.read(0, payloadAt);
  const sum = await sha256(head.subarray(0, payloadAt - 32));
  if (!equal(sum, head.subarray(payloadAt - 32))) malformed('the digest of the header does not match');

  const pieces = async function* (first: number, wanted: number): AsyncGenerator<Uint8Array> {
    if (first < 0 || wanted < 0 || first + wanted > count) throw new RangeError('points beyond the payload');
    for (let i = Math.floor(first / chunkPoints); i * chunkPoints < first + wanted; i++) {
      const start = i * chunkPoints;
      const end = Math.min(start + chunkPoints, count);
      const chunk = await source.read(payloadAt + start * POINT_BYTES, (end - start) * POINT_BYTES);
      const expected = head.subarray(TABLE_AT + 32 * i, TABLE_AT + 32 * i + 32);
      if (!equal(await sha256(chunk), expected)) malformed(`the digest of chunk ${i} does not match`);
      const [from, to] = [Math.max(first, start), Math.min(first + wanted, end)];
      yield chunk.subarray((from - start) * POINT_BYTES, (to - start) * POINT_BYTES);
    }
  };
  const points = async (first: number, wanted: number): Promise<Uint8Array> => {
    const out = new Uint8Array(wanted * POINT_BYTES);
    let at = 0;
    for await (const piece of pieces(first, wanted)) {
      out.set(piece, at);
      at += piece.length;
    }
    return out;
  };
  return {
    header: {
      kind: KINDS[kind - 1] as SrsFileHeader['kind'],
      insecure: insecure === 1,
      t,
      height,
      count,
      size,
      digest: bytesToHex(head.subarray(44, 76)),
      tauG2: tauOf(head.subarray(76, 204), malformed),
      provenance: new TextDecoder().decode(head.subarray(204, 204 + provenanceBytes)),
    },
    points,
    pieces,
    check: async (wanted) => {
      for await (const _ of pieces(0, wanted));
    },
  };
}

/**
 * What identifies an SRS: its τ, by `[τ]_2`, and whether that τ is known to anyone. The number of powers is no part
 * of it, so two sizes of one SRS share derived bases.
 */
export async function srsDigest(tauG2: G2Point, insecure: boolean): Promise<string> {
  const label = new TextEncoder().encode('wattest SRS 1');
  const bytes = new Uint8Array(label.length + 1 + 128);
  bytes.set(label, 0);
  bytes[label.length] = insecure ? 1 : 0;
  bytes.set(encodeG2(tauG2), label.length + 1);
  return bytesToHex(await sha256(bytes));
}

function tauOf(bytes: Uint8Array, malformed: (problem: string) => never): NonNullable<G2Point> {
  try {
    return decodeG2(bytes, { where: '[τ]_2', infinity: 'reject' }) as NonNullable<G2Point>;
  } catch (error) {
    if (isWattestError(error)) return malformed(error.message);
    throw error;
  }
}

function chunkCount(points: number, chunkPoints: number): number {
  return Math.ceil(points / chunkPoints);
}

export async function sha256(bytes: Uint8Array): Promise<Uint8Array> {
  // Missing in pages that are no secure context, such as one of another machine without TLS.
  const subtle: SubtleCrypto | undefined = crypto.subtle;
  if (subtle === undefined) return portableSha256(bytes);
  return new Uint8Array(await subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>));
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
