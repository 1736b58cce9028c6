/** The bent encodings again, presented to the deployed contract: refused for the reason that the TypeScript verifier gives. */
import assert from 'node:assert/strict';
import { bytesToHex, concatHex, type Hex, hexToBytes, keccak256, slice } from 'viem';
import { FQ_MODULUS, FR_MODULUS } from '../../sdk/src/field/field.ts';
import { encodeProgramKey, machineDigest } from '../../sdk/src/plonk/keys/key.ts';
import { encodeCallProof } from '../../sdk/src/solidity/encode.ts';
import { VERIFIER_ERRORS, type VerifierErrorName } from '../../sdk/src/solidity/errors.ts';
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
} from '../chain/fixture.ts';
import { bentEncodings } from './lib/corpus.ts';
import { figure } from './lib/report.ts';

describe('bent proofs, on chain', () => {
  let chain: TestChain;
  let made: ToyProof;
  let address: Hex;
  let honest: Call;
  before(async () => {
    chain = await connectChain();
    made = await makeToyProof();
    ({ address } = await deployToyVerifier(chain, made.toy));
    honest = honestCall(made);
  });
  after(() => chain?.close());

  it('every one is refused by the name of its reason', async () => {
    assert.equal(await outcome(chain, address, callData(honest)), 'accepted');
    const bent = bentEncodings(made.proof, made.plan);
    for (const { name, proof, code } of bent) {
      const call = { ...honest, proof: encodeCallProof(proof, made.toy.program.key) };
      const refusal = (await outcome(chain, address, callData(call))) as VerifierErrorName;
      assert.equal(VERIFIER_ERRORS[refusal]?.code, code, `${name}: ${refusal}`);
    }
    figure(`${bent.length} bent encodings refused by the contract for the same reasons`);
  });

  /** Presents calls that must be refused by one of some names; counts them. */
  async function allRefused(
    calls: readonly (readonly [what: string, call: Call, names: RegExp])[],
  ): Promise<number> {
    for (const [what, call, names] of calls) {
      assert.match(await outcome(chain, address, callData(call)), names, what);
    }
    return calls.length;
  }

  it('the program key: every byte flipped, every word out of range, off the curve, at infinity, under its id and its own', async () => {
    const { log, entry, commitments } = made.toy.program.key;
    const length = encodeProgramKey({ log, entry, commitments }).length;
    const { programKey } = proofOffsets(made);
    const calls: [string, Call, RegExp][] = [];
    /** With the id that the verifier expects, and with the one that the bent key has. */
    const present = (what: string, proof: Hex, names: RegExp): void => {
      const machine = machineDigest(made.toy.key.key);
      const own = keccak256(concatHex([machine, slice(proof, programKey, programKey + length)]));
      calls.push([what, { ...honest, proof }, /^ProgramMismatch$/]);
      calls.push([`${what}, under its own id`, { ...honest, proof, programId: own }, names]);
    };
    const any = /^(ProgramKeyInvalid|HeightOutOfRange|IdentityFails)$/;
    for (let at = programKey; at < programKey + length; at++) {
      const proof = hexToBytes(honest.proof);
      proof[at]! ^= 1 << (at % 8);
      present(`byte ${at} flipped`, bytesToHex(proof), any);
    }
    const word = (index: number, change: (value: bigint) => bigint): Hex =>
      withWord(honest.proof, programKey + 32 * index, change);
    const invalid = /^ProgramKeyInvalid$/;
    for (let index = 0; index < length / 32; index++) {
      present(
        `word ${index} = 2^256 − 1`,
        word(index, () => (1n << 256n) - 1n),
        /^(ProgramKeyInvalid|HeightOutOfRange)$/,
      );
      if (index < 2) continue;
      present(
        `coordinate ${index} + p`,
        word(index, (v) => v + FQ_MODULUS),
        invalid,
      );
      present(
        `coordinate ${index} off the curve`,
        word(index, (v) => (v + 1n) % FQ_MODULUS),
        invalid,
      );
      if (index % 2 === 1) continue;
      const at = programKey + 32 * index;
      const pair = (x: bigint, y: bigint): Hex =>
        withWord(
          withWord(honest.proof, at, () => x),
          at + 32,
          () => y,
        );
      // Infinity is what columns of zeros commit to; its aliases are nothing.
      present(`commitment ${index} at infinity`, pair(0n, 0n), /^IdentityFails$/);
      present(`commitment ${index} at (p, p)`, pair(FQ_MODULUS, FQ_MODULUS), invalid);
      present(`commitment ${index} at (0, p)`, pair(0n, FQ_MODULUS), invalid);
    }
    // A word more or less moves everything behind.
    const end = programKey + length;
    for (const [what, proof] of [
      ['a word less', concatHex([slice(honest.proof, 0, end - 32), slice(honest.proof, end)])],
      ['a byte less', concatHex([slice(honest.proof, 0, end - 1), slice(honest.proof, end)])],
      [
        'a word more',
        concatHex([slice(honest.proof, 0, end), `0x${'00'.repeat(32)}`, slice(honest.proof, end)]),
      ],
      ['a byte more', concatHex([slice(honest.proof, 0, end), '0x00', slice(honest.proof, end)])],
    ] as const) {
      calls.push([what, { ...honest, proof }, /^ProofLength$/]);
    }
    figure(`program key: ${await allRefused(calls)} bent ones refused by the contract by name`);
  });

  it('the statement: every byte flipped, lengths ±1 and ±32, every word plus r', async () => {
    const calls: [string, Call, RegExp][] = [];
    const { statement } = honest;
    const present = (what: string, change: Partial<Call['statement']>, names: RegExp): void => {
      calls.push([what, { ...honest, statement: { ...statement, ...change } }, names]);
    };
    for (const list of ['publicInputs', 'publicOutputs'] as const) {
      const bytes = hexToBytes(statement[list]);
      for (let at = 0; at < bytes.length; at++) {
        const flipped = bytes.slice();
        flipped[at]! ^= 1 << (at % 8);
        present(`byte ${at} of ${list} flipped`, { [list]: bytesToHex(flipped) }, /^IdentityFails$/);
      }
      for (let length = 0; length <= bytes.length + 33; length++) {
        if (length === bytes.length) continue;
        const other = new Uint8Array(length);
        other.set(bytes.subarray(0, length));
        const names = length % 8 === 0 ? /^IdentityFails$/ : /^StatementLength$/;
        present(`${list} of ${length} bytes`, { [list]: bytesToHex(other) }, names);
      }
    }
    for (let bit = 0; bit < 64; bit++) {
      const status = statement.status ^ (1n << BigInt(bit));
      present(`status with bit ${bit} flipped`, { status }, /^IdentityFails$/);
    }
    // The status is a uint64: more in its word never gets past the decoder of arguments, which refuses without data.
    const data = callData(honest);
    const place = 4 + Number(BigInt(slice(data, 36, 68))) + 64;
    assert.equal(BigInt(slice(data, place, place + 32)), statement.status);
    for (const value of [statement.status + FR_MODULUS, statement.status + (1n << 64n), (1n << 256n) - 1n]) {
      const bent = withWord(data, place, () => value);
      const refusal = await outcome(chain, address, bent).catch((error: Error) => {
        assert.match(error.message, /reverted without a reason/);
        return 'reverted';
      });
      assert.equal(refusal, 'reverted', `status ${value}`);
    }
    figure(`statement: ${3 + (await allRefused(calls))} bent ones refused by the contract by name`);
  });
});
