/**
 * A development SRS: τ is derived from a seed that everyone knows, so everything made with it is forgeable and marked
 * insecure. What knowing τ buys is speed: every point is a multiple of the generator by a known scalar.
 */
import { fail } from '../errors/index.ts';
import { Fr } from '../field/field.ts';
import type { Engine, Vector } from '../kernels/contract.ts';
import { developmentTau, developmentTauG2 } from './known-tau.ts';
import { createSrs, type Srs, type SrsBackend } from './srs.ts';
import { srsDigest } from './srs-file.ts';
import type { SrsOptions } from './srs-options.ts';

export interface DevelopmentSrsOptions extends SrsOptions {
  /** Any text; the same seed gives the same SRS everywhere. */
  readonly seed: string;
  /** `D`, the number of powers of τ. Costs nothing until points are asked for. */
  readonly size: number;
}

export async function openDevelopmentSrs(options: DevelopmentSrsOptions): Promise<Srs> {
  const { seed, size, onProgress } = options;
  if (!(Number.isSafeInteger(size) && size >= 2)) throw new RangeError(`an SRS of ${size} powers`);
  const tau = developmentTau(seed);
  const tauG2 = developmentTauG2(seed);
  const digest = await srsDigest(tauG2, true);
  const provenance = `development SRS from the seed ${JSON.stringify(seed)}, insecure`;

  const backend: SrsBackend = {
    cacheMonomial: true,
    monomial: async (engine, count) => {
      const what = `${count} powers of τ`;
      onProgress?.({ what, done: 0, total: count });
      const scalars = await powers(engine, tau, count);
      const points = await engine.fixedBase(scalars);
      engine.free(scalars);
      onProgress?.({ what, done: count, total: count });
      return points;
    },
    evaluationBasis: async (engine, t, height, blinding, receive) => {
      const point = Fr.pow(tau, BigInt(t));
      const vanishing = Fr.sub(Fr.pow(point, BigInt(height)), 1n);
      if (vanishing === 0n) {
        fail('SRS_INVALID', `τ^${t * height} = 1, which would undo the blinding`, {
          where: provenance,
          fix: 'Use another seed',
        });
      }
      const total = t * (height + blinding);
      const what = `basis of height ${height}`;
      // L_j(y) = (1/n)·Σ_k (y/ω^j)^k: the powers of y, interpolated.
      const lagrange = await powers(engine, point, height);
      await engine.interpolate([lagrange]);
      const scalars = engine.vector(height + blinding);
      await engine.scatterAdd(scalars, 0, 1, lagrange);
      engine.free(lagrange);
      const tail = Array.from({ length: blinding }, (_, m) => Fr.mul(Fr.pow(point, BigInt(m)), vanishing));
      engine.write(scalars, height, tail);
      try {
        for (let i = 0; i < t; i++) {
          onProgress?.({ what, done: i * (height + blinding), total });
          await receive(i, await engine.fixedBase(scalars));
          await engine.scale(scalars, tau);
        }
      } finally {
        engine.free(scalars);
      }
      onProgress?.({ what, done: total, total });
    },
  };
  return createSrs({ size, insecure: true, provenance, digest, tauG2, tau }, backend, options);
}

const BLOCK = 4096;

/** `base^i`, `i < count`: the first block from the host, every other one a multiple of the block before. */
async function powers(engine: Engine, base: bigint, count: number): Promise<Vector> {
  const step = Math.min(count, BLOCK);
  const first = new Array<bigint>(step);
  for (let i = 0, power = 1n; i < step; i++, power = Fr.mul(power, base)) first[i] = power;
  const factor = Fr.pow(base, BigInt(step));
  const out = engine.vector(count);
  const block = engine.vector(step);
  engine.write(block, 0, first);
  let at = 0;
  for (; at + step <= count; at += step) {
    await engine.scatterAdd(out, at, 1, block);
    await engine.scale(block, factor);
  }
  if (at < count) engine.write(out, at, engine.read(block, 0, count - at));
  engine.free(block);
  return out;
}
