/**
 * Imports as a program has them: memories and tables as they are declared, globals with the values that were given. What is behind
 * this is a module whose only imports are functions.
 */
import { fail } from '../../errors/index.ts';
import { describeImport, type Supported } from '../../wasm/features.ts';
import { OP } from '../../wasm/opcodes.ts';
import {
  type ConstantExpression,
  type FunctionType,
  type Global,
  type Import,
  type Instruction,
  type Memory,
  type Module,
  NO_BLOCK,
  place,
  quote,
  type Table,
  type ValueType,
} from '../../wasm/types.ts';
import { wordBits } from '../program.ts';

export interface ImportBindings {
  /** Calls of functions that nobody provides trap; without, a program that may call one is refused. */
  readonly trapImports?: boolean | undefined;
  /** Words of imported globals, by index; a reference is 0, null. */
  readonly globals?: ReadonlyMap<number, bigint> | undefined;
}

/** The same index everywhere, since imports come first in every index space. `module` is valid. */
export function bindImports(module: Module, { trapImports = false, globals }: ImportBindings = {}): Module {
  const imported = { globals: [] as Global[], memories: [] as Memory[], tables: [] as Table[] };
  for (const entry of module.imports) {
    const { description, offset } = entry;
    if (description.kind === 'global') {
      const word = globals?.get(imported.globals.length);
      imported.globals.push({
        ...description.global,
        init: constantOf(description.global.type, word, offset),
        import: entry,
        offset,
      });
    } else if (description.kind === 'memory') imported.memories.push({ limits: description.limits, offset });
    else if (description.kind === 'table') {
      imported.tables.push({ ...description.table, init: undefined, offset });
    }
  }
  return {
    ...module,
    trapImports,
    imports: module.imports.filter(({ description }) => description.kind === 'func'),
    globals: [...imported.globals, ...module.globals],
    memories: [...imported.memories, ...module.memories],
    tables: [...imported.tables, ...module.tables],
  };
}

/** A word as a constant expression; without instructions where there is none. */
function constantOf(type: ValueType, word: bigint | undefined, offset: number): ConstantExpression {
  if (word === undefined) return { instructions: [], offset };
  const op = type === 'funcref' || type === 'externref' ? OP['ref.null'] : OP[`${type}.const`];
  const value = wordBits(type) === 32 && type === 'i32' ? Number(word) : word;
  const none = { index: 0, index2: 0, align: 0, memOffset: 0, labels: new Uint32Array(0), block: NO_BLOCK };
  const make = (of: number, value: number | bigint): Instruction => {
    return { ...none, op: of, offset, value, types: [type] };
  };
  return { instructions: [make(op, value), make(OP.end, 0)], offset };
}

/** A function import that nobody provides, and who may call it. */
export interface LackingImport {
  readonly entry: Import;
  readonly type: FunctionType;
  /** `function 3 "fib"`; in the order in which they were translated. */
  readonly callers: readonly string[];
}

/** Imports and callers that a message names: there may be a million. */
export const MAX_SHOWN = 5;
const listed = <T>(items: readonly T[], text: (item: T) => string): string =>
  items.slice(0, MAX_SHOWN).map(text).join(', ') + (items.length > MAX_SHOWN ? ', …' : '');

/** @throws MODULE_UNSUPPORTED, with the callers of the first and the names of the others */
export function refuseLacking(lacking: readonly LackingImport[], typeOf: Supported['typeOf']): void {
  const [first, ...others] = lacking;
  if (first === undefined) return;
  const { entry, type, callers } = first;
  const more =
    others.length === 0
      ? ''
      : ` (and ${others.length} more: ${listed(others, (other) => describeImport(other.entry, other.type, typeOf))})`;
  fail(
    'MODULE_UNSUPPORTED',
    `unsupported import ${describeImport(entry, type, typeOf)}, called by ${listed(callers, (caller) => caller)}${more}`,
    {
      where: place(entry.offset),
      fix: 'Link in the module that defines it (wasm-merge, docs/imports.md), compile without what calls it, or let calls of it trap: --trap-imports (trapImports in the SDK)',
    },
  );
}

/** @throws MODULE_UNSUPPORTED for an imported global without a value, which something needs */
export function refuseValueless({ import: entry, type }: Global): never {
  const { module, name, offset } = entry!;
  fail(
    'MODULE_UNSUPPORTED',
    `imported global ${quote(module)} ${quote(name)} (${type}), which has no value and is read`,
    {
      where: place(offset),
      fix: `Give one with --global ${module}.${name}=VALUE (globals in the SDK), or link in the module that defines it (docs/imports.md)`,
    },
  );
}
