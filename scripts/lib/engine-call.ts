/**
 * A typed entry in the JavaScript engine, as glue code calls a module there: the oracle of `npm run test:modules`. Knows what docs/arguments.md says of addresses and
 * lengths, and nothing of the machine.
 */

import type { ArgumentLike, ReturnedValue, ScalarValue } from '../../sdk/src/index.ts';
import {
  type EntryText,
  isBytes,
  parseCalls,
  type Scalar,
  scalarInfo,
} from '../../sdk/src/machine/signature.ts';

const ALLOCATORS: readonly string[] = [
  'cabi_realloc',
  '__wbindgen_malloc',
  '__new',
  'alloc',
  'allocate',
  'malloc',
];

type Call = (...args: readonly (number | bigint)[]) => unknown;

/**
 * The value that a call returns.
 * @throws whatever the engine throws for a trap; an Error that names an import which was called
 */
export function callInEngine(
  wasm: Uint8Array,
  text: string,
  args: readonly ArgumentLike[],
): ReturnedValue | undefined {
  const calls = parseCalls(text);
  if (typeof calls !== 'object') throw new Error(`no typed entry: ${text}`);
  const module = new WebAssembly.Module(wasm as BufferSource);
  const { exports } = new WebAssembly.Instance(module, importsOf(module));
  let used = 0;
  let last: ReturnedValue | undefined;
  for (const entry of calls) {
    const count = entry.signature.parameters.length;
    last = callExport(exports, entry, args.slice(used, used + count));
    used += count;
  }
  return last;
}

/** One call; what it leaves in the instance stays there. */
function callExport(
  exports: WebAssembly.Exports,
  { name, signature }: EntryText,
  args: readonly ArgumentLike[],
): ReturnedValue | undefined {
  const memory = Object.values(exports).find(
    (item) => item instanceof WebAssembly.Memory,
  ) as WebAssembly.Memory;
  const call = (of: string): Call => exports[of] as Call;
  const allocator = signature.allocator ?? ALLOCATORS.find((each) => exports[each] !== undefined) ?? '';
  // AssemblyScript: an address is the whole value.
  const objects = allocator === '__new';
  const constant = exports[allocator] instanceof WebAssembly.Global ? exports[allocator].value : allocator;
  let free = Number(constant);
  const allocate = (size: number, alignment = 1): number => {
    if (!Number.isNaN(free)) {
      const address = free;
      free = (free + size + 7) & -8;
      return address;
    }
    const { length } = call(allocator);
    const given = length === 4 ? [0, 0, alignment, size] : [size, alignment].slice(0, length);
    return Number(call(allocator)(...given)) >>> 0;
  };
  const passed = signature.parameters.flatMap(({ type }, i): (number | bigint)[] => {
    const value = args[i]!;
    if (!isBytes(type))
      return [type.endsWith('64') && !type.startsWith('f') ? BigInt(value as number) : Number(value)];
    const encoded = objects ? Buffer.from(String(value), 'utf16le') : new TextEncoder().encode(String(value));
    const bytes = value instanceof Uint8Array ? value : encoded;
    const address = objects
      ? Number(call(allocator)(bytes.length, type === 'bytes' ? 1 : 2))
      : allocate(bytes.length);
    if (objects) (exports['__pin'] as Call | undefined)?.(address);
    new Uint8Array(memory.buffer).set(bytes, address);
    if (objects) return [address];
    // A module with one buffer knows where that is.
    const lengthAlone = call(allocator)?.length === 0 && call(name).length === signature.parameters.length;
    return lengthAlone ? [bytes.length] : [address, bytes.length];
  });
  const { result } = signature;
  const entered = call(name);
  const takesArea = result !== undefined && entered.length === passed.length + 1;
  const area = takesArea ? resultArea(exports, allocate) : 0;
  const returned = takesArea ? entered(area, ...passed) : entered(...passed);
  if (result === undefined) return undefined;
  const view = new DataView(memory.buffer);
  const words = (at: number): number[] => [view.getUint32(at, true), view.getUint32(at + 4, true)];
  if (typeof result !== 'string') return bytesOfRecord(result, view, Number(returned) >>> 0);
  if (!isBytes(result)) return scalar(result, returned as number | bigint);
  const [address, length] = takesArea
    ? words(area)
    : Array.isArray(returned)
      ? returned.map((word) => Number(word) >>> 0)
      : typeof returned === 'bigint'
        ? [Number(BigInt.asUintN(32, returned >> 32n)), Number(BigInt.asUintN(32, returned))]
        : words(Number(returned) >>> 0);
  if (Array.isArray(returned) && returned.length === 4 && returned[3] !== 0) throw new Error('unreachable');
  const bytes = new Uint8Array(memory.buffer).slice(address, address! + length!);
  return result === 'bytes' ? bytes : new TextDecoder().decode(bytes);
}

/** Of records those of single bytes alone are among the modules. */
function bytesOfRecord(fields: readonly Scalar[], view: DataView, at: number): ScalarValue[] {
  return fields.map((type, i) => {
    if (scalarInfo(type).bytes !== 1) throw new Error(`records of ${type} are not among the modules`);
    return BigInt(view.getUint8(at + i));
  });
}

function resultArea(
  exports: WebAssembly.Exports,
  allocate: (size: number, alignment: number) => number,
): number {
  const stack = exports['__wbindgen_add_to_stack_pointer'] as Call | undefined;
  return stack === undefined ? allocate(8, 8) : Number(stack(-16)) >>> 0;
}

function scalar(type: Scalar, value: number | bigint): ScalarValue {
  if (type === 'bool') return value !== 0;
  if (type.startsWith('f')) return Number(value);
  const bits = type.endsWith('64') ? 64 : 32;
  return type.startsWith('s') ? BigInt.asIntN(bits, BigInt(value)) : BigInt.asUintN(bits, BigInt(value));
}

/** Functions that throw when they are called, and whatever else a module imports. */
function importsOf(module: WebAssembly.Module): WebAssembly.Imports {
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    if (kind !== 'function') throw new Error(`it imports a ${kind}`);
    imports[from][name] = () => {
      throw new Error(`it calls ${from}.${name}`);
    };
  }
  return imports;
}
