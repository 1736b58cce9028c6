/**
 * The Poseidon2 permutation (eprint 2023/323) over the scalar field of BN254: width 3, x^5, 8 full and 56 partial rounds, round constants from the
 * published generator (a Grain LFSR). It is the hash of transcripts that circuits verify. Reference on `bigint`, about 0.1 ms.
 */
import { Field } from '@noble/curves/abstract/modular.js';
import { grainGenConstants } from '@noble/curves/abstract/poseidon.js';
import { FR_MODULUS } from '../field/field.ts';

export const POSEIDON2 = { width: 3, full: 8, partial: 56 } as const;

export type Poseidon2State = readonly [bigint, bigint, bigint];

export interface Poseidon2Constants {
  /** One list of `width` for each of the full rounds: four before and four behind the partial ones. */
  readonly full: readonly (readonly bigint[])[];
  /** One for each partial round. */
  readonly partial: readonly bigint[];
}

/**
 * The generator's numbers in its order: `width` a full round, one a partial round. It starts from field, width and numbers of rounds alone, as that of
 * Poseidon does, which draws `width` for every round.
 */
export function poseidon2Constants(width: number = POSEIDON2.width): Poseidon2Constants {
  const { full, partial } = POSEIDON2;
  const { roundConstants } = grainGenConstants({
    Fp: Field(FR_MODULUS),
    t: width,
    roundsFull: full,
    roundsPartial: partial,
  });
  const drawn = roundConstants.flat();
  const rounds = (from: number): bigint[][] =>
    Array.from({ length: full / 2 }, (_, i) => drawn.slice(from + width * i, from + width * (i + 1)));
  const before = (full / 2) * width;
  return {
    full: [...rounds(0), ...rounds(before + partial)],
    partial: drawn.slice(before, before + partial),
  };
}

let constants: Poseidon2Constants | undefined;

/** @param state canonical elements */
export function permute(state: Poseidon2State): [bigint, bigint, bigint] {
  // Made when first needed: most of the package never does.
  constants ??= poseidon2Constants();
  const { full, partial } = constants;
  let [a, b, c] = external(...state);
  const fullRound = ([k0, k1, k2]: readonly bigint[]): void => {
    [a, b, c] = external(power5(a + k0!), power5(b + k1!), power5(c + k2!));
  };
  full.slice(0, 4).forEach(fullRound);
  for (let i = 0; i < partial.length; i++) {
    a = power5(a + partial[i]!);
    // The matrix of ones, with 1, 1, 2 more on its diagonal. Lanes that no power is taken of grow by two bits a round.
    const sum = a + b + c;
    a += sum;
    b += sum;
    c = 2n * c + sum;
    if (i % LAZY_ROUNDS === LAZY_ROUNDS - 1) [b, c] = [b % FR_MODULUS, c % FR_MODULUS];
  }
  [a, b, c] = [a % FR_MODULUS, b % FR_MODULUS, c % FR_MODULUS];
  full.slice(4).forEach(fullRound);
  return [a, b, c];
}

/** Partial rounds between reductions of the lanes that they only add to. */
const LAZY_ROUNDS = 8;

/** circ(2, 1, 1) */
function external(a: bigint, b: bigint, c: bigint): [bigint, bigint, bigint] {
  const sum = a + b + c;
  return [(a + sum) % FR_MODULUS, (b + sum) % FR_MODULUS, (c + sum) % FR_MODULUS];
}

function power5(x: bigint): bigint {
  const square = (x * x) % FR_MODULUS;
  return (((square * square) % FR_MODULUS) * x) % FR_MODULUS;
}
