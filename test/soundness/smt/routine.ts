/**
 * Several rows as one instruction: the rows that an instruction of WebAssembly is translated to, followed symbolically from the
 * entry of its program to every exit. What a row of alu or wide does is the specification that the other tests prove of it, of
 * operands of which it is proven: that they are such is to be shown here. Rows that move words, jump, call and return
 * have no choice: all their cells and targets are constants, arguments and stack are there. `drain` goes on: how often it
 * stays is a matter of the statement.
 */
import * as I from '../../../sdk/src/machine/instructions.ts';
import { MAX_FRAME, STACK, STACK_END } from '../../../sdk/src/machine/memory-map.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { extend, literal, type Word } from './solver.ts';
import { exponentOf, instruction, operandWidths, relation, resultOf } from './specification.ts';
import { apply, bits, equal, isZero, less } from './words.ts';

export interface Path {
  /** Branches taken: together the condition under which a run goes this way. */
  readonly conditions: readonly string[];
  /** What the specification of a row takes for granted, to hold under the conditions. */
  readonly required: readonly string[];
  readonly outputs: readonly Word[];
  readonly status: bigint;
}

/** More than any routine has; a loop would not end. */
const MOST_ROWS = 20_000;
const MASK = (1n << 64n) - 1n;

interface State {
  readonly pc: number;
  readonly fp: number;
  readonly slots: ReadonlyMap<number, Word>;
  /** How many arguments were read. */
  readonly read: number;
  readonly outputs: readonly Word[];
  readonly conditions: readonly string[];
  readonly required: readonly string[];
}

export class Routine {
  /** Declarations and definitions, in order. */
  readonly lines: string[] = [];
  readonly paths: Path[] = [];
  readonly #program: Program;
  readonly #arguments: readonly Word[];
  #rows = 0;
  #named = 0;
  readonly #divided = new Set<string>();

  /** @param args the words that `read` gives, each of the width of its parameter */
  constructor(program: Program, args: readonly Word[]) {
    this.#program = program;
    this.#arguments = args;
    for (const name of ['divu', 'remu']) {
      this.lines.push(`(declare-fun ${name} ((_ BitVec 64) (_ BitVec 64)) (_ BitVec 64))`);
    }
    for (const { text, width } of args) this.lines.push(`(declare-const ${text} (_ BitVec ${width}))`);
    const start = { pc: program.entry, fp: STACK, slots: new Map(), read: 0, outputs: [] };
    const open: State[] = [{ ...start, conditions: [], required: [] }];
    for (let state = open.pop(); state !== undefined; state = open.pop()) open.push(...this.#step(state));
  }

  /**
   * Quotient and remainder of unsigned numbers: two functions of which nothing is known but what follows from
   * `x = q·y + r`, `r < y` (`DIVISION_LEMMAS`).
   */
  divide(x: Word, y: Word): Readonly<Record<'divu' | 'remu', Word>> {
    const [divu, remu] = [apply('divu', x, y), apply('remu', x, y)];
    const key = `${x.text} ${y.text}`;
    if (!this.#divided.has(key)) {
      this.#divided.add(key);
      const [zero, one] = [literal(0, 64), literal(1, 64)];
      const half = apply('bvlshr', x, one);
      this.lines.push(
        `(assert (=> ${equal(y, one)} (and ${equal(divu, x)} ${equal(remu, zero)})))`,
        `(assert (=> ${less(one, y)} (not ${less(half, divu)})))`,
        `(assert (=> ${less(zero, y)} ${less(remu, y)}))`,
      );
    }
    return { divu, remu };
  }

  /** A name for a word, so that texts stay short. */
  #define(word: Word): Word {
    const text = `|word ${this.#named++}|`;
    this.lines.push(`(define-fun ${text} () (_ BitVec ${word.width}) ${word.text})`);
    return { text, width: word.width };
  }

  #step(state: State): State[] {
    if (++this.#rows > MOST_ROWS) throw new Error('the rows do not end');
    const { code } = this.#program;
    const { pc, fp, slots } = state;
    const opcode = code.opcode[pc]!;
    const it = instruction(opcode);
    const [a, b] = [code.a[pc]!, code.b[pc]!];
    const c = (BigInt(code.cHigh[pc]!) << 32n) | BigInt(code.c[pc]!);
    const slot = (offset: number): Word => {
      const word = slots.get(fp + offset);
      if (word === undefined) throw new Error(`pc ${pc} reads slot ${offset}, which nobody wrote`);
      return word;
    };
    const constantSlot = (offset: number): number => {
      const value = /^\(_ bv(\d+) 64\)$/.exec(slot(offset).text)?.[1];
      if (value === undefined) throw new Error(`pc ${pc} returns to no constant`);
      return Number(value);
    };
    const next = { ...state, pc: pc + 1 };
    const write = (key: number, word: Word): State => ({ ...next, slots: new Map([...slots, [key, word]]) });
    switch (it.name) {
      case 'mov':
        return [write(fp + a, slot(b))];
      case 'const':
        return [write(fp + a, literal(c, 64))];
      case 'jmp':
        return [{ ...state, pc: a }];
      case 'call':
        // A call without stack for it would go elsewhere.
        if (fp + b + MAX_FRAME > STACK_END) throw new Error('the stack does not suffice');
        return [{ ...write(fp + b + Number(c), literal(pc + 1, 64)), pc: a, fp: fp + b }];
      case 'ret': {
        const marker = constantSlot(a);
        if (code.opcode[marker] !== I.LEAVE.code) throw new Error(`no call before pc ${marker}`);
        return [{ ...state, pc: marker + 1, fp: fp - code.a[marker]! }];
      }
      case 'read': {
        const word = this.#arguments[state.read]!;
        if (word.width !== it.width) throw new Error(`argument ${state.read} has ${word.width} bits`);
        return [{ ...write(fp + a, extend(word, 64)), read: state.read + 1 }];
      }
      case 'write':
        return [{ ...next, outputs: [...state.outputs, slot(a)] }];
      case 'drain':
        return [next];
      case 'exit':
        this.#end(state, (BigInt(b) << 32n) | BigInt(a));
        return [];
    }
    if (!I.opcodeInfo(opcode)!.chips.some((chip) => chip === 'alu' || chip === 'wide')) {
      throw new Error(`${it.name} is not followed here`);
    }
    return this.#compute(next, it, { a, x: slot(b), y: it.immediate ? c : slot(Number(c)), slot });
  }

  /** Rows of alu and wide, by their specification. */
  #compute(
    next: State,
    it: ReturnType<typeof instruction>,
    at: { a: number; x: Word; y: bigint | Word; slot: (offset: number) => Word },
  ): State[] {
    const { name, opcode, immediate, width } = it;
    const widths = operandWidths(opcode);
    const required: string[] = [];
    /** Of its width, which the row is proven for. */
    const operand = (word: Word, of: number | undefined): Word => {
      if (of === undefined || of === 64) return word;
      required.push(less(word, literal(1n << BigInt(of), 64)));
      return bits(word, 0, of);
    };
    const x = operand(at.x, widths['oldB']);
    const wideY = typeof at.y === 'bigint' ? literal(at.y & MASK, 64) : at.y;
    const y = operand(wideY, widths[immediate ? 'c' : 'oldC']);
    if (['shl', 'shr', 'rotl', 'sarv'].includes(name)) {
      // The cases of the rows are by count, and these are all that there are.
      required.push(less(wideY, literal(name === 'rotl' ? width + 1 : width, 64)));
    }
    if (name === 'mul' || name === 'mulh') {
      required.push(less(apply('bvmul', extend(x, 128), extend(y, 128)), literal(1n << 64n, 128)));
    }
    const division =
      name === 'divu' || name === 'remu' ? this.divide(extend(x, 64), extend(y, 64))[name] : undefined;
    if (division !== undefined) required.push(`(not ${isZero(y)})`);
    const state = { ...next, required: [...next.required, ...required] };
    if (name === 'br') {
      const holds = relation(opcode, x, y);
      return [
        { ...state, pc: at.a, conditions: [...state.conditions, holds] },
        { ...state, conditions: [...state.conditions, `(not ${holds})`] },
      ];
    }
    const product = (): Word => apply('bvmul', extend(x, 128), extend(y, 128));
    const exponent = (): number => exponentOf(at.y as bigint);
    // Only `select` looks at what is there.
    const old = name === 'select' ? at.slot(at.a) : literal(0, 64);
    const result = division ?? resultOf(it, x, y, old, { product, exponent });
    const slots = new Map([...state.slots, [state.fp + at.a, this.#define(extend(result, 64))]]);
    return [{ ...state, slots }];
  }

  #end({ conditions, required, outputs }: State, status: bigint): void {
    this.paths.push({ conditions, required, outputs, status });
  }
}

/**
 * `x = q·y + r`, `0 ≤ r < y` over all integers, and what `Routine.divide` says of q and r does not follow: to be refuted. The last
 * two tie the magnitudes of a signed division to the integer that is truncated: with q and r of |x| and |y|, `x = t·y + m`
 * for t = ±q, m = ±r, m has the sign of x or is 0, and |m| < |y|.
 */
export const DIVISION_LEMMAS: readonly (readonly [what: string, script: string])[] = (() => {
  const known = (names: readonly string[]): string[] => names.map((name) => `(declare-const ${name} Int)`);
  const division = [
    ...known(['x', 'y', 'q', 'r']),
    '(assert (and (>= q 0) (>= r 0) (< r y) (= x (+ (* q y) r))))',
  ];
  const truncation = [
    ...known(['i', 'j', 'x', 'y', 'q', 'r', 't', 'm']),
    '(assert (and (>= q 0) (>= r 0) (< r y) (= x (+ (* q y) r))))',
    '(assert (and (= x (ite (< i 0) (- i) i)) (= y (ite (< j 0) (- j) j))))',
    '(assert (and (= t (ite (= (< i 0) (< j 0)) q (- q))) (= m (ite (< i 0) (- r) r))))',
  ];
  const lemma = (given: readonly string[], claim: string): string =>
    [...given, `(assert (not ${claim}))`].join('\n');
  return [
    ['a divisor of 1', lemma(division, '(=> (= y 1) (and (= q x) (= r 0)))')],
    ['a divisor of 2 or more', lemma(division, '(=> (>= y 2) (<= (* 2 q) x))')],
    ['the truncated quotient', lemma(truncation, '(= i (+ (* t j) m))')],
    [
      'its remainder',
      lemma(truncation, '(and (< (ite (< m 0) (- m) m) y) (=> (< i 0) (<= m 0)) (=> (>= i 0) (>= m 0)))'),
    ],
  ];
})();
