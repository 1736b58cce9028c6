/** Every cell of every kind of row in every layout, changed alone: noticed, or a cell that nothing in a row of its kind reads. */
import assert from 'node:assert/strict';
import { FQ_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { AT, CELLS } from '../../sdk/src/recursion/narrow/chip.ts';
import { type ElementLayout, READS } from '../../sdk/src/recursion/parts/elements.ts';
import type { RelationOperation } from '../../sdk/src/recursion/program.ts';
import type { ElementRow } from '../../sdk/src/recursion/rows/rows.ts';
import { LIMBS, VALUES_AT } from '../../sdk/src/recursion/wide/chips.ts';
import { createRandom } from '../kernels/random.ts';
import { judge, sameBus } from './lib/judge.ts';
import { type Row, rowOf, type SampleChip, type SampleLayout } from './lib/layouts.ts';
import { samples } from './lib/sample.ts';

/** What makes a difference to the cells of a row: kinds with the arguments that change what is read. */
function variantOf(row: Row | undefined): string {
  if (row === undefined) return 'padding';
  switch (row.kind) {
    case 'value':
      return `${row.holds.what}${row.constant === undefined ? '' : ', constant'}`;
    case 'relation':
      return relationVariant(row.relation);
    case 'values': {
      const { written, relation } = row;
      if (relation !== undefined) return relationVariant(relation);
      return `${written!.holds.what}${written!.constant === undefined ? '' : ', constant'}`;
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

function relationVariant({ guard, moved, square, makes }: RelationOperation): string {
  const what = moved !== undefined ? 'moved' : guard ? 'guarded' : 'plain';
  return `relation ${what}, square ${square}, makes ${makes ?? 'nothing'}`;
}

const range = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/** Readers of lanes that are written stand there too: what they say of a lane is only what the bus needs. */
function elementCells({ kind }: ElementRow, { cells: at }: ElementLayout): number[] {
  const own = (): number[] => {
    switch (kind) {
      case 'full':
        return range(at.full.entering, 12);
      case 'partial':
        return range(at.partial.powers, 16);
      case 'digits':
        return [...range(at.digits.magnitudes, 3), ...range(at.digits.signs, 3)];
      case 'public':
        return range(at.public.elements, 4);
      case 'pack':
        return [at.pack.x, at.pack.y, at.pack.xRest, at.pack.yRest]
          .flatMap((from) => range(from, 4))
          .concat(range(at.pack.carries, 6));
      case 'field':
        return [];
    }
  };
  return [...range(at.reads, READS[kind]), ...own(), ...range(at.writes, 4), ...at.readers];
}

/** Cells that a row reads; all others are harmless there: no constraint and no tuple of that kind of row has them. */
function readBy(
  name: SampleLayout['name'],
  row: Row | undefined,
  { chip, elements }: SampleChip,
): Set<number> {
  if (name === 'narrow') {
    const multiplicities = range(CELLS, 2);
    if (row === undefined) return new Set(multiplicities);
    if (row.kind === 'value') {
      return new Set([...range(AT.value.limbs, 16), AT.value.readers, ...multiplicities]);
    }
    if (row.kind === 'relation') {
      // The inverse belongs to the guard; where E1 has no coefficient its words are those of the bus all the same.
      const all = range(0, CELLS + 2);
      return new Set(row.relation.guard ? all : all.filter((cell) => cell !== AT.relation.inverse));
    }
    const more = row.kind === 'pack' || row.kind === 'public' ? [AT.relation.magnitude] : [];
    return new Set([...elementCells(row as ElementRow, elements!), ...more, ...multiplicities]);
  }
  if (row?.kind === 'values') {
    const { written, relation } = row;
    return new Set(
      [
        ...(written === undefined ? [] : [...range(VALUES_AT.limbs, 16), VALUES_AT.readers]),
        ...(relation === undefined ? [] : range(VALUES_AT.quotient, VALUES_AT.inverse - VALUES_AT.quotient)),
        ...(relation?.guard === true ? [VALUES_AT.inverse] : []),
      ].filter((cell) => written !== undefined || cell !== VALUES_AT.readers),
    );
  }
  if (row === undefined) return new Set(chip === LIMBS ? range(0, chip.main.length) : []);
  return new Set(elementCells(row as ElementRow, elements!));
}

/** Where it makes no difference whether a change is noticed. */
function isIdle(
  name: SampleLayout['name'],
  cell: number,
  { row, honest }: { readonly row: Row | undefined; readonly honest: readonly bigint[] },
  { elements }: SampleChip,
): boolean {
  // A lane whose number of readers is 0 is free, and so is the number where it is multiplied by nothing.
  if (elements !== undefined && row !== undefined && 'lanes' in row) {
    const { writes, readers } = elements.cells;
    if (readers.some((each, lane) => cell === writes + lane && honest[each] === 0n)) return true;
  }
  // Without a guard the inverse must be 0 where abscissae differ; it says nothing there.
  return (
    name === 'wide' && row?.kind === 'values' && row.relation?.guard !== true && cell === VALUES_AT.inverse
  );
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

  for (const { name, chips } of samples()) {
    it(`${name}: is noticed by a constraint or by the bus, unless nothing reads it`, () => {
      const survivors: string[] = [];
      let [killed, kinds] = [0, 0];
      for (const sample of chips) {
        const { chip, rows } = sample;
        const variants = new Map<string, number>();
        // One row behind the last is padding, or of the table.
        for (let at = 0; at <= rows.length; at++) {
          const variant = variantOf(rows[at]);
          if (!variants.has(variant)) variants.set(variant, at);
        }
        kinds += variants.size;
        for (const [variant, at] of variants) {
          const row = rows[at];
          const read = readBy(name, row, sample);
          const honest = rowOf(sample, at);
          const before = judge(chip, honest);
          assert.deepEqual(before.broken, [], variant);
          chip.main.forEach((column, i) => {
            for (const change of values) {
              const cell = Fr.from(change(honest[i]!));
              if (cell === honest[i]) continue;
              const after = judge(chip, honest.with(i, cell));
              const noticed = after.broken.length > 0 || !sameBus(before, after);
              if (noticed) killed++;
              if (noticed !== read.has(i) && !isIdle(name, i, { row, honest }, sample))
                survivors.push(`${chip.name}, ${variant}: ${column.name} = ${cell}`);
            }
          });
        }
      }
      assert.deepEqual(survivors, []);
      assert.ok(kinds >= 22 && killed > 5_000, `${kinds} kinds, ${killed} changes`);
    });
  }
});
