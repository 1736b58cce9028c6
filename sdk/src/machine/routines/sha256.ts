/**
 * The hash of a file (docs/wasi.md, Files): SHA-256 (FIPS 180-4, 6.2) as a module of routines, whose rounds are too many to write down. `npm run build:routines`
 * assembles it. The bytes are read, put into their cells and hashed block by block, sixteen rounds in a row.
 */
import { type Code, moduleBytes, type TypeText } from '../../wasm/build.ts';
import { INITIAL, ROUNDS } from './sha256-constants.ts';

type Item = Code[number];
type Import = readonly [module: string, name: string, type: TypeText];

/** Parameters and locals: the file, its first cell, its bytes; the cells so far and at the end; the round; a half word, a sum. */
const [FILE, START, LENGTH, AT, END, ROUND, HALF, SUM] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
/** Eight words that blocks add to, eight of the rounds, sixteen of the schedule; one of the inputs. */
const [STATE, WORK, SCHEDULE, WORD] = [8, 16, 24, 40] as const;
const PER_BLOCK = 16;

const get = (local: number): Item => ['local.get', local];
const set = (local: number): Item => ['local.set', local];
const i32 = (value: number): Item => ['i32.const', value | 0];
const sum = (first: Code, ...others: readonly Code[]): Code => [
  ...first,
  ...others.flatMap((other) => [...other, 'i32.add' as const]),
];
const xor = (first: Code, ...others: readonly Code[]): Code => [
  ...first,
  ...others.flatMap((other) => [...other, 'i32.xor' as const]),
];
const and = (x: Code, y: Code): Code => [...x, ...y, 'i32.and'];
const rotated = (x: Item, by: number): Code => [x, i32(by), 'i32.rotr'];
const shifted = (x: Item, by: number): Code => [x, i32(by), 'i32.shr_u'];
/** Bytes of a word in the other order. */
const swapped = (x: Item): Code => [
  ...and(rotated(x, 24), [i32(0x00ff_00ff)]),
  ...and(rotated(x, 8), [i32(0xff00_ff00)]),
  'i32.or',
];

/** One round; the words of a … h have moved on by one from the round before. @param k the round constant */
function round(j: number, k: Code): Code {
  const [a, b, c, d, e, f, g, h] = Array.from({ length: 8 }, (_, i) => WORK + ((i - j) & 7)) as [
    ...(Record<number, number>[] & number[]),
  ];
  const [x, y] = [get(a!), get(e!)];
  const choice = xor([get(g!)], and([y], xor([get(f!)], [get(g!)])));
  const majority = xor([get(b!)], and(xor([x], [get(b!)]), xor([get(b!)], [get(c!)])));
  return [
    ...sum(
      [get(h!)],
      xor(rotated(y, 6), rotated(y, 11), rotated(y, 25)),
      choice,
      sum(k, [get(SCHEDULE + j)]),
    ),
    set(SUM),
    ...sum([get(d!)], [get(SUM)]),
    set(d!),
    ...sum([get(SUM)], xor(rotated(x, 2), rotated(x, 13), rotated(x, 22)), majority),
    set(h!),
  ];
}

/** The word of the schedule sixteen rounds on, in its place. */
function expanded(j: number): Code {
  const word = (i: number): Item => get(SCHEDULE + ((j + i) % PER_BLOCK));
  const [early, late] = [word(1), word(14)];
  return [
    ...sum(
      [word(0)],
      [word(9)],
      xor(rotated(early, 7), rotated(early, 18), shifted(early, 3)),
      xor(rotated(late, 17), rotated(late, 19), shifted(late, 10)),
    ),
    set(SCHEDULE + j),
  ];
}

const all = (count: number, code: (i: number) => Code): Code =>
  Array.from({ length: count }, (_, i) => code(i)).flat();

/** The module; its export traps (`fileDiffers`) unless the file has the digest that belongs to its number. */
export function sha256Module(): Uint8Array {
  const types: TypeText[] = ['i32 i32 i32 ->'];
  const imports: Import[] = [];
  const call = (...entry: Import): Item => {
    const known = imports.findIndex(([module, name]) => module === entry[0] && name === entry[1]);
    return ['call', known >= 0 ? known : imports.push(entry) - 1];
  };
  const differs: Code = ['if', call('trap', 'fileDiffers', '->'), 'end'];
  const half = (i: number, bits: Code): Code => [
    ...bits,
    'i32.wrap_i64',
    set(HALF),
    get(AT),
    get(HALF),
    call('setElementAt', `content ${i}`, 'i32 i32 ->'),
    ...swapped(get(HALF)),
    set(SCHEDULE + i),
  ];
  // The accesses to cells from AT on are in bounds by the comparison before.
  const whole: Code = [
    ...[get(AT), call('get', 'content.last', '-> i32'), 'i32.gt_u' as const, ...differs],
    ...all(PER_BLOCK / 2, (i) => [
      ...[get(FILE), call('row', 'file.read', 'i32 -> i64'), set(WORD)],
      ...half(2 * i, [get(WORD)]),
      ...half(2 * i + 1, [get(WORD), ['i64.const', 32n], 'i64.shr_u']),
    ]),
  ];
  const padded = all(PER_BLOCK, (i) => [
    ...[get(FILE), get(START), get(LENGTH), ...sum([get(AT)], [i32(i)]), get(START), 'i32.sub' as const],
    call('routine', 'wasi files word', 'i32 i32 i32 i32 -> i32'),
    set(SCHEDULE + i),
  ]);
  const constantOf = (j: number): Item =>
    j === 0 ? call('element', 'constants', 'i32 -> i32') : call('elementAt', `constants ${j}`, 'i32 -> i32');
  const code: Code = [
    // Padding is a bit and eight bytes: END = START + 16·⌊(LENGTH + 72) / 64⌋.
    ...sum([get(LENGTH)], [i32(72)]),
    ...[i32(6), 'i32.shr_u' as const, i32(4), 'i32.shl' as const, get(START), 'i32.add' as const, set(END)],
    ...[get(START), set(AT)],
    ...all(8, (i) => [i32(INITIAL[i]!), set(STATE + i)]),
    'loop',
    ...[get(LENGTH), get(AT), get(START), 'i32.sub' as const, i32(2), 'i32.shl' as const, 'i32.sub' as const],
    ...[
      i32(4 * PER_BLOCK),
      'i32.ge_s' as const,
      'if' as const,
      ...whole,
      'else' as const,
      ...padded,
      'end' as const,
    ],
    ...all(8, (i) => [get(STATE + i), set(WORK + i)]),
    ...[i32(0), set(ROUND), 'block' as const, 'loop' as const],
    // The first comparison of the index is good for all of them.
    ...all(PER_BLOCK, (j) => round(j, [get(ROUND), constantOf(j)])),
    ...sum([get(ROUND)], [i32(PER_BLOCK)]),
    ...[['local.tee', ROUND] as Item, i32(ROUNDS.length), 'i32.eq' as const, ['br_if', 1] as Item],
    ...all(PER_BLOCK, expanded),
    ...[['br', 0] as Item, 'end' as const, 'end' as const],
    ...all(8, (i) => [...sum([get(STATE + i)], [get(WORK + i)]), set(STATE + i)]),
    ...sum([get(AT)], [i32(PER_BLOCK)]),
    ...[['local.tee', AT] as Item, get(END), 'i32.ne' as const, ['br_if', 0] as Item, 'end' as const],
    ...all(8, (i) => [
      ...sum([get(FILE), i32(3), 'i32.shl'], [i32(i)]),
      ...[call('element', 'digests', 'i32 -> i32'), get(STATE + i), 'i32.ne' as const, ...differs],
    ]),
  ];
  const typeIndex = (text: TypeText): number =>
    types.includes(text) ? types.indexOf(text) : types.push(text) - 1;
  const described = imports.map(
    ([module, name, type]) => [module, name, { kind: 'func', type: typeIndex(type) }] as const,
  );
  const locals = Array.from({ length: WORD - LENGTH }, (_, i) => (i + LENGTH + 1 === WORD ? 'i64' : 'i32'));
  return moduleBytes({
    types,
    imports: described,
    functions: [{ type: 0, locals: locals as ('i32' | 'i64')[], code }],
    exports: [['wasi files hash', 'func', imports.length]],
  });
}
