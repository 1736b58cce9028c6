/** Whether a row of `boundary` could send something else, given its key, the image and what it receives. */
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Chip, Column } from '../../../sdk/src/plonk/declare/declare.ts';
import { differencesOf, type Verdict } from './determinism.ts';
import { chipIndex, type Run, SYSTEM } from './harness.ts';
import { actOf, type Cells, evaluate, IndexedChip, Provided, rowOf } from './rows.ts';
import { Infeasible, Solver } from './solver.ts';

/** What a cell may open from: words and regions of the image, pages that grew in the run. */
export class Openable {
  readonly provided: Provided;
  readonly #tuples: readonly (readonly bigint[])[];

  constructor({ program, witness }: Run) {
    this.provided = new Provided(program);
    const ctl = new IndexedChip('ctl');
    const page = ctl.chip.interactions.find(({ name }) => name === 'zero page')!;
    const rows = Array.from({ length: 2 ** witness[chipIndex('ctl')]!.log }, (_, row) =>
      rowOf(witness, 'ctl', row),
    );
    const grown = rows.filter((cells) => cells[ctl.index('grow')] === 1n);
    this.#tuples = [
      ...[T.WORD, T.ZERO].flatMap(({ code }) => this.provided.all(code)),
      ...grown.map((cells) => page.tuple.map((field) => evaluate(field, cells))),
    ];
  }

  of(code: bigint): readonly (readonly bigint[])[] {
    return this.#tuples.filter((tuple) => tuple[0] === code);
  }
}

/** Columns as the expressions name them, whatever a weaker chip says of their ranges. */
const MAIN = SYSTEM.chips[chipIndex('boundary')]!.main;
const cellIn = (cells: Cells, name: string): bigint =>
  cells[MAIN.findIndex((column) => column.name === name)]!;

/**
 * Tries every way to open the key: as a word, from a region, as both, from all that there is to open from. A refresh is chosen to be
 * one, and how far it restamps; a cell that was there from the start opens at any time.
 */
export function judgeOpening(chip: Chip, honest: Cells, openable: Openable): Verdict {
  const on = (name: string): boolean => cellIn(honest, name) === 1n;
  const isRefresh = on('refresh');
  const bits = ['word', 'zero', 'refresh'].map((name) => MAIN.find((column) => column.name === name)!);
  const chosen = isRefresh ? ['key', 'r0', 'r1'] : ['key'];
  const acts = chip.interactions.map((interaction) => actOf(interaction, honest));
  const fixed = new Map<Column, bigint>(
    MAIN.filter(({ name }) => chosen.includes(name)).map((column) => [column, honest[column.index]!]),
  );
  const received = new Map<number, (bigint | undefined)[]>();
  chip.interactions.forEach(({ name }, i) => {
    if (name === 'cell closes' || name === 'key before') {
      if (acts[i] !== undefined) received.set(i, acts[i].tuple.slice(1));
    }
  });
  const initial = chip.interactions.findIndex(({ name }) => name === 'initial value');
  const opensAnyTime = !isRefresh && cellIn(honest, 'regionTs') === 0n;

  let [assignments, feasible] = [0, 0];
  const differences = new Set<string>();
  for (let mask = 1; mask < 8; mask++) {
    // A row that opens is in the chain of keys, a refresh alone is not.
    if (isRefresh ? (mask & 4) === 0 : (mask & 3) === 0) continue;
    const known = new Map(fixed);
    bits.forEach((column, i) => {
      known.set(column, BigInt((mask >> i) & 1));
    });
    const tag = initial < 0 ? 0n : new Solver(chip, known).value(chip.interactions[initial]!.tuple[0]!)!;
    const isOneOf = [T.WORD, T.ZERO].some(({ code }) => BigInt(code) === tag);
    for (const tuple of isOneOf ? openable.of(tag) : [undefined]) {
      assignments++;
      const given = tuple === undefined ? received : new Map([...received, [initial, tuple.slice(1, 4)]]);
      try {
        const solver = new Solver(chip, known);
        solver.solve(given, openable.provided);
        const found = differencesOf(chip, solver, acts, openable.provided);
        if (found === undefined) continue;
        feasible++;
        for (const difference of found) {
          // The step from the key before is nobody's to know.
          if (difference.startsWith('key before')) continue;
          if (opensAnyTime && difference.startsWith('cell opens, field 2')) continue;
          differences.add(`${difference} (bits ${mask.toString(2)})`);
        }
      } catch (error) {
        if (!(error instanceof Infeasible)) throw error;
      }
    }
  }
  return { assignments, feasible, differences: [...differences] };
}
