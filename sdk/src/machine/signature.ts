/**
 * Typed entries: how an export that takes addresses is called with bytes and text, `NAME(string, private bytes, i32) -> string`.
 * The text says what the entry does before and behind the call (docs/arguments.md), so it is part of what a program id means.
 */
import type { NumberType } from '../wasm/types.ts';

/** The names of WebAssembly and of the component model's interfaces. */
export type Scalar = NumberType | 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32' | 'u64' | 's64' | 'bool';

export interface ScalarInfo {
  /** The type of WebAssembly that it is as a parameter or result. */
  readonly flat: NumberType;
  /** In a record in memory, aligned to as many. */
  readonly bytes: 1 | 2 | 4 | 8;
  /** Of those that are not all words of their flat type: the least one, and how many there are. */
  readonly low?: number;
  readonly count?: number;
}

const SCALARS: Readonly<Record<Scalar, ScalarInfo>> = {
  i32: { flat: 'i32', bytes: 4 },
  i64: { flat: 'i64', bytes: 8 },
  f32: { flat: 'f32', bytes: 4 },
  f64: { flat: 'f64', bytes: 8 },
  u8: { flat: 'i32', bytes: 1, low: 0, count: 2 ** 8 },
  s8: { flat: 'i32', bytes: 1, low: -(2 ** 7), count: 2 ** 8 },
  u16: { flat: 'i32', bytes: 2, low: 0, count: 2 ** 16 },
  s16: { flat: 'i32', bytes: 2, low: -(2 ** 15), count: 2 ** 16 },
  u32: { flat: 'i32', bytes: 4 },
  s32: { flat: 'i32', bytes: 4 },
  u64: { flat: 'i64', bytes: 8 },
  s64: { flat: 'i64', bytes: 8 },
  bool: { flat: 'i32', bytes: 1, low: 0, count: 2 },
};

export function scalarInfo(type: Scalar): ScalarInfo {
  return SCALARS[type];
}

/** `bytes`: any; `string`: UTF-8, of AssemblyScript UTF-16. */
export type ParameterType = Scalar | 'bytes' | 'string';

export interface Parameter {
  readonly type: ParameterType;
  /** Among the private inputs; else among the public ones. */
  readonly isPrivate: boolean;
}

/** A list is a record of scalars, by the fields in their order. */
export type ResultType = ParameterType | readonly Scalar[];

/** Lists of strings that WASI gives to whoever asks, in the order in which public inputs have them: of files the names, and digests behind them. */
export const STRING_LISTS = ['args', 'environ', 'files'] as const;
export type StringList = (typeof STRING_LISTS)[number];

export interface Signature {
  /** Of those the ones that public inputs have, before everything else; the others are empty. */
  readonly strings: readonly StringList[];
  readonly parameters: readonly Parameter[];
  readonly result: ResultType | undefined;
  /** The export gives an error beside its result, as wasm-bindgen has it: one that is there is a trap. */
  readonly isFallible: boolean;
  /** The export that gives memory for arguments, where one is named. */
  readonly allocator: string | undefined;
}

export interface EntryText {
  /** The export. */
  readonly name: string;
  readonly signature: Signature;
}

/**
 * What the text of a typed entry says; undefined where it is none, a string where something in it is not understood. Proof files have such texts,
 * so no part of one is gone through more than a few times.
 */
export function parseEntry(text: string): EntryText | string | undefined {
  const parts = partsOf(text.trim());
  if (parts === undefined) return undefined;
  const { name, list, returned, allocator } = parts;
  const strings: StringList[] = [];
  const parameters: Parameter[] = [];
  for (const item of list.trim() === '' ? [] : list.split(',')) {
    const whole = item.trim();
    const isPrivate = /^private\s/.test(whole);
    const type = isPrivate ? whole.slice('private'.length).trimStart() : whole;
    const order = STRING_LISTS.indexOf(type as StringList);
    if (order >= 0) {
      const isLast = strings.every((before) => STRING_LISTS.indexOf(before) < order);
      if (isPrivate || parameters.length > 0 || !isLast)
        return `"${type}" stands out of place: first args, then environ, files, the arguments`;
      strings.push(STRING_LISTS[order]!);
      continue;
    }
    const known = parameterType(type);
    if (known === undefined) return `"${type}" is no type of an argument`;
    parameters.push({ type: known, isPrivate });
  }
  const isFallible = returned !== undefined && /^fallible\s/.test(returned);
  const shown = isFallible ? returned.slice('fallible'.length).trimStart() : returned;
  const result = shown === undefined ? undefined : isFallible ? parameterType(shown) : resultType(shown);
  if (returned !== undefined && result === undefined) return `"${returned}" is no type of a result`;
  return { name, signature: { strings, parameters, result, isFallible, allocator } };
}

/** Between calls of one instance, which are made one after the other. */
const NEXT_CALL = '; ';
/** Each is a function of its own in the image. */
const MAX_CALLS = 64;

/** The calls that a text says, `NAME(TYPES); NAME(TYPES) -> TYPE`, or the one call; otherwise as {@link parseEntry}. */
export function parseCalls(text: string): readonly EntryText[] | string | undefined {
  const texts = text.split(NEXT_CALL, MAX_CALLS + 1);
  if (texts.length === 1) {
    const parsed = parseEntry(text);
    return typeof parsed === 'object' ? [parsed] : parsed;
  }
  if (texts.length > MAX_CALLS) return `more than ${MAX_CALLS} calls`;
  const calls: EntryText[] = [];
  for (const [i, one] of texts.entries()) {
    const parsed = parseEntry(one);
    if (typeof parsed === 'string') return parsed;
    if (parsed === undefined)
      return `"${one}" is none of several calls, which are written with their types, NAME(TYPES) -> TYPE`;
    if (i > 0 && parsed.signature.strings.length > 0)
      return `"${parsed.signature.strings[0]}" stands out of place: they are given to the first call`;
    calls.push(parsed);
  }
  return calls;
}

/** The other way round. */
export const formatCalls = (calls: readonly EntryText[]): string => calls.map(formatEntry).join(NEXT_CALL);

/** An allocator has no space and no parentheses: the name of an export that ends like one is a name, `f(i32) via x(string)`. */
const ALLOCATOR = /^[^\s()]+$/;
/** At the end of a text. */
const VIA = /\bvia\s+([^\s()]+)$/;

export const isAllocatorName = (name: string): boolean => ALLOCATOR.test(name);

/** The first list in parentheses that nothing but a result and an allocator follow; names of exports may have parentheses too. */
function partsOf(
  text: string,
): (Record<'name' | 'list', string> & Partial<Record<'returned' | 'allocator', string>>) | undefined {
  for (let open = text.indexOf('('); open >= 0; open = text.indexOf('(', open + 1)) {
    const list = /[^()]*/y;
    list.lastIndex = open + 1;
    const [inside] = list.exec(text) as RegExpExecArray;
    const close = open + 1 + inside.length;
    // What the next one is inside of is no list.
    if (text[close] !== ')') {
      open = close - 1;
      continue;
    }
    const name = text.slice(0, open).trim();
    const behind = text.slice(close + 1).trimStart();
    if (behind.startsWith('->')) {
      const body = behind.slice(2).trim();
      const via = VIA.exec(body);
      const returned = via === null ? body : body.slice(0, via.index).trimEnd();
      return { name, list: inside, returned, allocator: via?.[1] };
    }
    const allocator = /^via\s+([^\s()]+)$/.exec(behind)?.[1];
    if (behind === '' || allocator !== undefined) return { name, list: inside, allocator };
  }
  return undefined;
}

/** The one text of a typed entry that messages and proof files have. */
export function formatEntry({
  name,
  signature: { strings, parameters, result, isFallible, allocator },
}: EntryText): string {
  const types = parameters.map(({ type, isPrivate }) => `${isPrivate ? 'private ' : ''}${type}`);
  const list = [...strings, ...types].join(', ');
  const returned =
    result === undefined
      ? ''
      : ` -> ${isFallible ? 'fallible ' : ''}${typeof result === 'string' ? result : `tuple<${result.join(', ')}>`}`;
  return `${name}(${list})${returned}${allocator === undefined ? '' : ` via ${allocator}`}`;
}

function parameterType(text: string): ParameterType | undefined {
  if (text === 'bytes' || text === 'string') return text;
  if (/^list\s*<\s*u8\s*>$/.test(text)) return 'bytes';
  return scalar(text);
}

const scalar = (text: string): Scalar | undefined =>
  Object.hasOwn(SCALARS, text) ? (text as Scalar) : undefined;

function resultType(text: string): ResultType | undefined {
  const fields = /^(?:tuple|record)\s*<(.*)>$/s.exec(text)?.[1];
  if (fields === undefined) return parameterType(text);
  const types = fields.split(',').map((field) => scalar(field.trim()));
  return types.includes(undefined) ? undefined : (types as Scalar[]);
}

/** Whether it takes memory of the module. */
export const isBytes = (type: ResultType): type is 'bytes' | 'string' =>
  type === 'bytes' || type === 'string';
