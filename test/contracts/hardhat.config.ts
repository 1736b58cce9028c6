/** Tests in Solidity: `npx hardhat --config test/contracts/hardhat.config.ts test solidity`. */

import { defineConfig, type HardhatUserConfig } from 'hardhat/config';
import { SOLC_PATH } from '../../scripts/lib/tools.ts';
import { SOLC_VERSION } from '../../sdk/src/solidity/settings.ts';

const config: HardhatUserConfig = defineConfig({
  solidity: {
    compilers: [
      {
        version: SOLC_VERSION,
        path: SOLC_PATH,
        settings: { optimizer: { enabled: true, runs: 200 }, evmVersion: 'osaka' },
      },
    ],
  },
  paths: {
    sources: './contracts',
    tests: { solidity: './test/contracts' },
    cache: './cache/solidity-tests',
    artifacts: './artifacts/solidity-tests',
  },
  test: {
    // A seed of its own and few runs: the same work in each run of the tests. More: WATTEST_FUZZ_RUNS.
    solidity: {
      fuzz: { runs: Number(process.env.WATTEST_FUZZ_RUNS ?? 64) },
      invariant: { runs: 16, depth: 32, failOnRevert: true },
    },
  },
});

export default config;
