/** Advices of the plugin for Hardhat. */
import type { Table } from './lib/follow.ts';

const test = 'test/hardhat/runtime.test.ts';

export const HARDHAT: Table = {
  'Run `npx hardhat wattest bind`, look at what changed, and deploy contracts that hold an id again': {
    test,
    title: 'binds, finds what is stale, and binds again',
  },
  'Call `hre.wattest.deploy(connection)` first, or name a network that stays with --network': {
    test,
    title: 'a simulated network has a deployment once one was made',
  },
  'Give it one in the configuration: accounts of networks, with `configVariable` from the keystore': {
    test,
    title: 'pays from the account that is named, which must be one of the network',
  },
  'Copy the whole address, 0x and 40 digits, again from where it stands': {
    test,
    title: 'reads addresses and kinds of its tasks strictly',
  },
  'Answer y, or give --yes where nobody is there to answer': {
    test,
    title: 'asks before it sends to a chain that is not a development one',
  },
  'Let it download …, or name one of this version in the configuration, with its path': {
    because:
      'Hardhat itself stops where it cannot have the compiler of the configuration, which the plugin adds to it',
  },
};
