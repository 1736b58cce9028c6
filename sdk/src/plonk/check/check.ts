/**
 * The row checker: every constraint on every row and the whole bus, without keys, and with names for what fails. A trace that
 * passes can be proven; one that does not is told where: chip, constraint, row, cells, unbalanced tuple and its parties.
 *
 * It judges, in tests too, so it is exact: cells are any field elements, a row holds only if its constraints are zero in the
 * field, and the bus balances only if every single tuple does. Nothing is drawn at random, compared by fingerprint or
 * computed by the prover's kernels.
 */
import { scalarRing } from '../../expr/evaluate.ts';
import { Fr } from '../../field/field.ts';
import type { FixedTable } from '../columns/fixed.ts';
import type { Statement, Tag } from '../declare/declare.ts';
import type { Layout } from '../declare/layout.ts';
import type { ProgramKey } from '../keys/key.ts';
import type { HostChipWitness } from '../keys/witness.ts';
import { takeStatement } from '../verify/proof.ts';
import { type Carried, publicTuples } from '../verify/public-terms.ts';
import { CheckedChip, tupleWords } from './checked-chip.ts';
import { centred } from './integer-rows.ts';
import type { BusFailure, Cell, CheckReport, Party } from './report.ts';
import { TupleTable } from './tuple-table.ts';

export interface CheckParameters {
  readonly layout: Layout;
  /** Fixed columns of every chip, in order; undefined for a chip that has none. */
  readonly tables: readonly (FixedTable | undefined)[];
  readonly witness: readonly HostChipWitness[];
  /** Entry of the program, for the public terms. */
  readonly entry: bigint;
  readonly statement: Statement;
  /** Of a recursion: what its public vector is made of. */
  readonly about?: { readonly program: ProgramKey; readonly carried: Carried };
  /** Says where in the source a row comes from (pc, wasm offset); undefined or empty where it has no place. */
  readonly locate?: (chip: string, row: number) => string | undefined;
  /** Failures described in full; default 20. The rest is counted. */
  readonly limit?: number;
}

const PARTIES = 8;
/** Unbalanced tuples looked at exactly; a trace with more has one cause, and the first tell it. */
const MOST_SUSPECTS = 50_000;

/**
 * Holds a witness against declarations and statement.
 * @throws `STATEMENT_INVALID`; `RangeError` where the witness has not the form of one: columns, heights, cells in `[0, r)`
 */
export function check(parameters: CheckParameters): CheckReport {
  const { layout, locate, limit = 20 } = parameters;
  const statement = takeStatement(parameters.statement);
  const chips = layout.chips.map(({ chip, index }) => {
    const place = (row: number): string | undefined => locate?.(chip.name, row);
    return new CheckedChip(chip, parameters.witness[index]!, parameters.tables[index], place);
  });
  const constraints = chips.map((chip) => chip.checkConstraints());
  const bus = checkBus(chips, { ...parameters, statement });
  const failures = [...constraints.flatMap((found) => found.failures), ...bus.failures];
  const uncounted = constraints.reduce((sum, found) => sum + found.more, bus.more);
  return {
    ok: failures.length === 0 && uncounted === 0,
    rows: chips.reduce((sum, chip) => sum + chip.rows, 0),
    tuples: bus.tuples,
    failures: failures.slice(0, limit),
    more: Math.max(0, failures.length - limit) + uncounted,
  };
}

/** Sums multiplicities by tuple; tuples whose sum is not zero, or not known, are summed again in the field. */
function checkBus(
  chips: readonly CheckedChip[],
  { layout, statement, entry, about }: CheckParameters,
): { tuples: number; failures: BusFailure[]; more: number } {
  const table = new TupleTable();
  let tuples = 0;
  let large = false;
  const count = (multiplicity: number, index: number): void => {
    tuples++;
    if (index < 0) large = true;
    else table.add(index, multiplicity);
  };
  const publics = publicTuples(layout.shape.publicTerms, { program: { entry }, statement, ...about });
  const indexOf = (tuple: readonly bigint[]): number => {
    const words = new Uint32Array(2 * tuple.length);
    const length = tupleWords(tuple, words);
    return length < 0 ? -1 : table.index(words, length);
  };
  for (const { sign, tuple } of publics) count(sign, indexOf(tuple));
  for (const chip of chips)
    chip.forEachTuple(table, (_k, _row, multiplicity, index) => count(multiplicity, index));

  const { entries: suspects, more } = table.unbalanced(MOST_SUSPECTS);
  if (suspects.size === 0 && !large) return { tuples, failures: [], more };

  const exact = new Map<string, { tuple: readonly bigint[]; balance: bigint; parties: Party[] }>();
  const enter = (fields: readonly bigint[], party: Party): void => {
    const tuple = fields.slice(0, fields.findLastIndex((field) => field !== 0n) + 1);
    const key = tuple.join();
    const known = exact.get(key) ?? { tuple, balance: 0n, parties: [] };
    known.balance = scalarRing.add(known.balance, Fr.from(party.multiplicity));
    if (known.parties.length < PARTIES) known.parties.push(party);
    exact.set(key, known);
  };
  for (const { name, sign, tuple } of publics) {
    const index = indexOf(tuple);
    if (index < 0 || suspects.has(index)) {
      enter(tuple, { chip: 'public', row: -1, interaction: name, multiplicity: BigInt(sign) });
    }
  }
  for (const chip of chips) {
    chip.forEachTuple(table, (k, row, _multiplicity, index) => {
      if (index >= 0 && !suspects.has(index)) return;
      const { tuple, party } = chip.interaction(k, row);
      enter(tuple, party);
    });
  }
  const failures = [...exact.values()]
    .filter(({ balance }) => balance !== 0n)
    .map(({ tuple, balance, parties }) => busFailure(layout.system.tags, tuple, centred(balance), parties));
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
  return { kind: 'bus', tag: tag?.name ?? `tag ${tuple[0] ?? 0n}`, fields, balance, parties };
}

const compare = <T>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0);

function compareCells(a: readonly Cell[], b: readonly Cell[]): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compare(a[i]!.value, b[i]!.value);
    if (order !== 0) return order;
  }
  return 0;
}
