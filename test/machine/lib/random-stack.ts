/**
 * Random valid modules about the operand stack: values stay on it over blocks, blocks and loops take what lies there as
 * their parameters, branches carry copies of locals and constants, and locals are assigned while copies of them wait. What
 * a seed gives never changes with the run. No instruction gives a NaN whose bits the engine chooses.
 */
import type { Code, ModuleParts, NumberType } from '../../../sdk/src/wasm/index.ts';
import { Random } from './random.ts';

type Item = Code[number];
type Type = 'i32' | 'i64' | 'f64' | 'funcref';
interface Signature {
  readonly params: readonly Type[];
  readonly results: readonly Type[];
}

const NUMBERS: readonly Type[] = ['i32', 'i32', 'i64', 'f64'];
const TYPES: readonly Type[] = [...NUMBERS, 'funcref'];
/** Functions in the table: the first ones, so that calls never go round. */
const TABLED = 3;
/** Globals: fuel that every loop and call takes from, and two more. */
const [FUEL, SOURCE, SINK] = [0, 1, 2];
const MAX_DEPTH = 5;

const CONSTANTS: Readonly<Record<NumberType, readonly bigint[]>> = {
  i32: [0n, 1n, 2n, 5n, 0xffff_ffffn, 0x7fff_ffffn, 0x8000_0000n],
  i64: [0n, 1n, 77n, 1n << 32n, 1n << 63n, (1n << 64n) - 1n],
  f32: [0n],
  f64: [0n, 1n << 63n, 0x3ff0_0000_0000_0000n, 0x7ff8_0000_0000_0000n],
};
/** By type of the operands: instructions, how many operands they take, the type of the result. */
const OPERATIONS: Readonly<Record<Type, readonly (readonly [Item, number, Type])[]>> = {
  i32: [
    ...(['add', 'sub', 'mul', 'xor', 'shl', 'shr_s', 'rotr', 'lt_s', 'eq', 'div_s'] as const).map(
      (name) => [`i32.${name}`, 2, 'i32'] as const,
    ),
    ...(['clz', 'eqz', 'extend8_s'] as const).map((name) => [`i32.${name}`, 1, 'i32'] as const),
    ['i64.extend_i32_s', 1, 'i64'],
    ['i64.extend_i32_u', 1, 'i64'],
  ],
  i64: [
    ...(['add', 'sub', 'mul', 'and', 'shr_s', 'shr_u', 'rotr', 'rem_s', 'div_u'] as const).map(
      (name) => [`i64.${name}`, 2, 'i64'] as const,
    ),
    ...(['lt_s', 'gt_s'] as const).map((name) => [`i64.${name}`, 2, 'i32'] as const),
    ['i64.eqz', 1, 'i32'],
    ['i32.wrap_i64', 1, 'i32'],
  ],
  f64: [
    ['f64.neg', 1, 'f64'],
    ['f64.abs', 1, 'f64'],
    ['f64.copysign', 2, 'f64'],
    ['f64.lt', 2, 'i32'],
    ['i64.reinterpret_f64', 1, 'i64'],
  ],
  funcref: [['ref.is_null', 1, 'i32']],
};

class Body {
  readonly code: Item[] = [];
  readonly locals: readonly Type[];
  private readonly random: Random;
  private readonly all: readonly Signature[];
  private readonly self: number;
  private readonly typeIndex: (signature: Signature) => number;
  private stack: Type[] = [];
  /** Height at which the innermost block began, without its parameters. */
  private base = 0;
  /** What branches to each label carry, the outermost first. */
  private readonly labels: (readonly Type[])[];
  private budget = 90;

  constructor(
    random: Random,
    all: readonly Signature[],
    self: number,
    typeIndex: (signature: Signature) => number,
  ) {
    this.random = random;
    this.all = all;
    this.self = self;
    this.typeIndex = typeIndex;
    const { params, results } = all[self];
    this.labels = [results];
    // Few, so that many copies are of the same one.
    this.locals = [...params, 'i32', 'i64', 'funcref', 'f64'];
    this.spend();
    for (let i = 4 + random.below(12); i > 0 && this.budget > 0; i--) this.step(0);
    while (this.stack.length > results.length) this.sink();
    this.want(results);
    this.emit(random.chance(50) ? 'return' : ['br', 0]);
  }

  private emit(...items: Item[]): void {
    this.code.push(...items);
    this.budget -= items.length;
  }

  private spend(): void {
    this.emit(['global.get', FUEL], 'i32.eqz', 'if', 'unreachable', 'end');
    this.emit(['global.get', FUEL], ['i32.const', 1], 'i32.sub', ['global.set', FUEL]);
  }

  private localOf(type: Type): number {
    return this.random.pick(this.locals.flatMap((local, i) => (local === type ? [i] : [])));
  }

  private labelAt(depth: number): readonly Type[] {
    return this.labels[this.labels.length - 1 - depth];
  }

  /** Pushes a copy of a local or a constant. */
  private value(type: Type): void {
    if (this.random.chance(70)) this.emit(['local.get', this.localOf(type)]);
    else this.emit(this.constant(type));
    this.stack.push(type);
  }

  private constant(type: Type): Item {
    const { random } = this;
    if (type === 'funcref')
      return random.chance(50) ? ['ref.null', 'funcref'] : ['ref.func', random.below(TABLED)];
    return constant(type, random.pick(CONSTANTS[type]));
  }

  /** Makes the top of the stack of these types: mostly of what lies there already. */
  private want(types: readonly Type[]): void {
    const { stack, base, random } = this;
    let reused = Math.min(types.length, stack.length - base);
    const fits = (): boolean => stack.slice(stack.length - reused).every((type, i) => type === types[i]);
    while (reused > 0 && !(fits() && random.chance(85))) reused--;
    for (const type of types.slice(reused)) this.value(type);
  }

  private replace(operands: number, results: readonly Type[]): void {
    this.stack.length -= operands;
    this.stack.push(...results);
  }

  /** One statement. False where what follows is unreachable. */
  private step(depth: number): boolean {
    const { random, stack } = this;
    const kind = random.below(100);
    if (kind < 22 || stack.length === this.base) this.value(random.pick(TYPES));
    else if (kind < 37) this.assign();
    else if (kind < 39) this.sink();
    else if (kind < 48) this.operation();
    else if (kind < 54) this.select();
    else if (kind < 74) this.structured(depth);
    else if (kind < 84) {
      const target = random.below(this.labels.length);
      this.want(this.labelAt(target));
      this.condition();
      this.emit(['br_if', target]);
      this.stack.pop();
    } else if (kind < 88) {
      if (depth > 0) this.leave();
      return depth === 0;
    } else if (kind < 96) this.call();
    else {
      this.emit(['global.get', SOURCE]);
      if (random.chance(50)) this.emit(['global.set', SINK]);
      else stack.push('i64');
    }
    return true;
  }

  /** Takes a value off the stack into a global, where a wrong one shows. */
  private sink(): void {
    const type = this.stack.pop();
    if (type === 'funcref') this.emit('ref.is_null');
    if (type === 'f64') this.emit('i64.reinterpret_f64');
    else if (type !== 'i64') this.emit('i64.extend_i32_u');
    this.emit(['global.get', SINK], ['i64.const', 31n], 'i64.mul', 'i64.add', ['global.set', SINK]);
    // Else there would be few values left on the stack.
    this.budget += 5;
  }

  private assign(): void {
    const { random, stack } = this;
    // A new value, or a copy of the local itself would often come.
    if (random.chance(70)) this.operation();
    const type = stack.at(-1) as Type;
    const keeps = random.chance(50);
    this.emit([keeps ? 'local.tee' : 'local.set', this.localOf(type)]);
    if (!keeps) stack.pop();
  }

  private operation(): void {
    const { random } = this;
    const type = this.stack.at(-1) as Type;
    if (type === 'funcref' && random.chance(60)) {
      this.table();
      return;
    }
    const [item, operands, result] = random.pick(OPERATIONS[type]);
    this.want(Array.from({ length: operands }, () => type));
    this.emit(item);
    this.replace(operands, [result]);
  }

  /** With a reference on the stack. */
  private table(): void {
    const { random } = this;
    const at: Item = ['i32.const', random.below(TABLED + 2)];
    const local = this.localOf('funcref');
    if (random.chance(30)) {
      this.emit(['i32.const', random.below(8)], ['table.grow', 0]);
      this.replace(1, ['i32']);
    } else if (random.chance(50)) this.emit(['local.tee', local], at, ['local.get', local], ['table.set', 0]);
    else this.emit('drop', at, ['table.get', 0]);
  }

  /** Pushes an i32, sometimes by a comparison right before what takes it. */
  private condition(): void {
    const { random } = this;
    this.value('i32');
    if (random.chance(30)) {
      const comparison = random.pick(['i32.eq', 'i32.ne', 'i32.lt_s', 'i32.lt_u', 'i32.gt_u'] as const);
      this.emit(['i32.const', random.below(3)], comparison);
    } else if (random.chance(15)) this.emit('i32.eqz');
  }

  private select(): void {
    const { random } = this;
    const type = random.pick(TYPES);
    this.want([type, type, 'i32']);
    const test = random.below(5);
    if (test === 0) this.emit('i32.eqz');
    else if (test === 1)
      this.emit(['i32.const', 0], random.pick(['i32.ne', 'i32.eq', 'i32.gt_u', 'i32.le_u'] as const));
    else if (test === 2) {
      const comparison = random.pick(['i64.gt_s', 'i64.ne', 'i64.le_s'] as const);
      this.emit('i64.extend_i32_s', constant('i64', 1n << 63n), comparison);
    }
    this.emit(type === 'funcref' || random.chance(20) ? ['select_t', [type]] : 'select');
    this.replace(3, [type]);
  }

  /** A block, loop or if whose parameters are what lies on the stack. */
  private structured(depth: number): void {
    if (depth >= MAX_DEPTH || this.budget <= 0) return;
    const { random } = this;
    const kind = random.pick(['block', 'loop', 'if', 'if'] as const);
    if (kind === 'if') {
      if (this.stack.at(-1) !== 'i32' || random.chance(50)) this.condition();
      this.stack.pop();
    }
    const params = this.stack.splice(this.stack.length - random.below(this.available() + 1));
    // Types that lie on the stack are those that branches find there.
    const results = random.chance(50)
      ? params
      : Array.from({ length: random.below(4) }, () => random.pick(TYPES));
    const outer = [...this.stack];
    const outerBase = this.base;
    this.base = outer.length;
    this.emit([kind, this.typeIndex({ params, results })]);
    this.labels.push(kind === 'loop' ? params : results);
    for (let branch = 0; branch < (kind === 'if' ? 2 : 1); branch++) {
      if (branch > 0) this.emit('else');
      this.stack = [...outer, ...params];
      if (kind === 'loop') this.spend();
      this.inside(results, depth, kind === 'loop');
    }
    this.emit('end');
    this.labels.pop();
    this.base = outerBase;
    this.stack = [...outer, ...results];
  }

  /** How many values of the innermost block may become parameters of another. */
  private available(): number {
    return Math.min(4, this.stack.length - this.base);
  }

  private inside(results: readonly Type[], depth: number, loop: boolean): void {
    const { random } = this;
    let reachable = true;
    for (let i = 1 + random.below(5); i > 0 && reachable && this.budget > -20; i--)
      reachable = this.step(depth + 1);
    const fits = (): boolean => {
      const values = this.stack.slice(this.base);
      return values.length <= results.length && values.every((type, i) => type === results[i]);
    };
    while (reachable && !fits()) {
      if (!loop && random.chance(20)) {
        // A branch may leave more behind than a block.
        this.want(results);
        this.emit(['br', 0]);
        reachable = false;
      } else {
        this.sink();
      }
    }
    if (reachable) for (const type of results.slice(this.stack.length - this.base)) this.value(type);
    else if (random.chance(30)) this.emit('unreachable');
    else for (const type of results) this.emit(this.constant(type));
  }

  /** An unconditional branch, or a return. */
  private leave(): void {
    const { random, labels } = this;
    const target = random.below(labels.length);
    const types = this.labelAt(target);
    this.want(types);
    if (random.chance(60)) {
      const fitting = labels.map((_, i) => i).filter((i) => `${this.labelAt(i)}` === `${types}`);
      this.value('i32');
      this.emit([
        'br_table',
        [...Array.from({ length: random.below(6) }, () => random.pick(fitting)), target],
      ]);
    } else this.emit(target === labels.length - 1 && random.chance(50) ? 'return' : ['br', target]);
  }

  /** Of an earlier function, directly or by the table. */
  private call(): void {
    const { random, self } = this;
    if (self === 0) return;
    const callee = random.below(self);
    const { params, results } = this.all[callee];
    this.want(params);
    if (self >= TABLED && callee < TABLED && random.chance(40)) {
      if (random.chance(80)) this.emit(['i32.const', callee]);
      else this.emit(['local.get', this.localOf('i32')]);
      this.emit(['call_indirect', this.typeIndex({ params, results }), 0]);
    } else this.emit(['call', callee]);
    this.replace(params.length, results);
  }
}

/** A constant from its word. */
function constant(type: NumberType, value: bigint): Item {
  return type === 'i32' ? ['i32.const', Number(value)] : [`${type}.const`, value];
}

/** A module that exports every function as f0, f1, …, its table as t0 and its globals as g0, g1, …. The last takes numbers. */
export function stackModule(seed: number): ModuleParts {
  const random = new Random(seed);
  const types: string[] = [];
  const typeIndex = ({ params, results }: Signature): number => {
    const name = `${params.join(' ')} -> ${results.join(' ')}`;
    if (!types.includes(name)) types.push(name);
    return types.indexOf(name);
  };
  const all = Array.from({ length: TABLED + 1 }, (_, i): Signature => {
    const among = i === TABLED ? NUMBERS : TYPES;
    const list = (most: number): Type[] =>
      Array.from({ length: random.below(most + 1) }, () => random.pick(among));
    return { params: list(4), results: list(5) };
  });
  const functions = all.map((signature, i) => {
    const { code, locals } = new Body(random, all, i, typeIndex);
    return { type: typeIndex(signature), locals: locals.slice(signature.params.length), code };
  });
  return {
    types,
    functions,
    tables: [{ type: 'funcref', limits: { min: TABLED + 1, max: 30 } }],
    elements: [{ offset: [['i32.const', 0]], functions: Array.from({ length: TABLED }, (_, i) => i) }],
    globals: [
      { type: 'i32', mutable: true, init: [['i32.const', 300]] },
      { type: 'i64', mutable: true, init: [['i64.const', 5n]] },
      { type: 'i64', mutable: true, init: [['i64.const', 5n]] },
    ],
    exports: [
      ...all.map((_, i) => [`f${i}`, 'func', i] as const),
      ['t0', 'table', 0],
      ...[FUEL, SOURCE, SINK].map((i) => [`g${i}`, 'global', i] as const),
    ],
  };
}
