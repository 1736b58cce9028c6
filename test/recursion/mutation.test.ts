/** Every cell of every kind of row, changed alone: noticed, or a cell that nothing in a row of its kind reads. */
import assert from 'node:assert/strict';
import { FQ_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { AT, CELLS, NARROW } from '../../sdk/src/recursion/narrow/chip.ts';
import type { Row } from '../../sdk/src/recursion/narrow/rows.ts';
import { createRandom } from '../kernels/random.ts';
import { judge, rowOf, sameBus } from './lib/judge.ts';
import { sample } from './lib/sample.ts';

/** What makes a difference to the cells of a row: kinds with the arguments that change what is read. */
function variantOf(row: Row): string {
  switch (row.kind) {
    case 'value':
      return `${row.holds.what}${row.constant === undefined ? '' : ', constant'}`;
    case 'relation': {
      const { guard, moved, square, makes } = row.relation;
      const what = moved !== undefined ? 'moved' : guard ? 'guarded' : 'plain';
      return `relation ${what}, square ${square}, makes ${makes ?? 'nothing'}`;
    }
    case 'field':
      return `operations, zero ${[0, 1].map((i) => row.halves[i]?.zero === true).join()}`;
    case 'full':
      return `full rounds ${row.round === 0 ? 'first' : 'later'}`;
    case 'digits':
      return `digits${row.last ? ', last' : ''}`;
    default:
      return row.kind;
  }
}

const range = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, i) => `c${from + i}`);
/** Readers of lanes that are written stand there too: what they say of a lane is only what the bus needs. */
const used = (...cells: readonly (number | string)[]): string[] =>
  cells.map((c) => (typeof c === 'string' ? c : `c${c}`));
const WRITES = [...range(AT.writes, 4), ...used(...AT.readers)];

/** Cells that a row of a variant reads. All others are harmless there: no constraint and no tuple of that kind of row has them. */
function readBy(row: Row): ReadonlySet<string> {
  const cells = (): string[] => {
    switch (row.kind) {
      case 'value':
        return [...range(AT.value.limbs, 16), `c${AT.value.readers}`];
      case 'relation': {
        // The inverse belongs to the guard; where E1 has no coefficient its words are those of the bus all the same.
        const all = range(0, CELLS);
        return row.relation.guard ? all : all.filter((name) => name !== `c${AT.relation.inverse}`);
      }
      case 'field':
        return [...range(AT.reads, 6), ...WRITES];
      case 'full':
        return [...range(AT.reads, 5), ...range(AT.full.entering, 12), ...WRITES];
      case 'partial':
        return [...range(AT.reads, 3), ...range(AT.partial.powers, 16), ...WRITES];
      case 'digits':
        return [
          ...range(AT.reads, 1),
          ...range(AT.digits.magnitudes, 3),
          ...range(AT.digits.signs, 3),
          ...WRITES,
        ];
      case 'public':
        return [...range(AT.relation.C, 4), `c${AT.relation.magnitude}`, ...WRITES];
      case 'pack':
        return [...range(0, 16), ...range(AT.pack.carries, 6), `c${AT.relation.magnitude}`, ...WRITES];
    }
  };
  return new Set([...cells(), 'm0', 'm1']);
}

describe('recursion: every cell of every kind of row, changed', () => {
  const random = createRandom('mutation of recursion rows');
  const values: readonly ((cell: bigint) => bigint)[] = [
    (cell) => cell + 1n,
    (cell) => cell - 1n,
    (cell) => -cell,
    (cell) => cell + (1n << 16n),
    (cell) => cell + (1n << 64n),
    (cell) => cell + FQ_MODULUS,
    () => 0n,
    () => 1n,
    () => -1n,
    () => random.element(Fr.modulus),
  ];

  it('is noticed by a constraint or by the bus, unless nothing reads it', function () {
    this.timeout(600_000);
    const { narrow, main } = sample();
    const columns = [...main, ...narrow.fixed];
    const variants = new Map<string, number>();
    narrow.rows.rows.forEach((row, at) => {
      if (!variants.has(variantOf(row))) variants.set(variantOf(row), at);
    });
    assert.ok(variants.size >= 20, [...variants.keys()].join('\n'));
    const survivors: string[] = [];
    let killed = 0;
    for (const [variant, at] of variants) {
      const row = narrow.rows.rows[at]!;
      const read = readBy(row);
      const honest = rowOf(columns, at);
      const before = judge(honest);
      assert.deepEqual(before.broken, [], variant);
      NARROW.main.forEach(({ name }, i) => {
        for (const change of values) {
          const cell = Fr.from(change(honest[i]!));
          if (cell === honest[i]) continue;
          const after = judge(honest.with(i, cell));
          const noticed = after.broken.length > 0 || !sameBus(before, after);
          if (noticed) killed++;
          // A lane whose number of readers is 0 is free, and so is the number where it is multiplied by nothing.
          if (noticed !== read.has(name) && !isIdleLane(name, honest))
            survivors.push(`${variant}: ${name} = ${cell}`);
        }
      });
    }
    assert.deepEqual(survivors, []);
    assert.ok(killed > 5_000, `${killed}`);
  });
});

/** A written lane that nobody reads. */
function isIdleLane(name: string, honest: readonly bigint[]): boolean {
  return AT.readers.some((readers, lane) => name === `c${AT.writes + lane}` && honest[readers] === 0n);
}
