/** What of the arguments for constraints that the others imply a machine can check. */
import assert from 'node:assert/strict';
import { Fr } from '../../../sdk/src/field/field.ts';
import { isLegal } from '../../../sdk/src/machine/flags.ts';
import { imageColumns } from '../../../sdk/src/machine/image.ts';
import { INSTRUCTION_CHIPS } from '../../../sdk/src/machine/system.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import { centred } from '../../../sdk/src/plonk/check/integer-rows.ts';
import { valueAt } from '../../../sdk/src/plonk/columns/fixed.ts';
import type { Chip, Expr, Tag } from '../../../sdk/src/plonk/declare/declare.ts';
import { chipIndex, SYSTEM } from '../../machine/chips/harness.ts';
import { columnsOf, evaluate, Provided } from '../../machine/chips/rows.ts';
import { data, program, SUM } from '../lib/programs.ts';
import { asConstant, minus, type Polynomial, polynomialOf } from '../smt/polynomial.ts';
import { IMPLIED } from './implied.ts';
import { LOSSES } from './losses.ts';

const chipOf = (name: string): Chip => SYSTEM.chips[chipIndex(name)]!;
const polynomial = (e: Expr): Polynomial => polynomialOf(e, new Map(), () => true);
const of = ({ interactions }: Chip, tag: Tag, sign: 1 | -1) =>
  interactions.filter((own) => own.tags.includes(tag) && own.sign === sign);

describe('constraints that the others imply', () => {
  it('each argument is about a constraint that there is', () => {
    for (const { name, of: about } of IMPLIED) assert.ok(LOSSES.some(about), name);
  });

  it('one flow of states: a row takes its state as often as it has selectors, and sends no more and later', () => {
    const sends = SYSTEM.publicTerms.filter(({ tag }) => tag === T.STATE);
    assert.deepEqual(
      sends.map(({ sign, each }) => [sign, each]),
      [[1, undefined]],
    );
    for (const chip of SYSTEM.chips) {
      const [taken, sent] = [of(chip, T.STATE, -1), of(chip, T.STATE, 1)];
      if (!(chip.name in INSTRUCTION_CHIPS)) {
        assert.deepEqual([...taken, ...sent], [], chip.name);
        continue;
      }
      assert.deepEqual([taken.length, sent.length], [1, 1], chip.name);
      const bits = chip.main.filter(({ range }) => range === 'bit').map(({ name }) => name);
      // Sums of different bits, once each, so not negative; what is sent leaves some of them out.
      const [inwards, outwards] = [taken[0]!, sent[0]!].map(({ multiplicity }) => polynomial(multiplicity));
      for (const { coefficient, variables } of inwards!.values()) {
        assert.deepEqual([coefficient, variables.length, bits.includes(variables[0]!)], [1n, 1, true]);
      }
      for (const [key, { coefficient }] of outwards!) {
        assert.equal(coefficient, 1n, chip.name);
        assert.ok(inwards!.has(key), `${chip.name}: sends a state for ${key} and takes none`);
      }
      // A few units of time later.
      const delay = asConstant(minus(polynomial(sent[0]!.tuple[1]!), polynomial(taken[0]!.tuple[1]!)));
      assert.ok(delay !== undefined && delay >= 1n && delay <= 4n, `${chip.name}: ${delay}`);
    }
  });

  it('a second row by its state: of all opcodes only whole ones lead from a pc to a pc', () => {
    const { main, constraints, interactions } = chipOf('wide');
    const cells = (values: Readonly<Record<string, bigint>>): bigint[] =>
      main.map(({ name }) => Fr.from(values[name] ?? 0n));
    const find = (name: string) => interactions.find((own) => own.name === name)!.tuple;
    const opcodeOf = (values: Readonly<Record<string, bigint>>): bigint =>
      evaluate(find('instruction')[2]!, cells(values));
    // Images have at most 2^24 rows (`maxLog`), and states between two rows are 2^32 above them.
    const most = 1n << 24n;
    const isStep = (by: bigint): boolean => centred(by) > -most && centred(by) < most;
    const legal = Array.from({ length: 8192 }, (_, opcode) => opcode).filter((opcode) => isLegal(opcode));
    let [tried, whole] = [0, 0];
    for (const [lost, tuple] of [
      ['first', find('next state')],
      ['second', find('state')],
    ] as const) {
      for (const selector of ['div', 'rem']) {
        for (const immediate of [0n, 1n]) {
          for (const wide of [0n, 1n]) {
            const on = { [selector]: 1n, immediate, wide };
            const per = Fr.sub(opcodeOf({ ...on, [lost]: 1n }), opcodeOf(on));
            for (const opcode of legal) {
              const value = Fr.mul(Fr.sub(BigInt(opcode), opcodeOf(on)), Fr.inv(per));
              const step = evaluate(tuple[2]!, cells({ ...on, [lost]: value }));
              tried++;
              // From any pc below 2^24 to another, or to one between two rows.
              if (!isStep(step) && !isStep(Fr.sub(step, 1n << 32n))) continue;
              assert.ok(value <= 1n, `${lost} = ${value} of ${selector}, opcode ${opcode}`);
              whole++;
            }
          }
        }
      }
    }
    assert.ok(tried > 3000 && whole >= 8, `${tried}, ${whole}`);
    // Without a division both are 0 by what ties them to one, and by their product.
    const rules = ['only divisions have two rows', 'a row is not both'].map(
      (name) => constraints.find((own) => own.name === name)!.expression,
    );
    const hold = (values: Readonly<Record<string, bigint>>): boolean =>
      rules.every((e) => evaluate(e, cells(values)) === 0n);
    for (const [lost, other] of [
      ['first', 'second'],
      ['second', 'first'],
    ] as const) {
      // Their sum is 0, so one is minus the other, which is a bit.
      assert.ok(hold({}));
      assert.equal(hold({ [other]: 1n, [lost]: -1n }), false);
      assert.equal(hold({ [lost]: 7n }), false);
      // Of a division the other is 0.
      assert.equal(hold({ div: 1n, [other]: 1n, [lost]: 7n }), false);
    }
  });

  it('no opcode for both: none of a division carries what two rows at once would add', () => {
    const { main, interactions } = chipOf('wide');
    const [, , opcode] = interactions.find(({ name }) => name === 'instruction')!.tuple;
    for (const selector of ['div', 'rem']) {
      for (let mask = 0; mask < 4; mask++) {
        const on = [selector, ...['immediate', 'wide'].filter((_, i) => (mask >> i) & 1)];
        const number = (...more: readonly string[]): number =>
          Number(
            evaluate(
              opcode!,
              main.map(({ name }) => ([...on, ...more].includes(name) ? 1n : 0n)),
            ),
          );
        assert.equal(isLegal(number('first', 'second')), false);
        assert.equal(isLegal(number('first')), !on.includes('wide'));
      }
    }
  });

  it('one chain of keys: a row takes the key before as often as it opens a cell, and a refresh leads forward', () => {
    const boundary = chipOf('boundary');
    const [before, key] = [of(boundary, T.CHAIN, -1), of(boundary, T.CHAIN, 1)];
    assert.deepEqual([before.length, key.length], [1, 1]);
    for (const { multiplicity } of [...before, ...key]) {
      assert.deepEqual([...columnsOf(multiplicity)].map(({ name }) => name).sort(), ['word', 'zero']);
      assert.ok([...polynomial(multiplicity).values()].every(({ coefficient }) => coefficient === 1n));
    }
    for (const chip of SYSTEM.chips.filter((own) => own !== boundary)) {
      assert.deepEqual([...of(chip, T.CHAIN, 1), ...of(chip, T.CHAIN, -1)], [], chip.name);
    }
    const ends = SYSTEM.publicTerms.filter(({ tag }) => tag === T.CHAIN).map(({ sign }) => sign);
    assert.deepEqual(ends, [1, -1]);
    // `sentTs − receivedTs = 1 + r0 + 2^16·r1` of two limbs.
    const later = boundary.constraints.find(({ name }) => name === 'refresh: time')!;
    const cells = (sentTs: bigint): bigint[] =>
      boundary.main.map(
        ({ name }) => ({ refresh: 1n, sentTs, receivedTs: 100n, r0: 5n, r1: 2n })[name] ?? 0n,
      );
    for (const [sentTs, holds] of [
      [100n + 1n + 5n + 2n * 65536n, true],
      [99n, false],
      [100n, false],
    ] as const) {
      assert.equal(evaluate(later.expression, cells(sentTs)) === 0n, holds);
    }
  });

  it('a tag that nobody provides: where a selector of openings is no bit, the tag of the initial value is negative', () => {
    const boundary = chipOf('boundary');
    const initial = boundary.interactions.find(({ name }) => name === 'initial value')!;
    const one = boundary.constraints.find(({ name }) => name === 'at most one selector')!;
    const codes = new Set(T.TAGS.map(({ code }) => BigInt(code)));
    for (const lost of ['word', 'zero']) {
      const others = ['word', 'zero', 'refresh'].filter((name) => name !== lost);
      let seen = 0;
      for (const mask of [0, 1, 2, 3]) {
        const on = others.map((_, i) => BigInt((mask >> i) & 1));
        // All values that leave the sum of the selectors a bit.
        for (const sum of [0n, 1n]) {
          const value = sum - on.reduce((all, bit) => all + bit, 0n);
          if (value === 0n || value === 1n) continue;
          const cells = boundary.main.map(({ name }) =>
            name === lost ? Fr.from(value) : (on[others.indexOf(name)] ?? 0n),
          );
          assert.equal(evaluate(one.expression, cells), 0n);
          const count = evaluate(initial.multiplicity, cells);
          if (count === 0n) {
            // Neither opened nor in the chain: its cell is restamped, if anything, by the constraints on refreshes.
            const acts = boundary.interactions.filter(({ tags, multiplicity }) => {
              return !tags.includes(T.RANGE16) && evaluate(multiplicity, cells) !== 0n;
            });
            const isRefresh =
              sum === 1n && cells[boundary.main.findIndex(({ name }) => name === 'refresh')] === 1n;
            assert.deepEqual(
              acts.map(({ name }) => name),
              isRefresh ? ['cell opens', 'cell closes'] : [],
            );
          } else assert.ok(!codes.has(evaluate(initial.tuple[0]!, cells)), `${lost} = ${value}`);
          seen++;
        }
      }
      assert.ok(seen >= 4);
    }
  });

  it('words have two fields: the third of every one in an image is 0', () => {
    const honest = program(SUM, { datas: data([1, 2, 3], 0) });
    const image = imageColumns(honest);
    let words = 0;
    for (let row = 0; row < image.rows; row++) {
      const [kind, , , ...rest] = image.columns.map((column) => valueAt(column, row));
      if (kind !== BigInt(T.WORD.code)) continue;
      words++;
      assert.deepEqual(rest, [0n, 0n, 0n]);
    }
    assert.ok(words > 1);
    const provided = new Provided(honest);
    const [word] = provided.all(T.WORD.code);
    assert.equal(provided.holds(word!), true);
    assert.equal(provided.holds(word!.map((field, i) => (i === 3 ? 1n : field))), false);
  });

  it('a sign by two equations: of all top bytes, sizes and widths only 0 and 1 are one', () => {
    const memx = chipOf('memx');
    const find = (name: string): Expr => memx.constraints.find((own) => own.name === name)!.expression;
    const [extend, top, only] = ['loads extend', 'sign of the loaded bytes', 'sign only of signed loads'].map(
      find,
    ) as [Expr, Expr, Expr];
    const cells = (values: Readonly<Record<string, bigint>>): bigint[] =>
      memx.main.map(({ name }) => Fr.from(values[name] ?? 0n));
    const readers = [...memx.constraints, ...memx.interactions].filter((part) => {
      const all = 'expression' in part ? [part.expression] : [part.multiplicity, ...part.tuple];
      return all.some((e) => [...columnsOf(e)].some(({ name }) => name === 'sign'));
    });
    assert.deepEqual(readers.map(({ name }) => name).sort(), [
      'loads extend',
      'sign is a bit',
      'sign of the loaded bytes',
      'sign only of signed loads',
    ]);
    for (const signed of [0n, 1n]) {
      const free = evaluate(only, cells({ signed, sign: 7n }));
      assert.equal(free === 0n, signed === 1n);
    }
    for (const bytes of [1, 2, 4] as const) {
      for (const wide of [0n, 1n]) {
        const of_ = { [`size${bytes}`]: 1n, signed: 1n, wide };
        /** The equation is linear: what multiplies the sign, and the weight of the lowest byte above the loaded ones. */
        const weight = (name: string, e: Expr): bigint =>
          Fr.sub(evaluate(e, cells({ ...of_, [name]: 1n })), evaluate(e, cells(of_)));
        const [perSign, perByte] = [weight('sign', extend), weight(`u${bytes}`, extend)];
        // Four bytes of 32 bits extend nothing: the sign changes nothing.
        assert.equal(perSign === 0n, bytes === 4 && wide === 0n);
        if (perSign === 0n) continue;
        let [signs, tried] = [0, 0];
        for (let byte = 0n; byte < 256n; byte++) {
          for (let low7 = 0n; low7 < 128n; low7++) {
            tried++;
            // `byte = low7 + 128·sign` decides the sign; the bytes above must then be a word's.
            const sign = Fr.mul(Fr.from(byte - low7), Fr.inv(128n));
            const own = { ...of_, [`u${bytes - 1}`]: byte, low7, sign };
            assert.equal(evaluate(top, cells(own)), 0n);
            const above = Fr.mul(Fr.neg(Fr.mul(perSign, sign)), Fr.inv(perByte));
            if (above >> BigInt(64 - 8 * bytes) !== 0n) continue;
            assert.ok(sign <= 1n, `${bytes} bytes: sign ${sign}`);
            signs++;
          }
        }
        assert.equal(tried, 256 * 128);
        assert.equal(signs, 256);
      }
    }
  });
});
