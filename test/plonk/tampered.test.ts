/** One honest proof, one tampering a test: every field of it, and everything it is bound to. */
import assert from 'node:assert/strict';
import { bytesToNumberBE, hexToBytes, numberToBytesBE } from '@noble/curves/utils.js';
import { decodeG1, encodeG1, multiplyG1, negateG1 } from '../../sdk/src/curve/g1.ts';
import { FQ_MODULUS, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import { ITEM_BYTES, type Item } from '../../sdk/src/plonk/declare/schedule.ts';
import type { ProgramKey, VerifyingKey } from '../../sdk/src/plonk/keys/key.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { type ManifestEntry, TRANSCRIPTS } from '../../sdk/src/transcript/transcript.ts';
import { type Verdict, verdictOf } from '../lib/verdict.ts';
import { withInverse } from './inverse.ts';
import { DEFAULT_RUN, DEFAULT_SHAPE, makeToy, proveToy, type Toy } from './toy.ts';

const { statement } = DEFAULT_RUN;

for (const hash of TRANSCRIPTS)
  describe(`tampered proofs, ${hash}`, () => {
    const shape = { ...DEFAULT_SHAPE, transcript: hash };
    let toy: Toy;
    let proof: Uint8Array;
    const manifest: ManifestEntry[] = [];
    /** Offset of every item of the proof. */
    const items: { readonly item: Item; readonly at: number }[] = [];

    before(async () => {
      toy = await makeToy(shape);
      proof = (await proveToy(toy, DEFAULT_RUN, { manifest })).proof;
      let at = 4;
      for (const item of toy.key.schedule.rounds.flatMap((round) => round.items)) {
        if (item.from !== 'proof') continue;
        items.push({ item, at });
        at += ITEM_BYTES[item.kind as keyof typeof ITEM_BYTES];
      }
      assert.equal(at, proof.length);
    });

    interface Presented {
      readonly key?: VerifyingKey;
      readonly program?: ProgramKey;
      readonly statement?: Statement;
      readonly proof?: Uint8Array;
    }
    /** The code that the verifier answers with, or `accepted`. */
    function answer(presented: Presented): Verdict {
      return verdictOf(() =>
        verifyProof({ key: toy.key.key, program: toy.program.key, statement, proof, ...presented }),
      );
    }
    function replaced(at: number, bytes: Uint8Array): Uint8Array {
      const copy = proof.slice();
      copy.set(bytes, at);
      return copy;
    }
    /** The same with the last word that belongs to what is left: what only the pairing can find. */
    const inverted = (bent: Uint8Array): Uint8Array =>
      withInverse({ key: toy.key.key, program: toy.program.key, statement, proof: bent }, 5);
    const INVERSE = '1/Z_T(u)';
    const scalarAt = (at: number): bigint => bytesToNumberBE(proof.subarray(at, at + 32));
    const word = (value: bigint): Uint8Array => numberToBytesBE(value, 32);
    const find = (label: string): number => {
      const found = items.find(({ item }) => item.label === label);
      assert.ok(found, label);
      return found.at;
    };

    it('the honest one is accepted', () => {
      assert.equal(answer({}), 'accepted');
    });

    it('every value raised by one is refused', () => {
      for (const { item, at } of items.filter(({ item: { kind } }) => kind === 'scalar')) {
        const code = answer({ proof: replaced(at, word(Fr.add(scalarAt(at), 1n))) });
        assert.equal(code, item.label === INVERSE ? 'PROOF_INVERSE' : 'PROOF_IDENTITY', item.label);
      }
    });

    it('an inverse of anything else is refused', () => {
      const at = find(INVERSE);
      const value = scalarAt(at);
      for (const other of [0n, 1n, Fr.neg(value), Fr.inv(value), Fr.add(value, value)]) {
        assert.equal(answer({ proof: replaced(at, word(other)) }), 'PROOF_INVERSE');
      }
    });

    it('every point negated, doubled or swapped with the next is refused', () => {
      const points = items.filter(({ item: { kind } }) => kind === 'point');
      points.forEach(({ item, at }, i) => {
        const point = decodeG1(proof.subarray(at, at + 64), { where: item.label, infinity: 'reject' });
        for (const other of [negateG1(point), multiplyG1(point, 2n)]) {
          assert.match(
            answer({ proof: replaced(at, encodeG1(other)) }),
            item.label === 'W' ? /^PROOF_INVERSE$/ : /^PROOF_(IDENTITY|PAIRING)$/,
            item.label,
          );
        }
        const next = points[i + 1];
        if (next === undefined) return;
        const swapped = replaced(at, proof.subarray(next.at, next.at + 64));
        swapped.set(proof.subarray(at, at + 64), next.at);
        assert.match(answer({ proof: swapped }), /^PROOF_(IDENTITY|INVERSE)$/, item.label);
      });
    });

    it('points at infinity, off the curve or with a coordinate of p or more are refused', () => {
      for (const { item, at } of items.filter(({ item: { kind } }) => kind === 'point')) {
        const x = scalarAt(at);
        assert.equal(answer({ proof: replaced(at, new Uint8Array(64)) }), 'PROOF_POINT', item.label);
        assert.equal(answer({ proof: replaced(at, word(x + 1n)) }), 'PROOF_POINT', item.label);
        assert.equal(answer({ proof: replaced(at, word(x + FQ_MODULUS)) }), 'PROOF_POINT', item.label);
      }
    });

    it('values of r or more are refused, the honest value plus r too', () => {
      for (const { item, at } of items.filter(({ item: { kind } }) => kind === 'scalar')) {
        assert.equal(
          answer({ proof: replaced(at, word(scalarAt(at) + FR_MODULUS)) }),
          'PROOF_SCALAR',
          item.label,
        );
      }
      assert.equal(answer({ proof: replaced(find('phi(z)'), new Uint8Array(32).fill(255)) }), 'PROOF_SCALAR');
    });

    it('values bent so that the identity still holds are refused by the pairing', () => {
      // The quotient's chunks: one more in the first against z^-N in the second.
      const z = challenge('z');
      const zN = Fr.pow(z, 32n);
      const first = find('quotient0(z)');
      const second = find('quotient1(z)');
      const bent = replaced(first, word(Fr.add(scalarAt(first), zN)));
      bent.set(word(Fr.sub(scalarAt(second), 1n)), second);
      assert.equal(answer({ proof: bent }), 'PROOF_INVERSE');
      assert.equal(answer({ proof: inverted(bent) }), 'PROOF_PAIRING');
      // φ at both points.
      const phi = find('phi(z)');
      const phiNext = find('phi(ωz)');
      const shifted = replaced(phi, word(Fr.add(scalarAt(phi), 1n)));
      shifted.set(word(Fr.add(scalarAt(phiNext), 1n)), phiNext);
      assert.equal(answer({ proof: inverted(shifted) }), 'PROOF_PAIRING');
    });

    it("W and W' swapped or exchanged for one another's multiples are refused", () => {
      const W = find('W');
      const W2 = find("W'");
      assert.equal(answer({ proof: replaced(W2, proof.subarray(W, W + 64)) }), 'PROOF_PAIRING');
      const other = replaced(W, proof.subarray(W2, W2 + 64));
      assert.equal(answer({ proof: other }), 'PROOF_INVERSE');
      assert.equal(answer({ proof: inverted(other) }), 'PROOF_PAIRING');
    });

    it('another length is refused, trailing bytes and the empty proof too', () => {
      assert.equal(answer({ proof: proof.subarray(0, proof.length - 1) }), 'PROOF_LENGTH');
      assert.equal(answer({ proof: Uint8Array.of(...proof, 0) }), 'PROOF_LENGTH');
      for (const length of [0, 3, 4, 35, 36]) {
        assert.equal(answer({ proof: proof.subarray(0, length) }), 'PROOF_LENGTH');
      }
    });

    it('another selector is refused', () => {
      for (let i = 0; i < 4; i++) {
        assert.equal(answer({ proof: replaced(i, Uint8Array.of(proof[i]! ^ 1)) }), 'PROOF_SELECTOR');
      }
    });

    it('heights outside the bounds of the key are refused', () => {
      const at = find('heights');
      for (const log of [0, 2, 8, 28, 255]) {
        assert.equal(answer({ proof: replaced(at, Uint8Array.of(log)) }), 'PROOF_HEIGHTS', `2^${log}`);
      }
    });

    it('heights within the bounds but other than proven are refused', () => {
      const at = find('heights');
      for (let i = 0; i < 3; i++) {
        assert.equal(
          answer({ proof: replaced(at + i, Uint8Array.of(proof[at + i]! + 1)) }),
          'PROOF_IDENTITY',
        );
      }
      assert.equal(answer({ proof: replaced(at, Uint8Array.of(7)) }), 'PROOF_IDENTITY', 'another N');
    });

    it('bytes behind the heights are refused', () => {
      const at = find('heights');
      for (let i = toy.key.schedule.heights.length; i < 32; i++) {
        assert.equal(answer({ proof: replaced(at + i, Uint8Array.of(1)) }), 'PROOF_HEIGHTS');
      }
    });

    it('another statement is refused: every word, lengths, order, status', () => {
      const { publicInputs, publicOutputs, status } = statement;
      const others: Statement[] = [
        { ...statement, publicInputs: [5n, publicInputs[1]!] },
        { ...statement, publicInputs: [publicInputs[0]!] },
        { ...statement, publicInputs: [...publicInputs, 0n] },
        { ...statement, publicInputs: publicInputs.toReversed() },
        { ...statement, publicInputs: publicOutputs, publicOutputs: publicInputs },
        { ...statement, publicOutputs: [publicOutputs[0]!] },
        { ...statement, publicOutputs: [...publicOutputs, 0n] },
        { ...statement, publicOutputs: [publicOutputs[0]!, publicOutputs[1]! + 1n] },
        { ...statement, status: status + 1n },
        { publicInputs: [], publicOutputs: [], status },
      ];
      for (const other of others) assert.equal(answer({ statement: other }), 'PROOF_IDENTITY');
    });

    it('words that are no 64-bit words are refused before anything else', () => {
      for (const value of [-1n, 1n << 64n, FR_MODULUS + statement.status]) {
        assert.equal(answer({ statement: { ...statement, status: value } }), 'STATEMENT_INVALID');
        assert.equal(answer({ statement: { ...statement, publicInputs: [value] } }), 'STATEMENT_INVALID');
        assert.equal(answer({ statement: { ...statement, publicOutputs: [value] } }), 'STATEMENT_INVALID');
      }
    });

    it('what answers otherwise the second time is taken at its first word', () => {
      /** The true parts when they are first read, others from then on. */
      const turning = <T extends object>(first: T, then: T): T => {
        const read = new Set<string | symbol>();
        return new Proxy(first, {
          get: (target, name) => {
            const value = Reflect.get(read.has(name) ? then : target, name) as unknown;
            read.add(name);
            return value;
          },
        });
      };
      const other = { publicInputs: [8n], publicOutputs: [9n], status: 3n };
      assert.equal(answer({ statement: turning(statement, other) }), 'accepted');
      assert.equal(answer({ statement: turning(other, statement) }), 'PROOF_IDENTITY');
      const { key } = toy.program;
      const elsewhere = { ...key, entry: key.entry + 1n, commitments: key.commitments.map(negateG1) };
      assert.equal(answer({ program: turning(key, elsewhere) }), 'accepted');
      assert.equal(answer({ program: turning(elsewhere, key) }), 'PROOF_IDENTITY');
    });

    it('another program is refused: entry, height, every commitment', () => {
      const { key } = toy.program;
      assert.equal(answer({ program: { ...key, entry: key.entry + 1n } }), 'PROOF_IDENTITY');
      assert.equal(answer({ program: { ...key, log: key.log + 1 } }), 'PROOF_IDENTITY');
      for (const commitments of [[null], [negateG1(key.commitments[0]!)]]) {
        assert.match(answer({ program: { ...key, commitments } }), /^PROOF_(IDENTITY|PAIRING)$/);
      }
    });

    it('program keys that cannot be are refused', () => {
      const { key } = toy.program;
      const [point] = key.commitments;
      const wrong: ProgramKey[] = [
        { ...key, log: 2 },
        { ...key, log: 20 },
        { ...key, entry: 1n << 64n },
        { ...key, entry: -1n },
        { ...key, commitments: [] },
        { ...key, commitments: [point!, point!] },
        { ...key, commitments: [{ x: 1n, y: 1n }] },
      ];
      for (const program of wrong) assert.equal(answer({ program }), 'KEY_INVALID');
    });

    it('another image is refused, even one that agrees where it is looked up', async () => {
      const other = await makeToy(shape, { image: [3n, 5n, 7n, 1n] });
      assert.match(answer({ program: other.program.key }), /^PROOF_(IDENTITY|PAIRING)$/);
    });

    it('another key is refused by its selector, and by its digest where the selector is forged', async () => {
      const other = await makeToy({ ...shape, version: 'toy-2' });
      assert.equal(answer({ key: other.key.key }), 'PROOF_SELECTOR');
      const forged = replaced(0, hexToBytes(other.key.key.selector.slice(2)));
      assert.equal(answer({ key: other.key.key, proof: forged }), 'PROOF_IDENTITY');
    });

    it('a table of the key is opened at its own height and commitment', () => {
      const { key } = toy.key;
      const chips = key.shape.chips.map((chip) =>
        chip.name === 'table' ? { ...chip, height: { from: 'key', log: 6 } as const } : chip,
      );
      assert.equal(answer({ key: { ...key, shape: { ...key.shape, chips } } }), 'PROOF_IDENTITY');
      const commitments = key.commitments.map((point) => negateG1(point));
      assert.equal(answer({ key: { ...key, commitments } }), 'PROOF_PAIRING');
    });

    function challenge(name: string): bigint {
      const entry = manifest.find(({ label }) => label === `challenge ${name}`);
      return Fr.from(bytesToNumberBE(entry!.bytes));
    }
  });
