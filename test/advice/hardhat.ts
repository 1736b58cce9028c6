/** Advices of the plugin for Hardhat. */
import type { Elsewhere, Table } from './lib/follow.ts';

const test = 'test/hardhat/runtime.test.ts';
const networks = 'test/hardhat/networks.test.ts';
const IGNITION: Elsewhere = {
  test: 'test/hardhat/ignition.test.ts',
  title: 'is not adopted where it is not what the keys make, or cannot be checked',
};

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
  'Give 1 or more: the block of the record counts': {
    test,
    title: 'shows errors of its tasks as those of a plugin',
  },
  "Leave out --…, change it by the registry's functions, or deploy anew with --replace": {
    test: networks,
    title: 'a deployment is a file, which the next process finds, checks and does not pay for again',
  },
  'Leave out --salt, or deploy anew with --replace': {
    test,
    title: 'with `replace` leaves nothing of a simulated chain, unless a salt is given',
  },
  'Give it as the help of the task describes it (--help)': {
    test,
    title: 'reads where contracts come to stand, and whose they are, as the command does',
  },
  'Go on with that one, or overwrite the file with --replace': {
    test: networks,
    title: 'goes on with a registry that something else deployed, and forgets none without being told',
  },
  'Deploy with the release, SRS and limits that this project has': IGNITION,
  'Adopt a deployment soon after it was made, or use an endpoint with the state of old blocks': IGNITION,
  "Deploy it by Ignition's strategy `basic`: what a factory made cannot be checked by its transaction":
    IGNITION,
  'Leave `kinds` out, or name one': IGNITION,
  'Deploy the module with `npx hardhat ignition deploy` first, or name the registry: `npx hardhat wattest adopt ADDRESS`':
    {
      test: 'test/hardhat/tasks.test.ts',
      title: 'goes on with what Ignition deployed, found where Ignition wrote it down',
    },
  'Let it download …, or name one of this version in the configuration, with its path': {
    because:
      'Hardhat itself stops where it cannot have the compiler of the configuration, which the plugin adds to it',
  },
};
