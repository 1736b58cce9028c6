/**
 * The toy as a run of several proofs: squares and input rows are dealt to bodies as anybody likes, image and table stand in the closing shard, and a ring
 * of masks hides the sums. What is proven is what the toy proves.
 */
import type { Engine, IntColumn, Vector } from '../../sdk/src/kernels/contract.ts';
import {
  type Chip,
  ChipBuilder,
  type Statement,
  type System,
  type Tag,
} from '../../sdk/src/plonk/declare/declare.ts';
import {
  keygen,
  type ProvingKey,
  type ProvingProgram,
  programKeygen,
} from '../../sdk/src/plonk/keys/keygen.ts';
import type { ChipWitness } from '../../sdk/src/plonk/keys/witness.ts';
import { prove } from '../../sdk/src/plonk/prove/prover.ts';
import {
  commitShard,
  type RunSeed,
  type ShardCommitment,
  seededMain,
  seededRest,
} from '../../sdk/src/plonk/prove/shard.ts';
import type { SharedChallenges } from '../../sdk/src/plonk/verify/proof.ts';
import {
  holdsImage,
  keyOfShard,
  type RunKeys,
  runChallenges,
  verifyingKeys,
  verifyRun,
} from '../../sdk/src/plonk/verify/run.ts';
import { NO_PROGRAM } from '../../sdk/src/plonk/verify/verifier.ts';
import type { TranscriptHash } from '../../sdk/src/transcript/transcript.ts';
import { type Verdict, verdictOf } from '../lib/verdict.ts';
import {
  DEFAULT_RUN,
  DEFAULT_SHAPE,
  ENTRY,
  IMAGE,
  imageOf,
  makeToy,
  squaresOf,
  type Toy,
  toySystem,
} from './toy.ts';

const MASK: Tag = { code: 7, name: 'MASK', fields: ['mask'] };

function ring(): Chip {
  const chip = new ChipBuilder('ring');
  const sends = chip.bit('sends');
  const own = chip.column('own', 'bound', 8, 'any');
  const receives = chip.bit('receives');
  const before = chip.column('before', 'bound', 8, 'any');
  chip.send('mask', MASK, sends, [own]);
  chip.receive('mask before', MASK, receives, [before]);
  return chip.build({ about: 'Masks.', height: { from: 'proof', minLog: 4 } });
}

/** All chips with heights that a shared bus allows. */
function machine(): Chip[] {
  const taller = (chip: Chip): Chip =>
    chip.height.from === 'key' ? chip : { ...chip, height: { ...chip.height, minLog: 4 } };
  return [...toySystem().chips.map(taller), ring()];
}

/** All kinds, of one list of chips: digests go by objects. A run of one shard is for circuits alone. */
function toyKinds(transcript: TranscriptHash): RunKeys<System> {
  const chips = machine();
  const base = toySystem();
  const kind = (names: readonly string[]): System => ({
    ...base,
    transcript,
    bus: 'shared',
    chips: chips.filter(({ name }) => names.includes(name)),
    machine: chips,
    tags: [...base.tags, MASK],
    packing: (widths) =>
      base.packing(widths.map((chip) => (chip.name === 'ring' ? { ...chip, name: 'io' } : chip))),
  });
  return {
    ...(transcript === 'poseidon2' ? { whole: kind(['squares', 'io', 'exit', 'image', 'table']) } : {}),
    body: kind(['squares', 'io', 'exit', 'ring']),
    closing: kind(['image', 'table', 'ring']),
  };
}

export interface ToyKeys extends RunKeys<ProvingKey> {
  readonly toy: Toy;
  readonly program: ProvingProgram;
}

export async function makeToyKeys(
  options: {
    readonly entry?: bigint;
    readonly image?: readonly bigint[];
    readonly transcript?: TranscriptHash;
  } = {},
): Promise<ToyKeys> {
  const toy = await makeToy(DEFAULT_SHAPE);
  const { engine, srs } = toy;
  const { entry = ENTRY, image = IMAGE, transcript = 'keccak256' } = options;
  const kinds = toyKinds(transcript);
  const numbers = new Uint32Array(32).map((_, i) => i);
  const tables = { table: [{ words: 1 as const, data: numbers }] };
  const make = (system: System): Promise<ProvingKey> => keygen({ engine, srs, system, tables });
  const [body, closing] = [await make(kinds.body), await make(kinds.closing)];
  const whole = kinds.whole === undefined ? {} : { whole: await make(kinds.whole) };
  const columns = imageOf(image);
  const program = await programKeygen({ engine, srs, key: closing, log: 4, entry, columns });
  return { toy, ...whole, body, closing, program };
}

/** Cells by chip and column, row by row. */
export type Cells = Readonly<Record<string, Readonly<Record<string, readonly bigint[]>>>>;

export interface ToyRunPlan {
  readonly statement: Statement;
  /** One body each. */
  readonly squares: readonly (readonly bigint[])[];
  /** Which body takes each input, and which one the exit. */
  readonly inputs: readonly number[];
  readonly exit: number;
}

export const DEFAULT_PLAN: ToyRunPlan = {
  statement: DEFAULT_RUN.statement,
  squares: [
    [1n, 2n, 3n],
    [4n, 5n, 1n, 2n, 31n],
  ],
  inputs: [1, 0],
  exit: 0,
};

export const MASKS: readonly bigint[] = [1n << 250n, 12345n, 7n ** 80n];

/** All rows in one shard, without a ring: of the key `whole`. */
export function wholeCells(plan: ToyRunPlan = DEFAULT_PLAN): Cells[] {
  const one = { ...plan, squares: [plan.squares.flat()], inputs: plan.inputs.map(() => 0), exit: 0 };
  const [body, closing] = toyCells(one, [0n, 0n]);
  const { ring: _body, ...rows } = body!;
  const { ring: _closing, ...shared } = closing!;
  return [{ ...rows, ...shared }];
}

/** Honest cells of every shard, the closing one last. */
export function toyCells(plan: ToyRunPlan = DEFAULT_PLAN, masks: readonly bigint[] = MASKS): Cells[] {
  const { statement, squares, inputs, exit } = plan;
  const count = squares.length + 1;
  const ringOf = (k: number): Cells[string] => ({
    sends: [1n],
    own: [masks[k]!],
    receives: [1n],
    before: [masks[(k + count - 1) % count]!],
  });
  const looked = [...squares.flat(), ...statement.publicInputs.map((_, i) => IMAGE[i]!)];
  const bodies = squares.map((xs, k): Cells => {
    const mine = [...inputs.keys()].filter((i) => inputs[i] === k);
    return {
      squares: squaresOf(xs),
      io: {
        real: mine.map(() => 1n),
        index: mine.map(BigInt),
        word: mine.map((i) => statement.publicInputs[i]!),
        factor: mine.map((i) => IMAGE[i]!),
      },
      exit: k === exit ? { real: [1n], entry: [ENTRY], status: [statement.status] } : {},
      ring: ringOf(k),
    };
  });
  const closing: Cells = {
    image: { m: statement.publicInputs.map(() => 1n) },
    table: { m: Array.from({ length: 32 }, (_, v) => BigInt(looked.filter((x) => x === BigInt(v)).length)) },
    ring: ringOf(count - 1),
  };
  return [...bodies, closing];
}

function witnessOf(
  engine: Engine,
  key: ProvingKey,
  cells: Cells,
  logs: Readonly<Record<string, number>> = {},
): ChipWitness[] {
  return key.layout.system.chips.map((chip) => {
    const log = chip.height.from === 'key' ? chip.height.log : (logs[chip.name] ?? 4);
    const columns = chip.main.map(({ name }): IntColumn | Vector => {
      const vector = engine.vector(2 ** log);
      engine.write(vector, 0, [...(cells[chip.name]?.[name] ?? [])]);
      return vector;
    });
    return { log, columns };
  });
}

export const SEED: RunSeed = { seed: new Uint8Array(32).fill(7), plan: new Uint8Array(32).fill(1) };

export interface ToyProofs {
  readonly proofs: readonly Uint8Array[];
  readonly commitments: readonly ShardCommitment[];
  readonly challenges: SharedChallenges;
}

/** What a prover of this run may do otherwise than an honest one. */
export interface Dishonesty {
  readonly challenges?: SharedChallenges;
  /** Which key each shard is proven under, and its place. */
  readonly places?: readonly { readonly kind: 'body' | 'closing'; readonly index: number }[];
  readonly program?: ProvingProgram;
  readonly seed?: RunSeed;
  /** Heights of one shard. */
  readonly logs?: readonly Readonly<Record<string, number>>[];
  /** Other cells behind the challenges than were committed to. */
  readonly later?: readonly Cells[];
  /** Receives what the blinding behind the main columns follows from besides the seed. */
  readonly states?: Uint8Array[];
}

/** Proves shards of whatever rows, as the prover of a run does. */
export async function proveToyRun(
  keys: ToyKeys,
  cells: readonly Cells[] = toyCells(),
  statement: Statement = DEFAULT_PLAN.statement,
  dishonesty: Dishonesty = {},
): Promise<ToyProofs> {
  const { engine, srs } = keys.toy;
  const { seed = SEED, program = keys.program, logs, later = cells } = dishonesty;
  const count = cells.length;
  const places = cells.map((_, k) => {
    const place = dishonesty.places?.[k];
    const key = place === undefined ? keyOfShard(keys, k, count) : keys[place.kind];
    return { key, index: place?.index ?? k };
  });
  const programOf = (key: ProvingKey): ProvingProgram =>
    holdsImage(key.key) ? program : { key: NO_PROGRAM, table: undefined };
  const common = places.map((place) => ({ engine, srs, ...place, program: programOf(place.key) }));
  const commitments: ShardCommitment[] = [];
  for (const [k, place] of common.entries()) {
    const witness = witnessOf(engine, place.key, cells[k]!, logs?.[k]);
    commitments.push(await commitShard({ ...place, witness, main: seededMain(seed, place) }));
  }
  const challenges = dishonesty.challenges ?? challengesOf(keys, commitments, statement, program);
  const proofs: Uint8Array[] = [];
  for (const [k, place] of common.entries()) {
    const made = await prove({
      ...place,
      statement,
      witness: witnessOf(engine, place.key, later[k]!, logs?.[k]),
      dishonest: true,
      shard: {
        index: place.index,
        commitments: commitments[k]!.commitments,
        challenges,
        main: seededMain(seed, place),
        blinding: (state) => {
          dishonesty.states?.push(state);
          return seededRest(seed, place)(state);
        },
      },
    });
    proofs.push(made.proof);
  }
  return { proofs, commitments, challenges };
}

export function challengesOf(
  keys: ToyKeys,
  commitments: readonly ShardCommitment[],
  statement: Statement,
  program: ProvingProgram = keys.program,
): SharedChallenges {
  return runChallenges({
    hash: keys.closing.key.shape.transcript,
    leaves: commitments.map(({ leaf }) => leaf),
    program: program.key,
    statement,
  });
}

/** `accepted`, or the code of the refusal. */
export function answerOf(
  keys: ToyKeys,
  proofs: readonly Uint8Array[],
  statement: Statement = DEFAULT_PLAN.statement,
  program: ProvingProgram = keys.program,
): Verdict {
  return verdictOf(() => verifyRun({ keys: verifyingKeys(keys), program: program.key, statement, proofs }));
}
