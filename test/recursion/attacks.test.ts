/** Lies in rows of the recursion machine, each as consistent as a prover can make it, and the one thing that notices it. */
import assert from 'node:assert/strict';
import { FQ_MODULUS, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { ARGUMENT, AT, NARROW } from '../../sdk/src/recursion/narrow/chip.ts';
import type { RelationRow, Row, ValueRow } from '../../sdk/src/recursion/narrow/rows.ts';
import { FIELD, RANGE16, RELATION_SEGMENT, WORDS } from '../../sdk/src/recursion/parts/tags.ts';
import { carryWords, solveRelation, VALUE_BOUND, wordsOf } from '../../sdk/src/recursion/relation.ts';
import type { DigitsRow } from '../../sdk/src/recursion/rows/rows.ts';
import { createRandom } from '../kernels/random.ts';
import { judge, rowOf, type Verdict } from './lib/judge.ts';
import { sample } from './lib/sample.ts';

const { narrow, main } = sample();
const columns = [...main, ...narrow.fixed];
const rows = narrow.rows.rows;
const p = FQ_MODULUS;
const random = createRandom('attacks on recursion rows');

function find<T extends Row>(is: (row: Row) => row is T): number {
  const at = rows.findIndex(is);
  assert.ok(at >= 0);
  return at;
}
const isMoved = (row: Row): row is RelationRow => row.kind === 'relation' && row.relation.moved !== undefined;
const isGuarded = (row: Row): row is RelationRow =>
  row.kind === 'relation' &&
  row.relation.guard &&
  row.relation.moved === undefined &&
  row.relation.makes === 'A';
const isDigits = (row: Row): row is DigitsRow => row.kind === 'digits' && !row.last;
const isValue = (row: Row): row is ValueRow =>
  row.kind === 'value' && row.holds.what === 'value' && row.constant === undefined;
const isQuotient = (row: Row): row is ValueRow => row.kind === 'value' && row.holds.what === 'quotient';

/** The row with cells put in place, by number of a main column. */
function edited(at: number, edits: Readonly<Record<number, bigint>>): Verdict {
  const cells = rowOf(columns, at);
  for (const [column, value] of Object.entries(edits)) cells[Number(column)] = Fr.from(value);
  return judge(cells);
}
const words = (from: number, value: bigint): Record<number, bigint> =>
  Object.fromEntries(wordsOf(value).map((word, i) => [from + i, word]));
const argument = (i: number, row: number): bigint =>
  narrow.fixed[NARROW.fixed.findIndex(({ name }) => name === `a${i}`)]![row]!;
/** Tuples that a lie takes from the bus and an honest row does not. */
function taken(verdict: Verdict, honest: Verdict): bigint[][] {
  return [...verdict.bus]
    .filter(([key, sum]) => sum !== (honest.bus.get(key) ?? 0n))
    .map(([key]) => key.split(',').map(BigInt));
}

describe('recursion: digits that are none (32)', () => {
  it('a table has the odd multiples 1 … 31 and nothing else, so no other magnitude finds an entry', () => {
    const tables = new Set<bigint>();
    rows.forEach((row, at) => {
      if (!isMoved(row)) return;
      tables.add(argument(ARGUMENT.relation.C, at)).add(argument(ARGUMENT.relation.E1, at));
    });
    assert.equal(tables.size, 3);
    for (const segment of tables) {
      const offsets = rows.flatMap((row, at) =>
        row.kind === 'value' && argument(ARGUMENT.value.segment, at) === segment
          ? [argument(ARGUMENT.value.offset, at)]
          : [],
      );
      assert.deepEqual(
        offsets.toSorted((a, b) => Number(a - b)),
        Array.from({ length: 16 }, (_, i) => BigInt(2 * i + 1)),
      );
    }
  });

  it('2^w + 1, 0, an even one: no row writes what they choose', () => {
    const at = find(isMoved);
    const segment = argument(ARGUMENT.relation.C, at);
    const honest = edited(at, {});
    for (const magnitude of [33n, 0n, 2n, 30n, -1n, 1n << 16n]) {
      const asked = taken(edited(at, { [AT.relation.magnitude]: magnitude }), honest).filter(
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
    const at = find(isMoved);
    const other = rows.findIndex(
      (row, k) =>
        row.kind === 'value' && argument(ARGUMENT.value.segment, k) === argument(ARGUMENT.relation.E1, at),
    );
    const sent = edited(other, {});
    const stolen = [...sent.bus.keys()]
      .map((key) => key.split(',').map(BigInt))
      .find(([tag]) => tag === BigInt(WORDS.code))!;
    const lie = edited(at, {
      ...Object.fromEntries(stolen.slice(1, 5).map((word, i) => [AT.relation.C + i, word])),
      [AT.relation.magnitude]: stolen[6]!,
    });
    assert.equal(lie.bus.has(stolen.join()), false);
  });

  it('an element that is read as 5 and counted as −65531: the magnitude of a digit row is looked up', () => {
    const at = find(isDigits);
    const row = rows[at] as DigitsRow;
    const element = columns[AT.writes]![at]!;
    const [magnitude, sign] = [element & 0xffffn, element >> 16n];
    const wrong = {
      [AT.digits.magnitudes]: sign === 0n ? magnitude - 0x10000n : magnitude + 0x10000n,
      [AT.digits.signs]: 1n - sign,
    };
    // The scalar moves by a multiple of the digit's weight, and what is left of it stays.
    const before = rowOf(columns, at)[AT.reads]!;
    const signed = (m: bigint, s: bigint): bigint => (s === 0n ? m : -m);
    const moved = signed(wrong[AT.digits.magnitudes]!, 1n - sign) - signed(magnitude, sign);
    const lie = edited(at, { ...wrong, [AT.reads]: before + row.weights[0]! * moved });
    assert.deepEqual(lie.broken, []);
    const asked = taken(lie, edited(at, {})).filter(([tag]) => tag === BigInt(RANGE16.code));
    assert.ok(asked.some(([, limb]) => limb! >= 1n << 16n));
  });
});

describe('recursion: additions of points with equal x (33, 38)', () => {
  it('any slope would do, in every representation of x; the guard refuses', () => {
    const at = find(isGuarded);
    const { relation } = rows[at] as RelationRow;
    const B = 3n + random.element(1n << 250n);
    for (const C of [B, B + p]) {
      const slope = random.element(p);
      const y = random.element(p);
      const operands = { A: slope, B, C, E1: y, E2: y, sign: 1n } as const;
      const { quotient, carries } = solveRelation(relation, operands);
      const cells = {
        ...words(AT.relation.A, slope),
        ...words(AT.relation.B, B),
        ...words(AT.relation.C, C),
        ...words(AT.relation.E1, y),
        ...words(AT.relation.E2, y),
        ...words(AT.relation.quotient, quotient),
        ...Object.fromEntries(carries.flatMap(carryWords).map((word, i) => [AT.relation.carries + i, word])),
      };
      for (const inverse of [0n, 1n, random.element(FR_MODULUS)]) {
        const { broken } = edited(at, { ...cells, [AT.relation.inverse]: inverse });
        assert.deepEqual(broken, ['abscissae differ']);
      }
    }
  });
});

describe('recursion: a guard that no digit moves', () => {
  it('reads the constant zero: as −2^16 with a sign it would read 2^16 in front, where nothing stands', () => {
    const at = find(isGuarded);
    const lie = edited(at, { [AT.relation.magnitude]: -(1n << 16n), [AT.relation.sign]: 1n });
    const asked = taken(lie, edited(at, {})).filter(([tag]) => tag === BigInt(WORDS.code));
    const offset = argument(ARGUMENT.relation.C + 1, at);
    assert.ok(offset < 1n << 16n);
    assert.ok(asked.some((tuple) => tuple[6] === Fr.from(offset - (1n << 16n))));
    // The zero itself is what it reads: the digit is the same element.
    assert.ok(taken(lie, edited(at, {})).every(([tag]) => tag !== BigInt(FIELD.code)));
  });
});

describe('recursion: ranges (34)', () => {
  it('every limb is looked up, the top one of values twice', () => {
    const at = find(isValue);
    for (let i = 0; i < 16; i++) {
      const asked = taken(edited(at, { [AT.value.limbs + i]: 1n << 16n }), edited(at, {}));
      assert.ok(
        asked.some(([tag, limb]) => tag === BigInt(RANGE16.code) && limb === 1n << 16n),
        `limb ${i}`,
      );
    }
    const top = taken(edited(at, { [AT.value.limbs + 15]: 1n << 14n }), edited(at, {}));
    assert.ok(top.some(([tag, limb]) => tag === BigInt(RANGE16.code) && limb === 1n << 16n));
  });

  it('a quotient may be near 2^256, where a value may not', () => {
    const at = find(isQuotient);
    const asked = taken(edited(at, { [AT.value.limbs + 15]: 0xffffn }), edited(at, {}));
    assert.ok(
      asked.every(([tag, limb]) => tag !== BigInt(RANGE16.code) || limb === undefined || limb < 1n << 16n),
    );
  });

  it('a coordinate of p or more has no words of p − 1 − x', () => {
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

describe('recursion: tags and selectors (41)', () => {
  it('whatever is counted on the bus has the tag of its kind: no selector makes a look-up of another', () => {
    const codes = new Set(['1', '2', '3']);
    rows.forEach((_, at) => {
      if (at % 7 !== 0) return;
      for (const key of judge(rowOf(columns, at)).bus.keys())
        assert.ok(codes.has(key.split(',')[0]!), `row ${at}: ${key}`);
    });
  });

  it('the number of readers of a writer is what the bus needs, and quotients have no address that others read', () => {
    const at = find(isQuotient);
    assert.equal(argument(ARGUMENT.value.segment, at), BigInt(RELATION_SEGMENT));
    assert.notDeepEqual(edited(at, { [AT.value.readers]: 2n }).bus, edited(at, {}).bus);
  });
});
