/** Blinding: uniform field elements from the platform's cryptographic randomness. */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { Fr } from '../../field/field.ts';

/** `count` random bytes. */
export type RandomBytes = (count: number) => Uint8Array;

export const platformRandom: RandomBytes = (count) => crypto.getRandomValues(new Uint8Array(count));

/** 384 bits reduced mod r: within 2^-129 of uniform. */
const WIDE_BYTES = 48;

export function randomScalars(random: RandomBytes, count: number): bigint[] {
  return Array.from({ length: count }, () => Fr.from(bytesToNumberBE(random(WIDE_BYTES))));
}
