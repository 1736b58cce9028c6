/**
 * The Fiat–Shamir transcript: a hash over what the rounds absorb, chained round by round. Two hashes, a property of the key: keccak256 where a contract
 * verifies, Poseidon2 where a circuit does.
 *
 * keccak256, so that a contract hashes one contiguous buffer a round:
 *
 *     state_0 = 32 bytes: the digest of the verifying key, or keccak256 of a domain
 *     state_k = keccak256(state_{k-1} ‖ everything absorbed in round k)
 *     challenge_0 of round k = state_k mod r;  challenge_i = keccak256(state_k ‖ byte i) mod r,  i ≥ 1
 *
 * One hash reduced mod r: 2^256/r ≈ 5.29, so no value is more than 6/5.29 = 1.134 times as likely as uniform; the
 * soundness error of every challenge carries that factor.
 *
 * Poseidon2, a sponge of rate 2 and capacity 1 whose state goes on from round to round:
 *
 *     (s0, s1, s2) = (0, 0, keccak256 of a domain mod r); of a proof that starts from its key the digest is absorbed first
 *     two elements are added to s0 and s1, then the permutation; the last of a round may stand alone, and a round without elements permutes once
 *     challenge_0 of a round = s0, challenge_1 = s1;  what a transcript comes to is s0
 *
 * How many elements a round absorbs follows from the domain and from what was absorbed before, so no padding tells lengths apart.
 */
import { bytesToNumberBE, concatBytes } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { FR_MODULUS } from '../field/field.ts';
import { elementsOf } from './elements.ts';
import { type ItemKind, word } from './encode.ts';
import { type Poseidon2State, permute } from './poseidon2.ts';

/** Hashes of transcripts. */
export const TRANSCRIPTS = ['keccak256', 'poseidon2'] as const;
export type TranscriptHash = (typeof TRANSCRIPTS)[number];

/** An initial state of its own for each kind of hash, so that none of them is ever taken for another. */
export const initialState = (domain: string): Uint8Array => keccak_256(new TextEncoder().encode(domain));

/** What the capacity of a Poseidon2 transcript holds at first. */
export const domainElement = (domain: string): bigint => bytesToNumberBE(initialState(domain)) % FR_MODULUS;

/** What went into the stream, in order, for tests that compare prover and verifiers. */
export interface ManifestEntry {
  readonly label: string;
  readonly bytes: Uint8Array;
}

export interface Absorbed {
  readonly label: string;
  readonly kind: ItemKind;
}

export interface Transcript {
  /** 32 bytes that stand for all rounds that have ended: a hash, or an element. */
  readonly state: Uint8Array;
  absorb(item: Absorbed, bytes: Uint8Array): void;
  /** Ends a round: hashes what was absorbed and draws one challenge for each name (possibly none). */
  endRound(names: readonly string[]): bigint[];
}

/** Where a transcript starts: at the digest of a verifying key, or as a hash of a kind of its own. */
export type TranscriptStart = { readonly key: Uint8Array } | { readonly domain: string };

/** @param manifest receives every absorbed item and every challenge; leave out outside tests */
export function beginTranscript(
  hash: TranscriptHash,
  start: TranscriptStart,
  manifest?: ManifestEntry[],
): Transcript {
  const note: Note = (label, bytes) => manifest?.push({ label, bytes: bytes.slice() });
  if ('key' in start && start.key.length !== 32) throw new RangeError('the transcript starts from 32 bytes');
  if (hash === 'keccak256') {
    return new KeccakTranscript('key' in start ? start.key : initialState(start.domain), note);
  }
  const transcript = new Poseidon2Transcript('key' in start ? PROOF : start.domain, note);
  if ('key' in start) transcript.absorb({ label: 'key', kind: 'bytes32' }, start.key);
  return transcript;
}

/** Of a proof that stands alone. */
export const PROOF = 'wattest proof 1';

/** What one round over a few items comes to. */
export function digestOf(
  hash: TranscriptHash,
  domain: string,
  items: readonly (readonly [ItemKind, Uint8Array])[],
): Uint8Array {
  const transcript = beginTranscript(hash, { domain });
  for (const [kind, bytes] of items) transcript.absorb({ label: '', kind }, bytes);
  transcript.endRound([]);
  return transcript.state;
}

type Note = (label: string, bytes: Uint8Array) => void;

class KeccakTranscript implements Transcript {
  #state: Uint8Array;
  #pending: Uint8Array[] = [];
  readonly #note: Note;

  constructor(initial: Uint8Array, note: Note) {
    this.#state = initial;
    this.#note = note;
    note('initial state', initial);
  }

  get state(): Uint8Array {
    return this.#state;
  }

  absorb({ label }: Absorbed, bytes: Uint8Array): void {
    this.#pending.push(bytes);
    this.#note(label, bytes);
  }

  endRound(names: readonly string[]): bigint[] {
    this.#state = keccak_256(concatBytes(this.#state, ...this.#pending));
    this.#pending = [];
    return names.map((name, i) => {
      const hash = i === 0 ? this.#state : keccak_256(concatBytes(this.#state, Uint8Array.of(i)));
      this.#note(`challenge ${name}`, hash);
      return bytesToNumberBE(hash) % FR_MODULUS;
    });
  }
}

const RATE = 2;

class Poseidon2Transcript implements Transcript {
  #state: Poseidon2State;
  #pending: bigint[] = [];
  readonly #note: Note;

  constructor(domain: string, note: Note) {
    this.#state = [0n, 0n, domainElement(domain)];
    this.#note = note;
    note('initial state', word(this.#state[2]));
  }

  get state(): Uint8Array {
    return word(this.#state[0]);
  }

  absorb({ label, kind }: Absorbed, bytes: Uint8Array): void {
    this.#pending.push(...elementsOf(kind, bytes));
    this.#note(label, bytes);
  }

  endRound(names: readonly string[]): bigint[] {
    if (names.length > RATE) throw new RangeError(`a round draws at most ${RATE} challenges`);
    const elements = this.#pending.length === 0 ? [0n] : this.#pending;
    this.#pending = [];
    for (let at = 0; at < elements.length; at += RATE) {
      const [a, b, c] = this.#state;
      const [x, y = 0n] = elements.slice(at, at + RATE) as [bigint, bigint?];
      this.#state = permute([(a + x) % FR_MODULUS, (b + y) % FR_MODULUS, c]);
    }
    return names.map((name, i) => {
      const challenge = this.#state[i]!;
      this.#note(`challenge ${name}`, word(challenge));
      return challenge;
    });
  }
}
