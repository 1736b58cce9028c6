/** Expression trees to flat programs: shared nodes once, constants folded, nothing dead, the same input always the same. */
import { Fr } from '../field/field.ts';
import type { Expression } from './expression.ts';
import { ADD, type FlatProgram, MUL, type Op, SUB } from './program.ts';

/** The leaves of a program: how many columns there are and where each is, and the challenges in order. */
export interface Leaves<C> {
  readonly columns: number;
  indexOf(column: C): number;
  readonly challenges: readonly string[];
}

const OPERATION: Record<'add' | 'sub' | 'mul', Op> = { add: ADD, sub: SUB, mul: MUL };

/**
 * A program with one output for each expression, in order. Operations come in depth-first order, left operand first, so
 * a Horner chain keeps one accumulator alive. Throws `RangeError` for a leaf that `leaves` does not know.
 */
export function flatten<C>(outputs: readonly Expression<C>[], leaves: Leaves<C>): FlatProgram {
  const nodes = new NodeTable(leaves.columns + leaves.challenges.length);
  // By identity first: authors share subexpressions as objects, and a tree walk could be exponential.
  const seen = new Map<Expression<C>, number>();

  const visit = (e: Expression<C>): number => {
    const known = seen.get(e);
    if (known !== undefined) return known;
    const node = build(e);
    seen.set(e, node);
    return node;
  };
  const build = (e: Expression<C>): number => {
    switch (e.op) {
      case 'constant':
        return nodes.constant(Fr.from(e.value));
      case 'column':
        return inRange(leaves.indexOf(e.column), leaves.columns, 'column');
      case 'challenge':
        return leaves.columns + inRange(leaves.challenges.indexOf(e.name), leaves.challenges.length, e.name);
      default: {
        const left = visit(e.left);
        return nodes.operation(OPERATION[e.op], left, visit(e.right));
      }
    }
  };

  return nodes.program(outputs.map(visit), leaves);
}

function inRange(index: number, count: number, what: string): number {
  if (!(index >= 0 && index < count)) throw new RangeError(`flatten: unknown leaf (${what})`);
  return index;
}

/** Of each sign half of them: two numbers and an operation are one number that a double holds. */
const MOST_NODES = 2 ** 25;

/**
 * Interned nodes under provisional numbers: leaves `0 … leaves-1` keep theirs, constants are negative (their number is
 * known only at the end), operations follow the leaves.
 */
class NodeTable {
  readonly #leaves: number;
  readonly #constants: bigint[] = [];
  readonly #constantNode = new Map<bigint, number>();
  readonly #operations: (readonly [Op, number, number])[] = [];
  readonly #operationNode = new Map<number, number>();

  constructor(leaves: number) {
    this.#leaves = leaves;
  }

  constant(value: bigint): number {
    let node = this.#constantNode.get(value);
    if (node === undefined) {
      this.#constants.push(value);
      node = -this.#constants.length;
      this.#constantNode.set(value, node);
    }
    return node;
  }

  operation(op: Op, a: number, b: number): number {
    const x = this.#valueOf(a);
    const y = this.#valueOf(b);
    if (x !== undefined && y !== undefined) {
      return this.constant(op === ADD ? Fr.add(x, y) : op === SUB ? Fr.sub(x, y) : Fr.mul(x, y));
    }
    if (op === MUL && (x === 0n || y === 0n)) return this.constant(0n);
    if (op === MUL ? x === 1n : op === ADD && x === 0n) return b;
    if (op === MUL ? y === 1n : y === 0n) return a;
    if (op === SUB && a === b) return this.constant(0n);
    // Addition and multiplication commute: one order of the operands, so that a·b and b·a are one node.
    const [left, right] = op !== SUB && b < a ? [b, a] : [a, b];
    const key = (op * MOST_NODES + left + MOST_NODES / 2) * MOST_NODES + right + MOST_NODES / 2;
    let node = this.#operationNode.get(key);
    if (node === undefined) {
      node = this.#leaves + this.#operations.length;
      if (node >= MOST_NODES / 2) throw new RangeError(`flatten: more than ${MOST_NODES / 2} nodes`);
      this.#operations.push([op, left, right]);
      this.#operationNode.set(key, node);
    }
    return node;
  }

  /** Drops what no output reaches (folding may have orphaned it) and gives the final numbers. */
  program<C>(outputs: readonly number[], leaves: Leaves<C>): FlatProgram {
    const liveOperation = new Array<boolean>(this.#operations.length).fill(false);
    const liveConstant = new Array<boolean>(this.#constants.length).fill(false);
    const mark = (node: number): void => {
      if (node < 0) liveConstant[-node - 1] = true;
      else if (node >= this.#leaves) liveOperation[node - this.#leaves] = true;
    };
    outputs.forEach(mark);
    for (let i = this.#operations.length - 1; i >= 0; i--) {
      const [, a, b] = this.#operations[i]!;
      if (liveOperation[i]) [a, b].forEach(mark);
    }

    const renumbered = new Map<number, number>();
    const constants = this.#constants.filter((_value, i) => {
      if (liveConstant[i]) renumbered.set(-i - 1, this.#leaves + renumbered.size);
      return liveConstant[i];
    });
    const numberOf = (node: number): number => renumbered.get(node) ?? node;
    const operations = this.#operations.flatMap(([op, a, b], i) => {
      if (!liveOperation[i]) return [];
      renumbered.set(this.#leaves + i, this.#leaves + renumbered.size);
      return [[op, numberOf(a), numberOf(b)] as const];
    });
    return {
      columns: leaves.columns,
      challenges: [...leaves.challenges],
      constants,
      operations,
      outputs: outputs.map(numberOf),
    };
  }

  #valueOf(node: number): bigint | undefined {
    return node < 0 ? this.#constants[-node - 1] : undefined;
  }
}
