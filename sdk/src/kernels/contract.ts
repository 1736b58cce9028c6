/**
 * What the proof system asks of the arithmetic kernels, and nothing of how they do it (no imports from an
 * implementation). Two implementations exist: `reference` (BigInt, short, slow, the oracle of the tests) and
 * `wasm` (SIMD lanes, one memory, a pool of workers). Handles are opaque: only the engine that made one may
 * read it.
 *
 * Field elements are of Fr (the scalar field of BN254) unless said otherwise; host-side values are `bigint` in
 * `[0, r)`. Everything of a size that grows with the trace stays inside the engine's memory.
 */
import type { FlatProgram } from '../expr/program.ts';

/** A vector of `length` field elements in the kernel's own layout. */
export interface Vector {
  readonly kind: 'vector';
  readonly length: number;
}

/**
 * A column of `length` unsigned integers, `words` 32-bit little-endian words each (1: below 2^32, 2: below
 * 2^64). Written by the trace through `columnWords`.
 */
export interface IntColumn {
  readonly kind: 'ints';
  readonly length: number;
  readonly words: 1 | 2;
}

/** `length` affine points of G1 (the point at infinity is allowed) in the kernel's own layout. */
export interface Points {
  readonly kind: 'points';
  readonly length: number;
}

/** An affine point of G1; `null` is the point at infinity. Coordinates in `[0, p)`. */
export type AffinePoint = { readonly x: bigint; readonly y: bigint } | null;

/** How coordinates stand in bytes: as themselves (the default), or as `v·2^256 mod p` (ceremony files). */
export type CoordinateForm = 'canonical' | 'montgomery';

/**
 * One summand `Σ_{k < count} scalar[k]·bases[offset + stride·k]` of a multi-scalar multiplication. `count` is the
 * length of `scalars`. Integer columns cost in proportion to the size of their values; zero digits are skipped.
 */
export interface MsmPart {
  readonly bases: Points;
  /** Index of the first base; default 0. */
  readonly offset?: number;
  /** Distance between bases; default 1. */
  readonly stride?: number;
  readonly scalars: Vector | IntColumn;
}

/** A constraint program prepared for this engine (see `Engine.compile`). */
export interface CompiledProgram {
  readonly kind: 'program';
  readonly source: FlatProgram;
}

export interface EngineOptions {
  /** Number of threads, the calling one included; default: the platform's parallelism, at most 8. */
  readonly threads?: number;
  /** Upper bound of the kernel memory in bytes (at most 4 GiB); exceeding it is `OUT_OF_MEMORY`, by name. */
  readonly maxMemoryBytes?: number;
  /** Aborts whatever is running; the pending promise rejects with `ABORTED` and the engine must be disposed. */
  readonly signal?: AbortSignal;
  /**
   * Let V8 fuse pairs of 128-bit operations (a process-wide flag of V8, set before the kernels are compiled); default:
   * where it is known to be right and faster, Node 24 to 26 on x64.
   */
  readonly wideSimd?: boolean;
}

/**
 * All methods that return a promise run on the pool; the caller must await one before it touches the operands
 * again. Lengths must agree where nothing else is said, otherwise `KERNEL_CONTRACT`. Zero-length is allowed.
 */
export interface Engine {
  readonly name: string;
  readonly threads: number;
  /** Bytes of kernel memory in use now, and the most there ever were. */
  memory(): { readonly used: number; readonly peak: number };
  /**
   * Milliseconds since the engine was made, for measurements: while the threads had work, and at work, of all threads together.
   */
  times(): { readonly running: number; readonly busy: number };

  /** A zeroed vector. */
  vector(length: number): Vector;
  /** A zeroed column. */
  ints(length: number, words: 1 | 2): IntColumn;
  free(...handles: readonly (Vector | IntColumn | Points)[]): void;

  /** The live words of a column (`length·words` of them). Valid until the next allocation: fetch it again. */
  words(column: IntColumn): Uint32Array;
  /** Writes a few elements from the host (not for hot paths). */
  write(vector: Vector, at: number, values: readonly bigint[]): void;
  /** Reads a few elements to the host. */
  read(vector: Vector, at: number, count: number): bigint[];
  /** `vector[at + i] += values[i]`, from the host, for a few elements. */
  addAt(vector: Vector, at: number, values: readonly bigint[]): void;

  /** `dst = src`, integers to field elements. */
  toField(dst: Vector, src: IntColumn): Promise<void>;
  copy(dst: Vector, src: Vector): Promise<void>;
  /**
   * `dst[offset + i] += Σ_k scalars[k]·srcs[k][i]`, in one pass over memory; sources may differ in length. `offset` is a
   * multiple of 4; default 0.
   */
  accumulateMany(
    dst: Vector,
    srcs: readonly Vector[],
    scalars: readonly bigint[],
    offset?: number,
  ): Promise<void>;
  /** `dst[offset + stride·k] += src[k]`. */
  scatterAdd(dst: Vector, offset: number, stride: number, src: Vector): Promise<void>;
  /** `dst[0] = 0`, `dst[i+1] = dst[i] + src[i] + step`; returns the total over all of `src`. */
  prefixSum(dst: Vector, src: Vector, step: bigint): Promise<bigint>;
  /** In place inverses; `false` where an element is zero (contents are then undefined). */
  batchInvert(vector: Vector): Promise<boolean>;
  /** Multiplies every element by a scalar, in place. */
  scale(vector: Vector, scalar: bigint): Promise<void>;

  /**
   * In place, values on the subgroup `H_n` (natural order, generator `ω_n = 5^((r-1)/n)`) to coefficients, for
   * several columns of one length `n = 2^k`, `1 ≤ n ≤ 2^24`.
   */
  interpolate(columns: readonly Vector[]): Promise<void>;
  /**
   * `dst[c][i] = f_c(shift·ω_n^i)` with `f_c(X) = Σ_k src[c][k]·X^k + Σ_k low[c][k]·X^k`. `low` has a few
   * coefficients per column (blinding folded below degree n); `dst` and `src` have the same power-of-two length.
   * `dst[c]` may be `src[c]`, but no other column's source. Coset generator of the protocol: powers of 7.
   */
  cosetEvaluate(
    dst: readonly Vector[],
    src: readonly Vector[],
    shift: bigint,
    low: readonly (readonly bigint[])[],
  ): Promise<void>;
  /** In place inverse of `cosetEvaluate`: values on `shift·H_n` to coefficients. */
  cosetInterpolate(columns: readonly Vector[], shift: bigint): Promise<void>;
  /** `Σ_k v[k]·point^k` for each vector. */
  evaluateAt(vectors: readonly Vector[], point: bigint): Promise<bigint[]>;
  /** In place `(f(X) − f(point))/(X − point)`; the top element becomes 0; returns `f(point)`. */
  divideByLinear(vector: Vector, point: bigint): Promise<bigint>;

  /** Prepares a program once; cached by the caller. */
  compile(program: FlatProgram): CompiledProgram;
  /**
   * Evaluates a program on every row: `inputs[i]` are the vectors of the program's column leaves in order,
   * `challenges` the values of its challenge leaves in order, `outputs[o]` receive its outputs. Inputs of length
   * `n`, outputs too; an output may not be an input.
   */
  evaluate(
    program: CompiledProgram,
    inputs: readonly Vector[],
    challenges: readonly bigint[],
    outputs: readonly Vector[],
  ): Promise<void>;

  /** `Σ` of all parts. Signed-digit Pippenger with batch-affine buckets. */
  msm(parts: readonly MsmPart[]): Promise<AffinePoint>;
  /** Several such sums: in less time than one after another, since threads wait for each other once. */
  msmMany(sums: readonly (readonly MsmPart[])[]): Promise<AffinePoint[]>;
  /** `out[i] = scalars[i]·G` for the generator `G = (1, 2)`: the development SRS. */
  fixedBase(scalars: Vector): Promise<Points>;
  /** Inverse FFT in the group, in place over `points` of power-of-two length (evaluation bases of a ceremony SRS). */
  groupInterpolate(points: Points): Promise<void>;
  /** Points from `64·n` bytes: x then y, 32-byte little-endian each, all zero for infinity. Not checked. */
  pointsFromBytes(bytes: Uint8Array, form?: CoordinateForm): Promise<Points>;
  /**
   * The same from pieces of any size that make up `64·length` bytes, so that points need not lie in memory twice. Rejects as its
   * source does.
   */
  pointsFromChunks(
    length: number,
    chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>,
    form?: CoordinateForm,
  ): Promise<Points>;
  /** Inverse of `pointsFromBytes` (canonical). */
  pointsToBytes(points: Points, at: number, count: number): Promise<Uint8Array>;
  /** Index of the first point that is not on the curve `y² = x³ + 3` (or has a coordinate ≥ p), or -1. */
  firstOffCurve(bytes: Uint8Array, form?: CoordinateForm): Promise<number>;

  /** Ends all workers. Idempotent; pending work rejects with `ABORTED`. */
  dispose(): Promise<void>;
}
