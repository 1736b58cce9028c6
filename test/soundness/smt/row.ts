/**
 * One row as integers. What the bus gives it becomes inputs of known widths; what it looks up in tables becomes ranges;
 * its constraints become polynomials that vanish modulo r. Cells that nothing bounds are eliminated with constraints that
 * are linear in them (exact in the field). What is left vanishes as an integer, if its largest absolute value is below r.
 *
 * Taken for granted of tuples, because other rows, the image or the verifier provide them: cells and words are below
 * 2^64 and of the width that the case names (the verifier of images shows it of slots; cells of the linear memory are below 2^32);
 * keys of cells are integers below 2^32 (the chain of keys); pc, a, b, returned pcs are below 2^32, immediates below 2^64
 * (the image); `mid` is 0 but in second rows. What a cell holds is given for the first access that names it only: a later one
 * finds what that one left (`Encoding`).
 */
import type { Interaction, Tag } from '../../../sdk/src/plonk/declare/declare.ts';
import { bitsOf, type Decoding } from './decode.ts';
import {
  asConstant,
  asVariable,
  constantOf,
  intervalOf,
  magnitude,
  minus,
  type Polynomial,
  polynomialOf,
  R,
  scaled,
  solvedFor,
  substitute,
  variable,
  variablesOf,
} from './polynomial.ts';

/** Bits of the integers that a row is given. Inputs that are not named have the widths below. */
export type Widths = Readonly<Record<string, number>>;

const WIDTHS: Widths = { fp: 32, c: 64, mid: 64, word0: 64, word1: 64, word2: 32, word3: 32 };
/** The variable of an input; other variables are cells. */
export const inputName = (input: string): string => `@${input}`;

const U32 = 32;
const U64 = 64;

export interface Row {
  readonly decoding: Decoding;
  /** Largest value of each variable that is left (the smallest is 0). */
  readonly most: ReadonlyMap<string, bigint>;
  /** Vanish over the integers. */
  readonly equations: readonly { readonly name: string; readonly polynomial: Polynomial }[];
  /** `(x, y, x & y)` by AND8. */
  readonly conjunctions: readonly (readonly [string, string, string])[];
  /** Constraints and lookups that say nothing here, since a cell in them has no known range. */
  readonly unused: readonly string[];
  /** What the row puts on the bus, and which cells it accesses. Values are polynomials in the variables. */
  readonly state: { readonly from: Polynomial; readonly mid: Polynomial } & (
    | { readonly ends: true }
    | {
        readonly ends: false;
        readonly pc: Polynomial;
        readonly fp: Polynomial;
        readonly midNext: Polynomial;
        readonly time: Polynomial;
      }
  );
  /** In order of time. */
  readonly cells: ReadonlyMap<string, { readonly key: Polynomial; readonly after: Polynomial }>;
  /** The region that the row provides (`grow`), and how far its time is from the row's own. */
  readonly zero: { readonly lo: Polynomial; readonly hi: Polynomial; readonly delay: Polynomial } | undefined;
  /** Inputs with one value. */
  readonly pins: Readonly<Record<string, bigint>>;
  /** The row cannot be: a constraint is a constant other than 0, or a power is not in the image. */
  readonly impossible: string | undefined;
}

export interface RowOptions {
  readonly widths?: Widths;
  /** Inputs with one value. */
  readonly pins?: Readonly<Record<string, bigint>>;
  /** Names of constraints and lookups to leave out: what the tests of these tests do. */
  readonly without?: readonly string[];
  /** What nothing bounds may be any word, which is less than a prover may write: a model of such a row is one of the row. */
  readonly words?: boolean;
}

/** What is known of a decoded row. Throws where a declaration has a form that is not understood here. */
export function rowOf(decoding: Decoding, options: RowOptions = {}): Row {
  return new RowBuilder(decoding, options).build();
}

class RowBuilder {
  readonly #decoding: Decoding;
  readonly #options: RowOptions;
  readonly #isBit: (name: string) => boolean;
  readonly #most = new Map<string, bigint>();
  readonly #conjunctions: (readonly [string, string, string])[] = [];
  /** Pending: polynomials that are 0 modulo r. */
  #zeros: { name: string; polynomial: Polynomial }[] = [];
  /** Lookups of one polynomial in `[0, below)`. */
  readonly #ranges: { name: string; polynomial: Polynomial; below: bigint }[] = [];
  /** Eliminated variables in the order of their elimination. */
  readonly #eliminated: (readonly [string, Polynomial])[] = [];
  #impossible: string | undefined;
  readonly #unused: string[] = [];

  constructor(decoding: Decoding, options: RowOptions) {
    this.#decoding = decoding;
    this.#options = options;
    this.#isBit = bitsOf(decoding.chip);
  }

  build(): Row {
    const { chip } = this.#decoding;
    const used = (name: string): boolean => !this.#options.without?.includes(name);
    for (const { name } of chip.main) {
      if (this.#isBit(name) && !this.#decoding.bits.has(name)) this.#most.set(name, 1n);
    }
    for (const interaction of chip.interactions) {
      if (this.#count(interaction) === 1n && used(interaction.name)) this.#receive(interaction);
    }
    for (const { name, expression } of chip.constraints) {
      if (used(name)) this.#zeros.push({ name, polynomial: this.#polynomial(expression) });
    }
    this.#eliminate();
    this.#lookUpPowers();
    if (this.#options.words === true) this.#boundWhatIsLeft();
    return this.#finish();
  }

  #boundWhatIsLeft(): void {
    const eliminated = new Set(this.#eliminated.map(([name]) => name));
    for (const { name } of this.#decoding.chip.main) {
      const isDecided = this.#decoding.bits.has(name);
      if (!isDecided && !eliminated.has(name) && !this.#isKnown(name)) this.#most.set(name, (1n << 64n) - 1n);
    }
  }

  #polynomial(e: Parameters<typeof polynomialOf>[0]): Polynomial {
    return polynomialOf(e, this.#decoding.bits, this.#isBit);
  }

  #count(interaction: Interaction): bigint | undefined {
    return asConstant(this.#polynomial(interaction.multiplicity));
  }

  #tagOf(interaction: Interaction): Tag {
    const code = asConstant(this.#polynomial(interaction.tuple[0]!));
    return interaction.tags.find((tag) => BigInt(tag.code) === code)!;
  }

  /** An input: an integer that the other side of the bus chose, of the width that is taken for granted. */
  #input(name: string, width: number, equals: Polynomial, from: string): void {
    const bits = this.#options.widths?.[name] ?? width;
    this.#most.set(inputName(name), (1n << BigInt(bits)) - 1n);
    const pin = this.#options.pins?.[name];
    const value = pin === undefined ? variable(inputName(name)) : constantOf(pin);
    this.#zeros.push({ name: `${from} gives ${name}`, polynomial: minus(equals, value) });
  }

  #powers: { exponent: Polynomial; power: Polynomial } | undefined;

  #receive(interaction: Interaction): void {
    if (interaction.sign === 1) return;
    const { name } = interaction;
    const fields = interaction.tuple.slice(1).map((field) => this.#polynomial(field));
    const tag = this.#tagOf(interaction);
    switch (tag.name) {
      case 'RANGE16':
      case 'BYTES':
        for (const polynomial of fields) {
          this.#ranges.push({ name, polynomial, below: tag.name === 'BYTES' ? 1n << 8n : 1n << 16n });
        }
        break;
      case 'AND8': {
        const names = fields.map((field) => asVariable(field)!) as [string, string, string];
        for (const polynomial of fields) this.#ranges.push({ name, polynomial, below: 1n << 8n });
        this.#conjunctions.push(names);
        break;
      }
      case 'POW2':
        this.#powers = { exponent: fields[0]!, power: fields[1]! };
        break;
      case 'STATE': {
        this.#input('fp', U32, fields[2]!, name);
        const isSecond = this.#decoding.bits.get('second') === 1n;
        if (isSecond) this.#input('mid', WIDTHS.mid!, fields[3]!, name);
        else this.#zeros.push({ name: `${name} gives mid 0`, polynomial: fields[3]! });
        break;
      }
      case 'INSTR':
        for (const [i, input] of ['pc', undefined, 'a', 'b', 'c'].entries()) {
          if (input !== undefined) this.#input(input, WIDTHS[input] ?? U32, fields[i]!, name);
        }
        break;
      case 'MEM': {
        const cell = name.split(' ')[1]!;
        this.#input(`key${cell}`, U32, fields[0]!, name);
        this.#input(`old${cell}`, U64, fields[2]!, name);
        break;
      }
      default:
        // FUNC, LEAVE, INPUT, OUTPUT, EXIT: what is provided under the tag.
        for (const [i, field] of fields.entries()) {
          this.#input(`word${i}`, WIDTHS[`word${i}`]!, field, name);
        }
    }
  }

  #isKnown(name: string): boolean {
    return this.#most.has(name);
  }

  /** Ranges of single cells first; then linear constraints replace cells without a range, one after the other. */
  #eliminate(): void {
    for (const { polynomial, below } of this.#ranges) {
      const cell = asVariable(polynomial);
      if (cell === undefined) continue;
      const known = this.#most.get(cell);
      if (known === undefined || known >= below) this.#most.set(cell, below - 1n);
    }
    for (let again = true; again; ) {
      again = false;
      for (const zero of this.#zeros) {
        for (const name of variablesOf(zero.polynomial)) {
          const value = this.#isKnown(name) ? undefined : solvedFor(zero.polynomial, name);
          if (value === undefined || variablesOf(value).has(name)) continue;
          this.#zeros = this.#zeros.filter((other) => other !== zero);
          this.#replace(name, value);
          again = true;
          break;
        }
        if (again) break;
      }
    }
  }

  #replace(name: string, value: Polynomial): void {
    this.#eliminated.push([name, value]);
    this.#zeros = this.#zeros.map((zero) => ({
      ...zero,
      polynomial: substitute(zero.polynomial, name, value, this.#isBit),
    }));
  }

  /** A polynomial of cells in the variables that are left. */
  #reduced(polynomial: Polynomial): Polynomial {
    return this.#eliminated.reduce(
      (reduced, [name, value]) => substitute(reduced, name, value, this.#isBit),
      polynomial,
    );
  }

  /** The exponent is a constant in every case; the image has `POW2(e, 2^(e mod 64))`, e = 0 … 64. */
  #lookUpPowers(): void {
    if (this.#powers === undefined) return;
    const exponent = asConstant(this.#reduced(this.#powers.exponent));
    if (exponent === undefined) throw new Error('the exponent is no constant: pin the count');
    if (exponent < 0n || exponent > 64n) {
      this.#impossible = `no power with exponent ${exponent}`;
      return;
    }
    const power = asVariable(this.#powers.power);
    if (power === undefined) throw new Error('POW2 of something that is no cell');
    this.#replace(power, constantOf(1n << (exponent % 64n)));
    this.#eliminate();
  }

  #finish(): Row {
    const most = (name: string): bigint | undefined => this.#most.get(name);
    const equations: { name: string; polynomial: Polynomial }[] = [];
    const candidates = [...this.#zeros];
    for (const { name, polynomial, below } of this.#ranges) {
      if (asVariable(polynomial) !== undefined) continue;
      const helper = `in ${name}`.replaceAll(' ', '_');
      this.#most.set(helper, below - 1n);
      candidates.push({ name, polynomial: minus(this.#reduced(polynomial), variable(helper)) });
    }
    for (const { name, polynomial } of candidates) {
      const value = asConstant(polynomial);
      if (value === 0n) continue;
      if (value !== undefined) this.#impossible ??= name;
      // Keys of memory have the field's inverse of 4 in them.
      const small = [1n, 4n]
        .map((factor) => scaled(polynomial, factor))
        .find((candidate) => {
          const interval = intervalOf(candidate, most);
          return interval !== undefined && magnitude(interval) < R;
        });
      if (small === undefined) this.#unused.push(name);
      else equations.push({ name, polynomial: small });
    }

    const { chip } = this.#decoding;
    const active = chip.interactions.filter((interaction) => this.#count(interaction) !== 0n);
    const fieldsOf = (tag: string, sign: 1 | -1, cell?: string): Polynomial[] | undefined =>
      active
        .find(
          (interaction) =>
            interaction.sign === sign &&
            interaction.tags.some(({ name }) => name === tag) &&
            (cell === undefined || interaction.name === `cell ${cell} after`),
        )
        ?.tuple.slice(1)
        .map((field) => this.#reduced(this.#polynomial(field)));
    const received = fieldsOf('STATE', -1)!;
    const found: { cell: string; key: Polynomial; after: Polynomial; time: bigint }[] = [];
    for (const { name, tags } of active) {
      const cell = / (\w+) after$/.exec(name)?.[1];
      if (cell === undefined || !tags.some((tag) => tag.name === 'MEM')) continue;
      // The key is the input that the access received: an integer.
      const [, at, after] = fieldsOf('MEM', 1, cell)!;
      const time = asConstant(minus(at!, received[0]!));
      if (time === undefined) throw new Error(`${chip.name}: access ${cell} at no time of the row`);
      found.push({ cell, key: variable(inputName(`key${cell}`)), after: after!, time });
      this.#checkAccess(cell, active);
    }
    found.sort((a, b) => Number(a.time - b.time));
    const cells = new Map(found.map(({ cell, key, after }) => [cell, { key, after }]));
    const zero = fieldsOf('ZERO', 1);
    const sent = fieldsOf('STATE', 1);
    const state =
      sent === undefined
        ? { ends: true as const, from: received[1]!, mid: received[3]! }
        : {
            ends: false as const,
            from: received[1]!,
            mid: received[3]!,
            pc: sent[1]!,
            fp: sent[2]!,
            midNext: sent[3]!,
            time: minus(sent[0]!, received[0]!),
          };
    return {
      decoding: this.#decoding,
      most: this.#most,
      equations,
      conjunctions: this.#conjunctions,
      unused: this.#unused,
      state,
      cells,
      zero: zero && { lo: zero[0]!, hi: zero[1]!, delay: minus(zero[2]!, received[0]!) },
      pins: this.#options.pins ?? {},
      impossible: this.#impossible,
    };
  }

  /** An access sends the key that it received, and looks up by how much later it is, less 1. */
  #checkAccess(cell: string, active: readonly Interaction[]): void {
    const fieldsOf = (name: string): Polynomial[] =>
      active
        .find((interaction) => interaction.name === name)
        ?.tuple.map((field) => this.#polynomial(field)) ?? [];
    const [before, after, time] = ['cell # before', 'cell # after', 'time #'].map((name) =>
      fieldsOf(name.replace('#', cell)),
    ) as [Polynomial[], Polynomial[], Polynomial[]];
    const elapsed = minus(minus(after[2]!, before[2]!), constantOf(1n));
    if (minus(before[1]!, after[1]!).size !== 0 || minus(time[1]!, elapsed).size !== 0) {
      throw new Error(
        `${this.#decoding.chip.name}: access ${cell} changes its key or does not prove its time`,
      );
    }
  }
}
