/** Runs files of the official WebAssembly test suite in the emulator and through the row checker. */
import { type ErrorCode, isWattestError } from '../../../sdk/src/errors/index.ts';
import { type Execution, execute, Machine } from '../../../sdk/src/machine/execute/execute.ts';
import { GLOBALS } from '../../../sdk/src/machine/memory-map.ts';
import type { Program } from '../../../sdk/src/machine/program.ts';
import { constantValue } from '../../../sdk/src/machine/translate/initial.ts';
import { SUPPORTED, translate } from '../../../sdk/src/machine/translate/translate.ts';
import { verifyImage } from '../../../sdk/src/machine/verify-image/verify-image.ts';
import {
  decodeModule,
  type FunctionType,
  findUnsupported,
  type Module,
  validateModule,
} from '../../../sdk/src/wasm/index.ts';
import { type BatchCall, checkBatch, type Snapshot, snapshotOf } from './suite-batch.ts';
import {
  type Action,
  type Bytes,
  type Command,
  ConversionError,
  type Suite,
  type Value,
} from './suite-files.ts';
import { emptyFunction, link } from './suite-link.ts';

/** Assertions in one mode. Excluded ones by reason. */
export interface Tally {
  passed: number;
  readonly failures: string[];
  readonly excluded: Map<string, number>;
}

export interface SuiteResult {
  readonly emulator: Tally;
  /** Through trace, witness and row checker. Empty where that was not asked for. */
  readonly checker: Tally;
}

const tally = (): Tally => ({ passed: 0, failures: [], excluded: new Map() });

export function exclude({ excluded }: Tally, reason: string, count = 1): void {
  excluded.set(reason, (excluded.get(reason) ?? 0) + count);
}

/** Of the emulator, for one call. */
const LIMIT = 100_000_000;
/** Calls of more rows are not checked; others go into batches of at most as many rows, or calls. */
const MAX_CHECKED = 600_000;
/** A stack that small frames exhaust takes a million calls: minutes and gigabytes in the row checker. */
const MAX_LONG = 6_000_000;
const BATCH_ROWS = 200_000;
const BATCH_CALLS = 500;

const EMPTY_TYPE: FunctionType = { params: [], results: [] };

/** Exceptions as they were before 3.0. */
const LEGACY = 'legacy/';

/** What the bytes of a module are refused with that the suite has as no module. */
const REFUSALS: Readonly<Record<string, ErrorCode>> = {
  assert_malformed: 'MODULE_MALFORMED',
  assert_invalid: 'MODULE_INVALID',
};

/**
 * Modules that are written as text and meant to be invalid, which converters encode without the data count section that `memory.init` and
 * `data.drop` need: their bytes are malformed before they are invalid.
 */
const AS_ENCODED = 'data count section required';

/** How the reasons begin that name a proposal without which a module has to do. */
export const REFUSED = 'refused by name: ';
const SEVERAL_MEMORIES = `${REFUSED}several memories (WebAssembly 3.0)`;
const RESERVED = `${REFUSED}opcodes that WebAssembly 3.0 reserves`;

const SINCE = 'meant otherwise since the standard of this file';
const NOT_A_RUN = 'not a run of a program (decoding, validation, globals, instantiation)';

class Instance {
  /** Why it can no longer be run: a module that is not run shares its state. */
  spoilt: string | undefined;
  readonly module: Module;
  machine: Machine | undefined;
  private readonly programs: Map<string, Program> = new Map<string, Program>();

  constructor(module: Module) {
    this.module = module;
  }

  invoke(entry: string, args: readonly bigint[]): Execution {
    const instance = this.machine === undefined ? 'first' : 'again';
    const key = `${instance} ${entry}`;
    const program = this.programs.get(key) ?? translate(this.module, { entry, instance });
    verifyImage(program);
    this.programs.set(key, program);
    this.machine ??= new Machine(program);
    return execute(program, { args, machine: this.machine, maxInstructions: LIMIT });
  }

  global(name: string): bigint {
    const entry = this.module.exports.find((item) => item.kind === 'global' && item.name === name);
    const index = entry?.index ?? -1;
    const { mutable, init } = this.module.globals[index];
    if (!mutable || this.machine === undefined) return constantValue(this.module, init);
    const [low, high] = [this.machine.low[GLOBALS + index], this.machine.high[GLOBALS + index]];
    return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  }
}

export interface SuiteOptions {
  /** Also through the row checker. */
  readonly checked: boolean;
  /** Also those of up to MAX_LONG rows: recursion without end, with small frames. */
  readonly long?: boolean;
  /** Most traps of a file that go through it, each in a batch of its own; default: all. */
  readonly maxTraps?: number;
  /** Receives every call that did as it should. */
  readonly onCall?: (module: Module, call: BatchCall) => void;
}

export async function runSuiteFile(suite: Suite, name: string, options: SuiteOptions): Promise<SuiteResult> {
  try {
    return await suite.convert(name, async (commands, bytes) => {
      const run = new SuiteRun(suite, name, bytes, options);
      for (const command of commands) await run.command(command);
      await run.flush();
      return run.result;
    });
  } catch (error) {
    if (!(error instanceof ConversionError)) throw error;
    const emulator = tally();
    if (name.startsWith(LEGACY))
      exclude(emulator, 'whole files in a syntax that the converter no longer has');
    else emulator.failures.push(`${name}: not converted: ${error.message}`);
    return { emulator, checker: tally() };
  }
}

class SuiteRun {
  readonly result: SuiteResult = { emulator: tally(), checker: tally() };
  private readonly suite: Suite;
  private readonly file: string;
  private readonly bytes: Bytes;
  private readonly options: SuiteOptions;
  private readonly checked: boolean;
  private trapsChecked = 0;
  private readonly named = new Map<string, Instance | string>();
  private readonly registered = new Map<string, Instance | string>();
  /** The module that assertions speak of, or why it is not run. */
  private current: Instance | string = 'no module';
  /** Calls that wait for the row checker, and their instance as it was before them. */
  private batch: { instance: Instance; start: Snapshot | undefined; calls: BatchCall[] } | undefined;

  constructor(suite: Suite, file: string, bytes: Bytes, options: SuiteOptions) {
    this.suite = suite;
    this.file = file;
    this.bytes = bytes;
    this.options = options;
    this.checked = options.checked;
  }

  async command(command: Command): Promise<void> {
    try {
      switch (command.type) {
        case 'module':
          this.current = this.load(this.bytes(command));
          if (command.name !== undefined) this.named.set(command.name, this.current);
          break;
        case 'register': {
          const { name, as } = command;
          const instance = name === undefined ? this.current : (this.named.get(name) ?? this.current);
          this.registered.set(as as string, instance);
          break;
        }
        case 'assert_invalid':
        case 'assert_malformed':
          this.refused(command);
          break;
        case 'assert_unlinkable':
          this.unlinkable(command);
          break;
        case 'assert_uninstantiable':
          this.uninstantiable(command);
          break;
        case 'assert_malformed_custom':
        case 'assert_invalid_custom':
          this.excludeBoth('contents of custom sections, which mean nothing to a run');
          break;
        case 'module_definition':
        case 'module_instance':
          if (command.filename !== undefined) decodedOr(this.bytes(command));
          this.current = 'linking of several modules: instances of one definition';
          if (command.name !== undefined) this.named.set(command.name, this.current);
          break;
        default:
          await this.action(command, command.action as Action);
      }
    } catch (error) {
      this.fail(command, error instanceof Error ? (error.stack ?? error.message) : String(error));
    }
  }

  /** Sends the waiting calls through the row checker. */
  async flush(): Promise<void> {
    const { batch, result } = this;
    this.batch = undefined;
    if (batch === undefined) return;
    const { instance, start, calls } = batch;
    let failures: string[];
    try {
      failures = await checkBatch(instance.module, start, calls);
    } catch (error) {
      failures = [error instanceof Error ? (error.stack ?? error.message) : String(error)];
    }
    if (failures.length === 0) {
      result.checker.passed += calls.length;
      return;
    }
    const lines = `${calls[0].line}–${calls.at(-1)?.line}`;
    for (const call of calls) {
      const what = `${this.file}:${call.line}: ${call.entry}, among lines ${lines}: ${failures[0]}`;
      result.checker.failures.push(what);
    }
  }

  private fail({ line }: Command, what: string): void {
    this.result.emulator.failures.push(`${this.file}:${line}: ${what}`);
  }

  private excludeBoth(reason: string): void {
    exclude(this.result.emulator, reason);
    if (this.checked) exclude(this.result.checker, reason);
  }

  /** Passed in the emulator, with nothing for the checker to see. */
  private pass(uncheckedReason: string): void {
    this.result.emulator.passed++;
    if (this.checked) exclude(this.result.checker, uncheckedReason);
  }

  /** The instance, or what it needs that the machine lacks. */
  private load(bytes: Uint8Array): Instance | string {
    const decoded = decodedOr(bytes);
    if (typeof decoded === 'string') return decoded;
    const module = link(decoded, (name) => {
      const exporter = this.registered.get(name);
      return exporter instanceof Instance ? exporter.module : undefined;
    });
    const lacking = typeof module === 'string' ? undefined : findUnsupported(module, SUPPORTED)[0];
    if (typeof module !== 'string' && lacking === undefined) return new Instance(module);
    this.spoil(decoded);
    if (typeof module === 'string') return module;
    return lacking?.name.startsWith('multiple-memories') ? SEVERAL_MEMORIES : `lacking: ${lacking?.name}`;
  }

  /** A module that is not run may change memories, tables and globals that it imports. */
  private spoil(module: Module): void {
    for (const entry of module.imports) {
      const instance = this.registered.get(entry.module);
      if (instance instanceof Instance) instance.spoilt = 'linking of several modules: shared state';
    }
  }

  private refused(command: Command): void {
    if (command.type === 'assert_malformed' && command.module_type === 'text') {
      this.excludeBoth('malformed text, for a text parser');
      return;
    }
    const expected = REFUSALS[command.type];
    const since = this.suite.since.has(`${this.file} ${command.text}`);
    try {
      const module = decodedOr(this.bytes(command));
      if (typeof module === 'string') this.excludeBoth(module);
      else if (since) this.excludeBoth(SINCE);
      else this.fail(command, `accepted, expected ${command.text}`);
    } catch (error) {
      if (!isWattestError(error)) throw error;
      if (error.code === expected || error.message.includes(AS_ENCODED)) this.pass(NOT_A_RUN);
      else if (since) this.excludeBoth(SINCE);
      else this.fail(command, `${error.code} ${error.message}, expected ${expected} ${command.text}`);
    }
  }

  private unlinkable(command: Command): void {
    const module = decodedOr(this.bytes(command));
    if (typeof module !== 'string') this.spoil(module);
    // Nothing is linked with another module: what that has is not compared.
    this.excludeBoth(typeof module === 'string' ? module : 'linking of several modules: what does not fit');
  }

  private uninstantiable(command: Command): void {
    const instance = this.load(this.bytes(command));
    if (typeof instance === 'string') {
      this.excludeBoth(instance);
      return;
    }
    const { module } = instance;
    // Something to enter: instantiation happens before.
    const name = 'instantiate';
    const index = module.functions.length;
    const added: Module = {
      ...module,
      types: [...module.types, EMPTY_TYPE],
      functions: [
        ...module.functions,
        { index, typeIndex: module.types.length, ...emptyFunction(EMPTY_TYPE) },
      ],
      exports: [{ name, kind: 'func', index, offset: 0 }],
    };
    let outcome = 'instantiated';
    try {
      const run = new Instance(added).invoke(name, []);
      if (run.trap !== undefined) outcome = run.trap.text;
    } catch (error) {
      if (!isWattestError(error, 'INSTANTIATION_FAILED')) throw error;
      outcome = command.text as string;
    }
    if (command.text?.startsWith(outcome)) this.pass(NOT_A_RUN);
    else this.fail(command, `${outcome}, expected ${command.text}`);
  }

  private async action(command: Command, action: Action): Promise<void> {
    const target =
      action.module === undefined ? this.current : (this.named.get(action.module) ?? 'no module');
    if (typeof target === 'string') {
      this.excludeBoth(target);
      return;
    }
    if (target.spoilt !== undefined) {
      this.excludeBoth(target.spoilt);
      return;
    }
    const { expected } = command;
    if (action.type === 'get') {
      const got = [target.global(action.field)];
      if (matches(got, expected)) this.pass(NOT_A_RUN);
      else this.fail(command, `${action.field} is ${got}, expected ${shown(expected)}`);
      return;
    }
    const args = (action.args ?? []).map(wordOf);
    const { start } = await this.batchFor(target);
    let run: Execution;
    try {
      run = target.invoke(action.field, args);
    } catch (error) {
      if (!isWattestError(error, 'MODULE_UNSUPPORTED') && !isWattestError(error, 'MODULE_TOO_LARGE'))
        throw error;
      const reason = error.message;
      // Without results it was called for its effects.
      if ((expected ?? []).length === 0) target.spoilt = `${reason} (state after it)`;
      this.excludeBoth(reason);
      return;
    }
    const where = `${action.field}(${args})`;
    const trap = run.trap?.text;
    let wrong: string | undefined;
    if (command.type === 'assert_trap' || command.type === 'assert_exhaustion') {
      const text = trap ?? `returned ${run.results}`;
      // Text of the trap of an indirect call of null, with or without the index.
      if (!command.text?.startsWith(text)) wrong = `${where}: ${text}, expected the trap ${command.text}`;
    } else if (trap !== undefined) wrong = `${where} trapped: ${trap}`;
    else if (expected !== undefined && !matches(run.results, expected)) {
      wrong = `${where} = ${run.results}, expected ${shown(expected)}`;
    }
    if (wrong !== undefined) {
      this.fail(command, wrong);
      await this.endBatch(target);
      return;
    }
    this.result.emulator.passed++;
    const { results, status } = run;
    const rows = Object.values(run.rows).reduce((total, count) => total + count, 0);
    const call: BatchCall = { line: command.line, entry: action.field, args, rows, results, status };
    this.options.onCall?.(target.module, call);
    if (this.checked) await this.queue(target, start, call);
  }

  /** Puts the call into the batch; one that trapped ends it. */
  private async queue(instance: Instance, start: Snapshot | undefined, call: BatchCall): Promise<void> {
    const traps = call.status !== 0n;
    const { maxTraps, long } = this.options;
    const most = long === true ? MAX_LONG : MAX_CHECKED;
    let excluded: string | undefined;
    if (call.rows > most) excluded = `more than ${most} rows${long === true ? '' : ' (--long)'}`;
    else if (traps && ++this.trapsChecked > (maxTraps ?? Number.POSITIVE_INFINITY)) {
      excluded = `traps beyond ${maxTraps} of a file (npm run test:spec checks them)`;
    }
    if (excluded !== undefined) {
      exclude(this.result.checker, excluded);
      await this.endBatch(instance);
      return;
    }
    this.batch ??= { instance, start, calls: [] };
    const { calls } = this.batch;
    calls.push(call);
    const sum = calls.reduce((total, item) => total + item.rows, 0);
    if (traps || calls.length >= BATCH_CALLS || sum >= BATCH_ROWS) await this.flush();
  }

  /** The state that a call of this instance starts from, if it opens a batch. */
  private async batchFor(instance: Instance): Promise<{ start: Snapshot | undefined }> {
    if (!this.checked) return { start: undefined };
    if (this.batch !== undefined && this.batch.instance !== instance) await this.flush();
    if (this.batch !== undefined || instance.machine === undefined) return { start: undefined };
    return { start: snapshotOf(instance.machine) };
  }

  /** After a call that is not in the batch: what waits comes before it. */
  private async endBatch(instance: Instance): Promise<void> {
    if (this.batch?.instance === instance) await this.flush();
  }
}

/** The valid module, or what it uses that is refused by name. */
function decodedOr(bytes: Uint8Array): Module | string {
  try {
    const module = decodeModule(bytes);
    validateModule(module);
    return module;
  } catch (error) {
    if (!isWattestError(error, 'MODULE_UNSUPPORTED')) throw error;
    // "…: structure type, of garbage collection (WebAssembly 3.0)".
    const [, proposal] = /, of (.*)$/.exec(error.message) ?? [];
    return proposal === undefined ? RESERVED : `${REFUSED}${proposal}`;
  }
}

/** A value as a word; references are 0 for null, else 1 + the host's number. */
function wordOf({ type, value }: Value): bigint {
  // Signed or not, as the converter likes.
  if (!type.endsWith('ref')) return BigInt.asUintN(type.endsWith('32') ? 32 : 64, BigInt(value ?? 0));
  return value === 'null' ? 0n : BigInt(value ?? 0) + 1n;
}

function matches(got: readonly bigint[], expected: readonly Value[] = []): boolean {
  return got.length === expected.length && got.every((word, i) => matchesValue(word, expected[i]));
}

function matchesValue(word: bigint, { type, value }: Value): boolean {
  if (type === 'refnull' || type.startsWith('null')) return word === 0n;
  // Any reference that is not null.
  if (type.endsWith('ref') && value === undefined) return word !== 0n;
  if (!value?.startsWith('nan:')) return word === wordOf({ type, value: value ?? '0' });
  const payload = type === 'f32' ? 23n : 52n;
  const exponent = type === 'f32' ? 0xffn : 0x7ffn;
  const magnitude = word & ((1n << (type === 'f32' ? 31n : 63n)) - 1n);
  const canonical = ((exponent << 1n) | 1n) << (payload - 1n);
  return value === 'nan:canonical' ? magnitude === canonical : (magnitude & canonical) === canonical;
}

function shown(values: readonly Value[] = []): string {
  return values.map(({ type, value }) => `${type} ${value ?? 'any'}`).join(', ');
}
