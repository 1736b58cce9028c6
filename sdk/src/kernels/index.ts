/** Arithmetic kernels of the prover: the contract, and the best engine for this platform. */
import { fail } from '../errors/index.ts';
import { canShareMemory, enableWideSimd } from '../platform/threads.ts';
import type { Engine, EngineOptions } from './contract.ts';
import { selfTest } from './self-test.ts';
import { detectFeatures } from './wasm/detect.ts';
import { createWasmEngine } from './wasm/engine.ts';

export type * from './contract.ts';
export { createReferenceEngine } from './reference/engine.ts';

/**
 * The fastest engine that passes its self-test here. Multiplication uses fused multiply-add where the processor has it,
 * and a longer exact product elsewhere.
 * @throws `KERNEL_UNSUPPORTED` without WebAssembly SIMD; `OUT_OF_MEMORY`
 */
export async function createEngine(options: EngineOptions = {}): Promise<Engine> {
  const features = detectFeatures();
  const unsupported = (what: string): never =>
    fail('KERNEL_UNSUPPORTED', what, {
      fix: 'Use Node 20 or later (24 is fastest), or a browser with WebAssembly SIMD',
    });
  if (!features.simd) unsupported('this WebAssembly engine has no SIMD');
  const shared = options.threads !== 1 && canShareMemory();
  const lanes = options.wideSimd !== false && enableWideSimd() ? 4 : 2;
  for (const fma of features.fma ? [true, false] : [false]) {
    const engine = await createWasmEngine({ ...options, shared, lanes, fma });
    if (await selfTest(engine)) return engine;
    await engine.dispose();
  }
  return unsupported('the arithmetic kernels compute wrongly on this machine');
}
