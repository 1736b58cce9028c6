/** The verifier as a program: evaluated on proofs of the toy it ends where the native verifier does, and fails where that refuses. */
import assert from 'node:assert/strict';
import { addG1, G1_GENERATOR, negateG1 } from '../../sdk/src/curve/g1.ts';
import { G2_GENERATOR } from '../../sdk/src/curve/g2.ts';
import { pairingProductIsOne } from '../../sdk/src/curve/pairing.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import type { ProgramKey, VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { runChallenges, verifyingKeys } from '../../sdk/src/plonk/verify/run.ts';
import { openShard } from '../../sdk/src/plonk/verify/verifier.ts';
import { evaluate } from '../../sdk/src/recursion/evaluate.ts';
import type { Program, ProgramInputs } from '../../sdk/src/recursion/program.ts';
import { claimOf, type WrapClaim, wrapInputs, wrapProgram } from '../../sdk/src/recursion/verifier/wrap.ts';
import { verdictOf } from '../lib/verdict.ts';
import { DEFAULT_PLAN, makeToyKeys, proveToyRun, type ToyKeys, wholeCells } from '../plonk/toy-run.ts';
import { figure } from '../soundness/lib/report.ts';
import { countsOf, PLACES, tamperedProofs } from './lib/tampered.ts';

/** log2 of N: the table has 2^5 rows. */
const RANGE = { least: 5, most: 7 };

describe('the verifier as a program', () => {
  const { statement } = DEFAULT_PLAN;
  let keys: ToyKeys;
  let key: VerifyingKey;
  let image: ProgramKey;
  let program: Program;
  let proof: Uint8Array;
  let claim: WrapClaim;
  let honest: ProgramInputs;
  before(async () => {
    keys = await makeToyKeys({ transcript: 'poseidon2' });
    key = verifyingKeys(keys).whole!;
    image = keys.program.key;
    [proof] = (await proveToyRun(keys, wholeCells())).proofs as [Uint8Array];
    program = wrapProgram(key, RANGE);
    claim = claimOf(key, { program: image, statement, proof });
    honest = wrapInputs(key, RANGE, { claim, proof });
  });

  /** Where the program ends: `holds`, or the scope of the operation that does not. */
  const end = (inputs: ProgramInputs): string => {
    try {
      evaluate(program, inputs);
      return 'holds';
    } catch (error) {
      if (!isWattestError(error, 'WITNESS_INVALID')) throw error;
      return error.where!.replace(/^operation \d+, /, '').split('/')[0]!;
    }
  };
  const pairs = ({ pair: { first, second } }: WrapClaim): boolean =>
    pairingProductIsOne([
      [first, G2_GENERATOR],
      [negateG1(second), key.tau2],
    ]);

  it('ends with the pair of the native verifier, which pairs', () => {
    assert.equal(end(honest), 'holds');
    assert.ok(pairs(claim));
  });

  it('at every height that the program allows, and at no other', async () => {
    const allowed: Record<string, number>[] = [
      { squares: 6 },
      { io: 6, squares: 5 },
      { squares: 7, exit: 6 },
      { exit: 5 },
    ];
    for (const logs of allowed) {
      const [tall] = (await proveToyRun(keys, wholeCells(), statement, { logs: [logs] })).proofs as [
        Uint8Array,
      ];
      const own = claimOf(key, { program: image, statement, proof: tall });
      assert.equal(end(wrapInputs(key, RANGE, { claim: own, proof: tall })), 'holds', JSON.stringify(logs));
      const narrow = { least: 5, most: 5 };
      if (Object.values(logs).some((log) => log > 5)) {
        assert.throws(() => wrapInputs(key, narrow, { claim: own, proof: tall }), RangeError);
      }
    }
  });

  it('a commitment at infinity is refused by name', () => {
    const commitments = image.commitments.map(() => null);
    const of = { ...claim, program: { ...image, commitments } };
    assert.throws(
      () => wrapInputs(key, RANGE, { claim: of, proof }),
      (error) => isWattestError(error, 'KEY_INVALID') && error.where === 'program key',
    );
  });

  it('every element of the public vector counts', () => {
    honest.publics.forEach((value, i) => {
      assert.notEqual(
        end({ ...honest, publics: honest.publics.with(i, Fr.add(value, 1n)) }),
        'holds',
        `element ${i}`,
      );
    });
  });

  it('every element and every point of the proof counts', () => {
    honest.elements.forEach((value, i) => {
      for (const other of [Fr.add(value, 1n), Fr.neg(value), 0n]) {
        if (other === value) continue;
        assert.notEqual(end({ ...honest, elements: honest.elements.with(i, other) }), 'holds', `${i}`);
      }
    });
    honest.points.forEach((point, i) => {
      const { x, y } = point;
      const others = [negateG1(point)!, addG1(point, G1_GENERATOR)!, { x: x + 1n, y }, { x: y, y: x }];
      for (const other of [...others, { x: 0n, y: 0n }]) {
        assert.notEqual(end({ ...honest, points: honest.points.with(i, other) }), 'holds', `point ${i}`);
      }
    });
  });

  it('bits of heights: none set, two, no bits, another chip, another N', () => {
    // Two for N, then for each chip those above its least height: squares, io, exit, image.
    const count = honest.elements.length - schedule(key.shape).values.count - 2;
    assert.equal(count, 2 + 3 + 2 + 2 + 2);
    const bits = honest.elements.slice(0, count);
    const refused = (changed: readonly bigint[], name: string): void => {
      const elements = [...changed, ...honest.elements.slice(count)];
      assert.notEqual(end({ ...honest, elements }), 'holds', name);
    };
    for (let i = 0; i < count; i++) {
      for (const value of [0n, 1n, 2n, FR_MODULUS - 1n]) {
        if (value !== bits[i]) refused(bits.with(i, value), `bit ${i} is ${value}`);
        for (let k = 0; k < i; k++) {
          const both = bits.with(i, value).with(k, Fr.sub(1n, value));
          if (both.join() !== bits.join()) refused(both, `bits ${k}, ${i}: ${value}`);
        }
      }
    }
  });

  /** The claim that a prover can make of a tampered proof; undefined where the native verifier refuses it before any challenge. */
  function claimed(tampered: Uint8Array): WrapClaim | undefined {
    try {
      const { leaf } = openShard(key, image, 0, tampered);
      const challenges = runChallenges({ hash: 'poseidon2', leaves: [leaf], program: image, statement });
      return { ...claim, ...challenges, sum: Fr.from(BigInt(`0x${hexAt(tampered, sumAt())}`)) };
    } catch (error) {
      if (!isWattestError(error)) throw error;
      return undefined;
    }
  }
  const hexAt = (bytes: Uint8Array, at: number): string =>
    Buffer.from(bytes.subarray(at, at + 32)).toString('hex');
  const sumAt = (): number =>
    36 + 64 * schedule(key.shape).packs.filter(({ stage }) => stage === 'main').length;

  it('refuses every tampered proof that the native verifier refuses, in the same place; what is left to the pairing does not pair', () => {
    const codes: string[] = [];
    const cases = tamperedProofs(proof, schedule(key.shape), { logs: [5, 6, 7] });
    for (const { label, name, proof: tampered } of cases) {
      const own = claimed(tampered);
      let exact: WrapClaim | undefined;
      const code = verdictOf(() => {
        exact = claimOf(key, { program: image, statement, proof: tampered });
      });
      codes.push(code);
      if (own === undefined) {
        assert.equal(code, 'PROOF_HEIGHTS', name);
        assert.throws(() => wrapInputs(key, RANGE, { claim, proof: tampered }), RangeError, name);
        continue;
      }
      const place = end(wrapInputs(key, RANGE, { claim: exact ?? own, proof: tampered }));
      assert.equal(place, PLACES[code], `${name}: ${code}`);
      if (exact === undefined) continue;
      assert.ok(!pairs(exact), `${name}: a tampered proof that pairs`);
      // Only what no challenge depends on is left to the pairing.
      assert.equal(label, "W'", name);
    }
    figure(`${cases.length} tampered proofs of the toy, natively and as a program: ${countsOf(codes)}`);
    const { length } = codes.filter((code) => code === 'accepted');
    assert.equal(length, 2);
    assert.ok(codes.filter((code) => code === 'PROOF_IDENTITY').length > 100, countsOf(codes));
    assert.ok(codes.filter((code) => code === 'PROOF_INVERSE').length >= 4, countsOf(codes));
  });

  it('another key, program key or statement is refused', async () => {
    const other = await makeToyKeys({ transcript: 'poseidon2', entry: 78n });
    const claims: WrapClaim[] = [
      { ...claim, program: other.program.key },
      { ...claim, program: { ...image, log: 5 } },
      { ...claim, statement: [claim.statement[0], claim.statement[1] + 1n] },
      { ...claim, statement: [claim.statement[1], claim.statement[0]] },
    ];
    for (const given of claims) {
      assert.notEqual(end(wrapInputs(key, RANGE, { claim: given, proof })), 'holds');
    }
    // A proof under the key of another machine, verified by the program of this one.
    const weak = { ...key, digest: `0x${'12'.repeat(32)}` as const };
    assert.throws(
      () => evaluate(wrapProgram(weak, RANGE), honest),
      (error) => isWattestError(error, 'WITNESS_INVALID'),
    );
    const { body, closing } = verifyingKeys(keys);
    for (const alone of [keys.toy.key.key, { ...key, shape: { ...key.shape, bus: 'closed' as const } }]) {
      assert.throws(() => wrapProgram(alone, RANGE), RangeError);
    }
    // Not a whole run: the program of its key does not fit the proof.
    assert.notEqual(wrapProgram(closing, RANGE).inputs.elements, program.inputs.elements);
    assert.notEqual(wrapProgram(body, RANGE).inputs.elements, program.inputs.elements);
  });
});
