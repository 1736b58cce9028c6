/** The fast engine in every configuration beside the reference: same operations, same inputs. */
import assert from 'node:assert/strict';
import { FR_MODULUS } from '../../sdk/src/field/field.ts';
import type { Engine, Vector } from '../../sdk/src/kernels/contract.ts';
import { createReferenceEngine } from '../../sdk/src/kernels/reference/engine.ts';
import { createWasmEngine } from '../../sdk/src/kernels/wasm/engine.ts';
import { createRandom, type Random } from './random.ts';

export interface Configuration {
  readonly threads: number;
  readonly shared: boolean;
  readonly lanes: 2 | 4;
  readonly fma: boolean;
}

export const CONFIGURATIONS: readonly Configuration[] = [
  { threads: 2, shared: true, lanes: 4, fma: true },
  { threads: 1, shared: false, lanes: 4, fma: true },
  { threads: 1, shared: false, lanes: 2, fma: true },
  { threads: 2, shared: true, lanes: 2, fma: false },
];

/** Lengths around groups of four lanes and around chunks. */
export const LENGTHS: readonly number[] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 32, 33, 127, 130];

export interface Pair {
  readonly fast: Engine;
  readonly slow: Engine;
  readonly random: Random;
  /** Vectors with the same values in both engines. */
  vector(values: readonly bigint[]): Both;
  randomVector(length: number): Both;
  assertSame(both: Both, message?: string): void;
}

export interface Both {
  readonly fast: Vector;
  readonly slow: Vector;
}

/** Runs a suite once per configuration. */
export function withEngines(title: string, suite: (pair: () => Pair) => void): void {
  for (const configuration of CONFIGURATIONS) {
    const { threads, shared, lanes, fma } = configuration;
    const name = `${threads} thread${threads > 1 ? 's' : ''}, ${lanes} lanes${fma ? '' : ', no fma'}${shared ? '' : ', memory not shared'}`;
    describe(`${title}: ${name}`, () => {
      let pair: Pair;
      before(async () => {
        pair = createPair(await createWasmEngine(configuration), createRandom(title));
      });
      after(() => pair.fast.dispose());
      suite(() => pair);
    });
  }
}

export function createPair(fast: Engine, random: Random): Pair {
  const slow = createReferenceEngine();
  const vector = (values: readonly bigint[]): Both => {
    const both = { fast: fast.vector(values.length), slow: slow.vector(values.length) };
    fast.write(both.fast, 0, values);
    slow.write(both.slow, 0, values);
    return both;
  };
  return {
    fast,
    slow,
    random,
    vector,
    randomVector: (length) => vector(random.elements(FR_MODULUS, length)),
    assertSame: (both, message) => {
      const { length } = both.slow;
      assert.deepEqual(fast.read(both.fast, 0, length), slow.read(both.slow, 0, length), message);
    },
  };
}
