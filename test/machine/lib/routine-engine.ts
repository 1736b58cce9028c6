/** The modules of routines in the JavaScript engine: their intrinsics over a plain memory, plain tables and lists of words. */
import { FAILURES, type FailureName } from '../../../sdk/src/machine/program.ts';
import { routineBytes } from '../../../sdk/src/machine/translate/routines.ts';
import { FILE_CELLS } from '../../../sdk/src/machine/translate/wasi-layout.ts';

/** What an import `trap` throws. */
export class RoutineTrap extends Error {
  readonly failure: FailureName;
  constructor(failure: FailureName) {
    super(FAILURES[failure].text);
    this.failure = failure;
  }
}

/** What the import `exit` throws. */
export class RoutineExit extends Error {
  readonly code: number;
  constructor(code: number) {
    super(`exit ${code}`);
    this.code = code;
  }
}

/** Elements, or words of a segment; accesses beyond the end are faults of the routine. */
export class Elements {
  readonly cells: number[];
  size: number;
  readonly max: number;

  constructor(values: readonly number[], max: number = values.length) {
    this.size = values.length;
    this.max = max;
    this.cells = Array.from({ length: max }, (_, i) => values[i] ?? 0);
  }

  /** Those up to the size. */
  get values(): readonly number[] {
    return this.cells.slice(0, this.size);
  }

  at(index: number): number {
    const value = this.cells[index >>> 0];
    if (value === undefined) throw new RangeError(`no element ${index}`);
    return value;
  }

  put(index: number, value: number): void {
    this.at(index);
    this.cells[index >>> 0] = value;
  }
}

export interface Given {
  readonly memory?: WebAssembly.Memory;
  readonly maxPages?: number;
  /** Size in elements, or bytes of a segment where that is not the number of its cells. */
  readonly source?: Elements | { readonly elements: Elements; readonly bytes: number };
  readonly target?: Elements;
  /** Others by name. */
  readonly elements?: Readonly<Record<string, Elements>>;
  /** The next word of the file of this number; throws where there is none. */
  readonly file?: (which: number) => bigint;
  /** Values of the cells by name, all i64. */
  readonly cells?: Map<string, bigint>;
  readonly isPublic?: boolean;
  readonly writes?: boolean;
  readonly outputs?: bigint[];
  /** Throws where there is none. */
  readonly input?: () => bigint;
  readonly clock?: () => bigint;
  readonly random?: () => bigint;
  readonly log?: (address: number, length: number) => void;
  /** Other routines by name. */
  readonly routines?: Readonly<Record<string, WebAssembly.ImportValue>>;
}

export type Routine = (...args: readonly (number | bigint)[]) => number | bigint | undefined;

/** An instance of a module of routines: its exports. Imports that are not given throw when they are called. */
export function instantiate(name: string, given: Given = {}): Readonly<Record<string, Routine>> {
  const module = new WebAssembly.Module(routineBytes(name));
  const imports: Record<string, Record<string, WebAssembly.ImportValue>> = {};
  for (const { module: kind, name: field } of WebAssembly.Module.imports(module)) {
    const missing = (): never => {
      throw new Error(`${kind} ${field} is not given`);
    };
    imports[kind] ??= {};
    imports[kind][field] = importOf(kind, field, given) ?? missing;
  }
  return new WebAssembly.Instance(module, imports).exports as Record<string, Routine>;
}

function importOf(kind: string, field: string, given: Given): WebAssembly.ImportValue | undefined {
  const { memory, target, cells, outputs } = given;
  const source = given.source instanceof Elements ? given.source : given.source?.elements;
  const unsigned =
    (divide: (x: bigint, y: bigint) => bigint, bits: number) => (x: number | bigint, y: number | bigint) => {
      const result = divide(BigInt.asUintN(bits, BigInt(x)), BigInt.asUintN(bits, BigInt(y)));
      return bits === 32 ? Number(BigInt.asIntN(32, result)) : result;
    };
  const quotient = (x: bigint, y: bigint): bigint => x / y;
  const remainder = (x: bigint, y: bigint): bigint => x % y;
  const known: Record<string, WebAssembly.ImportValue | undefined> = {
    'guest memory': memory ?? new WebAssembly.Memory({ initial: 0 }),
    'row i32.quotient': unsigned(quotient, 32),
    'row i64.quotient': unsigned(quotient, 64),
    'row i32.remainder': unsigned(remainder, 32),
    'row i64.remainder': unsigned(remainder, 64),
    'row memory.growPage': memory && (() => void memory.grow(1)),
    'row output.write': outputs && ((word: bigint) => void outputs.push(BigInt.asUintN(64, word))),
    'row stream.read': given.input,
    'row argument.read': given.input,
    'row argument.public': given.input,
    'row file.read': given.file,
    'row clock': given.clock,
    'row random': given.random,
    'row log': given.log,
    'row exit': (code: number) => {
      throw new RoutineExit(code >>> 0);
    },
    'get memory.maxPages': () => given.maxPages ?? 0,
    'get source.size': source && (() => (given.source as { bytes?: number }).bytes ?? source.size),
    'element source': source && ((index: number) => source.at(index)),
    'get target.size': target && (() => target.size),
    'set target.size':
      target &&
      ((size: number) => {
        target.size = size;
      }),
    'get target.maxSize': target && (() => target.max),
    'setElement target': target && ((index: number, value: number) => target.put(index, value)),
    'get output.isUsed': () => (given.writes === true ? 1 : 0),
    'get content.last': () => FILE_CELLS.content - 16,
    'get stream.isPublic': () => (given.isPublic === true ? 1 : 0),
  };
  if (kind === 'trap') {
    return () => {
      throw new RoutineTrap(field as FailureName);
    };
  }
  if (kind === 'routine') return given.routines?.[field];
  const [name, distance] = field.split(' ') as [string, string?];
  const cellsOf = given.elements?.[name];
  if (cellsOf !== undefined) {
    const at = (index: number): number => (index >>> 0) + Number(distance ?? 0);
    if (kind.startsWith('element')) return (index: number) => cellsOf.at(at(index));
    return (index: number, value: number) => cellsOf.put(at(index), value);
  }
  const found = known[`${kind} ${field}`];
  if (found !== undefined || cells === undefined) return found;
  if (kind === 'get') return () => cells.get(field) ?? 0n;
  return kind === 'set' ? (value: bigint) => void cells.set(field, BigInt.asUintN(64, value)) : undefined;
}
