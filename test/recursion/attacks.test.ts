/** Lies in rows of the recursion machine, in every layout, each as consistent as a prover can make it, and the one thing that notices it. */
import assert from 'node:assert/strict';
import { FQ_MODULUS, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { FIELD, RANGE16, RELATION_SEGMENT, segmentOf, WORDS } from '../../sdk/src/recursion/parts/tags.ts';
import type { RelationOperation } from '../../sdk/src/recursion/program.ts';
import { solveRelation, VALUE_BOUND, wordsOf } from '../../sdk/src/recursion/relation.ts';
import type { DigitsRow } from '../../sdk/src/recursion/rows/rows.ts';
import { VALUES_AT } from '../../sdk/src/recursion/wide/chips.ts';
import { createRandom } from '../kernels/random.ts';
import { judge, type Verdict } from './lib/judge.ts';
import {
  fixedCell,
  fixedName,
  type Row,
  relationOf,
  relationWitness,
  rowOf,
  type SampleChip,
  writtenOf,
} from './lib/layouts.ts';
import { samples } from './lib/sample.ts';

const p = FQ_MODULUS;
const random = createRandom('attacks on recursion rows');

function find(rows: readonly Row[], is: (row: Row, at: number) => boolean): number {
  const at = rows.findIndex(is);
  assert.ok(at >= 0);
  return at;
}
const relates =
  (is: (relation: RelationOperation) => boolean) =>
  (row: Row): boolean => {
    const relation = relationOf(row);
    return relation !== undefined && is(relation);
  };
const isMoved = relates(({ moved }) => moved !== undefined);
const isGuarded = relates(({ guard, moved, makes }) => guard && moved === undefined && makes === 'A');
const isPlain = relates(({ guard }) => !guard);
const isDigits = (row: Row): boolean => row.kind === 'digits' && !row.last;
const isFree = (row: Row): boolean => {
  const written = writtenOf(row);
  return written?.holds.what === 'value' && written.constant === undefined;
};

const wordsFrom = (from: number, value: bigint): Record<number, bigint> =>
  Object.fromEntries(wordsOf(value).map((word, i) => [from + i, word]));
/** Tuples that a lie takes from the bus and an honest row does not. */
function taken(verdict: Verdict, honest: Verdict): bigint[][] {
  return [...verdict.bus]
    .filter(([key, sum]) => sum !== (honest.bus.get(key) ?? 0n))
    .map(([key]) => key.split(',').map(BigInt));
}

for (const sample of samples()) {
  const { name, chips } = sample;
  const values = chips.find(({ relation }) => relation !== undefined)!;
  const elements = chips.find((each) => each.elements !== undefined)!;
  const places = values.relation!;
  const { limbs, readers } = values.value!;
  const { rows } = values;

  /** The row with cells put in place, by number of a main column. */
  const edited = (chip: SampleChip, at: number, edits: Readonly<Record<number, bigint>>): Verdict => {
    const cells = rowOf(chip, at);
    for (const [column, value] of Object.entries(edits)) cells[Number(column)] = Fr.from(value);
    return judge(chip.chip, cells);
  };
  const fixed = (of: Parameters<typeof fixedName>[1], row: number): bigint =>
    fixedCell(values, fixedName(sample, of), row);

  describe(`recursion: digits that are none (32), ${name}`, () => {
    it('a table has the odd multiples 1 … 31 and nothing else, so no other magnitude finds an entry', () => {
      const tables = new Set<bigint>();
      rows.forEach((row, at) => {
        if (isMoved(row)) tables.add(fixed('segment C', at)).add(fixed('segment E1', at));
      });
      assert.equal(tables.size, 3);
      for (const segment of tables) {
        const offsets = rows.flatMap((row, at) =>
          writtenOf(row) !== undefined && fixed('segment', at) === segment ? [fixed('offset', at)] : [],
        );
        assert.deepEqual(
          offsets.toSorted((a, b) => Number(a - b)),
          Array.from({ length: 16 }, (_, i) => BigInt(2 * i + 1)),
        );
      }
    });

    it('2^w + 1, 0, an even one: no row writes what they choose', () => {
      const at = find(rows, isMoved);
      const segment = fixed('segment C', at);
      const honest = edited(values, at, {});
      for (const magnitude of [33n, 0n, 2n, 30n, -1n, 1n << 16n]) {
        const asked = taken(edited(values, at, { [places.magnitude]: magnitude }), honest).filter(
          ([tag]) => tag === BigInt(WORDS.code),
        );
        const wanted = asked.filter((tuple) => tuple[5] === segment && tuple[6] === Fr.from(magnitude));
        // Offset 0 has no last field.
        assert.ok(
          wanted.length === 1 ||
            (magnitude === 0n && asked.some((tuple) => tuple[5] === segment && tuple.length === 6)),
        );
      }
    });

    it('an offset of another table: the segment is fixed, and a value of another one is another tuple', () => {
      const at = find(rows, isMoved);
      const { moved } = relationOf(rows[at]!)!;
      const other = find(rows, (row) => writtenOf(row)?.place.segment === moved!.E1);
      const written = edited(values, other, {});
      const stolen = [...written.bus.keys()]
        .map((key) => key.split(',').map(BigInt))
        .find((tuple) => tuple[0] === BigInt(WORDS.code) && tuple[5] === BigInt(segmentOf(moved!.E1)))!;
      const lie = edited(values, at, {
        ...Object.fromEntries(stolen.slice(1, 5).map((word, i) => [places.C + i, word])),
        [places.magnitude]: stolen[6]!,
      });
      assert.equal(lie.bus.has(stolen.join()), false);
    });

    it('an element that is read as 5 and counted as −65531: the magnitude of a digit row is looked up', () => {
      const { writes, reads, digits } = elements.elements!.cells;
      const at = find(elements.rows, isDigits);
      const row = elements.rows[at] as DigitsRow;
      const element = elements.columns[writes]![at]!;
      const [magnitude, sign] = [element & 0xffffn, element >> 16n];
      const wrong = {
        [digits.magnitudes]: sign === 0n ? magnitude - 0x10000n : magnitude + 0x10000n,
        [digits.signs]: 1n - sign,
      };
      // The scalar moves by a multiple of the digit's weight, and what is left of it stays.
      const before = elements.columns[reads]![at]!;
      const signed = (m: bigint, s: bigint): bigint => (s === 0n ? m : -m);
      const change = signed(wrong[digits.magnitudes]!, 1n - sign) - signed(magnitude, sign);
      const lie = edited(elements, at, { ...wrong, [reads]: before + row.weights[0]! * change });
      assert.deepEqual(lie.broken, []);
      const asked = taken(lie, edited(elements, at, {})).filter(([tag]) => tag === BigInt(RANGE16.code));
      assert.ok(asked.some(([, limb]) => limb! >= 1n << 16n));
    });
  });

  describe(`recursion: additions of points with equal x (33, 38), ${name}`, () => {
    it('any slope would do, in every representation of x; the guard refuses', () => {
      const at = find(rows, isGuarded);
      const relation = relationOf(rows[at]!)!;
      const B = 3n + random.element(1n << 250n);
      for (const C of [B, B + p]) {
        const slope = random.element(p);
        const y = random.element(p);
        const operands = { A: slope, B, C, E1: y, E2: y, sign: 1n } as const;
        const cells = {
          ...Object.assign(
            {},
            ...(['A', 'B', 'C', 'E1', 'E2'] as const).map((each) => wordsFrom(places[each], operands[each])),
          ),
          ...relationWitness(sample, solveRelation(relation, operands)),
        };
        for (const inverse of [0n, 1n, random.element(FR_MODULUS)]) {
          const { broken } = edited(values, at, { ...cells, [places.inverse]: inverse });
          assert.deepEqual(broken, ['abscissae differ']);
        }
      }
    });
  });

  describe(`recursion: a guard that no digit moves, ${name}`, () => {
    it('reads the constant zero: as −2^16 with a sign it would read 2^16 in front, where nothing stands', () => {
      const at = find(rows, isGuarded);
      const lie = edited(values, at, { [places.magnitude]: -(1n << 16n), [places.sign]: 1n });
      const asked = taken(lie, edited(values, at, {})).filter(([tag]) => tag === BigInt(WORDS.code));
      const offset = fixed('C', at);
      assert.ok(offset < 1n << 16n);
      assert.ok(asked.some((tuple) => tuple[6] === Fr.from(offset - (1n << 16n))));
      // The zero itself is what it reads: the digit is the same element.
      assert.ok(taken(lie, edited(values, at, {})).every(([tag]) => tag !== BigInt(FIELD.code)));
    });

    it('and a relation without a guard has neither sign nor magnitude', () => {
      const at = find(rows, isPlain);
      assert.deepEqual(
        edited(values, at, { [places.sign]: 1n }).broken.includes('no sign without a digit'),
        true,
      );
      const { broken } = edited(values, at, { [places.magnitude]: 2n });
      assert.deepEqual(broken, ['no magnitude without a digit']);
    });
  });

  describe(`recursion: ranges (34), ${name}`, () => {
    /** Whether a limb of 2^16 is asked for, and found in no row of the table. */
    const refusesLimb = (at: number, cell: number): void => {
      const asked = taken(edited(values, at, { [cell]: 1n << 16n }), edited(values, at, {}));
      assert.ok(
        asked.some(([tag, limb]) => tag === BigInt(RANGE16.code) && limb === 1n << 16n),
        `cell ${cell}`,
      );
    };

    it('every limb is looked up, the top one of values twice', () => {
      const at = find(rows, isFree);
      for (let i = 0; i < 16; i++) refusesLimb(at, limbs + i);
      const top = taken(edited(values, at, { [limbs + 15]: 1n << 14n }), edited(values, at, {}));
      assert.ok(top.some(([tag, limb]) => tag === BigInt(RANGE16.code) && limb === 1n << 16n));
    });

    it('of quotients and carries too; a quotient may be near 2^256, where a value may not', () => {
      const at =
        name === 'wide'
          ? find(rows, isGuarded)
          : find(rows, (row) => row.kind === 'value' && row.holds.what === 'quotient');
      const from = name === 'wide' ? VALUES_AT.quotient : limbs;
      const count = name === 'wide' ? VALUES_AT.A - VALUES_AT.quotient : 16;
      for (let i = 0; i < count; i++) refusesLimb(at, from + i);
      const asked = taken(edited(values, at, { [from + 15]: 0xffffn }), edited(values, at, {}));
      assert.ok(
        asked.every(([tag, limb]) => tag !== BigInt(RANGE16.code) || limb === undefined || limb < 1n << 16n),
      );
    });

    it('what is left of a coordinate to p − 1 is a value like any other', () => {
      const at = find(rows, (row) => writtenOf(row)?.holds.what === 'rest');
      for (let i = 0; i < 16; i++) refusesLimb(at, limbs + i);
    });
  });

  describe(`recursion: tags and selectors (41), ${name}`, () => {
    it('whatever is counted on the bus has the tag of its kind: no selector makes a look-up of another', () => {
      const codes = new Set(['1', '2', '3']);
      for (const chip of chips) {
        chip.rows.forEach((_, at) => {
          if (at % 7 !== 0) return;
          for (const key of judge(chip.chip, rowOf(chip, at)).bus.keys())
            assert.ok(codes.has(key.split(',')[0]!), `row ${at}: ${key}`);
        });
      }
    });

    it('the number of readers of a writer is what the bus needs', () => {
      const at = find(rows, isFree);
      const count = values.columns[readers]![at]! + 1n;
      assert.notDeepEqual(edited(values, at, { [readers]: count }).bus, edited(values, at, {}).bus);
    });

    it('quotients have no address that others read', () => {
      if (name === 'wide') {
        // They have none at all: whatever stands there changes no tuple but those of limbs.
        const at = find(rows, isGuarded);
        const lie = edited(values, at, { [VALUES_AT.quotient]: 12345n });
        assert.ok(taken(lie, edited(values, at, {})).every(([tag]) => tag === BigInt(RANGE16.code)));
        return;
      }
      const at = find(rows, (row) => row.kind === 'value' && row.holds.what === 'quotient');
      assert.equal(fixed('segment', at), BigInt(RELATION_SEGMENT));
    });
  });
}

describe('recursion: coordinates of p and more', () => {
  it('have no words of p − 1 − x', () => {
    const most = wordsOf(p - 1n);
    /** Whether carries and words in range make the equations of a pack true. */
    const packs = (x: bigint): boolean =>
      [0, 1, 2, 3, 4, 5, 6, 7].some((bits) => {
        const carry = (i: number): bigint => BigInt((bits >> i) & 1);
        return wordsOf(x).every((word, i) => {
          const rest = most[i]! + (i < 3 ? carry(i) << 64n : 0n) - word - (i > 0 ? carry(i - 1) : 0n);
          return rest >= 0n && rest < 1n << 64n;
        });
      });
    for (let i = 0; i < 300; i++) assert.ok(packs(random.element(p)));
    for (const x of [p, p + 1n, p + (1n << 64n), VALUE_BOUND - 1n, p + random.element(VALUE_BOUND - p)])
      assert.equal(packs(x), false);
  });
});
