/**
 * What is known of a run so far: its seed, what was committed to, the root, finished proofs. Kept in memory, and where a file is given in that too, before
 * anything that depends on it goes on, so that a run which is interrupted goes on where it was. The file is as secret as the private inputs.
 */

import { equalBytes } from '@noble/curves/utils.js';
import { fail } from '../../errors/index.ts';
import { decodeUses, encodeUses, type RunUses } from '../../machine/chips/fill.ts';
import type { PrivateFile } from '../../platform/storage.ts';
import { type Kept, malformed, writeKept } from './kept.ts';

/** What a ledger is of: all that is kept but what has been done. */
export type Begun = Omit<Kept, 'heads' | 'uses' | 'root' | 'proofs' | 'parts' | 'seed'>;

/** What was made for a shard stays bad, be it that other rows were committed to or are proven: nothing more is proven under this seed. */
export class Spoilt extends Error {
  readonly shard: number;
  constructor(shard: number, cause: unknown) {
    super(`shard ${shard}`, { cause });
    this.shard = shard;
  }
}

/** Proofs of the parts that join a run, as far as they are made; whoever asks verifies them. */
export interface KeptParts {
  part(part: number): Uint8Array | undefined;
  joined(part: number, proof: Uint8Array): Promise<void>;
}

export class Ledger implements KeptParts {
  readonly #file: PrivateFile | undefined;
  readonly #begun: Begun;
  readonly #newUses: () => RunUses;
  #seed: Uint8Array;
  #heads: (Uint8Array | undefined)[];
  #uses: RunUses;
  #root: Uint8Array | undefined;
  #proofs: (Uint8Array | undefined)[];
  #parts: (Uint8Array | undefined)[];
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param newUses zero counters of this run
   * @throws RESUME_MALFORMED where what is kept is not of this number of shards
   */
  constructor(
    begun: Begun,
    newUses: () => RunUses,
    { file, kept }: { readonly file?: PrivateFile | undefined; readonly kept?: Kept | undefined } = {},
  ) {
    this.#file = file;
    this.#begun = begun;
    this.#newUses = newUses;
    this.#seed = kept?.seed ?? newSeed();
    const none = Array.from({ length: begun.shards }, () => undefined);
    this.#heads = kept === undefined ? none : [...kept.heads];
    this.#proofs = kept === undefined ? [...none] : [...kept.proofs];
    this.#parts = kept === undefined ? [...none] : [...kept.parts];
    this.#root = kept?.root;
    this.#uses = newUses();
    if (kept?.uses === undefined) return;
    const uses = this.#uses.shard();
    if (!decodeUses(kept.uses, uses))
      malformed('it has other counters than the run', file?.location ?? 'run');
    this.#uses.add(uses);
  }

  get seed(): Uint8Array {
    return this.#seed;
  }

  /** What all bodies that were committed to look up. @throws RUN_TOO_LONG */
  get uses(): RunUses {
    return this.#uses;
  }

  get root(): Uint8Array | undefined {
    return this.#root;
  }

  head(shard: number): Uint8Array | undefined {
    return this.#heads[shard];
  }

  proof(shard: number): Uint8Array | undefined {
    return this.#proofs[shard];
  }

  /**
   * A shard has been committed to.
   * @param uses of a body: what it looks up
   */
  async committed(shard: number, head: Uint8Array, uses: Uint8Array | undefined): Promise<void> {
    if (uses !== undefined) {
      const own = this.#uses.shard();
      if (!decodeUses(uses, own)) throw new Spoilt(shard, new Error('other counters'));
      this.#uses.add(own);
    }
    this.#heads[shard] = head;
    await this.#write();
  }

  /**
   * Written down before a challenge that follows from it is used.
   * @throws SEED_SPENT where another root stands
   */
  async rooted(root: Uint8Array): Promise<void> {
    if (this.#root !== undefined) {
      if (equalBytes(this.#root, root)) return;
      fail('SEED_SPENT', 'the commitments are others than those under whose challenges this run was proven', {
        where: this.#file?.location ?? 'run',
        fix: 'Delete the file and begin the run anew: under one seed a run is proven once',
      });
    }
    this.#root = root;
    await this.#write();
  }

  async proven(shard: number, proof: Uint8Array): Promise<void> {
    this.#proofs[shard] = proof;
    await this.#write();
  }

  part(part: number): Uint8Array | undefined {
    return this.#parts[part];
  }

  async joined(part: number, proof: Uint8Array): Promise<void> {
    this.#parts[part] = proof;
    await this.#write();
  }

  /** A proof that does not convince is none. */
  forget(shard: number): void {
    this.#proofs[shard] = undefined;
  }

  /** Another seed: nothing that was done under the old one counts. */
  async renew(): Promise<void> {
    this.#seed = newSeed();
    this.#heads = this.#heads.map(() => undefined);
    this.#proofs = this.#proofs.map(() => undefined);
    this.#parts = this.#parts.map(() => undefined);
    this.#uses = this.#newUses();
    this.#root = undefined;
    await this.#write();
  }

  /** The run is proven: seed and all are forgotten. */
  async finish(): Promise<void> {
    await this.#writing;
    await this.#file?.remove();
  }

  /** One after the other, each with all that is known by then. */
  #write(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return Promise.resolve();
    this.#writing = this.#writing.then(() => file.write(writeKept(this.#kept())));
    return this.#writing;
  }

  #kept(): Kept {
    return {
      ...this.#begun,
      seed: this.#seed,
      heads: this.#heads,
      uses: encodeUses(this.#uses.sum()),
      root: this.#root,
      proofs: this.#proofs,
      parts: this.#parts,
    };
  }
}

const newSeed = (): Uint8Array => crypto.getRandomValues(new Uint8Array(32));
