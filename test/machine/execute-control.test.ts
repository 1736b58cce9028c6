/** Control flow that the translator treats specially, calls, memory as a whole; traps by name. */
import assert from 'node:assert/strict';
import { execute, trace } from '../../sdk/src/machine/execute/execute.ts';
import { type ProvenTrap, statusOfFailure } from '../../sdk/src/machine/program.ts';
import { type Code, type ModuleParts, moduleBytes } from '../../sdk/src/wasm/index.ts';
import { checkTrace } from './lib/check-trace.ts';
import { get, i32, i64, load, moduleOf, refused, rowsOf, same, set } from './lib/programs.ts';

const small = [0n, 1n, 2n, 3n, 4n, 5n, 9n, 0xffff_ffffn].map((value) => [value]);

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

  it('an if on a constant: no row decides it, and a branch that is not taken has none', () => {
    for (const condition of [0, 1, -1]) {
      const plain: Code = [i32(condition), 'if', get(0), i32(7), 'i32.mul', set(0), 'end', get(0)];
      same(moduleOf('i32 -> i32', plain), small);
      // Where paths would meet, a jump to the next row counts the instructions.
      const names = rowsOf(load(moduleOf('i32 -> i32', plain)));
      assert.deepEqual(names, condition === 0 ? ['jmp', 'ret'] : ['mul', 'ret']);
      // Left by a branch and by a return; within a loop, whose header it would be; with values, which pass through; with else.
      const leaving: Code = [i32(condition), 'if', get(0), ['br_if', 0], i32(9), 'return', 'end', i32(5)];
      same(moduleOf('i32 -> i32', leaving), small);
      const loop: Code = [
        ...[
          i32(3),
          set(0),
          'loop' as const,
          i32(condition),
          'if' as const,
          get(0),
          i32(1),
          'i32.sub' as const,
        ],
        ...[['local.tee', 0] as const, ['br_if', 1] as const, 'end' as const, 'end' as const, get(0)],
      ];
      same(moduleOf('i32 -> i32', loop), small);
      const dead: Code = ['block', i32(condition), 'if', 'unreachable', 'end', 'end', get(0)];
      same(moduleOf('i32 -> i32', dead), small);
      const valued: Code = [get(0), i32(condition), ['if', 0], i32(2), 'i32.add', 'end', i32(1), 'i32.or'];
      same(moduleOf('i32 -> i32', valued), small);
      const both: Code = [i32(condition), ['if', 'i32'], get(0), 'else', get(0), i32(3), 'i32.xor', 'end'];
      same(moduleOf('i32 -> i32', both), small);
    }
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

  it('a trap that a row proves names its place, and its run has a whole trace with inputs drained', () => {
    const cases: readonly (readonly [ProvenTrap, number, Code])[] = [
      ['memoryOutOfBounds', 0x2d, [i32(-1), ['i32.load8_u', 0, 0]]],
      ['memoryOutOfBounds', 0x37, [i32(65529), i64(1n), ['i64.store', 0, 0], i32(0)]],
      ['uninitialisedElement', 0x11, [get(0), i32(0), ['call_indirect', 0, 0]]],
      ['indirectTypeMismatch', 0x11, [i32(1), ['call_indirect', 1, 0], i32(0)]],
      ['stackExhausted', 0x10, [get(0), ['call', 0]]],
    ];
    for (const [name, opcode, code] of cases) {
      const parts = moduleOf('i32 -> i32', code, [], {
        types: ['i32 -> i32', '->'],
        tables: [{ type: 'funcref', limits: { min: 2, max: 2 } }],
        elements: [{ offset: [i32(1)], functions: [0] }],
        memories: [{ min: 1, max: 1 }],
        names: new Map([[0, 'culprit']]),
      });
      const program = load(parts);
      const inputs = { args: [7n], publicInputs: [3n, 4n] };
      const { trap, rows, publicUsed } = execute(program, inputs);
      assert.equal(trap?.name, name);
      assert.equal(moduleBytes(parts)[trap?.offset ?? 0], opcode);
      assert.match(trap?.functionName ?? '', /function 0 "culprit"/);
      assert.equal(publicUsed, 0);
      // The deep recursion has too many rows to be traced in a test.
      if (name === 'stackExhausted') continue;
      const run = trace(program, inputs);
      checkTrace(program, run);
      assert.equal(run.status, statusOfFailure(name));
      assert.deepEqual(run.publicInputs, [7n, 3n, 4n]);
      assert.deepEqual({ ...run.execution.trap, rows }, { ...trap, rows: run.execution.rows });
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
    refused('INSTANTIATION_FAILED', /data segment 0 needs bytes 65535..65536, .* 65536 bytes/, () =>
      load(data),
    );
    const empty = moduleOf('->', [], [], { memories, datas: [{ offset: [i32(65_537)], bytes: [] }] });
    refused('INSTANTIATION_FAILED', /data segment 0 is empty and begins at 65537, .* 65536 bytes/, () =>
      load(empty),
    );
    const elements = [{ offset: [i32(-1)], functions: [0] }];
    const table = { type: 'funcref', limits: { min: 1, max: undefined } } as const;
    refused('INSTANTIATION_FAILED', /element segment 0/, () =>
      load(moduleOf('->', [], [], { tables: [table], elements })),
    );
  });
});
