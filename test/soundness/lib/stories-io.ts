/** Lies about inputs, outputs and their counters. */
import * as I from '../../../sdk/src/machine/instructions.ts';
import { INPUT_COUNTER, OUTPUT_COUNTER } from '../../../sdk/src/machine/memory-map.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { chipIndex, SYSTEM } from '../../machine/chips/harness.ts';
import { INPUT_CALL, OUTPUT_CALL, program, SUM } from './programs.ts';
import { cell, edited, openingOf, pcOf, rebalanced, rowAt, type Story, tell, withCode } from './story.ts';

/** Writes two of its inputs. */
const copyTwo = (): Program =>
  program([
    ['i32.const', 1],
    ['call', INPUT_CALL],
    ['call', OUTPUT_CALL],
    ['i32.const', 1],
    ['call', INPUT_CALL],
    ['call', OUTPUT_CALL],
    ['local.get', 0],
  ]);

export const copied = (publicInputs: readonly bigint[]): Story =>
  tell(copyTwo(), { args: [0n], publicInputs });

export function withStatement(
  story: Story,
  change: (s: Story['statement']) => Partial<Story['statement']>,
): Story {
  return { ...story, statement: { ...story.statement, ...change(story.statement) } };
}

/** A row that writes once more, in the padding, under the pc of a write that there is. */
export function extraWrite(): Story {
  const story = copied([7n, 8n]);
  const row = rowAt(story, 'ctl', pcOf(story.program, I.WRITE));
  const names = SYSTEM.chips[chipIndex('ctl')]!.main.map(({ name }) => name);
  const cells = Object.fromEntries(names.map((name) => [name, cell(story, 'ctl', name, row)]));
  const count = BigInt(story.statement.publicOutputs.length);
  const spare = Number(2 ** story.witness[chipIndex('ctl')]!.log - 1);
  const added = edited(story, 'ctl', spare, { ...cells, old: count, value: count + 1n });
  return rebalanced(withStatement(added, (s) => ({ publicOutputs: [...s.publicOutputs, cells['newA']!] })));
}

export function repeatedInput(): Story {
  const story = copied([7n, 7n]);
  const second = rowAt(story, 'ctl', pcOf(story.program, I.READ, 2));
  const again = edited(story, 'ctl', second, { old: 1, value: 2 });
  const counter = edited(again, 'boundary', openingOf(story, INPUT_COUNTER), { received: 2 });
  return rebalanced(withStatement(counter, (s) => ({ publicInputs: s.publicInputs.slice(0, 2) })));
}

export function reorderedInputs(): Story {
  const story = copied([8n, 7n]);
  const [first, second] = [1, 2].map((n) => rowAt(story, 'ctl', pcOf(story.program, I.READ, n)));
  const late = edited(story, 'ctl', first!, { old: 2, value: 3 });
  const early = edited(late, 'ctl', second!, { old: 1, value: 2 });
  return rebalanced(withStatement(early, () => ({ publicInputs: [0n, 7n, 8n] })));
}

/** An input before the first that nobody reads: its counter starts at one. */
export function unreadInput(): Story {
  const story = tell(program(SUM), { args: [5n] });
  const counted = edited(story, 'ctl', rowAt(story, 'ctl', pcOf(story.program, I.READ)), {
    old: 1,
    value: 2,
  });
  const counter = openingOf(story, INPUT_COUNTER);
  const opened = edited(counted, 'boundary', counter, { sent: 1, received: 2 });
  return rebalanced(withStatement(opened, (s) => ({ publicInputs: [99n, ...s.publicInputs] })));
}

/** The counter of outputs is set back, so that the second output takes the place of the first. */
export function counterSetBack(): Story {
  const story = copied([7n, 8n]);
  const [first, second, last] = [
    ...[1, 2].map((n) => pcOf(story.program, I.WRITE, n)),
    pcOf(story.program, I.WRITE),
  ];
  const rows = [first, second, last].map((pc) => rowAt(story, 'ctl', pc!)) as [number, number, number];
  let told: Story = edited(story, 'ctl', rows[0], { value: 0 });
  told = edited(told, 'ctl', rows[1], { old: 0, value: 1 });
  told = edited(told, 'ctl', rows[2], { old: 1, value: 2 });
  told = edited(told, 'boundary', openingOf(story, OUTPUT_COUNTER), { received: 2 });
  return rebalanced(withStatement(told, () => ({ publicOutputs: [8n, 0n] })));
}

/** An i32 argument of more than 32 bits. */
export function wideArgument(): Story {
  const honest = program([['local.get', 0]]);
  const entryType = { ...honest.entryType, parameters: ['i64'] as const };
  const executed = withCode(honest, [[pcOf(honest, I.READ), { opcode: I.READ.code | I.WIDE }]], {
    entryType,
  });
  return tell(honest, { args: [(1n << 32n) + 5n] }, { executed });
}

/** A private word where the program reads a public one. */
export function privateForPublic(): Story {
  const honest = program([['i32.const', 1], ['call', INPUT_CALL], 'i32.wrap_i64']);
  const opcode = I.READ_PRIVATE.code | I.WIDE;
  const executed = withCode(honest, [[pcOf(honest, I.READ, 1), { opcode }]]);
  return tell(honest, { args: [0n], privateInputs: [9n] }, { executed, claimed: executed });
}
