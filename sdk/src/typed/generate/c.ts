/** The C header of a program (C++ takes it too): structs, and functions that read and write them by the host functions of `wattest.h`. */
import { snakeCase } from '../names.ts';
import type { TypedInterface } from '../program.ts';
import { type Field, mangledName, type NumberType, type Type, typesOf } from '../types.ts';
import { GENERATED } from './names.ts';

/** What no program changes; several headers may have it. */
const PRELUDE = `#ifndef WATTEST_TYPED
#define WATTEST_TYPED
/* Integers of more than 64 bits, signed ones in two's complement: word[0] is the least significant. */
typedef struct { uint64_t word[2]; } wattest_words2;
typedef struct { uint64_t word[3]; } wattest_words3;
typedef struct { uint64_t word[4]; } wattest_words4;

/* The word, if what stands above its low bits extends them. Only zeros extend an unsigned one. */
static inline uint64_t wattest_unsigned(uint64_t word, uint32_t bits) {
  require(bits == 64 || word >> bits == 0);
  return word;
}
static inline uint64_t wattest_signed(uint64_t word, uint32_t bits) {
  require((uint64_t)((int64_t)(word << (64 - bits)) >> (64 - bits)) == word);
  return word;
}
static inline void wattest_read_words(uint32_t is_public, uint64_t *to, uint32_t count) {
  for (uint32_t i = count; i-- > 0;) to[i] = wasm_input(is_public);
}
static inline void wattest_write_words(const uint64_t *from, uint32_t count) {
  for (uint32_t i = count; i-- > 0;) wasm_output(from[i]);
}
static inline uint32_t wattest_count(uint64_t count, uint32_t max) {
  require(count <= max);
  return (uint32_t)count;
}
/* Bytes, eight to a word, low byte first, the last word filled up with zeros. */
static inline void wattest_read_run(uint32_t is_public, uint8_t *to, uint32_t length) {
  uint32_t i = 0;
  for (; length - i >= 8; i += 8) {
    uint64_t word = wasm_input(is_public);
    __builtin_memcpy(to + i, &word, 8);
  }
  if (i == length) return;
  uint64_t word = wattest_unsigned(wasm_input(is_public), 8 * (length - i));
  for (; i < length; i++, word >>= 8) to[i] = (uint8_t)word;
}
static inline void wattest_write_run(const uint8_t *from, uint32_t length) {
  uint32_t i = 0;
  for (; length - i >= 8; i += 8) {
    uint64_t word;
    __builtin_memcpy(&word, from + i, 8);
    wasm_output(word);
  }
  if (i == length) return;
  uint64_t word = 0;
  for (uint32_t j = length; j-- > i;) word = word << 8 | from[j];
  wasm_output(word);
}
/* Well-formed UTF-8 (Unicode, table 3-7): the second byte has bounds of its own, those behind it are 80 to bf. */
static inline void wattest_require_utf8(const uint8_t *text, uint32_t length) {
  for (uint32_t i = 0; i < length;) {
    uint8_t first = text[i++];
    if (first < 0x80) continue;
    require(first >= 0xc2 && first <= 0xf4);
    uint32_t more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    uint8_t low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    require(length - i >= more);
    require(text[i] >= low && text[i] <= high);
    for (uint32_t end = i++ + more; i < end; i++) require((text[i] & 0xc0) == 0x80);
  }
}
#endif
`;

interface Place {
  readonly prefix: string;
}

const single = (bits: number): number => (bits <= 8 ? 8 : bits <= 16 ? 16 : bits <= 32 ? 32 : 64);

/** Of a parameter or member. */
function typeName(type: Type, { prefix }: Place): string {
  if (type.kind !== 'number') return `${prefix}_${mangledName(type)}`;
  if (type.as === 'bool') return 'bool';
  if (type.words > 1) return `wattest_words${type.words}`;
  return `${type.signed ? '' : 'u'}int${single(type.bits)}_t`;
}

const extension = ({ signed, topBits }: NumberType, word: string): string =>
  `wattest_${signed ? 'signed' : 'unsigned'}(${word}, ${topBits})`;

/** A statement that reads into the lvalue `to`. */
function readInto(type: Type, to: string, place: Place): string {
  if (type.kind !== 'number') return `${place.prefix}_read_${mangledName(type)}(is_public, &${to});`;
  if (type.words > 1)
    return `wattest_read_words(is_public, ${to}.word, ${type.words}); ${extension(type, `${to}.word[${type.words - 1}]`)};`;
  return `${to} = (${typeName(type, place)})${extension(type, 'wasm_input(is_public)')};`;
}

function writeFrom(type: Type, from: string, place: Place): string {
  if (type.kind !== 'number') return `${place.prefix}_write_${mangledName(type)}(&${from});`;
  if (type.words > 1)
    return `${extension(type, `${from}.word[${type.words - 1}]`)}; wattest_write_words(${from}.word, ${type.words});`;
  return `wasm_output(${extension(type, `(uint64_t)${type.signed ? '(int64_t)' : ''}${from}`)});`;
}

interface Parts {
  /** Members of the struct. */
  readonly members: readonly string[];
  readonly read: readonly string[];
  readonly write: readonly string[];
}

const UTF8 = (of: string): string => `wattest_require_utf8(${of}->bytes, ${of}->length);`;

/** Struct and bodies of a composite type, by the pointers `to` and `from`. */
function partsOf(type: Exclude<Type, NumberType>, place: Place): Parts {
  switch (type.kind) {
    case 'run':
      return {
        members: [`uint8_t bytes[${type.size}];`],
        read: [`wattest_read_run(is_public, to->bytes, ${type.size});`],
        write: [`wattest_write_run(from->bytes, ${type.size});`],
      };
    case 'bytes': {
      const utf8 = (of: string): readonly string[] => (type.name === 'string' ? [UTF8(of)] : []);
      return {
        members: ['uint32_t length;', `uint8_t bytes[${type.max}];`],
        read: [
          `to->length = wattest_count(wasm_input(is_public), ${type.max});`,
          'wattest_read_run(is_public, to->bytes, to->length);',
          ...utf8('to'),
        ],
        write: [
          ...[`wasm_output(wattest_count(from->length, ${type.max}));`, ...utf8('from')],
          'wattest_write_run(from->bytes, from->length);',
        ],
      };
    }
    case 'array':
      return {
        members: [`${typeName(type.item, place)} items[${type.length}];`],
        ...items(type.item, String(type.length), String(type.length), place),
      };
    case 'list': {
      const { read, write } = items(type.item, 'to->length', 'from->length', place);
      return {
        members: ['uint32_t length;', `${typeName(type.item, place)} items[${type.max}];`],
        read: [`to->length = wattest_count(wasm_input(is_public), ${type.max});`, ...read],
        write: [`wasm_output(wattest_count(from->length, ${type.max}));`, ...write],
      };
    }
    case 'struct':
      return partsOfFields(type.fields, place);
  }
}

function items(item: Type, read: string, write: string, place: Place): Omit<Parts, 'members'> {
  const loop = (end: string, body: string): string => `for (uint32_t i = 0; i < ${end}; i++) { ${body} }`;
  return {
    read: [loop(read, readInto(item, 'to->items[i]', place))],
    write: [loop(write, writeFrom(item, 'from->items[i]', place))],
  };
}

function partsOfFields(fields: readonly Field[], place: Place): Parts {
  return {
    members: fields.map(({ name, type }) => `${typeName(type, place)} ${name};`),
    read: fields.map(({ name, type }) => readInto(type, `to->${name}`, place)),
    write: fields.map(({ name, type }) => writeFrom(type, `from->${name}`, place)),
  };
}

function definition(name: string, { prefix }: Place, { members, read, write }: Parts): string {
  const type = `${prefix}_${name}`;
  const body = (lines: readonly string[]): string => lines.map((line) => `  ${line}\n`).join('');
  return `typedef struct {
${body(members)}} ${type};
static inline void ${prefix}_read_${name}(uint32_t is_public, ${type} *to) {
${body(read)}}
static inline void ${prefix}_write_${name}(const ${type} *from) {
${body(write)}}
`;
}

/** Struct and one function of inputs or outputs. */
function record(fields: readonly Field[], name: string, place: Place, isPublic?: 0 | 1): string {
  if (fields.length === 0) return `/* No ${name.replace('_', ' ')}. */\n`;
  const type = `${place.prefix}_${name}`;
  const { members, read, write } = partsOfFields(fields, place);
  const lines = (list: readonly string[]): string => list.map((line) => `  ${line}\n`).join('');
  const head = `typedef struct {\n${lines(members)}} ${type};\n`;
  return isPublic === undefined
    ? `${head}/* Once, at the end: behind it nothing may be written. */
static inline void ${place.prefix}_write_${name}(const ${type} *from) {\n${lines(write)}}\n`
    : `${head}/* Traps (require) unless the words are the encoding of a value. */
static inline void ${place.prefix}_read_${name}(${type} *to) {
  const uint32_t is_public = ${isPublic};\n${lines(read)}}\n`;
}

export function generateC(program: TypedInterface): string {
  const { name, entry, inputs, privateInputs, outputs } = program;
  const place = { prefix: snakeCase(name) };
  const guard = `${place.prefix.toUpperCase()}_IO_H`;
  const definitions = typesOf([...inputs, ...privateInputs, ...outputs]).flatMap((type) =>
    type.kind === 'number' ? [] : [definition(mangledName(type), place, partsOf(type, place))],
  );
  return `/* ${GENERATED} ${name}: what WATTEST_EXPORT(${entry}) is given and gives. */
#ifndef ${guard}
#define ${guard}

#include <stdbool.h>
#include "wattest.h"

${[
  PRELUDE,
  ...definitions,
  record(inputs, 'inputs', place, 1),
  record(privateInputs, 'private_inputs', place, 0),
  record(outputs, 'outputs', place),
].join('\n')}
#endif
`;
}
