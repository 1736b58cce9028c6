/**
 * Heights of a proof as bits that the prover gives: one vector for N, one for each chip whose height is not in the key, exactly one bit of each set. All that
 * depends on a height, what is hashed too, is made of the same bits; so no two places can mean different heights.
 */
import { Fr } from '../../field/field.ts';
import { rootOfUnity } from '../../field/roots.ts';
import type { Schedule } from '../../plonk/declare/schedule.ts';
import { maxLog, programChips } from '../../plonk/declare/shape.ts';
import type { VerifyingKey } from '../../plonk/keys/key.ts';
import type { Arithmetic, Term } from './arithmetic.ts';

/** log2 of N: what a program allows. */
export interface LogRange {
  readonly least: number;
  readonly most: number;
}

/** log2 heights that a chip may have in a program whose N is at most `2^most`; one where it is in the key. */
export function chipLogs({ shape, powers }: VerifyingKey, most: number): number[][] {
  return shape.chips.map(({ height }, j) => {
    if (height.from === 'key') return [height.log];
    const top = Math.min(most, maxLog(shape, powers, j));
    return Array.from({ length: Math.max(0, top - height.minLog + 1) }, (_, i) => height.minLog + i);
  });
}

/** All that the key allows. */
export function allowedRange({ shape, powers }: VerifyingKey): LogRange {
  const least = shape.chips.map(({ height }) => (height.from === 'key' ? height.log : height.minLog));
  const most = shape.chips.map(({ height }, j) =>
    height.from === 'key' ? height.log : maxLog(shape, powers, j),
  );
  return { least: Math.max(...least), most: Math.max(...most) };
}

/** The bits of all vectors for a proof of these heights, in the order in which {@link heightTerms} asks for them. */
export function heightBits(key: VerifyingKey, range: LogRange, logs: readonly number[]): bigint[] {
  const K = Math.max(...logs);
  const bits = (allowed: readonly number[], log: number): bigint[] => {
    if (!allowed.includes(log))
      throw new RangeError(`a height of 2^${log}, which the program does not allow`);
    return allowed.slice(1).map((candidate) => (candidate === log ? 1n : 0n));
  };
  return [
    ...bits(candidates(range), K),
    ...chipLogs(key, range.most).flatMap((allowed, j) => bits(allowed, logs[j]!)),
  ];
}

const candidates = ({ least, most }: LogRange): number[] =>
  Array.from({ length: most - least + 1 }, (_, i) => least + i);

export interface HeightTerms {
  /** The 32 bytes of the heights as an element, as a proof of them absorbs it. */
  readonly word: Term;
  /** log2 of the heights of the chips that have them from a program, as `ProgramKey.log`; undefined where there are none. */
  readonly program: Term | undefined;
  /** `1/N` and the generator of `H_N`. */
  readonly inverseN: Term;
  readonly omega: Term;
  /** `z^N`, and of each chip `S_j(z)` and `(n_j/N)·S_j(z)`. */
  at(z: Term): { readonly zN: Term; readonly S: readonly Term[]; readonly shares: readonly Term[] };
}

/** @param input the next bit of the witness */
export function heightTerms(
  arithmetic: Arithmetic,
  { key, plan, range }: { readonly key: VerifyingKey; readonly plan: Schedule; readonly range: LogRange },
  input: () => Term,
): HeightTerms {
  const { least, most } = range;
  const a = arithmetic;
  /** One of the logs, as bits by log: the first bit is what the others leave, so exactly one is set. */
  const oneOf = (allowed: readonly number[]): Map<number, Term> => {
    const others = allowed.slice(1).map((log) => [log, input()] as const);
    for (const [, bit] of others) a.assertBit(bit);
    const first = a.sub(a.constant(1n), a.sum(others.map(([, bit]) => bit)));
    // A bit too: no two of the others are set.
    const kept = a.of(a.element(first));
    if (others.length > 1) a.assertBit(kept);
    return new Map([[allowed[0]!, others.length === 0 ? a.constant(1n) : kept], ...others]);
  };
  const N = oneOf(candidates(range));
  const chips = chipLogs(key, most).map(oneOf);
  /** Σ bit·value(log) */
  const select = (bits: ReadonlyMap<number, Term>, value: (log: number) => bigint): Term =>
    a.of(a.element(a.sum([...bits].map(([log, bit]) => a.scale(bit, value(log))))));
  /** Whether N is 2^log or more: 1 or 0. */
  const atLeast = (log: number): Term =>
    log <= least
      ? a.constant(1n)
      : a.sum([...N].flatMap(([candidate, bit]) => (candidate >= log ? [bit] : [])));

  // No chip is taller than N, and one is as tall.
  const above = Array.from({ length: most - least }, (_, i) => least + 1 + i);
  const reached = new Map(above.map((log) => [log, a.of(a.element(atLeast(log)))]));
  for (const bits of chips) {
    for (const log of above) {
      const bit = bits.get(log);
      if (bit !== undefined) a.assertZero(a.sub(a.mul(bit, reached.get(log)!), bit));
    }
  }
  const shorter = chips.map((bits) => {
    const common = [...N].flatMap(([log, bit]) => {
      const own = bits.get(log);
      return own === undefined ? [] : [a.mul(own, bit)];
    });
    return a.sub(a.constant(1n), a.sum(common));
  });
  a.assertZero(a.product(shorter));

  const logOf = (j: number): Term => select(chips[j]!, BigInt);
  const images = programChips(key.shape);
  const inverseN = select(N, (log) => Fr.inv(1n << BigInt(log)));
  return {
    word: a.sum(plan.heights.map((j, i) => a.scale(logOf(j), 1n << BigInt(8 * (31 - i))))),
    program:
      images.length === 0 ? undefined : a.sum(images.map((j, i) => a.scale(logOf(j), 256n ** BigInt(i)))),
    inverseN,
    omega: select(N, (log) => rootOfUnity(2 ** log)),
    at: (z) => {
      // z^{2^i}
      const squares = [z];
      for (let i = 0; i < most; i++) squares.push(a.written(a.mul(squares[i]!, squares[i]!)));
      const zN = a.sum([...N].map(([log, bit]) => a.mul(bit, squares[log]!)));
      // Π_{i ≥ k} (1 + z^{2^i}) over i below log N
      const products = new Map<number, Term>([[most, a.constant(1n)]]);
      for (let i = most - 1; i >= 0; i--) {
        const square = i < least ? squares[i]! : a.written(a.mul(reached.get(i + 1)!, squares[i]!));
        const factor = a.add(square, a.constant(1n));
        products.set(i, a.written(a.mul(products.get(i + 1)!, factor)));
      }
      const S = chips.map((bits) =>
        a.of(a.element(a.sum([...bits].map(([log, bit]) => a.mul(bit, products.get(log)!))))),
      );
      const shares = chips.map((bits, j) =>
        a.mul(
          a.mul(
            select(bits, (log) => 1n << BigInt(log)),
            inverseN,
          ),
          S[j]!,
        ),
      );
      return { zN: a.written(zN), S, shares };
    },
  };
}
