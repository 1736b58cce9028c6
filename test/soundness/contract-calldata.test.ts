/** Calldata of `verify`, bent byte by byte, before the contract of a direct key and that of a key that wraps: refused by name, for what a call may cost. */
import assert from 'node:assert/strict';
import { bytesToHex, concatHex, type Hex, hexToBytes, keccak256, size, slice } from 'viem';
import { type ErrorCode, isWattestError } from '../../sdk/src/errors/index.ts';
import { FQ_MODULUS, FR_MODULUS } from '../../sdk/src/field/field.ts';
import type { Schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import {
  encodeProgramKey,
  machineDigest,
  type ProgramKey,
  programId,
  type VerifyingKey,
} from '../../sdk/src/plonk/keys/key.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { encodeCallProof, encodeProofCall, encodeStatement } from '../../sdk/src/solidity/encode.ts';
import { VERIFIER_ERRORS, type VerifierErrorName } from '../../sdk/src/solidity/errors.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { type Call, callData, connectChain, outcome, type TestChain, withWord } from '../chain/fixture.ts';
import { callCodes, itInPython } from '../independent/judge.ts';
import { DEFAULT_RUN, makeToy, proveToy } from '../plonk/toy.ts';
import { makeWrapToy, proveWrap } from '../plonk/toy-wrap.ts';
import { bentEncodings } from './lib/corpus.ts';
import { figure } from './lib/report.ts';

const FULL = process.env['WATTEST_SOUNDNESS'] === 'full';
const { statement } = DEFAULT_RUN;

interface Presented {
  readonly key: VerifyingKey;
  readonly plan: Schedule;
  readonly program: ProgramKey;
  readonly proof: Uint8Array;
}

const KINDS: Readonly<Record<string, () => Promise<Presented>>> = {
  direct: async () => {
    const { key, program, ...toy } = await makeToy();
    const { proof } = await proveToy({ key, program, ...toy });
    return { key: key.key, plan: key.schedule, program: program.key, proof };
  },
  small: async () => {
    const toy = await makeWrapToy();
    const { key, program } = toy;
    return { key: key.key, plan: key.schedule, program: program.key, proof: await proveWrap(toy) };
  },
};

for (const [kind, make] of Object.entries(KINDS))
  describe(`calldata of ${kind} proofs, byte by byte, on chain`, function () {
    this.timeout(0);
    let chain: TestChain;
    let made: Presented;
    let address: Hex;
    let honest: Call;
    let data: Hex;
    /** What was presented, and the code of the refusal; null for none. */
    const told: { readonly data: Hex; readonly code: string | null }[] = [];
    /** What an honest call takes, and a little more: a refusal must not cost more. */
    let gas: bigint;
    before(async () => {
      chain = await connectChain();
      made = await make();
      const { bytecode } = await compileVerifier(generateVerifier(made.key));
      const hash = await chain.wallet.deployContract({ abi: [], bytecode });
      address = (await chain.client.waitForTransactionReceipt({ hash })).contractAddress!;
      honest = {
        programId: programId(machineDigest(made.key), made.program),
        statement: encodeStatement(statement),
        proof: encodeCallProof(made.proof, made.program),
      };
      data = callData(honest);
      gas = ((await chain.client.estimateGas({ to: address, data })) * 21n) / 20n;
      assert.equal(await answer(data), 'accepted');
    });
    after(() => chain?.close());

    /** Name of the verifier's error; `decoder` where the decoder of arguments refuses, without data. Anything else fails. */
    async function answer(bent: Hex): Promise<string> {
      const name = await named(bent);
      const code = VERIFIER_ERRORS[name as VerifierErrorName]?.code ?? null;
      // The decoder of arguments has no name for what it refuses, and the selector of the function is no matter of Python's.
      if (bent.startsWith(data.slice(0, 10)) && (name !== 'accepted' || told.length === 0))
        told.push({ data: bent, code: name === 'decoder' ? 'STATEMENT_INVALID' : code });
      return name;
    }

    async function named(bent: Hex): Promise<string> {
      try {
        return await outcome(chain, address, bent, gas);
      } catch (error) {
        const { message } = error as Error;
        assert.doesNotMatch(message, /panic|out of gas|invalid opcode|stack|memory/i);
        assert.match(message, /reverted without a reason|function selector was not recognized/i);
        return 'decoder';
      }
    }

    const bytesOfData = (at: number, change: (byte: number) => number): Hex => {
      const bytes = hexToBytes(data);
      bytes[at] = change(bytes[at]!);
      return bytesToHex(bytes);
    };
    /** Where the parts of the calldata begin: head, statement, proof with its length in front. */
    const parts = (): { statement: number; inputs: number; outputs: number; proof: number; key: number } => {
      const word = (at: number): number => Number(BigInt(slice(data, at, at + 32)));
      const [told, proof] = [4 + word(36), 4 + word(68)];
      return {
        ...{ statement: told, inputs: told + word(told), outputs: told + word(told + 32) },
        ...{ proof: proof + 32, key: proof + 36 },
      };
    };

    it(`one bit of ${FULL ? 'every byte' : 'the first and the last byte of every word'}: by the name that the place has, for no more gas`, async () => {
      const at = parts();
      const keyEnd = at.key + encodeProgramKey(made.program).length;
      const proofEnd = at.proof + size(honest.proof);
      const counts = new Map<string, number>();
      const filling = new Set<number>();
      for (const place of [at.inputs, at.outputs, at.proof - 32]) {
        const end = place + 32 + Number(BigInt(slice(data, place, place + 32)));
        for (let i = end; (i - 4) % 32 !== 0; i++) filling.add(i);
      }
      assert.ok(filling.size > 0);
      const code = (bent: Hex): ErrorCode | 'accepted' => {
        const proof = hexToBytes(slice(bent, at.proof, proofEnd));
        const own = Uint8Array.of(...proof.subarray(0, 4), ...proof.subarray(4 + keyEnd - at.key));
        try {
          verifyProof({ key: made.key, program: made.program, statement, proof: own });
          return 'accepted';
        } catch (error) {
          assert.ok(isWattestError(error), String(error));
          return error.code;
        }
      };
      for (let i = 0; i < size(data); i++) {
        // Words of the proof begin behind its selector.
        const place = (i < at.proof ? i - 4 : i - at.key) & 31;
        if (!FULL && i >= 4 && place !== 0 && place !== 31) continue;
        const bent = bytesOfData(i, (byte) => byte ^ (1 << (i % 8)));
        const name = await answer(bent);
        const where = `byte ${i}`;
        counts.set(name, (counts.get(name) ?? 0) + 1);
        // What fills up a word means nothing, and may be anything.
        assert.equal(name === 'accepted', filling.has(i), where);
        if (name === 'accepted') continue;
        if (i < 4) assert.equal(name, 'decoder', where);
        else if (i < 36) assert.equal(name, 'ProgramMismatch', where);
        else if (i >= at.key && i < keyEnd) assert.equal(name, 'ProgramMismatch', where);
        else if (i >= at.proof)
          assert.equal(VERIFIER_ERRORS[name as VerifierErrorName].code, code(bent), where);
        else {
          const known =
            /^(CalldataNotCanonical|StatementLength|ProofLength|ProofSelector|SumFails|IdentityFails|decoder)$/;
          assert.match(name, known, where);
        }
      }
      const told = [...counts].map(([name, count]) => `${count} ${name}`).join(', ');
      figure(
        `${kind}: one bit of ${[...counts.values()].reduce((a, b) => a + b)} bytes of calldata: ${told}`,
      );
    });

    it('cut and continued: at the ends of every word, by a byte, a word, a copy of itself', async () => {
      const cut = /^(CalldataNotCanonical|ProofLength|ProgramMismatch|decoder)$/;
      let count = 0;
      for (let length = 0; length < size(data); length++) {
        const place = (length - 4) & 31;
        if (!FULL && length >= 4 && length < size(data) - 40 && (place & 127) !== 0) continue;
        if (!FULL && length > 200 && length < size(data) - 40 && (length - 4) % 160 !== 0) continue;
        assert.match(await answer(length === 0 ? '0x' : slice(data, 0, length)), cut, `${length} bytes`);
        count++;
      }
      for (const more of ['00', '01', '00'.repeat(31), '00'.repeat(32), 'ff'.repeat(32), data.slice(2)]) {
        assert.match(
          await answer(`${data}${more}`),
          /^CalldataNotCanonical$/,
          `${more.length / 2} bytes more`,
        );
        count++;
      }
      figure(`${kind}: calldata of ${count} other lengths refused by the contract`);
    });

    it('scalars of r and more, coordinates of p and more, points off the curve and at infinity: each by its name', async () => {
      const bent = bentEncodings(made.proof, made.plan);
      for (const { name, proof, code } of bent) {
        const call = { ...honest, proof: encodeCallProof(proof, made.program) };
        const refusal = (await answer(callData(call))) as VerifierErrorName;
        assert.equal(VERIFIER_ERRORS[refusal]?.code, code, `${name}: ${refusal}`);
      }
      figure(`${kind}: ${bent.length} bent encodings refused by the contract for their reasons`);
    });

    itInPython(
      `the verifier in Python says the same of ${FULL ? 'every call' : 'one call of three'} so far, and of one of attest`,
      async () => {
        const attest = encodeProofCall('attest', honest.programId, honest.statement, honest.proof);
        assert.deepEqual(await callCodes(made.key, 'attest', [attest, data]), [null, 'STATEMENT_INVALID']);
        const asked = FULL ? told : told.filter((_, i) => i % 3 === 0);
        const theirs = await callCodes(
          made.key,
          'verify',
          asked.map((one) => one.data),
        );
        for (const [i, one] of asked.entries()) assert.equal(theirs[i], one.code, one.data);
        figure(`${kind}: ${asked.length} calls judged alike by the verifier in Python`);
      },
    );

    it('the program key: out of range, off the curve, at infinity, under its id and its own', async () => {
      const encoded = encodeProgramKey(made.program);
      let count = 0;
      for (let index = 0; index < encoded.length / 32; index++) {
        const at = 4 + 32 * index;
        const largest = (1n << 256n) - 1n;
        const changes: ((value: bigint) => bigint)[] = [() => largest, (v) => v + FR_MODULUS];
        if (index >= 2)
          changes.push(
            (v) => v + FQ_MODULUS,
            (v) => (v + 1n) % FQ_MODULUS,
          );
        for (const change of changes) {
          const word = BigInt(slice(honest.proof, at, at + 32));
          if (change(word) > largest) continue;
          const proof = withWord(honest.proof, at, change);
          assert.equal(await answer(callData({ ...honest, proof })), 'ProgramMismatch');
          assert.match(await underOwnId(proof), /^(ProgramKeyInvalid|HeightOutOfRange)$/, `word ${index}`);
          count += 2;
        }
        if (index < 2 || index % 2 === 1) continue;
        const proof = withWord(
          withWord(honest.proof, at, () => 0n),
          at + 32,
          () => 0n,
        );
        // Infinity is what columns of zeros commit to: another program, of which this is no proof.
        assert.equal(await underOwnId(proof), 'IdentityFails');
        count++;
      }
      figure(`${kind}: ${count} bent program keys refused by the contract`);

      async function underOwnId(proof: Hex): Promise<string> {
        const own = slice(proof, 4, 4 + encoded.length);
        const id = keccak256(concatHex([machineDigest(made.key), own]));
        return answer(callData({ ...honest, programId: id, proof }));
      }
    });
  });
