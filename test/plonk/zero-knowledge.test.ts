/**
 * What a proof shows and how much randomness hides it: the visible values are linear in the blinding, and their rank is as
 * large as what the identity leaves free. Commitments count as evaluations at τ.
 */
import assert from 'node:assert/strict';
import { Fr } from '../../sdk/src/field/field.ts';
import { rootOfUnity } from '../../sdk/src/field/roots.ts';
import { createReferenceEngine } from '../../sdk/src/kernels/reference/engine.ts';
import { machineSystem } from '../../sdk/src/machine/system.ts';
import { evaluatePolynomials, type Polynomial } from '../../sdk/src/plonk/columns/polynomial.ts';
import { Scratch } from '../../sdk/src/plonk/columns/scratch.ts';
import { layout } from '../../sdk/src/plonk/declare/layout.ts';
import { schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import { emptyQuotient, maskChunks, maskCount } from '../../sdk/src/plonk/prove/quotient.ts';
import { platformRandom, randomScalars } from '../../sdk/src/plonk/prove/randomness.ts';
import { makeToy, proveToy, toySystem } from './toy.ts';

const engine = createReferenceEngine();
const N = 16;
const [tau, z] = randomScalars(platformRandom, 2) as [bigint, bigint];
const omega = rootOfUnity(N);

function rank(rows: readonly (readonly bigint[])[]): number {
  const m = rows.map((row) => [...row]);
  let found = 0;
  for (let c = 0; c < m[0]!.length; c++) {
    const pivot = m.findIndex((row, i) => i >= found && row[c] !== 0n);
    if (pivot < 0) continue;
    [m[found], m[pivot]] = [m[pivot]!, m[found]!];
    const inverse = Fr.inv(m[found]![c]!);
    m.forEach((row, i) => {
      if (i === found || row[c] === 0n) return;
      const factor = Fr.mul(row[c]!, inverse);
      row.forEach((value, k) => {
        row[k] = Fr.sub(value, Fr.mul(factor, m[found]![k]!));
      });
    });
    found++;
  }
  return found;
}

/** Columns of the matrix: what is visible when one blinding coefficient is 1 and all else 0. */
async function columnsOf(
  count: number,
  visible: (unit: (index: number) => bigint) => Promise<bigint[]>,
): Promise<bigint[][]> {
  const columns: bigint[][] = [];
  for (let k = 0; k < count; k++) columns.push(await visible((index) => (index === k ? 1n : 0n)));
  return columns;
}

const blinded = (blinding: readonly bigint[]): Polynomial => ({ coefficients: engine.vector(N), blinding });

describe('zero knowledge', () => {
  for (const [width, t] of [
    [1, 1],
    [3, 4],
    [8, 8],
    [16, 16],
  ] as const) {
    it(`a pack of ${width} columns at t = ${t} shows ${width} values and a commitment, all independent`, async () => {
      const matrix = await columnsOf(2 * width, async (unit) => {
        const pack = Array.from({ length: width }, (_, i) => blinded([unit(2 * i), unit(2 * i + 1)]));
        const values = await evaluatePolynomials(engine, pack, z);
        const atTau = await evaluatePolynomials(engine, pack, Fr.pow(tau, BigInt(t)));
        const commitment = atTau.reduce(
          (sum, value, i) => Fr.add(sum, Fr.mul(value, Fr.pow(tau, BigInt(i)))),
          0n,
        );
        return [...values, commitment];
      });
      assert.equal(rank(matrix), width + 1);
    });
  }

  for (const [t, heights] of [
    [4, [N, N / 2, N / 2]],
    [6, [N / 2, N, N / 2, N]],
    [15, [...new Array<number>(7).fill(N), ...new Array<number>(8).fill(N / 2)]],
  ] as const) {
    it(`a pack of columns of heights ${[...new Set(heights)].join(' and ')} at t = ${t} shows the same`, async () => {
      const matrix = await columnsOf(2 * heights.length, async (unit) => {
        const pack = heights.map(
          (n, i): Polynomial => ({
            coefficients: engine.vector(n),
            blinding: [unit(2 * i), unit(2 * i + 1)],
          }),
        );
        const at = async (x: bigint): Promise<bigint[]> =>
          (await Promise.all(pack.map((f) => evaluatePolynomials(engine, [f], x)))).flat();
        const commitment = (await at(Fr.pow(tau, BigInt(t)))).reduce(
          (sum, value, i) => Fr.add(sum, Fr.mul(value, Fr.pow(tau, BigInt(i)))),
          0n,
        );
        return [...(await at(z)), commitment];
      });
      assert.equal(rank(matrix), heights.length + 1);
    });
  }

  it('φ shows two values and a commitment: its three coefficients are exactly enough', async () => {
    const visible = async (blinding: readonly bigint[]): Promise<bigint[]> => {
      const phi = [blinded(blinding)];
      return (
        await Promise.all([z, Fr.mul(omega, z), tau].map((x) => evaluatePolynomials(engine, phi, x)))
      ).flat();
    };
    assert.equal(rank(await columnsOf(3, (unit) => visible([unit(0), unit(1), unit(2)]))), 3);
    assert.equal(rank(await columnsOf(2, (unit) => visible([unit(0), unit(1)]))), 2);
  });

  for (const [maxDegree, tQuotient] of [
    [4, 4],
    [4, 3],
    [4, 2],
    [5, 4],
  ] as const) {
    it(`the quotient of degree ${maxDegree} at t = ${tQuotient} shows nothing but Q(z)`, async () => {
      const chunks = maxDegree - 1;
      const packs = Math.ceil(chunks / tQuotient);
      const matrix = await columnsOf(maskCount(maxDegree), async (unit) => {
        const quotient = emptyQuotient(new Scratch(engine), N, maxDegree);
        maskChunks(
          engine,
          quotient,
          Array.from({ length: maskCount(maxDegree) }, (_, k) => unit(k)),
        );
        const at = (x: bigint): bigint[] =>
          quotient.chunks.map((chunk) =>
            engine.read(chunk, 0, chunk.length).reduceRight((sum, c) => Fr.add(Fr.mul(sum, x), c), 0n),
          );
        const atTau = at(Fr.pow(tau, BigInt(tQuotient)));
        const commitments = Array.from({ length: packs }, (_, g) =>
          atTau
            .slice(g * tQuotient, (g + 1) * tQuotient)
            .reduce((sum, value, i) => Fr.add(sum, Fr.mul(value, Fr.pow(tau, BigInt(i)))), 0n),
        );
        return [...at(z), ...commitments];
      });
      // Of the visible ones, the identity at z fixes one combination and no more.
      assert.equal(rank(matrix), chunks + packs - 1);
    });
  }

  for (const [name, system] of [
    ['toy', toySystem()],
    ['machine', machineSystem()],
  ] as const) {
    it(`no column of the ${name} is opened more often than it is blinded`, () => {
      const { packs, claims } = schedule(layout(system).shape);
      // Scalars a column takes; the prover asks for exactly these (checklist.test.ts).
      const blinding = { main: 2, helper: 2, phi: 3 } as const;
      const columns = new Set<string>();
      packs.forEach(({ stage, columns: shared, count }, i) => {
        const points = claims.filter(({ pack }) => pack === i);
        assert.ok(points.length > 0, `${stage} pack ${i} is never opened`);
        // Fixed columns are public; the quotient's masks have their own test above.
        if (stage === 'fixed' || stage === 'quotient') return;
        // Each point shows a value of every column, and the commitment is one more combination.
        assert.equal(points.length + 1, blinding[stage], `${stage} pack ${i}`);
        assert.equal(new Set(points.map(({ at }) => at)).size, points.length, 'at different points');
        if (stage === 'phi') assert.equal(count, 1, 'φ stands alone');
        const names = stage === 'phi' ? ['phi'] : shared.map(([j, k]) => `${stage} ${j} ${k}`);
        for (const column of names) {
          assert.ok(!columns.has(column), `${column} is in one commitment only`);
          columns.add(column);
        }
      });
      const { chips } = layout(system).shape;
      assert.equal(columns.size, chips.reduce((sum, { main, helpers }) => sum + main + helpers, 0) + 1);
    });
  }

  it('two proofs of one witness have nothing in common but the fixed columns', async () => {
    const toy = await makeToy();
    const [a, b] = [await proveToy(toy), await proveToy(toy)];
    const words = ({ proof }: { proof: Uint8Array }): string[] =>
      Array.from({ length: (proof.length - 36) / 32 }, (_, i) =>
        Buffer.from(proof.subarray(36 + 32 * i, 68 + 32 * i)).toString('hex'),
      );
    const common = words(a).filter((word) => words(b).includes(word));
    assert.deepEqual(common, []);
  });

  it('scalars are uniform by wide reduction of 48 platform bytes', () => {
    const asked: number[] = [];
    const scalars = randomScalars((count) => {
      asked.push(count);
      return new Uint8Array(count).fill(255);
    }, 2);
    assert.deepEqual(asked, [48, 48]);
    assert.deepEqual(scalars, Array(2).fill(Fr.from((1n << 384n) - 1n)));
    assert.notDeepEqual(randomScalars(platformRandom, 1), randomScalars(platformRandom, 1));
  });
});
