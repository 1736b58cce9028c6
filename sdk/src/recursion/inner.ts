/**
 * Inner proofs: runs of programs on the wide layout, which other programs verify. One key serves all programs, and each has a program key. A proof says that its program holds for
 * a public vector, messages and a pair, up to the pairing of that pair, which whoever verifies it checks.
 */
import type { CommitmentSources } from '../plonk/columns/fixed-commitment.ts';
import type { System } from '../plonk/declare/declare.ts';
import { layout } from '../plonk/declare/layout.ts';
import { powersForHeight } from '../plonk/declare/shape.ts';
import { vectorOf } from '../plonk/declare/term-rules.ts';
import { keygen, type ProvingKey, type ProvingProgram, programKeygen } from '../plonk/keys/keygen.ts';
import type { Witness } from '../plonk/keys/witness.ts';
import type { ProveOptions } from '../plonk/prove/parameters.ts';
import { prove } from '../plonk/prove/prover.ts';
import { type Carried, NO_STATEMENT } from '../plonk/verify/public-terms.ts';
import type { Program, ProgramInputs } from './program.ts';
import { engineColumns } from './rows/cells.ts';
import { publicPoints } from './verifier/public-vector.ts';
import { LIMBS, LIMBS_LOG, limbsTable, WIDE_LOGS, wideSystem } from './wide/chips.ts';
import { type WideProgram, wideProgram, wideWitness } from './wide/wide.ts';

/** The declarations of the key. The public vector of its programs: the messages, then three elements for each side of the pair. */
export function innerSystem(messages: number): System {
  const recursion = { messages };
  return { ...wideSystem({ vector: vectorOf(recursion) }), name: 'wattest inner', recursion };
}

/** Powers of τ of the key, whatever the messages: they bound the heights of programs. */
export function innerPowers(): number {
  const { shape } = layout(innerSystem(0));
  return Math.max(...shape.chips.map(({ name }, j) => powersForHeight(shape, j, WIDE_LOGS[name]!)));
}

/** @throws `SRS_TOO_SMALL` */
export function innerKeygen({
  messages,
  ...sources
}: CommitmentSources & { readonly messages: number }): Promise<ProvingKey> {
  const tables = { [LIMBS.name]: limbsTable() };
  return keygen({ ...sources, system: innerSystem(messages), tables, powers: innerPowers() });
}

/** A program with its key. */
export interface InnerProgram {
  readonly wide: WideProgram;
  readonly proving: ProvingProgram;
}

/** @throws `SYSTEM_INVALID` where the program breaks a rule, `TRACE_TOO_TALL` where it has too many rows */
export async function innerProgram({
  key,
  program,
  ...sources
}: CommitmentSources & { readonly key: ProvingKey; readonly program: Program }): Promise<InnerProgram> {
  const { recursion } = key.key.shape;
  const vector = recursion === undefined ? 0 : vectorOf(recursion).length;
  if (program.publics !== vector) {
    throw new RangeError(`a program of ${program.publics} public elements under a key of ${vector}`);
  }
  const wide = wideProgram(program);
  const { values, field } = wide.rows;
  const proving = await programKeygen({
    ...sources,
    key,
    entry: 0n,
    log: values.log,
    columns: wide.fixed.values,
    more: [{ log: field.log, columns: wide.fixed.field }],
  });
  return { wide, proving };
}

export interface InnerParameters extends ProveOptions {
  readonly key: ProvingKey;
  readonly program: InnerProgram;
  /** What the proof says: the public vector. Its pair is not paired here. */
  readonly carried: Carried;
  readonly inputs: Pick<ProgramInputs, 'elements' | 'points'>;
}

/** @throws `WITNESS_INVALID`, with the place in the program, where it does not hold */
export async function proveInner({
  program,
  carried,
  inputs,
  ...rest
}: InnerParameters): Promise<Uint8Array> {
  const { wide, proving } = program;
  const { messages, pair } = carried;
  const publics = [...messages, ...publicPoints([pair.A, pair.B])];
  const { values, field, limbs } = wideWitness(wide, { publics, ...inputs });
  const { engine } = rest;
  const witness: Witness[number][] = [];
  try {
    for (const [log, columns] of [
      [wide.rows.values.log, values],
      [wide.rows.field.log, field],
      [LIMBS_LOG, limbs],
    ] as const) {
      witness.push({ log, columns: await engineColumns(engine, columns, log) });
    }
    const made = await prove({ ...rest, program: proving, witness, statement: NO_STATEMENT, carried });
    return made.proof;
  } finally {
    engine.free(...witness.flatMap(({ columns }) => columns));
  }
}
