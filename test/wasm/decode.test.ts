import assert from 'node:assert/strict';
import { leb } from '../../sdk/src/wasm/build.ts';
import {
  decodeModule,
  describeFunction,
  indexSpaces,
  LIMITS,
  type ModuleParts,
  moduleBytes,
  OP,
} from '../../sdk/src/wasm/index.ts';
import { HEADER, load, raw, refuses } from './helpers.ts';

const FULL: ModuleParts = {
  types: ['->', 'i32 i64 -> i32', '-> i32 i64', 'i32 ->'],
  imports: [
    ['env', 'require', { kind: 'func', type: 3 }],
    ['env', 'base', { kind: 'global', global: { type: 'i32', mutable: false } }],
  ],
  functions: [
    { type: 0, code: ['nop'] },
    {
      type: 1,
      locals: ['i64', 'i64', 'f32'],
      code: [
        ['block', 2],
        ['i32.const', -1],
        ['i64.const', -2n],
        'end',
        ['local.set', 2],
        ['if', 'i32'],
        ['i32.const', 0],
        ['i32.load16_u', 1, 0xffffffff],
        'else',
        ['f32.const', 0x7fc00001n],
        'i32.reinterpret_f32',
        'end',
        ['block'],
        ['loop'],
        ['i32.const', 5],
        ['br_table', [0, 1, 0]],
        'end',
        'end',
        'unreachable',
      ],
    },
  ],
  tables: [{ type: 'funcref', limits: { min: 3, max: 10 } }],
  memories: [{ min: 1, max: undefined }],
  globals: [{ type: 'i64', mutable: true, init: [['i64.const', 0x8000000000000000n]] }],
  exports: [
    ['run', 'func', 2],
    ['memory', 'memory', 0],
  ],
  start: 1,
  elements: [{ offset: [['i32.const', 1]], functions: [0, 2] }, { functions: [1] }],
  datas: [{ offset: [['global.get', 0]], bytes: [1, 2, 3] }, { bytes: [9] }],
  names: new Map([[1, 'init']]),
};

describe('wasm decoder', () => {
  it('reads every section of a module', () => {
    const bytes = moduleBytes(FULL);
    const module = load(bytes);
    assert.equal(module.size, bytes.length);
    assert.deepEqual(
      module.sections.map(({ id }) => id),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11, 0],
    );
    assert.deepEqual(module.types[1], { params: ['i32', 'i64'], results: ['i32'] });
    assert.deepEqual(
      module.imports.map(({ module: from, name }) => `${from}.${name}`),
      ['env.require', 'env.base'],
    );
    assert.deepEqual(
      module.functions.map(({ index, typeIndex, locals }) => ({ index, typeIndex, locals })),
      [
        { index: 1, typeIndex: 0, locals: [] },
        { index: 2, typeIndex: 1, locals: ['i64', 'i64', 'f32'] },
      ],
    );
    assert.deepEqual(module.tables[0].limits, { min: 3, max: 10 });
    assert.equal(module.globals[0].init.instructions[0].value, 0x8000000000000000n);
    const { name, kind, index, offset } = module.exports[1];
    assert.deepEqual([name, kind, index, bytes[offset], bytes[offset + 1]], ['memory', 'memory', 0, 6, 0x6d]);
    assert.equal(module.start?.index, 1);
    assert.equal(module.elements[0].init[1].instructions[0].index, 2);
    assert.equal(module.elements[1].mode.kind, 'passive');
    assert.deepEqual(module.datas[0].bytes, Uint8Array.of(1, 2, 3));
    assert.equal(module.names.functions.get(1), 'init');
    assert.deepEqual(indexSpaces(module).functions, [3, 0, 1]);
    assert.equal(describeFunction(module, 0), 'function 0 "require"');
    assert.equal(describeFunction(module, 1), 'function 1 "init"');
    assert.equal(describeFunction(module, 2), 'function 2 "run"');
  });

  it('makes flat code with matched blocks, offsets and raw constants', () => {
    const bytes = moduleBytes(FULL);
    const { instructions, block } = decodeModule(bytes).functions[1];
    for (const { op, offset } of instructions) assert.equal(bytes[offset], op);
    const [outer, i32, i64, end, , branch] = instructions;
    assert.deepEqual([outer.block.start, outer.block.end, outer.block.results], [0, 3, ['i32', 'i64']]);
    assert.equal(end.block, outer.block);
    assert.equal(i32.value, 0xffffffff);
    assert.equal(i64.value, 0xfffffffffffffffen);
    assert.deepEqual([branch.block.start, branch.block.else, branch.block.end], [5, 8, 11]);
    assert.equal(instructions[8].block, branch.block);
    assert.deepEqual([instructions[7].align, instructions[7].memOffset], [1, 0xffffffff]);
    assert.equal(instructions[9].value, 0x7fc00001n);
    assert.deepEqual([...instructions[15].labels], [0, 1, 0]);
    assert.deepEqual([block.start, block.end], [-1, instructions.length - 1]);
    assert.equal(instructions.at(-1)?.op, OP.end);
  });

  it('keeps no view of the file', () => {
    const bytes = moduleBytes(FULL);
    const module = decodeModule(bytes);
    bytes.fill(0);
    assert.deepEqual(module.datas[0].bytes, Uint8Array.of(1, 2, 3));
    assert.equal(module.customs[0].bytes[0], 1);
  });

  it('refuses every truncation as malformed', () => {
    const bytes = moduleBytes(FULL);
    const { sections } = decodeModule(bytes);
    // A prefix that ends between sections is a module, and malformed only once functions lack their bodies.
    const whole = new Set(sections.filter(({ id }) => id <= 3 || id === 0).map(({ offset }) => offset));
    for (let length = 0; length < bytes.length; length++) {
      const prefix = bytes.subarray(0, length);
      if (whole.has(length)) decodeModule(prefix);
      else refuses(() => decodeModule(prefix), 'MODULE_MALFORMED', 'module+0x');
    }
  });

  it('says what it expected and where', () => {
    const cases: readonly (readonly [Uint8Array, ...string[]])[] = [
      [new Uint8Array(0), 'magic header not detected', '+0x0'],
      [Uint8Array.from([...HEADER.slice(0, 4), 0x0d, 0, 0, 0]), 'unknown binary version', '+0x4'],
      [raw([1, 5, 1, 0x60]), 'length out of bounds', '+0x8'],
      [raw([1, 1, 0], [1, 1, 0]), 'the type section is repeated or out of order', '+0xb'],
      [raw([10, 1, 0], [3, 1, 0]), 'the function section is repeated or out of order'],
      [raw([15, 0]), 'malformed section id 15'],
      [raw([1, 2, 0, 0]), 'section size mismatch: 1 bytes are left', '+0xb'],
      [raw([1, 2, 1, 0x61]), 'malformed function type 0x61', '+0xb'],
      [raw([3, 2, 1, 0]), 'function and code section have inconsistent lengths'],
      [raw([10, 4, 1, 2, 0, 0x0b]), 'only 0 functions are declared'],
      [raw([4, 4, 1, 0x7f, 0, 0]), 'malformed reference type', '+0xb'],
      [raw([5, 3, 1, 16, 0]), 'malformed limits flags 16'],
      [raw([6, 5, 1, 0x7f, 4, 0x41, 0]), 'malformed mutability 4'],
      [raw([2, 4, 1, 0, 0, 5]), 'malformed import kind 5'],
      [raw([9, 2, 1, 8]), 'malformed element segment flags 8'],
      [raw([11, 2, 1, 3]), 'malformed data segment flags 3'],
      [raw([12, 1, 1]), 'data count and data section have inconsistent lengths'],
    ];
    for (const [bytes, ...parts] of cases) refuses(() => decodeModule(bytes), 'MODULE_MALFORMED', ...parts);
  });

  it('refuses malformed bodies', () => {
    const body = (...code: number[]): Uint8Array =>
      raw([1, 4, 1, 0x60, 0, 0], [3, 2, 1, 0], [10, code.length + 3, 1, code.length + 1, 0, ...code]);
    decodeModule(body(OP.end));
    const cases: readonly (readonly [number[], ...string[]])[] = [
      [[OP.nop], 'unexpected end, expected an instruction or end'],
      [[OP.end, OP.end], '1 bytes are left after the end of a function body'],
      [[OP.else, OP.end], 'else without an if', '+0x17'],
      [[OP.if, 0x40, OP.else, OP.else, OP.end, OP.end], 'else without an if'],
      [[OP.block, 0x41, OP.end, OP.end], 'malformed value type 0x41, expected a block type'],
      [[OP.block, 0xff, 0x7f, OP.end, OP.end], 'malformed block type'],
      [[OP['i32.load'], 0x80, 0x01, 0, OP.end], 'malformed memop flags 128'],
      [[0xfc, 9, 0, OP.end], 'data count section required'],
      [[OP['ref.null'], 0x7f, OP.end], 'malformed reference type'],
    ];
    for (const [code, ...parts] of cases)
      refuses(() => decodeModule(body(...code)), 'MODULE_MALFORMED', ...parts);
  });

  it('refuses what is oversized before it costs memory', () => {
    refuses(
      () => decodeModule(new Uint8Array(LIMITS.fileBytes + 1)),
      'MODULE_TOO_LARGE',
      `${LIMITS.fileBytes}`,
    );
    const locals = (count: number): Uint8Array => {
      const group = [1, ...leb(count), 0x7f];
      const code = [1, group.length + 1, ...group, OP.end];
      return raw([1, 4, 1, 0x60, 0, 0], [3, 2, 1, 0], [10, code.length, ...code]);
    };
    assert.equal(load(locals(LIMITS.functionLocals)).functions[0].locals.length, LIMITS.functionLocals);
    refuses(() => decodeModule(locals(LIMITS.functionLocals + 1)), 'MODULE_TOO_LARGE', '50001 locals');
    refuses(() => decodeModule(locals(0xffffffff)), 'MODULE_TOO_LARGE', 'locals in one function');
    const manyLocals: ModuleParts = {
      types: ['->'],
      functions: new Array(90).fill({ type: 0, code: [] }),
    };
    assert.equal(load(moduleBytes(manyLocals)).functions.length, 90);
  });

  it('bounds locals and instructions over all functions', () => {
    const group = [1, ...leb(LIMITS.functionLocals), 0x7f];
    const repeat = Math.floor(LIMITS.locals / LIMITS.functionLocals) + 1;
    const body = [group.length + 1, ...group, OP.end];
    const bodies = [repeat, ...new Array<number[]>(repeat).fill(body).flat()];
    const functions = [repeat, ...new Array<number>(repeat).fill(0)];
    const bytes = raw(
      [1, 4, 1, 0x60, 0, 0],
      [3, ...leb(functions.length), ...functions],
      [10, ...leb(bodies.length), ...bodies],
    );
    refuses(() => decodeModule(bytes), 'MODULE_TOO_LARGE', 'locals in all functions');
    // A br_table counts its labels.
    const table = Uint8Array.from([OP.br_table, ...leb(65_520), ...new Array<number>(65_521).fill(0)]);
    const tables = Math.floor(LIMITS.instructions / 65_521) + 1;
    const size = table.length * tables + 2;
    const contents = [1, ...leb(size), 0];
    const head = raw(
      [1, 4, 1, 0x60, 0, 0],
      [3, 2, 1, 0],
      [10, ...leb(size + contents.length - 1), ...contents],
    );
    const large = new Uint8Array(head.length + size - 1);
    large.set(head);
    for (let i = 0; i < tables; i++) large.set(table, head.length + i * table.length);
    large[large.length - 1] = OP.end;
    refuses(() => decodeModule(large), 'MODULE_TOO_LARGE', 'instructions');
  });

  it('ignores a malformed name section, and refuses a malformed custom section name', () => {
    const custom = (...contents: number[]): number[] => [
      0,
      contents.length + 5,
      4,
      0x6e,
      0x61,
      0x6d,
      0x65,
      ...contents,
    ];
    assert.equal(decodeModule(raw(custom(1, 4, 1, 0, 1, 0x66))).names.functions.get(0), 'f');
    assert.equal(decodeModule(raw(custom(1, 9, 1, 0, 1, 0x66))).names.functions.size, 0);
    assert.equal(decodeModule(raw(custom(1, 4, 1, 0, 1, 0xff))).names.functions.size, 0);
    refuses(() => decodeModule(raw([0, 2, 1, 0xff])), 'MODULE_MALFORMED', 'UTF-8');
    refuses(() => decodeModule(raw([0, 0])), 'MODULE_MALFORMED');
  });
});
