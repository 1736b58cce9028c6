/** The linked routines of floating point: where they come from, what they are made of, and that they are right. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSoftfloat, softfloatFile } from '../../scripts/lib/softfloat.ts';
import { FLOAT_ROUTINES, softfloatBytes, softfloatModule } from '../../sdk/src/machine/translate/float.ts';
import { floatIntrinsics } from '../../sdk/src/machine/translate/intrinsics.ts';
import { opcodeById, validateModule } from '../../sdk/src/wasm/index.ts';
import { ROOT } from '../structure/sources.ts';
import { FLOAT_INSTRUCTIONS, hardware, routines, specialWords, typesOf } from './lib/float-oracle.ts';
import { Random } from './lib/random.ts';

describe('routines of floating point: the module', () => {
  const module = softfloatModule();

  it('is what the compiler of the install makes of softfloat.c', async function () {
    this.timeout(60_000);
    const { path, text } = await softfloatFile();
    assert.equal(readFileSync(join(ROOT, path), 'utf8'), text);
    assert.deepEqual(await buildSoftfloat(), softfloatBytes());
  });

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
      ['around.i64', 'high.i32', 'high.i64', 'right.i32', 'right.i64'].map((name) => `machine ${name}`),
    );
    assert.deepEqual(
      floatIntrinsics(module).map(({ type }) => type),
      imports.map(({ description }) => description.kind === 'func' && module.types[description.typeIndex]),
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
    const trapping = /^i(32|64)\.trunc_f/;
    const expected = [...FLOAT_ROUTINES.values()].filter((name) => !trapping.test(name));
    assert.deepEqual(module.exports.map(({ name }) => name).sort(), expected.sort());
    assert.equal(expected.length, 40);
  });

  it('stays small: it is in the bundle for browsers', () => {
    const { length } = softfloatBytes();
    assert.ok(length < 20_000, `${length} bytes`);
  });
});

describe('routines of floating point: results as the hardware has them', function () {
  this.timeout(60_000);
  const soft = routines(softfloatBytes());
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
