/** Calls of one instance, one after the other, as one program: what the row checker sees of the official suite. */
import { checkTrace as checkRows } from '../../../sdk/src/attest/inspect/check.ts';
import { type Machine, type TracedExecution, trace } from '../../../sdk/src/machine/execute/execute.ts';
import * as I from '../../../sdk/src/machine/instructions.ts';
import {
  CELLS_PER_PAGE,
  GLOBALS,
  INPUT_COUNTER,
  MEMORY,
  OUTPUT_COUNTER,
  PAGES,
  STACK,
  STACK_END,
  TABLES,
} from '../../../sdk/src/machine/memory-map.ts';
import type { Program, ValueTypes } from '../../../sdk/src/machine/program.ts';
import { describeStatus } from '../../../sdk/src/machine/status.ts';
import { cellSpaces, layoutOf } from '../../../sdk/src/machine/translate/initial.ts';
import { Linker } from '../../../sdk/src/machine/translate/linker.ts';
import { finish, readArguments, startCalls } from '../../../sdk/src/machine/translate/translate.ts';
import type { Module } from '../../../sdk/src/wasm/index.ts';
import { checkTrace } from './check-trace.ts';

export interface BatchCall {
  readonly line: number;
  readonly entry: string;
  readonly args: readonly bigint[];
  readonly results: readonly bigint[];
  /** Rows of all chips that it takes. */
  readonly rows: number;
  /** A call that does not return is the last one of its batch. */
  readonly status: bigint;
}

/** The cells of an instance at some time. */
export interface Snapshot {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly words: Int32Array;
  readonly tables: number;
  readonly pages: number;
}

export function snapshotOf(machine: Machine): Snapshot {
  const { tables, pages, stack } = machine;
  return {
    low: machine.low.slice(0, stack),
    high: machine.high.slice(0, stack),
    words: machine.words.slice(0, pages * CELLS_PER_PAGE),
    tables,
    pages,
  };
}

/**
 * Runs the calls from the snapshot on (without one: from the instantiation on), with every constraint of every row, the
 * bus and the memory checked. Returns what is wrong.
 */
export async function checkBatch(
  module: Module,
  start: Snapshot | undefined,
  calls: readonly BatchCall[],
): Promise<string[]> {
  const { program, traced, wrong } = traceBatch(module, start, calls);
  if (wrong !== undefined) return [wrong];
  checkTrace(program, traced);
  return [...(await checkRows(program, traced)).failures];
}

export interface TracedBatch {
  readonly program: Program;
  readonly traced: TracedExecution;
  /** How the run differs from what the calls are expected to do. */
  readonly wrong: string | undefined;
}

/** Runs the calls as one program. */
export function traceBatch(
  module: Module,
  start: Snapshot | undefined,
  calls: readonly BatchCall[],
): TracedBatch {
  const program = batchProgram(module, start, calls);
  const traced = trace(program, { args: calls.flatMap((call) => call.args) });
  const status = calls.at(-1)?.status ?? 0n;
  const outputs = calls.flatMap(({ results }) => results);
  let wrong: string | undefined;
  if (traced.status !== status) {
    wrong = `the batch ${describeStatus(traced.status).text}, expected: ${describeStatus(status).text}`;
  } else if (`${traced.publicOutputs}` !== `${outputs}`) {
    wrong = `outputs ${traced.publicOutputs}, expected ${outputs}`;
  }
  return { program, traced, wrong };
}

function batchProgram(module: Module, start: Snapshot | undefined, calls: readonly BatchCall[]): Program {
  const layout = layoutOf(module);
  const linker = new Linker(module, layout);
  const { emitter, main } = linker;
  const entryType: ValueTypes = {
    parameters: calls.flatMap(({ args }) => args.map(() => 'i64')),
    results: [],
  };
  const program = finish(module, layout, linker, { entryName: 'batch', entryType }, true, () => {
    if (start === undefined) startCalls(linker, -1, 0);
    for (const { entry, results } of calls) {
      const index = module.exports.find(({ name, kind }) => name === entry && kind === 'func')?.index ?? -1;
      readArguments(linker, main.typeOf(index).params);
      const target = linker.func(main, index);
      emitter.call(target.label, 0, target.returnSlot);
      for (const i of results.keys()) emitter.row(I.WRITE, 0, i);
    }
    emitter.row(I.DRAIN, 0, 0);
    emitter.row(I.EXIT_, 0, 0, 0);
  });
  return start === undefined ? program : { ...program, ...cellsOf(start), pages: start.pages };
}

function cellsOf({ low, high, words: memory, tables, pages }: Snapshot): Pick<Program, 'words' | 'zeros'> {
  const { words, zeros, space } = cellSpaces();
  const dense = function* (from: number, to: number, key: number): Generator<readonly [number, bigint]> {
    for (let i = from; i < to; i++) {
      if ((low[i] | high[i]) === 0) continue;
      yield [key + i - from, (BigInt(high[i] >>> 0) << 32n) | BigInt(low[i] >>> 0)];
    }
  };
  const inMemory = function* (): Generator<readonly [number, bigint]> {
    for (let i = 0; i < memory.length; i++) if (memory[i] !== 0) yield [MEMORY + i, BigInt(memory[i] >>> 0)];
  };
  space(INPUT_COUNTER, OUTPUT_COUNTER, []);
  space(PAGES, PAGES, [[PAGES, BigInt(pages)]]);
  space(GLOBALS, tables - 1, dense(GLOBALS, tables, GLOBALS));
  space(TABLES, TABLES + low.length - tables - 1, dense(tables, low.length, TABLES));
  space(STACK, STACK_END - 1, []);
  space(MEMORY, MEMORY + pages * CELLS_PER_PAGE - 1, inMemory());
  return { words, zeros };
}
