import { fail } from '../../errors/index.ts';
import { OP } from '../../wasm/opcodes.ts';
import { type ConstantExpression, type Module, place } from '../../wasm/types.ts';
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
import type { InitialWord, ZeroRegion } from '../program.ts';

/** Where a module's state lies, whichever export is entered. */
export interface Layout {
  readonly tables: readonly { readonly size: number; readonly key: number }[];
  /** Per type index the structural type id, ≥ 1. */
  readonly typeIds: readonly number[];
  readonly pages: number;
  readonly maxPages: number;
}

export function layoutOf(module: Module): Layout {
  let key = TABLES;
  const tables = module.tables.map(({ limits, offset }) => {
    const table = { size: limits.min, key };
    key += limits.min;
    if (key > STACK) {
      fail('MODULE_TOO_LARGE', `tables of more than ${STACK - TABLES} elements`, {
        where: place(offset),
        fix: 'Declare a smaller table.',
      });
    }
    return table;
  });
  const ids = new Map<string, number>();
  const typeIds = module.types.map(({ params, results }) => {
    const text = `${params}>${results}`;
    const id = ids.get(text) ?? ids.size + 1;
    ids.set(text, id);
    return id;
  });
  const memory = module.memories[0];
  const pages = memory?.limits.min ?? 0;
  if (pages > MAX_PAGES) {
    fail('MODULE_TOO_LARGE', `a memory of ${pages} pages, and at most ${MAX_PAGES} are provided`, {
      where: place(memory.offset),
      fix: 'Link with a smaller initial memory.',
    });
  }
  const declared = memory === undefined ? 0 : (memory.limits.max ?? MAX_PAGES);
  return { tables, typeIds, pages, maxPages: Math.min(declared, MAX_PAGES) };
}

/** Functions that active segments put into tables, in the order of the file, each once. */
export function functionReferences(module: Module): readonly number[] {
  const indices = new Set<number>();
  for (const { mode, init } of module.elements) {
    if (mode.kind !== 'active') continue;
    for (const { instructions } of init) {
      if (instructions[0].op === OP['ref.func']) indices.add(instructions[0].index);
    }
  }
  return [...indices];
}

export interface CellSpaces {
  readonly words: InitialWord[];
  readonly zeros: ZeroRegion[];
  /** Adds the cells lo … hi, both ends included, with the given values by increasing key; all others are zero. */
  readonly space: (lo: number, hi: number, values: Iterable<readonly [number, bigint]>) => void;
}

/** Spaces are added in increasing order. */
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
      next = key + 1;
    }
    zeroUpTo(hi);
  };
  return { words, zeros, space };
}

/**
 * The cells that are not zero as words, all others as zero regions: cells 1..3, globals, tables, the stack, the initial
 * pages. `withTables` is false where no instruction can read a table.
 */
export function initialState(
  module: Module,
  layout: Layout,
  withTables: boolean,
): { words: InitialWord[]; zeros: ZeroRegion[] } {
  const { words, zeros, space } = cellSpaces();
  space(INPUT_COUNTER, OUTPUT_COUNTER, []);
  space(PAGES, PAGES, [[PAGES, BigInt(layout.pages)]]);
  const globals = module.globals.map(({ init }, i) => [GLOBALS + i, constantValue(module, init)] as const);
  space(GLOBALS, GLOBALS + globals.length - 1, globals);
  const tables = initialTables(module, layout);
  if (withTables) {
    for (let i = 0; i < layout.tables.length; i++) {
      const { key, size } = layout.tables[i];
      space(key, key + size - 1, tables[i]);
    }
  }
  space(STACK, STACK_END - 1, []);
  const cells = (layout.pages * PAGE_BYTES) / 4;
  space(MEMORY, MEMORY + cells - 1, memoryWords(module, layout.pages));
  return { words, zeros };
}

/** The value of a constant expression without imports: a constant, a function reference or null. */
export function constantValue(module: Module, { instructions }: ConstantExpression): bigint {
  const [{ op, value, index }] = instructions;
  if (op === OP['ref.func']) return BigInt(index + 1);
  if (op === OP['global.get']) return constantValue(module, module.globals[index].init);
  return BigInt(value);
}

function initialTables(module: Module, layout: Layout): (readonly [number, bigint])[][] {
  const tables = layout.tables.map(() => new Map<number, bigint>());
  module.elements.forEach(({ mode, init, offset: at }, segment) => {
    if (mode.kind !== 'active') return;
    const { key, size } = layout.tables[mode.table];
    const offset = Number(constantValue(module, mode.offset));
    checkSegment('element', segment, at, offset, init.length, size, 'elements');
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
  fail(
    'INSTANTIATION_FAILED',
    `${kind} segment ${segment} needs ${unit} ${offset}..${offset + length - 1}, and there are ${size}`,
    { where: place(at), fix: `Make the ${kind === 'data' ? 'initial memory' : 'table'} larger.` },
  );
}
