/** Arithmetic kernels of the prover: the contract, and the best engine for this platform. */
import type { Engine, EngineOptions } from './contract.ts';
import { createReferenceEngine } from './reference/engine.ts';

export type * from './contract.ts';
export { createReferenceEngine } from './reference/engine.ts';

/** The fastest engine that passes its self-test here. */
export async function createEngine(_options?: EngineOptions): Promise<Engine> {
  return createReferenceEngine();
}
