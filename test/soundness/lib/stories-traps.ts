/** Lies about traps that rows prove: told where nothing failed, by what is no longer so, or with more than a trap does. */
import { Machine } from '../../../sdk/src/machine/execute/machine.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import { PAGE_BYTES, PAGES, TABLES } from '../../../sdk/src/machine/memory-map.ts';
import { PROVEN_TRAPS, type Program, STATUS_RETURNED } from '../../../sdk/src/machine/program.ts';
import { indirect, program } from './programs.ts';
import { copied, withStatement } from './stories-io.ts';
import { cell, edited, openingOf, pcOf, rebalanced, rowAt, type Story, tell, withCode } from './story.ts';

/** Bytes of what an access out of bounds is away from the memory's end, and of the pages there are. */
function distanceCells(pages: number, distance: number): Record<string, number> {
  const cells: Record<string, number> = { new0: pages, new1: distance };
  for (let i = 0; i < 4; i++) {
    cells[`w${i}`] = (pages >>> (8 * i)) & 255;
    cells[`w${i + 4}`] = (distance >>> (8 * i)) & 255;
    cells[`u${i}`] = 0;
  }
  return cells;
}

const loadByte = (offset: number, grows = false): Program =>
  program([
    ...(grows ? ([['i32.const', 1], ['memory.grow'], 'drop'] as const) : []),
    ['local.get', 0],
    ['i32.load8_u', 0, offset],
  ]);

/** The program's access lies in the memory; it is told as one that does not. */
export function trapInBounds(): Story {
  const honest = loadByte(PAGE_BYTES - 1);
  const pc = pcOf(honest, I.LOAD8);
  const story = tell(honest, { args: [0n] }, { executed: withCode(honest, [[pc, { c: PAGE_BYTES }]]) });
  return rebalanced(edited(story, 'memx', rowAt(story, 'memx', pc), distanceCells(1, 0)));
}

/** An access of the page that has just grown, by the number of pages before. */
export function trapByStalePages(): Story {
  const honest = loadByte(PAGE_BYTES, true);
  const pc = pcOf(honest, I.LOAD8);
  const story = tell(honest, { args: [0n] }, { executed: withCode(honest, [[pc, { c: 2 * PAGE_BYTES }]]) });
  return rebalanced(edited(story, 'memx', rowAt(story, 'memx', pc), distanceCells(1, 0)));
}

/** A store out of bounds that changes the one cell it touches: the memory has two pages from then on. */
export function writingTrap(): Story {
  const honest = program([
    ['local.get', 0],
    ['i32.const', 7],
    ['i32.store8', 0, PAGE_BYTES],
    ['local.get', 0],
  ]);
  const story = tell(honest, { args: [0n] });
  const row = rowAt(story, 'memx', pcOf(honest, I.STORE8));
  const pages = edited(story, 'boundary', openingOf(story, PAGES), { received: 2 });
  return rebalanced(edited(pages, 'memx', row, { new0: 2 }));
}

/** Element 0 has a function, but the call is told as one of null. */
export function nullOfFunction(): Story {
  const honest = indirect();
  const [get, call] = [pcOf(honest, I.TABLE_GET), pcOf(honest, I.CALL_INDIRECT)];
  const executed = withCode(honest, [[get, { c: TABLES + 2 }]]);
  const run = tell(honest, { args: [0n] }, { executed });
  const reference = honest.words.find(({ key }) => key === TABLES)!.value;
  const row = rowAt(run, 'ctl', call);
  const slot = Number(cell(run, 'ctl', 'fp', row)) + honest.code.a[call]!;
  let story: Story = run;
  story = edited(story, 'mem', rowAt(run, 'mem', get), { oldCell: reference, value: reference });
  story = edited(story, 'ctl', row, { oldA: reference, newA: reference });
  story = edited(story, 'boundary', openingOf(run, slot), { received: reference });
  const element = { key: TABLES, lo: TABLES, hi: reference, sent: reference, received: reference };
  const opening = openingOf(run, TABLES + 2);
  return rebalanced(edited(story, 'boundary', opening, { ...element, word: 1, zero: 0 }));
}

/** The type is the one that the call names, but is told as another. */
export function mismatchOfSameType(): Story {
  const honest = indirect();
  const pc = pcOf(honest, I.CALL_INDIRECT);
  const executed = withCode(honest, [[pc, { c: honest.functions[1]!.type }]]);
  const story = tell(honest, { args: [0n] }, { executed });
  const pcNext = PROVEN_TRAPS.indirectTypeMismatch;
  const limbs = { r0: 0, r1: 0, r2: 0, r3: 0 };
  const cells = {
    noStackIndirect: 0,
    largerType: 1,
    pcNext,
    value: honest.functions[0]!.pc - pcNext + pc + 1,
  };
  return rebalanced(edited(story, 'ctl', rowAt(story, 'ctl', pc), { ...cells, ...limbs }));
}

/** A function of another type is told as one of the right type. */
export function otherTypeAsNull(): Story {
  const honest = indirect();
  const pc = pcOf(honest, I.CALL_INDIRECT);
  const story = tell(honest, { args: [1n] });
  const row = rowAt(story, 'ctl', pc);
  const pcNext = PROVEN_TRAPS.uninitialisedElement;
  const cells = { largerType: 0, smallerType: 0, isNull: 1, pcNext, r0: 0, r2: 0, r3: 0, key: 0, value: 0 };
  const next = rowAt(story, 'ctl', PROVEN_TRAPS.indirectTypeMismatch);
  const exit = rowAt(story, 'ctl', PROVEN_TRAPS.indirectTypeMismatch + 1);
  let told: Story = edited(story, 'ctl', row, cells);
  told = edited(told, 'ctl', next, { pc: pcNext, pcNext: pcNext + 1 });
  told = edited(told, 'ctl', exit, { pc: pcNext + 1, a: 6, newA: story.statement.status - 1n });
  return rebalanced(withStatement(told, ({ status }) => ({ status: status - 1n })));
}

/** The first call is told to have no stack; there is nearly all of it. */
export function exhaustedWithRoom(): Story {
  const honest = program([['local.get', 0]]);
  const { reserveFrame } = Machine.prototype;
  Machine.prototype.reserveFrame = () => false;
  try {
    return tell(honest, { args: [1n] });
  } finally {
    Machine.prototype.reserveFrame = reserveFrame;
  }
}

/** The program reads two words and traps for want of the second; the statement has it. */
export function exhaustedWithInputs(): Story {
  return withStatement(copied([7n]), ({ publicInputs }) => ({ publicInputs: [...publicInputs, 8n] }));
}

/** A trap with the status of another. */
export function otherTrap(): Story {
  return withStatement(copied([7n]), ({ status }) => ({ status: status - 1n }));
}

/** A trap told as a return. */
export function trapAsReturn(): Story {
  return withStatement(tell(loadByte(PAGE_BYTES), { args: [0n] }), () => ({ status: STATUS_RETURNED }));
}
