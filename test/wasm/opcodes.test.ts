import assert from 'node:assert/strict';
import {
  type Code,
  moduleBytes,
  OP,
  OPCODES,
  type Opcode,
  opcodeById,
  opcodeByName,
  type ValueType,
} from '../../sdk/src/wasm/index.ts';
import { verdict } from './helpers.ts';

const CONSTANT = {
  i32: ['i32.const', 0],
  i64: ['i64.const', 0n],
  f32: ['f32.const', 0],
  f64: ['f64.const', 0],
  funcref: ['ref.null', 'funcref'],
  externref: ['ref.null', 'externref'],
} as const satisfies Record<ValueType, unknown>;

/** A module whose function pushes these operands, executes the opcode, and returns `results`. */
function around(
  opcode: Opcode,
  params: readonly ValueType[],
  results: readonly ValueType[],
): Uint8Array<ArrayBuffer> {
  const instruction = (
    opcode.access > 0
      ? [opcode.name, Math.log2(opcode.access), 0]
      : [opcode.name, ...opcode.immediates.map(() => 0)]
  ) as Code[number];
  return moduleBytes({
    types: [`-> ${results.join(' ')}`],
    functions: [{ type: 0, code: [...params.map((type) => CONSTANT[type]), instruction] }],
    tables: [{ type: 'funcref', limits: { min: 1, max: undefined } }],
    memories: [{ min: 1, max: 1 }],
    elements: [{ functions: [0] }],
    datas: [{ bytes: [1] }],
  });
}

describe('wasm opcode table', () => {
  it('has the 201 instructions of WebAssembly 2.0 without SIMD and the tail calls of 3.0, each once', () => {
    assert.equal(OPCODES.length, 203);
    assert.equal(new Set(OPCODES.map(({ id }) => id)).size, 203);
    assert.equal(new Set(OPCODES.map(({ name }) => name)).size, 203);
    const count = (feature: string): number => OPCODES.filter((opcode) => opcode.feature === feature).length;
    assert.equal(count('mvp') + count('float'), 172);
    assert.equal(count('sign-extension'), 5);
    assert.equal(count('saturating-conversion'), 8);
    assert.equal(count('bulk-memory'), 7);
    assert.equal(count('reference-types'), 9);
    assert.equal(count('tail-calls'), 2);
    for (const opcode of OPCODES) {
      assert.equal(opcodeById(opcode.id), opcode);
      assert.equal(opcodeByName(opcode.name), opcode);
      assert.equal(OP[opcode.name], opcode.id);
    }
    for (const id of [0x06, 0x1d, 0xc5, 0xff, 0x100, 0xfc12, 0xfcff, 0x1_0000, -1])
      assert.equal(opcodeById(id), undefined);
  });

  it('marks as float exactly the MVP instructions with floating-point operands or results', () => {
    for (const { name, type, feature } of OPCODES) {
      const floats = [...(type?.params ?? []), ...(type?.results ?? [])].some(
        (t) => t === 'f32' || t === 'f64',
      );
      assert.equal(floats, feature === 'float' || feature === 'saturating-conversion', name);
    }
  });

  it('gives each typed instruction the type, encoding and alignment that the JavaScript engine knows', () => {
    const typed = OPCODES.filter(({ type }) => type !== undefined);
    assert.equal(typed.length, 175);
    for (const opcode of typed) {
      const { params, results } = opcode.type!;
      const right = around(opcode, params, results);
      assert.equal(WebAssembly.validate(right), true, opcode.name);
      assert.equal(verdict(right), 'valid', opcode.name);
      const wrong: Uint8Array<ArrayBuffer>[] = [around(opcode, params, [...results, 'i32'])];
      params.forEach((type, i) => {
        const other = type === 'i64' ? 'f64' : 'i64';
        wrong.push(around(opcode, params.with(i, other), results));
      });
      for (const type of results) wrong.push(around(opcode, params, [type === 'i64' ? 'f64' : 'i64']));
      if (opcode.access > 0) wrong.push(around({ ...opcode, access: opcode.access * 2 }, params, results));
      for (const bytes of wrong) {
        assert.equal(WebAssembly.validate(bytes), false, opcode.name);
        assert.equal(verdict(bytes), 'MODULE_INVALID', opcode.name);
      }
    }
  });
});
