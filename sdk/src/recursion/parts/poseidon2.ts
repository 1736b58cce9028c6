/** Rounds of Poseidon2 (width 3) in rows: two full ones, or eight partial ones. A power of five goes by its square, which has a cell. */
import { add, mul, sub } from '../../expr/expression.ts';
import type { ChipBuilder, Expr } from '../../plonk/declare/declare.ts';
import { POSEIDON2, type Poseidon2Constants, poseidon2Constants } from '../../transcript/poseidon2.ts';

/** Rounds of a row of each kind. */
const FULL_ROUNDS_A_ROW = 2;
export const PARTIAL_ROUNDS_A_ROW = 8;

/** The kinds of the rows of a permutation, in order. */
export const PERMUTATION_ROWS: readonly ('full' | 'partial')[] = [
  ...new Array<'full'>(POSEIDON2.full / 2 / FULL_ROUNDS_A_ROW).fill('full'),
  ...new Array<'partial'>(POSEIDON2.partial / PARTIAL_ROUNDS_A_ROW).fill('partial'),
  ...new Array<'full'>(POSEIDON2.full / 2 / FULL_ROUNDS_A_ROW).fill('full'),
];

let constants: Poseidon2Constants | undefined;

/** Constants of the n-th row of full rounds (six, by round) or of partial rounds (eight). */
export function rowConstants(kind: 'full' | 'partial', n: number): readonly bigint[] {
  constants ??= poseidon2Constants();
  const { full, partial } = constants;
  return kind === 'full'
    ? full.slice(FULL_ROUNDS_A_ROW * n, FULL_ROUNDS_A_ROW * (n + 1)).flat()
    : partial.slice(PARTIAL_ROUNDS_A_ROW * n, PARTIAL_ROUNDS_A_ROW * (n + 1));
}

export interface FullRoundsCells {
  /** Three lanes read, two elements added to the first of them. */
  readonly state: readonly Expr[];
  readonly absorbed: readonly Expr[];
  /** Of three cells each: lanes before the first round, their squares, lanes between, their squares. */
  readonly entering: readonly Expr[];
  readonly squares: readonly Expr[];
  readonly between: readonly Expr[];
  readonly betweenSquares: readonly Expr[];
  readonly out: readonly Expr[];
}

/** @param first fixed bit: the linear layer stands in front of the first round; constants: three for each of both rounds */
export function fullRoundsPart(
  chip: ChipBuilder,
  cells: FullRoundsCells,
  {
    rounds,
    first,
    constants,
  }: { readonly rounds: Expr; readonly first: Expr; readonly constants: readonly Expr[] },
): void {
  const { state, absorbed, entering, squares, between, betweenSquares, out } = cells;
  const sums = state.map((lane, i) => add(lane, absorbed[i] ?? 0n));
  const total = add(sums[0]!, sums[1]!, sums[2]!);
  entering.forEach((lane, i) => {
    chip.constrain(`lane ${i} enters`, mul(rounds, sub(lane, add(sums[i]!, mul(first, total)))));
  });
  const round = (
    name: string,
    from: readonly Expr[],
    squared: readonly Expr[],
    at: number,
    to: readonly Expr[],
  ) => {
    const inputs = from.map((lane, i) => add(lane, constants[at + i]!));
    squared.forEach((cell, i) => {
      chip.constrain(`${name} square ${i}`, mul(rounds, sub(cell, mul(inputs[i]!, inputs[i]!))));
    });
    const fifth = squared.map((cell, i) => mul(cell, cell, inputs[i]!));
    const sum = add(fifth[0]!, fifth[1]!, fifth[2]!);
    to.forEach((cell, i) => {
      chip.constrain(`${name} lane ${i}`, mul(rounds, sub(cell, add(fifth[i]!, sum))));
    });
  };
  round('full round', entering, squares, 0, between);
  round('second full round', between, betweenSquares, 3, out);
}

export interface PartialRoundsCells {
  readonly state: readonly Expr[];
  /** Of each round: the square and the fifth power of its first lane. */
  readonly powers: readonly (readonly [Expr, Expr])[];
  readonly out: readonly Expr[];
}

export function partialRoundsPart(
  chip: ChipBuilder,
  { state, powers, out }: PartialRoundsCells,
  { rounds, constants }: { readonly rounds: Expr; readonly constants: readonly Expr[] },
): void {
  let [a, b, c] = state as [Expr, Expr, Expr];
  powers.forEach(([square, fifth], i) => {
    const input = add(a, constants[i]!);
    chip.constrain(`partial round ${i} square`, mul(rounds, sub(square, mul(input, input))));
    chip.constrain(`partial round ${i} power`, mul(rounds, sub(fifth, mul(square, square, input))));
    // The matrix of ones, with 1, 1, 2 more on its diagonal.
    const sum = add(fifth, b, c);
    [a, b, c] = [add(fifth, sum), add(b, sum), add(mul(c, 2n), sum)];
  });
  [a, b, c].forEach((lane, i) => {
    chip.constrain(`lane ${i} leaves`, mul(rounds, sub(out[i]!, lane)));
  });
}
