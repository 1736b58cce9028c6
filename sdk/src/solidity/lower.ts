/**
 * Flat constraint programs as operations of the EVM. Sums of any length are one list of what is added and one of what is
 * subtracted: subtracting takes a multiple of r once a sum, and nothing is reduced while it stays below 2^256, for mulmod and
 * addmod reduce what they are given. Every value has its bounds, so that neither a sum nor a difference can wrap.
 */
import { type FlatProgram, MUL, SUB } from '../expr/program.ts';
import { FR_MODULUS } from '../field/field.ts';

/** `mulmod` and `addmod` are modulo r; `add` and `sub` are of integers and never wrap. */
export interface Operation {
  readonly op: 'add' | 'sub' | 'addmod' | 'mulmod';
  /** Nodes: leaves, then operations before this one. */
  readonly a: number;
  readonly b: number;
}

export type Leaf =
  | { readonly kind: 'column' | 'challenge'; readonly index: number }
  | { readonly kind: 'constant'; readonly value: bigint }
  /** `times·r + plus` */
  | { readonly kind: 'multiple'; readonly times: bigint; readonly plus: bigint };

export interface Lowered {
  readonly leaves: readonly Leaf[];
  readonly operations: readonly Operation[];
  /** A node that is below r. */
  readonly output: number;
}

/** What a node can be, as an integer. */
interface Bounds {
  readonly low: bigint;
  readonly high: bigint;
}

/** A node, or minus that. */
interface Signed {
  readonly node: number;
  readonly negative: boolean;
}

/** What a sum adds and what it subtracts, as nodes of the flat program, and its constant in `[0, r)`. */
interface Sum {
  readonly plus: readonly number[];
  readonly minus: readonly number[];
  readonly constant: bigint;
}

const LARGEST = 2n ** 256n - 1n;
/** `LAZY·r` and a value below r stay below 2^256. */
const LAZY = 4n;
const SMALL = 2n ** 128n;
/** A shared sum of so few terms is cheaper made again than kept, if it is not read more often. */
const CHEAP = { terms: 2, uses: 2 } as const;

/** The program's one output as operations of the EVM. */
export function lower(program: FlatProgram): Lowered {
  return new Lowering(program).run();
}

class Lowering {
  readonly #program: FlatProgram;
  readonly #firstOperation: number;
  readonly #uses: number[];
  readonly #leaves: Leaf[] = [];
  readonly #leafNode = new Map<string, number>();
  readonly #operations: Operation[] = [];
  /** By node. Leaves are numbered from −1 down until all are known. */
  readonly #bounds = new Map<number, Bounds>();
  readonly #valueOf = new Map<number, Signed>();
  readonly #sums: ReadonlyMap<number, Sum>;
  /** Shared sums that are kept with a multiple of r. */
  readonly #offset: ReadonlySet<number>;

  constructor(program: FlatProgram) {
    this.#program = program;
    this.#firstOperation = program.columns + program.challenges.length + program.constants.length;
    this.#uses = countUses(program, this.#firstOperation);
    this.#sums = this.#collectSums();
    this.#offset = this.#chooseOffset();
  }

  run(): Lowered {
    const { operations, outputs } = this.#program;
    operations.forEach(([op, a, b], i) => {
      const flat = this.#firstOperation + i;
      if (this.#uses[flat] === 0) return;
      if (op === MUL) this.#valueOf.set(flat, this.#product(this.#value(a), this.#value(b)));
      else if (this.#sums.has(flat) && !this.#isCheap(flat)) this.#valueOf.set(flat, this.#sum(flat));
    });
    const { node: value, negative } = this.#value(outputs[0]!);
    const node = this.#reduced(negative ? this.#difference([], [value]) : value);
    const count = this.#leaves.length;
    const final = (x: number): number => (x < 0 ? -1 - x : count + x);
    return {
      leaves: this.#leaves,
      operations: this.#operations.map(({ op, a, b }) => ({ op, a: final(a), b: final(b) })),
      output: final(node),
    };
  }

  #isSum(node: number): boolean {
    return node >= this.#firstOperation && this.#program.operations[node - this.#firstOperation]![0] !== MUL;
  }

  /** The sums that are not part of another one, and those that are part of several. */
  #collectSums(): Map<number, Sum> {
    const { operations, constants, outputs } = this.#program;
    const inner = new Set<number>();
    operations.forEach(([op, a, b], i) => {
      if (op === MUL || this.#uses[this.#firstOperation + i] === 0) return;
      for (const x of [a, b]) if (this.#isSum(x) && this.#uses[x] === 1 && x !== outputs[0]) inner.add(x);
    });
    const sums = new Map<number, Sum>();
    const firstConstant = this.#firstOperation - constants.length;
    for (let node = this.#firstOperation; node < this.#firstOperation + operations.length; node++) {
      if (!this.#isSum(node) || this.#uses[node] === 0 || inner.has(node)) continue;
      const [plus, minus]: [number[], number[]] = [[], []];
      let constant = 0n;
      const add = (value: bigint, negative: boolean): void => {
        constant += negative ? FR_MODULUS - value : value;
      };
      const walk = (x: number, negative: boolean): void => {
        const known = sums.get(x);
        if (x === node || inner.has(x)) {
          const [op, a, b] = operations[x - this.#firstOperation]!;
          walk(a, negative);
          walk(b, negative !== (op === SUB));
        } else if (known !== undefined && this.#isCheapSum(x, known)) {
          (negative ? minus : plus).push(...known.plus);
          (negative ? plus : minus).push(...known.minus);
          add(known.constant, negative);
        } else if (x >= firstConstant && x < this.#firstOperation) {
          add(constants[x - firstConstant]!, negative);
        } else (negative ? minus : plus).push(x);
      };
      walk(node, false);
      sums.set(node, { plus, minus, constant: constant % FR_MODULUS });
    }
    return sums;
  }

  #isCheap(node: number): boolean {
    const sum = this.#sums.get(node);
    return sum !== undefined && this.#isCheapSum(node, sum);
  }

  #isCheapSum(node: number, { plus, minus, constant }: Sum): boolean {
    const terms = plus.length + minus.length + (constant === 0n ? 0 : 1);
    if (terms > CHEAP.terms || this.#uses[node]! > CHEAP.uses || node === this.#program.outputs[0])
      return false;
    return [...plus, ...minus].every((x) => x < this.#firstOperation);
  }

  /**
   * Shared sums that mostly have something subtracted from them: they are kept with the multiple of r that this takes, at once
   * for all who do.
   */
  #chooseOffset(): Set<number> {
    const subtractedFrom = new Map<number, number>();
    for (const { plus, minus } of this.#sums.values()) {
      if (minus.length === 0) continue;
      for (const x of plus) if (this.#sums.has(x)) subtractedFrom.set(x, (subtractedFrom.get(x) ?? 0) + 1);
    }
    return new Set([...subtractedFrom].filter(([x, times]) => 2 * times > this.#uses[x]!).map(([x]) => x));
  }

  #product(a: Signed, b: Signed): Signed {
    return { node: this.#emit('mulmod', a.node, b.node), negative: a.negative !== b.negative };
  }

  #sum(flat: number): Signed {
    const { plus, minus, constant } = this.#sums.get(flat)!;
    const [added, taken]: [number[], number[]] = [[], []];
    for (const [list, negative] of [
      [plus, false],
      [minus, true],
    ] as const) {
      for (const x of list) {
        const value = this.#value(x);
        (value.negative === negative ? added : taken).push(value.node);
      }
    }
    const offset = this.#offset.has(flat);
    const negated = FR_MODULUS - constant;
    if (constant !== 0n) {
      if (negated < SMALL && (taken.length > 0 || offset)) taken.push(this.#constant(negated));
      else added.push(this.#constant(constant));
    }
    if (added.length === 0 && !offset)
      return { node: this.#fold(taken, LARGEST), negative: taken.length > 0 };
    return { node: this.#difference(added, taken, offset), negative: false };
  }

  /** `Σ added − Σ taken`, with a multiple of r on top that keeps it positive; with `offset` one that leaves room for more. */
  #difference(added: readonly number[], taken: readonly number[], offset = false): number {
    if (taken.length === 0) return this.#fold(added, LARGEST);
    const [room, whole] = [2n * FR_MODULUS, LAZY * FR_MODULUS];
    const low = added.reduce((sum, x) => sum + this.#bound(x).low, 0n);
    const away = this.#fold(taken, low >= room ? low : whole);
    const { high } = this.#bound(away);
    const least = offset ? whole : high;
    const onlyConstant = added.length === 1 && this.#isConstant(added[0]!);
    if (added.length === 0 || onlyConstant) {
      return this.#emit('sub', this.#multiple(least, onlyConstant ? low : 0n), away);
    }
    const kept = this.#fold(added, LARGEST);
    if (this.#bound(kept).low >= high + (offset ? room : 0n)) return this.#emit('sub', kept, away);
    return this.#added(kept, this.#emit('sub', this.#multiple(least, 0n), away));
  }

  /** The sum of all, at most `most`: reduced where it must be. */
  #fold(nodes: readonly number[], most: bigint): number {
    if (nodes.length === 0) return this.#constant(0n);
    const total = nodes.reduce((sum, x) => sum + this.#bound(x).high, 0n);
    if (nodes.length === 1) return total <= most ? nodes[0]! : this.#reduced(nodes[0]!);
    const last = nodes.at(-1)!;
    const sum = nodes.slice(0, -1).reduce((all, x) => this.#added(all, x));
    return total <= most ? this.#added(sum, last) : this.#emit('addmod', sum, last);
  }

  #added(a: number, b: number): number {
    const fits = this.#bound(a).high + this.#bound(b).high <= LARGEST;
    return this.#emit(fits ? 'add' : 'addmod', a, b);
  }

  #reduced(node: number): number {
    if (this.#bound(node).high < FR_MODULUS) return node;
    // The last operation can be one that reduces.
    const last = this.#operations.length - 1;
    if (node === last && this.#operations[last]!.op === 'add') {
      const { a, b } = this.#operations.pop()!;
      return this.#emit('addmod', a, b);
    }
    return this.#emit('addmod', node, this.#constant(0n));
  }

  #value(flat: number): Signed {
    if (flat >= this.#firstOperation) return this.#valueOf.get(flat) ?? this.#sum(flat);
    const challenge = flat - this.#program.columns;
    const constant = challenge - this.#program.challenges.length;
    const node =
      challenge < 0
        ? this.#leaf({ kind: 'column', index: flat }, FR_MODULUS - 1n)
        : constant < 0
          ? this.#leaf({ kind: 'challenge', index: challenge }, FR_MODULUS - 1n)
          : this.#constant(this.#program.constants[constant]!);
    return { node, negative: false };
  }

  #constant(value: bigint): number {
    return this.#leaf({ kind: 'constant', value }, value, value);
  }

  #isConstant(node: number): boolean {
    return node < 0 && this.#leaves[-1 - node]!.kind === 'constant';
  }

  /** r, or `LAZY·r` where that is less than `least`, and `plus`. */
  #multiple(least: bigint, plus: bigint): number {
    const times = least <= FR_MODULUS ? 1n : LAZY;
    const value = times * FR_MODULUS + plus;
    return this.#leaf({ kind: 'multiple', times, plus }, value, value);
  }

  #leaf(leaf: Leaf, high: bigint, low = 0n): number {
    const id = Object.values(leaf).join(' ');
    const known = this.#leafNode.get(id);
    if (known !== undefined) return known;
    const node = -1 - this.#leaves.length;
    this.#leaves.push(leaf);
    this.#leafNode.set(id, node);
    this.#bounds.set(node, { low, high });
    return node;
  }

  #bound(node: number): Bounds {
    return this.#bounds.get(node)!;
  }

  #emit(op: Operation['op'], a: number, b: number): number {
    const [x, y] = [this.#bound(a), this.#bound(b)];
    const bounds =
      op === 'add'
        ? { low: x.low + y.low, high: x.high + y.high }
        : op === 'sub'
          ? { low: x.low - y.high, high: x.high - y.low }
          : { low: 0n, high: FR_MODULUS - 1n };
    if (bounds.low < 0n || bounds.high > LARGEST) throw new RangeError('lower: a value would wrap');
    const node = this.#operations.push({ op, a, b }) - 1;
    this.#bounds.set(node, bounds);
    return node;
  }
}

/** How often each node is read by what the output needs, the output once more. */
function countUses({ operations, outputs }: FlatProgram, firstOperation: number): number[] {
  const uses = new Array<number>(firstOperation + operations.length).fill(0);
  uses[outputs[0]!]! += 1;
  for (let i = operations.length - 1; i >= 0; i--) {
    if (uses[firstOperation + i] === 0) continue;
    const [, a, b] = operations[i]!;
    uses[a]! += 1;
    uses[b]! += 1;
  }
  return uses;
}
