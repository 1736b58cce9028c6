/**
 * A proof is the prover's messages in the order of the rounds behind the selector of its verifying key:
 *
 *     selector (4) ‖ heights (32) ‖ main packs (64 each) ‖ helper packs, φ ‖ quotient packs ‖ values (32 each) ‖ W ‖ W' ‖ 1/Z_T(u) (32)
 *
 * (of a recursion messages (32 each) ‖ A ‖ B stand before the main packs).
 * Writer and reader walk the schedule and drive the transcript, so the bytes that are hashed are the bytes of the proof.
 * Points are x ‖ y, every one a point of the curve other than infinity: an honest one is blinded and is infinity with
 * probability 1/r, so infinity has no meaning but an attack. (Commitments in keys may be infinity: zero columns.)
 */
import { bytesToNumberBE, hexToBytes } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import { decodeG1, encodeG1, type G1Point } from '../../curve/g1.ts';
import { fail, isWattestError } from '../../errors/index.ts';
import { FR_MODULUS } from '../../field/field.ts';
import { joined, packWords64, word } from '../../transcript/encode.ts';
import {
  beginTranscript,
  type ManifestEntry,
  type Transcript,
  type TranscriptStart,
} from '../../transcript/transcript.ts';
import type { Statement } from '../declare/declare.ts';
import {
  type ChallengeName,
  ITEM_BYTES,
  type Item,
  type Round,
  type Schedule,
  SELECTOR_BYTES,
} from '../declare/schedule.ts';
import { machineDigest, type ProgramKey, programDigest, programId, type VerifyingKey } from '../keys/key.ts';

/** What both sides know before the first round. */
export interface ProofContext {
  readonly key: VerifyingKey;
  readonly schedule: Schedule;
  /** What a proof with a closed bus is about. */
  readonly program?: ProgramKey;
  readonly statement?: Statement;
  /** Place in its run, from 0, of a proof under a key with a shared bus. */
  readonly shard?: number;
  /** Receives what the transcript absorbs, for tests. */
  readonly manifest?: ManifestEntry[];
}

/** Value of a proof item: log2 heights, a point, or a scalar. */
export type Message = readonly number[] | NonNullable<G1Point> | bigint;
export type Challenges = Readonly<Record<ChallengeName, bigint>>;

const WORD64 = 1n << 64n;

/**
 * The statement as plain data, each part read once: a getter cannot answer differently to whoever looks next.
 * `STATEMENT_INVALID` unless all words are there and below 2^64.
 */
export function takeStatement({ publicInputs, publicOutputs, status }: Statement): Statement {
  const invalid = (problem: string, where: string): never =>
    fail('STATEMENT_INVALID', problem, { where, fix: 'Give unsigned 64-bit words, as bigint' });
  const word = (value: unknown, where: string): bigint =>
    typeof value === 'bigint' && value >= 0n && value < WORD64
      ? value
      : invalid('the word is not an integer in [0, 2^64)', where);
  const words = (list: unknown, where: string): bigint[] => {
    if (!Array.isArray(list)) return invalid('not a list of words', where);
    const own: bigint[] = [];
    // By index: methods of lists pass over holes, which would be hashed as 0 and sent to nobody.
    for (let i = 0; i < list.length; i++) own.push(word(list[i], `${where}[${i}]`));
    return own;
  };
  return {
    publicInputs: words(publicInputs, 'statement.publicInputs'),
    publicOutputs: words(publicOutputs, 'statement.publicOutputs'),
    status: word(status, 'statement.status'),
  };
}

/** What a shard starts from besides its own leaf. */
export interface SharedChallenges {
  readonly alpha: bigint;
  readonly beta: bigint;
}

/** What the transcript absorbs of a statement. */
export function statementBytes(
  label: string,
  { publicInputs, publicOutputs, status }: Statement,
): Uint8Array {
  switch (label) {
    case 'number of public inputs':
      return word(publicInputs.length);
    case 'number of public outputs':
      return word(publicOutputs.length);
    case 'status':
      return word(status);
    case 'public inputs':
      return packWords64(publicInputs);
    case 'public outputs':
      return packWords64(publicOutputs);
    default:
      throw new RangeError(`no context item ${label}`);
  }
}

const STATEMENT_PARTS = [
  'number of public inputs',
  'number of public outputs',
  'status',
  'public inputs',
  'public outputs',
] as const;

/** keccak256 of the whole statement with its lengths, under every hash of transcripts: what a contract can make. */
export const statementHash = (statement: Statement): Uint8Array =>
  keccak_256(joined(STATEMENT_PARTS.map((part) => statementBytes(part, statement))));

/** Domains of transcripts that do not start from a key. */
export const DOMAINS = { leaf: 'wattest shard leaf 1', shard: 'wattest shard 1' } as const;

/** What writer and reader share: the position in the schedule and the transcript. */
class Walk {
  readonly context: ProofContext;
  transcript: Transcript;
  #next = 0;
  #challenges: Partial<Record<ChallengeName, bigint>> = {};
  #leaf: Uint8Array | undefined;

  constructor(context: ProofContext) {
    this.context = context;
    this.transcript = this.#begin({ key: hexToBytes(context.key.digest.slice(2)) });
  }

  /** The hash of a shard's main columns, when their round has ended. */
  get leaf(): Uint8Array {
    return this.#leaf ?? missing('leaf');
  }

  share({ alpha, beta }: SharedChallenges): void {
    this.#challenges = { alpha, beta };
  }

  contextBytes({ label }: Item): Uint8Array {
    const { key, program, statement, shard } = this.context;
    const { alpha, beta } = this.#challenges;
    switch (label) {
      case 'key':
        return hexToBytes(key.digest.slice(2));
      case 'shard':
        return word(shard ?? missing(label));
      case 'leaf':
        return this.leaf;
      case 'alpha':
        return word(alpha ?? missing(label));
      case 'beta':
        return word(beta ?? missing(label));
      case 'programId':
        return hexToBytes(programId(machineDigest(key), program ?? missing(label)).slice(2));
      case 'program':
        return programDigest(program ?? missing(label));
      default:
        return statementBytes(label, statement ?? missing(label));
    }
  }

  begin(name: Round['name']): Round {
    const round = this.context.schedule.rounds[this.#next++];
    if (round?.name !== name) throw new RangeError(`round ${name} is not the next one (${round?.name})`);
    if (round.begins !== undefined) {
      this.transcript = this.#begin({ domain: DOMAINS[round.begins] });
    }
    return round;
  }

  #begin(start: TranscriptStart): Transcript {
    const { key, manifest } = this.context;
    return beginTranscript(key.shape.transcript, start, manifest);
  }

  /** All challenges drawn so far. */
  end(round: Round): Challenges {
    if (this.#next < this.context.schedule.rounds.length || round.challenges.length > 0) {
      const drawn = this.transcript.endRound(round.challenges);
      round.challenges.forEach((challenge, i) => {
        this.#challenges[challenge] = drawn[i]!;
      });
      if (round.begins === 'leaf') this.#leaf = this.transcript.state;
    }
    return this.#challenges as Challenges;
  }

  finish(): void {
    const { rounds } = this.context.schedule;
    if (this.#next !== rounds.length)
      throw new RangeError(`${rounds.length - this.#next} rounds were not walked`);
  }
}

export class ProofWriter {
  readonly #walk: Walk;
  readonly #parts: Uint8Array[];

  constructor(context: ProofContext) {
    this.#walk = new Walk(context);
    this.#parts = [hexToBytes(context.key.selector.slice(2))];
  }

  /** Sends the messages of the next round, one for each of its proof items in order; returns the challenges so far. */
  round(name: Round['name'], messages: readonly Message[]): Challenges {
    const round = this.#walk.begin(name);
    const queue = [...messages];
    for (const item of round.items) {
      let bytes: Uint8Array;
      if (item.from === 'context') bytes = this.#walk.contextBytes(item);
      else {
        bytes = encodeMessage(item, queue.shift());
        this.#parts.push(bytes);
      }
      this.#walk.transcript.absorb(item, bytes);
    }
    if (queue.length > 0) throw new RangeError(`round ${name}: ${queue.length} messages too many`);
    return this.#walk.end(round);
  }

  /** The hash of a shard's main columns, after their round; then `share` what follows from the leaves of all shards. */
  get leaf(): Uint8Array {
    return this.#walk.leaf;
  }

  /** Hash of everything so far, after a round. */
  get state(): Uint8Array {
    return this.#walk.transcript.state;
  }

  share(challenges: SharedChallenges): void {
    this.#walk.share(challenges);
  }

  /** The bytes so far. */
  get sent(): Uint8Array {
    return joined(this.#parts);
  }

  done(): Uint8Array {
    this.#walk.finish();
    return this.sent;
  }
}

function encodeMessage(item: Item, message: Message | undefined): Uint8Array {
  if (item.kind === 'scalar' && typeof message === 'bigint') return word(message);
  if (item.kind === 'point' && typeof message === 'object' && 'x' in message) return encodeG1(message);
  if (item.kind === 'heights' && Array.isArray(message)) {
    const bytes = new Uint8Array(32);
    bytes.set(message as readonly number[]);
    return bytes;
  }
  throw new RangeError(`${item.label}: no message of kind ${item.kind}`);
}

/** Strict: exact length, own selector, canonical scalars and points; each failure has its name. */
export class ProofReader {
  readonly #walk: Walk;
  readonly #proof: Uint8Array;
  #at = SELECTOR_BYTES;

  constructor(context: ProofContext, proof: Uint8Array) {
    const { key, schedule } = context;
    const selector = `0x${bytesToHex(proof.subarray(0, SELECTOR_BYTES))}`;
    if (proof.length >= SELECTOR_BYTES && selector !== key.selector) {
      fail('PROOF_SELECTOR', `the proof is for verifying key ${selector}, this one is ${key.selector}`, {
        where: 'proof',
        fix: 'Verify with the key (and version) the proof was made for, or prove again',
      });
    }
    if (proof.length !== schedule.proofBytes) {
      fail('PROOF_LENGTH', `the proof has ${proof.length} bytes instead of ${schedule.proofBytes}`, {
        where: 'proof',
        fix: 'Obtain the whole proof again; nothing may follow it',
      });
    }
    this.#walk = new Walk(context);
    this.#proof = proof;
  }

  /** The messages of the next round and the challenges so far. */
  round(name: Round['name']): { readonly messages: readonly Message[]; readonly challenges: Challenges } {
    const round = this.#walk.begin(name);
    const messages: Message[] = [];
    for (const item of round.items) {
      if (item.from === 'context') {
        this.#walk.transcript.absorb(item, this.#walk.contextBytes(item));
        continue;
      }
      const bytes = this.#proof.subarray(
        this.#at,
        this.#at + ITEM_BYTES[item.kind as keyof typeof ITEM_BYTES],
      );
      messages.push(this.#decode(item, bytes));
      this.#at += bytes.length;
      this.#walk.transcript.absorb(item, bytes);
    }
    return { messages, challenges: this.#walk.end(round) };
  }

  /** As of {@link ProofWriter}. */
  get leaf(): Uint8Array {
    return this.#walk.leaf;
  }

  /** As of {@link ProofWriter}; the last round is not hashed. */
  get state(): Uint8Array {
    return this.#walk.transcript.state;
  }

  share(challenges: SharedChallenges): void {
    this.#walk.share(challenges);
  }

  done(): void {
    this.#walk.finish();
  }

  #decode(item: Item, bytes: Uint8Array): Message {
    const where = `proof+${this.#at} (${item.label})`;
    switch (item.kind) {
      case 'heights': {
        const { heights } = this.#walk.context.schedule;
        if (bytes.subarray(heights.length).some((byte) => byte !== 0)) {
          fail('PROOF_HEIGHTS', 'the bytes behind the heights are not zero', { where, fix: RETRY });
        }
        return Array.from(bytes.subarray(0, heights.length));
      }
      case 'point':
        try {
          return decodeG1(bytes, { where, infinity: 'reject' })!;
        } catch (error) {
          if (!isWattestError(error)) throw error;
          return fail('PROOF_POINT', error.message, { fix: RETRY, cause: error });
        }
      case 'scalar': {
        const value = bytesToNumberBE(bytes);
        if (value >= FR_MODULUS) fail('PROOF_SCALAR', 'the scalar is not below r', { where, fix: RETRY });
        return value;
      }
      default:
        throw new RangeError(`${item.label}: a proof has no item of kind ${item.kind}`);
    }
  }
}

function missing(what: string): never {
  throw new RangeError(`the transcript has no ${what} here`);
}

/** What to do about a proof that does not convince. */
export const REJECTED = 'The proof is forged, corrupt, or for another program or statement';
const RETRY = 'The proof is corrupt or forged; obtain or make it again';
