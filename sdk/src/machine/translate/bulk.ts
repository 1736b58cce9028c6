import type { Code } from '../../wasm/build.ts';
import { checkBounds, get, i32, intrinsicCall, lines, number, type Routine, set } from './assembly.ts';

const LOOP_BYTES = 16;

const inMemory = (start: number, length: number): Code =>
  checkBounds(
    start,
    length,
    ['memory.size', 'i64.extend_i32_u', number('i64', 16), 'i64.shl'],
    intrinsicCall('memoryOutOfBounds'),
  );

export const advance = (local: number, by: number): Code => [get(local), i32(by), 'i32.add', set(local)];

/** `body` while the local is not zero and, if given, `goesOn` holds. */
export const whileNonZero = (local: number, goesOn: Code | undefined, body: Code): Code =>
  lines(
    ['block', 'loop', get(local), 'i32.eqz', ['br_if', 1]],
    goesOn === undefined ? [] : [...goesOn, 'i32.eqz', ['br_if', 1]],
    body,
    [['br', 0], 'end', 'end'],
  );

/** `body` while the local is at least `size`. */
export const whileAtLeast = (local: number, size: number, body: Code): Code =>
  lines([get(local), i32(size), 'i32.ge_u', 'if', 'loop'], body, [
    ...[get(local), i32(size)],
    'i32.ge_u',
    ['br_if', 0],
    'end',
    'end',
  ]);

/** Bytes up to a multiple of 4, words in fours, words, the remaining bytes. */
function memoryFill(): Routine {
  const [to, value, length] = [0, 1, 2];
  const storeWord = (offset: number): Code => [get(to), get(value), ['i32.store', 2, offset]];
  const words = (size: number): Code =>
    whileAtLeast(
      length,
      size,
      lines(
        ...Array.from({ length: size / 4 }, (_, i) => storeWord(4 * i)),
        advance(to, size),
        advance(length, -size),
      ),
    );
  const byte = lines([get(to), get(value), ['i32.store8', 0, 0]], advance(to, 1), advance(length, -1));
  return {
    name: 'memory.fill',
    type: 'i32 i32 i32 ->',
    code: lines(
      inMemory(to, length),
      [get(value), i32(0xff), 'i32.and', i32(0x0101_0101), 'i32.mul', set(value)],
      whileNonZero(length, [get(to), i32(3), 'i32.and'], byte),
      words(LOOP_BYTES),
      words(4),
      whileNonZero(length, undefined, byte),
    ),
  };
}

/**
 * As memory.fill, upwards where the target does not lie inside the source (then target − source is at least the
 * length, modulo 2^32), else downwards from the end. Every word is stored before the next is loaded.
 */
function memoryCopy(): Routine {
  const [to, from, length] = [0, 1, 2];
  const copyWord = (offset: number): Code => [
    ...[get(to), get(from)],
    ['i32.load', 0, offset],
    ['i32.store', 0, offset],
  ];
  const upWords = (size: number): Code =>
    whileAtLeast(
      length,
      size,
      lines(
        ...Array.from({ length: size / 4 }, (_, i) => copyWord(4 * i)),
        advance(to, size),
        advance(from, size),
        advance(length, -size),
      ),
    );
  const upByte = lines(
    [get(to), get(from), ['i32.load8_u', 0, 0], ['i32.store8', 0, 0]],
    advance(to, 1),
    advance(from, 1),
    advance(length, -1),
  );
  // Downwards `to` and `from` are kept at the ends of what is left.
  const downWords = (size: number): Code =>
    whileAtLeast(
      length,
      size,
      lines(
        advance(to, -size),
        advance(from, -size),
        ...Array.from({ length: size / 4 }, (_, i) => copyWord(size - 4 - 4 * i)),
        advance(length, -size),
      ),
    );
  const downByte = lines(
    advance(to, -1),
    advance(from, -1),
    [get(to), get(from), ['i32.load8_u', 0, 0], ['i32.store8', 0, 0]],
    advance(length, -1),
  );
  const toAligned: Code = [get(to), i32(3), 'i32.and'];
  const end = (local: number): Code => [get(local), get(length), 'i32.add', set(local)];
  return {
    name: 'memory.copy',
    type: 'i32 i32 i32 ->',
    code: lines(
      inMemory(to, length),
      inMemory(from, length),
      [get(to), get(from), 'i32.sub', get(length), 'i32.ge_u', 'if'],
      whileNonZero(length, toAligned, upByte),
      lines(upWords(LOOP_BYTES), upWords(4), whileNonZero(length, undefined, upByte)),
      ['else', ...end(to), ...end(from)],
      whileNonZero(length, toAligned, downByte),
      lines(downWords(LOOP_BYTES), downWords(4), whileNonZero(length, undefined, downByte)),
      ['end'],
    ),
  };
}

/** Bulk memory instructions without segments. Bounds are checked first, also for a length of 0. */
export const BULK_ROUTINES: readonly Routine[] = [memoryFill(), memoryCopy()];
