/**
 * Prepares a constraint program for the row interpreter (`program-emitter.ts`): drops what no output needs, inserts
 * normalisation where bounds ask for it, and gives registers to nodes by their last use.
 *
 * Bounds are those of `field-emitter.ts`, per node, in multiples of p (value) and of 2^50 (limbs below the top); the
 * top limb is at most `0.757·value`. Every value is kept normalisable, and normalised before a product that
 * would not be exact otherwise, and before it becomes an output.
 */
import { ADD, type FlatProgram, MUL } from '../../expr/program.ts';
import type { CompiledProgram } from '../contract.ts';

/** Operations of the interpreter. */
export const OPCODES = { add: 0, sub: 1, mul: 2, square: 3, normalise: 4, copy: 5 } as const;

/** Where an operand is. */
export type Place = { readonly in: 'column' | 'register' | 'output' | 'scalar'; readonly index: number };

export interface Instruction {
  readonly op: keyof typeof OPCODES;
  readonly to: Place;
  readonly a: Place;
  readonly b: Place;
}

/** Program of this engine: scalars are first the challenges, then the constants. */
export class WasmProgram implements CompiledProgram {
  readonly kind = 'program';
  readonly source: FlatProgram;
  readonly instructions: readonly Instruction[];
  readonly registers: number;

  constructor(source: FlatProgram) {
    this.source = source;
    const { instructions, registers } = new Compiler(source).compile();
    this.instructions = instructions;
    this.registers = registers;
  }
}

interface Bound {
  readonly value: number;
  readonly limbs: number;
}

const COLUMN: Bound = { value: 1.62, limbs: 1 };
const SCALAR: Bound = { value: 0.501, limbs: 1 };
const NORMALISED: Bound = { value: 0.501, limbs: 1 };

const largest = ({ value, limbs }: Bound): number => Math.max(limbs, 0.757 * value);
const canMultiply = (a: Bound, b: Bound): boolean => largest(a) * largest(b) <= 4;
const canNormalise = ({ value, limbs }: Bound): boolean => value <= 7 && limbs + 0.55 * value <= 8;
const product = (a: Bound, b: Bound): Bound => ({ value: (a.value * b.value) / 2.645 + 0.627, limbs: 1 });
const sum = (a: Bound, b: Bound): Bound => ({ value: a.value + b.value, limbs: a.limbs + b.limbs });
const isNormal = ({ value, limbs }: Bound): boolean => value <= COLUMN.value && limbs <= COLUMN.limbs;

class Compiler {
  readonly #program: FlatProgram;
  readonly #leaves: number;
  readonly #instructions: Instruction[] = [];
  readonly #places = new Map<number, Place>();
  readonly #bounds = new Map<number, Bound>();
  /** Position of the last operation that reads a node. */
  readonly #lastUse = new Map<number, number>();
  readonly #freeRegisters: number[] = [];
  #registers = 0;

  constructor(program: FlatProgram) {
    this.#program = program;
    this.#leaves = program.columns + program.challenges.length + program.constants.length;
  }

  compile(): { instructions: readonly Instruction[]; registers: number } {
    const { columns, operations, outputs } = this.#program;
    for (let leaf = 0; leaf < this.#leaves; leaf++) {
      const column = leaf < columns;
      this.#places.set(
        leaf,
        column ? { in: 'column', index: leaf } : { in: 'scalar', index: leaf - columns },
      );
      this.#bounds.set(leaf, column ? COLUMN : SCALAR);
    }
    const needed = this.#neededOperations();
    // An output lives in its column from the start, where it may be read back.
    const homes = new Map<number, number>();
    outputs.forEach((node, o) => {
      if (node >= this.#leaves && !homes.has(node)) homes.set(node, o);
    });
    operations.forEach(([op, a, b], i) => {
      if (needed[i]) this.#operation(i, op, a, b, homes.get(this.#leaves + i));
    });
    outputs.forEach((node, o) => {
      const home = homes.get(node);
      if (home === o && !isNormal(this.#bounds.get(node)!)) this.#normalise(node);
    });
    outputs.forEach((node, o) => {
      const from = this.#places.get(node)!;
      if (homes.get(node) !== o) this.#emit('copy', { in: 'output', index: o }, from, from);
    });
    return { instructions: this.#instructions, registers: this.#registers };
  }

  #neededOperations(): boolean[] {
    const { operations, outputs } = this.#program;
    const needed = new Array<boolean>(operations.length).fill(false);
    const need = (node: number): void => {
      if (node >= this.#leaves) needed[node - this.#leaves] = true;
    };
    outputs.forEach(need);
    for (let i = operations.length - 1; i >= 0; i--) {
      if (!needed[i]) continue;
      const [, a, b] = operations[i];
      for (const node of [a, b]) {
        need(node);
        if (!this.#lastUse.has(node)) this.#lastUse.set(node, i);
      }
    }
    return needed;
  }

  #operation(i: number, op: number, a: number, b: number, home: number | undefined): void {
    const bound = (node: number): Bound => this.#bounds.get(node)!;
    const worse = (): number => (largest(bound(a)) >= largest(bound(b)) ? a : b);
    const allowed = op === MUL ? canMultiply : (x: Bound, y: Bound): boolean => canNormalise(sum(x, y));
    // Leaves are small enough for one another, so this ends.
    while (!allowed(bound(a), bound(b))) this.#normalise(worse());
    const [pa, pb] = [this.#places.get(a)!, this.#places.get(b)!];
    // Operands read for the last time give their registers back first: results may overwrite operands.
    for (const node of a === b ? [a] : [a, b]) {
      const place = this.#places.get(node)!;
      if (this.#lastUse.get(node) === i && place.in === 'register') this.#freeRegisters.push(place.index);
    }
    const to: Place =
      home === undefined
        ? { in: 'register', index: this.#freeRegisters.pop() ?? this.#registers++ }
        : { in: 'output', index: home };
    const node = this.#leaves + i;
    this.#places.set(node, to);
    if (op === MUL) {
      this.#emit(a === b ? 'square' : 'mul', to, pa, pb);
      this.#bounds.set(node, product(bound(a), bound(b)));
    } else {
      this.#emit(op === ADD ? 'add' : 'sub', to, pa, pb);
      this.#bounds.set(node, sum(bound(a), bound(b)));
    }
  }

  #normalise(node: number): void {
    const place = this.#places.get(node)!;
    this.#emit('normalise', place, place, place);
    this.#bounds.set(node, NORMALISED);
  }

  #emit(op: keyof typeof OPCODES, to: Place, a: Place, b: Place): void {
    this.#instructions.push({ op, to, a, b });
  }
}
