import { fail } from '../errors/index.ts';
import { SMALLER_MODULE } from './limits.ts';
import type { Later } from './proposals.ts';
import { place } from './types.ts';

const REBUILD = 'The file is damaged or cut off, or no WebAssembly: check it, or build it again';

/** Throws MODULE_MALFORMED at a byte offset. */
export function malformed(offset: number, message: string, fix: string = REBUILD): never {
  fail('MODULE_MALFORMED', message, {
    where: place(offset),
    fix,
  });
}

/** Throws MODULE_UNSUPPORTED: the file may be sound, but it uses what no program here can. Nothing where `later` is nothing. */
export function refuseLater(offset: number, later: Later | undefined): void {
  if (later === undefined) return;
  const { what, proposal } = later;
  fail('MODULE_UNSUPPORTED', `${what}, of ${proposal.name} (${proposal.standard})`, {
    where: place(offset),
    fix: proposal.fix,
  });
}

/** Throws MODULE_TOO_LARGE unless `count` is at most `limit`. */
export function checkLimit(offset: number, count: number, limit: number, what: string): void {
  if (count > limit) {
    fail('MODULE_TOO_LARGE', `${count} ${what}, and at most ${limit} are accepted`, {
      where: place(offset),
      fix: SMALLER_MODULE,
    });
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A cursor over a binary module that never reads past `limit`. Values as in specification 5.2; every `read…` throws
 * MODULE_MALFORMED with the offset of the value where the bytes are not one. `what` says what was expected.
 */
export class Reader {
  readonly bytes: Uint8Array;
  offset: number;
  /** End of the enclosing section or function. */
  limit: number;

  constructor(bytes: Uint8Array, offset: number, limit: number) {
    this.bytes = bytes;
    this.offset = offset;
    this.limit = limit;
  }

  get done(): boolean {
    return this.offset >= this.limit;
  }

  byte(what: string): number {
    if (this.offset >= this.limit) this.unexpectedEnd(this.offset, what);
    return this.bytes[this.offset++];
  }

  /** The next `length` bytes, as a view. */
  take(length: number, what: string): Uint8Array {
    if (length > this.limit - this.offset) {
      malformed(
        this.offset,
        `unexpected end: ${what} of ${length} bytes where ${this.limit - this.offset} are left`,
      );
    }
    this.offset += length;
    return this.bytes.subarray(this.offset - length, this.offset);
  }

  u32(what: string): number {
    // Most values are a single byte.
    if (this.offset < this.limit && this.bytes[this.offset] < 0x80) return this.bytes[this.offset++];
    return this.leb128(32, false, what);
  }

  /** Exact below 2^53, rounded from there on: sizes and offsets, which are refused long before (5.3.12, 5.4.6). */
  u64(what: string): number {
    return this.leb128(64, false, what);
  }

  /** In −2^31..2^31−1. */
  s32(what: string): number {
    return this.leb128(32, true, what);
  }

  /** In −2^32..2^32−1: block types, where a negative value is a one-byte type and the others are indices. */
  s33(what: string): number {
    return this.leb128(33, true, what);
  }

  /** A signed 64-bit LEB128, returned as its unsigned bit pattern. */
  s64Bits(what: string): bigint {
    const start = this.offset;
    let value = 0n;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte(what);
      value |= BigInt(byte & 0x7f) << BigInt(shift);
      if (shift === 63) checkLast(start, byte, 1, true, what);
      if (byte < 0x80) {
        if (byte & 0x40) value |= -1n << BigInt(shift + 7);
        return BigInt.asUintN(64, value);
      }
    }
  }

  /** `size` (4 or 8) bytes, little endian. */
  bits(size: 4 | 8, what: string): bigint {
    const bytes = this.take(size, what);
    let value = 0n;
    for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    return value;
  }

  name(what: string): string {
    const length = this.u32(`the length of ${what}`);
    const start = this.offset;
    const bytes = this.take(length, what);
    try {
      return UTF8.decode(bytes);
    } catch {
      malformed(start, `malformed UTF-8 encoding in ${what}`);
    }
  }

  /** The length of a vector. Each item takes a byte at least, so it is bounded by what is left. */
  count(limit: number, what: string): number {
    const start = this.offset;
    const count = this.u32(`the number of ${what}`);
    if (count > this.limit - this.offset) {
      malformed(
        start,
        `unexpected end: ${count} ${what} do not fit in the ${this.limit - this.offset} bytes left`,
      );
    }
    checkLimit(start, count, limit, what);
    return count;
  }

  /** LEB128 of at most ceil(bits / 7) bytes, whose spare bits must be zero or copies of the sign (5.2.2). */
  private leb128(bits: 32 | 33 | 64, signed: boolean, what: string): number {
    const start = this.offset;
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte(what);
      value += (byte & 0x7f) * 2 ** shift;
      if (shift + 7 >= bits) checkLast(start, byte, bits - shift, signed, what);
      if (byte < 0x80) {
        // Bits beyond `bits` are copies of the sign, so this stays right for the last byte too.
        return signed && byte & 0x40 ? value - 2 ** (shift + 7) : value;
      }
    }
  }

  private unexpectedEnd(offset: number, what: string): never {
    malformed(offset, `unexpected end, expected ${what}`);
  }
}

/** `byte` is the last one that the encoding may have, and `used` (1..7) of its low bits carry the value. */
function checkLast(start: number, byte: number, used: number, signed: boolean, what: string): void {
  if (byte >= 0x80) malformed(start, `integer representation too long in ${what}`);
  const extension = signed ? byte >> (used - 1) : byte >> used;
  const ones = signed ? 0x7f >> (used - 1) : 0;
  if (extension !== 0 && extension !== ones) malformed(start, `integer too large in ${what}`);
}
