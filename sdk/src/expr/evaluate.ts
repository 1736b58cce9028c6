/** Evaluation of flat programs over any ring: field values (verifier, row checker) or power series (quotient). */
import { Fr } from '../field/field.ts';
import { ADD, type FlatProgram, SUB } from './program.ts';

/** What an evaluation needs of a ring. `constant` embeds a value in `[0, r)`. */
export interface Ring<T> {
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  constant(value: bigint): T;
}

/** The scalar field itself; operands canonical. */
export const scalarRing: Ring<bigint> = { add: Fr.add, sub: Fr.sub, mul: Fr.mul, constant: (value) => value };

/** Values of the program's outputs. `columns` and `challenges` are the leaves in the program's order. */
export function evaluateProgram<T>(
  program: FlatProgram,
  ring: Ring<T>,
  columns: readonly T[],
  challenges: readonly T[],
): T[] {
  if (columns.length !== program.columns || challenges.length !== program.challenges.length) {
    throw new RangeError(
      `evaluateProgram: ${columns.length} columns and ${challenges.length} challenges for a program of ` +
        `${program.columns} and ${program.challenges.length}`,
    );
  }
  const nodes: T[] = [...columns, ...challenges, ...program.constants.map((value) => ring.constant(value))];
  for (const [op, a, b] of program.operations) {
    const x = nodes[a]!;
    const y = nodes[b]!;
    nodes.push(op === ADD ? ring.add(x, y) : op === SUB ? ring.sub(x, y) : ring.mul(x, y));
  }
  return program.outputs.map((node) => nodes[node]!);
}

/** Degree in columns of each output, as an upper bound (cancellations are not seen). */
export function programDegrees(program: FlatProgram): number[] {
  const max: Ring<number> = { add: Math.max, sub: Math.max, mul: (a, b) => a + b, constant: () => 0 };
  return evaluateProgram(
    program,
    max,
    new Array(program.columns).fill(1),
    program.challenges.map(() => 0),
  );
}
