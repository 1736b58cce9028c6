/** Control flow that the translator treats specially, calls, growth, host functions; counts, traps and errors by name. */
import assert from 'node:assert/strict';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { execute, trace } from '../../sdk/src/machine/execute/execute.ts';
import * as I from '../../sdk/src/machine/instructions.ts';
import type { Program } from '../../sdk/src/machine/program.ts';
import { translate } from '../../sdk/src/machine/translate/translate.ts';
import {
  type Code,
  decodeModule,
  type ModuleParts,
  moduleBytes,
  validateModule,
} from '../../sdk/src/wasm/index.ts';
import { checkTrace } from './lib/check-trace.ts';
import { pairOf } from './lib/differential.ts';

const get = (local: number): Code[number] => ['local.get', local];
const set = (local: number): Code[number] => ['local.set', local];
const i32 = (value: number): Code[number] => ['i32.const', value];
const i64 = (value: bigint): Code[number] => ['i64.const', value];

type Locals = readonly ('i32' | 'i64')[];

/** A module with one function, exported as `f`. */
function moduleOf(type: string, code: Code, locals: Locals = [], more: ModuleParts = {}): ModuleParts {
  return { types: [type], functions: [{ type: 0, code, locals }], exports: [['f', 'func', 0]], ...more };
}

function load(parts: ModuleParts, entry = 'f'): Program {
  const module = decodeModule(moduleBytes(parts));
  validateModule(module);
  return translate(module, { entry });
}

/** The same outcome as the engine's for every list of arguments, with a sound trace. */
function same(parts: ModuleParts, calls: readonly (readonly bigint[])[], entry = 'f'): void {
  const pair = pairOf(parts);
  for (const args of calls) {
    const expected = pair.engine(entry, args);
    assert.equal(pair.emulator(entry, args), expected, `${entry}(${args})`);
    assert.equal(pair.traced(entry, args), expected, `${entry}(${args})`);
  }
}

const small = [0n, 1n, 2n, 3n, 4n, 5n, 9n, 0xffff_ffffn].map((value) => [value]);

/** Opcodes of the rows of function 0, by name. */
function rowsOf({ code }: Program): string[] {
  const names: string[] = [];
  for (let pc = 1; pc < code.length; pc++) {
    if (code.functionIndex[pc] === 0) names.push(I.opcodeInfo(code.opcode[pc])?.name ?? '?');
  }
  return names;
}

function refused(code: string, pattern: RegExp, action: () => unknown): void {
  assert.throws(action, (error) => {
    assert.ok(isWattestError(error, code as 'INTERNAL'), String(error));
    assert.match(error.message, pattern);
    return true;
  });
}

describe('control flow', () => {
  it('br_table of every size, with and without values, to blocks and out of the function', () => {
    for (const targets of [0, 1, 2, 3, 5]) {
      const labels = Array.from({ length: targets + 1 }, (_, i) => i % 3);
      const code: Code = [
        ...['block' as const, 'block' as const, get(0), ['br_table', labels] as const, 'end' as const],
        ...[i32(20), 'return' as const, 'end' as const, i32(10)],
      ];
      // Depth 2 is the function itself, which needs a value: here through blocks that carry one.
      const valued: Code = [
        ...[
          ['block', 'i32'] as const,
          ['block', 'i32'] as const,
          i32(5),
          get(0),
          ['br_table', labels] as const,
        ],
        ...['end' as const, i32(100), 'i32.add' as const, 'end' as const, i32(1000), 'i32.add' as const],
      ];
      const twoLevels = labels.map((label) => label % 2);
      const plain: Code = code.map((item) =>
        Array.isArray(item) && item[0] === 'br_table' ? ['br_table', twoLevels] : item,
      );
      same(moduleOf('i32 -> i32', plain), small);
      same(moduleOf('i32 -> i32', valued), small);
    }
  });

  it('br_table in a function without results returns from its run', () => {
    const code: Code = ['block', 'block', get(0), ['br_table', [2, 1, 0, 2, 2]], 'end', 'end'];
    same(moduleOf('i32 ->', code), small);
    const jumps = rowsOf(load(moduleOf('i32 ->', code)));
    assert.ok(jumps.filter((name) => name === 'ret').length > 2);
  });

  it('results that swap parameters', () => {
    const swap = moduleOf('i64 i64 i64 -> i64 i64 i64', [get(2), get(0), get(1)]);
    same(swap, [[1n, 2n, 3n]]);
    const twice = moduleOf('i64 i64 -> i64 i64', [get(1), get(0)]);
    same(twice, [[7n, 9n]]);
    const spread = moduleOf('i64 i64 i64 -> i64 i64 i64', [get(1), get(1), i64(4n)]);
    same(spread, [[1n, 2n, 3n]]);
  });

  it('loops with parameters', () => {
    // (acc, n) go round on the stack.
    const code: Code = [
      ...[i64(1n), get(0), ['loop', 1] as const, set(0), get(0), 'i64.mul' as const],
      ...[get(0), i64(1n), 'i64.sub' as const, ['local.tee', 0] as const],
      ...[
        get(0),
        'i64.eqz' as const,
        'i32.eqz' as const,
        ['br_if', 0] as const,
        'drop' as const,
        'end' as const,
      ],
    ];
    const parts: ModuleParts = {
      types: ['i64 -> i64', 'i64 i64 -> i64'],
      functions: [{ type: 0, code }],
      exports: [['f', 'func', 0]],
    };
    same(parts, [[1n], [5n], [20n]]);
  });

  it('a valued br_if moves its values on the taken path alone', () => {
    const code: Code = [
      ...[
        ['block', 'i32'] as const,
        i32(7),
        get(0),
        i32(1),
        'i32.add' as const,
        get(0),
        ['br_if', 0] as const,
      ],
      ...['i32.sub' as const, 'end' as const],
    ];
    same(moduleOf('i32 -> i32', code), small);
  });

  it('pending copies survive assignments in blocks and loops', () => {
    const block: Code = [get(0), 'block', i32(9), set(0), 'end', get(0), 'i32.sub'];
    same(moduleOf('i32 -> i32', block), small);
    const loop: Code = [
      ...[get(0), 'loop' as const, get(1), i32(1), 'i32.add' as const, ['local.tee', 1] as const, set(0)],
      ...[
        get(1),
        i32(3),
        'i32.lt_u' as const,
        ['br_if', 0] as const,
        'end' as const,
        get(0),
        'i32.sub' as const,
      ],
    ];
    same(moduleOf('i32 -> i32', loop, ['i32']), small);
    const tee: Code = [get(0), get(0), i32(5), ['local.tee', 0], 'i32.add', 'i32.mul', get(0), 'i32.add'];
    same(moduleOf('i32 -> i32', tee), small);
  });

  it('locals start as zero, also in a frame that was used before', () => {
    const parts: ModuleParts = {
      types: ['i32 -> i32', '-> i32'],
      functions: [
        { type: 0, code: [['call', 2], 'drop', get(0), ['call', 1], 'i32.add'] },
        {
          type: 1,
          locals: ['i32', 'i32'],
          code: ['block', i32(0), ['br_if', 0], i32(3), set(0), 'end', get(0), get(1), 'i32.add'],
        },
        {
          type: 1,
          locals: ['i32', 'i32'],
          code: [i32(77), set(0), i32(78), set(1), get(0), get(1), 'i32.mul'],
        },
      ],
      exports: [['f', 'func', 0]],
    };
    same(parts, small);
  });

  it('select with its result in each operand, its condition, or elsewhere', () => {
    for (const to of [0, 1, 2, 3]) {
      for (const operands of [
        [0, 1],
        [1, 0],
        [0, 0],
        [2, 1],
        [3, 2],
      ] as const) {
        for (const test of [[get(2)], [get(2), 'i32.eqz'], [get(2), i32(2), 'i32.gt_u']] as Code[]) {
          const code: Code = [
            ...operands.map(get),
            ...test,
            'select',
            set(to),
            get(0),
            get(1),
            get(2),
            get(3),
          ];
          const parts = moduleOf('i32 i32 i32 i32 -> i32 i32 i32 i32', code);
          same(
            parts,
            [0n, 1n, 3n].map((value) => [10n, 20n, value, 40n]),
          );
        }
      }
    }
    const constants: Code = [i32(5), i32(6), get(0), 'select', i32(7), get(0), i32(1), 'select', 'i32.add'];
    same(moduleOf('i32 -> i32', constants), small);
  });

  it('compares 64-bit signs with one row', () => {
    const code: Code = ['block', get(0), i64(0n), 'i64.lt_s', ['br_if', 0], i32(1), 'return', 'end', i32(2)];
    const parts = moduleOf('i64 -> i32', code);
    same(parts, [[0n], [1n], [1n << 63n], [(1n << 64n) - 1n], [(1n << 63n) - 1n]]);
    assert.equal(rowsOf(load(parts)).filter((name) => name === 'add').length, 0);
  });
});

describe('calls', () => {
  const types = ['i32 -> i32', 'i64 -> i64', '-> i32', 'i32 i32 -> i32'];
  const indirect: ModuleParts = {
    types: [...types, 'i32 -> i32'],
    functions: [
      { type: 0, code: [get(0), get(0), ['call_indirect', 0, 0]] },
      { type: 0, code: [get(0), i32(1), 'i32.add'] },
      { type: 1, code: [get(0)] },
      // The same type by another index.
      { type: 4, code: [get(0), i32(100), 'i32.add'] },
    ],
    tables: [{ type: 'funcref', limits: { min: 6, max: undefined } }],
    elements: [{ offset: [i32(1)], functions: [1, 2, 3, 1] }],
    exports: [['f', 'func', 0]],
  };

  it('call_indirect by structural type, with the exact trap otherwise', () => {
    same(indirect, [[1n], [3n], [4n]]);
    const program = load(indirect);
    const trapOf = (index: bigint): string | undefined => execute(program, { args: [index] }).trap?.text;
    assert.equal(trapOf(0n), 'uninitialized element');
    assert.equal(trapOf(2n), 'indirect call type mismatch');
    assert.equal(trapOf(5n), 'uninitialized element');
    assert.equal(trapOf(6n), 'undefined element');
    assert.equal(trapOf(0xffff_ffffn), 'undefined element');
  });

  it('deep recursion ends where the stack does', () => {
    const parts = moduleOf('i32 -> i32', [get(0), i32(1), 'i32.add', ['call', 0]]);
    const run = execute(load(parts), { args: [0n] });
    assert.equal(run.trap?.name, 'stackExhausted');
    assert.equal(run.status, (2n << 32n) | 8n);
    assert.ok(run.instructions > 1_000_000);
  });

  it('a trap names the instruction and the function, through linked routines', () => {
    const code: Code = [get(0), get(1), 'i32.div_s'];
    const parts = moduleOf('i32 i32 -> i32', code, [], { names: new Map([[0, 'quotient']]) });
    const program = load(parts);
    const bytes = moduleBytes(parts);
    for (const [args, name] of [
      [[1n, 0n], 'divideByZero'],
      [[0x8000_0000n, 0xffff_ffffn], 'integerOverflow'],
    ] as const) {
      const { trap } = execute(program, { args });
      assert.equal(trap?.name, name);
      assert.equal(bytes[trap?.offset ?? 0], 0x6d);
      assert.match(trap?.functionName ?? '', /function 0 "quotient"/);
    }
  });

  it('start function and _initialize run before the export, in this order', () => {
    const append = (digit: number): Code => [
      ['global.get', 0],
      i32(10),
      'i32.mul',
      i32(digit),
      'i32.add',
      ['global.set', 0],
    ];
    const parts: ModuleParts = {
      types: ['->', 'i32 -> i32'],
      functions: [
        { type: 0, code: append(1) },
        { type: 0, code: append(2) },
        { type: 1, code: [...append(3), ['global.get', 0], get(0), 'i32.add'] },
      ],
      globals: [{ type: 'i32', mutable: true, init: [i32(0)] }],
      start: 0,
      exports: [
        ['_initialize', 'func', 1],
        ['f', 'func', 2],
      ],
    };
    assert.deepEqual(execute(load(parts), { args: [1000n] }).results, [1123n]);
    assert.deepEqual(execute(load(parts, '_initialize')).results, []);
  });
});

describe('memory', () => {
  it('grows page by page up to the maximum, or fails and leaves everything', () => {
    const code: Code = [get(0), 'memory.grow', set(1), 'memory.size', get(1), i32(16), 'i32.shl', 'i32.or'];
    const parts = moduleOf('i32 -> i32', code, ['i32'], { memories: [{ min: 1, max: 4 }] });
    same(parts, [[0n], [1n], [3n], [4n], [0xffff_ffffn], [0x8000_0000n]]);
  });

  it('new pages are zero and usable at once', () => {
    const code: Code = [
      ...[
        get(0),
        'memory.grow' as const,
        'drop' as const,
        i32(65_532),
        i64(-1n),
        ['i64.store', 0, 0] as const,
      ],
      ...[
        i32(65_530),
        ['i64.load', 0, 0] as const,
        i32(131_000),
        ['i64.load', 0, 0] as const,
        'i64.add' as const,
      ],
    ];
    same(moduleOf('i32 -> i64', code, [], { memories: [{ min: 1, max: undefined }] }), [[1n], [2n], [0n]]);
  });

  it('memory.copy and memory.fill at every alignment, overlap and bound', () => {
    const bytes = Uint8Array.from({ length: 200 }, (_, i) => i);
    const more: ModuleParts = {
      memories: [{ min: 1, max: undefined }],
      datas: [{ offset: [i32(0)], bytes }],
    };
    const sum: Code = [
      ...[
        'loop' as const,
        get(4),
        i64(31n),
        'i64.mul' as const,
        get(3),
        ['i64.load8_u', 0, 0] as const,
        'i64.add' as const,
      ],
      ...[
        set(4),
        get(3),
        i32(1),
        'i32.add' as const,
        ['local.tee', 3] as const,
        i32(256),
        'i32.lt_u' as const,
      ],
      ...[['br_if', 0] as const, 'end' as const, get(4)],
    ];
    const calls: bigint[][] = [];
    for (const to of [0n, 1n, 5n, 40n, 47n]) {
      for (const from of [0n, 2n, 4n, 41n])
        for (const length of [0n, 1n, 3n, 9n, 45n]) calls.push([to, from, length]);
    }
    calls.push([65_530n, 0n, 6n], [65_530n, 0n, 7n], [0n, 65_530n, 7n], [65_536n, 0n, 0n], [65_537n, 0n, 0n]);
    calls.push([0n, 0xffff_ffffn, 1n], [0xffff_ffffn, 0n, 0xffff_ffffn]);
    const copy = moduleOf(
      'i32 i32 i32 -> i64',
      [get(0), get(1), get(2), 'memory.copy', ...sum],
      ['i32', 'i64'],
      more,
    );
    same(copy, calls);
    const fill = moduleOf(
      'i32 i32 i32 -> i64',
      [get(0), get(1), get(2), 'memory.fill', ...sum],
      ['i32', 'i64'],
      more,
    );
    same(fill, calls);
  });

  it('active segments that do not fit are refused before anything runs', () => {
    const memories = [{ min: 1, max: undefined }];
    const data = moduleOf('->', [], [], { memories, datas: [{ offset: [i32(65_535)], bytes: [1, 2] }] });
    refused('INSTANTIATION_FAILED', /data segment 0/, () => load(data));
    const elements = [{ offset: [i32(-1)], functions: [0] }];
    const table = { type: 'funcref', limits: { min: 1, max: undefined } } as const;
    refused('INSTANTIATION_FAILED', /element segment 0/, () =>
      load(moduleOf('->', [], [], { tables: [table], elements })),
    );
  });
});

describe('host functions', () => {
  const imports: ModuleParts['imports'] = [
    ['env', 'wasm_input', { kind: 'func', type: 0 }],
    ['env', 'wasm_output', { kind: 'func', type: 1 }],
    ['env', 'require', { kind: 'func', type: 2 }],
    ['env', 'wasm_dbg', { kind: 'func', type: 1 }],
    ['env', 'abort', { kind: 'func', type: 3 }],
  ];
  const host = (type: string, code: Code, locals: Locals = []): Program =>
    load({
      types: ['i32 -> i64', 'i64 ->', 'i32 ->', 'i32 i32 i32 i32 ->', type],
      imports,
      functions: [{ type: 4, code, locals }],
      exports: [
        ['f', 'func', 5],
        ['input', 'func', 0],
      ],
    });

  it('inputs and outputs in order, arguments first', () => {
    const program = host('i32 -> i64', [
      ...[
        i32(1),
        ['call', 0] as const,
        i32(0),
        ['call', 0] as const,
        'i64.mul' as const,
        ['call', 1] as const,
      ],
      ...[get(0), ['call', 0] as const, ['call', 1] as const, get(0), 'i64.extend_i32_u' as const],
    ]);
    const inputs = { publicInputs: [3n, 50n, 60n], privateInputs: [7n, 9n, 11n] };
    const run = trace(program, { args: [1n], ...inputs });
    assert.deepEqual(run.execution.outputs, [21n, 50n]);
    assert.deepEqual(run.execution.results, [1n]);
    assert.deepEqual(run.publicInputs, [1n, 3n, 50n, 60n]);
    assert.deepEqual(run.publicOutputs, [21n, 50n, 1n]);
    assert.equal(run.execution.publicUsed, 2);
    assert.equal(run.execution.privateUsed, 1);
    checkTrace(program, run);
    assert.deepEqual(execute(program, { args: [0n], ...inputs }).outputs, [21n, 9n]);
  });

  it('reading past the end traps by name', () => {
    const program = host('->', [i32(0), ['call', 0], 'drop']);
    assert.equal(execute(program, { publicInputs: [1n] }).trap?.name, 'inputExhausted');
    const fromPublic = host('->', [i32(1), ['call', 0], 'drop']);
    assert.equal(execute(fromPublic, { privateInputs: [1n] }).trap?.name, 'inputExhausted');
  });

  it('require, alone and fused with a comparison; outputs before the trap count', () => {
    const program = host('i32 ->', [i64(5n), ['call', 1], get(0), ['call', 2]]);
    assert.equal(execute(program, { args: [2n] }).status, 0n);
    const failed = execute(program, { args: [0n] });
    assert.equal(failed.trap?.name, 'requireFailed');
    assert.deepEqual(failed.outputs, [5n]);
    const fused = host('i32 ->', [get(0), i32(3), 'i32.eq', 'i32.eqz', ['call', 2]]);
    assert.deepEqual(rowsOfFunction(fused, 5), ['br', 'ret']);
    assert.equal(execute(fused, { args: [2n] }).status, 0n);
    assert.equal(execute(fused, { args: [3n] }).trap?.name, 'requireFailed');
  });

  it('wasm_dbg reports without rows, where it stands', () => {
    const code: Code = [
      ...[
        get(0),
        ['if', 'i64'] as const,
        i64(1n),
        'else' as const,
        i64(2n),
        ['call', 3] as const,
        i64(3n),
        'end' as const,
      ],
      ...[['local.tee', 1] as const, ['call', 3] as const, i64(8n), ['call', 3] as const, get(1)],
    ];
    const program = host('i32 -> i64', code, ['i64']);
    for (const [argument, expected] of [
      [1n, [1n, 8n]],
      [0n, [2n, 3n, 8n]],
    ] as const) {
      const seen: bigint[] = [];
      const run = execute(program, { args: [argument], onDebug: (value) => seen.push(value) });
      assert.deepEqual(seen, expected);
      assert.deepEqual(run, execute(program, { args: [argument] }));
    }
  });

  it('abort traps, and an import can be entered', () => {
    const program = host('->', [i32(0), i32(0), i32(1), i32(2), ['call', 4], i64(1n), ['call', 1]]);
    assert.equal(execute(program).trap?.name, 'unreachable');
    const parts: ModuleParts = {
      types: ['i32 -> i64'],
      imports: imports.slice(0, 1),
      exports: [['f', 'func', 0]],
    };
    assert.deepEqual(execute(load(parts), { args: [0n], privateInputs: [44n] }).results, [44n]);
  });
});

function rowsOfFunction({ code }: Program, index: number): string[] {
  const names: string[] = [];
  for (let pc = 1; pc < code.length; pc++) {
    if (code.functionIndex[pc] === index) names.push(I.opcodeInfo(code.opcode[pc])?.name ?? '?');
  }
  return names;
}

describe('counts of instructions', () => {
  const count = (type: string, code: Code, args: readonly bigint[], locals: Locals = []): number =>
    execute(load(moduleOf(type, code, locals)), { args }).instructions;

  it('each path counts what it executes', () => {
    const code: Code = [
      get(0),
      'if',
      i32(1),
      'drop',
      i32(2),
      'drop',
      'else',
      'nop',
      'end',
      'block',
      get(0),
      ['br_if', 0],
      get(0),
      'drop',
      'end',
    ];
    assert.equal(count('i32 ->', code, [1n]), 2 + 4 + 2);
    assert.equal(count('i32 ->', code, [0n]), 2 + 2 + 2);
  });

  it('counts more than a row holds', () => {
    const code: Code = Array.from({ length: 400 }, (): Code => [i32(1), 'drop']).flat();
    assert.equal(count('->', code, []), 800);
    assert.equal(count('->', [...code, 'block', ...code, 'end', ...code], []), 2400);
  });

  it('loops, and a routine as one', () => {
    const code: Code = [
      'loop',
      get(0),
      i32(1),
      'i32.sub',
      ['local.tee', 0],
      ['br_if', 0],
      'end',
      i32(77),
      'i32.popcnt',
      'drop',
    ];
    assert.equal(count('i32 ->', code, [10n]), 10 * 5 + 3);
  });
});

describe('what is refused', () => {
  it('unsupported instructions by name and offset', () => {
    const parts = moduleOf('-> i32', [['f32.const', 1], ['f32.const', 2], 'f32.eq']);
    refused('MODULE_UNSUPPORTED', /module\+0x[0-9a-f]+ \(function 0 "f"\): .*f32\.const/, () => load(parts));
  });

  it('imports by name', () => {
    const parts: ModuleParts = { types: ['->'], imports: [['env', 'clock', { kind: 'func', type: 0 }]] };
    refused('MODULE_UNSUPPORTED', /"env" "clock"/, () => load({ ...parts, exports: [['f', 'func', 0]] }));
    const wrongType: ModuleParts = {
      types: ['->'],
      imports: [['env', 'require', { kind: 'func', type: 0 }]],
    };
    refused('MODULE_UNSUPPORTED', /"env" "require"/, () =>
      load({ ...wrongType, exports: [['f', 'func', 0]] }),
    );
  });

  it('exports that are missing or not integer functions', () => {
    refused('EXPORT_MISSING', /"g"/, () => load(moduleOf('->', []), 'g'));
    const parts = moduleOf('->', [], [], {
      exports: [
        ['f', 'func', 0],
        ['m', 'memory', 0],
      ],
      memories: [{ min: 0, max: 1 }],
    });
    refused('EXPORT_MISSING', /"m"/, () => load(parts, 'm'));
  });

  it('frames beyond the limit, and memories', () => {
    const locals = new Array<'i32'>(40_000).fill('i32');
    const half = moduleOf('->', [], locals);
    assert.equal(execute(load(half)).status, 0n);
    const pushes: Code = Array.from({ length: 30_000 }, (): Code => [get(0), i32(1), 'i32.add']).flat();
    const drops: Code = new Array<'drop'>(30_000).fill('drop');
    refused('MODULE_TOO_LARGE', /slots/, () => load(moduleOf('->', [...pushes, ...drops], locals)));
    const memories = [{ min: 5000, max: undefined }];
    refused('MODULE_TOO_LARGE', /5000 pages/, () => load(moduleOf('->', [], [], { memories })));
  });

  it('runs that are too long, arguments that do not fit', () => {
    const program = load(moduleOf('i32 ->', ['loop', ['br', 0], 'end']));
    refused('RUN_TOO_LONG', /1001 instructions/, () =>
      execute(program, { args: [0n], maxInstructions: 1000 }),
    );
    refused('RUN_TOO_LONG', /5000 rows of ctl/, () => trace(program, { args: [0n], maxRows: 5000 }));
    refused('INPUT_INVALID', /0 arguments for 1/, () => execute(program));
    refused('INPUT_INVALID', /32-bit/, () => execute(program, { args: [1n << 32n] }));
    refused('INPUT_INVALID', /public input 1/, () => execute(program, { args: [1n], publicInputs: [-1n] }));
    const aborted = AbortSignal.abort();
    refused('ABORTED', /interrupted/, () => execute(program, { args: [1n], signal: aborted }));
  });
});
