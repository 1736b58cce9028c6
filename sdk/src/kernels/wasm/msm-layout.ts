/**
 * Memory of the multi-scalar multiplication. A point is 80 bytes: x and y as elements of 40 bytes, coordinates
 * normalised (`|x| ≤ 0.51·p`, limbs ≤ 2^50); infinity is all zero. (y of a point is never 0 mod p, so its limbs tell.)
 *
 * Points are handed around as 32-bit references: address / 8, bit 31 set for the negative; 0 is "none" (infinity).
 */
import { ELEMENT_BYTES, GROUP_BYTES } from '../../field/limbs.ts';
import { type Code, i32, type Operand } from './assembler.ts';
import { INVERT_BYTES } from './field-functions.ts';

export const POINT_SIZE: number = 2 * ELEMENT_BYTES;
export const Y: number = ELEMENT_BYTES;
export const NEGATIVE = 0x80000000;

/** The address a reference points to. */
export function pointAddress(reference: Operand): Code {
  return i32.shl(reference, 3);
}

/** One addition of a batch: 32-bit words at these offsets. */
export const ITEM = {
  BYTES: 16,
  /** References of the summands. */
  A: 0,
  B: 4,
  /** Address of the sum; may be the address of a summand. */
  OUT: 8,
  /** Address of the word that is set to 0 where the sum is infinity. */
  SLOT: 12,
} as const;

/** Additions in a batch at most: their stage fits a second-level cache. */
export const BATCH = 1024;

/** Four additions in lanes, before and during a batch: x1, y1, x2 − x1, y2 − y1. */
export const STAGE: Readonly<Record<'BYTES' | 'X' | 'Y' | 'D' | 'E', number>> = {
  BYTES: 4 * GROUP_BYTES,
  X: 0,
  Y: GROUP_BYTES,
  D: 2 * GROUP_BYTES,
  E: 3 * GROUP_BYTES,
};

/** Element variables of a thread's working memory. */
const INVERSE = 320;
const INVERT: number = INVERSE + GROUP_BYTES;
const SUM: number = INVERT + INVERT_BYTES;
/** Arrays that every job needs. */
const LIST: number = SUM + 2 * GROUP_BYTES;
const DOUBLES: number = LIST + BATCH * ITEM.BYTES;
const STAGES: number = DOUBLES + BATCH * ITEM.BYTES;
const PREFIX: number = STAGES + (BATCH / 4) * STAGE.BYTES;
const END: number = PREFIX + (BATCH / 4 + 1) * GROUP_BYTES;

type Place =
  | 'DUMMY_A'
  | 'DUMMY_B'
  | 'TRASH'
  | 'COUNT'
  | 'BUMP'
  | 'POSITIONS'
  | 'LENGTHS'
  | 'REFERENCES'
  | 'POINTS'
  | 'INVERSE'
  | 'INVERT'
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
  /** Groups: the inverse of what is left of a batch, room for inversion, a sum. */
  INVERSE,
  INVERT,
  SUM,
  /** Arrays: additions, doublings taken out of them, lanes, prefix products. */
  LIST,
  DOUBLES,
  STAGE: STAGES,
  PREFIX,
  /** Where the arrays of one job begin. */
  END,
};
