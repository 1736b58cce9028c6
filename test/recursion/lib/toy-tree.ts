/** A run of the toy of so many shards, and all its inner proofs, by the tree of real runs. */
import type { ProgramKey } from '../../../sdk/src/plonk/keys/key.ts';
import { type RunKeys, verifyingKeys } from '../../../sdk/src/plonk/verify/run.ts';
import { partInputs } from '../../../sdk/src/recursion/part.ts';
import type { ProgramInputs } from '../../../sdk/src/recursion/program.ts';
import { INNER_SHAPES, type Part, planParts } from '../../../sdk/src/recursion/tree.ts';
import { type InnerClaim, innerMessagesOf } from '../../../sdk/src/recursion/verifier/inner-vector.ts';
import type { JoinKeys } from '../../../sdk/src/recursion/verifier/join.ts';
import type { InnerProof, ListedRun } from '../../../sdk/src/recursion/verifier/parts.ts';
import {
  DEFAULT_PLAN,
  makeToyKeys,
  proveToyRun,
  type ToyKeys,
  type ToyProofs,
  toyCells,
} from '../../plonk/toy-run.ts';
import { makeToyInner, type ToyInner, type ToyProgram } from './toy-inner.ts';

/** log2 of N of shards: bodies have 2^4 rows, the table 2^5. */
export const RANGE = { least: 4, most: 5 };

export interface ToyTree {
  readonly made: ToyKeys;
  readonly runKeys: RunKeys;
  readonly image: ProgramKey;
  readonly inner: ToyInner;
  readonly keys: JoinKeys;
  /** One a shape, in the order of {@link INNER_SHAPES}. */
  readonly programs: readonly ToyProgram[];
  readonly list: readonly bigint[];
}

export async function makeToyTree(): Promise<ToyTree> {
  const made = await makeToyKeys({ transcript: 'poseidon2' });
  const runKeys = verifyingKeys(made);
  const { engine, srs } = made.toy;
  const inner = await makeToyInner(engine, srs, innerMessagesOf(runKeys.closing));
  const programs: ToyProgram[] = [];
  for (const i of INNER_SHAPES.keys()) programs.push(await inner.program(BigInt(i + 1)));
  return {
    ...{ made, runKeys, inner, programs },
    image: made.program.key,
    keys: { inner: inner.key.key, closing: runKeys.closing },
    list: programs.map(({ digest }) => digest),
  };
}

/** Proofs of a run of so many shards. */
export function toyRun({ made }: Pick<ToyTree, 'made'>, shards: number, seed = 0n): Promise<ToyProofs> {
  const squares = Array.from({ length: shards - 1 }, (_, k) => [BigInt(k % 32), 3n]);
  const masks = Array.from({ length: shards }, (_, k) => 7n ** BigInt(k) + seed);
  return proveToyRun(made, toyCells({ ...DEFAULT_PLAN, squares }, masks));
}

export interface MadePart extends InnerProof {
  readonly part: Part;
  readonly claim: InnerClaim;
  /** What the program of its shape is run on. */
  readonly inputs: ProgramInputs;
}

export const listedRun = ({ image, list }: ToyTree, { challenges }: ToyProofs): ListedRun => ({
  ...challenges,
  program: image,
  list,
});

/** All parts, the whole run last. */
export async function toyParts(tree: ToyTree, run: ToyProofs): Promise<MadePart[]> {
  const { runKeys, inner, keys, programs } = tree;
  const parts: MadePart[] = [];
  const partKeys = { shards: runKeys, inner: keys.inner, range: RANGE };
  for (const part of planParts(run.proofs.length)) {
    const { first, count, children } = part;
    const below =
      children.length === 0
        ? { shards: run.proofs.slice(first, first + count) }
        : { parts: children.map((i) => parts[i]!) };
    const { claim, inputs } = partInputs(partKeys, listedRun(tree, run), part, below);
    const program = programs[part.program]!;
    const proof = await inner.prove(program, claim);
    parts.push({ part, claim, inputs, program: program.proving.key, proof });
  }
  return parts;
}
