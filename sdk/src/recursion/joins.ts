/**
 * Joining runs of several proofs, up to the small one: the inner key with all its programs, what proves one part of a run from the parts below it, and the key that wraps the last.
 * What is true is for the programs to say (`verifier`); here they become keys and proofs.
 */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import type { CommitmentSources } from '../plonk/columns/fixed-commitment.ts';
import type { Statement } from '../plonk/declare/declare.ts';
import { type ProgramKey, programDigest } from '../plonk/keys/key.ts';
import type { ProveOptions } from '../plonk/prove/parameters.ts';
import { type InnerProgram, innerKeygen, proveInner } from './inner.ts';
import { joinKeysOf, type ListKeys, listedKeys, listedProgram, requireListed, shardRange } from './list.ts';
import { type Below, partInputs } from './part.ts';
import type { Part } from './tree.ts';
import { innerCarried, innerMessagesOf } from './verifier/inner-vector.ts';
import {
  type InnerProof,
  type ListedRun,
  type PartClaim,
  verifyPart,
  wrapJoinClaim,
  wrapJoinInputs,
} from './verifier/parts.ts';
import { wrapJoinProgram } from './verifier/wrap-join.ts';
import { proveWrap, type WrapProver, wrapProver } from './wrap.ts';

/** What joins runs under some keys. */
export interface Joins extends ListKeys {
  /** Program keys by place in {@link INNER_SHAPES}. */
  readonly programs: readonly ProgramKey[];
  /** Their digests: what is trusted. */
  readonly list: readonly bigint[];
  /** Proves and verifies small proofs of runs of several shards. */
  readonly wrap: WrapProver;
  /** @internal */
  readonly sources: CommitmentSources;
}

export interface JoinKeygenParameters extends CommitmentSources, Pick<ListKeys, 'shards'> {
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** @throws SRS_TOO_SMALL; TRACE_TOO_TALL where the verifier of these shards has too many rows */
export async function joinKeygen({ shards, onProgress, ...sources }: JoinKeygenParameters): Promise<Joins> {
  const inner = await innerKeygen({ ...sources, messages: innerMessagesOf(shards.closing) });
  const programs = await listedKeys(sources, { shards, inner }, onProgress);
  const list = programs.map((key) => bytesToNumberBE(programDigest(key)));
  const program = wrapJoinProgram(joinKeysOf({ shards, inner }), list);
  const wrap = await wrapProver({
    ...sources,
    name: 'wattest wrap of joins',
    subject: shards.closing,
    program,
  });
  return { shards, inner, programs, list, wrap, sources };
}

/**
 * Verifies the proof of a part, whoever made it, with its pairings.
 * @throws PROOF_PART, and the PROOF_… errors of the verifier
 */
export function verifyMade(
  joins: Joins,
  run: Omit<ListedRun, 'list'>,
  part: Part,
  { proof, says }: { readonly proof: Uint8Array; readonly says: PartClaim },
): void {
  const program = joins.programs[part.program]!;
  verifyPart(joinKeysOf(joins), { ...run, list: joins.list }, { program, proof, says });
}

/** Programs with their rows, made when they are first asked for; one at a time is kept, which is some 100 MB. */
export class JoinProver {
  readonly #joins: Joins;
  #made: { readonly index: number; readonly program: Promise<InnerProgram> } | undefined;

  constructor(joins: Joins) {
    this.#joins = joins;
  }

  /**
   * The proof of a part, to be verified by {@link verifyMade}.
   * @param below proofs of its shards, or of the parts that it is made of, in order
   * @throws the PROOF_… errors of the verifier for what is wrong below; as `prove`
   */
  async prove(
    part: Part,
    run: Omit<ListedRun, 'list'>,
    below: Below,
    options: ProveOptions,
  ): Promise<Uint8Array> {
    const joins = this.#joins;
    const { shards, inner, list } = joins;
    const keys = { shards, inner: inner.key, range: shardRange(shards) };
    const { claim, inputs } = partInputs(keys, { ...run, list }, part, below);
    const program = await this.#program(part.program);
    try {
      return await proveInner({
        ...options,
        key: joins.inner,
        program,
        carried: innerCarried(claim),
        inputs,
      });
    } finally {
      for (const table of [program.proving.table, ...(program.proving.more ?? [])])
        await table?.release(options.engine);
    }
  }

  #program(index: number): Promise<InnerProgram> {
    if (this.#made?.index !== index) {
      const { sources, programs } = this.#joins;
      const program = listedProgram(sources, this.#joins, index).then((made) => {
        requireListed(programs[index]!, made);
        return made;
      });
      this.#made = { index, program };
    }
    return this.#made!.program;
  }
}

/**
 * The small proof of a run, from the proof of its last part.
 * @throws as `wrap`
 */
export async function wrapJoined(
  joins: Joins,
  about: {
    readonly program: ProgramKey;
    readonly statement: Statement;
    readonly last: InnerProof;
  },
  options: ProveOptions,
): Promise<Uint8Array> {
  const { program, statement, last } = about;
  const { list, wrap } = joins;
  const claim = wrapJoinClaim(joinKeysOf(joins), { ...last, run: program, statement, list });
  const inputs = wrapJoinInputs(joinKeysOf(joins), { ...last, claim });
  return proveWrap(wrap, { ...options, claim, inputs, statement });
}
