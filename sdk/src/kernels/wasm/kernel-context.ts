import type { ConstantPool } from './constants.ts';
import type { FieldEmitter } from './field-emitter.ts';
import type { ModuleBuilder } from './module-builder.ts';

/** What every part of the kernels emits into. */
export interface KernelContext {
  readonly module: ModuleBuilder;
  readonly constants: ConstantPool;
  readonly fr: FieldEmitter;
  readonly fq: FieldEmitter;
}
