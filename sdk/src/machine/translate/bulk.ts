import type { Code } from '../../wasm/build.ts';
import type { OpcodeName } from '../../wasm/opcodes.ts';
import {
  advance,
  checkBounds,
  get,
  i32,
  intrinsicCall,
  lines,
  number,
  type Routine,
  set,
} from './assembly.ts';

/** From here on words at multiples of 4; fewer bytes have ways of their own. */
const LOOP_BYTES = 16;

/** At most 2^12 pages: the bytes fit 32 bits. */
const memorySize = (size: number): Code => ['memory.size', i32(16), 'i32.shl', set(size)];
const inMemory = (start: number, length: number, size: number): Code =>
  checkBounds(start, length, [get(size), 'i64.extend_i32_u'], intrinsicCall('memoryOutOfBounds'));

/** `body` where the condition holds. */
const when = (condition: Code, ...body: readonly Code[]): Code =>
  lines([...condition, 'if'], ...body, ['end']);
/** `body` as long as the condition holds. */
const repeat = (condition: Code, ...body: readonly Code[]): Code =>
  when(condition, ['loop'], ...body, [...condition, ['br_if', 0], 'end']);
/** A comparison of a local with a number, or with another local. */
const is = (local: number, relation: 'lt_u' | 'le_u' | 'ge_u' | 'eq', value: Code[number]): Code => [
  get(local),
  value,
  `i32.${relation}`,
];
const below = (local: number, bytes: number): Code => is(local, 'lt_u', i32(bytes));
const equals = (local: number, bytes: number): Code => is(local, 'eq', i32(bytes));
const bit = (local: number, weight: number): Code => [get(local), i32(weight), 'i32.and'];
const sum = (a: number, b: number): Code => [get(a), get(b), 'i32.add'];
const multiplesOf4 = (bytes: number): readonly number[] => Array.from({ length: bytes / 4 }, (_, i) => 4 * i);

/**
 * Below 16 bytes, `ends` for the first and last 8 or 4 of them, which may overlap, and `few` for 1, 2, 3. Behind it the
 * length is 16 or more, or 0.
 */
const short = (length: number, ends: (bytes: 4 | 8) => Code, few: Code): Code =>
  when(
    below(length, LOOP_BYTES),
    when(
      below(length, 4),
      // Out of both to where bounds are compared: for no byte no row would find out.
      [get(length), 'i32.eqz', ['br_if', 1]],
      few,
      ['return'],
    ),
    when(below(length, 8), advance(length, -4), ends(4), ['return']),
    advance(length, -8),
    ends(8),
    ['return'],
  );

/** `to` alone, which a sum that wraps beyond it would pass over, before any byte is stored. */
const probe = (to: number): Code => [get(to), ['i32.load8_u', 0, 0], 'drop'];

/** Where something is out of bounds, no byte is stored: rows trap by themselves, and the last byte is stored first. */
function memoryFill(): Routine {
  const [to, value, length, limit, limit16, size, pattern] = [0, 1, 2, 3, 4, 5, 6];
  const storeByte = (offset: number): Code => [get(to), get(value), ['i32.store8', 0, offset]];
  const storeWord = (at: number, offset = 0): Code => [get(at), get(value), ['i32.store', 0, offset]];
  const byte: Code = [get(value), i32(0xff), 'i32.and'];
  const word: Code = [...byte, i32(0x0101_0101), 'i32.mul', set(value)];
  const end: Code = [...sum(to, length), set(limit)];
  const storeLong = (at: number): Code => [get(at), get(pattern), ['i64.store', 0, 0]];
  const long: Code = [
    ...byte,
    'i64.extend_i32_u',
    number('i64', 0x0101_0101_0101_0101n),
    'i64.mul',
    set(pattern),
  ];
  return {
    name: 'memory.fill',
    type: 'i32 i32 i32 ->',
    locals: ['i32', 'i32', 'i32', 'i64'],
    code: lines(
      short(
        length,
        (bytes) =>
          bytes === 4
            ? lines(word, end, probe(to), storeWord(limit), storeWord(to))
            : lines(long, end, probe(to), storeLong(limit), storeLong(to)),
        lines(
          when(equals(length, 3), storeByte(2)),
          when(is(length, 'ge_u', i32(2)), storeByte(1)),
          storeByte(0),
        ),
      ),
      memorySize(size),
      inMemory(to, length, size),
      [get(length), 'i32.eqz', 'if', 'return', 'end'],
      word,
      [...sum(to, length), i32(-4), 'i32.add', set(limit)],
      // The ends at any alignment, words between them.
      storeWord(to),
      [get(to), i32(3), 'i32.or', i32(1), 'i32.add', set(to)],
      [get(limit), i32(4 - LOOP_BYTES), 'i32.add', set(limit16)],
      repeat(
        is(to, 'le_u', get(limit16)),
        ...multiplesOf4(LOOP_BYTES).map((offset) => storeWord(to, offset)),
        advance(to, LOOP_BYTES),
      ),
      repeat(is(to, 'le_u', get(limit)), storeWord(to), advance(to, 4)),
      storeWord(limit),
    ),
  };
}

/**
 * Below 16 bytes all is loaded before anything is stored. Otherwise upwards where the target does not lie inside the
 * source (then target − source is at least the length, modulo 2^32), else downwards: one or two bytes to alignment of the
 * target, words, and last of all a word at the far end, which was loaded first. Within words every load comes before the
 * next store.
 */
function memoryCopy(): Routine {
  const [to, from, length, limit, limit16, size, word, second, long, secondLong] = [
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
  ];
  const copy = (load: OpcodeName, store: OpcodeName, offset = 0): Code => [
    ...[get(to), get(from)],
    [load, 0, offset],
    [store, 0, offset],
  ];
  const copyByte = (offset = 0): Code => copy('i32.load8_u', 'i32.store8', offset);
  const copyHalf: Code = copy('i32.load16_u', 'i32.store16');
  const copyWord = (offset = 0): Code => copy('i32.load', 'i32.store', offset);
  const ends = (bytes: 4 | 8): Code => {
    const w = bytes === 4 ? 'i32' : 'i64';
    const [low, high] = bytes === 4 ? [word, second] : [long, secondLong];
    return lines(
      [get(from), [`${w}.load`, 0, 0], set(low)],
      [...sum(from, length), [`${w}.load`, 0, 0], set(high)],
      probe(to),
      [...sum(to, length), get(high), [`${w}.store`, 0, 0]],
      [get(to), get(low), [`${w}.store`, 0, 0]],
    );
  };
  const both = (bytes: number): Code => [...advance(to, bytes), ...advance(from, bytes)];
  const up = lines(
    [...sum(from, length), ['i32.load', 0, 0], set(word)],
    [...sum(to, length), set(limit)],
    when(bit(to, 1), copyByte(), both(1)),
    when(bit(to, 2), copyHalf, both(2)),
    [get(limit), i32(4 - LOOP_BYTES), 'i32.add', set(limit16)],
    repeat(is(to, 'le_u', get(limit16)), ...multiplesOf4(LOOP_BYTES).map(copyWord), both(LOOP_BYTES)),
    repeat(is(to, 'le_u', get(limit)), copyWord(), both(4)),
  );
  // `to` and `from` are kept at the ends of what is left.
  const end = (local: number): Code => [...sum(local, length), i32(4), 'i32.add', set(local)];
  const down = lines(
    [get(from), ['i32.load', 0, 0], set(word)],
    [get(to), set(limit)],
    [...end(to), ...end(from)],
    when(bit(to, 1), both(-1), copyByte()),
    when(bit(to, 2), both(-2), copyHalf),
    [get(limit), i32(LOOP_BYTES), 'i32.add', set(limit16)],
    repeat(
      is(limit16, 'le_u', get(to)),
      both(-LOOP_BYTES),
      ...multiplesOf4(LOOP_BYTES).map((offset) => copyWord(LOOP_BYTES - 4 - offset)),
    ),
    [get(limit), i32(4), 'i32.add', set(limit16)],
    repeat(is(limit16, 'le_u', get(to)), both(-4), copyWord()),
  );
  return {
    name: 'memory.copy',
    type: 'i32 i32 i32 ->',
    locals: ['i32', 'i32', 'i32', 'i32', 'i32', 'i64', 'i64'],
    code: lines(
      short(
        length,
        ends,
        lines(
          when(equals(length, 2), copyHalf, ['return']),
          when(equals(length, 1), copyByte(), ['return']),
          [get(from), ['i32.load16_u', 0, 0], set(word)],
          copyByte(2),
          [get(to), get(word), ['i32.store16', 0, 0]],
        ),
      ),
      memorySize(size),
      inMemory(to, length, size),
      inMemory(from, length, size),
      [get(length), 'i32.eqz', 'if', 'return', 'end'],
      [get(to), get(from), 'i32.sub', get(length), 'i32.ge_u', 'if', ...advance(length, -4)],
      up,
      ['else', ...advance(length, -4)],
      down,
      ['end'],
      [get(limit), get(word), ['i32.store', 0, 0]],
    ),
  };
}

/** Bulk memory instructions without segments. Bounds are checked first, also for a length of 0. */
export const BULK_ROUTINES: readonly Routine[] = [memoryFill(), memoryCopy()];
