/** What memory allows: how many cells a proof may have and how tall its chips may be, and what the process takes at its peak. */
import { fail } from '../../errors/index.ts';
import type { ProofBounds } from '../../machine/execute/execute.ts';
import { CHIPS, COLUMNS } from '../../machine/execute/placement.ts';
import type { ShardLimits } from '../../machine/execute/segments.ts';
import { imageColumns } from '../../machine/image.ts';
import type { Program } from '../../machine/program.ts';
import { powersForHeight } from '../../plonk/declare/shape.ts';
import type { Circuit } from '../../plonk/keys/key.ts';
import { WHOLE_MODULE } from '../../wasm/types.ts';
import { greatestHeights } from '../session/least-heights.ts';

export const MIB: number = 2 ** 20;
/** Bytes of the process at the peak of a proof of so many cells, fitted to the proofs of docs/benchmarks.md. */
const MEMORY_MODEL = { baseBytes: 240 * MIB, cellBytes: 90 };
/** Bytes of kernel memory for a cell at the peak: 4 GiB, the most that WebAssembly has, end at some 45 million cells. */
const KERNEL_CELL_BYTES = 95;
/** All that WebAssembly has. */
export const MOST_KERNEL_BYTES: number = 2 ** 32;
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

/** @throws INPUT_INVALID: the memory that is allowed does not suffice, and so much is the least that does */
export function refuseMemory(leastBytes: number): never {
  return fail('INPUT_INVALID', 'the memory that is allowed does not suffice for one proof', {
    where: 'maxMemoryBytes (--max-memory)',
    fix: `Allow at least ${Math.ceil(leastBytes / MIB)} MiB`,
  });
}

/** Cells of a proof in so much memory of the process. */
const cellsWithin = (memoryBytes: number): number =>
  Math.max(1, (memoryBytes - MEMORY_MODEL.baseBytes) / MEMORY_MODEL.cellBytes);

/** A sixth is for touched cells and for what every proof has besides. */
const OWN_SHARE = 5 / 6;

/** How tall a proof of so many cells may be, if its opening is to find room in the kernels too. */
function shardLimits(circuit: LimitedKeys['circuit'], cells: number, kernelBytes: number): ShardLimits {
  const own = OWN_SHARE * cells;
  const most = greatestHeights(circuit);
  const { chips } = circuit.shape;
  const { main, helpers } = chips.find(({ name }) => name === 'boundary')!;
  const within = (name: string, columns: number, room: number): number => {
    const j = chips.findIndex((chip) => chip.name === name);
    let log = Math.min(most[name]!, Math.floor(Math.log2(room / columns)));
    while (log > 0 && openingBytes(2 ** log * columns, powersForHeight(circuit.shape, j, log)) > kernelBytes)
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
  { shape }: LimitedKeys['circuit'],
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

/** What a proof is made under, and the most that kernels may take (default: all that WebAssembly has). */
export interface LimitedKeys {
  readonly circuit: Pick<Circuit, 'shape' | 'powers'>;
  readonly maxKernelBytes?: number | undefined;
}

/** What memory and key have room for. */
export interface Room {
  readonly whole: ShardLimits;
  readonly shards: ShardLimits;
  /** Of the kernels, for opening the image, which stands in one proof whatever the limits are. */
  readonly openingBytes: number;
  /** The least memory of the process that suffices for a proof of the program. */
  readonly leastBytes: number;
}

/** Of a proof of a whole run, and of the shards of one that takes several: the heights of the key, and the cells that find room in memory. */
export function roomFor(
  { circuit, maxKernelBytes = MOST_KERNEL_BYTES }: LimitedKeys,
  program: Program,
  maxMemoryBytes: number | undefined,
): Room {
  const fixed = fixedSize(circuit, program);
  const kernels = openingBytes(fixed.cells, fixed.longest);
  const most = maxKernelBytes / KERNEL_CELL_BYTES;
  const within = (memoryBytes: number): ShardLimits =>
    shardLimits(circuit, Math.min(most, cellsWithin(memoryBytes)), maxKernelBytes);
  const shards = within(maxMemoryBytes ?? DEFAULT_MEMORY_BYTES);
  const whole = maxMemoryBytes === undefined ? within(DEFAULT_WHOLE_BYTES) : shards;
  let kernelBytes = maxKernelBytes;
  let leastBytes = MEMORY_MODEL.baseBytes + LEAST_CELLS * MEMORY_MODEL.cellBytes;
  if (maxMemoryBytes !== undefined && fixed.longest > fixed.longestOfKey) {
    const around = { codeRows: program.code.length, isLongRun: false };
    leastBytes = Math.max(leastBytes, processBytes(fixed.cells, { longest: fixed.longest, ...around }));
    kernelBytes = Math.min(kernelBytes, (maxMemoryBytes - aroundBytes(around)) / AROUND.kernelBytes);
  }
  // Beside the image: its opening is that of a proof of the whole run, of shards the closing proof's.
  const cells = Math.min(whole.cells, (kernelBytes - kernels) / OPENING.cellBytes);
  return { whole: { ...whole, cells }, shards, openingBytes: kernels, leastBytes };
}

/**
 * The same as limits of what is proven, with least heights. The image of the program stands in one proof whatever the limits are: more memory than that takes is refused here, as is less than
 * it takes if somebody named a bound.
 * @throws INPUT_INVALID for memory, or least heights, with which there is no proof; MODULE_TOO_LARGE where no kernels open the image
 */
export function limitsOf(
  keys: LimitedKeys,
  program: Program,
  maxMemoryBytes: number | undefined,
  least: Readonly<Record<string, number>> = {},
): {
  readonly whole: ProofBounds;
  readonly shards: ShardLimits;
} {
  const { maxKernelBytes = MOST_KERNEL_BYTES } = keys;
  const { whole, shards, openingBytes: opening, leastBytes } = roomFor(keys, program, maxMemoryBytes);
  if (opening > maxKernelBytes) {
    fail(
      'MODULE_TOO_LARGE',
      `opening the image of the program, 2^${imageColumns(program).log} rows, takes ${Math.ceil(opening / MIB)} MiB of kernels, and ${Math.floor(maxKernelBytes / MIB)} is the most`,
      {
        where: WHOLE_MODULE,
        fix: 'Make code and initial data smaller (`wattest inspect` counts their rows)',
      },
    );
  }
  if (maxMemoryBytes !== undefined && maxMemoryBytes < leastBytes) refuseMemory(leastBytes);
  const padded = CHIPS.reduce((sum, name) => sum + 2 ** (least[name] ?? 0) * COLUMNS[name], 0);
  if (padded > whole.cells) {
    fail(
      'INPUT_INVALID',
      `the least heights come to ${padded} cells, and ${Math.floor(whole.cells)} find room in memory`,
      {
        where: 'shape',
        fix: 'Give smaller heights, or allow more memory (--max-memory)',
      },
    );
  }
  return { whole: { least, most: whole.heights, cells: whole.cells }, shards };
}
