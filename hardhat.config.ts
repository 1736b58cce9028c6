import { createRequire } from 'node:module';
import hardhatEthers from '@nomicfoundation/hardhat-ethers';
import hardhatViem from '@nomicfoundation/hardhat-viem';
import { configVariable, defineConfig, type HardhatUserConfig } from 'hardhat/config';
import { CONTRACT_SETTINGS } from './sdk/src/solidity/settings.ts';

const require = createRequire(import.meta.url);

const config: HardhatUserConfig = defineConfig({
  plugins: [hardhatViem, hardhatEthers],
  solidity: {
    compilers: [
      {
        version: '0.8.37',
        // The compiler of the lock file. Without a path Hardhat would download one.
        path: require.resolve('solc/soljson.js'),
        // One place for them: Hardhat and the package have the same bytecode.
        settings: CONTRACT_SETTINGS,
      },
    ],
  },
  // The default network is EDR in this process under the osaka rules with its real code size and transaction
  // gas limits: never lift them here to make a verifier fit.
  networks: {
    default: { type: 'edr-simulated', chainType: 'l1', hardfork: 'osaka' },
    localhost: { type: 'http', chainType: 'l1', url: 'http://127.0.0.1:8545' },
    sepolia: {
      type: 'http',
      chainType: 'l1',
      url: configVariable('SEPOLIA_RPC_URL'),
      accounts: [configVariable('SEPOLIA_PRIVATE_KEY')],
    },
  },
  paths: { sources: './contracts', tests: './test', cache: './cache', artifacts: './artifacts' },
});

export default config;
