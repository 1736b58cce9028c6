/**
 * The Fiat–Shamir transcript: keccak256 over an append-only byte stream, chained round by round so that a contract hashes
 * one contiguous buffer a round.
 *
 *     state_0 = the initial 32 bytes (the digest of the verifying key)
 *     state_k = keccak256(state_{k-1} ‖ everything absorbed in round k)
 *     challenge_0 of round k = state_k mod r;  challenge_i = keccak256(state_k ‖ byte i) mod r,  i ≥ 1
 *
 * One hash reduced mod r: 2^256/r ≈ 5.29, so no value is more than 6/5.29 = 1.134 times as likely as uniform; the
 * soundness error of every challenge carries that factor.
 */
import { bytesToNumberBE, concatBytes } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { FR_MODULUS } from '../field/field.ts';

/** An initial state of its own for each kind of hash, so that none of them is ever taken for another. */
export const initialState = (domain: string): Uint8Array => keccak_256(new TextEncoder().encode(domain));

/** What went into the stream, in order, for tests that compare prover and verifiers. */
export interface ManifestEntry {
  readonly label: string;
  readonly bytes: Uint8Array;
}

export class Transcript {
  #state: Uint8Array;
  #pending: Uint8Array[] = [];
  readonly #manifest: ManifestEntry[] | undefined;

  /** @param manifest receives every absorbed item and every challenge; leave out outside tests */
  constructor(initial: Uint8Array, manifest?: ManifestEntry[]) {
    if (initial.length !== 32) throw new RangeError('the transcript starts from 32 bytes');
    this.#state = initial;
    this.#manifest = manifest;
    this.#note('initial state', initial);
  }

  /** The hash of all rounds that have ended. */
  get state(): Uint8Array {
    return this.#state;
  }

  absorb(label: string, bytes: Uint8Array): void {
    this.#pending.push(bytes);
    this.#note(label, bytes);
  }

  /** Ends a round: hashes what was absorbed and draws one challenge for each name (possibly none). */
  endRound(names: readonly string[]): bigint[] {
    this.#state = keccak_256(concatBytes(this.#state, ...this.#pending));
    this.#pending = [];
    return names.map((name, i) => {
      const hash = i === 0 ? this.#state : keccak_256(concatBytes(this.#state, Uint8Array.of(i)));
      this.#note(`challenge ${name}`, hash);
      return bytesToNumberBE(hash) % FR_MODULUS;
    });
  }

  #note(label: string, bytes: Uint8Array): void {
    this.#manifest?.push({ label, bytes: bytes.slice() });
  }
}
