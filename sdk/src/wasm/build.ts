import {
  type Immediate,
  OP,
  type Opcode,
  type OpcodeName,
  opcodeByName,
  VALUE_TYPE_BYTES,
} from './opcodes.ts';
import type { ExternalKind, GlobalType, Limits, TableType, ValueType } from './types.ts';

/** A function type as text: `i32 i64 -> i32`. */
export type TypeText = string;

/** Immediates of an instruction, as in the text format. A block type is absent, a value type or a type index. */
export type Argument = number | bigint | string | readonly number[] | readonly ValueType[];

/**
 * Flat code without its last `end`: a name alone, or a name and its immediates in the order of the opcode table. For
 * example `['local.get', 0], ['i32.const', 2], 'i32.add'`; `['i32.load', align, offset, memory]`; `['br_table', [0, 1, 2]]`
 * with the default last; `['select_t', ['i32']]`. Float constants are numbers; as bigints they are raw bits.
 */
export type Code = readonly (OpcodeName | readonly [OpcodeName, ...Argument[]])[];

/** The parts of a module for {@link moduleBytes}. Sections without items are left out. */
export interface ModuleParts {
  readonly types?: readonly TypeText[];
  readonly imports?: readonly (readonly [module: string, name: string, description: ImportPart])[];
  readonly functions?: readonly {
    readonly type: number;
    readonly locals?: readonly ValueType[];
    readonly code: Code;
  }[];
  readonly tables?: readonly (TableType & { readonly init?: Code })[];
  readonly memories?: readonly Limits[];
  readonly globals?: readonly (GlobalType & { readonly init: Code })[];
  readonly exports?: readonly (readonly [name: string, kind: ExternalKind, index: number])[];
  readonly start?: number;
  /** Function indices; active in table 0 where `offset` is given, passive otherwise. */
  readonly elements?: readonly { readonly offset?: Code; readonly functions: readonly number[] }[];
  /** Active in `memory` (default 0) where `offset` is given, passive otherwise. A data count section is written with them. */
  readonly datas?: readonly {
    readonly offset?: Code;
    readonly memory?: number;
    readonly bytes: Iterable<number>;
  }[];
  /** Names of functions, by index, for the custom section "name". */
  readonly names?: ReadonlyMap<number, string>;
}

export type ImportPart =
  | { readonly kind: 'func'; readonly type: number }
  | { readonly kind: 'table'; readonly table: TableType }
  | { readonly kind: 'memory'; readonly limits: Limits }
  | { readonly kind: 'global'; readonly global: GlobalType };

const KINDS: readonly ExternalKind[] = ['func', 'table', 'memory', 'global'];

/** A binary module. Nothing is validated: modules with faults can be made too. */
export function moduleBytes(parts: ModuleParts): Uint8Array<ArrayBuffer> {
  const { datas = [], functions = [], start, names } = parts;
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...vectorSection(1, parts.types, (text) => {
      const [params, results] = text.split('->').map((side) => side.split(' ').filter((word) => word !== ''));
      return [0x60, ...typeVector(params as ValueType[]), ...typeVector(results as ValueType[])];
    }),
    ...vectorSection(2, parts.imports, ([module, name, description]) => [
      ...text(module),
      ...text(name),
      KINDS.indexOf(description.kind),
      ...importDescription(description),
    ]),
    ...vectorSection(3, functions, ({ type }) => leb(type)),
    ...vectorSection(4, parts.tables, (table) =>
      table.init === undefined ? tableType(table) : [0x40, 0, ...tableType(table), ...assemble(table.init)],
    ),
    ...vectorSection(5, parts.memories, limits),
    ...vectorSection(6, parts.globals, (global) => [...globalType(global), ...assemble(global.init)]),
    ...vectorSection(7, parts.exports, ([name, kind, index]) => [
      ...text(name),
      KINDS.indexOf(kind),
      ...leb(index),
    ]),
    ...(start === undefined ? [] : section(8, leb(start))),
    ...vectorSection(9, parts.elements, ({ offset, functions: indices }) => [
      ...(offset === undefined ? [1, 0] : [0, ...assemble(offset)]),
      ...vector(indices, leb),
    ]),
    ...(datas.length === 0 ? [] : section(12, leb(datas.length))),
    ...vectorSection(10, functions, ({ locals = [], code }) =>
      sized([...vector(locals, (type) => [1, VALUE_TYPE_BYTES[type]]), ...assemble(code)]),
    ),
    ...vectorSection(11, datas, ({ offset, memory = 0, bytes }) => [
      ...(offset === undefined
        ? [1]
        : memory === 0
          ? [0, ...assemble(offset)]
          : [2, ...leb(memory), ...assemble(offset)]),
      ...sized([...bytes]),
    ]),
    ...(names === undefined
      ? []
      : section(0, [
          ...text('name'),
          ...section(
            1,
            vector([...names], ([i, name]) => [...leb(i), ...text(name)]),
          ),
        ])),
  ]);
}

/** The binary form of `code` with the `end` that closes it. */
export function assemble(code: Code): number[] {
  const bytes: number[] = [];
  for (const item of code) {
    const [name, ...args] = typeof item === 'string' ? [item] : item;
    const opcode = opcodeByName(name) as Opcode;
    bytes.push(...(opcode.id < 256 ? [opcode.id] : [0xfc, ...leb(opcode.id & 0xff)]));
    for (const kind of opcode.immediates) bytes.push(...immediate(kind, args));
  }
  bytes.push(OP.end);
  return bytes;
}

/** Takes the arguments of one immediate off the front of `args`. */
function immediate(kind: Immediate, args: Argument[]): number[] {
  if (kind === 'block' && args.length === 0) return [0x40];
  const argument = args.shift() ?? 0;
  switch (kind) {
    case 'block':
      return typeof argument === 'string'
        ? [VALUE_TYPE_BYTES[argument as ValueType]]
        : sleb(BigInt(argument as number));
    case 'labels': {
      const labels = argument as readonly number[];
      return [...leb(labels.length - 1), ...labels.flatMap((label) => leb(label))];
    }
    case 'memarg': {
      const [offset = 0, memory = 0] = args.splice(0, 2) as number[];
      const align = argument as number;
      return [...(memory === 0 ? leb(align) : [...leb(align + 0x40), ...leb(memory)]), ...leb(offset)];
    }
    case 'reftype':
      return [VALUE_TYPE_BYTES[argument as ValueType]];
    case 'types':
      return typeVector(argument as readonly ValueType[]);
    case 'i32':
      return sleb(BigInt.asIntN(32, BigInt(argument as number)));
    case 'i64':
      return sleb(BigInt.asIntN(64, BigInt(argument as number | bigint)));
    case 'f32':
      return floatBytes(argument as number | bigint, 4);
    case 'f64':
      return floatBytes(argument as number | bigint, 8);
    default:
      return leb(argument as number);
  }
}

function floatBytes(value: number | bigint, size: 4 | 8): number[] {
  const view = new DataView(new ArrayBuffer(8));
  if (typeof value === 'bigint') view.setBigUint64(0, value, true);
  else if (size === 4) view.setFloat32(0, value, true);
  else view.setFloat64(0, value, true);
  return [...new Uint8Array(view.buffer, 0, size)];
}

/** Unsigned LEB128 of a number in 0..2^32−1. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) | 0x80);
  }
}

/** Signed LEB128. */
export function sleb(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    const low = Number(rest & 0x7fn);
    if (rest >> 6n === 0n || rest >> 6n === -1n) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

function sized(bytes: readonly number[]): number[] {
  return [...leb(bytes.length), ...bytes];
}

function section(id: number, contents: readonly number[]): number[] {
  return [id, ...sized(contents)];
}

function vector<T>(items: readonly T[], encode: (item: T) => number[]): number[] {
  return [...leb(items.length), ...items.flatMap((item) => encode(item))];
}

function vectorSection<T>(
  id: number,
  items: readonly T[] | undefined,
  encode: (item: T) => number[],
): number[] {
  return items === undefined || items.length === 0 ? [] : section(id, vector(items, encode));
}

function text(value: string): number[] {
  return sized([...new TextEncoder().encode(value)]);
}

function typeVector(types: readonly ValueType[]): number[] {
  return vector(types, (type) => [VALUE_TYPE_BYTES[type]]);
}

function limits({ min, max }: Limits): number[] {
  return max === undefined ? [0, ...leb(min)] : [1, ...leb(min), ...leb(max)];
}

function tableType(table: TableType): number[] {
  return [VALUE_TYPE_BYTES[table.type], ...limits(table.limits)];
}

function globalType({ type, mutable }: GlobalType): number[] {
  return [VALUE_TYPE_BYTES[type], mutable ? 1 : 0];
}

function importDescription(part: ImportPart): number[] {
  switch (part.kind) {
    case 'func':
      return leb(part.type);
    case 'table':
      return tableType(part.table);
    case 'memory':
      return limits(part.limits);
    case 'global':
      return globalType(part.global);
  }
}
