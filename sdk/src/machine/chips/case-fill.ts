/** Rows of a chip of cases, filled from the table of its cases: nothing here knows what a case is for. */
import type { Chip, Expr } from '../../plonk/declare/declare.ts';
import type { ChipTrace } from '../trace.ts';
import {
  type Bound,
  type Case,
  type Cases,
  casesOf,
  cellsOf,
  type Equation,
  type Sight,
  type Source,
} from './cases.ts';
import { accessAt, accessWriter, copyWide, type FillContext, NEW, OLD } from './fill.ts';
import { linear } from './linear.ts';

const WORD = 2 ** 32;

/** An access of a chip: the suffix of its time, and the columns of what the cell held and of what it holds then. */
export interface AccessColumns {
  readonly name: string;
  readonly old: string;
  readonly value: string;
}

export interface CaseChip<N extends string = string, K extends string = string> {
  readonly chip: Chip;
  readonly cases: Cases<N, K>;
  /** The cells of the table as expressions. */
  readonly cell: Readonly<Record<K, Expr>>;
  readonly accesses: readonly AccessColumns[];
  /** Cells of the table that are words of two limbs, lower one first; the others are columns. */
  readonly words: Readonly<Record<string, readonly [string, string]>>;
}

/** What expressions are evaluated on: numbers by name, of columns and of what is known of a row besides. */
export class Scratch {
  readonly #places = new Map<string, number>();
  readonly values: number[] = [];

  placeOf(name: string): number {
    const place = this.#places.get(name) ?? this.values.push(0) - 1;
    this.#places.set(name, place);
    return place;
  }

  /** Sets the number of a name. */
  setter(name: string): (value: number) => void {
    const { values } = this;
    const place = this.placeOf(name);
    return (value) => {
      values[place] = value;
    };
  }
}

type RowFill = (row: number, at: number) => void;

/** What filling is about: the chip, the records, the columns, and what is known of the row. */
interface Site extends CaseChip {
  readonly trace: ChipTrace;
  readonly context: FillContext;
  readonly scratch: Scratch;
}

/**
 * A function that fills a row from the record at `at`: selector, accesses and shared cells of the first case of the opcode that
 * fits what is seen of the row. The scratch holds what the table takes from elsewhere. Throws `RangeError` where no case fits.
 */
export function caseWriter(site: Site): (code: number, seen: Sight, row: number, at: number) => void {
  const candidates: { readonly fits: (row: Sight) => boolean; readonly fill: RowFill }[][] = [];
  for (const [name, one] of casesOf(site.cases)) {
    const { opcode, trap, when } = one;
    candidates[opcode.code] ??= [];
    candidates[opcode.code]!.push({
      fits: (row) => row.traps === (trap !== undefined) && (when === undefined || when(row)),
      fill: caseFill(site, name, one),
    });
  }
  return (code, seen, row, at) => {
    const found = candidates[code]?.find(({ fits }) => fits(seen));
    if (found === undefined) throw new RangeError(`${site.chip.name}: no case for a row of opcode ${code}`);
    found.fill(row, at);
  };
}

function caseFill(site: Site, name: string, { cells: sources }: Case): RowFill {
  const selector = site.context.cells(name);
  const accessed = site.accesses.filter(({ old }) => sources[old]?.by === 'memory');
  const done = new Set(accessed.flatMap(({ old, value }) => [old, value]));
  const rest = cellsOf(sources).flatMap(([cell, source]): Computed[] =>
    done.has(cell) || source.by === 'memory' ? [] : [[cell, source]],
  );
  const steps = [
    ...accessed.map((access) => accessFill(site, access, sources[access.old]!)),
    ...inOrder(rest).map(([cell, { is }]) => cellFill(site, cell, is)),
  ];
  return (row, at) => {
    selector[row] = 1;
    for (const step of steps) step(row, at);
  };
}

/** An access of the record: its time, what the cell held, what it holds then. */
function accessFill({ chip, trace, context, scratch }: Site, to: AccessColumns, source: Source): RowFill {
  if (source.by !== 'memory') throw new RangeError(`${chip.name}/${to.old} is no access`);
  const { records } = trace;
  const { access } = source;
  const group = accessAt(access);
  const writeTime = accessWriter(trace, context, to.name, access);
  const [old, value] = [context.cells(to.old), context.cells(to.value)];
  const place = scratch.placeOf(to.old);
  return (row, at) => {
    writeTime(row, at);
    copyWide(old, row, records, at + group + OLD);
    copyWide(value, row, records, at + group + NEW);
    scratch.values[place] = old[2 * row]! + WORD * old[2 * row + 1]!;
  };
}

/** A cell from its expression, modulo 2^64: exact for sums below 2^53 besides multiples of 2^32. */
function cellFill({ chip, context, words, scratch }: Site, cell: string, is: Expr): RowFill {
  const { constant, weights } = linear(is);
  const terms = [...weights].map(([column, weight]) => ({
    place: scratch.placeOf(column.name),
    ...parted(weight),
  }));
  const start = parted(constant);
  const limbs = words[cell]?.map(context.cells);
  const column = limbs === undefined ? columnOf(chip, cell) : undefined;
  const cells = column === undefined ? undefined : context.cells(cell);
  const place = column === undefined ? -1 : scratch.placeOf(cell);
  const { values } = scratch;
  return (row) => {
    let { low, high } = start;
    for (const term of terms) {
      low += term.low * values[term.place]!;
      high += term.high * values[term.place]!;
    }
    const carry = Math.floor(low / WORD);
    low -= carry * WORD;
    high += carry;
    if (limbs !== undefined) {
      limbs[0]![row] = low & 0xffff;
      limbs[1]![row] = low >>> 16;
      return;
    }
    values[place] = low + WORD * high;
    if (column!.words === 1) cells![row] = low;
    else [cells![2 * row], cells![2 * row + 1]] = [low, high];
  };
}

/** A weight as `low + 2^32·high`, one of the two 0. */
const parted = (weight: bigint): { readonly low: number; readonly high: number } =>
  weight % BigInt(WORD) === 0n
    ? { low: 0, high: Number(weight / BigInt(WORD)) }
    : { low: Number(weight), high: 0 };

type Computed = readonly [cell: string, source: Equation | Bound];

/** Cells behind those that their expressions read. */
function inOrder(cells: readonly Computed[]): readonly Computed[] {
  const ordered: Computed[] = [];
  let pending = cells;
  while (pending.length > 0) {
    const names = new Set(pending.map(([cell]) => cell));
    const isReady = ([, { is }]: Computed): boolean =>
      [...linear(is).weights.keys()].every(({ name }) => !names.has(name));
    const ready = pending.filter(isReady);
    if (ready.length === 0) throw new RangeError(`cells that need each other: ${[...names].join()}`);
    ordered.push(...ready);
    pending = pending.filter((one) => !ready.includes(one));
  }
  return ordered;
}

function columnOf(chip: Chip, name: string): Chip['main'][number] {
  const column = chip.main.find((one) => one.name === name);
  if (column === undefined) throw new RangeError(`${chip.name} has no column ${name}`);
  return column;
}
