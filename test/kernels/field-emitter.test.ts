import assert from 'node:assert/strict';
import { createField, FQ_MODULUS, FR_MODULUS } from '../../sdk/src/field/field.ts';
import { createLimbField, GROUP_BYTES } from '../../sdk/src/field/limbs.ts';
import type { Code } from '../../sdk/src/kernels/wasm/assembler.ts';
import { ConstantPool } from '../../sdk/src/kernels/wasm/constants.ts';
import { type Element, FieldEmitter } from '../../sdk/src/kernels/wasm/field-emitter.ts';
import { type FunctionBuilder, ModuleBuilder } from '../../sdk/src/kernels/wasm/module-builder.ts';
import { createRandom } from './random.ts';

const [X, Y, Z] = [32768, 33024, 33280];
const LIMB = 2 ** 50;

type Operation =
  | 'add'
  | 'sub'
  | 'mul'
  | 'square'
  | 'short1'
  | 'short2'
  | 'sum'
  | 'difference'
  | 'products'
  | 'squares'
  | 'normalise'
  | 'carry'
  | 'reduce';

function instantiate(modulus: bigint, lanes: 2 | 4, fma: boolean) {
  const module = new ModuleBuilder({ shared: false, minPages: 2, maxPages: 2 });
  const constants = new ConstantPool(0, 32768);
  const field = new FieldEmitter({ modulus, constants, lanes, fma });
  const define = (name: Operation, body: (fn: FunctionBuilder, x: Element, y: Element) => Code): void => {
    module.func(name, ['i32', 'i32', 'i32'], [], (fn, z, px, py) => {
      const [x, y] = [field.element(fn), field.element(fn)];
      return field.group(() => [field.load(x, px), field.load(y, py), body(fn, x, y), field.store(z, x)]);
    });
  };
  define('add', (_, x, y) => field.add(x, x, y));
  define('sub', (_, x, y) => field.sub(x, x, y));
  define('mul', (fn, x, y) => field.mul(fn, x, x, y));
  define('square', (fn, x) => field.square(fn, x, x));
  define('short1', (fn, x, y) => field.mul(fn, x, x, y, 1));
  define('short2', (fn, x, y) => field.mul(fn, x, x, y, 2));
  define('sum', (fn, x, y) => {
    const terms = [
      { x, y, negative: false },
      { x: y, y, negative: false },
    ];
    return field.mulSum(fn, x, terms);
  });
  define('difference', (fn, x, y) => {
    const terms = [
      { x, y, negative: true },
      { x: y, y, negative: false },
    ];
    return field.mulSum(fn, x, terms);
  });
  // Results go to registers that other products read.
  define('products', (fn, x, y) => [
    field.mulEach(fn, [
      { dst: y, x: y, y },
      { dst: x, x, y },
    ]),
    field.sub(x, x, y),
  ]);
  define('squares', (fn, x, y) => [
    field.squareEach(fn, [
      { dst: y, x },
      { dst: x, x: y },
    ]),
    field.sub(x, x, y),
  ]);
  define('normalise', (fn, x) => field.normalise(fn, x));
  define('carry', (fn, x) => field.carry(fn, x));
  define('reduce', (fn, x) => field.reduce(fn, x, x));
  const memory = new WebAssembly.Memory({ initial: 2, maximum: 2 });
  constants.writeTo(memory.buffer);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.toBytes()), { env: { memory } });
  const floats = new Float64Array(memory.buffer);
  const run = (operation: Operation, x: readonly number[][], y: readonly number[][]): number[][] => {
    for (const [at, lanesOf] of [
      [X, x],
      [Y, y],
    ] as const) {
      lanesOf.forEach((limbs, l) => {
        limbs.forEach((limb, j) => {
          floats[at / 8 + 4 * j + l] = limb;
        });
      });
    }
    (exports[operation] as (z: number, x: number, y: number) => void)(Z, X, Y);
    return [0, 1, 2, 3].map((l) => [0, 1, 2, 3, 4].map((j) => floats[Z / 8 + 4 * j + l]));
  };
  return { run };
}

const integerOf = (limbs: readonly number[]): bigint =>
  limbs.reduceRight((sum, limb) => (sum << 51n) + BigInt(limb), 0n);

assert.equal(GROUP_BYTES, 160);

for (const [fieldName, modulus] of [
  ['Fr', FR_MODULUS],
  ['Fq', FQ_MODULUS],
] as const) {
  for (const lanes of [2, 4] as const) {
    for (const fma of [true, false]) {
      describe(`field arithmetic on SIMD lanes: ${fieldName}, ${lanes} lanes, ${fma ? 'fused' : 'not fused'}`, () => {
        const { run } = instantiate(modulus, lanes, fma);
        const field = createField(modulus);
        const limbField = createLimbField(modulus);
        const random = createRandom(`emitter ${fieldName}`);
        const rInverse = field.inv(limbField.one);
        const top = (bound: number): number => (bound * Number(modulus)) / 2 ** 204;

        /** Limbs at their extremes more often than not; the value within ±bound·p. */
        const limbs = (limbBound: number, bound: number): number[] => {
          const limb = (limit: number): number => {
            const pick = random.below(10);
            if (pick < 3) return limit - random.below(2);
            if (pick < 6) return -limit;
            if (pick < 7) return 0;
            return Math.round((2 * random.fraction() - 1) * limit);
          };
          return [...Array.from({ length: 4 }, () => limb(limbBound)), limb(Math.floor(top(bound)) - 4)];
        };
        const four = (limbBound: number, bound: number): number[][] =>
          Array.from({ length: 4 }, () => limbs(limbBound, bound));
        const inLimbs = (result: readonly number[]): boolean =>
          result.every((limb, j) => Number.isInteger(limb) && (j === 4 || Math.abs(limb) <= LIMB));
        const within = (result: readonly number[], bound: number): boolean =>
          Math.abs(Number(integerOf(result)) / Number(modulus)) <= bound;

        it('multiplies and squares at the extremes of limbs and values', () => {
          for (let t = 0; t < 3000; t++) {
            // One factor may be a sum of up to four normal elements, if the value bound allows it.
            const [x, y] =
              t % 2 ? [four(LIMB, 1.62), four(LIMB, 1.62)] : [four(4 * LIMB, 5.2), four(LIMB, 0.5)];
            run('mul', x, y).forEach((z, l) => {
              const expected = field.mul(field.from(integerOf(x[l]) * integerOf(y[l])), rInverse);
              assert.equal(field.from(integerOf(z)), expected);
              assert.ok(inLimbs(z) && within(z, 1.62));
            });
            run('square', y, y).forEach((z, l) => {
              assert.equal(field.from(integerOf(z)), field.mul(field.from(integerOf(y[l]) ** 2n), rInverse));
              assert.ok(inLimbs(z) && within(z, 1.62));
            });
          }
        });

        it('adds and subtracts products before one reduction', () => {
          for (let t = 0; t < 2000; t++) {
            // At most 2.64·p: (1.62² + 1.62²)/2.645 + 0.627, or less of larger limbs.
            const [x, y] =
              t % 2 ? [four(LIMB, 1.62), four(LIMB, 1.62)] : [four(4 * LIMB, 5.2), four(LIMB, 0.5)];
            for (const sign of [1n, -1n]) {
              run(sign > 0n ? 'sum' : 'difference', x, y).forEach((z, l) => {
                const [a, b] = [integerOf(x[l]), integerOf(y[l])];
                assert.equal(field.from(integerOf(z)), field.mul(field.from(sign * a * b + b * b), rInverse));
                assert.ok(inLimbs(z) && within(z, 2.64));
              });
            }
          }
        });

        it('multiplies and squares several at once', () => {
          for (let t = 0; t < 1000; t++) {
            const [x, y] = [four(LIMB, 1.62), four(LIMB, 1.62)];
            run('products', x, y).forEach((z, l) => {
              const [a, b] = [integerOf(x[l]), integerOf(y[l])];
              assert.equal(field.from(integerOf(z)), field.mul(field.from(a * b - b * b), rInverse));
            });
            run('squares', x, y).forEach((z, l) => {
              const [a, b] = [integerOf(x[l]), integerOf(y[l])];
              assert.equal(field.from(integerOf(z)), field.mul(field.from(b * b - a * a), rInverse));
            });
          }
        });

        it('multiplies by short factors', () => {
          for (let t = 0; t < 500; t++) {
            const [x, y] = [four(LIMB, 1), four(LIMB, 1.62)];
            for (const count of [1, 2]) {
              run(count === 1 ? 'short1' : 'short2', x, y).forEach((z, l) => {
                const product = integerOf(x[l].slice(0, count)) * integerOf(y[l]);
                assert.equal(field.from(integerOf(z) << BigInt(51 * count)), field.from(product));
                assert.ok(inLimbs(z) && within(z, 1.62));
              });
            }
          }
        });

        it('adds, subtracts, carries and normalises', () => {
          for (let t = 0; t < 1000; t++) {
            const [x, y] = [four(4 * LIMB, 6.9), four(LIMB, 1.62)];
            run('add', x, y).forEach((z, l) => {
              assert.equal(integerOf(z), integerOf(x[l]) + integerOf(y[l]));
            });
            run('sub', x, y).forEach((z, l) => {
              assert.equal(integerOf(z), integerOf(x[l]) - integerOf(y[l]));
            });
            run('carry', x, y).forEach((z, l) => {
              assert.ok(integerOf(z) === integerOf(x[l]) && inLimbs(z));
            });
            run('normalise', x, y).forEach((z, l) => {
              assert.equal(field.from(integerOf(z)), field.from(integerOf(x[l])));
              assert.ok(inLimbs(z) && within(z, 0.501));
            });
          }
        });

        it('leaves Montgomery form', () => {
          const edges = [0n, 1n, 2n, modulus - 1n, modulus >> 1n, (modulus >> 1n) + 1n].map(limbField.encode);
          for (let t = 0; t < 500; t++) {
            const x = t === 0 ? edges.slice(0, 4) : t === 1 ? edges.slice(2) : four(LIMB, 1.62);
            run('reduce', x, x).forEach((z, l) => {
              const value = integerOf(z);
              assert.ok(inLimbs(z) && value > -modulus && value < modulus);
              assert.equal(field.from(value), limbField.decode(x[l]));
            });
          }
        });
      });
    }
  }
}
