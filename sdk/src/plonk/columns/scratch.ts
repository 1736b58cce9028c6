/** Vectors of one piece of work, freed together whatever happens to it. */
import type { Engine, Vector } from '../../kernels/contract.ts';

export class Scratch {
  readonly #engine: Engine;
  readonly #vectors = new Set<Vector>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** A zeroed vector. */
  vector(length: number): Vector {
    const vector = this.#engine.vector(length);
    this.#vectors.add(vector);
    return vector;
  }

  vectors(count: number, length: number): Vector[] {
    return Array.from({ length: count }, () => this.vector(length));
  }

  /** Frees those of the vectors that are of this scratch; others (of keys) are left alone. */
  free(...vectors: readonly Vector[]): void {
    for (const vector of vectors) if (this.#vectors.delete(vector)) this.#engine.free(vector);
  }

  /** Frees all that is left. */
  release(): void {
    this.free(...this.#vectors);
  }
}
