/** The contract of a wrapping key: it makes the public vector itself, and takes what the TypeScript verifier takes. */
import assert from 'node:assert/strict';
import { bytesToHex, concatBytes, type Hex, hexToBytes, size } from 'viem';
import { VERIFIER_ABI } from '../../sdk/src/chain/calls.ts';
import { addG1, encodeG1, G1_GENERATOR } from '../../sdk/src/curve/g1.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { FQ_MODULUS, FR_MODULUS, Fr } from '../../sdk/src/field/field.ts';
import type { Statement } from '../../sdk/src/plonk/declare/declare.ts';
import { ITEM_BYTES } from '../../sdk/src/plonk/declare/schedule.ts';
import { encodeProgramKey, machineDigest, programId } from '../../sdk/src/plonk/keys/key.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import {
  encodeCallProof,
  encodeSpecialisedCallProof,
  encodeStatement,
  statementHash,
} from '../../sdk/src/solidity/encode.ts';
import { VERIFIER_ERRORS, type VerifierErrorName } from '../../sdk/src/solidity/errors.ts';
import { type GenerateOptions, generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { DEFAULT_RUN, proveToy } from '../plonk/toy.ts';
import { makeWrapToy, PAIR_POINTS, proveWrap, type WrapToy, wrapped, wrapRun } from '../plonk/toy-wrap.ts';
import {
  CANNOT_RETURN,
  type Call,
  callData,
  connectChain,
  outcome,
  type TestChain,
  withWord,
} from './fixture.ts';
import { LIBRARIES } from './libraries.ts';

describe('verifier of small proofs on the in-process chain', () => {
  let chain: TestChain;
  let toy: WrapToy;
  let proof: Uint8Array;
  let address: Hex;
  let honest: Call;
  let keyBytes: number;
  /** Offsets of the items in the bytes of a call. */
  const offsets = new Map<string, number>();
  const { statement } = DEFAULT_RUN;

  const verify = (change: Partial<Call> = {}): Promise<string> =>
    outcome(chain, address, callData({ ...honest, ...change }));
  const word = (offset: number, change: (value: bigint) => bigint): Promise<string> =>
    verify({ proof: withWord(honest.proof, offset, change) });
  const called = (bytes: Uint8Array): Promise<string> =>
    verify({ proof: encodeCallProof(bytes, toy.program.key) });

  async function deployed(options: GenerateOptions = {}): Promise<Hex> {
    const compiled = await compileVerifier(generateVerifier(toy.key.key, options));
    const hash = await chain.wallet.deployContract({ abi: [], bytecode: compiled.bytecode });
    return (await chain.client.waitForTransactionReceipt({ hash })).contractAddress!;
  }

  before(async () => {
    chain = await connectChain();
    toy = await makeWrapToy();
    proof = await proveWrap(toy);
    address = await deployed();
    const { key } = toy.key;
    honest = {
      programId: programId(machineDigest(key), toy.program.key),
      statement: encodeStatement(statement),
      proof: encodeCallProof(proof, toy.program.key),
    };
    keyBytes = encodeProgramKey(toy.program.key).length;
    let at = 4 + keyBytes;
    for (const { label, kind, from } of toy.key.schedule.rounds.flatMap(({ items }) => items)) {
      if (from !== 'proof') continue;
      offsets.set(label, at);
      at += ITEM_BYTES[kind as keyof typeof ITEM_BYTES];
    }
    assert.equal(at, size(honest.proof));
  });
  after(() => chain.close());

  it('accepts an honest proof, under the id that a direct proof of the program has', async () => {
    assert.equal(await verify(), 'accepted');
    const { inner } = toy;
    assert.equal(honest.programId, programId(machineDigest(inner!.key.key), inner!.program.key));
  });

  it('has the selector of its key, not that of the machine', async () => {
    const selector = await chain.client.readContract({
      address,
      abi: VERIFIER_ABI,
      functionName: 'SELECTOR',
    });
    assert.equal(selector, toy.key.key.selector);
    assert.notEqual(selector, toy.inner!.key.key.selector);
  });

  it('a verifier for one program takes the proof as it is', async () => {
    const own = await deployed({ program: toy.program.key });
    const call = { ...honest, proof: encodeSpecialisedCallProof(proof) };
    assert.equal(await outcome(chain, own, callData(call)), 'accepted');
  });

  it('another statement has another sum, and with its sum it is another public vector', async () => {
    const others: Statement[] = [
      { ...statement, status: 0n },
      { ...statement, publicInputs: [...statement.publicInputs, 0n] },
      { ...statement, publicInputs: [], publicOutputs: [...statement.publicInputs] },
      { ...statement, publicOutputs: [statement.publicOutputs[0]!, 7n] },
    ];
    for (const other of others) {
      assert.equal(await verify({ statement: encodeStatement(other) }), 'SumFails');
      const [, , sum] = wrapped(toy, other).messages;
      const repaired = withWord(honest.proof, offsets.get('message 2')!, () => sum!);
      assert.equal(await verify({ statement: encodeStatement(other), proof: repaired }), 'IdentityFails');
    }
  });

  it('another program is refused by its id', async () => {
    assert.equal(await verify({ programId: `0x${'00'.repeat(32)}` }), 'ProgramMismatch');
    for (let offset = 4; offset < 4 + keyBytes; offset += 32) {
      assert.equal(await word(offset, (v) => v ^ 1n), 'ProgramMismatch');
    }
    const { key } = toy.program;
    for (const [program, answer] of [
      [{ ...key, log: key.log + 1 }, 'IdentityFails'],
      [{ ...key, log: 2 }, 'ProgramKeyInvalid'],
      [{ ...key, log: toy.key.key.shape.recursion!.subject!.maxLog + 1 }, 'ProgramKeyInvalid'],
      [{ ...key, commitments: [{ x: 1n, y: 1n }] }, 'ProgramKeyInvalid'],
      [{ ...key, commitments: [G1_GENERATOR] }, 'IdentityFails'],
      [{ ...key, entry: 1n << 64n }, 'ProgramKeyInvalid'],
    ] as const) {
      const id = programId(machineDigest(toy.key.key), program);
      assert.equal(await verify({ programId: id, proof: encodeCallProof(proof, program) }), answer);
    }
  });

  it('messages and pair are canonical, and the pair on the curve and not infinity', async () => {
    for (const label of ['message 0', 'message 1', 'message 2']) {
      assert.equal(await word(offsets.get(label)!, (v) => v + FR_MODULUS), 'ScalarNotCanonical', label);
      assert.equal(await word(offsets.get(label)!, (v) => (v + 1n) % FR_MODULUS), 'SumFails', label);
    }
    for (const name of ['A', 'B']) {
      const at = offsets.get(name)!;
      assert.equal(await word(at, (x) => x + FQ_MODULUS), 'PointNotCanonical', name);
      assert.equal(await word(at + 32, (y) => y + FQ_MODULUS), 'PointNotCanonical', name);
      assert.equal(await word(at + 32, (y) => (y + 1n) % FQ_MODULUS), 'PointNotOnCurve', name);
      const zeros = withWord(
        withWord(honest.proof, at, () => 0n),
        at + 32,
        () => 0n,
      );
      assert.equal(await verify({ proof: zeros }), 'PointAtInfinity', name);
      assert.equal(await word(at + 32, (y) => FQ_MODULUS - y), 'IdentityFails', name);
    }
  });

  it('a false pair fails the pairing, whatever else holds', async () => {
    const run = wrapRun(toy);
    const pairs = [
      { A: PAIR_POINTS.B, B: PAIR_POINTS.A },
      { A: addG1(PAIR_POINTS.A, G1_GENERATOR)!, B: PAIR_POINTS.B },
      { A: PAIR_POINTS.A, B: addG1(PAIR_POINTS.B, G1_GENERATOR)! },
    ];
    for (const pair of pairs) {
      const made = await proveWrap(toy, { ...run, carried: { ...run.carried, pair } });
      assert.equal(await called(made), 'PairingFails');
    }
    // Both true, but not those that were proven.
    const double = { A: addG1(PAIR_POINTS.A, PAIR_POINTS.A)!, B: addG1(PAIR_POINTS.B, PAIR_POINTS.B)! };
    const swapped = proof.slice();
    swapped.set([...encodeG1(double.A), ...encodeG1(double.B)], offsets.get('A')! - keyBytes);
    assert.equal(await called(swapped), 'IdentityFails');
  });

  it('one bit in every word is refused for the reason that the TypeScript verifier gives', async () => {
    for (let offset = 0; offset < size(honest.proof); offset += 32) {
      const bytes = hexToBytes(honest.proof);
      bytes[offset]! ^= 0x10;
      const name = await verify({ proof: bytesToHex(bytes) });
      if (offset >= 4 && offset < 4 + keyBytes) {
        assert.equal(name, 'ProgramMismatch', `byte ${offset}`);
        continue;
      }
      const bent = concatBytes([bytes.subarray(0, 4), bytes.subarray(4 + keyBytes)]);
      assert.throws(
        () => verifyProof({ key: toy.key.key, program: toy.program.key, statement, proof: bent }),
        (error) => isWattestError(error, VERIFIER_ERRORS[name as VerifierErrorName].code),
        `byte ${offset}: ${name}`,
      );
    }
  });

  it('every word of the proof altered within its range is refused', async () => {
    for (const { label, kind, from } of toy.key.schedule.rounds.flatMap(({ items }) => items)) {
      if (from !== 'proof') continue;
      const at = offsets.get(label)!;
      const result =
        kind === 'point' ? await word(at + 32, (y) => FQ_MODULUS - y) : await word(at, (v) => Fr.add(v, 1n));
      assert.match(result, /^(SumFails|IdentityFails|InverseFails|PairingFails)$/, label);
    }
  });

  it('calls and proofs of another length are refused', async () => {
    for (const bytes of [proof.subarray(0, 4), proof.subarray(0, -1), Uint8Array.of(...proof, 0)]) {
      assert.equal(await called(bytes), 'ProofLength');
    }
    assert.equal(await verify({ proof: '0x' }), 'ProofLength');
    const other = proof.slice();
    other.set(hexToBytes(toy.inner!.key.key.selector));
    assert.equal(await called(other), 'ProofSelector');
    const data = callData(honest);
    assert.equal(await outcome(chain, address, `${data}00`), 'CalldataNotCanonical');
  });

  it('a precompile that runs out of gas is named, and nothing accepted then', async () => {
    const needed = await chain.client.estimateGas({ to: address, data: callData(honest) });
    const seen = new Set<string>();
    for (let spared = 20_000n; spared < 160_000n; spared += 10_000n) {
      seen.add(await outcome(chain, address, callData(honest), needed - spared).catch(() => 'out of gas'));
    }
    assert.ok(seen.has('PrecompileFails'), [...seen].join());
    assert.ok(!seen.has('accepted'));
  });

  for (const [library, open] of Object.entries(LIBRARIES)) {
    it(`is deployed, checked, asked and attested with by ${library} like that of direct proofs, in one registry`, async () => {
      const actions = await open(chain);
      const generated = generateVerifier(toy.key.key);
      const contract = await compileVerifier(generated);
      const made = { kind: 'small', generated, contract, cannotReturn: CANNOT_RETURN } as const;
      const { deployment } = await actions.deploy({ network: 'test-net', ...made, salt: null });
      await actions.checkDeployment({ deployment, ...made });
      const [verifier, registry] = [deployment.verifiers[0]!.address, deployment.registry.address];
      const proven = {
        programId: honest.programId,
        programKey: toy.program.key,
        statement,
        proof,
        verifyingKey: toy.key.key.digest,
      };
      await actions.verifyOnChain({ ...proven, verifier, expect: 'any' });
      const { recorded, statementHash: hash } = await actions.attest({ ...proven, registry });
      assert.ok(recorded);
      assert.equal(hash, statementHash(statement), 'what is recorded is the statement, of whichever proof');
      assert.equal((await actions.readAttestation({ ...proven, registry }))?.programId, honest.programId);
      // A direct proof of the same run is for another contract, and says so before a transaction is paid.
      const inner = await proveToy(toy.inner!);
      const { key } = toy.inner!.key;
      const direct = { ...proven, proof: inner.proof, verifyingKey: key.digest };
      await assert.rejects(actions.attest({ ...direct, registry }), (error) =>
        isWattestError(error, 'CHAIN_REJECTED'),
      );
      assert.equal(
        (await actions.readAttestation({ ...proven, verifyingKey: undefined, registry }))?.selector,
        toy.key.key.selector,
      );
      // Until there is a route to it.
      const other = generateVerifier(key);
      const both = { generated: other, contract: await compileVerifier(other), cannotReturn: CANNOT_RETURN };
      const { deployment: more } = await actions.deploy({ network: 'test-net', deployment, ...both });
      assert.deepEqual(
        more.verifiers.map(({ kind }) => kind),
        ['direct', 'small'],
      );
      assert.deepEqual(more.registry, deployment.registry);
      await actions.checkDeployment({ deployment: more, ...made, others: [both] });
      await actions.checkDeployment({ deployment: more, ...both, trustOthers: true });
      await assert.rejects(actions.checkRegistry({ deployment }), (error) =>
        isWattestError(error, 'DEPLOYMENT_MISMATCH'),
      );
      await assert.rejects(actions.deploy({ network: 'test-net', deployment: more, ...both }), (error) =>
        isWattestError(error, 'DEPLOYMENT_EXISTS'),
      );
      assert.equal(await actions.readAttestation({ ...direct, registry }), undefined, 'a record is of a key');
      assert.ok((await actions.attest({ ...direct, registry })).recorded);
      assert.equal((await actions.readAttestation({ ...direct, registry }))?.selector, key.selector);
      assert.equal((await actions.readAttestation({ ...proven, registry }))?.selector, toy.key.key.selector);
      // The first key is stopped: what is on record under the second counts, for whoever asks of any.
      await actions.stopRoute({ registry, verifyingKey: proven.verifyingKey });
      assert.equal((await actions.readAttestation({ ...proven, registry }))?.stopped, true);
      const any = await actions.readAttestation({ ...proven, verifyingKey: undefined, registry });
      assert.deepEqual([any?.selector, any?.stopped], [key.selector, false]);
      await actions.stopRoute({ registry, verifyingKey: key.digest });
      const none = await actions.readAttestation({ ...proven, verifyingKey: undefined, registry });
      assert.deepEqual([none?.selector, none?.stopped], [toy.key.key.selector, true]);
    });
  }

  it('no contract is made for proofs about proofs alone', async () => {
    const alone = await makeWrapToy({ messages: 2, inner: toy.inner! });
    assert.throws(
      () => generateVerifier(alone.key.key),
      (error) => isWattestError(error, 'KEY_INVALID'),
    );
  });

  it('elements of messages at the ends of the field are taken', async () => {
    const run = wrapRun(toy);
    const [, , sum] = run.carried.messages;
    // α = 0 and β = 0 of the wrapped proof: every D is minus its tag code, and the sum follows.
    for (const [alpha, beta] of [
      [0n, 0n],
      [FR_MODULUS - 1n, FR_MODULUS - 1n],
    ] as const) {
      const carried = wrapped(toy, statement, [alpha, beta]);
      assert.notEqual(carried.messages[2], sum);
      assert.equal(await called(await proveWrap(toy, { ...run, carried })), 'accepted');
    }
  });
});
