/**
 * What can a prover write into the other cells of a row, given what it receives? For fixed bits, constraints are
 * linear in the rest one after the other; sums of limbs or bytes have one solution or none. The solver follows
 * them until nothing more is determined.
 */
import { Fr } from '../../../sdk/src/field/field.ts';
import * as T from '../../../sdk/src/machine/tags.ts';
import type { Chip, Column, Expr } from '../../../sdk/src/plonk/declare/declare.ts';
import type { Provided } from './rows.ts';

class Nonlinear extends Error {}
/** No values satisfy the row. */
export class Infeasible extends Error {}
// Thrown often: one for all, so that nobody collects their stacks.
const NONLINEAR = new Nonlinear();
const INFEASIBLE = new Infeasible();

/** What became of an equation: it holds for the cells that are known, it made cells known, or neither. Only the last can still do something. */
type Outcome = 'held' | 'solved' | 'open';

interface Linear {
  readonly constant: bigint;
  readonly terms: ReadonlyMap<Column, bigint>;
}

const NONE: Linear['terms'] = new Map();
const MINUS_ONE = Fr.neg(1n);

export class Solver {
  readonly known: Map<Column, bigint> = new Map<Column, bigint>();
  readonly #chip: Chip;
  readonly #bits = new Map<Column, bigint>();

  /** `known` cells; bits and limbs are ranged by their kind. */
  constructor(chip: Chip, known: ReadonlyMap<Column, bigint>) {
    this.#chip = chip;
    for (const column of chip.main) {
      const range = { bit: 1n, limb16: 16n, byte: 8n, bound: undefined }[column.range];
      if (range !== undefined) this.#bits.set(column, range);
    }
    for (const [column, value] of known) this.#set(column, value);
  }

  /** Runs to the end; throws `Infeasible`. `received(i)` is what interaction i receives, field by field where known. */
  solve(received: ReadonlyMap<number, readonly (bigint | undefined)[]>, provided: Provided): void {
    let equations: Expr[] = this.#chip.constraints.map(({ expression }) => expression);
    for (;;) {
      let progress = false;
      equations = equations.filter((equation) => {
        const outcome = this.#use(equation, 0n);
        progress ||= outcome === 'solved';
        return outcome === 'open';
      });
      this.#chip.interactions.forEach((interaction, i) => {
        const multiplicity = this.value(interaction.multiplicity);
        if (interaction.sign !== -1 || multiplicity !== 1n) return;
        const code = this.value(interaction.tuple[0]!);
        if (code === undefined) return;
        progress = this.#lookup(Number(code), interaction.tuple.slice(1), provided) || progress;
        received.get(i)?.forEach((value, field) => {
          if (value !== undefined) progress = this.#equal(interaction.tuple[field + 1]!, value) || progress;
        });
      });
      if (!progress) return;
    }
  }

  /** Undefined where it depends on cells that are not determined. */
  value(e: Expr): bigint | undefined {
    try {
      const { constant, terms } = this.#linear(e);
      return terms.size === 0 ? constant : undefined;
    } catch (error) {
      if (error instanceof Nonlinear) return undefined;
      throw error;
    }
  }

  #lookup(code: number, fields: readonly Expr[], provided: Provided): boolean {
    const values = fields.map((field) => this.value(field));
    const [first] = values;
    switch (code) {
      case T.AND8.code:
        if (first === undefined || values[1] === undefined) return false;
        return this.#equal(fields[2]!, first & values[1]);
      case T.RANGE16.code:
      case T.BYTES.code: {
        const most = code === T.BYTES.code ? 255n : 0xffffn;
        if (values.some((value) => value !== undefined && value > most)) throw INFEASIBLE;
        return false;
      }
      case T.POW2.code:
      case T.FUNC.code:
      case T.LEAVE_POINT.code: {
        if (first === undefined) return false;
        const row = provided.find(code, first);
        if (row === undefined) throw INFEASIBLE;
        return fields.reduce((progress, field, i) => this.#equal(field, row[i + 1]!) || progress, false);
      }
      default:
        return false;
    }
  }

  /** The same; whether a cell came to be known. */
  #equal(e: Expr, target: bigint): boolean {
    return this.#use(e, target) === 'solved';
  }

  /** `e = target`. */
  #use(e: Expr, target: bigint): Outcome {
    let linear: Linear;
    try {
      linear = this.#linear(e);
    } catch (error) {
      if (error instanceof Nonlinear) return 'open';
      throw error;
    }
    const rest = Fr.sub(target, linear.constant);
    const terms = [...linear.terms];
    if (terms.length === 0) {
      if (rest !== 0n) throw INFEASIBLE;
      return 'held';
    }
    if (terms.length === 1) {
      const [column, coefficient] = terms[0]!;
      this.#set(column, coefficient === 1n ? rest : Fr.mul(rest, Fr.inv(coefficient)));
      return 'solved';
    }
    return this.#digits(terms, rest) ? 'solved' : 'open';
  }

  /** A sum of ranged cells with coefficients `u·2^e` that do not overlap is a number in digits. */
  #digits(terms: readonly (readonly [Column, bigint])[], rest: bigint): boolean {
    if (terms.some(([column]) => !this.#bits.has(column))) return false;
    for (const [, unit] of terms) {
      const inverse = Fr.inv(unit);
      const places = terms.map(([column, coefficient]) => ({
        column,
        place: exponentOf(Fr.mul(coefficient, inverse)),
      }));
      if (places.some(({ place }) => place === undefined)) continue;
      const sorted = places
        .map(({ column, place }) => ({ column, place: place!, width: this.#bits.get(column)! }))
        .sort((a, b) => Number(a.place - b.place));
      if (sorted.some(({ place }, i) => i > 0 && place < sorted[i - 1]!.place + sorted[i - 1]!.width))
        return false;
      let number = Fr.mul(rest, inverse);
      for (const { column, place, width } of sorted) {
        const digit = (number >> place) & ((1n << width) - 1n);
        this.#set(column, digit);
        number -= digit << place;
      }
      if (number !== 0n) throw INFEASIBLE;
      return true;
    }
    return false;
  }

  #set(column: Column, value: bigint): void {
    const width = this.#bits.get(column);
    if (width !== undefined && value >> width !== 0n) throw INFEASIBLE;
    this.known.set(column, value);
  }

  #linear(e: Expr): Linear {
    switch (e.op) {
      case 'constant':
        return { constant: Fr.from(e.value), terms: NONE };
      case 'column': {
        const value = this.known.get(e.column);
        return value === undefined
          ? { constant: 0n, terms: new Map([[e.column, 1n]]) }
          : { constant: value, terms: NONE };
      }
      case 'challenge':
        throw new Error('no challenges in declarations');
      case 'mul': {
        // A factor that is 0 makes the other one irrelevant.
        const left = this.#linear(e.left);
        if (left.terms.size === 0 && left.constant === 0n) return left;
        const right = this.#linear(e.right);
        if (right.terms.size === 0) return scaled(left, right.constant);
        if (left.terms.size === 0) return scaled(right, left.constant);
        throw NONLINEAR;
      }
      default: {
        const left = this.#linear(e.left);
        const right = scaled(this.#linear(e.right), e.op === 'add' ? 1n : MINUS_ONE);
        const constant = Fr.add(left.constant, right.constant);
        if (right.terms.size === 0) return { constant, terms: left.terms };
        if (left.terms.size === 0) return { constant, terms: right.terms };
        const terms = new Map(left.terms);
        for (const [column, coefficient] of right.terms) {
          const sum = Fr.add(terms.get(column) ?? 0n, coefficient);
          if (sum === 0n) terms.delete(column);
          else terms.set(column, sum);
        }
        return { constant, terms };
      }
    }
  }
}

function scaled({ constant, terms }: Linear, factor: bigint): Linear {
  if (factor === 0n) return { constant: 0n, terms: NONE };
  if (factor === 1n) return { constant, terms };
  return {
    constant: Fr.mul(constant, factor),
    terms:
      terms.size === 0
        ? NONE
        : new Map([...terms].map(([column, coefficient]) => [column, Fr.mul(coefficient, factor)])),
  };
}

function exponentOf(value: bigint): bigint | undefined {
  const digits = value.toString(2);
  return /^10*$/.test(digits) && digits.length <= 200 ? BigInt(digits.length - 1) : undefined;
}
