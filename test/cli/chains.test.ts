import assert from 'node:assert/strict';
import * as chains from 'viem/chains';
import { chainIdsOf } from '../../sdk/src/cli/chains.ts';
import { unguardedRegistry } from '../../sdk/src/cli/commands/deploy.ts';
import { DEVELOPMENT_CHAINS } from '../../sdk/src/solidity/chains.ts';

describe('chain ids of network names', () => {
  it('are those that a client library has', () => {
    const { mainnet, sepolia, holesky, hoodi, optimism, optimismSepolia, base, baseSepolia } = chains;
    const { arbitrum, arbitrumSepolia, polygon, gnosis, bsc, avalanche, linea, scroll } = chains;
    const expected = {
      mainnet,
      ethereum: mainnet,
      sepolia,
      holesky,
      hoodi,
      optimism,
      'optimism-sepolia': optimismSepolia,
      base,
      'base-sepolia': baseSepolia,
      arbitrum,
      'arbitrum-sepolia': arbitrumSepolia,
      polygon,
      gnosis,
      bsc,
      avalanche,
      linea,
      scroll,
    };
    for (const [name, { id }] of Object.entries(expected)) {
      assert.deepEqual(chainIdsOf(name), [id], name);
      assert.deepEqual(chainIdsOf(name.toUpperCase()), [id]);
      assert.ok(!DEVELOPMENT_CHAINS.includes(id));
    }
  });

  it('are unknown of other names, and of local ones those of development', () => {
    for (const name of ['home', 'toString', '__proto__', 'mainnet-2', ''])
      assert.equal(chainIdsOf(name), undefined);
    assert.deepEqual(chainIdsOf('localhost'), DEVELOPMENT_CHAINS);
  });
});

describe('owner and guardian of a new registry', () => {
  const account = '0x5FbDB2315678afecb367f032d93F642f64180aa3';
  const other = '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512';
  const lower = account.toLowerCase() as typeof account;
  const sepolia = 11_155_111;

  it('are warned of where they are the account that deploys, in whatever spelling', () => {
    const owner = { guardian: other } as const;
    assert.match(unguardedRegistry(sepolia, account, {})!, /is owner and guardian of .* accepts anything/);
    assert.match(unguardedRegistry(sepolia, account, owner)!, /is owner of .* accepts anything/);
    assert.match(unguardedRegistry(sepolia, account, { owner: other })!, /is guardian of .* stop every key/);
    const spelled = { owner: lower, guardian: other } as const;
    assert.match(unguardedRegistry(sepolia, account, spelled)!, /is owner of/);
  });

  it('are nobody else’s business on a development chain, nor where both are others', () => {
    for (const chain of DEVELOPMENT_CHAINS) assert.equal(unguardedRegistry(chain, account, {}), undefined);
    assert.equal(unguardedRegistry(sepolia, account, { owner: other, guardian: other }), undefined);
  });
});
