/**
 * The flat form of constraints: a topologically ordered list of field operations with shared nodes, serialisable,
 * read by every consumer (kernel, TypeScript verifier, Solidity generator, row checker, power series).
 *
 * Node numbers: first the `columns` leaves, then `challenges`, then `constants`, then one node per operation.
 */
export interface FlatProgram {
  /** How many column leaves there are (nodes `0 … columns-1`); the owner knows what each one is. */
  readonly columns: number;
  /** Names of the challenge leaves (nodes `columns … `). */
  readonly challenges: readonly string[];
  /** Constant leaves, values in `[0, r)`. */
  readonly constants: readonly bigint[];
  /** Operations: `[op, a, b]` triples, `op` one of `Op`, operands earlier nodes. */
  readonly operations: readonly (readonly [Op, number, number])[];
  /** Nodes that are results. */
  readonly outputs: readonly number[];
}

export const ADD = 0;
export const SUB = 1;
export const MUL = 2;
export type Op = typeof ADD | typeof SUB | typeof MUL;
