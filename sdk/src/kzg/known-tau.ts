/**
 * Secrets τ that everybody knows: that of the development SRS, and those that a mistake or a joke would choose. A key or a ceremony
 * file that stands on one of them and does not say that it is insecure is refused. This finds accidents and files passed off as what
 * they are not; nothing finds that somebody kept an arbitrary τ.
 */
import { hash_to_field } from '@noble/curves/abstract/hash-to-curve.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { equalG2, G2_GENERATOR, type G2Point, multiplesG2, multiplyG2 } from '../curve/g2.ts';
import { FR_MODULUS, Fr } from '../field/field.ts';

type Point = NonNullable<G2Point>;

/** What the development SRS of every release is made from. */
export const DEVELOPMENT_SEED = 'wattest development SRS 1';

const DEVELOPMENT_TAU_G2: Point = {
  x: {
    real: 7023711685929600455556792899261436331889785687828436675707972896012919933308n,
    imaginary: 6087855220362554341206461737109494660639528166431085093150720540556590499088n,
  },
  y: {
    real: 16626428806131850817585067740075539110810771472485956863640139207758768717438n,
    imaginary: 2713832900912540173423456526972366104800361888790139673123283903825306496534n,
  },
};

/** τ of a seed: RFC 9380 hash_to_field (expand_message_xmd, SHA-256) into Fr. */
export function developmentTau(seed: string): bigint {
  const DST = 'wattest development SRS v1';
  const message = new TextEncoder().encode(seed);
  const [[tau]] = hash_to_field(message, 1, {
    DST,
    p: FR_MODULUS,
    m: 1,
    k: 128,
    expand: 'xmd',
    hash: sha256,
  }) as [[bigint]];
  return tau;
}

/** `[τ]_2` of it. For the seed of every release a constant: who opens a session to verify one proof computes it in vain. */
export const developmentTauG2 = (seed: string): Point =>
  seed === DEVELOPMENT_SEED ? DEVELOPMENT_TAU_G2 : (multiplyG2(G2_GENERATOR, developmentTau(seed)) as Point);

/** Numerators and denominators that are tried. */
const MOST = 256;

interface Known {
  readonly point: Point;
  readonly text: string;
}

/**
 * Says which known secret a `[τ]_2` of the group is made from; undefined for any other. Known are `±a/b`, and `±1/b` times the
 * development τ or its inverse; `1 ≤ a, b ≤ 256`.
 */
export function knownTau(tauG2: Point): string | undefined {
  const table = knownPoints();
  for (const [i, point] of multiplesG2(tauG2, MOST).entries()) {
    const known = table.get(point.x.real);
    if (known === undefined) continue;
    const sign = equalG2(known.point, point) ? '' : '−';
    return `${sign}${known.text}${i === 0 ? '' : `/${i + 1}`}`;
  }
  return undefined;
}

let points: ReadonlyMap<bigint, Known> | undefined;

/** By the real part of x, which a point shares with its negative alone. */
function knownPoints(): ReadonlyMap<bigint, Known> {
  if (points !== undefined) return points;
  const table = new Map<bigint, Known>();
  const add = (point: Point, text: string): void => {
    if (!table.has(point.x.real)) table.set(point.x.real, { point, text });
  };
  for (const [i, point] of multiplesG2(G2_GENERATOR, MOST).entries()) add(point, String(i + 1));
  add(DEVELOPMENT_TAU_G2, 'the development τ');
  add(multiplyG2(G2_GENERATOR, Fr.inv(developmentTau(DEVELOPMENT_SEED))) as Point, '1/the development τ');
  points = table;
  return table;
}
