/** Blinding: uniform field elements from the platform's cryptographic randomness. */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { Fr } from '../../field/field.ts';
import { ByteWriter } from '../../transcript/encode.ts';

/** `count` random bytes. */
export type RandomBytes = (count: number) => Uint8Array;

export const platformRandom: RandomBytes = (count) => crypto.getRandomValues(new Uint8Array(count));

/**
 * Bytes that follow from a seed by HKDF-SHA256 (RFC 5869): the same for the same parts of `info` and, call by call, the same number of calls.
 * Whoever knows the seed knows them.
 */
export function seededRandom(seed: Uint8Array, label: string, ...info: readonly Uint8Array[]): RandomBytes {
  const key = extract(sha256, seed);
  let calls = 0;
  return (count) => {
    const out = new ByteWriter().text(label).u32(calls++);
    return expand(sha256, key, out.list(info, (part) => out.u32(part.length).bytes(part)).done(), count);
  };
}

/** 384 bits reduced mod r: within 2^-129 of uniform. */
const WIDE_BYTES = 48;

export function randomScalars(random: RandomBytes, count: number): bigint[] {
  return Array.from({ length: count }, () => Fr.from(bytesToNumberBE(random(WIDE_BYTES))));
}
