/**
 * Lies about when a cell is accessed: a row told as the last that accesses its cell, though another stands behind it. What it reads was
 * written later; what it writes is not seen by who reads it then. The time since the access before is negative, which no limb is.
 */
import type { ChipName } from '../../../sdk/src/machine/instructions.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { MEMORY, STACK, TABLES } from '../../../sdk/src/machine/memory-map.ts';
import { assemble, type Line, MOVED, type ProgramParts, SHIFT } from '../../machine/chips/harness.ts';
import {
  cell,
  type Edit,
  edited,
  type Lie,
  openingOf,
  recounted,
  rowAt,
  type Story,
  tell,
  withCode,
} from './story.ts';

interface Late {
  readonly chip: ChipName;
  /** The access by the name that the chip has for it. */
  readonly access: string;
  /** The row as the program has it, and what it does instead: it accesses another cell, whose last access it is. */
  readonly line: Line;
  readonly executed: Edit[1];
  /** Cells, of which the row should access the first and accesses the second. */
  readonly cells?: readonly [own: number, other: number];
  /** Of a row that writes, the column with what was there. */
  readonly old?: string;
  /** The column that says which cell it is, where one does. */
  readonly key?: string;
  /** What follows, if not just what makes the lie one. */
  readonly rest?: readonly Line[];
}

/** Slots: 0 and 1 are the cells, 3 and 4 hold 0 and 1, what the row computes goes to slot 2. */
const BEFORE: readonly Line[] = [
  [I.CONST, 0, 0, 0, 0],
  [I.CONST, 0, 1, 0, 1],
  [I.CONST, 0, 3, 0, 0],
  [I.CONST, 0, 4, 0, 1],
  [I.CONST, 0, 2, 0, 9],
];
const PARTS: ProgramParts = {
  words: [
    { key: TABLES, value: 4n },
    { key: TABLES + 1, value: 5n },
    { key: MEMORY, value: 0x0b0a0908n },
    { key: MEMORY + 1, value: 1n },
  ],
};

/** The cell that is read is written, and what was read becomes an output; or the cell that is written does. */
const restOf = ({ old, rest }: Late): readonly Line[] =>
  rest ??
  (old === undefined
    ? [
        [I.CONST, 0, 0, 0, 1],
        [I.WRITE, 0, 2],
      ]
    : [[I.WRITE, 0, 0]]);

function late(told: Late): Story {
  const { chip, access, line, executed, cells = [STACK, STACK + 1], old, key } = told;
  const honest = assemble([...BEFORE, line, ...restOf(told)], PARTS);
  const pc = SHIFT + BEFORE.length + 1;
  const story = tell(honest, { placement: MOVED }, { executed: withCode(honest, [[pc, executed]]) });
  const row = rowAt(story, chip, pc);
  const [own, other] = cells.map((at) => openingOf(story, at)) as [number, number];
  const closed = (opening: number, name: 'receivedTs' | 'received'): bigint =>
    cell(story, 'boundary', name, opening);
  const time = `ts${access}`;
  const moved = edited(story, chip, row, {
    [time]: closed(own, 'receivedTs'),
    ...(old !== undefined && { [old]: closed(own, 'received') }),
    ...(key !== undefined && { [key]: cells[0] }),
  });
  const left = old === undefined ? closed(other, 'received') : cell(story, chip, old, row);
  const restored = edited(moved, 'boundary', other, {
    receivedTs: cell(story, chip, time, row),
    received: left,
  });
  const last = { receivedTs: closed(other, 'receivedTs'), received: closed(other, 'received') };
  return recounted(edited(restored, 'boundary', own, last));
}

/** The second cell that a load reaches holds 12, and later 1, which it finds. */
function lateSecondCell(): Story {
  const words = (second: bigint) => [
    { key: MEMORY, value: 5n },
    { key: MEMORY + 1, value: second },
  ];
  const lines: readonly Line[] = [
    [I.CONST, 0, 0, 0, 3],
    [I.CONST, 0, 1, 0, 1],
    [I.LOAD16, 0, 2, 0, 0],
    [I.STORE32, 0, 1, 0, 1],
    [I.WRITE, 0, 2],
  ];
  const executed = assemble(lines, { words: words(1n) });
  const story = tell(assemble(lines, { words: words(12n) }), {}, { executed });
  const [load, store] = [rowAt(story, 'memx', SHIFT + 3), rowAt(story, 'mem', SHIFT + 4)];
  const own = openingOf(story, MEMORY + 1);
  const opened = { sent: 12, hi: 12, receivedTs: cell(story, 'memx', 'ts', load) + 3n };
  let told: Story = edited(story, 'boundary', own, opened);
  told = edited(told, 'memx', load, { tsCell1: cell(story, 'mem', 'ts', store) + 2n });
  const earlier = { oldCell: 12, tsCell: cell(story, 'boundary', 'sentTs', own) };
  return recounted(edited(told, 'mem', store, earlier));
}

const LATE: readonly (Late & { readonly name: string })[] = [
  {
    name: 'an operand of a sum',
    chip: 'alu',
    access: 'B',
    line: [I.SUB, I.IMMEDIATE, 2, 0, 0],
    executed: { b: 1 },
  },
  {
    name: 'the second operand of a sum',
    chip: 'alu',
    access: 'C',
    line: [I.SUB, 0, 2, 4, 0],
    executed: { c: 1 },
  },
  {
    name: 'the result of a sum',
    chip: 'alu',
    access: 'A',
    line: [I.SUB, I.IMMEDIATE, 0, 4, 0],
    executed: { a: 1 },
    old: 'old',
  },
  {
    name: 'the index of a table',
    chip: 'mem',
    access: 'B',
    line: [I.TABLE_GET, 0, 2, 0, TABLES],
    executed: { b: 1 },
  },
  {
    name: 'the target of a constant',
    chip: 'mem',
    access: 'A',
    line: [I.CONST, 0, 0, 0, 7],
    executed: { a: 1 },
    old: 'oldA',
  },
  {
    name: 'the address of a load',
    chip: 'memx',
    access: 'B',
    line: [I.LOAD8, 0, 2, 0, 0],
    executed: { b: 1 },
  },
  {
    name: 'the target of a load',
    chip: 'memx',
    access: 'A',
    line: [I.LOAD8, 0, 0, 3, 0],
    executed: { a: 1 },
    old: 'oldA',
  },
  {
    name: 'the first cell of a load',
    chip: 'memx',
    access: 'Cell0',
    line: [I.LOAD8, 0, 2, 3, 0],
    executed: { c: 4 },
    cells: [MEMORY, MEMORY + 1],
    key: 'key',
    rest: [
      [I.STORE32, 0, 4, 3],
      [I.WRITE, 0, 2],
    ],
  },
  {
    name: 'an operand of a conjunction',
    chip: 'wide',
    access: 'B',
    line: [I.AND, I.IMMEDIATE, 2, 0, 3],
    executed: { b: 1 },
  },
  {
    name: 'the second operand of a conjunction',
    chip: 'wide',
    access: 'C',
    line: [I.AND, 0, 2, 4, 0],
    executed: { c: 1 },
  },
  {
    name: 'the result of a conjunction',
    chip: 'wide',
    access: 'A',
    line: [I.AND, I.IMMEDIATE, 0, 4, 3],
    executed: { a: 1 },
    old: 'old',
  },
  {
    name: 'an output',
    chip: 'ctl',
    access: 'A',
    line: [I.WRITE, 0, 0],
    executed: { a: 1 },
    rest: [[I.CONST, 0, 0, 0, 1]],
  },
  {
    name: 'the index of a jump',
    chip: 'ctl',
    access: 'Cell',
    line: [I.JUMP_TABLE, 0, 0, 0, 8],
    executed: { b: 1 },
    key: 'key',
    rest: [
      [I.EXIT_, 0, 1],
      [I.CONST, 0, 2, 0, 3],
      [I.CONST, 0, 0, 0, 1],
      [I.WRITE, 0, 2],
    ],
  },
];

export const TIME_LIES: readonly Lie[] = [
  ...LATE.map((one) => ({ name: one.name, tell: () => late(one) })),
  { name: 'the second cell of a load', tell: lateSecondCell, proven: true },
].map(({ name, ...rest }) => ({
  name: `${name}, accessed behind what comes later`,
  refused: ['RANGE16'],
  ...rest,
}));
