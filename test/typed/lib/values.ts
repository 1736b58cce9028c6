/** Random declarations, random values of them, and words that are nearly right. Seeded, so a failure comes again. */
import type { TypedRecord, TypedValue } from '../../../sdk/src/typed/codec.ts';
import type { FieldDeclaration, InterfaceDeclaration } from '../../../sdk/src/typed/program.ts';
import type { Field, Type } from '../../../sdk/src/typed/types.ts';
import { createRandom } from '../../kernels/random.ts';

/** Numbers in `[0, below)`. */
export type Random = (below: number) => number;

export const seeded = (seed: number): Random => createRandom(`typed ${seed}`).below;

const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)]!;
const word = (random: Random): bigint => (BigInt(random(2 ** 32)) << 32n) | BigInt(random(2 ** 32));
const hex = (random: Random, bytes: number): `0x${string}` =>
  `0x${Array.from({ length: bytes }, () => random(256).toString(16).padStart(2, '0')).join('')}`;

/** One to four bytes of UTF-8 each, at the edges of their ranges. */
const CHARACTERS = [
  'a',
  '\0',
  '\x7f',
  '\x80',
  'ß',
  '\u07ff',
  '\u0800',
  '\ud7ff',
  '\ue000',
  '\uffff',
  '\u{10000}',
  '\u{10ffff}',
];

function text(random: Random, max: number): string {
  let made = '';
  for (let next = ''; new TextEncoder().encode(made + next).length <= max && random(12) > 0; ) {
    made += next;
    next = pick(random, CHARACTERS);
  }
  return made;
}

/** At its bounds as often as not. */
export function randomValue(type: Type, random: Random): TypedValue {
  switch (type.kind) {
    case 'number': {
      if (type.as === 'bool') return random(2) === 1;
      const all = Array.from({ length: 4 }, () => word(random)).reduce(
        (sum, each) => (sum << 64n) | each,
        0n,
      );
      const edge = pick(random, [
        0n,
        1n,
        -1n,
        1n << BigInt(type.bits - 1),
        (1n << BigInt(type.bits - 1)) - 1n,
        all,
      ]);
      if (type.as === 'address') return `0x${BigInt.asUintN(160, edge).toString(16).padStart(40, '0')}`;
      return type.signed ? BigInt.asIntN(type.bits, edge) : BigInt.asUintN(type.bits, edge);
    }
    case 'run':
      return hex(random, type.size);
    case 'bytes':
      return type.name === 'string'
        ? text(random, type.max)
        : hex(random, pick(random, [0, random(type.max), type.max]));
    case 'array':
      return Array.from({ length: type.length }, () => randomValue(type.item, random));
    case 'list':
      return Array.from({ length: pick(random, [0, random(type.max), type.max]) }, () =>
        randomValue(type.item, random),
      );
    case 'struct':
      return randomRecord(type.fields, random);
  }
}

export function randomRecord(fields: readonly Field[], random: Random): TypedRecord {
  return Object.fromEntries(fields.map(({ name, type }) => [name, randomValue(type, random)]));
}

/** Words with one thing changed: a bit, a whole word, an end. */
export function changedWords(words: readonly bigint[], random: Random): readonly bigint[] {
  const at = random(Math.max(1, words.length));
  const put = (value: bigint): readonly bigint[] => words.with(at, BigInt.asUintN(64, value));
  if (words.length === 0) return [word(random)];
  const old = words[at]!;
  switch (random(9)) {
    case 0:
      return words.slice(0, at);
    case 1:
      return [...words, pick(random, [0n, word(random)])];
    case 2:
      return put(old ^ (1n << BigInt(random(64))));
    case 3:
      return put(old ^ (1n << 63n));
    case 4:
      return put(old + pick(random, [1n, -1n]));
    case 5:
      return put(pick(random, [0n, 1n, 2n, (1n << 64n) - 1n, 1n << 32n, (1n << 32n) + old, 1n << 63n]));
    case 6:
      return put(word(random));
    case 7:
      return [...words.slice(0, at), ...words.slice(at + 1)];
    default:
      return [...words.slice(0, at), word(random), ...words.slice(at)];
  }
}

const SCALARS = [
  'bool',
  'address',
  'uint8',
  'uint24',
  'int40',
  'uint64',
  'int64',
  'uint72',
  'int128',
  'uint136',
  'int200',
  'uint256',
  'int256',
  'bytes1',
  'bytes8',
  'bytes20',
  'bytes32',
];

/** A declaration of types that nest; few enough items that a guest echoes them in no time. */
export function randomDeclaration(random: Random): InterfaceDeclaration {
  const structs: Record<string, readonly FieldDeclaration[]> = {};
  const field = (name: string, depth: number): FieldDeclaration => {
    const max: number[] = [];
    let brackets = '';
    for (let i = random(3); i > 0; i--) {
      if (random(2) === 0) brackets += `[${1 + random(3)}]`;
      else {
        brackets += '[]';
        // The last brackets are the outermost, and bounds go from outside in.
        max.unshift(1 + random(3));
      }
    }
    const kind = random(depth > 1 ? 3 : 4);
    if (kind === 3) {
      const struct = `S${Object.keys(structs).length}`;
      structs[struct] = [];
      structs[struct] = fields(depth + 1);
      return { name, type: `${struct}${brackets}`, ...(max.length === 0 ? {} : { max }) };
    }
    if (kind === 2) max.push(1 + random(20));
    const base = kind === 2 ? pick(random, ['bytes', 'string']) : pick(random, SCALARS);
    return { name, type: `${base}${brackets}`, ...(max.length === 0 ? {} : { max }) };
  };
  const fields = (depth: number): readonly FieldDeclaration[] =>
    Array.from({ length: 1 + random(4) }, (_, i) => field(`f${i}`, depth));
  const inputs = fields(0);
  return { entry: 'echo', structs, inputs, outputs: inputs };
}

/** One of each kind, and each nested. */
export const EVERY_TYPE: InterfaceDeclaration = {
  entry: 'echo',
  structs: {
    Leg: [
      { name: 'to', type: 'address' },
      { name: 'amount', type: 'int96' },
      { name: 'tags', type: 'bytes3[2]' },
    ],
    Trip: [
      { name: 'legs', type: 'Leg[]', max: 2 },
      { name: 'note', type: 'string', max: 13 },
    ],
  },
  ...(() => {
    const inputs: readonly FieldDeclaration[] = [
      ...[
        'bool',
        'address',
        'uint8',
        'int8',
        'uint24',
        'int24',
        'int56',
        'uint64',
        'int64',
        'uint128',
        'int136',
      ].map((type) => ({ name: `${type}Value`, type })),
      ...['uint256', 'int256', 'bytes1', 'bytes8', 'bytes9', 'bytes32'].map((type) => ({
        name: `${type}Value`,
        type,
      })),
      { name: 'data', type: 'bytes', max: 70 },
      { name: 'note', type: 'string', max: 45 },
      { name: 'grid', type: 'uint16[2][3]' },
      { name: 'jagged', type: 'uint32[][2]', max: 3 },
      { name: 'texts', type: 'string[]', max: [3, 9] },
      { name: 'trips', type: 'Trip[]', max: 2 },
      { name: 'flags', type: 'bool[]', max: 5 },
    ];
    return { inputs, outputs: inputs };
  })(),
};
