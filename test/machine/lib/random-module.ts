/**
 * Random valid modules: what a seed gives never changes with the run. NaN that arithmetic may give, of which the engine
 * chooses the bits, are made canonical at once, so that nothing can tell engines apart.
 */
import type { Code, ModuleParts, NumberType } from '../../../sdk/src/wasm/index.ts';
import { Random } from './random.ts';
import { loadsOf, mayGiveNan, pureByName, pureOf, stores } from './random-opcodes.ts';

type Item = Code[number];
interface Signature {
  readonly params: readonly NumberType[];
  readonly results: readonly NumberType[];
}

/** Globals: fuel that every loop and call takes from, then two of each type. */
const FUEL = 0;
const GLOBALS: readonly NumberType[] = ['i32', 'i32', 'i64', 'i32', 'i64', 'f32', 'f64', 'f64'];
const MASK = 0x1ff;

const text = ({ params, results }: Signature): string => `${params.join(' ')} -> ${results.join(' ')}`;

interface Label {
  /** What a branch to it carries. */
  readonly types: readonly NumberType[];
}

class Body {
  readonly code: Item[] = [];
  readonly locals: NumberType[];
  /** How many of them code uses at will; two more are for making NaN canonical. */
  private readonly free: number;
  private readonly labels: Label[];
  private readonly random: Random;
  private readonly all: readonly Signature[];
  private readonly self: number;
  private readonly typeIndex: (signature: Signature) => number;
  private budget: number;

  constructor(
    random: Random,
    all: readonly Signature[],
    self: number,
    typeIndex: (signature: Signature) => number,
    { budget, statements }: Size,
  ) {
    this.random = random;
    this.all = all;
    this.self = self;
    this.typeIndex = typeIndex;
    this.labels = [{ types: all[self].results }];
    const extra = Array.from({ length: random.below(5) }, () => random.type());
    const pool = [...all[self].params, ...extra, 'i32', 'i64', 'f32', 'f64'] as const;
    this.locals = [...pool, 'f32', 'f64'];
    this.free = pool.length;
    this.budget = budget;
    this.spend();
    for (let i = 2 + random.below(statements); i > 0; i--) this.statement(0);
    for (const type of all[self].results) this.expression(type, 0);
  }

  private emit(...items: Item[]): void {
    this.code.push(...items);
    this.budget -= items.length;
  }

  private spend(): void {
    this.emit(['global.get', FUEL], 'i32.eqz', 'if', 'unreachable', 'end');
    this.emit(['global.get', FUEL], ['i32.const', 1], 'i32.sub', ['global.set', FUEL]);
  }

  private localOf(type: NumberType): number {
    const fitting = this.locals.flatMap((local, i) => (i < this.free && local === type ? [i] : []));
    return this.random.pick(fitting);
  }

  private globalOf(type: NumberType): number {
    return this.random.pick(GLOBALS.flatMap((global, i) => (i !== FUEL && global === type ? [i] : [])));
  }

  private constant(type: NumberType, value: bigint): void {
    this.emit(constant(type, value));
  }

  private address(depth: number): void {
    this.expression('i32', depth + 1);
    if (this.random.chance(99)) this.emit(['i32.const', MASK], 'i32.and');
  }

  /** Pushes one value. */
  private expression(type: NumberType, depth: number): void {
    const { random } = this;
    if (depth > 5 || this.budget < 0 || random.chance(25)) {
      if (random.chance(65)) this.emit(['local.get', this.localOf(type)]);
      else this.constant(type, random.value(type));
      return;
    }
    const kind = random.below(100);
    if (kind < 45) {
      let op = random.pick(pureOf.get(type) ?? []);
      // Most truncations saturate, or most calls would trap.
      const saturating = op.name.replace('.trunc_f', '.trunc_sat_f');
      if (random.chance(85)) op = pureByName.get(saturating) ?? op;
      for (const operand of (op.type?.params ?? []) as NumberType[]) this.expression(operand, depth + 1);
      // Most divisors are made odd, or most calls would trap.
      if (/^i.*(div|rem)/.test(op.name) && random.chance(85)) {
        this.constant(type, 1n);
        this.emit(`${type as 'i32' | 'i64'}.or`);
      }
      this.emit(op.name);
      if (mayGiveNan(op.name)) this.canonicalise(type as 'f32' | 'f64');
    } else if (kind < 55) {
      this.expression(type, depth + 1);
      this.emit(['local.tee', this.localOf(type)]);
    } else if (kind < 63) {
      const op = random.pick(loadsOf.get(type) ?? []);
      this.address(depth);
      this.emit([op.name, 0, random.below(12)]);
    } else if (kind < 71) {
      this.expression(type, depth + 1);
      this.expression(type, depth + 1);
      this.expression('i32', depth + 1);
      this.emit('select');
    } else if (kind < 75) this.emit(['global.get', this.globalOf(type)]);
    else if (kind < 88) this.structured([type], depth);
    else if (kind < 95) this.call(depth, [type]);
    else if (type === 'i32') {
      if (random.chance(50)) this.emit('memory.size');
      else this.emit(['i32.const', random.below(3)], 'memory.grow');
    } else this.constant(type, random.value(type));
  }

  private canonicalise(type: 'f32' | 'f64'): void {
    const scratch = this.free + (type === 'f32' ? 0 : 1);
    this.emit(['local.tee', scratch], [`${type}.const`, Number.NaN]);
    this.emit(['local.get', scratch], ['local.get', scratch], `${type}.eq`, 'select');
  }

  /** A block, loop or if with the given results, sometimes with parameters. */
  private structured(results: readonly NumberType[], depth: number): void {
    const { random } = this;
    const params = Array.from({ length: random.chance(30) ? 1 + random.below(2) : 0 }, () => random.type());
    for (const type of params) this.expression(type, depth + 1);
    const kind = random.pick(['block', 'block', 'loop', 'if', 'if'] as const);
    if (kind === 'if') this.expression('i32', depth + 1);
    const simple = params.length === 0 && results.length <= 1;
    if (simple && results.length === 0) this.emit(kind);
    else if (simple) this.emit([kind, results[0]]);
    else this.emit([kind, this.typeIndex({ params, results })]);
    this.labels.push({ types: kind === 'loop' ? params : results });
    if (kind === 'loop') this.spend();
    this.inside(params, results, depth);
    if (kind === 'if' && (results.length > 0 || params.length > 0 || random.chance(50))) {
      this.emit('else');
      this.inside(params, results, depth);
    }
    this.labels.pop();
    this.emit('end');
  }

  private inside(params: readonly NumberType[], results: readonly NumberType[], depth: number): void {
    const { random } = this;
    // Parameters lie on the stack: some are used up, the others go to locals.
    for (const type of [...params].reverse()) {
      if (random.chance(70)) this.emit(['local.set', this.localOf(type)]);
      else this.emit('drop');
    }
    for (let i = random.below(4); i > 0; i--) this.statement(depth + 1);
    if (random.chance(12)) {
      this.leave(depth);
      if (random.chance(50)) this.emit(['i32.const', 1], 'drop');
    }
    for (const type of results) this.expression(type, depth + 1);
    if (random.chance(15)) {
      // The results are there; a branch may take them early.
      const at = this.labels.length - 1;
      if (this.labels[at].types === results) {
        this.expression('i32', depth + 1);
        this.emit(['br_if', 0]);
      }
    }
  }

  /** An unconditional branch, return or trap; what comes after is unreachable. */
  private leave(depth: number): void {
    const { random } = this;
    if (random.chance(3)) {
      this.emit('unreachable');
      return;
    }
    const out = random.chance(30);
    const target = out ? this.labels.length - 1 : random.below(this.labels.length);
    if (out && random.chance(50) && this.tailCall(depth)) return;
    for (const type of this.labelAt(target).types) this.expression(type, depth + 1);
    if (out) this.emit('return');
    else if (random.chance(55)) this.emit(['br', target]);
    else {
      const fitting = this.labels
        .map((_, i) => i)
        .filter((i) => `${this.labelAt(i).types}` === `${this.labelAt(target).types}`);
      const targets = Array.from({ length: random.below(7) }, () => random.pick(fitting));
      this.expression('i32', depth + 1);
      if (random.chance(70)) this.emit(['i32.const', 7], 'i32.and');
      this.emit(['br_table', [...targets, target]]);
    }
  }

  private labelAt(depth: number): Label {
    return this.labels[this.labels.length - 1 - depth];
  }

  private statement(depth: number): void {
    const { random } = this;
    if (this.budget < 0) return;
    if (random.chance(8)) {
      this.tables(depth);
      return;
    }
    const kind = random.below(100);
    const type = random.type();
    if (kind < 35) {
      this.expression(type, depth + 1);
      this.emit(['local.set', this.localOf(type)]);
    } else if (kind < 45) {
      this.expression(type, depth + 1);
      this.emit(['global.set', this.globalOf(type)]);
    } else if (kind < 58) {
      const op = random.pick(stores);
      this.address(depth);
      this.expression(op.type?.params[1] as NumberType, depth + 1);
      this.emit([op.name, 0, random.below(12)]);
    } else if (kind < 62) {
      const bulk = random.chance(50);
      this.address(depth);
      if (bulk) this.address(depth);
      else this.expression('i32', depth + 1);
      this.expression('i32', depth + 1);
      this.emit(['i32.const', 63], 'i32.and', bulk ? 'memory.copy' : 'memory.fill');
    } else if (kind < 80) {
      if (depth >= 5) return;
      const results = Array.from({ length: random.below(3) }, () => random.type());
      this.structured(results, depth);
      for (const item of [...results].reverse()) {
        if (random.chance(60)) this.emit(['local.set', this.localOf(item)]);
        else this.emit('drop');
      }
    } else if (kind < 90) {
      const target = random.below(this.labels.length);
      for (const item of this.labelAt(target).types) this.expression(item, depth + 1);
      this.expression('i32', depth + 1);
      this.emit(['br_if', target]);
      for (const item of [...this.labelAt(target).types].reverse())
        this.emit(['local.set', this.localOf(item)]);
    } else if (kind < 96) this.call(depth, undefined);
    else {
      this.expression(type, depth + 1);
      this.emit('drop');
    }
  }

  /** An instruction on tables, references or segments. */
  private tables(depth: number): void {
    const { random } = this;
    const index = (most: number): void => {
      this.expression('i32', depth + 1);
      if (random.chance(95)) this.emit(['i32.const', most], 'i32.and');
    };
    const table = random.below(2);
    const reference = (): void => {
      if (random.chance(20)) this.emit(['ref.null', 'funcref']);
      else if (random.chance(70)) this.emit(['ref.func', random.below(TABLED)]);
      else {
        index(3);
        this.emit(['table.get', random.below(2)]);
      }
    };
    const triple = (last: Item): void => {
      // Ranges that overlap and mostly fit.
      index(1);
      index(3);
      index(2);
      this.emit(last);
    };
    const toLocal = (): void => this.emit(['local.set', this.localOf('i32')]);
    switch (random.below(10)) {
      case 0:
      case 1:
      case 2:
        index(3);
        reference();
        this.emit(['table.set', table]);
        break;
      case 3:
        index(3);
        reference();
        index(3);
        this.emit(['table.fill', table]);
        break;
      case 4:
        triple(['table.copy', table, random.below(2)]);
        break;
      case 5:
        triple(['table.init', 1, table]);
        break;
      case 6:
        reference();
        index(random.chance(50) ? 3 : 15);
        this.emit(['table.grow', 1]);
        toLocal();
        break;
      case 7:
        this.address(depth);
        index(31);
        index(31);
        this.emit(['memory.init', 1]);
        break;
      case 8:
        this.emit(['table.size', table]);
        toLocal();
        if (random.chance(20)) this.emit(random.chance(50) ? ['elem.drop', 1] : ['data.drop', 1]);
        break;
      default:
        reference();
        this.emit('ref.is_null');
        toLocal();
    }
  }

  /** A tail call of this function or an earlier one, or by the table, if one returns the same. Fuel ends what goes round. */
  private tailCall(depth: number): boolean {
    const { random, self } = this;
    const results = `${this.all[self].results}`;
    const fitting = this.all.flatMap((other, i) => (i <= self && `${other.results}` === results ? [i] : []));
    const callee = random.pick(fitting);
    const { params } = this.all[callee];
    if (this.labels.length === 1 || (callee === self && random.chance(50))) return false;
    for (const type of params) this.expression(type, depth + 1);
    if (self >= TABLED && callee !== self && random.chance(50)) {
      if (callee < TABLED && random.chance(90)) this.constant('i32', BigInt(callee));
      else this.expression('i32', depth + 1);
      this.emit(['return_call_indirect', this.typeIndex(this.all[callee]), random.chance(70) ? 0 : 1]);
    } else this.emit(['return_call', callee]);
    return true;
  }

  /** A call of an earlier function, direct or by the table; pushes `results`, or drops what there is. */
  private call(depth: number, results: readonly NumberType[] | undefined): void {
    const { random } = this;
    const fitting = this.all
      .map((_, i) => i)
      .filter((i) => i < this.self && (results === undefined || `${this.all[i].results}` === `${results}`));
    if (fitting.length === 0) {
      for (const type of results ?? []) this.constant(type, random.value(type));
      return;
    }
    const callee = random.pick(fitting);
    const { params, results: made } = this.all[callee];
    for (const type of params) this.expression(type, depth + 1);
    // Only the first functions are in the table, so that calls never go round.
    if (this.self >= TABLED && random.chance(40)) {
      if (callee < TABLED && random.chance(90)) this.constant('i32', BigInt(callee));
      else this.expression('i32', depth + 1);
      this.emit(['call_indirect', this.typeIndex({ params, results: made }), random.chance(70) ? 0 : 1]);
    } else this.emit(['call', callee]);
    if (results === undefined) {
      for (const type of [...made].reverse()) this.emit(['local.set', this.localOf(type)]);
    }
  }
}

const TABLED = 3;

/** A constant from its word. */
function constant(type: NumberType, value: bigint): Item {
  return type === 'i32' ? ['i32.const', Number(value)] : [`${type}.const`, value];
}

export interface Size {
  /** More than TABLED. */
  readonly functions: number;
  /** Instructions of a function, about, and top-level statements. */
  readonly budget: number;
  readonly statements: number;
}
const USUAL: Size = { functions: 6, budget: 120, statements: 6 };
/** For many modules. */
export const SMALL: Size = { functions: 4, budget: 30, statements: 2 };

/** A module that exports every function as f0, f1, …, its memory as `memory` and its globals as g0, g1, …. */
export function randomModule(seed: number, size: Size = USUAL): ModuleParts {
  const random = new Random(seed);
  const types: string[] = [];
  const typeIndex = (signature: Signature): number => {
    const name = text(signature);
    if (!types.includes(name)) types.push(name);
    return types.indexOf(name);
  };
  const list = (most: number): NumberType[] =>
    Array.from({ length: random.below(most + 1) }, () => random.type());
  const all = Array.from(
    { length: size.functions },
    (): Signature => ({ params: list(4), results: list(2) }),
  );
  const functions = all.map((signature, i) => {
    const { code, locals } = new Body(random, all, i, typeIndex, size);
    return { type: typeIndex(signature), locals: locals.slice(signature.params.length), code };
  });
  return {
    types,
    functions,
    memories: [{ min: 1, max: 3 }],
    tables: [
      { type: 'funcref', limits: { min: TABLED + 1, max: undefined } },
      { type: 'funcref', limits: { min: 2, max: 12 } },
    ],
    elements: [
      { offset: [['i32.const', 0]], functions: Array.from({ length: TABLED }, (_, i) => i) },
      { functions: [2, 0, 1, 1, 0] },
    ],
    globals: GLOBALS.map((type, i) => {
      const value = i === FUEL ? 2000n : random.value(type);
      const isInteger = type === 'i32' || type === 'i64';
      const init: Item[] = [constant(type, value)];
      if (isInteger && i !== FUEL) {
        init.push(
          constant(type, random.value(type)),
          `${type}.${random.pick(['add', 'sub', 'mul'] as const)}`,
        );
      }
      return { type, mutable: true, init };
    }),
    datas: [
      { offset: [['i32.const', 3]], bytes: Array.from({ length: 300 }, () => random.below(256)) },
      { bytes: Array.from({ length: 59 }, () => random.below(256)) },
    ],
    exports: [
      ...all.map((_, i) => [`f${i}`, 'func', i] as const),
      ['memory', 'memory', 0],
      ['t0', 'table', 0],
      ['t1', 'table', 1],
      ...GLOBALS.map((_, i) => [`g${i}`, 'global', i] as const),
    ],
  };
}
