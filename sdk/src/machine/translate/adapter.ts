/** The function of a typed entry (docs/arguments.md): made as WebAssembly for its signature, then translated like any other. */
import { type Code, moduleBytes, type TypeText } from '../../wasm/build.ts';
import { decodeModule } from '../../wasm/decode.ts';
import { exportedFunction, indexSpaces, type Module, quote } from '../../wasm/types.ts';
import {
  type EntryText,
  isBytes,
  type Parameter,
  type Scalar,
  type StringList,
  scalarInfo,
} from '../signature.ts';
import { ALLOCATORS, type Allocator, allocatorOf, invalid, typeOf, usualAllocator } from './allocator.ts';
import { WASI_MODULE } from './wasi-layout.ts';

/** Its classes, which its runtime numbers first. */
const CLASS = { bytes: 1, string: 2 } as const;
/** Of wasm-bindgen: takes bytes off the stack of the module, and answers where. */
const STACK = '__wbindgen_add_to_stack_pointer';
/** Of memory for a result, whatever its fields are. */
const ALIGNMENT = 8;

type Item = Code[number];

/** What asks for a list, what that is called, and what gives none of it. */
const ASKED: Readonly<Record<StringList, readonly [name: string, what: string, none: string]>> = {
  args: ['args_get', 'arguments', 'nothing behind --'],
  environ: ['environ_get', 'environment', 'no --env'],
  files: ['path_open', 'files', 'no --file'],
};

/** An export with the signature that it is entered by. */
export interface TypedEntry extends EntryText {
  readonly index: number;
  /** Strings are UTF-16. */
  readonly isWide: boolean;
  readonly allocator: Allocator | undefined;
}

/** The export that `name` names, checked against its signature. @throws SIGNATURE_INVALID, undefined where there is no such export */
export function typedEntry(module: Module, { name, signature }: EntryText): TypedEntry | undefined {
  const index = exportedFunction(module, name);
  if (index === undefined) return undefined;
  const { parameters, result } = signature;
  const takes = parameters.some(({ type }) => isBytes(type));
  const named = signature.allocator ?? usualAllocator(module);
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
      `Export ${ALLOCATORS.slice(3).join(' or ')}, or name what does with "via NAME" behind the signature (AssemblyScript exports its own with --exportRuntime: \`wattest compile FILE.ts -- --exportRuntime\`)`,
    );
  }
  if (
    (takes || typeof result === 'object' || (result !== undefined && isBytes(result))) &&
    indexSpaces(module).memories.length === 0
  ) {
    invalid('the module has no memory, so no bytes', name);
  }
  for (const list of signature.strings) {
    const [asked, strings, option] = ASKED[list];
    const asks = module.imports.some((item) => item.module === WASI_MODULE && item.name === asked);
    if (!asks) {
      invalid(
        `the module reads no ${strings}: it does not import ${asked} of WASI`,
        name,
        `Give it none (${option}; no ${list} in the signature)`,
      );
    }
  }
  const entry = { name, signature, index, allocator, isWide: allocator?.objects === true };
  resultForm(module, entry);
  return entry;
}

/**
 * Of several calls the words of one must not stand among what the program reads and writes by itself: nobody could tell them apart.
 * @throws SIGNATURE_INVALID
 */
export function requireCalls(module: Module, calls: readonly EntryText[]): void {
  if (calls.length === 1) return;
  const imports = (...names: readonly string[]): string | undefined =>
    module.imports.find(
      (item) => names.includes(item.name) && (item.module === 'env' || item.module === WASI_MODULE),
    )?.name;
  const [reads, writes] = [imports('wasm_input', 'fd_read'), imports('wasm_output', 'fd_write')];
  const taking = calls.slice(1).find(({ signature }) => signature.parameters.length > 0);
  if (reads !== undefined && taking !== undefined) {
    invalid(
      `the module reads inputs by itself (${reads}), so only the first call can have arguments`,
      taking.name,
      'Give them to the first call, or as inputs',
    );
  }
  const giving = calls.slice(0, -1).find(({ signature }) => signature.result !== undefined);
  if (writes !== undefined && giving !== undefined) {
    invalid(
      `the module writes outputs by itself (${writes}), so only the last call can have a result`,
      giving.name,
      'Leave the result out, with "->" in front of it',
    );
  }
}

/** Types of WebAssembly that parameters are. */
function flatParameters(module: Module, { signature, allocator, index }: TypedEntry): string[] {
  const one = allocator?.objects === true || isLengthAlone(module, { signature, allocator, index });
  return signature.parameters.flatMap(({ type }) => {
    if (!isBytes(type)) return [scalarInfo(type).flat];
    return one ? ['i32'] : ['i32', 'i32'];
  });
}

/** Where the module has one buffer that its exports know of, they may take the length alone. */
function isLengthAlone(
  module: Module,
  { signature: { parameters }, allocator, index }: Pick<TypedEntry, 'signature' | 'allocator' | 'index'>,
): boolean {
  const bytes = parameters.filter(({ type }) => isBytes(type)).length;
  if (allocator?.parameters !== 0 || allocator.from !== undefined || bytes !== 1) return false;
  return typeOf(module, index).params.length === parameters.length;
}

/**
 * How the result comes: as `flat` values; with an error of wasm-bindgen, and whether there is one, behind them (`fallible`); `packed` in an i64, address in the high half; an object; in an `area` whose address is
 * returned, or whose address the export takes as a first argument (`given`).
 */
type ResultForm = 'none' | 'flat' | 'fallible' | 'packed' | 'object' | 'area' | 'given';

/** @throws SIGNATURE_INVALID where the export's type is none that its signature can have */
function resultForm(module: Module, entry: TypedEntry): ResultForm {
  const { params, results } = typeOf(module, entry.index);
  const { result, isFallible } = entry.signature;
  const returned = results.join();
  const takes = params.join();
  const expected = flatParameters(module, entry);
  if (takes === expected.join()) {
    if (isFallible) {
      const flat = areaFields(entry.signature).map((type) => scalarInfo(type).flat);
      if (returned === flat.join()) return 'fallible';
    } else if (result === undefined) {
      if (returned === '') return 'none';
    } else if (typeof result === 'string' && !isBytes(result)) {
      if (returned === scalarInfo(result).flat) return 'flat';
    } else if (isBytes(result as Parameter['type']) && entry.isWide) {
      if (returned === 'i32') return 'object';
    } else if (typeof result === 'string') {
      if (returned === 'i32,i32') return 'flat';
      if (returned === 'i32,i32,i32,i32') return 'fallible';
      if (returned === 'i64') return 'packed';
      if (returned === 'i32') return 'area';
    } else {
      if (returned === result.map((type) => scalarInfo(type).flat).join()) return 'flat';
      if (returned === 'i32') return 'area';
    }
  }
  const isRecord = isFallible || (result !== undefined && (typeof result === 'object' || isBytes(result)));
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
  /** Locals of the argument of bytes that was read last. */
  last: { readonly address: number; readonly length: number } | undefined;

  constructor(module: Module) {
    this.module = module;
  }

  local(type: 'i32' | 'i64' | 'f32' | 'f64'): number {
    return this.locals.push(type) - 1;
  }

  /** The address behind the last bytes; `from` where there are none yet. */
  behindLast(from: number): void {
    const { code, last } = this;
    if (last === undefined) code.push(['i32.const', from]);
    else {
      code.push(
        ['local.get', last.address],
        ['local.get', last.length],
        'i32.add',
        ['i32.const', 7],
        'i32.add',
      );
      code.push(['i32.const', -8], 'i32.and');
    }
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
  const lengthAlone = isLengthAlone(module, entry);
  const given = entry.signature.parameters.map((parameter) => {
    const locals = argument(adapter, module, entry, parameter);
    return lengthAlone ? locals.slice(-1) : locals;
  });
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
  // wasm-bindgen: whether there is an error.
  if (form === 'fallible') code.push(['local.get', returned.at(-1)!], 'if', 'unreachable', 'end');
  else if (entry.signature.isFallible) {
    const isError = fieldOffsets(areaFields(entry.signature)).offsets.at(-1)!;
    code.push(['local.get', area], ['i32.load', 2, isError], 'if', 'unreachable', 'end');
  }
  if (typeof result === 'string' && isBytes(result)) resultBytes(adapter, form, returned, area);
  else if (form === 'flat' || form === 'fallible') {
    const types = typeof result === 'string' ? [result] : result;
    for (const [i, type] of types.entries()) {
      code.push(['local.get', returned[i]]);
      resultWord(adapter, scalarInfo(type).flat);
    }
  } else record(adapter, typeof result === 'object' ? result : [scalarInfo(result).flat], area);
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
    adapter.last = { address, length };
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
  { index, parameters, objects, from }: Allocator,
  size: Item,
  alignment: number,
  id: number,
): void {
  if (from !== undefined) {
    adapter.behindLast(from);
    return;
  }
  if (parameters === 4) adapter.code.push(['i32.const', 0], ['i32.const', 0], ['i32.const', alignment]);
  if (parameters > 0) adapter.code.push(size);
  if (parameters === 2) adapter.code.push(['i32.const', objects ? id : alignment]);
  adapter.guest(index);
}

/** Memory for a result that the export stores. */
function resultArea(adapter: Adapter, module: Module, entry: TypedEntry): void {
  const { size } = fieldOffsets(areaFields(entry.signature));
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
  if (form === 'flat' || form === 'fallible')
    code.push(['local.get', returned[0]], ['local.get', returned[1]]);
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

/** What the export stores: address and length of bytes; of what may fail an error and whether there is one behind the value, which is as wide as a parameter. */
function areaFields({ result, isFallible }: EntryText['signature']): readonly Scalar[] {
  if (typeof result === 'object') return result;
  const value: readonly Scalar[] =
    result === undefined ? [] : isBytes(result) ? ['i32', 'i32'] : [scalarInfo(result).flat];
  return isFallible ? [...value, 'i32', 'i32'] : value;
}

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
