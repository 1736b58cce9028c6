import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { withEngines } from './parity.ts';

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
