import assert from 'node:assert/strict';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { F1Field, getPoseidon2Params, Poseidon2, permute as permute4 } from '@zkpassport/poseidon2';
import { FQ_MODULUS, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { elementsOf, pointElements } from '../../sdk/src/transcript/elements.ts';
import { type ItemKind, packWords64, word } from '../../sdk/src/transcript/encode.ts';
import {
  POSEIDON2,
  type Poseidon2State,
  permute,
  poseidon2Constants,
} from '../../sdk/src/transcript/poseidon2.ts';
import {
  beginTranscript,
  digestOf,
  initialState,
  type ManifestEntry,
} from '../../sdk/src/transcript/transcript.ts';

/** What the generator draws for the diagonal of the inner matrix at width 4, minus 1 (as Barretenberg and the library have it). */
const DIAGONAL_4 = [
  0x10dc6e9c006ea38b04b1e03b4bd9490c0d03f98929ca1d7fb56821fd19d3b6e7n,
  0x0c28145b6a44df3e0149b3d0a30b3bb599df9756d4dd9b84a86b38cfb45a740bn,
  0x00544b8338791518b2c7645a50392798b21f75bb60e3596170067d00141cac15n,
  0x222c01175718386f2e2e82eb122789e352e105a3b8fa852613bc534433ee428bn,
];

/** The library's permutation with the constants of this repository. */
function library(width: number, diagonal: bigint[]): (state: readonly bigint[]) => bigint[] {
  const { full, partial } = poseidon2Constants(width);
  const rounds = [
    ...full.slice(0, 4),
    ...partial.map((k) => [k, ...new Array<bigint>(width - 1).fill(0n)]),
    ...full.slice(4),
  ];
  const params = getPoseidon2Params(
    width,
    5,
    POSEIDON2.full,
    POSEIDON2.partial,
    diagonal,
    [],
    rounds.map((round) => [...round]),
  );
  const instance = new Poseidon2(params, new F1Field(FR_MODULUS));
  return (state) => instance.permute([...state]);
}

let seed = 1n;
const random = (): bigint => {
  seed = Fr.pow(seed + 7n, 5n);
  return seed;
};

describe('poseidon2', () => {
  it('gives the published values of width 3', () => {
    assert.deepEqual(permute([0n, 1n, 2n]), [
      0x0bb61d24daca55eebcb1929a82650f328134334da98ea4f847f760054f4a3033n,
      0x303b6f7c86d043bfcbcc80214f26a30277a15d3f74ca654992defe7ff8d03570n,
      0x1ed25194542b12eef8617361c3ba7c52e660b145994427cc86296242cf766ec8n,
    ]);
  });

  it('its generator gives the constants that the library has for width 4', () => {
    const ours = library(4, DIAGONAL_4);
    for (let i = 0; i < 5; i++) {
      const state = [random(), random(), random(), random()];
      assert.deepEqual(ours(state), permute4(state));
    }
  });

  it('equals the library on random and edge states', () => {
    const theirs = library(3, [1n, 1n, 2n]);
    const top = FR_MODULUS - 1n;
    const states: Poseidon2State[] = [
      [0n, 0n, 0n],
      [top, top, top],
      [top, 0n, 1n],
      ...Array.from({ length: 30 }, (): Poseidon2State => [random(), random(), random()]),
    ];
    for (const state of states) assert.deepEqual(permute(state), theirs(state));
  });

  it('has 8 full rounds of three constants and 56 partial ones of one, all below r', () => {
    const { full, partial } = poseidon2Constants();
    assert.deepEqual(
      full.map((round) => round.length),
      new Array(POSEIDON2.full).fill(POSEIDON2.width),
    );
    assert.equal(partial.length, POSEIDON2.partial);
    const all = [...full.flat(), ...partial];
    assert.equal(new Set(all).size, 80);
    assert.ok(all.every((k) => k > 0n && k < FR_MODULUS));
  });
});

const domain = 'a domain';
const scalar = (value: bigint): readonly [ItemKind, Uint8Array] => ['scalar', word(value)];
const hash = (values: readonly bigint[], of = domain): bigint =>
  bytesToNumberBE(digestOf('poseidon2', of, values.map(scalar)));

describe('the sponge', () => {
  const capacity = bytesToNumberBE(initialState(domain)) % FR_MODULUS;

  it('adds two elements at a time to the state that the docs say', () => {
    const [a, b, c] = permute([5n, 6n, capacity]);
    const [d] = permute([Fr.add(a, 7n), b, c]);
    assert.equal(hash([5n, 6n, 7n]), d);
    assert.equal(hash([]), permute([0n, 0n, capacity])[0]);
  });

  it('goes on from round to round, and draws its first two elements', () => {
    const transcript = beginTranscript('poseidon2', { domain });
    const absorb = (value: bigint): void => transcript.absorb({ label: 'x', kind: 'scalar' }, word(value));
    absorb(1n);
    const first = permute([1n, 0n, capacity]);
    assert.deepEqual(transcript.endRound(['x', 'y']), first.slice(0, 2));
    assert.deepEqual(transcript.state, word(first[0]));
    absorb(2n);
    absorb(3n);
    const second = permute([Fr.add(first[0], 2n), Fr.add(first[1], 3n), first[2]]);
    assert.deepEqual(transcript.endRound(['x']), [second[0]]);
    assert.deepEqual(transcript.endRound(['x']), [permute(second)[0]]);
    assert.throws(() => transcript.endRound(['a', 'b', 'c']), RangeError);
  });

  it('depends on domain, every element, their order and the cut into rounds', () => {
    const cut = (rounds: readonly (readonly bigint[])[]): bigint => {
      const transcript = beginTranscript('poseidon2', { domain });
      let last = 0n;
      for (const round of rounds) {
        for (const value of round) transcript.absorb({ label: 'x', kind: 'scalar' }, word(value));
        [last] = transcript.endRound(['x']) as [bigint];
      }
      return last;
    };
    const all = [
      hash([1n, 2n, 3n]),
      hash([1n, 2n, 3n], 'another domain'),
      hash([2n, 1n, 3n]),
      hash([1n, 2n, 4n]),
      hash([1n, 2n]),
      hash([1n, 2n, 3n, 4n]),
      cut([[1n, 2n], [], [3n]]),
      cut([[1n], [2n, 3n]]),
      cut([[1n, 2n, 3n], []]),
    ];
    assert.equal(new Set(all).size, all.length);
  });

  it('a proof that stands alone starts from a domain of its own and the halves of its key', () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => 255 - i);
    const manifest: ManifestEntry[] = [];
    const transcript = beginTranscript('poseidon2', { key }, manifest);
    transcript.endRound([]);
    const own = bytesToNumberBE(initialState('wattest proof 1')) % FR_MODULUS;
    const halves = [bytesToNumberBE(key.subarray(0, 16)), bytesToNumberBE(key.subarray(16))] as const;
    assert.deepEqual(transcript.state, word(permute([...halves, own])[0]));
    assert.deepEqual(
      manifest.map(({ label }) => label),
      ['initial state', 'key'],
    );
    assert.throws(() => beginTranscript('poseidon2', { key: key.subarray(1) }), RangeError);
  });
});

describe('elements of what is absorbed', () => {
  it('a point is its words, three, three and two', () => {
    const at = (words: readonly bigint[]): bigint =>
      words.reduceRight((sum, value) => (sum << 64n) + value, 0n);
    const [x, y] = [at([1n, 2n, 3n, 4n]), at([5n, 6n, 7n, 8n])];
    assert.deepEqual(pointElements(x, y), [at([1n, 2n, 3n]), at([4n, 5n, 6n]), at([7n, 8n])]);
    assert.deepEqual(elementsOf('point', Uint8Array.of(...word(x), ...word(y))), pointElements(x, y));
  });

  it('no two points have the same, and all are below 2^192', () => {
    const top = FQ_MODULUS - 1n;
    const coordinates = [0n, 1n, 2n, 1n << 64n, 1n << 128n, 1n << 192n, top, top - 1n];
    const seen = new Set<string>();
    for (const x of coordinates) {
      for (const y of coordinates) {
        const elements = pointElements(x, y);
        assert.ok(elements.every((e) => e < 1n << 192n));
        seen.add(elements.join());
      }
    }
    assert.equal(seen.size, coordinates.length ** 2);
  });

  it('bytes are halves, words elements; what is no element is refused, but for heights, which are judged later', () => {
    const bytes = Uint8Array.from({ length: 32 }, () => 255);
    assert.deepEqual(elementsOf('bytes32', bytes), [(1n << 128n) - 1n, (1n << 128n) - 1n]);
    assert.deepEqual(elementsOf('words64', packWords64([3n, (1n << 64n) - 1n])), [3n, (1n << 64n) - 1n]);
    for (const kind of ['digest', 'word', 'scalar'] as const) {
      assert.deepEqual(elementsOf(kind, word(FR_MODULUS - 1n)), [FR_MODULUS - 1n]);
      assert.throws(() => elementsOf(kind, word(FR_MODULUS)), RangeError);
    }
    assert.deepEqual(elementsOf('heights', Uint8Array.of(24, ...new Uint8Array(31))), [24n << 248n]);
    assert.ok(24n << 248n < FR_MODULUS);
    assert.equal(elementsOf('heights', bytes).length, 1);
  });
});
