/**
 * Imports of the official suite, resolved on the decoded module: those of `spectest` (the suite's README in
 * WebAssembly/spec, interpreter/README.md), functions of other modules that touch no state, and immutable globals. Each
 * becomes an item of the module itself at the same index, since imports come first in every index space.
 */
import {
  type ConstantExpression,
  type Export,
  type Func,
  type FunctionType,
  type Global,
  type Instruction,
  type Memory,
  type Module,
  OP,
  opcodeById,
  type Table,
} from '../../../sdk/src/wasm/index.ts';
import { NO_BLOCK } from '../../../sdk/src/wasm/types.ts';

const NO_OPERANDS = { index: 0, index2: 0, align: 0, memOffset: 0, labels: new Uint32Array(0), types: [] };

function instruction(op: number, value: number | bigint = 0): Instruction {
  return { op, offset: 0, ...NO_OPERANDS, value, block: NO_BLOCK };
}

const constant = (op: number, value: number | bigint): ConstantExpression => ({
  instructions: [instruction(op, value), instruction(OP.end)],
  offset: 0,
});

const SPECTEST_GLOBALS: Readonly<Record<string, ConstantExpression>> = {
  global_i32: constant(OP['i32.const'], 666),
  global_i64: constant(OP['i64.const'], 666n),
  // 666.6 as bits.
  global_f32: constant(OP['f32.const'], 0x4426_a666n),
  global_f64: constant(OP['f64.const'], 0x4084_d4cc_cccc_cccdn),
};

/** A module with no imports left, or why it cannot be had. `exporter` finds registered modules. */
export function link(module: Module, exporter: (name: string) => Module | undefined): Module | string {
  if (module.imports.length === 0) return module;
  const functions: Func[] = [];
  const globals: Global[] = [];
  const memories: Memory[] = [];
  const tables: Table[] = [];
  for (const { module: from, name, description, offset } of module.imports) {
    const foreign = from === 'spectest' ? undefined : exporter(from);
    const found = foreign?.exports.find((entry) => entry.name === name && entry.kind === description.kind);
    const spectest = from === 'spectest';
    if (!spectest && found === undefined) return 'linking of several modules: import of an unknown module';
    if (description.kind === 'func') {
      const type = module.types[description.typeIndex];
      const base = { index: functions.length, typeIndex: description.typeIndex };
      const func = spectest ? emptyFunction(type) : stateless(foreign as Module, found as Export);
      if (func === undefined) return 'linking of several modules: functions with state';
      functions.push({ ...func, ...base });
    } else if (description.kind === 'global') {
      const init = spectest ? SPECTEST_GLOBALS[name] : immutable(foreign as Module, found as Export);
      if (init === undefined) return 'linking of several modules: mutable globals';
      globals.push({ ...description.global, init, offset });
    } else if (!spectest) {
      return `linking of several modules: shared ${description.kind === 'table' ? 'tables' : 'memories'}`;
    } else if (description.kind === 'table') {
      tables.push({ type: 'funcref', limits: { min: 10, max: 20 }, init: undefined, offset });
    } else memories.push({ limits: { min: 1, max: 2 }, offset });
  }
  return {
    ...module,
    imports: [],
    functions: [...functions, ...module.functions],
    globals: [...globals, ...module.globals],
    memories: [...memories, ...module.memories],
    tables: [...tables, ...module.tables],
  };
}

/** A body that does nothing; also that of `print`. */
export function emptyFunction({ results }: FunctionType): Omit<Func, 'index' | 'typeIndex'> {
  const block = { ...NO_BLOCK, results, end: 0 };
  const instructions = [{ ...instruction(OP.end), block }];
  return { locals: [], instructions, block, offset: 0, size: 0 };
}

/** The function behind an export, if all it needs is its arguments. */
function stateless(module: Module, { index }: Export): Func | undefined {
  const func = module.functions[index - (module.functions[0]?.index ?? 0)];
  const touchesState = (name: string): boolean =>
    /^(call|global|table|elem|data|memory|ref)|\.(load|store)/.test(name);
  if (func?.instructions.some(({ op }) => touchesState(opcodeById(op)?.name ?? 'call')) !== false) {
    return undefined;
  }
  return func;
}

function immutable(module: Module, { index }: Export): ConstantExpression | undefined {
  const imported = module.imports.filter(({ description }) => description.kind === 'global').length;
  const global = module.globals[index - imported];
  if (global === undefined || global.mutable) return undefined;
  const [{ op }] = global.init.instructions;
  return op === OP['global.get'] || op === OP['ref.func'] ? undefined : global.init;
}
