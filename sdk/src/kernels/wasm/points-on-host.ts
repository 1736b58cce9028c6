/** Stand-in until the kernels have points: the reference's group operations, for the vectors of this engine. */
import type { Engine } from '../contract.ts';
import { createReferenceEngine } from '../reference/engine.ts';
import type { KernelCore } from './core.ts';
import { vectorOperations } from './vector-operations.ts';

type PointOperations = Pick<
  Engine,
  'msm' | 'fixedBase' | 'groupInterpolate' | 'pointsFromBytes' | 'pointsToBytes' | 'firstOffCurve'
>;

export function pointsOnHost(core: KernelCore): PointOperations {
  const host = createReferenceEngine();
  const { read, words } = vectorOperations(core);
  return {
    ...host,
    msm: (parts) =>
      host.msm(
        parts.map((part) => {
          const { scalars } = part;
          if (scalars.kind === 'vector') {
            const copy = host.vector(scalars.length);
            host.write(copy, 0, read(scalars, 0, scalars.length));
            return { ...part, scalars: copy };
          }
          const copy = host.ints(scalars.length, scalars.words);
          host.words(copy).set(words(scalars));
          return { ...part, scalars: copy };
        }),
      ),
    fixedBase: (scalars) => {
      const copy = host.vector(scalars.length);
      host.write(copy, 0, read(scalars, 0, scalars.length));
      return host.fixedBase(copy);
    },
  };
}
