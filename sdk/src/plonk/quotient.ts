/**
 * Round 4: the quotient `Q = Σ_j y^{o_j}·C_j/Z_j + y^last·q_φ`, in chunks.
 *
 * `C_j = Σ_i y^i·c_{j,i}` has degree ≤ d·(n+1) with d the system's maximal degree, so `C_j/Z_j` has `(d−1)·n + d + 1`
 * coefficients: `d − 1` blocks of n from as many cosets of size n, and the top `d + 1` from power series at infinity. The
 * quotient of chip j adds to Q as it is: `S_j·C_j/Z_N = C_j/Z_j`. Coset by coset, so memory is one n-vector per column.
 */
import { evaluateProgram } from '../expr/evaluate.ts';
import { Fr } from '../field/field.ts';
import { COSET_GENERATOR, rootOfUnity } from '../field/roots.ts';
import type { Engine, Vector } from '../kernels/contract.ts';
import { compiled } from './compiled.ts';
import { quotientChunkLength, quotientChunks } from './key.ts';
import type { ChipLayout } from './layout.ts';
import { heightOf, lowOnCoset, type Polynomial, topCoefficients } from './polynomial.ts';
import type { Scratch } from './scratch.ts';
import { columnSeries, seriesRing } from './series.ts';

/** `Q_c` with `Q = Σ_c X^{N·c}·Q_c`; the last chunk holds what is left above. */
export interface Quotient {
  readonly N: number;
  readonly maxDegree: number;
  /** Each of length `quotientChunkLength`. */
  readonly chunks: readonly Vector[];
}

export function emptyQuotient(scratch: Scratch, N: number, maxDegree: number): Quotient {
  const length = quotientChunkLength(maxDegree, N);
  const chunks = scratch.vectors(quotientChunks(maxDegree), length);
  return { N, maxDegree, chunks };
}

/** Chunk and offset of the coefficient of `X^k`; blocks of a power of two up to N never straddle. */
function place({ N, chunks }: Quotient, k: number): { chunk: Vector; offset: number } {
  const c = Math.min(Math.floor(k / N), chunks.length - 1);
  return { chunk: chunks[c]!, offset: k - c * N };
}

/** Adds `scale·C_j/Z_j`, `scale = y^{o_j}`. `columns` are all of the chip's, in order of its program's leaves. */
export async function addChipQuotient(
  engine: Engine,
  scratch: Scratch,
  quotient: Quotient,
  chip: ChipLayout,
  columns: readonly Polynomial[],
  challenges: readonly bigint[],
  scale: bigint,
): Promise<void> {
  const n = heightOf(columns[0]!);
  const blocks = quotientChunks(quotient.maxDegree);
  const top = topOfQuotient(engine, chip, columns, challenges, quotient.maxDegree);

  // C_j on the cosets 7^k·H, k = 1 … d-1, as polynomials modulo X^n − 7^{kn}.
  const shifts = Array.from({ length: blocks }, (_, k) => Fr.pow(COSET_GENERATOR, BigInt(k + 1)));
  const onCosets: Vector[] = [];
  const values = scratch.vectors(columns.length, n);
  for (const shift of shifts) {
    await engine.cosetEvaluate(
      values,
      columns.map((f) => f.coefficients),
      shift,
      columns.map((f) => lowOnCoset(f, shift)),
    );
    const out = scratch.vector(n);
    await engine.evaluate(compiled(engine, chip.program), values, challenges, [out]);
    await engine.cosetInterpolate([out], shift);
    onCosets.push(out);
  }
  scratch.free(...values);

  // With s_k = 7^{kn}:  out_k/(s_k − 1) = Σ_b s_k^b·q_b + s_k^{d-1}·top, b < d − 1. Solve for the blocks q_b.
  const s = shifts.map((shift) => Fr.pow(shift, BigInt(n)));
  const solve = inverseVandermonde(s);
  const block = scratch.vector(n);
  for (let b = 0; b < blocks; b++) {
    const weights = s.map((sk, k) => Fr.mul(scale, Fr.mul(solve[b]![k]!, Fr.inv(Fr.sub(sk, 1n)))));
    await engine.scale(block, 0n);
    await engine.accumulateMany(block, onCosets, weights);
    const { chunk, offset } = place(quotient, b * n);
    await engine.scatterAdd(chunk, offset, 1, block);
    const topWeight = s.reduce(
      (sum, sk, k) => Fr.add(sum, Fr.mul(solve[b]![k]!, Fr.pow(sk, BigInt(blocks)))),
      0n,
    );
    engine.addAt(
      chunk,
      offset,
      top.map((q) => Fr.neg(Fr.mul(scale, Fr.mul(topWeight, q)))),
    );
  }
  const { chunk, offset } = place(quotient, blocks * n);
  engine.addAt(
    chunk,
    offset,
    top.map((q) => Fr.mul(scale, q)),
  );
  scratch.free(block, ...onCosets);
}

/**
 * Coefficients of `X^{(d-1)n} … X^{(d-1)n+d}` of `C_j/Z_j`, lowest first. `q_k = C_{k+n} + q_{k+n}`, and for n ≥ 8 > d the
 * second is zero here: the top d + 1 coefficients of `C_j` themselves, from the same program on series at infinity.
 */
export function topOfQuotient(
  engine: Engine,
  chip: ChipLayout,
  columns: readonly Polynomial[],
  challenges: readonly bigint[],
  maxDegree: number,
): bigint[] {
  const terms = maxDegree + 1;
  const ring = seriesRing(terms);
  const leaves = columns.map((f) => columnSeries(topCoefficients(engine, f, terms)));
  const [C] = evaluateProgram(chip.program, ring, leaves, challenges.map(ring.constant));
  if (C!.degree < maxDegree) return new Array<bigint>(terms).fill(0n);
  return [...C!.top].reverse();
}

/** Rows b of `M` with `q_b = Σ_k M[b][k]·v_k` for `v_k = Σ_b s_k^b·q_b`: the coefficients of the Lagrange polynomials. */
export function inverseVandermonde(s: readonly bigint[]): bigint[][] {
  const rows = s.map(() => new Array<bigint>(s.length).fill(0n));
  s.forEach((sk, k) => {
    let lagrange = [1n];
    s.forEach((sm, m) => {
      if (m === k) return;
      const factor = Fr.inv(Fr.sub(sk, sm));
      const next = new Array<bigint>(lagrange.length + 1).fill(0n);
      lagrange.forEach((c, i) => {
        next[i] = Fr.sub(next[i]!, Fr.mul(Fr.mul(c, sm), factor));
        next[i + 1] = Fr.add(next[i + 1]!, Fr.mul(c, factor));
      });
      lagrange = next;
    });
    lagrange.forEach((c, b) => {
      rows[b]![k] = c;
    });
  });
  return rows;
}

/**
 * Adds `scale·q_φ` for `Z_N·q_φ = den·(φ(ωX) − φ(X) − Σ_j (n_j/N)·S_j·H_j) − num/N`, `scale = y^last`. Everything below degree N
 * cancels and `q_φ` is read off the blinding: of φ, coefficient i of `X^{N+i}` is `ρ_i·(ω^i − 1)`; of `S_j·H_j`, whose
 * interpolant stays below N, `(a + b·X)·Z_N` with a, b the sums of the chip's helper blinding. No FFT.
 */
export function addAccumulatorQuotient(
  engine: Engine,
  quotient: Quotient,
  phi: Polynomial,
  helpers: readonly (readonly Polynomial[])[],
  den: bigint,
  scale: bigint,
): void {
  const { N } = quotient;
  const omega = rootOfUnity(N);
  const q = phi.blinding.map((rho, i) => Fr.mul(rho, Fr.sub(Fr.pow(omega, BigInt(i)), 1n)));
  const inverseN = Fr.inv(BigInt(N));
  for (const columns of helpers) {
    for (const f of columns) {
      const share = Fr.mul(BigInt(heightOf(f)), inverseN);
      f.blinding.forEach((rho, i) => {
        q[i] = Fr.sub(q[i]!, Fr.mul(share, rho));
      });
    }
  }
  engine.addAt(
    quotient.chunks[0]!,
    0,
    q.map((c) => Fr.mul(c, Fr.mul(den, scale))),
  );
}

/**
 * Masks every chunk against its neighbour, `Q_c + X^N·ρ_c − ρ_{c-1}` with `deg ρ ≤ 1`: the sum stays `Q(z)`, and the values and
 * the commitment of the pack show nothing else (four coefficients suffice for `tQuotient ≥ 2`).
 */
export function maskChunks(engine: Engine, { N, chunks }: Quotient, masks: readonly bigint[]): void {
  for (let c = 0; c + 1 < chunks.length; c++) {
    const rho = masks.slice(2 * c, 2 * c + 2);
    engine.addAt(chunks[c]!, N, rho);
    engine.addAt(chunks[c + 1]!, 0, rho.map(Fr.neg));
  }
}

/** Mask coefficients that {@link maskChunks} takes. */
export const maskCount = (maxDegree: number): number => 2 * (quotientChunks(maxDegree) - 1);
