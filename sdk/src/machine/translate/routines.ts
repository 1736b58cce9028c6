/**
 * Instructions, and functions of WASI, that are functions: WebAssembly modules (`machine/routines`, `machine/softfloat`) that are
 * translated like any other code and linked where they are used. An executed instruction counts once, whatever its
 * routine executes.
 */
import { decodeModule } from '../../wasm/decode.ts';
import { OPCODES, type OpcodeName } from '../../wasm/opcodes.ts';
import type { Module } from '../../wasm/types.ts';
import { ROUTINE_MODULES, type RoutineModule } from '../routines/modules.generated.ts';
import { STRING_LISTS, type StringList } from '../signature.ts';
import type { Layout, Quantity, SegmentLayout, TableLayout } from './initial.ts';
import type { Elements, Given } from './intrinsics.ts';
import {
  FILE_CELLS,
  type FileCells,
  STRING_CELLS,
  type StringCells,
  type WasiLayout,
} from './wasi-layout.ts';

/** What is linked for a name: a function of a module of routines and what its intrinsics mean. */
export interface LinkedRoutine {
  readonly module: Module;
  readonly index: number;
  readonly given: Given;
  /** It has indices: nothing else of the module is given the same. */
  readonly isOwn: boolean;
}

const BY_EXPORT: ReadonlyMap<string, RoutineModule> = new Map(
  ROUTINE_MODULES.flatMap((module) => module.exports.map((name) => [name, module] as const)),
);

const constant = (initial: number): Quantity => ({ initial, cell: undefined });
/** A cell that starts as 0. */
const cell = (key: number): Quantity => ({ initial: 0, cell: key });

const ofTable = ({ key, max }: TableLayout): Elements => ({
  key,
  cells: max,
  outOfBounds: 'tableOutOfBounds',
});
const ofElements = ({ key, length }: SegmentLayout): Elements => ({
  ...{ key, cells: length.initial },
  outOfBounds: 'tableOutOfBounds',
});
/** Bytes are four to a cell. */
const ofData = ({ key, length }: SegmentLayout): Elements => ({
  ...{ key, cells: Math.ceil(length.initial / 4) },
  outOfBounds: 'memoryOutOfBounds',
});

/** What routines without indices are given. */
function givenToAll(layout: Layout): Given {
  const { maxPages, wasi } = layout;
  const quantities: Record<string, Quantity> = { 'memory.maxPages': constant(maxPages) };
  if (wasi === undefined) return { quantities, elements: {} };
  quantities['output.word'] = cell(wasi.output.word);
  quantities['output.total'] = cell(wasi.output.total);
  quantities['output.isUsed'] = constant(wasi.writes ? 1 : 0);
  if (layout.files === undefined) return { quantities, elements: {} };
  quantities['content.used'] = cell(layout.files.used);
  // The accesses to a whole block, without a comparison each, begin there at most.
  quantities['content.last'] = constant(FILE_CELLS.content - 16);
  const { count, bytes } = layout.strings.files as StringCells;
  quantities['names.count'] = cell(count);
  quantities['names.bytes'] = cell(bytes);
  return { quantities, elements: fileElements(layout) };
}

function fileElements({ files, strings }: Layout): Given['elements'] {
  const of = (key: number, cells: number): Elements => ({ key, cells, outOfBounds: 'fileDiffers' });
  return {
    ...Object.fromEntries(
      Object.entries(FILE_CELLS).map(([name, cells]) => [
        name,
        of((files as FileCells)[name as keyof FileCells], cells),
      ]),
    ),
    names: of((strings.files as StringCells).key, STRING_CELLS),
  };
}

const targetTable = (table: TableLayout): Given => ({
  quantities: { 'target.size': table.size, 'target.maxSize': constant(table.max) },
  elements: { target: ofTable(table) },
});

/** Lists of strings have numbers in their order. */
export const stringListIndex = (list: StringList): number => STRING_LISTS.indexOf(list);

function stringsOf({ strings }: Layout, index: number): Given {
  const { key, count, bytes } = strings[STRING_LISTS[index]!] as StringCells;
  const elements: Elements = { key, cells: STRING_CELLS, outOfBounds: 'argumentInvalid' };
  return {
    quantities: { ...argumentsOf(1).quantities, 'strings.count': cell(count), 'strings.bytes': cell(bytes) },
    elements: { source: elements, target: elements },
  };
}

const argumentsOf = (isPublic: number): Given => ({
  quantities: { 'argument.isPublic': constant(isPublic) },
  elements: {},
});

/**
 * Routines that are linked once for each list of indices, in the order of the instruction's fields; of `wasi read` the index is
 * the number of a file, of arguments 1 for the public inputs and 0 for the private ones.
 */
const INDEXED: Readonly<Record<string, (layout: Layout, ...indices: readonly number[]) => Given>> = {
  'memory.init': ({ datas }, segment) => ({
    quantities: { 'source.size': datas[segment].length },
    elements: { source: ofData(datas[segment]) },
  }),
  'table.grow': ({ tables }, table) => targetTable(tables[table]),
  'table.fill': ({ tables }, table) => targetTable(tables[table]),
  'table.copy': ({ tables }, target, source) => {
    const { quantities, elements } = targetTable(tables[target]);
    return {
      quantities: { ...quantities, 'source.size': tables[source].size },
      elements: { ...elements, source: ofTable(tables[source]) },
    };
  },
  'table.init': ({ elements: segments, tables }, segment, table) => {
    const { quantities, elements } = targetTable(tables[table]);
    return {
      quantities: { ...quantities, 'source.size': segments[segment].length },
      elements: { ...elements, source: ofElements(segments[segment]) },
    };
  },
  'argument strings': stringsOf,
  'wasi strings_get': stringsOf,
  'wasi strings_sizes_get': stringsOf,
  'argument word': (_, isPublic) => argumentsOf(isPublic),
  'argument bytes': (_, isPublic) => argumentsOf(isPublic),
  'wasi read': ({ wasi }, file) => {
    const { publicInput, privateInput } = wasi as WasiLayout;
    const { word, left, state } = file === 0 ? publicInput : privateInput;
    return {
      quantities: {
        ...{ 'stream.word': cell(word), 'stream.left': cell(left), 'stream.state': cell(state) },
        'stream.isPublic': constant(file === 0 ? 1 : 0),
      },
      elements: {},
    };
  },
};

const NAMES: ReadonlyMap<number, OpcodeName> = new Map(
  OPCODES.filter(({ name }) => BY_EXPORT.has(name) && !(name in INDEXED)).map(({ id, name }) => [id, name]),
);

/** The name of the routine for an opcode id, if there is one without indices. */
export function routineOf(op: number): OpcodeName | undefined {
  return NAMES.get(op);
}

/** The routine `NAME` or `NAME INDEX …`. */
export function linkedRoutine(text: string, layout: Layout): LinkedRoutine {
  const [, name, indices] = /^(.*?)((?: \d+)*)$/.exec(text) as RegExpExecArray;
  const found = BY_EXPORT.get(name);
  if (found === undefined) throw new Error(`no routine ${text}`);
  const module = decoded(found);
  const { index } = module.exports.find((item) => item.name === name) as Module['exports'][number];
  const given = INDEXED[name]?.(layout, ...indices.split(' ').slice(1).map(Number));
  return { module, index, given: given ?? givenToAll(layout), isOwn: given !== undefined };
}

/** A module of routines, by its name. */
export function routineModule(name: string): Module {
  return decoded(moduleNamed(name));
}

/** Its binary. */
export function routineBytes(name: string): Uint8Array<ArrayBuffer> {
  return bytesOf(moduleNamed(name));
}

function moduleNamed(name: string): RoutineModule {
  return ROUTINE_MODULES.find((module) => module.name === name) as RoutineModule;
}

const bytesOf = ({ wasm }: RoutineModule): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(wasm), (c) => c.charCodeAt(0));

const MODULES = new Map<RoutineModule, Module>();

function decoded(routines: RoutineModule): Module {
  const module = MODULES.get(routines) ?? decodeModule(bytesOf(routines));
  MODULES.set(routines, module);
  return module;
}
