import assert from 'node:assert/strict';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { programDegrees } from '../../sdk/src/expr/evaluate.ts';
import { mul } from '../../sdk/src/expr/expression.ts';
import { type Chip, ChipBuilder, type System, type Tag } from '../../sdk/src/plonk/declare/declare.ts';
import { groupInteractions, layout } from '../../sdk/src/plonk/declare/layout.ts';
import { packByChip } from '../../sdk/src/plonk/declare/packing.ts';
import { schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import { toySystem } from './toy.ts';

const A: Tag = { name: 'A', code: 1, fields: ['x'] };

/** A system of one chip, declared by `declare`. */
function single(
  declare: (chip: ChipBuilder) => void,
  change: Partial<System> = {},
  chipChange: Partial<Chip> = {},
): System {
  const builder = new ChipBuilder('c');
  declare(builder);
  const chip = { ...builder.build({ about: '', height: { from: 'proof', minLog: 3 } }), ...chipChange };
  return {
    name: 's',
    version: '1',
    maxDegree: 4,
    chips: [chip],
    tags: [A],
    publicTerms: [],
    packing: packByChip({ c: 2 }),
    tPhi: 1,
    tQuotient: 2,
    ...change,
  };
}

describe('layout', () => {
  it('groups interactions by degree: three of degree 1 to a helper, first fit', () => {
    const chip = single((c) => {
      const x = c.column('x', 'bound');
      for (let i = 0; i < 4; i++) c.send(`linear ${i}`, A, x, [x]);
      c.send('square', A, x, [mul(x, x)]);
      c.send('square gated', A, mul(x, x), [mul(x, x)]);
      c.send('cube', A, x, [mul(x, x, x)]);
      c.send('linear 5', A, x, [x]);
    }).chips[0]!;
    const names = groupInteractions(chip, 4).map((group) => group.map((i) => i.name));
    assert.deepEqual(names, [
      ['linear 0', 'linear 1', 'linear 2'],
      ['linear 3', 'square'],
      ['square gated', 'linear 5'],
      ['cube'],
    ]);
  });

  it('counts powers of y across chips, never from the start again', () => {
    const { chips } = layout(toySystem());
    assert.deepEqual(
      chips.map((chip) => chip.firstConstraint),
      [0, 6, 6 + 3, 6 + 3 + 2, 6 + 3 + 2 + 1],
    );
    for (const chip of chips) assert.ok(programDegrees(chip.program)[0]! <= 4);
  });

  it('is the same for the same declarations', () => {
    assert.deepEqual(layout(toySystem()).shape, layout(toySystem()).shape);
  });

  const column = (c: ChipBuilder): ReturnType<ChipBuilder['column']> => c.column('x', 'bound');
  const invalid: readonly (readonly [string, () => System, RegExp])[] = [
    [
      'a constraint of too high a degree, by name',
      () =>
        single((c) => {
          const x = column(c);
          c.constrain('fifth power', mul(x, x, x, x, x));
        }),
      /^c\/fifth power: degree 5 is above 4$/,
    ],
    [
      'an interaction of too high a degree, by name',
      () =>
        single((c) => {
          const x = column(c);
          c.send('steep', A, x, [mul(x, x, x, x)]);
        }),
      /^c\/steep: .*tuple degree 4/,
    ],
    [
      'a challenge in a constraint',
      () => single((c) => c.constrain('odd', { op: 'challenge', name: 'alpha' })),
      /uses the challenge alpha/,
    ],
    [
      "another chip's column",
      () => single((c) => c.constrain('foreign', column(new ChipBuilder('d')))),
      /uses the column x/,
    ],
    [
      'a helper column in a tuple',
      () =>
        single((c) =>
          c.send('late', A, 1n, [{ op: 'column', column: { stage: 'helper', index: 0, name: 'h' } }]),
        ),
      /uses the column h/,
    ],
    [
      'fixed columns with a height from the proof',
      () => single((c) => void c.fixed('f')),
      /never from the proof/,
    ],
    [
      'a column that nothing constrains',
      () => single((c) => void column(c)),
      /c\/x: the column is in no constraint/,
    ],
    [
      'a chip of less than 8 rows',
      () => single(() => {}, {}, { height: { from: 'proof', minLog: 2 } }),
      /8 rows/,
    ],
    ['a quotient that is not packed', () => single(() => {}, { tQuotient: 1 }), /tQuotient/],
    [
      'two tags of one code',
      () => single(() => {}, { tags: [A, { ...A, name: 'B' }] }),
      /tag code 1 stands twice/,
    ],
    ['a tag of code 0', () => single(() => {}, { tags: [{ ...A, code: 0 }] }), /code 0/],
    ['a tag of another system', () => single((c) => c.send('a', { ...A }, 1n, [1n])), /not of this system/],
    [
      'a public term of wrong arity',
      () => single(() => {}, { publicTerms: [{ name: 'p', tag: A, sign: 1, fields: [] }] }),
      /takes 1 fields/,
    ],
    [
      'an index outside a list',
      () => single(() => {}, { publicTerms: [{ name: 'p', tag: A, sign: 1, fields: [{ from: 'index' }] }] }),
      /index and word/,
    ],
    ['degree 2', () => single(() => {}, { maxDegree: 2 }), /not in 3/],
  ];
  for (const [name, system, message] of invalid) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => layout(system()),
        (error) => {
          assert.ok(isWattestError(error, 'SYSTEM_INVALID'));
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});

describe('schedule', () => {
  it('has every point and value of the proof once, claims in the order of values', () => {
    const { shape } = layout(toySystem());
    const plan = schedule(shape);
    const points = plan.packs.flatMap(({ commitment }) =>
      commitment.from === 'proof' ? [commitment.index] : [],
    );
    assert.deepEqual(
      [...points, plan.points.W, plan.points.W2].sort((a, b) => a - b),
      Array.from({ length: plan.points.count }, (_, i) => i),
    );
    let next = 0;
    for (const { values, pack, t, at, modulus } of plan.claims) {
      assert.equal(values.first, next);
      assert.equal(values.count, plan.packs[pack]!.count);
      assert.deepEqual(plan.moduli[modulus], { t, at });
      next += values.count;
    }
    assert.equal(next, plan.values.count);
    const labels = plan.rounds.flatMap((round) => round.items.map((item) => item.label));
    assert.equal(new Set(labels).size, labels.length);
    assert.equal(plan.claims.filter(({ at }) => at === 'wz').length, 1);
    assert.deepEqual(
      plan.rounds.flatMap((round) => round.challenges),
      ['alpha', 'beta', 'y', 'z', 'gamma', 'u'],
    );
  });

  it('absorbs lengths before lists and everything known before the first challenge', () => {
    const [statement] = schedule(layout(toySystem()).shape).rounds;
    assert.deepEqual(
      statement!.items.map((item) => item.label),
      [
        'programId',
        'heights',
        'number of public inputs',
        'number of public outputs',
        'status',
        'public inputs',
        'public outputs',
      ],
    );
  });
});
