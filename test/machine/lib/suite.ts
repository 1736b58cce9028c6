/** Runs files of the official WebAssembly test suite in the emulator. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isWattestError } from '../../../sdk/src/errors/index.ts';
import { type Execution, execute, Machine } from '../../../sdk/src/machine/execute/execute.ts';
import { GLOBALS } from '../../../sdk/src/machine/memory-map.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { IMPORTS_ONLY, translate } from '../../../sdk/src/machine/translate/translate.ts';
import { decodeModule, findUnsupported, type Module, validateModule } from '../../../sdk/src/wasm/index.ts';

export const SUITE: string = join(import.meta.dirname, '../../../../shared/wasm-testsuite');

/** Why the suite cannot run here, or undefined. */
export function suiteMissing(): string | undefined {
  if (!existsSync(SUITE)) return `no folder ${SUITE}`;
  if (spawnSync('wast2json', ['--version']).error !== undefined) return 'no wast2json (Debian package wabt)';
  return undefined;
}

interface Value {
  readonly type: string;
  readonly value?: string;
}

interface Action {
  readonly type: 'invoke' | 'get';
  readonly module?: string;
  readonly field: string;
  readonly args?: readonly Value[];
}

interface Command {
  readonly type: string;
  readonly line: number;
  readonly name?: string;
  readonly as?: string;
  readonly filename?: string;
  readonly module_type?: string;
  readonly action?: Action;
  readonly expected?: readonly Value[];
  readonly text?: string;
}

export interface SuiteResult {
  passed: number;
  readonly failures: string[];
  /** Reasons and how many assertions each has cost. */
  readonly skipped: Map<string, number>;
}

const LIMIT = 100_000_000;

class Instance {
  /** Why it can no longer be run: a module that is not run shares its state. */
  spoilt: string | undefined;
  readonly module: Module;
  private machine: Machine | undefined;
  private readonly programs: Map<string, Program> = new Map<string, Program>();

  constructor(module: Module) {
    this.module = module;
  }

  invoke(entry: string, args: readonly bigint[]): Execution {
    const instance = this.machine === undefined ? 'first' : 'again';
    const key = `${instance} ${entry}`;
    const program =
      this.programs.get(key) ?? translate(this.module, { entry, instance, reachableOnly: true });
    this.programs.set(key, program);
    this.machine ??= new Machine(program);
    return execute(program, { args, machine: this.machine, maxInstructions: LIMIT });
  }

  global(name: string): bigint {
    const entry = this.module.exports.find((item) => item.kind === 'global' && item.name === name);
    const index = entry?.index ?? -1;
    const { mutable, init } = this.module.globals[index];
    if (!mutable || this.machine === undefined) return BigInt(init.instructions[0].value);
    const [low, high] = [this.machine.low[GLOBALS + index], this.machine.high[GLOBALS + index]];
    return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  }
}

export function runSuiteFile(name: string): SuiteResult {
  const folder = mkdtempSync(join(tmpdir(), 'wattest-suite-'));
  try {
    const json = join(folder, 'suite.json');
    const made = spawnSync('wast2json', ['--enable-all', join(SUITE, name), '-o', json], {
      encoding: 'utf8',
    });
    if (made.status !== 0) throw new Error(`wast2json ${name}: ${made.stderr}`);
    const { commands } = JSON.parse(readFileSync(json, 'utf8')) as { commands: Command[] };
    return runCommands(name, folder, commands);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runCommands(file: string, folder: string, commands: readonly Command[]): SuiteResult {
  const result: SuiteResult = { passed: 0, failures: [], skipped: new Map() };
  const skip = (reason: string): void => {
    result.skipped.set(reason, (result.skipped.get(reason) ?? 0) + 1);
  };
  const named = new Map<string, Instance | string>();
  const registered = new Map<string, Instance | string>();
  /** The module that assertions speak of, or why it is not run. */
  let current: Instance | string = 'no module';
  for (const command of commands) {
    const fail = (what: string): void => {
      result.failures.push(`${file}:${command.line}: ${what}`);
    };
    try {
      switch (command.type) {
        case 'module':
          current = load(readFileSync(join(folder, command.filename as string)), registered);
          if (command.name !== undefined) named.set(command.name, current);
          break;
        case 'register':
          registered.set(
            command.as as string,
            command.name === undefined ? current : (named.get(command.name) ?? current),
          );
          break;
        case 'assert_invalid':
        case 'assert_malformed':
        case 'assert_unlinkable':
        case 'assert_uninstantiable':
          // The tests of the decoder and validator have the first two; the others are about imports and instantiation.
          if (command.type.startsWith('assert_un')) {
            spoil(decodeModule(readFileSync(join(folder, command.filename as string))), registered);
          }
          break;
        default: {
          const action = command.action as Action;
          const target = action.module === undefined ? current : (named.get(action.module) ?? 'no module');
          if (typeof target === 'string') skip(target);
          else if (target.spoilt !== undefined) skip(target.spoilt);
          else check(target, action, command, { fail, skip, result });
        }
      }
    } catch (error) {
      fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }
  return result;
}

/** The instance, or what it needs that the machine lacks. */
function load(bytes: Uint8Array, registered: ReadonlyMap<string, Instance | string>): Instance | string {
  const module = decodeModule(bytes);
  validateModule(module);
  const [lacking] = findUnsupported(module, IMPORTS_ONLY);
  if (lacking === undefined) return new Instance(module);
  spoil(module, registered);
  return `${lacking.kind} ${lacking.name.split(' ')[0]}`;
}

/** A module that is not run may change memories, tables and globals that it imports. */
function spoil(module: Module, registered: ReadonlyMap<string, Instance | string>): void {
  for (const entry of module.imports) {
    const instance = registered.get(entry.module);
    if (instance instanceof Instance) instance.spoilt = 'state shared with a module that is not run';
  }
}

function check(
  instance: Instance,
  action: Action,
  command: Command,
  {
    fail,
    skip,
    result,
  }: {
    readonly fail: (what: string) => void;
    readonly skip: (reason: string) => void;
    readonly result: SuiteResult;
  },
): void {
  const other = [...(action.args ?? []), ...(command.expected ?? [])].find(
    ({ type }) => !/^i(32|64)$/.test(type),
  );
  if (other !== undefined) {
    skip(`values of type ${other.type}`);
    return;
  }
  const words = (values: readonly Value[] = []): bigint[] => values.map(({ value }) => BigInt(value ?? 0));
  const shown = `${action.field}(${words(action.args)})`;
  if (action.type === 'get') {
    const got = instance.global(action.field);
    if (got === words(command.expected)[0]) result.passed++;
    else fail(`${action.field} is ${got}, expected ${words(command.expected)}`);
    return;
  }
  let run: Execution;
  try {
    run = instance.invoke(action.field, words(action.args));
  } catch (error) {
    if (!isWattestError(error, 'MODULE_UNSUPPORTED')) throw error;
    // Without results it was called for its effects.
    if ((command.expected ?? []).length === 0) instance.spoilt = 'state after an action that is not run';
    const reason = /unsupported instruction \S+|export .* has \S+/.exec(error.message)?.[0] ?? error.message;
    skip(reason.replace(/export .* has/, 'export with'));
    return;
  }
  const expectsTrap = command.type === 'assert_trap' || command.type === 'assert_exhaustion';
  if (expectsTrap) {
    const text = run.trap?.text ?? `returned ${run.results}`;
    if (command.text?.startsWith(text)) result.passed++;
    else fail(`${shown}: ${text}, expected the trap ${command.text}`);
    return;
  }
  const expected = words(command.expected);
  if (run.trap !== undefined) fail(`${shown} trapped: ${run.trap.text}`);
  else if (command.expected !== undefined && `${run.results}` !== `${expected}`) {
    fail(`${shown} = ${run.results}, expected ${expected}`);
  } else result.passed++;
}
