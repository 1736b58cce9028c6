/**
 * Memory of the multi-scalar multiplication. A point is 80 bytes: x and y as elements of 40 bytes, coordinates
 * normalised (`|x| ≤ 0.51·p`, limbs ≤ 2^50); infinity is all zero. (y of a point is never 0 mod p, so its limbs tell.)
 *
 * Points are handed around as 32-bit references: address / 8, bit 31 set for the negative; 0 is "none" (infinity).
 */
import { ELEMENT_BYTES, GROUP_BYTES } from '../../field/limbs.ts';
import { type Code, i32, i64, type Local, type Operand } from './assembler.ts';
import { INVERT_BYTES } from './field-functions.ts';

export const POINT_SIZE: number = 2 * ELEMENT_BYTES;
export const Y: number = ELEMENT_BYTES;
export const NEGATIVE = 0x80000000;
/** In lists of references, the last of a run; no address needs that bit either. */
export const END = 0x40000000;

/** The address a reference points to. */
export function pointAddress(reference: Operand): Code {
  return i32.shl(reference, 3);
}

/** 1 for infinity, whose y is zero; a zero may have a sign. */
export function isInfinity(point: Local): Code {
  const limbs = [0, 1, 2, 3, 4].map((j) => i64.load(point, Y + 8 * j));
  return i64.eqz(
    i64.shl(
      limbs.reduce((all, limb) => i64.or(all, limb)),
      i64.const(1n),
    ),
  );
}

/** One addition of a batch: 32-bit words at these offsets. */
export const ITEM = {
  BYTES: 16,
  /** References of the summands. */
  A: 0,
  B: 4,
  /** Address of the sum; may be the address of a summand. */
  OUT: 8,
  /** Address of the word that keeps nothing but `END` where the sum is infinity. */
  SLOT: 12,
} as const;

/** Additions in a batch at most: their stage fits a second-level cache. */
export const BATCH = 1024;

/** Groups of four additions that are done side by side, each with prefix products of its own. */
export const CHAINS = 2;

/** Four additions in lanes: x1, y1, x2 − x1, y2 − y1. */
export const STAGE: Readonly<Record<'BYTES' | 'X' | 'Y' | 'D' | 'E', number>> = {
  BYTES: 4 * GROUP_BYTES,
  X: 0,
  Y: GROUP_BYTES,
  D: 2 * GROUP_BYTES,
  E: 3 * GROUP_BYTES,
};

/** Element variables of a thread's working memory. */
const INVERSE = 384;
const PRODUCT: number = INVERSE + CHAINS * GROUP_BYTES;
const INVERT: number = PRODUCT + GROUP_BYTES;
const SLOPE: number = INVERT + INVERT_BYTES;
const DROP: number = SLOPE + CHAINS * GROUP_BYTES;
const SUM: number = DROP + CHAINS * GROUP_BYTES;
/** Arrays that every job needs. */
const LIST: number = SUM + CHAINS * 2 * GROUP_BYTES;
const DOUBLES: number = LIST + BATCH * ITEM.BYTES;
const STAGES: number = DOUBLES + BATCH * ITEM.BYTES;
const PREFIX: number = STAGES + (BATCH / 4) * STAGE.BYTES;
const ARRAYS: number = PREFIX + (BATCH / 4 + CHAINS) * GROUP_BYTES;

type Place =
  | 'DUMMY_A'
  | 'DUMMY_B'
  | 'TRASH'
  | 'LOCK'
  | 'TOUCHED'
  | 'COUNT'
  | 'BUMP'
  | 'POSITIONS'
  | 'LENGTHS'
  | 'REFERENCES'
  | 'DIGITS'
  | 'POINTS'
  | 'BUCKETS'
  | 'SUM_JOB'
  | 'INVERSE'
  | 'PRODUCT'
  | 'INVERT'
  | 'SLOPE'
  | 'DROP'
  | 'SUM'
  | 'LIST'
  | 'DOUBLES'
  | 'STAGE'
  | 'PREFIX'
  | 'END';

/** Offsets in a thread's working memory. */
export const WORK: Readonly<Record<Place, number>> = {
  /** Two points for lanes without an addition, and room for their sum. */
  DUMMY_A: 0,
  DUMMY_B: 80,
  TRASH: 160,
  /** Words: items in the list; address of the next free point. */
  COUNT: 240,
  BUMP: 244,
  /** Words: addresses of arrays whose sizes depend on the job. */
  POSITIONS: 248,
  LENGTHS: 252,
  REFERENCES: 256,
  POINTS: 260,
  BUCKETS: 264,
  DIGITS: 268,
  /** i64: 1 while a thread uses this working memory. */
  LOCK: 272,
  /** What was read to bring it near; nobody's business. */
  TOUCHED: 280,
  /** A job of the second task. */
  SUM_JOB: 288,
  /** Groups: the inverse of what is left of each chain of a batch, their product, room for inversion; slopes, x1 − x3, sums. */
  INVERSE,
  PRODUCT,
  INVERT,
  SLOPE,
  DROP,
  SUM,
  /** Arrays: additions, doublings taken out of them, lanes, prefix products. */
  LIST,
  DOUBLES,
  STAGE: STAGES,
  PREFIX,
  /** Where the arrays of one job begin. */
  END: ARRAYS,
};

/** Words of the arguments of tasks made of jobs: table of jobs, first working memory, bytes of each. */
export const ARGUMENTS = { TABLE: 0, WORK: 1, WORK_BYTES: 2 } as const;

/** A part, or a piece of one: words. `width` is 4, 8 (unsigned) or 32 (two's complement) bytes a scalar. */
export const SEGMENT = {
  BYTES: 28,
  SCALARS: 0,
  WIDTH: 4,
  BASES: 8,
  STRIDE: 12,
  COUNT: 16,
  /** Whether infinity may be among the bases. */
  INFINITY: 20,
  /** Digits of its longest scalar. */
  DIGITS: 24,
} as const;

/** Some windows of some segments to some buckets, and these to what `Σ (k+1)·B_k` needs of them: words. */
export const BUCKET_JOB = {
  BYTES: 36,
  SEGMENTS: 0,
  SEGMENT_COUNT: 4,
  /** Number of the first window, how many, their width. */
  WINDOW: 8,
  WINDOWS: 12,
  WIDTH: 16,
  /** Bucket points, `2^(c−1)` a window, and words that tell which are not infinity. */
  POINTS: 20,
  FLAGS: 24,
  /** References in a group of buckets, and points of `POINTS` in the working memory. */
  CAPACITY: 28,
  /**
   * Where A and the O_j of each window go (see `msm-buckets.ts`): `c` points, then as many words that tell which are not
   * infinity, and so on. Buckets are then in the working memory, whatever `POINTS` and `FLAGS` say. 0: buckets stay.
   */
  OUT: 32,
} as const;

/** Bytes of A and the O_j of a window of this width; points begin at multiples of 16. */
export function outBytes(width: number): number {
  return POINT_SIZE * width + 16 * Math.ceil(width / 4);
}

/** Some runs of buckets, to be summed with weights in place: words. */
export const SUM_JOB = {
  BYTES: 28,
  POINTS: 0,
  FLAGS: 4,
  /** Number of runs of `2^LOG` buckets each, one after another. */
  RUNS: 8,
  LOG: 12,
  /** Further bucket arrays of the same shape to add first: how many, and their distances in bytes. */
  SLICES: 16,
  POINTS_STEP: 20,
  FLAGS_STEP: 24,
} as const;

/** Multiples of a point for one window: words. */
export const TABLE_JOB = {
  BYTES: 8,
  /** Points `1·P … 2^(c−1)·P`; the first is there. */
  POINTS: 0,
  WIDTH: 4,
} as const;

/** Scalar multiples of the generator: words. */
export const FIXED_JOB = {
  BYTES: 20,
  /** Scalars of 32 bytes in two's complement, and how many (at most BATCH). */
  SCALARS: 0,
  COUNT: 4,
  OUT: 8,
  /** Tables of `2^(c−1)` multiples, one a window. */
  TABLE: 12,
  WIDTH: 16,
} as const;

/** Some butterflies of an FFT in the group, `a, b = a + w·b, a − w·b`, or plain multiples `b = w·b`: words. */
export const BUTTERFLY_JOB = {
  BYTES: 28,
  /** Points a and b of the first butterfly; 0 for a means multiples. Bytes from one butterfly to the next. */
  A: 0,
  B: 4,
  STEP: 8,
  /**
   * Scalars, each as two halves (see `curve/endomorphism.ts`) of 32 bytes in two's complement, and bytes from one to the
   * next (0: all the same).
   */
  SCALARS: 12,
  SCALAR_STEP: 16,
  COUNT: 20,
  /** Bits of the halves, without sign. */
  BITS: 24,
} as const;
/** Butterflies of a job at most: a table of multiples each is kept. */
export const BUTTERFLIES = 256;
