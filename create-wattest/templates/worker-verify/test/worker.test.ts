import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { openSession, prove, type Session, writeProofDocument } from 'wattest';
import { Primes } from '../generated/Primes.ts';
import { startWorker } from './workerd.ts';

describe('worker', () => {
  let worker: Awaited<ReturnType<typeof startWorker>>;
  let session: Session;
  let proof: string;

  /** Under the key that `wattest bind` was called with: give a ceremony file here too. */
  before(async () => {
    session = await openSession({});
    worker = await startWorker({ ALLOW_INSECURE: 'yes' });
    const wasm = await readFile('generated/Primes.wasm');
    const { document } = await prove(session, {
      wasm,
      ...Primes.encode({ inputs: { limit: 1000n }, privateInputs: {} }),
    });
    proof = writeProofDocument(document);
  });
  after(async () => {
    worker?.stop();
    await session?.dispose();
  });

  async function post(body: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await fetch(worker.url, { method: 'POST', body });
    return { status: response.status, body: await response.json() };
  }

  it('says which program and key it asks for', async () => {
    assert.deepEqual(await (await fetch(worker.url)).json(), {
      programId: Primes.id,
      verifyingKey: session.verifyingKey.digest,
    });
  });

  it('answers with the values of a proof', async () => {
    assert.deepEqual(await post(proof), {
      status: 200,
      body: {
        inputs: { limit: '1000' },
        outputs: { primes: '168', largest: '997' },
        insecure: session.verifyingKey.insecure,
      },
    });
  });

  it('refuses what is not proven, and what is no proof', async () => {
    const lie = JSON.parse(proof) as { statement: { publicOutputs: string[] } };
    lie.statement.publicOutputs[0] = '169';
    const refused = await post(JSON.stringify(lie));
    assert.equal(refused.status, 422);
    assert.equal((refused.body as { code: string }).code, 'PROOF_IDENTITY');
    assert.equal(((await post('{}')).body as { code: string }).code, 'PROOF_MALFORMED');
    assert.equal((await post(proof.padEnd(100_000))).status, 413);
  });

  it('refuses proofs of other programs', async () => {
    // (module (func (export "f")))
    const wasm = Buffer.from('0061736d010000000104016000000302010007050101660000' + '0a040102000b', 'hex');
    const other = await prove(session, { wasm, invoke: 'f' });
    const { body } = await post(writeProofDocument(other.document));
    assert.equal((body as { code: string }).code, 'PROOF_PROGRAM');
  });

  it('takes no proofs under development keys unless it is told to', async () => {
    const strict = await startWorker({});
    try {
      assert.equal((await fetch(strict.url)).status, session.verifyingKey.insecure ? 503 : 200);
    } finally {
      strict.stop();
    }
  });
});
