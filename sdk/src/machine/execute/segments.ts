/**
 * Runs that take more than one proof: cut by time into segments, each of which fills the chips of a shard up to a height, and recorded segment by
 * segment, so that one at a time is held. Which rows stand in which shard means nothing to the bus; the plan says it once for all passes.
 */
import { fail } from '../../errors/index.ts';
import { cellsInGrownPages } from '../chips/boundary.ts';
import type { ChipName } from '../instructions.ts';
import { CHAIN_START } from '../memory-map.ts';
import type { Program } from '../program.ts';
import {
  BOUNDARY_WORDS,
  type BoundaryTrace,
  REFRESH_WORDS,
  type RefreshTrace,
  type Trace,
} from '../trace.ts';
import { conclude, type ExecuteOptions, type Execution, prepare } from './execute.ts';
import { interpret } from './interpret.ts';
import { Machine } from './machine.ts';
import type { Io, Outcome, Paused } from './outcome.ts';
import { byName, CHIPS, type Placement, placeWithin, ROW_KINDS, UNMOVED } from './placement.ts';
import { Recorder } from './recorder.ts';
import { inTurns, interpretSliced, type Sliced, type Turns } from './slices.ts';

/** What a shard may have. */
export interface ShardLimits {
  /** log2 of the most rows of each chip, by its name. */
  readonly heights: Readonly<Record<ChipName | 'boundary', number>>;
  /** Most cells of its instruction chips, padding and helpers included. */
  readonly cells: number;
}

/** Options of a run that is done several times: the same every time (see `askedOnce`). */
export type Again = () => Omit<ExecuteOptions, 'onDebug' | 'onLog' | 'machine'>;

/** Rows of one shard. */
export interface ShardPlan {
  /** Steps of the run from its start to the end of the shard's segment; undefined for a shard of touched cells alone. */
  readonly until: number | undefined;
  readonly placement: Placement;
  readonly rows: Readonly<Record<ChipName, number>>;
  readonly refreshes: number;
  /** Touched cells `from … to − 1` in the order of keys, and with the last of them the end of the chain. */
  readonly cells: { readonly from: number; readonly to: number; readonly ends: boolean };
}

export interface RunPlan {
  readonly execution: Execution;
  readonly publicInputs: readonly bigint[];
  readonly publicOutputs: readonly bigint[];
  readonly shards: readonly ShardPlan[];
  /** All touched cells. */
  readonly boundary: BoundaryTrace;
  /** How many cells open in the page of every `grow` row, by the time of that row. */
  readonly grown: ReadonlyMap<number, number>;
}

/** The rows of a shard: valid until the next one is asked for. */
export type ShardTrace = Pick<Trace, 'chips' | 'refresh' | 'boundary'>;

/** Steps between two looks at the rows: so many rows fit a shard of any height that is allowed. */
const MOST_STEPS = 2 ** 14;
/** Looks between two turns of the event loop. */
const LOOKS = 128;
/** Times are 32-bit words. */
const TIMES = 2 ** 32;
const MOST_CELLS = 2 ** 30;

/**
 * Where to cut, and everything that a shard must know of the others: two passes, in turns.
 * @throws as `execute`; RUN_TOO_LONG where the time of the run does not fit 32 bits
 */
export function planRun(
  program: Program,
  again: Again,
  limits: ShardLimits,
  onProgress?: Turns['onProgress'],
): Promise<RunPlan> {
  return inTurns(planSliced(program, again, limits), { signal: again().signal, onProgress });
}

function* planSliced(program: Program, again: Again, limits: ShardLimits): Sliced<RunPlan> {
  const cuts = yield* cutRun(program, again(), limits);
  const { io, publicInputs } = prepare(program, again());
  const pass = new Pass(program, io);
  const refreshes: number[] = [];
  const total = new Float64Array(ROW_KINDS);
  let outcome: Outcome | undefined;
  for (const { until, placement } of cuts) {
    outcome = yield* pass.run(until, placement);
    outcome.rows.forEach((count, kind) => {
      total[kind]! += count;
    });
    refreshes.push(pass.recorder.refreshed.rows);
    pass.recorder.refreshed.length = 0;
    if (pass.recorder.ts >= TIMES) {
      fail('RUN_TOO_LONG', `the run takes more than 2^32 units of the machine's time`, {
        where: program.entryName,
        fix: 'Prove a shorter run, with smaller inputs',
      });
    }
  }
  const boundary = pass.recorder.boundary(program);
  const execution = conclude(program, pass.machine, io, { ...outcome!, rows: total }, UNMOVED);
  return {
    execution,
    publicInputs,
    publicOutputs: [...execution.outputs, ...execution.results],
    shards: deal(cuts, refreshes, boundary.rows, 2 ** limits.heights.boundary),
    boundary,
    grown: cellsInGrownPages(boundary),
  };
}

/** The rows of every shard in turn, in one pass. @throws ABORTED */
export async function* traceShards(
  program: Program,
  again: Again,
  plan: RunPlan,
): AsyncGenerator<ShardTrace, void, void> {
  const options = again();
  const { io } = prepare(program, options);
  const pass = new Pass(program, io);
  const { refreshed } = pass.recorder;
  for (const { until, placement, refreshes, cells } of plan.shards) {
    if (until === undefined) pass.recorder.next(placement);
    else await inTurns(pass.run(until, placement), options);
    const boundary = cellsOf(plan.boundary, cells);
    const refresh: RefreshTrace = { rows: refreshes, records: refreshed.records };
    yield { chips: pass.recorder.chipTraces(), refresh, boundary };
    // What found no room goes on to the next shard.
    refreshed.records.copyWithin(0, refreshes * REFRESH_WORDS, refreshed.length);
    refreshed.length -= refreshes * REFRESH_WORDS;
  }
}

/** A run with a recorder, segment by segment. */
class Pass {
  readonly machine: Machine;
  readonly recorder: Recorder;
  readonly #program: Program;
  readonly #io: Io;
  #paused: Paused | undefined;

  constructor(program: Program, io: Io) {
    this.#program = program;
    this.#io = io;
    this.machine = new Machine(program);
    this.recorder = new Recorder(this.machine, program.pages, MOST_CELLS, UNMOVED);
  }

  *run(until: number, placement: Placement): Sliced<Outcome> {
    this.recorder.next(placement);
    const io = { ...this.#io, maxSteps: Math.min(until, this.#io.maxSteps) };
    const outcome = yield* interpretSliced(this.#program, this.machine, io, this.recorder, this.#paused);
    this.#paused = outcome.paused;
    return outcome;
  }
}

interface Cut {
  readonly until: number;
  readonly placement: Placement;
  readonly rows: readonly number[];
}

/** Greedily: a segment ends where one more look would find some chip too full, however its rows are placed. */
function* cutRun(program: Program, options: ExecuteOptions, { heights, cells }: ShardLimits): Sliced<Cut[]> {
  const { io } = prepare(program, options);
  const machine = new Machine(program);
  const least = Math.min(...CHIPS.map((name) => heights[name]));
  const quantum = Math.min(MOST_STEPS, 2 ** Math.max(0, least - 3));
  // Rows by kind from the start of the run to the end of each quantum.
  const sums: Float64Array[] = [new Float64Array(ROW_KINDS)];
  for (let paused: Paused | undefined, ended = false; !ended; ) {
    const maxSteps = Math.min(io.maxSteps, quantum * sums.length);
    const outcome = interpret(program, machine, { ...io, maxSteps }, undefined, paused);
    const { rows, instructions } = outcome;
    sums.push(sums.at(-1)!.map((count, kind) => count + rows[kind]!));
    ({ paused } = outcome);
    ended = paused === undefined;
    if (paused !== undefined && (paused.steps >= io.maxSteps || instructions > io.maxInstructions)) {
      conclude(program, machine, io, outcome, UNMOVED);
    }
    if (paused !== undefined && sums.length % LOOKS === 0) yield paused.instructions;
  }

  const between = (from: number, to: number): Float64Array =>
    sums[to]!.map((count, kind) => count - sums[from]![kind]!);
  const placed = (rows: Float64Array): Omit<Cut, 'until'> | undefined =>
    placeWithin(rows, { most: heights, cells });
  const cuts: Cut[] = [];
  const last = sums.length - 1;
  for (let from = 0; from < last; ) {
    // The largest `to` that fits: fits at `low`, does not at `high`.
    let [low, high] = [from + 1, last + 1];
    for (let step = 1; low + step < high; step *= 2) {
      if (placed(between(from, low + step)) === undefined) high = low + step;
      else low += step;
    }
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (placed(between(from, middle)) === undefined) high = middle;
      else low = middle;
    }
    const until = low === last ? Number.POSITIVE_INFINITY : quantum * low;
    cuts.push({ until, ...placed(between(from, low))! });
    from = low;
  }
  return cuts;
}

/** Boundary rows: refreshes in the shard of their time or where there is room behind it, touched cells from the last segment on. */
function deal(
  cuts: readonly Cut[],
  refreshes: readonly number[],
  cells: number,
  capacity: number,
): ShardPlan[] {
  const shards: ShardPlan[] = [];
  let waiting = 0;
  let next = 0;
  for (let k = 0; k < cuts.length || waiting > 0 || next <= cells; k++) {
    const cut = cuts[k];
    waiting += refreshes[k] ?? 0;
    const restamped = Math.min(waiting, capacity);
    waiting -= restamped;
    // The end of the chain takes a row behind the last cell.
    const room = k < cuts.length - 1 ? 0 : capacity - restamped;
    const from = Math.min(next, cells);
    const rows = Math.min(room, cells + 1 - next);
    next += rows;
    shards.push({
      until: cut?.until,
      placement: cut?.placement ?? UNMOVED,
      rows: byName(cut?.rows ?? CHIPS.map(() => 0)),
      refreshes: restamped,
      cells: { from, to: Math.min(next, cells), ends: rows > 0 && next === cells + 1 },
    });
  }
  return shards;
}

function cellsOf({ records }: BoundaryTrace, { from, to, ends }: ShardPlan['cells']): BoundaryTrace {
  return {
    before: from === 0 ? CHAIN_START : records[(from - 1) * BOUNDARY_WORDS]!,
    ends,
    rows: to - from,
    records: records.subarray(from * BOUNDARY_WORDS, to * BOUNDARY_WORDS),
  };
}
