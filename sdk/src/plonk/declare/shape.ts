/** The shape of a system: what follows from its declarations and goes into keys; heights and powers of τ that it allows. */
import type { FlatProgram } from '../../expr/program.ts';
import type { TranscriptHash } from '../../transcript/transcript.ts';
import type { Bus, ChipWidths, PackShape, PublicTerm, Recursion } from './declare.ts';

export type Hex = `0x${string}`;

/** What the verifiers know of a chip; the leaves of `program` are the main, then the fixed, then the helper columns. */
export interface ChipShape extends ChipWidths {
  /** Number of constraints, those of the helpers included: how far this chip moves the power of `y`. */
  readonly constraints: number;
  /** One output: `C_j/y^{o_j} = Σ_i y^i·c_{j,i}`. Challenge leaves are `Shape.challenges`. */
  readonly program: FlatProgram;
}

/** A bus term that the verifier adds: a `PublicTerm` with the code of its tag. */
export interface PublicTermShape extends Omit<PublicTerm, 'tag'> {
  readonly tag: number;
}

/** A system without its expressions: the part of a verifying key that does not depend on the SRS. */
export interface Shape {
  readonly name: string;
  readonly version: string;
  readonly transcript: TranscriptHash;
  /** Digest of the declarations of all chips of the machine (`machineStructure`), which may be more than `chips`. */
  readonly machine: Hex;
  readonly bus: Bus;
  readonly maxDegree: number;
  readonly tPhi: number;
  readonly tQuotient: number;
  /** Challenge leaves of every chip's program, in order: `alpha`, `beta1` … `beta<s>` (powers of β), `y`. */
  readonly challenges: readonly string[];
  readonly chips: readonly ChipShape[];
  /** Every column of every chip once, in the order of claims and values. */
  readonly packs: readonly PackShape[];
  readonly tags: readonly { readonly name: string; readonly code: number; readonly fields: number }[];
  readonly publicTerms: readonly PublicTermShape[];
  readonly recursion?: Recursion;
}

/** How many chunks the quotient has: before masking, chunk `i` are its coefficients from `N·i` on (`prove/quotient.ts`). */
export const quotientChunks = (maxDegree: number): number => maxDegree - 1;

/**
 * Blinding coefficients of a main column: two for the value and the commitment that a proof shows. In a run of several proofs one more, so that a
 * job that is done twice, under other challenges, still shows nothing.
 */
export const mainBlinding = (bus: Bus): number => (bus === 'shared' ? 3 : 2);

/** Longest chunk of the quotient, in coefficients: the last one holds what is above `(maxDegree − 1)·N`. */
export const quotientChunkLength = (maxDegree: number, N: number, bus: Bus = 'closed'): number =>
  N + maxDegree * (mainBlinding(bus) - 1) + 1;

/** Heights above this are refused whatever the SRS holds (kernels and gas are sized for it). */
export const MAX_LOG = 24;
/** The quotient's top coefficients come from power series that need `n > maxDegree·(blinding − 1)`: 8 rows, or 16 with a shared bus. */
export const MIN_LOG = 3;
export const SHARED_MIN_LOG = 4;
export const leastLog = (bus: Bus): number => (bus === 'shared' ? SHARED_MIN_LOG : MIN_LOG);

/** Powers of τ that a pack whose tallest column has n rows, φ and the quotient need; all must be at most D. */
export const powersNeeded = {
  pack: (t: number, n: number, bus: Bus = 'closed'): number => t * (n + mainBlinding(bus)),
  phi: (tPhi: number, N: number): number => tPhi * (N + 3),
  quotient: (tQuotient: number, maxDegree: number, N: number, bus: Bus = 'closed'): number =>
    tQuotient * quotientChunkLength(maxDegree, N, bus),
};

/** The packs of fixed columns whose commitments are in the verifying key (`key`) or in a program key (`program`), in order. */
export function fixedPacks(
  { chips, packs }: Pick<Shape, 'chips' | 'packs'>,
  from: 'key' | 'program',
): PackShape[] {
  return packs.filter(
    ({ stage, columns }) => stage === 'fixed' && chips[columns[0]![0]]!.height.from === from,
  );
}

/** The largest factor of the packs that chip `j` has columns in, which bounds its height; 0 for a chip without columns. */
export function largestFactor({ packs }: Pick<Shape, 'packs'>, j: number): number {
  return packs.reduce(
    (max, { t, columns }) => (columns.some(([chip]) => chip === j) ? Math.max(max, t) : max),
    0,
  );
}

/** Powers of τ for chip `j` to have `2^log` rows: what the packs it stands in, φ and the quotient need. */
export function powersForHeight(shape: Shape, j: number, log: number): number {
  const n = 2 ** log;
  return Math.max(
    powersNeeded.pack(largestFactor(shape, j), n, shape.bus),
    powersNeeded.phi(shape.tPhi, n),
    powersNeeded.quotient(shape.tQuotient, shape.maxDegree, n, shape.bus),
  );
}

/** Largest log2 height that D powers of τ allow chip `j`; −1 where they allow none. */
export function maxLog(shape: Shape, powers: number, j: number): number {
  for (let log = MAX_LOG; log >= 0; log--) {
    if (powersForHeight(shape, j, log) <= powers) return log;
  }
  return -1;
}

/** Most chips that have their heights from one program: their logs are bytes of one number that a double holds. */
export const MAX_PROGRAM_CHIPS = 6;

/** Chips whose heights and fixed columns are a program's, in order. */
export const programChips = ({ chips }: Pick<Shape, 'chips'>): number[] =>
  [...chips.keys()].filter((j) => chips[j]!.height.from === 'program');

/** log2 heights of so many chips from `ProgramKey.log`; undefined where there is more in it. */
export function programLogs(log: number, count: number): number[] | undefined {
  if (!(Number.isSafeInteger(log) && log >= 0 && log < 256 ** count)) return undefined;
  return Array.from({ length: count }, (_, i) => Math.floor(log / 256 ** i) % 256);
}

/** The inverse of {@link programLogs}. */
export const packLogs = (logs: readonly number[]): number =>
  logs.reduceRight((packed, log) => packed * 256 + log, 0);

interface LogBounds {
  readonly least: number;
  readonly most: number;
}

/** Bounds of the logs of a program key: those of its chips under this key, or of the image under the keys of the machine that it is about. */
export function imageLogs(shape: Shape, powers: number): LogBounds[] {
  const { subject } = shape.recursion ?? {};
  if (subject !== undefined) return [{ least: subject.minLog, most: subject.maxLog }];
  return programChips(shape).map((j) => {
    const { height } = shape.chips[j]!;
    return { least: height.from === 'program' ? height.minLog : 0, most: maxLog(shape, powers, j) };
  });
}
