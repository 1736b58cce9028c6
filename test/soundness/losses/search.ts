/**
 * Lies that a search finds in runs of a machine which lacks something: a cell of an honest row is changed, and all that follows from it is
 * made to fit. What is found is named by where it begins, and begins there again.
 */
import { Fr } from '../../../sdk/src/field/field.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Chip, Column, MainColumn } from '../../../sdk/src/plonk/declare/declare.ts';
import { type Chosen, chosen } from '../../machine/chips/mutation-chosen.ts';
import { Ledger, nameOf, opcodeOf } from '../../machine/chips/mutation-ledger.ts';
import { type Change, repaired } from '../../machine/chips/mutation-repair.ts';
import { valuesFor } from '../../machine/chips/mutation-values.ts';
import { storyOf, verdictOf } from '../../machine/chips/mutation-verdict.ts';
import { actOf, type Cells, columnsOf, evaluate, IndexedChip } from '../../machine/chips/rows.ts';
import { samples } from '../../machine/chips/samples.ts';
import { refreshRun } from '../../machine/chips/samples-refresh.ts';
import type { Story } from '../lib/story.ts';
import { chipOf, isBitOf, type Loss, without } from './losses.ts';

/** Columns that say what a row does, which are changed besides those that the lost part reads. */
const OUTPUTS = [
  'result',
  'value',
  'newA',
  'new0',
  'new1',
  'pcNext',
  'fpNext',
  'key',
  'midNext',
  'sent',
  'received',
];
const MOST_VALUES = 60;

export class Search {
  readonly #ledgers: readonly Ledger[];
  readonly #rows: readonly Chosen[];

  constructor() {
    const runs = [...samples(2).map(({ run }) => run), refreshRun().run];
    this.#ledgers = runs.map((run) => new Ledger(run));
    this.#rows = chosen(this.#ledgers, 2, false);
  }

  /** Where a lie begins, or undefined where none is found in so many milliseconds. */
  find(loss: Loss, milliseconds: number, isLie: (story: Story) => boolean): string | undefined {
    const chip = chipOf(loss);
    const weaker = new IndexedChip(loss.chip, without(chip, loss));
    const bit = isBitOf(loss, weaker.chip);
    const reads = readBy(chip, loss);
    const isRead = ({ index }: MainColumn): boolean => reads.has(chip.main[index]!);
    const passes = [
      weaker.chip.main.filter(isRead),
      weaker.chip.main.filter((column) => !isRead(column) && OUTPUTS.includes(column.name)),
    ];
    const active = this.#rows.filter(({ ledger, seat }) => {
      return seat.chip.chip.name === loss.chip && (bit !== undefined || says(chip, loss, ledger.cells(seat)));
    });
    const end = performance.now() + milliseconds;
    for (const columns of passes) {
      for (const { ledger, seat } of active) {
        const cells = ledger.cells(seat);
        const opcode = BigInt(opcodeOf(seat.chip, cells) ?? 0);
        for (const column of columns) {
          const values = valuesFor(column, cells[column.index]!, true);
          if (column === bit) values.unshift(...oddValues(weaker.chip, column, opcode));
          for (const value of values.slice(0, MOST_VALUES)) {
            if (performance.now() > end) return undefined;
            const story = storyFrom(ledger, { seat: { chip: weaker, row: seat.row }, column, value });
            if (story === undefined || !isLie(story)) continue;
            return `run ${this.#ledgers.indexOf(ledger)}, row ${seat.row} (${nameOf(Number(opcode))}): ${column.name} = ${value}`;
          }
        }
      }
    }
    return undefined;
  }

  /** The lie that begins there. */
  again(loss: Loss, where: string): Story | undefined {
    const [, run, row, name, value] = /^run (\d+), row (\d+) \(.*\): (\w+) = (\d+)$/.exec(where) ?? [];
    const ledger = this.#ledgers[Number(run)];
    const weaker = new IndexedChip(loss.chip, without(chipOf(loss), loss));
    const column = weaker.chip.main.find((own) => own.name === name);
    if (ledger === undefined || column === undefined || value === undefined) return undefined;
    const isThere = ledger.seats.some(
      (seat) => seat.chip.chip.name === loss.chip && seat.row === Number(row),
    );
    if (!isThere) return undefined;
    return storyFrom(ledger, { seat: { chip: weaker, row: Number(row) }, column, value: BigInt(value) });
  }
}

function storyFrom(ledger: Ledger, change: Change): Story | undefined {
  const outcome = repaired(ledger, change);
  if (outcome.named.length > 0 || verdictOf(ledger, change, outcome) !== 'LIE') return undefined;
  return storyOf(ledger.run, outcome);
}

function readBy(chip: Chip, { kind, name }: Loss): Set<Column> {
  if (kind === 'constraint') return columnsOf(chip.constraints.find((own) => own.name === name)!.expression);
  const { tuple } = chip.interactions.find((own) => own.name === name)!;
  return new Set(tuple.flatMap((field) => [...columnsOf(field)]));
}

/** Whether the part says anything of a row with these bits, or with one of them changed. */
function says(chip: Chip, { kind, name }: Loss, cells: Cells): boolean {
  if (kind === 'interaction') {
    return actOf(chip.interactions.find((own) => own.name === name)!, cells) !== undefined;
  }
  const { expression } = chip.constraints.find((own) => own.name === name)!;
  const others = cells.map((cell, i) =>
    chip.main[i]!.range === 'bit' ? cell : Fr.from(0x1234_5678_9abc_def1n ** BigInt(i + 3)),
  );
  const holds = (changed: Cells): boolean => evaluate(expression, changed) === 0n;
  if (!holds(others)) return true;
  const bits = [...columnsOf(expression)].filter(({ index }) => chip.main[index]!.range === 'bit');
  return bits.some(({ index }) => !holds(others.map((cell, i) => (i === index ? 1n - cell : cell))));
}

/** What a selector or flag that is no bit may hold so that the row still has an opcode, with other bits. */
function oddValues(chip: Chip, lost: Column, opcode: bigint): bigint[] {
  const instruction = chip.interactions.find(({ tags }) => tags.includes(T.INSTR));
  if (instruction === undefined || !columnsOf(instruction.tuple[2]!).has(lost)) return [];
  const weigh = (column: Column): bigint =>
    evaluate(
      instruction.tuple[2]!,
      chip.main.map((other) => (other === column ? 1n : 0n)),
    );
  const selectors = [...columnsOf(instruction.multiplicity)];
  const flags = [...columnsOf(instruction.tuple[2]!)].filter((column) => !selectors.includes(column));
  const sums = (columns: readonly Column[]): bigint[] => {
    let all = [0n];
    for (const column of columns) all = all.concat(all.map((sum) => sum + weigh(column)));
    return all;
  };
  const found = new Set<bigint>();
  if (selectors.includes(lost)) for (const value of [-1n, -2n]) found.add(Fr.from(value));
  else {
    const inverse = Fr.inv(weigh(lost));
    for (const rest of sums(flags.filter((column) => column !== lost))) {
      for (const selector of selectors) {
        found.add(Fr.mul(Fr.from(opcode - rest - weigh(selector)), inverse));
      }
    }
  }
  return [...found].filter((value) => value > 1n);
}
