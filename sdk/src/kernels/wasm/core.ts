/** What the operations of the engine share: memory, threads, and single elements between host and memory. */
import { FQ_MODULUS, FR_MODULUS } from '../../field/field.ts';
import { createLimbField, ELEMENT_BYTES, GROUP_BYTES, LIMBS, type LimbField } from '../../field/limbs.ts';
import type { KernelMemory } from './memory.ts';
import type { TaskPool } from './task-pool.ts';

export const FR_LIMBS: LimbField = createLimbField(FR_MODULUS);
export const FQ_LIMBS: LimbField = createLimbField(FQ_MODULUS);

/** Many columns are mostly this. */
const ZERO: readonly number[] = new Array<number>(LIMBS).fill(0);

/** Groups handled per chunk at most: some 0.1 ms of additions, 0.3 ms of multiplications. */
const MAX_CHUNK_GROUPS = 4096;

export interface KernelCore {
  readonly memory: KernelMemory;
  readonly pool: TaskPool;
}

/** Writes one element to lane `index mod 4` of its group. */
export function writeElement(
  core: KernelCore,
  address: number,
  index: number,
  value: bigint,
  field: LimbField = FR_LIMBS,
): void {
  const at = (address + GROUP_BYTES * Math.floor(index / 4)) / 8 + (index % 4);
  const limbs = value === 0n ? ZERO : field.encode(value);
  const { f64 } = core.memory;
  for (let j = 0; j < LIMBS; j++) f64[at + 4 * j] = limbs[j];
}

/** Writes one element to all lanes of group `group`. */
export function writeSplat(core: KernelCore, address: number, group: number, value: bigint): void {
  const at = (address + GROUP_BYTES * group) / 8;
  const limbs = FR_LIMBS.encode(value);
  for (let j = 0; j < LIMBS; j++) core.memory.f64.fill(limbs[j], at + 4 * j, at + 4 * j + 4);
}

export function readElement(
  core: KernelCore,
  address: number,
  index: number,
  field: LimbField = FR_LIMBS,
): bigint {
  const at = (address + GROUP_BYTES * Math.floor(index / 4)) / 8 + (index % 4);
  const { f64 } = core.memory;
  return field.decode([0, 1, 2, 3, 4].map((j) => f64[at + 4 * j]));
}

/** Writes elements as 40-byte scalars, one after another, for `loadSplat`. */
export function writeScalars(
  core: KernelCore,
  address: number,
  values: readonly bigint[],
  field: LimbField = FR_LIMBS,
): void {
  values.forEach((value, i) => {
    core.memory.f64.set(field.encode(value), (address + ELEMENT_BYTES * i) / 8);
  });
}

/** Zeroes the lanes beyond the length, which every operation may count on. */
export function zeroTail(
  core: KernelCore,
  { address, length }: { readonly address: number; readonly length: number },
): void {
  const { f64 } = core.memory;
  const group = (address + GROUP_BYTES * Math.floor(length / 4)) / 8;
  for (let lane = length % 4; lane > 0 && lane < 4; lane++) {
    for (let j = 0; j < LIMBS; j++) f64[group + 4 * j + lane] = 0;
  }
}

/** Runs `body` with the address of `bytes` bytes that are freed afterwards, whatever happens. */
export async function withScratch<T>(
  core: KernelCore,
  bytes: number,
  body: (address: number) => Promise<T>,
): Promise<T> {
  const address = core.memory.allocate(bytes);
  try {
    return await body(address);
  } finally {
    core.memory.free(address);
  }
}

/** Groups per chunk so that threads share the work evenly. */
export function chunkSize(core: KernelCore, groups: number, most: number = MAX_CHUNK_GROUPS): number {
  return Math.max(1, Math.min(most, Math.ceil(groups / (4 * core.pool.threads))));
}

/** Runs a row task: three arguments of its own, then groups per chunk and groups. */
export async function runRows(
  core: KernelCore,
  task: string,
  [a, b, c]: readonly [number, number, number],
  groups: number,
): Promise<void> {
  const size = chunkSize(core, groups);
  await core.pool.run(task, [a, b, c, size, groups], Math.ceil(groups / size));
}
