import assert from 'node:assert/strict';
import { G1_GENERATOR, multiplyG1 } from '../../sdk/src/curve/g1.ts';
import { FQ_MODULUS, Fq, FR_MODULUS } from '../../sdk/src/field/field.ts';
import type { Engine } from '../../sdk/src/kernels/contract.ts';
import { createEngine, createReferenceEngine } from '../../sdk/src/kernels/index.ts';
import { detectFeatures } from '../../sdk/src/kernels/wasm/detect.ts';
import { createWasmEngine } from '../../sdk/src/kernels/wasm/engine.ts';
import { createRandom } from './random.ts';

const random = createRandom('points');
const reference = createReferenceEngine();

const bytes32 = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();

/** Coordinates as given, canonical or not. */
function bytesOf(points: readonly (readonly [bigint, bigint])[]): Uint8Array {
  return new Uint8Array(Buffer.concat(points.flatMap(([x, y]) => [bytes32(x), bytes32(y)])));
}

function multiples(logs: readonly bigint[]): Uint8Array {
  return bytesOf(
    logs.map((log) => {
      const point = multiplyG1(G1_GENERATOR, log);
      return point === null ? [0n, 0n] : [point.x, point.y];
    }),
  );
}

const kinds: readonly (readonly [string, () => Promise<Engine>])[] = [
  ['1 thread', () => createEngine({ threads: 1 })],
  ['2 threads', () => createEngine({ threads: 2 })],
  ['2 lanes', () => createWasmEngine({ shared: true, threads: 2, lanes: 2, fma: detectFeatures().fma })],
  ['no fused multiply-add', () => createWasmEngine({ shared: true, threads: 2, lanes: 4, fma: false })],
];

for (const [kind, open] of kinds) {
  describe(`points, ${kind}`, () => {
    let engine: Engine;
    before(async () => {
      engine = await open();
    });
    after(() => engine.dispose());

    it('come in pieces of any size', async () => {
      const n = 2 ** 14 + 9;
      const few = multiples([5n, 0n, 7n, 1n, 2n]);
      const bytes = new Uint8Array(64 * n);
      for (let i = 0; i < n; i++) {
        // Infinity stands once, in the last piece that is converted.
        const k = i === n - 2 ? 1 : [0, 2, 3, 4][i % 4]!;
        bytes.set(few.subarray(64 * k, 64 * k + 64), 64 * i);
      }
      const pieces = async function* (size: number): AsyncGenerator<Uint8Array> {
        for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size);
      };
      const ones = engine.ints(n, 1);
      engine.words(ones).fill(1);
      const whole = await engine.pointsFromBytes(bytes);
      const sum = await engine.msm([{ bases: whole, scalars: ones }]);
      for (const size of [64 * n, 2 ** 20, 2 ** 20 - 64, 100_001]) {
        const points = await engine.pointsFromChunks(n, pieces(size));
        assert.deepEqual(await engine.pointsToBytes(points, 0, n), bytes);
        assert.deepEqual(await engine.msm([{ bases: points, scalars: ones }]), sum);
        engine.free(points);
      }
      const { used } = engine.memory();
      for (const wrong of [n - 1, n + 1]) {
        await assert.rejects(engine.pointsFromChunks(wrong, pieces(1000)), { code: 'KERNEL_CONTRACT' });
      }
      const failing = async function* (): AsyncGenerator<Uint8Array> {
        yield bytes.slice(0, 640);
        throw new Error('the disk is gone');
      };
      await assert.rejects(engine.pointsFromChunks(n, failing()), /the disk is gone/);
      assert.equal(engine.memory().used, used);
      engine.free(whole, ones);
    });

    it('come back from memory as they went in', async () => {
      const logs = [1n, 0n, ...random.elements(FR_MODULUS, 40), 0n, FR_MODULUS - 1n];
      for (const n of [0, 1, 2, 3, 4, 5, 44]) {
        const bytes = multiples(logs.slice(0, n));
        const points = await engine.pointsFromBytes(bytes);
        assert.equal(points.length, n);
        assert.deepEqual(await engine.pointsToBytes(points, 0, n), bytes);
        engine.free(points);
      }
      const all = multiples(logs);
      const points = await engine.pointsFromBytes(all);
      assert.deepEqual(await engine.pointsToBytes(points, 3, 7), all.slice(3 * 64, 10 * 64));
      await assert.rejects(engine.pointsToBytes(points, 40, 5), { code: 'KERNEL_CONTRACT' });
      await assert.rejects(engine.pointsFromBytes(all.slice(1)), { code: 'KERNEL_CONTRACT' });
      engine.free(points);
    });

    it('are read in the Montgomery form of ceremony files', async () => {
      const logs = [0n, 1n, ...random.elements(FR_MODULUS, 20)];
      const plain = multiples(logs);
      const shifted = bytesOf(
        logs.map((log) => {
          const { x, y } = multiplyG1(G1_GENERATOR, log) ?? { x: 0n, y: 0n };
          return [Fq.from(x << 256n), Fq.from(y << 256n)];
        }),
      );
      assert.equal(await engine.firstOffCurve(shifted, 'montgomery'), -1);
      const points = await engine.pointsFromBytes(shifted, 'montgomery');
      assert.deepEqual(await engine.pointsToBytes(points, 0, logs.length), plain);
      engine.free(points);
    });

    it('are told from what is not on the curve', async () => {
      const good = multiples([...random.elements(FR_MODULUS, 9), 0n, 1n]);
      const many = new Uint8Array(Buffer.concat(Array.from({ length: 1000 }, () => good)));
      assert.equal(await engine.firstOffCurve(new Uint8Array()), -1);
      assert.equal(await engine.firstOffCurve(many), -1);
      const { x, y } = G1_GENERATOR;
      const wrong: readonly (readonly [bigint, bigint])[] = [
        [x, y + 1n],
        [x + FQ_MODULUS, y],
        [x, y + FQ_MODULUS],
        [FQ_MODULUS, FQ_MODULUS],
        [0n, 1n],
        [1n, 0n],
        [2n ** 256n - 1n, 2n ** 256n - 1n],
        [FQ_MODULUS, 0n],
      ];
      for (const point of wrong) {
        for (const index of [0, 1, 7, 4095, 4096, 10_998, 10_999]) {
          const bent = many.slice();
          bent.set(bytesOf([point]), 64 * index);
          assert.equal(await engine.firstOffCurve(bent), index, `${point} at ${index}`);
          bent.set(bytesOf([[x, y + 1n]]), 64 * 10_999);
          assert.equal(await engine.firstOffCurve(bent), index, 'the first of two');
        }
      }
    });

    it('are multiples of the generator', async () => {
      const scalars = [0n, 1n, 2n, FR_MODULUS - 1n, FR_MODULUS - 2n, 512n, 1024n, FR_MODULUS >> 1n];
      for (let k = 0n; k < 254n; k += 3n) scalars.push(1n << k, FR_MODULUS - (1n << k));
      scalars.push(...random.elements(FR_MODULUS, 100));
      const vector = engine.vector(scalars.length);
      engine.write(vector, 0, scalars);
      const points = await engine.fixedBase(vector);
      assert.deepEqual(await engine.pointsToBytes(points, 0, scalars.length), multiples(scalars));
      assert.equal((await engine.fixedBase(engine.vector(0))).length, 0);
      // Infinity among them must not disturb a later sum.
      const ones = engine.ints(scalars.length, 1);
      engine.words(ones).fill(1);
      const sum = scalars.reduce((a, b) => a + b);
      assert.deepEqual(await engine.msm([{ bases: points, scalars: ones }]), multiplyG1(G1_GENERATOR, sum));
    });

    it('are interpolated in the group as scalars are in the field', async () => {
      // Multiples of the generator are right by the test above; they make large sizes cheap.
      for (const n of kind === '2 threads' ? [1, 2, 4, 8, 64, 2048] : [1, 2, 4, 128]) {
        const vector = engine.vector(n);
        engine.write(vector, 0, random.elements(FR_MODULUS, n));
        const points = await engine.fixedBase(vector);
        await engine.groupInterpolate(points);
        await engine.interpolate([vector]);
        const expected = await engine.fixedBase(vector);
        assert.deepEqual(
          await engine.pointsToBytes(points, 0, n),
          await engine.pointsToBytes(expected, 0, n),
          `n = ${n}`,
        );
        engine.free(points, expected, vector);
      }
    });

    it('are interpolated where sums cancel and points repeat', async () => {
      const n = 16;
      const cases: Record<string, bigint[]> = {
        'one point': new Array(n).fill(7n),
        infinity: new Array(n).fill(0n),
        'one of many': Array.from({ length: n }, (_, i) => (i === 5 ? 3n : 0n)),
        opposites: Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 4n : FR_MODULUS - 4n)),
      };
      for (const [what, values] of Object.entries(cases)) {
        const bytes = multiples(values);
        const [points, expected] = [
          await engine.pointsFromBytes(bytes),
          await reference.pointsFromBytes(bytes),
        ];
        await engine.groupInterpolate(points);
        await reference.groupInterpolate(expected);
        assert.deepEqual(
          await engine.pointsToBytes(points, 0, n),
          await reference.pointsToBytes(expected, 0, n),
          what,
        );
        engine.free(points);
      }
    });

    it('refuses to interpolate another number of points', async () => {
      const points = await engine.pointsFromBytes(multiples([1n, 2n, 3n]));
      await assert.rejects(engine.groupInterpolate(points), { code: 'KERNEL_CONTRACT' });
      engine.free(points);
    });
  });
}

describe('points, where memory is short', () => {
  it('name it, give back what they took, and stay usable', async () => {
    const engine = await createEngine({ threads: 1, maxMemoryBytes: 16 * 2 ** 20 });
    const few = engine.vector(10);
    engine.write(few, 0, random.elements(FR_MODULUS, 10));
    const bases = await engine.fixedBase(few);
    const before = engine.memory().used;
    const many = engine.vector(2 ** 17);
    await assert.rejects(engine.fixedBase(many), { code: 'OUT_OF_MEMORY' });
    await assert.rejects(engine.pointsFromBytes(new Uint8Array(64 * 2 ** 18)), { code: 'OUT_OF_MEMORY' });
    engine.free(many);
    assert.equal(engine.memory().used, before);
    assert.notEqual(await engine.msm([{ bases, scalars: few }]), null);
    await engine.dispose();
  });
});
