import assert from 'node:assert/strict';
import {
  type Argument,
  type Code,
  moduleBytes,
  OPCODES,
  type Opcode,
  type OpcodeName,
  type ValueType,
} from '../../sdk/src/wasm/index.ts';
import { seeded, verdict } from './helpers.ts';

/**
 * Random bodies, about half of them valid, judged by the validator and by the JavaScript engine. The generator keeps
 * operand types mostly right and mixes in arbitrary instructions, above all after branches.
 */
const TYPES: readonly ValueType[] = ['i32', 'i64', 'f32', 'f64', 'funcref', 'externref'];
const SIGNATURES = ['->', 'i32 i64 -> i64 i32', '-> i32', 'i32 -> i32', '-> f64 externref', 'funcref ->'];
const LOCALS: readonly ValueType[] = ['i32', 'i64', 'f32', 'f64', 'funcref', 'externref'];

function randomBody(random: (bound: number) => number): Code {
  const code: Code[number][] = [];
  let depth = 0;
  const push = (type: ValueType): void => {
    if (random(4) === 0) code.push(['local.get', LOCALS.indexOf(type)]);
    else if (type === 'i32' || type === 'f32' || type === 'f64') code.push([`${type}.const`, random(9)]);
    else if (type === 'i64') code.push(['i64.const', BigInt(random(9))]);
    else code.push(['ref.null', type]);
  };
  const argument = (opcode: Opcode, kind: string): Argument => {
    if (kind === 'labels') return [random(depth + 1), random(depth + 1)];
    if (kind === 'label') return random(depth + (random(20) === 0 ? 3 : 1));
    if (kind === 'block')
      return random(3) === 0 ? random(SIGNATURES.length + 1) : TYPES[random(TYPES.length)];
    if (kind === 'reftype') return TYPES[4 + random(2)];
    if (kind === 'types') return random(9) === 0 ? [] : [TYPES[random(TYPES.length)]];
    if (kind === 'memarg')
      return Math.max(0, Math.log2(opcode.access) - random(3) + (random(20) === 0 ? 1 : 0));
    if (kind === 'table' || kind === 'elem' || kind === 'global') return random(random(20) === 0 ? 3 : 2);
    if (kind === 'data') return random(random(20) === 0 ? 2 : 1);
    return random(6);
  };
  const length = 1 + random(12);
  for (let i = 0; i < length; i++) {
    const opcode = OPCODES[random(OPCODES.length)];
    const { name } = random(4) === 0 ? OPCODES[random(32)] : opcode;
    const chosen = OPCODES.find((row) => row.name === name)!;
    if (name === 'else' || name === 'end') {
      if (depth === 0 || name === 'else') continue;
      depth--;
    }
    if (chosen.type !== undefined) for (const type of chosen.type.params) if (random(30) > 0) push(type);
    const args = chosen.immediates.filter((kind) => kind !== 'memory').map((kind) => argument(chosen, kind));
    if (name === 'if' || name === 'br_if' || name === 'br_table' || name.startsWith('select')) push('i32');
    code.push([name, ...args] as [OpcodeName, ...Argument[]]);
    if (name === 'block' || name === 'loop' || name === 'if') depth++;
    if (random(3) === 0) push(TYPES[random(TYPES.length)]);
    if (random(3) === 0) code.push('drop');
  }
  while (depth-- > 0) {
    if (random(2) === 0) code.push('unreachable');
    code.push('end');
  }
  return random(3) === 0 ? code : [...code, 'unreachable'];
}

function randomModule(random: (bound: number) => number): Uint8Array<ArrayBuffer> {
  return moduleBytes({
    types: SIGNATURES,
    functions: [{ type: random(SIGNATURES.length), locals: LOCALS, code: randomBody(random) }],
    tables: [
      { type: 'funcref', limits: { min: 1, max: 9 } },
      { type: 'externref', limits: { min: 1, max: 9 } },
    ],
    memories: [{ min: 1, max: 1 }],
    globals: [
      { type: 'i32', mutable: true, init: [['i32.const', 0]] },
      { type: 'funcref', mutable: false, init: [['ref.func', 0]] },
    ],
    elements: [{ functions: [0] }, { functions: [] }],
    datas: [{ bytes: [1, 2, 3] }],
  });
}

describe('wasm validator against the JavaScript engine', () => {
  it('agrees on 20,000 random bodies', () => {
    const random = seeded(2024);
    let valid = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = randomModule(random);
      const expected = WebAssembly.validate(bytes);
      const actual = verdict(bytes);
      if (expected) valid++;
      assert.equal(
        actual,
        expected ? 'valid' : 'MODULE_INVALID',
        `case ${i}: ${Buffer.from(bytes).toString('hex')}`,
      );
    }
    assert.ok(valid > 2_000 && valid < 18_000, `${valid} of them are valid`);
  });

  it('accepts nothing that the engine refuses among 20,000 corrupted modules, and never crashes', () => {
    const random = seeded(4096);
    const pool: Uint8Array<ArrayBuffer>[] = [];
    while (pool.length < 300) {
      const bytes = randomModule(random);
      if (verdict(bytes) === 'valid') pool.push(bytes);
    }
    let valid = 0;
    for (let i = 0; i < 20_000; i++) {
      const bytes = pool[random(pool.length)].slice();
      for (let edits = 1 + random(2); edits > 0; edits--) {
        const at = 8 + random(bytes.length - 8);
        if (random(4) === 0) bytes.copyWithin(at, 8 + random(bytes.length - 8));
        else bytes[at] = random(2) === 0 ? random(256) : bytes[at] + (random(2) === 0 ? 1 : -1);
      }
      if (verdict(bytes) !== 'valid') continue;
      valid++;
      assert.ok(WebAssembly.validate(bytes), `case ${i}: ${Buffer.from(bytes).toString('hex')}`);
    }
    assert.ok(valid > 500, `${valid} of them are valid`);
  });
});
