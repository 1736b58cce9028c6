/** Single rows: cells as field elements, expressions evaluated on them, what they do on the bus. */
import { Fr } from '../../../sdk/src/field/field.ts';
import { imageColumns } from '../../../sdk/src/machine/image.ts';
import { GROW } from '../../../sdk/src/machine/instructions.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import { valueAt } from '../../../sdk/src/plonk/columns/fixed.ts';
import type { Chip, Column, Expr, Interaction } from '../../../sdk/src/plonk/declare/declare.ts';
import { forEachLeaf } from '../../../sdk/src/plonk/declare/layout.ts';
import { cellAt, chipIndex, type Filled, SYSTEM } from './harness.ts';

export type Cells = readonly bigint[];

/** Main cells of a row. */
export function rowOf(witness: readonly Filled[], chip: string, row: number): bigint[] {
  return witness[chipIndex(chip)]!.columns.map((column) => cellAt(column, row));
}

export function evaluate(e: Expr, cells: Cells): bigint {
  switch (e.op) {
    case 'constant':
      return Fr.from(e.value);
    case 'column':
      return cells[e.column.index]!;
    case 'challenge':
      throw new Error('no challenges in declarations');
    default: {
      const [l, r] = [evaluate(e.left, cells), evaluate(e.right, cells)];
      return e.op === 'add' ? Fr.add(l, r) : e.op === 'sub' ? Fr.sub(l, r) : Fr.mul(l, r);
    }
  }
}

export function columnsOf(e: Expr): Set<Column> {
  const columns = new Set<Column>();
  forEachLeaf(e, (leaf) => {
    if (leaf.op === 'column') columns.add(leaf.column);
  });
  return columns;
}

/** A chip with, for each main column, the constraints and interactions that read it. */
export class IndexedChip {
  readonly chip: Chip;
  readonly constraints: readonly { readonly name: string; readonly expression: Expr }[][];
  readonly interactions: readonly Interaction[][];

  constructor(name: string, chip: Chip = SYSTEM.chips[chipIndex(name)]!) {
    this.chip = chip;
    const of = (e: readonly Expr[]): Set<Column> => new Set(e.flatMap((part) => [...columnsOf(part)]));
    const constraints = this.chip.constraints.map((constraint) => ({
      constraint,
      columns: of([constraint.expression]),
    }));
    const interactions = this.chip.interactions.map((interaction) => ({
      interaction,
      columns: of([interaction.multiplicity, ...interaction.tuple]),
    }));
    this.constraints = this.chip.main.map((column) =>
      constraints.filter(({ columns }) => columns.has(column)).map(({ constraint }) => constraint),
    );
    this.interactions = this.chip.main.map((column) =>
      interactions.filter(({ columns }) => columns.has(column)).map(({ interaction }) => interaction),
    );
  }

  index(column: string): number {
    return this.chip.main.findIndex(({ name }) => name === column);
  }
}

/** What tables and image hold, by tuple with its tag first. */
export class Provided {
  readonly #image: Set<string>;
  readonly #rows: readonly (readonly bigint[])[];
  /** The first tuple of a kind with this first field. */
  readonly #first: ReadonlyMap<string, readonly bigint[]>;

  constructor(program: Program) {
    const image = imageColumns(program);
    this.#rows = Array.from({ length: image.rows }, (_, row) =>
      Array.from({ length: 6 }, (_, column) => valueAt(image.columns[column]!, row)),
    );
    this.#image = new Set(this.#rows.map((tuple) => trimmed(tuple)));
    this.#first = new Map(this.#rows.toReversed().map((tuple) => [`${tuple[0]} ${tuple[1]}`, tuple]));
  }

  /** Undefined where the tuple is of a kind that rows provide to each other. */
  holds(tuple: readonly bigint[]): boolean | undefined {
    const [code, x = 0n, y = 0n, z = 0n] = tuple;
    switch (Number(code)) {
      case T.RANGE16.code:
        return x < 0x1_0000n;
      case T.BYTES.code:
        return x < 256n && y < 256n;
      case T.AND8.code:
        return x < 256n && y < 256n && z === (x & y);
      case T.STATE.code:
      case T.MEM.code:
      case T.CHAIN.code:
      case T.INPUT.code:
      case T.OUTPUT.code:
      case T.EXIT.code:
        return undefined;
      default:
        return this.#image.has(trimmed(tuple));
    }
  }

  /** Whether a cell of this key can be opened, as far as the image says: a page may yet grow. */
  opens(key: bigint): boolean {
    if (key >> 32n !== 0n) return false;
    return this.#rows.some(([code, lo, hi]) => {
      if (code === BigInt(T.INSTR.code)) return hi === BigInt(GROW.code);
      if (code === BigInt(T.WORD.code)) return key === lo;
      return code === BigInt(T.ZERO.code) && lo! <= key && key <= hi!;
    });
  }

  /** The image's tuples of a kind. */
  all(code: number): readonly (readonly bigint[])[] {
    return this.#rows.filter((row) => row[0] === BigInt(code));
  }

  /** The image's tuple of a kind by its first field. */
  find(code: number, first: bigint): readonly bigint[] | undefined {
    return this.#first.get(`${code} ${first}`);
  }
}

/** Zeros at the end count for nothing. */
export function trimmed(tuple: readonly bigint[]): string {
  return tuple.slice(0, tuple.findLastIndex((field) => field !== 0n) + 1).join();
}

/** Tuple and multiplicity of an interaction on a row, zero multiplicity as undefined. */
export function actOf(
  interaction: Interaction,
  cells: Cells,
): { multiplicity: bigint; tuple: bigint[] } | undefined {
  const multiplicity = evaluate(interaction.multiplicity, cells);
  if (multiplicity === 0n) return undefined;
  return { multiplicity, tuple: interaction.tuple.map((field) => evaluate(field, cells)) };
}

/** All choices of at most so many. */
export function* subsets<E>(list: readonly E[], most: number, from = 0): Generator<E[]> {
  yield [];
  if (most === 0) return;
  for (let i = from; i < list.length; i++) {
    for (const rest of subsets(list, most - 1, i + 1)) yield [list[i]!, ...rest];
  }
}
