/** What memory allows: how many cells a proof may have and how tall its chips may be, and what the process takes at its peak. */
import { fail } from '../../errors/index.ts';
import type { ProofBounds } from '../../machine/execute/execute.ts';
import { CHIPS, COLUMNS } from '../../machine/execute/placement.ts';
import type { ShardLimits } from '../../machine/execute/segments.ts';
import { imageColumns } from '../../machine/image.ts';
import type { Program } from '../../machine/program.ts';
import { powersForHeight } from '../../plonk/declare/shape.ts';
import type { ProvingKey } from '../../plonk/keys/keygen.ts';
import { greatestHeights } from '../session/least-heights.ts';
import type { Keys } from '../session/session.ts';

const MIB = 2 ** 20;
/** Bytes of the process at the peak of a proof of so many cells, fitted to the proofs of docs/benchmarks.md. */
const MEMORY_MODEL = { baseBytes: 240 * MIB, cellBytes: 90 };
/** Bytes of kernel memory for a cell at the peak: 4 GiB, the most that WebAssembly has, end at some 45 million cells. */
const KERNEL_CELL_BYTES = 95;
const MOST_KERNEL_BYTES = 2 ** 32;
/**
 * The peak is in the opening where a pack is much longer than the rows are many: W and W' are as long as it is. Bytes of kernel memory for each of its coefficients, and for each cell what is
 * left of it then. Fitted, within 1 %, to programs of nothing but an image of 2^16, 2^17, 2^18 and 2^20 rows (docs/benchmarks.md).
 */
const OPENING = { baseBytes: 180 * MIB, coefficientBytes: 207, cellBytes: 32 };
/** Of the process, for each byte of the kernels, and besides (the same proofs). */
const AROUND = { baseBytes: 205 * MIB, kernelBytes: 1.13 };
/** And what those programs, of data alone, do not have: for each row of code its translation (340 MiB of a Go program's), and for a run of several proofs what executing it leaves (30 to 100 MiB). */
const CODE_ROW_BYTES = 930;
const LONG_RUN_BYTES = 100 * MIB;

const openingBytes = (cells: number, longest: number): number =>
  OPENING.baseBytes + OPENING.coefficientBytes * longest + OPENING.cellBytes * cells;

/** Of a proof whose image is taller than all else: coefficients of its longest pack, rows of code, and whether it is one of several. */
export interface TallImage {
  readonly longest: number;
  readonly codeRows: number;
  readonly isLongRun: boolean;
}

const aroundBytes = ({ codeRows, isLongRun }: Omit<TallImage, 'longest'>): number =>
  AROUND.baseBytes + CODE_ROW_BYTES * codeRows + (isLongRun ? LONG_RUN_BYTES : 0);

/**
 * Bytes of the process at the peak of a proof with so many padded cells. Where the image is taller than all else, so many coefficients have the longest pack; elsewhere the model of cells is
 * the one that was fitted, and that of openings, which knows images alone, says some 150 MiB too much.
 */
export const processBytes = (cells: number, image?: TallImage): number =>
  Math.max(
    MEMORY_MODEL.baseBytes + MEMORY_MODEL.cellBytes * cells,
    image === undefined ? 0 : aroundBytes(image) + AROUND.kernelBytes * openingBytes(cells, image.longest),
  );

/** What the proofs of a long run may take where nobody says otherwise: taller ones are not quicker by much. */
export const DEFAULT_MEMORY_BYTES: number = 2 ** 30;
/** What one proof may take where nobody says otherwise: as one is worth more than several, which only circuits take together, a little more. */
export const DEFAULT_WHOLE_BYTES: number = 1.2e9;
/** Less than this would make very many proofs. */
const LEAST_CELLS = 2 ** 20;

/** @throws INPUT_INVALID: so much memory does not suffice */
function refuseMemory(leastBytes: number): never {
  return fail('INPUT_INVALID', 'the memory that is allowed does not suffice for one proof', {
    where: 'maxMemoryBytes (--max-memory)',
    fix: `Allow at least ${Math.ceil(leastBytes / MIB)} MiB`,
  });
}

/** Cells of a proof in so much memory of the process. @throws INPUT_INVALID for memory that does not suffice for any */
function cellsWithin(memoryBytes: number): number {
  const { baseBytes, cellBytes } = MEMORY_MODEL;
  const cells = (memoryBytes - baseBytes) / cellBytes;
  return cells >= LEAST_CELLS ? cells : refuseMemory(baseBytes + LEAST_CELLS * cellBytes);
}

/** A sixth is for touched cells and for what every proof has besides. */
const OWN_SHARE = 5 / 6;

/** Cells of instruction chips, padding included, that find room in the kernels. */
export const MOST_OWN_CELLS: number = (OWN_SHARE * MOST_KERNEL_BYTES) / KERNEL_CELL_BYTES;

/** How tall a proof of so many cells may be, if its opening is to find room in the kernels too. */
function shardLimits(key: ProvingKey['key'], cells: number, kernelBytes: number): ShardLimits {
  const own = OWN_SHARE * cells;
  const most = greatestHeights(key);
  const { chips } = key.shape;
  const { main, helpers } = chips.find(({ name }) => name === 'boundary')!;
  const within = (name: string, columns: number, room: number): number => {
    const j = chips.findIndex((chip) => chip.name === name);
    let log = Math.min(most[name]!, Math.floor(Math.log2(room / columns)));
    while (log > 0 && openingBytes(2 ** log * columns, powersForHeight(key.shape, j, log)) > kernelBytes)
      log--;
    return log;
  };
  const ofChips = CHIPS.map((name) => [name, within(name, COLUMNS[name], own)]);
  return {
    heights: {
      ...Object.fromEntries(ofChips),
      boundary: within('boundary', main + helpers, cells - own),
    } as ShardLimits['heights'],
    cells: own,
  };
}

/** Of what stands in the key and in the image of a program: cells, coefficients of the longest pack, and those where the key's is the longest. */
function fixedSize(
  { shape }: ProvingKey['key'],
  program: Program,
): { readonly cells: number; readonly longest: number; readonly longestOfKey: number } {
  let [cells, longest, longestOfKey] = [0, 0, 0];
  for (const [j, { main, fixed, helpers, height }] of shape.chips.entries()) {
    if (height.from === 'proof') continue;
    const log = height.from === 'key' ? height.log : imageColumns(program).log;
    const coefficients = powersForHeight(shape, j, log);
    cells += 2 ** log * (main + fixed + helpers);
    longest = Math.max(longest, coefficients);
    if (height.from === 'key') longestOfKey = Math.max(longestOfKey, coefficients);
  }
  return { cells, longest, longestOfKey };
}

/**
 * The limits of a proof of a whole run, and of the shards of one that takes several: the heights of the key, and the cells that find room in memory. The image of the program stands in
 * one proof whatever the limits are: more memory than that takes is refused here, as is less than it takes if somebody named a bound.
 * @throws INPUT_INVALID for memory, or least heights, with which there is no proof; MODULE_TOO_LARGE where no kernels open the image
 */
export function limitsOf(
  { provingKey: { key }, maxKernelBytes = MOST_KERNEL_BYTES }: LimitedKeys,
  program: Program,
  maxMemoryBytes: number | undefined,
  least: Readonly<Record<string, number>> = {},
): {
  readonly whole: ProofBounds;
  readonly shards: ShardLimits;
} {
  const fixed = fixedSize(key, program);
  const kernels = openingBytes(fixed.cells, fixed.longest);
  if (kernels > maxKernelBytes) {
    fail(
      'MODULE_TOO_LARGE',
      `opening the image of the program, 2^${imageColumns(program).log} rows, takes ${Math.ceil(kernels / MIB)} MiB of kernels, and ${Math.floor(maxKernelBytes / MIB)} is the most`,
      { where: 'module', fix: 'Make code and initial data smaller (`wattest inspect` counts their rows)' },
    );
  }
  const room = maxKernelBytes / KERNEL_CELL_BYTES;
  const within = (memoryBytes: number): ShardLimits =>
    shardLimits(key, Math.min(room, cellsWithin(memoryBytes)), maxKernelBytes);
  const shards = within(maxMemoryBytes ?? DEFAULT_MEMORY_BYTES);
  const whole = maxMemoryBytes === undefined ? within(DEFAULT_WHOLE_BYTES) : shards;
  let kernelBytes = maxKernelBytes;
  if (maxMemoryBytes !== undefined && fixed.longest > fixed.longestOfKey) {
    const around = { codeRows: program.code.length, isLongRun: false };
    const bytes = processBytes(fixed.cells, { longest: fixed.longest, ...around });
    if (bytes > maxMemoryBytes) refuseMemory(bytes);
    kernelBytes = Math.min(kernelBytes, (maxMemoryBytes - aroundBytes(around)) / AROUND.kernelBytes);
  }
  // Beside the image: its opening is that of a proof of the whole run, of shards the closing proof's.
  const cells = Math.min(whole.cells, (kernelBytes - kernels) / OPENING.cellBytes);
  const padded = CHIPS.reduce((sum, name) => sum + 2 ** (least[name] ?? 0) * COLUMNS[name], 0);
  if (padded > cells) {
    fail(
      'INPUT_INVALID',
      `the least heights come to ${padded} cells, and ${Math.floor(cells)} find room in memory`,
      {
        where: 'shape',
        fix: 'Give smaller heights, or allow more memory (--max-memory)',
      },
    );
  }
  return { whole: { least, most: whole.heights, cells }, shards };
}

type LimitedKeys = Pick<Keys, 'provingKey'> & Partial<Pick<Keys, 'maxKernelBytes'>>;
