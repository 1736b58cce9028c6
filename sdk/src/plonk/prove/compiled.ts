/** Programs prepared once per engine. */
import { type FlatProgram, MUL } from '../../expr/program.ts';
import type { CompiledProgram, Engine } from '../../kernels/contract.ts';

const cache = new WeakMap<Engine, WeakMap<FlatProgram, CompiledProgram>>();

export function compiled(engine: Engine, program: FlatProgram): CompiledProgram {
  let programs = cache.get(engine);
  if (programs === undefined) {
    programs = new WeakMap();
    cache.set(engine, programs);
  }
  let ready = programs.get(program);
  if (ready === undefined) {
    ready = engine.compile(program);
    programs.set(program, ready);
  }
  return ready;
}

const products = new Map<number, FlatProgram>();

/** `count` products: output `i` is input `2i` times input `2i + 1`. */
export function productProgram(count: number): FlatProgram {
  let program = products.get(count);
  if (program === undefined) {
    const range = Array.from({ length: count }, (_, i) => i);
    program = {
      columns: 2 * count,
      challenges: [],
      constants: [],
      operations: range.map((i) => [MUL, 2 * i, 2 * i + 1] as const),
      outputs: range.map((i) => 2 * count + i),
    };
    products.set(count, program);
  }
  return program;
}
