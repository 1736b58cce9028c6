import assert from 'node:assert/strict';
import { bytesToNumberBE, concatBytes, hexToBytes } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { FR_MODULUS } from '../../sdk/src/field/field.ts';
import { ByteWriter, packWords64, word } from '../../sdk/src/transcript/encode.ts';
import { beginTranscript, type ManifestEntry, type Transcript } from '../../sdk/src/transcript/transcript.ts';

const start = new Uint8Array(32).fill(1);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const begin = (key: Uint8Array, manifest?: ManifestEntry[]): Transcript =>
  beginTranscript('keccak256', { key }, manifest);
const item = (label: string) => ({ label, kind: 'bytes32' }) as const;
const reduce = (hash: Uint8Array): bigint => bytesToNumberBE(hash) % FR_MODULUS;

describe('transcript', () => {
  it('is the chain of hashes that the docs say', () => {
    const transcript = begin(start);
    transcript.absorb(item('a'), bytes('a'));
    transcript.absorb(item('b'), bytes('bc'));
    const state1 = keccak_256(concatBytes(start, bytes('abc')));
    assert.deepEqual(transcript.endRound(['x', 'y', 'z']), [
      reduce(state1),
      reduce(keccak_256(concatBytes(state1, Uint8Array.of(1)))),
      reduce(keccak_256(concatBytes(state1, Uint8Array.of(2)))),
    ]);
    transcript.absorb(item('d'), bytes('d'));
    const state2 = keccak_256(concatBytes(state1, bytes('d')));
    assert.deepEqual(transcript.endRound(['x']), [reduce(state2)]);
    assert.deepEqual(transcript.endRound(['x']), [reduce(keccak_256(state2))]);
  });

  it('keccak256 is the one of the EVM', () => {
    const empty = hexToBytes('c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470');
    assert.deepEqual(keccak_256(new Uint8Array(0)), empty);
  });

  it('depends on the start, every byte, and the cut into rounds', () => {
    const draw = (initial: Uint8Array, rounds: readonly (readonly string[])[]): bigint => {
      const transcript = begin(initial);
      let last = 0n;
      for (const round of rounds) {
        for (const part of round) transcript.absorb(item(part), bytes(part));
        [last] = transcript.endRound(['x']) as [bigint];
      }
      return last;
    };
    const reference = draw(start, [['ab'], ['c']]);
    const others = [
      draw(new Uint8Array(32).fill(2), [['ab'], ['c']]),
      draw(start, [['ab'], ['d']]),
      draw(start, [['aa'], ['c']]),
      draw(start, [['abc']]),
      draw(start, [['a'], ['bc']]),
      draw(start, [['ab'], [], ['c']]),
    ];
    assert.equal(new Set([reference, ...others]).size, others.length + 1);
  });

  it('no challenge is more than 1.134 times as likely as another would be uniformly', () => {
    const most = (1n << 256n) / FR_MODULUS + 1n;
    assert.ok((most * FR_MODULUS * 1000n) / (1n << 256n) <= 1134n);
  });

  it('starts from 32 bytes and from nothing else', () => {
    assert.throws(() => begin(new Uint8Array(31)), RangeError);
  });

  it('records what it absorbs', () => {
    const manifest: ManifestEntry[] = [];
    const transcript = begin(start, manifest);
    transcript.absorb(item('a'), bytes('a'));
    transcript.endRound(['x']);
    assert.deepEqual(
      manifest.map(({ label }) => label),
      ['initial state', 'a', 'challenge x'],
    );
  });
});

describe('encodings', () => {
  it('words are 32 bytes big-endian, 64-bit words eight', () => {
    assert.deepEqual(word(258), Uint8Array.of(...new Uint8Array(30), 1, 2));
    assert.deepEqual(
      packWords64([1n, (1n << 64n) - 1n]),
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1, ...Array(8).fill(255)),
    );
    assert.throws(() => word(1n << 256n));
    assert.throws(() => word(-1n));
  });
  it('lists and texts stand behind their lengths', () => {
    const out = new ByteWriter()
      .text('é')
      .list([1, 2], () => {})
      .u32(7)
      .done();
    assert.deepEqual([...out], [0, 0, 0, 2, 0xc3, 0xa9, 0, 0, 0, 2, 0, 0, 0, 7]);
  });
});
