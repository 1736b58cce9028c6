import assert from 'node:assert/strict';
import * as chains from 'viem/chains';
import { chainIdsOf } from '../../sdk/src/cli/chains.ts';
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
