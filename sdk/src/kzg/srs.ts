/**
 * Structured reference strings for KZG on BN254: `[τ^i]_1` for `i < D` and `[τ]_2`, with the bases that packed
 * commitments in evaluation form need, loaded or computed when asked for and kept in the user's cache.
 */
import type { G2Point } from '../curve/g2.ts';
import { fail } from '../errors/index.ts';
import { log2Exact } from '../field/roots.ts';
import type { Engine, Points } from '../kernels/contract.ts';
import { readCached, writeCached } from './srs-cache.ts';
import { POINT_BYTES, type SrsFile, type SrsFileHeader } from './srs-file.ts';
import type { SrsOptions } from './srs-options.ts';

/**
 * Points belong to the SRS: the caller does not free them. They are valid until {@link Srs.release}; a second call
 * for the same thing on the same engine costs nothing.
 */
export interface Srs {
  /** `D`: how many powers of τ. */
  readonly size: number;
  /** Whether someone knows τ (a development SRS): whoever does forges proofs. */
  readonly insecure: boolean;
  /** Where it came from, for people. */
  readonly provenance: string;
  /** 64 hexadecimal digits that identify τ. */
  readonly digest: string;
  /** `[τ]_2` */
  readonly tauG2: NonNullable<G2Point>;
  /** τ itself, where everybody knows it: of a development SRS. What is committed without blinding then takes no points. */
  readonly tau?: bigint;
  /** `[τ^i]_1` for `i < length`, `count ≤ length ≤ D`. `SRS_TOO_SMALL` where `count > D`. */
  monomial(engine: Engine, count: number): Promise<Points>;
  /**
   * The basis of packed commitments for the column at residue `i < t`, of height `n` (a power of two), with packing factor `t`:
   *
   * - at `j < n`: `[τ^i·L_j(τ^t)]_1`, with `L_j` the Lagrange basis of `H_n` in natural order;
   * - at `n + m`: `[τ^i·τ^(t·m)·Z_n(τ^t)]_1`, `Z_n(X) = X^n − 1`, for blinding coefficient `m`. There are three, or two
   *   where `D < t·(n + 3)`.
   *
   * `SRS_TOO_SMALL` where `t·(n + 2) > D`. The residues of one `t` and height are kept in one file; only those that are asked for
   * are held.
   */
  evaluationBasis(engine: Engine, t: number, height: number, residue: number): Promise<Points>;
  /**
   * Frees the bases that were loaded into this engine: a proof needs them up to its quotient. They are read again when they are
   * asked for; nothing else may be using them.
   */
  releaseBases(engine: Engine): void;
  /** Frees what was loaded into this engine (before its disposal there is no need to). */
  release(engine: Engine): void;
}

/** What the two kinds of SRS do differently. */
export interface SrsBackend {
  /** `[τ^i]_1`, `i < count`, into the engine. */
  monomial(engine: Engine, count: number): Promise<Points>;
  /** The residues of `evaluationBasis` one after the other, `height + blinding` points each, to `receive`, who owns them. */
  evaluationBasis(
    engine: Engine,
    t: number,
    height: number,
    blinding: number,
    receive: (residue: number, points: Points) => Promise<void>,
  ): Promise<void>;
  /** Whether monomial points are worth caching (they are not where they already come from a file). */
  readonly cacheMonomial: boolean;
}

export interface SrsIdentity {
  readonly size: number;
  readonly insecure: boolean;
  readonly provenance: string;
  readonly digest: string;
  readonly tauG2: NonNullable<G2Point>;
  readonly tau?: bigint;
}

/** Loaded handles of one engine, by what they are. */
interface Loaded {
  monomial: { readonly count: number; readonly points: Promise<Points> } | undefined;
  readonly bases: Map<string, Promise<Points>>;
  /** Bases that were made here, by factor and height: all residues, or undefined where they are read from their file. */
  readonly making: Map<string, Promise<readonly Points[] | undefined>>;
  /** Bases that were read from their files: they can be read again. */
  readonly basisHandles: Points[];
  readonly handles: Points[];
}

const MIN_MONOMIAL = 1 << 12;
const MAX_BLINDING = 3;
const MIN_BLINDING = 2;

/** An SRS from its identity and a backend: adds the cache on disk and the handles per engine. */
export function createSrs(identity: SrsIdentity, backend: SrsBackend, options: SrsOptions): Srs {
  const engines = new WeakMap<Engine, Loaded>();
  const loadedOf = (engine: Engine): Loaded => {
    let loaded = engines.get(engine);
    if (loaded === undefined) {
      loaded = { monomial: undefined, bases: new Map(), making: new Map(), basisHandles: [], handles: [] };
      engines.set(engine, loaded);
    }
    return loaded;
  };
  const own = (engine: Engine, points: readonly Points[]): void => {
    loadedOf(engine).handles.push(...points);
  };

  const loadMonomial = async (engine: Engine, count: number): Promise<Points> => {
    const wanted = header(identity, 'monomial', 0, 0, count);
    if (backend.cacheMonomial) {
      const load = (file: SrsFile): Promise<Points> => engine.pointsFromChunks(count, file.pieces(0, count));
      const points = await readCached(wanted, load, options);
      if (points !== undefined) return points;
    }
    const points = await backend.monomial(engine, count);
    if (backend.cacheMonomial)
      await writeCached(wanted, () => engine.pointsToBytes(points, 0, count), options);
    return points;
  };

  const basisHeader = (t: number, height: number, blinding: number): SrsFileHeader =>
    header(identity, 'evaluation', t, height, t * (height + blinding));

  /** One residue of the cached file, if there is one. */
  const readResidue = async (
    engine: Engine,
    wanted: SrsFileHeader,
    residue: number,
  ): Promise<Points | undefined> => {
    const length = wanted.count / wanted.t;
    const load = (file: SrsFile): Promise<Points> =>
      engine.pointsFromChunks(length, file.pieces(residue * length, length));
    return readCached(wanted, load, options);
  };

  /** Makes all residues and their file; they stay loaded only where there is no file to read them from. */
  const makeBasis = async (
    engine: Engine,
    t: number,
    height: number,
    blinding: number,
  ): Promise<Points[] | undefined> => {
    const length = height + blinding;
    const residues: Points[] = [];
    const bytes = new Uint8Array(options.store === undefined ? 0 : t * length * POINT_BYTES);
    try {
      await backend.evaluationBasis(engine, t, height, blinding, async (residue, points) => {
        residues[residue] = points;
        if (bytes.length > 0) {
          bytes.set(await engine.pointsToBytes(points, 0, length), residue * length * POINT_BYTES);
        }
      });
    } catch (error) {
      engine.free(...residues);
      throw error;
    }
    const kept = await writeCached(basisHeader(t, height, blinding), async () => bytes, options);
    if (!kept) return residues;
    engine.free(...residues);
    return undefined;
  };

  const loadBasis = async (
    engine: Engine,
    t: number,
    height: number,
    residue: number,
    blinding: number,
  ): Promise<Points> => {
    const wanted = basisHeader(t, height, blinding);
    const cached = await readResidue(engine, wanted, residue);
    if (cached !== undefined) return cached;
    const { making } = loadedOf(engine);
    const key = `${t}/${height}`;
    let made = making.get(key);
    if (made === undefined) {
      made = makeBasis(engine, t, height, blinding).then((residues) => {
        if (residues === undefined) making.delete(key);
        else own(engine, residues);
        return residues;
      });
      making.set(key, made);
      made.catch(() => making.delete(key));
    }
    const residues = await made;
    return residues?.[residue] ?? (await readResidue(engine, wanted, residue)) ?? lost(wanted);
  };

  return {
    ...identity,
    monomial: async (engine, count) => {
      requirePowers(identity, count, `${count} powers of τ`);
      const loaded = loadedOf(engine);
      if (loaded.monomial === undefined || loaded.monomial.count < count) {
        const rounded = Math.min(identity.size, roundedUp(count));
        const points = loadMonomial(engine, rounded).then((made) => {
          own(engine, [made]);
          return made;
        });
        const entry = { count: rounded, points };
        loaded.monomial = entry;
        points.catch(() => {
          if (loaded.monomial === entry) loaded.monomial = undefined;
        });
      }
      return loaded.monomial.points;
    },
    evaluationBasis: async (engine, t, height, residue) => {
      log2Exact(height);
      if (!(Number.isSafeInteger(t) && t >= 1)) throw new RangeError(`packing factor ${t}`);
      if (!(Number.isSafeInteger(residue) && residue >= 0 && residue < t)) {
        throw new RangeError(`residue ${residue} of ${t}`);
      }
      requirePowers(identity, t * (height + MIN_BLINDING), `columns of height ${height} packed by ${t}`);
      const blinding = Math.min(MAX_BLINDING, Math.floor(identity.size / t) - height);
      const { bases, handles, basisHandles } = loadedOf(engine);
      const key = `${t}/${height}/${residue}`;
      let basis = bases.get(key);
      if (basis === undefined) {
        basis = loadBasis(engine, t, height, residue, blinding).then((points) => {
          if (!handles.includes(points)) basisHandles.push(points);
          return points;
        });
        bases.set(key, basis);
        basis.catch(() => bases.delete(key));
      }
      return basis;
    },
    releaseBases: (engine) => {
      const { bases, basisHandles } = loadedOf(engine);
      bases.clear();
      engine.free(...basisHandles.splice(0));
    },
    release: (engine) => {
      const loaded = engines.get(engine);
      engines.delete(engine);
      if (loaded !== undefined) engine.free(...loaded.handles, ...loaded.basisHandles);
    },
  };
}

/** To an eighth of a power of two, so that lists of growing length are loaded a few times and none is much too long. */
function roundedUp(count: number): number {
  const step = 2 ** Math.ceil(Math.log2(Math.max(MIN_MONOMIAL, count))) / 16;
  return Math.max(MIN_MONOMIAL, step * Math.ceil(count / step));
}

function requirePowers(identity: SrsIdentity, needed: number, what: string): void {
  if (needed <= identity.size) return;
  fail('SRS_TOO_SMALL', `${what} need an SRS of ${needed} powers, this one has ${identity.size}`, {
    where: identity.provenance,
    fix: `Use an SRS of at least ${needed} powers, or a shorter run`,
  });
}

/** The file of a basis was written and is gone again. */
function lost({ t, height }: SrsFileHeader): never {
  return fail('SRS_MALFORMED', `the cached basis of ${t} columns of height ${height} does not come back`, {
    where: 'cache',
    fix: 'Let the cache folder keep its files while wattest runs, or turn the cache off',
  });
}

function header(
  identity: SrsIdentity,
  kind: SrsFileHeader['kind'],
  t: number,
  height: number,
  count: number,
): SrsFileHeader {
  return { ...identity, kind, t, height, count };
}
