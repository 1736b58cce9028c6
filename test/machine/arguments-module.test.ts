/** The routines of typed entries in the JavaScript engine, beside what it knows of bytes and text itself. */
import assert from 'node:assert/strict';
import { decodeStdout, encodeStream } from '../../sdk/src/attest/run/streams.ts';
import { engineTrap } from './lib/differential.ts';
import { Random } from './lib/random.ts';
import { Elements, type Given, instantiate, type Routine, RoutineTrap } from './lib/routine-engine.ts';

const PAGE = 65536;
const INVALID = 'an argument that is none of its type';
const OUT_OF_BOUNDS = 'out of bounds memory access';

/** An instance whose inputs are these words. */
function world(words: readonly bigint[], more: Given = {}) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const left = words.values();
  const outputs: bigint[] = [];
  const input = (): bigint => {
    const { value, done } = left.next();
    if (done === true) throw new RoutineTrap('inputExhausted');
    return value;
  };
  const routines = instantiate('arguments', { memory, outputs, input, ...more });
  const call = (name: string, ...args: readonly (number | bigint)[]): string => {
    try {
      return String((routines[name] as Routine)(...args));
    } catch (error) {
      return error instanceof RoutineTrap ? error.message : engineTrap(error);
    }
  };
  return { bytes: new Uint8Array(memory.buffer), outputs, call, left: () => [...left].length };
}

const DONE = 'undefined';

describe('routines in the engine: arguments', () => {
  it('a word of 32 bits is one below 2^32', () => {
    for (const [word, expected] of [
      [0n, '0'],
      [2n ** 32n - 1n, '-1'],
      [2n ** 32n, INVALID],
      [2n ** 64n - 1n, INVALID],
    ] as const)
      assert.equal(world([BigInt.asIntN(64, word)]).call('argument word'), expected);
  });

  it('bytes of every length come whole, at any place, and nothing around them is touched', () => {
    const random = new Random(1);
    for (let length = 0; length < 40; length++) {
      const given = Uint8Array.from({ length }, () => random.below(256));
      const at = 1 + random.below(100);
      const [, ...words] = encodeStream(given);
      const { bytes, call, left } = world(words);
      bytes.fill(0xee);
      assert.equal(call('argument bytes', at, length), DONE);
      assert.equal(left(), 0);
      assert.deepEqual(bytes.slice(at, at + length), given);
      assert.ok(bytes.subarray(0, at).every((byte) => byte === 0xee));
      assert.ok(bytes.subarray(at + length, 200).every((byte) => byte === 0xee));
    }
  });

  it('of the last word every byte behind the end must be zero', () => {
    for (let length = 1; length < 16; length++) {
      if (length % 8 === 0) continue;
      const [, ...words] = encodeStream(new Uint8Array(length).fill(7));
      for (let byte = length % 8; byte < 8; byte++) {
        for (const bit of [0n, 7n]) {
          const last = words.at(-1)! | (1n << (8n * BigInt(byte) + bit));
          const bent = [...words.slice(0, -1), BigInt.asIntN(64, last)];
          assert.equal(world(bent).call('argument bytes', 8, length), INVALID, `${length} ${byte}`);
        }
      }
    }
  });

  it('memory that the allocator did not give is a trap', () => {
    assert.equal(world([1n]).call('argument bytes', 0, 1), OUT_OF_BOUNDS);
    assert.equal(world([]).call('argument bytes', 0, 0), DONE);
    assert.equal(world([1n]).call('argument bytes', PAGE - 7, 8), OUT_OF_BOUNDS);
    assert.equal(world([1n]).call('argument bytes', PAGE, 1), OUT_OF_BOUNDS);
  });

  it('ranges have both their ends', () => {
    for (const [low, count] of [
      [0, 2],
      [-128, 256],
      [0, 65536],
      [-32768, 65536],
    ] as const) {
      for (const [word, ok] of [
        [low, true],
        [low + count - 1, true],
        [low - 1, false],
        [low + count, false],
        [2 ** 31 - 1, false],
        [-(2 ** 31), false],
      ] as const)
        assert.equal(world([]).call('argument range', word, low, count), ok ? DONE : INVALID, `${word}`);
    }
  });

  it('UTF-16 has an even number of bytes', () => {
    assert.equal(world([]).call('argument utf-16', 6), DONE);
    assert.equal(world([]).call('argument utf-16', 7), INVALID);
  });

  it('UTF-8 is what TextDecoder takes: all sequences of two bytes, edges of three and four, random text', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true });
    const { bytes, call } = world([]);
    let refused = 0;
    const same = (...text: readonly number[]): void => {
      const given = Uint8Array.from(text);
      bytes.set(given, 64);
      let expected = DONE;
      try {
        decoder.decode(given);
      } catch {
        expected = INVALID;
        refused++;
      }
      assert.equal(call('argument utf-8', 64, given.length), expected, given.toString());
    };
    for (let a = 0; a < 256; a++) {
      same(a);
      for (let b = 0; b < 256; b++) same(a, b);
    }
    const edges = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
    for (let a = 0xe0; a < 0x100; a++) {
      for (const b of edges) {
        for (const c of edges) {
          same(a, b, c);
          for (const d of edges) same(a, b, c, d);
        }
      }
    }
    assert.ok(refused > 1000);
    const random = new Random(3);
    for (let i = 0; i < 2000; i++) {
      const text = Array.from({ length: random.below(30) }, () =>
        String.fromCodePoint(
          random.pick([random.below(0x80), random.below(0xd800), 0x1f600 + random.below(50)]),
        ),
      ).join('');
      const encoded = [...new TextEncoder().encode(text)];
      same(...encoded);
      if (encoded.length > 0) encoded[random.below(encoded.length)] = random.below(256);
      same(...encoded);
    }
  });

  it('results are the bytes and their number, and nothing where they lie out of bounds', () => {
    const random = new Random(4);
    for (let length = 0; length < 40; length++) {
      const { bytes, outputs, call } = world([]);
      bytes.set(
        Array.from({ length: 200 }, () => random.below(256)),
        PAGE - 200,
      );
      const at = random.chance(50) ? PAGE - length : PAGE - 200 + random.below(100);
      assert.equal(call('result bytes', at, length), DONE);
      assert.deepEqual(decodeStdout(outputs), bytes.slice(at, at + length));
      assert.deepEqual(outputs.slice(0, -1), encodeStream(bytes.slice(at, at + length)).slice(1));
    }
    for (const [at, length] of [
      [PAGE - 7, 8],
      [PAGE + 1, 0],
      [-1, 1],
      [8, -1],
    ] as const) {
      const { outputs, call } = world([]);
      assert.equal(call('result bytes', at, length), OUT_OF_BOUNDS);
      assert.deepEqual(outputs, []);
    }
  });

  it('lists of strings come whole, and are given as WASI has them', () => {
    const random = new Random(6);
    for (let round = 0; round < 100; round++) {
      const texts = Array.from({ length: random.below(6) }, () =>
        'xyz,äöü'.repeat(3).slice(0, random.below(20)),
      );
      const text = texts.map((each) => `${each}\0`).join('');
      const [cells, strings] = [new Map<string, bigint>(), new Elements([], 100)];
      const read = world(encodeStream(text), { cells, target: strings });
      assert.equal(read.call('argument strings'), DONE);
      assert.equal(read.left(), 0);
      const memory = new WebAssembly.Memory({ initial: 1 });
      const wasi = instantiate('wasi', { memory, cells, source: strings });
      const view = new DataView(memory.buffer);
      assert.equal(wasi['wasi strings_sizes_get']!(8, 12), 0);
      const bytes = new TextEncoder().encode(text);
      assert.deepEqual([view.getUint32(8, true), view.getUint32(12, true)], [texts.length, bytes.length]);
      assert.equal(wasi['wasi strings_get']!(16, 1001), 0);
      assert.deepEqual(new Uint8Array(memory.buffer, 1001, bytes.length), bytes);
      let at = 1001;
      for (const [i, each] of texts.entries()) {
        assert.equal(view.getUint32(16 + 4 * i, true), at);
        at += new TextEncoder().encode(each).length + 1;
      }
      assert.equal(view.getUint32(16 + 4 * texts.length, true), 0);
    }
  });

  it('a list of strings whose last one has no end, that is too long, or is not filled up with zeros, is none', () => {
    const read = (words: readonly bigint[]): string =>
      world(
        words.map((word) => BigInt.asIntN(64, word)),
        { cells: new Map(), target: new Elements([], 1 << 16) },
      ).call('argument strings');
    assert.equal(read(encodeStream('a\0b\0')), DONE);
    assert.equal(read(encodeStream('')), DONE);
    for (const text of ['a', 'a\0b', '12345678', '1234567\x008'])
      assert.equal(read(encodeStream(text)), INVALID);
    const [length, word] = encodeStream('a\0b\0');
    for (let byte = 4n; byte < 8n; byte++)
      assert.equal(read([length!, word! | (1n << (8n * byte))]), INVALID);
    assert.equal(read([2n ** 18n + 1n]), INVALID);
    assert.equal(read([2n ** 18n, ...Array.from({ length: 2 ** 15 }, () => 0n)]), DONE);
    assert.equal(read([2n ** 64n - 1n, 0n]), INVALID);
  });

  it('poll_oneoff: streams are ready, other files are none, clocks come where nothing else is asked for', () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const poll = instantiate('wasi', { memory })['wasi poll_oneoff']!;
    const view = new DataView(memory.buffer);
    const ask = (
      ...subscriptions: readonly (readonly [data: bigint, tag: number, fd: number])[]
    ): unknown => {
      subscriptions.forEach(([data, tag, fd], i) => {
        view.setBigUint64(1024 + 48 * i, data, true);
        view.setUint8(1024 + 48 * i + 8, tag);
        view.setUint32(1024 + 48 * i + 16, fd, true);
      });
      new Uint8Array(memory.buffer, 4096, 256).fill(0xee);
      const error = poll(1024, 4096, subscriptions.length, 16);
      if (error !== 0) return error;
      return Array.from({ length: view.getUint32(16, true) }, (_, i) => {
        const at = 4096 + 32 * i;
        return [view.getBigUint64(at, true), view.getUint16(at + 8, true), view.getUint8(at + 10)];
      });
    };
    assert.equal(ask(), 28);
    assert.deepEqual(ask([5n, 0, 1]), [[5n, 0, 0]]);
    assert.deepEqual(ask([5n, 0, 1], [6n, 0, 0]), [
      [5n, 0, 0],
      [6n, 0, 0],
    ]);
    assert.deepEqual(ask([1n, 1, 0], [2n, 0, 0], [3n, 2, 1], [4n, 1, 9]), [
      [1n, 0, 1],
      [3n, 0, 2],
      [4n, 8, 1],
    ]);
  });
});
