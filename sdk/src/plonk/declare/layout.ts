/**
 * What follows from a system's declarations: helper columns of the bus, all constraints in order, the flat programs, the
 * shape that goes into keys. Nobody counts columns or groups interactions by hand.
 */
import { fail } from '../../errors/index.ts';
import { add, degree, type Expression, mul, sub } from '../../expr/expression.ts';
import { flatten } from '../../expr/flatten.ts';
import type { FlatProgram } from '../../expr/program.ts';
import { challengeNames } from './challenges.ts';
import type { Chip, Column, Constraint, Expr, Interaction, System } from './declare.ts';
import { machineStructure } from './encoding.ts';
import { checkOutline, checkPacks } from './rules.ts';
import { type ChipShape, fixedPacks, type Shape } from './shape.ts';
import type { Outline, Report } from './term-rules.ts';

/** A helper column: `h = Σ ±m_i/D_i` over its interactions. */
export interface Helper {
  readonly column: Column;
  readonly interactions: readonly Interaction[];
}

export interface ChipLayout {
  readonly chip: Chip;
  readonly index: number;
  /** Column leaves in order: main, fixed, helper. */
  readonly columns: readonly Column[];
  readonly helpers: readonly Helper[];
  /** The chip's own constraints, then one for each helper. */
  readonly constraints: readonly Constraint[];
  /** `o_j`: number of constraints of the chips before, the power of `y` this chip starts at. */
  readonly firstConstraint: number;
  /** One output, `Σ_i y^i·c_{j,i}`. */
  readonly program: FlatProgram;
  /** Outputs numerator, denominator of helper 0, of helper 1, …; column leaves are the main, then the fixed columns. */
  readonly fractions: FlatProgram;
}

export interface Layout {
  readonly system: System;
  readonly challenges: readonly string[];
  readonly chips: readonly ChipLayout[];
  readonly shape: Shape;
}

/** Derives everything; `SYSTEM_INVALID`, by name, for a declaration that breaks a rule. */
export function layout(system: System): Layout {
  checkSystem(system);
  const challenges = challengeNames(system.tags.map((tag) => ({ fields: tag.fields.length })));

  let firstConstraint = 0;
  const chips = system.chips.map((chip, index): ChipLayout => {
    const built = layoutChip(system, chip, index, challenges, firstConstraint);
    firstConstraint += built.constraints.length;
    return built;
  });
  return { system, challenges, chips, shape: shapeOf(system, challenges, chips) };
}

function layoutChip(
  system: System,
  chip: Chip,
  index: number,
  challenges: readonly string[],
  firstConstraint: number,
): ChipLayout {
  const inputs: readonly Column[] = [...chip.main, ...chip.fixed];
  const position = new Map<Column, number>();
  const indexOf = (column: Column): number => position.get(column) ?? -1;

  const helpers = groupInteractions(chip, system.maxDegree).map((interactions, k): Helper => {
    const column: Column = { stage: 'helper', index: k, name: `helper${k}` };
    return { column, interactions };
  });
  const columns = [...inputs, ...helpers.map((helper) => helper.column)];
  columns.forEach((column, i) => {
    position.set(column, i);
  });

  const constraints = [...chip.constraints, ...helpers.map(helperConstraint)];
  for (const { name, expression } of constraints) {
    const d = degree(expression);
    if (d > system.maxDegree) invalid(`${chip.name}/${name}`, `degree ${d} is above ${system.maxDegree}`);
  }
  const program = flatten([combine(constraints)], { columns: columns.length, indexOf, challenges });
  let fractions: FlatProgram | undefined;
  return {
    ...{ chip, index, columns, helpers, constraints, firstConstraint, program },
    // For who proves: verifiers and program ids do without.
    get fractions(): FlatProgram {
      fractions ??= flatten(
        helpers.flatMap((helper) => {
          const { numerator, denominator } = sumOfFractions(helper.interactions);
          return [numerator, denominator];
        }),
        { columns: inputs.length, indexOf, challenges },
      );
      return fractions;
    },
  };
}

/** `Σ_i y^i·c_i` by Horner. */
function combine(constraints: readonly Constraint[]): Expr {
  const y: Expr = { op: 'challenge', name: 'y' };
  return constraints.reduceRight<Expr>((sum, { expression }) => add(mul(sum, y), expression), {
    op: 'constant',
    value: 0n,
  });
}

/** `D = α − Σ_i β^i·t_i`. Built from the left so that tuples with equal beginnings share work. */
export function denominator(tuple: readonly Expr[]): Expr {
  return tuple.reduce<Expr>(
    (sum, field, i) => sub(sum, i === 0 ? field : mul({ op: 'challenge', name: `beta${i}` }, field)),
    { op: 'challenge', name: 'alpha' },
  );
}

interface Fraction {
  readonly numerator: Expr;
  readonly denominator: Expr;
}

/** `Σ ±m_i/D_i` as one fraction, added up from the left. */
function sumOfFractions(interactions: readonly Interaction[]): Fraction {
  return interactions.reduce<Fraction | undefined>((sum, { sign, multiplicity, tuple }) => {
    const D = denominator(tuple);
    if (sum === undefined)
      return { numerator: sign === 1 ? multiplicity : sub(0n, multiplicity), denominator: D };
    const term = mul(multiplicity, sum.denominator);
    const scaled = mul(sum.numerator, D);
    return {
      numerator: sign === 1 ? add(scaled, term) : sub(scaled, term),
      denominator: mul(sum.denominator, D),
    };
  }, undefined)!;
}

/**
 * `h·D1·D2·D3 = ±m1·D2·D3 ± m2·D1·D3 ± m3·D1·D2`. The last factor is kept apart, `(h·D − n)·D3 ∓ m3·D` with `n/D` the sum of
 * the others: the same polynomial for one multiplication less.
 */
function helperConstraint({ column, interactions }: Helper): Constraint {
  const h: Expr = { op: 'column', column };
  const last = interactions[interactions.length - 1]!;
  const D = denominator(last.tuple);
  const names = interactions.map((interaction) => interaction.name).join(', ');
  const name = `${column.name} sums ${names}`;
  if (interactions.length === 1) {
    const left = mul(h, D);
    return {
      name,
      expression: last.sign === 1 ? sub(left, last.multiplicity) : add(left, last.multiplicity),
    };
  }
  const others = sumOfFractions(interactions.slice(0, -1));
  const left = mul(sub(mul(h, others.denominator), others.numerator), D);
  const term = mul(last.multiplicity, others.denominator);
  return { name, expression: last.sign === 1 ? sub(left, term) : add(left, term) };
}

/**
 * Interactions grouped into helpers so that every helper constraint stays within the degree: `1 + Σ deg D_i` and
 * `deg m_i + Σ_{k≠i} deg D_k` at most `maxDegree`. First fit, in order of declaration.
 */
export function groupInteractions(chip: Chip, maxDegree: number): Interaction[][] {
  const groups: Interaction[][] = [];
  for (const interaction of chip.interactions) {
    if (!fits([interaction], maxDegree)) {
      invalid(
        `${chip.name}/${interaction.name}`,
        `an interaction of multiplicity degree ${degree(interaction.multiplicity)} and tuple degree ` +
          `${tupleDegree(interaction)} does not fit maximal degree ${maxDegree}`,
      );
    }
    const group = groups.find((candidate) => fits([...candidate, interaction], maxDegree));
    if (group === undefined) groups.push([interaction]);
    else group.push(interaction);
  }
  return groups;
}

function fits(group: readonly Interaction[], maxDegree: number): boolean {
  const all = group.reduce((sum, interaction) => sum + tupleDegree(interaction), 0);
  return (
    1 + all <= maxDegree && group.every((i) => degree(i.multiplicity) + all - tupleDegree(i) <= maxDegree)
  );
}

const tupleDegree = (interaction: Interaction): number =>
  Math.max(...interaction.tuple.map((e) => degree(e)));

/** What is declared, without expressions. */
function outlineOf({
  name,
  version,
  transcript = 'keccak256',
  bus = 'closed',
  maxDegree,
  tPhi,
  tQuotient,
  chips,
  tags,
  publicTerms,
  recursion,
}: System): Outline {
  return {
    name,
    version,
    transcript,
    bus,
    maxDegree,
    tPhi,
    tQuotient,
    chips: chips.map((chip) => ({ name: chip.name, height: chip.height, fixed: chip.fixed.length })),
    tags: tags.map((tag) => ({ name: tag.name, code: tag.code, fields: tag.fields.length })),
    publicTerms: publicTerms.map(({ tag, each, ...term }) => ({
      name: term.name,
      tag: tag.code,
      sign: term.sign,
      fields: term.fields,
      ...(each === undefined ? {} : { each }),
    })),
    ...(recursion === undefined ? {} : { recursion }),
  };
}

function shapeOf(system: System, challenges: readonly string[], chips: readonly ChipLayout[]): Shape {
  const { chips: _declared, ...head } = outlineOf(system);
  const shapes = chips.map(chipShape);
  const packs = system.packing(shapes);
  checkPacks(shapes, packs, within(system));
  const machine = machineOf(system, challenges, chips);
  // The commitments of an image are the same under every key of the machine.
  const image = (shape: Pick<Shape, 'chips' | 'packs'>): string =>
    JSON.stringify(
      fixedPacks(shape, 'program').map(({ t, columns }) => [
        t,
        columns.map(([j, i]) => [shape.chips[j]!.name, i]),
      ]),
    );
  if (
    shapes.some(({ height }) => height.from === 'program') &&
    image({ chips: shapes, packs }) !== image(machine)
  ) {
    invalid(system.name, 'its image is packed in another way than that of the machine');
  }
  return {
    ...head,
    machine: machineStructure({ ...head, ...machine }),
    challenges,
    chips: shapes,
    packs,
  };
}

function chipShape({ chip, helpers, constraints, program }: ChipLayout): ChipShape {
  return {
    name: chip.name,
    height: chip.height,
    main: chip.main.length,
    fixed: chip.fixed.length,
    helpers: helpers.length,
    constraints: constraints.length,
    program,
  };
}

/** All chips of the machine and their packs; a chip is laid out alike wherever it stands. */
function machineOf(
  system: System,
  challenges: readonly string[],
  layouts: readonly ChipLayout[],
): Pick<Shape, 'chips' | 'packs'> {
  const chips = (system.machine ?? system.chips).map((chip, index) =>
    chipShape(layouts.find((built) => built.chip === chip) ?? layoutChip(system, chip, index, challenges, 0)),
  );
  return { chips, packs: system.packing(chips) };
}

/** The rules of a system's outline, and those that speak of expressions; degrees are checked where they are computed. */
function checkSystem(system: System): void {
  checkOutline(outlineOf(system), within(system));
  for (const chip of system.chips) checkChip(system, chip);
  const stranger = system.chips.find((chip) => system.machine?.includes(chip) === false);
  if (stranger !== undefined) invalid(`${system.name}/${stranger.name}`, 'is no chip of the machine');
}

function checkChip(system: System, chip: Chip): void {
  const where = `${system.name}/${chip.name}`;
  const own = new Set<Column>([...chip.main, ...chip.fixed]);
  const used = new Set<Column>();
  const leaves = (what: string, e: Expr): void =>
    forEachLeaf(e, (leaf) => {
      if (leaf.op === 'column') used.add(leaf.column);
      if (leaf.op === 'challenge') invalid(`${where}/${what}`, `uses the challenge ${leaf.name}`);
      if (leaf.op === 'column' && !own.has(leaf.column)) {
        invalid(`${where}/${what}`, `uses the column ${leaf.column.name}, which is not one of this chip`);
      }
    });
  for (const constraint of chip.constraints) leaves(constraint.name, constraint.expression);
  for (const interaction of chip.interactions) {
    leaves(interaction.name, interaction.multiplicity);
    for (const field of interaction.tuple) leaves(interaction.name, field);
    for (const tag of interaction.tags) {
      if (!system.tags.includes(tag))
        invalid(`${where}/${interaction.name}`, `tag ${tag.name} is not of this system`);
      // Where one interaction carries several tags, those with fewer fields have zeros behind, which count for nothing.
      const spare = interaction.tuple.length - tag.fields.length - 1;
      if (interaction.tags.length === 1 ? spare !== 0 : spare < 0) {
        invalid(`${where}/${interaction.name}`, `${tag.name} takes ${tag.fields.length} fields`);
      }
    }
  }
  const idle = chip.main.find((column) => !used.has(column));
  if (idle !== undefined)
    invalid(`${where}/${idle.name}`, 'the column is in no constraint and no interaction');
}

/** Every leaf once for each object that stands in the expression (shared objects once). */
export function forEachLeaf<C>(e: Expression<C>, visit: (leaf: Expression<C>) => void): void {
  const seen = new Set<Expression<C>>();
  const walk = (node: Expression<C>): void => {
    if (seen.has(node)) return;
    seen.add(node);
    if ('left' in node) {
      walk(node.left);
      walk(node.right);
    } else visit(node);
  };
  walk(e);
}

function within({ name }: System): Report {
  return (place, problem) => invalid(place === '' ? name : `${name}/${place}`, problem);
}

function invalid(where: string, problem: string): never {
  fail('SYSTEM_INVALID', problem, { where, fix: 'Correct the declaration of the chips' });
}
