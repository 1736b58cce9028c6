/** Tampered inner proofs before a program that verifies them, a join or a wrap. Nothing is proven. */
import assert from 'node:assert/strict';
import { negateG1 } from '../../../sdk/src/curve/g1.ts';
import { G2_GENERATOR } from '../../../sdk/src/curve/g2.ts';
import { pairingProductIsOne } from '../../../sdk/src/curve/pairing.ts';
import { schedule } from '../../../sdk/src/plonk/declare/schedule.ts';
import type { VerifyingKey } from '../../../sdk/src/plonk/keys/key.ts';
import type { Pair } from '../../../sdk/src/plonk/verify/pair.ts';
import { deferRecursive, verifyRecursive } from '../../../sdk/src/plonk/verify/verifier.ts';
import type { Program, ProgramInputs } from '../../../sdk/src/recursion/program.ts';
import type { InnerProof } from '../../../sdk/src/recursion/verifier/parts.ts';
import { verdictOf } from '../../lib/verdict.ts';
import { endOf } from './end.ts';
import { countsOf, PLACES, tamperedProofs } from './tampered.ts';

export interface Judged {
  readonly inner: VerifyingKey;
  readonly honest: InnerProof;
  readonly program: Program;
  /** What the program is run on for a proof in the place of the honest one. @param pair what it comes to natively; undefined where it is refused */
  readonly inputs: (proof: Uint8Array, pair?: Pair) => ProgramInputs;
  /** What a join or a wrap of the proof comes to natively. */
  readonly pair: (proof: Uint8Array) => Pair;
  /** Takes one of so many changes. */
  readonly every: number;
}

/**
 * The program ends where the native verifier refuses the proof. It does not read what the proof says of run and place, since it puts that itself: there it is run on the same inputs, so that
 * nothing is claimed but what is true.
 * @returns counts by codes
 */
export function judgeTampered({ inner, honest, program, inputs, pair, every }: Judged): string {
  const text = (given: ProgramInputs): string =>
    JSON.stringify(given, (_name, value: unknown) => (typeof value === 'bigint' ? `${value}` : value));
  const plain = text(inputs(honest.proof, pair(honest.proof)));
  const codes: string[] = [];
  for (const { name, label, proof } of tamperedProofs(honest.proof, schedule(inner.shape), { every })) {
    const part = { program: honest.program, proof };
    const code = verdictOf(() => deferRecursive({ key: inner, ...part }));
    const made = code === 'accepted' ? pair(proof) : undefined;
    const given = inputs(proof, made);
    if (text(given) === plain) {
      assert.match(label, /^message /, name);
      assert.equal(code, 'PROOF_IDENTITY', name);
      codes.push('of what the program puts itself');
      continue;
    }
    const place = endOf(program, given).split('/');
    // A wrap draws the challenges of the run from count and root.
    const allowed = label.startsWith('message ') ? ['challenges of the run'] : [];
    assert.ok(
      [PLACES[code]!, ...allowed].some((one) => place.includes(one)),
      `${name}: ${code}, ${place.join('/')}`,
    );
    codes.push(code);
    if (made === undefined) continue;
    assert.equal(label, "W'", name);
    assert.ok(!pairs(inner, made), `${name}: a tampered proof that pairs`);
    assert.equal(
      verdictOf(() => verifyRecursive({ key: inner, ...part })),
      'PROOF_PAIRING',
      name,
    );
  }
  return `${codes.length} tampered proofs: ${countsOf(codes)}`;
}

export const pairs = ({ tau2 }: VerifyingKey, { first, second }: Pair): boolean =>
  pairingProductIsOne([
    [first, G2_GENERATOR],
    [negateG1(second), tau2],
  ]);
