/**
 * The verifier, top to bottom as in docs/protocol.md. It reads public data only, never inverts, and rejects by throwing a
 * `WattestError` with the name of the reason; it returns nothing.
 */
import { type G1Point, isOnG1 } from '../../curve/g1.ts';
import { fail } from '../../errors/index.ts';
import { evaluateProgram, scalarRing } from '../../expr/evaluate.ts';
import { Fr } from '../../field/field.ts';
import type { ManifestEntry } from '../../transcript/transcript.ts';
import { challengeValues } from '../declare/challenges.ts';
import type { Bus, Recursion, Statement, Subject } from '../declare/declare.ts';
import { PAIR, type Schedule, schedule } from '../declare/schedule.ts';
import { imageLogs, maxLog, programChips, programLogs, type Shape } from '../declare/shape.ts';
import type { ProgramKey, VerifyingKey } from '../keys/key.ts';
import { checkPairing, openingPair, type Pair, withPair } from './pair.ts';
import {
  type Challenges,
  type Message,
  ProofReader,
  REJECTED,
  type SharedChallenges,
  takeStatement,
} from './proof.ts';
import { type Carried, NO_STATEMENT, publicFraction } from './public-terms.ts';

export interface VerifyParameters {
  readonly key: VerifyingKey;
  readonly program: ProgramKey;
  readonly statement: Statement;
  readonly proof: Uint8Array;
  /** Receives what the transcript absorbs, for tests. */
  readonly manifest?: ManifestEntry[];
}

const HALF: bigint = Fr.inv(2n);

/** Returns if the proof convinces; throws otherwise. About 0.1 s. */
export function verifyProof(parameters: VerifyParameters): void {
  const { recursion } = parameters.key.shape;
  if (recursion !== undefined && recursion.subject === undefined) {
    fail('KEY_INVALID', 'the key is for proofs about other proofs, which have no statement', {
      where: 'verifying key',
      fix: 'Give the key of a proof about a program',
    });
  }
  checkProof(parameters);
}

/**
 * The same for a key whose proofs are about other proofs alone: its messages, whose meaning is for whoever asks.
 * @throws KEY_INVALID for another key
 */
export function verifyRecursive(parameters: Omit<VerifyParameters, 'statement'>): readonly bigint[] {
  requireRecursive(parameters.key);
  return checkProof({ ...parameters, statement: NO_STATEMENT })!.messages;
}

/** What a proof about other proofs comes to but for the pairings: what it says, its own pair, and its transcript before W'. */
export interface RecursiveClaim {
  readonly carried: Carried;
  readonly pair: Pair;
  readonly state: Uint8Array;
}

/**
 * The same, with all left out that a circuit leaves out too.
 * @throws as {@link verifyRecursive}, but for the pairing
 */
export function deferRecursive(parameters: Omit<VerifyParameters, 'statement'>): RecursiveClaim {
  requireRecursive(parameters.key);
  const { carried, pair, state } = deferProof({ ...parameters, statement: NO_STATEMENT });
  return { carried: carried!, pair, state };
}

function requireRecursive({ shape: { recursion } }: VerifyingKey): void {
  if (recursion !== undefined && recursion.subject === undefined) return;
  fail('KEY_INVALID', 'the key is for proofs about a program', {
    where: 'verifying key',
    fix: 'Give the key of a proof about other proofs',
  });
}

/** What a proof of a recursion carries. */
function checkProof(parameters: VerifyParameters): Carried | undefined {
  const { carried, pair, c } = deferProof(parameters);
  checkPairing(parameters.key, carried === undefined ? pair : withPair(pair, carried.pair, c));
  return carried;
}

/** Checks everything but the pairing. */
function deferProof(parameters: VerifyParameters): Rest & { readonly carried: Carried | undefined } {
  const { key, manifest } = parameters;
  // What the prover may have had a hand in is copied at the door: what is checked is what is used.
  const statement = takeStatement(parameters.statement);
  const program = takeProgramKey(parameters.program);
  const proof = Uint8Array.from(parameters.proof);
  const plan = schedule(key.shape);
  requireBus(key, 'closed');
  checkProgramKey(key, program, plan);
  const reader = new ProofReader({ key, schedule: plan, program, statement, manifest }, proof);

  // The rounds: what the prover sent, and what it could not foresee.
  const first = reader.round('statement').messages;
  const logs = heights(key, program, plan, Array.isArray(first[0]) ? first[0] : []);
  const carried = key.shape.recursion && takeCarried(key.shape.recursion, first);
  const main = reader.round('main').messages as readonly G1Point[];
  return { ...checkRest({ key, program, plan, reader, logs, main, about: { statement, carried } }), carried };
}

/** What the first round of a recursion says, behind heights if there are any. */
export function takeCarried({ messages }: Recursion, first: readonly Message[]): Carried {
  const from = first.length - messages - PAIR.length;
  const [A, B] = first.slice(-PAIR.length) as NonNullable<G1Point>[];
  return { messages: first.slice(from, from + messages) as bigint[], pair: { A: A!, B: B! } };
}

/**
 * The sum of the bus of the proof that this one stands for is minus that of the public terms of the statement, under the challenges that it
 * names. That they are those of that proof, of this program and statement, is what is proven.
 */
function checkSubject(
  { publicTerms }: Subject,
  { messages, ...about }: { program: ProgramKey; statement: Statement; messages: readonly bigint[] },
): void {
  const [alpha, beta, sum] = messages as [bigint, bigint, bigint];
  const { num, den } = publicFraction(publicTerms, { ...about, alpha, beta });
  requireDenominator(den);
  if (Fr.add(Fr.mul(den, sum), num) !== 0n) {
    fail('PROOF_SUM', 'the sum that the proof names and the public terms do not add up to zero', {
      where: 'proof',
      fix: REJECTED,
    });
  }
}

function requireDenominator(den: bigint): void {
  if (den === 0n) {
    fail('PROOF_PUBLIC_TERM', 'a public term has denominator zero', { where: 'proof', fix: 'Prove again' });
  }
}

/** What a shard's proof comes to but for the pairing: its pair, the sum that its interactions have, and its transcript before W'. */
export interface ShardClaim {
  readonly sum: bigint;
  readonly pair: Pair;
  readonly state: Uint8Array;
}

/** A shard's proof, read up to the hash of its main columns. */
export interface OpenedShard {
  readonly leaf: Uint8Array;
  /** Checks all that is left but the pairing. What the sum means is for the run to say. */
  defer(challenges: SharedChallenges): ShardClaim;
  /** Checks all that is left and returns the sum. */
  finish(challenges: SharedChallenges): bigint;
}

/**
 * Reads a proof under a key with a shared bus. `program` is that of the run where the key has an image, {@link NO_PROGRAM} elsewhere.
 * @param index place in the run
 */
export function openShard(
  key: VerifyingKey,
  program: ProgramKey,
  index: number,
  proof: Uint8Array,
): OpenedShard {
  const plan = schedule(key.shape);
  requireBus(key, 'shared');
  checkProgramKey(key, program, plan);
  const reader = new ProofReader({ key, schedule: plan, shard: index }, proof);
  const [chosen, ...main] = reader.round('main').messages;
  const logs = heights(key, program, plan, chosen as readonly number[]);
  const defer = (challenges: SharedChallenges): ShardClaim => {
    reader.share(challenges);
    const sum = reader.round('sum').messages[0] as bigint;
    const points = main as G1Point[];
    const { pair, state } = checkRest({ key, program, plan, reader, logs, main: points, about: { sum } });
    return { sum, pair, state };
  };
  return {
    leaf: reader.leaf,
    defer,
    finish: (challenges) => {
      const { sum, pair } = defer(challenges);
      checkPairing(key, pair);
      return sum;
    },
  };
}

/** Stands for the program key of a key without an image. */
export const NO_PROGRAM: ProgramKey = { log: 0, entry: 0n, commitments: [] };

/** @throws KEY_INVALID for a key of the other kind of proofs */
export function requireBus({ shape }: VerifyingKey, bus: Bus): void {
  if (shape.bus === bus) return;
  const what = bus === 'closed' ? 'proofs of a run that only convince together' : 'proofs that stand alone';
  fail('KEY_INVALID', `the key is for ${what}`, {
    where: 'verifying key',
    fix: 'Give the key of this kind of proof',
  });
}

/** Whose sum the bus has: of a proof that stands alone, minus that of the public terms; of a shard, the one that it names. */
type BusSum =
  | { readonly statement: Statement; readonly carried?: Carried | undefined }
  | { readonly sum: bigint };

/** What is left of a proof: its own pair, its transcript before W', and what combines a pair that it carries with its own. */
interface Rest {
  readonly pair: Pair;
  readonly state: Uint8Array;
  readonly c: bigint;
}

/** From the second commitments on, the same for both; what is left is the pairing. */
function checkRest(parts: {
  readonly key: VerifyingKey;
  readonly program: ProgramKey;
  readonly plan: Schedule;
  readonly reader: ProofReader;
  readonly logs: readonly number[];
  readonly main: readonly G1Point[];
  readonly about: BusSum;
}): Rest {
  const { key, program, plan, reader, logs, main, about } = parts;
  const carried = 'carried' in about ? about.carried : undefined;
  const points = [
    ...(carried === undefined ? [] : PAIR.map((name) => carried.pair[name])),
    ...main,
    ...reader.round('helpers').messages,
    ...reader.round('quotient').messages,
  ] as G1Point[];
  const values = reader.round('values').messages as readonly bigint[];
  points.push(reader.round('opening').messages[0] as G1Point);
  const { state } = reader;
  const { messages, challenges } = reader.round('final');
  points.push(messages[0] as G1Point);
  const inverse = messages[1] as bigint;
  reader.done();

  const { subject } = key.shape.recursion ?? {};
  if (subject !== undefined && 'statement' in about && about.carried !== undefined) {
    checkSubject(subject, { program, statement: about.statement, messages: about.carried.messages });
  }
  checkIdentity({ shape: key.shape, plan, program, logs, values, challenges, ...about });
  const pair = openingPair({ key, plan, program, logs, points, values, inverse, challenges });
  return { pair, state, c: challenges.c };
}

/**
 * log2 of every chip's height. A chip with fixed columns has it from the key or the program key: at any other height its
 * columns mean something else.
 */
function heights(
  key: VerifyingKey,
  program: ProgramKey,
  plan: Schedule,
  chosen: readonly number[],
): number[] {
  const images = programChips(key.shape);
  const ofProgram = programLogs(program.log, images.length) ?? [];
  return key.shape.chips.map(({ name, height }, j) => {
    if (height.from === 'key') return height.log;
    if (height.from === 'program') return ofProgram[images.indexOf(j)]!;
    const log = chosen[plan.heights.indexOf(j)]!;
    const most = maxLog(key.shape, key.powers, j);
    if (log < height.minLog || log > most) {
      fail('PROOF_HEIGHTS', `height 2^${log} of ${name} is not in 2^${height.minLog} … 2^${most}`, {
        where: 'proof.heights',
        fix: REJECTED,
      });
    }
    return log;
  });
}

/** As plain data, each part read once. */
export function takeProgramKey({ log, entry, commitments }: ProgramKey): ProgramKey {
  const own = (point: G1Point): G1Point => (point === null ? null : { x: point.x, y: point.y });
  return { log, entry, commitments: Array.from(commitments, own) };
}

/** `KEY_INVALID` for a program key that cannot belong to this verifying key. */
export function checkProgramKey(key: VerifyingKey, program: ProgramKey, plan: Schedule): void {
  const invalid = (problem: string): never =>
    fail('KEY_INVALID', problem, {
      where: 'program key',
      fix: 'Make the program key again from the module',
    });
  const { recursion } = key.shape;
  const { subject } = recursion ?? {};
  const expected =
    subject?.commitments ?? plan.packs.filter((pack) => pack.commitment.from === 'program').length;
  if (program.commitments.length !== expected) {
    invalid(`${program.commitments.length} commitments instead of ${expected}`);
  }
  if (program.entry < 0n || program.entry >= 1n << 64n) invalid('the entry is not in [0, 2^64)');
  // Nothing would bind it.
  if (recursion !== undefined && recursion.subject === undefined && program.entry !== 0n) {
    invalid('a program of proofs about other proofs alone has no entry');
  }
  const bounds = imageLogs(key.shape, key.powers);
  const logs = programLogs(program.log, bounds.length);
  if (logs === undefined) invalid(`heights ${program.log} are not those of ${bounds.length} chips`);
  bounds.forEach(({ least, most }, i) => {
    const log = logs![i]!;
    if (log < least || log > most) invalid(`height 2^${log} is not in 2^${least} … 2^${most}`);
  });
  program.commitments.forEach((point, i) => {
    if (!isOnG1(point)) invalid(`commitment ${i} is not a point of the curve`);
  });
}

/**
 * `Σ_j y^{o_j}·S_j·C_j + y^last·(den·(φ(ωz) − φ(z) − Σ_j (n_j/N)·S_j·H_j) − num/N) = Z_N·Q`, all at `z`, where
 * `P = num/den` is the sum of the public terms of `statement`; without one, minus the `sum` of a shard's own interactions. By
 * Schwartz–Zippel false constraints or an unbalanced bus survive with probability at most (degree)/r: `α, β` interactions ×
 * tuple length / r, `y` constraints / r, `z` about 4N/r.
 */
export function checkIdentity(parts: {
  shape: Shape;
  plan: Schedule;
  program: ProgramKey;
  statement?: Statement;
  carried?: Carried | undefined;
  sum?: bigint;
  logs: readonly number[];
  values: readonly bigint[];
  challenges: Pick<Challenges, 'alpha' | 'beta' | 'y' | 'z'>;
}): void {
  const { shape, plan, program, statement, carried, sum, logs, values, challenges } = parts;
  const { alpha, beta, y, z } = challenges;
  const K = Math.max(...logs);

  // powers[i] = z^{2^i};  S[k] = Π_{i=k}^{K-1} (1 + z^{2^i}) = Z_N/Z_j for k = k_j;  share[k] = S[k]·2^{k-K}
  const powers = [z];
  for (let i = 0; i < K; i++) powers.push(Fr.mul(powers[i]!, powers[i]!));
  const zN = powers[K]!;
  if (zN === 1n) {
    fail('PROOF_CHALLENGE', 'the challenge z lies in the domain', { where: 'proof', fix: 'Prove again' });
  }
  const S = new Array<bigint>(K + 1).fill(1n);
  const share = new Array<bigint>(K + 1).fill(1n);
  for (let k = K - 1; k >= 0; k--) {
    const factor = Fr.add(1n, powers[k]!);
    S[k] = Fr.mul(S[k + 1]!, factor);
    share[k] = Fr.mul(Fr.mul(share[k + 1]!, factor), HALF);
  }

  const leaves = challengeValues(shape.challenges, { alpha, beta, y }, Fr.mul);
  let left = 0n;
  let yPower = 1n;
  let helperSum = 0n;
  shape.chips.forEach((chip, j) => {
    const at = plan.values.chips[j]!;
    const valuesOf = (indices: readonly number[]): bigint[] => indices.map((i) => values[i]!);
    const columns = [...at.main, ...at.fixed, ...at.helper];
    const C = evaluateProgram(chip.program, scalarRing, valuesOf(columns), leaves)[0]!;
    left = Fr.add(left, Fr.mul(yPower, Fr.mul(S[logs[j]!]!, C)));
    yPower = Fr.mul(yPower, Fr.pow(y, BigInt(chip.constraints)));
    const H = valuesOf(at.helper).reduce(Fr.add, 0n);
    helperSum = Fr.add(helperSum, Fr.mul(share[logs[j]!]!, H));
  });

  // A shard's interactions add up to its sum: what stands for the public terms is minus that.
  const { num, den } =
    statement === undefined
      ? { num: Fr.neg(sum!), den: 1n }
      : publicFraction(shape.publicTerms, { program, statement, carried, alpha, beta });
  requireDenominator(den);
  const step = Fr.sub(Fr.sub(values[plan.values.phiNext]!, values[plan.values.phi]!), helperSum);
  const bus = Fr.sub(Fr.mul(den, step), Fr.mul(num, Fr.pow(HALF, BigInt(K))));
  left = Fr.add(left, Fr.mul(yPower, bus));

  // Q(z) = Σ_c z^{N·c}·q_c(z)
  const Q = values
    .slice(plan.values.quotient, plan.values.phi)
    .reduceRight((sum, q) => Fr.add(Fr.mul(sum, zN), q), 0n);
  if (left !== Fr.mul(Fr.sub(zN, 1n), Q)) {
    fail('PROOF_IDENTITY', 'the constraint identity does not hold at z', { where: 'proof', fix: REJECTED });
  }
}
