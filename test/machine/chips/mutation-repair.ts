/**
 * A prover who changes one cell and recomputes what follows: the other cells of the row, the rows that receive what it sends, the
 * accesses behind it, the statement. Times, values and program counters go from row to row as the bus demands; multiplicities
 * of tables and image follow from the lookups and are always made to fit.
 */
import { Fr } from '../../../sdk/src/field/field.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Chip, Column, MainColumn, Statement } from '../../../sdk/src/plonk/declare/declare.ts';
import {
  type Act,
  actsOf,
  idOf,
  type Ledger,
  type Party,
  privateWords,
  type Seat,
} from './mutation-ledger.ts';
import { opcodeBits } from './mutation-opcodes.ts';
import { type Cells, columnsOf, evaluate, trimmed } from './rows.ts';
import { Infeasible, Solver } from './solver.ts';

/** How many rows a repair may rewrite, and how many ways a row may be rewritten. */
const MOST_REWRITES = 40;
const MOST_WAYS = 2;

type Tuple = readonly bigint[];
type Wanted = ReadonlyMap<number, readonly (bigint | undefined)[]>;

export interface Outcome {
  /** What the row checker names: constraints, lookups, tags of unbalanced tuples; empty where it accepts. */
  readonly named: readonly string[];
  /** Rows that differ from the honest run. */
  readonly rows: ReadonlyMap<string, { readonly seat: Seat; readonly cells: Cells }>;
  readonly statement: Statement;
  /** Rows that were rewritten on the way, in vain or not. */
  readonly rewritten: number;
}

/** A run in which some rows and the statement are changed. */
export class Branch {
  readonly ledger: Ledger;
  readonly rows: Map<string, { seat: Seat; cells: Cells; acts: readonly (Act | undefined)[] }>;
  /** Sent minus received, in the field, where that is not 0. */
  readonly balance: Map<string, { tuple: Tuple; sum: bigint }>;
  statement: Statement;

  constructor(ledger: Ledger, from?: Branch) {
    this.ledger = ledger;
    this.rows = new Map(from?.rows);
    this.balance = new Map(from?.balance);
    this.statement = from?.statement ?? ledger.run.statement;
  }

  cells(seat: Seat): Cells {
    return this.rows.get(idOf(seat))?.cells ?? this.ledger.cells(seat);
  }

  acts(seat: Seat): readonly (Act | undefined)[] {
    return this.rows.get(idOf(seat))?.acts ?? this.ledger.acts(seat);
  }

  with(seat: Seat, cells: Cells): Branch {
    const next = new Branch(this.ledger, this);
    const [before, after] = [this.acts(seat), actsOf(seat.chip, cells)];
    next.rows.set(idOf(seat), { seat, cells, acts: after });
    seat.chip.chip.interactions.forEach(({ sign }, i) => {
      next.#count(before[i], BigInt(-sign));
      next.#count(after[i], BigInt(sign));
    });
    return next;
  }

  withStatement(statement: Statement): Branch {
    const next = new Branch(this.ledger, this);
    const count = (which: Statement, factor: bigint): void => {
      for (const { sign, tuple } of this.ledger.publics(which)) {
        next.#count({ multiplicity: 1n, tuple }, factor * BigInt(sign));
      }
    };
    count(this.statement, -1n);
    count(statement, 1n);
    next.statement = statement;
    return next;
  }

  #count(act: Act | undefined, factor: bigint): void {
    if (act === undefined || !this.ledger.isBetweenRows(act.tuple)) return;
    const key = trimmed(act.tuple);
    const sum = Fr.from((this.balance.get(key)?.sum ?? 0n) + factor * act.multiplicity);
    if (sum === 0n) this.balance.delete(key);
    else this.balance.set(key, { tuple: act.tuple, sum });
  }

  /** Who sends or receives a tuple now. */
  party(sign: 1 | -1, tuple: Tuple): Party | undefined {
    const key = trimmed(tuple);
    for (const { seat, acts } of this.rows.values()) {
      const interaction = acts.findIndex(
        (act, i) =>
          act !== undefined &&
          seat.chip.chip.interactions[i]!.sign === sign &&
          act.tuple[0] === tuple[0] &&
          trimmed(act.tuple) === key,
      );
      if (interaction >= 0) return { seat, interaction };
    }
    const party = this.ledger.party(sign, key);
    return party !== undefined && party !== 'public' && this.rows.has(idOf(party.seat)) ? undefined : party;
  }

  named(): string[] {
    const named = new Set<string>();
    for (const { seat, cells, acts } of this.rows.values()) {
      const { chip } = seat.chip;
      for (const { name, expression } of chip.constraints) {
        if (evaluate(expression, cells) !== 0n) named.add(`${chip.name}: ${name}`);
      }
      chip.interactions.forEach(({ sign }, i) => {
        const act = acts[i];
        if (act === undefined || sign === 1 || this.ledger.isBetweenRows(act.tuple)) return;
        // What tables and image hold a prover looks up as often as it likes, minus once too.
        if (this.ledger.provided.holds(act.tuple) !== true) named.add(tagName(act.tuple));
      });
    }
    for (const { tuple } of this.balance.values()) named.add(tagName(tuple));
    return [...named].sort();
  }
}

const tagName = ([code]: Tuple): string =>
  T.TAGS.find((tag) => BigInt(tag.code) === code)?.name ?? `tag ${code}`;

export interface Change {
  readonly seat: Seat;
  readonly column: MainColumn;
  readonly value: bigint;
}

/** Changes a cell and repairs: the outcome that the checker accepts, or the first one found that it does not. */
export function repaired(ledger: Ledger, change: Change): Outcome {
  const { seat, column, value } = change;
  const start = new Branch(ledger);
  const alone = start.with(
    seat,
    start.cells(seat).map((cell, i) => (i === column.index ? value : cell)),
  );
  const budget = { left: MOST_REWRITES };
  const named = alone.named();
  if (named.length === 0) return outcomeOf(alone, [], 0);
  // The cell alone, with everyone around it made to fit; then with the row's other cells solved for it.
  const solved = ways(start, seat, new Map(), change);
  for (const branch of [alone, ...solved]) {
    const end = settle(branch, change, budget);
    const rewritten = solved.length + MOST_REWRITES - budget.left;
    if (end !== undefined) return outcomeOf(end, [], rewritten);
  }
  return outcomeOf(alone, named, solved.length + MOST_REWRITES - budget.left);
}

function outcomeOf({ rows, statement }: Branch, named: readonly string[], rewritten: number): Outcome {
  return { named, rows, statement, rewritten };
}

/** Rewrites rows until the bus balances; undefined where that does not succeed. */
function settle(branch: Branch, change: Change, budget: { left: number }): Branch | undefined {
  const pair = unbalanced(branch);
  if (pair === 'balanced') return branch.named().length === 0 ? branch : undefined;
  if (pair === 'stuck') return undefined;
  const { excess, missing } = pair;
  const sides = [
    { party: missing && branch.party(-1, missing), want: excess },
    { party: excess && branch.party(1, excess), want: missing },
  ];
  for (const { party, want } of sides) {
    if (party === undefined || budget.left-- <= 0) continue;
    const next =
      party === 'public'
        ? restated(branch, pair)
        : want === undefined
          ? recounted(branch, party, pair, change)
          : ways(branch, party.seat, new Map([[party.interaction, want.slice(1)]]), change);
    for (const way of next) {
      const end = settle(way, change, budget);
      if (end !== undefined) return end;
    }
  }
  // A word that nobody takes, or a taken one that the statement lacks.
  if (excess === undefined || missing === undefined) {
    for (const way of restated(branch, pair)) {
      const end = budget.left-- > 0 ? settle(way, change, budget) : undefined;
      if (end !== undefined) return end;
    }
  }
  return undefined;
}

interface Pair {
  readonly excess?: Tuple;
  readonly missing?: Tuple;
}

/** A tuple sent too often with one received too often: of one tag and, of accesses, one cell. */
function unbalanced(branch: Branch): Pair | 'balanced' | 'stuck' {
  const groups = new Map<string, { excess: Tuple[]; missing: Tuple[] }>();
  for (const { tuple, sum } of branch.balance.values()) {
    const isAccess = tuple[0] === BigInt(T.MEM.code);
    const key = isAccess ? `${tuple[0]} ${tuple[1]}` : `${tuple[0]}`;
    const group = groups.get(key) ?? { excess: [], missing: [] };
    (sum <= Fr.modulus >> 1n ? group.excess : group.missing).push(tuple);
    groups.set(key, group);
  }
  if (groups.size === 0) return 'balanced';
  let lonely: Pair | undefined;
  for (const { excess, missing } of groups.values()) {
    const byTime = (a: Tuple, b: Tuple): number => Number(a[2]! - b[2]!);
    const [e, m] = [excess.sort(byTime)[0], missing.sort(byTime)[0]];
    if (e !== undefined && m !== undefined) return { excess: e, missing: m };
    lonely ??= { ...(e && { excess: e }), ...(m && { missing: m }) };
  }
  const code = (lonely!.excess ?? lonely!.missing)![0];
  return [T.INPUT, T.OUTPUT, T.ZERO].some((tag) => BigInt(tag.code) === code) ? lonely! : 'stuck';
}

/** The statement with the word or status that rows take instead. */
function restated(branch: Branch, { excess, missing }: Pair): Branch[] {
  const { statement } = branch;
  const code = (missing ?? excess)![0];
  const word = missing?.[2] ?? 0n;
  if (word >> 64n !== 0n) return [];
  if (code === BigInt(T.EXIT.code)) return [branch.withStatement({ ...statement, status: word })];
  const list =
    code === BigInt(T.INPUT.code)
      ? 'publicInputs'
      : code === BigInt(T.OUTPUT.code)
        ? 'publicOutputs'
        : undefined;
  if (list === undefined) return [];
  const words = statement[list];
  const index = (missing ?? excess)![1] ?? 0n;
  if (missing === undefined) {
    if (index !== BigInt(words.length - 1)) return [];
    return [branch.withStatement({ ...statement, [list]: words.slice(0, -1) })];
  }
  if (index > BigInt(words.length)) return [];
  const changed = [...words];
  changed[Number(index)] = word;
  return [branch.withStatement({ ...statement, [list]: changed })];
}

/** A provider that counts how often its tuple is taken counts anew. */
function recounted(
  branch: Branch,
  party: Exclude<Party, 'public'>,
  { excess, missing }: Pair,
  change: Change,
): Branch[] {
  const tuple = (excess ?? missing)!;
  const { seat, interaction } = party;
  const { multiplicity, sign } = seat.chip.chip.interactions[interaction]!;
  if (sign !== 1) return [];
  const cells = branch.cells(seat);
  const wanted = Fr.sub(evaluate(multiplicity, cells), branch.balance.get(trimmed(tuple))!.sum);
  const isOwn = idOf(seat) === idOf(change.seat);
  return [...columnsOf(multiplicity)].flatMap((column) => {
    if (isOwn && column === change.column) return [];
    const changed = cells.map((cell, i) => (i === column.index ? wanted : cell));
    return evaluate(multiplicity, changed) === wanted ? [branch.with(seat, changed)] : [];
  });
}

/** The run with a row rewritten: what it receives stays as it is but for what is wanted; the changed cell stays changed. */
function ways(branch: Branch, seat: Seat, wanted: Wanted, change: Change): Branch[] {
  const cells = branch.cells(seat);
  const own = idOf(seat) === idOf(change.seat) ? change : undefined;
  const solutions = [...solve(branch, seat, cells, wanted, own)];
  const retargeted = solutions.flatMap((found) => {
    const targets = targetsOf(branch, seat, found);
    return targets.size === 0 ? [] : [...solve(branch, seat, cells, new Map([...wanted, ...targets]), own)];
  });
  const distinct = new Map([...retargeted, ...solutions].map((found) => [found.join(), found]));
  return [...distinct.values()]
    .filter((found) => found.join() !== cells.join())
    .map((found) => branch.with(seat, found));
}

/** Accesses of other cells than before take what those hold at the time. */
function targetsOf(branch: Branch, seat: Seat, cells: Cells): Map<number, readonly bigint[]> {
  const targets = new Map<number, readonly bigint[]>();
  const [before, after] = [branch.acts(seat), actsOf(seat.chip, cells)];
  const { interactions } = seat.chip.chip;
  interactions.forEach(({ sign }, i) => {
    const act = after[i];
    if (sign === 1 || act === undefined || act.tuple[0] !== BigInt(T.MEM.code)) return;
    if (before[i]?.tuple[1] === act.tuple[1]) return;
    const sent = after.find(
      (other, k) =>
        interactions[k]!.sign === 1 && other?.tuple[0] === act.tuple[0] && other?.tuple[1] === act.tuple[1],
    );
    const live = sent && branch.ledger.before(act.tuple[1]!, sent.tuple[2]!);
    if (live !== undefined) targets.set(i, live.slice(1));
  });
  return targets;
}

/** Cells that satisfy every constraint of the row, given what it receives. */
function* solve(
  branch: Branch,
  seat: Seat,
  cells: Cells,
  wanted: Wanted,
  change: Change | undefined,
): Generator<Cells> {
  // A row of padding has nothing to recompute.
  if (cells.every((cell) => cell === 0n)) return;
  const { chip } = seat.chip;
  const { provided } = branch.ledger;
  const acts = branch.acts(seat);
  const received = new Map<number, readonly (bigint | undefined)[]>();
  let opcode: bigint | undefined;
  chip.interactions.forEach(({ sign, tags, tuple }, i) => {
    const act = acts[i];
    const want = wanted.get(i);
    if (want !== undefined) received.set(i, want);
    else if (sign === -1 && act !== undefined && GIVEN.has(act.tuple[0]!)) {
      // What the changed cell itself says to others is no longer given.
      const fields = tuple.slice(1).map((field, f) => {
        const touched = change !== undefined && columnsOf(field).has(change.column);
        return touched ? undefined : (act.tuple[f + 1] ?? 0n);
      });
      received.set(i, fields);
    }
    if (tags.includes(T.INSTR) && act !== undefined) {
      const pc = pcWanted(chip, wanted) ?? act.tuple[1]!;
      const instruction = provided.find(T.INSTR.code, pc);
      received.set(i, instruction?.slice(1) ?? []);
      opcode = instruction?.[2];
    }
  });
  if (acts.some((act, i) => act !== undefined && chip.interactions[i]!.tags.includes(T.INSTR))) {
    if (opcode === undefined) return;
  }
  // A sent tuple that is wanted binds like a received one.
  const interactions = chip.interactions.map((interaction, i) =>
    wanted.has(i) && interaction.sign === 1 ? { ...interaction, sign: -1 as const } : interaction,
  );
  const bound: Chip = { ...chip, interactions };
  let found = 0;
  for (const bits of opcodeBits(seat.chip, cells, opcode, change)) {
    const known = new Map<Column, bigint>(bits);
    if (change !== undefined) known.set(change.column, change.value);
    for (const solution of complete(bound, known, received, provided, cells)) {
      yield solution;
      if (++found === MOST_WAYS) return;
    }
  }
}

/**
 * Tags whose tuples other rows, the statement or the image fix. Of the other tables the solver knows the content, and outputs
 * are what the prover says they are.
 */
const GIVEN: ReadonlySet<bigint> = new Set(
  [T.STATE, T.MEM, T.CHAIN, T.INPUT, T.EXIT, T.WORD, T.ZERO].map(({ code }) => BigInt(code)),
);

function pcWanted(chip: Chip, wanted: Wanted): bigint | undefined {
  for (const [i, fields] of wanted) {
    const { sign, tags } = chip.interactions[i]!;
    if (sign === -1 && tags.includes(T.STATE)) return fields[1];
  }
  return undefined;
}

/** What is not determined: bits are tried both ways, the rest keeps the value it has. */
export function* complete(
  chip: Chip,
  known: ReadonlyMap<Column, bigint>,
  received: Wanted,
  provided: Ledger['provided'],
  cells: Cells,
): Generator<Cells> {
  let solver: Solver;
  try {
    solver = new Solver(chip, known);
    solver.solve(received, provided);
  } catch (error) {
    if (error instanceof Infeasible) return;
    throw error;
  }
  const open = chip.main.filter((column) => !solver.known.has(column));
  const next = open.find(({ range }) => range === 'bit') ?? open[0];
  if (next === undefined) {
    const solution = chip.main.map((column) => solver.known.get(column)!);
    if (chip.constraints.every(({ expression }) => evaluate(expression, solution) === 0n)) yield solution;
    return;
  }
  const own = cells[next.index]!;
  for (const value of next.range === 'bit' ? [own, 1n - own] : [own]) {
    yield* complete(chip, new Map(solver.known).set(next, value), received, provided, cells);
  }
}

/** The private words that the changed run reads. */
export function privateWordsOf(ledger: Ledger, { rows }: Outcome): bigint[] {
  return privateWords(
    ledger.seats.map((seat) => [seat.chip, rows.get(idOf(seat))?.cells ?? ledger.cells(seat)] as const),
  );
}
