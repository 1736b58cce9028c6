import { fail } from '../../errors/index.ts';
import { refuseUnsupported } from '../../wasm/features.ts';
import {
  describeFunction,
  exportedFunction,
  indexSpaces,
  type Module,
  type NumberType,
  type ValueType,
} from '../../wasm/types.ts';
import * as I from '../instructions.ts';
import {
  FAILURES,
  type FailureName,
  PROVEN_TRAPS,
  type Program,
  type ProvenTrap,
  statusOfFailure,
  type ValueTypes,
  wordBits,
} from '../program.ts';
import { formatCalls, parseCalls } from '../signature.ts';
import { adapterModule, requireCalls, type TypedEntry, typedEntry } from './adapter.ts';
import { bindImports } from './imports.ts';
import { cellBounds, initialState, type Layout, layoutOf } from './initial.ts';
import { Linker, missingExport } from './linker.ts';
import { stringListIndex } from './routines.ts';
import { SUPPORTED } from './supported.ts';

export { SUPPORTED } from './supported.ts';

/** Of an entry whose words are what its signature says. */
const NOTHING: ValueTypes = { parameters: [], results: [] };

export interface TranslateOptions {
  /** Name of the exported function to enter, or a typed entry (`signature.ts`). */
  readonly entry: string;
  /**
   * For programs of one instance, run one after the other on the same cells: all state is provided, reachable or not,
   * and from the second program on the start function is left out. Only tests do that (the official suite).
   */
  readonly instance?: 'first' | 'again';
}

/**
 * Translates a valid module, entered at one of its exports, to the register machine. The same module and entry give
 * the same program, bit for bit (docs/translation.md). Imports are those of `bindImports`; where nobody called it, nothing is given.
 *
 * @throws WattestError MODULE_UNSUPPORTED for what the machine lacks, EXPORT_MISSING, MODULE_TOO_LARGE,
 * INSTANTIATION_FAILED where an active segment does not fit
 */
export function translate(given: Module, { entry, instance }: TranslateOptions): Program {
  const isBound = given.imports.every(({ description }) => description.kind === 'func');
  const module = isBound ? given : bindImports(given);
  refuseUnsupported(module, SUPPORTED);
  const found = exportedFunction(module, entry);
  if (found === undefined) {
    const entries = typedEntriesOf(module, entry);
    const layout = layoutOf(module, entries[0]!.signature.strings);
    const linker = new Linker(module, layout);
    const calls = entries.map(({ name, signature, isWide }) => ({ name, signature, isWide }));
    const of = { entryName: formatCalls(calls), entryType: NOTHING, typed: { calls } };
    return finish(module, layout, linker, of, instance !== undefined, () => typedStub(linker, entries));
  }
  const layout = layoutOf(module);
  const linker = new Linker(module, layout);
  const type = linker.main.typeOf(found);
  const entryType: ValueTypes = {
    parameters: asWords(type.params),
    results: asWords(type.results),
  };

  return finish(module, layout, linker, { entryName: entry, entryType }, instance !== undefined, () => {
    entryStub(linker, found, instance !== 'again');
  });
}

/** What a text that names no export means. @throws EXPORT_MISSING, SIGNATURE_INVALID */
export function typedEntriesOf(module: Module, text: string): readonly TypedEntry[] {
  const parsed = parseCalls(text);
  if (typeof parsed === 'string') {
    fail('SIGNATURE_INVALID', parsed, {
      where: text,
      fix: 'The types are bytes, string, bool, u8 to u64, s8 to s64, i32, i64, f32, f64, each may be private; a result may be a tuple<...> of scalars',
    });
  }
  if (parsed === undefined) return missingExport(module, text);
  requireCalls(module, parsed);
  return parsed.map((call) => typedEntry(module, call) ?? missingExport(module, call.name));
}

/**
 * The program of an entry stub and all that it reaches: `stub` emits the rows that run first. `allState` provides all
 * cells, whether or not the code reaches them. Exported for the tests, which batch calls of the official suite.
 */
export function finish(
  module: Module,
  layout: Layout,
  linker: Linker,
  entry: Pick<Program, 'entryName' | 'entryType' | 'typed'>,
  allState: boolean,
  stub: () => void,
): Program {
  const { emitter } = linker;
  provenExits(linker);
  const first = emitter.pc;
  emitter.section('entry', entry.entryName);
  stub();
  linker.translateAll();
  linker.refuseLacking();
  emitter.functionIndex = -1;
  emitter.offset = 0;
  for (const [name, label] of linker.usedTraps()) {
    if (label.pc !== 0) continue;
    emitter.bind(label);
    trapExit(linker, name);
  }
  const functions = linker.functionEntries();
  const { wasi } = layout;
  const functionNames = new Map(
    indexSpaces(module).functions.map((_, index) => [index, describeFunction(module, index)]),
  );
  return {
    ...entry,
    code: emitter.finish(),
    sections: emitter.sections,
    entry: first,
    functions,
    signatures: linker.signatures,
    bounds: cellBounds(module, layout),
    ...initialState(module, layout, linker.usesTables || allState),
    pages: layout.pages,
    maxPages: layout.maxPages,
    debugPoints: emitter.debugPoints,
    privatePoints: emitter.privatePoints,
    ...(wasi === undefined
      ? {}
      : { streams: { reads: wasi.reads, writes: wasi.writes, output: wasi.output } }),
    frameSlots: linker.frameSlots,
    functionNames,
  };
}

/** The exits of proven traps, which stand first. Exported for `entries.ts`. */
export function provenExits(linker: Linker): void {
  for (const name of Object.keys(PROVEN_TRAPS) as ProvenTrap[]) {
    const label = linker.trap(name);
    linker.emitter.bind(label);
    if (label.pc !== PROVEN_TRAPS[name]) throw new Error(`the exit of ${name} is not at its reserved pc`);
    trapExit(linker, name);
  }
}

/** Ends the run with a failure's status. See PROVEN_TRAPS for the one that drains nothing. Exported for `entries.ts`. */
export function trapExit({ emitter }: Linker, name: FailureName): void {
  emitter.section('trap', FAILURES[name].text);
  if (name !== 'inputExhausted') emitter.row(I.DRAIN, 0, 0);
  emitter.row(I.EXIT_, 0, FAILURES[name].code, Number(statusOfFailure(name) >> 32n));
}

/** Types as words: references are words below 2^32, 0 for null, else 1 + the host's number or the function's index. */
function asWords(types: readonly ValueType[]): NumberType[] {
  return types.map((type) => (type === 'externref' || type === 'funcref' ? 'i32' : type));
}

/**
 * Arguments from the public inputs to slots 0.., the start function and `_initialize` above them, the export on them,
 * what is left of standard output, its results to the public outputs. Exported for `entries.ts`.
 */
export function entryStub(linker: Linker, index: number, starts: boolean): void {
  const { emitter, main } = linker;
  const { params, results } = main.typeOf(index);
  linker.entryHasResults = results.length > 0;
  readArguments(linker, params);
  if (starts) startCalls(linker, index, params.length);
  const target = linker.func(main, index);
  emitter.call(target.label, 0, target.returnSlot);
  if (linker.layout.wasi?.writes === true) {
    const streams = linker.routine('wasi finish');
    emitter.call(streams.label, results.length, streams.returnSlot);
  }
  for (let i = 0; i < results.length; i++) emitter.row(I.WRITE, 0, i);
  emitter.row(I.DRAIN, 0, 0);
  emitter.row(I.EXIT_, 0, 0, 0);
}

/** Of each call arguments are read, and the result written, by the function that its signature says. */
function typedStub(linker: Linker, entries: readonly TypedEntry[]): void {
  const { emitter, main, layout } = linker;
  const [first, last] = [entries[0]!, entries.at(-1)];
  linker.entryHasResults = entries.some(({ signature }) => signature.result !== undefined);
  for (const list of first.signature.strings) {
    const strings = linker.routine(`argument strings ${stringListIndex(list)}`);
    emitter.call(strings.label, 0, strings.returnSlot);
    if (list !== 'files') continue;
    const digests = linker.routine('wasi files digests');
    emitter.call(digests.label, 0, digests.returnSlot);
  }
  startCalls(linker, first.index, 0);
  for (const entry of entries) {
    const finishes = entry === last && layout.wasi?.writes === true;
    const target = linker.adapter(adapterModule(main.module, entry, finishes));
    emitter.call(target.label, 0, target.returnSlot);
  }
  emitter.row(I.DRAIN, 0, 0);
  emitter.row(I.EXIT_, 0, 0, 0);
}

/** Calls of the start function and of `_initialize`, where that is not the entered export, with frames at slot `delta`. Exported as {@link finish}. */
export function startCalls(linker: Linker, entered: number, delta: number): void {
  const { emitter, main } = linker;
  const { module } = main;
  const before: number[] = module.start === undefined ? [] : [module.start.index];
  const initialize = exportedFunction(module, '_initialize');
  if (initialize !== undefined && initialize !== entered) {
    const type = main.typeOf(initialize);
    if (type.params.length + type.results.length === 0) before.push(initialize);
  }
  for (const func of before) {
    const target = linker.func(main, func);
    emitter.call(target.label, delta, target.returnSlot);
  }
}

/** Nobody outside can name a function: an argument of type funcref that is not null is refused. Exported as {@link finish}. */
export function readArguments(linker: Linker, params: readonly ValueType[]): void {
  const { emitter } = linker;
  const isGiven = I.LESS | I.GREATER | I.IMMEDIATE;
  const words = asWords(params);
  for (const [i, type] of params.entries()) {
    emitter.row(I.READ, wordBits(words[i]) === 64 ? I.WIDE : 0, i);
    if (type === 'funcref') emitter.jump(I.BRANCH, isGiven, linker.trap('functionArgument'), i, 0n);
  }
}
