/** Lies about tail calls: where they go, in which frame, and where what they called returns to. No row of its own is behind them: jumps, and comparisons of references. */

import * as I from '../../../sdk/src/machine/instructions.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import type { Code } from '../../../sdk/src/wasm/index.ts';
import { program } from './programs.ts';
import {
  cell,
  edited,
  type Lie,
  pcOf,
  rebalanced,
  rowAt,
  type Story,
  tell,
  withCode,
  withoutJump,
} from './story.ts';

const plus = (by: number): { readonly code: Code } => ({
  code: [['local.get', 0], ['i32.const', by], 'i32.add'],
});
const JUMP_ALONE = { opcode: I.JUMP.code, b: 0, c: 0, cHigh: 0 };

/** Function 4 goes on as function 5; function 6 is there too. Two calls of function 4. */
export const going = (): Program =>
  program(
    [
      ['local.get', 0],
      ['call', 4],
      ['call', 4],
      ['call', 6],
    ],
    {
      others: [
        {
          code: [
            ['local.get', 0],
            ['return_call', 5],
          ],
        },
        plus(1),
        plus(2),
      ],
    },
  );

/** Function 4 goes on as what the table of five has at its argument; functions 5 to 8 are of its type, 9 is of another. */
export const dispatching = (): Program =>
  program(
    [
      ['local.get', 0],
      ['call', 4],
    ],
    {
      others: [
        {
          code: [
            ['local.get', 0],
            ['local.get', 0],
            ['return_call_indirect', 3, 0],
          ],
        },
        ...[1, 2, 3, 4].map(plus),
        { type: 4, code: [['local.get', 0]] },
      ],
      tables: [{ type: 'funcref', limits: { min: 5, max: 5 } }],
      elements: [{ offset: [['i32.const', 0]], functions: [5, 6, 7, 8, 9] }],
    },
  );

const entryOf = (honest: Program, call: number): number => honest.code.a[pcOf(honest, I.CALL, call)]!;

function elsewhere(): Story {
  const honest = going();
  const jump = pcOf(honest, I.JUMP);
  const target = entryOf(honest, 3);
  const story = tell(honest, { args: [5n] }, { executed: withCode(honest, [[jump, { a: target }]]) });
  return rebalanced(
    [0, 1].reduce(
      (all, n) => edited(all, 'ctl', rowAt(story, 'ctl', jump, n), { pcNext: target }),
      story as Story,
    ),
  );
}

/** The jump keeps the frame; the row says that it moves it. */
function otherFrame(): Story {
  const story = tell(going(), { args: [5n] });
  const row = rowAt(story, 'ctl', pcOf(story.program, I.JUMP));
  return rebalanced(edited(story, 'ctl', row, { fpNext: cell(story, 'ctl', 'fpNext', row) + 4n }));
}

/** What the first tail call leads to returns behind the second call, which never was. */
function returnElsewhere(by: 'return' | 'call'): Story {
  const honest = going();
  const [first, second] = [1, 2].map((n) => pcOf(honest, I.CALL, n)) as [number, number];
  const back = pcOf(honest, I.RETURN, 2);
  const executed = withCode(honest, [[first + 2, { ...JUMP_ALONE, a: second + 2 }]]);
  const story = withoutJump(tell(honest, { args: [5n] }, { executed, claimed: executed }), first + 2);
  const row = rowAt(story, 'ctl', back);
  if (by === 'return') return rebalanced(edited(story, 'ctl', row, { pcNext: second + 2 }));
  // The call writes another return pc into the slot that the tail call leaves alone; all that follows is honest.
  const point = second + 1;
  const returned = edited(story, 'ctl', row, { oldA: point, newA: point, pcNext: point + 1 });
  // The third call finds it there.
  const found = edited(returned, 'ctl', rowAt(story, 'ctl', pcOf(honest, I.CALL, 3)), { old: point });
  return rebalanced(edited(found, 'ctl', rowAt(story, 'ctl', first), { value: point }));
}

/** The table of targets is entered one further on. */
function otherElement(): Story {
  const honest = dispatching();
  const pc = pcOf(honest, I.JUMP_TABLE);
  const targets = honest.code.c[pc]! + 1;
  const story = tell(honest, { args: [1n] }, { executed: withCode(honest, [[pc, { c: targets }]]) });
  return rebalanced(edited(story, 'ctl', rowAt(story, 'ctl', pc), { pcNext: targets + 1 }));
}

/** A function of another type: the bound of the references is taken for kept, and what lies behind the targets is entered. */
function otherType(): Story {
  const honest = dispatching();
  const bound = pcOf(honest, I.JUMP_TABLE) - 1;
  const story = tell(honest, { args: [4n] }, { executed: withCode(honest, [[bound, { c: 100 }]]) });
  return rebalanced(edited(story, 'alu', rowAt(story, 'alu', bound), { pcNext: bound + 1 }));
}

export const TAIL_CALL_LIES: readonly Lie[] = [
  { name: 'a tail call into another function', refused: ['ctl: next pc'], tell: elsewhere },
  { name: 'a tail call in another frame', refused: ['STATE', 'ctl: next fp'], tell: otherFrame },
  {
    name: 'a tail call that returns behind another call',
    refused: ['LEAVE'],
    tell: () => returnElsewhere('return'),
  },
  {
    name: 'a call whose tail call finds the return point of another',
    refused: ['ctl: cell'],
    tell: () => returnElsewhere('call'),
    proven: true,
  },
  { name: 'a tail call of another element', refused: ['ctl: next pc'], tell: otherElement },
  { name: 'a tail call of another type', refused: ['alu: next pc'], tell: otherType },
];
