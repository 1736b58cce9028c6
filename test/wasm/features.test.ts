import assert from 'node:assert/strict';
import {
  findUnsupported,
  type ModuleParts,
  moduleBytes,
  OPCODES,
  refuseUnsupported,
  type Supported,
  scanFeatures,
} from '../../sdk/src/wasm/index.ts';
import { functionType } from '../../sdk/src/wasm/types.ts';
import { load, refuses } from './helpers.ts';

const INTEGER: Supported = {
  instructions: new Set(OPCODES.filter(({ feature }) => feature === 'mvp').map(({ name }) => name)),
  features: new Set(['start-function']),
  accepts: ({ module, name }, type) =>
    module === 'env' && name === 'wasm_input' && type?.results[0] === 'i64',
  typeOf: ({ name }) => (name === 'wasm_input' ? functionType(['i32'], ['i64']) : undefined),
};

const PLAIN: ModuleParts = {
  types: ['-> i32', 'i32 -> i64', 'f64 -> i32', '-> i32 i32', '->'],
  imports: [['env', 'wasm_input', { kind: 'func', type: 1 }]],
  functions: [
    { type: 0, code: [['i32.const', 1], ['call', 0], 'i32.wrap_i64', ['i32.const', 1], 'i32.add'] },
  ],
  tables: [{ type: 'funcref', limits: { min: 2, max: undefined } }],
  elements: [{ offset: [['i32.const', 0]], functions: [0, 1] }],
};

describe('wasm features', () => {
  it('finds nothing special in a plain integer module, function indices in element segments included', () => {
    const module = load(moduleBytes(PLAIN));
    assert.deepEqual(scanFeatures(module).features, []);
    assert.deepEqual(findUnsupported(module, INTEGER), []);
    refuseUnsupported(module, INTEGER);
  });

  it('counts instructions, most frequent first, with their first offset', () => {
    const module = load(moduleBytes(PLAIN));
    const { instructions } = scanFeatures(module);
    assert.equal(instructions[0].opcode.name, 'i32.const');
    assert.equal(instructions[0].count, 3);
    assert.equal(instructions[0].function, undefined);
    const add = instructions.find(({ opcode }) => opcode.name === 'i32.add');
    assert.deepEqual(
      [add?.count, add?.function, add?.offset],
      [1, 1, module.functions[0].instructions[4].offset],
    );
  });

  it('lists features by first use', () => {
    const module = load(
      moduleBytes({
        ...PLAIN,
        functions: [
          ...PLAIN.functions!,
          {
            type: 2,
            code: [['local.get', 0], 'i32.trunc_sat_f64_s', 'i32.extend8_s', ['f32.const', 1], 'drop'],
          },
          { type: 3, locals: ['externref'], code: [['block', 3], ['i32.const', 0], ['i32.const', 0], 'end'] },
          { type: 4, code: [['data.drop', 0]] },
        ],
        start: 4,
        datas: [{ bytes: [] }],
        globals: [{ type: 'i32', mutable: true, init: [['i32.const', 0]] }],
        exports: [['g', 'global', 0]],
      }),
    );
    const { features } = scanFeatures(module);
    assert.deepEqual(
      features.map(({ feature, count, example }) => `${feature} ${count} ${example}`),
      [
        'mutable-global-exports 1 export "g"',
        'start-function 1 function 4',
        'float-types 1 function 2',
        'saturating-conversion 1 i32.trunc_sat_f64_s',
        'sign-extension 1 i32.extend8_s',
        'float 1 f32.const',
        'multi-value 2 function 3',
        'reference-values 1 function 3',
        'bulk-memory 1 data.drop',
        'passive-segments 1 data segment 0',
      ],
    );
  });

  it('refuses instructions and features by name with the offset, and lists imports', () => {
    const parts: ModuleParts = {
      ...PLAIN,
      functions: [
        ...PLAIN.functions!,
        { type: 2, code: [['local.get', 0], 'i32.trunc_f64_s', ['f64.const', 0], 'drop'] },
      ],
      names: new Map([[2, 'area']]),
    };
    const module = load(moduleBytes(parts));
    const offset = module.functions[1].instructions[1].offset;
    assert.deepEqual(
      findUnsupported(module, INTEGER).map(({ kind, name }) => `${kind} ${name}`),
      ['feature float-types (function 2 "area")', 'instruction i32.trunc_f64_s', 'instruction f64.const'],
    );
    const floats: Supported = { ...INTEGER, features: new Set(['float-types']) };
    const where = `module+0x${offset.toString(16)} (function 2 "area")`;
    refuses(
      () => refuseUnsupported(module, floats),
      'MODULE_UNSUPPORTED',
      `${where}: unsupported instruction i32.trunc_f64_s (and 1 more: f64.const)`,
    );
    // Imports are listed, and refused by whoever translates, where something reaches them.
    const foreign = load(
      moduleBytes({
        ...PLAIN,
        imports: [
          ['wasi_snapshot_preview1', 'fd_write', { kind: 'func', type: 1 }],
          ['env', 'wasm_input', { kind: 'func', type: 4 }],
        ],
        elements: [],
      }),
    );
    assert.deepEqual(
      findUnsupported(foreign, INTEGER).map(({ name }) => name),
      [
        '"wasi_snapshot_preview1" "fd_write" (func (i32) -> (i64))',
        '"env" "wasm_input" (func () -> ()), which must be func (i32) -> (i64)',
      ],
    );
    refuseUnsupported(foreign, INTEGER);
  });
});
