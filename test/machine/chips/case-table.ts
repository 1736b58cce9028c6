/** What a table of cases says, column by column and equation by equation. */
import { mul, sub } from '../../../sdk/src/expr/expression.ts';
import type { CaseChip } from '../../../sdk/src/machine/chips/case-fill.ts';
import { casesOf, equations, type Source } from '../../../sdk/src/machine/chips/cases.ts';
import type { Chip, Expr } from '../../../sdk/src/plonk/declare/declare.ts';

/** What a column is in a case: a cell of the table, or a limb of one; undefined where the case does not name it. */
export function sourceOf({ cases, words }: CaseChip, name: string, column: string): Source | undefined {
  const { cells } = cases[name]!;
  const word = Object.keys(words).find((one) => one in cells && words[one]!.includes(column));
  return cells[column] ?? (word === undefined ? undefined : cells[word]);
}

/** The cases in which something reads a column; `ts…` is read where the access happens. */
export function namesOf(table: CaseChip, column: string): readonly string[] {
  const access = table.accesses.find(({ name }) => column === `ts${name}`);
  return casesOf(table.cases)
    .filter(([name, { cells }]) =>
      access === undefined ? sourceOf(table, name, column) : cells[access.old]?.by === 'memory',
    )
    .map(([name]) => name);
}

/** The chip whose constraint says nothing of one case. */
export function withoutEquation({ chip, cases, cell }: CaseChip, name: string, constraint: string): Chip {
  const found = equations(cases, cell).find(([of, one]) => of === name && one.constraint === constraint);
  if (found === undefined) throw new RangeError(`${name} has no "${constraint}"`);
  const selector: Expr = { op: 'column', column: chip.main.find((column) => column.name === name)! };
  return {
    ...chip,
    constraints: chip.constraints.map((own) =>
      own.name === constraint
        ? { name: constraint, expression: sub(own.expression, mul(selector, found[1].zero)) }
        : own,
    ),
  };
}
