import assert from 'node:assert/strict';
import hre from 'hardhat';
import { encodeStatement } from 'wattest';
import { Factors } from '../generated/Factors.ts';

describe('FactorPrize', function () {
  this.timeout(300_000);

  it('remembers what is on record, once; on a registry that is told what was proven', async () => {
    const { viem } = await hre.network.create();
    const [solver] = await viem.getWalletClients();
    const registry = await viem.deployContract('MockRegistry');
    const prize = await viem.deployContract('FactorPrize', [registry.address]);
    const inputs = { product: 15n, solver: solver!.account.address };

    await assert.rejects(prize.write.claim([inputs, { bits: 2 }]), /NotProven/);
    const statement = Factors.statement({ inputs, outputs: { bits: 2n } });
    const { publicInputs, publicOutputs } = encodeStatement(statement);
    await registry.write.fake([Factors.id, publicInputs, publicOutputs]);
    await prize.write.claim([inputs, { bits: 2 }]);
    assert.equal(await prize.read.bits([15n]), 2);
    await assert.rejects(prize.write.claim([inputs, { bits: 2 }]), /AlreadySpent/);
  });

  it('takes a proof of factors once, and for its solver', async () => {
    const connection = await hre.network.create();
    const { viem } = connection;
    const [solver, thief] = await viem.getWalletClients();
    const { registry } = await hre.wattest.deploy(connection);
    const prize = await viem.deployContract('FactorPrize', [registry.address]);

    // Made once: later runs of the test find it in the cache, and verify it.
    const proof = await hre.wattest.prove('Factors', {
      inputs: { product: 8051n, solver: solver!.account.address },
      privateInputs: { first: 83n, second: 97n },
    });
    assert.equal(proof.outputs.bits, 7n);
    const { inputs } = proof;
    const outputs = { bits: Number(proof.outputs.bits) };

    await assert.rejects(prize.write.claim([inputs, outputs]), /NotProven/);
    await hre.wattest.attest(connection, proof);
    await hre.wattest.expectAttested(connection, proof, { submitter: solver!.account.address });
    // Nobody else can have it, and whoever copies the call sends it for the solver.
    const stolen = { ...inputs, solver: thief!.account.address };
    await assert.rejects(prize.write.claim([stolen, outputs]), /NotProven/);
    await assert.rejects(prize.write.claim([inputs, { bits: 32 }]), /NotProven/);
    await prize.write.claim([inputs, outputs], { account: thief!.account });
    assert.equal(
      String(await prize.read.solver([8051n])).toLowerCase(),
      solver!.account.address.toLowerCase(),
    );
    await assert.rejects(prize.write.claim([inputs, outputs]), /AlreadySpent/);
  });

  it('has no proof for whoever does not know them', async () => {
    const values = {
      inputs: { product: 8051n, solver: `0x${'11'.repeat(20)}` as const },
      privateInputs: { first: 83n, second: 98n },
    };
    await assert.rejects(hre.wattest.prove('Factors', values), { code: 'RUN_TRAPPED' });
  });
});
