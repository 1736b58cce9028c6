import { fail } from '../../errors/index.ts';
import { OP, type OpcodeName } from '../../wasm/opcodes.ts';
import { type ConstantExpression, type Module, place, typeKey, WHOLE_MODULE } from '../../wasm/types.ts';
import {
  GLOBALS,
  INPUT_COUNTER,
  MAX_PAGES,
  MAX_REGION,
  MEMORY,
  OUTPUT_COUNTER,
  PAGE_BYTES,
  PAGES,
  STACK,
  STACK_END,
  TABLES,
} from '../memory-map.ts';
import { type InitialWord, MAX_CHIP_LOG, MAX_TYPE, wordBits, type ZeroRegion } from '../program.ts';
import { ROUNDS } from '../routines/sha256-constants.ts';
import type { StringList } from '../signature.ts';
import { refuseValueless } from './imports.ts';
import {
  FILE_CELLS,
  type FileCells,
  STRING_CELLS,
  type StringCells,
  WASI_CELLS,
  type WasiLayout,
  wasiLayout,
} from './wasi-layout.ts';

/** The size of a table or the length of a segment: constant, or in a cell where the module can change it. */
export interface Quantity {
  readonly initial: number;
  readonly cell: number | undefined;
}

export interface TableLayout {
  readonly size: Quantity;
  /** Cells provided: `table.grow` fails beyond. */
  readonly max: number;
  /** Key of element 0. */
  readonly key: number;
}

/** A segment that instructions initialise from; others have no cells and the length 0. */
export interface SegmentLayout {
  /** Elements, or bytes. */
  readonly length: Quantity;
  /** Key of element 0, or of the first 4 bytes. */
  readonly key: number;
}

/** Where a module's state lies, whichever export is entered. */
export interface Layout {
  readonly tables: readonly TableLayout[];
  readonly elements: readonly SegmentLayout[];
  readonly datas: readonly SegmentLayout[];
  /** Cells from GLOBALS on: globals, then quantities that change. */
  readonly globalCells: number;
  /** Per type index the structural type id, 1 … MAX_TYPE. */
  readonly typeIds: readonly number[];
  readonly pages: number;
  readonly maxPages: number;
  /** Cells of the byte streams, if the module imports functions of WASI. */
  readonly wasi: WasiLayout | undefined;
  /** Of the lists of strings that the public inputs have. */
  readonly strings: Readonly<Partial<Record<StringList, StringCells>>>;
  /** Where the entry takes files. */
  readonly files: FileCells | undefined;
}

/**
 * `table.grow` fails beyond so many elements, if the table did not start larger: cells have to be provided before the
 * run, and every 2^16 of them are a row of the image.
 */
const MAX_GROWN_TABLE: number = 1 << 20;

/** Indices that instructions of a name carry, anywhere in the module. */
function indicesOf(module: Module, names: readonly OpcodeName[], field: 'index' | 'index2'): Set<number> {
  const ids = new Set<number>(names.map((name) => OP[name]));
  const found = new Set<number>();
  for (const { instructions } of module.functions) {
    for (const instruction of instructions) if (ids.has(instruction.op)) found.add(instruction[field]);
  }
  return found;
}

export function layoutOf(module: Module, lists: readonly StringList[] = []): Layout {
  let cell = GLOBALS + module.globals.length;
  let key = TABLES;
  const take = (cells: number, offset: number): number => {
    const first = key;
    key += cells;
    if (key <= STACK) return first;
    fail('MODULE_TOO_LARGE', `tables and passive segments of more than ${STACK - TABLES} cells`, {
      where: place(offset),
      fix: 'Declare smaller tables or segments',
    });
  };
  const grown = indicesOf(module, ['table.grow'], 'index');
  const tables = module.tables.map(({ limits: { min, max: declared }, offset }, i): TableLayout => {
    const max = grown.has(i) ? Math.max(min, Math.min(declared ?? MAX_GROWN_TABLE, MAX_GROWN_TABLE)) : min;
    const size = { initial: min, cell: grown.has(i) ? cell++ : undefined };
    return { size, max, key: take(max, offset) };
  });
  const segment = (
    used: boolean,
    passive: boolean,
    length: number,
    cells: number,
    at: number,
  ): SegmentLayout => {
    const given = used && passive;
    const quantity = { initial: given ? length : 0, cell: given ? cell++ : undefined };
    return { length: quantity, key: take(given ? cells : 0, at) };
  };
  const initElements = indicesOf(module, ['table.init'], 'index');
  const elements = module.elements.map(({ mode, init: { length }, offset }, i) =>
    segment(initElements.has(i), mode.kind === 'passive', length, length, offset),
  );
  const initDatas = indicesOf(module, ['memory.init'], 'index');
  const datas = module.datas.map(({ mode, bytes: { length }, offset }, i) =>
    segment(initDatas.has(i), mode.kind === 'passive', length, Math.ceil(length / 4), offset),
  );
  const ids = new Map<string, number>();
  const typeIds = module.types.map((type) => {
    const text = typeKey(type);
    const id = ids.get(text) ?? ids.size + 1;
    ids.set(text, id);
    return id;
  });
  if (ids.size > MAX_TYPE) {
    fail('MODULE_TOO_LARGE', `${ids.size} different function types, and at most ${MAX_TYPE} have an id`, {
      where: WHOLE_MODULE,
      fix: 'Split the module',
    });
  }
  const memory = module.memories[0];
  const pages = memory?.limits.min ?? 0;
  if (pages > MAX_PAGES) {
    fail('MODULE_TOO_LARGE', `a memory of ${pages} pages, and at most ${MAX_PAGES} are provided`, {
      where: place(memory.offset),
      fix: 'Link with a smaller initial memory',
    });
  }
  const declared = memory === undefined ? 0 : (memory.limits.max ?? MAX_PAGES);
  const maxPages = Math.min(declared, MAX_PAGES);
  const wasi = wasiLayout(module, cell);
  if (wasi !== undefined) cell += WASI_CELLS;
  const strings = Object.fromEntries(
    lists.map((list): [StringList, StringCells] => [
      list,
      { key: take(STRING_CELLS, 0), count: cell++, bytes: cell++ },
    ]),
  );
  const files = lists.includes('files')
    ? ({
        ...Object.fromEntries(Object.entries(FILE_CELLS).map(([name, cells]) => [name, take(cells, 0)])),
        used: cell++,
      } as unknown as FileCells)
    : undefined;
  const globalCells = cell - GLOBALS;
  return { tables, elements, datas, globalCells, typeIds, pages, maxPages, wasi, strings, files };
}

/**
 * Functions that references may mean, each once: of segments in the order of the file, of initial values of tables, of globals, of
 * `ref.func` in functions.
 */
export function functionReferences(module: Module): readonly number[] {
  const indices = new Set<number>();
  const add = ({ instructions }: Pick<ConstantExpression, 'instructions'>): void => {
    for (const { op, index } of instructions) if (op === OP['ref.func']) indices.add(index);
  };
  for (const { mode, init } of module.elements) if (mode.kind !== 'declarative') init.forEach(add);
  for (const { init } of module.tables) if (init !== undefined) add(init);
  for (const { init } of module.globals) add(init);
  module.functions.forEach(add);
  return [...indices];
}

export interface CellSpaces {
  readonly words: InitialWord[];
  readonly zeros: ZeroRegion[];
  /** Adds the cells lo … hi, both ends included, with the given values by increasing key; all others are zero. */
  readonly space: (lo: number, hi: number, values: Iterable<readonly [number, bigint]>) => void;
}

/**
 * Spaces are added in increasing order. MODULE_TOO_LARGE beyond the words that an image can have. Exported for the tests, which batch
 * calls of the official suite.
 */
export function cellSpaces(): CellSpaces {
  const words: InitialWord[] = [];
  const zeros: ZeroRegion[] = [];
  const space: CellSpaces['space'] = (lo, hi, values) => {
    let next = lo;
    const zeroUpTo = (end: number): void => {
      for (; next <= end; next += MAX_REGION)
        zeros.push({ lo: next, hi: Math.min(end, next + MAX_REGION - 1) });
    };
    for (const [key, value] of values) {
      if (value === 0n) continue;
      zeroUpTo(key - 1);
      words.push({ key, value });
      if (words.length > 1 << MAX_CHIP_LOG) tooManyWords();
      next = key + 1;
    }
    zeroUpTo(hi);
  };
  return { words, zeros, space };
}

function tooManyWords(): never {
  const most = 1 << MAX_CHIP_LOG;
  fail('MODULE_TOO_LARGE', `more than ${most} cells do not start as zero, which no proof holds`, {
    where: WHOLE_MODULE,
    fix: 'Give less data, or compute it',
  });
}

/** The most that globals of 32 bits hold, and the sizes and lengths that change: see `Program.bounds`. */
export function cellBounds(module: Module, { tables, elements, datas }: Layout): Map<number, number> {
  const bounds = new Map<number, number>();
  for (const [i, { type }] of module.globals.entries()) {
    if (wordBits(type) === 32) bounds.set(GLOBALS + i, 2 ** 32 - 1);
  }
  for (const { size, max } of tables) if (size.cell !== undefined) bounds.set(size.cell, max);
  for (const { length } of [...elements, ...datas]) {
    if (length.cell !== undefined) bounds.set(length.cell, length.initial);
  }
  return bounds;
}

/**
 * The cells that are not zero as words, all others as zero regions: cells 1..3, globals, tables, the stack, the initial
 * pages. `withTables` is false where no instruction can read tables or passive segments.
 */
export function initialState(
  module: Module,
  layout: Layout,
  withTables: boolean,
): { words: InitialWord[]; zeros: ZeroRegion[] } {
  const { words, zeros, space } = cellSpaces();
  space(INPUT_COUNTER, OUTPUT_COUNTER, []);
  space(PAGES, PAGES, [[PAGES, BigInt(layout.pages)]]);
  // Nothing that is reached reads those without a value.
  const globals = module.globals.map((_, i) => [GLOBALS + i, startOf(module, i) ?? 0n] as const);
  const quantities = [
    ...layout.tables.map(({ size }) => size),
    ...[...layout.elements, ...layout.datas].map(({ length }) => length),
  ];
  const changing = quantities.flatMap(({ cell, initial }) =>
    cell === undefined ? [] : [[cell, BigInt(initial)] as const],
  );
  space(GLOBALS, GLOBALS + layout.globalCells - 1, [...globals, ...changing]);
  const tables = initialTables(module, layout);
  if (withTables) {
    for (let i = 0; i < layout.tables.length; i++) {
      const { key, max } = layout.tables[i];
      space(key, key + max - 1, tables[i]);
    }
  }
  module.elements.forEach(({ init }, i) => {
    const { key, length } = layout.elements[i];
    const values = init.map((item, k) => [key + k, constantValue(module, item)] as const);
    if (withTables && length.cell !== undefined) space(key, key + length.initial - 1, values);
  });
  module.datas.forEach(({ bytes }, i) => {
    const { key, length } = layout.datas[i];
    if (!withTables || length.cell === undefined) return;
    const words = [...wordsOf(bytes)].map((word, k) => [key + k, BigInt(word)] as const);
    space(key, key + words.length - 1, words);
  });
  for (const { key } of Object.values(layout.strings)) space(key, key + STRING_CELLS - 1, []);
  if (layout.files !== undefined) {
    const { constants, content } = layout.files;
    const words = ROUNDS.map((word, i) => [constants + i, BigInt(word)] as const);
    space(constants, content + FILE_CELLS.content - 1, words);
  }
  space(STACK, STACK_END - 1, []);
  const cells = (layout.pages * PAGE_BYTES) / 4;
  space(MEMORY, MEMORY + cells - 1, memoryWords(module, layout.pages));
  return { words, zeros };
}

/** Little-endian words; the last one is filled up with zeros. */
function* wordsOf(bytes: Uint8Array): Generator<number> {
  const padded = new DataView(new ArrayBuffer((bytes.length + 3) & ~3));
  new Uint8Array(padded.buffer).set(bytes);
  for (let i = 0; i < padded.byteLength; i += 4) yield padded.getUint32(i, true);
}

/** The word of a constant expression: a number, or a reference as everywhere. MODULE_UNSUPPORTED where a global has no value. */
export function constantValue(module: Module, expression: ConstantExpression): bigint {
  return evaluate(expression, (index) => globalValue(module, index))!;
}

/** Undefined where a global is. */
function evaluate(
  { instructions }: ConstantExpression,
  global: (index: number) => bigint | undefined,
): bigint | undefined {
  const stack: bigint[] = [];
  for (const { op, value, index } of instructions) {
    const arithmetic = CONSTANT_ARITHMETIC.get(op);
    if (arithmetic !== undefined) {
      const y = stack.pop()!;
      stack.push(arithmetic(stack.pop()!, y));
    } else if (op === OP['ref.func']) stack.push(BigInt(index + 1));
    else if (op === OP['global.get']) {
      const value = global(index);
      if (value === undefined) return undefined;
      stack.push(value);
    } else if (op !== OP.end) stack.push(BigInt(value));
  }
  return stack[0];
}

const CONSTANT_ARITHMETIC: ReadonlyMap<number, (x: bigint, y: bigint) => bigint> = new Map([
  [OP['i32.add'], (x: bigint, y: bigint) => BigInt.asUintN(32, x + y)],
  [OP['i32.sub'], (x: bigint, y: bigint) => BigInt.asUintN(32, x - y)],
  [OP['i32.mul'], (x: bigint, y: bigint) => BigInt.asUintN(32, x * y)],
  [OP['i64.add'], (x: bigint, y: bigint) => BigInt.asUintN(64, x + y)],
  [OP['i64.sub'], (x: bigint, y: bigint) => BigInt.asUintN(64, x - y)],
  [OP['i64.mul'], (x: bigint, y: bigint) => BigInt.asUintN(64, x * y)],
]);

const knownGlobals = new WeakMap<Module, (bigint | undefined)[]>();

/** What a global starts as, undefined where nobody gave a value. Each is computed once: a chain of them may be as long as the file. */
function startOf(module: Module, index: number): bigint | undefined {
  const values = knownGlobals.get(module) ?? [];
  knownGlobals.set(module, values);
  // Those before it first: an expression knows no others.
  for (let i = values.length; i <= index; i++) {
    values.push(evaluate(module.globals[i]!.init, (before) => values[before]));
  }
  return values[index];
}

/** What a global starts as. @throws MODULE_UNSUPPORTED where it is imported, or computed from one that is, without a value */
export function globalValue(module: Module, index: number): bigint {
  const value = startOf(module, index);
  if (value !== undefined) return value;
  let global = module.globals[index]!;
  while (global.import === undefined) {
    const from = global.init.instructions.find(
      (item) => item.op === OP['global.get'] && startOf(module, item.index) === undefined,
    );
    global = module.globals[from!.index]!;
  }
  return refuseValueless(global);
}

function initialTables(module: Module, layout: Layout): (readonly [number, bigint])[][] {
  const tables = layout.tables.map(({ key, size }, i) => {
    const { init } = module.tables[i]!;
    const value = init === undefined ? 0n : constantValue(module, init);
    const cells = new Map<number, bigint>();
    if (value !== 0n) for (let k = 0; k < size.initial; k++) cells.set(key + k, value);
    return cells;
  });
  module.elements.forEach(({ mode, init, offset: at }, segment) => {
    if (mode.kind !== 'active') return;
    const { key, size } = layout.tables[mode.table];
    const offset = Number(constantValue(module, mode.offset));
    checkSegment('element', segment, at, offset, init.length, size.initial, 'elements');
    for (const [i, item] of init.entries()) {
      tables[mode.table].set(key + offset + i, constantValue(module, item));
    }
  });
  return tables.map((cells) => [...cells].sort(([a], [b]) => a - b));
}

/** Non-zero cells of the memory, by increasing key. */
function* memoryWords(module: Module, pages: number): Generator<readonly [number, bigint]> {
  let end = 0;
  const active = module.datas.flatMap(({ mode, bytes, offset: at }, segment) => {
    if (mode.kind !== 'active') return [];
    const offset = Number(constantValue(module, mode.offset));
    checkSegment('data', segment, at, offset, bytes.length, pages * PAGE_BYTES, 'bytes');
    if (bytes.length > 0) end = Math.max(end, offset + bytes.length);
    return [{ offset, bytes }];
  });
  const memory = new DataView(new ArrayBuffer((end + 3) & ~3));
  for (const { offset, bytes } of active) {
    // Empty segments may lie anywhere up to the end of the memory.
    if (bytes.length > 0) new Uint8Array(memory.buffer).set(bytes, offset);
  }
  for (let i = 0; i < memory.byteLength; i += 4) {
    const word = memory.getUint32(i, true);
    if (word !== 0) yield [MEMORY + i / 4, BigInt(word)];
  }
}

function checkSegment(
  kind: string,
  segment: number,
  at: number,
  offset: number,
  length: number,
  size: number,
  unit: string,
): void {
  if (offset + length <= size) return;
  const needs =
    length === 0 ? `is empty and begins at ${offset}` : `needs ${unit} ${offset}..${offset + length - 1}`;
  fail('INSTANTIATION_FAILED', `${kind} segment ${segment} ${needs}, and there are ${size} ${unit}`, {
    where: place(at),
    fix: `Make the ${kind === 'data' ? 'initial memory' : 'table'} larger`,
  });
}
