/** Rows of whole programs before the row checker, in every layout: what is true holds, and where a program fails they do. */
import assert from 'node:assert/strict';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import type { CheckReport } from '../../sdk/src/plonk/check/report.ts';
import { formatFailure } from '../../sdk/src/plonk/check/report.ts';
import { ProgramBuilder } from '../../sdk/src/recursion/builder.ts';
import { RANGE16 } from '../../sdk/src/recursion/parts/tags.ts';
import type { Element } from '../../sdk/src/recursion/program.ts';
import { createRandom } from '../kernels/random.ts';
import { judge } from './lib/judge.ts';
import { checkSample, narrowSample, rowOf, wideSample } from './lib/layouts.ts';
import { samples, transcriptInputs, transcriptProgram } from './lib/sample.ts';

const holds = (report: CheckReport): void =>
  assert.ok(report.ok, report.failures.slice(0, 3).map(formatFailure).join('\n'));

for (const sample of samples()) {
  const { name, chips } = sample;
  const make = name === 'narrow' ? narrowSample : wideSample;

  describe(`recursion: rows hold, ${name}`, () => {
    it('of every kind, in a program with a transcript and a sum', () => {
      holds(checkSample(sample, sample.inputs.publics));
      // A row of each kind alone, as the mutation tests judge it.
      for (const each of chips) {
        each.rows.slice(0, 200).forEach((_, at) => {
          assert.deepEqual(judge(each.chip, rowOf(each, at)).broken, []);
        });
      }
    });

    it('of sums with edge scalars', () => {
      const program = transcriptProgram(2);
      for (const chosen of [0n, 1n, 2n ** 31n - 1n]) {
        const publics = [Fr.mul(chosen, chosen), chosen, 1n];
        holds(checkSample(make(program, { ...transcriptInputs(2, chosen), publics }), publics));
      }
    });

    it('of random operations, more elements of the witness than spare cells, an open row at the end', () => {
      const random = createRandom('recursion rows');
      for (let round = 0; round < 3; round++) {
        const b = new ProgramBuilder();
        const known: Element[] = Array.from({ length: 40 + round }, () => b.input());
        const pick = (): Element => known[random.below(known.length)]!;
        for (let i = 0; i < 60 + round; i++) {
          switch (random.below(5)) {
            case 0:
              known.push(...b.permute([pick(), pick(), pick()], [pick(), pick()]));
              break;
            case 1:
              known.push(b.constant(random.element(FR_MODULUS)));
              break;
            default: {
              const [scale, constant] = random.elements(FR_MODULUS, 2);
              known.push(b.combine({ a: pick(), b: pick(), c: pick(), scale: scale!, constant: constant! }));
            }
          }
        }
        const elements = random.elements(FR_MODULUS, 40 + round);
        holds(checkSample(make(b.build(), { publics: [], elements, points: [] }), []));
      }
    });

    it('and fail where the public vector is another', () => {
      const report = checkSample(sample, sample.inputs.publics.with(1, 4n));
      assert.equal(report.ok, false);
      assert.ok(report.failures.every((failure) => failure.kind === 'bus' && failure.tag === 'WORDS'));
    });

    it('of padding say nothing but limbs of the table', () => {
      for (const each of chips) {
        const last = judge(each.chip, rowOf(each, 2 ** each.log - 1));
        assert.deepEqual(last.broken, []);
        assert.ok([...last.bus.keys()].every((tuple) => tuple.startsWith(`${RANGE16.code},`)));
      }
    });
  });
}
