/** Extended constant expressions and initial values of tables, against the JavaScript engine. */
import assert from 'node:assert/strict';
import { inspect, run } from '../../sdk/src/index.ts';
import { type ModuleParts, moduleBytes } from '../../sdk/src/wasm/index.ts';
import { pairOf } from './lib/differential.ts';

const PARTS: ModuleParts = {
  types: ['-> i32', '-> i64', 'i32 -> i32'],
  memories: [{ min: 1, max: 1 }],
  tables: [
    { type: 'funcref', limits: { min: 3, max: undefined }, init: [['ref.func', 0]] },
    { type: 'funcref', limits: { min: 2, max: undefined } },
  ],
  globals: [
    { type: 'i32', mutable: false, init: [['i32.const', 1], ['i32.const', 2], 'i32.add'] },
    {
      type: 'i32',
      mutable: false,
      init: [['global.get', 0], ['i32.const', 5], 'i32.sub', ['i32.const', 3], 'i32.mul'],
    },
    {
      type: 'i64',
      mutable: true,
      init: [
        ['i64.const', -(1n << 63n)],
        ['i64.const', 3n],
        'i64.mul',
        ['i64.const', 1n],
        'i64.sub',
        ['i64.const', 9n],
        'i64.add',
      ],
    },
    { type: 'funcref', mutable: false, init: [['ref.func', 1]] },
  ],
  elements: [{ offset: [['global.get', 0], ['i32.const', 2], 'i32.sub'], functions: [1] }],
  datas: [{ offset: [['global.get', 0], ['i32.const', 4], 'i32.mul'], bytes: [1, 2, 3, 4] }],
  functions: [
    { type: 0, code: [['i32.const', 40]] },
    {
      type: 0,
      code: [
        ['i32.const', 12],
        ['i32.load', 2, 0],
      ],
    },
    {
      type: 2,
      code: [
        ['local.get', 0],
        ['call_indirect', 0, 0],
      ],
    },
    { type: 0, code: [['global.get', 1]] },
    { type: 1, code: [['global.get', 2]] },
    {
      type: 0,
      code: [
        ['i32.const', 0],
        ['global.get', 3],
        ['table.set', 1],
        ['i32.const', 0],
        ['call_indirect', 0, 1],
      ],
    },
  ],
  exports: [
    ['element', 'func', 2],
    ['narrow', 'func', 3],
    ['wide', 'func', 4],
    ['reference', 'func', 5],
  ],
};

describe('initial values', () => {
  it('of globals, segments and tables are as in the JavaScript engine', () => {
    const pair = pairOf(PARTS);
    for (const [entry, ...args] of [
      ['element', 0n],
      ['element', 1n],
      ['element', 2n],
      ['element', 3n],
      ['narrow'],
      ['wide'],
      ['reference'],
    ] as const) {
      assert.equal(pair.traced(entry, args), pair.engine(entry, args), `${entry}(${args})`);
    }
    assert.equal(pair.emulator('narrow', []), String(BigInt.asUintN(32, -6n)));
  });

  it('are named in what inspect shows', () => {
    const features = inspect({ wasm: moduleBytes(PARTS) }).features.map(({ feature }) => feature);
    for (const feature of ['extended-constants', 'table-initialisers']) assert.ok(features.includes(feature));
  });

  it('each global is computed once, however long the chain of those before it', async () => {
    const count = 20_000;
    const wasm = moduleBytes({
      types: ['-> i32'],
      globals: Array.from({ length: count }, (_, i) => ({
        type: 'i32',
        mutable: false,
        init: i === 0 ? [['i32.const', 1]] : [['global.get', i - 1], ['global.get', i - 1], 'i32.add'],
      })),
      functions: [{ type: 0, code: [['global.get', 31]] }],
      exports: [['f', 'func', 0]],
    });
    assert.deepEqual((await run({ wasm, invoke: 'f' })).results, [2n ** 31n]);
  });
});
