/** Every integer instruction on edge operands, in every form that the translator distinguishes, as the engine does it. */
import assert from 'node:assert/strict';
import {
  type Code,
  type FunctionType,
  type ModuleParts,
  OPCODES,
  type Opcode,
} from '../../sdk/src/wasm/index.ts';
import { pairOf } from './lib/differential.ts';

type Integer = 'i32' | 'i64';
type Item = Code[number];
type Function = NonNullable<ModuleParts['functions']>[number];

const get = (local: number): Item => ['local.get', local];
const set = (local: number): Item => ['local.set', local];
const constant = (type: Integer, value: bigint): Item =>
  type === 'i32' ? ['i32.const', Number(value)] : ['i64.const', value];

const EDGES: Readonly<Record<Integer, readonly bigint[]>> = {
  i32: [
    0n,
    1n,
    2n,
    7n,
    31n,
    32n,
    33n,
    0x7fn,
    0x80n,
    0xffffn,
    0x8000n,
    0x7fff_ffffn,
    0x8000_0000n,
    0xffff_ffffn,
  ],
  i64: [
    ...[0n, 1n, 3n, 31n, 32n, 33n, 63n, 64n, 65n, 0x80n, 0x8000n, 0x7fff_ffffn, 0x8000_0000n, 0xffff_ffffn],
    ...[0x1_0000_0000n, 0x1_2345_6789n, (1n << 63n) - 1n, 1n << 63n, (1n << 64n) - 2n, (1n << 64n) - 1n],
  ],
};
/** Constants that get a function each. */
const CONSTANTS: Readonly<Record<Integer, readonly bigint[]>> = {
  i32: [0n, 1n, 7n, 31n, 32n, 0x8000_0000n, 0xffff_ffffn],
  i64: [0n, 1n, 32n, 63n, 64n, 0x1_2345_6789n, 1n << 63n, (1n << 64n) - 1n],
};

/** Collects functions and calls; one module for all. */
class Cases {
  private readonly types: string[] = [];
  private readonly functions: Function[] = [];
  readonly calls: { readonly entry: string; readonly args: readonly bigint[] }[] = [];
  private readonly names: string[] = [];

  add(
    name: string,
    type: string,
    code: Code,
    calls: readonly (readonly bigint[])[],
    locals?: Integer[],
  ): void {
    if (!this.types.includes(type)) this.types.push(type);
    this.functions.push({ type: this.types.indexOf(type), code, ...(locals && { locals }) });
    this.names.push(name);
    for (const args of calls) this.calls.push({ entry: name, args });
  }

  /** `traceEvery`: every so many calls also with a trace. */
  run(more: Omit<ModuleParts, 'types' | 'functions' | 'exports'> = {}, traceEvery = 7): void {
    const { types, functions } = this;
    const exports = this.names.map((name, i) => [name, 'func', i] as const);
    const { engine, emulator, traced } = pairOf({ types, functions, exports, ...more });
    this.calls.forEach(({ entry, args }, i) => {
      const expected = engine(entry, args);
      assert.equal(emulator(entry, args), expected, `${entry}(${args})`);
      if (i % traceEvery === 0) assert.equal(traced(entry, args), expected, `${entry}(${args}) traced`);
    });
  }
}

const numeric = OPCODES.filter(({ name, type, access }) => {
  const isInteger =
    type !== undefined && [...type.params, ...type.results].every((t) => /^i(32|64)$/.test(t));
  return (
    isInteger &&
    access === 0 &&
    type.results.length === 1 &&
    type.params.length > 0 &&
    !name.startsWith('memory.')
  );
});

/** Operand and result types of an instruction that has fixed ones. */
function signature({ type }: Opcode): FunctionType {
  assert.ok(type !== undefined);
  return type;
}

function unaryCases(opcode: Opcode): Cases {
  const { name } = opcode;
  const cases = new Cases();
  const [x] = signature(opcode).params as Integer[];
  const [result] = signature(opcode).results as Integer[];
  const all = EDGES[x].map((value) => [value]);
  cases.add('slot', `${x} -> ${result}`, [get(0), name], all);
  cases.add('local', `${x} -> ${result}`, [get(0), name, set(1), get(1)], all, [result]);
  if (x === result)
    cases.add('in place', `${x} -> ${x}`, [get(0), name, ['local.tee', 0], get(0), `${x}.add`], all);
  for (const value of CONSTANTS[x])
    cases.add(`constant ${value}`, `-> ${result}`, [constant(x, value), name], [[]]);
  return cases;
}

function binaryCases(opcode: Opcode): Cases {
  const { name } = opcode;
  const cases = new Cases();
  const [x, y] = signature(opcode).params as [Integer, Integer];
  const [result] = signature(opcode).results as Integer[];
  const all = EDGES[x].flatMap((left) => EDGES[y].map((right) => [left, right]));
  cases.add('slots', `${x} ${y} -> ${result}`, [get(0), get(1), name], all);
  const same = EDGES[x].map((value) => [value]);
  cases.add('same', `${x} -> ${result}`, [get(0), get(0), name], same);
  const some = all.filter((_, i) => i % 5 === 0);
  if (result === x) {
    cases.add('into x', `${x} ${y} -> ${x}`, [get(0), get(1), name, set(0), get(0)], some);
    cases.add('into y', `${x} ${y} -> ${x}`, [get(0), get(1), name, set(1), get(1)], some);
    const kept: Code = [get(0), get(0), get(1), name, ['local.tee', 0], `${x}.sub`];
    cases.add('over a pending copy', `${x} ${y} -> ${x}`, kept, some);
  }
  // Operands that are results themselves lie in slots of the operand stack.
  const deep: Code = [get(0), constant(x, 1n), `${x}.add`, get(1), constant(y, 1n), `${y}.add`, name];
  cases.add('from the stack', `${x} ${y} -> ${result}`, deep, some);
  for (const value of CONSTANTS[x]) {
    cases.add(`y = ${value}`, `${x} -> ${result}`, [get(0), constant(y, value), name], same);
    cases.add(`x = ${value}`, `${x} -> ${result}`, [constant(x, value), get(0), name], same);
    cases.add(`both = ${value}`, `-> ${result}`, [constant(x, value), constant(y, 5n), name], [[]]);
  }
  return cases;
}

/** Fused into br_if, if and select, straight and negated. */
function comparisonCases(opcode: Opcode): Cases {
  const { name } = opcode;
  const cases = new Cases();
  const parameters = signature(opcode).params as Integer[];
  const [x] = parameters;
  const compare: Code = [...parameters.map((_, i) => get(i)), name];
  const calls: bigint[][] =
    parameters.length === 1
      ? EDGES[x].map((value) => [value])
      : EDGES[x].flatMap((left) => EDGES[x].map((right) => [left, right]));
  const type = `${parameters.join(' ')} -> i32`;
  for (const negations of [0, 1, 2]) {
    const test: Code = [...compare, ...new Array<Item>(negations).fill('i32.eqz')];
    const suffix = `, negated ${negations} times`;
    const branch: Code = [
      'block',
      ...test,
      ['br_if', 0],
      constant('i32', 8n),
      'return',
      'end',
      constant('i32', 9n),
    ];
    cases.add(`br_if${suffix}`, type, branch, calls);
    const choice: Code = [...test, ['if', 'i32'], constant('i32', 8n), 'else', constant('i32', 9n), 'end'];
    cases.add(`if${suffix}`, type, choice, calls);
    const select: Code = [constant('i32', 8n), constant('i32', 9n), ...test, 'select'];
    cases.add(`select${suffix}`, type, select, calls);
    cases.add(`value${suffix}`, type, test, calls);
  }
  return cases;
}

describe('numeric instructions', () => {
  for (const opcode of numeric) {
    const { type } = opcode;
    it(opcode.name, () => {
      (type?.params.length === 1 ? unaryCases(opcode) : binaryCases(opcode)).run({}, 29);
    });
    const isComparison = type?.results[0] === 'i32' && /eq|ne|[lg][te]/.test(opcode.name.split('.')[1]);
    if (isComparison) it(`${opcode.name} in branches`, () => comparisonCases(opcode).run({}, 97));
  }
});

describe('loads and stores', () => {
  const PAGE = 65_536;
  const memories = [{ min: 1, max: undefined }];
  const bytes = Uint8Array.from({ length: 64 }, (_, i) => (i * 37 + 11) & 0xff);
  const datas = [
    { offset: [constant('i32', 0n)], bytes },
    { offset: [constant('i32', BigInt(PAGE - 64))], bytes },
  ];
  const places = (size: number): bigint[] => {
    const near = Array.from({ length: 9 }, (_, i) => BigInt(i));
    const end = Array.from({ length: 10 }, (_, i) => BigInt(PAGE - size - 8 + i));
    return [...near, ...end, BigInt(PAGE), 0xffff_ffffn, BigInt(2 ** 32 - size)];
  };
  for (const opcode of OPCODES.filter((item) => item.access > 0 && item.feature === 'mvp')) {
    const { name, access } = opcode;
    it(name, () => {
      const cases = new Cases();
      const [address, stored] = signature(opcode).params as Integer[];
      const addresses = places(access);
      for (const offset of [0, 1, 4, 7, 2 ** 32 - 1]) {
        if (stored === undefined) {
          const [result] = signature(opcode).results as Integer[];
          const calls = addresses.map((place) => [place]);
          const load: Item = [name, 0, offset];
          cases.add(`+${offset}`, `${address} -> ${result}`, [get(0), load], calls);
          // The address's own local, or its home slot, takes the result.
          if (result === 'i32')
            cases.add(`+${offset} in place`, 'i32 -> i32', [get(0), load, set(0), get(0)], calls);
          const home: Code = [get(0), constant('i32', 0n), 'i32.add', load];
          cases.add(`+${offset} from the stack`, `i32 -> ${result}`, home, calls);
          continue;
        }
        // What is around the stored bytes comes back as two words.
        const around = (distance: number): Code => {
          const low: Code = [get(0), constant('i32', BigInt(offset - distance)), 'i32.add'];
          return [...low, constant('i32', 0xffffn), 'i32.and', ['i64.load', 0, 0]];
        };
        const values = EDGES[stored].slice(-4);
        const calls = addresses
          .filter((place) => place < BigInt(PAGE - access - 16))
          .concat([BigInt(PAGE - access - 16 - offset)].filter((place) => place > 0n))
          .flatMap((place) => values.map((value) => [place, value]));
        const code: Code = [get(0), get(1), [name, 0, offset], ...around(0), ...around(-8)];
        cases.add(`+${offset}`, `${address} ${stored} -> i64 i64`, code, calls);
        const last = BigInt(PAGE - access);
        const atEnd: Code = [
          get(0),
          get(1),
          [name, 0, offset],
          constant('i32', BigInt(PAGE - 8)),
          ['i64.load', 0, 0],
        ];
        const ends = [last, last - 1n, last + 1n, last - 3n, last - BigInt(offset)].filter(
          (place) => place >= 0n,
        );
        cases.add(
          `+${offset} at the end`,
          `${address} ${stored} -> i64`,
          atEnd,
          ends.map((place) => [place, values[0]]),
        );
        cases.add(
          `+${offset} constant`,
          '-> i64',
          [
            constant('i32', 9n),
            constant(stored, 0x1234n),
            [name, 0, offset],
            constant('i32', 8n),
            ['i64.load', 0, 0],
          ],
          [[]],
        );
      }
      cases.run({ memories, datas }, 3);
    });
  }
});
