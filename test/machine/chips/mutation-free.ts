/** Cells that nothing reads in some rows: the survivors of mutation, proven harmless by what is said here of each. */
import { CTL } from '../../../sdk/src/machine/chips/ctl.ts';
import { namesOf } from './case-table.ts';

const FETCHED: readonly string[] = ['ts', 'pc', 'fp', 'a', 'b', 'c'];

/** Whether a column of the row is 1. */
export type Row = (column: string) => boolean;
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
const fewLimbs = ['extend', 'move', 'jump'];
const firstOfLoad = all(any('first'), none('store'));
const oneRowDivision = all(any('div', 'rem'), none('first', 'second'));
const shift32 = all(any('shl', 'shr', 'rotl', 'sar'), none('wide'));
const outOfBoundsLoad = all(any('oob'), none('store'));
/** Of ctl what its table says: a cell is free in every case that does not name it, the time of an access where there is none. */
const freeOfCtl = CTL.chip.main
  .filter(({ range, name }) => range !== 'bit' && !FETCHED.includes(name))
  .map(({ name }) => ({ name, cases: namesOf(CTL, name) }))
  .filter(({ cases }) => cases.length < Object.keys(CTL.cases).length)
  .map(({ name, cases }) => [`ctl.${name}`, none(...cases)] as const);

/**
 * Cells that may hold something else, and in which rows: none of them reaches the bus there. Accesses that do not
 * happen leave their time and their old value free; limbs and bits that an opcode does not use are anything in range.
 */
export const FREE: Readonly<Record<string, Free>> = {
  'alu.tsB': any('jump'),
  'alu.x': any('jump'),
  'alu.tsC': any('immediate', 'extend', 'move', 'jump'),
  'alu.y': any('extend', 'move', 'jump'),
  'alu.tsA': any('branch', 'jump'),
  'alu.old': any('branch', 'jump'),
  'alu.result': any('branch', 'jump'),
  // Equal operands have no difference whose size would matter; sign extension reads r4 and r5 only, moves and jumps none.
  'alu.r0': any('eq', ...fewLimbs),
  'alu.r1': any('eq', ...fewLimbs),
  'alu.r2': either(any(...fewLimbs), all(any('eq'), none('signed'))),
  'alu.r3': either(any(...fewLimbs), all(any('eq'), none('signed'))),
  'alu.r4': none('signed', 'shift', 'extend'),
  'alu.r5': none('signed', 'shift', 'extend'),
  'alu.sign': none('signed', 'shift', 'extend'),
  'alu.carry': none('add', 'sub', 'rsub', 'signed'),
  'mem.tsB': none('load', 'store', 'element', 'setElement'),
  'mem.x': none('load', 'store', 'element', 'setElement'),
  'mem.key': any('constant'),
  'mem.tsCell': any('constant'),
  'mem.oldCell': any('constant'),
  'memx.tsCell1': either(notCrossing, any('oob')),
  'memx.low7': none('signed'),
  // The first row of a split load hands four bytes over and leaves the slot to the second.
  'memx.tsA': either(firstOfLoad, any('oob')),
  'memx.oldA': either(firstOfLoad, outOfBoundsLoad),
  // Of an access out of bounds u0 is in the distance; a load has no other use for its own bytes.
  'memx.u1': all(outOfBoundsLoad, any('size2', 'size4', 'size8')),
  'memx.u2': all(outOfBoundsLoad, any('size4', 'size8')),
  'memx.u3': all(outOfBoundsLoad, any('size4', 'size8')),
  ...Object.fromEntries(
    [4, 5, 6, 7].map((i) => [`memx.u${i}`, either(firstOfLoad, all(outOfBoundsLoad, any('size8')))]),
  ),
  'wide.exponent': none('shl', 'shr', 'rotl', 'sar'),
  'wide.power': none('shl', 'shr', 'rotl', 'sar'),
  'wide.sign': none('sar', 'add'),
  'wide.tsB': any('first'),
  'wide.tsC': any('immediate', 'first'),
  'wide.tsA': any('first'),
  'wide.x': any('first'),
  'wide.y': all(any('first'), none('immediate')),
  'wide.old': any('first'),
  // Limbs 4, 5 in 32-bit shifts without sign, 6, 7 in these and in divisions of one row, all four in first rows and sums; of
  // 32-bit sums 2, 3 too.
  ...Object.fromEntries(
    ['x4', 'x5', 'y4', 'y5'].map((name) => [
      `wide.${name}`,
      either(any('first', 'add'), all(shift32, none('sar'))),
    ]),
  ),
  ...Object.fromEntries(
    ['x6', 'x7', 'y6', 'y7'].map((name) => [
      `wide.${name}`,
      either(any('first', 'add'), shift32, oneRowDivision),
    ]),
  ),
  ...Object.fromEntries(
    ['x2', 'x3', 'y2', 'y3'].map((name) => [`wide.${name}`, all(any('add'), none('wide'))]),
  ),
  ...Object.fromEntries(freeOfCtl),
  // A refresh looks nothing up in the image.
  'boundary.lo': any('refresh'),
  'boundary.hi': any('refresh'),
  'boundary.regionTs': any('refresh'),
};
