import assert from 'node:assert/strict';
import { G1_GENERATOR, multiplyG1 } from '../../sdk/src/curve/g1.ts';
import { encodeG2, G2_GENERATOR, multiplyG2 } from '../../sdk/src/curve/g2.ts';
import { FR_MODULUS } from '../../sdk/src/field/field.ts';
import { rootOfUnity } from '../../sdk/src/field/roots.ts';
import type { Points } from '../../sdk/src/kernels/contract.ts';
import { createEngine, createReferenceEngine } from '../../sdk/src/kernels/index.ts';
import type { Srs } from '../../sdk/src/kzg/srs.ts';
import { openDevelopmentSrs } from '../../sdk/src/kzg/srs-development.ts';
import { type ImportPtauOptions, importPtau } from '../../sdk/src/kzg/srs-ptau.ts';
import { bytesSource } from '../../sdk/src/platform/storage.ts';
import { figure } from '../soundness/lib/report.ts';
import { ceremonyInMemory, encodePtau, honestPtau, MemoryStore, type PtauParts } from './support.ts';

const engine = createReferenceEngine();
const TAU = 0x1234567890abcdef1234567890abcdefn;
const POWER = 3;

function load(bytes: Uint8Array, options: ImportPtauOptions = {}): Promise<Srs> {
  return importPtau(bytesSource(bytes, 'folder/test.ptau'), engine, options);
}

const bytesOf = (points: Points): Promise<Uint8Array> => engine.pointsToBytes(points, 0, points.length);

describe('import of a .ptau ceremony file', () => {
  let honest: PtauParts;
  let good: Uint8Array;
  let refused = 0;
  before(() => {
    honest = honestPtau(TAU, POWER);
    good = encodePtau(honest);
  });
  after(() => figure(`${refused} bent ceremony files refused by name`));
  const bent = (change: Partial<PtauParts>): Uint8Array => encodePtau({ ...honest, ...change });
  const withG1 = (index: number, point: PtauParts['g1'][number]): Uint8Array =>
    bent({ g1: honest.g1.map((p, i) => (i === index ? point : p)) });

  it('takes all powers, or as many as asked for', async () => {
    const srs = await load(good);
    assert.equal(srs.size, 15);
    assert.equal(srs.insecure, false);
    assert.equal(srs.provenance, 'powers of tau of test.ptau');
    assert.deepEqual(encodeG2(srs.tauG2), encodeG2(multiplyG2(G2_GENERATOR, TAU)));
    const expected = await bytesOf(
      await engine.pointsFromBytes(await bytesOf(await srs.monomial(engine, 15))),
    );
    const scalars = engine.vector(15);
    engine.write(
      scalars,
      0,
      Array.from({ length: 15 }, (_, i) => TAU ** BigInt(i) % FR_MODULUS),
    );
    assert.deepEqual(await bytesOf(await engine.fixedBase(scalars)), expected);
    assert.equal((await load(good, { size: 9 })).size, 9);
    await assert.rejects(load(good, { size: 16 }), { code: 'SRS_TOO_SMALL' });
  });

  it('reads what the usual tool writes', async () => {
    const { end } = await ceremonyInMemory(4, 'entropy');
    const srs = await load(end);
    assert.equal(srs.size, 31);
    assert.equal((await srs.evaluationBasis(engine, 2, 8, 1)).length, 8 + 3);
  });

  it('refuses a file without any contribution: its τ is 1, and everything would verify', async () => {
    const { start } = await ceremonyInMemory(4, 'entropy');
    await assert.rejects(load(start), {
      code: 'SRS_INVALID',
      message: /\[τ\]_2 = \[1\]_2/,
    });
  });

  it('makes the evaluation basis that a known τ gives', async () => {
    const srs = await load(good);
    const [t, n] = [2, 4];
    const point = TAU ** BigInt(t) % FR_MODULUS;
    const omega = rootOfUnity(n);
    for (let i = 0; i < t; i++) {
      const basis = await srs.evaluationBasis(engine, t, n, i);
      for (let j = 0; j < n; j++) {
        let lagrange = 0n;
        for (let k = 0; k < n; k++) {
          const exponent = (n - ((j * k) % n)) % n;
          lagrange += point ** BigInt(k) * omega ** BigInt(exponent);
        }
        const quarter = (3n * FR_MODULUS + 1n) / 4n;
        const scalar = TAU ** BigInt(i) * (lagrange % FR_MODULUS) * quarter;
        const expected = multiplyG1(G1_GENERATOR, scalar)!;
        const bytes = await engine.pointsToBytes(basis, j, 1);
        assert.equal(BigInt(`0x${Buffer.from(bytes.slice(0, 32).reverse()).toString('hex')}`), expected.x);
      }
      assert.equal(basis.length, n + 3);
    }
  });

  it('makes the evaluation bases of a development SRS from its powers alone, also in the kernels', async () => {
    const fast = await createEngine({ threads: 2 });
    const development = await openDevelopmentSrs({ seed: 'both ways', size: 127 });
    const bytes = await fast.pointsToBytes(await development.monomial(fast, 127), 0, 127);
    const number = (at: number): bigint =>
      BigInt(`0x${Buffer.from(bytes.slice(at, at + 32).reverse()).toString('hex')}`);
    const g1 = Array.from({ length: 127 }, (_, i) => ({ x: number(64 * i), y: number(64 * i + 32) }));
    const g2 = Array.from({ length: 64 }, (_, i) => (i === 0 ? G2_GENERATOR : development.tauG2));
    const file = encodePtau({ power: 6, g1, g2 });
    const imported = await importPtau(bytesSource(file, 'development.ptau'), fast);
    for (const [t, n] of [
      [1, 64],
      [3, 32],
      [8, 8],
    ] as const) {
      for (let i = 0; i < t; i++) {
        const [ours, theirs] = [
          await imported.evaluationBasis(fast, t, n, i),
          await development.evaluationBasis(fast, t, n, i),
        ];
        assert.equal(ours.length, theirs.length);
        assert.deepEqual(
          await fast.pointsToBytes(ours, 0, ours.length),
          await fast.pointsToBytes(theirs, 0, ours.length),
          `residue ${i} of ${t}, height ${n}`,
        );
      }
    }
    await fast.dispose();
  });

  it('keeps checked powers in the store and does not check them again', async () => {
    const store = new MemoryStore();
    const first = await load(good, { store });
    assert.equal(store.writes, 1);
    const points = await bytesOf(await first.monomial(engine, 15));
    let checks = 0;
    const counting = {
      ...engine,
      firstOffCurve: (b: Uint8Array) => {
        checks++;
        return engine.firstOffCurve(b);
      },
    };
    const second = await importPtau(bytesSource(good, 'again.ptau'), counting, { store });
    assert.equal(checks, 0);
    assert.deepEqual(await bytesOf(await second.monomial(engine, 15)), points);
  });

  it('imports again what was damaged in the store', async () => {
    const store = new MemoryStore();
    const points = await bytesOf(await (await load(good, { store })).monomial(engine, 15));
    const damage = (): void =>
      store.change(store.only(/monomial/), (b) => {
        b[b.length - 100]! ^= 1;
        return b;
      });
    damage();
    const warnings: string[] = [];
    const options = { store, onWarning: (w: string) => void warnings.push(w) };
    const srs = await load(good, options);
    assert.deepEqual([store.writes, warnings.length], [2, 1]);
    assert.match(warnings[0], /digest of chunk 0 does not match; it is made again/);
    assert.deepEqual(await bytesOf(await srs.monomial(engine, 15)), points);
    // Damaged while it is in use: named, and the fix helps.
    const used = await load(good, options);
    damage();
    await assert.rejects(used.monomial(engine, 15), {
      code: 'SRS_INVALID',
      message: /no longer in the cache/,
    });
    const again = await load(good, options);
    assert.deepEqual(await bytesOf(await again.monomial(engine, 15)), points);
  });

  it('names the first of two bad points in G2, and leaves no rejection behind', async () => {
    const late: unknown[] = [];
    const listen = (reason: unknown): void => void late.push(reason);
    process.on('unhandledRejection', listen);
    try {
      const at = good.length - 8 * 128;
      const both = good.slice().fill(255, at, at + 256);
      await assert.rejects(load(both), { code: 'SRS_INVALID', message: /a coordinate of G2 is not below p/ });
      const other = both.slice();
      other.set(good.subarray(at + 128, at + 256), at);
      await assert.rejects(load(other), { code: 'SRS_INVALID', message: /\[τ\^0\]_2 is not the generator/ });
      await new Promise((resolve) => setTimeout(resolve, 20));
      assert.deepEqual(late, []);
    } finally {
      process.off('unhandledRejection', listen);
    }
  });

  it('goes on in memory where the store refuses', async () => {
    const store = new MemoryStore();
    store.refuse = 'ENOSPC';
    const warnings: string[] = [];
    const srs = await load(good, { store, onWarning: (w) => warnings.push(w) });
    assert.match(warnings[0], /ENOSPC/);
    assert.equal((await srs.monomial(engine, 15)).length, 15);
  });

  const malformed: readonly (readonly [string, () => Uint8Array, RegExp])[] = [
    ['another kind of file', () => good.slice().fill(0, 0, 4), /not a \.ptau/],
    [
      'another version',
      () => {
        const b = good.slice();
        b[4] = 2;
        return b;
      },
      /version 2/,
    ],
    ['another curve', () => bent({ prime: FR_MODULUS }), /another curve/],
    ['a cut in the container', () => good.slice(0, 40), /truncated/],
    ['a cut in the powers', () => good.slice(0, 200), /truncated in section 2/],
    ['a cut at the end', () => good.slice(0, good.length - 1), /truncated in section 3/],
    ['nothing', () => new Uint8Array(), /truncated/],
    ['fewer powers than announced', () => bent({ g1: honest.g1.slice(1) }), /section 2 has/],
    ['fewer powers in G2 than announced', () => bent({ g2: honest.g2.slice(1) }), /section 3 has/],
    ['an impossible power', () => bent({ power: 60 }), /power 60/],
    [
      'a missing section',
      () => {
        const b = good.slice();
        b[8] = 2;
        return b;
      },
      /section 3 .* missing/,
    ],
  ];
  for (const [what, bytes, pattern] of malformed) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(load(bytes()), { code: 'SRS_MALFORMED', message: pattern });
      refused++;
    });
  }

  const G = G1_GENERATOR;
  const invalid: readonly (readonly [string, () => Uint8Array, RegExp])[] = [
    ['a point off the curve', () => withG1(5, { x: 1n, y: 3n }), /\[τ\^5\]_1 is not a point/],
    [
      'a coordinate that is not below p',
      () => {
        const b = good.slice();
        b.fill(255, 128, 128 + 32);
        return b;
      },
      /not a point/,
    ],
    ['a first power that is not the generator', () => withG1(0, multiplyG1(G, 2n)), /\[τ\^0\]_1/],
    ['infinity among the powers', () => withG1(4, null), /\[τ\^4\]_1 is the point at infinity/],
    ['the generator among the powers', () => withG1(8, G), /\[τ\^8\]_1 = \[1\]_1/],
    ['one wrong power', () => withG1(7, multiplyG1(G, 5n)), /pairing/],
    ['the last power wrong', () => withG1(14, multiplyG1(G, 5n)), /pairing/],
    [
      'two powers swapped',
      () => bent({ g1: honest.g1.map((_, i, all) => all[i === 3 ? 4 : i === 4 ? 3 : i]) }),
      /pairing/,
    ],
    ['[τ]_2 of another τ', () => bent({ g2: honestPtau(TAU + 1n, POWER).g2 }), /pairing/],
    ['[τ]_2 = [1]_2', () => bent({ g2: honest.g2.map(() => G2_GENERATOR) }), /\[τ\]_2 = \[1\]_2/],
    [
      '[τ]_2 at infinity',
      () => bent({ g2: honest.g2.map((p, i) => (i === 1 ? null : p)) }),
      /not a point of the group G2/,
    ],
    [
      'another generator of G2',
      () => bent({ g2: honest.g2.map((p, i) => (i === 0 ? honest.g2[1] : p)) }),
      /\[τ\^0\]_2/,
    ],
    [
      '[τ]_2 off the twist',
      () => bent({ g2: honest.g2.map((p, i) => (i === 1 ? { ...p!, y: p!.x } : p)) }),
      /not a point of the group G2/,
    ],
    [
      'a τ of small order, which would undo the blinding',
      () => encodePtau(honestPtau(rootOfUnity(8), POWER)),
      /τ has order 8/,
    ],
  ];
  for (const [what, bytes, pattern] of invalid) {
    it(`refuses ${what}`, async () => {
      await assert.rejects(load(bytes()), { code: 'SRS_INVALID', message: pattern });
      refused++;
    });
  }
});
