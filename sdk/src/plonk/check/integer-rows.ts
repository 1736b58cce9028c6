/**
 * Flat programs over many rows, exactly, in double precision: the row checker's arithmetic, faster than BigInt by two orders of
 * magnitude.
 *
 * A field element stands for the integer in `(−r/2, r/2)` that it is, or, a constant like 1/4, for that integer over a power
 * of two. Programs are evaluated over these numbers, not modulo r: what comes to 0 is 0 in the field, whatever the cells
 * are; what does not can still be a multiple of r, and whoever cares computes it again in the field.
 *
 * Numbers are rows of limbs, `value = Σ_k limbs[k]·2^(22·k) / 2^scale`. Limbs are signed and larger than 22 bits as long as a bound,
 * which is carried along with each of them, says that no operation rounds; before one would, they are cut to 22 bits.
 */
import { ADD, type FlatProgram, MUL } from '../../expr/program.ts';
import { Fr } from '../../field/field.ts';
import type { ColumnValues } from '../columns/fixed.ts';

/** Rows done at a time, so that all numbers of a program stay in the cache. */
export const CHUNK = 256;

const BITS = 22;
const BASE = 2 ** BITS;
const HALF = BASE / 2;
/** Bound of every limb: carries, and the half that rounds them, still fit the 53 bits of a double. */
const LIMIT = 2 ** 51;
/** Denominators up to this power of two are seen in constants. */
const MAX_SCALE = 64;

/** One limb of every row of a chunk; a number where all rows have the same. */
type Limb = Float64Array | number;

/** A number in every row of a chunk. `|limbs[k]| ≤ bounds[k]`; no limbs are zero. */
export interface Numbers {
  readonly limbs: readonly Limb[];
  readonly bounds: readonly number[];
  readonly scale: number;
}

const ZERO: Numbers = { limbs: [], bounds: [], scale: 0 };

export const isZero = (x: Numbers): boolean => x.limbs.length === 0;

/** Evaluates one program chunk by chunk; only what is asked for, and nothing that is multiplied by zero in the whole chunk. */
export class IntegerRows {
  readonly #program: FlatProgram;
  readonly #columns: readonly ColumnValues[];
  readonly #constants: readonly Numbers[];
  readonly #values: (Numbers | undefined)[];
  readonly #pool: Float64Array[] = [];
  #used = 0;
  #first = 0;
  #count = 0;

  /** A program without challenges; cells in `[0, r)`. */
  constructor(program: FlatProgram, columns: readonly ColumnValues[]) {
    if (program.challenges.length > 0 || columns.length !== program.columns) {
      throw new RangeError(`IntegerRows: ${columns.length} columns for a program of ${program.columns}`);
    }
    this.#program = program;
    this.#columns = columns;
    this.#constants = program.constants.map(constantNumber);
    this.#values = new Array(program.columns + program.constants.length + program.operations.length);
  }

  /** Goes to the rows `first … first + count − 1`, `count ≤ CHUNK`. Numbers got before are void. */
  seek(first: number, count: number): void {
    this.#first = first;
    this.#count = count;
    this.#used = 0;
    this.#values.fill(undefined);
  }

  output(index: number): Numbers {
    return this.#node(this.#program.outputs[index]!);
  }

  /** Rows of the chunk, from 0, where a number is not zero. */
  nonZero(x: Numbers): number[] {
    const found: number[] = [];
    const { limbs } = x;
    const last = limbs.length - 1;
    const only = limbs[0];
    if (last < 0) return found;
    if (last === 0 && typeof only === 'object') {
      for (let i = 0; i < this.#count; i++) if (only[i] !== 0) found.push(i);
      return found;
    }
    for (let i = 0; i < this.#count; i++) {
      let carry = 0;
      for (let k = 0; k < last && Number.isInteger(carry); k++) carry = (at(limbs[k]!, i) + carry) / BASE;
      if (at(limbs[last]!, i) + carry !== 0) found.push(i);
    }
    return found;
  }

  /** Integers below 2^52 in size as they are; `outside` becomes 1 in all rows where that is not known of all. */
  integers(x: Numbers, out: Float64Array, outside: Uint8Array): void {
    const only = x.limbs[0] ?? 0;
    if (x.limbs.length > 1 || x.scale !== 0) outside.fill(1);
    else if (typeof only === 'number') out.fill(only);
    else out.set(only);
  }

  /**
   * Low and high 32 bits of numbers in `[0, 2^64)`; `outside[i]` becomes 1 in rows that have another one, and is
   * left alone elsewhere.
   */
  words(x: Numbers, low: Uint32Array, high: Uint32Array, outside: Uint8Array): void {
    const { limbs, bounds, scale } = x;
    const count = this.#count;
    const only = limbs[0] ?? 0;
    if (scale !== 0) {
      outside.fill(1);
    } else if (limbs.length > 1) {
      for (let i = 0; i < count; i++) outside[i]! |= manyLimbs(limbs, i, low, high);
    } else if (typeof only === 'number') {
      low.fill(only);
      high.fill(Math.floor(only / 2 ** 32));
      if (only < 0) outside.fill(1);
    } else if (bounds[0]! < 2 ** 31) {
      for (let i = 0; i < count; i++) {
        const v = only[i]!;
        low[i] = v;
        if (v < 0) outside[i] = 1;
      }
      high.fill(0);
    } else {
      for (let i = 0; i < count; i++) {
        const v = only[i]!;
        low[i] = v;
        high[i] = Math.floor(v / 2 ** 32);
        if (v < 0) outside[i] = 1;
      }
    }
  }

  #node(index: number): Numbers {
    let value = this.#values[index];
    if (value === undefined) {
      value = this.#compute(index);
      this.#values[index] = value;
    }
    return value;
  }

  #compute(index: number): Numbers {
    const { columns, constants, operations } = this.#program;
    if (index < columns) return this.#load(this.#columns[index]!);
    if (index < columns + constants.length) return this.#constants[index - columns]!;
    const [op, a, b] = operations[index - columns - constants.length]!;
    const x = this.#node(a);
    if (op === MUL) return isZero(x) ? ZERO : this.#multiply(x, this.#node(b));
    return this.#add(x, this.#node(b), op === ADD ? 1 : -1);
  }

  #load(column: ColumnValues): Numbers {
    const count = this.#count;
    if (!('words' in column)) return this.#loadField(column);
    const { words, data } = column;
    const from = this.#first * words;
    // Cells behind the last are zero.
    const filled = Math.max(0, Math.min(count, data.length / words - this.#first));
    let most = 0;
    let mostHigh = 0;
    if (words === 1) {
      for (let i = 0; i < filled; i++) if (data[from + i]! > most) most = data[from + i]!;
    } else {
      for (let i = 0; i < 2 * filled; i += 2) {
        if (data[from + i]! > most) most = data[from + i]!;
        if (data[from + i + 1]! > mostHigh) mostHigh = data[from + i + 1]!;
      }
    }
    if (most === 0 && mostHigh === 0) return ZERO;
    const bound = mostHigh * 2 ** 32 + most;
    const low = this.#rows();
    if (filled < count) low.fill(0);
    if (words === 1 || mostHigh === 0) {
      for (let i = 0; i < filled; i++) low[i] = data[from + words * i]!;
      return { limbs: [low], bounds: [bound], scale: 0 };
    }
    if (bound <= LIMIT) {
      for (let i = 0; i < filled; i++) low[i] = data[from + 2 * i + 1]! * 2 ** 32 + data[from + 2 * i]!;
      return { limbs: [low], bounds: [bound], scale: 0 };
    }
    const [middle, high] = [this.#rows(), this.#rows()];
    if (filled < count) for (const limb of [middle, high]) limb.fill(0);
    for (let i = 0; i < filled; i++) {
      const l = data[from + 2 * i]!;
      const h = data[from + 2 * i + 1]!;
      low[i] = l & 0x3f_ffff;
      middle[i] = (l >>> 22) | ((h & 0xfff) << 10);
      high[i] = h >>> 12;
    }
    return { limbs: [low, middle, high], bounds: [BASE - 1, BASE - 1, mostHigh >>> 12], scale: 0 };
  }

  /** Field elements by their integers near zero. */
  #loadField(column: readonly bigint[]): Numbers {
    const cells = Array.from({ length: this.#count }, (_, i) => centred(column[this.#first + i] ?? 0n));
    const most = cells.reduce((max, v) => (v > max ? v : -v > max ? -v : max), 0n);
    const numbers = bigNumber(most);
    if (isZero(numbers)) return ZERO;
    const limbs = numbers.limbs.map(() => this.#rows());
    cells.forEach((cell, i) => {
      const digits = limbs.length === 1 ? [Number(cell)] : digitsOf(cell);
      limbs.forEach((limb, k) => {
        limb[i] = digits[k] ?? 0;
      });
    });
    return { limbs, bounds: limbs.length === 1 ? [Number(most)] : limbs.map(() => HALF), scale: 0 };
  }

  #add(x: Numbers, y: Numbers, sign: 1 | -1): Numbers {
    if (isZero(y)) return x;
    if (isZero(x) && sign === 1) return y;
    if (x.scale !== y.scale) {
      const scale = Math.max(x.scale, y.scale);
      return this.#add(this.#rescale(x, scale), this.#rescale(y, scale), sign);
    }
    const length = Math.max(x.limbs.length, y.limbs.length);
    const bounds: number[] = [];
    for (let k = 0; k < length; k++) bounds.push((x.bounds[k] ?? 0) + (y.bounds[k] ?? 0));
    if (bounds.some((bound) => bound > LIMIT)) return this.#add(this.#cut(x), this.#cut(y), sign);
    const limbs = bounds.map((_, k) => this.#addLimbs(x.limbs[k] ?? 0, y.limbs[k] ?? 0, sign));
    return numbers(limbs, bounds, x.scale);
  }

  #multiply(x: Numbers, y: Numbers): Numbers {
    if (isZero(y)) return ZERO;
    const bounds = new Array<number>(x.limbs.length + y.limbs.length - 1).fill(0);
    x.bounds.forEach((p, i) => {
      y.bounds.forEach((q, j) => {
        bounds[i + j]! += p * q;
      });
    });
    if (bounds.some((bound) => bound > LIMIT)) {
      const [p, q] = [this.#cut(x), this.#cut(y)];
      // 512 limbs: some forty times the size of the field.
      if (p === x && q === y) throw new RangeError('IntegerRows: a product of too many limbs');
      return this.#multiply(p, q);
    }
    const limbs = new Array<Limb>(bounds.length).fill(0);
    x.limbs.forEach((p, i) => {
      y.limbs.forEach((q, j) => {
        limbs[i + j] = this.#addProduct(limbs[i + j]!, p, q);
      });
    });
    return numbers(limbs, bounds, x.scale + y.scale);
  }

  #rescale(x: Numbers, scale: number): Numbers {
    if (x.scale === scale) return x;
    const factor = bigNumber(1n << BigInt(scale - x.scale));
    return { ...this.#multiply(x, factor), scale };
  }

  /** The same numbers in limbs of at most 22 bits, in `[−2^21, 2^21]`; the same object where they are. */
  #cut(x: Numbers): Numbers {
    if (x.bounds.every((bound) => bound <= HALF)) return x;
    const limbs: Limb[] = [];
    const bounds: number[] = [];
    let carry: Limb = 0;
    let carried = 0;
    for (let k = 0; k < x.limbs.length || carried > 0; k++) {
      const bound = (x.bounds[k] ?? 0) + carried;
      const sum: Limb = this.#addLimbs(x.limbs[k] ?? 0, carry, 1);
      if (bound <= HALF) {
        limbs.push(sum);
        bounds.push(bound);
        [carry, carried] = [0, 0];
      } else {
        const cut = this.#split(sum);
        limbs.push(cut.rest);
        bounds.push(HALF);
        [carry, carried] = [cut.carry, Math.floor((bound + HALF) / BASE)];
      }
    }
    return { limbs, bounds, scale: x.scale };
  }

  #split(limb: Limb): { readonly rest: Limb; readonly carry: Limb } {
    if (typeof limb === 'number') {
      const quotient = Math.floor(limb / BASE + 0.5);
      return { rest: limb - quotient * BASE, carry: quotient };
    }
    const [rest, carry] = [this.#rows(), this.#rows()];
    for (let i = 0; i < this.#count; i++) {
      const v = limb[i]!;
      const quotient = Math.floor(v * (1 / BASE) + 0.5);
      carry[i] = quotient;
      rest[i] = v - quotient * BASE;
    }
    return { rest, carry };
  }

  #addLimbs(x: Limb, y: Limb, sign: 1 | -1): Limb {
    if (y === 0) return x;
    if (x === 0 && sign === 1) return y;
    if (typeof x === 'number' && typeof y === 'number') return x + sign * y;
    const out = this.#rows();
    const count = this.#count;
    if (typeof y === 'number') {
      const c = sign * y;
      for (let i = 0; i < count; i++) out[i] = (x as Float64Array)[i]! + c;
    } else if (typeof x === 'number') {
      if (sign === 1) for (let i = 0; i < count; i++) out[i] = y[i]! + x;
      else for (let i = 0; i < count; i++) out[i] = x - y[i]!;
    } else if (sign === 1) {
      for (let i = 0; i < count; i++) out[i] = x[i]! + y[i]!;
    } else {
      for (let i = 0; i < count; i++) out[i] = x[i]! - y[i]!;
    }
    return out;
  }

  /** `sum + x·y`; `sum` is overwritten, so it must be nobody else's. */
  #addProduct(sum: Limb, x: Limb, y: Limb): Limb {
    if (x === 0 || y === 0) return sum;
    if (typeof x === 'number') {
      if (typeof y === 'number') return this.#addLimbs(sum, x * y, 1);
      return this.#addProduct(sum, y, x);
    }
    const count = this.#count;
    const fresh = typeof sum === 'number';
    const out = fresh ? this.#rows() : sum;
    const c = fresh ? sum : 0;
    if (typeof y === 'number') {
      if (fresh) for (let i = 0; i < count; i++) out[i] = x[i]! * y + c;
      else for (let i = 0; i < count; i++) out[i]! += x[i]! * y;
    } else if (fresh) {
      for (let i = 0; i < count; i++) out[i] = x[i]! * y[i]! + c;
    } else {
      for (let i = 0; i < count; i++) out[i]! += x[i]! * y[i]!;
    }
    return out;
  }

  #rows(): Float64Array {
    if (this.#used === this.#pool.length) this.#pool.push(new Float64Array(CHUNK));
    return this.#pool[this.#used++]!;
  }
}

const at = (limb: Limb, row: number): number => (typeof limb === 'number' ? limb : limb[row]!);

/** Low and high word of a number of several limbs; 1 if it is not in `[0, 2^64)`. */
function manyLimbs(limbs: readonly Limb[], row: number, low: Uint32Array, high: Uint32Array): 0 | 1 {
  let carry = 0;
  let [l, h] = [0, 0];
  for (let k = 0; k < limbs.length; k++) {
    const sum = at(limbs[k]!, row) + carry;
    carry = Math.floor(sum / BASE);
    const digit = sum - carry * BASE;
    if (k === 0) l = digit;
    else if (k === 1) [l, h] = [l + (digit & 0x3ff) * BASE, digit >>> 10];
    else if (k > 2 ? digit !== 0 : digit >= 2 ** 20) return 1;
    else h += digit * 2 ** 12;
  }
  // What is carried out of the last limb stands above it.
  if (limbs.length === 2) {
    if (carry < 0 || carry >= 2 ** 20) return 1;
    h += carry * 2 ** 12;
  } else if (carry !== 0) {
    return 1;
  }
  low[row] = l;
  high[row] = h;
  return 0;
}

/** Without limbs at the top that are zero in every row. */
function numbers(limbs: Limb[], bounds: number[], scale: number): Numbers {
  while (limbs.length > 0 && limbs.at(-1) === 0) {
    limbs.pop();
    bounds.pop();
  }
  return limbs.length === 0 ? ZERO : { limbs, bounds, scale };
}

/** A field element as the integer near zero that it is. */
export function centred(value: bigint): bigint {
  return value > Fr.modulus >> 1n ? value - Fr.modulus : value;
}

/** Signed digits of 22 bits, lowest first. */
function digitsOf(value: bigint): number[] {
  const digits: number[] = [];
  for (let rest = value; rest !== 0n; ) {
    const digit = BigInt.asIntN(BITS, rest);
    digits.push(Number(digit));
    rest = (rest - digit) >> BigInt(BITS);
  }
  return digits;
}

function bigNumber(value: bigint): Numbers {
  const size = value < 0n ? -value : value;
  const limbs = size <= LIMIT ? [Number(value)] : digitsOf(value);
  return numbers([...limbs], limbs.map(Math.abs), 0);
}

/** A constant as an integer over the smallest power of two that makes it a small one, else as its own integer. */
function constantNumber(value: bigint): Numbers {
  const small = 1n << 127n;
  for (let scale = 0; scale <= MAX_SCALE; scale++) {
    const numerator = centred(Fr.from(value << BigInt(scale)));
    if (numerator < small && numerator > -small) return { ...bigNumber(numerator), scale };
  }
  return bigNumber(centred(value));
}
