/**
 * Round 4: the quotient `Q = Σ_j y^{o_j}·C_j/Z_j + y^last·q_φ`, in chunks.
 *
 * `C_j = Σ_i y^i·c_{j,i}` is summed by classes: with b blinding coefficients a column (2, or 3 with a shared bus) the constraints of degree e have a
 * sum of degree ≤ e·(n+b−1), so its quotient by `Z_j` has `(e−1)·n + e·(b−1) + 1` coefficients: `e − 1` blocks of n from as many cosets of
 * size n, and the top `e·(b−1) + 1` from power series at infinity. The quotient of chip j adds to Q as it is: `S_j·C_j/Z_N = C_j/Z_j`. Coset by coset, so memory is
 * one n-vector for each polynomial that the coset needs (`quotient-plan.ts`).
 */
import { evaluateProgram, scalarRing } from '../../expr/evaluate.ts';
import { Fr } from '../../field/field.ts';
import { COSET_GENERATOR, rootOfUnity } from '../../field/roots.ts';
import type { Engine, Vector } from '../../kernels/contract.ts';
import type { FixedTable } from '../columns/fixed.ts';
import { heightOf, lowOnCoset, type Polynomial, topCoefficients } from '../columns/polynomial.ts';
import type { Scratch } from '../columns/scratch.ts';
import type { Bus } from '../declare/declare.ts';
import type { ChipLayout } from '../declare/layout.ts';
import { quotientChunkLength, quotientChunks } from '../declare/shape.ts';
import { compiled } from './compiled.ts';
import { type QuotientPlan, quotientPlan } from './quotient-plan.ts';
import { columnSeries, seriesRing } from './series.ts';

/** `Q_c` with `Q = Σ_c X^{N·c}·Q_c`; the last chunk holds what is left above. */
export interface Quotient {
  readonly N: number;
  readonly maxDegree: number;
  /** Each of length `quotientChunkLength`. */
  readonly chunks: readonly Vector[];
}

export function emptyQuotient(scratch: Scratch, N: number, maxDegree: number, bus: Bus = 'closed'): Quotient {
  const length = quotientChunkLength(maxDegree, N, bus);
  const chunks = scratch.vectors(quotientChunks(maxDegree), length);
  return { N, maxDegree, chunks };
}

/** Chunk and offset of the coefficient of `X^k`; blocks of a power of two up to N never straddle. */
function place({ N, chunks }: Quotient, k: number): { chunk: Vector; offset: number } {
  const c = Math.min(Math.floor(k / N), chunks.length - 1);
  return { chunk: chunks[c]!, offset: k - c * N };
}

/** Columns of a chip as the quotient needs them. */
export interface ChipColumns {
  /** All of the chip's, in order of its program's leaves. */
  readonly columns: readonly Polynomial[];
  /** Where the fixed ones among them begin, with their values on cosets, where these are kept from proof to proof. */
  readonly fixed?: { readonly first: number; readonly table: FixedTable };
}

/** The sum of the constraints of one degree on the cosets that determine its quotient, as coefficients modulo `X^n − s_k`. */
interface ClassOnCosets {
  readonly degree: number;
  readonly onCosets: Vector[];
}

/** Adds `scale·C_j/Z_j`, `scale = y^{o_j}`. */
export async function addChipQuotient(
  engine: Engine,
  scratch: Scratch,
  quotient: Quotient,
  chip: ChipLayout,
  chipColumns: ChipColumns,
  challenges: readonly bigint[],
  scale: bigint,
): Promise<void> {
  const { columns } = chipColumns;
  const n = heightOf(columns[0]!);
  const plan = quotientPlan(chip);
  const y = challenges[chip.program.challenges.indexOf('y')]!;
  const leaves = [...challenges, ...plan.powers.map((exponent) => Fr.pow(y, BigInt(exponent)))];
  const shifts = plan.cosets.map((_, k) => Fr.pow(COSET_GENERATOR, BigInt(k + 1)));
  const classes = await classesOnCosets({ engine, scratch, plan, chipColumns, leaves, shifts });

  // With s_k = 7^{kn}:  C_k/(s_k − 1) = Σ_b s_k^b·q_b + s_k^{e-1}·top, b < e − 1. Solve for the blocks q_b of every class.
  const s = shifts.map((shift) => Fr.pow(shift, BigInt(n)));
  const inverses = s.map((sk) => Fr.inv(Fr.sub(sk, 1n)));
  const tops = topsOfQuotient(engine, chip, columns, leaves);
  const solved = classes.map(({ degree, onCosets }, i) => ({
    onCosets,
    top: tops[i]!,
    blocks: degree - 1,
    solve: inverseVandermonde(s.slice(0, degree - 1)),
  }));
  for (let b = 0; b < plan.cosets.length; b++) {
    const { chunk, offset } = place(quotient, b * n);
    const parts = solved.filter(({ blocks }) => b < blocks);
    const weighted = parts.flatMap(({ onCosets, solve }) =>
      onCosets.map((vector, k) => ({ vector, weight: Fr.mul(solve[b]![k]!, Fr.mul(scale, inverses[k]!)) })),
    );
    await engine.accumulateMany(
      chunk,
      weighted.map(({ vector }) => vector),
      weighted.map(({ weight }) => weight),
      offset,
    );
    for (const { blocks, solve, top } of parts) {
      const weight = solve[b]!.reduce(
        (sum, v, k) => Fr.add(sum, Fr.mul(v, Fr.pow(s[k]!, BigInt(blocks)))),
        0n,
      );
      engine.addAt(
        chunk,
        offset,
        top.map((q) => Fr.neg(Fr.mul(scale, Fr.mul(weight, q)))),
      );
    }
  }
  for (const { blocks, top } of solved) {
    const { chunk, offset } = place(quotient, blocks * n);
    engine.addAt(
      chunk,
      offset,
      top.map((q) => Fr.mul(scale, q)),
    );
  }
  scratch.free(...classes.flatMap(({ onCosets }) => onCosets));
}

interface CosetWork {
  readonly engine: Engine;
  readonly scratch: Scratch;
  readonly plan: QuotientPlan;
  readonly chipColumns: ChipColumns;
  /** Challenges and powers of y. */
  readonly leaves: readonly bigint[];
  /** `7^k` for every coset k of the plan. */
  readonly shifts: readonly bigint[];
}

async function classesOnCosets(work: CosetWork): Promise<ClassOnCosets[]> {
  const { engine, scratch, plan, chipColumns, leaves, shifts } = work;
  const n = heightOf(chipColumns.columns[0]!);
  const classes = plan.classes.map(({ degree }): ClassOnCosets => ({ degree, onCosets: [] }));
  let forms: readonly Polynomial[] | undefined;
  for (const [k, { degrees, inputs, last, program }] of plan.cosets.entries()) {
    const shift = shifts[k]!;
    if (forms === undefined && inputs.some((input) => input >= chipColumns.columns.length)) {
      forms = await formsOf(work, n);
    }
    const polynomials = [...chipColumns.columns, ...(forms ?? [])];
    const kept = await fixedOnCoset(engine, chipColumns, shift);
    // A form that is used for the last time is transformed in place.
    const values = inputs.map(
      (input) =>
        kept.get(input) ?? (last.includes(input) ? polynomials[input]!.coefficients : scratch.vector(n)),
    );
    const fresh = inputs.flatMap((input, i) =>
      kept.has(input) ? [] : [{ f: polynomials[input]!, vector: values[i]! }],
    );
    await engine.cosetEvaluate(
      fresh.map(({ vector }) => vector),
      fresh.map(({ f }) => f.coefficients),
      shift,
      lowOnCoset(
        fresh.map(({ f }) => f),
        shift,
      ),
    );
    const out = scratch.vectors(degrees.length, n);
    await engine.evaluate(compiled(engine, program), values, leaves, out);
    scratch.free(...fresh.map(({ vector }) => vector));
    await engine.cosetInterpolate(out, shift);
    degrees.forEach((degree, i) => {
      classes.find((candidate) => candidate.degree === degree)!.onCosets.push(out[i]!);
    });
  }
  return classes;
}

/** The linear forms of the plan as polynomials: linear in coefficients and blinding of columns, constants apart. */
async function formsOf(
  { engine, scratch, plan, chipColumns: { columns }, leaves }: CosetWork,
  n: number,
): Promise<Polynomial[]> {
  const { linear, affine } = plan.forms;
  const coefficients = scratch.vectors(linear.outputs.length, n);
  await engine.evaluate(
    compiled(engine, linear),
    columns.map((f) => f.coefficients),
    leaves,
    coefficients,
  );
  const none = columns.map(() => 0n);
  evaluateProgram(affine, scalarRing, none, leaves).forEach((value, i) => {
    engine.addAt(coefficients[i]!, 0, [value]);
  });
  const count = Math.max(...columns.map((f) => f.blinding.length));
  const blinding = Array.from({ length: count }, (_, m) =>
    evaluateProgram(
      linear,
      scalarRing,
      columns.map((f) => f.blinding[m] ?? 0n),
      leaves,
    ),
  );
  return coefficients.map((vector, i) => ({
    coefficients: vector,
    blinding: blinding.map((row) => row[i]!),
  }));
}

/** Values of the fixed columns that are kept, by number of the column. */
async function fixedOnCoset(
  engine: Engine,
  { fixed }: ChipColumns,
  shift: bigint,
): Promise<ReadonlyMap<number, Vector>> {
  const vectors = (await fixed?.table.onCoset(engine, shift)) ?? [];
  return new Map(vectors.map((vector, i) => [fixed!.first + i, vector]));
}

/**
 * Of every class, the coefficients of `X^{(e-1)n} … X^{(e-1)n+e(b-1)}` of its quotient, lowest first. `q_k = C_{k+n} + q_{k+n}`, and
 * for n > d(b−1) (`leastLog`) the second is zero here: the top e(b−1) + 1 coefficients of the sum itself, from its program on series at
 * infinity.
 */
function topsOfQuotient(
  engine: Engine,
  chip: ChipLayout,
  columns: readonly Polynomial[],
  leaves: readonly bigint[],
): bigint[][] {
  const { classes } = quotientPlan(chip);
  const blinding = Math.max(2, ...columns.map((f) => f.blinding.length));
  const termsOf = (degree: number): number => degree * (blinding - 1) + 1;
  const most = termsOf(Math.max(...classes.map(({ degree }) => degree)));
  const tops = columns.map((f) => topCoefficients(engine, f, blinding, most));
  return classes.map(({ degree, program }) => {
    const terms = termsOf(degree);
    const ring = seriesRing(terms);
    const [C] = evaluateProgram(
      program,
      ring,
      tops.map((top) => columnSeries(top.slice(0, terms))),
      leaves.map(ring.constant),
    );
    return C!.degree < degree ? new Array<bigint>(terms).fill(0n) : [...C!.top].reverse();
  });
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
