/** Puts functions together to a WebAssembly module that imports one memory (`env.memory`) and nothing else. */
import { type Code, Local, unsignedLeb, type ValueType } from './assembler.ts';

const VALUE_TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b };

export interface MemoryType {
  readonly shared: boolean;
  readonly minPages: number;
  readonly maxPages: number;
}

export interface FunctionHandle {
  readonly name: string;
  readonly index: number;
}

/** Hands out the locals of one function while its body is being written. */
export class FunctionBuilder {
  readonly #parameters: number;
  readonly #locals: ValueType[] = [];

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  local(type: ValueType = 'i32'): Local {
    this.#locals.push(type);
    return new Local(this.#parameters + this.#locals.length - 1, type);
  }

  locals(type: ValueType, count: number): Local[] {
    return Array.from({ length: count }, () => this.local(type));
  }

  get declared(): readonly ValueType[] {
    return this.#locals;
  }
}

/** Parameters of a task: number of the chunk, address of the arguments, address of this thread's scratch. */
export type TaskBody = (fn: FunctionBuilder, chunk: Local, args: Local, scratch: Local) => Code;

export class ModuleBuilder {
  readonly memory: MemoryType;
  readonly #types: string[] = [];
  readonly #typeBytes: number[][] = [];
  readonly #functions: { name: string; type: number; bytes: number[] }[] = [];
  readonly #tasks: FunctionHandle[] = [];
  readonly taskType: number;

  constructor(memory: MemoryType) {
    this.memory = memory;
    this.taskType = this.type(['i32', 'i32', 'i32'], []);
  }

  /** Index of a function type. */
  type(parameters: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${parameters.join()}>${results.join()}`;
    const known = this.#types.indexOf(key);
    if (known >= 0) return known;
    const list = (types: readonly ValueType[]): number[] => [
      ...unsignedLeb(types.length),
      ...types.map((t) => VALUE_TYPES[t]),
    ];
    this.#typeBytes.push([0x60, ...list(parameters), ...list(results)]);
    return this.#types.push(key) - 1;
  }

  /** Defines and exports a function. It may call those defined before it. */
  func(
    name: string,
    parameters: readonly ValueType[],
    results: readonly ValueType[],
    body: (fn: FunctionBuilder, ...parameters: Local[]) => Code,
  ): FunctionHandle {
    const fn = new FunctionBuilder(parameters.length);
    const code = body(fn, ...parameters.map((type, index) => new Local(index, type)));
    const runs: [ValueType, number][] = [];
    for (const type of fn.declared) {
      const last = runs.at(-1);
      if (last?.[0] === type) last[1]++;
      else runs.push([type, 1]);
    }
    const bytes: number[] = [...unsignedLeb(runs.length)];
    for (const [type, count] of runs) bytes.push(...unsignedLeb(count), VALUE_TYPES[type]);
    flatten(code, bytes);
    bytes.push(0x0b);
    const index = this.#functions.push({ name, type: this.type(parameters, results), bytes }) - 1;
    return { name, index };
  }

  /** Defines a function that `TaskPool.run` can run in parallel chunks, by its name. */
  task(name: string, body: TaskBody): FunctionHandle {
    const handle = this.func(name, ['i32', 'i32', 'i32'], [], (fn, chunk, args, scratch) =>
      body(fn, chunk, args, scratch),
    );
    this.#tasks.push(handle);
    return handle;
  }

  /** Names of the tasks; a task's place in it is its table entry. */
  get taskNames(): readonly string[] {
    return this.#tasks.map((t) => t.name);
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    const out: number[] = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
    const section = (id: number, items: readonly (readonly number[])[]): void => {
      const count = unsignedLeb(items.length);
      const size = items.reduce((sum, item) => sum + item.length, count.length);
      append(out, [id, ...unsignedLeb(size), ...count]);
      for (const item of items) append(out, item);
    };
    const name = (text: string): number[] => [...unsignedLeb(text.length), ...new TextEncoder().encode(text)];
    const { shared, minPages, maxPages } = this.memory;
    const limits = [shared ? 3 : 1, ...unsignedLeb(minPages), ...unsignedLeb(maxPages)];
    section(1, this.#typeBytes);
    section(2, [[...name('env'), ...name('memory'), 2, ...limits]]);
    section(
      3,
      this.#functions.map((f) => unsignedLeb(f.type)),
    );
    const entries = this.#tasks.map((t) => unsignedLeb(t.index));
    section(4, [[0x70, 0, ...unsignedLeb(entries.length)]]);
    section(
      7,
      this.#functions.map((f, i) => [...name(f.name), 0, ...unsignedLeb(i)]),
    );
    if (entries.length > 0) {
      section(9, [[0, 0x41, 0, 0x0b, ...unsignedLeb(entries.length), ...entries.flat()]]);
    }
    section(
      10,
      this.#functions.map((f) => [...unsignedLeb(f.bytes.length), ...f.bytes]),
    );
    return new Uint8Array(out);
  }
}

function append(out: number[], bytes: readonly number[]): void {
  for (const byte of bytes) out.push(byte);
}

function flatten(code: Code, out: number[]): void {
  for (const part of code) {
    if (typeof part === 'number') out.push(part);
    else flatten(part, out);
  }
}
