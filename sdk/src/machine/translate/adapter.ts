/**
 * What a typed entry does, as a WebAssembly function: reads arguments, has the module's allocator give memory for those that are
 * bytes, calls the export, writes its result (docs/arguments.md). It is translated like any other code, its loops are routines.
 */
import { fail } from '../../errors/index.ts';
import { type Code, moduleBytes, type TypeText } from '../../wasm/build.ts';
import { decodeModule } from '../../wasm/decode.ts';
import { exportedFunction, type FunctionType, indexSpaces, type Module, quote } from '../../wasm/types.ts';
import {
  type EntryText,
  isBytes,
  type Parameter,
  type Scalar,
  type StringList,
  scalarInfo,
} from '../signature.ts';
import { WASI_MODULE } from './wasi-layout.ts';

/** Exports that give memory, where none is named: the first that the module has. */
const ALLOCATORS: readonly string[] = [
  'cabi_realloc',
  '__wbindgen_malloc',
  '__new',
  'alloc',
  'allocate',
  'malloc',
];
/** AssemblyScript's: gives an object, whose bytes are counted in the word before it. */
const OBJECTS = '__new';
/** Its classes, which its runtime numbers first. */
const CLASS = { bytes: 1, string: 2 } as const;
/** Of wasm-bindgen: takes bytes off the stack of the module, and answers where. */
const STACK = '__wbindgen_add_to_stack_pointer';
/** Of memory for a result, whatever its fields are. */
const ALIGNMENT = 8;

type Item = Code[number];

/** How a module's memory for arguments is had. */
interface Allocator {
  readonly index: number;
  readonly parameters: number;
  /** AssemblyScript's objects: one address is the whole value. */
  readonly objects: boolean;
}

/** An export with the signature that it is entered by. */
export interface TypedEntry extends EntryText {
  readonly index: number;
  /** Strings are UTF-16. */
  readonly isWide: boolean;
  readonly allocator: Allocator | undefined;
}

const FIX = 'See docs/arguments.md for the types and what the export must be like';

function invalid(problem: string, where: string, fix: string = FIX): never {
  fail('SIGNATURE_INVALID', problem, { where, fix });
}

/** The export that `name` names, checked against its signature. @throws SIGNATURE_INVALID, undefined where there is no such export */
export function typedEntry(module: Module, { name, signature }: EntryText): TypedEntry | undefined {
  const index = exportedFunction(module, name);
  if (index === undefined) return undefined;
  const { parameters, result } = signature;
  const takes = parameters.some(({ type }) => isBytes(type));
  const named =
    signature.allocator ?? ALLOCATORS.find((each) => exportedFunction(module, each) !== undefined);
  const allocator = named === undefined ? undefined : allocatorOf(module, named, name);
  if (signature.allocator !== undefined && allocator === undefined) {
    invalid(
      `${quote(signature.allocator)} is no export that gives memory`,
      name,
      'Name one of type (i32) -> i32, (i32, i32) -> i32 or (i32, i32, i32, i32) -> i32',
    );
  }
  if (takes && allocator === undefined) {
    invalid(
      'the module exports nothing that gives memory for bytes',
      name,
      `Export ${ALLOCATORS.slice(3).join(' or ')}, or name what does with "via NAME" behind the signature`,
    );
  }
  if (
    (takes || typeof result === 'object' || (result !== undefined && isBytes(result))) &&
    indexSpaces(module).memories.length === 0
  ) {
    invalid('the module has no memory, so no bytes', name);
  }
  for (const list of signature.strings) {
    const asks = module.imports.some((item) => item.module === WASI_MODULE && item.name === `${list}_get`);
    if (!asks) invalid(`the module does not ask for ${list}`, name, `Leave ${list} out of the signature`);
  }
  const entry = { name, signature, index, allocator, isWide: allocator?.objects === true };
  resultForm(module, entry);
  return entry;
}

/**
 * Whether the export `name` looks as if some of its numbers were addresses of bytes that its caller is to put there: the module has a memory and gives parts
 * of it, and two of the parameters in a row (of AssemblyScript one) could be an address and a length.
 */
export function mayTakeBytes(module: Module, name: string): boolean {
  const index = exportedFunction(module, name);
  const allocator = ALLOCATORS.find((each) => exportedFunction(module, each) !== undefined);
  if (index === undefined || allocator === undefined || /alloc|free|^__/.test(name)) return false;
  if (indexSpaces(module).memories.length === 0) return false;
  const { params } = typeOf(module, index);
  const taken = allocator === OBJECTS ? ['i32'] : ['i32', 'i32'];
  return params.some((_, i) => taken.every((type, k) => params[i + k] === type));
}

/** What is known of an argument before it has a type: that it is one word, or bytes. */
export interface Untyped {
  readonly type: 'word' | 'bytes' | 'string';
  readonly isPrivate: boolean;
}

/**
 * The typed entry that arguments are given to: words have the types of the parameters that they meet. Of an export that takes an
 * address and a length for each that is bytes; where nobody says, its result is what WebAssembly returns.
 * @throws EXPORT_MISSING, SIGNATURE_INVALID
 */
export function inferEntry(
  module: Module,
  name: string,
  args: readonly Untyped[],
  {
    strings = [],
    returns,
    allocator,
  }: {
    readonly strings?: readonly StringList[];
    readonly returns?: string | undefined;
    readonly allocator?: string | undefined;
  } = {},
): string {
  const index = exportedFunction(module, name);
  if (index === undefined) return name;
  const { params, results } = typeOf(module, index);
  const named = allocator ?? ALLOCATORS.find((each) => exportedFunction(module, each) !== undefined);
  const size = named === OBJECTS ? 1 : 2;
  const taken = args.reduce((sum, { type }) => sum + (type === 'word' ? 1 : size), 0);
  // An address for the result may stand before.
  let next = returns !== undefined && results.length === 0 && params.length === taken + 1 ? 1 : 0;
  const list = args.map(({ type, isPrivate }) => {
    const meets = params[next];
    next += type === 'word' ? 1 : size;
    return `${isPrivate ? 'private ' : ''}${type === 'word' ? (meets ?? 'i32') : type}`;
  });
  const returned = results.length > 1 ? `tuple<${results.join(', ')}>` : results[0];
  const arrow = returns ?? returned;
  const text = `${name}(${[...strings, ...list].join(', ')})${arrow === undefined ? '' : ` -> ${arrow}`}`;
  return allocator === undefined ? text : `${text} via ${allocator}`;
}

function allocatorOf(module: Module, name: string, where: string): Allocator | undefined {
  const index = exportedFunction(module, name);
  if (index === undefined) return undefined;
  const { params, results } = typeOf(module, index);
  if (
    results.join() !== 'i32' ||
    params.some((type) => type !== 'i32') ||
    ![1, 2, 4].includes(params.length)
  ) {
    invalid(
      `the export ${quote(name)} has not the type of an allocator`,
      where,
      'Name another with "via NAME" behind the signature',
    );
  }
  return { index, parameters: params.length, objects: name === OBJECTS && params.length === 2 };
}

const typeOf = (module: Module, index: number): FunctionType =>
  module.types[indexSpaces(module).functions[index]];

/** Types of WebAssembly that parameters are. */
function flatParameters({ signature, allocator }: Omit<TypedEntry, 'index'>): string[] {
  return signature.parameters.flatMap(({ type }) => {
    if (!isBytes(type)) return [scalarInfo(type).flat];
    return allocator?.objects === true ? ['i32'] : ['i32', 'i32'];
  });
}

/**
 * How the result comes: as `flat` values; `packed` in an i64, address in the high half; an object; in an `area` whose address is
 * returned, or whose address the export takes as a first argument (`given`).
 */
type ResultForm = 'none' | 'flat' | 'packed' | 'object' | 'area' | 'given';

/** @throws SIGNATURE_INVALID where the export's type is none that its signature can have */
function resultForm(module: Module, entry: TypedEntry): ResultForm {
  const { params, results } = typeOf(module, entry.index);
  const { result } = entry.signature;
  const returned = results.join();
  const takes = params.join();
  const expected = flatParameters(entry);
  if (takes === expected.join()) {
    if (result === undefined) {
      if (returned === '') return 'none';
    } else if (typeof result === 'string' && !isBytes(result)) {
      if (returned === scalarInfo(result).flat) return 'flat';
    } else if (isBytes(result as Parameter['type']) && entry.isWide) {
      if (returned === 'i32') return 'object';
    } else if (typeof result === 'string') {
      if (returned === 'i32,i32') return 'flat';
      if (returned === 'i64') return 'packed';
      if (returned === 'i32') return 'area';
    } else {
      if (returned === result.map((type) => scalarInfo(type).flat).join()) return 'flat';
      if (returned === 'i32') return 'area';
    }
  }
  const isRecord = result !== undefined && (typeof result === 'object' || isBytes(result));
  if (isRecord && takes === ['i32', ...expected].join() && returned === '') return 'given';
  return invalid(
    `the export has the type (${params.join(', ')}) -> (${results.join(', ')}), which the signature is none of`,
    entry.name,
    'Give a type for each parameter, where bytes and string are an address and a length, and the result behind ->',
  );
}

/** The parts of the function while it is put together. */
class Adapter {
  private readonly module: Module;
  private readonly types: TypeText[] = ['->'];
  private readonly imports: (readonly [string, string, { readonly kind: 'func'; readonly type: number }])[] =
    [];
  readonly locals: ('i32' | 'i64' | 'f32' | 'f64')[] = [];
  readonly code: Item[] = [];

  constructor(module: Module) {
    this.module = module;
  }

  local(type: 'i32' | 'i64' | 'f32' | 'f64'): number {
    return this.locals.push(type) - 1;
  }

  /** A call of what an import means (`intrinsics.ts`). */
  call(kind: string, name: string, type: TypeText): void {
    const known = this.imports.findIndex((entry) => entry[0] === kind && entry[1] === name);
    this.code.push([
      'call',
      known >= 0 ? known : this.imports.push([kind, name, { kind: 'func', type: this.type(type) }]) - 1,
    ]);
  }

  /** A call of the module's function. */
  guest(index: number): void {
    const { params, results } = typeOf(this.module, index);
    this.call('guest', String(index), `${params.join(' ')} -> ${results.join(' ')}`);
  }

  private type(text: TypeText): number {
    const known = this.types.indexOf(text);
    return known >= 0 ? known : this.types.push(text) - 1;
  }

  finish(): Module {
    const { types, imports, locals, code } = this;
    return decodeModule(
      moduleBytes({
        types,
        imports: [['guest', 'memory', { kind: 'memory', limits: { min: 0, max: undefined } }], ...imports],
        functions: [{ type: 0, locals, code }],
        exports: [['arguments and result', 'func', imports.length]],
      }),
    );
  }
}

/** The function of a typed entry, the only one of a module of its own. @param finishesOutput a routine that ends standard output is called behind the export */
export function adapterModule(module: Module, entry: TypedEntry, finishesOutput: boolean): Module {
  const adapter = new Adapter(module);
  const { code } = adapter;
  const given = entry.signature.parameters.map((parameter) => argument(adapter, module, entry, parameter));
  const form = resultForm(module, entry);
  const area = form === 'given' || form === 'area' ? adapter.local('i32') : -1;
  if (form === 'given') {
    resultArea(adapter, module, entry);
    code.push(['local.tee', area]);
  }
  for (const local of given.flat()) code.push(['local.get', local]);
  adapter.guest(entry.index);
  const { result } = entry.signature;
  const returned =
    form === 'given' ? [] : typeOf(module, entry.index).results.map((type) => adapter.local(type as 'i32'));
  for (const local of [...returned].reverse()) code.push(['local.set', local]);
  if (finishesOutput) adapter.call('routine', 'wasi finish', '->');
  if (form === 'area') code.push(['local.get', returned[0]], ['local.set', area]);
  if (result === undefined) return adapter.finish();
  if (typeof result === 'string' && isBytes(result)) resultBytes(adapter, form, returned, area);
  else if (form === 'flat') {
    const types = typeof result === 'string' ? [result] : result;
    for (const [i, type] of types.entries()) {
      code.push(['local.get', returned[i]]);
      resultWord(adapter, scalarInfo(type).flat);
    }
  } else record(adapter, result as readonly Scalar[], area);
  return adapter.finish();
}

/** Reads an argument; returns the locals that hold what the export takes. */
function argument(
  adapter: Adapter,
  module: Module,
  { allocator, isWide }: TypedEntry,
  { type, isPrivate }: Parameter,
): number[] {
  const { code } = adapter;
  const source = isPrivate ? 0 : 1;
  if (isBytes(type)) {
    const [address, length] = [adapter.local('i32'), adapter.local('i32')];
    adapter.call('routine', `argument word ${source}`, '-> i32');
    code.push(['local.set', length]);
    if (type === 'string' && isWide) {
      code.push(['local.get', length]);
      adapter.call('routine', 'argument utf-16', 'i32 ->');
    }
    allocate(adapter, allocator as Allocator, ['local.get', length], 1, CLASS[type]);
    const pin = isWide ? exportedFunction(module, '__pin') : undefined;
    if (pin !== undefined) adapter.guest(pin);
    code.push(['local.tee', address], ['local.get', length]);
    adapter.call('routine', `argument bytes ${source}`, 'i32 i32 ->');
    if (type === 'string' && !isWide) {
      code.push(['local.get', address], ['local.get', length]);
      adapter.call('routine', 'argument utf-8', 'i32 i32 ->');
    }
    return isWide ? [address] : [address, length];
  }
  const { flat, low, count } = scalarInfo(type);
  const local = adapter.local(flat);
  if (flat === 'i32' || flat === 'f32') adapter.call('routine', `argument word ${source}`, '-> i32');
  else adapter.call('row', isPrivate ? 'argument.private' : 'argument.public', '-> i64');
  if (flat === 'f32') code.push('f32.reinterpret_i32');
  if (flat === 'f64') code.push('f64.reinterpret_i64');
  code.push(['local.set', local]);
  if (count !== undefined) {
    code.push(['local.get', local], ['i32.const', low ?? 0], ['i32.const', count]);
    adapter.call('routine', 'argument range', 'i32 i32 i32 ->');
  }
  return [local];
}

/** The address of new memory, on the stack. @param size an instruction that gives the number of bytes */
function allocate(
  adapter: Adapter,
  { index, parameters, objects }: Allocator,
  size: Item,
  alignment: number,
  id: number,
): void {
  if (parameters === 4) adapter.code.push(['i32.const', 0], ['i32.const', 0], ['i32.const', alignment]);
  adapter.code.push(size);
  if (parameters === 2) adapter.code.push(['i32.const', objects ? id : alignment]);
  adapter.guest(index);
}

/** Memory for a result that the export stores. */
function resultArea(adapter: Adapter, module: Module, entry: TypedEntry): void {
  const { result } = entry.signature;
  const size = typeof result === 'object' ? fieldOffsets(result).size : 8;
  const stack = exportedFunction(module, STACK);
  if (stack !== undefined) {
    adapter.code.push(['i32.const', -((size + 15) & -16)]);
    adapter.guest(stack);
  } else if (entry.allocator === undefined || entry.isWide) {
    invalid('the module exports nothing that gives memory for the result', entry.name);
  } else allocate(adapter, entry.allocator, ['i32.const', size], ALIGNMENT, 0);
}

/** A value of this type, on the stack, as a word of the outputs. */
function resultWord(adapter: Adapter, flat: string): void {
  if (flat === 'f32') adapter.code.push('i32.reinterpret_f32', 'i64.extend_i32_u');
  if (flat === 'f64') adapter.code.push('i64.reinterpret_f64');
  if (flat === 'i32') adapter.code.push('i64.extend_i32_u');
  adapter.call('row', 'output.write', 'i64 ->');
}

/** Address and length, then the bytes at it. */
function resultBytes(adapter: Adapter, form: ResultForm, returned: readonly number[], area: number): void {
  const { code } = adapter;
  if (form === 'flat') code.push(['local.get', returned[0]], ['local.get', returned[1]]);
  else if (form === 'packed') {
    code.push(['local.get', returned[0]], ['i64.const', 32], 'i64.shr_u', 'i32.wrap_i64');
    code.push(['local.get', returned[0]], 'i32.wrap_i64');
  } else if (form === 'object') {
    code.push(['local.get', returned[0]], ['local.get', returned[0]], ['i32.const', 4], 'i32.sub', [
      'i32.load',
      2,
      0,
    ]);
  } else code.push(['local.get', area], ['i32.load', 2, 0], ['local.get', area], ['i32.load', 2, 4]);
  adapter.call('routine', 'result bytes', 'i32 i32 ->');
}

const LOADS: Readonly<Record<string, 'i32.load8_u' | 'i32.load8_s' | 'i32.load16_u' | 'i32.load16_s'>> = {
  u8: 'i32.load8_u',
  bool: 'i32.load8_u',
  s8: 'i32.load8_s',
  u16: 'i32.load16_u',
  s16: 'i32.load16_s',
};

/** The fields of a record in memory, each at the next multiple of its size. */
function record(adapter: Adapter, fields: readonly Scalar[], area: number): void {
  const { offsets } = fieldOffsets(fields);
  for (const [i, type] of fields.entries()) {
    const { flat, bytes } = scalarInfo(type);
    const wide = flat === 'i64' || flat === 'f64';
    adapter.code.push(
      ['local.get', area],
      [LOADS[type] ?? (wide ? 'i64.load' : 'i32.load'), Math.log2(bytes), offsets[i]],
    );
    resultWord(adapter, wide ? 'i64' : 'i32');
  }
}

function fieldOffsets(fields: readonly Scalar[]): {
  readonly offsets: readonly number[];
  readonly size: number;
} {
  let end = 0;
  const offsets = fields.map((type) => {
    const { bytes } = scalarInfo(type);
    const offset = Math.ceil(end / bytes) * bytes;
    end = offset + bytes;
    return offset;
  });
  return { offsets, size: end };
}
