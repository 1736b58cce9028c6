/** Tables, references and passive segments as the JavaScript engine has them. */
import assert from 'node:assert/strict';
import { execute } from '../../sdk/src/machine/execute/execute.ts';
import type { Code, ModuleParts } from '../../sdk/src/wasm/index.ts';
import { get, i32, load, refused, same, set } from './lib/programs.ts';

const SIZE = 6;

/** f0, f1, f2 give 100, 101, 102; tables of 6 and 2…9 elements; passive segments of 4 functions and 11 bytes. */
function moduleOf(type: string, code: Code, more: ModuleParts = {}): ModuleParts {
  return {
    types: ['-> i32', type],
    functions: [
      ...[100, 101, 102].map((value) => ({ type: 0, code: [i32(value)] as const })),
      { type: 1, code, locals: ['i32', 'i64'] },
    ],
    tables: [
      { type: 'funcref', limits: { min: SIZE, max: undefined } },
      { type: 'funcref', limits: { min: 2, max: 9 } },
    ],
    elements: [{ offset: [i32(1)], functions: [0, 1, 2] }, { functions: [2, 1, 0, 2] }],
    memories: [{ min: 1, max: 1 }],
    datas: [{ bytes: [1, 2, 3, 4, 0x85, 6, 7, 8, 9, 10, 0xff] }],
    exports: [['f', 'func', 3]],
    ...more,
  };
}

/** Appends to a number what each element of a table gives: 0 for null. The number is in local `to`, an i64. */
const digest = (table: number, size: number, to: number): Code =>
  Array.from(
    { length: size },
    (_, i): Code =>
      [
        ...[get(to), ['i64.const', 7n], 'i64.mul'],
        ...([i32(i), ['table.get', table], 'ref.is_null', ['if', 'i32'], i32(0), 'else'] as const),
        ...([i32(i), ['call_indirect', 0, table], i32(99), 'i32.sub', 'end'] as const),
        ...(['i64.extend_i32_u', 'i64.add', set(to)] as const),
      ] as Code,
  ).flat();

const NUMBERS = [0n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 0xffff_ffffn];
const triples = (values: readonly bigint[]): bigint[][] =>
  values.flatMap((x) => values.flatMap((y) => values.map((z) => [x, y, z])));

describe('tables, references, passive segments', () => {
  const [I64, RESULT] = ['i32 i32 i32 -> i64', 4];
  const seen = (table: number, size: number): Code => [...digest(table, size, RESULT), get(RESULT)];
  const arguments3: Code = [get(0), get(1), get(2)];

  it('table.copy within a table, whichever way the ranges overlap, and all its bounds', () => {
    same(moduleOf(I64, [...arguments3, ['table.copy', 0, 0], ...seen(0, SIZE)]), triples(NUMBERS));
  });

  it('table.copy between tables, table.init, table.fill', () => {
    const few = triples([0n, 1n, 2n, 3n, 5n, 0xffff_fffen]);
    same(moduleOf(I64, [...arguments3, ['table.copy', 1, 0], ...seen(1, 2)]), few);
    same(moduleOf(I64, [...arguments3, ['table.init', 1, 0], ...seen(0, SIZE)]), few);
    const fill: Code = [get(0), get(1), ['table.get', 0], get(2), ['table.fill', 0]];
    same(moduleOf(I64, [...fill, ...seen(0, SIZE)]), few);
  });

  it('table.get and table.set at every index', () => {
    const code: Code = [get(0), get(1), ['table.get', 0], ['table.set', 0], ...seen(0, SIZE)];
    same(
      moduleOf(I64, code),
      triples(NUMBERS).filter(([, , z]) => z === 0n),
    );
  });

  it('table.grow up to the maximum, and what follows it', () => {
    const grow: Code = [['ref.func', 1], get(0), ['table.grow', 1]];
    const code: Code = [
      ...grow,
      ['ref.null', 'funcref'],
      get(1),
      ['table.grow', 1],
      i32(1000),
      'i32.mul',
      'i32.add',
    ];
    const size: Code = [i32(1_000_000), 'i32.mul', 'i32.add'];
    const parts = moduleOf('i32 i32 i32 -> i32', [...code, ['table.size', 1], ...size]);
    same(
      parts,
      triples([0n, 1n, 3n, 7n, 8n, 0xffff_ffffn]).filter(([, , z]) => z === 0n),
    );
    const call: Code = [...grow, 'drop', get(1), ['call_indirect', 0, 1]];
    same(
      moduleOf('i32 i32 i32 -> i32', call),
      triples([0n, 1n, 2n, 4n, 5n, 6n, 8n]).filter(([, , z]) => z === 0n),
    );
  });

  it('memory.init at every alignment and all its bounds', () => {
    const look: Code = [
      i32(0),
      ['i64.load', 0, 0],
      i32(8),
      ['i64.load', 0, 0],
      ['i64.const', 31n],
      'i64.mul',
      'i64.add',
    ];
    const values = [0n, 1n, 2n, 3n, 4n, 5n, 7n, 8n, 10n, 11n, 12n, 0xffff_ffffn];
    same(moduleOf(I64, [...arguments3, ['memory.init', 0], ...look]), triples(values));
    same(
      moduleOf(I64, [...arguments3, ['memory.init', 0], ...look]),
      [65525n, 65526n, 65536n, 65537n].map((to) => [to, 0n, 11n]),
    );
    same(
      moduleOf(I64, [...arguments3, ['memory.init', 0], ...look]),
      [65536n, 65537n].map((to) => [to, 0n, 0n]),
    );
  });

  it('dropped segments have no length', () => {
    const drops: Code = [
      ['elem.drop', 1],
      ['data.drop', 0],
    ];
    const table: Code = [...arguments3, ['table.init', 1, 0], ['i64.const', 1n]];
    const memory: Code = [...arguments3, ['memory.init', 0], ['i64.const', 1n]];
    const calls = [
      [0n, 0n, 0n],
      [0n, 0n, 1n],
      [0n, 1n, 0n],
      [6n, 0n, 0n],
      [7n, 0n, 0n],
    ];
    for (const code of [table, memory]) {
      same(moduleOf(I64, [...drops, ...code]), calls);
      same(moduleOf(I64, [...code, 'drop', ...drops, ...code]), calls);
    }
    // An active segment is dropped when it was applied.
    same(moduleOf(I64, [...arguments3, ['table.init', 0, 0], ['i64.const', 1n]]), calls);
  });

  it('references of the host come and go as words; a function cannot come in', () => {
    const echo = load({
      types: ['externref i32 -> externref'],
      functions: [{ type: 0, code: [i32(0), get(0), ['table.set', 0], get(1), ['table.get', 0]] }],
      tables: [{ type: 'externref', limits: { min: 2, max: undefined } }],
      exports: [['f', 'func', 0]],
    });
    assert.deepEqual(execute(echo, { args: [77n, 0n] }).results, [77n]);
    assert.deepEqual(execute(echo, { args: [77n, 1n] }).results, [0n]);
    assert.equal(execute(echo, { args: [77n, 2n] }).trap?.name, 'tableOutOfBounds');
    const isNull = load({
      types: ['funcref -> i32'],
      functions: [{ type: 0, code: [get(0), 'ref.is_null'] }],
      exports: [['f', 'func', 0]],
    });
    assert.deepEqual(execute(isNull, { args: [0n] }).results, [1n]);
    assert.equal(execute(isNull, { args: [1n] }).trap?.name, 'functionArgument');
  });

  it('tables that are written may be large: every cell is one of the memory argument', () => {
    const size = 3_000_000;
    const code: Code = [get(0), ['ref.func', 0], ['table.set', 0], get(1), ['call_indirect', 0, 0]];
    same(
      {
        types: ['-> i32', 'i32 i32 -> i32'],
        functions: [
          { type: 0, code: [i32(7)] },
          { type: 1, code },
        ],
        tables: [{ type: 'funcref', limits: { min: size, max: undefined } }],
        elements: [{ offset: [i32(0)], functions: [0] }],
        exports: [['f', 'func', 1]],
      },
      [
        [BigInt(size - 1), BigInt(size - 1)],
        [5n, 6n],
        [BigInt(size), 0n],
      ],
    );
  });

  it('a table grows to 2^20 elements, or as far as it declares', () => {
    const grown = (max: number | undefined, by: number): readonly bigint[] => {
      const program = load({
        types: ['i32 -> i32 i32'],
        functions: [
          { type: 0, code: [['ref.null', 'funcref'], get(0), ['table.grow', 0], ['table.size', 0]] },
        ],
        tables: [{ type: 'funcref', limits: { min: 10, max } }],
        exports: [['f', 'func', 0]],
      });
      return execute(program, { args: [BigInt(by)] }).results;
    };
    const most = 2 ** 20 - 10;
    assert.deepEqual(grown(undefined, most), [10n, 2n ** 20n]);
    assert.deepEqual(grown(undefined, most + 1), [0xffff_ffffn, 10n]);
    assert.deepEqual(grown(2 ** 30, most + 1), [0xffff_ffffn, 10n]);
    assert.deepEqual(grown(12, 2), [10n, 12n]);
    assert.deepEqual(grown(12, 3), [0xffff_ffffn, 10n]);
  });

  it('there are at most 2^16 − 1 types, counted by structure', () => {
    const types = (count: number): string[] =>
      Array.from({ length: count }, (_, i) => {
        const bits = i.toString(2).padStart(16, '0');
        return `${Array.from(bits, (bit) => (bit === '0' ? 'i32' : 'i64')).join(' ')} ->`;
      });
    const withTypes = (list: string[]): unknown =>
      load({
        types: ['-> i32', ...list],
        functions: [{ type: 0, code: [i32(1)] }],
        exports: [['f', 'func', 0]],
      });
    withTypes([...types(2 ** 16 - 2), ...types(100)]);
    refused('MODULE_TOO_LARGE', /65536 different function types/, () => withTypes(types(2 ** 16 - 1)));
  });
});
