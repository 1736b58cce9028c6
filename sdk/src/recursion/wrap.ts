/**
 * Wrapping: a run of one shard becomes a small proof under a key of its own, whose fixed columns are the verifier of the wrapped key. Whoever verifies the
 * small proof makes its public vector himself, and checks the pair that is left of the other.
 */
import type { CommitmentSources } from '../plonk/columns/fixed-commitment.ts';
import type { PublicField, Recursion, Statement, System } from '../plonk/declare/declare.ts';
import { layout } from '../plonk/declare/layout.ts';
import { powersForHeight } from '../plonk/declare/shape.ts';
import type { ProgramKey, VerifyingKey } from '../plonk/keys/key.ts';
import { keygen, type ProvingKey, subjectOf } from '../plonk/keys/keygen.ts';
import type { ProveOptions } from '../plonk/prove/parameters.ts';
import { prove } from '../plonk/prove/prover.ts';
import { requireWhole } from '../plonk/verify/run.ts';
import { NARROW, NARROW_LOG, narrowSystem } from './narrow/chip.ts';
import { type NarrowProgram, narrowProgram, narrowWitness } from './narrow/narrow.ts';
import type { Program, ProgramInputs } from './program.ts';
import { engineColumns } from './rows/cells.ts';
import { allowedRange, type LogRange } from './verifier/heights.ts';
import { claimOf, type WrapClaim, wrapInputs, wrapProgram } from './verifier/wrap.ts';

/** A key for small proofs, with the rows of its program. */
export interface WrapProver {
  readonly key: ProvingKey;
  readonly narrow: NarrowProgram;
}

/** What proves and verifies wraps of one key. */
export interface WrapKey extends WrapProver {
  /** The key whose proofs are wrapped: whole runs, in a hash that circuits evaluate. */
  readonly wrapped: VerifyingKey;
  readonly range: LogRange;
}

/** The declarations of a key for small proofs. @param subject a key of the machine with the image */
export function wrapSystem(subject: VerifyingKey, name = 'wattest wrap'): System {
  const recursion: Recursion = { messages: 3, subject: subjectOf(subject) };
  return { ...narrowSystem({ fixed: 'key', vector: vectorOf(recursion) }), name, recursion };
}

/** The elements of `wrapPublics`, in its order. */
function vectorOf({ subject }: Recursion): PublicField[] {
  const message = (index: number): PublicField => ({ from: 'message', index });
  const point = (make: (part: 0 | 1 | 2) => PublicField): PublicField[] => ([0, 1, 2] as const).map(make);
  return [
    ...[0, 1, 2].map(message),
    { from: 'statement', half: 0 },
    { from: 'statement', half: 1 },
    { from: 'log' },
    { from: 'entry' },
    ...Array.from({ length: subject!.commitments }, (_, index) =>
      point((part) => ({ from: 'commitment', index, part })),
    ).flat(),
    ...point((part) => ({ from: 'pair', point: 'A', part })),
    ...point((part) => ({ from: 'pair', point: 'B', part })),
  ];
}

/** Powers of τ that a key for small proofs needs. */
export function wrapPowers(subject: VerifyingKey): number {
  return powersForHeight(layout(wrapSystem(subject)).shape, 0, NARROW_LOG);
}

export interface WrapProverParameters extends CommitmentSources {
  readonly name?: string;
  /** A key of the machine that the proofs are about, with the image. */
  readonly subject: VerifyingKey;
  /** Its public vector is that of `wrapPublics`. */
  readonly program: Program;
}

/** @throws `SRS_TOO_SMALL`; `KEY_INVALID` where the subject stands on another τ; `TRACE_TOO_TALL` where the program has too many rows */
export async function wrapProver({
  name,
  subject,
  program,
  ...sources
}: WrapProverParameters): Promise<WrapProver> {
  const narrow = narrowProgram(program);
  const key = await keygen({
    ...sources,
    system: wrapSystem(subject, name),
    tables: { [NARROW.name]: narrow.fixed },
    subject,
    powers: wrapPowers(subject),
  });
  return { key, narrow };
}

/**
 * @throws as {@link wrapProver}; `KEY_INVALID` where the wrapped key is none of whole runs with poseidon2
 */
export async function wrapKeygen({
  wrapped,
  ...sources
}: CommitmentSources & { readonly wrapped: VerifyingKey }): Promise<WrapKey> {
  requireWhole(wrapped);
  const range = allowedRange(wrapped);
  const program = wrapProgram(wrapped, range);
  return { ...(await wrapProver({ ...sources, subject: wrapped, program })), wrapped, range };
}

export interface WrapParameters extends ProveOptions {
  readonly key: WrapKey;
  readonly program: ProgramKey;
  readonly statement: Statement;
  /** Of a run of one shard, by the wrapped key. */
  readonly proof: Uint8Array;
}

/**
 * The small proof, for the same program and statement.
 * @throws the PROOF_… errors of a verifier for a proof that it refuses before its pairing; that is left to whoever verifies the small proof
 */
export async function wrap({ key, program, statement, proof, ...rest }: WrapParameters): Promise<Uint8Array> {
  const { wrapped, range } = key;
  const claim = claimOf(wrapped, { program, statement, proof });
  const inputs = wrapInputs(wrapped, range, { claim, proof });
  return proveWrap(key, { ...rest, claim, inputs, statement });
}

/** The small proof of what is claimed. @throws `WITNESS_INVALID` where the program does not hold for the inputs */
export async function proveWrap(
  { key, narrow }: WrapProver,
  {
    claim,
    inputs,
    statement,
    ...rest
  }: ProveOptions & {
    readonly claim: WrapClaim;
    readonly inputs: ProgramInputs;
    readonly statement: Statement;
  },
): Promise<Uint8Array> {
  const columns = await engineColumns(rest.engine, narrowWitness(narrow, inputs), NARROW_LOG);
  try {
    const { first, second } = claim.pair;
    const made = await prove({
      ...rest,
      key,
      program: { key: claim.program, table: undefined },
      witness: [{ log: NARROW_LOG, columns }],
      statement,
      carried: { messages: [claim.alpha, claim.beta, claim.sum], pair: { A: first!, B: second! } },
    });
    return made.proof;
  } finally {
    rest.engine.free(...columns);
  }
}
