/** What rows cost: columns, padded heights, and an estimate of the time that a proof takes. */
import { boundaryRows } from '../../machine/chips/boundary.ts';
import { imageColumns } from '../../machine/image.ts';
import type { ChipName } from '../../machine/instructions.ts';
import type { Program } from '../../machine/program.ts';
import { INSTRUCTION_CHIPS, machineSystem } from '../../machine/system.ts';
import type { Trace } from '../../machine/trace.ts';
import { heights } from '../../machine/witness.ts';
import { layout } from '../../plonk/declare/layout.ts';
import { TIME_MODEL } from '../proof/estimate.ts';
import type { RowCost } from './profile-walk.ts';

/** A chip in a proof of the run. */
export interface ChipCost {
  readonly name: string;
  /** `instructions`: rows belong to functions; `memory`: touched cells; `fixed`: the same for every run of the program. */
  readonly kind: 'instructions' | 'memory' | 'fixed';
  readonly rows: number;
  /** Main, fixed and helper columns. */
  readonly columns: number;
  /** Rows times columns. */
  readonly cells: number;
  /** What the rows are padded to, a power of two; from one row more on the next one. */
  readonly height: number;
  /** Height times columns: what is paid. */
  readonly paddedCells: number;
  /** Estimated. */
  readonly seconds: number;
}

/** The chips of a proof of `trace`, in the order of the system. */
export function chipCosts(program: Program, trace: Trace): ChipCost[] {
  const system = machineSystem();
  const logs = heights(system, program, trace);
  const image = imageColumns(program).rows;
  const rowsOf = (
    name: string,
    from: 'proof' | 'key' | 'program',
    height: number,
  ): [ChipCost['kind'], number] => {
    if (name in INSTRUCTION_CHIPS) return ['instructions', trace.chips[name as ChipName].rows];
    if (from === 'proof') return ['memory', boundaryRows(trace)];
    return ['fixed', from === 'program' ? image : height];
  };
  return layout(system).shape.chips.map(({ name, main, fixed, helpers, height: from }, i) => {
    const height = 2 ** logs[i]!;
    const columns = main + fixed + helpers;
    const [kind, rows] = rowsOf(name, from.from, height);
    const paddedCells = height * columns;
    return {
      name,
      kind,
      rows,
      columns,
      cells: rows * columns,
      height,
      paddedCells,
      seconds: paddedCells * TIME_MODEL.cellSeconds,
    };
  });
}

/** Of one row of each instruction chip: its cells, and its share of the time of the chip, padding included. */
export function rowCosts(chips: readonly ChipCost[]): Readonly<Record<ChipName, RowCost>> {
  const costs = chips
    .filter(({ kind }) => kind === 'instructions')
    .map(({ name, columns, rows, seconds }) => [
      name,
      { cells: columns, seconds: seconds / Math.max(1, rows) },
    ]);
  return Object.fromEntries(costs) as Record<ChipName, RowCost>;
}

/** Estimated seconds for a proof with these chips. */
export function proofSeconds(chips: readonly ChipCost[]): number {
  return chips.reduce((sum, { seconds }) => sum + seconds, TIME_MODEL.baseSeconds);
}
