/** Rules of the fixed columns that a key commits to, in every layout: each is broken, and refused by name. */
import assert from 'node:assert/strict';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { checkRows } from '../../sdk/src/recursion/narrow/check-rows.ts';
import { ARGUMENT } from '../../sdk/src/recursion/narrow/chip.ts';
import { PUBLIC_SEGMENT, RELATION_SEGMENT } from '../../sdk/src/recursion/parts/tags.ts';
import { MOST_COEFFICIENTS } from '../../sdk/src/recursion/relation.ts';
import { checkWide } from '../../sdk/src/recursion/wide/check-rows.ts';
import {
  type FixedName,
  fixedCell,
  fixedName,
  type Row,
  relationOf,
  type SampleChip,
  writtenOf,
} from './lib/layouts.ts';
import { samples } from './lib/sample.ts';

/** A fixed cell and what is put there. */
type Edit = readonly [chip: SampleChip, name: string, row: number, value: bigint];

for (const sample of samples()) {
  const { name, chips } = sample;
  const { publics } = sample.program;
  const values = chips.find(({ relation }) => relation !== undefined)!;
  const elements = chips.find((each) => each.elements !== undefined)!;
  const at = elements.elements!.arguments;

  const check = (edits: readonly Edit[], vector = publics): void => {
    const [first, second] = chips.map((chip) => {
      const columns = chip.columns.slice(chip.chip.main.length).map((column) => [...column]);
      for (const [of, column, row, value] of edits) {
        if (of === chip) columns[chip.chip.fixed.findIndex((each) => each.name === column)]![row] = value;
      }
      return columns;
    });
    if (name === 'narrow') checkRows(first!, vector);
    else
      checkWide(
        { values: first!, field: second! },
        { values: 2 ** values.log, field: 2 ** elements.log },
        vector,
      );
  };
  const refusesVector = (what: RegExp, vector: number, ...edits: Edit[]): void =>
    assert.throws(
      () => check(edits, vector),
      (error) => isWattestError(error) && error.code === 'SYSTEM_INVALID' && what.test(error.message),
      String(what),
    );
  const refused = (what: RegExp, ...edits: Edit[]): void => refusesVector(what, publics, ...edits);
  const find = (chip: SampleChip, is: (row: Row, at: number) => boolean): number => {
    const found = chip.rows.findIndex(is);
    assert.ok(found >= 0);
    return found;
  };
  /** Cells of rows of values and relations, and of rows of elements. */
  const set = (of: FixedName, row: number, value: bigint): Edit => [
    values,
    fixedName(sample, of),
    row,
    value,
  ];
  const kind = (of: string, row: number, value = 1n): Edit => [elements, of, row, value];
  const argument = (i: number, row: number, value: bigint): Edit => [elements, `a${i}`, row, value];
  const cell = (of: FixedName, row: number): bigint => fixedCell(values, fixedName(sample, of), row);

  const field = find(elements, (row) => row.kind === 'field');
  const digits = find(elements, (row) => row.kind === 'digits');
  const written = find(
    values,
    (row) => writtenOf(row)?.holds.what === 'value' && writtenOf(row)?.constant === undefined,
  );
  const relation = find(values, (row) => relationOf(row) !== undefined);
  const moved = find(values, (row) => relationOf(row)?.moved !== undefined);
  const guarded = find(
    values,
    (row) => relationOf(row)?.guard === true && relationOf(row)?.moved === undefined,
  );
  /** The last rows are padding. */
  const spare = 2 ** values.log - 1;
  const spareElement = 2 ** elements.log - 1;
  /** One row more that writes a value. */
  const writes = (segment: bigint, offset: bigint): Edit[] => [
    [values, 'value', spare, 1n],
    set('segment', spare, segment),
    set('offset', spare, offset),
    ...(name === 'narrow' ? [[values, `a${ARGUMENT.value.short}`, spare, 1n] as const] : []),
  ];

  describe(`recursion: rules of fixed columns (36), ${name}`, () => {
    it('the honest ones keep them', () => {
      check([]);
    });

    it('rows are of one kind, bits are bits, the index is the row', () => {
      refused(/is field and pack|is pack and field|is value and field/, kind('pack', field));
      refused(/pack is no bit/, kind('pack', field, 2n));
      refused(/index of another/, [elements, 'row', field, BigInt(field + 1)]);
      refused(/square is no bit|a0 is no bit/, set('square', relation, 2n));
      refused(/a10 is no bit/, argument(at.field.zeros[0], field, 2n));
      refused(/is no bit/, argument(at.digits.last, digits, 3n));
      refused(/guard.* and is no relation/, [values, 'guard', spare, 1n]);
      refused(/constant is no bit|a9 is no bit/, set('constant', written, 2n));
    });

    it('no address is written twice, limbs have none', () => {
      refused(/a second time/, ...writes(cell('segment', written), cell('offset', written)));
      refused(/among the public elements/, set('segment', written, BigInt(PUBLIC_SEGMENT)));
      // Where limbs share interactions with elements that are read.
      if (name === 'narrow') refused(/limbs with an address/, [values, 'a0', written, 5n]);
      else refused(/limbs with an address/, argument(4, digits, 5n));
    });

    it('everything that is read is written', () => {
      // A row of padding writes no element, and there is none behind the last row.
      refused(/which nothing writes/, argument(at.reads, field, BigInt(4 * spareElement)));
      refused(/which nothing writes/, argument(at.reads, field, BigInt(4 * 2 ** elements.log)));
      refused(/which nothing writes/, argument(at.reads, field, (1n << 64n) + 1n));
      for (const operand of ['A', 'B', 'E2', 'C', 'E1'] as const) {
        refused(/:65535, which nothing writes/, set(operand, relation, 65535n));
      }
      refused(/0:4294967296, which nothing writes/, set('A', relation, 1n << 32n));
      refused(/which nothing writes/, set('segment C', relation, 77n));
      refused(/which nothing writes/, set('digit', moved, BigInt(4 * spareElement)));
      const pack = find(elements, (row) => row.kind === 'pack');
      for (const place of Object.values(at.pack)) {
        refused(/:65535, which nothing writes/, argument(place, pack, 65535n));
      }
      const quotients = set('segment C', relation, BigInt(RELATION_SEGMENT));
      refused(/reads a quotient or a carry/, quotients);
    });

    it('public elements are read once each, in their segment, where nothing else is', () => {
      const row = find(elements, (each) => each.kind === 'public');
      const { segment, offset } = at.public;
      const more = [
        kind('public', spareElement),
        [elements, 'row', spareElement, BigInt(spareElement)] as const,
        ...(segment === undefined ? [] : [argument(segment, spareElement, BigInt(PUBLIC_SEGMENT))]),
      ];
      refused(/from 0 on are read 0 times/, argument(offset, row, 1n));
      refused(/from 0 on are read 2 times/, ...more);
      refused(/that there are not/, ...more, argument(offset, spareElement, 1n));
      refusesVector(/from 4 on are read 0 times/, publics + 2);
      if (segment !== undefined) refused(/reads no public elements/, argument(segment, row, 0n));
    });

    it('digits choose from tables by digits', () => {
      refused(/segment 0, which is no table/, set('segment C', moved, 0n));
      refused(/segment 77, which is no table/, set('segment E1', moved, 77n));
      refused(/has a digit and an offset/, set('C', moved, 2n));
      refused(/neither one nor zero/, set('digit', guarded, BigInt(4 * field + 1)));
      // What is left of a scalar is no digit.
      refused(/neither one nor zero/, set('digit', moved, BigInt(4 * digits + 3)));
      for (const entry of [4n, (1n << 16n) + 1n]) {
        const table = cell('segment C', moved);
        refused(new RegExp(`a table with an entry ${entry}`), ...writes(table, entry));
      }
    });

    it('what a digit might move stands in the first 2^16 offsets', () => {
      const far = (1n << 16n) + 9n;
      for (const operand of ['C', 'E1'] as const) {
        const single = set(`segment ${operand}`, guarded, 0n);
        refused(/behind the first 2\^16 offsets/, ...writes(0n, far), single, set(operand, guarded, far));
      }
    });

    it('coefficients add up to no more than 16, B and C of a guarded square counted', () => {
      const square = find(
        values,
        (row) => relationOf(row)?.square === true && relationOf(row)?.guard === true,
      );
      const plain = find(values, (row) => relationOf(row)?.square === false);
      const most = BigInt(MOST_COEFFICIENTS);
      for (const [row, least] of [
        [plain, most + 1n],
        [square, most - 1n],
      ] as const) {
        const bent = (e1: bigint, e2: bigint): Edit[] => [
          set('e1', row, Fr.from(e1)),
          set('e2', row, Fr.from(e2)),
        ];
        for (const [e1, e2] of [
          [0n, -least],
          [-1n, least - 1n],
          [FR_MODULUS / 2n, 0n],
        ] as const) {
          refused(/coefficients that add up to more than 16/, ...bent(e1, e2));
        }
        check(bent(1n - least, 0n));
      }
    });

    if (name === 'wide') {
      it('a constant is a value and no relation; squares and guards are relations', () => {
        refused(/is a constant and a relation/, [values, 'constant', relation, 1n]);
        refused(/is a constant and no value/, [values, 'constant', spare, 1n]);
        refused(/guard or a square and is no relation/, [values, 'square', spare, 1n]);
      });
    } else {
      it('quotients stand at their own rows, values are bounded, packs read single values', () => {
        const quotient = find(values, (row) => row.kind === 'value' && row.holds.what === 'quotient');
        const pack = find(elements, (row) => row.kind === 'pack');
        refused(/another row in the segment/, set('offset', quotient, 1n << 20n));
        refused(/top word is not bounded/, [values, `a${ARGUMENT.value.short}`, written, 0n]);
        refused(/short|a8 is no bit/, [values, `a${ARGUMENT.value.short}`, written, 2n]);
        refused(/lacks from a table/, [values, `a${ARGUMENT.relation.C}`, pack, 4n]);
      });
    }
  });
}
