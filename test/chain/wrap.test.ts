/** A small proof that is attested: what it costs on the in-process chain, by the contract of a real wrapping key. `test/attest/wrap.test.ts` goes there from the run. */
import assert from 'node:assert/strict';
import { bytesToHex, size } from 'viem';
import { readKind } from '../../scripts/lib/fixtures.ts';
import { isWattestError } from '../../sdk/src/errors/index.ts';
import { generateVerifier, openKeys, type ProofDocument } from '../../sdk/src/index.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { attest, type DeployAllResult, deploy, readAttestation, verifyOnChain } from '../../sdk/src/viem.ts';
import { figure } from '../soundness/lib/report.ts';
import { CANNOT_RETURN, connectChain, type TestChain } from './fixture.ts';

describe('a small proof attested on the in-process chain', () => {
  let chain: TestChain;
  let document: ProofDocument;
  let deployed: DeployAllResult;
  let codeBytes: number;

  before(async () => {
    await using keys = await openKeys({ onWarning: () => {} });
    const { key } = (await keys.wrapKey()).key;
    // One that was made earlier under this key.
    document = await readKind('small');
    assert.equal(document.verifyingKey, key.digest);
    chain = await connectChain();
    const generated = generateVerifier(key);
    const contract = await compileVerifier(generated);
    codeBytes = size(contract.deployedBytecode);
    deployed = await deploy(chain.wallet, {
      network: 'hardhat',
      generated,
      contract,
      cannotReturn: CANNOT_RETURN,
    });
  });
  after(() => chain?.close());

  it('costs at most 310,000 gas with its record, by one contract of at most 24,576 bytes', async () => {
    const registry = deployed.registry.address;
    const { gasUsed, recorded } = await attest(chain.wallet, { ...document, registry });
    assert.equal(recorded, true);
    const record = await readAttestation(chain.client, { ...document, registry });
    assert.equal(record?.statementHash.length, 66);
    figure(`attest ${gasUsed} gas, proof ${size(document.proof)} bytes; verifier ${codeBytes} bytes of code`);
    assert.ok(gasUsed <= 310_000n, `${gasUsed} gas`);
    assert.ok(codeBytes <= 24_576 && size(document.proof) <= 3_600);
  });

  it('is refused for another statement, and with a byte of it changed', async () => {
    const verify = (change: Partial<ProofDocument>): Promise<void> =>
      verifyOnChain(chain.client, { ...document, ...change, verifier: deployed.verifier.address });
    await verify({});
    const { statement } = document;
    const others = [...statement.publicOutputs, 1n];
    await assert.rejects(verify({ statement: { ...statement, publicOutputs: others } }), (error) =>
      isWattestError(error),
    );
    // The last byte of W', in front of the inverse.
    const bytes = Buffer.from(document.proof.slice(2), 'hex');
    bytes[bytes.length - 33]! ^= 1;
    await assert.rejects(verify({ proof: bytesToHex(bytes) }), (error) => isWattestError(error));
  });
});
