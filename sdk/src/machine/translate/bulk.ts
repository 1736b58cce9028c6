import type { Code } from '../../wasm/build.ts';
import {
  advance,
  checkBounds,
  get,
  i32,
  intrinsicCall,
  lines,
  type Routine,
  set,
  whileAtLeast,
} from './assembly.ts';

const LOOP_BYTES = 16;
/** `body` where any of these bits of the local is set. */
const whereBits = (local: number, bits: number, body: Code): Code =>
  lines([get(local), i32(bits), 'i32.and', 'if'], body, ['end']);

const inMemory = (start: number, length: number): Code =>
  checkBounds(
    start,
    length,
    // At most 2^12 pages: the bytes fit 32 bits.
    ['memory.size', i32(16), 'i32.shl', 'i64.extend_i32_u'],
    intrinsicCall('memoryOutOfBounds'),
  );

/**
 * At least 16 bytes: up to a multiple of 4, then words in fours. What is left, or all of less, in words at any alignment, two
 * bytes, one byte: a row of `memx` costs less than the branches that would avoid it.
 */
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
  const few: Few = (size, last) =>
    lines(
      [get(to), get(value), [size === 1 ? 'i32.store8' : 'i32.store16', 0, 0]],
      last && size === 1 ? [] : advance(to, size),
      last ? [] : advance(length, -size),
    );
  return {
    name: 'memory.fill',
    type: 'i32 i32 i32 ->',
    code: lines(
      inMemory(to, length),
      [get(value), i32(0xff), 'i32.and', i32(0x0101_0101), 'i32.mul', set(value)],
      alignedWords(to, length, few, words),
    ),
  };
}

/** One or two bytes; `last` where the length is not looked at again but for its lowest bit. */
type Few = (size: 1 | 2, last: boolean) => Code;

/** `words` takes as many of a size as there are. */
function alignedWords(to: number, length: number, few: Few, words: (size: number) => Code): Code {
  return lines(
    [get(length), i32(LOOP_BYTES), 'i32.ge_u', 'if'],
    whereBits(to, 1, few(1, false)),
    whereBits(to, 2, few(2, false)),
    words(LOOP_BYTES),
    ['end'],
    words(4),
    whereBits(length, 2, few(2, true)),
    whereBits(length, 1, few(1, true)),
  );
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
  const copyFew = (size: 1 | 2): Code => [
    ...[get(to), get(from)],
    [size === 1 ? 'i32.load8_u' : 'i32.load16_u', 0, 0],
    [size === 1 ? 'i32.store8' : 'i32.store16', 0, 0],
  ];
  const upFew: Few = (size, last) =>
    lines(
      copyFew(size),
      last && size === 1 ? [] : [...advance(to, size), ...advance(from, size)],
      last ? [] : advance(length, -size),
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
  const downFew: Few = (size, last) =>
    lines(advance(to, -size), advance(from, -size), copyFew(size), last ? [] : advance(length, -size));
  const end = (local: number): Code => [get(local), get(length), 'i32.add', set(local)];
  return {
    name: 'memory.copy',
    type: 'i32 i32 i32 ->',
    code: lines(
      inMemory(to, length),
      inMemory(from, length),
      [get(to), get(from), 'i32.sub', get(length), 'i32.ge_u', 'if'],
      alignedWords(to, length, upFew, upWords),
      ['else', ...end(to), ...end(from)],
      alignedWords(to, length, downFew, downWords),
      ['end'],
    ),
  };
}

/** Bulk memory instructions without segments. Bounds are checked first, also for a length of 0. */
export const BULK_ROUTINES: readonly Routine[] = [memoryFill(), memoryCopy()];
