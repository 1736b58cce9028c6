/**
 * The prover, round by round as in docs/protocol.md. Everything of the size of the trace stays in the engine; a column is
 * held as one vector of coefficients from round 3 on.
 */
import { fail, isWattestError } from '../../errors/index.ts';
import { Fr } from '../../field/field.ts';
import { rootOfUnity } from '../../field/roots.ts';
import type { AffinePoint, Vector } from '../../kernels/contract.ts';
import { joined, word } from '../../transcript/encode.ts';
import { allCoefficients, type ColumnByValues, commitCoefficients, commitPacks } from '../columns/commit.ts';
import { evaluatePolynomials, heightOf, type Polynomial } from '../columns/polynomial.ts';
import { Scratch } from '../columns/scratch.ts';
import { challengeValues } from '../declare/challenges.ts';
import type { PackColumn, PackStage } from '../declare/declare.ts';
import type { ChipLayout } from '../declare/layout.ts';
import { PAIR, type Pack, sendsHeights } from '../declare/schedule.ts';
import { powersNeeded } from '../declare/shape.ts';
import { type ProvingKey, programTable } from '../keys/keygen.ts';
import { requireShape } from '../keys/witness.ts';
import { type Challenges, type Message, ProofWriter, takeStatement } from '../verify/proof.ts';
import { publicFraction } from '../verify/public-terms.ts';
import { checkIdentity } from '../verify/verifier.ts';
import { accumulator, addToIncrements, helperColumns } from './helpers.ts';
import { finishOpening, openClaims } from './opening.ts';
import type { Phase, ProveParameters, ProveResult } from './parameters.ts';
import { addAccumulatorQuotient, addChipQuotient, emptyQuotient, maskChunks, maskCount } from './quotient.ts';
import { platformRandom, type RandomBytes, randomScalars } from './randomness.ts';

export type {
  MainBlinding,
  Phase,
  ProveParameters,
  ProveProgress,
  ProveResult,
  Shard,
} from './parameters.ts';

/**
 * Unlucky blinding or challenge (a zero denominator, z in the domain): probability about rows·interactions/r. Says what was
 * unlucky.
 */
class Unlucky extends Error {}

/** Whether a proof of a shard failed by such a chance, which no second attempt under its seed escapes. */
export const wasUnlucky = (error: unknown): boolean =>
  isWattestError(error, 'INTERNAL') && error.cause instanceof Unlucky;

const ATTEMPTS = 3;

/**
 * Proves that the witness satisfies every constraint and balances the bus with the public terms of the statement; of a shard, whatever
 * sum its bus has, which the proof shows.
 * `WITNESS_INVALID` if it does not (the row checker says where), `TRACE_TOO_TALL` if the key is too small, `ABORTED`,
 * `INTERNAL` where blinding is not random.
 */
export async function prove(given: ProveParameters): Promise<ProveResult> {
  const parameters = { ...given, statement: takeStatement(given.statement) };
  requireShape(parameters.key, parameters.program, parameters.witness);
  for (let attempt = 1; ; attempt++) {
    const prover = new Prover(parameters);
    try {
      return await prover.run();
    } catch (error) {
      if (!(error instanceof Unlucky)) throw error;
      // A shard's blinding is that of its run, which has to begin anew.
      if (attempt === ATTEMPTS || parameters.shard !== undefined) {
        fail('INTERNAL', `${attempt} attempts ended in an unlucky ${error.message}, which is no chance`, {
          where: 'prove',
          fix: 'See whether the random source of this platform works, and report it',
          cause: error,
        });
      }
      parameters.manifest?.splice(0);
    } finally {
      prover.release();
    }
  }
}

interface ChipState {
  /** Blinding of the main columns. */
  readonly blinding: readonly (readonly bigint[])[];
  main: readonly Polynomial[];
  fixed: readonly Polynomial[];
  helpers: readonly Polynomial[];
}

class Prover {
  readonly #p: ProveParameters;
  readonly #N: number;
  #random: RandomBytes;
  readonly #scratch: Scratch;
  readonly #timings: Record<Phase, number> = { commit: 0, helpers: 0, quotient: 0, open: 0 };

  constructor(parameters: ProveParameters) {
    this.#p = parameters;
    this.#scratch = new Scratch(parameters.engine);
    this.#N = 2 ** Math.max(...parameters.witness.map((chip) => chip.log));
    this.#random = parameters.random ?? platformRandom;
  }

  /** Frees what a run, finished or not, still holds. */
  release(): void {
    this.#scratch.release();
  }

  async run(): Promise<ProveResult> {
    const { key, program, statement, carried, witness, manifest, shard } = this.#p;
    const writer = new ProofWriter({
      key: key.key,
      schedule: key.schedule,
      ...(shard === undefined ? { program: program.key, statement } : { shard: shard.index }),
      manifest,
    });
    const chips: ChipState[] = witness.map(({ columns }, j) => ({
      blinding: columns.map((_, i) => shard?.main(j, i) ?? randomScalars(this.#random, 2)),
      main: [],
      fixed: [],
      helpers: [],
    }));
    const { alpha, beta } = await this.#firstRounds(writer, chips);
    // P = num/den; the constraint of φ is multiplied by den, so that the verifier need not invert.
    const { num, den } =
      shard === undefined
        ? publicFraction(key.key.shape.publicTerms, {
            program: program.key,
            statement,
            carried,
            alpha,
            beta,
          })
        : { num: undefined, den: 1n };
    if (den === 0n) throw new Unlucky('public term');

    // The transcript so far is that of the leaf, which other challenges do not change.
    if (shard !== undefined) {
      this.#random = shard.blinding(joined([writer.state, word(alpha), word(beta)]));
    }
    const publicSum = num === undefined ? undefined : Fr.mul(num, Fr.inv(den));
    const bus = await this.#phase('helpers', () => this.#commitHelpers(chips, { alpha, beta }, publicSum));
    if (shard !== undefined) writer.round('sum', [bus.sum]);
    const { y } = writer.round('helpers', bus.points);
    if (shard !== undefined) this.#random = shard.blinding(writer.state);
    const leaves = challengeValues(key.layout.challenges, { alpha, beta, y }, Fr.mul);

    this.#p.onBasesUsed?.();
    const chunks = await this.#phase('quotient', () => this.#quotient(chips, bus.phi, leaves, y, den));
    const challenges = writer.round('quotient', chunks.points);
    const { z } = challenges;
    if (Fr.pow(z, BigInt(this.#N)) === 1n) throw new Unlucky('challenge z');

    const last = await this.#phase('open', async () => {
      const packs = this.#packs(chips, chunks.columns, bus.phi);
      const values = await this.#values(packs, z);
      if (this.#p.dishonest !== true) this.#selfCheck(values, challenges, bus.sum);
      const { gamma } = writer.round('values', values);
      return this.#open(packs, z, gamma, (W) => writer.round('opening', [W]).u);
    });
    writer.round('final', last);
    const heights = key.layout.chips.map(({ chip, index }) => [chip.name, witness[index]!.log] as const);
    return { proof: writer.done(), heights: Object.fromEntries(heights), timings: this.#timings };
  }

  /** Up to `α, β`: those of the proof's own transcript, or those of the run, which depend on what this shard has committed to. */
  async #firstRounds(
    writer: ProofWriter,
    chips: readonly ChipState[],
  ): Promise<Pick<Challenges, 'alpha' | 'beta'>> {
    const { key, witness, shard, carried } = this.#p;
    const heights = key.schedule.heights.map((j) => witness[j]!.log);
    if (shard !== undefined) {
      writer.round('main', [heights, ...shard.commitments]);
      writer.share(shard.challenges);
      return shard.challenges;
    }
    writer.round('statement', [
      ...(sendsHeights(key.key.shape.recursion, heights.length) ? [heights] : []),
      ...(carried === undefined ? [] : [...carried.messages, ...PAIR.map((name) => carried.pair[name])]),
    ]);
    return writer.round('main', await this.#phase('commit', () => this.#commitMain(chips)));
  }

  /** Round 2: main columns by their values, a small-scalar MSM a pack, two blinding coefficients a column. */
  async #commitMain(chips: readonly ChipState[]): Promise<Message[]> {
    const { witness } = this.#p;
    const points = await this.#commitPacks('main', ([j, i]) => ({
      values: witness[j]!.columns[i]!,
      blinding: chips[j]!.blinding[i]!,
    }));
    this.#step('commit', 1);
    return points;
  }

  /** Commitments of the packs of a stage, columns given by their values. */
  async #commitPacks(stage: PackStage, columnOf: (column: PackColumn) => ColumnByValues): Promise<Message[]> {
    const { engine, srs } = this.#p;
    const packs = this.#packsOf(stage).map(({ t, columns }) => ({ t, columns: columns.map(columnOf) }));
    const points = await commitPacks(engine, srs, packs);
    return points.map((point) => this.#finite(point));
  }

  /**
   * Round 3: chip by chip the helper columns; their commitments, pack by pack; then main and helper values become coefficients in
   * place. Last the accumulator, with three blinding coefficients (two values and a commitment are seen).
   */
  async #commitHelpers(
    chips: readonly ChipState[],
    { alpha, beta }: Pick<Challenges, 'alpha' | 'beta'>,
    publicSum: bigint | undefined,
  ): Promise<{ points: Message[]; phi: Polynomial; sum: bigint }> {
    const { engine, key, srs } = this.#p;
    const scratch = this.#scratch;
    const leaves = challengeValues(key.layout.challenges, { alpha, beta, y: 0n }, Fr.mul);
    const increments = scratch.vector(this.#N);
    // Values until all packs are committed: a pack may wait for columns of several chips.
    for (const layout of key.layout.chips)
      await this.#helpersOf(layout, chips[layout.index]!, leaves, increments);
    const points = await this.#commitPacks('helper', ([j, i]) => {
      const { coefficients, blinding } = chips[j]!.helpers[i]!;
      return { values: coefficients, blinding };
    });
    this.#step('helpers', points.length / (points.length + 1));
    for (const { main, helpers } of chips) {
      await engine.interpolate([...main, ...helpers].map(({ coefficients }) => coefficients));
    }

    const { values, closes, sum } = await accumulator(engine, scratch, increments, publicSum);
    if (!closes && this.#p.dishonest !== true) {
      fail('WITNESS_INVALID', 'the bus does not balance: some tuple is sent and received unequally often', {
        where: 'witness',
        fix: CHECK,
      });
    }
    scratch.free(increments);
    await engine.interpolate([values]);
    const phi: Polynomial = { coefficients: values, blinding: randomScalars(this.#random, 3) };
    const all = await allCoefficients(engine, scratch, phi);
    // What the openings will take, once: a longer list later would lie beside this one.
    await srs.monomial(engine, this.#mostPowers());
    points.push(this.#finite(await commitCoefficients(engine, srs, key.layout.system.tPhi, [all])));
    scratch.free(all);
    this.#step('helpers', 1);
    return { points, phi, sum };
  }

  /** Columns of a chip as field elements and its helpers, by their values; adds the helpers to the increments of φ. */
  async #helpersOf(
    layout: ChipLayout,
    state: ChipState,
    leaves: readonly bigint[],
    increments: Vector,
  ): Promise<void> {
    const { engine, witness } = this.#p;
    const scratch = this.#scratch;
    const { log, columns: ints } = witness[layout.index]!;
    const main: Vector[] = [];
    for (const column of ints) {
      const vector = scratch.vector(2 ** log);
      if (column.kind === 'ints') await engine.toField(vector, column);
      else await engine.copy(vector, column);
      main.push(vector);
    }
    const table = this.#table(layout.index);
    const fixed = (await table?.vectors(engine, (length) => scratch.vector(length))) ?? [];
    const columns = await helperColumns(engine, scratch, layout, [...main, ...fixed], leaves);
    scratch.free(...fixed);
    if (columns === undefined) throw new Unlucky('denominator');
    await addToIncrements(engine, scratch, increments, columns);
    state.main = main.map((coefficients, i) => ({ coefficients, blinding: state.blinding[i]! }));
    state.helpers = columns.map((coefficients) => ({
      coefficients,
      blinding: randomScalars(this.#random, 2),
    }));
    state.fixed = (await table?.coefficients(engine)) ?? [];
  }

  /** Round 4: every chip's quotient and that of φ, summed; chunks masked against their neighbours. */
  async #quotient(
    chips: readonly ChipState[],
    phi: Polynomial,
    leaves: readonly bigint[],
    y: bigint,
    den: bigint,
  ): Promise<{ points: Message[]; columns: Polynomial[] }> {
    const { engine, key, srs } = this.#p;
    const scratch = this.#scratch;
    const { system } = key.layout;
    const quotient = emptyQuotient(scratch, this.#N, system.maxDegree, system.bus);
    let count = 0;
    for (const layout of key.layout.chips) {
      const { main, fixed, helpers } = chips[layout.index]!;
      const scale = Fr.pow(y, BigInt(layout.firstConstraint));
      // The tables of a key serve every proof; the image of a program is freed with it.
      const table = key.tables[layout.index];
      const columns = {
        columns: [...main, ...fixed, ...helpers],
        ...(table === undefined ? {} : { fixed: { first: main.length, table } }),
      };
      await addChipQuotient(engine, scratch, quotient, layout, columns, leaves, scale);
      count = layout.firstConstraint + layout.constraints.length;
      this.#step('quotient', (layout.index + 1) / (key.layout.chips.length + 1));
    }
    const helpers = chips.map((chip) => chip.helpers);
    addAccumulatorQuotient(engine, quotient, phi, helpers, den, Fr.pow(y, BigInt(count)));
    maskChunks(engine, quotient, randomScalars(this.#random, maskCount(system.maxDegree)));

    const points: Message[] = [];
    for (const pack of this.#packsOf('quotient')) {
      const chunks = quotient.chunks.slice(pack.first, pack.first + pack.count);
      points.push(this.#finite(await commitCoefficients(engine, srs, pack.t, chunks)));
    }
    this.#step('quotient', 1);
    return { points, columns: quotient.chunks.map((coefficients) => ({ coefficients, blinding: [] })) };
  }

  /** Powers of τ that the longest commitment of this proof takes: that of W, as long as the longest pack. */
  #mostPowers(): number {
    const { schedule, layout } = this.#p.key;
    const longest = schedule.packs.map(({ stage, t, columns }) => {
      if (stage === 'phi') return powersNeeded.phi(t, this.#N);
      const { bus, maxDegree } = layout.system;
      if (stage === 'quotient') return powersNeeded.quotient(t, maxDegree, this.#N, bus);
      return powersNeeded.pack(t, 2 ** Math.max(...columns.map(([j]) => this.#p.witness[j]!.log)), bus);
    });
    return Math.max(...longest);
  }

  /** Columns of every pack of the schedule, in its order. */
  #packs(chips: readonly ChipState[], chunks: readonly Polynomial[], phi: Polynomial): Polynomial[][] {
    return this.#p.key.schedule.packs.map(({ stage, columns, first, count }) => {
      if (stage === 'phi') return [phi];
      if (stage === 'quotient') return chunks.slice(first, first + count);
      return columns.map(([j, i]) => columnsOf(chips[j]!, stage)[i]!);
    });
  }

  /** Round 5: the values of every claim in order: all columns at z, φ(z), φ(ωz). Polynomials of one height go together. */
  async #values(packs: readonly (readonly Polynomial[])[], z: bigint): Promise<bigint[]> {
    const { engine, key } = this.#p;
    const openings = key.schedule.claims.flatMap(({ pack, at }) => packs[pack]!.map((f) => ({ f, at })));
    const values: bigint[] = [];
    for (const at of ['z', 'wz'] as const) {
      const lengths = new Set(openings.flatMap((one) => (one.at === at ? [heightOf(one.f)] : [])));
      for (const n of lengths) {
        const here = [...openings.keys()].filter(
          (k) => openings[k]!.at === at && heightOf(openings[k]!.f) === n,
        );
        const some = await evaluatePolynomials(
          engine,
          here.map((k) => openings[k]!.f),
          at === 'z' ? z : this.#next(z),
        );
        here.forEach((k, i) => {
          values[k] = some[i]!;
        });
      }
    }
    this.#step('open', 0.2);
    return values;
  }

  /** The verifier's own equation: a witness that breaks a constraint is found here instead of by whoever verifies. */
  #selfCheck(values: readonly bigint[], challenges: Challenges, sum: bigint): void {
    const { key, program, statement, carried, witness, shard } = this.#p;
    const logs = witness.map((chip) => chip.log);
    const { shape } = key.key;
    try {
      const about = shard === undefined ? { statement, carried } : { sum };
      checkIdentity({ shape, plan: key.schedule, program: program.key, logs, values, challenges, ...about });
    } catch (error) {
      if (!isWattestError(error, 'PROOF_IDENTITY')) throw error;
      fail('WITNESS_INVALID', 'a constraint does not hold on some row', { where: 'witness', fix: CHECK });
    }
  }

  /** Rounds 6 and 7: what the last one sends, W' and the inverse of the moduli. */
  async #open(
    packs: readonly (readonly Polynomial[])[],
    z: bigint,
    gamma: bigint,
    send: (W: Message) => bigint,
  ): Promise<Message[]> {
    const { engine, key, srs } = this.#p;
    const scratch = this.#scratch;
    const { claims, moduli } = key.schedule;
    const points = { z, wz: this.#next(z) };
    const opening = await openClaims({ engine, scratch, claims, moduli, packs, points }, gamma);
    // The columns are all in the combinations now.
    for (const column of packs.flat()) scratch.free(column.coefficients);
    this.#step('open', 0.4);
    const W = this.#finite(await commitCoefficients(engine, srs, 1, [opening.W]));
    this.#step('open', 0.6);
    const u = send(W);
    const finished = await finishOpening(engine, scratch, opening, u);
    if (finished === undefined) throw new Unlucky('modulus');
    const point = this.#finite(await commitCoefficients(engine, srs, 1, [finished.W2]));
    this.#step('open', 1);
    return [point, finished.inverse];
  }

  #packsOf(stage: Pack['stage']): Pack[] {
    return this.#p.key.schedule.packs.filter((pack) => pack.stage === stage);
  }

  #table(j: number): ProvingKey['tables'][number] {
    const { key, program } = this.#p;
    return key.tables[j] ?? programTable(key, program, j);
  }

  #next(z: bigint): bigint {
    return Fr.mul(rootOfUnity(this.#N), z);
  }

  /** A point of a proof is never infinity; blinding makes that a matter of probability 1/r. */
  #finite(point: AffinePoint): Message {
    if (point === null) throw new Unlucky('commitment');
    return point;
  }

  async #phase<T>(phase: Phase, work: () => Promise<T>): Promise<T> {
    this.#step(phase, 0);
    const start = performance.now();
    const result = await work();
    this.#timings[phase] = performance.now() - start;
    return result;
  }

  #step(phase: Phase, fraction: number): void {
    const { signal, onProgress } = this.#p;
    if (signal?.aborted) {
      fail('ABORTED', 'proving was interrupted', {
        where: phase,
        fix: 'Start it again',
        cause: signal.reason,
      });
    }
    onProgress?.({ phase, fraction });
  }
}

const CHECK = 'Run the row checker (wattest check): it names the row. An honest trace never gets here';

function columnsOf({ main, fixed, helpers }: ChipState, stage: PackStage): readonly Polynomial[] {
  return { main, fixed, helper: helpers }[stage];
}
