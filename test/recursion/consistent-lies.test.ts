/**
 * Lies that the bus cannot notice: an element or a value is changed where it is written and in every row that reads it. Then a constraint of one of these
 * rows has to fail; if none did, a prover could put anything there.
 */
import assert from 'node:assert/strict';
import { FQ_MODULUS, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { ARGUMENT, AT, NARROW } from '../../sdk/src/recursion/narrow/chip.ts';
import { fixedRows } from '../../sdk/src/recursion/narrow/fixed.ts';
import type { Row } from '../../sdk/src/recursion/narrow/rows.ts';
import { isElementKind, READS } from '../../sdk/src/recursion/parts/elements.ts';
import { wordsOf } from '../../sdk/src/recursion/relation.ts';
import { createRandom } from '../kernels/random.ts';
import { judge, rowOf } from './lib/judge.ts';
import { sample } from './lib/sample.ts';

const { narrow, main } = sample();
const columns = [...main, ...narrow.fixed];
const rows = narrow.rows.rows;
const random = createRandom('consistent lies');
const fixedAt = new Map(NARROW.fixed.map(({ name }, i) => [name, i]));
const argument = (i: number, row: number): bigint => narrow.fixed[fixedAt.get(`a${i}`)!]![row]!;

/** Where something stands: row, first cell. */
interface Place {
  readonly row: number;
  readonly cell: number;
}
const push = <K>(map: Map<K, Place[]>, key: K, place: Place): void => {
  const known = map.get(key) ?? [];
  known.push(place);
  map.set(key, known);
};

/** Cells that read each element at a fixed address, digits of relations apart; and words that read each value at a fixed place. */
function readers(): {
  elements: Map<number, Place[]>;
  values: Map<string, Place[]>;
  moved: Map<number, number[]>;
} {
  const elements = new Map<number, Place[]>();
  const values = new Map<string, Place[]>();
  const moved = new Map<number, number[]>();
  const at = ARGUMENT.relation;
  rows.forEach((row, i) => {
    for (let k = 0; k < (isElementKind(row.kind) ? READS[row.kind] : 0); k++) {
      push(elements, Number(argument(ARGUMENT.reads + k, i)), { row: i, cell: AT.reads + k });
    }
    if (row.kind !== 'relation' && row.kind !== 'pack') return;
    const chosen = row.kind === 'relation' && row.relation.moved !== undefined;
    const names =
      row.kind === 'pack' ? (['A', 'B', 'C', 'E1'] as const) : (['A', 'B', 'E2', 'C', 'E1'] as const);
    for (const name of names) {
      const pair = name === 'C' || name === 'E1';
      if (pair && chosen) continue;
      const [segment, offset] = pair
        ? [argument(at[name], i), argument(at[name] + 1, i)]
        : [0n, argument(at[name], i)];
      push(values, `${segment}:${offset}`, { row: i, cell: AT.relation[name] });
    }
    if (chosen) {
      const digit = Number(argument(at.digit, i));
      moved.set(digit, [...(moved.get(digit) ?? []), i]);
    }
  });
  return { elements, values, moved };
}

/** Names of constraints that fail in any of the rows, with their cells put in place. */
function broken(
  edits: readonly { readonly row: number; readonly cells: Readonly<Record<number, bigint>> }[],
): string[] {
  const changed = new Map<number, bigint[]>();
  for (const { row, cells } of edits) {
    const own = changed.get(row) ?? rowOf(columns, row);
    for (const [cell, value] of Object.entries(cells)) own[Number(cell)] = value;
    changed.set(row, own);
  }
  return [...changed.values()].flatMap((cells) => judge(cells).broken);
}

describe('recursion: lies that are told in every row', function () {
  this.timeout(600_000);
  const { elements, values, moved } = readers();
  const { addresses } = fixedRows(narrow.rows);
  const writers: { id: number; row: number; lane: number; kind: Row['kind'] }[] = rows.flatMap((row, i) =>
    'lanes' in row
      ? row.lanes.flatMap((id, lane) => (id === undefined ? [] : [{ id, row: i, lane, kind: row.kind }]))
      : [],
  );

  it('an element, whichever row writes it, is noticed by a constraint of a row that has it', () => {
    const free: number[] = [];
    let judged = 0;
    for (const { id, row, lane, kind } of writers) {
      const read = elements.get(addresses[id]!) ?? [];
      // Digits that relations read are below; of those that nobody reads the row that writes them decides.
      if (read.length > 100 || (kind === 'digits' && lane < 3)) continue;
      const cell = AT.writes + lane;
      const honest = columns[cell]![row]!;
      for (const value of [random.element(FR_MODULUS), Fr.add(honest, 1n), Fr.neg(honest), 0n]) {
        if (value === honest) continue;
        judged++;
        const edits = [{ row, cell }, ...read].map((place) => ({
          row: place.row,
          cells: { [place.cell]: value },
        }));
        if (broken(edits).length === 0) free.push(id);
      }
    }
    assert.ok(judged >= 350, `${judged}`);
    // What no constraint has, nobody reads.
    assert.deepEqual(
      free.filter((id) => elements.has(addresses[id]!)),
      [],
    );
  });

  it('a digit that is another entry of its table: by the sum of the digits', () => {
    let judged = 0;
    for (const { id, row, lane, kind } of writers) {
      const reading = moved.get(addresses[id]!);
      if (kind !== 'digits' || lane === 3 || reading === undefined) continue;
      const old = columns[AT.writes + lane]![row]!;
      const magnitude = BigInt(2 * random.below(16) + 1);
      const sign = BigInt(random.below(2));
      const joined = magnitude + (sign << 16n);
      if (joined === old) continue;
      judged++;
      const own = {
        [AT.writes + lane]: joined,
        [AT.digits.magnitudes + lane]: magnitude,
        [AT.digits.signs + lane]: sign,
      };
      assert.deepEqual(broken([{ row, cells: own }]), ['what is left']);
      // And where the rows in front count another scalar, the relations have another sum.
      for (const at of reading) {
        const cells = { [AT.relation.magnitude]: magnitude, [AT.relation.sign]: sign };
        const entry = (name: 'C' | 'E1'): Record<number, bigint> => {
          const segment = argument(ARGUMENT.relation[name], at);
          const writer = rows.findIndex(
            (each, i) =>
              each.kind === 'value' &&
              argument(ARGUMENT.value.segment, i) === segment &&
              argument(ARGUMENT.value.offset, i) === magnitude,
          );
          const limbs = Array.from({ length: 16 }, (_, i) => columns[AT.value.limbs + i]![writer]!);
          return Object.fromEntries(
            [0, 1, 2, 3].map((word) => [
              AT.relation[name] + word,
              limbs
                .slice(4 * word, 4 * word + 4)
                .reduce((sum, limb, k) => sum + (limb << BigInt(16 * k)), 0n),
            ]),
          );
        };
        if (judged % 9 !== 0) continue;
        const failed = broken([{ row: at, cells: { ...cells, ...entry('C'), ...entry('E1') } }]);
        assert.ok(failed.length > 0, `row ${at}`);
      }
    }
    assert.ok(judged >= 45, `${judged}`);
  });

  it('a value that is another modulo p is noticed by a relation or by what it is packed as', () => {
    const survivors: string[] = [];
    let judged = 0;
    rows.forEach((row, i) => {
      if (row.kind !== 'value' || row.holds.what === 'quotient' || row.holds.what === 'carries') return;
      const place = `${argument(ARGUMENT.value.segment, i)}:${argument(ARGUMENT.value.offset, i)}`;
      const read = values.get(place) ?? [];
      if (read.length === 0 || read.length > 100) return;
      judged++;
      const value = random.element(FQ_MODULUS);
      const limbs = wordsOf(value).flatMap((word) =>
        [0n, 16n, 32n, 48n].map((bits) => (word >> bits) & 0xffffn),
      );
      if (limbs.every((limb, k) => limb === columns[AT.value.limbs + k]![i])) return;
      const edits = [
        { row: i, cells: Object.fromEntries(limbs.map((limb, k) => [AT.value.limbs + k, limb])) },
        ...read.map((each) => ({
          row: each.row,
          cells: Object.fromEntries(wordsOf(value).map((word, k) => [each.cell + k, word])),
        })),
      ];
      if (broken(edits).length === 0) survivors.push(place);
    });
    assert.ok(judged > 400, `${judged}`);
    assert.deepEqual(survivors, []);
  });
});
