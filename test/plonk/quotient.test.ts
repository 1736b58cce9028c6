/** The quotient by cosets and series against long division, and every way to evaluate a program against every other. */
import assert from 'node:assert/strict';
import { evaluateProgram, type Ring, scalarRing } from '../../sdk/src/expr/evaluate.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { rootOfUnity } from '../../sdk/src/field/roots.ts';
import { createReferenceEngine } from '../../sdk/src/kernels/reference/engine.ts';
import { evaluatePolynomials, heightOf, type Polynomial } from '../../sdk/src/plonk/columns/polynomial.ts';
import { Scratch } from '../../sdk/src/plonk/columns/scratch.ts';
import { challengeValues } from '../../sdk/src/plonk/declare/challenges.ts';
import type { System } from '../../sdk/src/plonk/declare/declare.ts';
import { type ChipLayout, layout } from '../../sdk/src/plonk/declare/layout.ts';
import {
  addAccumulatorQuotient,
  addChipQuotient,
  emptyQuotient,
  inverseVandermonde,
  maskChunks,
  maskCount,
} from '../../sdk/src/plonk/prove/quotient.ts';
import { platformRandom, randomScalars } from '../../sdk/src/plonk/prove/randomness.ts';
import { seriesRing } from '../../sdk/src/plonk/prove/series.ts';
import { toySystem } from './toy.ts';

const engine = createReferenceEngine();
const scratch = new Scratch(engine);
const random = (count: number): bigint[] => randomScalars(platformRandom, count);

// Polynomials the slow way, lowest coefficient first.
type Poly = readonly bigint[];
const polyAdd = (f: Poly, g: Poly): bigint[] =>
  Array.from({ length: Math.max(f.length, g.length) }, (_, i) => Fr.add(f[i] ?? 0n, g[i] ?? 0n));
const polyScale = (f: Poly, s: bigint): bigint[] => f.map((c) => Fr.mul(c, s));
const polyMul = (f: Poly, g: Poly): bigint[] => {
  const out = new Array<bigint>(f.length + g.length - 1).fill(0n);
  f.forEach((a, i) => {
    g.forEach((b, j) => {
      out[i + j] = Fr.from(out[i + j]! + a * b);
    });
  });
  return out;
};
const polynomials: Ring<Poly> = {
  add: polyAdd,
  sub: (f, g) => polyAdd(f, polyScale(g, Fr.from(-1))),
  mul: polyMul,
  constant: (value) => [value],
};
/** Quotient and remainder by `X^n − 1`. */
function divideByVanishing(f: Poly, n: number): { quotient: bigint[]; remainder: bigint[] } {
  const rest = [...f];
  const quotient = new Array<bigint>(Math.max(0, f.length - n)).fill(0n);
  for (let k = rest.length - 1; k >= n; k--) {
    quotient[k - n] = rest[k]!;
    rest[k - n] = Fr.add(rest[k - n]!, rest[k]!);
    rest[k] = 0n;
  }
  return { quotient, remainder: rest.slice(0, n) };
}
const full = (f: Polynomial): Poly => {
  const n = heightOf(f);
  const vanishing = [Fr.from(-1), ...new Array<bigint>(n - 1).fill(0n), 1n];
  const interpolant = engine.read(f.coefficients, 0, n);
  return f.blinding.length === 0 ? interpolant : polyAdd(interpolant, polyMul(f.blinding, vanishing));
};
const trim = (f: Poly): Poly => f.slice(0, f.findLastIndex((c) => c !== 0n) + 1);

async function polynomial(values: readonly bigint[], blinding: readonly bigint[]): Promise<Polynomial> {
  const coefficients = engine.vector(values.length);
  engine.write(coefficients, 0, values);
  await engine.interpolate([coefficients]);
  return { coefficients, blinding };
}

const challenges = {
  alpha: 1234567n ** 9n,
  beta: 7654321n ** 9n % Fr.modulus,
  y: 99991n ** 12n % Fr.modulus,
};

/** `squares` with a satisfied trace of height n: real constraints of degree 4 and a full helper. */
async function satisfied(
  system: System,
  n: number,
): Promise<{ chip: ChipLayout; columns: Polynomial[]; leaves: bigint[] }> {
  const built = layout(system);
  const chip = built.chips[0]!;
  const leaves = challengeValues(built.challenges, challenges, Fr.mul);
  const xs = Array.from({ length: n }, (_, i) => BigInt(i % 5));
  const s1 = xs.map((_, i) => (i % 3 === 0 ? 1n : 0n));
  const s2 = xs.map((_, i) => (i % 3 === 1 ? 1n : 0n));
  const main = [xs, xs.map((x) => x * x), s1, s2];
  const helper = xs.map((_, row) => {
    const [numerator, denominator] = evaluateProgram(
      chip.fractions,
      scalarRing,
      main.map((column) => column[row]!),
      leaves,
    );
    return Fr.mul(numerator!, Fr.inv(denominator!));
  });
  const columns = await Promise.all([...main, helper].map((values) => polynomial(values, random(2))));
  return { chip, columns, leaves };
}

describe('quotient', () => {
  const withDegree = (maxDegree: number): System => ({ ...toySystem(), maxDegree });
  for (const [maxDegree, n, N] of [
    [4, 8, 8],
    [4, 8, 16],
    [4, 16, 16],
    [4, 32, 128],
    [5, 16, 16],
    [5, 8, 32],
    [6, 8, 8],
  ] as const) {
    it(`of degree ${maxDegree}, height ${n} among ${N}, is that of long division`, async () => {
      const { chip, columns, leaves } = await satisfied(withDegree(maxDegree), n);
      const C = evaluateProgram<Poly>(
        chip.program,
        polynomials,
        columns.map(full),
        leaves.map((value) => [value]),
      )[0]!;
      const { quotient: expected, remainder } = divideByVanishing(C, n);
      assert.ok(
        remainder.every((c) => c === 0n),
        'the trace satisfies the constraints',
      );
      assert.ok(trim(expected).length <= (maxDegree - 1) * n + maxDegree + 1);

      const quotient = emptyQuotient(scratch, N, maxDegree);
      const scale = 31n;
      await addChipQuotient(engine, scratch, quotient, chip, { columns }, leaves, scale);
      const sum = (): Poly =>
        quotient.chunks.reduce<Poly>((all, chunk, c) => {
          const shifted = [...new Array<bigint>(N * c).fill(0n), ...engine.read(chunk, 0, chunk.length)];
          return polyAdd(all, shifted);
        }, []);
      assert.deepEqual(trim(sum()), trim(polyScale(expected, scale)));

      // Masks move coefficients between chunks and leave the sum; with them every chunk but the last stays below N + 2.
      const before = quotient.chunks.map((chunk) => engine.read(chunk, 0, chunk.length));
      maskChunks(engine, quotient, random(maskCount(maxDegree)));
      assert.deepEqual(trim(sum()), trim(polyScale(expected, scale)));
      quotient.chunks.forEach((chunk, c) => {
        assert.notDeepEqual(engine.read(chunk, 0, chunk.length), before[c]);
        if (c + 1 < quotient.chunks.length) {
          assert.ok(engine.read(chunk, N + 2, chunk.length - N - 2).every((v) => v === 0n));
        }
      });
    });
  }

  it('of a false trace is not the quotient of anything', async () => {
    const { chip, columns, leaves } = await satisfied(toySystem(), 8);
    const wrong = columns.with(
      1,
      await polynomial(
        Array.from({ length: 8 }, (_, i) => BigInt(i)),
        random(2),
      ),
    );
    const C = evaluateProgram<Poly>(
      chip.program,
      polynomials,
      wrong.map(full),
      leaves.map((value) => [value]),
    )[0]!;
    assert.ok(divideByVanishing(C, 8).remainder.some((c) => c !== 0n));
    const quotient = emptyQuotient(scratch, 8, 4);
    await addChipQuotient(engine, scratch, quotient, chip, { columns: wrong }, leaves, 1n);
    const z = random(1)[0]!;
    const Q = quotient.chunks.reduceRight((sum, chunk) => {
      const value = engine.read(chunk, 0, chunk.length).reduceRight((s, c) => Fr.add(Fr.mul(s, z), c), 0n);
      return Fr.add(Fr.mul(sum, Fr.pow(z, 8n)), value);
    }, 0n);
    const atZ = evaluateProgram(
      chip.program,
      scalarRing,
      await evaluatePolynomials(engine, wrong, z),
      leaves,
    )[0]!;
    assert.notEqual(atZ, Fr.mul(Fr.sub(Fr.pow(z, 8n), 1n), Q));
  });

  it('of φ is read off the blinding', async () => {
    const N = 32;
    const omega = rootOfUnity(N);
    const heights = [8, 8, 32];
    const helperValues = heights.map((n) => random(n));
    const helpers: Polynomial[][] = await Promise.all(
      helperValues.map(async (values) => [await polynomial(values, random(2))]),
    );
    const den = 5n;
    // Increments on H_N, P from what is missing, φ from both.
    const increments = new Array<bigint>(N).fill(0n);
    helperValues.forEach((values, j) => {
      values.forEach((value, i) => {
        const at = (i * N) / heights[j]!;
        increments[at] = Fr.add(increments[at]!, value);
      });
    });
    const P = Fr.neg(increments.reduce(Fr.add, 0n));
    const step = Fr.mul(P, Fr.inv(BigInt(N)));
    const values = [0n];
    for (let i = 0; i < N - 1; i++) values.push(Fr.add(values[i]!, Fr.add(increments[i]!, step)));
    const phi = await polynomial(values, random(3));

    const f = full(phi);
    let numerator: Poly = polyAdd(
      f.map((c, i) => Fr.mul(c, Fr.pow(omega, BigInt(i)))),
      polyScale(f, Fr.from(-1)),
    );
    heights.forEach((n, j) => {
      let S: Poly = [Fr.mul(BigInt(n), Fr.inv(BigInt(N)))];
      for (let k = n; k < N; k *= 2) S = polyMul(S, [1n, ...new Array<bigint>(k - 1).fill(0n), 1n]);
      numerator = polyAdd(numerator, polyScale(polyMul(S, full(helpers[j]![0]!)), Fr.from(-1)));
    });
    numerator = polyScale(polyAdd(numerator, [Fr.neg(step)]), den);
    const { quotient: expected, remainder } = divideByVanishing(numerator, N);
    assert.ok(remainder.every((c) => c === 0n));

    const quotient = emptyQuotient(scratch, N, 4);
    addAccumulatorQuotient(engine, quotient, phi, helpers, den, 7n);
    assert.deepEqual(trim(engine.read(quotient.chunks[0]!, 0, N)), trim(polyScale(expected, 7n)));
  });

  it('solves for blocks: the Vandermonde matrix times its inverse', () => {
    const s = [3n, 5n, 17n, 255n];
    const inverse = inverseVandermonde(s);
    inverse.forEach((row, b) => {
      s.forEach((_, c) => {
        const entry = row.reduce((sum, v, k) => Fr.add(sum, Fr.mul(v, Fr.pow(s[k]!, BigInt(c)))), 0n);
        assert.equal(entry, b === c ? 1n : 0n);
      });
    });
  });
});

describe('evaluation paths agree at random points', () => {
  for (const name of ['squares', 'io', 'exit', 'image', 'table']) {
    it(name, async () => {
      const built = layout(toySystem());
      const chip = built.chips.find((candidate) => candidate.chip.name === name)!;
      const names = built.challenges;
      const values = challengeValues(names, challenges, Fr.mul);
      const n = 8;
      const columns = await Promise.all(
        chip.columns.map(async ({ stage }) => polynomial(random(n), stage === 'fixed' ? [] : random(2))),
      );
      const z = random(1)[0]!;
      const atZ = await evaluatePolynomials(engine, columns, z);
      const expected = evaluateProgram(chip.program, scalarRing, atZ, values)[0]!;

      // Constraint by constraint from the declarations, with explicit powers of y.
      const single = chip.constraints.reduce((sum, { expression }, i) => {
        const value = evaluateTree(
          expression,
          (column) => atZ[chip.columns.indexOf(column)]!,
          (c) => values[names.indexOf(c)]!,
        );
        return Fr.add(sum, Fr.mul(Fr.pow(challenges.y, BigInt(i)), value));
      }, 0n);
      assert.equal(single, expected, 'declarations');

      // The engine's kernel, on a vector that holds the point in one of its rows.
      const inputs = atZ.map((value) => {
        const vector = engine.vector(4);
        engine.write(vector, 0, [...random(2), value, ...random(1)]);
        return vector;
      });
      const out = engine.vector(4);
      await engine.evaluate(engine.compile(chip.program), inputs, values, [out]);
      assert.equal(engine.read(out, 2, 1)[0], expected, 'kernel');

      // Polynomial arithmetic, then the point.
      const C = evaluateProgram<Poly>(
        chip.program,
        polynomials,
        columns.map(full),
        values.map((v) => [v]),
      )[0]!;
      assert.equal(
        C.reduceRight((sum, c) => Fr.add(Fr.mul(sum, z), c), 0n),
        expected,
        'polynomials',
      );

      // Series: the top of the same polynomial.
      const terms = 5;
      const top = evaluateProgram(
        chip.program,
        seriesRing(terms),
        columns.map((f) => ({
          degree: 1,
          top: Array.from({ length: terms }, (_, i) => full(f)[n + 1 - i] ?? 0n),
        })),
        values.map((value) => seriesRing(terms).constant(value)),
      )[0]!;
      const highest = top.degree * (n + 1);
      assert.deepEqual(
        top.top,
        Array.from({ length: terms }, (_, i) => C[highest - i] ?? 0n),
        'series',
      );
    });
  }
});

function evaluateTree(
  e: ChipLayout['constraints'][number]['expression'],
  column: (c: ChipLayout['columns'][number]) => bigint,
  challenge: (name: string) => bigint,
): bigint {
  switch (e.op) {
    case 'constant':
      return Fr.from(e.value);
    case 'column':
      return column(e.column);
    case 'challenge':
      return challenge(e.name);
    default: {
      const left = evaluateTree(e.left, column, challenge);
      const right = evaluateTree(e.right, column, challenge);
      return e.op === 'add'
        ? Fr.add(left, right)
        : e.op === 'sub'
          ? Fr.sub(left, right)
          : Fr.mul(left, right);
    }
  }
}
