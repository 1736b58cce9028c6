/** Whether a row could act otherwise than the honest one, given what it receives. */
import { sub } from '../../../sdk/src/expr/expression.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Chip, Column, Interaction, MainColumn, Tag } from '../../../sdk/src/plonk/declare/declare.ts';
import { actOf, type Cells, columnsOf, type Provided } from './rows.ts';
import { Infeasible, Solver } from './solver.ts';

export interface Verdict {
  /** Assignments of the free bits: all, and those with a solution. */
  readonly assignments: number;
  readonly feasible: number;
  /** How a solution may act on the bus other than the honest row; empty where none may. */
  readonly differences: readonly string[];
}

/** What other rows and the statement fix of a tuple that a row receives: times and values, not the key. */
function givenFields(code: number, tuple: readonly bigint[]): (bigint | undefined)[] {
  const fields = tuple.slice(1);
  return code === T.MEM.code ? [undefined, fields[1], fields[2]] : fields;
}

/** A constraint more for each access of a cell that an earlier one of the row left: it finds just that, whatever that is. */
function chained(chip: Chip, acts: readonly ReturnType<typeof actOf>[]): Chip {
  const mem = (sign: 1 | -1) =>
    chip.interactions.flatMap((interaction, i) =>
      interaction.sign === sign && acts[i]?.tuple[0] === BigInt(T.MEM.code)
        ? [{ tuple: interaction.tuple, act: acts[i].tuple }]
        : [],
    );
  const again = mem(-1).flatMap((found) => {
    const left = mem(1).find(({ act }) => act.every((field, i) => field === found.act[i]));
    return left === undefined ? [] : [sub(found.tuple[3]!, left.tuple[3]!)];
  });
  const constraints = again.map((expression) => ({ name: 'same cell', expression }));
  return { ...chip, constraints: [...chip.constraints, ...constraints] };
}

/** The bits that a prover chooses while the opcode stays what it is. */
export function freeBits(chip: Chip): MainColumn[] {
  const instruction = chip.interactions.find(({ name }) => name === 'instruction')!;
  const bound = columnsOf(instruction.tuple[2]!);
  return chip.main.filter((column) => column.range === 'bit' && !bound.has(column));
}

/** Tuples that a row only looks up say nothing to other rows. */
const LOOKED_UP: readonly Tag[] = [T.RANGE16, T.AND8, T.BYTES, T.POW2, T.FUNC, T.INSTR, T.WORD, T.ZERO];
/** Given by other rows or the statement; what a table holds, the solver knows. */
const GIVEN: readonly Tag[] = [T.STATE, T.MEM, T.INSTR, T.INPUT, T.EXIT];

/** The chip without one of its lookups, and what only that one ranges without a range. */
export function withoutLookup(chip: Chip, dropped: Interaction): Chip {
  const interactions = chip.interactions.filter((interaction) => interaction !== dropped);
  const ranges = ({ tags }: Interaction): boolean => RANGES.some((tag) => tags.includes(tag));
  const isCell = (column: MainColumn) => (interaction: Interaction) =>
    ranges(interaction) && interaction.tuple.some((e) => e.op === 'column' && e.column === column);
  const main = chip.main.map((column) => {
    if (column.range === 'bit' || !isCell(column)(dropped) || interactions.some(isCell(column)))
      return column;
    return { ...column, range: 'bound' as const };
  });
  return { ...chip, main, interactions };
}
const RANGES: readonly Tag[] = [T.RANGE16, T.AND8, T.BYTES];

/**
 * Fixes what the honest row receives and tries all free bits: every assignment that has a solution at all must act on
 * the bus as the honest row does. The instruction binds the bits that it binds in the chip as `declared`.
 */
export function judgeRow(chip: Chip, honest: Cells, provided: Provided, declared: Chip = chip): Verdict {
  const free = freeBits(declared);
  const fixed = new Map<Column, bigint>();
  for (const column of chip.main) {
    if (column.range === 'bit' && !free.includes(column)) fixed.set(column, honest[column.index]!);
  }
  const acts = chip.interactions.map((interaction) => actOf(interaction, honest));
  const bound = chained(chip, acts);
  const own = acts.filter((act, i) => act !== undefined && chip.interactions[i]!.sign === 1);
  const received = new Map<number, (bigint | undefined)[]>();
  chip.interactions.forEach(({ sign, tags }, i) => {
    const act = acts[i];
    if (sign !== -1 || act === undefined) return;
    const code = Number(act.tuple[0]);
    if (GIVEN.some((tag) => tags.includes(tag) && tag.code === code)) {
      // Of what the row itself sent only the time is.
      const isOwn = own.some((sent) => sent!.tuple.every((field, f) => field === act.tuple[f]));
      const fields = givenFields(code, act.tuple);
      received.set(i, isOwn ? fields.map((field, f) => (f === 1 ? field : undefined)) : fields);
    }
  });

  let feasible = 0;
  const differences = new Set<string>();
  for (let mask = 0; mask < 2 ** free.length; mask++) {
    const known = new Map(fixed);
    free.forEach((column, i) => {
      known.set(column, BigInt((mask >> i) & 1));
    });
    try {
      const solver = new Solver(bound, known);
      solver.solve(received, provided);
      const found = differencesOf(chip, solver, acts, provided);
      if (found === undefined) continue;
      feasible++;
      for (const difference of found) differences.add(`${difference} (bits ${mask.toString(2)})`);
    } catch (error) {
      if (!(error instanceof Infeasible)) throw error;
    }
  }
  return { assignments: 2 ** free.length, feasible, differences: [...differences] };
}

/** Undefined where the solution would access a cell that nobody opens, such as one outside of the memory. */
export function differencesOf(
  chip: Chip,
  solver: Solver,
  acts: readonly ReturnType<typeof actOf>[],
  provided: Provided,
): string[] | undefined {
  const differences: string[] = [];
  let plausible = true;
  chip.interactions.forEach((interaction, i) => {
    const { name, tags, sign } = interaction;
    if (sign === -1 && LOOKED_UP.some((tag) => tags.includes(tag))) return;
    const multiplicity = solver.value(interaction.multiplicity);
    // How often a page is provided is the prover's to count: by the cells that open. Where and when it is not.
    const isCount = multiplicity === undefined && tags[0] === T.ZERO;
    if (!isCount && multiplicity !== (acts[i]?.multiplicity ?? 0n)) {
      differences.push(`${name}: multiplicity ${multiplicity}`);
    }
    if (multiplicity === 0n || acts[i] === undefined) return;
    interaction.tuple.forEach((field, f) => {
      const value = solver.value(field);
      const isKey = sign === -1 && tags[0] === T.MEM && f === 1;
      if (isKey && value !== undefined && !provided.opens(value)) plausible = false;
      if (value !== acts[i]!.tuple[f]) {
        differences.push(`${name}, field ${f}: ${value ?? 'free'} for ${acts[i]!.tuple[f]}`);
      }
    });
  });
  return plausible ? differences : undefined;
}

/**
 * Rows that are not determined alone, by intention: a private input; a quotient, which the second row of its division
 * judges; a division in one row, two unknowns in one equation, which `forged.test.ts` looks at.
 */
export function isFree(chip: Chip, honest: Cells): boolean {
  const on = (name: string): boolean => chip.main.some((c) => c.name === name && honest[c.index] === 1n);
  if (chip.name === 'ctl') return on('readPrivate');
  return chip.name === 'wide' && (on('first') || ((on('div') || on('rem')) && !on('second')));
}
