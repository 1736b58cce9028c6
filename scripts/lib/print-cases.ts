// What docs/chips.md says of a chip whose rows are of several cases, from the table of its cases.
import { add, mul, sub } from '../../sdk/src/expr/expression.ts';
import type { CaseChip } from '../../sdk/src/machine/chips/case-fill.ts';
import { type Case, casesOf, cellsOf, type Source } from '../../sdk/src/machine/chips/cases.ts';
import { type Linear, linear, substituted } from '../../sdk/src/machine/chips/linear.ts';
import { PROVEN_TRAPS } from '../../sdk/src/machine/program.ts';
import type { Column, Expr, Tag } from '../../sdk/src/plonk/declare/declare.ts';

type Print = (e: Expr) => string;
type Table = (head: readonly string[], rows: readonly (readonly string[])[]) => string;

export function caseSections(of: CaseChip, print: Print, table: Table): string {
  const sections = casesOf(of.cases).map(([name, one]) => caseSection(of, name, one, print, table));
  return [
    `### Rows of ${of.chip.name}, case by case`,
    'Of a row of the run exactly one selector is 1, so of each constraint below nothing is left but what stands here of that case: `cell = …` by ' +
      'the constraint in brackets; other cells get their value from an access, or from what is named. Cells that a case does not name are free ' +
      `there. ${wordsText(of)}`,
    ...sections,
  ].join('\n\n');
}

const wordsText = ({ words }: CaseChip): string =>
  Object.entries(words)
    .map(([word, [low, high]]) => `\`${word}\` is \`${low} + ${high}·2^16\`.`)
    .join(' ');

function caseSection(of: CaseChip, name: string, one: Case, print: Print, table: Table): string {
  const { opcode, about, trap, receives, sends, cells, holds = {} } = one;
  const rows = cellsOf(cells).map(([cell, source]) => [
    `\`${cell}\``,
    source.what,
    bindingText(of, cell, source, print),
  ]);
  const further = [
    ...Object.entries(holds).map(([constraint, zero]) => `\`${print(zero)} = 0\` (${constraint}).`),
    ...[receives, sends].flatMap((tag, i) =>
      tag === undefined ? [] : `${i === 0 ? 'Receives' : 'Sends'} ${tupleText(of, one, tag, print)}.`,
    ),
  ];
  const exit = trap === undefined ? '' : ` (goes on at pc ${PROVEN_TRAPS[trap]})`;
  return [
    `#### \`${name}\`: ${opcode.name}${exit}`,
    about,
    table(['cell', 'what it is', 'by'], rows),
    ...(further.length === 0 ? [] : [further.join(' ')]),
  ].join('\n\n');
}

function bindingText({ accesses }: CaseChip, cell: string, source: Source, print: Print): string {
  if (source.by === 'row') return source.who;
  if (source.by === 'equation') return `\`= ${print(source.is)}\` (${source.constraint})`;
  const { name } = accesses.find(({ old }) => old === cell)!;
  return `access ${name}, at ts${source.access === 0 ? '' : ` + ${source.access}`}`;
}

/** The tuple of a tag, with what the case says of its cells where that makes it shorter. */
function tupleText({ chip, words }: CaseChip, { cells }: Case, tag: Tag, print: Print): string {
  const { tuple } = chip.interactions.find(({ tags }) => tags.includes(tag))!;
  const column = (name: string): Column => chip.main.find((one) => one.name === name)!;
  const known = cellsOf(cells).flatMap(([cell, source]): [Column, Linear][] => {
    if (source.by !== 'equation') return [];
    // A word of limbs is 0 where both are.
    const isZero = source.is.op === 'constant' && source.is.value === 0n;
    const columns = words[cell] ?? [cell];
    return words[cell] === undefined || isZero
      ? columns.map((name) => [column(name), linear(source.is)])
      : [];
  });
  const shortest = (field: Linear): Linear => {
    for (const [of, by] of known) {
      const shorter = substituted(field, of, by);
      if (size(shorter) < size(field)) return shortest(shorter);
    }
    return field;
  };
  const fields = tuple.slice(1, tag.fields.length + 1).map((e) => print(expression(shortest(linear(e)))));
  return `\`${tag.name}(${fields.join(', ')})\``;
}

const size = ({ constant, weights }: Linear): number => weights.size + (constant === 0n ? 0 : 1);

/** As an expression, what is added before what is taken away. */
function expression({ constant, weights }: Linear): Expr {
  const column = (of: Column): Expr => ({ op: 'column', column: of });
  const terms = [...weights].sort(([, x], [, y]) => Number(y > 0n) - Number(x > 0n));
  const sum = terms.reduce<Expr>(
    (left, [of, weight]) =>
      weight > 0n ? add(left, mul(column(of), weight)) : sub(left, mul(column(of), -weight)),
    add(0n),
  );
  return constant < 0n ? sub(sum, -constant) : add(sum, constant);
}
