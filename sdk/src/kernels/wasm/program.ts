/**
 * Prepares a constraint program for the row interpreter (`program-emitter.ts`): drops what no output needs, joins
 * products with the sums they go into (two products share one reduction), inserts normalisation where bounds ask for
 * it, and gives registers to nodes by their last use.
 *
 * Bounds are those of `field-emitter.ts`, per node, in multiples of p (value) and of 2^50 (limbs below the top); the
 * top limb is at most `0.757·value`. Every value is kept normalisable, and normalised before a product that
 * would not be exact otherwise, and before it becomes an output.
 */
import { ADD, type FlatProgram, MUL } from '../../expr/program.ts';
import type { CompiledProgram } from '../contract.ts';

/** Where an operand is. */
export interface Place {
  readonly in: 'column' | 'register' | 'output' | 'scalar';
  readonly index: number;
}

export type Sign = 1 | -1;

/** `to = Σ ±x·y ± addend`, see {@link OPERATIONS}. */
export interface Instruction {
  readonly op: Operation;
  readonly to: Place;
  /** Factors pair by pair, then addends: at most five. */
  readonly operands: readonly Place[];
}

/** Signs of the products and of the addend (0: there is none) of a sum of products. */
export interface SumShape {
  readonly products: readonly Sign[];
  readonly addend: Sign | 0;
}

/** Every sum has a term with a plus, and a product added comes before one subtracted. */
export const SUMS: Readonly<
  Record<
    | 'ab'
    | 'ab+e'
    | 'ab-e'
    | 'e-ab'
    | 'ab+cd'
    | 'ab+cd+e'
    | 'ab+cd-e'
    | 'ab-cd'
    | 'ab-cd+e'
    | 'ab-cd-e'
    | 'e-ab-cd',
    SumShape
  >
> = {
  ab: { products: [1], addend: 0 },
  'ab+e': { products: [1], addend: 1 },
  'ab-e': { products: [1], addend: -1 },
  'e-ab': { products: [-1], addend: 1 },
  'ab+cd': { products: [1, 1], addend: 0 },
  'ab+cd+e': { products: [1, 1], addend: 1 },
  'ab+cd-e': { products: [1, 1], addend: -1 },
  'ab-cd': { products: [1, -1], addend: 0 },
  'ab-cd+e': { products: [1, -1], addend: 1 },
  'ab-cd-e': { products: [1, -1], addend: -1 },
  'e-ab-cd': { products: [-1, -1], addend: 1 },
};
const SUM_NAMES = Object.keys(SUMS) as (keyof typeof SUMS)[];

/** Operations of the interpreter; an opcode is the place in this list. */
export type Operation = 'add' | 'sub' | 'square' | 'normalise' | 'copy' | keyof typeof SUMS;
export const OPERATIONS: readonly Operation[] = ['add', 'sub', 'square', 'normalise', 'copy', ...SUM_NAMES];

export const MAX_OPERANDS = 5;
/** Words of an encoded instruction: opcode; byte offsets of result and operands in the table of operands. */
export const INSTRUCTION_WORDS: number = 2 + MAX_OPERANDS;
/** Words of an entry in the table of operands: address, distance to the next group (0 for scalars). */
export const OPERAND_WORDS = 2;

/** Instructions as words: operation, then offsets of the entries for result and operands. */
function codeOf(source: FlatProgram, instructions: readonly Instruction[]): Uint32Array {
  const outputs = source.columns;
  const scalars = outputs + source.outputs.length;
  const registers = scalars + source.challenges.length + source.constants.length;
  const first = { column: 0, output: outputs, scalar: scalars, register: registers };
  const code = new Uint32Array(INSTRUCTION_WORDS * instructions.length);
  instructions.forEach(({ op, to, operands }, i) => {
    // Operands that an operation does not have are read all the same, from the first entry.
    const entries = [to, ...operands].map(
      ({ in: where, index }) => 4 * OPERAND_WORDS * (first[where] + index),
    );
    code.set([OPERATIONS.indexOf(op), ...entries], INSTRUCTION_WORDS * i);
  });
  return code;
}

/** Program of this engine: scalars are first the challenges, then the constants. */
export class WasmProgram implements CompiledProgram {
  readonly kind = 'program';
  readonly source: FlatProgram;
  readonly instructions: readonly Instruction[];
  readonly registers: number;
  /** The instructions as the interpreter reads them. */
  readonly code: Uint32Array;

  constructor(source: FlatProgram) {
    this.source = source;
    const { instructions, registers } = new Compiler(source).compile();
    this.instructions = instructions;
    this.registers = registers;
    this.code = codeOf(source, instructions);
  }
}

interface Bound {
  readonly value: number;
  readonly limbs: number;
}

const COLUMN: Bound = { value: 1.62, limbs: 1 };
const SCALAR: Bound = { value: 0.501, limbs: 1 };
const NORMALISED: Bound = { value: 0.501, limbs: 1 };
/** Results of a reduction are converted by their top limb: `0.757·2.64 < 2`. */
const MAX_REDUCED = 2.64;

const largest = ({ value, limbs }: Bound): number => Math.max(limbs, 0.757 * value);
const canMultiply = (a: Bound, b: Bound): boolean => largest(a) * largest(b) <= 4;
const canNormalise = ({ value, limbs }: Bound): boolean => value <= 7 && limbs + 0.55 * value <= 8;
const sum = (a: Bound, b: Bound): Bound => ({ value: a.value + b.value, limbs: a.limbs + b.limbs });
const isNormal = ({ value, limbs }: Bound): boolean => value <= COLUMN.value && limbs <= COLUMN.limbs;

/** A computed value: where it is, how large it may be, how many operations have yet to read it. */
interface Value {
  readonly place: Place;
  bound: Bound;
  uses: number;
}

interface Product {
  readonly sign: Sign;
  readonly a: Value;
  readonly b: Value;
}

interface Addend {
  readonly sign: Sign;
  readonly value: Value;
}

/** A sum that is not computed yet, since its only reader is another sum: one product and at most one addend. */
interface Pending {
  readonly products: readonly Product[];
  readonly addends: readonly Addend[];
}

const isPending = (form: Value | Pending): form is Pending => 'products' in form;

class Compiler {
  readonly #program: FlatProgram;
  readonly #leaves: number;
  readonly #instructions: Instruction[] = [];
  readonly #forms = new Map<number, Value | Pending>();
  readonly #uses: number[];
  /** Nodes with one reader which is a sum, and that are no outputs. */
  readonly #absorbable = new Set<number>();
  readonly #freeRegisters: number[] = [];
  #registers = 0;

  constructor(program: FlatProgram) {
    this.#program = program;
    this.#leaves = program.columns + program.challenges.length + program.constants.length;
    this.#uses = new Array<number>(this.#leaves + program.operations.length).fill(0);
  }

  compile(): { instructions: readonly Instruction[]; registers: number } {
    const { columns, operations, outputs } = this.#program;
    const needed = this.#neededOperations();
    for (let leaf = 0; leaf < this.#leaves; leaf++) {
      const place: Place =
        leaf < columns ? { in: 'column', index: leaf } : { in: 'scalar', index: leaf - columns };
      this.#forms.set(leaf, { place, bound: leaf < columns ? COLUMN : SCALAR, uses: this.#uses[leaf] });
    }
    // An output lives in its column from the start, where it may be read back.
    const homes = new Map<number, number>();
    outputs.forEach((node, o) => {
      if (node >= this.#leaves && !homes.has(node)) homes.set(node, o);
    });
    operations.forEach(([op, a, b], i) => {
      if (needed[i]) this.#operation(this.#leaves + i, op, a, b, homes.get(this.#leaves + i));
    });
    const valueAt = (node: number): Value => this.#forms.get(node) as Value;
    for (const node of homes.keys()) {
      if (!isNormal(valueAt(node).bound)) this.#normalise(valueAt(node));
    }
    outputs.forEach((node, o) => {
      if (homes.get(node) === o) return;
      this.#instructions.push({
        op: 'copy',
        to: { in: 'output', index: o },
        operands: [valueAt(node).place],
      });
    });
    return { instructions: this.#instructions, registers: this.#registers };
  }

  /** Which operations an output depends on; counts their readers. */
  #neededOperations(): boolean[] {
    const { operations, outputs } = this.#program;
    const needed = new Array<boolean>(operations.length).fill(false);
    const need = (node: number): void => {
      if (node >= this.#leaves) needed[node - this.#leaves] = true;
    };
    outputs.forEach(need);
    const readBySum = new Set<number>();
    for (let i = operations.length - 1; i >= 0; i--) {
      if (!needed[i]) continue;
      const [op, a, b] = operations[i];
      for (const node of [a, b]) {
        need(node);
        this.#uses[node]++;
        if (op !== MUL) readBySum.add(node);
      }
    }
    for (const node of readBySum) {
      if (this.#uses[node] === 1 && !outputs.includes(node)) this.#absorbable.add(node);
    }
    return needed;
  }

  #operation(node: number, op: number, a: number, b: number, home: number | undefined): void {
    const absorb = this.#absorbable.has(node);
    const form = op === MUL ? this.#productOf(a, b) : this.#sumOf(a, b, op === ADD ? 1 : -1);
    this.#forms.set(
      node,
      absorb && form.products.length === 1 ? form : this.#compute(form, this.#uses[node], home),
    );
  }

  #productOf(a: number, b: number): Pending {
    return { products: [{ sign: 1, a: this.#valueAt(a), b: this.#valueAt(b) }], addends: [] };
  }

  #sumOf(a: number, b: number, sign: Sign): Pending {
    const [left, right] = [this.#forms.get(a)!, this.#forms.get(b)!].map(
      (form): Pending => (isPending(form) ? form : { products: [], addends: [{ sign: 1, value: form }] }),
    );
    const signed = <T extends { readonly sign: Sign }>(term: T): T => ({
      ...term,
      sign: (term.sign * sign) as Sign,
    });
    const products = [...left.products, ...right.products.map(signed)];
    const addends = [...left.addends, ...right.addends.map(signed)];
    return { products, addends: products.length > 0 ? this.#joinAddends(addends) : addends };
  }

  /** Two addends become one, so that a product has at most one beside it. */
  #joinAddends(addends: readonly Addend[]): readonly Addend[] {
    if (addends.length < 2) return addends;
    const [first, second] = addends;
    if (first.sign === second.sign) {
      const joined: Addend = { sign: 1, value: first.value };
      const value = this.#compute(
        { products: [], addends: [joined, { sign: 1, value: second.value }] },
        1,
        undefined,
      );
      return [{ sign: first.sign, value }];
    }
    return [{ sign: 1, value: this.#compute({ products: [], addends }, 1, undefined) }];
  }

  /** The node's value, computed now if it was pending. */
  #valueAt(node: number): Value {
    const form = this.#forms.get(node)!;
    if (!isPending(form)) return form;
    const value = this.#compute(form, this.#uses[node], undefined);
    this.#forms.set(node, value);
    return value;
  }

  /** Emits a sum of at most two products and one addend, or of two addends. */
  #compute(form: Pending, uses: number, home: number | undefined): Value {
    // What is added comes before what is subtracted, see SUMS.
    const byAdded = (x: { readonly sign: Sign }, y: { readonly sign: Sign }): number => y.sign - x.sign;
    const products = [...form.products].sort(byAdded);
    const addends = [...form.addends].sort(byAdded);
    const bound = this.#fit(products, addends);
    const operands = [...products.flatMap(({ a, b }) => [a, b]), ...addends.map(({ value }) => value)];
    const places = operands.map(({ place }) => place);
    // Operands read for the last time give their registers back first: a result may overwrite an operand.
    for (const operand of operands) {
      operand.uses--;
      if (operand.uses === 0 && operand.place.in === 'register')
        this.#freeRegisters.push(operand.place.index);
    }
    const place: Place =
      home === undefined
        ? { in: 'register', index: this.#freeRegisters.pop() ?? this.#registers++ }
        : { in: 'output', index: home };
    this.#instructions.push({ op: operationName(products, addends), to: place, operands: places });
    return { place, bound, uses };
  }

  /** Normalises operands until the sum can be computed exactly; returns its bound. */
  #fit(products: readonly Product[], addends: readonly Addend[]): Bound {
    const operands = [...products.flatMap(({ a, b }) => [a, b]), ...addends.map(({ value }) => value)];
    for (;;) {
      const reduced = products.reduce(
        (value, { a, b }) => value + (a.bound.value * b.bound.value) / 2.645,
        0.627,
      );
      const bound = addends.reduce(
        (total, { value }) => sum(total, value.bound),
        products.length > 0 ? { value: reduced, limbs: 1 } : { value: 0, limbs: 0 },
      );
      const exact = products.every(({ a, b }) => canMultiply(a.bound, b.bound));
      if (exact && (products.length === 0 || reduced <= MAX_REDUCED) && canNormalise(bound)) return bound;
      // Leaves are small enough for one another, so there is something to normalise.
      const own = operands.filter(({ place }) => place.in === 'register' || place.in === 'output');
      const worst = own.reduce((x, y) => (largest(y.bound) > largest(x.bound) ? y : x));
      this.#normalise(worst);
    }
  }

  #normalise(value: Value): void {
    this.#instructions.push({ op: 'normalise', to: value.place, operands: [value.place] });
    value.bound = NORMALISED;
  }
}

function operationName(products: readonly Product[], addends: readonly Addend[]): Operation {
  if (products.length === 0) return addends[1].sign === 1 ? 'add' : 'sub';
  if (products.length === 1 && addends.length === 0 && products[0].a === products[0].b) return 'square';
  const addend = addends[0]?.sign ?? 0;
  const signs = products.map(({ sign }) => sign).join();
  const name = SUM_NAMES.find((sum) => SUMS[sum].products.join() === signs && SUMS[sum].addend === addend);
  if (name === undefined) throw new RangeError(`no operation for products ${signs} and addend ${addend}`);
  return name;
}
