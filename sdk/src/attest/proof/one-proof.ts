/** Whether one proof has room for a run, and which bound holds where it has not: that of the key, that of memory, or both. */
import { byName, placeWithin } from '../../machine/execute/placement.ts';
import { MAX_CHIP_LOG, type Program } from '../../machine/program.ts';
import { powersFor } from '../../machine/system.ts';
import { type LimitedKeys, MIB, MOST_KERNEL_BYTES, roomFor } from './limits.ts';
import { memoryOf, sizeOf } from './sizes.ts';

/** What has to be allowed for one proof of a run; what is undefined suffices as it is. */
export interface OneProof {
  /** The least `maxLog` of a session: another key, so another verifier contract. */
  readonly maxLog?: number;
  /** The least `maxMemoryBytes`, a whole number of MiB. */
  readonly maxMemoryBytes?: number;
}

/** A run, and what it may take. */
export interface BoundedRun {
  readonly program: Program;
  /** Rows by kind (`placement.ts`). */
  readonly rowKinds: ArrayLike<number>;
  /** Rows of touched cells; undefined where nobody counted them. */
  readonly touched: number | undefined;
  readonly maxMemoryBytes?: number | undefined;
  readonly least?: Readonly<Record<string, number>> | undefined;
}

/** In MiB, more than the model says of any proof. */
const MOST_MEMORY = 2 ** 13;

/** Whether one proof has room. Touched cells that nobody counted are few here. */
export const fitsOne = (keys: LimitedKeys, run: BoundedRun): boolean =>
  fits(keys, run, run.maxMemoryBytes, () => run.touched ?? 0);

function fits(
  keys: LimitedKeys,
  { program, rowKinds, least = {} }: BoundedRun,
  maxMemoryBytes: number | undefined,
  touchedOf: (most: number) => number,
): boolean {
  const { whole, openingBytes, leastBytes } = roomFor(keys, program, maxMemoryBytes);
  const { heights, cells } = whole;
  if (openingBytes > (keys.maxKernelBytes ?? MOST_KERNEL_BYTES)) return false;
  if (maxMemoryBytes !== undefined && maxMemoryBytes < leastBytes) return false;
  const placed = placeWithin(rowKinds, { least, most: heights, cells });
  const touched = touchedOf(2 ** heights.boundary);
  if (placed === undefined || touched > 2 ** heights.boundary) return false;
  if (maxMemoryBytes === undefined) return true;
  const chips = byName(placed.rows.map((rows) => ({ rows })));
  const rows = { chips, refresh: { rows: 0 }, boundary: { rows: touched, ends: false } };
  return memoryOf([sizeOf(keys.circuit.shape, program, rows, least)], program) <= maxMemoryBytes;
}

/**
 * What has to be allowed for one proof of a run that has no room in one; undefined where no key and no memory suffices. Touched cells that nobody counted are as many as there is room for, so what is
 * said may be more than it takes.
 */
export function moreForOne(keys: LimitedKeys, run: BoundedRun): OneProof | undefined {
  const { maxKernelBytes } = keys;
  const { shape, powers } = keys.circuit;
  const isRoom = (circuit: LimitedKeys['circuit'], maxMemoryBytes: number | undefined): boolean =>
    fits({ circuit, maxKernelBytes }, run, maxMemoryBytes, (most) => run.touched ?? most);
  const isRoomAtAll = (circuit: LimitedKeys['circuit']): boolean => isRoom(circuit, MIB * MOST_MEMORY);
  const memoryFor = (circuit: LimitedKeys['circuit']): number => {
    let [low, high] = [0, MOST_MEMORY];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (isRoom(circuit, MIB * middle)) high = middle;
      else low = middle;
    }
    return MIB * high;
  };
  // Memory before another key, which is another contract.
  if (isRoomAtAll(keys.circuit)) return { maxMemoryBytes: memoryFor(keys.circuit) };
  const larger = Array.from({ length: MAX_CHIP_LOG + 1 }, (_, maxLog) => ({
    maxLog,
    circuit: { shape, powers: powersFor(maxLog) },
  })).filter(({ circuit }) => circuit.powers > powers && isRoomAtAll(circuit));
  const alone = larger.find(({ circuit }) => isRoom(circuit, run.maxMemoryBytes));
  if (alone !== undefined) return { maxLog: alone.maxLog };
  const [both] = larger;
  return both && { maxLog: both.maxLog, maxMemoryBytes: memoryFor(both.circuit) };
}
