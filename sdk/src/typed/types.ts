/**
 * The types of typed programs (docs/typed-programs.md): Solidity's, each with the few numbers that say how it is read, written and bounded.
 * Codec and generators know nothing else of a type, so no two of them can have rules of their own.
 */

/**
 * A number: integers of 8 to 256 bits, `bool` (one bit) and `address` (160 bits). `ceil(bits / 64)` words, the most significant one first, as the
 * statement's bytes have it; the top word holds what is left of the bits, extended by zeros or by the sign.
 */
export interface NumberType {
  readonly kind: 'number';
  readonly name: string;
  readonly as: 'integer' | 'bool' | 'address';
  readonly signed: boolean;
  readonly bits: number;
  readonly words: number;
  /** Bits of the most significant word, 1 to 64. */
  readonly topBits: number;
}

/** `bytesN`: N bytes, eight to a word, low byte first, the last word filled up with zeros. */
export interface RunType {
  readonly kind: 'run';
  readonly name: string;
  readonly size: number;
}

/** `bytes` and `string`: a word with their number, then a run. A `string` is well-formed UTF-8. */
export interface BytesType {
  readonly kind: 'bytes';
  readonly name: 'bytes' | 'string';
  readonly max: number;
}

/** `T[n]`: n items. */
export interface ArrayType {
  readonly kind: 'array';
  readonly item: Type;
  readonly length: number;
}

/** `T[]`: a word with their number, then the items. */
export interface ListType {
  readonly kind: 'list';
  readonly item: Type;
  readonly max: number;
}

/** The fields in their order. */
export interface StructType {
  readonly kind: 'struct';
  readonly name: string;
  readonly fields: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly type: Type;
}

export type Type = NumberType | RunType | BytesType | ArrayType | ListType | StructType;

/** Bytes and bits of a word. */
export const WORD_BYTES = 8;
export const WORD_BITS = 64;

function number(name: string, bits: number, signed: boolean, as: NumberType['as'] = 'integer'): NumberType {
  const words = Math.ceil(bits / WORD_BITS);
  return { kind: 'number', name, as, signed, bits, words, topBits: bits - WORD_BITS * (words - 1) };
}

const SIZES: readonly number[] = Array.from({ length: 32 }, (_, i) => i + 1);

/** All types without a bound of their own, by their Solidity names. */
export const FIXED_TYPES: ReadonlyMap<string, NumberType | RunType> = new Map<string, NumberType | RunType>([
  ['bool', number('bool', 1, false, 'bool')],
  ['address', number('address', 160, false, 'address')],
  ...SIZES.map((size) => [`uint${8 * size}`, number(`uint${8 * size}`, 8 * size, false)] as const),
  ...SIZES.map((size) => [`int${8 * size}`, number(`int${8 * size}`, 8 * size, true)] as const),
  ...SIZES.map((size) => [`bytes${size}`, { kind: 'run', name: `bytes${size}`, size } as const] as const),
]);

/** `bytes` and `string` end with the bound of {@link BytesType}. */
export const BYTES_TYPES: readonly BytesType['name'][] = ['bytes', 'string'];

/** Most words that all inputs, private inputs or outputs of a program may take: 8 MiB. */
export const MOST_WORDS: number = 2 ** 20;
const MOST_DIMENSIONS = 8;

/** What is wrong with the text of a type; the reader of manifests says where. */
export class TypeProblem extends Error {}

/**
 * The type behind `text`, `uint32[4][]` say.
 * @param max bounds of what has none in Solidity, from outside in: `bytes[]` takes two
 * @param structOf structs by their names
 * @throws TypeProblem
 */
export function parseType(
  text: string,
  max: readonly number[],
  structOf: (name: string) => StructType | undefined,
): Type {
  const [, base, brackets] = /^([A-Za-z]\w*)((?:\[\d*\])*)$/.exec(text) ?? [];
  if (base === undefined || brackets === undefined) throw new TypeProblem('is no type of Solidity');
  const bounds = [...max];
  const bound = (): number => {
    const next = bounds.shift();
    if (next === undefined)
      throw new TypeProblem(
        'has no bound: give "max", the most items or bytes, a number for each from outside in',
      );
    return next;
  };
  // The last brackets are the outermost.
  const sizes = [...brackets.matchAll(/\[(\d*)\]/g)].map(([, digits]) => digits!).reverse();
  if (sizes.length > MOST_DIMENSIONS)
    throw new TypeProblem(`has more than ${MOST_DIMENSIONS} pairs of brackets`);
  const dimensions = sizes.map((digits) =>
    digits === ''
      ? ({ kind: 'list', max: bound() } as const)
      : ({ kind: 'array', length: fixedLength(digits) } as const),
  );
  const innermost = baseType(base, bound, structOf);
  if (bounds.length > 0) throw new TypeProblem('has a "max" too many: one for each bytes, string and []');
  return dimensions.reduceRight<Type>((item, dimension) => ({ ...dimension, item }), innermost);
}

function fixedLength(digits: string): number {
  const length = /^[1-9]\d{0,6}$/.test(digits) ? Number(digits) : 0;
  if (length === 0 || length > MOST_WORDS)
    throw new TypeProblem(`has a length that is not 1 to ${MOST_WORDS}`);
  return length;
}

function baseType(
  name: string,
  bound: () => number,
  structOf: (name: string) => StructType | undefined,
): Type {
  const fixed = FIXED_TYPES.get(name);
  if (fixed !== undefined) return fixed;
  const bytes = BYTES_TYPES.find((each) => each === name);
  if (bytes !== undefined) return { kind: 'bytes', name: bytes, max: bound() };
  if (name === 'uint' || name === 'int') throw new TypeProblem(`is ${name}256: write it so`);
  const struct = structOf(name);
  if (struct !== undefined) return struct;
  throw new TypeProblem('is no type of Solidity and none of "structs"');
}

/** Words that so many bytes take. */
export const wordsOfBytes = (bytes: number): number => Math.ceil(bytes / WORD_BYTES);

/** The fewest and the most words that a value takes; equal where all take the same. */
export function wordRange(type: Type): { readonly least: number; readonly most: number } {
  switch (type.kind) {
    case 'number':
      return { least: type.words, most: type.words };
    case 'run':
      return { least: wordsOfBytes(type.size), most: wordsOfBytes(type.size) };
    case 'bytes':
      return { least: 1, most: 1 + wordsOfBytes(type.max) };
    case 'array': {
      const { least, most } = wordRange(type.item);
      return { least: type.length * least, most: type.length * most };
    }
    case 'list':
      return { least: 1, most: 1 + type.max * wordRange(type.item).most };
    case 'struct':
      return rangeOfFields(type.fields);
  }
}

/** The same of several values, one after the other. */
export function rangeOfFields(fields: readonly Field[]): { readonly least: number; readonly most: number } {
  const ranges = fields.map(({ type }) => wordRange(type));
  return {
    least: ranges.reduce((sum, { least }) => sum + least, 0),
    most: ranges.reduce((sum, { most }) => sum + most, 0),
  };
}

/** As Solidity writes it, without bounds. */
export function solidityName(type: Type): string {
  switch (type.kind) {
    case 'number':
    case 'run':
    case 'bytes':
    case 'struct':
      return type.name;
    case 'array':
      return `${solidityName(type.item)}[${type.length}]`;
    case 'list':
      return `${solidityName(type.item)}[]`;
  }
}

/** A name for what is generated for a type: types that differ in a bound have different ones. */
export function mangledName(type: Type): string {
  switch (type.kind) {
    case 'number':
    case 'run':
    case 'struct':
      return type.name;
    case 'bytes':
      return `${type.name}_max${type.max}`;
    case 'array':
      return `${mangledName(type.item)}_x${type.length}`;
    case 'list':
      return `${mangledName(type.item)}_max${type.max}`;
  }
}

/** All types that `fields` are made of, parts before what is made of them, each once. */
export function typesOf(fields: readonly Field[]): readonly Type[] {
  const found = new Map<string, Type>();
  const add = (type: Type): void => {
    if (type.kind === 'array' || type.kind === 'list') add(type.item);
    if (type.kind === 'struct') for (const field of type.fields) add(field.type);
    const name = mangledName(type);
    if (!found.has(name)) found.set(name, type);
  };
  for (const { type } of fields) add(type);
  return [...found.values()];
}
