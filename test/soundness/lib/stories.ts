/** The lies: each a whole run with one thing false, and what the row checker says to it. */
import { extended, Machine } from '../../../sdk/src/machine/execute/machine.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { CELLS_PER_PAGE, MEMORY, OUTPUT_COUNTER, TABLES } from '../../../sdk/src/machine/memory-map.ts';
import { assemble, type Line, SHIFT } from '../../machine/chips/harness.ts';
import { indirect, OUTPUT_CALL, program, REQUIRE_CALL, SUM } from './programs.ts';
import { BOUNDARY_LIES } from './stories-boundary.ts';
import { DIVISION_LIES } from './stories-division.ts';
import { EXIT_LIES } from './stories-exits.ts';
import { FIELD_LIES } from './stories-field.ts';
import {
  copied,
  counterSetBack,
  extraWrite,
  privateForPublic,
  reorderedInputs,
  repeatedInput,
  unreadInput,
  wideArgument,
  withStatement,
} from './stories-io.ts';
import { TAIL_CALL_LIES } from './stories-tail-calls.ts';
import { TIME_LIES } from './stories-times.ts';
import {
  exhaustedWithInputs,
  exhaustedWithRoom,
  mismatchOfSameType,
  nullOfFunction,
  otherTrap,
  otherTypeAsNull,
  trapAsReturn,
  trapByStalePages,
  trapInBounds,
  writingTrap,
} from './stories-traps.ts';
import {
  cell,
  type Edit,
  edited,
  type Lie,
  openingOf,
  pcOf,
  rebalanced,
  rowAt,
  type Story,
  tell,
  withCode,
  withoutJump,
} from './story.ts';

function resultOffByOne(claims: 'result' | 'opcode'): Story {
  const honest = program(SUM);
  const executed = withCode(honest, [[pcOf(honest, I.ADD), { c: 42 }]]);
  return tell(honest, { args: [5n] }, { executed, claimed: claims === 'result' ? honest : executed });
}

/** What the row does is another instruction than the one at its pc. */
function otherInstruction(line: Line, edit: Edit[1]): Story {
  const lines: readonly Line[] = [[I.CONST, 0, 0, 0, 7], line, [I.WRITE, 0, 2]];
  const honest = assemble(lines, { words: [{ key: MEMORY + 2, value: 0x0b0a_0908n }] });
  const executed = withCode(honest, [[SHIFT + 2, edit]]);
  return tell(honest, {}, { executed, claimed: executed });
}

/** Makes a jump of any instruction, with its target as field a. */
const JUMP_ALONE = { opcode: I.JUMP.code, b: 0, c: 0, cHigh: 0 };

/** `(x + 3) ^ 5`, without the second. */
function skippedInstruction(): Story {
  const honest = program([
    ['local.get', 0],
    ['i32.const', 3],
    'i32.add',
    ['local.set', 0],
    ['local.get', 0],
    ['i32.const', 5],
    'i32.xor',
  ]);
  const skipped = pcOf(honest, I.XOR);
  const executed = withCode(honest, [[skipped, { ...JUMP_ALONE, a: skipped + 1 }]]);
  const story = tell(honest, { args: [1n] }, { executed, claimed: executed });
  const before = rowAt(story, 'alu', pcOf(honest, I.ADD));
  return rebalanced(edited(withoutJump(story, skipped), 'alu', before, { pcNext: skipped + 1 }));
}

/** A skipped multiplication behind a move, whose next pc is no cell at all. */
function skippedBehindMove(): Story {
  const honest = program(
    [
      ['local.get', 0],
      ['local.tee', 1],
      ['local.get', 0],
      ['i32.const', 1],
      'i32.add',
      ['local.set', 0],
      ['local.get', 1],
      'i32.mul',
      ['local.get', 0],
      'i32.add',
    ],
    { locals: ['i32'] },
  );
  const skipped = pcOf(honest, I.ADD);
  const executed = withCode(honest, [[skipped, { ...JUMP_ALONE, a: skipped + 1 }]]);
  return rebalanced(withoutJump(tell(honest, { args: [6n] }, { executed, claimed: executed }), skipped));
}

/** A load from the second page, which there is later or never; the cell says that its page was made at `regionTs`. */
function fromPage(
  grows: boolean,
  boundary: (load: bigint, grow: bigint) => { sentTs: bigint; regionTs: bigint },
): Story {
  const load = [
    ['local.get', 0],
    ['i32.load', 2, 65536],
  ] as const;
  const honest = program(grows ? [...load, ['i32.const', 1], ['memory.grow'], 'drop'] : load);
  const pc = pcOf(honest, I.LOAD32);
  const story = tell(honest, { args: [0n] }, { executed: withCode(honest, [[pc, { c: 0 }]]) });
  const at = cell(story, 'mem', 'ts', rowAt(story, 'mem', pc)) + 2n;
  const grow = grows ? cell(story, 'ctl', 'ts', rowAt(story, 'ctl', pcOf(honest, I.GROW))) : 0n;
  const first = BigInt(MEMORY + CELLS_PER_PAGE);
  const cells = { key: first, lo: first, hi: first + BigInt(CELLS_PER_PAGE - 1), ...boundary(at, grow) };
  const opened = edited(story, 'boundary', openingOf(story, MEMORY), cells);
  return rebalanced(edited(opened, 'mem', rowAt(story, 'mem', pc), { tsCell: cells.sentTs }));
}

const twoCalls = (second: number) =>
  program(
    [
      ['local.get', 0],
      ['call', 4],
      ['call', second],
    ],
    {
      others: [
        { code: [['local.get', 0], ['i32.const', 1], 'i32.add'] },
        { code: [['local.get', 0], ['i32.const', 2], 'i32.add'] },
      ],
    },
  );

/** The first call returns behind the second. */
function forgedReturn(by: 'return' | 'call'): Story {
  const honest = twoCalls(4);
  const calls = [1, 2].map((n) => pcOf(honest, I.CALL, n)) as [number, number];
  if (by === 'call') {
    // The call writes another return pc into the slot; all that follows is honest.
    const executed = withCode(honest, [[calls[0] + 2, { ...JUMP_ALONE, a: calls[1] + 2 }]]);
    const story = withoutJump(tell(honest, { args: [5n] }, { executed, claimed: executed }), calls[0] + 2);
    const point = calls[1] + 1;
    const back = rowAt(story, 'ctl', pcOf(honest, I.RETURN, 1));
    const returned = edited(story, 'ctl', back, { oldA: point, newA: point, pcNext: point + 1 });
    const slot = Number(cell(story, 'ctl', 'key', rowAt(story, 'ctl', calls[0])));
    const closed = edited(returned, 'boundary', openingOf(story, slot), { received: point });
    return rebalanced(edited(closed, 'ctl', rowAt(story, 'ctl', calls[0]), { value: point }));
  }
  const executed = withCode(honest, [[calls[0] + 2, { ...JUMP_ALONE, a: calls[1] + 2 }]]);
  const story = withoutJump(tell(honest, { args: [5n] }, { executed, claimed: executed }), calls[0] + 2);
  const back = rowAt(story, 'ctl', pcOf(honest, I.RETURN, 1));
  return rebalanced(edited(story, 'ctl', back, { pcNext: calls[1] + 2 }));
}

function intoOtherFunction(): Story {
  const honest = twoCalls(5);
  const [first, second] = [1, 2].map((n) => pcOf(honest, I.CALL, n)) as [number, number];
  const target = honest.code.a[second]!;
  const story = tell(honest, { args: [5n] }, { executed: withCode(honest, [[first, { a: target }]]) });
  return rebalanced(edited(story, 'ctl', rowAt(story, 'ctl', first), { pcNext: target }));
}

function wrongType(): Story {
  const honest = indirect();
  const executed = withCode(honest, [[pcOf(honest, I.CALL_INDIRECT), { c: honest.functions[1]!.type }]]);
  return tell(honest, { args: [1n] }, { executed });
}

/** The null of element 2 calls what element 0 holds. */
function throughNull(): Story {
  const honest = indirect();
  const load = pcOf(honest, I.TABLE_GET);
  const story = tell(honest, { args: [2n] }, { executed: withCode(honest, [[load, { c: TABLES - 2 }]]) });
  const empty = { sent: 0, received: 0, word: 0, zero: 1 };
  const { lo, hi } = honest.zeros.find((zero) => zero.lo <= TABLES + 2 && zero.hi >= TABLES + 2)!;
  const element = openingOf(story, TABLES);
  let told: Story = edited(story, 'boundary', element, { key: TABLES + 2, lo, hi, ...empty });
  told = edited(told, 'mem', rowAt(story, 'mem', load), { oldCell: 0, value: 0 });
  // The slot of the reference is also where the call leaves its return point.
  const call = rowAt(story, 'ctl', pcOf(honest, I.CALL_INDIRECT));
  return rebalanced(edited(told, 'ctl', call, { oldA: 0, newA: 0, old: 0 }));
}

/** Element 3 of a table of three. */
function outOfTable(): Story {
  const honest = indirect();
  const [load, bound] = [pcOf(honest, I.TABLE_GET), pcOf(honest, I.BRANCH)];
  const executed = withCode(honest, [
    [load, { c: TABLES - 3 }],
    [bound, { c: 100 }],
  ]);
  const story = tell(honest, { args: [3n] }, { executed });
  const inside = edited(story, 'alu', rowAt(story, 'alu', bound), { pcNext: bound + 1 });
  const element = { key: TABLES + 3, lo: TABLES + 3 };
  return rebalanced(edited(inside, 'boundary', openingOf(story, TABLES), element));
}

/** `require(x)`, which trapped where it should not have, or did not where it should. */
function trap(x: bigint): Story {
  const honest = program([
    ['local.get', 0],
    ['call', REQUIRE_CALL],
    ['local.get', 0],
  ]);
  const pc = pcOf(honest, I.BRANCH);
  const opcode = I.BRANCH.code | I.IMMEDIATE | I.LESS | I.GREATER;
  const story = tell(honest, { args: [x] }, { executed: withCode(honest, [[pc, { opcode }]]) });
  const next = x === 0n ? pc + 1 : honest.code.a[pc]!;
  return rebalanced(edited(story, 'alu', rowAt(story, 'alu', pc), { pcNext: next }));
}

/** Frames of 40,000 slots, one more than the stack holds: the executor's own check is taken out. */
function stackOverrun(): Story {
  const honest = program(
    [
      ['local.get', 0],
      ['if', 'i32'],
      ['local.get', 0],
      ['i32.const', 1],
      'i32.sub',
      ['call', 3],
      'else',
      ['i32.const', 9],
      'end',
    ],
    { locals: Array.from({ length: 40_000 }, () => 'i32' as const) },
  );
  const { reserveFrame } = Machine.prototype;
  Machine.prototype.reserveFrame = function (fp: number): boolean {
    this.low = extended(this.low, Math.max(this.low.length, fp + 2 ** 17));
    this.high = extended(this.high, this.low.length);
    return true;
  };
  try {
    return tell(honest, { args: [25n] });
  } finally {
    Machine.prototype.reserveFrame = reserveFrame;
  }
}

/** The memory's size, read from another cell. */
function otherSize(): Story {
  const honest = program(['memory.size']);
  const executed = withCode(honest, [[pcOf(honest, I.GET), { c: OUTPUT_COUNTER }]]);
  return tell(honest, { args: [0n] }, { executed });
}

/** One page more than a memory of at most one has. */
function beyondMaximum(): Story {
  const honest = program([['i32.const', 1], 'memory.grow'], { memories: [{ min: 1, max: 1 }] });
  const executed = withCode(honest, [[pcOf(honest, I.RSUB), { c: 4 }]]);
  return tell(honest, { args: [0n] }, { executed });
}

/** `unreachable`, taken for a jump to what lies behind it. */
function freeJump(): Story {
  const honest = program([
    'block',
    ['local.get', 0],
    ['br_if', 0],
    ['i64.const', 1],
    ['call', OUTPUT_CALL],
    'unreachable',
    'end',
    ['local.get', 0],
  ]);
  const jump = pcOf(honest, I.JUMP);
  const story = tell(honest, { args: [0n] }, { executed: withCode(honest, [[jump, { a: jump + 1 }]]) });
  return rebalanced(edited(story, 'ctl', rowAt(story, 'ctl', jump), { pcNext: jump + 1 }));
}

export const LIES: readonly Lie[] = [
  {
    name: 'a result off by one',
    refused: ['alu: add, sub, rsub: result'],
    tell: () => resultOffByOne('result'),
    proven: true,
  },
  {
    name: 'another instruction than the one at its pc',
    refused: ['INSTR'],
    tell: () => resultOffByOne('opcode'),
  },
  {
    name: 'another conjunction than the one at its pc',
    refused: ['INSTR'],
    tell: () => otherInstruction([I.AND, I.IMMEDIATE, 2, 0, 3], { c: 4 }),
  },
  {
    name: 'another load than the one at its pc',
    refused: ['INSTR'],
    tell: () => otherInstruction([I.LOAD8, 0, 2, 0, 1], { c: 2 }),
  },
  { name: 'a skipped instruction', refused: ['alu: next pc'], tell: skippedInstruction },
  {
    name: 'a skipped instruction where the next pc is no cell',
    refused: ['STATE'],
    tell: skippedBehindMove,
  },
  {
    name: 'a read before the page has grown, its cell opened in time',
    refused: ['boundary: zero: time'],
    tell: () => fromPage(true, (load, grow) => ({ sentTs: load - 1n, regionTs: grow })),
    proven: true,
  },
  {
    name: 'a read before the page has grown, its cell opened when it grew',
    refused: ['RANGE16'],
    tell: () => fromPage(true, (_load, grow) => ({ sentTs: grow, regionTs: grow })),
  },
  {
    name: 'a read before the page has grown, from a region of the image',
    refused: ['ZERO'],
    tell: () => fromPage(true, (load) => ({ sentTs: load - 1n, regionTs: 0n })),
  },
  {
    name: 'a page out of nowhere',
    refused: ['ZERO'],
    tell: () => fromPage(false, (load) => ({ sentTs: load - 2n, regionTs: load - 2n })),
  },
  {
    name: 'a return behind another call',
    refused: ['LEAVE'],
    tell: () => forgedReturn('return'),
    proven: true,
  },
  {
    name: 'a call that leaves the return point of another',
    refused: ['ctl: cell'],
    tell: () => forgedReturn('call'),
  },
  { name: 'a call into another function', refused: ['ctl: next pc'], tell: intoOtherFunction },
  { name: 'an indirect call of another type', refused: ['FUNC'], tell: wrongType },
  { name: 'an indirect call through null', refused: ['FUNC'], tell: throughNull },
  { name: 'an indirect call beyond the table', refused: ['WORD', 'alu: next pc'], tell: outOfTable },
  { name: 'a trap that did not happen', refused: ['alu: next pc'], tell: () => trap(1n) },
  { name: 'a trap that did not stop the run', refused: ['alu: next pc'], tell: () => trap(0n) },
  { name: 'unreachable as a free jump', refused: ['ctl: next pc'], tell: freeJump },
  { name: 'another size of the memory', refused: ['MEM'], tell: otherSize },
  {
    name: 'a memory grown beyond its maximum',
    refused: ['alu: add, sub, rsub: result'],
    tell: beyondMaximum,
  },
  { name: 'a private word for a public one', refused: ['INSTR'], tell: privateForPublic },
  {
    name: 'an output left out',
    refused: ['OUTPUT'],
    tell: () => withStatement(copied([7n, 8n]), (s) => ({ publicOutputs: s.publicOutputs.slice(0, -1) })),
  },
  {
    name: 'an output made up',
    refused: ['OUTPUT'],
    tell: () => withStatement(copied([7n, 8n]), (s) => ({ publicOutputs: [...s.publicOutputs, 3n] })),
  },
  {
    name: 'an output made up, with a row that writes it',
    refused: ['MEM', 'STATE'],
    tell: extraWrite,
  },
  {
    name: 'the counter of outputs set back',
    refused: ['OUTPUT', 'ctl: cell'],
    tell: counterSetBack,
  },
  {
    name: 'an input left out',
    refused: ['INPUT'],
    tell: () => withStatement(copied([7n, 8n]), (s) => ({ publicInputs: s.publicInputs.slice(0, -1) })),
  },
  { name: 'an input read twice', refused: ['INPUT', 'MEM'], tell: repeatedInput },
  { name: 'inputs in another order', refused: ['MEM'], tell: reorderedInputs },
  {
    name: 'an input that nobody read, its counter begun at one',
    refused: ['INPUT', 'boundary: zero: value'],
    tell: unreadInput,
  },
  { name: 'an i32 argument of 2^32 or more', refused: ['ctl: 32-bit word'], tell: wideArgument },
  {
    name: 'out of bounds, where the access is not',
    refused: ['memx: out of bounds'],
    tell: trapInBounds,
    proven: true,
  },
  {
    name: 'out of bounds by the size that the memory had',
    refused: ['MEM'],
    tell: trapByStalePages,
  },
  { name: 'a store out of bounds that writes', refused: ['memx: first cell'], tell: writingTrap },
  { name: 'a call of null where there is a function', refused: ['ctl: null'], tell: nullOfFunction },
  { name: 'another type where it is the same', refused: ['ctl: other type'], tell: mismatchOfSameType },
  { name: 'null where the type is another', refused: ['ctl: null'], tell: otherTypeAsNull },
  {
    name: 'an exhausted stack that has room',
    refused: ['ctl: the stack does not suffice'],
    tell: exhaustedWithRoom,
  },
  { name: 'no more inputs, where there is one', refused: ['INPUT'], tell: exhaustedWithInputs },
  { name: 'another trap than the one that happened', refused: ['EXIT'], tell: otherTrap },
  { name: 'a trap told as a return', refused: ['EXIT'], tell: trapAsReturn },
  { name: 'a call without stack for it', refused: ['ctl: the stack suffices'], tell: stackOverrun },
  ...BOUNDARY_LIES,
  ...DIVISION_LIES,
  ...EXIT_LIES,
  ...TAIL_CALL_LIES,
  ...FIELD_LIES,
  ...TIME_LIES,
];
