/** Small programs of the register machine, written by hand, run by the executor and judged by the row checker. */
import { Fr } from '../../../sdk/src/field/field.ts';
import { createReferenceEngine } from '../../../sdk/src/kernels/index.ts';
import { TABLES_LOG } from '../../../sdk/src/machine/chips/tables.ts';
import { type TracedExecution, trace as traceRun } from '../../../sdk/src/machine/execute/execute.ts';
import {
  ADDS,
  JUMPS,
  MOVES,
  type Placement,
  placementOf,
  WORDS,
} from '../../../sdk/src/machine/execute/placement.ts';
import { imageColumns } from '../../../sdk/src/machine/image.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import {
  GLOBALS,
  INPUT_COUNTER,
  MAX_REGION,
  MEMORY,
  PAGES,
  STACK,
  STACK_SLOTS,
  TABLES,
} from '../../../sdk/src/machine/memory-map.ts';
import {
  type Code,
  FAILURES,
  type FunctionEntry,
  type InitialWord,
  PROVEN_TRAPS,
  type Program,
  type ProvenTrap,
  type Signature,
  statusOfFailure,
} from '../../../sdk/src/machine/program.ts';
import { machineSystem, machineTables } from '../../../sdk/src/machine/system.ts';
import type { Trace } from '../../../sdk/src/machine/trace.ts';
import { fillWitness, locateRow } from '../../../sdk/src/machine/witness.ts';
import { check } from '../../../sdk/src/plonk/check/check.ts';
import { type CheckReport, formatFailure } from '../../../sdk/src/plonk/check/report.ts';
import { FixedTable, valueAt } from '../../../sdk/src/plonk/columns/fixed.ts';
import type { Statement, System } from '../../../sdk/src/plonk/declare/declare.ts';
import { type Layout, layout } from '../../../sdk/src/plonk/declare/layout.ts';
import type { HostChipWitness } from '../../../sdk/src/plonk/keys/witness.ts';

export const SYSTEM: System = machineSystem();
export const LAYOUT: Layout = layout(SYSTEM);
const BYTE_TABLES = new FixedTable(TABLES_LOG, machineTables()['tables']!, 'tables');

/** One instruction; `a`, `b` 32-bit, `c` 64-bit. */
export type Line = readonly [info: I.OpcodeInfo, flags: number, a: number, b?: number, c?: bigint | number];

export interface ProgramParts {
  readonly words?: readonly InitialWord[];
  readonly functions?: readonly FunctionEntry[];
  readonly signatures?: readonly Signature[];
  readonly bounds?: Program['bounds'];
  readonly pages?: number;
  /** Every slot of the stack is supplied, not only the first 2^16. */
  readonly wholeStack?: boolean;
}

/** The exits of proven traps, from pc 1 on. */
const RESERVED: readonly Line[] = Object.keys(PROVEN_TRAPS).flatMap((name): Line[] => {
  const exit: Line = [
    I.EXIT_,
    0,
    FAILURES[name as ProvenTrap].code,
    Number(statusOfFailure(name as ProvenTrap) >> 32n),
  ];
  return name === 'inputExhausted' ? [exit] : [[I.DRAIN, 0, 0], exit];
});
/** How far the pcs of lines are behind their numbers, which are 1, 2, …. */
export const SHIFT: number = RESERVED.length;

/** What a line says with targets as pcs. */
function shifted([info, flags, a, b = 0, c = 0]: Line): Line {
  const named = info === I.JUMP || info === I.BRANCH || info === I.CALL;
  return [info, flags, named ? a + SHIFT : a, b, info === I.JUMP_TABLE ? BigInt(c) + BigInt(SHIFT) : c];
}

/**
 * Lines, the functions' entries and signatures are numbered from 1, also as targets, and stand SHIFT further, behind the exits of
 * proven traps. The run starts at the first line. An exit with status 0 follows the last one.
 */
export function assemble(lines: readonly Line[], parts: ProgramParts = {}): Program {
  const { words = [], pages = 1, wholeStack = false, signatures = [], bounds = new Map() } = parts;
  const functions = (parts.functions ?? []).map((entry) => ({ ...entry, pc: entry.pc + SHIFT }));
  const all: Line[] = [...RESERVED, ...lines.map(shifted), [I.EXIT_, 0, 0]];
  const length = all.length + 1;
  const code = {
    length,
    opcode: new Uint16Array(length),
    a: new Uint32Array(length),
    b: new Uint32Array(length),
    c: new Uint32Array(length),
    cHigh: new Uint32Array(length),
    weight: new Uint8Array(length),
    offset: new Uint32Array(length),
    functionIndex: new Int32Array(length).fill(-1),
  } satisfies Code;
  all.forEach(([info, flags, a, b = 0, c = 0n], i) => {
    code.opcode[i + 1] = info.code | flags;
    code.a[i + 1] = a;
    code.b[i + 1] = b;
    code.c[i + 1] = Number(BigInt(c) & 0xffff_ffffn);
    code.cHigh[i + 1] = Number(BigInt(c) >> 32n);
  });
  const initial = [...words, { key: PAGES, value: BigInt(pages) }].sort((x, y) => x.key - y.key);
  // Everything else in reach is zero: regions between the words.
  const spaces = [
    [INPUT_COUNTER, PAGES],
    [GLOBALS, 0x1ff],
    [TABLES, TABLES + 63],
    ...Array.from({ length: wholeStack ? STACK_SLOTS / MAX_REGION : 1 }, (_, i) => {
      const lo = STACK + i * MAX_REGION;
      return [lo, lo + MAX_REGION - 1] as const;
    }),
    ...(pages > 0 ? [[MEMORY, MEMORY + 16384 * pages - 1] as const] : []),
  ] as const;
  const zeros = spaces.flatMap(([lo, hi]) => {
    const regions: { lo: number; hi: number }[] = [];
    let from: number = lo;
    for (const { key } of initial) {
      if (key < from || key > hi) continue;
      if (key > from) regions.push({ lo: from, hi: key - 1 });
      from = key + 1;
    }
    if (from <= hi) regions.push({ lo: from, hi });
    return regions;
  });
  return {
    entryName: 'test',
    entryType: { parameters: [], results: [] },
    code,
    entry: 1 + SHIFT,
    functions,
    signatures: signatures.map((entry) => ({ ...entry, pc: entry.pc + SHIFT })),
    bounds,
    words: initial,
    zeros,
    pages,
    maxPages: 65536,
    functionNames: new Map(),
    sections: [],
    debugPoints: [],
    privatePoints: [],
    frameSlots: 1 << 16,
  };
}

export interface Inputs {
  readonly publicInputs?: readonly bigint[];
  readonly privateInputs?: readonly bigint[];
  /** Rows that another chip than the first proves. */
  readonly placement?: Placement;
}

/** As many as there are, which a small program has few of. */
const ALL = 2 ** 20;
/** Every row that a second chip can prove is proven by it. */
export const MOVED: Placement = placementOf({ [ADDS]: ALL, [MOVES]: ALL, [WORDS]: ALL, [JUMPS]: ALL });

/** A main column as the trace fills it; a lie may put any field element into a row, where `data` has 0 then. */
export interface FilledColumn {
  readonly words: 1 | 2;
  readonly data: Uint32Array;
  readonly large?: ReadonlyMap<number, bigint>;
}

/** Main cells of a chip. */
export interface Filled {
  readonly log: number;
  readonly columns: readonly FilledColumn[];
}

export interface Run {
  readonly program: Program;
  readonly trace: TracedExecution;
  readonly witness: readonly Filled[];
  readonly statement: Statement;
}

export function run(program: Program, inputs: Inputs = {}): Run {
  const trace = traceRun(program, inputs);
  return { program, trace, witness: fill(program, trace), statement: statementOf(trace) };
}

export function statementOf({ publicInputs, publicOutputs, status }: Trace): Statement {
  return { publicInputs, publicOutputs, status };
}

export function fill(program: Program, trace: Trace, shape?: Readonly<Record<string, number>>): Filled[] {
  const engine = createReferenceEngine();
  const filled = fillWitness(engine, SYSTEM, program, trace, shape === undefined ? {} : { shape });
  return filled.map(({ log, columns }) => ({
    log,
    columns: columns.map((column) => ({ words: column.words, data: engine.words(column).slice() })),
  }));
}

/** As the row checker takes it. */
export function witnessOf(filled: readonly Filled[]): HostChipWitness[] {
  return filled.map(({ log, columns }) => ({
    log,
    columns: columns.map((column) =>
      column.large === undefined ? column : Array.from({ length: 2 ** log }, (_, row) => cellAt(column, row)),
    ),
  }));
}

/** A copy that can be written to. */
export function copyOf(witness: readonly Filled[]): Filled[] {
  return witness.map(({ log, columns }) => ({
    log,
    columns: columns.map((column) => ({ ...column, data: column.data.slice() })),
  }));
}

export function fixedTables(program: Program): (FixedTable | undefined)[] {
  const image = imageColumns(program);
  const tables: Readonly<Record<string, FixedTable>> = {
    tables: BYTE_TABLES,
    image: new FixedTable(image.log, image.columns, 'image'),
  };
  return SYSTEM.chips.map(({ name }) => tables[name]);
}

export function judge(
  { program, trace, witness, statement }: Run,
  change: Partial<Pick<Run, 'witness' | 'statement'>> = {},
): CheckReport {
  return check({
    layout: LAYOUT,
    tables: fixedTables(program),
    witness: witnessOf(change.witness ?? witness),
    entry: BigInt(program.entry),
    statement: change.statement ?? statement,
    locate: (chip, row) => locateRow(program, trace, chip, row),
  });
}

export const textOf = (report: CheckReport): string => report.failures.map(formatFailure).join('\n');

export const chipIndex = (name: string): number => SYSTEM.chips.findIndex((chip) => chip.name === name);

export function cellAt(column: FilledColumn, row: number): bigint {
  return column.large?.get(row) ?? valueAt(column, row);
}

export const cellOf = (witness: readonly Filled[], chip: string, column: string, row: number): bigint =>
  cellAt(columnOf(witness, chip, column), row);

export function columnOf(witness: readonly Filled[], chip: string, column: string): FilledColumn {
  const j = chipIndex(chip);
  const i = SYSTEM.chips[j]!.main.findIndex(({ name }) => name === column);
  if (i < 0) throw new RangeError(`${chip} has no column ${column}`);
  return witness[j]!.columns[i]!;
}

/** A copy of the witness with some cells replaced, by any field elements. */
export function withCells(
  witness: readonly Filled[],
  chip: string,
  row: number,
  cells: Readonly<Record<string, bigint>>,
): Filled[] {
  const copy = copyOf(witness);
  const columns = copy[chipIndex(chip)]!.columns as FilledColumn[];
  for (const [name, cell] of Object.entries(cells)) {
    const value = Fr.from(cell);
    const column = columnOf(copy, chip, name);
    const { words, data } = column;
    const isWord = value >> BigInt(32 * words) === 0n;
    const large = new Map(column.large);
    if (isWord) large.delete(row);
    else large.set(row, value);
    data[words * row] = isWord ? Number(value & 0xffff_ffffn) : 0;
    if (words === 2) data[2 * row + 1] = isWord ? Number(value >> 32n) : 0;
    columns[columns.indexOf(column)] = { words, data, ...(large.size > 0 && { large }) };
  }
  return copy;
}
