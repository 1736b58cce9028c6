/** Transcripts under either hash: what the Python of the documents draws is what ours draws, whatever is absorbed. */
import assert from 'node:assert/strict';
import { bytesToHex } from '@noble/curves/utils.js';
import { encodeG1, G1_GENERATOR, multiplyG1 } from '../../sdk/src/curve/g1.ts';
import { FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { type ItemKind, packWords64, word } from '../../sdk/src/transcript/encode.ts';
import { beginTranscript, TRANSCRIPTS } from '../../sdk/src/transcript/transcript.ts';
import { createRandom } from '../kernels/random.ts';
import { askPython, itInPython } from './judge.ts';

interface Round {
  readonly items: readonly (readonly [kind: ItemKind, bytes: Uint8Array])[];
  readonly count: number;
}

describe('independent verifier, in Python: transcripts', () => {
  const random = createRandom('transcripts');
  const item = (kind: ItemKind): readonly [ItemKind, Uint8Array] => {
    const edges = [0n, 1n, FR_MODULUS - 1n];
    const element = (): bigint => edges[random.below(8)] ?? random.element(FR_MODULUS);
    switch (kind) {
      case 'bytes32':
        return [kind, word((element() << 2n) | 3n)];
      case 'heights':
        return [kind, Uint8Array.from({ length: 32 }, (_, i) => (i < 8 ? random.below(25) : 0))];
      case 'words64':
        return [
          kind,
          packWords64(Array.from({ length: random.below(5) }, () => BigInt.asUintN(64, element()))),
        ];
      case 'point':
        return [kind, encodeG1(multiplyG1(G1_GENERATOR, Fr.add(random.element(FR_MODULUS - 1n), 1n)))];
      default:
        return [kind, word(element())];
    }
  };
  const KINDS: readonly ItemKind[] = ['bytes32', 'digest', 'heights', 'word', 'words64', 'point', 'scalar'];
  /** A round of each kind alone, one of nothing, then of any, drawing none, one or two. */
  const rounds = (): Round[] => [
    ...KINDS.map((kind) => ({ items: [item(kind)], count: 1 })),
    { items: [], count: 2 },
    ...Array.from({ length: 6 }, () => ({
      items: Array.from({ length: random.below(9) }, () => item(KINDS[random.below(KINDS.length)]!)),
      count: random.below(3),
    })),
  ];

  itInPython(
    '16 of them, of each kind of item alone and of any, draw the same challenges and come to the same',
    async () => {
      const cases = Array.from({ length: 16 }, (_, i) => ({
        hash: TRANSCRIPTS[i % 2]!,
        domain: `a domain ${i}`,
        rounds: rounds(),
      }));
      const lines = cases.map(({ rounds: own, ...start }) => {
        const told = own.map(({ items, count }) => ({
          items: items.map(([kind, bytes]) => [kind, bytesToHex(bytes)]),
          count,
        }));
        return JSON.stringify({ ...start, rounds: told });
      });
      const ours = cases.map(({ hash, domain, rounds: own }) => {
        const transcript = beginTranscript(hash, { domain });
        return own.map(({ items, count }) => {
          for (const [kind, bytes] of items) transcript.absorb({ label: kind, kind }, bytes);
          const drawn = transcript.endRound(['first', 'second'].slice(0, count));
          return [...drawn.map(String), bytesToHex(transcript.state)];
        });
      });
      assert.deepEqual(await askPython('transcripts', lines), ours);
    },
  );
});
