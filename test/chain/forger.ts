/** What a known τ is worth: a proof of any statement of any program, without a witness. */
import { addG1, G1_GENERATOR, type G1Point, multiplyG1, negateG1 } from '../../sdk/src/curve/g1.ts';
import { evaluateProgram, scalarRing } from '../../sdk/src/expr/evaluate.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { rootOfUnity } from '../../sdk/src/field/roots.ts';
import { challengeValues } from '../../sdk/src/plonk/declare/challenges.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import {
  type Claim,
  type Modulus,
  type Pack,
  schedule,
  sendsHeights,
} from '../../sdk/src/plonk/declare/schedule.ts';
import type { ProgramKey, VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { ProofWriter } from '../../sdk/src/plonk/verify/proof.ts';
import { type Carried, publicFraction } from '../../sdk/src/plonk/verify/public-terms.ts';

const random = (): bigint =>
  Fr.from(BigInt(`0x${Buffer.from(crypto.getRandomValues(new Uint8Array(48))).toString('hex')}`));
const sum = (points: readonly G1Point[]): G1Point => points.reduce(addG1, null);

/** Cells in the order main, fixed, helper. */
export type Combine = (
  chip: number,
  cells: readonly bigint[],
  challenges: { readonly alpha: bigint; readonly beta: bigint; readonly y: bigint },
) => bigint;

const programs =
  ({ shape }: VerifyingKey): Combine =>
  (j, cells, drawn) => {
    const leaves = challengeValues(shape.challenges, drawn, Fr.mul);
    return evaluateProgram(shape.chips[j]!.program, scalarRing, cells, leaves)[0]!;
  };

/**
 * Commitments and values are random but for one value, which is solved for so that the identity holds; with τ every value has its
 * opening. Commitments of key and program are taken as they are.
 */
export function forge(parts: {
  readonly key: VerifyingKey;
  readonly program: ProgramKey;
  readonly statement: Statement;
  /** Of a recursion; its pair has to hold. */
  readonly carried?: Carried;
  readonly tau: bigint;
  /** `Σ_i y^i·c_i` of a chip at its cells; by default what the key's program computes. */
  readonly combine?: Combine;
  /** Where values come from. */
  readonly value?: () => bigint;
}): Uint8Array {
  const { key, program, statement, carried, tau, value = random } = parts;
  const { combine = programs(key) } = parts;
  const { shape } = key;
  const plan = schedule(shape);
  const writer = new ProofWriter({
    key,
    schedule: plan,
    program,
    statement,
  });

  const logs = shape.chips.map(({ height }) =>
    height.from === 'key' ? height.log : height.from === 'program' ? program.log : height.minLog,
  );
  const N = 2 ** Math.max(...logs);
  const commitments = plan.packs.map(({ commitment: { from, index } }) =>
    from === 'key'
      ? key.commitments[index]!
      : from === 'program'
        ? program.commitments[index]!
        : multiplyG1(G1_GENERATOR, random()),
  );
  const sent = (...stages: readonly Pack['stage'][]): NonNullable<G1Point>[] =>
    plan.packs
      .map((pack, i) => ({ pack, point: commitments[i]! }))
      .filter(({ pack }) => stages.includes(pack.stage) && pack.commitment.from === 'proof')
      .sort((a, b) => a.pack.commitment.index - b.pack.commitment.index)
      .map(({ point }) => point as NonNullable<G1Point>);

  writer.round('statement', [
    ...(sendsHeights(shape.recursion, plan.heights.length) ? [plan.heights.map((j) => logs[j]!)] : []),
    ...(carried === undefined ? [] : [...carried.messages, carried.pair.A, carried.pair.B]),
  ]);
  const { alpha, beta } = writer.round('main', sent('main'));
  const { y } = writer.round('helpers', sent('helper', 'phi'));
  const { z } = writer.round('quotient', sent('quotient'));

  const values = Array.from({ length: plan.values.count }, value);
  const zN = Fr.pow(z, BigInt(N));
  let left = 0n;
  let power = 1n;
  let helpers = 0n;
  shape.chips.forEach((chip, j) => {
    const n = 2 ** logs[j]!;
    // Z_N/Z_n at z
    const S = Fr.mul(Fr.sub(zN, 1n), Fr.inv(Fr.sub(Fr.pow(z, BigInt(n)), 1n)));
    const at = plan.values.chips[j]!;
    const cells = [...at.main, ...at.fixed, ...at.helper].map((i) => values[i]!);
    left = Fr.add(left, Fr.mul(Fr.mul(power, S), combine(j, cells, { alpha, beta, y })));
    power = Fr.mul(power, Fr.pow(y, BigInt(chip.constraints)));
    const total = at.helper.map((i) => values[i]!).reduce(Fr.add, 0n);
    helpers = Fr.add(helpers, Fr.mul(Fr.mul(S, Fr.mul(BigInt(n), Fr.inv(BigInt(N)))), total));
  });
  const { num, den } = publicFraction(shape.publicTerms, { program, statement, carried, alpha, beta });
  const step = Fr.sub(Fr.sub(values[plan.values.phiNext]!, values[plan.values.phi]!), helpers);
  left = Fr.add(left, Fr.mul(power, Fr.sub(Fr.mul(den, step), Fr.mul(num, Fr.inv(BigInt(N))))));
  const { quotient, phi } = plan.values;
  const others = values.slice(quotient + 1, phi).reduceRight((all, q) => Fr.mul(Fr.add(all, q), zN), 0n);
  values[quotient] = Fr.sub(Fr.mul(left, Fr.inv(Fr.sub(zN, 1n))), others);
  const { gamma } = writer.round('values', values);

  const wz = Fr.mul(rootOfUnity(N), z);
  const modulusAt = ({ t, at }: Modulus, x: bigint): bigint =>
    Fr.sub(Fr.pow(x, BigInt(t)), at === 'z' ? z : wz);
  /** `C − [r(x)]_1` times a factor. */
  const difference = ({ pack, values: { first, count } }: Claim, x: bigint, factor: bigint): G1Point => {
    const r = values.slice(first, first + count).reduceRight((all, v) => Fr.add(Fr.mul(all, x), v), 0n);
    return multiplyG1(addG1(commitments[pack]!, negateG1(multiplyG1(G1_GENERATOR, r))), factor);
  };
  const gammas = plan.claims.map((_, g) => Fr.pow(gamma, BigInt(g)));
  const W = sum(
    plan.claims.map((claim, g) => difference(claim, tau, Fr.mul(gammas[g]!, Fr.inv(modulusAt(claim, tau))))),
  );
  const { u } = writer.round('opening', [W!]);
  const inverses = plan.moduli.map((modulus) => Fr.inv(modulusAt(modulus, u)));
  const L = sum([
    ...plan.claims.map((claim, g) => difference(claim, u, Fr.mul(gammas[g]!, inverses[claim.modulus]!))),
    negateG1(W),
  ]);
  writer.round('final', [multiplyG1(L, Fr.inv(Fr.sub(tau, u)))!, inverses.reduce(Fr.mul)]);
  return writer.done();
}
