/**
 * Programs over many rows modulo a small prime in double precision: the row checker's filter, some twenty times faster than
 * BigInt. Cells are taken as integers, constants as the small integer or fraction that they stand for (−1, 1/4). A value
 * that vanishes as a rational number vanishes here; what does not is looked at exactly by the caller.
 */

import { ADD, type FlatProgram, SUB } from '../expr/program.ts';
import { createField, Fr } from '../field/field.ts';
import type { ColumnValues } from './fixed.ts';

/** Primes below 2^26: products stay exact in a double. A false value escapes both with a chance of about 2^-52. */
export const PRIMES: readonly [number, number] = [67_108_859, 67_108_837];

/** Rows done at a time, so that all nodes of a program stay in the cache. */
const CHUNK = 256;

/** Calls `visit(firstRow, rows, outputs)` chunk by chunk; `outputs[o][i]` is output `o` in row `firstRow + i`, in `[0, p)`. */
export function evaluateRows(
  program: FlatProgram,
  columns: readonly ColumnValues[],
  challenges: readonly number[],
  rows: number,
  p: number,
  visit: (firstRow: number, rows: number, outputs: readonly Float64Array[]) => void,
): void {
  const nodes: Float64Array[] = [];
  const add = (): Float64Array => {
    const node = new Float64Array(CHUNK);
    nodes.push(node);
    return node;
  };
  const leaves = columns.map(add);
  for (const value of challenges) add().fill(value);
  for (const value of program.constants) add().fill(constantResidue(value, p));
  for (const _ of program.operations) add();
  const firstOperation = nodes.length - program.operations.length;
  const outputs = program.outputs.map((node) => nodes[node]!);

  for (let first = 0; first < rows; first += CHUNK) {
    const count = Math.min(CHUNK, rows - first);
    columns.forEach((column, c) => {
      load(leaves[c]!, column, first, count, p);
    });
    program.operations.forEach(([op, a, b], i) => {
      const out = nodes[firstOperation + i]!;
      if (op === ADD) addRows(out, nodes[a]!, nodes[b]!, count, p);
      else if (op === SUB) subRows(out, nodes[a]!, nodes[b]!, count, p);
      else mulRows(out, nodes[a]!, nodes[b]!, count, p);
    });
    visit(first, count, outputs);
  }
}

/** A field element as an integer near zero, modulo p. */
export function residue(value: bigint, p: number): number {
  const centred = value > Fr.modulus >> 1n ? value - Fr.modulus : value;
  const reduced = Number(centred % BigInt(p));
  return reduced < 0 ? reduced + p : reduced;
}

/** Fractions with numerators and denominators below this are all different modulo r. */
const SMALL = 1n << 126n;

/** A constant of a program modulo p: `a/b` for the small `a`, `b` with `value = a/b` in the field, by Euclid's algorithm. */
function constantResidue(value: bigint, p: number): number {
  let [r0, r1, t0, t1] = [Fr.modulus, value > Fr.modulus >> 1n ? value - Fr.modulus : value, 0n, 1n];
  while (r1 >= SMALL || r1 <= -SMALL) {
    const q = r0 / r1;
    [r0, r1, t0, t1] = [r1, r0 - q * r1, t1, t0 - q * t1];
  }
  const field = createField(BigInt(p));
  const denominator = field.from(t1);
  return denominator === 0n ? residue(value, p) : Number(field.mul(field.from(r1), field.inv(denominator)));
}

function load(out: Float64Array, column: ColumnValues, first: number, count: number, p: number): void {
  if (!('words' in column)) {
    for (let i = 0; i < count; i++) out[i] = residue(column[first + i] ?? 0n, p);
    return;
  }
  const { words, data } = column;
  if (words === 1) {
    for (let i = 0; i < count; i++) out[i] = (data[first + i] ?? 0) % p;
    return;
  }
  const shift = 2 ** 32 % p;
  for (let i = 0; i < count; i++) {
    const high = (data[2 * (first + i) + 1] ?? 0) % p;
    out[i] = (high * shift + (data[2 * (first + i)] ?? 0)) % p;
  }
}

function addRows(out: Float64Array, a: Float64Array, b: Float64Array, count: number, p: number): void {
  for (let i = 0; i < count; i++) {
    const sum = a[i]! + b[i]!;
    out[i] = sum >= p ? sum - p : sum;
  }
}

function subRows(out: Float64Array, a: Float64Array, b: Float64Array, count: number, p: number): void {
  for (let i = 0; i < count; i++) {
    const difference = a[i]! - b[i]!;
    out[i] = difference < 0 ? difference + p : difference;
  }
}

function mulRows(out: Float64Array, a: Float64Array, b: Float64Array, count: number, p: number): void {
  const inverse = 1 / p;
  for (let i = 0; i < count; i++) {
    const product = a[i]! * b[i]!;
    // The quotient's estimate is off by one at most.
    const rest = product - Math.floor(product * inverse) * p;
    out[i] = rest < 0 ? rest + p : rest >= p ? rest - p : rest;
  }
}
