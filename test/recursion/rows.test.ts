/** Rows of whole programs before the row checker: what is true holds, and where a program fails they do. */
import assert from 'node:assert/strict';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { check } from '../../sdk/src/plonk/check/check.ts';
import type { CheckReport } from '../../sdk/src/plonk/check/report.ts';
import { formatFailure } from '../../sdk/src/plonk/check/report.ts';
import { type ColumnValues, FixedTable } from '../../sdk/src/plonk/columns/fixed.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import { ProgramBuilder } from '../../sdk/src/recursion/builder.ts';
import { NARROW_LOG, narrowSystem } from '../../sdk/src/recursion/narrow/chip.ts';
import { type NarrowProgram, narrowProgram, narrowWitness } from '../../sdk/src/recursion/narrow/narrow.ts';
import { RANGE16 } from '../../sdk/src/recursion/parts/tags.ts';
import type { Element } from '../../sdk/src/recursion/program.ts';
import { createRandom } from '../kernels/random.ts';
import { judge, rowOf } from './lib/judge.ts';
import { sample, transcriptInputs, transcriptProgram } from './lib/sample.ts';

/** The public vector as constants of the system. */
function checked(
  { rows, fixed }: NarrowProgram,
  columns: readonly ColumnValues[],
  publics: readonly bigint[],
): CheckReport {
  const vector = publics.map((value) => ({ from: 'constant' as const, value }));
  return check({
    layout: layout(narrowSystem({ vector })),
    tables: [new FixedTable(NARROW_LOG, fixed, 'verifier')],
    witness: [{ log: NARROW_LOG, columns }],
    entry: 0n,
    statement: { publicInputs: [], publicOutputs: [], status: 0n },
    locate: (_chip, row) => rows.places[row],
  });
}

const holds = (report: CheckReport): void =>
  assert.ok(report.ok, report.failures.slice(0, 3).map(formatFailure).join('\n'));

describe('recursion: rows hold', function () {
  this.timeout(600_000);

  it('of every kind, in a program with a transcript and a sum', () => {
    const { narrow, main, inputs } = sample();
    holds(checked(narrow, main, inputs.publics));
    // A row of each kind alone, as the mutation tests judge it.
    narrow.rows.rows.slice(0, 200).forEach((_, at) => {
      assert.deepEqual(judge(rowOf([...main, ...narrow.fixed], at)).broken, []);
    });
  });

  it('of sums with edge scalars', () => {
    const program = transcriptProgram(2);
    const narrow = narrowProgram(program);
    for (const chosen of [0n, 1n, 2n ** 31n - 1n]) {
      const inputs = transcriptInputs(2, chosen);
      const publics = [Fr.mul(chosen, chosen), chosen, 1n];
      holds(checked(narrow, narrowWitness(narrow, { ...inputs, publics }), publics));
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
      const narrow = narrowProgram(b.build());
      const elements = random.elements(FR_MODULUS, 40 + round);
      holds(checked(narrow, narrowWitness(narrow, { publics: [], elements, points: [] }), []));
    }
  });

  it('and fail where the public vector is another', () => {
    const { narrow, main, inputs } = sample();
    const report = checked(narrow, main, inputs.publics.with(1, 4n));
    assert.equal(report.ok, false);
    assert.ok(report.failures.every((failure) => failure.kind === 'bus' && failure.tag === 'WORDS'));
  });

  it('of padding say nothing but limbs of the table', () => {
    const { narrow, main } = sample();
    const last = judge(rowOf([...main, ...narrow.fixed], 2 ** NARROW_LOG - 1));
    assert.deepEqual(last.broken, []);
    assert.ok([...last.bus.keys()].every((tuple) => tuple.startsWith(`${RANGE16.code},`)));
  });
});
