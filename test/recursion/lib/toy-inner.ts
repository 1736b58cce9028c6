/**
 * A toy of the inner key: its programs are tables that say nothing, so a proof claims whatever it is told to. To a join they are black boxes, some of them in its list and others
 * not; what a real program would have shown, tests evaluate beside it.
 */
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { mul, sub } from '../../../sdk/src/expr/expression.ts';
import type { Engine } from '../../../sdk/src/kernels/contract.ts';
import type { Srs } from '../../../sdk/src/kzg/srs.ts';
import { type Chip, ChipBuilder, type System } from '../../../sdk/src/plonk/declare/declare.ts';
import { packByChip } from '../../../sdk/src/plonk/declare/packing.ts';
import { vectorOf } from '../../../sdk/src/plonk/declare/term-rules.ts';
import { programDigest } from '../../../sdk/src/plonk/keys/key.ts';
import {
  keygen,
  type ProvingKey,
  type ProvingProgram,
  programKeygen,
} from '../../../sdk/src/plonk/keys/keygen.ts';
import { prove } from '../../../sdk/src/plonk/prove/prover.ts';
import { type Carried, NO_STATEMENT } from '../../../sdk/src/plonk/verify/public-terms.ts';
import { NO_PROGRAM } from '../../../sdk/src/plonk/verify/verifier.ts';
import { type InnerClaim, innerCarried } from '../../../sdk/src/recursion/verifier/inner-vector.ts';
import { elements, reader, readerWitness, terms, VECTOR } from '../../plonk/toy-wrap.ts';

/** A second chip of programs, whose fixed column is the same polynomial at every height where it is constant. */
function ballast(): Chip {
  const chip = new ChipBuilder('ballast');
  const kind = chip.fixed('kind');
  const cell = chip.column('cell', 'bound', 8, 'any');
  chip.constrain('cell', mul(cell, sub(kind, kind)));
  return chip.build({ about: 'Nothing.', height: { from: 'program', minLog: 3 } });
}

function innerSystem(messages: number): System {
  const recursion = { messages };
  return {
    name: 'toy inner',
    version: 'toy-inner-1',
    transcript: 'poseidon2',
    maxDegree: 4,
    chips: [reader({ from: 'program', minLog: 3 }), ballast()],
    tags: [VECTOR],
    publicTerms: terms(vectorOf(recursion)),
    recursion,
    packing: packByChip({ reader: 4, ballast: 2 }),
    tPhi: 1,
    tQuotient: 4,
  };
}

export interface ToyProgram {
  readonly kind: bigint;
  /** log2 heights of both chips. */
  readonly logs: readonly [number, number];
  readonly proving: ProvingProgram;
  readonly digest: bigint;
}

export interface ToyInner {
  readonly engine: Engine;
  readonly srs: Srs;
  readonly key: ProvingKey;
  program(kind: bigint, logs?: readonly [number, number]): Promise<ToyProgram>;
  /** A proof of that program that says so, and carries the pair. */
  prove(program: ToyProgram, says: InnerClaim | Carried): Promise<Uint8Array>;
}

export async function makeToyInner(engine: Engine, srs: Srs, messages: number): Promise<ToyInner> {
  const system = innerSystem(messages);
  const key = await keygen({ engine, srs, system, tables: {} });
  const rows = system.publicTerms.length;
  const index = Array.from({ length: rows }, (_, i) => BigInt(i));
  return {
    ...{ engine, srs, key },
    program: async (kind, logs = [3, 3]) => {
      const proving = await programKeygen({
        ...{ engine, srs, key, entry: 0n, log: logs[0] },
        columns: [index.map(() => 1n), index],
        more: [{ log: logs[1], columns: [new Array<bigint>(2 ** logs[1]).fill(kind)] }],
      });
      return { kind, logs, proving, digest: bytesToNumberBE(programDigest(proving.key)) };
    },
    prove: async ({ logs, proving }, says) => {
      const carried = 'messages' in says ? says : innerCarried(says);
      const run = { statement: NO_STATEMENT, carried, program: NO_PROGRAM };
      const witness = [
        readerWitness(engine, key, run, logs[0]),
        { log: logs[1], columns: [elements(engine, [5n], logs[1])] },
      ];
      const made = await prove({
        engine,
        srs,
        key,
        program: proving,
        witness,
        statement: NO_STATEMENT,
        carried,
      });
      return made.proof;
    },
  };
}
