import assert from 'node:assert/strict';
import {
  type Code,
  decodeModule,
  type ModuleParts,
  moduleBytes,
  validateModule,
} from '../../sdk/src/wasm/index.ts';
import { load, refuses } from './helpers.ts';

/** A module whose function 0 has this type and code, with one of everything around. */
function withCode(type: string, code: Code, parts: Partial<ModuleParts> = {}): Uint8Array {
  return moduleBytes({
    types: [type, 'i32 i64 -> i64 i32', '->'],
    functions: [
      { type: 0, locals: ['i32', 'i64', 'funcref'], code },
      { type: 2, code: [] },
    ],
    tables: [
      { type: 'funcref', limits: { min: 1, max: undefined } },
      { type: 'externref', limits: { min: 1, max: 1 } },
    ],
    memories: [{ min: 1, max: 2 }],
    globals: [
      { type: 'i32', mutable: true, init: [['i32.const', 0]] },
      { type: 'i64', mutable: false, init: [['i64.const', 0n]] },
    ],
    elements: [{ functions: [0] }],
    datas: [{ bytes: [1] }],
    ...parts,
  });
}

describe('wasm validator', () => {
  it('accepts multi-value blocks, unreachable code, references and bulk operations', () => {
    const cases: readonly (readonly [string, Code])[] = [
      [
        '-> i64 i32',
        [
          ['i32.const', 1],
          ['i64.const', 2n],
          ['block', 1],
          'drop',
          'drop',
          ['i64.const', 3n],
          ['i32.const', 4],
          'end',
        ],
      ],
      [
        '-> i64 i32',
        [
          ['i32.const', 1],
          ['i64.const', 2n],
          ['loop', 1],
          ['i32.const', 0],
          ['br_if', 0],
          'drop',
          'drop',
          ['i64.const', 3n],
          ['i32.const', 4],
          'end',
        ],
      ],
      ['-> i32', ['unreachable', 'select', 'i32.add']],
      ['-> i32', ['unreachable', ['br_table', [0, 0]], 'i64.eqz']],
      [
        '-> i32',
        [
          ['block', 'i64'],
          ['block', 'i32'],
          'unreachable',
          ['br_table', [0, 1, 0]],
          'end',
          'drop',
          ['i64.const', 0n],
          'end',
          'i32.wrap_i64',
        ],
      ],
      [
        '-> funcref',
        [
          ['i32.const', 0],
          ['table.get', 0],
          ['ref.func', 0],
          ['local.get', 0],
          ['select_t', ['funcref']],
        ],
      ],
      [
        '-> i32',
        [['ref.null', 'externref'], ['i32.const', 1], ['table.grow', 1], ['table.size', 1], 'i32.add'],
      ],
      [
        '->',
        [
          ['i32.const', 0],
          ['i32.const', 0],
          ['i32.const', 1],
          ['memory.init', 0],
          ['data.drop', 0],
        ],
      ],
      [
        '->',
        [
          ['i32.const', 0],
          ['i32.const', 0],
          ['i32.const', 1],
          ['table.init', 0, 0],
          ['elem.drop', 0],
        ],
      ],
      ['-> i32', [['ref.func', 1], 'ref.is_null']],
    ];
    // ref.func 1 needs a declaration outside of the bodies.
    for (const [type, code] of cases) load(withCode(type, code, { elements: [{ functions: [0, 1] }] }));
  });

  it('refuses bodies, with function and offset', () => {
    const cases: readonly (readonly [string, Code, string])[] = [
      ['-> i32', [], 'type mismatch'],
      ['->', [['i32.const', 0]], 'type mismatch: 1 values remain'],
      ['-> i32', [['i64.const', 0n]], 'expects i32 and finds i64'],
      ['->', ['i32.add', 'drop'], 'finds an empty stack'],
      ['->', [['block'], 'drop', 'end'], 'finds an empty stack'],
      ['->', [['i32.const', 1], ['block'], 'drop', 'end'], 'finds an empty stack'],
      ['->', [['i32.const', 1], ['if', 'i32'], ['i32.const', 1], 'end', 'drop'], 'if without else'],
      ['->', [['block', 7], 'end'], 'unknown type 7'],
      ['->', [['br', 1]], 'unknown label 1'],
      ['->', [['local.get', 3], 'drop'], 'unknown local 3'],
      ['->', [['call', 2]], 'unknown function 2'],
      [
        '->',
        [
          ['i64.const', 0n],
          ['global.set', 1],
        ],
        'global 1 is immutable',
      ],
      ['->', [['global.get', 2], 'drop'], 'unknown global 2'],
      ['->', [['i32.const', 0], ['i32.load', 3, 0], 'drop'], 'alignment must not be larger than natural'],
      ['->', [['i32.const', 0], ['i32.load8_u', 0x3f, 0], 'drop'], 'alignment'],
      [
        '->',
        [
          ['i32.const', 0],
          ['call_indirect', 2, 1],
        ],
        'call_indirect through a table of externref',
      ],
      [
        '->',
        [
          ['i32.const', 0],
          ['call_indirect', 9, 0],
        ],
        'unknown type 9',
      ],
      ['->', [['ref.func', 1], 'drop'], 'undeclared function reference 1'],
      [
        '->',
        ['unreachable', ['ref.null', 'funcref'], ['i32.const', 0], 'select', 'drop'],
        'expects a number',
      ],
      ['->', [['i32.const', 0], ['i64.const', 0n], ['i32.const', 0], 'select', 'drop'], 'type mismatch'],
      ['->', ['unreachable', ['select_t', []], 'drop'], 'invalid result arity'],
      ['->', [['i32.const', 0], 'ref.is_null', 'drop'], 'expects a reference'],
      [
        '->',
        [['block', 'i32'], ['i32.const', 0], ['i32.const', 0], ['br_table', [0, 1]], 'end', 'drop'],
        'br_table labels carry',
      ],
      [
        '->',
        [
          ['i32.const', 0],
          ['i32.const', 0],
          ['i32.const', 0],
          ['table.copy', 0, 1],
        ],
        'externref into a table of funcref',
      ],
      [
        '->',
        [
          ['i32.const', 0],
          ['i32.const', 0],
          ['i32.const', 0],
          ['table.init', 0, 1],
        ],
        'funcref into a table of externref',
      ],
      ['->', [['elem.drop', 1]], 'unknown elem segment 1'],
      ['->', [['data.drop', 1]], 'unknown data segment 1'],
    ];
    for (const [type, code, message] of cases) {
      refuses(() => load(withCode(type, code)), 'MODULE_INVALID', message, 'module+0x', '(function 0');
    }
  });

  it('gives the offset of the instruction and the name of its function', () => {
    const bytes = withCode('->', ['nop', ['local.get', 9], 'drop'], { names: new Map([[0, 'faulty']]) });
    const offset = decodeModule(bytes).functions[0].instructions[1].offset;
    const where = `module+0x${offset.toString(16)} (function 0 "faulty")`;
    refuses(() => load(bytes), 'MODULE_INVALID', `${where}: unknown local 9`);
  });

  it('refuses faults outside of bodies', () => {
    const types = ['->', 'i32 -> i32'];
    const functions = [
      { type: 0, code: [] },
      { type: 1, code: [['local.get', 0]] as Code },
    ];
    const base: ModuleParts = { types, functions };
    const memory = (min: number, max?: number): Partial<ModuleParts> => ({ memories: [{ min, max }] });
    const table = { type: 'funcref', limits: { min: 1, max: undefined } } as const;
    const cases: readonly (readonly [Partial<ModuleParts>, string])[] = [
      [{ functions: [{ type: 2, code: [] }] }, 'unknown type 2'],
      [{ imports: [['m', 'f', { kind: 'func', type: 2 }]] }, 'unknown type 2'],
      [memory(65_537), 'memory size must be at most 65536 pages'],
      [memory(0, 65_537), 'memory size must be at most 65536 pages'],
      [memory(2, 1), 'size minimum must not be greater than maximum'],
      [{ tables: [{ type: 'funcref', limits: { min: 2, max: 1 } }] }, 'size minimum'],
      [
        { globals: [{ type: 'i32', mutable: false, init: [['i64.const', 0n]] }] },
        'expects i32 and finds i64',
      ],
      [{ globals: [{ type: 'i32', mutable: false, init: [] }] }, 'finds an empty stack'],
      [
        {
          globals: [
            {
              type: 'i32',
              mutable: false,
              init: [
                ['i32.const', 0],
                ['i32.const', 0],
              ],
            },
          ],
        },
        '(global 0): type mismatch',
      ],
      [
        { globals: [{ type: 'i32', mutable: false, init: [['i32.const', 0], 'i32.eqz'] }] },
        'constant expression required',
      ],
      [{ globals: [{ type: 'i32', mutable: false, init: [['global.get', 0]] }] }, 'unknown global 0 here'],
      [{ tables: [{ ...table, init: [['i32.const', 0]] }] }, '(table 0): type mismatch'],
      [{ exports: [['a', 'func', 2]] }, 'unknown function 2'],
      [{ exports: [['a', 'memory', 0]] }, 'unknown memory 0'],
      [
        {
          exports: [
            ['a', 'func', 0],
            ['a', 'func', 1],
          ],
        },
        'duplicate export name "a"',
      ],
      [{ start: 1 }, 'start function 1 must have no parameters'],
      [{ start: 2 }, 'unknown function 2'],
      [{ elements: [{ offset: [['i32.const', 0]], functions: [] }] }, 'unknown table 0'],
      [
        { tables: [table], elements: [{ offset: [['i64.const', 0n]], functions: [] }] },
        '(element segment 0)',
      ],
      [
        {
          tables: [{ ...table, type: 'externref' }],
          elements: [{ offset: [['i32.const', 0]], functions: [] }],
        },
        'funcref elements for a table of externref',
      ],
      [{ elements: [{ functions: [2] }] }, 'unknown function 2'],
      [{ datas: [{ offset: [['i32.const', 0]], bytes: [] }] }, 'unknown memory 0'],
    ];
    load(moduleBytes(base));
    for (const [parts, message] of cases) {
      refuses(() => load(moduleBytes({ ...base, ...parts })), 'MODULE_INVALID', message, 'module+0x');
    }
    const mutable: ModuleParts = {
      imports: [['m', 'g', { kind: 'global', global: { type: 'i32', mutable: true } }]],
      globals: [{ type: 'i32', mutable: false, init: [['global.get', 0]] }],
    };
    refuses(() => load(moduleBytes(mutable)), 'MODULE_INVALID', 'global 0 is mutable');
  });

  it('is not confused by depth: 100,000 nested blocks', () => {
    const depth = 100_000;
    const code = [
      ...new Array(depth).fill(['block']),
      ['br', depth],
      ...new Array(depth).fill('end'),
    ] as Code;
    const module = decodeModule(moduleBytes({ types: ['->'], functions: [{ type: 0, code }] }));
    validateModule(module);
    assert.equal(module.functions[0].instructions.length, 2 * depth + 2);
  });
});
