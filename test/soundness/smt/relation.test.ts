/** The bounds of a relation of the recursion machine by SMT, of the declared constraints and look-ups of both layouts. */
import assert from 'node:assert/strict';
import { FQ_MODULUS, FR_MODULUS } from '../../../sdk/src/field/field.ts';
import { VALUE_BOUND } from '../../../sdk/src/recursion/relation.ts';
import { figure } from '../lib/report.ts';
import { polynomialOf } from './polynomial.ts';
import { askRelations, boundsOf, FORMS, isShortRelation, LAYOUTS } from './relation.ts';
import { Solver } from './solver.ts';

describe('relations of the recursion machine by SMT', function () {
  this.timeout(0);

  it('values are below their bound, by the look-ups of the rows that write them', () => {
    for (const layout of LAYOUTS) assert.ok(boundsOf(layout).value < VALUE_BOUND, layout.name);
  });

  it('no equation holds modulo r alone, and a left side that is no multiple of p has no witness', async () => {
    await using solver = await Solver.start();
    const { asked, failures } = await askRelations(solver, { wanted: isShortRelation });
    assert.deepEqual(failures, []);
    // Of products and squares, each with a guard, without one, and with a digit that negates.
    assert.equal(asked, 3 * LAYOUTS.length * 6);
    const of = 3 * LAYOUTS.length * FORMS.length;
    figure(
      `${asked} of ${of} queries on relations, none of which can be satisfied (npm run test:smt asks all)`,
    );
  });

  it('a missing look-up is found: of the top limb of values, of a quotient, of carries', async () => {
    await using solver = await Solver.start();
    const weaker: readonly (readonly [name: RegExp, cells: RegExp, most: bigint])[] = [
      [/wide, product, 16, 0: another/, /^(A|B|C) 3$/, (1n << 64n) - 1n],
      [/wide, product, 16, 0: another/, /^quotient 15$/, (1n << 18n) - 1n],
      [/wide, product, 16, 0: the lower/, /^carry 4$/, FR_MODULUS - 1n],
      [/wide, product, 16, 0: the upper/, /^carry 9$/, FR_MODULUS - 1n],
    ];
    for (const [name, cells, most] of weaker) {
      const { asked, failures } = await askRelations(solver, {
        wanted: (query) => name.test(query),
        bounds: (bounds, layout) => {
          if (layout.name !== 'wide') return bounds;
          const changed = [...bounds.most].filter(([cell]) => cells.test(cell));
          assert.ok(changed.length > 0, `${cells}`);
          return {
            ...bounds,
            most: new Map([...bounds.most, ...changed.map(([cell]) => [cell, most] as const)]),
          };
        },
      });
      assert.equal(asked, 1, `${name}`);
      assert.match(failures.join(), /: sat$/, `${cells}`);
    }
  });

  it('abscissae that are equal modulo p differ by −p, 0 or p, and then no inverse is one', async () => {
    await using solver = await Solver.start();
    const script = [
      ...['b', 'c'].flatMap((name) => [
        `(declare-const ${name} Int)`,
        `(assert (<= 0 ${name} ${VALUE_BOUND - 1n}))`,
      ]),
      '(declare-const k Int)',
      `(assert (= (- b c) (* ${FQ_MODULUS} k)))`,
      '(assert (not (<= (- 1) k 1)))',
    ].join('\n');
    assert.equal((await solver.check(script, 20_000_000, 'QF_LIA')).verdict, 'unsat');
    for (const layout of LAYOUTS) {
      const constraint = layout.chip.constraints.find(({ name }) => name === 'abscissae differ')!;
      for (const [b, c] of [
        [5n, 5n],
        [FQ_MODULUS + 7n, 7n],
        [7n, FQ_MODULUS + 7n],
      ] as const) {
        const words = (name: 'B' | 'C', value: bigint): [string, bigint][] =>
          layout.words(name).map((cell, i) => [cell, BigInt.asUintN(64, value >> BigInt(64 * i))]);
        const pins = layout.pins({ square: false, guard: true, e1: 1, e2: -1, negated: false });
        const at = new Map([...pins, ...words('B', b), ...words('C', c)]);
        // Whatever the cell of the inverse holds: the polynomial is a constant, and not 0.
        const left = polynomialOf(constraint.expression, at, () => false);
        assert.deepEqual([...left.values()], [{ variables: [], coefficient: -1n }], `${layout.name}: ${b}`);
      }
    }
  });
});
