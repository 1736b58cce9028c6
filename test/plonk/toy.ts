/**
 * A small system with everything the machine's has: a chip of degree 4 with a full helper, a chip that consumes public
 * inputs and produces public outputs, an image in the program key, a range table in the verifying key, an exit.
 *
 * It proves: output_i = input_i · image[i] for every public input, the program was entered at its entry, and the status.
 */
import { add, mul, sub } from '../../sdk/src/expr/expression.ts';
import type { Engine, IntColumn } from '../../sdk/src/kernels/contract.ts';
import { createEngine } from '../../sdk/src/kernels/index.ts';
import type { Srs } from '../../sdk/src/kzg/srs.ts';
import { openDevelopmentSrs } from '../../sdk/src/kzg/srs-development.ts';
import {
  type Chip,
  ChipBuilder,
  type Packing,
  type Statement,
  type System,
  type Tag,
} from '../../sdk/src/plonk/declare/declare.ts';
import { choosePacks } from '../../sdk/src/plonk/declare/packing.ts';
import {
  keygen,
  type ProvingKey,
  type ProvingProgram,
  programKeygen,
} from '../../sdk/src/plonk/keys/keygen.ts';
import type { ChipWitness } from '../../sdk/src/plonk/keys/witness.ts';
import { type ProveParameters, type ProveResult, prove } from '../../sdk/src/plonk/prove/prover.ts';
import type { TranscriptHash } from '../../sdk/src/transcript/transcript.ts';

const tag = (code: number, name: string, ...fields: string[]): Tag => ({ code, name, fields });
export const RANGE: Tag = tag(1, 'RANGE', 'value');
export const PAIR: Tag = tag(2, 'PAIR', 'square', 'first');
export const INPUT: Tag = tag(3, 'INPUT', 'index', 'word');
export const OUTPUT: Tag = tag(4, 'OUTPUT', 'index', 'word');
export const WORD: Tag = tag(5, 'WORD', 'address', 'value');
export const EXIT: Tag = tag(6, 'EXIT', 'entry', 'status');

export interface ToyShape {
  readonly packing: Packing;
  readonly tPhi: number;
  readonly tQuotient: number;
  readonly tableLog: number;
  readonly version: string;
  readonly transcript?: TranscriptHash;
  /** Replaces declarations, for dishonest provers. */
  readonly weaken?: (chips: Chip[]) => Chip[];
}

export const DEFAULT_SHAPE: ToyShape = {
  // Packs of one, two and three chips of different heights, with factors 2, 4 and 8.
  packing: choosePacks({
    longest: 64,
    always: 64,
    typical: { squares: 4, io: 3, exit: 3, image: 3 },
    most: 8,
  }),
  tPhi: 1,
  tQuotient: 4,
  tableLog: 5,
  version: 'toy-1',
};

/** Degree 4 throughout: selectors, a square, three interactions in one helper. */
function squares(): Chip {
  const chip = new ChipBuilder('squares');
  const x = chip.column('x', 'bound', 1, 'RANGE');
  const x2 = chip.column('x2', 'bound', 1, 'the square of x');
  const s1 = chip.bit('s1');
  const s2 = chip.bit('s2');
  const real = add(s1, s2);
  chip.constrain('selectors exclude each other', mul(s1, s2));
  chip.constrain('x2 is the square', mul(real, sub(mul(x, x), x2)));
  chip.constrain('degree 4', mul(x, x, real, sub(sub(1n, s1), s2)));
  chip.receive('range of x', RANGE, real, [x]);
  chip.send('pair out', PAIR, real, [x2, s1]);
  chip.receive('pair in', PAIR, real, [x2, s1]);
  return chip.build({ about: 'Squares numbers.', height: { from: 'proof', minLog: 3 } });
}

function io(): Chip {
  const chip = new ChipBuilder('io');
  const real = chip.bit('real');
  const index = chip.column('index', 'bound', 1, 'INPUT');
  const word = chip.column('word', 'bound', 2, 'INPUT');
  const factor = chip.column('factor', 'bound', 1, 'WORD');
  chip.receive('input', INPUT, real, [index, word]);
  chip.receive('image word', WORD, real, [index, factor]);
  chip.receive('range of factor', RANGE, real, [factor]);
  chip.send('output', OUTPUT, real, [index, mul(word, factor)]);
  return chip.build({ about: 'Multiplies inputs by the image.', height: { from: 'proof', minLog: 3 } });
}

function exit(): Chip {
  const chip = new ChipBuilder('exit');
  const real = chip.bit('real');
  const entry = chip.column('entry', 'bound', 2, 'EXIT');
  const status = chip.column('status', 'bound', 2, 'EXIT');
  chip.receive('exit', EXIT, real, [entry, status]);
  return chip.build({ about: 'Takes the exit term.', height: { from: 'proof', minLog: 3 } });
}

function image(): Chip {
  const chip = new ChipBuilder('image');
  const address = chip.fixed('address');
  const value = chip.fixed('value');
  const gate = chip.fixed('gate');
  const m = chip.column('m', 'bound', 1, 'multiplicity of a provider');
  chip.send('word', WORD, mul(m, gate), [address, value]);
  return chip.build({ about: 'The program.', height: { from: 'program', minLog: 3 } });
}

function table(log: number): Chip {
  const chip = new ChipBuilder('table');
  const value = chip.fixed('value');
  const m = chip.column('m', 'bound', 1, 'multiplicity of a provider');
  chip.send('range', RANGE, m, [value]);
  return chip.build({ about: 'Numbers below 2^log.', height: { from: 'key', log } });
}

export function toySystem(shape: ToyShape = DEFAULT_SHAPE): System {
  const chips = [squares(), io(), exit(), image(), table(shape.tableLog)];
  return {
    name: 'toy',
    version: shape.version,
    ...(shape.transcript === undefined ? {} : { transcript: shape.transcript }),
    maxDegree: 4,
    chips: shape.weaken?.(chips) ?? chips,
    tags: [RANGE, PAIR, INPUT, OUTPUT, WORD, EXIT],
    publicTerms: [
      { name: 'exit', tag: EXIT, sign: 1, fields: [{ from: 'entry' }, { from: 'status' }] },
      { name: 'input', tag: INPUT, sign: 1, fields: [{ from: 'index' }, { from: 'word' }], each: 'inputs' },
      {
        name: 'output',
        tag: OUTPUT,
        sign: -1,
        fields: [{ from: 'index' }, { from: 'word' }],
        each: 'outputs',
      },
    ],
    packing: shape.packing,
    tPhi: shape.tPhi,
    tQuotient: shape.tQuotient,
  };
}

export interface Toy {
  readonly engine: Engine;
  readonly srs: Srs;
  readonly key: ProvingKey;
  readonly program: ProvingProgram;
}

/** The image: address i holds `IMAGE[i]`. */
export const IMAGE: readonly bigint[] = [3n, 5n, 7n, 2n];
/** Its columns; the last row is never looked up and holds a value above 64 bits. */
export const imageOf = (image: readonly bigint[]): bigint[][] => [
  [...image.map((_, i) => BigInt(i)), 99n],
  [...image, 1n << 64n],
  [...image.map(() => 1n), 1n],
];
export const ENTRY = 77n;

export interface ToyOptions {
  readonly size?: number;
  /** Instead of the development one. */
  readonly srs?: Srs;
  readonly engine?: Engine;
  readonly entry?: bigint;
  readonly image?: readonly bigint[];
}

let shared: Promise<Engine> | undefined;

/**
 * The fast kernels, for all toys of a process: honest.test.ts holds what they prove equal to what the reference proves, twenty times
 * as slowly. In this thread alone, so nobody has to dispose of them.
 */
export function toyEngine(): Promise<Engine> {
  shared ??= createEngine({ threads: 1 });
  return shared;
}

export async function makeToy(shape: ToyShape = DEFAULT_SHAPE, options: ToyOptions = {}): Promise<Toy> {
  const { size = 600, entry = ENTRY, image = IMAGE } = options;
  const engine = options.engine ?? (await toyEngine());
  const srs = options.srs ?? (await openDevelopmentSrs({ seed: 'toy', size }));
  const numbers = new Uint32Array(2 ** shape.tableLog).map((_, i) => i);
  const key = await keygen({
    engine,
    srs,
    system: toySystem(shape),
    tables: { table: [{ words: 1, data: numbers }] },
  });
  const columns = imageOf(image);
  const program = await programKeygen({ engine, srs, key, log: 3, entry, columns });
  return { engine, srs, key, program };
}

export interface ToyRun {
  readonly xs: readonly number[];
  readonly statement: Statement;
  readonly entry: bigint;
  readonly logs: { squares: number; io: number; exit: number; table: number };
  /** Changes cells before they are written: chip, column, row → value. */
  readonly cells: Readonly<
    Record<string, readonly (readonly [column: string, row: number, value: bigint])[]>
  >;
}

export const DEFAULT_RUN: ToyRun = {
  xs: [1, 2, 3, 4, 5, 1, 2],
  statement: {
    publicInputs: [4n, 10n ** 12n],
    publicOutputs: [12n, 5n * 10n ** 12n],
    status: (1n << 32n) + 9n,
  },
  entry: ENTRY,
  logs: { squares: 4, io: 3, exit: 3, table: 5 },
  cells: {},
};

type ToyWitness = readonly (ChipWitness & { readonly columns: readonly IntColumn[] })[];

/** Rows of the squares of `xs`, which are real if they are below 32. */
export const squaresOf = (xs: readonly bigint[]): Readonly<Record<string, readonly bigint[]>> => ({
  x: xs,
  x2: xs.map((x) => x * x),
  s1: xs.map((_, i) => BigInt(i % 2)),
  s2: xs.map((_, i) => BigInt(1 - (i % 2))),
});

/** Fills the chips as an honest prover would, then applies `cells`. */
export function toyWitness(toy: Toy, run: ToyRun = DEFAULT_RUN): ToyWitness {
  const { xs, statement, logs } = run;
  const looked = [...xs, ...statement.publicInputs.map((_, i) => Number(IMAGE[i]!))];
  const rows: Record<string, Readonly<Record<string, readonly bigint[]>>> = {
    squares: squaresOf(xs.map(BigInt)),
    io: {
      real: statement.publicInputs.map(() => 1n),
      index: statement.publicInputs.map((_, i) => BigInt(i)),
      word: statement.publicInputs,
      factor: statement.publicInputs.map((_, i) => IMAGE[i]!),
    },
    exit: { real: [1n], entry: [run.entry], status: [statement.status] },
    image: { m: statement.publicInputs.map(() => 1n) },
    table: {
      m: Array.from({ length: 2 ** logs.table }, (_, v) => BigInt(looked.filter((x) => x === v).length)),
    },
  };
  return toy.key.layout.system.chips.map((chip) => {
    const log = { ...logs, image: toy.program.key.log }[chip.name]!;
    const columns = chip.main.map((column): IntColumn => {
      const values = [...(rows[chip.name]![column.name] ?? [])];
      for (const [name, row, value] of run.cells[chip.name] ?? [])
        if (name === column.name) values[row] = value;
      return toInts(toy.engine, values, 2 ** log, column.words as 1 | 2);
    });
    return { log, columns };
  });
}

export function toInts(engine: Engine, values: readonly bigint[], n: number, words: 1 | 2): IntColumn {
  const column = engine.ints(n, words);
  const data = engine.words(column);
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0n;
    data[i * words] = Number(value & 0xffff_ffffn);
    if (words === 2) data[i * words + 1] = Number(value >> 32n);
  }
  return column;
}

export async function proveToy(
  toy: Toy,
  run: ToyRun = DEFAULT_RUN,
  more: Partial<ProveParameters> = {},
): Promise<ProveResult> {
  const witness = more.witness ?? toyWitness(toy, run);
  return prove({ ...toy, statement: run.statement, ...more, witness });
}
