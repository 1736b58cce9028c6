/** Who sends and who receives each tuple of an honest run: what a prover who changes a cell has to make fit again. */
import { opcodeInfo, READ_PRIVATE } from '../../../sdk/src/machine/instructions.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Interaction, Statement } from '../../../sdk/src/plonk/declare/declare.ts';
import { publicTuples } from '../../../sdk/src/plonk/verify/public-terms.ts';
import { chipIndex, LAYOUT, type Run, SYSTEM } from './harness.ts';
import { actOf, type Cells, IndexedChip, Provided, rowOf, trimmed } from './rows.ts';

export const CHIPS: readonly IndexedChip[] = SYSTEM.chips
  .filter((chip) => chip.fixed.length === 0)
  .map(({ name }) => new IndexedChip(name));

/** Codes of the tags that rows send to each other, and of those that the verifier adds. */
const ROW_CODES: ReadonlySet<bigint> = new Set(
  [
    ...CHIPS.flatMap(({ chip }) => chip.interactions.filter(({ sign }) => sign === 1)).flatMap(
      ({ tags }) => tags,
    ),
    ...SYSTEM.publicTerms.map(({ tag }) => tag),
  ].map(({ code }) => BigInt(code)),
);

/** A row by its chip and number. */
export interface Seat {
  readonly chip: IndexedChip;
  readonly row: number;
}

/** An interaction of a row, or a term of the verifier. */
export type Party = { readonly seat: Seat; readonly interaction: number } | 'public';

export interface Act {
  readonly multiplicity: bigint;
  readonly tuple: readonly bigint[];
}

export const idOf = ({ chip, row }: Seat): string => `${chip.chip.name} ${row}`;

/** The acts of a row, one for each interaction; undefined where its multiplicity is 0. */
export function actsOf(chip: IndexedChip, cells: Cells): (Act | undefined)[] {
  return chip.chip.interactions.map((interaction) => actOf(interaction, cells));
}

export class Ledger {
  readonly run: Run;
  readonly provided: Provided;
  readonly seats: readonly Seat[];
  readonly #cells = new Map<string, Cells>();
  readonly #acts = new Map<string, (Act | undefined)[]>();
  readonly #senders = new Map<string, Party>();
  readonly #receivers = new Map<string, Party>();
  /** Tuples of each cell in order of time. */
  readonly #timeline = new Map<bigint, (readonly bigint[])[]>();

  constructor(run: Run, chips: readonly IndexedChip[] = CHIPS) {
    this.run = run;
    this.provided = new Provided(run.program);
    const seats: Seat[] = [];
    for (const chip of chips) {
      const { log } = run.witness[chipIndex(chip.chip.name)]!;
      for (let row = 0; row < 2 ** log; row++) {
        const cells = rowOf(run.witness, chip.chip.name, row);
        if (cells.every((cell) => cell === 0n)) {
          // One padding row stands for all.
          this.#enter({ chip, row }, cells, seats);
          break;
        }
        this.#enter({ chip, row }, cells, seats);
      }
    }
    this.seats = seats;
    for (const { sign, tuple } of this.publics(run.statement)) {
      (sign === 1 ? this.#senders : this.#receivers).set(trimmed(tuple), 'public');
    }
    for (const tuples of this.#timeline.values()) tuples.sort((a, b) => Number(a[2]! - b[2]!));
  }

  cells(seat: Seat): Cells {
    return this.#cells.get(idOf(seat))!;
  }

  acts(seat: Seat): readonly (Act | undefined)[] {
    return this.#acts.get(idOf(seat))!;
  }

  party(sign: 1 | -1, tuple: string): Party | undefined {
    return (sign === 1 ? this.#senders : this.#receivers).get(tuple);
  }

  /** Whether rows and public terms balance this tuple, and no table does. */
  isBetweenRows(tuple: readonly bigint[]): boolean {
    return ROW_CODES.has(tuple[0]!) && this.provided.holds(tuple) !== true;
  }

  /** The tuple that a cell is at just before a time. */
  before(key: bigint, time: bigint): readonly bigint[] | undefined {
    return this.#timeline.get(key)?.findLast((tuple) => tuple[2]! < time);
  }

  publics(statement: Statement): ReturnType<typeof publicTuples> {
    const program = { entry: BigInt(this.run.program.entry) };
    return publicTuples(LAYOUT.shape.publicTerms, { program, statement });
  }

  #enter(seat: Seat, cells: Cells, seats: Seat[]): void {
    seats.push(seat);
    const acts = actsOf(seat.chip, cells);
    this.#cells.set(idOf(seat), cells);
    this.#acts.set(idOf(seat), acts);
    acts.forEach((act, interaction) => {
      if (act === undefined || !this.isBetweenRows(act.tuple)) return;
      const { sign } = seat.chip.chip.interactions[interaction]!;
      (sign === 1 ? this.#senders : this.#receivers).set(trimmed(act.tuple), { seat, interaction });
      if (sign === 1 && act.tuple[0] === BigInt(T.MEM.code)) {
        const key = act.tuple[1]!;
        this.#timeline.set(key, [...(this.#timeline.get(key) ?? []), act.tuple]);
      }
    });
  }
}

const of = (acts: readonly (Act | undefined)[], { chip }: IndexedChip, wanted: (i: Interaction) => boolean) =>
  chip.interactions.flatMap((interaction, i) =>
    acts[i] !== undefined && wanted(interaction) ? [acts[i].tuple] : [],
  );

/** The instruction of a row, as it looks it up; undefined for rows without one. */
export function opcodeOf(chip: IndexedChip, cells: Cells): number | undefined {
  const [tuple] = of(actsOf(chip, cells), chip, ({ tags }) => tags.includes(T.INSTR));
  return tuple === undefined ? undefined : Number(tuple[2]);
}

export const nameOf = (opcode: number | undefined): string =>
  opcode === undefined ? '' : (opcodeInfo(opcode)?.name ?? `opcode ${opcode}`);

/** The private words that rows take, in order of time. */
export function privateWords(rows: Iterable<readonly [IndexedChip, Cells]>): bigint[] {
  const words: [bigint, bigint][] = [];
  for (const [chip, cells] of rows) {
    const opcode = opcodeOf(chip, cells);
    if (opcode === undefined || opcodeInfo(opcode)?.code !== READ_PRIVATE.code) continue;
    // Its only access writes the word.
    const [sent] = of(actsOf(chip, cells), chip, ({ tags, sign }) => sign === 1 && tags.includes(T.MEM));
    if (sent !== undefined) words.push([sent[2]!, sent[3] ?? 0n]);
  }
  return words.sort(([a], [b]) => Number(a - b)).map(([, word]) => word);
}
