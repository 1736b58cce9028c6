import { G1_GENERATOR, type G1Point, multiplyG1 } from '../../sdk/src/curve/g1.ts';
import { G2_BYTES, G2_GENERATOR, type G2Point, multiplyG2 } from '../../sdk/src/curve/g2.ts';
import { FQ_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import type { Engine } from '../../sdk/src/kernels/contract.ts';
import { cacheName } from '../../sdk/src/kzg/srs-cache.ts';
import { openDevelopmentSrs } from '../../sdk/src/kzg/srs-development.ts';
import { encodeSrsFile, openSrsFile, srsDigest } from '../../sdk/src/kzg/srs-file.ts';
import { type BlobStore, bytesSource } from '../../sdk/src/platform/storage.ts';

/** A store in memory whose blobs tests may bend; counts what is read and written. */
export class MemoryStore implements BlobStore {
  readonly location: string = 'memory';
  readonly blobs: Map<string, Uint8Array> = new Map();
  writes = 0;
  /** Set to refuse writes with this error code. */
  refuse: string | undefined;

  async open(name: string): ReturnType<BlobStore['open']> {
    const bytes = this.blobs.get(name);
    return bytes && bytesSource(bytes, name);
  }

  async write(name: string, parts: readonly Uint8Array[]): Promise<void> {
    if (this.refuse !== undefined) throw Object.assign(new Error('refused'), { code: this.refuse });
    this.writes++;
    this.blobs.set(name, new Uint8Array(Buffer.concat(parts)));
  }

  only(pattern: RegExp): string {
    const names = [...this.blobs.keys()].filter((name) => pattern.test(name));
    if (names.length !== 1) throw new Error(`expected one blob like ${pattern}, have ${names.join(' ')}`);
    return names[0]!;
  }

  change(name: string, change: (bytes: Uint8Array) => Uint8Array): void {
    this.blobs.set(name, change(new Uint8Array(this.blobs.get(name)!)));
  }
}

export interface PtauParts {
  readonly prime?: bigint;
  readonly power: number;
  readonly g1: readonly G1Point[];
  readonly g2: readonly G2Point[];
}

/** The points an honest ceremony with this τ would end with. */
export function honestPtau(tau: bigint, power: number): PtauParts {
  const powers = Array.from({ length: 2 ** (power + 1) - 1 }, (_, i) => Fr.pow(tau, BigInt(i)));
  return {
    power,
    g1: powers.map((k) => multiplyG1(G1_GENERATOR, k)),
    g2: powers.slice(0, 2 ** power).map((k) => multiplyG2(G2_GENERATOR, k)),
  };
}

/** A .ptau file of sections 1 to 3, written by the description of the format. */
export function encodePtau({ prime = FQ_MODULUS, power, g1, g2 }: PtauParts): Uint8Array {
  const points1 = g1.map((p) =>
    p === null ? Buffer.alloc(64) : Buffer.concat([coordinate(p.x), coordinate(p.y)]),
  );
  return ptauOf({ prime, power }, Buffer.concat(points1), Buffer.concat(g2.map(encodePtauG2)));
}

/**
 * The G1 powers and `[τ]_2` of the file that a ceremony with the τ of this seed would end with, by the kernels: seconds where a ceremony takes minutes. Of section 3, of which nothing
 * here reads more than the first two points, the others are zero.
 */
export async function kernelPtau(engine: Engine, seed: string, power: number): Promise<Uint8Array> {
  const count = 2 ** (power + 1) - 1;
  const srs = await openDevelopmentSrs({ seed, size: count });
  const points = await srs.monomial(engine, count);
  const g1 = Buffer.from(await engine.pointsToBytes(points, 0, count));
  srs.release(engine);
  for (let at = 0; at < g1.length; at += 32) {
    const value = BigInt(
      `0x${g1
        .subarray(at, at + 32)
        .reverse()
        .toString('hex')}`,
    );
    g1.set(coordinate(value), at);
  }
  const g2 = Buffer.alloc(2 ** power * G2_BYTES);
  g2.set(Buffer.concat([G2_GENERATOR, srs.tauG2].map(encodePtauG2)));
  return ptauOf({ prime: FQ_MODULUS, power }, g1, g2);
}

/**
 * Puts a basis where the import of {@link kernelPtau} looks for it, with the points that it would make: of a τ that is known in seconds, of a file alone by two million multiplications.
 */
export async function keepBasis(
  engine: Engine,
  store: BlobStore,
  { seed, size, t, height }: { seed: string; size: number; t: number; height: number },
): Promise<void> {
  const made = new MemoryStore();
  const srs = await openDevelopmentSrs({ seed, size, store: made });
  await srs.evaluationBasis(engine, t, height, 0);
  srs.release(engine);
  const { header, points } = await openSrsFile(bytesSource(made.blobs.get(made.only(/-t/))!, 'made'));
  const imported = { ...header, insecure: false, digest: await srsDigest(srs.tauG2, false) };
  const parts = await encodeSrsFile(imported, await points(0, header.count));
  await store.write(cacheName(imported), parts);
}

/** Little-endian. */
function number(value: bigint, length: number): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * length, '0'), 'hex').reverse();
}

/** In Montgomery form. */
const coordinate = (value: bigint): Buffer => number((value << 256n) % FQ_MODULUS, 32);

const encodePtauG2 = (p: G2Point): Buffer =>
  p === null
    ? Buffer.alloc(G2_BYTES)
    : Buffer.concat([p.x.real, p.x.imaginary, p.y.real, p.y.imaginary].map(coordinate));

function ptauOf(
  { prime, power }: { readonly prime: bigint; readonly power: number },
  g1: Buffer,
  g2: Buffer,
): Uint8Array {
  const section = (type: number, data: Buffer): Buffer =>
    Buffer.concat([number(BigInt(type), 4), number(BigInt(data.length), 8), data]);
  const header = Buffer.concat([number(32n, 4), number(prime, 32), number(BigInt(power), 4), number(28n, 4)]);
  return new Uint8Array(
    Buffer.concat([
      Buffer.from('ptau'),
      number(1n, 4),
      number(3n, 4),
      section(1, header),
      section(2, g1),
      section(3, g2),
    ]),
  );
}

interface SnarkJs {
  readonly curves: { getCurveFromName(name: string): Promise<{ terminate(): Promise<void> }> };
  readonly powersOfTau: Record<'newAccumulator' | 'contribute', (...args: unknown[]) => Promise<unknown>>;
}

type Target = string | { readonly type: 'mem'; data?: Uint8Array };

/** A ceremony of one participant, held with snarkjs: `start` is before its contribution (τ is 1), `end` behind it. Files or memory. */
export async function holdCeremony(
  power: number,
  start: Target,
  end: Target,
  entropy: string,
): Promise<void> {
  const { curves, powersOfTau } = (await import('snarkjs' as string)) as SnarkJs;
  const curve = await curves.getCurveFromName('bn128');
  try {
    await powersOfTau.newAccumulator(curve, power, start);
    await powersOfTau.contribute(start, end, 'test', entropy);
  } finally {
    await curve.terminate();
  }
}

/** The file of such a ceremony, and what it was before the contribution. */
export async function ceremonyInMemory(
  power: number,
  entropy: string,
): Promise<{ start: Uint8Array; end: Uint8Array }> {
  const [start, end]: [Target & object, Target & object] = [{ type: 'mem' }, { type: 'mem' }];
  await holdCeremony(power, start, end, entropy);
  return { start: start.data!, end: end.data! };
}
