import assert from 'node:assert/strict';
import { ADD, type FlatProgram, MUL, type Op, SUB } from '../../sdk/src/expr/program.ts';
import { FR_MODULUS } from '../../sdk/src/field/field.ts';
import { OPERATIONS, WasmProgram } from '../../sdk/src/kernels/wasm/program.ts';
import { LENGTHS, type Pair, withEngines } from './parity.ts';
import type { Random } from './random.ts';

const program = (
  columns: number,
  operations: readonly (readonly [Op, number, number])[],
  outputs: readonly number[],
  constants: readonly bigint[] = [],
  challenges: readonly string[] = [],
): FlatProgram => ({ columns, challenges, constants, operations, outputs });

async function compare(
  { fast, slow, random, randomVector, vector, assertSame }: Pair,
  flat: FlatProgram,
  length: number,
): Promise<void> {
  const inputs = Array.from({ length: flat.columns }, () => randomVector(length));
  const outputs = flat.outputs.map(() => vector(new Array<bigint>(length).fill(0n)));
  const challenges = random.elements(FR_MODULUS, flat.challenges.length);
  for (const [engine, which] of [
    [fast, 'fast'],
    [slow, 'slow'],
  ] as const) {
    const compiled = engine.compile(flat);
    await engine.evaluate(
      compiled,
      inputs.map((v) => v[which]),
      challenges,
      outputs.map((v) => v[which]),
    );
  }
  for (const output of outputs) assertSame(output);
}

function randomProgram(random: Random, size: number, addsOnly: boolean): FlatProgram {
  const leaves = 3 + 2 + 2;
  const operations = Array.from({ length: size }, (_, i): [Op, number, number] => {
    const op = addsOnly || random.below(3) > 0 ? ([ADD, SUB] as const)[random.below(2)] : MUL;
    // Recent nodes more often, so that chains grow long.
    const node = (): number => Math.max(0, leaves + i - 1 - random.below(random.below(2) ? 3 : leaves + i));
    return [op, node(), node()];
  });
  const outputs = [leaves + size - 1, leaves + (size >> 1), 0, leaves + size - 1, 4];
  return program(3, operations, outputs, random.elements(FR_MODULUS, 2), ['α', 'β']);
}

withEngines('constraint programs', (pair) => {
  for (const length of LENGTHS) {
    it(`on ${length} rows`, () =>
      compare(
        pair(),
        program(
          3,
          [
            [MUL, 0, 1],
            [SUB, 4, 2],
            [MUL, 5, 5],
            [ADD, 6, 3],
          ],
          [7, 4],
          [5n],
        ),
        length,
      ));
  }

  it('returns leaves, and one node twice', () =>
    compare(pair(), program(2, [[ADD, 0, 2]], [0, 2, 3, 3], [FR_MODULUS - 1n]), 6));

  it('keeps its bounds in long chains of doublings', () => {
    // Values double at each step: without normalisation limbs overflow after a few.
    const doublings = Array.from({ length: 40 }, (_, i): [Op, number, number] => [ADD, i, i]);
    return compare(pair(), program(1, doublings, [40, 20]), 9);
  });

  it('keeps its bounds in sums multiplied by sums', () => {
    const sums = Array.from({ length: 12 }, (_, i): [Op, number, number] => [
      i % 2 ? SUB : ADD,
      i + 1,
      i % 2,
    ]);
    return compare(
      pair(),
      program(2, [...sums, [MUL, 13, 12], [MUL, 13, 13], [SUB, 14, 15]], [14, 15, 16]),
      9,
    );
  });

  it('computes every kind of sum of products', async () => {
    // Columns 0 … 4; 5 = ab, 6 = cd, then sums of them and e = 4.
    const products: [Op, number, number][] = [
      [MUL, 0, 1],
      [MUL, 2, 3],
    ];
    const sums: [Op, number, number][][] = [
      [[ADD, 5, 6]],
      [[SUB, 5, 6]],
      [[ADD, 5, 4]],
      [[SUB, 5, 4]],
      [[SUB, 4, 5]],
      ...([ADD, SUB] as const).flatMap((first) =>
        ([ADD, SUB] as const).flatMap((second): [Op, number, number][][] => [
          [
            [first, 5, 6],
            [second, 7, 4],
          ],
          [
            [first, 4, 5],
            [second, 7, 6],
          ],
          [
            [first, 5, 4],
            [second, 7, 6],
          ],
          [
            [first, 6, 4],
            [second, 5, 7],
          ],
        ]),
      ),
    ];
    const seen = new Set<string>(['ab', 'square', 'copy', 'normalise', 'add', 'sub']);
    for (const operations of sums) {
      const flat = program(5, [...products, ...operations], [6 + operations.length]);
      for (const { op } of new WasmProgram(flat).instructions) seen.add(op);
      await compare(pair(), flat, 5);
    }
    assert.deepEqual([...seen].sort(), [...OPERATIONS].sort());
  });

  for (let seed = 0; seed < 6; seed++) {
    it(`agrees on random program ${seed}`, () => {
      const p = pair();
      return compare(p, randomProgram(p.random, 60, seed > 3), 40);
    });
  }
});
