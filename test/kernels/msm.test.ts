import assert from 'node:assert/strict';
import { equalG1, G1_GENERATOR, multiplyG1 } from '../../sdk/src/curve/g1.ts';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import type { Engine, MsmPart, Points } from '../../sdk/src/kernels/contract.ts';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import { detectFeatures } from '../../sdk/src/kernels/wasm/detect.ts';
import { createWasmEngine } from '../../sdk/src/kernels/wasm/engine.ts';
import { type Measured, planMany, planMsm } from '../../sdk/src/kernels/wasm/msm-plan.ts';
import { createRandom } from './random.ts';

/**
 * The oracle: every base is a known multiple `logs[i]` of the generator, so a sum of products is one multiple. Points
 * come from the reference's arithmetic, not from the kernels.
 */
interface Bases {
  readonly points: Points;
  readonly logs: readonly bigint[];
}

const random = createRandom('msm');
const known = new Map<bigint, Uint8Array>();

function encode(log: bigint): Uint8Array {
  let bytes = known.get(log);
  if (bytes === undefined) {
    const point = multiplyG1(G1_GENERATOR, log);
    const hex = (v: bigint): string => v.toString(16).padStart(64, '0');
    bytes =
      point === null
        ? new Uint8Array(64)
        : Buffer.concat([point.x, point.y].map((v) => Buffer.from(hex(v), 'hex').reverse()));
    known.set(log, bytes);
  }
  return bytes;
}

async function basesOf(engine: Engine, logs: readonly bigint[]): Promise<Bases> {
  return { points: await engine.pointsFromBytes(new Uint8Array(Buffer.concat(logs.map(encode)))), logs };
}

function vectorOf(engine: Engine, values: readonly bigint[]): MsmPart['scalars'] {
  const vector = engine.vector(values.length);
  engine.write(vector, 0, values);
  return vector;
}

function columnOf(engine: Engine, words: 1 | 2, values: readonly bigint[]): MsmPart['scalars'] {
  const column = engine.ints(values.length, words);
  const data = engine.words(column);
  values.forEach((value, i) => {
    for (let w = 0; w < words; w++) data[words * i + w] = Number((value >> BigInt(32 * w)) & 0xffffffffn);
  });
  return column;
}

interface Case {
  readonly bases: Bases;
  readonly values: readonly bigint[];
  readonly words?: 1 | 2;
  readonly offset?: number;
  readonly stride?: number;
}

/** Runs the parts and requires the oracle's answer; frees all but the bases. */
async function check(engine: Engine, cases: readonly Case[], what: string): Promise<void> {
  const before = engine.memory().used;
  const parts = cases.map(({ bases, values, words, offset, stride }) => ({
    bases: bases.points,
    scalars: words === undefined ? vectorOf(engine, values) : columnOf(engine, words, values),
    offset,
    stride,
  }));
  const expected = cases.reduce(
    (sum, { bases, values, offset = 0, stride = 1 }) =>
      values.reduce((s, value, k) => Fr.add(s, Fr.from(value * bases.logs[offset + stride * k])), sum),
    0n,
  );
  const result = await engine.msm(parts);
  assert.ok(equalG1(result, multiplyG1(G1_GENERATOR, expected)), what);
  engine.free(...parts.map((part) => part.scalars));
  assert.equal(engine.memory().used, before, `${what}: memory is given back`);
}

const below = (bits: number, count: number): bigint[] =>
  Array.from({ length: count }, () => random.element(1n << BigInt(bits)));

/** A log per base, from a small set so that the reference needs to compute few points. */
const someLogs = (count: number, from: readonly bigint[]): bigint[] =>
  Array.from({ length: count }, (_, i) => from[(i * 7 + (i >> 5)) % from.length]);

const kinds: readonly (readonly [string, () => Promise<Engine>])[] = [
  ['1 thread', () => createEngine({ threads: 1 })],
  ['2 threads', () => createEngine({ threads: 2 })],
  [
    '3 threads, 2 lanes',
    () => createWasmEngine({ shared: true, threads: 3, lanes: 2, fma: detectFeatures().fma }),
  ],
  [
    '2 threads, no fused multiply-add',
    () => createWasmEngine({ shared: true, threads: 2, lanes: 4, fma: false }),
  ],
];

for (const [kind, open] of kinds) {
  describe(`MSM, ${kind}`, () => {
    let engine: Engine;
    let distinct: Bases;
    before(async () => {
      engine = await open();
      distinct = await basesOf(
        engine,
        random.elements(FR_MODULUS, 1000).map((log) => log | 1n),
      );
    });
    after(() => engine.dispose());

    for (const n of [0, 1, 2, 3, 17, 1000]) {
      it(`sums ${n} random products`, async () => {
        await check(engine, [{ bases: distinct, values: random.elements(FR_MODULUS, n) }], 'field elements');
        for (const bits of n > 100 ? [1, 16] : [1, 8, 16, 31, 32]) {
          await check(engine, [{ bases: distinct, values: below(bits, n), words: 1 }], `${bits} bits`);
        }
        for (const bits of n > 100 ? [64] : [33, 63, 64]) {
          await check(engine, [{ bases: distinct, values: below(bits, n), words: 2 }], `${bits} bits`);
        }
      });
    }

    it('takes the extremes of every width', async () => {
      const ends = (bits: number): bigint[] =>
        Array.from({ length: 40 }, (_, i) => (1n << BigInt(bits)) - BigInt(i % 3) - 1n);
      await check(engine, [{ bases: distinct, values: ends(32), words: 1 }], '32 bits');
      await check(engine, [{ bases: distinct, values: ends(64), words: 2 }], '64 bits');
      const r = FR_MODULUS;
      const edges = [r - 1n, r - 2n, 1n, 2n, r >> 1n, (r >> 1n) + 1n, (r * 37n) / 100n, (r * 63n) / 100n];
      for (let shift = 7n; shift < 254n; shift += 13n) edges.push((1n << shift) % r, r - (1n << shift) / 3n);
      await check(engine, [{ bases: distinct, values: edges }], 'field elements');
      await check(engine, [{ bases: distinct, values: new Array(300).fill(r - 1n) }], 'all −1');
    });

    it('gives infinity for zeros and for nothing', async () => {
      assert.equal(await engine.msm([]), null);
      await check(engine, [{ bases: distinct, values: new Array(100).fill(0n) }], 'field elements');
      await check(engine, [{ bases: distinct, values: new Array(100).fill(0n), words: 2 }], 'integers');
    });

    it('adds equal points, opposite points and infinity', async () => {
      const same = await basesOf(engine, new Array(600).fill(5n));
      await check(engine, [{ bases: same, values: random.elements(FR_MODULUS, 600) }], 'one point');
      await check(
        engine,
        [{ bases: same, values: new Array(600).fill(77n), words: 1 }],
        'one point, one scalar',
      );
      const pairs = await basesOf(engine, someLogs(600, [9n, FR_MODULUS - 9n]));
      await check(engine, [{ bases: pairs, values: new Array(600).fill(3n), words: 1 }], 'all cancel');
      await check(engine, [{ bases: pairs, values: random.elements(FR_MODULUS, 600) }], 'opposites');
      const few = await basesOf(
        engine,
        someLogs(600, [0n, 1n, 2n, 3n, FR_MODULUS - 1n, FR_MODULUS - 2n, 0n]),
      );
      await check(engine, [{ bases: few, values: random.elements(FR_MODULUS, 600) }], 'few points');
      await check(engine, [{ bases: few, values: below(4, 600), words: 1 }], 'few points, few scalars');
      const none = await basesOf(engine, new Array(50).fill(0n));
      await check(engine, [{ bases: none, values: random.elements(FR_MODULUS, 50) }], 'infinity only');
      engine.free(same.points, pairs.points, few.points, none.points);
    });

    it('strides through bases and adds parts of all widths', async () => {
      const parts: Case[] = [
        { bases: distinct, values: random.elements(FR_MODULUS, 100), offset: 3, stride: 9 },
        { bases: distinct, values: below(16, 990), words: 1, offset: 10 },
        { bases: distinct, values: below(60, 333), words: 2, offset: 1, stride: 3 },
        { bases: distinct, values: [], offset: 1000 },
        { bases: distinct, values: below(1, 500), words: 2, stride: 2 },
        { bases: distinct, values: random.elements(FR_MODULUS, 2), offset: 998 },
      ];
      await check(engine, parts, 'all');
      for (const part of parts) await check(engine, [part], 'one alone');
    });

    it('computes several sums at once', async () => {
      const sizes = [1000, 0, 1, 333, 40, 1000];
      const values = sizes.map((n, i) => (i === 3 ? new Array(n).fill(0n) : random.elements(FR_MODULUS, n)));
      const used = engine.memory().used;
      const scalars = values.map((v, i) =>
        i === 5
          ? columnOf(
              engine,
              1,
              v.map((x) => x & 0xffffn),
            )
          : vectorOf(engine, v),
      );
      const sums = scalars.map((s) => [{ bases: distinct.points, scalars: s }]);
      sums[4].push({ bases: distinct.points, scalars: scalars[0] });
      const expected: unknown[] = [];
      for (const parts of sums) expected.push(await engine.msm(parts));
      assert.deepEqual(await engine.msmMany(sums), expected);
      assert.deepEqual(await engine.msmMany([]), []);
      assert.deepEqual(await engine.msmMany([[], sums[1], sums[3]]), [null, null, null]);
      engine.free(...scalars);
      assert.equal(engine.memory().used, used, 'memory is given back');
    });

    it('sums runs longer than its working memory', async () => {
      const n = 20_000;
      const long = await basesOf(
        engine,
        someLogs(n, [...distinct.logs.slice(0, 50), 0n, 1n, FR_MODULUS - 1n]),
      );
      await check(engine, [{ bases: long, values: new Array(n).fill(1n), words: 1 }], 'all ones');
      await check(engine, [{ bases: long, values: below(16, n), words: 1 }], '16 bits');
      const skewed = below(16, n).map((v, i) => (i % 10 === 0 ? v : v & 1n));
      await check(engine, [{ bases: long, values: skewed, words: 2 }], 'mostly bits');
      engine.free(long.points);
    });

    it('refuses parts that leave their bases', async () => {
      const scalars = engine.vector(10);
      for (const part of [{ offset: 991 }, { stride: 112 }, { offset: -1 }, { stride: 0 }]) {
        await assert.rejects(engine.msm([{ bases: distinct.points, scalars, ...part }]), {
          code: 'KERNEL_CONTRACT',
        });
      }
      engine.free(scalars);
    });
  });
}

describe('MSM plan', () => {
  const part = (bits: number, count: number, nonzero = count): Measured => ({ bits, count, nonzero });

  it('covers every part once, with windows enough for its bits', () => {
    const parts = [part(1, 1000), part(16, 65536), part(33, 10), part(64, 100), part(254, 16), part(0, 9, 0)];
    for (const threads of [1, 2, 8]) {
      const plans = planMsm(parts, threads);
      assert.deepEqual(new Set(plans.flatMap((p) => p.parts)), new Set(parts.slice(0, 5)));
      assert.equal(plans.flatMap((p) => p.parts).length, 5);
      for (const p of plans) {
        assert.ok(p.windows * p.width >= Math.max(...p.parts.map(({ bits }) => bits)) + 1);
        assert.ok(p.together >= 1 && p.together <= p.windows);
        assert.ok(p.split === undefined || (p.split >= 0 && p.split < p.width));
      }
    }
  });

  it('keeps a few long scalars from widening many short ones', () => {
    const plans = planMsm([part(16, 500_000), part(254, 16)], 2);
    assert.equal(plans.length, 2);
    assert.ok(plans[0].windows <= 2);
  });

  it('does sums together as on one thread, but for a large one', () => {
    const small = Array.from({ length: 12 }, () => [part(254, 1000)]);
    const plans = planMany([...small, [part(16, 2 ** 20)]], 2);
    for (const [plan] of plans.slice(0, 12)) assert.deepEqual(plan, planMsm(small[0], 1)[0]);
    assert.ok(plans[12][0].slices * plans[12][0].windows > 1);
    assert.deepEqual(planMany([], 2), []);
  });

  it('has nothing to do for zeros', () => {
    assert.deepEqual(planMsm([part(0, 1000, 0)], 2), []);
  });
});
