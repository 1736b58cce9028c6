/** Floating-point arguments and results as people write and read them. */
import assert from 'node:assert/strict';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { floatOfWord, formatFloat, run, wordOfFloat } from '../../sdk/src/index.ts';
import { moduleBytes } from '../../sdk/src/wasm/index.ts';

const WASM = moduleBytes({
  types: ['f64 f32 -> f32 f64'],
  functions: [
    {
      type: 0,
      code: [
        ['local.get', 1],
        ['local.get', 0],
      ],
    },
  ],
  exports: [['swap', 'func', 0]],
});

const swap = async (...args: (number | bigint | string)[]): Promise<readonly bigint[]> =>
  (await run({ wasm: WASM, invoke: 'swap', args })).results;

describe('floating-point arguments', () => {
  it('are numbers, decimal texts, special values, or bits', async () => {
    assert.deepEqual(await swap(1.5, 0.1), [0x3dcc_cccdn, 0x3ff8_0000_0000_0000n]);
    assert.deepEqual(await swap('-2.5e-3', ' 7 '), [0x40e0_0000n, 0xbf64_7ae1_47ae_147bn]);
    assert.deepEqual(await swap('nan', 'NaN'), [0x7fc0_0000n, 0x7ff8_0000_0000_0000n]);
    assert.deepEqual(await swap('-inf', 'inf'), [0x7f80_0000n, 0xfff0_0000_0000_0000n]);
    assert.deepEqual(await swap('-Infinity', ' Infinity'), await swap('-inf', 'inf'));
    assert.deepEqual(
      await swap(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY),
      await swap('-inf', 'inf'),
    );
    assert.deepEqual(await swap('-0', -0), [0x8000_0000n, 0x8000_0000_0000_0000n]);
    assert.deepEqual(await swap('0xfff0000000000001', 0xffff_ffffn), [0xffff_ffffn, 0xfff0_0000_0000_0001n]);
  });

  it('of type f32 are rounded once: to the nearest, not to the f32 nearest to an f64', async () => {
    const words: readonly [string, bigint][] = [
      // Half-way between 1 and the next, exactly and not: an f64 has no room for what is more or less.
      ['1.000000059604644775390625', 0x3f80_0000n],
      ['1.00000005960464477539062500000000001', 0x3f80_0001n],
      ['1.00000017881393432617187499999999999', 0x3f80_0001n],
      ['1.000000178813934326171875', 0x3f80_0002n],
      ['-100000017881393432617187499999999999e-35', 0xbf80_0001n],
      ['-1.000000178813934326171875', 0xbf80_0002n],
      // 2^-150, half of the least.
      [
        '7.00649232162408535461864791644958065640130970938257885878534141944895541342930300743319094181060791015625e-46',
        0n,
      ],
      [
        '7.00649232162408535461864791644958065640130970938257885878534141944895541342930300743319094181060791015626e-46',
        1n,
      ],
      ['1e-400', 0n],
      // 2^128 - 2^103, from which on it is infinity.
      ['340282356779733661637539395458142568447', 0x7f7f_ffffn],
      ['.340282356779733661637539395458142568447999e39', 0x7f7f_ffffn],
    ];
    for (const [text, word] of words) assert.deepEqual(await swap('0', text), [word, 0n], text);
    assert.equal(formatFloat(0x3f80_0001n, 'f32'), '1.0000001');
  });

  it('that are something else are refused, without their value', async () => {
    const refused: readonly [number | string | bigint, number | string | bigint, RegExp][] = [
      ['x', '1', /args\[0\]: not a number/],
      ['1', '', /args\[1\]: not a number/],
      ['1', '.', /args\[1\]: not a number/],
      ['1', 'e5', /args\[1\]: not a number/],
      ['1', '1.5f', /args\[1\]: not a number/],
      ['1', '0x1ffffffff', /args\[1\]: the bit pattern does not fit 32 bits/],
      ['1e999', '1', /args\[0\]: the number is out of the range of an f64/],
      ['1', '-1e400', /args\[1\]: the number is out of the range of an f32/],
      // 2^128 - 2^103, which rounds to infinity.
      ['1', '340282356779733661637539395458142568448', /args\[1\]: the number is out of the range/],
      ['1', 1e39, /args\[1\]: the number is out of the range/],
      [-1n, '1', /args\[0\]: the bit pattern does not fit 64 bits/],
    ];
    for (const [x, y, message] of refused) {
      await assert.rejects(
        swap(x, y),
        (error) => isWattestError(error, 'INPUT_INVALID') && message.test(error.message),
        `${x}, ${y}`,
      );
    }
  });
});

describe('words as floating-point numbers', () => {
  it('read as the shortest text that gives them again', () => {
    const texts = {
      f32: ['0.1', '16777216', '1e-45', '3.4028235e+38', '-0', 'inf'],
      f64: ['0.1', '5e-324', '-inf', 'nan'],
    };
    for (const type of ['f32', 'f64'] as const) {
      for (const text of texts[type]) {
        const value =
          text === 'inf'
            ? Number.POSITIVE_INFINITY
            : text === '-inf'
              ? Number.NEGATIVE_INFINITY
              : Number(text);
        assert.equal(formatFloat(wordOfFloat(value, type), type), text);
      }
    }
  });

  it('go there and back', () => {
    for (const word of [0n, 1n, 0x7f80_0000n, 0x8000_0001n, 0x3f80_0001n]) {
      assert.equal(wordOfFloat(floatOfWord(word, 'f32'), 'f32'), word);
    }
    assert.equal(floatOfWord(0x3ff8_0000_0000_0000n, 'f64'), 1.5);
  });
});
