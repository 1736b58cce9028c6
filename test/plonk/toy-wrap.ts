/**
 * A toy of a recursion: its only chip takes the public vector from the bus, by a program in fixed columns, and says nothing else. What it
 * shows is that every element that the verifier makes is a committed cell; the pair and the sum are the verifier's to check.
 */
import { G1_GENERATOR, multiplyG1 } from '../../sdk/src/curve/g1.ts';
import { sub } from '../../sdk/src/expr/expression.ts';
import { Fr } from '../../sdk/src/field/field.ts';
import type { Engine, Vector } from '../../sdk/src/kernels/contract.ts';
import { developmentTau } from '../../sdk/src/kzg/known-tau.ts';
import {
  type Chip,
  ChipBuilder,
  type PublicField,
  type Recursion,
  type Statement,
  type System,
  type Tag,
} from '../../sdk/src/plonk/declare/declare.ts';
import { packByChip } from '../../sdk/src/plonk/declare/packing.ts';
import { vectorOf } from '../../sdk/src/plonk/declare/term-rules.ts';
import type { ProgramKey } from '../../sdk/src/plonk/keys/key.ts';
import { keygen, type ProvingKey, type ProvingProgram, subjectOf } from '../../sdk/src/plonk/keys/keygen.ts';
import type { ChipWitness, Witness } from '../../sdk/src/plonk/keys/witness.ts';
import { type ProveParameters, prove } from '../../sdk/src/plonk/prove/prover.ts';
import {
  type Carried,
  NO_STATEMENT,
  publicFraction,
  publicTuples,
} from '../../sdk/src/plonk/verify/public-terms.ts';
import { NO_PROGRAM } from '../../sdk/src/plonk/verify/verifier.ts';
import { DEFAULT_RUN, makeToy, type Toy } from './toy.ts';

/** Elements of a tuple. */
const WIDTH = 4;
export const VECTOR: Tag = { code: 1, name: 'VECTOR', fields: ['index', 'v0', 'v1', 'v2', 'v3'] };
const LOG = 3;
export const TAU: bigint = developmentTau('toy');

export function reader(height: Chip['height']): Chip {
  const chip = new ChipBuilder('reader');
  const gate = chip.fixed('gate');
  const index = chip.fixed('index');
  const values = Array.from({ length: WIDTH }, (_, i) => chip.column(`v${i}`, 'bound', 8, 'VECTOR'));
  chip.receive('elements', VECTOR, gate, [index, ...values]);
  for (const [i, value] of values.entries()) {
    chip.constrain(
      `v${i} is zero where nothing is read`,
      sub(value, { op: 'mul', left: gate, right: value }),
    );
  }
  return chip.build({ about: 'Reads the public vector.', height });
}

/** Terms of `WIDTH` elements each, the last one filled with zeros. */
export function terms(vector: readonly PublicField[]): System['publicTerms'] {
  return Array.from({ length: Math.ceil(vector.length / WIDTH) }, (_, i) => {
    const fields = vector.slice(WIDTH * i, WIDTH * (i + 1));
    while (fields.length < WIDTH) fields.push({ from: 'constant', value: 0n });
    return {
      name: `vector ${i}`,
      tag: VECTOR,
      sign: 1,
      fields: [{ from: 'constant', value: BigInt(i) }, ...fields],
    };
  });
}

export function wrapSystem(
  recursion: Recursion,
  vector: readonly PublicField[] = vectorOf(recursion),
): System {
  return {
    name: 'toy wrap',
    version: 'toy-wrap-1',
    maxDegree: 4,
    chips: [reader({ from: 'key', log: LOG })],
    tags: [VECTOR],
    publicTerms: terms(vector),
    recursion,
    packing: packByChip({ reader: 4 }),
    tPhi: 1,
    tQuotient: 4,
  };
}

export interface WrapToy extends Pick<Toy, 'engine' | 'srs'> {
  /** What is wrapped; undefined where a proof is about other proofs alone. */
  readonly inner?: Toy;
  readonly key: ProvingKey;
  readonly program: ProvingProgram;
}

/** A key about runs of the toy, or with `messages` about other proofs alone. */
export async function makeWrapToy(
  options: { readonly messages?: number; readonly inner?: Toy } = {},
): Promise<WrapToy> {
  const inner = options.inner ?? (await makeToy());
  const { engine, srs } = inner;
  const { messages } = options;
  const recursion =
    messages === undefined ? { messages: 3, subject: subjectOf(inner.key.key) } : { messages };
  const system = wrapSystem(recursion);
  const rows = system.publicTerms.length;
  const gate = Array.from({ length: rows }, () => 1n);
  const index = Array.from({ length: rows }, (_, i) => BigInt(i));
  const key = await keygen({
    engine,
    srs,
    system,
    tables: { reader: [gate, index] },
    ...(messages === undefined ? { subject: inner.key.key } : {}),
  });
  if (messages !== undefined) return { engine, srs, key, program: { key: NO_PROGRAM, table: undefined } };
  return { engine, srs, inner, key, program: { key: inner.program.key, table: undefined } };
}

/** A pair that holds. */
export const PAIR_POINTS: Carried['pair'] = {
  A: multiplyG1(G1_GENERATOR, Fr.mul(TAU, 12345n))!,
  B: multiplyG1(G1_GENERATOR, 12345n)!,
};

/** Challenges as if of a wrapped proof, and the sum that its bus must have. */
export function wrapped(
  { inner, program }: WrapToy,
  statement: Statement = DEFAULT_RUN.statement,
  [alpha, beta]: readonly [bigint, bigint] = [3n ** 100n, Fr.from(7n ** 120n)],
): Carried {
  const { publicTerms } = inner!.key.key.shape;
  const { num, den } = publicFraction(publicTerms, { program: program.key, statement, alpha, beta });
  return { messages: [alpha, beta, Fr.neg(Fr.mul(num, Fr.inv(den)))], pair: PAIR_POINTS };
}

export interface WrapRun {
  readonly statement: Statement;
  readonly carried: Carried;
  readonly program: ProgramKey;
}

export const wrapRun = (toy: WrapToy): WrapRun => ({
  statement: toy.inner === undefined ? NO_STATEMENT : DEFAULT_RUN.statement,
  carried: toy.inner === undefined ? { messages: [5n, Fr.neg(1n)], pair: PAIR_POINTS } : wrapped(toy),
  program: toy.program.key,
});

export const wrapWitness = ({ engine, key }: WrapToy, run: WrapRun): Witness => [
  readerWitness(engine, key, run),
];

/** Rows of the reader for whatever is said. */
export function readerWitness(
  engine: Engine,
  { key }: ProvingKey,
  run: WrapRun,
  log: number = LOG,
): ChipWitness {
  const tuples = publicTuples(key.shape.publicTerms, run);
  const columns = Array.from({ length: WIDTH }, (_, i) =>
    elements(
      engine,
      tuples.map(({ tuple }) => tuple[2 + i]!),
      log,
    ),
  );
  return { log, columns };
}

export async function proveWrap(
  toy: WrapToy,
  run: WrapRun = wrapRun(toy),
  more: Partial<ProveParameters> = {},
): Promise<Uint8Array> {
  const { engine, srs, key } = toy;
  const { proof } = await prove({
    engine,
    srs,
    key,
    program: { key: run.program, table: undefined },
    witness: wrapWitness(toy, run),
    statement: run.statement,
    carried: run.carried,
    ...more,
  });
  return proof;
}

export function elements(engine: Engine, values: readonly bigint[], log: number): Vector {
  const vector = engine.vector(2 ** log);
  engine.write(vector, 0, values);
  return vector;
}
