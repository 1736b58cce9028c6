import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addG1, equalG1, G1_GENERATOR, multiExpG1, multiplyG1 } from '../../sdk/src/curve/g1.ts';
import { decodeG2, encodeG2, G2_GENERATOR } from '../../sdk/src/curve/g2.ts';
import { pairingProductIsOne } from '../../sdk/src/curve/pairing.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import { rootOfUnity } from '../../sdk/src/field/roots.ts';
import type { AffinePoint, Engine, Points } from '../../sdk/src/kernels/contract.ts';
import { createReferenceEngine } from '../../sdk/src/kernels/reference/engine.ts';
import type { Srs } from '../../sdk/src/kzg/srs.ts';
import { openDevelopmentSrs } from '../../sdk/src/kzg/srs-development.ts';
import { encodeSrsFile, openSrsFile, srsDigest } from '../../sdk/src/kzg/srs-file.ts';
import {
  cacheDirectory,
  directoryStore,
  fileSource,
  writeWhole,
} from '../../sdk/src/platform/node-storage.ts';
import { bytesSource } from '../../sdk/src/platform/storage.ts';
import { MemoryStore } from './support.ts';

const engine = createReferenceEngine();

async function read(points: Points, from: Engine = engine): Promise<AffinePoint[]> {
  const bytes = await from.pointsToBytes(points, 0, points.length);
  const number = (at: number): bigint =>
    BigInt(`0x${Buffer.from(bytes.slice(at, at + 32).reverse()).toString('hex')}`);
  return Array.from({ length: points.length }, (_, i) => {
    const [x, y] = [number(64 * i), number(64 * i + 32)];
    return x === 0n && y === 0n ? null : { x, y };
  });
}

/** Opens with a list that collects warnings. */
async function open(
  store: MemoryStore | undefined,
  size = 64,
  seed = 'test',
): Promise<{ srs: Srs; warnings: string[] }> {
  const warnings: string[] = [];
  const srs = await openDevelopmentSrs({ seed, size, store, onWarning: (w) => warnings.push(w) });
  return { srs, warnings };
}

describe('development SRS', () => {
  it('is the powers of one τ, the τ of [τ]_2, and says that it is insecure', async () => {
    const { srs } = await open(undefined);
    const points = await read(await srs.monomial(engine, 10));
    assert.ok(equalG1(points[0], G1_GENERATOR));
    for (let i = 0; i + 1 < points.length; i += 21) {
      assert.ok(
        pairingProductIsOne([
          [points[i + 1], G2_GENERATOR],
          [multiplyG1(points[i], -1n), srs.tauG2],
        ]),
      );
    }
    assert.equal(srs.insecure, true);
    assert.match(srs.provenance, /insecure/);
  });

  it('depends on the seed and on nothing else', async () => {
    const [a, b, c] = [await open(undefined), await open(undefined, 128), await open(undefined, 64, 'other')];
    assert.equal(a.srs.digest, b.srs.digest);
    assert.notEqual(a.srs.digest, c.srs.digest);
    assert.equal(a.srs.digest, await srsDigest(a.srs.tauG2, true));
    assert.notEqual(a.srs.digest, await srsDigest(a.srs.tauG2, false));
  });

  for (const [t, height] of [
    [1, 8],
    [3, 4],
    [8, 1],
    [2, 16],
  ] as const) {
    it(`commits in evaluation form as in coefficient form, packing ${t}, height ${height}`, async () => {
      const { srs } = await open(undefined);
      const monomial = await read(await srs.monomial(engine, 64));
      const omega = rootOfUnity(height);
      for (let i = 0; i < t; i++) {
        const points = await read(await srs.evaluationBasis(engine, t, height, i));
        assert.equal(points.length, height + 3);
        // A column by its coefficients: 1 + 2X + 3X² …, and its values on H.
        const coefficients = Array.from({ length: height }, (_, k) => BigInt(k + 1));
        const values = coefficients.map((_, j) =>
          coefficients.reduceRight((sum, c) => Fr.from(sum * Fr.pow(omega, BigInt(j)) + c), 0n),
        );
        const strided = coefficients.map((_, k) => monomial[i + t * k]);
        assert.ok(equalG1(multiExpG1(points.slice(0, height), values), multiExpG1(strided, coefficients)));
        for (let m = 0; m < 3; m++) {
          const expected = addG1(monomial[i + t * (height + m)], multiplyG1(monomial[i + t * m], -1n));
          assert.ok(equalG1(points[height + m], expected), `blinding ${m} of residue ${i}`);
        }
      }
    });
  }

  it('gives two blinding points where there is no power for a third, and refuses fewer', async () => {
    const { srs } = await open(undefined, 4 * (8 + 2));
    assert.equal((await srs.evaluationBasis(engine, 4, 8, 3)).length, 10);
    await assert.rejects(srs.evaluationBasis(engine, 4, 16, 0), {
      code: 'SRS_TOO_SMALL',
      message: /72 powers/,
    });
    const { srs: short } = await open(undefined, 4 * (8 + 2) - 1);
    await assert.rejects(short.evaluationBasis(engine, 4, 8, 0), { code: 'SRS_TOO_SMALL' });
    await assert.rejects(short.monomial(engine, 40), { code: 'SRS_TOO_SMALL' });
  });

  it('computes once per engine, also when asked twice at once, and again after release', async () => {
    const own = createReferenceEngine();
    const { srs } = await open(undefined);
    const [a, b] = await Promise.all([srs.evaluationBasis(own, 2, 8, 1), srs.evaluationBasis(own, 2, 8, 1)]);
    assert.equal(a, b);
    assert.equal(await srs.monomial(own, 5), await srs.monomial(own, 6));
    srs.release(own);
    assert.equal(own.memory().used, 0);
    assert.notEqual(await srs.evaluationBasis(own, 2, 8, 1), a);
  });

  it('gives back what it holds where the making of a basis stops', async () => {
    const own = createReferenceEngine();
    const srs = await openDevelopmentSrs({
      seed: 'test',
      size: 64,
      onProgress: ({ done, total }) => {
        if (done > 0 && done < total) throw new Error('stopped');
      },
    });
    await assert.rejects(srs.evaluationBasis(own, 4, 4, 0), /stopped/);
    assert.equal(own.memory().used, 0);
  });

  it('reports progress up to the total', async () => {
    const events: number[] = [];
    const srs = await openDevelopmentSrs({
      seed: 'p',
      size: 64,
      onProgress: ({ done, total }) => events.push(done / total),
    });
    await srs.evaluationBasis(engine, 4, 4, 0);
    assert.equal(events[0], 0);
    assert.equal(events.at(-1), 1);
    assert.deepEqual(
      events,
      [...events].sort((x, y) => x - y),
    );
  });
});

describe('SRS cache', () => {
  const basisOf = async (srs: Srs): Promise<AffinePoint[]> =>
    read(await srs.evaluationBasis(engine, 2, 8, 1));
  let expected: AffinePoint[];
  let filled: MemoryStore;
  beforeEach(async () => {
    filled = new MemoryStore();
    const { srs } = await open(filled);
    expected = await basisOf(srs);
    await srs.monomial(engine, 20);
    srs.release(engine);
    assert.equal(filled.writes, 2);
  });

  /** Opens a fresh SRS on the store and requires the right points, and these warnings. */
  async function reopened(pattern?: RegExp): Promise<void> {
    const { srs, warnings } = await open(filled);
    assert.deepEqual(await basisOf(srs), expected);
    srs.release(engine);
    if (pattern === undefined) assert.deepEqual(warnings, []);
    else {
      assert.equal(warnings.length, 1);
      assert.match(warnings[0], pattern);
    }
  }

  it('is used the next time', async () => {
    await reopened();
    assert.equal(filled.writes, 2);
    const { srs } = await open(filled);
    assert.equal((await srs.monomial(engine, 20)).length, 64);
    assert.equal(filled.writes, 2);
  });

  for (const [what, change, pattern] of [
    [
      'a flipped bit of a point',
      (b: Uint8Array) => {
        b[b.length - 5] ^= 4;
        return b;
      },
      /digest of chunk 0/,
    ],
    [
      'a flipped bit of the header',
      (b: Uint8Array) => {
        b[35] ^= 1;
        return b;
      },
      /digest of the header/,
    ],
    ['a truncated file', (b: Uint8Array) => b.slice(0, b.length - 64), /truncated/],
    ['an empty file', () => new Uint8Array(), /too short/],
    ['trailing bytes', (b: Uint8Array) => new Uint8Array([...b, 0]), /bytes follow/],
    ['a file of another program', (b: Uint8Array) => b.fill(65), /not an SRS file/],
    [
      'another version',
      (b: Uint8Array) => {
        b[8] = 9;
        return b;
      },
      /version 9/,
    ],
  ] as const) {
    it(`reports ${what} and makes it again`, async () => {
      const name = filled.only(/-t2-n8-/);
      filled.change(name, change);
      await reopened(pattern);
      assert.equal(filled.writes, 3);
      await reopened();
    });
  }

  it('reports the file of another SRS under its name and makes it again', async () => {
    const other = new MemoryStore();
    const { srs } = await open(other, 64, 'other seed');
    await basisOf(srs);
    srs.release(engine);
    const foreign = other.blobs.get(other.only(/-t2-n8-/))!;
    filled.change(filled.only(/-t2-n8-/), () => foreign);
    await reopened(/belongs to another SRS/);
    await reopened();
  });

  it('never takes a secure file for an insecure one', async () => {
    const name = filled.only(/-t2-n8-/);
    const file = await openSrsFile((await filled.open(name))!);
    const payload = await file.points(0, file.header.count);
    const relabelled = await encodeSrsFile({ ...file.header, insecure: false }, payload);
    filled.change(name, () => new Uint8Array(Buffer.concat(relabelled)));
    await reopened(/belongs to another SRS/);
  });

  it('marks every file of a development SRS insecure', async () => {
    for (const name of filled.blobs.keys()) {
      const { header } = await openSrsFile((await filled.open(name))!);
      assert.equal(header.insecure, true);
      assert.match(header.provenance, /insecure/);
      assert.deepEqual(decodeG2(encodeG2(header.tauG2), { where: '', infinity: 'reject' }), header.tauG2);
    }
  });

  for (const code of ['ENOSPC', 'EROFS', 'EACCES']) {
    it(`goes on in memory where writing fails with ${code}`, async () => {
      const store = new MemoryStore();
      store.refuse = code;
      const { srs, warnings } = await open(store);
      assert.deepEqual(await basisOf(srs), expected);
      assert.equal(warnings.length, 1);
      assert.match(warnings[0], new RegExp(`${code}.*going on without`));
    });
  }

  it('replaces a prefix of the powers by a longer one without a word', async () => {
    const store = new MemoryStore();
    const first = await open(store, 16);
    await first.srs.monomial(engine, 16);
    const second = await open(store, 64);
    assert.equal((await second.srs.monomial(engine, 64)).length, 64);
    assert.deepEqual(second.warnings, []);
    assert.equal(store.writes, 2);
  });

  it('reads a prefix without the rest, and checks it', async () => {
    const count = (1 << 14) + 5;
    const payload = new Uint8Array(64 * count).map((_, i) => i);
    const header = {
      kind: 'monomial',
      insecure: true,
      t: 0,
      height: 0,
      count,
      size: count,
      digest: '00'.repeat(32),
      tauG2: G2_GENERATOR,
      provenance: 'test',
    } as const;
    const bytes = new Uint8Array(Buffer.concat(await encodeSrsFile(header, payload)));
    let most = 0;
    const source = bytesSource(bytes, 'x');
    const watched = {
      ...source,
      read: (offset: number, length: number) => {
        most = Math.max(most, offset + length);
        return source.read(offset, length);
      },
    };
    const file = await openSrsFile(watched);
    assert.deepEqual(file.header, header);
    assert.deepEqual(await file.points(3, 7), payload.slice(3 * 64, 10 * 64));
    assert.ok(most < bytes.length - 4 * 64);
    const across = await file.points((1 << 14) - 2, 5);
    assert.deepEqual(across, payload.slice(64 * ((1 << 14) - 2), 64 * ((1 << 14) + 3)));
    await assert.rejects(file.points(count - 1, 2), RangeError);
    bytes[bytes.length - 1] ^= 1;
    assert.deepEqual(await file.points(0, 4), payload.slice(0, 256));
    await assert.rejects(file.points(count - 1, 1), { code: 'SRS_MALFORMED', message: /chunk 1/ });
  });
});

describe('SRS cache on disk', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'wattest-srs-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('makes the folder, leaves no temporary file, and is read back', async () => {
    const store = directoryStore(join(directory, 'a', 'b'));
    const srs = await openDevelopmentSrs({ seed: 'disk', size: 32, store });
    const made = await read(await srs.monomial(engine, 32));
    assert.deepEqual(
      (await readdir(join(directory, 'a', 'b'))).map((name) => name.replace(/-.*-/, '-*-')),
      ['srs-*-monomial.bin'],
    );
    const again = await openDevelopmentSrs({ seed: 'disk', size: 32, store });
    assert.deepEqual(await read(await again.monomial(engine, 32)), made);
  });

  it('warns and goes on where the cache cannot be a folder', async () => {
    const path = join(directory, 'file');
    await writeFile(path, 'in the way');
    const warnings: string[] = [];
    const store = directoryStore(path);
    const srs = await openDevelopmentSrs({ seed: 'x', size: 8, store, onWarning: (w) => warnings.push(w) });
    assert.equal((await srs.monomial(engine, 8)).length, 8);
    assert.ok(warnings.length >= 1);
    assert.match(warnings.join('\n'), /ENOTDIR|EEXIST/);
  });

  it('leaves nothing behind where a file cannot be put in place', async () => {
    await mkdir(join(directory, 'taken.bin'));
    await assert.rejects(writeWhole(join(directory, 'taken.bin'), [new Uint8Array(10)]));
    assert.deepEqual(await readdir(directory), ['taken.bin']);
  });

  it('names a user file that is not there', async () => {
    await assert.rejects(fileSource(join(directory, 'none.ptau')), {
      code: 'FILE_UNREADABLE',
      message: /no such file or folder/,
    });
    await assert.rejects(fileSource(directory), { code: 'FILE_UNREADABLE' });
  });

  it('stands where each system keeps caches', () => {
    assert.equal(cacheDirectory({ XDG_CACHE_HOME: '/x' }, 'linux'), join('/x', 'wattest'));
    assert.match(cacheDirectory({}, 'linux'), /\.cache.wattest$/);
    assert.match(cacheDirectory({}, 'darwin'), /Library.Caches.wattest$/);
    assert.equal(cacheDirectory({ LOCALAPPDATA: 'L' }, 'win32'), join('L', 'wattest'));
    assert.equal(cacheDirectory({ WATTEST_CACHE_DIR: '/own' }, 'linux'), '/own');
  });
});
