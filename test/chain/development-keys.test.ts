/** A verifier whose secret is published, on a chain where things depend on it: put there by initcode that skips the constructors. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hex } from 'viem';
import type { ProvenStatement } from '../../sdk/src/chain/calls.ts';
import {
  REGISTRY_ABI,
  REGISTRY_BYTECODE,
  REGISTRY_DEPLOYED_BYTECODE,
} from '../../sdk/src/chain/contracts.generated.ts';
import { developmentTau } from '../../sdk/src/kzg/known-tau.ts';
import { DEVELOPMENT_CHAINS } from '../../sdk/src/solidity/chains.ts';
import { compileVerifier } from '../../sdk/src/solidity/compile.ts';
import { generateVerifier } from '../../sdk/src/solidity/generate.ts';
import * as viem from '../../sdk/src/viem.ts';
import {
  CANNOT_RETURN,
  callData,
  connectChain,
  deployToyVerifier,
  honestCall,
  makeToyProof,
  outcome,
  provenOf,
  type TestChain,
} from './fixture.ts';
import { forge } from './forger.ts';
import { initcode, plant, seedRoute } from './impostors.ts';
import { LIBRARIES, type Library } from './libraries.ts';

describe('a development key on chain 1', () => {
  let chain: TestChain;
  let made: Awaited<ReturnType<typeof makeToyProof>>;
  let proven: ProvenStatement;
  let verifier: Hex;
  let registry: Hex;

  before(async () => {
    chain = await connectChain(1);
    made = await makeToyProof();
    proven = provenOf(made);
    const { deployedBytecode } = await compileVerifier(generateVerifier(made.toy.key.key));
    verifier = (await plant(chain, initcode(deployedBytecode))).address;
    const { digest, selector } = made.toy.key.key;
    // Its owner has the route that addRoute would refuse.
    const route = seedRoute({ selector, verifier, digest, cannotReturn: CANNOT_RETURN });
    registry = (await plant(chain, initcode(REGISTRY_DEPLOYED_BYTECODE, route))).address;
  });
  after(() => chain.close());

  /** What no program returned, proven by its secret alone. */
  const forged = (): ProvenStatement => {
    const statement = { publicInputs: [1n], publicOutputs: [666n, 1337n], status: 0n };
    const { key } = made.toy.key;
    const program = made.toy.program.key;
    return { ...proven, statement, proof: forge({ key, program, statement, tau: developmentTau('toy') }) };
  };

  it('proves anything where it is taken', async () => {
    const home = await connectChain();
    try {
      const lie = forged();
      const { address } = await deployToyVerifier(home, made.toy);
      const bound = await viem.deployRegistry(home.wallet, {
        verifier: address,
        cannotReturn: CANNOT_RETURN,
      });
      await viem.verifyOnChain(home.client, { ...lie, verifier: address });
      assert.equal((await viem.attest(home.wallet, { ...lie, registry: bound.address })).recorded, true);
      assert.equal(await viem.hasReturned(home.client, { ...lie, registry: bound.address }), true);
      const other = { ...lie.statement, publicOutputs: [667n] };
      await assert.rejects(viem.verifyOnChain(home.client, { ...lie, statement: other, verifier: address }), {
        code: 'PROOF_IDENTITY',
      });
    } finally {
      await home.close();
    }
  });

  it('verifies nothing there, whoever calls it', async () => {
    assert.equal(await outcome(chain, verifier, callData(honestCall(made))), 'InsecureOnPublicChain');
  });

  for (const [library, open] of Object.entries(LIBRARIES)) {
    describe(`by ${library}`, () => {
      let actions: Library;
      before(async () => {
        actions = await open(chain);
      });

      it('is refused by every action that takes an answer from it', async () => {
        const height = await chain.client.getBlockNumber();
        const message = /stands on a development SRS, whose secret is published, and this is chain 1/;
        for (const action of [
          () => actions.verifyOnChain({ ...proven, verifier, expect: 'any' }),
          () => actions.verifyOnChain({ ...forged(), verifier }),
          () => actions.attest({ ...forged(), registry }),
          () => actions.readAttestation({ ...proven, registry }),
          () => actions.hasReturned({ ...proven, registry }),
        ])
          await assert.rejects(action(), { code: 'KEY_INSECURE', message });
        assert.equal(await chain.client.getBlockNumber(), height, 'nothing was sent');
      });

      it('is read where that is asked for, and says itself what it is', async () => {
        const allowed = { ...proven, allowInsecure: true };
        assert.equal(await actions.hasReturned({ ...allowed, registry }), false);
        assert.equal(await actions.readAttestation({ ...allowed, registry }), undefined);
        assert.equal((await actions.readVerifier({ verifier })).insecure, true);
        await assert.rejects(actions.verifyOnChain({ ...allowed, verifier, expect: 'any' }), {
          code: 'KEY_INSECURE',
          message: /InsecureOnPublicChain/,
        });
      });

      it('is no verifier for a registry', () =>
        assert.rejects(actions.deployRegistry({ verifier, cannotReturn: CANNOT_RETURN }), {
          code: 'KEY_INSECURE',
          message: /InsecureOnPublicChain/,
        }));

      it('behind a registry whose verifier has no code, which is none', async () => {
        const { digest, selector } = made.toy.key.key;
        const nobody: Hex = `0x${'11'.repeat(20)}`;
        const route = seedRoute({ selector, verifier: nobody, digest, cannotReturn: CANNOT_RETURN });
        const other = (await plant(chain, initcode(REGISTRY_DEPLOYED_BYTECODE, route))).address;
        await assert.rejects(actions.hasReturned({ ...proven, registry: other }), {
          code: 'CHAIN_REJECTED',
          message: /no contract at 0x1{40}/,
        });
      });
    });
  }

  it('its route cannot be added', async () => {
    const zero: Hex = `0x${'00'.repeat(20)}`;
    const empty = { verifier: zero, cannotReturn: CANNOT_RETURN };
    const { address } = await viem.deployRegistry(chain.wallet, empty);
    await assert.rejects(
      viem.addRoute(chain.wallet, { registry: address, verifier, cannotReturn: CANNOT_RETURN }),
      { code: 'KEY_INSECURE', message: /InsecureOnPublicChain/ },
    );
  });

  it('whatever its constructor is given, the registry of this version refuses it', () => {
    const account = chain.wallet.account.address;
    const args = [account, account, verifier, CANNOT_RETURN] as const;
    return assert.rejects(
      chain.wallet.deployContract({ abi: REGISTRY_ABI, bytecode: REGISTRY_BYTECODE, args }),
      /InsecureOnPublicChain|0xcc34e083/,
    );
  });

  it('the registry names the chains that the generator and the clients do', () => {
    const source = readFileSync(join(import.meta.dirname, '../../contracts/WattestGateway.sol'), 'utf8');
    const named = [...source.matchAll(/block\.chainid != (\d+)/g)].map(([, id]) => Number(id));
    assert.deepEqual(named, DEVELOPMENT_CHAINS);
  });
});
