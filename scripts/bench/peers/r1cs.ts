/**
 * Fibonacci numbers modulo 2^32 as a rank-1 constraint system with its witness, in the files that snarkjs reads. Each step has a sum, its
 * 32 bits and a carry: what a circuit compiler makes of `a + b` on 32-bit words.
 */
import { FR_MODULUS } from '../../../sdk/src/field/field.ts';

const BITS = 32;
/** Per step: the sum, its bits, the carry. */
const WIRES = BITS + 2;
const FIELD_BYTES = 32;

/** `[wire, coefficient]…` */
type Combination = readonly (readonly [number, bigint])[];

export interface Circuit {
  readonly r1cs: Uint8Array;
  readonly witness: Uint8Array;
  readonly constraints: number;
  readonly result: bigint;
}

/** Wires: 1, the public result, then those of each step; f(0) = 0, f(1) = 1, so `steps` steps give f(steps + 1). */
export function fibonacciCircuit(steps: number): Circuit {
  const constraints: (readonly [Combination, Combination, Combination])[] = [];
  const values: bigint[] = [1n, 0n];
  const one: Combination = [[0, 1n]];
  let before: { wire: Combination; value: bigint } = { wire: [], value: 0n };
  let last: { wire: Combination; value: bigint } = { wire: one, value: 1n };
  for (let step = 0; step < steps; step++) {
    const sum = 2 + WIRES * step;
    const carry = sum + WIRES - 1;
    const total = before.value + last.value;
    const value = BigInt.asUintN(BITS, total);
    values.push(
      value,
      ...Array.from({ length: BITS }, (_, i) => (value >> BigInt(i)) & 1n),
      total >> BigInt(BITS),
    );
    for (let wire = sum + 1; wire <= carry; wire++) {
      constraints.push([
        [[wire, 1n]],
        [
          [0, -1n],
          [wire, 1n],
        ],
        [],
      ]);
    }
    const bits = Array.from({ length: BITS }, (_, i) => [sum + 1 + i, 1n << BigInt(i)] as const);
    constraints.push([bits, one, [[sum, 1n]]]);
    constraints.push([[...before.wire, ...last.wire, [carry, -(1n << BigInt(BITS))]], one, [[sum, 1n]]]);
    before = last;
    last = { wire: [[sum, 1n]], value };
  }
  values[1] = last.value;
  constraints.push([last.wire, one, [[1, 1n]]]);
  return {
    r1cs: encodeR1cs(values.length, constraints),
    witness: encodeWitness(values),
    constraints: constraints.length,
    result: last.value,
  };
}

/** Little-endian parts of a file. */
class Parts {
  readonly #bytes: number[] = [];

  number(value: number | bigint, bytes: number): this {
    for (let i = 0, rest = BigInt(value); i < bytes; i++, rest >>= 8n) this.#bytes.push(Number(rest & 255n));
    return this;
  }

  field(value: bigint): this {
    return this.number(((value % FR_MODULUS) + FR_MODULUS) % FR_MODULUS, FIELD_BYTES);
  }

  done(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

/** The binary container of the circom tools: magic, version, sections of type, length and contents. */
export function container(
  magic: string,
  version: number,
  sections: readonly (readonly [number, readonly Uint8Array[]])[],
): Uint8Array {
  const parts: Uint8Array[] = [
    new TextEncoder().encode(magic),
    new Parts().number(version, 4).number(sections.length, 4).done(),
  ];
  for (const [type, contents] of sections) {
    const length = contents.reduce((sum, part) => sum + part.length, 0);
    parts.push(new Parts().number(type, 4).number(length, 8).done(), ...contents);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function encodeR1cs(
  wires: number,
  constraints: readonly (readonly [Combination, Combination, Combination])[],
): Uint8Array {
  const header = new Parts().number(FIELD_BYTES, 4).number(FR_MODULUS, FIELD_BYTES);
  // One public output, no inputs: the sequence starts with constants.
  header
    .number(wires, 4)
    .number(1, 4)
    .number(0, 4)
    .number(0, 4)
    .number(wires, 8)
    .number(constraints.length, 4);
  const body = new Parts();
  for (const combination of constraints.flat()) {
    body.number(combination.length, 4);
    for (const [wire, coefficient] of [...combination].sort(([a], [b]) => a - b)) {
      body.number(wire, 4).field(coefficient);
    }
  }
  const labels = new Parts();
  for (let i = 0; i < wires; i++) labels.number(i, 8);
  return container('r1cs', 1, [
    [1, [header.done()]],
    [2, [body.done()]],
    [3, [labels.done()]],
  ]);
}

function encodeWitness(values: readonly bigint[]): Uint8Array {
  const header = new Parts().number(FIELD_BYTES, 4).number(FR_MODULUS, FIELD_BYTES).number(values.length, 4);
  const body = new Parts();
  for (const value of values) body.field(value);
  return container('wtns', 2, [
    [1, [header.done()]],
    [2, [body.done()]],
  ]);
}
