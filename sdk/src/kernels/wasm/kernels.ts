/** Generates and compiles the kernel module: every task and function, for one kind of machine. */
import { FQ_MODULUS, FR_MODULUS } from '../../field/field.ts';
import { ConstantPool } from './constants.ts';
import { emitFft } from './fft-emitter.ts';
import { FieldEmitter } from './field-emitter.ts';
import type { KernelContext } from './kernel-context.ts';
import { CONSTANTS_BASE, CONSTANTS_BYTES } from './layout.ts';
import { ModuleBuilder } from './module-builder.ts';
import { emitMsm } from './msm-emitter.ts';
import { emitProgram } from './program-emitter.ts';
import { emitScans } from './scans-emitter.ts';
import { emitTaskPool } from './task-pool.ts';
import { emitVectors } from './vectors-emitter.ts';

/** Parts in the order of their definition: a part may call functions of those before it. */
const PARTS: readonly ((context: KernelContext) => void)[] = [
  ({ module }) => emitTaskPool(module),
  emitVectors,
  emitFft,
  emitProgram,
  emitScans,
  emitMsm,
];

export interface KernelOptions {
  readonly shared: boolean;
  readonly maxPages: number;
  readonly lanes: 2 | 4;
  readonly fma: boolean;
}

export interface CompiledKernels {
  readonly module: WebAssembly.Module;
  readonly constants: ConstantPool;
  readonly taskNames: readonly string[];
}

const compiled = new Map<string, Promise<CompiledKernels>>();

/** Compiles once per kind of kernel and process. */
export function compileKernels(options: KernelOptions): Promise<CompiledKernels> {
  const { shared, maxPages, lanes, fma } = options;
  const key = `${shared} ${maxPages} ${lanes} ${fma}`;
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const result = compile(options);
  compiled.set(key, result);
  return result;
}

async function compile({ shared, maxPages, lanes, fma }: KernelOptions): Promise<CompiledKernels> {
  const module = new ModuleBuilder({ shared, minPages: 1, maxPages });
  const constants = new ConstantPool(CONSTANTS_BASE, CONSTANTS_BYTES);
  const fr = new FieldEmitter({ modulus: FR_MODULUS, constants, lanes, fma });
  const fq = new FieldEmitter({ modulus: FQ_MODULUS, constants, lanes, fma });
  for (const part of PARTS) part({ module, constants, fr, fq });
  return { module: await WebAssembly.compile(module.toBytes()), constants, taskNames: module.taskNames };
}
