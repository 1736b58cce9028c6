/** Host functions, counts of instructions, and what is refused. */
import assert from 'node:assert/strict';
import { execute, trace } from '../../sdk/src/machine/execute/execute.ts';
import { type Program, statusOfFailure } from '../../sdk/src/machine/program.ts';
import { type Code, decodeModule, type ModuleParts, moduleBytes } from '../../sdk/src/wasm/index.ts';
import { checkTrace } from './lib/check-trace.ts';
import { get, i32, i64, type Locals, load, moduleOf, refused, rowsOf } from './lib/programs.ts';

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

  it('past the end of the private inputs a run is starved; of the public ones it is refused, with a whole trace', () => {
    const program = host('->', [i32(0), ['call', 0], 'drop']);
    assert.equal(execute(program, { publicInputs: [1n] }).starved, true);
    assert.equal(execute(program, { privateInputs: [1n] }).starved, false);
    const twice: Code = [i32(1), ['call', 0], ['call', 1], i32(1), ['call', 0], ['call', 1]];
    const fromPublic = host('->', twice);
    const run = trace(fromPublic, { publicInputs: [8n], privateInputs: [1n] });
    assert.equal(run.execution.trap?.name, 'inputExhausted');
    assert.equal(run.execution.starved, false);
    assert.equal(run.status, statusOfFailure('inputExhausted'));
    assert.deepEqual([run.publicInputs, run.publicOutputs], [[8n], [8n]]);
    checkTrace(fromPublic, run);
  });

  it('require, alone and fused with a comparison; outputs before the trap count', () => {
    const program = host('i32 ->', [i64(5n), ['call', 1], get(0), ['call', 2]]);
    assert.equal(execute(program, { args: [2n] }).status, 0n);
    const failed = execute(program, { args: [0n] });
    assert.equal(failed.trap?.name, 'requireFailed');
    assert.deepEqual(failed.outputs, [5n]);
    const fused = host('i32 ->', [get(0), i32(3), 'i32.eq', 'i32.eqz', ['call', 2]]);
    assert.deepEqual(rowsOf(fused, 5), ['br', 'ret']);
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

  it('a trap in an import that is entered names it and where it is imported', () => {
    const entered = (module: string, name: string, type: string, args: readonly bigint[]): void => {
      const parts: ModuleParts = {
        types: [type],
        imports: [[module, name, { kind: 'func', type: 0 }]],
        memories: [{ min: 1, max: 1 }],
        exports: [['f', 'func', 0]],
      };
      const { trap } = execute(load(parts), { args });
      assert.equal(trap?.functionName, 'function 0 "f"', name);
      assert.equal(trap.offset, decodeModule(moduleBytes(parts)).imports[0].offset, name);
    };
    entered('env', 'abort', 'i32 i32 i32 i32 ->', [0n, 0n, 0n, 0n]);
    entered('env', 'require', 'i32 ->', [0n]);
    // The load that traps is in a routine.
    entered('wasi_snapshot_preview1', 'fd_write', 'i32 i32 i32 i32 -> i32', [1n, 70_000n, 1n, 0n]);
  });
});

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
  it('imports by name', () => {
    const parts: ModuleParts = { types: ['->'], imports: [['env', 'clock', { kind: 'func', type: 0 }]] };
    refused('MODULE_UNSUPPORTED', /"env" "clock" .* called by the entry or a table/, () =>
      load({ ...parts, exports: [['f', 'func', 0]] }),
    );
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
    refused('RUN_TOO_LONG', /1000 instructions/, () =>
      execute(program, { args: [0n], maxInstructions: 1000 }),
    );
    const fill = (bytes: number, again: Code): Program =>
      load(
        moduleOf('->', ['loop', i32(0), i32(1), i32(bytes), ['memory.fill', 0], ...again, 'end'], [], {
          memories: [{ min: 512, max: undefined }],
        }),
      );
    assert.equal(execute(fill(1 << 20, []), { maxInstructions: 4 }).status, 0n);
    const tooLong = /after 4196352 steps of the machine in 4 instructions/;
    refused('RUN_TOO_LONG', tooLong, () => execute(fill(1 << 25, []), { maxInstructions: 4 }));
    refused('RUN_TOO_LONG', /after 4706304 steps of the machine/, () =>
      execute(fill(1 << 20, [['br', 0]]), { maxInstructions: 1000 }),
    );
    // Subnormal numbers take most steps for an instruction: no loop of them is too long for its own number of instructions.
    const again: Code = [['f64.const', 1], 'f64.div', ['f64.const', 1], 'f64.mul'];
    const divide = load(
      moduleOf(
        '->',
        [
          ...[['i32.const', 8000], ['local.set', 0], 'loop', ['f64.const', 5e-324]],
          ...[...Array.from({ length: 20 }, () => again).flat(), 'drop'],
          ...[['local.get', 0], ['i32.const', 1], 'i32.sub', ['local.tee', 0], ['br_if', 0], 'end'],
        ] as Code,
        ['i32'],
      ),
    );
    const { instructions, rows } = execute(divide);
    assert.ok(Object.values(rows).reduce((sum, count) => sum + count) > 40 * instructions);
    assert.equal(execute(divide, { maxInstructions: instructions }).status, 0n);
    refused('RUN_TOO_LONG', /5000 rows of ctl/, () => trace(program, { args: [0n], maxRows: 5000 }));
    refused('INPUT_INVALID', /0 arguments for 1/, () => execute(program));
    refused('INPUT_INVALID', /32-bit/, () => execute(program, { args: [1n << 32n] }));
    refused('INPUT_INVALID', /public input 1/, () => execute(program, { args: [1n], publicInputs: [-1n] }));
    const aborted = AbortSignal.abort();
    refused('ABORTED', /interrupted/, () => execute(program, { args: [1n], signal: aborted }));
  });
});
