import assert from 'node:assert/strict';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { rootOfUnity } from '../../sdk/src/field/roots.ts';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import { forwardMask, inverseMask } from '../../sdk/src/kernels/wasm/fft-bounds.ts';
import { createPair, withEngines } from './parity.ts';
import { createRandom } from './random.ts';

const low = (count: number): bigint[] => [3n, FR_MODULUS - 1n, 0n, 5n, 7n].slice(0, count);

withEngines('FFT', (pair) => {
  for (const k of [0, 1, 2, 3, 4, 5, 6, 9, 12]) {
    it(`transforms 2^${k} as the reference does`, async () => {
      const { fast, slow, randomVector, vector, assertSame } = pair();
      const n = 2 ** k;
      const columns = [randomVector(n), vector(new Array<bigint>(n).fill(FR_MODULUS - 1n)), randomVector(n)];
      const fasts = columns.map((c) => c.fast);
      const slows = columns.map((c) => c.slow);
      await fast.interpolate(fasts);
      await slow.interpolate(slows);
      for (const c of columns) assertSame(c, 'interpolate');
      const out = columns.map(() => vector(new Array<bigint>(n).fill(0n)));
      const shift = Fr.pow(7n, 2n);
      const lows = [low(Math.min(n, 5)), [], low(1)];
      await fast.cosetEvaluate(
        out.map((c) => c.fast),
        fasts,
        shift,
        lows,
      );
      await slow.cosetEvaluate(
        out.map((c) => c.slow),
        slows,
        shift,
        lows,
      );
      for (const c of out) assertSame(c, 'cosetEvaluate');
      for (const c of columns) assertSame(c, 'cosetEvaluate leaves its source');
      const copy = fast.vector(n);
      await fast.copy(copy, fasts[1]);
      const inPlace = [out[0].fast, copy];
      await fast.cosetEvaluate(inPlace, [fasts[0], copy], shift, lows.slice(0, 2));
      assert.deepEqual(fast.read(copy, 0, n), fast.read(out[1].fast, 0, n), 'cosetEvaluate in place');
      for (const c of out) assertSame(c, 'cosetEvaluate beside one in place');
      fast.free(copy);
      await fast.cosetInterpolate(
        out.map((c) => c.fast),
        shift,
      );
      await slow.cosetInterpolate(
        out.map((c) => c.slow),
        shift,
      );
      for (const c of out) assertSame(c, 'cosetInterpolate');
      fast.free(...fasts, ...out.map((c) => c.fast));
    });
  }

  it('takes many columns at once and none', async () => {
    const { fast, slow, randomVector, assertSame } = pair();
    const columns = Array.from({ length: 11 }, () => randomVector(32));
    await fast.interpolate(columns.map((c) => c.fast));
    await slow.interpolate(columns.map((c) => c.slow));
    for (const c of columns) assertSame(c);
    await fast.interpolate([]);
    await fast.cosetEvaluate([], [], 7n, []);
  });
});

describe('large FFT', () => {
  // 2^14: several blocks in a quarter; 2^19: two passes over strided pieces.
  for (const k of [14, 19]) {
    it(`evaluates polynomials at 2^${k} points and interpolates them back`, async () => {
      const n = 2 ** k;
      const pair = createPair(await createEngine({ threads: 2 }), createRandom(`large ${k}`));
      const { fast, random } = pair;
      const [coefficients, values] = [fast.vector(n), fast.vector(n)];
      const spots = [0, 1, 5, n / 2, n / 4 + 3, n - 1].map((at) => [at, random.element(FR_MODULUS)] as const);
      for (const [at, value] of spots) fast.write(coefficients, at, [value]);
      const shift = 49n;
      await fast.cosetEvaluate([values], [coefficients], shift, [[]]);
      for (const row of [0, 1, 2, 3, 4, n / 2 + 1, n - 1, random.below(n), random.below(n)]) {
        const x = Fr.mul(shift, Fr.pow(rootOfUnity(n), BigInt(row)));
        const expected = spots.reduce((sum, [at, value]) => Fr.from(sum + value * Fr.pow(x, BigInt(at))), 0n);
        assert.deepEqual(fast.read(values, row, 1), [expected], `row ${row}`);
      }
      await fast.cosetInterpolate([values], shift);
      // The difference vanishes at a random point only if it vanishes.
      await fast.accumulateMany(values, [coefficients], [-1n]);
      assert.deepEqual(await fast.evaluateAt([values], random.element(FR_MODULUS)), [0n]);
      // Without a shift: the sum of all values is n times the constant coefficient.
      await fast.cosetEvaluate([values], [coefficients], 1n, [[]]);
      assert.deepEqual(await fast.evaluateAt([values], 1n), [Fr.mul(BigInt(n), spots[0][1])]);
      await fast.interpolate([values]);
      await fast.accumulateMany(values, [coefficients], [-1n]);
      assert.deepEqual(await fast.evaluateAt([values], random.element(FR_MODULUS)), [0n]);
      await fast.dispose();
    });
  }

  it('normalises within its bounds at every size', () => {
    for (let k = 4; k <= 24; k++) {
      // Both throw where a bound would be exceeded.
      assert.ok(forwardMask(k) > 0 && forwardMask(k) < 2 ** k);
      assert.ok(inverseMask(k) > 0 && inverseMask(k) < 2 ** k);
    }
  });
});
