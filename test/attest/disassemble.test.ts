import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  type DisassembledSection,
  type Disassembly,
  disassemble,
} from '../../sdk/src/attest/inspect/disassemble.ts';
import { loadProgram } from '../../sdk/src/attest/module/load.ts';
import { sourceMappingUrl } from '../../sdk/src/attest/module/source.ts';
import { FAILURES, PROVEN_TRAPS, type ProvenTrap } from '../../sdk/src/machine/program.ts';
import type { ModuleParts } from '../../sdk/src/wasm/build.ts';
import { decodeModule } from '../../sdk/src/wasm/decode.ts';
import { formatInstruction } from '../../sdk/src/wasm/text.ts';
import { compileLines } from './lib/lines.ts';
import { MIXED, moduleWith, RECURSIVE, throwsCode } from './lib/modules.ts';

const kernels = readFileSync(new URL('../machine/fixtures/kernels.O2.wasm', import.meta.url));
const mixed = moduleWith(MIXED);
const PROVEN = Object.entries(PROVEN_TRAPS) as [ProvenTrap, number][];

const section = ({ sections }: Disassembly, name: string): DisassembledSection => {
  const found = sections.find((entry) => entry.name.includes(name));
  assert.ok(found, name);
  return found;
};
const rowsOf = ({ rows, instructions }: DisassembledSection): string[] =>
  [...rows, ...instructions.flatMap((each) => each.rows)].map(({ name, operands }) => `${name} ${operands}`);

describe('disassemble', () => {
  it('has every row of the program once, and every instruction of the module', () => {
    for (const [wasm, invoke] of [
      [mixed, 'collatz'],
      [mixed, 'divide'],
      [moduleWith(RECURSIVE), 'main'],
      [kernels, 'hashmap'],
      [kernels, 'keccak'],
    ] as const) {
      const { module, program } = loadProgram(wasm, invoke);
      const { sections, entryName } = disassemble({ wasm, invoke });
      assert.equal(entryName, invoke);
      const pcs = sections.flatMap(({ rows, instructions }) =>
        [...rows, ...instructions.flatMap((each) => each.rows)].map(({ pc }) => pc),
      );
      assert.deepEqual(
        pcs.sort((x, y) => x - y),
        Array.from({ length: program.code.length - 1 }, (_, i) => i + 1),
      );
      const weights = sections.flatMap(({ rows, instructions }) =>
        [...rows, ...instructions.flatMap((each) => each.rows)].map(({ weight }) => weight),
      );
      assert.equal(
        weights.reduce((x, y) => x + y),
        program.code.weight.reduce((x, y) => x + y),
      );
      const offsets = sections.flatMap(({ instructions }) => instructions.map(({ offset }) => offset));
      assert.deepEqual(
        offsets.sort((x, y) => x - y),
        module.functions.flatMap(({ instructions }) => instructions.map(({ offset }) => offset)),
      );
    }
  });

  it('knows the reserved exits, the entry, functions and routines, and what is not reachable', () => {
    const { program } = loadProgram(mixed, 'collatz');
    const result = disassemble({ wasm: mixed, invoke: 'collatz' });
    const kinds = (kind: string): string[] =>
      result.sections.filter((entry) => entry.kind === kind).map(({ name }) => name);
    assert.deepEqual(
      kinds('trap').slice(0, 5),
      PROVEN.map(([name]) => FAILURES[name].text),
    );
    for (const [name, pc] of PROVEN) assert.equal(section(result, FAILURES[name].text).rows[0]?.pc, pc);
    assert.deepEqual(kinds('entry'), ['collatz']);
    assert.equal(result.sections.find(({ kind }) => kind === 'entry')?.rows[0]?.pc, program.entry);
    assert.deepEqual(kinds('routine').sort(), ['i32.div_s', 'memory.grow']);
    assert.deepEqual(kinds('unreachable'), [
      'function 5 "divide"',
      'function 6 "middle"',
      'function 7 "inner"',
    ]);
    assert.equal(kinds('function').length, 5);
  });

  it('writes operands as slots, immediates, places and cells', () => {
    const result = disassemble({ wasm: mixed, invoke: 'collatz' });
    const { program } = loadProgram(mixed, 'collatz');
    const begin = rowsOf(section(result, '"begin"'));
    assert.ok(
      begin.some((row) => /^set global 0 ← s\d+$/.test(row)),
      begin.join('\n'),
    );
    const store = program.sections.find(({ name }) => name.includes('"store"'))!;
    assert.ok(begin.some((row) => row.startsWith(`call → pc ${store.pc} (function 4 "store"), frame s`)));
    const body = rowsOf(section(result, '"collatz"'));
    for (const pattern of [
      /^tget s\d+ ← \[table 0 \+ s\d+\]$/,
      /^calli → function of s\d+, type \d+, frame s\d+$/,
      /^store32 \[s\d+ \+ 16\] ← s\d+$/,
      /^br\.less\.greater s\d+, #1 → pc \d+$/,
      /^and s\d+ ← s0, #1$/,
      /^call → pc \d+ \(memory\.grow\), frame s\d+, return s\d+$/,
      /^ret → pc in s1$/,
    ]) {
      assert.ok(
        body.some((row) => pattern.test(row)),
        `${pattern} in\n${body.join('\n')}`,
      );
    }
    assert.deepEqual(rowsOf(section(result, 'out of bounds memory access')), [
      'drain remaining public inputs',
      'exit trapped: out of bounds memory access',
    ]);
    assert.deepEqual(section(result, '"collatz"').frame, { returnPc: 1, locals: 2, operands: 3 });
    assert.equal(section(result, '"collatz"').type, '(i32) -> (i32)');
  });

  it('puts rows below the instruction that they were made for', () => {
    const { instructions } = section(disassemble({ wasm: mixed, invoke: 'collatz' }), '"odd"');
    assert.deepEqual(
      instructions.map(({ text, rows }) => `${text}: ${rows.map(({ name }) => name).join(' ')}`),
      ['local.get 0: ', 'i32.const 3: ', 'i32.mul: mul', 'i32.const 1: ', 'i32.add: add', 'end: ret'],
    );
  });

  it('enters the only export where none is named', () => {
    assert.equal(disassemble({ wasm: moduleWith(RECURSIVE) }).entryName, 'main');
  });

  it('shows one function, by name of the name section, export or index', () => {
    const only = (name: string | number): string[] =>
      disassemble({ wasm: mixed, invoke: 'collatz', function: name }).sections.map((entry) => entry.name);
    assert.deepEqual(only('even'), ['function 2 "even"']);
    assert.deepEqual(only(7), ['function 7 "inner"']);
    assert.deepEqual(only('7'), ['function 7 "inner"']);
    assert.deepEqual(only('divide'), ['function 5 "divide"']);
    for (const name of ['other', 8, '8', -1, 1.5, '']) throwsCode('INPUT_INVALID', () => only(name));
    throwsCode('EXPORT_MISSING', () => disassemble({ wasm: mixed, invoke: 'even' }));
    throwsCode('MODULE_MALFORMED', () => disassemble({ wasm: new Uint8Array(3) }));
  });

  it('has the lines of a source map', async () => {
    const { wasm, sourceMap } = await compileLines();
    const { instructions } = section(disassemble({ wasm, invoke: 'main', sourceMap }), 'gcd');
    const remainder = instructions.find(({ text }) => text === 'i32.rem_s');
    assert.equal(remainder?.position?.line, 3);
    assert.ok(
      section(disassemble({ wasm }), 'gcd').instructions.every(({ position }) => position === undefined),
    );
  });
});

describe('the section sourceMappingURL', () => {
  const urlOf = (bytes: readonly number[]): string | undefined => {
    const custom = { name: 'sourceMappingURL', offset: 0, bytes: Uint8Array.from(bytes) };
    return sourceMappingUrl({ ...decodeModule(moduleWith({})), customs: [custom] });
  };

  it('is one name and nothing else, or counts as absent', () => {
    assert.equal(urlOf([2, 0x61, 0x62]), 'ab');
    assert.equal(urlOf([0x82, 0, 0x61, 0x62]), 'ab');
    for (const bytes of [
      ...[[], [0x80], [0x80, 0x80, 0x80, 0x80, 0x80]],
      ...[
        [2, 0x61],
        [1, 0x61, 0x62],
        [1, 0xff],
      ],
    ])
      assert.equal(urlOf(bytes), undefined, String(bytes));
  });
});

describe('text of instructions', () => {
  const parts: ModuleParts = {
    types: ['->', 'i32 i32 -> i64 f32'],
    functions: [
      {
        type: 0,
        code: [
          ['block', 'i32'],
          ['f32.const', -1.5],
          ['f32.const', 0.1],
          ['f64.const', Number.NEGATIVE_INFINITY],
          ['f64.const', 0x7ff8_0000_0000_0001n],
          ['i32.const', -1],
          ['i64.const', -(2n ** 63n)],
          ['i32.load8_u', 0, 5],
          ['i64.store', 0, 0],
          ['br_table', [1, 0, 2]],
          ['call_indirect', 1, 0],
          ['select_t', ['i32']],
          ['ref.null', 'externref'],
          ['call', 0],
          ['table.copy', 1, 2],
          ['memory.fill', 0],
          ['block', 1],
          'end',
          'end',
        ],
      },
    ],
    names: new Map([[0, 'all']]),
  };

  it('is that of the specification, with names of functions and types', () => {
    const module = decodeModule(moduleWith(parts));
    assert.deepEqual(
      module.functions[0]!.instructions.map((instruction) => formatInstruction(module, instruction)).slice(
        0,
        17,
      ),
      [
        'block (result i32)',
        'f32.const -1.5',
        'f32.const 0.1',
        'f64.const -inf',
        'f64.const nan:0x7ff8000000000001',
        'i32.const -1',
        'i64.const -9223372036854775808',
        'i32.load8_u offset=5',
        'i64.store align=1',
        'br_table 1 0 2',
        'call_indirect (type 1 (i32, i32) -> (i64, f32))',
        'select (result i32)',
        'ref.null extern',
        'call 0 "all"',
        'table.copy 1 2',
        'memory.fill',
        'block (param i32 i32) (result i64 f32)',
      ],
    );
  });
});
