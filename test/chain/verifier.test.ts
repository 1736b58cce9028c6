import assert from 'node:assert/strict';
import { bytesToHex, concatBytes, concatHex, type Hex, hexToBytes, size, slice } from 'viem';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { FQ_MODULUS, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import { machineDigest, programId } from '../../sdk/src/plonk/keys/key.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { encodeStatement } from '../../sdk/src/solidity/encode.ts';
import { VERIFIER_ERRORS, type VerifierErrorName } from '../../sdk/src/solidity/errors.ts';
import type { ManifestEntry } from '../../sdk/src/transcript/transcript.ts';
import { withInverse } from '../plonk/inverse.ts';
import { DEFAULT_SHAPE, ENTRY, makeToy } from '../plonk/toy.ts';
import {
  type Call,
  callData,
  connectChain,
  deployToyVerifier,
  honestCall,
  makeToyProof,
  outcome,
  proofOffsets,
  type TestChain,
  type ToyProof,
  withWord,
} from './fixture.ts';

describe('generated verifier on the in-process chain', () => {
  let chain: TestChain;
  let made: ToyProof;
  let address: Hex;
  let honest: Call;
  let at: ReturnType<typeof proofOffsets>;
  const verify = (change: Partial<Call>): Promise<string> =>
    outcome(chain, address, callData({ ...honest, ...change }));
  const word = (offset: number, change: (value: bigint) => bigint): Promise<string> =>
    verify({ proof: withWord(honest.proof, offset, change) });

  before(async () => {
    chain = await connectChain();
    made = await makeToyProof();
    ({ address } = await deployToyVerifier(chain, made.toy));
    honest = honestCall(made);
    at = proofOffsets(made);
  });
  after(() => chain.close());

  it('accepts an honest proof', async () => {
    assert.equal(await verify({}), 'accepted');
  });

  it('accepts two proofs of one statement (they are re-randomised)', async () => {
    const again = await makeToyProof(made.toy);
    assert.notEqual(again.callProof, honest.proof);
    assert.equal(await verify({ proof: again.callProof }), 'accepted');
  });

  describe('refuses another statement', () => {
    const forged = (change: Partial<ToyProof['statement']>): Promise<string> =>
      verify({ statement: encodeStatement({ ...made.statement, ...change }) });

    it('with a forged output', async () => {
      const [first, second] = made.statement.publicOutputs;
      assert.equal(await forged({ publicOutputs: [first! + 1n, second!] }), 'IdentityFails');
    });
    it('with a forged input', async () => {
      const [first, second] = made.statement.publicInputs;
      assert.equal(await forged({ publicInputs: [first! + 1n, second!] }), 'IdentityFails');
    });
    it('with swapped inputs', async () => {
      assert.equal(
        await forged({ publicInputs: [...made.statement.publicInputs].reverse() }),
        'IdentityFails',
      );
    });
    it('with an output moved to the inputs', async () => {
      const [first, second] = made.statement.publicOutputs;
      assert.equal(
        await forged({
          publicInputs: [...made.statement.publicInputs, first!],
          publicOutputs: [second!],
        }),
        'IdentityFails',
      );
    });
    it('with an output less', async () => {
      assert.equal(
        await forged({ publicOutputs: made.statement.publicOutputs.slice(0, 1) }),
        'IdentityFails',
      );
    });
    it('with an input more', async () => {
      assert.equal(await forged({ publicInputs: [...made.statement.publicInputs, 0n] }), 'IdentityFails');
    });
    it('with another status', async () => {
      assert.equal(await forged({ status: made.statement.status + 1n }), 'IdentityFails');
    });
    it('with nothing', async () => {
      assert.equal(await forged({ publicInputs: [], publicOutputs: [], status: 0n }), 'IdentityFails');
    });
    it('with inputs that are no whole number of words', async () => {
      const publicInputs = concatHex([honest.statement.publicInputs, '0x00']);
      assert.equal(await verify({ statement: { ...honest.statement, publicInputs } }), 'StatementLength');
    });
    it('with outputs that are no whole number of words', async () => {
      const publicOutputs = slice(honest.statement.publicOutputs, 0, 9);
      assert.equal(await verify({ statement: { ...honest.statement, publicOutputs } }), 'StatementLength');
    });
  });

  describe('refuses another program', () => {
    it('id of another program', async () => {
      const other = await makeToy(DEFAULT_SHAPE, { entry: ENTRY + 1n });
      assert.equal(
        await verify({ programId: programId(machineDigest(other.key.key), other.program.key) }),
        'ProgramMismatch',
      );
    });
    it('id zero', async () => {
      assert.equal(await verify({ programId: `0x${'00'.repeat(32)}` }), 'ProgramMismatch');
    });
    it('key of another program', async () => {
      assert.equal(await word(at.programKey + 32, (entry) => entry + 1n), 'ProgramMismatch');
    });
  });

  describe('refuses what is not canonical', () => {
    it('a scalar plus r', async () => {
      assert.equal(await word(at.scalar(3), (v) => v + FR_MODULUS), 'ScalarNotCanonical');
    });
    it('the last scalar plus r', async () => {
      assert.equal(
        await word(at.scalar(made.plan.values.count - 1), (v) => v + FR_MODULUS),
        'ScalarNotCanonical',
      );
    });
    it('a scalar equal to r', async () => {
      assert.equal(await word(at.scalar(0), () => FR_MODULUS), 'ScalarNotCanonical');
    });
    it('the largest word as a scalar', async () => {
      assert.equal(await word(at.scalar(8), () => (1n << 256n) - 1n), 'ScalarNotCanonical');
    });
    it('an x coordinate plus p', async () => {
      assert.equal(await word(at.point(0), (x) => x + FQ_MODULUS), 'PointNotCanonical');
    });
    it('a y coordinate plus p', async () => {
      assert.equal(await word(at.point(4) + 32, (y) => y + FQ_MODULUS), 'PointNotCanonical');
    });
    it("a coordinate of W' plus p", async () => {
      assert.equal(await word(at.point(made.plan.points.W2), (x) => x + FQ_MODULUS), 'PointNotCanonical');
    });
    it('a point that is not on the curve', async () => {
      assert.equal(await word(at.point(1) + 32, (y) => (y + 1n) % FQ_MODULUS), 'PointNotOnCurve');
    });
    for (const role of ['phi', 'W', 'W2'] as const) {
      it(`infinity for ${role}`, async () => {
        const offset = at.point(made.plan.points[role]);
        const proof = withWord(
          withWord(honest.proof, offset, () => 0n),
          offset + 32,
          () => 0n,
        );
        assert.equal(await verify({ proof }), 'PointAtInfinity');
      });
    }
    it('an inverse plus r', async () => {
      assert.equal(await word(size(honest.proof) - 32, (v) => v + FR_MODULUS), 'ScalarNotCanonical');
    });
    it('bytes behind the heights', async () => {
      assert.equal(await word(at.heights, (v) => v + 1n), 'HeightsNotCanonical');
    });
  });

  describe('refuses heights out of range', () => {
    const height = (chip: number, log: number): Promise<string> =>
      word(at.heights, (v) => {
        const shift = BigInt(8 * (31 - chip));
        return (v & ~(0xffn << shift)) | (BigInt(log) << shift);
      });

    it('below the minimum', async () => assert.equal(await height(0, 2), 'HeightOutOfRange'));
    it('zero', async () => assert.equal(await height(1, 0), 'HeightOutOfRange'));
    it('above what the key allows', async () => assert.equal(await height(2, 8), 'HeightOutOfRange'));
    it('the largest byte', async () => assert.equal(await height(0, 255), 'HeightOutOfRange'));
    it('in range, but another one than was proven', async () => {
      assert.equal(await height(0, 5), 'IdentityFails');
    });
  });

  describe('refuses a wrong length', () => {
    for (const [name, count] of [
      ['one byte', 1],
      ['a word', 32],
    ] as const) {
      it(`${name} less`, async () => {
        assert.equal(
          await verify({ proof: slice(honest.proof, 0, size(honest.proof) - count) }),
          'ProofLength',
        );
      });
      it(`${name} more`, async () => {
        assert.equal(
          await verify({ proof: concatHex([honest.proof, `0x${'00'.repeat(count)}`]) }),
          'ProofLength',
        );
      });
    }
    it('nothing', async () => assert.equal(await verify({ proof: '0x' }), 'ProofLength'));
    it('three bytes', async () => {
      assert.equal(await verify({ proof: slice(honest.proof, 0, 3) }), 'ProofLength');
    });
    it('the selector alone', async () => {
      assert.equal(await verify({ proof: slice(honest.proof, 0, 4) }), 'ProofLength');
    });
    it('another selector', async () => {
      assert.equal(
        await verify({ proof: concatHex(['0xdeadbeef', slice(honest.proof, 4)]) }),
        'ProofSelector',
      );
    });
  });

  describe('refuses calldata that is not as abi.encode makes it', () => {
    it('bytes behind the arguments', async () => {
      assert.equal(
        await outcome(chain, address, concatHex([callData(honest), '0x00'])),
        'CalldataNotCanonical',
      );
    });
    it('a gap before the proof', async () => {
      const data = callData(honest);
      const offset = BigInt(slice(data, 68, 100));
      const moved: Hex = `0x${(offset + 32n).toString(16).padStart(64, '0')}`;
      const from = 4 + Number(offset);
      const gap = concatHex([
        slice(data, 0, 68),
        moved,
        slice(data, 100, from),
        `0x${'00'.repeat(32)}`,
        slice(data, from),
      ]);
      assert.equal(await outcome(chain, address, gap), 'CalldataNotCanonical');
    });
  });

  it("refuses another key's proof", async () => {
    const other = await makeToyProof(await makeToy({ ...DEFAULT_SHAPE, version: 'toy-2' }));
    assert.equal(await outcome(chain, address, callData(honestCall(other))), 'ProofSelector');
    // With the selector exchanged it is still a proof of another transcript.
    const proof = concatHex([slice(honest.proof, 0, 4), slice(other.callProof, 4)]);
    assert.match(await verify({ proof }), /^(IdentityFails|PairingFails)$/);
  });

  describe('refuses values that satisfy the identity and are not those of the commitments', () => {
    const challenge = (name: string): bigint => {
      const manifest: ManifestEntry[] = [];
      const { toy, proof, statement } = made;
      verifyProof({ key: toy.key.key, program: toy.program.key, statement, proof, manifest });
      const { bytes } = manifest.find(({ label }) => label === `challenge ${name}`)!;
      return Fr.from(BigInt(`0x${Buffer.from(bytes).toString('hex')}`));
    };

    /** With the inverse of the moduli that belongs to the other bytes. */
    const inverted = (callProof: Hex): Hex => {
      const { toy, statement } = made;
      const bytes = hexToBytes(callProof);
      const keyEnd = at.heights;
      const proof = concatBytes([bytes.subarray(0, 4), bytes.subarray(keyEnd)]);
      const own = withInverse({ key: toy.key.key, program: toy.program.key, statement, proof }, 5);
      return bytesToHex(concatBytes([bytes.subarray(0, keyEnd), own.subarray(4)]));
    };

    it('chunks of the quotient bent along z^N', async () => {
      // The identity sees q_0 + z^N·q_1 only, and z does not depend on the values.
      const zN = Fr.pow(challenge('z'), 32n);
      const first = at.scalar(made.plan.values.quotient);
      const bent = withWord(honest.proof, first, (v) => Fr.add(v, zN));
      const proof = withWord(bent, first + 32, (v) => Fr.sub(v, 1n));
      assert.equal(await verify({ proof }), 'InverseFails');
      assert.equal(await verify({ proof: inverted(proof) }), 'PairingFails');
    });
    it('φ moved by a constant', async () => {
      const { phi, phiNext } = made.plan.values;
      const moved = withWord(honest.proof, at.scalar(phi), (v) => Fr.add(v, 1n));
      const proof = inverted(withWord(moved, at.scalar(phiNext), (v) => Fr.add(v, 1n)));
      assert.equal(await verify({ proof }), 'PairingFails');
    });
    it('another W, and its inverse', async () => {
      const W = at.point(made.plan.points.W);
      const proof = inverted(withWord(honest.proof, W + 32, (y) => FQ_MODULUS - y));
      assert.equal(await verify({ proof }), 'PairingFails');
    });
    it('another inverse', async () => {
      const last = size(honest.proof) - 32;
      for (const change of [() => 0n, () => 1n, (v: bigint) => FR_MODULUS - v, (v: bigint) => v + 1n]) {
        assert.equal(await word(last, change), 'InverseFails');
      }
    });
    it("another W'", async () => {
      const [W2, phi] = [at.point(made.plan.points.W2), at.point(made.plan.points.phi)];
      const point = slice(honest.proof, phi, phi + 64);
      const proof = withWord(honest.proof, W2, () => BigInt(slice(point, 0, 32)));
      assert.equal(
        await verify({ proof: withWord(proof, W2 + 32, () => BigInt(slice(point, 32))) }),
        'PairingFails',
      );
    });
  });

  it('names a precompile that runs out of gas, and never accepts then', async () => {
    const needed = await chain.client.estimateGas({ to: address, data: callData(honest) });
    const seen = new Set<string>();
    for (let spared = 20_000n; spared < 160_000n; spared += 10_000n) {
      const result = await outcome(chain, address, callData(honest), needed - spared).catch(
        () => 'out of gas',
      );
      seen.add(result);
    }
    assert.ok(seen.has('PrecompileFails'), [...seen].join());
    assert.ok(!seen.has('accepted'));
  });

  describe('refuses every word of the proof altered', () => {
    it('scalars: the next residue', async () => {
      for (let i = 0; i < made.plan.values.count; i++) {
        const result = await word(at.scalar(i), (v) => (v + 1n) % FR_MODULUS);
        assert.match(result, /^(IdentityFails|PairingFails)$/, `value ${i}`);
      }
    });
    it('points: the negative', async () => {
      for (let i = 0; i < made.plan.points.count; i++) {
        const result = await word(at.point(i) + 32, (y) => FQ_MODULUS - y);
        assert.match(result, /^(IdentityFails|InverseFails|PairingFails)$/, `point ${i}`);
      }
    });
    it('points: exchanged with the next', async () => {
      for (let i = 0; i + 1 < made.plan.points.count; i++) {
        const bytes = (index: number): Hex => slice(honest.proof, at.point(index), at.point(index) + 64);
        let { proof } = honest;
        for (const [to, from] of [
          [i, i + 1],
          [i + 1, i],
        ] as const) {
          proof = withWord(proof, at.point(to), () => BigInt(slice(bytes(from), 0, 32)));
          proof = withWord(proof, at.point(to) + 32, () => BigInt(slice(bytes(from), 32)));
        }
        assert.match(await verify({ proof }), /^(IdentityFails|InverseFails|PairingFails)$/, `points ${i}`);
      }
    });
    it('one bit in every word, refused for the reason that the TypeScript verifier gives', async () => {
      const { toy, statement } = made;
      const keyBytes = at.heights - 4;
      for (let offset = 0; offset < size(honest.proof); offset += 32) {
        const bytes = hexToBytes(honest.proof);
        bytes[offset]! ^= 0x10;
        const name = await verify({ proof: bytesToHex(bytes) });
        if (offset >= 4 && offset < at.heights) {
          assert.equal(name, 'ProgramMismatch', `byte ${offset}`);
          continue;
        }
        const proof = concatBytes([bytes.subarray(0, 4), bytes.subarray(4 + keyBytes)]);
        assert.throws(
          () => verifyProof({ key: toy.key.key, program: toy.program.key, statement, proof }),
          (error) => isWattestError(error, VERIFIER_ERRORS[name as VerifierErrorName].code),
          `byte ${offset}: ${name}`,
        );
      }
    });
  });
});
