/** What this WebAssembly engine and processor can do, tried out rather than asked. */
import { f64x2, i32, v128 } from './assembler.ts';
import { ModuleBuilder } from './module-builder.ts';

export interface Features {
  /** 128-bit SIMD and atomics: without them the kernels do not run. */
  readonly simd: boolean;
  /** `f64x2.relaxed_madd` exists and rounds once, as the exact splitting of products needs. */
  readonly fma: boolean;
}

/** x·x − round(x·x) is not zero for this x, unless the product is rounded before the subtraction. */
const PROBE: number = 2 ** 27 + 1;

export function detectFeatures(): Features {
  const memory = { shared: false, minPages: 1, maxPages: 1 };
  const plain = new ModuleBuilder(memory);
  plain.func('add', [], [], () => v128.store(0, f64x2.add(v128.load(0), v128.load(0))));
  const simd = WebAssembly.validate(plain.toBytes());
  const relaxed = new ModuleBuilder(memory);
  relaxed.func('madd', ['i32'], [], (_, at) => [
    v128.store(i32.add(at, 48), f64x2.relaxed_madd(v128.load(at), v128.load(at), v128.load(at, 16))),
    v128.store(i32.add(at, 64), f64x2.relaxed_nmadd(v128.load(at), v128.load(at), v128.load(at, 32))),
  ]);
  const bytes = relaxed.toBytes();
  if (!simd || !WebAssembly.validate(bytes)) return { simd, fma: false };
  const own = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory: own } });
  const values = new Float64Array(own.buffer);
  const square = PROBE * PROBE;
  values.set([PROBE, PROBE, -square, -square, square, square]);
  (exports['madd'] as (at: number) => void)(0);
  const error = Number(BigInt(PROBE) ** 2n - BigInt(square));
  const fused = values.slice(6, 10).join() === [error, error, -error, -error].join();
  return { simd, fma: error !== 0 && fused };
}
