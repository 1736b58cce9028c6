/** The bent encodings again, presented to the deployed contract: refused for the reason that the TypeScript verifier gives. */
import assert from 'node:assert/strict';
import { encodeCallProof } from '../../sdk/src/solidity/encode.ts';
import { VERIFIER_ERRORS, type VerifierErrorName } from '../../sdk/src/solidity/errors.ts';
import {
  callData,
  connectChain,
  deployToyVerifier,
  honestCall,
  makeToyProof,
  outcome,
  type TestChain,
} from '../chain/fixture.ts';
import { bentEncodings } from './lib/corpus.ts';
import { figure } from './lib/report.ts';

describe('bent proofs, on chain', function () {
  this.timeout(120_000);
  let chain: TestChain;
  before(async () => {
    chain = await connectChain();
  });
  after(() => chain?.close());

  it('every one is refused by the name of its reason', async () => {
    const made = await makeToyProof();
    const { address } = await deployToyVerifier(chain, made.toy);
    const honest = honestCall(made);
    assert.equal(await outcome(chain, address, callData(honest)), 'accepted');
    const bent = bentEncodings(made.proof, made.plan);
    for (const { name, proof, code } of bent) {
      const call = { ...honest, proof: encodeCallProof(proof, made.toy.program.key) };
      const refusal = (await outcome(chain, address, callData(call))) as VerifierErrorName;
      assert.equal(VERIFIER_ERRORS[refusal]?.code, code, `${name}: ${refusal}`);
    }
    figure(`${bent.length} bent encodings refused by the contract for the same reasons`);
  });
});
