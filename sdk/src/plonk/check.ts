/**
 * The row checker: every constraint on every row and the whole bus, without keys, and with names for what fails. A trace that
 * passes can be proven; one that does not is told where: chip, constraint, row, cells, unbalanced tuple and its parties.
 */
import { evaluateProgram, scalarRing } from '../expr/evaluate.ts';
import { flatten } from '../expr/flatten.ts';
import { printConstant, printExpression } from '../expr/print.ts';
import type { FlatProgram } from '../expr/program.ts';
import { FR_MODULUS } from '../field/field.ts';
import type { Column, Expr, Statement, Tag } from './declare.ts';
import { type ColumnValues, type FixedTable, valueAt } from './fixed.ts';
import { type ChipLayout, forEachLeaf, type Layout } from './layout.ts';
import { publicTuples } from './public-terms.ts';
import { evaluateRows, PRIMES, residue } from './residues.ts';
import type { HostChipWitness } from './witness.ts';

export interface CheckParameters {
  readonly layout: Layout;
  /** Fixed columns of every chip, in order; undefined for a chip that has none. */
  readonly tables: readonly (FixedTable | undefined)[];
  readonly witness: readonly HostChipWitness[];
  /** Entry of the program, for the public terms. */
  readonly entry: bigint;
  readonly statement: Statement;
  /** Says where in the source a row comes from (pc, wasm offset); undefined or empty where it has no place. */
  readonly locate?: (chip: string, row: number) => string | undefined;
  /** Failures described in full; default 20. The rest is counted. */
  readonly limit?: number;
}

export interface Cell {
  readonly name: string;
  readonly value: bigint;
}

export interface ConstraintFailure {
  readonly kind: 'constraint';
  readonly chip: string;
  readonly row: number;
  readonly constraint: string;
  /** The constraint as declared, and what it came to instead of zero. */
  readonly expression: string;
  readonly value: bigint;
  /** The cells that the constraint reads. */
  readonly cells: readonly Cell[];
  readonly location?: string;
}

/** Someone who sent (+) or received (−) a tuple. */
export interface Party {
  /** Chip, or `public`. */
  readonly chip: string;
  /** −1 for a public term. */
  readonly row: number;
  readonly interaction: string;
  /** Signed. */
  readonly multiplicity: bigint;
  readonly location?: string;
}

export interface BusFailure {
  readonly kind: 'bus';
  /** Name of the tag, or its code where no tag has it. */
  readonly tag: string;
  readonly fields: readonly Cell[];
  /** Sent minus received, in the field, as an integer near zero. */
  readonly balance: bigint;
  /** The first few. */
  readonly parties: readonly Party[];
}

export type CheckFailure = ConstraintFailure | BusFailure;

export interface CheckReport {
  readonly ok: boolean;
  /** Rows looked at, padding included, and tuples on the bus. */
  readonly rows: number;
  readonly tuples: number;
  readonly failures: readonly CheckFailure[];
  /** Failures that are not described: beyond the limit, or more rows of the same constraint. */
  readonly more: number;
}

const PARTIES = 8;
/** Rows described for one constraint: a broken one usually fails on many. */
const ROWS_PER_CONSTRAINT = 3;
/** Unbalanced tuples looked at exactly; a trace with more has one cause, and the first tell it. */
const MOST_SUSPECTS = 50_000;

export function check(parameters: CheckParameters): CheckReport {
  const { limit = 20 } = parameters;
  const chips = parameters.layout.chips.map((chip) => new CheckedChip(chip, parameters));
  const constraints = chips.map((chip) => chip.checkConstraints());
  const bus = checkBus(chips, parameters);
  const failures = [...constraints.flatMap((found) => found.failures), ...bus.failures];
  const uncounted = constraints.reduce((sum, found) => sum + found.more, bus.more);
  return {
    ok: failures.length === 0,
    rows: chips.reduce((sum, chip) => sum + chip.rows, 0),
    tuples: bus.tuples,
    failures: failures.slice(0, limit),
    more: Math.max(0, failures.length - limit) + uncounted,
  };
}

/** One chip's columns, and its declarations as programs over main and fixed columns. */
class CheckedChip {
  readonly layout: ChipLayout;
  readonly rows: number;
  readonly columns: readonly ColumnValues[];
  /** Two outputs an interaction: multiplicity, then the tuple's fields folded with the challenges. */
  readonly #folded: FlatProgram;
  readonly #constraints: FlatProgram;
  /** One program an interaction: multiplicity, then the fields. */
  readonly #exact: readonly FlatProgram[];
  readonly #parameters: CheckParameters;
  readonly #inputs: readonly Column[];

  constructor(layout: ChipLayout, parameters: CheckParameters) {
    const { chip, index } = layout;
    const witness = parameters.witness[index]!;
    const table = parameters.tables[index];
    this.layout = layout;
    this.#parameters = parameters;
    this.rows = 2 ** witness.log;
    if (table !== undefined && table.log !== witness.log) {
      throw new RangeError(`${chip.name}: height 2^${witness.log}, its fixed columns have 2^${table.log}`);
    }
    this.columns = [...witness.columns, ...(table?.values ?? [])];
    this.#inputs = [...chip.main, ...chip.fixed];
    if (this.columns.length !== this.#inputs.length) {
      throw new RangeError(`${chip.name}: ${this.columns.length} columns instead of ${this.#inputs.length}`);
    }
    this.#constraints = this.#flatten(
      chip.constraints.map((constraint) => constraint.expression),
      [],
    );
    this.#folded = this.#flatten(
      chip.interactions.flatMap(({ multiplicity, tuple }) => [multiplicity, fold(tuple)]),
      foldNames(parameters.layout),
    );
    this.#exact = chip.interactions.map(({ multiplicity, tuple }) =>
      this.#flatten([multiplicity, ...tuple], []),
    );
  }

  /** Rows where some constraint does not vanish modulo a small prime are evaluated exactly. */
  checkConstraints(): { failures: ConstraintFailure[]; more: number } {
    const failures: ConstraintFailure[] = [];
    let more = 0;
    const { constraints } = this.layout.chip;
    const suspects = new Map<number, Set<number>>();
    for (const p of PRIMES) {
      evaluateRows(this.#constraints, this.columns, [], this.rows, p, (first, count, outputs) => {
        outputs.forEach((output, c) => {
          for (let i = 0; i < count; i++) {
            if (output[i] === 0) continue;
            const rows = suspects.get(c) ?? new Set<number>();
            suspects.set(c, rows.add(first + i));
          }
        });
      });
    }
    for (const [c, rows] of [...suspects].sort(([a], [b]) => a - b)) {
      const { name, expression } = constraints[c]!;
      const program = this.#flatten([expression], []);
      let described = 0;
      for (const row of [...rows].sort((a, b) => a - b)) {
        if (described === ROWS_PER_CONSTRAINT) {
          more++;
          continue;
        }
        const [value] = evaluateProgram(program, scalarRing, this.#row(row), []);
        if (value === 0n) continue;
        described++;
        failures.push({
          kind: 'constraint',
          chip: this.layout.chip.name,
          row,
          constraint: name,
          expression: printExpression(expression, (column) => column.name),
          value: value!,
          cells: this.#cells(expression, row),
          ...this.#location(row),
        });
      }
    }
    return { failures, more };
  }

  /** Every interaction with a multiplicity other than zero: its fingerprint modulo both primes. */
  fingerprints(visit: (interaction: number, row: number, multiplicity: number, print: number) => void): void {
    const [p, q] = PRIMES;
    const first = this.#fold(p);
    const second = this.#fold(q);
    this.layout.chip.interactions.forEach(({ sign }, k) => {
      for (let row = 0; row < this.rows; row++) {
        const m = first[2 * k]![row]!;
        const n = second[2 * k]![row]!;
        if (m === 0 && n === 0) continue;
        visit(k, row, sign === 1 ? m : p - m, first[2 * k + 1]![row]! * 2 ** 26 + second[2 * k + 1]![row]!);
      }
    });
  }

  /** Exact tuple and signed multiplicity. */
  interaction(k: number, row: number): { tuple: bigint[]; party: Party } {
    const { sign, name } = this.layout.chip.interactions[k]!;
    const values = evaluateProgram(this.#exact[k]!, scalarRing, this.#row(row), []);
    const m = centred(values[0]!);
    return {
      tuple: values.slice(1),
      party: {
        chip: this.layout.chip.name,
        row,
        interaction: name,
        multiplicity: sign === 1 ? m : -m,
        ...this.#location(row),
      },
    };
  }

  #fold(p: number): Float64Array[] {
    const challenges = foldChallenges(this.#parameters.layout, p);
    const all = this.#folded.outputs.map(() => new Float64Array(this.rows));
    evaluateRows(this.#folded, this.columns, challenges, this.rows, p, (first, count, outputs) => {
      outputs.forEach((output, o) => {
        all[o]!.set(output.subarray(0, count), first);
      });
    });
    return all;
  }

  #flatten(outputs: readonly Expr[], challenges: readonly string[]): FlatProgram {
    return flatten(outputs, {
      columns: this.#inputs.length,
      indexOf: (column) => this.#inputs.indexOf(column),
      challenges,
    });
  }

  #row(row: number): bigint[] {
    return this.columns.map((column) => valueAt(column, row));
  }

  #cells(expression: Expr, row: number): Cell[] {
    const read = new Set<Column>();
    forEachLeaf(expression, (leaf) => {
      if (leaf.op === 'column') read.add(leaf.column);
    });
    return this.#inputs.flatMap((column, i) =>
      read.has(column) ? [{ name: column.name, value: valueAt(this.columns[i]!, row) }] : [],
    );
  }

  #location(row: number): { location?: string } {
    const location = this.#parameters.locate?.(this.layout.chip.name, row);
    return location === undefined || location === '' ? {} : { location };
  }
}

/** Sums multiplicities by fingerprint; tuples whose sum is not zero are told apart exactly. */
function checkBus(
  chips: readonly CheckedChip[],
  parameters: CheckParameters,
): { tuples: number; failures: BusFailure[]; more: number } {
  const { layout, statement, entry } = parameters;
  const [p] = PRIMES;
  const balance = new Map<number, number>();
  let tuples = 0;
  const count = (multiplicity: number, print: number): void => {
    tuples++;
    balance.set(print, ((balance.get(print) ?? 0) + multiplicity) % p);
  };
  const publics = publicTuples(layout.shape.publicTerms, { program: { entry }, statement });
  const weightsOf = PRIMES.map((prime) => foldChallenges(layout, prime));
  const printOf = (tuple: readonly bigint[]): number => {
    const [first, second] = PRIMES.map((prime, k) => {
      const weights = weightsOf[k]!;
      return tuple.reduce((sum, field, i) => {
        const weight = i === 0 ? 1 : weights[i - 1]!;
        return Number((BigInt(sum) + BigInt(weight) * BigInt(residue(field, prime))) % BigInt(prime));
      }, 0);
    });
    return first! * 2 ** 26 + second!;
  };
  for (const { sign, tuple } of publics) count(sign === 1 ? 1 : p - 1, printOf(tuple));
  for (const chip of chips) chip.fingerprints((_k, _row, multiplicity, print) => count(multiplicity, print));

  const suspects = new Set<number>();
  let more = 0;
  for (const [print, sum] of balance) {
    if (sum === 0) continue;
    if (suspects.size < MOST_SUSPECTS) suspects.add(print);
    else more++;
  }
  if (suspects.size === 0) return { tuples, failures: [], more };

  const exact = new Map<string, { tuple: readonly bigint[]; balance: bigint; parties: Party[] }>();
  const enter = (fields: readonly bigint[], party: Party): void => {
    // Zeros at the end count for nothing (an interaction of several tags is as long as the longest).
    const tuple = fields.slice(0, fields.findLastIndex((field) => field !== 0n) + 1);
    const key = tuple.join();
    const known = exact.get(key) ?? { tuple, balance: 0n, parties: [] };
    known.balance = centred(scalarRing.add(canonical(known.balance), canonical(party.multiplicity)));
    if (known.parties.length < PARTIES) known.parties.push(party);
    exact.set(key, known);
  };
  for (const { name, sign, tuple } of publics) {
    if (suspects.has(printOf(tuple))) {
      enter(tuple, { chip: 'public', row: -1, interaction: name, multiplicity: BigInt(sign) });
    }
  }
  for (const chip of chips) {
    chip.fingerprints((k, row, _multiplicity, print) => {
      if (!suspects.has(print)) return;
      const { tuple, party } = chip.interaction(k, row);
      enter(tuple, party);
    });
  }
  const failures = [...exact.values()]
    .filter((entry) => entry.balance !== 0n)
    .map(({ tuple, balance: sum, parties }) => busFailure(layout.system.tags, tuple, sum, parties));
  // Tuples that differ in one late field come to stand side by side: usually the two halves of one mistake.
  failures.sort((a, b) => compare(a.tag, b.tag) || compareCells(a.fields, b.fields));
  return { tuples, failures, more };
}

function busFailure(
  tags: readonly Tag[],
  tuple: readonly bigint[],
  balance: bigint,
  parties: readonly Party[],
): BusFailure {
  const tag = tags.find((candidate) => BigInt(candidate.code) === tuple[0]);
  const names = tag?.fields ?? tuple.slice(1).map((_, i) => `field${i}`);
  const fields = names.map((name, i) => ({ name, value: tuple[i + 1] ?? 0n }));
  return { kind: 'bus', tag: tag?.name ?? `tag ${tuple[0]}`, fields, balance, parties };
}

/** `t_0 + Σ weight_i·t_i` with the weights as challenge leaves. */
function fold(tuple: readonly Expr[]): Expr {
  return tuple.reduce<Expr>((sum, field, i) => {
    if (i === 0) return field;
    const weight: Expr = { op: 'challenge', name: `beta${i}` };
    return { op: 'add', left: sum, right: { op: 'mul', left: weight, right: field } };
  }, tuple[0]!);
}

const foldNames = (layout: Layout): string[] => layout.challenges.filter((name) => name.startsWith('beta'));

/** Weights of the fields modulo p: powers of a number without small multiples, so that near tuples stay apart. */
function foldChallenges(layout: Layout, p: number): number[] {
  let weight = 1;
  return foldNames(layout).map(() => {
    weight = Number((BigInt(weight) * 48_271_069n) % BigInt(p));
    return weight;
  });
}

function centred(value: bigint): bigint {
  return value > FR_MODULUS >> 1n ? value - FR_MODULUS : value;
}

function canonical(value: bigint): bigint {
  return value < 0n ? value + FR_MODULUS : value;
}

const compare = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

function compareCells(a: readonly Cell[], b: readonly Cell[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i]!.value, b[i]!.value);
    if (order !== 0) return order;
  }
  return 0;
}

/** A failure in a few lines for people. */
export function formatFailure(failure: CheckFailure): string {
  const cells = (list: readonly Cell[]): string =>
    list.map((c) => `${c.name} = ${printConstant(c.value)}`).join(', ');
  const at = (location?: string): string => (location === undefined ? '' : ` (${location})`);
  if (failure.kind === 'constraint') {
    const { chip, row, constraint, expression, value, location } = failure;
    return (
      `${chip}, row ${row}${at(location)}: "${constraint}" does not hold\n` +
      `  ${expression} = ${printConstant(value)}, with ${cells(failure.cells)}`
    );
  }
  const { tag, fields, balance, parties } = failure;
  const times =
    balance > 0n ? `sent ${balance} times more than received` : `received ${-balance} times more than sent`;
  const lines = parties.map(({ chip, row, interaction, multiplicity, location }) => {
    const verb = multiplicity > 0n ? 'sent' : 'received';
    const often =
      multiplicity === 1n || multiplicity === -1n
        ? ''
        : ` ${multiplicity > 0n ? multiplicity : -multiplicity}×`;
    const who =
      row < 0 ? `the statement (${interaction})` : `${chip}, row ${row}, "${interaction}"${at(location)}`;
    return `\n  ${verb}${often} by ${who}`;
  });
  return `${tag}(${cells(fields)}) is ${times}${lines.join('')}`;
}
