/**
 * Reference strings of the other provers, from a τ that everyone knows: for fflonk's set-up, which reads powers of τ alone, and for bb.js.
 * Our engine makes them in seconds where a ceremony of their own takes minutes.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeG2, G2_GENERATOR } from '../../../sdk/src/curve/g2.ts';
import { FQ_MODULUS } from '../../../sdk/src/field/field.ts';
import { createEngine } from '../../../sdk/src/kernels/index.ts';
import { openDevelopmentSrs } from '../../../sdk/src/kzg/srs-development.ts';
import { writeWhole } from '../../../sdk/src/platform/node-storage.ts';

const SEED = 'peers';
const POINT = 64;
/** Powers that bb.js loads in WebAssembly, whatever the circuit. */
const HONK_POINTS = 2 ** 20 + 1;
const GRUMPKIN_POINTS = 2 ** 16 + 1;
/** y of Grumpkin's generator at x = 1: y² = x³ − 17. No UltraHonk proof uses these points, but bb.js wants them on the curve. */
const GRUMPKIN_Y = 17631683881184975370165255887551781615748388533673675138860n;

/** `[τ^i]_1`, x and y little-endian, and the words of `[τ]_2` in the order of EIP-197. */
async function powers(count: number): Promise<{ g1: Uint8Array; g2: Uint8Array }> {
  const engine = await createEngine({ threads: 2 });
  try {
    const srs = await openDevelopmentSrs({ seed: SEED, size: count });
    const points = await srs.monomial(engine, count);
    return { g1: await engine.pointsToBytes(points, 0, count), g2: encodeG2(srs.tauG2) };
  } finally {
    await engine.dispose();
  }
}

/** Words of 32 bytes, each turned around. */
function reversed(bytes: Uint8Array): Uint8Array {
  const out = bytes.slice();
  for (let at = 0; at < out.length; at += 32) out.subarray(at, at + 32).reverse();
  return out;
}

/** Coordinates in Montgomery form, as `.ptau` files have them. */
function montgomery(littleEndian: Uint8Array): Uint8Array {
  const out = Buffer.alloc(littleEndian.length);
  for (let at = 0; at < out.length; at += 32) {
    const value = BigInt(`0x${Buffer.from(littleEndian.subarray(at, at + 32).toReversed()).toString('hex')}`);
    out.write(((value << 256n) % FQ_MODULUS).toString(16).padStart(64, '0'), at, 'hex');
    out.subarray(at, at + 32).reverse();
  }
  return out;
}

/** Real part first. */
function realFirst(g2: Uint8Array): Uint8Array {
  const word = (i: number): Uint8Array => g2.subarray(32 * i, 32 * i + 32);
  return Buffer.concat([word(1), word(0), word(3), word(2)]);
}

const u32 = (value: number): Buffer => {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
};

/** A `.ptau` of `2^power` with powers of τ alone (sections 1 to 3): enough for fflonk. Made once. */
export async function powersOfTauFile(folder: string, power: number): Promise<string> {
  const path = join(folder, `powers-${power}.ptau`);
  if (existsSync(path)) return path;
  const { g1, g2 } = await powers(2 ** (power + 1) - 1);
  const section = (type: number, ...data: readonly Uint8Array[]): Uint8Array[] => {
    const bytes = Buffer.concat(data);
    const head = Buffer.alloc(12);
    head.writeUInt32LE(type);
    head.writeBigUInt64LE(BigInt(bytes.length), 4);
    return [head, bytes];
  };
  const prime = Buffer.from(FQ_MODULUS.toString(16).padStart(64, '0'), 'hex').reverse();
  const second = (point: Uint8Array): Uint8Array => montgomery(reversed(realFirst(point)));
  const parts = [
    Buffer.from('ptau'),
    u32(1),
    u32(4),
    ...section(1, u32(32), prime, u32(power), u32(power)),
    ...section(2, montgomery(g1)),
    ...section(3, second(encodeG2(G2_GENERATOR)), second(g2)),
    // Asked for, but not read.
    ...section(12),
  ];
  await writeWhole(path, parts);
  return path;
}

/** The folder that bb.js takes as `crsPath`, and the words of `[τ]_2` for its contract. Made once. */
export async function honkReference(folder: string): Promise<string> {
  const path = join(folder, 'bb-crs');
  if (existsSync(path)) return path;
  const { g1, g2 } = await powers(HONK_POINTS);
  const grumpkin = Buffer.alloc(POINT * GRUMPKIN_POINTS);
  grumpkin.fill(`${'1'.padStart(64, '0')}${GRUMPKIN_Y.toString(16).padStart(64, '0')}`, 'hex');
  await mkdir(`${path}.part`, { recursive: true });
  await writeFile(join(`${path}.part`, 'bn254_g1.dat'), reversed(g1));
  await writeFile(join(`${path}.part`, 'bn254_g2.dat'), realFirst(g2));
  await writeFile(join(`${path}.part`, 'grumpkin_g1.flat.dat'), grumpkin);
  await rename(`${path}.part`, path);
  return path;
}
