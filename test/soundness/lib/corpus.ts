/** Bent encodings of a proof, each with the refusal it must get: for the TypeScript verifier and for the contract. */
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import type { ErrorCode } from '../../../sdk/src/errors/index.ts';
import { FQ_MODULUS, FR_MODULUS } from '../../../sdk/src/field/field.ts';
import { ITEM_BYTES, type Schedule, SELECTOR_BYTES } from '../../../sdk/src/plonk/declare/schedule.ts';

export interface Bent {
  readonly name: string;
  readonly proof: Uint8Array;
  readonly code: ErrorCode;
}

interface Placed {
  readonly label: string;
  readonly kind: 'heights' | 'point' | 'scalar';
  readonly at: number;
}

/** Where the items of a proof lie. */
export function placesOf(schedule: Schedule): Placed[] {
  let at = SELECTOR_BYTES;
  return schedule.rounds
    .flatMap((round) => round.items)
    .filter((item) => item.from === 'proof')
    .map(({ label, kind }) => {
      const place = { label, kind: kind as Placed['kind'], at };
      at += ITEM_BYTES[place.kind];
      return place;
    });
}

/** Lengths, every scalar plus r, every coordinate plus p, every point off the curve, at infinity and at its aliases. */
export function bentEncodings(proof: Uint8Array, schedule: Schedule): Bent[] {
  const bent: Bent[] = [];
  const word = (at: number): bigint => bytesToNumberBE(proof.subarray(at, at + 32));
  const put = (name: string, code: ErrorCode, ...words: (readonly [at: number, value: bigint])[]): void => {
    const copy = proof.slice();
    for (const [at, value] of words) copy.set(numberToBytesBE(value, 32), at);
    bent.push({ name, proof: copy, code });
  };
  for (const change of [-32, -1, 1, 32]) {
    const other = new Uint8Array(proof.length + change);
    other.set(proof.subarray(0, other.length));
    bent.push({ name: `${change} bytes`, proof: other, code: 'PROOF_LENGTH' });
  }
  for (const { label, kind, at } of placesOf(schedule)) {
    if (kind === 'scalar') {
      put(`${label} + r`, 'PROOF_SCALAR', [at, word(at) + FR_MODULUS]);
      put(`${label} = 2^256 − 1`, 'PROOF_SCALAR', [at, 2n ** 256n - 1n]);
      continue;
    }
    if (kind === 'heights') {
      put(`${label} with a byte behind`, 'PROOF_HEIGHTS', [at, word(at) + 1n]);
      continue;
    }
    const [x, y] = [word(at), word(at + 32)];
    put(`x of ${label} + p`, 'PROOF_POINT', [at, x + FQ_MODULUS]);
    put(`y of ${label} + p`, 'PROOF_POINT', [at + 32, y + FQ_MODULUS]);
    put(`${label} off the curve`, 'PROOF_POINT', [at + 32, (y + 1n) % FQ_MODULUS]);
    put(`${label} at infinity`, 'PROOF_POINT', [at, 0n], [at + 32, 0n]);
    put(`${label} at (p, p)`, 'PROOF_POINT', [at, FQ_MODULUS], [at + 32, FQ_MODULUS]);
    put(`${label} at (0, p)`, 'PROOF_POINT', [at, 0n], [at + 32, FQ_MODULUS]);
  }
  return bent;
}

/** The proof with one bit of a byte flipped. */
export function flipped(proof: Uint8Array, at: number): Uint8Array {
  const copy = proof.slice();
  copy[at]! ^= 1 << (at % 8);
  return copy;
}
