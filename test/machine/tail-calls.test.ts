/** Tail calls against the JavaScript engine and through the row checker: frames of different sizes, tables, hosts, traps. */
import assert from 'node:assert/strict';
import { inspect, profile, run } from '../../sdk/src/index.ts';
import { trace } from '../../sdk/src/machine/execute/execute.ts';
import { type Code, type ModuleParts, moduleBytes } from '../../sdk/src/wasm/index.ts';
import { type Pair, pairOf } from './lib/differential.ts';
import { checkPremises } from './verify-image/premises.ts';

const SUM: Code = [
  ['local.get', 0],
  'i32.eqz',
  'if',
  ['local.get', 1],
  'return',
  'end',
  ['local.get', 0],
  ['i32.const', 1],
  'i32.sub',
  ['local.get', 1],
  ['local.get', 0],
  'i64.extend_i32_u',
  'i64.add',
  ['return_call', 0],
];
/** Calls what the table has at the parity of its first argument. */
const BOUNCE: Code = [
  ['local.get', 0],
  'i32.eqz',
  'if',
  ['local.get', 1],
  'return',
  'end',
  ['local.get', 0],
  ['i32.const', 1],
  'i32.sub',
  ['local.get', 1],
  ['i64.const', 3n],
  'i64.mul',
  ['local.get', 0],
  ['i32.const', 1],
  'i32.and',
  ['return_call_indirect', 0, 0],
];
/** Five arguments, exchanged on the way, and a local. */
const WIDE: Code = [
  ['local.get', 2],
  ['local.get', 3],
  'i64.add',
  ['local.set', 5],
  ['local.get', 0],
  'if',
  ['local.get', 0],
  ['i32.const', 1],
  'i32.sub',
  ['local.get', 1],
  ['local.get', 0],
  'i32.add',
  ['local.get', 4],
  ['local.get', 2],
  ['local.get', 5],
  ['return_call', 3],
  'end',
  ['local.get', 1],
  'i64.extend_i32_u',
  ['local.get', 5],
  'i64.add',
];

const PARTS: ModuleParts = {
  types: ['i32 i64 -> i64', 'i32 i32 i64 i64 i64 -> i64', 'i32 -> i32', 'i32 i32 -> i64', 'i32 -> i64'],
  tables: [{ type: 'funcref', limits: { min: 7, max: undefined } }],
  elements: [{ offset: [['i32.const', 0]], functions: [0, 1, 2, 4, 5] }],
  functions: [
    { type: 0, code: SUM },
    { type: 0, code: BOUNCE },
    {
      type: 0,
      code: [
        ['local.get', 0],
        ['i32.const', 7],
        ['local.get', 1],
        ['i64.const', 5n],
        ['i64.const', 2n],
        ['return_call', 3],
      ],
    },
    { type: 1, locals: ['i64'], code: WIDE },
    { type: 2, code: [['local.get', 0]] },
    { type: 0, code: [['local.get', 1], ['local.get', 0], 'i64.extend_i32_u', 'i64.sub'] },
    {
      type: 3,
      code: [
        ['local.get', 0],
        ['i64.const', 1n],
        ['local.get', 1],
        ['return_call_indirect', 0, 0],
      ],
    },
    {
      type: 4,
      code: [
        ['local.get', 0],
        ['i64.const', 0n],
        ['call', 0],
      ],
    },
  ],
  exports: [
    ['through', 'func', 6],
    ['sum', 'func', 7],
    ['wide', 'func', 3],
    ['itself', 'func', 0],
  ],
};

describe('tail calls', () => {
  const pair: Pair = pairOf(PARTS);
  const both = (entry: string, ...args: readonly bigint[]): void => {
    const expected = pair.engine(entry, args);
    assert.equal(pair.emulator(entry, args), expected, `${entry}(${args})`);
    assert.equal(pair.traced(entry, args), expected, `${entry}(${args}), traced`);
    checkPremises(pair.program(entry), trace(pair.program(entry), { args }));
  };

  it('as the JavaScript engine: by name and by table, to frames that are larger and smaller', () => {
    for (const n of [0n, 1n, 2n, 9n]) {
      both('sum', n);
      both('itself', n, 1n << 63n);
      both('wide', n, 3n, 1n << 40n, 5n, 7n);
      for (let index = 0n; index < 9n; index++) both('through', n, index);
    }
  });

  it('take no stack: more of them than frames would fit', async () => {
    const { status, results } = await run({ wasm: moduleBytes(PARTS), invoke: 'sum', args: [2_000_000] });
    assert.equal(status.kind, 'returned');
    assert.deepEqual(results, [2_000_001_000_000n]);
  });

  it('of what an import provides: the call, then a return', async () => {
    const wasm = moduleBytes({
      types: ['i32 -> i64', 'i64 ->'],
      imports: [
        ['env', 'wasm_input', { kind: 'func', type: 0 }],
        ['env', 'wasm_output', { kind: 'func', type: 1 }],
      ],
      functions: [
        {
          type: 0,
          code: [
            ['local.get', 0],
            ['return_call', 0],
          ],
        },
        {
          type: 1,
          code: [
            ['local.get', 0],
            ['return_call', 1],
          ],
        },
      ],
      exports: [
        ['read', 'func', 2],
        ['write', 'func', 3],
      ],
    });
    assert.deepEqual((await run({ wasm, invoke: 'read', args: [1], publicInputs: [41] })).results, [41n]);
    assert.deepEqual((await run({ wasm, invoke: 'write', args: [7] })).outputs, [7n]);
  });

  it('of a function of the table that is none, through the three traps in their order', async () => {
    const wasm = moduleBytes(PARTS);
    const text = async (index: number): Promise<string> =>
      (await run({ wasm, invoke: 'through', args: [1, index] })).status.text;
    assert.equal(await text(3), 'trapped: indirect call type mismatch');
    assert.equal(await text(5), 'trapped: uninitialized element');
    assert.equal(await text(7), 'trapped: undefined element');
  });

  it('a table of few functions of the type, and of many with gaps', () => {
    for (const count of [0, 1, 2, 3, 40]) {
      const functions = Array.from({ length: 2 * count }, (_, i) =>
        i % 2 === 0
          ? { type: 0, code: [['local.get', 0], ['i32.const', i], 'i32.add'] as Code }
          : { type: 1, code: [['i64.const', 9n]] as Code },
      );
      const small = pairOf({
        types: ['i32 -> i32', '-> i64', 'i32 i32 -> i32'],
        tables: [{ type: 'funcref', limits: { min: 2 * count + 1, max: undefined } }],
        elements: [{ offset: [['i32.const', 0]], functions: functions.map((_, i) => i) }],
        functions: [
          ...functions,
          {
            type: 2,
            code: [
              ['local.get', 0],
              ['local.get', 1],
              ['return_call_indirect', 0, 0],
            ],
          },
        ],
        exports: [['f', 'func', 2 * count]],
      });
      for (let index = 0n; index <= 2n * BigInt(count) + 1n; index++) {
        const args = [100n, index] as const;
        assert.equal(small.traced('f', args), small.engine('f', args), `${count}: ${args}`);
      }
    }
  });

  it('in a profile: each function has its own rows, and the total of the entry is all of them', async () => {
    const wasm = moduleBytes(PARTS);
    const { functions, rows } = await profile({ wasm, invoke: 'through', args: [7, 1] });
    const calls = new Map(functions.map(({ name, calls }) => [name, calls]));
    assert.equal(calls.get('function 0 "itself"'), 1);
    assert.equal(calls.get('function 1'), 2);
    assert.equal(
      functions.reduce((sum, { self }) => sum + self.rows, 0),
      rows,
    );
    assert.ok(inspect({ wasm }).features.some(({ feature }) => feature === 'tail-calls'));
  });
});
