/** A real proof of a real program, and what nobody may do with it, each refused by name in TypeScript. */
import assert from 'node:assert/strict';
import { compileGuest, readExample } from '../../scripts/lib/guests.ts';
import { bytesOf, readProofDocument, writeProofDocument } from '../../sdk/src/attest/proof/document.ts';
import { openSession, type ProofDocument, prove, type Session, verify } from '../../sdk/src/index.ts';

describe('forgeries of a real proof, in TypeScript', () => {
  let session: Session;
  let wasm: Uint8Array;
  let other: Uint8Array;
  let document: ProofDocument;

  before(async () => {
    session = await openSession({ onWarning: () => {} });
    const example = await readExample('wordcount');
    wasm = await compileGuest(example.source);
    other = await compileGuest((await readExample('quicksort')).source);
    const { invoke, publicInputs } = example;
    ({ document } = await prove(session, { wasm, invoke, publicInputs }));
  });
  after(() => session.dispose());

  const refused = (change: Partial<ProofDocument>, code: string | RegExp): Promise<void> =>
    assert.rejects(
      verify(session, { document: { ...document, ...change }, wasm }),
      (error: Error & { code?: string }) => {
        assert.match(error.code ?? '', typeof code === 'string' ? new RegExp(`^${code}$`) : code);
        return true;
      },
    );
  const statement = (change: Partial<ProofDocument['statement']>): Partial<ProofDocument> => ({
    statement: { ...document.statement, ...change },
  });

  it('the honest proof is accepted, also after a trip through its file', async () => {
    await verify(session, { document, wasm });
    await verify(session, { document: readProofDocument(writeProofDocument(document), 'proof.json'), wasm });
  });

  it('a forged output is refused', async () => {
    const [lines = 0n, ...rest] = document.statement.publicOutputs;
    await refused(statement({ publicOutputs: [lines + 1n, ...rest] }), 'PROOF_IDENTITY');
  });

  it('an output more or less is refused', async () => {
    const { publicOutputs } = document.statement;
    await refused(statement({ publicOutputs: [...publicOutputs, 0n] }), 'PROOF_IDENTITY');
    await refused(statement({ publicOutputs: publicOutputs.slice(0, -1) }), 'PROOF_IDENTITY');
  });

  it('swapped public inputs are refused', async () => {
    const { publicInputs } = document.statement;
    const [length = 0n, first = 0n, second = 0n, ...rest] = publicInputs;
    assert.notEqual(first, second);
    await refused(statement({ publicInputs: [length, second, first, ...rest] }), 'PROOF_IDENTITY');
  });

  it('an input more or less is refused', async () => {
    const { publicInputs } = document.statement;
    await refused(statement({ publicInputs: [...publicInputs, 0n] }), 'PROOF_IDENTITY');
    await refused(statement({ publicInputs: publicInputs.slice(0, -1) }), 'PROOF_IDENTITY');
  });

  it('an input that equals the proven one modulo the field is refused', async () => {
    const r = 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n;
    const [length = 0n, ...rest] = document.statement.publicInputs;
    await refused(statement({ publicInputs: [length + r, ...rest] }), 'STATEMENT_INVALID');
  });

  it('another status is refused', async () => {
    await refused(statement({ status: 1n << 32n }), 'PROOF_IDENTITY');
  });

  it('a proof file that hides its insecure key is refused', async () => {
    await refused({ insecure: false }, 'PROOF_MALFORMED');
  });

  it('what is accepted is told from the key and the module, not from the file', async () => {
    const accepted = await verify(session, { document, wasm });
    assert.equal(accepted.insecure, true);
    assert.equal(accepted.entry, 'wordcount');
    await refused({ entry: 'wordcount\naccepted  yes' }, 'PROOF_PROGRAM');
  });

  it('another module is refused', async () => {
    await assert.rejects(verify(session, { document, wasm: other, invoke: 'quicksort' }), {
      code: 'PROOF_PROGRAM',
    });
  });

  it('a module and an id must both be those of the proof, and an export needs its module', async () => {
    const { programId } = document;
    const strange = `0x${'11'.repeat(32)}` as const;
    await assert.rejects(verify(session, { document, wasm: other, programId }), { code: 'PROOF_PROGRAM' });
    await assert.rejects(verify(session, { document, wasm, programId: strange }), { code: 'PROOF_PROGRAM' });
    await assert.rejects(verify(session, { document, programId, invoke: 'other' }), {
      code: 'INPUT_MISSING',
    });
    assert.equal((await verify(session, { document, programId })).entry, undefined);
    assert.equal((await verify(session, { document, wasm, programId })).entry, document.entry);
  });

  it('what is returned is what was verified, whatever the document is', async () => {
    let reads = 0;
    const lie = { ...document.statement, publicOutputs: [999n] };
    const changing = {
      ...document,
      get statement() {
        return reads++ === 0 ? document.statement : lie;
      },
    };
    const { statement } = await verify(session, { document: changing, wasm });
    assert.deepEqual(statement, document.statement);
  });

  it('another program id beside the same key is refused', async () => {
    await refused({ programId: `0x${'11'.repeat(32)}` }, 'PROOF_PROGRAM');
  });

  it("another program's key under the id of this one is refused", async () => {
    const [first, ...rest] = document.programKey.commitments;
    assert.ok(first !== null && first !== undefined);
    const programKey = { ...document.programKey, commitments: [{ x: 1n, y: 2n }, ...rest] };
    await refused({ programKey }, 'PROOF_PROGRAM');
  });

  it('another entry point of the same image is refused', async () => {
    const programKey = { ...document.programKey, entry: document.programKey.entry + 1n };
    await refused({ programKey }, 'PROOF_PROGRAM');
  });

  it('a proof for another key is refused before anything else', async () => {
    await refused({ verifyingKey: `0x${'22'.repeat(32)}` }, 'PROOF_FOREIGN_KEY');
  });

  it('a byte changed anywhere in the proof is refused', async () => {
    const bytes = bytesOf(document.proof);
    // One byte in every 997th place: heights, points and values all have their turn.
    for (let at = 0; at < bytes.length; at += 997) {
      const forged = Uint8Array.from(bytes);
      forged[at] = (forged[at] ?? 0) ^ 1;
      await refused({ proof: `0x${Buffer.from(forged).toString('hex')}` }, /^PROOF_/);
    }
  });

  it('a proof cut short, or with bytes behind it, is refused', async () => {
    await refused({ proof: document.proof.slice(0, -2) as `0x${string}` }, 'PROOF_LENGTH');
    await refused({ proof: `${document.proof}00` }, 'PROOF_LENGTH');
  });

  it('two proofs of one run share no commitment and no value', async () => {
    const { invoke, publicInputs } = await readExample('wordcount');
    const again = await prove(session, { wasm, invoke, publicInputs });
    const words = (proof: string): string[] => proof.slice(2 + 8 + 64).match(/.{64}/g) ?? [];
    const first = new Set(words(document.proof));
    const fixed = new Set(words(document.proof).filter((word) => /^0*$/.test(word)));
    const shared = words(again.document.proof).filter((word) => first.has(word) && !fixed.has(word));
    assert.deepEqual(shared, []);
  });
});
