/** Modules run by the emulator and by the JavaScript engine. */
import {
  type Execution,
  execute,
  type Machine,
  type Trap,
  trace,
} from '../../../sdk/src/machine/execute/execute.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { translate } from '../../../sdk/src/machine/translate/translate.ts';
import { verifyImage } from '../../../sdk/src/machine/verify-image/verify-image.ts';
import {
  decodeModule,
  type Module,
  type ModuleParts,
  moduleBytes,
  validateModule,
} from '../../../sdk/src/wasm/index.ts';
import { checkTrace } from './check-trace.ts';
import { fromEngine, normalised, toEngine } from './float-values.ts';

/** What a call gave: unsigned results, or why it trapped. */
export type Outcome = string;

/** The traps of the engine (V8) by their texts; the specification's on the right. */
const ENGINE_TRAPS: readonly (readonly [RegExp, string])[] = [
  [/unreachable/, 'unreachable'],
  [/divide by zero|remainder by zero/, 'integer divide by zero'],
  [/divide result unrepresentable|float unrepresentable in integer range/, 'integer overflow'],
  [/memory access out of bounds/, 'out of bounds memory access'],
  [/table index is out of bounds|element segment out of bounds|table (access )?out of bounds/, 'table'],
  [/null function or function signature mismatch/, 'indirect call'],
  [/Maximum call stack/, 'call stack exhausted'],
];

export interface Pair {
  readonly module: Module;
  /** A fresh instance of the engine. */
  readonly instance: () => WebAssembly.Instance;
  /** The engine's outcome; a fresh instance for every call unless one is given. */
  readonly engine: (entry: string, args: readonly bigint[], on?: WebAssembly.Instance) => Outcome;
  readonly emulator: (entry: string, args: readonly bigint[], on?: Machine) => Outcome;
  /** As the emulator, with a trace that is checked. */
  readonly traced: (entry: string, args: readonly bigint[]) => Outcome;
  readonly program: (entry: string) => Program;
  /** The outcome of a run of the emulator that entered at `entry`. */
  readonly describe: (run: Execution, entry: string) => Outcome;
}

export function pairOf(parts: ModuleParts | Uint8Array): Pair {
  const bytes = parts instanceof Uint8Array ? parts : moduleBytes(parts);
  const module = decodeModule(bytes);
  validateModule(module);
  const compiled = new WebAssembly.Module(bytes as BufferSource);
  const programs = new Map<string, Program>();
  const program = (entry: string): Program => {
    const made = programs.get(entry) ?? translate(module, { entry });
    verifyImage(made);
    programs.set(entry, made);
    return made;
  };
  const passed = (entry: string, args: readonly bigint[]): (number | bigint)[] =>
    args.map((arg, i) => toEngine(arg, program(entry).entryType.parameters[i]));
  const describe = (run: Execution, entry: string): Outcome =>
    run.trap === undefined
      ? run.results.map((word, i) => normalised(word, program(entry).entryType.results[i])).join(',')
      : `trap: ${trapText(run.trap)}`;
  return {
    module,
    program,
    describe,
    instance: () => new WebAssembly.Instance(compiled, {}),
    engine: (entry, args, instance = new WebAssembly.Instance(compiled, {})) => {
      try {
        const value: unknown = (instance.exports[entry] as (...words: unknown[]) => unknown)(
          ...passed(entry, args),
        );
        const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
        return values.map((item, i) => fromEngine(item, program(entry).entryType.results[i])).join(',');
      } catch (error) {
        return `trap: ${engineTrap(error)}`;
      }
    },
    emulator: (entry, args, machine) => {
      return describe(execute(program(entry), { args, ...(machine && { machine }) }), entry);
    },
    traced: (entry, args) => {
      const traced = trace(program(entry), { args });
      checkTrace(program(entry), traced);
      return describe(traced.execution, entry);
    },
  };
}

/** What an error of the engine is called here; throws those that are no traps. */
export function engineTrap(error: unknown): string {
  const found = ENGINE_TRAPS.find(([pattern]) => pattern.test((error as Error).message));
  if (!(error instanceof WebAssembly.RuntimeError || error instanceof RangeError) || found === undefined)
    throw error;
  return found[1];
}

/** The engine has one text for some traps. */
export function trapText({ name, text }: Pick<Trap, 'name' | 'text'>): string {
  if (name === 'undefinedElement' || name === 'tableOutOfBounds') return 'table';
  if (name === 'uninitialisedElement' || name === 'indirectTypeMismatch') return 'indirect call';
  return name === 'invalidConversion' ? 'integer overflow' : text;
}
