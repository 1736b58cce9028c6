import assert from 'node:assert/strict';
import { leb, sleb } from '../../sdk/src/wasm/build.ts';
import { Reader } from '../../sdk/src/wasm/reader.ts';
import { refuses, seeded } from './helpers.ts';

function reader(bytes: readonly number[]): Reader {
  return new Reader(Uint8Array.from(bytes), 0, bytes.length);
}

describe('wasm reader: LEB128 and names', () => {
  it('reads back what the assembler writes, at all edges', () => {
    for (const value of [0, 1, 63, 64, 127, 128, 16383, 16384, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1]) {
      assert.equal(reader(leb(value)).u32('x'), value);
    }
    for (const value of [0, 127, 128, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
      assert.equal(reader(leb(value)).u64('x'), value);
    }
    for (const value of [0, -1, 63, 64, -64, -65, 8191, 8192, -8192, -8193, 2 ** 31 - 1, -(2 ** 31)]) {
      assert.equal(reader(sleb(BigInt(value))).s32('x'), value);
      assert.equal(reader(sleb(BigInt(value))).s33('x'), value);
    }
    for (const value of [2 ** 32 - 1, -(2 ** 32)]) assert.equal(reader(sleb(BigInt(value))).s33('x'), value);
    for (const value of [0n, -1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 62n, 0x0123456789abcdefn]) {
      assert.equal(reader(sleb(value)).s64Bits('x'), BigInt.asUintN(64, value));
    }
  });

  it('reads back random values', () => {
    const random = seeded(7);
    for (let i = 0; i < 2000; i++) {
      const bits = BigInt(random(2 ** 32)) * 2n ** 32n + BigInt(random(2 ** 32));
      const value = BigInt.asIntN(64, bits) >> BigInt(random(64));
      assert.equal(reader(sleb(value)).s64Bits('x'), BigInt.asUintN(64, value));
      assert.equal(reader(sleb(BigInt.asIntN(32, value))).s32('x'), Number(BigInt.asIntN(32, value)));
      assert.equal(reader(leb(Number(bits >> 32n))).u32('x'), Number(bits >> 32n));
    }
  });

  it('accepts padding up to the longest form', () => {
    assert.equal(reader([0x80, 0x80, 0x80, 0x80, 0x00]).u32('x'), 0);
    assert.equal(reader([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]).u64('x'), 0);
    assert.equal(reader([...Array(9).fill(0xff), 0x01]).u64('x'), 2 ** 64);
    assert.equal(reader([0xff, 0xff, 0xff, 0xff, 0x7f]).s32('x'), -1);
    assert.equal(reader([0xff, 0xff, 0xff, 0xff, 0x7f]).s33('x'), -1);
    assert.equal(reader([0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00]).s64Bits('x'), 0n);
  });

  it('refuses a sixth (eleventh) byte and spare bits that are not zero or the sign', () => {
    const long = 'integer representation too long';
    const large = 'integer too large';
    refuses(
      () => reader([0x80, 0x80, 0x80, 0x80, 0x80, 0x00]).u32('x'),
      'MODULE_MALFORMED',
      long,
      'module+0x0',
    );
    refuses(() => reader([0x82, 0x80, 0x80, 0x80, 0x10]).u32('x'), 'MODULE_MALFORMED', large);
    refuses(() => reader([0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]).s32('x'), 'MODULE_MALFORMED', long);
    refuses(() => reader([0xff, 0xff, 0xff, 0xff, 0x0f]).s32('x'), 'MODULE_MALFORMED', large);
    refuses(() => reader([0x80, 0x80, 0x80, 0x80, 0x70]).s32('x'), 'MODULE_MALFORMED', large);
    refuses(() => reader([0x80, 0x80, 0x80, 0x80, 0x20]).s33('x'), 'MODULE_MALFORMED', large);
    const nine = [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80];
    refuses(() => reader([...nine, 0x80, 0x00]).u64('x'), 'MODULE_MALFORMED', long);
    refuses(() => reader([...nine, 0x02]).u64('x'), 'MODULE_MALFORMED', large);
    refuses(() => reader([...nine, 0x80, 0x00]).s64Bits('x'), 'MODULE_MALFORMED', long);
    refuses(() => reader([...nine, 0x01]).s64Bits('x'), 'MODULE_MALFORMED', large);
    refuses(() => reader([...nine, 0x7e]).s64Bits('x'), 'MODULE_MALFORMED', large);
  });

  it('never reads past its limit', () => {
    const limited = new Reader(Uint8Array.from([0x80, 0x01, 0x02]), 0, 1);
    refuses(() => limited.u32('a number'), 'MODULE_MALFORMED', 'unexpected end, expected a number', '+0x1');
    refuses(
      () => reader([3, 0x61, 0x62]).name('a name'),
      'MODULE_MALFORMED',
      'a name of 3 bytes where 2 are left',
    );
    refuses(() => reader([0x7f, 0, 0]).count(100, 'things'), 'MODULE_MALFORMED', '127 things do not fit');
    refuses(() => reader([3, 0, 0, 0]).count(2, 'things'), 'MODULE_TOO_LARGE', '3 things, and at most 2');
  });

  it('decodes UTF-8 strictly and keeps a byte order mark', () => {
    assert.equal(reader([4, 0xf0, 0x9f, 0xa6, 0x80]).name('x'), '🦀');
    assert.equal(reader([4, 0xef, 0xbb, 0xbf, 0x61]).name('x'), '\ufeffa');
    for (const bytes of [[0xc0, 0x80], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0x80], [0xe2, 0x82]]) {
      refuses(() => reader([bytes.length, ...bytes]).name('x'), 'MODULE_MALFORMED', 'malformed UTF-8');
    }
  });
});
