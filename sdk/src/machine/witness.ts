/** From a trace to main columns: heights, filling, multiplicities; and back from a row to the program. */
import type { Engine, IntColumn, Vector } from '../kernels/contract.ts';
import type { Chip, System } from '../plonk/declare/declare.ts';
import { boundary, boundaryRows, cellsInGrownPages } from './chips/boundary.ts';
import { type Cells, FP_MASK, Uses } from './chips/fill.ts';
import { image as imageChip } from './chips/image.ts';
import { type RingMasks, ring } from './chips/ring.ts';
import { tables } from './chips/tables.ts';
import type { ShardPlan, ShardTrace } from './execute/segments.ts';
import { imageColumns } from './image.ts';
import { type ChipName, opcodeInfo } from './instructions.ts';
import type { Program } from './program.ts';
import { INSTRUCTION_CHIPS } from './system.ts';
import type { Trace } from './trace.ts';

type AnyColumn = IntColumn | Vector;

export interface FilledChip<C = IntColumn> {
  readonly name: string;
  /** log2 of the height. */
  readonly log: number;
  /** Main columns in order, zero behind the rows of the trace. Owned by the caller. */
  readonly columns: readonly C[];
}

export interface WitnessOptions {
  /** Least heights (log2) by name of a chip whose height the run decides, for proofs that look alike. */
  readonly shape?: Readonly<Record<string, number>>;
}

const isInstructionChip = (name: string): name is ChipName => name in INSTRUCTION_CHIPS;

/** Height of each chip, log2, in the order of the system's chips, for a trace or what a shard has of one; the closing shard has no rows. */
export function heights(
  system: { readonly chips: readonly Pick<Chip, 'name' | 'height'>[] },
  program: Program,
  trace: ShardRows | undefined,
  least: Readonly<Record<string, number>> = {},
): number[] {
  return system.chips.map(({ name, height }) => {
    if (height.from === 'key') return height.log;
    if (height.from === 'program') return imageColumns(program).log;
    if (trace === undefined || name === ring.chip.name) return height.minLog;
    const rows = isInstructionChip(name) ? trace.chips[name].rows : boundaryRows(trace);
    return Math.max(height.minLog, least[name] ?? 0, Math.ceil(Math.log2(Math.max(1, rows))));
  });
}

/** The main columns of every chip, in the order of the system's chips. */
export function fillWitness(
  engine: Engine,
  system: System,
  program: Program,
  trace: Trace,
  options: WitnessOptions = {},
): FilledChip[] {
  const uses = new Uses(2 ** imageColumns(program).log, cellsInGrownPages(trace.boundary));
  const { filled, cells } = allocate(engine, system, heights(system, program, trace, options.shape));
  fillBody(program, trace, uses, cells);
  fillClosing(uses, cells);
  // None of a whole run is wider than integers.
  return filled as FilledChip[];
}

/**
 * The main columns of a shard, in the order of its system's chips: those of a body from its rows, counting what they look up; of the closing one the
 * multiplicities of all that was counted.
 */
export function fillShard(
  engine: Engine,
  system: System,
  program: Program,
  part: {
    readonly trace: ShardTrace | undefined;
    readonly uses: Uses;
    readonly masks: RingMasks;
    readonly least?: Readonly<Record<string, number>>;
  },
): FilledChip<AnyColumn>[] {
  const { trace, uses, masks, least } = part;
  const { filled, cells } = allocate(engine, system, heights(system, program, trace, least));
  if (trace === undefined) fillClosing(uses, cells);
  else fillBody(program, trace, uses, cells);
  const at = system.chips.findIndex(({ name }) => name === ring.chip.name);
  ring.fill(engine, filled[at]!.columns, masks);
  return filled;
}

/** Numbers of rows of a shard. */
export interface ShardRows {
  readonly chips: Readonly<Record<ChipName, { readonly rows: number }>>;
  readonly refresh: { readonly rows: number };
  readonly boundary: { readonly rows: number; readonly ends: boolean };
}

/** Those of a shard, from its plan. */
export const rowsOfShard = ({ rows, refreshes, cells }: ShardPlan): ShardRows => ({
  chips: Object.fromEntries(
    Object.entries(rows).map(([name, count]) => [name, { rows: count }]),
  ) as unknown as ShardRows['chips'],
  refresh: { rows: refreshes },
  boundary: { rows: cells.to - cells.from, ends: cells.ends },
});

/** Zeroed columns, and views of them that are valid until the next allocation. */
function allocate(
  engine: Engine,
  system: System,
  logs: readonly number[],
): { readonly filled: FilledChip<AnyColumn>[]; readonly cells: ReadonlyMap<string, Cells> } {
  const filled = system.chips.map(
    (chip, j): FilledChip<AnyColumn> => ({
      name: chip.name,
      log: logs[j]!,
      columns: chip.main.map(({ words }) =>
        words === 8 ? engine.vector(2 ** logs[j]!) : engine.ints(2 ** logs[j]!, words),
      ),
    }),
  );
  const cells = new Map(
    system.chips.map((chip, j) => [chip.name, cellsOf(engine, chip, filled[j]!.columns)]),
  );
  return { filled, cells };
}

/** There is no allocation in between: views of columns are valid until the next one. */
function fillBody(program: Program, trace: ShardTrace, uses: Uses, cells: ReadonlyMap<string, Cells>): void {
  const image = imageColumns(program);
  boundary.fill(trace, { cells: cells.get('boundary')!, uses, image });
  for (const [name, { fill }] of Object.entries(INSTRUCTION_CHIPS)) {
    fill(trace.chips[name as ChipName], { cells: cells.get(name)!, uses, image, code: program.code });
  }
}

function fillClosing(uses: Uses, cells: ReadonlyMap<string, Cells>): void {
  imageChip.fill(cells.get('image')!, uses);
  tables.fill(cells.get('tables')!, uses);
}

function cellsOf(engine: Engine, chip: Chip, columns: readonly AnyColumn[]): Cells {
  const words = new Map(
    chip.main.flatMap(({ name }, i) => {
      const column = columns[i]!;
      return column.kind === 'ints' ? [[name, engine.words(column)] as const] : [];
    }),
  );
  return (name) => {
    const found = words.get(name);
    if (found === undefined) throw new RangeError(`${chip.name} has no column ${name}`);
    return found;
  };
}

/** Where a row comes from. */
export interface RowOrigin {
  readonly pc: number;
  /** Name of the opcode. */
  readonly opcode: string;
  /** Byte offset in the .wasm file; 0 for stubs and linked routines. */
  readonly offset: number;
  /** WebAssembly function index, or −1. */
  readonly functionIndex: number;
  readonly fp: number;
}

/** The instruction behind a row, undefined for padding and for chips without instructions. */
export function locate(program: Program, trace: Trace, chip: string, row: number): RowOrigin | undefined {
  if (!isInstructionChip(chip)) return undefined;
  const { records, stride, rows } = trace.chips[chip];
  if (row >= rows) return undefined;
  const pc = records[row * stride]!;
  const { code } = program;
  return {
    pc,
    opcode: opcodeInfo(code.opcode[pc]!)?.name ?? 'unknown',
    offset: code.offset[pc]!,
    functionIndex: code.functionIndex[pc]!,
    fp: records[row * stride + 1]! & FP_MASK,
  };
}

/** The same for people: opcode, pc and place in the .wasm file; undefined where `locate` knows nothing. */
export function locateRow(program: Program, trace: Trace, chip: string, row: number): string | undefined {
  const origin = locate(program, trace, chip, row);
  if (origin === undefined) return undefined;
  const { opcode, pc, offset, functionIndex } = origin;
  const name = program.functionNames.get(functionIndex) ?? `function ${functionIndex}`;
  const place =
    offset === 0 ? '' : `, wasm+0x${offset.toString(16)}${functionIndex < 0 ? '' : ` in ${name}`}`;
  return `${opcode} at pc ${pc}${place}`;
}
