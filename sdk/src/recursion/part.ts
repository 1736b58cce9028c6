/** What the program of a part says of the proofs below it, and what it is run on. */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import type { VerifyingKey } from '../plonk/keys/key.ts';
import type { RunKeys } from '../plonk/verify/run.ts';
import type { ProgramInputs } from './program.ts';
import { INNER_SHAPES, type Part } from './tree.ts';
import type { LogRange } from './verifier/heights.ts';
import { type InnerClaim, programsDigest } from './verifier/inner-vector.ts';
import { leafClaim, leafInputs } from './verifier/leaf.ts';
import { type InnerProof, joinClaim, joinInputs, type ListedRun } from './verifier/parts.ts';

/** Proofs of the shards of a leaf, or of the parts that a join is made of, in order. */
export type Below = { readonly shards: readonly Uint8Array[] } | { readonly parts: readonly InnerProof[] };

export interface PartKeys {
  readonly shards: RunKeys;
  readonly inner: VerifyingKey;
  /** log2 of N that proofs of shards may have, as the programs of leaves were printed for. */
  readonly range: LogRange;
}

/** @throws the PROOF_… errors of the verifier for what is wrong below, but for its pairings */
export function partInputs(
  { shards, inner, range }: PartKeys,
  run: ListedRun,
  part: Pick<Part, 'program' | 'first'>,
  below: Below,
): { readonly claim: InnerClaim; readonly inputs: ProgramInputs } {
  const { list, ...others } = run;
  const shape = INNER_SHAPES[part.program]!;
  if (shape.kind === 'leaf' && 'shards' in below) {
    const { leaf } = shape;
    const proofs = below.shards;
    const programs = bytesToNumberBE(programsDigest(list));
    const claim = leafClaim(shards, leaf, { ...others, programs, first: part.first, proofs });
    return { claim, inputs: leafInputs(shards, { shape: leaf, range }, { claim, proofs }) };
  }
  if (shape.kind === 'leaf' || !('parts' in below))
    throw new RangeError('a leaf is of shards, a join of parts');
  const { parts } = below;
  const keys = { inner, closing: shards.closing };
  const claim = joinClaim(keys, { ...run, parts });
  return { claim, inputs: joinInputs(keys, { claim, list, parts }) };
}
