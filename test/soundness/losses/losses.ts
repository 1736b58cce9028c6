/**
 * The machine without one of its constraints or interactions: what each of them is there for is what a prover can do without it.
 * The list is that of the declarations.
 */
import { constant } from '../../../sdk/src/expr/expression.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Chip, Column, Expr, Interaction, MainColumn } from '../../../sdk/src/plonk/declare/declare.ts';
import type { Layout } from '../../../sdk/src/plonk/declare/layout.ts';
import { LAYOUT, SYSTEM } from '../../machine/chips/harness.ts';

export interface Loss {
  readonly chip: string;
  readonly kind: 'constraint' | 'interaction';
  readonly name: string;
}

export const LOSSES: readonly Loss[] = SYSTEM.chips.flatMap(({ name: chip, constraints, interactions }) => [
  ...constraints.map(({ name }): Loss => ({ chip, kind: 'constraint', name })),
  ...interactions.map(({ name }): Loss => ({ chip, kind: 'interaction', name })),
]);

export const textOf = ({ chip, kind, name }: Loss): string => `${chip}, ${kind} "${name}"`;

/** The chip that declares it. */
export const chipOf = ({ chip }: Loss): Chip => SYSTEM.chips.find(({ name }) => name === chip)!;

/** The column that is only then a bit, in a chip that has the same columns. */
export const isBitOf = ({ kind, name }: Loss, { main }: Chip): MainColumn | undefined =>
  kind === 'constraint' ? main.find((column) => name === `${column.name} is a bit`) : undefined;

/** Tables that range what is looked up in them. */
const RANGES = [T.RANGE16, T.AND8, T.BYTES];

const ranges =
  (column: MainColumn) =>
  ({ tags, tuple, sign }: Interaction): boolean =>
    sign === -1 &&
    RANGES.some((tag) => tags.includes(tag)) &&
    tuple.some((field) => field.op === 'column' && field.column === column);

/**
 * The chip without the constraint; or with the interaction, which keeps its place, never happening. What only the lost one made a
 * bit, a byte or a limb may be anything.
 */
export function without(chip: Chip, { kind, name }: Pick<Loss, 'kind' | 'name'>): Chip {
  if (kind === 'constraint') {
    const constraints = chip.constraints.filter((own) => own.name !== name);
    const bit = isBitOf({ chip: chip.name, kind, name }, chip);
    return freed({ ...chip, constraints }, bit === undefined ? [] : [bit]);
  }
  const lost = chip.interactions.find((own) => own.name === name)!;
  const interactions = chip.interactions.map((own) =>
    own === lost ? { ...own, multiplicity: constant<Column>(0) } : own,
  );
  const unranged = chip.main.filter(
    (column) => ranges(column)(lost) && !chip.interactions.some((own) => own !== lost && ranges(column)(own)),
  );
  return freed({ ...chip, interactions }, unranged);
}

/** The chip that says nothing of limbs and bytes: of a row that looks none up they are any field elements. */
export const unranged = (chip: Chip): Chip =>
  freed(
    chip,
    chip.main.filter(({ range }) => range === 'limb16' || range === 'byte'),
  );

/** The chip whose declaration says nothing of the range of these columns. */
function freed(chip: Chip, columns: readonly MainColumn[]): Chip {
  if (columns.length === 0) return chip;
  const free = new Map<Column, MainColumn>(
    columns.map((column) => [column, { ...column, range: 'bound' as const }]),
  );
  const made = new Map<Expr, Expr>();
  const renamed = (e: Expr): Expr => {
    const known = made.get(e);
    if (known !== undefined) return known;
    let own = e;
    if (e.op === 'column') own = { op: 'column', column: free.get(e.column) ?? e.column };
    else if (e.op !== 'constant' && e.op !== 'challenge')
      own = { op: e.op, left: renamed(e.left), right: renamed(e.right) };
    made.set(e, own);
    return own;
  };
  return {
    ...chip,
    main: chip.main.map((column) => free.get(column) ?? column),
    constraints: chip.constraints.map((own) => ({ ...own, expression: renamed(own.expression) })),
    interactions: chip.interactions.map((own) => ({
      ...own,
      multiplicity: renamed(own.multiplicity),
      tuple: own.tuple.map(renamed),
    })),
  };
}

/** What the row checker judges by without it. */
export function weakerLayout(loss: Loss): Layout {
  const chips = LAYOUT.chips.map((laidOut) =>
    laidOut.chip.name === loss.chip ? { ...laidOut, chip: without(laidOut.chip, loss) } : laidOut,
  );
  return { ...LAYOUT, chips };
}
