/** What Hardhat loads with every configuration, whichever task is called. */
import assert from 'node:assert/strict';
import { importsOf, readSource } from '../structure/sources.ts';

describe('hardhat: what is loaded with a configuration', () => {
  it('names of tasks and values of options, nothing that does something', () => {
    const hooks = ['config', 'hre'].map((name) => `sdk/src/hardhat/hooks/${name}.ts`);
    const loaded = new Set(['sdk/src/hardhat.ts', ...hooks]);
    for (const path of loaded) {
      if (!path.startsWith('sdk/')) continue;
      // What functions import is loaded when they are called.
      const source = readSource(path).replace(/\bimport\s*\(/g, 'later(');
      for (const { to, typeOnly } of importsOf(path, source)) if (!typeOnly) loaded.add(to);
    }
    const heavy = /^(sdk\/src\/(cli|attest|kernels|machine|plonk)\/|commander$|solc$|viem|ethers$)/;
    assert.deepEqual(
      [...loaded].filter((path) => heavy.test(path)),
      ['sdk/src/cli/defaults.ts'],
    );
  });
});
