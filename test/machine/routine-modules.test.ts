/**
 * The linked routines as modules: where they come from, and that they do in the JavaScript engine, over a plain memory and plain
 * tables, what its own instructions do. Those of floating point are in float-module.test.ts.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { routinesFile } from '../../scripts/lib/routines.ts';
import { instantiateSoftfloat } from '../../scripts/softfloat/rows.ts';
import { ROUTINE_MODULES } from '../../sdk/src/machine/routines/modules.generated.ts';
import { routineBytes, routineModule } from '../../sdk/src/machine/translate/routines.ts';
import { type FloatType, wordOfFloat } from '../../sdk/src/wasm/floats.ts';
import { type Code, moduleBytes, opcodeByName, validateModule } from '../../sdk/src/wasm/index.ts';
import { ROOT } from '../structure/sources.ts';
import { engineTrap, trapText } from './lib/differential.ts';
import { FLOAT_INSTRUCTIONS, hardware, specialWords, typesOf } from './lib/float-oracle.ts';
import { Random } from './lib/random.ts';
import { Elements, instantiate, type Routine, RoutineTrap } from './lib/routine-engine.ts';

const PAGE = 65536;

/** What a call gives: its result, or the trap, which the engine or the routine itself decides. */
function outcome(call: Routine, args: readonly (number | bigint)[]): string {
  try {
    return String(call(...args));
  } catch (error) {
    if (!(error instanceof RoutineTrap)) return `trap: ${engineTrap(error)}`;
    return `trap: ${trapText({ name: error.failure, text: error.message })}`;
  }
}

/** A module that exports `name`: parameters, then the code. */
function native(type: string, code: Code, more: Parameters<typeof moduleBytes>[0] = {}): WebAssembly.Exports {
  const parameters = type.split('->')[0].trim().split(' ').filter(Boolean);
  const all: Code = [...parameters.map((_, i) => ['local.get', i] as const), ...code];
  const exports = [['f', 'func', 0] as const, ...(more.exports ?? [])];
  const parts = { ...more, types: [type], functions: [{ type: 0, code: all }], exports };
  return new WebAssembly.Instance(new WebAssembly.Module(moduleBytes(parts))).exports;
}

describe('modules of routines', () => {
  it('are what the assembler and the compiler of the install make of their sources', async () => {
    // The compiler runs in WebAssembly, and a busy machine takes minutes for it.
    const { path, text } = await routinesFile();
    assert.equal(readFileSync(join(ROOT, path), 'utf8'), text);
  });

  it('are valid, export what the list says, each name once, and have no state of their own', () => {
    const names = ROUTINE_MODULES.flatMap(({ exports }) => exports);
    assert.equal(new Set(names).size, names.length);
    for (const { name, exports } of ROUTINE_MODULES) {
      const module = routineModule(name);
      validateModule(module);
      assert.deepEqual(
        module.exports.map((item) => item.name),
        exports,
      );
      const { memories, globals, tables, datas, elements, start } = module;
      assert.deepEqual([memories, globals, tables, datas, elements, start].flat(), [undefined], name);
    }
  });

  it('export names of instructions, with the types of these on words, functions of WASI, and what typed entries call', () => {
    const word = (type: string): string => type.replace(/^f/, 'i').replace('funcref', 'i32');
    for (const { name: of } of ROUTINE_MODULES) {
      const { exports, types, functions, imports } = routineModule(of);
      const imported = imports.filter(({ description }) => description.kind === 'func').length;
      for (const { name, index } of exports) {
        if (/^(wasi|argument|result) /.test(name)) continue;
        const { type } = opcodeByName(name)!;
        if (type === undefined) continue;
        const own = types[functions[index - imported].typeIndex];
        assert.deepEqual([own.params, own.results], [type.params.map(word), type.results.map(word)], name);
      }
    }
  });
});

describe('routines in the engine: integers', () => {
  const mine = instantiate('integers');
  for (const [name, call] of Object.entries(mine)) {
    it(name, () => {
      const { params } = opcodeByName(name)!.type!;
      const theirs = native(`${params.join(' ')} -> ${name.slice(0, 3)}`, [name as 'i32.clz'])[
        'f'
      ] as Routine;
      const random = new Random(name.length);
      const type = params[0] as 'i32' | 'i64';
      const engine = (word: bigint): number | bigint =>
        type === 'i32' ? Number(BigInt.asIntN(32, word)) : BigInt.asIntN(64, word);
      const compare = (words: readonly bigint[]): void => {
        const args = words.map(engine);
        assert.equal(outcome(call, args), outcome(theirs, args), `${name}(${args})`);
      };
      const special = specialWords(type);
      for (const x of special) {
        if (params.length === 1) compare([x]);
        else for (const y of special) compare([x, y]);
      }
      for (let i = 0; i < 2000; i++) compare(params.map(() => random.value(type)));
    });
  }
});

describe('routines in the engine: truncations that trap', () => {
  const softfloat = instantiateSoftfloat(routineBytes('softfloat')) as Record<
    string,
    WebAssembly.ImportValue
  >;
  const mine = instantiate('conversions', { routines: softfloat });
  const hard = hardware(FLOAT_INSTRUCTIONS.filter(({ name }) => name in mine));
  for (const [name, call] of Object.entries(mine)) {
    it(name, () => {
      const { params, result } = typesOf(opcodeByName(name)!);
      const bits = result === 'i32' ? 32 : 64;
      const random = new Random(name.length);
      const words = [
        ...specialWords(params[0]),
        ...limits(params[0] as FloatType),
        ...Array.from({ length: 4000 }, () => random.value(params[0])),
      ];
      for (const word of words) {
        const argument = params[0] === 'f32' ? Number(word) | 0 : word;
        const own = outcome(() => BigInt.asUintN(bits, BigInt(call(argument)!)), []);
        const expected = outcome(() => hard.get(name)!(word), []);
        assert.equal(own, expected, `${name}(0x${word.toString(16)})`);
        if (!expected.startsWith('trap')) continue;
        // The engine has one text for both.
        const failure = isNaNWord(word, params[0]) ? 'invalidConversion' : 'integerOverflow';
        assert.throws(() => call(argument), { failure });
      }
    });
  }
});
/** The limits of all types, and their neighbours. */
const limits = (type: FloatType): readonly bigint[] =>
  [2 ** 31, 2 ** 32, 2 ** 63, 2 ** 64, -1, -(2 ** 31), -(2 ** 31) - 1, -(2 ** 63)]
    .map((value) => wordOfFloat(value, type))
    .flatMap((word) => [word - 1n, word, word + 1n]);

const isNaNWord = (word: bigint, type: string): boolean =>
  type === 'f32'
    ? (word & 0x7fff_ffffn) > 0x7f80_0000n
    : (word & 0x7fff_ffff_ffff_ffffn) > 0x7ff0_0000_0000_0000n;

describe('routines in the engine: memory', () => {
  const content = Uint8Array.from({ length: PAGE }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
  const theirMemory = (exports: WebAssembly.Exports): Uint8Array =>
    new Uint8Array((exports['memory'] as WebAssembly.Memory).buffer);
  const memory = new WebAssembly.Memory({ initial: 1 });
  const bytes = new Uint8Array(memory.buffer);
  const data = Uint8Array.from({ length: 37 }, (_, i) => 200 - i);
  const words = new Uint32Array(10);
  new Uint8Array(words.buffer).set(data);
  const mine = instantiate('memory', { memory, source: { elements: new Elements([...words]), bytes: 37 } });
  const exports = [['memory', 'memory', 0]] as const;
  const memories = [{ min: 1, max: 1 }];

  /** Around the sizes of the steps, alignments, and both ends of the memory and of the numbers. */
  const starts = [
    0, 1, 2, 3, 4, 29, 37, 40, 50, 65481, 65499, 65519, 65520, 65531, 65535, 65536, 65540, -1, -3, -8, -20,
  ];
  const lengths = [
    ...Array.from({ length: 19 }, (_, i) => i),
    31,
    32,
    33,
    48,
    65535,
    65536,
    -1,
    -2,
    -16,
    -50,
  ];

  function compare(
    name: 'memory.fill' | 'memory.copy' | 'memory.init',
    cases: Iterable<readonly number[]>,
  ): void {
    const code: Code = name === 'memory.init' ? [[name, 0]] : [name];
    const theirs = native('i32 i32 i32 ->', code, { memories, exports, datas: [{ bytes: data }] });
    const [call, other] = [mine[name], theirs['f'] as Routine];
    for (const args of cases) {
      bytes.set(content);
      theirMemory(theirs).set(content);
      assert.equal(outcome(call, args), outcome(other, args), `${name}(${args})`);
      assert.equal(Buffer.compare(bytes, theirMemory(theirs)), 0, `memory after ${name}(${args})`);
    }
  }
  function* all(second: readonly number[]): Generator<readonly number[]> {
    for (const to of starts)
      for (const from of second) for (const length of lengths) yield [to, from, length];
  }
  function* randomly(seed: number, spread: number): Generator<readonly number[]> {
    const random = new Random(seed);
    for (let i = 0; i < 3000; i++) {
      const base = random.chance(80) ? random.below(PAGE) : PAGE - random.below(80);
      yield [base, base + random.below(spread) - spread / 2, random.below(random.chance(70) ? 90 : 2000)];
    }
  }

  it('memory.fill', () => {
    compare('memory.fill', all([0, 1, 0xff, -2, 0x1234]));
    compare('memory.fill', randomly(1, 1 << 20));
  });

  it('memory.copy: nothing moves where a part is out of bounds, and overlaps in both directions', () => {
    compare('memory.copy', all(starts));
    compare('memory.copy', randomly(2, 128));
  });

  it('memory.init', () => {
    compare('memory.init', all([0, 1, 2, 3, 4, 7, 20, 33, 34, 36, 37, 38, 65536, -1, -4]));
  });

  it('memory.grow', () => {
    for (const max of [1, 2, 5]) {
      for (const deltas of [
        [0, 1, 1, 0, 5],
        [4, 1],
        [-1, 1],
        [0x8000_0000, 2, 2, 2],
        [3, 3],
      ]) {
        const grown = new WebAssembly.Memory({ initial: 1 });
        const routine = instantiate('memory', { memory: grown, maxPages: max })['memory.grow'];
        const theirs = native('i32 -> i32', ['memory.grow'], { memories: [{ min: 1, max }] })['f'] as Routine;
        for (const delta of deltas) assert.equal(outcome(routine, [delta]), outcome(theirs, [delta]));
      }
    }
  });
});

describe('routines in the engine: tables', () => {
  /** References are 1 + the index of a function; each function returns its own, so that tables can be read. */
  const FUNCTIONS = 12;
  const MAX = 9;
  interface Tables {
    readonly exports: WebAssembly.Exports;
    readonly contents: () => readonly number[][];
  }
  function natives(code: Code, type: string): Tables {
    const elements = [
      { offset: [['i32.const', 0]] as Code, functions: [1, 2, 3, 4, 5, 6] },
      { functions: [7, 8, 9, 10] },
    ];
    const parameters = type.split('->')[0].trim().split(' ');
    const all: Code = [...parameters.map((_, i) => ['local.get', i] as const), ...code];
    const functions = [
      { type: 0, code: all },
      ...Array.from({ length: FUNCTIONS }, (_, i) => ({ type: 1, code: [['i32.const', i + 2]] as Code })),
    ];
    const table = { type: 'funcref', limits: { min: 6, max: MAX } } as const;
    const exports = [
      ['f', 'func', 0],
      ['a', 'table', 0],
      ['b', 'table', 1],
      ['one', 'func', 11],
    ] as const;
    const bytes = moduleBytes({
      types: [type, '-> i32'],
      functions,
      tables: [table, table],
      elements,
      exports,
    });
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    const contents = (): readonly number[][] =>
      ['a', 'b'].map((name) => {
        const own = instance.exports[name] as WebAssembly.Table;
        return Array.from(
          { length: own.length },
          (_, i) => ((own.get(i) as Routine | null)?.() as number) ?? 0,
        );
      });
    return { exports: instance.exports, contents };
  }
  const fresh = (): Elements[] => [
    new Elements([2, 3, 4, 5, 6, 7], MAX),
    new Elements([0, 0, 0, 0, 0, 0], MAX),
  ];
  const numbers = [0, 1, 2, 3, 4, 5, 6, 7, -1, -3, 0x7fff_ffff];
  const triples = numbers.flatMap((x) => numbers.flatMap((y) => numbers.map((z) => [x, y, z])));

  it('table.copy, within a table and between two', () => {
    for (const [target, source] of [
      [0, 0],
      [1, 0],
      [0, 1],
      [1, 1],
    ] as const) {
      for (const args of triples) {
        const own = fresh();
        const call = instantiate('tables', { target: own[target], source: own[source] })['table.copy'];
        const theirs = natives([['table.copy', target, source]], 'i32 i32 i32 ->');
        assert.equal(outcome(call, args), outcome(theirs.exports['f'] as Routine, args), `${args}`);
        assert.deepEqual(
          own.map(({ values }) => values),
          theirs.contents(),
          `${args}`,
        );
      }
    }
  });

  it('table.init', () => {
    for (const args of triples) {
      const own = fresh();
      const source = new Elements([8, 9, 10, 11]);
      const call = instantiate('tables', { target: own[0], source })['table.init'];
      const theirs = natives([['table.init', 1, 0]], 'i32 i32 i32 ->');
      assert.equal(outcome(call, args), outcome(theirs.exports['f'] as Routine, args), `${args}`);
      assert.deepEqual(
        own.map(({ values }) => values),
        theirs.contents(),
        `${args}`,
      );
    }
  });

  it('table.fill and table.grow', () => {
    for (const to of numbers) {
      for (const length of numbers) {
        for (const isNull of [true, false]) {
          const own = fresh();
          const value = isNull ? 0 : 12;
          const reference: Code = [isNull ? ['ref.null', 'funcref'] : ['ref.func', 11]];
          const fill = instantiate('tables', { target: own[0] })['table.fill'];
          const code: Code = [['local.set', 1], ...reference, ['local.get', 1], ['table.fill', 0]];
          const theirs = natives(code, 'i32 i32 ->');
          assert.equal(
            outcome(fill, [to, value, length]),
            outcome(theirs.exports['f'] as Routine, [to, length]),
          );
          const growing = natives(
            [['local.set', 0], ...reference, ['local.get', 0], ['table.grow', 0]],
            'i32 -> i32',
          );
          const grown = fresh();
          const call = instantiate('tables', { target: grown[0] })['table.grow'];
          assert.equal(outcome(call, [value, length]), outcome(growing.exports['f'] as Routine, [length]));
          assert.deepEqual(own[0].values, theirs.contents()[0]);
          assert.deepEqual(grown[0].values, growing.contents()[0], `grow by ${length}`);
        }
      }
    }
  });
});
