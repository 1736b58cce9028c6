import hardhatKeystore from '@nomicfoundation/hardhat-keystore';
import hardhatMocha from '@nomicfoundation/hardhat-mocha';
import hardhatViem from '@nomicfoundation/hardhat-viem';
import { configVariable, defineConfig } from 'hardhat/config';
import wattest from 'wattest/hardhat';

export default defineConfig({
  plugins: [hardhatKeystore, hardhatMocha, hardhatViem, wattest],
  solidity: {
    version: '0.8.37',
    settings: { optimizer: { enabled: true }, evmVersion: 'osaka' },
    // For tests without proofs.
    npmFilesToBuild: ['wattest/contracts/mocks/MockRegistry.sol'],
  },
  networks: {
    sepolia: {
      type: 'http',
      chainType: 'l1',
      url: configVariable('SEPOLIA_RPC_URL'),
      accounts: [configVariable('SEPOLIA_PRIVATE_KEY')],
    },
  },
});
