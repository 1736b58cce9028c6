/** The linked routines of floating point: what they are made of, and that they are right. */
import assert from 'node:assert/strict';
import { routineBytes, routineModule } from '../../sdk/src/machine/translate/routines.ts';
import { opcodeById, validateModule } from '../../sdk/src/wasm/index.ts';
import { FLOAT_INSTRUCTIONS, hardware, routines, specialWords, typesOf } from './lib/float-oracle.ts';
import { Random } from './lib/random.ts';

describe('routines of floating point: the module', () => {
  const module = routineModule('softfloat');

  it('is valid, imports single rows of the machine and has no memory, globals, tables or data', () => {
    validateModule(module);
    const { imports, memories, globals, tables, datas, elements, start } = module;
    assert.deepEqual(
      { memories, globals, tables, datas, elements, start },
      { memories: [], globals: [], tables: [], datas: [], elements: [], start: undefined },
    );
    const names = imports.map(({ module: from, name }) => `${from} ${name}`).sort();
    assert.deepEqual(
      names,
      ['i32.high', 'i32.right', 'i64.around', 'i64.high', 'i64.right'].map((name) => `row ${name}`),
    );
  });

  it('computes with integers: no instruction of floating point, of memory or of globals, no traps of its own', () => {
    for (const func of module.functions) {
      for (const { op } of func.instructions) {
        const { name, feature, access } = opcodeById(op)!;
        assert.ok(feature === 'mvp' || feature === 'sign-extension', name);
        assert.ok(access === 0 && !/memory|global|table|indirect|div_s|rem_s/.test(name), name);
      }
      assert.ok(![...func.locals].some((type) => type.startsWith('f')));
    }
  });

  it('has a function for each instruction that is a routine, truncations that trap excepted', () => {
    const others = /^i(32|64)\.trunc_f|reinterpret|\.(abs|neg|copysign|eq|ne|[lg][te])$/;
    const expected = FLOAT_INSTRUCTIONS.map(({ name }) => name).filter((name) => !others.test(name));
    assert.deepEqual(module.exports.map(({ name }) => name).sort(), expected.sort());
    assert.equal(expected.length, 40);
  });

  it('stays small: it is in the bundle for browsers', () => {
    const { length } = routineBytes('softfloat');
    assert.ok(length < 22_000, `${length} bytes`);
  });
});

describe('routines of floating point: results as the hardware has them', () => {
  const soft = routines(routineBytes('softfloat'));
  const hard = hardware(FLOAT_INSTRUCTIONS.filter(({ name }) => soft.has(name)));
  const RANDOM = 4000;

  for (const opcode of FLOAT_INSTRUCTIONS) {
    const { name } = opcode;
    const [mine, theirs] = [soft.get(name), hard.get(name)];
    if (mine === undefined || theirs === undefined) continue;
    const compare = (words: readonly bigint[]): void => {
      const [got, expected] = [mine(...words), theirs(...words)];
      if (got === expected) return;
      assert.fail(`${name}(${words.map(hex)}) = ${hex(got)}, the hardware has ${hex(expected)}`);
    };

    it(name, () => {
      const { params } = typesOf(opcode);
      const [first, second] = params.map(specialWords);
      for (const x of first) {
        if (second === undefined) compare([x]);
        else for (const y of second) compare([x, y]);
      }
      const random = new Random(opcode.id);
      for (let i = 0; i < RANDOM; i++) {
        const words = params.map((type) => random.value(type));
        compare(words);
        if (words.length < 2) continue;
        // Neighbours, where digits cancel.
        const [x] = words;
        const bits = params[0] === 'f32' ? 32 : 64;
        const sign = random.chance(50) ? 1n << BigInt(bits - 1) : 0n;
        compare([x, BigInt.asUintN(bits, x + BigInt(random.below(7)) - 3n) ^ sign]);
      }
    });
  }
});

const hex = (word: bigint): string => `0x${word.toString(16)}`;
