import assert from 'node:assert/strict';
import hre from 'hardhat';
import { writeProofDocument } from 'wattest';
import { GET, POST } from '../app/api/verify/route.ts';
import { Factors } from '../generated/Factors.ts';

describe('/api/verify', function () {
  this.timeout(300_000);

  async function post(body: string): Promise<{ readonly status: number; readonly body: unknown }> {
    const response = await POST(new Request('http://localhost/api/verify', { method: 'POST', body }));
    return { status: response.status, body: await response.json() };
  }

  it('answers with the values of a proof, and refuses what is not proven', async () => {
    const solver = `0x${'11'.repeat(20)}` as const;
    const { document } = await hre.wattest.prove('Factors', {
      inputs: { product: 8051n, solver },
      privateInputs: { first: 83n, second: 97n },
    });
    const proof = writeProofDocument(document);
    const { status, body } = await post(proof);
    assert.equal(status, 200, JSON.stringify(body));
    const { inputs, outputs } = body as Record<string, Record<string, string>>;
    assert.equal(inputs!['solver']!.toLowerCase(), solver);
    assert.deepEqual([inputs!['product'], outputs], ['8051', { bits: '7' }]);

    const lie = JSON.parse(proof) as { statement: { publicOutputs: string[] } };
    lie.statement.publicOutputs[0] = '8';
    const refused = await post(JSON.stringify(lie));
    assert.equal(refused.status, 422);
    assert.equal((refused.body as { code: string }).code, 'PROOF_IDENTITY');
    assert.equal(((await post('{}')).body as { code: string }).code, 'PROOF_MALFORMED');
  });

  it('says which program it asks for', async () => {
    const answer = await (await GET(new Request('http://localhost/api/verify'))).json();
    assert.equal((answer as { programId: string }).programId, Factors.id);
  });

  it('takes no proofs under development keys in production', async () => {
    const { NODE_ENV } = process.env;
    Object.assign(process.env, { NODE_ENV: 'production' });
    try {
      const { insecure } = (await import('../generated/key.json', { with: { type: 'json' } })).default;
      assert.equal((await post('{}')).status, insecure ? 503 : 422);
    } finally {
      if (NODE_ENV === undefined) delete (process.env as Record<string, unknown>)['NODE_ENV'];
      else Object.assign(process.env, { NODE_ENV });
    }
  });
});
