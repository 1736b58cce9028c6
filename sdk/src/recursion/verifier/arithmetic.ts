/**
 * Arithmetic over elements that is written down as late as possible: an operation of a program is `a·b + s·c + k`, so constants, signs and one sum ride along
 * with a product and cost nothing.
 */
import type { FlatProgram } from '../../expr/program.ts';
import { ADD, SUB } from '../../expr/program.ts';
import { Fr } from '../../field/field.ts';
import type { Combination, ProgramBuilder } from '../builder.ts';
import type { Element } from '../program.ts';

/** `scale·element + constant`; without an element a constant. */
interface Affine {
  readonly kind: 'affine';
  readonly scale: bigint;
  readonly element: Element | undefined;
  readonly constant: bigint;
}

/** `scale·a·b + tail + constant`, not written yet; without `b` it is `scale·a + …`. */
interface Pending {
  readonly kind: 'pending';
  readonly scale: bigint;
  readonly a: Element;
  readonly b: Element | undefined;
  readonly tail: { readonly scale: bigint; readonly element: Element } | undefined;
  readonly constant: bigint;
}

export type Term = Affine | Pending;

const affine = (scale: bigint, element: Element | undefined, constant: bigint): Affine =>
  scale === 0n || element === undefined
    ? { kind: 'affine', scale: 0n, element: undefined, constant }
    : { kind: 'affine', scale, element, constant };

export class Arithmetic {
  readonly builder: ProgramBuilder;

  constructor(builder: ProgramBuilder) {
    this.builder = builder;
  }

  constant(value: bigint | number): Term {
    return affine(0n, undefined, Fr.from(value));
  }

  of(element: Element): Term {
    return affine(1n, element, 0n);
  }

  scale(x: Term, by: bigint): Term {
    const factor = Fr.from(by);
    if (factor === 0n) return this.constant(0n);
    const constant = Fr.mul(x.constant, factor);
    if (x.kind === 'affine') return affine(Fr.mul(x.scale, factor), x.element, constant);
    const tail = x.tail && { ...x.tail, scale: Fr.mul(x.tail.scale, factor) };
    return { ...x, scale: Fr.mul(x.scale, factor), tail, constant };
  }

  add(x: Term, y: Term): Term {
    if (isConstant(y)) return { ...x, constant: Fr.add(x.constant, y.constant) };
    if (isConstant(x)) return this.add(y, x);
    if (x.kind === 'affine' && y.kind === 'affine') {
      const constant = Fr.add(x.constant, y.constant);
      if (x.element === y.element) return affine(Fr.add(x.scale, y.scale), x.element, constant);
      const tail = { scale: y.scale, element: y.element! };
      return { kind: 'pending', scale: x.scale, a: x.element!, b: undefined, tail, constant };
    }
    // One of them waits, and has room for the other where that is written.
    if (x.kind === 'pending' && x.tail === undefined) return this.#withTail(x, this.written(y));
    if (y.kind === 'pending' && y.tail === undefined) return this.#withTail(y, this.written(x));
    return this.add(this.written(x), this.written(y));
  }

  sub(x: Term, y: Term): Term {
    return this.add(x, this.scale(y, -1n));
  }

  mul(x: Term, y: Term): Term {
    if (isConstant(x)) return this.scale(y, x.constant);
    if (isConstant(y)) return this.scale(x, y.constant);
    let [p, q] = [this.written(x), this.written(y)];
    if (p.constant !== 0n && q.constant !== 0n) p = this.of(this.element(p)) as Affine;
    if (p.constant !== 0n) [p, q] = [q, p];
    // s·a·(t·b + k) = s·t·a·b + s·k·a
    const scale = Fr.mul(p.scale, q.scale);
    const rest = Fr.mul(p.scale, q.constant);
    const tail = rest === 0n ? undefined : { scale: rest, element: p.element! };
    return { kind: 'pending', scale, a: p.element!, b: q.element!, tail, constant: 0n };
  }

  sum(terms: readonly Term[]): Term {
    return terms.reduce<Term>((total, term) => this.add(total, term), this.constant(0n));
  }

  product(terms: readonly Term[]): Term {
    return terms.reduce<Term>((total, term) => this.mul(total, term), this.constant(1n));
  }

  /** `Σ_i terms[i]·x^i`, by Horner. */
  polynomial(terms: readonly Term[], x: Term): Term {
    return terms.reduceRight<Term>((sum, term) => this.add(this.mul(sum, x), term), this.constant(0n));
  }

  /** `x^exponent`, `exponent ≥ 0`: a number of the program, no element. */
  pow(x: Term, exponent: number): Term {
    let result: Term = this.constant(1n);
    for (let square = x, e = exponent; e > 0; e >>= 1) {
      if (e & 1) result = this.mul(result, square);
      if (e > 1) square = this.written(this.mul(square, square));
    }
    return result;
  }

  /** What waited is an element; scale and constant still ride along. */
  written(x: Term): Affine {
    if (x.kind === 'affine') return x;
    return affine(x.scale, this.builder.combine(this.#operands(x)), 0n);
  }

  element(x: Term): Element {
    if (isConstant(x)) return this.builder.constant(x.constant);
    if (x.kind === 'pending' && x.scale !== 1n && x.b === undefined && x.tail?.scale === 1n) {
      return this.element({
        ...x,
        scale: 1n,
        a: x.tail.element,
        tail: { scale: x.scale, element: x.a },
      });
    }
    const { scale, element, constant } = this.written(x);
    if (scale === 1n && constant === 0n) return element!;
    return this.builder.combine({ c: element!, scale, constant });
  }

  /** @throws RangeError for a constant that is not zero: the program would have no witness */
  assertZero(x: Term): void {
    if (isConstant(x)) {
      if (x.constant !== 0n) throw new RangeError('a constant that is not zero is shown to be zero');
      return;
    }
    const constant = Fr.mul(x.constant, Fr.inv(x.scale));
    this.builder.assertZero(x.kind === 'affine' ? { a: x.element!, constant } : this.#operands(x));
  }

  assertEqual(x: Term, y: Term): void {
    this.assertZero(this.sub(x, y));
  }

  /** That `x` is not zero. */
  assertNotZero(x: Term): void {
    this.builder.inverse(this.element(x));
  }

  /** `x` is 0 or 1. */
  assertBit(x: Term): void {
    this.assertZero(this.mul(x, this.add(x, this.constant(-1n))));
  }

  /** The output of a flat program; what is used more than once is written once. */
  evaluate(program: FlatProgram, columns: readonly Term[], challenges: readonly Term[]): Term {
    const nodes: Term[] = [
      ...columns,
      ...challenges,
      ...program.constants.map((value) => this.constant(value)),
    ];
    const uses = new Uint32Array(nodes.length + program.operations.length);
    for (const [, a, b] of program.operations) {
      uses[a]!++;
      uses[b]!++;
    }
    for (const [op, a, b] of program.operations) {
      const [x, y] = [nodes[a]!, nodes[b]!];
      const node = op === ADD ? this.add(x, y) : op === SUB ? this.sub(x, y) : this.mul(x, y);
      nodes.push(uses[nodes.length]! > 1 ? this.written(node) : node);
    }
    return nodes[program.outputs[0]!]!;
  }

  /** Of the operation that gives `x` divided by its scale. */
  #operands({ scale, a, b, tail, constant }: Pending): Combination {
    const inverse = Fr.inv(scale);
    return {
      a,
      ...(b === undefined ? {} : { b }),
      ...(tail === undefined ? {} : { c: tail.element, scale: Fr.mul(tail.scale, inverse) }),
      constant: Fr.mul(constant, inverse),
    };
  }

  #withTail(x: Pending, y: Affine): Pending {
    const tail = { scale: y.scale, element: y.element! };
    return { ...x, tail, constant: Fr.add(x.constant, y.constant) };
  }
}

export function isConstant(x: Term): boolean {
  return x.kind === 'affine' && x.element === undefined;
}
