/** Differential fuzzing: calls of a module's exports in the emulator and in the JavaScript engine. */
import assert from 'node:assert/strict';
import { checkTrace as checkRows } from '../../../sdk/src/attest/inspect/check.ts';
import { execute, Machine, trace } from '../../../sdk/src/machine/execute/execute.ts';
import { GLOBALS } from '../../../sdk/src/machine/memory-map.ts';
import { layoutOf } from '../../../sdk/src/machine/translate/initial.ts';
import { type ModuleParts, moduleBytes, type NumberType } from '../../../sdk/src/wasm/index.ts';
import { type Pair, pairOf } from './differential.ts';
import { fromEngine, normalised, toEngine } from './float-values.ts';
import { ttfModule } from './fuzz-ttf.ts';
import { Random } from './random.ts';
import { randomModule, SMALL } from './random-module.ts';
import { stackModule } from './random-stack.ts';

export interface FuzzCounts {
  modules: number;
  calls: number;
  /** Executed in the emulator. */
  instructions: number;
  /** Calls whose traces went through the row checker, and the instructions of these. */
  checked: number;
  checkedInstructions: number;
  readonly traps: Map<string, number>;
}

export function fuzzCounts(): FuzzCounts {
  return { modules: 0, calls: 0, instructions: 0, checked: 0, checkedInstructions: 0, traps: new Map() };
}

export type Generator = 'own' | 'stack' | 'binaryen';

export interface FuzzOptions {
  readonly generator?: Generator;
  /** The first call of every entry is traced too, and one of the module goes through the row checker. */
  readonly rows: boolean;
  /** Calls of an entry, 3 if not given. */
  readonly calls?: number;
  /**
   * Smaller modules, of which only the last function is entered, which may call all others; its calls go on with the state
   * that the ones before left.
   */
  readonly quick?: boolean;
}

/** Shorter and longer runs are not sent through the row checker. */
const MIN_CHECKED = 20;
const MAX_CHECKED = 200_000;
const CALLS = 3;

/** The random module of a seed, always the same. Throws where anything differs. */
export async function fuzzSeed(seed: number, options: FuzzOptions, counts: FuzzCounts): Promise<void> {
  const { generator = 'own', quick = false } = options;
  const random = new Random(seed + 77);
  const { bytes, entries } =
    generator === 'own'
      ? binary(quick ? randomModule(seed, SMALL) : randomModule(seed))
      : generator === 'stack'
        ? binary(stackModule(seed))
        : ttfModule(random);
  const pair = pairOf(bytes);
  const entered = entries.filter((entry) => isCallable(pair, entry)).reverse();
  await fuzzModule(pair, `seed ${seed}`, quick ? entered.slice(0, 1) : entered, random, options, counts);
}

function binary(parts: ModuleParts): { bytes: Uint8Array; entries: readonly string[] } {
  const entries = (parts.exports ?? []).filter(([, kind]) => kind === 'func').map(([name]) => name);
  return { bytes: moduleBytes(parts), entries };
}

/** Of floats, integers and fractions of all magnitudes more often than any bits; no NaN, whose bits might not arrive. */
function argumentOf(random: Random, type: NumberType): bigint {
  if (type === 'i32' || type === 'i64') return random.value(type);
  const edges = [
    0,
    -0,
    1,
    -1,
    0.5,
    -1.5,
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 32,
    2 ** 63,
    -(2 ** 63),
    2 ** 64,
    1e-45,
    5e-324,
    3.4e38,
    Infinity,
  ];
  const kind = random.below(3);
  if (kind === 0) return fromEngine(random.pick(edges), type);
  if (kind === 1) return fromEngine((random.next() | 0) / 2 ** random.below(40), type);
  const word = random.value(type === 'f32' ? 'i32' : 'i64');
  return Number.isNaN(toEngine(word, type)) ? 0n : word;
}

/** Whether all that goes in and out are numbers. */
function isCallable({ module }: Pair, entry: string): boolean {
  const { index = 0 } = module.exports.find(({ name }) => name === entry) ?? {};
  const { params, results } = module.types[module.functions[index].typeIndex];
  return [...params, ...results].every((type) => !type.endsWith('ref'));
}

/** Results, traps, memory and exported globals of a few calls of each entry, each on a fresh instance. */
export async function fuzzModule(
  pair: Pair,
  name: string,
  entries: readonly string[],
  random: Random,
  { rows, calls = CALLS, quick = false }: FuzzOptions,
  counts: FuzzCounts,
): Promise<void> {
  counts.modules++;
  let wanted = rows;
  for (const entry of entries) {
    const program = pair.program(entry);
    let reference = pair.instance();
    let machine = new Machine(program);
    for (let k = 0; k < calls; k++) {
      const args = program.entryType.parameters.map((type) => argumentOf(random, type));
      const where = `${name} ${entry}(${args})`;
      if (k > 0 && !quick) {
        reference = pair.instance();
        machine = new Machine(program);
      }
      const expected = pair.engine(entry, args, reference);
      const run = execute(program, { args, machine });
      assert.equal(pair.describe(run, entry), expected, where);
      counts.calls++;
      counts.instructions += run.instructions;
      if (run.trap !== undefined) counts.traps.set(expected, (counts.traps.get(expected) ?? 0) + 1);
      if (rows && k === 0) assert.equal(pair.traced(entry, args), expected, `${where} traced`);
      if (!quick || k === calls - 1) compareState(reference, machine, pair, where);
      if (!wanted || run.instructions < MIN_CHECKED || run.instructions > MAX_CHECKED) continue;
      wanted = false;
      const { failures } = await checkRows(program, trace(program, { args }));
      assert.deepEqual(failures.slice(0, 3), [], `${where}: rows and bus`);
      counts.checked++;
      counts.checkedInstructions += run.instructions;
    }
  }
}

function compareState({ exports }: WebAssembly.Instance, machine: Machine, pair: Pair, where: string): void {
  for (const { name, kind, index } of pair.module.exports) {
    const item = exports[name];
    if (kind === 'memory') {
      const memory = Buffer.from((item as WebAssembly.Memory).buffer);
      assert.equal(machine.memoryBytes, memory.length, where);
      assert.ok(memory.equals(machine.bytes.subarray(0, memory.length)), `${where}: memory`);
    } else if (kind === 'table' && machine.stack > machine.tables) {
      const table = item as WebAssembly.Table;
      const { size, key } = layoutOf(pair.module).tables[index];
      assert.equal(size.cell === undefined ? size.initial : machine.low[size.cell], table.length, where);
      for (let i = 0; i < table.length; i++) {
        const id = machine.low[machine.indexOf(key + i)];
        const referred: unknown = id === 0 ? null : exports[functionName(pair, id - 1)];
        assert.equal(table.get(i), referred, `${where}: ${name}[${i}]`);
      }
    } else if (kind === 'global' && pair.module.globals[index].mutable) {
      const { type } = pair.module.globals[index];
      if (type === 'funcref' || type === 'externref') continue;
      const word =
        (BigInt(machine.high[GLOBALS + index] >>> 0) << 32n) | BigInt(machine.low[GLOBALS + index] >>> 0);
      const expected = fromEngine((item as WebAssembly.Global).value as number | bigint, type);
      assert.equal(normalised(word, type), expected, `${where}: ${name}`);
    }
  }
}

function functionName({ module }: Pair, index: number): string {
  return module.exports.find((entry) => entry.kind === 'func' && entry.index === index)?.name ?? '';
}
