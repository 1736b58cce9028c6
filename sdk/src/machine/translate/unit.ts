import { OP } from '../../wasm/opcodes.ts';
import {
  type Block,
  describeFunction,
  type Func,
  type FunctionType,
  type Import,
  type Instruction,
  indexSpaces,
  type Module,
  NO_BLOCK,
} from '../../wasm/types.ts';
import type { HostFunction } from './context.ts';
import { hostFunction } from './host.ts';
import { globalValue } from './initial.ts';
import { type Given, intrinsic } from './intrinsics.ts';

/** Functions of one module: the program's own, or the linked routines. */
export class Unit {
  readonly module: Module;
  readonly routine: boolean;
  private readonly name: string | undefined;
  private readonly types: readonly number[];
  private readonly imports: readonly Import[];
  private readonly hosts: readonly (HostFunction | undefined)[];

  /** Of a module of routines, what its imports are given; `name` is that of its only routine that is used. */
  constructor(module: Module, given?: Given, name?: string) {
    this.module = module;
    this.name = name;
    this.routine = given !== undefined;
    this.types = indexSpaces(module).functions;
    this.imports = module.imports.filter(({ description }) => description.kind === 'func');
    this.hosts = this.imports.map((entry, i) => {
      const type = module.types[this.types[i]];
      return given === undefined ? hostFunction(entry, type) : intrinsic(entry, type, given);
    });
  }

  /** The host function of an imported function; undefined for the module's own. One that nobody provides traps, or is refused. */
  host(index: number): HostFunction | undefined {
    if (index >= this.hosts.length) return undefined;
    return this.hosts[index] ?? this.lacking(index);
  }

  import(index: number): Import {
    return this.imports[index]!;
  }

  private lacking(index: number): HostFunction {
    return { name: this.imports[index]!.name, type: this.typeOf(index), translate: (t) => t.lack(index) };
  }

  typeIndexOf(index: number): number {
    return this.types[index];
  }

  typeOf(index: number): FunctionType {
    return this.module.types[this.types[index]];
  }

  /** The function itself; for an import one that does nothing but call it. */
  body(index: number): Func {
    const imported = this.hosts.length;
    return index < imported ? this.wrapper(index) : this.module.functions[index - imported];
  }

  describe(index: number): string {
    return describeFunction(this.module, index);
  }

  /** What a linked function is called: by the instruction it stands for, else by the name section. */
  routineName(index: number): string {
    const { exports, names } = this.module;
    const exported = exports.find((entry) => entry.kind === 'func' && entry.index === index);
    return this.name ?? exported?.name ?? names.functions.get(index) ?? `routine ${index}`;
  }

  /** The value of an immutable global, which needs no cell to be read. */
  constantGlobal(index: number): bigint | undefined {
    const global = this.module.globals[index];
    if (global.mutable) return undefined;
    return globalValue(this.module, index);
  }

  private wrapper(index: number): Func {
    const { params, results } = this.typeOf(index);
    const { offset } = this.imports[index];
    const block: Block = { ...NO_BLOCK, params, results, end: params.length + 1 };
    const make = (op: number, index: number): Instruction => {
      const none = { index2: 0, align: 0, memOffset: 0, value: 0, labels: new Uint32Array(0), types: [] };
      return { op, offset, index, ...none, block };
    };
    const instructions = params.map((_, i) => make(OP['local.get'], i));
    instructions.push(make(OP.call, index), make(OP.end, 0));
    return { index, typeIndex: this.types[index], locals: [], instructions, block, offset, size: 0 };
  }
}
