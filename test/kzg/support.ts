import { G1_GENERATOR, type G1Point, multiplyG1 } from '../../sdk/src/curve/g1.ts';
import { G2_GENERATOR, type G2Point, multiplyG2 } from '../../sdk/src/curve/g2.ts';
import { FQ_MODULUS, Fr } from '../../sdk/src/field/field.ts';
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
  const number = (value: bigint, length: number): Buffer => {
    const bytes = Buffer.alloc(length);
    for (let i = 0, rest = value; i < length; i++, rest >>= 8n) bytes[i] = Number(rest & 255n);
    return bytes;
  };
  const coordinate = (value: bigint): Buffer => number((value << 256n) % FQ_MODULUS, 32);
  const section = (type: number, data: Buffer): Buffer =>
    Buffer.concat([number(BigInt(type), 4), number(BigInt(data.length), 8), data]);
  const header = Buffer.concat([number(32n, 4), number(prime, 32), number(BigInt(power), 4), number(28n, 4)]);
  const points1 = g1.map((p) =>
    p === null ? Buffer.alloc(64) : Buffer.concat([coordinate(p.x), coordinate(p.y)]),
  );
  const points2 = g2.map((p) =>
    p === null
      ? Buffer.alloc(128)
      : Buffer.concat([p.x.real, p.x.imaginary, p.y.real, p.y.imaginary].map(coordinate)),
  );
  return new Uint8Array(
    Buffer.concat([
      Buffer.from('ptau'),
      number(1n, 4),
      number(3n, 4),
      section(1, header),
      section(2, Buffer.concat(points1)),
      section(3, Buffer.concat(points2)),
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
