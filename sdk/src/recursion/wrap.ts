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
import type { ProveParameters } from '../plonk/prove/parameters.ts';
import { prove } from '../plonk/prove/prover.ts';
import { requireWhole } from '../plonk/verify/run.ts';
import { NARROW, NARROW_LOG, narrowSystem } from './narrow/chip.ts';
import { type NarrowProgram, narrowProgram, narrowWitness } from './narrow/narrow.ts';
import { engineColumns } from './rows/cells.ts';
import { allowedRange, type LogRange } from './verifier/heights.ts';
import { claimOf, wrapInputs, wrapProgram } from './verifier/wrap.ts';

/** What proves and verifies wraps of one key. */
export interface WrapKey {
  readonly key: ProvingKey;
  /** The key whose proofs are wrapped: whole runs, in a hash that circuits evaluate. */
  readonly wrapped: VerifyingKey;
  readonly range: LogRange;
  readonly narrow: NarrowProgram;
}

/** The declarations of the key that wraps another one. */
export function wrapSystem(wrapped: VerifyingKey): System {
  const recursion: Recursion = { messages: 3, subject: subjectOf(wrapped) };
  return { ...narrowSystem({ fixed: 'key', vector: vectorOf(recursion) }), name: 'wattest wrap', recursion };
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

/** Powers of τ that a key which wraps `wrapped` needs. */
export function wrapPowers(wrapped: VerifyingKey): number {
  return powersForHeight(layout(wrapSystem(wrapped)).shape, 0, NARROW_LOG);
}

/**
 * @throws `SRS_TOO_SMALL`; `KEY_INVALID` where the wrapped key is none of whole runs with poseidon2, or stands on another τ; `TRACE_TOO_TALL` where its verifier has too many rows
 */
export async function wrapKeygen({
  wrapped,
  ...sources
}: CommitmentSources & { readonly wrapped: VerifyingKey }): Promise<WrapKey> {
  requireWhole(wrapped);
  const range = allowedRange(wrapped);
  const narrow = narrowProgram(wrapProgram(wrapped, range));
  const key = await keygen({
    ...sources,
    system: wrapSystem(wrapped),
    tables: { [NARROW.name]: narrow.fixed },
    subject: wrapped,
    powers: wrapPowers(wrapped),
  });
  return { key, wrapped, range, narrow };
}

export interface WrapParameters
  extends Pick<ProveParameters, 'engine' | 'srs' | 'onProgress' | 'onBasesUsed' | 'signal' | 'random'> {
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
  const { wrapped, range, narrow } = key;
  const claim = claimOf(wrapped, { program, statement, proof });
  const main = narrowWitness(narrow, wrapInputs(wrapped, range, { claim, proof }));
  const columns = await engineColumns(rest.engine, main, NARROW_LOG);
  try {
    const { first, second } = claim.pair;
    const made = await prove({
      ...rest,
      key: key.key,
      program: { key: program, table: undefined },
      witness: [{ log: NARROW_LOG, columns }],
      statement,
      carried: { messages: [claim.alpha, claim.beta, claim.sum], pair: { A: first!, B: second! } },
    });
    return made.proof;
  } finally {
    rest.engine.free(...columns);
  }
}
