/** Checks of the contract's preconditions, the same for every engine: misuse is `KERNEL_CONTRACT`, by name. */
import { fail } from '../errors/index.ts';
import type { FlatProgram } from '../expr/program.ts';
import { log2Exact } from '../field/roots.ts';
import type { MsmPart } from './contract.ts';

/** Largest FFT: 2^24. */
export const MAX_FFT_LOG2 = 24;

interface Sized {
  readonly length: number;
}

export function misuse(message: string): never {
  fail('KERNEL_CONTRACT', message, { fix: 'This is a fault of wattest; please report it' });
}

export function checkLength(length: number): void {
  if (!Number.isSafeInteger(length) || length < 0) misuse(`length ${length} is not a natural number`);
}

export function checkSame(what: string, a: Sized, b: Sized): void {
  if (a.length !== b.length) misuse(`${what}: lengths ${a.length} and ${b.length} differ`);
}

/** `[at, at + count)` within a handle. */
export function checkRange(what: string, handle: Sized, at: number, count: number): void {
  const inside = Number.isSafeInteger(at) && Number.isSafeInteger(count) && at >= 0 && count >= 0;
  if (!inside || at + count > handle.length) {
    misuse(`${what}: elements ${at}…${at + count} of ${handle.length}`);
  }
}

/** Indices `offset + stride·k`, `k < count`, within a handle. */
export function checkStride(
  what: string,
  handle: Sized,
  offset: number,
  stride: number,
  count: number,
): void {
  if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(stride) || stride < 1) {
    misuse(`${what}: offset ${offset}, stride ${stride}`);
  }
  if (count > 0 && offset + stride * (count - 1) >= handle.length) {
    misuse(`${what}: index ${offset + stride * (count - 1)} of ${handle.length}`);
  }
}

/** Sources that fit behind an offset of whole groups, and a scalar for each. */
export function checkAccumulate(
  dst: Sized,
  srcs: readonly Sized[],
  scalars: readonly bigint[],
  offset: number,
): void {
  if (srcs.length !== scalars.length) {
    misuse(`accumulate: ${srcs.length} vectors, ${scalars.length} scalars`);
  }
  if (!Number.isSafeInteger(offset) || offset < 0 || offset % 4 !== 0) misuse(`accumulate: offset ${offset}`);
  for (const { length } of srcs) {
    if (offset + length > dst.length) misuse(`accumulate: ${length} elements at ${offset} of ${dst.length}`);
  }
}

/** All of one power-of-two length up to 2^24; returns it (0 where there are none). */
export function checkFft(what: string, columns: readonly Sized[]): number {
  const n = columns[0]?.length ?? 0;
  for (const column of columns) {
    if (column.length !== n) misuse(`${what}: columns of lengths ${n} and ${column.length}`);
  }
  if (columns.length > 0 && (n < 1 || n > 2 ** MAX_FFT_LOG2 || 2 ** Math.round(Math.log2(n)) !== n)) {
    misuse(`${what}: ${n} is not a power of two up to 2^${MAX_FFT_LOG2}`);
  }
  if (n > 0) log2Exact(n);
  return n;
}

export function checkProgram(
  program: FlatProgram,
  inputs: readonly Sized[],
  challenges: readonly bigint[],
  outputs: readonly Sized[],
): void {
  const expect = (what: string, got: number, wanted: number): void => {
    if (got !== wanted) misuse(`program with ${wanted} ${what} evaluated on ${got}`);
  };
  expect('columns', inputs.length, program.columns);
  expect('challenges', challenges.length, program.challenges.length);
  expect('outputs', outputs.length, program.outputs.length);
  const all = [...inputs, ...outputs];
  for (const vector of all) checkSame('evaluate', vector, all[0]);
  if (outputs.some((output, i) => inputs.includes(output) || outputs.indexOf(output) !== i)) {
    misuse('evaluate: an output is also an input or another output');
  }
}

export function checkMsm(parts: readonly MsmPart[]): void {
  for (const { bases, offset = 0, stride = 1, scalars } of parts) {
    checkStride('msm', bases, offset, stride, scalars.length);
  }
}

/** Bytes of whole points; returns how many. */
export function checkPointBytes(bytes: Uint8Array): number {
  if (bytes.length % 64 !== 0) misuse(`${bytes.length} bytes are not whole points of 64`);
  return bytes.length / 64;
}
