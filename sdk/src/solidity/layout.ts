/**
 * The verifier's memory, computed and not drawn by hand: every region once, one behind the other, with what it holds.
 * `checkDisjoint` is asserted whenever a contract is generated.
 */

import {
  type CommitmentSource,
  ITEM_BYTES,
  PAIR,
  type Schedule,
  schedule,
} from '../plonk/declare/schedule.ts';
import type { Shape } from '../plonk/declare/shape.ts';
import { MAX_LOG, maxLog } from '../plonk/declare/shape.ts';
import type { VerifyingKey } from '../plonk/keys/key.ts';
import type { ItemKind } from '../transcript/encode.ts';

export const WORD = 32;
export const POINT = 64;

/** Bytes `at … at + size - 1`. The names become constants of the contract. */
export interface Region {
  readonly name: string;
  readonly at: number;
  readonly size: number;
  readonly about: string;
}

export interface MemoryLayout {
  readonly plan: Schedule;
  /** Largest log2 height that any chip can have. */
  readonly maxLog: number;
  readonly regions: readonly Region[];
  /** Key constants: structure digest, powers, insecure, τ (4 words), then the fixed commitments. */
  readonly keyWords: number;
  /** Words of the program key: log, entry, commitments. */
  readonly programWords: number;
  /** Offsets from STATEMENT, whose words are hashed as the first round. */
  readonly statement: StatementLayout;
  at(name: string): number;
  size(name: string): number;
  value(index: number): number;
  commitment(source: CommitmentSource): number;
  /** First address behind all regions of fixed size; the statement is hashed from there on. */
  readonly end: number;
}

/** What is hashed as the first round: state, program id, then what the proof sends in it, then two counts, status, words. */
export interface StatementLayout {
  /** The proof's part: heights if it has any, then messages and pair of a recursion. */
  readonly sent: number;
  readonly sentBytes: number;
  readonly messages: number;
  readonly pair: number;
  /** Numbers of inputs and outputs, then the status. */
  readonly counts: number;
  readonly words: number;
}

function statementLayout(plan: Schedule): StatementLayout {
  const items = plan.rounds[0]!.items.filter(({ from }) => from === 'proof');
  const bytes = (kind: ItemKind): number =>
    items
      .filter((item) => item.kind === kind)
      .reduce((sum, item) => sum + ITEM_BYTES[item.kind as keyof typeof ITEM_BYTES], 0);
  const sent = 2 * WORD;
  const messages = sent + bytes('heights');
  const pair = messages + bytes('scalar');
  const counts = pair + bytes('point');
  return { sent, sentBytes: counts - sent, messages, pair, counts, words: counts + 3 * WORD };
}

/** The first 128 bytes are Solidity's: scratch, free memory pointer, zero slot. */
const FIRST = 0x80;

/** Challenges in the order of the region; the powers of β follow β. */
export function challengeNames(shape: Shape): string[] {
  const last = shape.recursion === undefined ? [] : ['C'];
  return ['ALPHA', ...betaNames(shape), 'Y', 'Z', 'GAMMA', 'U', ...last];
}

export function betaNames(shape: Shape): string[] {
  const betas = shape.challenges.filter((name) => /^beta\d+$/.test(name)).length;
  return Array.from({ length: Math.max(1, betas) }, (_, i) => (i === 0 ? 'BETA' : `BETA_${i + 1}`));
}

/** @param scratchWords words that the constraint programs need for intermediate values */
export function memoryLayout(key: VerifyingKey, scratchWords: number): MemoryLayout {
  const { shape } = key;
  const plan = schedule(shape);
  const highest = Math.min(
    MAX_LOG,
    Math.max(
      ...shape.chips.map(({ height }, j) =>
        height.from === 'key' ? height.log : maxLog(shape, key.powers, j),
      ),
    ),
  );
  const regions: Region[] = [];
  let next = FIRST;
  const region = (name: string, size: number, about: string): number => {
    const at = next;
    regions.push({ name, at, size, about });
    next += size;
    return at;
  };
  const count = (round: string, kind: string): number =>
    plan.rounds.find(({ name }) => name === round)!.items.filter((item) => item.kind === kind).length;

  region('SUM', POINT + WORD, 'sum of the points so far, and its next factor: input of ecMul');
  region('TERMS', 2 * POINT, 'input of ecAdd');
  region('PAIRING', 12 * WORD, 'input of the pairing: two pairs');
  const keyWords = 7 + 2 * key.commitments.length;
  const keyAt = region('KEY', keyWords * WORD, 'what the digest of the verifying key is made of');
  const { recursion } = shape;
  const programPacks = plan.packs.filter(({ commitment }) => commitment.from === 'program').length;
  const programWords = 2 + 2 * (recursion?.subject?.commitments ?? programPacks);
  region('MACHINE', WORD, 'digest of the machine, which a program id is made of too');
  const programAt = region('PROGRAM', programWords * WORD, 'program key: log2 height, entry, commitments');
  region('LOGS', Math.max(1, shape.chips.length) * WORD, 'log2 height of each chip');
  region('POWERS', (highest + 1) * WORD, 'z^(2^i)');
  region('RATIOS', (highest + 1) * WORD, 'Z_N/Z_n at z for n = 2^i');
  region('NUMERATOR', WORD, 'numerator of the sum of the public terms');
  region('DENOMINATOR', WORD, 'its denominator');
  region('MODULI', plan.moduli.length * WORD, 'Z_k(u) = u^t − z of each modulus');
  region('INVERSES', plan.moduli.length * WORD, '1/Z_k(u) of each modulus');
  region('RESULTS', shape.chips.length * WORD, 'combined constraints of each chip');

  if (recursion !== undefined) {
    const betas = longestTerm(recursion.subject?.publicTerms ?? []);
    region('SUBJECT_BETAS', betas * WORD, 'powers of β of the proof that this one is about');
  }

  const points: number[] = [];
  const statement = statementLayout(plan);
  // Those of the pair come first and lie behind all regions, in the statement.
  const pairPoints = recursion === undefined ? 0 : PAIR.length;
  const round = (name: string, about: string, n: number): void => {
    const at = region(name, WORD + n * POINT, about);
    for (let i = 0; i < n; i++) points.push(at + WORD + i * POINT);
  };
  round('MAIN', 'transcript state, commitments to main columns', count('main', 'point'));
  round('HELPERS', 'transcript state, commitments to helper columns and φ', count('helpers', 'point'));
  round('QUOTIENT', 'transcript state, commitments to the quotient', count('quotient', 'point'));
  // Challenges and values are neighbours, for they go to the evaluators together.
  for (const name of challengeNames(shape)) region(name, WORD, 'challenge');
  const valuesAt = region('VALUES', WORD + plan.values.count * WORD, 'transcript state, values at z');
  if (recursion === undefined) round('OPENING', "transcript state, W, W'", 2);
  else {
    round('OPENING', 'transcript state, W', 1);
    // With the inverse behind it, what c is drawn from.
    round('FINAL', "transcript state, W'", 1);
  }
  region('INVERSE', WORD, "1/Z_T(u) from the proof, then u: with W' the input of ecMul");
  region('SCRATCH', scratchWords * WORD, 'intermediate values of the constraint programs');

  const find = (name: string): Region => {
    const found = regions.find((candidate) => candidate.name === name);
    if (found === undefined) throw new RangeError(`no memory region ${name}`);
    return found;
  };
  checkDisjoint(regions, next);
  return {
    plan,
    maxLog: highest,
    regions,
    keyWords,
    programWords,
    statement,
    at: (name) => find(name).at,
    size: (name) => find(name).size,
    value: (index) => valuesAt + WORD + index * WORD,
    commitment: (source) => {
      if (source.from === 'proof') return points[source.index - pairPoints]!;
      if (source.from === 'program') return programAt + 2 * WORD + source.index * POINT;
      return keyAt + 7 * WORD + source.index * POINT;
    },
    end: next,
  };
}

/** Fields of the longest term. */
export const longestTerm = (terms: readonly { readonly fields: readonly unknown[] }[]): number =>
  Math.max(1, ...terms.map(({ fields }) => fields.length));

/** Throws unless no two regions share a byte, none reaches into Solidity's words, and all end before `end`. */
export function checkDisjoint(regions: readonly Region[], end: number): void {
  const sorted = [...regions].sort((a, b) => a.at - b.at || a.size - b.size);
  sorted.forEach((region, i) => {
    const limit = sorted[i + 1]?.at ?? end;
    if (region.at < FIRST || region.at % WORD !== 0 || region.at + region.size > limit) {
      throw new RangeError(`memory region ${region.name} overlaps the next one`);
    }
  });
}
