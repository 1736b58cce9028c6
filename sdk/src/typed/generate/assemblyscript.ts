/** The AssemblyScript file of a program: a class each for inputs, outputs and structs, and functions that read and write them. */
import type { TypedInterface } from '../program.ts';
import { type Field, mangledName, type NumberType, type Type, typesOf } from '../types.ts';
import { GENERATED } from './names.ts';

/** What no program changes. */
const PRELUDE = `@external("env", "wasm_input")
declare function input(isPublic: i32): u64;
@external("env", "wasm_output")
declare function output(word: u64): void;
/** Traps unless the condition holds. */
@external("env", "require")
declare function require(condition: i32): void;

/** The word, if what stands above its low bits extends them. */
function unsigned(word: u64, bits: u64): u64 {
  require(i32(bits == 64 || word >> bits == 0));
  return word;
}
function signed(word: u64, bits: u64): u64 {
  require(i32(u64(i64(word << (64 - bits)) >> i64(64 - bits)) == word));
  return word;
}
/** The least significant word first. */
function readWords(isPublic: i32, count: i32): StaticArray<u64> {
  const words = new StaticArray<u64>(count);
  for (let i = count - 1; i >= 0; i--) words[i] = input(isPublic);
  return words;
}
function writeWords(words: StaticArray<u64>, count: i32): void {
  require(i32(words.length == count));
  for (let i = count - 1; i >= 0; i--) output(words[i]);
}
function boundedCount(count: u64, max: u64): i32 {
  require(i32(count <= max));
  return i32(count);
}
/** Bytes, eight to a word, low byte first, the last word filled up with zeros. */
function readRun(isPublic: i32, length: i32): StaticArray<u8> {
  const bytes = new StaticArray<u8>(length);
  const at = changetype<usize>(bytes);
  let i: i32 = 0;
  for (; length - i >= 8; i += 8) store<u64>(at + i, input(isPublic));
  if (i == length) return bytes;
  let word = unsigned(input(isPublic), u64(8 * (length - i)));
  for (; i < length; i++, word >>= 8) store<u8>(at + i, u8(word));
  return bytes;
}
function writeRun(bytes: StaticArray<u8>): void {
  const at = changetype<usize>(bytes);
  const length = bytes.length;
  let i: i32 = 0;
  for (; length - i >= 8; i += 8) output(load<u64>(at + i));
  if (i == length) return;
  let word: u64 = 0;
  for (let j = length - 1; j >= i; j--) word = (word << 8) | u64(load<u8>(at + j));
  output(word);
}
/** Well-formed UTF-8 (Unicode, table 3-7): the second byte has bounds of its own, those behind it are 80 to bf. */
function requireUtf8(text: StaticArray<u8>): void {
  const length = text.length;
  for (let i = 0; i < length; ) {
    const first = text[i++];
    if (first < 0x80) continue;
    require(i32(first >= 0xc2 && first <= 0xf4));
    const more: i32 = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    const low: u8 = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const high: u8 = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    require(i32(length - i >= more));
    require(i32(text[i] >= low && text[i] <= high));
    const end = i + more;
    for (i++; i < end; i++) require(i32((text[i] & 0xc0) == 0x80));
  }
}
function readText(isPublic: i32, max: u64): string {
  const bytes = readRun(isPublic, boundedCount(input(isPublic), max));
  requireUtf8(bytes);
  return String.UTF8.decodeUnsafe(changetype<usize>(bytes), bytes.length);
}
function writeText(text: string, max: u64): void {
  const encoded = String.UTF8.encode(text);
  const copy = new StaticArray<u8>(encoded.byteLength);
  memory.copy(changetype<usize>(copy), changetype<usize>(encoded), encoded.byteLength);
  output(u64(boundedCount(u64(copy.length), max)));
  requireUtf8(copy);
  writeRun(copy);
}
`;

const native = ({ signed, bits }: NumberType): string =>
  `${signed ? 'i' : 'u'}${bits <= 8 ? 8 : bits <= 16 ? 16 : bits <= 32 ? 32 : 64}`;

function typeName(type: Type): string {
  switch (type.kind) {
    case 'number':
      return type.as === 'bool' ? 'bool' : type.words > 1 ? 'StaticArray<u64>' : native(type);
    case 'run':
      return 'StaticArray<u8>';
    case 'bytes':
      return type.name === 'bytes' ? 'StaticArray<u8>' : 'string';
    case 'array':
    case 'list':
      return `StaticArray<${typeName(type.item)}>`;
    case 'struct':
      return type.name;
  }
}

const extension = ({ signed, topBits }: NumberType, word: string): string =>
  `${signed ? 'signed' : 'unsigned'}(${word}, ${topBits})`;

/** An expression whose value was read. */
function readOf(type: Type): string {
  if (type.kind === 'run') return `readRun(isPublic, ${type.size})`;
  if (type.kind === 'bytes' && type.name === 'string') return `readText(isPublic, ${type.max})`;
  if (type.kind === 'bytes') return `readRun(isPublic, boundedCount(input(isPublic), ${type.max}))`;
  if (type.kind !== 'number' || type.words > 1) return `read_${mangledName(type)}(isPublic)`;
  const word = extension(type, 'input(isPublic)');
  return type.as === 'bool' ? `${word} != 0` : `${native(type)}(${word})`;
}

/** A statement that writes the value of an expression. */
function writeOf(type: Type, value: string): string {
  if (type.kind === 'bytes' && type.name === 'string') return `writeText(${value}, ${type.max});`;
  if (type.kind !== 'number' || type.words > 1) return `write_${mangledName(type)}(${value});`;
  return `output(${extension(type, type.signed ? `u64(i64(${value}))` : `u64(${value})`)});`;
}

/** Bodies of the functions of a type that {@link readOf} and {@link writeOf} call; undefined where they call none. */
function bodiesOf(
  type: Type,
): { readonly read?: readonly string[]; readonly write: readonly string[] } | undefined {
  switch (type.kind) {
    case 'number': {
      if (type.words === 1) return undefined;
      const top = extension(type, `words[${type.words - 1}]`);
      return {
        read: [`const words = readWords(isPublic, ${type.words});`, `${top};`, 'return words;'],
        write: [
          'const words = value;',
          `require(i32(words.length == ${type.words}));`,
          `${top};`,
          `writeWords(words, ${type.words});`,
        ],
      };
    }
    case 'run':
      return { write: [`require(i32(value.length == ${type.size}));`, 'writeRun(value);'] };
    case 'bytes':
      if (type.name === 'string') return undefined;
      return { write: [`output(u64(boundedCount(u64(value.length), ${type.max})));`, 'writeRun(value);'] };
    case 'array':
    case 'list': {
      const loop = (body: string): string => `for (let i = 0; i < count; i++) ${body}`;
      return {
        read: [
          `const count = ${type.kind === 'array' ? type.length : `boundedCount(input(isPublic), ${type.max})`};`,
          `const items = new ${typeName(type)}(count);`,
          loop(`items[i] = ${readOf(type.item)};`),
          'return items;',
        ],
        write: [
          'const count = value.length;',
          type.kind === 'array'
            ? `require(i32(count == ${type.length}));`
            : `output(u64(boundedCount(u64(count), ${type.max})));`,
          loop(writeOf(type.item, 'value[i]')),
        ],
      };
    }
    case 'struct':
      return {
        read: [`return new ${type.name}(${type.fields.map((field) => readOf(field.type)).join(', ')});`],
        write: type.fields.map((field) => writeOf(field.type, `value.${field.name}`)),
      };
  }
}

const lines = (list: readonly string[]): string => list.map((line) => `  ${line}\n`).join('');

function classOf(name: string, fields: readonly Field[]): string {
  const parameters = fields.map((field) => `    public ${field.name}: ${typeName(field.type)},\n`).join('');
  return `export class ${name} {\n  constructor(\n${parameters}  ) {}\n}\n`;
}

function definition(type: Type): string {
  const bodies = bodiesOf(type);
  if (bodies === undefined) return '';
  const name = mangledName(type);
  const read =
    bodies.read && `function read_${name}(isPublic: i32): ${typeName(type)} {\n${lines(bodies.read)}}\n`;
  return `${type.kind === 'struct' ? classOf(name, type.fields) : ''}${read ?? ''}function write_${name}(value: ${typeName(type)}): void {\n${lines(bodies.write)}}\n`;
}

/** Class and one function of inputs or outputs. */
function record(fields: readonly Field[], name: string, isPublic?: 0 | 1): string {
  if (fields.length === 0) return '';
  const values = fields.map(({ type }) => readOf(type)).join(', ');
  return `${classOf(name, fields)}${
    isPublic === undefined
      ? `/** Once, at the end: behind it nothing may be written. */
export function write${name}(value: ${name}): void {\n${lines(fields.map((field) => writeOf(field.type, `value.${field.name}`)))}}\n`
      : `/** Traps (require) unless the words are the encoding of a value. */
export function read${name}(): ${name} {\n  const isPublic: i32 = ${isPublic};\n  return new ${name}(${values});\n}\n`
  }`;
}

export function generateAssemblyScript(program: TypedInterface): string {
  const { name, entry, inputs, privateInputs, outputs } = program;
  return `// ${GENERATED} ${name}: what the export "${entry}" is given and gives.
// Integers of more than 64 bits are words, the least significant first; signed ones in two's complement.
${[
  PRELUDE,
  ...typesOf([...inputs, ...privateInputs, ...outputs]).map(definition),
  record(inputs, 'Inputs', 1),
  record(privateInputs, 'PrivateInputs', 0),
  record(outputs, 'Outputs'),
]
  .filter((part) => part !== '')
  .join('\n')}`;
}
