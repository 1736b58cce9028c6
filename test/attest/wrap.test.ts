/** Small proofs by the façade: from the run to a record on a chain, and what is refused. */
import assert from 'node:assert/strict';
import { bytesToHex } from '@noble/hashes/utils.js';
import { readKind } from '../../scripts/lib/fixtures.ts';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import {
  bytesOf,
  type ProofDocument,
  readProofDocument,
  writeProofDocument,
} from '../../sdk/src/attest/proof/document.ts';
import { prove } from '../../sdk/src/attest/proof/prove.ts';
import { verify } from '../../sdk/src/attest/proof/verify.ts';
import { type VerifierKeys, verifyDocument } from '../../sdk/src/attest/proof/verify-document.ts';
import { wrap } from '../../sdk/src/attest/proof/wrap.ts';
import {
  openKeys,
  openSession,
  type Session,
  type SessionProgress,
} from '../../sdk/src/attest/session/session.ts';
import { addG1, encodeG1, G1_GENERATOR } from '../../sdk/src/curve/g1.ts';
import { FR_MODULUS } from '../../sdk/src/field/field.ts';
import { schedule } from '../../sdk/src/plonk/declare/schedule.ts';
import { verifyingKeyFromJson, verifyingKeyToJson } from '../../sdk/src/plonk/keys/key-json.ts';
import { verifyProof } from '../../sdk/src/plonk/verify/verifier.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { CODE_LIMIT, generateVerifier } from '../../sdk/src/solidity/generate.ts';
import { attest, deploy, verifyOnChain } from '../../sdk/src/viem.ts';
import { CANNOT_RETURN, connectChain, type TestChain } from '../chain/fixture.ts';
import { assertKind } from '../fixtures/kinds.ts';
import { itInPython } from '../independent/judge.ts';
import { judgeKind } from '../independent/kinds.ts';
import { refused, type Verdict, verdictOf } from '../lib/verdict.ts';
import { countsOf, tamperedProofs } from '../recursion/lib/tampered.ts';
import { bentEncodings } from '../soundness/lib/corpus.ts';
import { figure } from '../soundness/lib/report.ts';

const quiet = { onWarning: () => {} };

describe('small proofs', () => {
  let session: Session;
  let wasm: Uint8Array;
  /** Of the run in the hash that circuits evaluate, and its wrap. */
  let document: ProofDocument;
  let small: ProofDocument;
  let chain: TestChain;

  before(async () => {
    session = await openSession(quiet);
    wasm = await compileGuest((await readExample('fibonacci')).source);
    ({ document } = await prove(session, { wasm, args: [10], transcript: 'poseidon2' }));
    small = await wrap(session, { document });
    chain = await connectChain();
  });
  after(async () => {
    await chain?.close();
    await session?.dispose();
  });

  const verdict = (change: Partial<ProofDocument>): Promise<unknown> =>
    verify(session, { document: { ...small, ...change }, wasm });

  it('say what the proofs say that they stand for, in fewer bytes', async () => {
    const accepted = await verify(session, { document: small, wasm });
    const direct = await prove(session, { wasm, args: [10] });
    assert.equal(accepted.programId, direct.document.programId, 'one id for direct and small proofs');
    assert.deepEqual(accepted.statement, direct.document.statement);
    const bytes = (small.proof.length - 2) / 2;
    assert.ok(bytes <= 3_600, `${bytes} bytes`);
    assert.deepEqual(readProofDocument(writeProofDocument(small), 'small'), small);
    // No two wraps are alike: blinding is fresh.
    assert.notEqual((await wrap(session, { document })).proof, small.proof);
  });

  it('that were made earlier still verify, under the key that was written down', () =>
    assertKind(session, 'small'));

  itInPython('that were made earlier are read by the verifier in Python, as calldata of attest too', () =>
    judgeKind(session, 'small'),
  );

  it('are refused in every place that is tampered with, and in every encoding that is none', async () => {
    const { key } = (await session.wrapKey()).key;
    const { programKey: program, statement, proof: hex } = await readKind('small');
    const proof = bytesOf(hex);
    const plan = schedule(key.shape);
    const code = (given: Uint8Array): Verdict =>
      verdictOf(() => verifyProof({ key, program, statement, proof: given }));
    assert.equal(code(proof), 'accepted');
    const codes = tamperedProofs(proof, plan).map(({ label, name, proof: given }) => {
      const found = code(given);
      const allowed =
        label === "W'"
          ? /^PROOF_PAIRING$/
          : /^W$|^1\/Z/.test(label)
            ? /^PROOF_INVERSE$/
            : /^PROOF_(SUM|IDENTITY)$/;
      assert.match(found, allowed, name);
      return found;
    });
    assert.ok(codes.length > 200);
    figure(`${codes.length} tampered proofs under the machine's key for small ones: ${countsOf(codes)}`);
    for (const { name, proof: given, code: expected } of bentEncodings(proof, plan)) {
      assert.equal(code(given), expected, name);
    }
  });

  it('are verified with their key alone', async () => {
    const { key } = (await session.wrapKey()).key;
    const verifyingKey = verifyingKeyFromJson(verifyingKeyToJson(key));
    const keys: VerifierKeys = { verifyingKey, runKeys: async () => undefined };
    const about = { document: small, programId: small.programId, expect: undefined };
    assert.deepEqual((await verifyDocument(keys, about)).statement, small.statement);
  });

  it('are refused with another statement, program, kind or key', async () => {
    const { statement } = small;
    for (const other of [
      { ...statement, publicOutputs: [56n] },
      { ...statement, publicInputs: [11n] },
      { ...statement, publicInputs: [...statement.publicInputs, 0n] },
    ]) {
      await refused(verdict({ statement: other }), 'PROOF_SUM');
    }
    const { kind: _kind, ...rest } = small;
    await refused(verify(session, { document: rest, wasm }), 'PROOF_FOREIGN_KEY');
    await refused(verdict({ verifyingKey: document.verifyingKey }), 'PROOF_FOREIGN_KEY');
    await refused(verify(session, { document: { ...document, kind: 'wrap' }, wasm }), 'PROOF_FOREIGN_KEY');
    await refused(verdict({ shards: 2 }), 'PROOF_MALFORMED');
    await refused(
      verify(session, { document: { ...small, kind: 'other' as never }, wasm }),
      'PROOF_MALFORMED',
    );
  });

  it('are made of proofs of one kind only, and others named', async () => {
    const direct = await prove(session, { wasm, args: [3] });
    const made = (from: ProofDocument): Promise<ProofDocument> => wrap(session, { document: from });
    await refused(made(direct.document), 'PROOF_UNWRAPPABLE', /keccak256/);
    await refused(made(small), 'PROOF_UNWRAPPABLE', /already/);
    await refused(made({ ...document, shards: 3 }), 'PROOF_MALFORMED', /3 shards/);
    await refused(made({ ...document, verifyingKey: small.verifyingKey }), 'PROOF_FOREIGN_KEY');
  });

  describe('of a false proof, or of one of another statement', () => {
    // The last word is the inverse, before it W'.
    const last = (): number => document.proof.length - 64;
    const bent = (at: number, text: string): ProofDocument => ({
      ...document,
      proof:
        `${document.proof.slice(0, at)}${text}${document.proof.slice(at + text.length)}` as `0x${string}`,
    });
    const made = (
      from: ProofDocument,
      onProgress = (_: SessionProgress): void => {},
    ): Promise<ProofDocument> => wrap(session, { document: from, onProgress });

    it('there is none', async () => {
      await refused(made(bent(last(), `${'0'.repeat(63)}1`)), 'PROOF_INVERSE');
      await refused(made(bent(last(), FR_MODULUS.toString(16))), 'PROOF_SCALAR');
      await refused(made(bent(last() - 128, '0'.repeat(128))), 'PROOF_POINT');
      await refused(
        made({ ...document, statement: { ...document.statement, publicOutputs: [1n] } }),
        'PROOF_IDENTITY',
      );
    });

    it('of a proof whose pairing fails there is one that is refused: the pair is the verifier of the small proof to check', async () => {
      const phases: string[] = [];
      // Another W' passes all but the pairing.
      const other = bytesToHex(encodeG1(addG1(G1_GENERATOR, G1_GENERATOR)));
      const bad = bent(last() - 128, other);
      await refused(
        made(bad, ({ phase }) => void phases.push(phase)),
        'PROOF_PAIRING',
      );
      // It was made to its end, and none was given.
      assert.equal(phases.at(-1), 'wrapping: opening');
    });
  });

  it('are attested by one contract, for the gas of one chip', async () => {
    const generated = generateVerifier((await session.wrapKey()).key.key);
    const contract = await compileVerifier(generated);
    assert.deepEqual(generated.evaluators, []);
    const code = contract.deployedBytecode.length / 2 - 1;
    assert.ok(code <= CODE_LIMIT, `${code} bytes`);
    const { deployment } = await deploy(chain.wallet, {
      network: 'localhost',
      generated,
      contract,
      cannotReturn: CANNOT_RETURN,
    });
    const {
      verifiers: [verifier],
      registry,
    } = deployment;
    await verifyOnChain(chain.client, { ...small, verifier: verifier!.address });
    const { gasUsed, recorded } = await attest(chain.wallet, { ...small, registry: registry.address });
    assert.ok(recorded);
    assert.ok(gasUsed <= 310_000n, `${gasUsed} gas`);
    const statement = { ...small.statement, publicOutputs: [56n] };
    await refused(
      verifyOnChain(chain.client, { ...small, statement, verifier: verifier!.address }),
      'PROOF_SUM',
    );
    console.log(`      attested for ${gasUsed} gas, ${(small.proof.length - 2) / 2} bytes, code ${code}`);
  });

  it('an SRS that is too small is named before anything is proven', async () => {
    await using keys = await openKeys({ ...quiet, maxLog: 14 });
    await refused(keys.wrapKey(), 'SRS_TOO_SMALL', /powers of τ/);
  });
});
