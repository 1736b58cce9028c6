/** The corpus of tampered proofs for programs that verify them: each item of a proof changed, by kinds of change that the encoding allows. */
import { bytesToNumberBE, numberToBytesBE } from '@noble/curves/utils.js';
import { addG1, decodeG1, encodeG1, G1_GENERATOR, negateG1 } from '../../../sdk/src/curve/g1.ts';
import { Fr } from '../../../sdk/src/field/field.ts';
import { type Schedule, SELECTOR_BYTES } from '../../../sdk/src/plonk/declare/schedule.ts';
import { placesOf } from '../../soundness/lib/corpus.ts';

export interface Tampered {
  /** Of the item. */
  readonly label: string;
  readonly name: string;
  readonly proof: Uint8Array;
}

/**
 * Every scalar plus one, negated and zero; every point negated, moved by the generator and exchanged with the next one; every height one of `logs`. All are
 * encodings of a proof, so that only what they say is wrong.
 * @param every takes one of so many changes, beginning with the first, and all of the opening, on which little depends
 */
export function tamperedProofs(
  proof: Uint8Array,
  plan: Schedule,
  { logs = [], every = 1 }: { readonly logs?: readonly number[]; readonly every?: number } = {},
): Tampered[] {
  const cases: Tampered[] = [];
  const put = (label: string, name: string, at: number, bytes: Uint8Array): void => {
    const copy = proof.slice();
    copy.set(bytes, at);
    if (!Buffer.from(copy).equals(proof)) cases.push({ label, name: `${label} ${name}`, proof: copy });
  };
  const places = placesOf(plan);
  const points = places.filter(({ kind }) => kind === 'point');
  for (const { label, kind, at } of places) {
    if (kind === 'heights') {
      plan.heights.forEach((_, i) => {
        for (const log of logs) put(label, `${i} is ${log}`, SELECTOR_BYTES + i, Uint8Array.of(log));
      });
    } else if (kind === 'scalar') {
      const value = bytesToNumberBE(proof.subarray(at, at + 32));
      const scalar = (name: string, other: bigint): void => put(label, name, at, numberToBytesBE(other, 32));
      scalar('and one', Fr.add(value, 1n));
      scalar('negated', Fr.neg(value));
      scalar('zero', 0n);
    } else {
      const bytes = proof.subarray(at, at + 64);
      const point = decodeG1(bytes, { where: label, infinity: 'reject' });
      put(label, 'negated', at, encodeG1(negateG1(point)));
      put(label, 'and the generator', at, encodeG1(addG1(point, G1_GENERATOR)));
      const next = points[points.findIndex((place) => place.at === at) + 1];
      if (next === undefined) continue;
      const copy = proof.slice();
      copy.set(proof.subarray(next.at, next.at + 64), at);
      copy.set(bytes, next.at);
      cases.push({ label, name: `${label} and ${next.label} exchanged`, proof: copy });
    }
  }
  const opening = places.slice(-3).map(({ label }) => label);
  return cases.filter(({ label }, i) => i % every === 0 || opening.includes(label));
}

/** Where a program ends that is run on a proof which the native verifier refuses by this code, or leaves to its pairing (`accepted`). */
export const PLACES: Readonly<Record<string, string>> = {
  PROOF_IDENTITY: 'identity',
  PROOF_INVERSE: 'openings',
  accepted: 'holds',
};

/** `3 PROOF_IDENTITY, 1 accepted` */
export const countsOf = (codes: readonly string[]): string =>
  [...new Set(codes)].map((code) => `${codes.filter((one) => one === code).length} ${code}`).join(', ');
