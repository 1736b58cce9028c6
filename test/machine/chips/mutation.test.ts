import assert from 'node:assert/strict';
import { Fr } from '../../../sdk/src/field/field.ts';
import { opcodeInfo } from '../../../sdk/src/machine/instructions.ts';
import { figure } from '../../soundness/lib/report.ts';
import { SYSTEM } from './harness.ts';
import { actOf, type Cells, evaluate, IndexedChip, Provided, rowOf, trimmed } from './rows.ts';
import { samples } from './samples.ts';

type Row = (column: string) => boolean;
type Free = (on: Row) => boolean;

const all =
  (...conditions: readonly Free[]): Free =>
  (on) =>
    conditions.every((condition) => condition(on));
const any =
  (...columns: readonly string[]): Free =>
  (on) =>
    columns.some(on);
const none =
  (...columns: readonly string[]): Free =>
  (on) =>
    !columns.some(on);
const either =
  (...conditions: readonly Free[]): Free =>
  (on) =>
    conditions.some((condition) => condition(on));

const notCrossing: Free = (on) =>
  !(on('size8') || (on('size2') && on('offset3')) || (!on('size1') && !on('size2') && shifted(on)));
const shifted: Free = any('offset1', 'offset2', 'offset3');
const firstOfLoad = all(any('first'), none('store'));
const oneRowDivision = all(any('div', 'rem'), none('first', 'second'));
const shift32 = all(any('shl', 'shr', 'rotl', 'sar'), none('wide'));
const usesCell = ['jumpTable', 'call', 'callIndirect', 'read', 'write', 'drain', 'grow'];

/**
 * Cells that may hold something else, and in which rows: none of them reaches the bus there. Accesses that do not
 * happen leave their time and their old value free; limbs and bits that an opcode does not use are anything in range.
 */
const FREE: Readonly<Record<string, Free>> = {
  'alu.tsC': any('immediate', 'extend'),
  'alu.y': any('extend'),
  'alu.tsA': any('branch'),
  'alu.old': any('branch'),
  'alu.result': any('branch'),
  // Equal operands have no difference whose size would matter; sign extension reads r4 and r5 only.
  'alu.r0': any('eq', 'extend'),
  'alu.r1': any('eq', 'extend'),
  'alu.r2': either(any('extend'), all(any('eq'), none('signed'))),
  'alu.r3': either(any('extend'), all(any('eq'), none('signed'))),
  'alu.r4': none('signed', 'shift', 'extend'),
  'alu.r5': none('signed', 'shift', 'extend'),
  'alu.sign': none('signed', 'shift', 'extend'),
  'alu.carry': none('add', 'sub', 'rsub', 'signed'),
  'mem.tsB': none('load', 'store', 'element'),
  'mem.x': none('load', 'store', 'element'),
  'mem.key': any('constant'),
  'mem.tsCell': any('constant'),
  'mem.oldCell': any('constant'),
  'memx.tsCell1': notCrossing,
  'memx.low7': none('signed'),
  // The first row of a split load hands four bytes over and leaves the slot to the second.
  'memx.tsA': firstOfLoad,
  'memx.oldA': firstOfLoad,
  'memx.u4': firstOfLoad,
  'memx.u5': firstOfLoad,
  'memx.u6': firstOfLoad,
  'memx.u7': firstOfLoad,
  'wide.exponent': none('shl', 'shr', 'rotl', 'sar'),
  'wide.power': none('shl', 'shr', 'rotl', 'sar'),
  'wide.sign': none('sar'),
  'wide.tsB': any('first'),
  'wide.tsC': any('immediate', 'first'),
  'wide.tsA': any('first'),
  'wide.x': any('first'),
  'wide.y': all(any('first'), none('immediate')),
  'wide.old': any('first'),
  // Limbs 4, 5 in 32-bit shifts without sign, 6, 7 in these and in divisions of one row, all four in first rows.
  ...Object.fromEntries(
    ['x4', 'x5', 'y4', 'y5'].map((name) => [`wide.${name}`, either(any('first'), all(shift32, none('sar')))]),
  ),
  ...Object.fromEntries(
    ['x6', 'x7', 'y6', 'y7'].map((name) => [`wide.${name}`, either(any('first'), shift32, oneRowDivision)]),
  ),
  'ctl.r0': none('call', 'callIndirect', 'read', 'readPrivate', 'grow'),
  'ctl.r1': none('call', 'callIndirect', 'read', 'readPrivate'),
  'ctl.r2': none('read', 'readPrivate'),
  'ctl.r3': none('read', 'readPrivate'),
  'ctl.pcNext': any('exit'),
  'ctl.tsA': none('callIndirect', 'return', 'read', 'readPrivate', 'write'),
  'ctl.oldA': none('callIndirect', 'return', 'read', 'readPrivate', 'write'),
  'ctl.newA': any('jump', 'jumpTable', 'call', 'grow', 'goOn'),
  'ctl.key': any('jump', 'readPrivate', 'goOn', 'exit'),
  'ctl.old': any('jump', 'readPrivate', 'goOn', 'return'),
  'ctl.value': none(...usesCell),
  'ctl.tsCell': none(...usesCell),
};

/** Whether anyone objects to a row in which some cells are changed: a constraint, a table, or the rest of the bus. */
function objects(
  indexed: IndexedChip,
  provided: Provided,
  honest: Cells,
  changed: Cells,
  columns: readonly number[],
): boolean {
  for (const column of columns) {
    for (const { expression } of indexed.constraints[column]!) {
      if (evaluate(expression, changed) !== 0n) return true;
    }
  }
  for (const interaction of new Set(columns.flatMap((column) => indexed.interactions[column]!))) {
    const before = actOf(interaction, honest);
    const after = actOf(interaction, changed);
    if (before === undefined && after === undefined) continue;
    if (
      before?.multiplicity === after?.multiplicity &&
      before !== undefined &&
      trimmed(before.tuple) === trimmed(after!.tuple)
    ) {
      continue;
    }
    // What rows provide to each other balances as it is; what tables hold, a prover may look up as it likes.
    if (interaction.sign === 1) return true;
    if (before !== undefined && provided.holds(before.tuple) === undefined) return true;
    if (after !== undefined && (after.multiplicity !== 1n || provided.holds(after.tuple) !== true))
      return true;
  }
  return false;
}

const R = Fr.modulus;

function alternatives(value: bigint): bigint[] {
  const list = [value + 1n, value - 1n, value + (1n << 16n), value + (1n << 32n), value ^ 1n, 0n, 1n, 2n];
  list.push(R - value, value + Fr.inv(4n), 0x1234_5678_9abc_def0_1122n);
  return [...new Set(list.map(Fr.from))].filter((v) => v !== value);
}

interface Target {
  readonly indexed: IndexedChip;
  readonly provided: Provided;
  readonly honest: Cells;
  readonly where: string;
  readonly on: Row;
}

function targets(each: number): Target[] {
  const runs = samples(each).map((sample) => ({ ...sample, provided: new Provided(sample.run.program) }));
  return SYSTEM.chips
    .filter((chip) => chip.fixed.length === 0)
    .flatMap(({ name }) => {
      const indexed = new IndexedChip(name);
      const pc = indexed.index('pc');
      return runs.flatMap(({ run, rows, provided }) => {
        const opening = Array.from({ length: run.trace.boundary.rows + 1 }, (_, i) => i);
        const list = name === 'boundary' ? opening : rows[name as keyof typeof rows];
        return list.map((row): Target => {
          const honest = rowOf(run.witness, name, row);
          const opcode = pc < 0 ? undefined : opcodeInfo(run.program.code.opcode[Number(honest[pc])]!);
          const on: Row = (column) => honest[indexed.index(column)] === 1n;
          return { indexed, provided, honest, where: `${name}, row ${row} (${opcode?.name})`, on };
        });
      });
    });
}

describe('chips: honest rows with a cell changed', () => {
  it('someone objects, whatever the cell and its new value, but for cells that are free in that row', () => {
    const free = new Set<string>();
    let [tried, survived] = [0, 0];
    for (const { indexed, provided, honest, where, on } of targets(2)) {
      honest.forEach((value, i) => {
        const name = `${indexed.chip.name}.${indexed.chip.main[i]!.name}`;
        for (const other of alternatives(value)) {
          tried++;
          const changed = [...honest];
          changed[i] = other;
          if (objects(indexed, provided, honest, changed, [i])) continue;
          assert.ok(FREE[name]?.(on), `${where}: nobody objects to ${name} = ${other} for ${value}`);
          free.add(name);
          survived++;
        }
      });
    }
    assert.deepEqual([...free].sort(), Object.keys(FREE).sort(), 'the list of free cells is exact');
    figure(
      `${tried} cells changed: ${tried - survived} refused; ${survived} have no effect, all in the ${free.size} columns listed as free`,
    );
    assert.ok(tried > 50_000, `${tried} changes`);
  }).timeout(60_000);

  it('someone objects where two bits flip at once, but for two free ones', () => {
    let [tried, survived] = [0, 0];
    for (const { indexed, provided, honest, where, on } of targets(1)) {
      const bits = indexed.chip.main.filter(({ range }) => range === 'bit');
      for (const [k, first] of bits.entries()) {
        for (const second of bits.slice(k + 1)) {
          tried++;
          const changed = [...honest];
          for (const { index } of [first, second]) changed[index] = 1n - changed[index]!;
          if (objects(indexed, provided, honest, changed, [first.index, second.index])) continue;
          survived++;
          const names = [first, second].map(({ name }) => `${indexed.chip.name}.${name}`);
          assert.ok(
            names.every((name) => FREE[name]?.(on)),
            `${where}: nobody objects to ${names.join(' and ')}`,
          );
        }
      }
    }
    figure(
      `${tried} pairs of bits flipped: ${tried - survived} refused; ${survived} without effect, both free`,
    );
    assert.ok(tried > 20_000, `${tried} pairs`);
  }).timeout(60_000);
});
