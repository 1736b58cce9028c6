/**
 * Joining runs of several proofs, up to the small one: the inner key with all its programs, what proves one part of a run from the parts below it, and the key that wraps the last.
 * What is true is for the programs to say (`verifier`); here they become keys and proofs.
 */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import type { CommitmentSources } from '../plonk/columns/fixed-commitment.ts';
import type { Statement } from '../plonk/declare/declare.ts';
import { type ProgramKey, programDigest } from '../plonk/keys/key.ts';
import type { ProvingKey } from '../plonk/keys/keygen.ts';
import type { ProveOptions } from '../plonk/prove/parameters.ts';
import type { RunKeys } from '../plonk/verify/run.ts';
import { type InnerProgram, innerKeygen, innerProgram, proveInner } from './inner.ts';
import type { Program, ProgramInputs } from './program.ts';
import { INNER_SHAPES, type Part } from './tree.ts';
import { allowedRange, type LogRange } from './verifier/heights.ts';
import { type InnerClaim, innerCarried, innerMessagesOf, programsDigest } from './verifier/inner-vector.ts';
import { type JoinKeys, joinProgram } from './verifier/join.ts';
import { leafClaim, leafInputs, leafProgram } from './verifier/leaf.ts';
import {
  type InnerProof,
  joinClaim,
  joinInputs,
  type ListedRun,
  type PartClaim,
  verifyPart,
  wrapJoinClaim,
  wrapJoinInputs,
} from './verifier/parts.ts';
import { wrapJoinProgram } from './verifier/wrap-join.ts';
import { proveWrap, type WrapProver, wrapProver } from './wrap.ts';

/** What joins runs under some keys. */
export interface Joins {
  /** Of the shards, with poseidon2. */
  readonly shards: RunKeys;
  readonly inner: ProvingKey;
  /** Program keys by place in {@link INNER_SHAPES}. */
  readonly programs: readonly ProgramKey[];
  /** Their digests: what is trusted. */
  readonly list: readonly bigint[];
  /** Proves and verifies small proofs of runs of several shards. */
  readonly wrap: WrapProver;
  /** @internal */
  readonly sources: CommitmentSources;
}

const keysOf = ({ shards, inner }: Pick<Joins, 'shards' | 'inner'>): JoinKeys => ({
  inner: inner.key,
  closing: shards.closing,
});

/** log2 of N of shards: one range for both kinds, so that a leaf of both has one. */
function shardRange({ body, closing }: RunKeys): LogRange {
  const ranges = [body, closing].map(allowedRange);
  return {
    least: Math.min(...ranges.map(({ least }) => least)),
    most: Math.max(...ranges.map(({ most }) => most)),
  };
}

function programOf({ shards, inner }: Pick<Joins, 'shards' | 'inner'>, index: number): Program {
  const shape = INNER_SHAPES[index]!;
  return shape.kind === 'leaf'
    ? leafProgram(shards, shape.leaf, shardRange(shards))
    : joinProgram(keysOf({ shards, inner }), { children: shape.children, programs: INNER_SHAPES.length });
}

export interface JoinKeygenParameters extends CommitmentSources {
  readonly shards: RunKeys;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** @throws SRS_TOO_SMALL; TRACE_TOO_TALL where the verifier of these shards has too many rows */
export async function joinKeygen({ shards, onProgress, ...sources }: JoinKeygenParameters): Promise<Joins> {
  const inner = await innerKeygen({ ...sources, messages: innerMessagesOf(shards.closing) });
  const programs: ProgramKey[] = [];
  for (const index of INNER_SHAPES.keys()) {
    onProgress?.(index, INNER_SHAPES.length + 1);
    const { proving } = await innerProgram({
      ...sources,
      key: inner,
      program: programOf({ shards, inner }, index),
    });
    programs.push(proving.key);
  }
  onProgress?.(INNER_SHAPES.length, INNER_SHAPES.length + 1);
  const list = programs.map((key) => bytesToNumberBE(programDigest(key)));
  const program = wrapJoinProgram(keysOf({ shards, inner }), list);
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
  verifyPart(keysOf(joins), { ...run, list: joins.list }, { program, proof, says });
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
    below: { readonly shards: readonly Uint8Array[] } | { readonly parts: readonly InnerProof[] },
    options: ProveOptions,
  ): Promise<Uint8Array> {
    const joins = this.#joins;
    const { claim, inputs } = this.#claim(part, run, below);
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

  #claim(
    part: Part,
    run: Omit<ListedRun, 'list'>,
    below: { readonly shards: readonly Uint8Array[] } | { readonly parts: readonly InnerProof[] },
  ): { readonly claim: InnerClaim; readonly inputs: ProgramInputs } {
    const joins = this.#joins;
    const { list, shards: keys } = joins;
    const shape = INNER_SHAPES[part.program]!;
    if (shape.kind === 'leaf' && 'shards' in below) {
      const { leaf } = shape;
      const proofs = below.shards;
      const programs = bytesToNumberBE(programsDigest(list));
      const claim = leafClaim(keys, leaf, { ...run, programs, first: part.first, proofs });
      return { claim, inputs: leafInputs(keys, { shape: leaf, range: shardRange(keys) }, { claim, proofs }) };
    }
    if (shape.kind === 'leaf' || !('parts' in below))
      throw new RangeError('a leaf is of shards, a join of parts');
    const { parts } = below;
    const claim = joinClaim(keysOf(joins), { ...run, list, parts });
    return { claim, inputs: joinInputs(keysOf(joins), { claim, list, parts }) };
  }

  #program(index: number): Promise<InnerProgram> {
    if (this.#made?.index !== index) {
      const { inner, sources } = this.#joins;
      const program = innerProgram({ ...sources, key: inner, program: programOf(this.#joins, index) });
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
  const claim = wrapJoinClaim(keysOf(joins), { ...last, run: program, statement, list });
  const inputs = wrapJoinInputs(keysOf(joins), { ...last, claim });
  return proveWrap(wrap, { ...options, claim, inputs, statement });
}
