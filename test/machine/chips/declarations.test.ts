import assert from 'node:assert/strict';
import { scalarRing } from '../../../sdk/src/expr/evaluate.ts';
import { degree } from '../../../sdk/src/expr/expression.ts';
import { type ChipName, OPCODES, opcodeInfo } from '../../../sdk/src/machine/instructions.ts';
import { AND8, BYTES, RANGE16, TAGS } from '../../../sdk/src/machine/tags.ts';
import type { Chip, Expr } from '../../../sdk/src/plonk/declare/declare.ts';
import { forEachLeaf } from '../../../sdk/src/plonk/declare/layout.ts';
import { LAYOUT, SYSTEM } from './harness.ts';

const MOST_COLUMNS = 285;

/** Chips whose rows are live by selectors; the others are tables. */
const LIVE = SYSTEM.chips.filter((chip) => chip.fixed.length === 0);

const columnsIn = (e: Expr): Set<string> => {
  const names = new Set<string>();
  forEachLeaf(e, (leaf) => {
    if (leaf.op === 'column') names.add(leaf.column.name);
  });
  return names;
};

function evaluate(e: Expr, cell: (name: string) => bigint): bigint {
  switch (e.op) {
    case 'constant':
      return scalarRing.add(((e.value % R) + R) % R, 0n);
    case 'column':
      return cell(e.column.name);
    case 'challenge':
      throw new Error('no challenges in declarations');
    default:
      return scalarRing[e.op](evaluate(e.left, cell), evaluate(e.right, cell));
  }
}
const R = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;

/** The bits of "at most one selector", in order. */
function selectorsOf(chip: Chip): string[] {
  const constraint = chip.constraints.find(({ name }) => name === 'at most one selector');
  assert.ok(constraint, `${chip.name} has selectors`);
  return [...columnsIn(constraint.expression)];
}

describe('chips: declarations', () => {
  it('stay within the columns that the gas allows', () => {
    const rows = LAYOUT.chips.map(({ chip, helpers, constraints, program }) => ({
      chip: chip.name,
      main: chip.main.length,
      fixed: chip.fixed.length,
      interactions: chip.interactions.length,
      helpers: helpers.length,
      constraints: constraints.length,
      operations: program.operations.length,
      columns: chip.main.length + chip.fixed.length + helpers.length,
    }));
    console.table(rows);
    const total = rows.reduce((sum, { columns }) => sum + columns, 0);
    console.log(`      ${total} columns in all`);
    assert.ok(total <= MOST_COLUMNS, `${total} columns`);
  });

  it('every degree is at most 4, and three interactions fit a helper', () => {
    for (const { chip, helpers } of LAYOUT.chips) {
      for (const { name, expression } of chip.constraints) {
        assert.ok(degree(expression) <= 4, `${chip.name}/${name}`);
      }
      assert.equal(helpers.length, Math.ceil(chip.interactions.length / 3), chip.name);
    }
  });

  it('every main cell has an enforced range kind, or a reason', () => {
    for (const chip of SYSTEM.chips) {
      for (const column of chip.main) {
        const where = `${chip.name}/${column.name}`;
        const looked = chip.interactions.filter(
          ({ sign, tuple }) =>
            sign === -1 && tuple.slice(1).some((field) => columnsIn(field).has(column.name)),
        );
        if (column.range === 'bit') {
          const constraint = chip.constraints.find(({ name }) => name === `${column.name} is a bit`);
          assert.ok(constraint, where);
          for (const [value, zero] of [
            [0n, true],
            [1n, true],
            [2n, false],
            [R - 1n, false],
          ] as const) {
            assert.equal(evaluate(constraint.expression, () => value) === 0n, zero, where);
          }
        } else if (column.range === 'limb16') {
          const lookup = looked.find(
            ({ tags, tuple }) =>
              tags[0] === RANGE16 && tuple[1]!.op === 'column' && tuple[1]!.column === column,
          );
          assert.ok(lookup, where);
          // Checked on every real row.
          const real = evaluate(lookup.multiplicity, () => 1n);
          assert.equal(real, BigInt(selectorsOf(chip).length), where);
        } else if (column.range === 'byte') {
          const lookup = looked.find(
            ({ tags, tuple }) =>
              (tags[0] === AND8 || tags[0] === BYTES) &&
              tuple.some((field) => field.op === 'column' && field.column === column),
          );
          assert.ok(lookup, where);
          assert.equal(
            evaluate(lookup.multiplicity, () => 1n),
            BigInt(selectorsOf(chip).length),
            where,
          );
        } else {
          assert.ok(column.why.length > 0, where);
        }
      }
    }
  });

  it('multiplicities are bits wherever the constraints on bits hold, and 0 in rows without selector', () => {
    for (const chip of LIVE) {
      const bits = chip.main.filter(({ range }) => range === 'bit').map(({ name }) => name);
      const selectors = selectorsOf(chip);
      const used = chip.interactions.map(({ name, multiplicity }) => ({
        name,
        multiplicity,
        columns: columnsIn(multiplicity),
      }));
      const rules = chip.constraints
        .map(({ expression }) => ({ expression, columns: [...columnsIn(expression)] }))
        .filter(({ columns }) => columns.every((name) => bits.includes(name)));
      // Bits in multiplicities, and those that rules tie to them.
      const free = bits.filter(
        (name) => !selectors.includes(name) && used.some(({ columns }) => columns.has(name)),
      );
      for (const { columns } of rules) {
        if (!columns.some((name) => free.includes(name))) continue;
        free.push(...columns.filter((name) => !selectors.includes(name) && !free.includes(name)));
      }
      for (const chosen of [undefined, ...selectors]) {
        let rows = 0;
        for (let mask = 0; mask < 2 ** free.length; mask++) {
          const on = new Set([chosen, ...free.filter((_, i) => (mask >> i) & 1)]);
          const cell = (name: string): bigint => (on.has(name) ? 1n : 0n);
          const ruled = rules.filter(({ columns }) =>
            columns.every((name) => free.includes(name) || selectors.includes(name)),
          );
          if (ruled.some(({ expression }) => evaluate(expression, cell) !== 0n)) continue;
          rows++;
          for (const { name, multiplicity, columns } of used) {
            // The number of cells that open in a page is the one multiplicity that is no bit: 0 without its selector.
            const isCount = chip.name === 'ctl' && name === 'zero page';
            assert.ok(
              isCount || [...columns].every((column) => bits.includes(column)),
              `${chip.name}/${name}`,
            );
            const value = evaluate(multiplicity, (column) => (column === 'r0' ? 77n : cell(column)));
            const allowed = chosen === undefined ? [0n] : isCount ? [chosen === 'grow' ? 77n : 0n] : [0n, 1n];
            assert.ok(allowed.includes(value), `${chip.name}/${name}: ${value} at ${[...on].join()}`);
          }
        }
        assert.ok(rows > 0, `${chip.name}: no row with ${chosen}`);
      }
    }
  });

  it('the opcode of a row determines its selector and its flags', () => {
    // The forms that one opcode may take, each bound by its own constraints.
    const allowed: Readonly<Record<string, string | readonly string[]>> = {
      ctl: [
        'call or noStack',
        'callIndirect or isNull or largerType or smallerType or noStackIndirect',
        'read or noInput',
        'drain or goOn',
      ],
      memx: 'size8 or first or second',
      wide: 'wide or first or second',
    };
    for (const { chip } of LAYOUT.chips) {
      const instruction = chip.interactions.find(({ name }) => name === 'instruction');
      if (instruction === undefined) continue;
      const opcode = instruction.tuple[2]!;
      const selectors = selectorsOf(chip);
      const flags = [...columnsIn(opcode)].filter((name) => !selectors.includes(name));
      const rules = chip.constraints.filter(({ expression }) =>
        [...columnsIn(expression)].every((name) => flags.includes(name) || selectors.includes(name)),
      );
      const known = new Map<number, string[][]>();
      for (const chosen of selectors) {
        for (let mask = 0; mask < 2 ** flags.length; mask++) {
          const on = new Set([chosen, ...flags.filter((_, i) => (mask >> i) & 1)]);
          const cell = (name: string): bigint => (on.has(name) ? 1n : 0n);
          if (rules.some(({ expression }) => evaluate(expression, cell) !== 0n)) continue;
          const value = Number(evaluate(opcode, cell));
          const info = opcodeInfo(value);
          if (info === undefined || (value & ~(info.flags | 127)) !== 0) continue;
          assert.ok(info.chips.includes(chip.name as ChipName), `${chip.name} takes ${info.name}`);
          known.set(value, [...(known.get(value) ?? []), [...on]]);
        }
      }
      for (const [value, rows] of known) {
        if (rows.length === 1) continue;
        const shared = rows[0]!.filter((name) => rows.every((row) => row.includes(name)));
        const apart = rows.map((row) => row.filter((name) => !shared.includes(name)).join('+')).join(' or ');
        assert.ok([allowed[chip.name]].flat().includes(apart), `${chip.name}: opcode ${value}: ${apart}`);
      }
    }
  });

  it('every executed opcode is served by the chips that its row of the table names', () => {
    for (const info of OPCODES) {
      for (const name of info.chips)
        assert.ok(
          SYSTEM.chips.some((chip) => chip.name === name),
          info.name,
        );
    }
    assert.equal(new Set(OPCODES.map(({ code }) => code)).size, OPCODES.length);
    assert.equal(new Set(TAGS.map(({ code }) => code)).size, TAGS.length);
    assert.ok(TAGS.every(({ code }) => code >= 1));
    assert.ok(OPCODES.every(({ code }) => code >= 1 && code < 128));
  });
});
