/**
 * Single rows before the declarations of the narrow chip: which constraints fail, and what the row does to the bus. Beside a trace that holds, a row that was
 * changed holds iff no constraint fails and its tuples add up to what they were.
 */
import { evaluateProgram, scalarRing } from '../../../sdk/src/expr/evaluate.ts';
import { flatten } from '../../../sdk/src/expr/flatten.ts';
import type { FlatProgram } from '../../../sdk/src/expr/program.ts';
import { Fr } from '../../../sdk/src/field/field.ts';
import type { Column } from '../../../sdk/src/plonk/declare/declare.ts';
import { NARROW } from '../../../sdk/src/recursion/narrow/chip.ts';

const INPUTS: readonly Column[] = [...NARROW.main, ...NARROW.fixed];
const PROGRAM: FlatProgram = flatten(
  [
    ...NARROW.constraints.map(({ expression }) => expression),
    ...NARROW.interactions.flatMap(({ multiplicity, tuple }) => [multiplicity, ...tuple]),
  ],
  { columns: INPUTS.length, indexOf: (column) => INPUTS.indexOf(column), challenges: [] },
);

export interface Verdict {
  /** Names of the constraints that fail. */
  readonly broken: readonly string[];
  /** Sum of signed multiplicities by tuple, without zeros. */
  readonly bus: ReadonlyMap<string, bigint>;
}

/** @param cells main, then fixed ones */
export function judge(cells: readonly bigint[]): Verdict {
  const values = evaluateProgram(PROGRAM, scalarRing, cells, []);
  const broken = NARROW.constraints.filter((_, i) => values[i] !== 0n).map(({ name }) => name);
  const bus = new Map<string, bigint>();
  let at = NARROW.constraints.length;
  for (const { sign, tuple } of NARROW.interactions) {
    const multiplicity = values[at]!;
    const fields = values.slice(at + 1, at + 1 + tuple.length);
    at += 1 + tuple.length;
    if (multiplicity === 0n) continue;
    const key = fields.slice(0, fields.findLastIndex((field) => field !== 0n) + 1).join();
    const sum = Fr.add(bus.get(key) ?? 0n, sign === 1 ? multiplicity : Fr.neg(multiplicity));
    if (sum === 0n) bus.delete(key);
    else bus.set(key, sum);
  }
  return { broken, bus };
}

/** Cells of a row: main, then fixed. */
export function rowOf(columns: readonly (readonly bigint[])[], row: number): bigint[] {
  return columns.map((column) => column[row]!);
}

export function sameBus(a: Verdict, b: Verdict): boolean {
  return a.bus.size === b.bus.size && [...a.bus].every(([key, sum]) => b.bus.get(key) === sum);
}
