/** Where a run spends what its proof costs: rows and cells by function, routine and line of source. */
import { type OptionNames, requireNames } from '../../json/options.ts';
import type { Program, Section } from '../../machine/program.ts';
import type { StatusDescription } from '../../machine/status.ts';
import { IMPORT_NAMES } from '../module/imports.ts';
import { loadProgram } from '../module/load.ts';
import { type SourceMap, type SourcePosition, sourceMapOf } from '../module/source.ts';
import { INPUT_NAMES, parseInputs } from '../run/inputs.ts';
import type { RunParameters } from '../run/run.ts';
import { traceRun } from '../run/trace.ts';
import { type ChipCost, chipCosts, proofSeconds, rowCosts } from './profile-cost.ts';
import { type Cost, type SectionCost, type Walk, walk } from './profile-walk.ts';

export type { ChipCost } from './profile-cost.ts';
export type { Cost } from './profile-walk.ts';

export interface ProfileParameters extends Omit<RunParameters, 'onDebug' | 'onStderr'> {
  /** Only so many WebAssembly instructions, the first ones, are run and shown; default: all. */
  readonly maxInstructions?: number;
}

const NAMES: OptionNames<ProfileParameters> = {
  ...INPUT_NAMES,
  ...IMPORT_NAMES,
  wasm: true,
  invoke: true,
  maxInstructions: true,
  sourceMap: true,
  onProgress: true,
  signal: true,
};

/** A function, a linked routine or the entry. */
export interface ProfiledFunction {
  /** `function 3 "fib"`; of a routine the instruction that it stands for; `entry`. */
  readonly name: string;
  /** Index of the WebAssembly function, −1 for routines and the entry. */
  readonly functionIndex: number;
  /** Where it begins, if a source map says so. */
  readonly position: SourcePosition | undefined;
  readonly calls: number;
  /** Of its own rows and those of the routines that it calls (of a routine: its own rows). */
  readonly self: Cost;
  /** With everything that it calls; recursion counts once. */
  readonly total: Cost;
  /** Rows of `self` by chip. */
  readonly chips: Readonly<Record<string, number>>;
}

export interface ProfiledLine {
  readonly source: string;
  readonly line: number;
  /** Rows of routines count where they are called. */
  readonly rows: number;
  readonly cells: number;
}

/** Rows that were executed with the same functions on the stack. */
export interface ProfiledStack {
  /** Indices in `frames`, the entry first. */
  readonly frames: readonly number[];
  readonly rows: number;
}

export interface ProfileResult {
  readonly entryName: string;
  /** How the run ended; undefined where only its beginning was run. */
  readonly status: StatusDescription | undefined;
  /** Of a run that trapped: where. */
  readonly trapAt: string | undefined;
  /** WebAssembly instructions, rows of the instruction chips and their cells, of the whole run. */
  readonly instructions: number;
  readonly rows: number;
  readonly cells: number;
  /** Estimated time of a proof (see TIME_MODEL), and how much of it no function can change. */
  readonly seconds: number;
  readonly fixedSeconds: number;
  /** All chips of the proof. */
  readonly chips: readonly ChipCost[];
  /** Functions that ran, and the entry, by decreasing cells of `self`: together all rows of the run. */
  readonly functions: readonly ProfiledFunction[];
  /** Linked routines that ran; their rows are in `self` of the functions that called them. */
  readonly routines: readonly ProfiledFunction[];
  /** By decreasing cells; undefined without a source map. Rows that it does not place are not here. */
  readonly lines: readonly ProfiledLine[] | undefined;
  /** Names of functions, routines and the entry for `stacks`. */
  readonly frames: readonly Pick<ProfiledFunction, 'name' | 'position'>[];
  readonly stacks: readonly ProfiledStack[];
  /** There were deeper (256) or more stacks than are kept; their rows are at the nearest one that is. */
  readonly stacksFolded: boolean;
  readonly warnings: readonly string[];
}

/**
 * Runs `wasm` at `invoke` and says where the rows of its proof come from. A run that traps has a profile too. Keeps the trace of
 * the run (about 100 bytes a row): RUN_TOO_LONG beyond 2^22 rows of a chip, unless `maxInstructions` says that the beginning is enough.
 * @throws the errors of `loadProgram` and of the inputs; INPUT_MISSING, RUN_TOO_LONG, ABORTED
 */
export async function profile(parameters: ProfileParameters): Promise<ProfileResult> {
  requireNames(parameters, NAMES, 'profile');
  const { wasm, invoke, maxInstructions, signal, onProgress } = parameters;
  const { module, program } = loadProgram(wasm, invoke, parameters);
  const sourceMap = sourceMapOf(module, parameters.sourceMap);
  const inputs = parseInputs(parameters, program);
  const run = await traceRun(program, inputs, {
    signal,
    onProgress,
    maxInstructions,
    sourceMap,
    allowFailure: true,
    partial: true,
  });
  const chips = chipCosts(program, run.trace);
  const walked = walk(program, run.trace, rowCosts(chips));

  const { sections } = program;
  const frames = sections.map((section, i) => ({
    name: section.kind === 'entry' ? 'entry' : section.name,
    position: positionOf(program, i, sourceMap),
  }));
  const listed = (kinds: readonly Section['kind'][]): ProfiledFunction[] => {
    const found: ProfiledFunction[] = [];
    for (const [i, section] of sections.entries()) {
      const cost = walked.sections[i]!;
      if (cost.calls === 0 || !kinds.includes(section.kind)) continue;
      found.push({ ...frames[i]!, functionIndex: section.functionIndex, ...figures(section, cost) });
    }
    return found.sort((x, y) => y.self.cells - x.self.cells);
  };
  const functions = listed(['function', 'entry']);
  const sum = (of: (cost: Cost) => number): number => functions.reduce((all, { self }) => all + of(self), 0);
  const seconds = proofSeconds(chips);
  return {
    entryName: program.entryName,
    status: run.execution.ended ? run.status : undefined,
    trapAt: run.trapAt,
    instructions: run.trace.instructions,
    rows: sum(({ rows }) => rows),
    cells: sum(({ cells }) => cells),
    seconds,
    fixedSeconds: seconds - sum((cost) => cost.seconds),
    chips,
    functions,
    routines: listed(['routine']),
    lines: sourceMap === undefined ? undefined : linesOf(program, walked, sourceMap),
    frames,
    stacks: walked.stacks.map(({ sections: path, rows }) => ({ frames: path, rows })),
    stacksFolded: walked.stacksFolded,
    warnings: run.warnings,
  };
}

function figures(
  { kind }: Section,
  { calls, own, self, total, chips }: SectionCost,
): Pick<ProfiledFunction, 'calls' | 'self' | 'total' | 'chips'> {
  return { calls, self: kind === 'routine' ? own : self, total, chips };
}

/** The first place in the source that a section's rows have. */
function positionOf(
  { code, sections }: Program,
  index: number,
  sourceMap: SourceMap | undefined,
): SourcePosition | undefined {
  const { pc, kind } = sections[index]!;
  if (kind !== 'function' || sourceMap === undefined) return undefined;
  const end = sections[index + 1]?.pc ?? code.length;
  // Before its first instruction a function has the offset of its body, which is still the function before in a source map.
  const body = code.offset[pc]!;
  for (let at = pc; at < end; at++) {
    const offset = code.offset[at]!;
    const found = offset === body ? undefined : sourceMap.at(offset);
    if (found !== undefined) return found;
  }
  return undefined;
}

function linesOf({ code }: Program, { pcRows, pcCells }: Walk, sourceMap: SourceMap): ProfiledLine[] {
  const lines = new Map<string, { source: string; line: number; rows: number; cells: number }>();
  for (let pc = 1; pc < code.length; pc++) {
    const position = pcRows[pc] === 0 || code.offset[pc] === 0 ? undefined : sourceMap.at(code.offset[pc]!);
    if (position === undefined) continue;
    const { source, line } = position;
    const key = `${line} ${source}`;
    const entry = lines.get(key) ?? { source, line, rows: 0, cells: 0 };
    entry.rows += pcRows[pc]!;
    entry.cells += pcCells[pc]!;
    lines.set(key, entry);
  }
  return [...lines.values()].sort((x, y) => y.cells - x.cells);
}
