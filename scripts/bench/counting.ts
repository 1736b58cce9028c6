/**
 * What the prover asks of the kernels, counted at their contract. Nothing of it is in the hot path: an engine is decorated for one
 * proof, which is not the one that is timed, and put back.
 */

import { MUL } from '../../sdk/src/expr/program.ts';
import { FR_MODULUS } from '../../sdk/src/field/field.ts';
import type { Engine, MsmPart, Vector } from '../../sdk/src/kernels/contract.ts';

export const KINDS = [
  'msm',
  'transforms',
  'programs',
  'inversions',
  'sums and divisions',
  'conversions',
] as const;
export type Kind = (typeof KINDS)[number];

/** Bits beyond which a scalar counts as one of full width; trace values have 64 at most. */
const SMALL_BITS = 64;
/** Products that one inversion in a batch costs. */
const INVERSION_PRODUCTS = 3;

/** Work of one phase. */
export class Work {
  /** Of each multi-scalar multiplication: how many scalars other than 0 have so many bits, without sign. */
  readonly msms: Map<number, number>[] = [];
  /** Columns that were transformed, by log2 of their length. */
  readonly transforms: Map<number, number> = new Map();
  /** Multiplications of field elements by kind; a transform of n has n/2·log2 n. */
  readonly products: Record<Kind, number> = zeroes();
  /** Milliseconds from call to result, in the counted proof. Calls that overlap count twice. */
  readonly elapsed: Record<Kind, number> = zeroes();

  scalars(): { readonly full: number; readonly small: number } {
    let [full, small] = [0, 0];
    for (const lengths of this.msms) {
      for (const [bits, count] of lengths) {
        if (bits > SMALL_BITS) full += count;
        else small += count;
      }
    }
    return { full, small };
  }
}

function zeroes(): Record<Kind, number> {
  return Object.fromEntries(KINDS.map((kind) => [kind, 0])) as Record<Kind, number>;
}

export interface Counting {
  readonly phases: ReadonlyMap<string, Work>;
  /** What is asked from now on belongs to this phase. */
  enter(phase: string): void;
  /** Puts the engine back as it was. */
  end(): void;
}

/** Counts in place, so that what was loaded into this very engine stays known to it. */
export function countWork(engine: Engine): Counting {
  const phases = new Map<string, Work>();
  let work = new Work();
  const undo: (() => void)[] = [];

  /** Replaces a method by one that counts, then calls and times it. */
  const count = <K extends keyof Engine>(
    name: K,
    kind: Kind,
    before: (work: Work, ...args: Engine[K] extends (...args: infer A) => unknown ? A : never) => void,
  ): void => {
    const method = engine[name] as (...args: unknown[]) => Promise<unknown>;
    const target = engine as unknown as Record<string, unknown>;
    target[name] = async (...args: never[]) => {
      const mine = work;
      before(mine, ...(args as never));
      const start = performance.now();
      try {
        return await method.apply(engine, args);
      } finally {
        mine.elapsed[kind] += performance.now() - start;
      }
    };
    undo.push(() => {
      target[name] = method;
    });
  };
  const transform = (mine: Work, columns: readonly Vector[]): void => {
    for (const { length } of columns) {
      const log = Math.log2(length);
      mine.transforms.set(log, (mine.transforms.get(log) ?? 0) + 1);
      mine.products.transforms += (length / 2) * log;
    }
  };

  count('msm', 'msm', (mine, parts) => {
    mine.msms.push(scalarLengths(engine, parts));
  });
  count('msmMany', 'msm', (mine, sums) => {
    for (const parts of sums) mine.msms.push(scalarLengths(engine, parts));
  });
  count('interpolate', 'transforms', transform);
  count('cosetEvaluate', 'transforms', transform);
  count('cosetInterpolate', 'transforms', transform);
  count('evaluate', 'programs', (mine, { source }, inputs) => {
    const products = source.operations.filter(([operation]) => operation === MUL).length;
    mine.products.programs += products * (inputs[0]?.length ?? 0);
  });
  count('batchInvert', 'inversions', (mine, { length }) => {
    mine.products.inversions += INVERSION_PRODUCTS * length;
  });
  const sums = 'sums and divisions';
  count('accumulateMany', sums, (mine, _, vectors) => {
    mine.products[sums] += vectors.reduce((sum, { length }) => sum + length, 0);
  });
  count('evaluateAt', sums, (mine, vectors) => {
    mine.products[sums] += vectors.reduce((sum, { length }) => sum + length, 0);
  });
  const each = (mine: Work, { length }: Vector): void => {
    mine.products[sums] += length;
  };
  count('divideByLinear', sums, each);
  count('scale', sums, each);
  count('scatterAdd', sums, () => {});
  count('prefixSum', sums, () => {});
  count('copy', sums, () => {});
  count('toField', 'conversions', (mine, { length }) => {
    mine.products.conversions += length;
  });

  return {
    phases,
    enter: (phase) => {
      work = phases.get(phase) ?? new Work();
      phases.set(phase, work);
    },
    end: () => {
      for (const step of undo.splice(0)) step();
    },
  };
}

function scalarLengths(engine: Engine, parts: readonly MsmPart[]): Map<number, number> {
  const lengths = new Map<number, number>();
  const add = (bits: number): void => {
    if (bits > 0) lengths.set(bits, (lengths.get(bits) ?? 0) + 1);
  };
  for (const { scalars } of parts) {
    if (scalars.kind === 'vector') {
      for (const value of engine.read(scalars, 0, scalars.length)) add(fieldBits(value));
      continue;
    }
    const words = engine.words(scalars);
    const step = scalars.words;
    for (let i = 0; i < words.length; i += step) {
      const high = step === 2 ? words[i + 1]! : 0;
      add(high === 0 ? 32 - Math.clz32(words[i]!) : 64 - Math.clz32(high));
    }
  }
  return lengths;
}

/** Bits of the shorter of `v` and `−v`. */
function fieldBits(value: bigint): number {
  const shorter = value > FR_MODULUS / 2n ? FR_MODULUS - value : value;
  return shorter === 0n ? 0 : shorter.toString(2).length;
}
