/**
 * Import of a powers-of-tau ceremony file (`.ptau`, the binary container of the iden3 tools). Layout, integers
 * little-endian: `ptau`, u32 version 1, u32 number of sections, then sections `u32 type, u64 bytes, data`. Section 1:
 * u32 bytes per coordinate, prime, u32 power, u32 ceremony power. Section 2: `[τ^i]_1` for `i < 2^(power+1) − 1`.
 * Section 3: `[τ^i]_2` for `i < 2^power`. Coordinates in Montgomery form, `R = 2^256`, an element of Fq² real part first.
 *
 * Nothing in the file is believed: points are checked to be on the curve and in the group, and consecutive powers to
 * have one ratio, by a pairing, and τ to be none that everybody knows. What cannot be checked is that τ was forgotten.
 */
import { addG1, equalG1, G1_GENERATOR, type G1Point, multiplyG1, negateG1 } from '../curve/g1.ts';
import { equalG2, G2_GENERATOR, type G2Point, isInG2 } from '../curve/g2.ts';
import { pairingProductIsOne } from '../curve/pairing.ts';
import { fail } from '../errors/index.ts';
import { FQ_MODULUS, Fq } from '../field/field.ts';
import type { Engine, Points } from '../kernels/contract.ts';
import type { ByteSource } from '../platform/storage.ts';
import { powersOf } from './ceremony-files.ts';
import { knownTau } from './known-tau.ts';
import { createSrs, type Srs, type SrsBackend, type SrsIdentity } from './srs.ts';
import { readCached, writeCached } from './srs-cache.ts';
import { POINT_BYTES, type SrsFile, srsDigest } from './srs-file.ts';
import type { SrsOptions } from './srs-options.ts';

export interface ImportPtauOptions extends SrsOptions {
  /** How many powers to take; default all the file has. */
  readonly size?: number;
}

interface PtauFile {
  readonly tauG1: { readonly at: number; readonly count: number };
  readonly tauG2: NonNullable<G2Point>;
}

const COORDINATE_BYTES = 32;
const G2_POINT_BYTES = 128;

/**
 * Reads, checks and opens a ceremony file; the source may be closed afterwards. Checked powers go to the store, so a
 * second import of the same ceremony is quick: only their digests are compared, and damaged ones are imported again.
 *
 * `SRS_MALFORMED`: not a whole .ptau file of BN254. `SRS_INVALID`: its points fail a check. `SRS_TOO_SMALL`: fewer than
 * `size` powers.
 */
export async function importPtau(
  source: ByteSource,
  engine: Engine,
  options: ImportPtauOptions = {},
): Promise<Srs> {
  const file = await readPtau(source);
  const size = options.size ?? file.tauG1.count;
  if (!(Number.isSafeInteger(size) && size >= 2)) throw new RangeError(`an SRS of ${size} powers`);
  if (size > file.tauG1.count) {
    fail('SRS_TOO_SMALL', `the file has ${file.tauG1.count} powers of τ, ${size} are asked for`, {
      where: source.name,
      fix: 'Use a file of a larger ceremony',
    });
  }
  const identity: SrsIdentity = {
    size,
    insecure: false,
    provenance: `powers of tau of ${source.name.split(/[\\/]/).at(-1)}`,
    digest: await srsDigest(file.tauG2, false),
    tauG2: file.tauG2,
  };
  const powersHeader = { ...identity, kind: 'monomial', t: 0, height: 0, count: size } as const;
  const intact = async (stored: SrsFile): Promise<true> => {
    await stored.check(size);
    return true;
  };
  const known = await readCached(powersHeader, intact, options);
  let bytes: Uint8Array | undefined;
  if (known !== true) {
    const checked = await checkedPowers(source, engine, file, size);
    if (!(await writeCached(powersHeader, async () => checked, options))) bytes = checked;
  }

  /** Bytes of `count` powers, from memory or the store; a store that lost them meanwhile is an error. */
  const read = async (count: number): Promise<Uint8Array> => {
    if (bytes !== undefined) return bytes.subarray(0, count * POINT_BYTES);
    const cached = await readCached(powersHeader, (stored) => stored.points(0, count), options);
    return (
      cached ??
      fail('SRS_INVALID', 'the imported powers are no longer in the cache', {
        where: identity.provenance,
        fix: 'Import the ceremony file again',
      })
    );
  };
  return createSrs(identity, importedBackend(read, options), options);
}

/** A backend over canonical bytes of the powers. */
function importedBackend(
  read: (count: number) => Promise<Uint8Array>,
  { onProgress }: SrsOptions,
): SrsBackend {
  return {
    cacheMonomial: false,
    monomial: async (engine, count) => engine.pointsFromBytes(await read(count)),
    evaluationBasis: async (engine, t, height, blinding, receive) => {
      const powers = await read(t * (height + blinding));
      const point = (k: number): Uint8Array => powers.subarray(k * POINT_BYTES, (k + 1) * POINT_BYTES);
      const length = height + blinding;
      const what = `basis of height ${height}`;
      for (let i = 0; i < t; i++) {
        onProgress?.({ what, done: i * length, total: t * length });
        const bytes = new Uint8Array(length * POINT_BYTES);
        for (let k = 0; k < height; k++) bytes.set(point(i + t * k), k * POINT_BYTES);
        const basis = await engine.pointsFromBytes(bytes.subarray(0, height * POINT_BYTES));
        await engine.groupInterpolate(basis);
        bytes.set(await engine.pointsToBytes(basis, 0, height), 0);
        engine.free(basis);
        for (let m = 0; m < blinding; m++) {
          const difference = addG1(
            fromLittleEndian(point(i + t * (height + m))),
            negateG1(fromLittleEndian(point(i + t * m))),
          );
          bytes.set(toLittleEndian(difference), (height + m) * POINT_BYTES);
        }
        await receive(i, await engine.pointsFromBytes(bytes));
      }
      onProgress?.({ what, done: t * length, total: t * length });
    },
  };
}

/**
 * How many powers a file has, without a look at more of them than at `[τ]_2`.
 * @throws as {@link importPtau}
 */
export async function countPowers(source: ByteSource): Promise<number> {
  return (await readPtau(source)).tauG1.count;
}

/** The container, `[τ]_2` checked, G1 powers located. */
async function readPtau(source: ByteSource): Promise<PtauFile> {
  const malformed = (problem: string): never =>
    fail('SRS_MALFORMED', problem, { where: source.name, fix: 'Obtain the ceremony file again' });
  const read = async (at: number, length: number): Promise<DataView> => {
    if (at + length > source.size)
      malformed(`truncated: ends at byte ${source.size}, before byte ${at + length}`);
    const bytes = await source.read(at, length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  };
  const start = await read(0, 12);
  const magic = String.fromCharCode(...[0, 1, 2, 3].map((i) => start.getUint8(i)));
  if (magic !== 'ptau') malformed('not a .ptau file');
  if (start.getUint32(4, true) !== 1) malformed(`version ${start.getUint32(4, true)}, expected 1`);
  const count = start.getUint32(8, true);
  if (count > 64) malformed(`${count} sections`);
  const sections = new Map<number, { at: number; length: number }>();
  for (let i = 0, at = 12; i < count; i++) {
    const head = await read(at, 12);
    const type = head.getUint32(0, true);
    const length = Number(head.getBigUint64(4, true));
    if (at + 12 + length > source.size) malformed(`truncated in section ${type}`);
    if (sections.has(type)) malformed(`section ${type} occurs twice`);
    sections.set(type, { at: at + 12, length });
    at += 12 + length;
  }
  const section = (type: number, what: string): { at: number; length: number } =>
    sections.get(type) ?? malformed(`section ${type} (${what}) is missing`);

  const header = section(1, 'header');
  if (header.length !== 4 + COORDINATE_BYTES + 8) malformed('the header is not of BN254');
  const head = await read(header.at, header.length);
  const prime = littleEndian(new Uint8Array(head.buffer, head.byteOffset + 4, COORDINATE_BYTES));
  if (head.getUint32(0, true) !== COORDINATE_BYTES || prime !== FQ_MODULUS)
    malformed('made for another curve than BN254');
  const power = head.getUint32(4 + COORDINATE_BYTES, true);
  if (power < 1 || power > 28) malformed(`power ${power} is out of range`);

  const powers = powersOf({ power });
  const g1 = section(2, '[τ^i]_1');
  const g2 = section(3, '[τ^i]_2');
  if (g1.length !== powers * POINT_BYTES)
    malformed(`section 2 has ${g1.length} bytes, not ${powers * POINT_BYTES}`);
  if (g2.length !== 2 ** power * G2_POINT_BYTES) {
    malformed(`section 3 has ${g2.length} bytes, not ${2 ** power * G2_POINT_BYTES}`);
  }
  const invalid = (problem: string): never => invalidSrs(source, problem);
  // One after the other: a rejection that nobody waits for yet would end the process.
  const one = await readG2(source, g2.at);
  if (!equalG2(one, G2_GENERATOR)) invalid('[τ^0]_2 is not the generator of G2');
  const tauG2 = await readG2(source, g2.at + G2_POINT_BYTES);
  if (tauG2 === null || !isInG2(tauG2)) return invalid('[τ]_2 is not a point of the group G2');
  if (equalG2(tauG2, G2_GENERATOR)) invalid('[τ]_2 = [1]_2: τ is 1');
  const known = knownTau(tauG2);
  if (known !== undefined) invalid(`τ is ${known}, which is no secret: this is no ceremony`);
  return { tauG1: { at: g1.at, count: powers }, tauG2 };
}

/** Canonical bytes of the first `size` powers, after every check that can be made. */
async function checkedPowers(
  source: ByteSource,
  engine: Engine,
  file: PtauFile,
  size: number,
): Promise<Uint8Array> {
  const invalid = (problem: string): never => invalidSrs(source, problem);
  const raw = await source.read(file.tauG1.at, size * POINT_BYTES);
  const off = await engine.firstOffCurve(raw, 'montgomery');
  if (off >= 0) invalid(`[τ^${off}]_1 is not a point of the curve`);
  const points = await engine.pointsFromBytes(raw, 'montgomery');
  try {
    const bytes = await engine.pointsToBytes(points, 0, size);
    if (!equalG1(fromLittleEndian(bytes.subarray(0, POINT_BYTES)), G1_GENERATOR)) {
      invalid('[τ^0]_1 is not the generator of G1');
    }
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, size * 16);
    for (let i = 1; i < size; i++) {
      const rest = words.subarray(16 * i, 16 * i + 16);
      if (rest[0] !== 1 && rest[0] !== 0) continue;
      const point = fromLittleEndian(bytes.subarray(i * POINT_BYTES, (i + 1) * POINT_BYTES));
      if (point === null) invalid(`[τ^${i}]_1 is the point at infinity`);
      // τ^(t·n) = 1 would make Z_n(τ^t) vanish and commitments unblinded.
      if (equalG1(point, G1_GENERATOR)) invalid(`[τ^${i}]_1 = [1]_1: τ has order ${i}`);
    }
    const [low, high] = await randomSums(engine, points, size - 1);
    if (
      !pairingProductIsOne([
        [high, G2_GENERATOR],
        [negateG1(low), file.tauG2],
      ])
    ) {
      invalid('the powers of τ do not have one ratio (pairing check)');
    }
    return bytes;
  } finally {
    engine.free(points);
  }
}

/**
 * `Σ ρ_i·P_i` and `Σ ρ_i·P_{i+1}`, `i < count`, with uniform 128-bit ρ_i: both fit one ratio for a false list with
 * probability 2^-128.
 */
async function randomSums(engine: Engine, points: Points, count: number): Promise<[G1Point, G1Point]> {
  let sums: [G1Point, G1Point] = [null, null];
  const rho = engine.ints(count, 2);
  for (let half = 0; half < 2; half++) {
    const words = engine.words(rho);
    const random = new Uint32Array(Math.min(words.length, 1 << 14));
    for (let at = 0; at < words.length; at += random.length) {
      crypto.getRandomValues(random);
      words.set(random.subarray(0, Math.min(random.length, words.length - at)), at);
    }
    const low = await engine.msm([{ bases: points, scalars: rho }]);
    const high = await engine.msm([{ bases: points, offset: 1, scalars: rho }]);
    sums = [low, high].map((sum, i) => addG1(sum, multiplyG1(sums[i] as G1Point, 1n << 64n))) as [
      G1Point,
      G1Point,
    ];
  }
  engine.free(rho);
  return sums;
}

async function readG2(source: ByteSource, at: number): Promise<G2Point> {
  const bytes = await source.read(at, G2_POINT_BYTES);
  const [xr, xi, yr, yi] = [0, 1, 2, 3].map((i) =>
    fromMontgomery(littleEndian(bytes.subarray(32 * i, 32 * i + 32)), source),
  ) as [bigint, bigint, bigint, bigint];
  if ((xr | xi | yr | yi) === 0n) return null;
  return { x: { real: xr, imaginary: xi }, y: { real: yr, imaginary: yi } };
}

const MONTGOMERY_INVERSE = Fq.inv(Fq.from(1n << 256n));

function fromMontgomery(value: bigint, source: ByteSource): bigint {
  if (value >= FQ_MODULUS) invalidSrs(source, 'a coordinate of G2 is not below p');
  return Fq.mul(value, MONTGOMERY_INVERSE);
}

function invalidSrs(source: ByteSource, problem: string): never {
  return fail('SRS_INVALID', problem, {
    where: source.name,
    fix: 'Do not use this file; obtain it again from the ceremony and compare its published hash',
  });
}

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i] as number);
  return value;
}

function fromLittleEndian(bytes: Uint8Array): G1Point {
  const [x, y] = [littleEndian(bytes.subarray(0, 32)), littleEndian(bytes.subarray(32, 64))];
  return x === 0n && y === 0n ? null : { x, y };
}

function toLittleEndian(point: G1Point): Uint8Array {
  const bytes = new Uint8Array(POINT_BYTES);
  if (point === null) return bytes;
  [point.x, point.y].forEach((value, i) => {
    for (let k = 0, rest = value; k < 32; k++, rest >>= 8n) bytes[32 * i + k] = Number(rest & 0xffn);
  });
  return bytes;
}
