import assert from 'node:assert/strict';
import { FR_MODULUS } from '../../sdk/src/field/field.ts';
import { LENGTHS, withEngines } from './parity.ts';

/** Also around the sections and chunks of scans. */
const SCAN_LENGTHS = [...LENGTHS, 255, 256, 257, 260, 1023, 1024, 1031, 4100];
const EDGES = [0n, 1n, FR_MODULUS - 1n, FR_MODULUS >> 1n, (FR_MODULUS >> 1n) + 1n];

withEngines('vectors', (pair) => {
  it('writes and reads elements, canonical or not', () => {
    const { fast } = pair();
    const vector = fast.vector(9);
    fast.write(vector, 2, [...EDGES, -1n, FR_MODULUS + 5n]);
    assert.deepEqual(fast.read(vector, 1, 8), [0n, ...EDGES, FR_MODULUS - 1n, 5n]);
    fast.addAt(vector, 4, [1n]);
    assert.deepEqual(fast.read(vector, 4, 1), [0n]);
  });

  it('hands out zeroed memory, also a second time', () => {
    const { fast } = pair();
    const first = fast.vector(3000);
    fast.write(first, 0, new Array<bigint>(3000).fill(7n));
    const { used } = fast.memory();
    fast.free(first);
    assert.ok(fast.memory().used < used);
    const column = fast.ints(20000, 2);
    assert.ok(fast.words(column).every((word) => word === 0));
    fast.free(column);
    assert.ok(fast.memory().peak >= used);
  });

  for (const words of [1, 2] as const) {
    it(`converts columns of ${32 * words} bits`, async () => {
      const { fast, slow, random } = pair();
      for (const length of LENGTHS) {
        const columns = [fast.ints(length, words), slow.ints(length, words)] as const;
        const values = Array.from(
          { length: length * words },
          (_, i) =>
            [0, 1, 2 ** 32 - 1, 2 ** 31, 2 ** 19 - 1, 2 ** 19][
              (i * 7 + length) % 6 === 5 ? 5 : random.below(5)
            ],
        );
        for (const [i, engine] of [fast, slow].entries()) engine.words(columns[i]).set(values);
        const both = { fast: fast.vector(length), slow: slow.vector(length) };
        await fast.toField(both.fast, columns[0]);
        await slow.toField(both.slow, columns[1]);
        const { assertSame } = pair();
        assertSame(both);
        fast.free(both.fast, columns[0]);
      }
    });
  }

  it('copies, scales, accumulates', async () => {
    const { fast, slow, random, randomVector, assertSame } = pair();
    for (const length of SCAN_LENGTHS) {
      const [a, b, c] = [randomVector(length), randomVector(length), randomVector(Math.max(0, length - 3))];
      const scalars = [...random.elements(FR_MODULUS, 2), EDGES[length % 5]];
      for (const [engine, which] of [
        [fast, 'fast'],
        [slow, 'slow'],
      ] as const) {
        await engine.scale(b[which], scalars[0]);
        await engine.accumulateMany(a[which], [c[which]], [scalars[1]]);
        await engine.accumulateMany(a[which], [b[which], c[which], b[which]], scalars);
        await engine.copy(b[which], a[which]);
      }
      assertSame(a, `accumulate ${length}`);
      assertSame(b, `copy ${length}`);
    }
  });

  it('accumulates sources of several lengths behind an offset', async () => {
    const { fast, slow, random, randomVector, assertSame } = pair();
    for (const counts of [[], [1], [3], [9, 1], [5, 6, 4]]) {
      const dst = randomVector(1100);
      const srcs = counts.flatMap((count, i) =>
        Array.from({ length: count }, () => randomVector([1031, 64, 5][i])),
      );
      const scalars = srcs.map((_, k) => (k === 2 ? EDGES[2] : random.element(FR_MODULUS)));
      for (const offset of [0, 64]) {
        await fast.accumulateMany(
          dst.fast,
          srcs.map((c) => c.fast),
          scalars,
          offset,
        );
        await slow.accumulateMany(
          dst.slow,
          srcs.map((c) => c.slow),
          scalars,
          offset,
        );
        assertSame(dst, `${counts} at ${offset}`);
      }
    }
    // What a freed vector leaves is not part of a sum.
    const length = 1100;
    fast.free(randomVector(length).fast);
    const fresh = { fast: fast.vector(length), slow: slow.vector(length) };
    const short = randomVector(64);
    await fast.accumulateMany(fresh.fast, [short.fast], [EDGES[1]]);
    await slow.accumulateMany(fresh.slow, [short.slow], [EDGES[1]]);
    assertSame(fresh, 'fresh');
    const [dst, src] = [fast.vector(16), fast.vector(9)];
    const misused = { code: 'KERNEL_CONTRACT' };
    await assert.rejects(async () => fast.accumulateMany(dst, [src], [1n], 8), misused);
    await assert.rejects(async () => fast.accumulateMany(dst, [src], [1n], 2), misused);
    await assert.rejects(async () => fast.accumulateMany(dst, [src], []), misused);
  });

  it('accumulates a thousand times without losing its bounds', async () => {
    const { fast, slow, vector, assertSame } = pair();
    const [sum, term] = [vector(new Array<bigint>(5).fill(0n)), vector(EDGES)];
    const scalar = FR_MODULUS >> 1n;
    for (let i = 0; i < 1000; i++) {
      await fast.accumulateMany(sum.fast, [term.fast], [scalar]);
      await slow.accumulateMany(sum.slow, [term.slow], [scalar]);
    }
    assertSame(sum);
  });

  it('inverts batches', async () => {
    const { fast, slow, vector, random, assertSame } = pair();
    for (const length of SCAN_LENGTHS) {
      const values = random.elements(FR_MODULUS, length).map((v) => (v === 0n ? 1n : v));
      const both = vector(values);
      assert.equal(await fast.batchInvert(both.fast), true);
      await slow.batchInvert(both.slow);
      assertSame(both, `${length}`);
    }
    const withZero = vector([1n, 2n, 3n, 4n, 0n, 5n]);
    assert.equal(await fast.batchInvert(withZero.fast), false);
  });

  it('evaluates at a point', async () => {
    const { fast, slow, random, randomVector } = pair();
    const vectors = SCAN_LENGTHS.map((length) => randomVector(length));
    for (const point of [random.element(FR_MODULUS), 0n, 1n, FR_MODULUS - 1n]) {
      assert.deepEqual(
        await fast.evaluateAt(
          vectors.map((v) => v.fast),
          point,
        ),
        await slow.evaluateAt(
          vectors.map((v) => v.slow),
          point,
        ),
      );
    }
    assert.deepEqual(await fast.evaluateAt([], 5n), []);
  });

  it('divides by linear polynomials', async () => {
    const { fast, slow, random, randomVector, assertSame } = pair();
    for (const length of SCAN_LENGTHS) {
      for (const point of [random.element(FR_MODULUS), 0n]) {
        const both = randomVector(length);
        const value = await fast.divideByLinear(both.fast, point);
        assert.equal(value, await slow.divideByLinear(both.slow, point));
        assertSame(both, `${length}`);
      }
    }
  });

  it('sums prefixes', async () => {
    const { fast, slow, random, randomVector, assertSame } = pair();
    for (const length of SCAN_LENGTHS) {
      const step = random.element(FR_MODULUS);
      const [src, dst] = [randomVector(length), randomVector(length)];
      const total = await fast.prefixSum(dst.fast, src.fast, step);
      assert.equal(total, await slow.prefixSum(dst.slow, src.slow, step));
      assertSame(dst, `${length}`);
      // In place.
      await fast.prefixSum(src.fast, src.fast, step);
      await slow.prefixSum(src.slow, src.slow, step);
      assertSame(src, `${length} in place`);
    }
  });

  it('adds with a stride', async () => {
    const { fast, slow, randomVector, assertSame } = pair();
    for (const length of SCAN_LENGTHS) {
      for (const [offset, stride] of [
        [0, 1],
        [3, 1],
        [1, 3],
        [2, 8],
      ]) {
        const src = randomVector(length);
        const dst = randomVector(offset + stride * length + 1);
        await fast.scatterAdd(dst.fast, offset, stride, src.fast);
        await slow.scatterAdd(dst.slow, offset, stride, src.slow);
        assertSame(dst, `${length} at ${offset} + ${stride}·k`);
        fast.free(src.fast, dst.fast);
      }
    }
  });

  it('leaves nothing behind in lanes beyond the length', async () => {
    const { fast } = pair();
    // A vector of 5 becomes inverses, quotients, sums; its lanes 5 … 7 must stay zero for whoever adds whole groups.
    const [short, long] = [fast.vector(5), fast.vector(8)];
    fast.write(short, 0, [1n, 2n, 3n, 4n, 5n]);
    await fast.batchInvert(short);
    await fast.prefixSum(short, short, 7n);
    await fast.divideByLinear(short, 3n);
    await fast.evaluate(
      fast.compile({ columns: 1, challenges: [], constants: [9n], operations: [[0, 0, 1]], outputs: [2] }),
      [long],
      [],
      [short.length === long.length ? short : fast.vector(8)],
    );
    await fast.accumulateMany(long, [short], [1n]);
    assert.deepEqual(fast.read(long, 5, 3), [0n, 0n, 0n]);
  });

  it('refuses misuse by name', async () => {
    const { fast, slow } = pair();
    const vector = fast.vector(4);
    await assert.rejects(fast.interpolate([fast.vector(3)]), { code: 'KERNEL_CONTRACT' });
    await assert.rejects(async () => fast.copy(vector, slow.vector(4)), { code: 'KERNEL_CONTRACT' });
    await assert.rejects(async () => fast.copy(vector, fast.vector(5)), { code: 'KERNEL_CONTRACT' });
    assert.throws(() => fast.read(vector, 2, 3), { code: 'KERNEL_CONTRACT' });
    fast.free(vector);
    assert.throws(() => fast.read(vector, 0, 1), { code: 'KERNEL_CONTRACT' });
  });
});
