/**
 * Single rows before the declarations of their chip: which constraints fail, and what the row does to the bus. Beside a trace that holds, a row that was
 * changed holds iff no constraint fails and its tuples add up to what they were.
 */
import { evaluateProgram, type Ring, scalarRing } from '../../../sdk/src/expr/evaluate.ts';
import { flatten } from '../../../sdk/src/expr/flatten.ts';
import type { FlatProgram } from '../../../sdk/src/expr/program.ts';
import { Fr } from '../../../sdk/src/field/field.ts';
import type { Chip, Column } from '../../../sdk/src/plonk/declare/declare.ts';

export interface Verdict {
  /** Names of the constraints that fail. */
  readonly broken: readonly string[];
  /** Sum of signed multiplicities by tuple, without zeros. */
  readonly bus: ReadonlyMap<string, bigint>;
}

const programs = new Map<Chip, FlatProgram>();

function programOf(chip: Chip): FlatProgram {
  const known = programs.get(chip);
  if (known !== undefined) return known;
  const inputs: readonly Column[] = [...chip.main, ...chip.fixed];
  const made = flatten(
    [
      ...chip.constraints.map(({ expression }) => expression),
      ...chip.interactions.flatMap(({ multiplicity, tuple }) => [multiplicity, ...tuple]),
    ],
    { columns: inputs.length, indexOf: (column) => inputs.indexOf(column), challenges: [] },
  );
  programs.set(chip, made);
  return made;
}

/** @param cells main, then fixed ones */
export function judge(chip: Chip, cells: readonly bigint[]): Verdict {
  const values = evaluateProgram(programOf(chip), scalarRing, cells, []);
  const broken = chip.constraints.filter((_, i) => values[i] !== 0n).map(({ name }) => name);
  const bus = new Map<string, bigint>();
  let at = chip.constraints.length;
  for (const { sign, tuple } of chip.interactions) {
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

/** All constraints of a row in another ring, in order. */
export function constraintsIn<T>(chip: Chip, ring: Ring<T>, cells: readonly T[]): T[] {
  return evaluateProgram(programOf(chip), ring, cells, []).slice(0, chip.constraints.length);
}

export function sameBus(a: Verdict, b: Verdict): boolean {
  return a.bus.size === b.bus.size && [...a.bus].every(([key, sum]) => b.bus.get(key) === sum);
}
