/** Lies about exit codes, the end of standard output and elements of tables. */
import assert from 'node:assert/strict';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { TABLES } from '../../../sdk/src/machine/memory-map.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { STATUS_EXITED, STATUS_RETURNED, STATUS_TRAPPED } from '../../../sdk/src/machine/program.ts';
import { program } from './programs.ts';
import { withStatement } from './stories-io.ts';
import {
  compile,
  edited,
  type Lie,
  openingOf,
  pcOf,
  rebalanced,
  rowAt,
  type Story,
  tell,
  withCode,
} from './story.ts';

/** Writes one byte, then exits with its argument as the code. */
export const exiting = (): Program =>
  compile({
    types: ['i32 i32 i32 i32 -> i32', 'i32 ->'],
    imports: [
      ['wasi_snapshot_preview1', 'fd_write', { kind: 'func', type: 0 }],
      ['wasi_snapshot_preview1', 'proc_exit', { kind: 'func', type: 1 }],
    ],
    functions: [
      {
        type: 1,
        code: [
          ...[1, 0, 1, 16].map((value) => ['i32.const', value] as const),
          ...([['call', 0], 'drop', ['local.get', 0], ['call', 1]] as const),
        ],
      },
    ],
    memories: [{ min: 1, max: 1 }],
    datas: [{ offset: [['i32.const', 0]], bytes: [8, 0, 0, 0, 1, 0, 0, 0, 65] }],
    exports: [['main', 'func', 2]],
  });

const withStatus = (story: Story, status: bigint): Story => withStatement(story, () => ({ status }));

/** The sum of kind and code is computed with another kind. */
function otherKind(): Story {
  const honest = exiting();
  const pc = pcOf(honest, I.SELECT) - 1;
  assert.equal(honest.code.cHigh[pc], Number(STATUS_EXITED >> 32n));
  const cHigh = honest.code.cHigh.slice();
  cHigh[pc] = Number(STATUS_TRAPPED >> 32n);
  return tell(honest, { args: [9n] }, { executed: { ...honest, code: { ...honest.code, cHigh } } });
}

/** The code is not 0, and 0 takes its place as if it were. */
function errorAsReturn(): Story {
  const honest = exiting();
  const pc = pcOf(honest, I.SELECT);
  const executed = withCode(honest, [[pc, { opcode: I.SELECT.code | I.IMMEDIATE | I.EQUAL }]]);
  const story = tell(honest, { args: [9n] }, { executed });
  assert.equal(story.statement.status, STATUS_RETURNED);
  return story;
}

/** The row that exits says another status than its slot. */
function otherSlot(): Story {
  const story = tell(exiting(), { args: [9n] });
  const row = rowAt(story, 'ctl', pcOf(story.program, I.EXIT_SLOT));
  return rebalanced(withStatus(edited(story, 'ctl', row, { newA: 0 }), 0n));
}

/** That row and its slot agree, and whoever wrote the slot does not. */
function otherSlotReadBefore(): Story {
  const story = tell(exiting(), { args: [9n] });
  const row = rowAt(story, 'ctl', pcOf(story.program, I.EXIT_SLOT));
  return rebalanced(withStatus(edited(story, 'ctl', row, { oldA: 0, newA: 0 }), 0n));
}

/** The last byte and the length are not written: the statement ends before them. */
const shortOutput = (): Story =>
  withStatement(tell(exiting(), { args: [0n] }), ({ publicOutputs }) => {
    assert.deepEqual(publicOutputs, [65n, 1n]);
    return { publicOutputs: [] };
  });

/** Sets element x of a table of three, with another table behind it; calls element 0 of the first. */
export const setting = (): Program =>
  program(
    [
      ...([
        ['local.get', 0],
        ['ref.func', 5],
        ['table.set', 0],
      ] as const),
      ...([
        ['i32.const', 5],
        ['i32.const', 0],
        ['call_indirect', 3, 0],
      ] as const),
    ],
    {
      others: [1, 2].map((by) => ({ code: [['local.get', 0], ['i32.const', by], 'i32.add'] })),
      tables: [3, 2].map((size) => ({ type: 'funcref', limits: { min: size, max: size } })),
      elements: [{ offset: [['i32.const', 0]], functions: [4, 5] }],
    },
  );

/** The row of `table.set`, told with other cells; the run was that of a program with another key in it. */
function otherElement(): Story {
  const honest = setting();
  const pc = pcOf(honest, I.TABLE_SET);
  const story = tell(honest, { args: [0n] }, { executed: withCode(honest, [[pc, { c: TABLES + 1 }]]) });
  return rebalanced(edited(story, 'mem', rowAt(story, 'mem', pc), { key: TABLES + 1 }));
}

/** Null is written, which the slot does not hold (nor does it behind, for one column serves both). */
function nullElement(): Story {
  const honest = setting();
  const story = tell(honest, { args: [2n] });
  const row = rowAt(story, 'mem', pcOf(honest, I.TABLE_SET));
  const emptied = edited(story, 'boundary', openingOf(story, TABLES + 2), { received: 0 });
  return rebalanced(edited(emptied, 'mem', row, { value: 0 }));
}

/** The branch that compares the index of `table.set` with the size goes as if that were another size. */
function otherTableSize(index: bigint, size: number, trapsAt: (target: number, pc: number) => number): Story {
  const honest = setting();
  const set = pcOf(honest, I.TABLE_SET);
  const isBranch = (opcode: number, pc: number): boolean =>
    pc < set && (opcode & I.CODE_MASK) === I.BRANCH.code;
  const pc = honest.code.opcode.findLastIndex(isBranch);
  assert.equal(honest.code.c[pc], 3);
  const story = tell(honest, { args: [index] }, { executed: withCode(honest, [[pc, { c: size }]]) });
  const pcNext = trapsAt(honest.code.a[pc]!, pc + 1);
  return rebalanced(edited(story, 'alu', rowAt(story, 'alu', pc), { pcNext }));
}

export const EXIT_LIES: readonly Lie[] = [
  {
    name: 'an exit with a code told as a trap',
    refused: ['alu: add, sub, rsub: result'],
    tell: otherKind,
  },
  { name: 'an exit with an error told as a return', refused: ['alu: select: result'], tell: errorAsReturn },
  {
    name: 'a row that exits with another status than its slot',
    refused: ['MEM', 'ctl: slot a'],
    tell: otherSlot,
  },
  {
    name: 'a row that exits with another status, its slot read so too',
    refused: ['MEM'],
    tell: otherSlotReadBefore,
  },
  { name: 'standard output without its end', refused: ['OUTPUT'], tell: shortOutput },
  { name: 'table.set of another element', refused: ['mem: key'], tell: otherElement },
  {
    name: 'table.set of what the slot does not hold',
    refused: ['MEM', 'mem: value'],
    tell: nullElement,
  },
  {
    name: 'table.set beyond the size, into the next table',
    refused: ['alu: next pc'],
    tell: () => otherTableSize(3n, 4, (_, next) => next),
  },
  {
    name: 'table.set that traps within the size',
    refused: ['alu: next pc'],
    tell: () => otherTableSize(2n, 2, (target) => target),
  },
];
