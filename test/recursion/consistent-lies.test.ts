/**
 * Lies that the bus cannot notice: an element or a value is changed where it is written and in every row that reads it. Then a constraint of one of these
 * rows has to fail; if none did, a prover could put anything there.
 */
import assert from 'node:assert/strict';
import { FQ_MODULUS, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { wordsOf } from '../../sdk/src/recursion/relation.ts';
import type { ElementRow, Place as ValuePlace } from '../../sdk/src/recursion/rows/rows.ts';
import { createRandom } from '../kernels/random.ts';
import { judge } from './lib/judge.ts';
import {
  elementRowOf,
  relationOf,
  rowOf,
  type SampleChip,
  type SampleLayout,
  writtenOf,
} from './lib/layouts.ts';
import { samples } from './lib/sample.ts';

/** Where something stands: row of a chip, first cell. */
interface Place {
  readonly chip: SampleChip;
  readonly row: number;
  readonly cell: number;
}
const push = <K, V>(map: Map<K, V[]>, key: K, value: V): void => {
  map.set(key, [...(map.get(key) ?? []), value]);
};
const keyOf = ({ segment, offset }: ValuePlace): string => `${segment}:${offset}`;

/** Ids that a row of elements reads, by cell. */
function idsRead(row: ElementRow): number[] {
  switch (row.kind) {
    case 'field':
      return [0, 1].flatMap((i) => {
        const { a, b, c } = row.halves[i] ?? { a: 0, b: 0, c: 0 };
        return [a, b, c];
      });
    case 'full':
    case 'partial':
      return [...row.state, ...row.absorbed];
    case 'digits':
      return [row.before];
    default:
      return [];
  }
}

/** Cells that read each element, digits of relations apart; and words that read each value at a fixed place. */
function readersIn({ chips }: SampleLayout): {
  elements: Map<number, Place[]>;
  values: Map<string, Place[]>;
  moved: Map<number, { chip: SampleChip; row: number }[]>;
} {
  const elements = new Map<number, Place[]>();
  const values = new Map<string, Place[]>();
  const moved = new Map<number, { chip: SampleChip; row: number }[]>();
  for (const chip of chips) {
    chip.rows.forEach((row, i) => {
      const element = elementRowOf(row);
      if (element !== undefined) {
        const { reads, pack } = chip.elements!.cells;
        idsRead(element).forEach((id, k) => {
          push(elements, id, { chip, row: i, cell: reads + k });
        });
        if (element.kind !== 'pack') return;
        for (const name of ['x', 'y', 'xRest', 'yRest'] as const) {
          push(values, keyOf(element[name]), { chip, row: i, cell: pack[name] });
        }
      }
      const relation = relationOf(row);
      if (relation === undefined) return;
      const chosen = relation.moved !== undefined;
      for (const name of ['A', 'B', 'E2', ...(chosen ? [] : (['C', 'E1'] as const))] as const) {
        push(values, keyOf(relation[name]), { chip, row: i, cell: chip.relation![name] });
      }
      if (chosen) push(moved, relation.moved.digit.id, { chip, row: i });
    });
  }
  return { elements, values, moved };
}

interface Edit {
  readonly chip: SampleChip;
  readonly row: number;
  readonly cells: Readonly<Record<number, bigint>>;
}

/** Names of constraints that fail in any of the rows, with their cells put in place. */
function broken(edits: readonly Edit[]): string[] {
  const changed = new Map<SampleChip, Map<number, bigint[]>>();
  for (const { chip, row, cells } of edits) {
    const rows = changed.get(chip) ?? new Map<number, bigint[]>();
    changed.set(chip, rows);
    const own = rows.get(row) ?? rowOf(chip, row);
    for (const [cell, value] of Object.entries(cells)) own[Number(cell)] = value;
    rows.set(row, own);
  }
  return [...changed].flatMap(([{ chip }, rows]) =>
    [...rows.values()].flatMap((cells) => judge(chip, cells).broken),
  );
}

const limbsOf = (value: bigint): bigint[] =>
  wordsOf(value).flatMap((word) => [0n, 16n, 32n, 48n].map((bits) => (word >> bits) & 0xffffn));
const cellsFrom = (from: number, values: readonly bigint[]): Record<number, bigint> =>
  Object.fromEntries(values.map((value, i) => [from + i, value]));

for (const sample of samples()) {
  describe(`recursion: lies that are told in every row, ${sample.name}`, () => {
    const random = createRandom('consistent lies');
    const { elements, values, moved } = readersIn(sample);
    const inRows = sample.chips.flatMap((chip) => chip.rows.map((row, at) => ({ chip, row, at })));
    const writers = inRows.flatMap(({ chip, row, at }) =>
      (elementRowOf(row)?.lanes ?? []).flatMap((id, lane) =>
        id === undefined ? [] : [{ id, chip, row: at, lane, kind: row.kind }],
      ),
    );

    it('an element, whichever row writes it, is noticed by a constraint of a row that has it', () => {
      const free: number[] = [];
      let judged = 0;
      for (const { id, chip, row, lane, kind } of writers) {
        const read = elements.get(id) ?? [];
        // Digits that relations read are below; of those that nobody reads the row that writes them decides.
        if (read.length > 100 || (kind === 'digits' && lane < 3)) continue;
        const cell = chip.elements!.cells.writes + lane;
        const honest = chip.columns[cell]![row]!;
        for (const value of [random.element(FR_MODULUS), Fr.add(honest, 1n), Fr.neg(honest), 0n]) {
          if (value === honest) continue;
          judged++;
          const edits = [{ chip, row, cell }, ...read].map((place) => ({
            ...place,
            cells: { [place.cell]: value },
          }));
          if (broken(edits).length === 0) free.push(id);
        }
      }
      assert.ok(judged >= 350, `${judged}`);
      // What no constraint has, nobody reads.
      assert.deepEqual(
        free.filter((id) => elements.has(id)),
        [],
      );
    });

    it('a digit that is another entry of its table: by the sum of the digits', () => {
      const written = new Map(
        inRows.flatMap(({ chip, row, at }) => {
          const value = writtenOf(row);
          return value === undefined ? [] : [[keyOf(value.place), { chip, at }] as const];
        }),
      );
      const wordsAt = (place: ValuePlace): bigint[] => {
        const { chip, at } = written.get(keyOf(place))!;
        const limbs = Array.from({ length: 16 }, (_, i) => chip.columns[chip.value!.limbs + i]![at]!);
        return wordsOf(limbs.reduce((sum, limb, k) => sum + (limb << BigInt(16 * k)), 0n));
      };
      let judged = 0;
      for (const { id, chip, row, lane, kind } of writers) {
        const reading = moved.get(id);
        if (kind !== 'digits' || lane === 3 || reading === undefined) continue;
        const { writes, digits } = chip.elements!.cells;
        const old = chip.columns[writes + lane]![row]!;
        const magnitude = BigInt(2 * random.below(16) + 1);
        const sign = BigInt(random.below(2));
        const joined = magnitude + (sign << 16n);
        if (joined === old) continue;
        judged++;
        const own = {
          [writes + lane]: joined,
          [digits.magnitudes + lane]: magnitude,
          [digits.signs + lane]: sign,
        };
        assert.deepEqual(broken([{ chip, row, cells: own }]), ['what is left']);
        // And where the rows in front count another scalar, the relations have another sum.
        for (const at of reading) {
          if (judged % 9 !== 0) continue;
          const places = at.chip.relation!;
          const tables = relationOf(at.chip.rows[at.row]!)!.moved!;
          const entry = (name: 'C' | 'E1'): Record<number, bigint> =>
            cellsFrom(places[name], wordsAt({ segment: tables[name], offset: Number(magnitude) }));
          const cells = { [places.magnitude]: magnitude, [places.sign]: sign, ...entry('C'), ...entry('E1') };
          assert.ok(broken([{ ...at, cells }]).length > 0, `row ${at.row}`);
        }
      }
      assert.ok(judged >= 45, `${judged}`);
    });

    it('a value that is another modulo p is noticed by a relation or by what it is packed as', () => {
      const survivors: string[] = [];
      let judged = 0;
      for (const { chip, row, at } of inRows) {
        const written = writtenOf(row);
        if (written === undefined) continue;
        const place = keyOf(written.place);
        const read = values.get(place) ?? [];
        if (read.length === 0 || read.length > 100) continue;
        judged++;
        const value = random.element(FQ_MODULUS);
        const edits = [
          { chip, row: at, cells: cellsFrom(chip.value!.limbs, limbsOf(value)) },
          ...read.map((each) => ({ ...each, cells: cellsFrom(each.cell, wordsOf(value)) })),
        ];
        if (broken(edits).length === 0) survivors.push(place);
      }
      assert.ok(judged > 400, `${judged}`);
      assert.deepEqual(survivors, []);
    });
  });
}
