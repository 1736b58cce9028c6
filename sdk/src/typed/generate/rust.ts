/** The Rust module of a program: structs with `read` and `write`, and nothing but `std`. */
import type { TypedInterface } from '../program.ts';
import { type Field, type NumberType, type Type, typesOf } from '../types.ts';
import { GENERATED } from './names.ts';

/** What no program changes. */
const PRELUDE = `mod host {
    #[link(wasm_import_module = "env")]
    extern "C" {
        pub fn wasm_input(is_public: u32) -> u64;
        pub fn wasm_output(word: u64);
        pub fn require(condition: u32);
    }
}
/// The next word of the public (1) or private (0) inputs.
fn word(is_public: u32) -> u64 {
    unsafe { host::wasm_input(is_public) }
}
fn put(word: u64) {
    unsafe { host::wasm_output(word) }
}
/// Traps unless the condition holds.
fn require(condition: bool) {
    unsafe { host::require(condition as u32) }
}
/// The word, if what stands above its low bits extends them.
fn unsigned(word: u64, bits: u32) -> u64 {
    require(bits == 64 || word >> bits == 0);
    word
}
fn signed(word: u64, bits: u32) -> u64 {
    require(((word << (64 - bits)) as i64 >> (64 - bits)) as u64 == word);
    word
}
/// The least significant word first.
fn read_words<const N: usize>(is_public: u32) -> [u64; N] {
    let mut words = [0; N];
    for i in (0..N).rev() {
        words[i] = word(is_public);
    }
    words
}
fn write_words(words: &[u64]) {
    for each in words.iter().rev() {
        put(*each);
    }
}
fn count(length: u64, max: u64) -> usize {
    require(length <= max);
    length as usize
}
/// Bytes, eight to a word, low byte first, the last word filled up with zeros.
fn read_run(is_public: u32, to: &mut [u8]) {
    for chunk in to.chunks_mut(8) {
        let bytes = unsigned(word(is_public), 8 * chunk.len() as u32).to_le_bytes();
        chunk.copy_from_slice(&bytes[..chunk.len()]);
    }
}
fn write_run(from: &[u8]) {
    for chunk in from.chunks(8) {
        let mut bytes = [0; 8];
        bytes[..chunk.len()].copy_from_slice(chunk);
        put(u64::from_le_bytes(bytes));
    }
}
fn read_array<const N: usize>(is_public: u32) -> [u8; N] {
    let mut bytes = [0; N];
    read_run(is_public, &mut bytes);
    bytes
}
fn read_bytes(is_public: u32, max: u64) -> ::std::vec::Vec<u8> {
    let mut bytes = ::std::vec![0; count(word(is_public), max)];
    read_run(is_public, &mut bytes);
    bytes
}
fn read_text(is_public: u32, max: u64) -> ::std::string::String {
    let text = ::std::string::String::from_utf8(read_bytes(is_public, max));
    require(text.is_ok());
    text.unwrap_or_default()
}
fn write_bytes(bytes: &[u8], max: u64) {
    put(count(bytes.len() as u64, max) as u64);
    write_run(bytes);
}
`;

const native = ({ signed, bits }: NumberType): string =>
  `${signed ? 'i' : 'u'}${bits <= 8 ? 8 : bits <= 16 ? 16 : bits <= 32 ? 32 : 64}`;

function typeName(type: Type): string {
  switch (type.kind) {
    case 'number':
      return type.as === 'bool' ? 'bool' : type.words > 1 ? `[u64; ${type.words}]` : native(type);
    case 'run':
      return `[u8; ${type.size}]`;
    case 'bytes':
      return type.name === 'bytes' ? '::std::vec::Vec<u8>' : '::std::string::String';
    case 'array':
      return `[${typeName(type.item)}; ${type.length}]`;
    case 'list':
      return `::std::vec::Vec<${typeName(type.item)}>`;
    case 'struct':
      return type.name;
  }
}

const extension = ({ signed, topBits }: NumberType, word: string): string =>
  `${signed ? 'signed' : 'unsigned'}(${word}, ${topBits})`;

/** An expression whose value was read. */
function readOf(type: Type): string {
  switch (type.kind) {
    case 'number': {
      if (type.words > 1)
        return `{ let words = read_words::<${type.words}>(is_public); ${extension(type, `words[${type.words - 1}]`)}; words }`;
      const checked = extension(type, 'word(is_public)');
      return type.as === 'bool' ? `${checked} != 0` : `${checked} as ${native(type)}`;
    }
    case 'run':
      return `read_array::<${type.size}>(is_public)`;
    case 'bytes':
      return `${type.name === 'bytes' ? 'read_bytes' : 'read_text'}(is_public, ${type.max})`;
    case 'array':
      return `::std::array::from_fn(|_| ${readOf(type.item)})`;
    case 'list':
      return `(0..count(word(is_public), ${type.max})).map(|_| ${readOf(type.item)}).collect()`;
    case 'struct':
      return `${type.name}::read(is_public)`;
  }
}

/** A statement that writes what stands at `place`. @param depth of loops around it */
function writeOf(type: Type, place: string, depth = 0): string {
  switch (type.kind) {
    case 'number': {
      if (type.words > 1) return `${extension(type, `${place}[${type.words - 1}]`)}; write_words(&${place});`;
      const word = type.signed ? `${place} as i64 as u64` : `${place} as u64`;
      return `put(${extension(type, word)});`;
    }
    case 'run':
      return `write_run(${place}.as_slice());`;
    case 'bytes':
      return `write_bytes(${place}${type.name === 'bytes' ? '.as_slice()' : '.as_bytes()'}, ${type.max});`;
    case 'array':
    case 'list': {
      const item = `item${depth}`;
      const loop = `for ${item} in ${place}.iter() { ${writeOf(type.item, dereferenced(type.item, item), depth + 1)} }`;
      return type.kind === 'array' ? loop : `put(count(${place}.len() as u64, ${type.max}) as u64); ${loop}`;
    }
    case 'struct':
      return `${place}.write();`;
  }
}

const dereferenced = (type: Type, item: string): string => (type.kind === 'number' ? `(*${item})` : item);

function struct(fields: readonly Field[], name: string): string {
  return `#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ${name} {
${fields.map((field) => `    pub ${field.name}: ${typeName(field.type)},\n`).join('')}}
`;
}

const readFields = (fields: readonly Field[]): string =>
  fields.map(({ name, type }) => `            ${name}: ${readOf(type)},\n`).join('');
const writeFields = (fields: readonly Field[]): string =>
  fields.map(({ name, type }) => `        ${writeOf(type, `self.${name}`)}\n`).join('');

function definition(name: string, fields: readonly Field[]): string {
  return `${struct(fields, name)}impl ${name} {
    fn read(is_public: u32) -> Self {
        Self {
${readFields(fields)}        }
    }
    fn write(&self) {
${writeFields(fields)}    }
}
`;
}

/** Struct and one function of inputs or outputs. */
function record(fields: readonly Field[], name: string, isPublic?: 0 | 1): string {
  if (fields.length === 0) return '';
  const implementation =
    isPublic === undefined
      ? `    /// Once, at the end: behind it nothing may be written.
    pub fn write(&self) {
${writeFields(fields)}    }
`
      : `    /// Traps (require) unless the words are the encoding of a value.
    pub fn read() -> Self {
        let is_public = ${isPublic};
        Self {
${readFields(fields)}        }
    }
`;
  return `${struct(fields, name)}impl ${name} {\n${implementation}}\n`;
}

export function generateRust(program: TypedInterface): string {
  const { name, entry, inputs, privateInputs, outputs } = program;
  const structs = typesOf([...inputs, ...privateInputs, ...outputs]).flatMap((type) =>
    type.kind === 'struct' ? [definition(type.name, type.fields)] : [],
  );
  return `// ${GENERATED} ${name}: what the export \`${entry}\` is given and gives.
// Integers of more than 64 bits are words, the least significant first; signed ones in two's complement.
#![allow(dead_code, non_snake_case, unused_parens)]

${[
  PRELUDE,
  ...structs,
  record(inputs, 'Inputs', 1),
  record(privateInputs, 'PrivateInputs', 0),
  record(outputs, 'Outputs'),
]
  .filter((part) => part !== '')
  .join('\n')}`;
}
