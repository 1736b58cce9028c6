/**
 * A module as WebAssembly 2.0 without SIMD describes it (core specification, chapter 2 "Structure"), with tail calls, several
 * memories, extended constant expressions and initial values of tables of 3.0, and with the
 * specification's names. Indices count imports first, as in the specification; `offset` is always a byte offset
 * in the file, for messages and for mapping instructions back to it.
 */

export type NumberType = 'i32' | 'i64' | 'f32' | 'f64';
export type ReferenceType = 'funcref' | 'externref';
export type ValueType = NumberType | ReferenceType;

export interface FunctionType {
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
}

export function functionType(params: readonly ValueType[], results: readonly ValueType[] = []): FunctionType {
  return { params, results };
}

/** Of types that are structurally equal the same text, of others another. */
export function typeKey({ params, results }: FunctionType): string {
  return `${params}>${results}`;
}

/** Pages of 65,536 bytes for a memory, elements for a table. In a valid module both 0..2^32−1; `max` is undefined where none is given. */
export interface Limits {
  readonly min: number;
  readonly max: number | undefined;
}

export interface TableType {
  readonly type: ReferenceType;
  readonly limits: Limits;
}

export interface GlobalType {
  readonly type: ValueType;
  readonly mutable: boolean;
}

/**
 * A structured instruction with its extent, shared by the `block`, `loop` or `if` that opens it and by its `else` and
 * `end`. A function body (and a constant expression) is one too, opened at −1 and closed by its last `end`; it has no
 * params, since a function's parameters are locals.
 */
export interface Block {
  readonly kind: 'body' | 'block' | 'loop' | 'if';
  /** Index of the function type where the block type names one. It may be out of range before validation. */
  readonly typeIndex: number | undefined;
  readonly params: readonly ValueType[];
  readonly results: readonly ValueType[];
  /** Indices in the function's instruction array. `else` is −1 where there is none. */
  readonly start: number;
  readonly else: number;
  readonly end: number;
}

/**
 * One instruction of a flat list. All instructions have all fields (one object shape, and no `undefined` for the
 * reader to check); those that an opcode does not use are 0, 0n, empty or {@link NO_BLOCK}.
 */
export interface Instruction {
  /** Opcode id: its byte, or 0xfc00 + n for the prefixed ones (see opcodes.ts). */
  readonly op: number;
  /** Offset of the opcode's first byte. */
  readonly offset: number;
  /**
   * The index immediate: label, local, global, function, table, element or data segment; the type index of
   * `call_indirect`; the memory of loads, stores, `memory.size`, `grow` and `fill`; the destination of `table.copy` and `memory.copy`.
   */
  readonly index: number;
  /** The second one: the table of `call_indirect` and `table.init`, the memory of `memory.init`, the source of `table.copy` and `memory.copy`. */
  readonly index2: number;
  /** Loads and stores: the exponent of the alignment hint, and the static offset (in a valid module 0..2^32−1). */
  readonly align: number;
  readonly memOffset: number;
  /** Constants as unsigned bit patterns: a number in 0..2^32−1 for `i32.const`, a bigint for i64, f32 and f64. */
  readonly value: number | bigint;
  /** Label depths of `br_table`, the default last. */
  readonly labels: Readonly<Uint32Array>;
  /** Type annotation of `select t` and `ref.null t`. */
  readonly types: readonly ValueType[];
  /** `block`, `loop`, `if`, `else`, `end`: the block they open, divide or close. */
  readonly block: Block;
}

/** A constant expression with its closing `end`. */
export interface ConstantExpression {
  readonly instructions: readonly Instruction[];
  readonly offset: number;
}

/** A function of the module itself (imports are not among these). */
export interface Func {
  /** Position in the function index space: imported functions + position in `Module.functions`. */
  readonly index: number;
  readonly typeIndex: number;
  /** Declared locals, one entry each. Parameters are not among them; local indices count parameters first. */
  readonly locals: readonly ValueType[];
  readonly instructions: readonly Instruction[];
  readonly block: Block;
  /** Offset and bytes of the body (after its size field). */
  readonly offset: number;
  readonly size: number;
}

export type ImportDescription =
  | { readonly kind: 'func'; readonly typeIndex: number }
  | { readonly kind: 'table'; readonly table: TableType }
  | { readonly kind: 'memory'; readonly limits: Limits }
  | { readonly kind: 'global'; readonly global: GlobalType };

export type ExternalKind = ImportDescription['kind'];

export interface Import {
  readonly module: string;
  readonly name: string;
  readonly description: ImportDescription;
  readonly offset: number;
}

export interface Table extends TableType {
  /** What its elements start as; null where nothing is said. */
  readonly init: ConstantExpression | undefined;
  readonly offset: number;
}

export interface Memory {
  readonly limits: Limits;
  readonly offset: number;
}

export interface Global extends GlobalType {
  /** Without instructions where it is imported and nobody gave a value. */
  readonly init: ConstantExpression;
  /** Where it is bound to one (machine/translate/imports.ts). */
  readonly import?: Import;
  readonly offset: number;
}

export interface Export {
  readonly name: string;
  readonly kind: ExternalKind;
  readonly index: number;
  readonly offset: number;
}

export type SegmentMode<Active> =
  | { readonly kind: 'passive' }
  | { readonly kind: 'declarative' }
  | ({ readonly kind: 'active'; readonly offset: ConstantExpression } & Active);

export interface Element {
  readonly type: ReferenceType;
  /** One expression per element. */
  readonly init: readonly ConstantExpression[];
  /** The file gives function indices, the MVP's only form; `init` holds the `ref.func` that they abbreviate. */
  readonly abbreviated: boolean;
  readonly mode: SegmentMode<{ readonly table: number }>;
  readonly offset: number;
}

export interface Data {
  /** A copy, not a view of the file. */
  readonly bytes: Uint8Array;
  /** Never declarative. */
  readonly mode: SegmentMode<{ readonly memory: number }>;
  readonly offset: number;
}

export interface CustomSection {
  readonly name: string;
  /** Offset and bytes of the contents after the name. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** What the custom section "name" says. It carries no meaning and is never trusted: empty where it is malformed. */
export interface Names {
  readonly module: string | undefined;
  readonly functions: ReadonlyMap<number, string>;
}

export interface Section {
  readonly id: number;
  /** Offset of the section's id byte, and bytes of its contents. */
  readonly offset: number;
  readonly size: number;
}

export interface Module {
  /** Bytes of the file. */
  readonly size: number;
  /** All sections in the order of the file, custom ones (id 0) included. */
  readonly sections: readonly Section[];
  readonly types: readonly FunctionType[];
  readonly imports: readonly Import[];
  readonly functions: readonly Func[];
  readonly tables: readonly Table[];
  readonly memories: readonly Memory[];
  readonly globals: readonly Global[];
  readonly exports: readonly Export[];
  readonly start: { readonly index: number; readonly offset: number } | undefined;
  readonly elements: readonly Element[];
  readonly datas: readonly Data[];
  readonly customs: readonly CustomSection[];
  readonly names: Names;
  /** Calls of imported functions that nobody provides trap. Said by whoever uses the module, never by the file. */
  readonly trapImports?: boolean;
}

/** The index spaces of a module, imports first (specification 2.5.1). */
export interface IndexSpaces {
  /** Type index of every function. */
  readonly functions: readonly number[];
  readonly tables: readonly TableType[];
  readonly memories: readonly Limits[];
  readonly globals: readonly GlobalType[];
  /** How many of each are imported. */
  readonly imported: { readonly functions: number; readonly globals: number };
}

const knownSpaces = new WeakMap<Module, IndexSpaces>();

/** Made once for a module. */
export function indexSpaces(module: Module): IndexSpaces {
  const spaces = knownSpaces.get(module) ?? makeIndexSpaces(module);
  knownSpaces.set(module, spaces);
  return spaces;
}

function makeIndexSpaces(module: Module): IndexSpaces {
  const functions: number[] = [];
  const tables: TableType[] = [];
  const memories: Limits[] = [];
  const globals: GlobalType[] = [];
  for (const { description } of module.imports) {
    if (description.kind === 'func') functions.push(description.typeIndex);
    else if (description.kind === 'table') tables.push(description.table);
    else if (description.kind === 'memory') memories.push(description.limits);
    else globals.push(description.global);
  }
  const imported = { functions: functions.length, globals: globals.length };
  for (const func of module.functions) functions.push(func.typeIndex);
  for (const table of module.tables) tables.push(table);
  for (const memory of module.memories) memories.push(memory.limits);
  for (const global of module.globals) globals.push(global);
  return { functions, tables, memories, globals, imported };
}

const knownNames = new WeakMap<Module, ReadonlyMap<number, string>>();

/** Names of functions by their first export, else their import; made once for a module. */
function linkedNames(module: Module): ReadonlyMap<number, string> {
  const known = knownNames.get(module);
  if (known !== undefined) return known;
  const names = new Map<number, string>();
  for (const { kind, index, name } of module.exports) {
    if (kind === 'func' && !names.has(index)) names.set(index, name);
  }
  let imported = 0;
  for (const { description, name } of module.imports) {
    if (description.kind !== 'func') continue;
    if (!names.has(imported)) names.set(imported, name);
    imported++;
  }
  knownNames.set(module, names);
  return names;
}

/** How messages name a function: `function 3 "fib"`, from the name section, else an export or import. */
export function describeFunction(module: Module, index: number): string {
  const name = module.names.functions.get(index) ?? linkedNames(module).get(index);
  return name === undefined ? `function ${index}` : `function ${index} ${quote(name)}`;
}

/** A name from a module as messages show it: it may be of any length. */
export function quote(name: string): string {
  return name.length > 80 ? `"${name.slice(0, 80)}…"` : `"${name}"`;
}

/** Index of the function that is exported by this name; undefined where there is none. */
export function exportedFunction(module: Module, name: string): number | undefined {
  return module.exports.find((entry) => entry.kind === 'func' && entry.name === name)?.index;
}

/** Names of the exported functions. */
export function exportedFunctions(module: Module): string[] {
  return module.exports.filter(({ kind }) => kind === 'func').map(({ name }) => name);
}

/** The first names of a list as messages show them. */
export function quoteSome(names: readonly string[], most = 8): string {
  return names.slice(0, most).map(quote).join(', ') + (names.length > most ? ', …' : '');
}

/** `where` of errors about the module as a whole. */
export const WHOLE_MODULE = 'module';

/** How errors name a place in the file, for `where`: `module+0x1f3`, `module+0x1f3 (function 3 "fib")`. */
export function place(offset: number, inside?: string): string {
  return `${WHOLE_MODULE}+0x${offset.toString(16)}${inside === undefined ? '' : ` (${inside})`}`;
}

/** `block` of the instructions that have none. */
export const NO_BLOCK: Block = {
  kind: 'body',
  typeIndex: undefined,
  params: [],
  results: [],
  start: -1,
  else: -1,
  end: -1,
};
