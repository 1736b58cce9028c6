/** What tasks there are; each is loaded when it is called. */
import { emptyTask, task } from 'hardhat/config';
import { ArgumentType } from 'hardhat/types/arguments';
import type { TaskDefinition } from 'hardhat/types/tasks';
import { formatEther } from '../../chain/port.ts';
import { DEFAULT_CONFIRMATIONS, DEFAULT_MAX_FEE, DEFAULT_PAUSE, DEFAULT_TOP } from '../../cli/defaults.ts';

const text = { type: ArgumentType.STRING_WITHOUT_DEFAULT, defaultValue: undefined } as const;
const file = { type: ArgumentType.FILE_WITHOUT_DEFAULT, defaultValue: undefined } as const;

const PROGRAMS = {
  name: 'programs' as const,
  description: 'Programs of the manifest (default: all)',
  defaultValue: [] as string[],
};
const PROGRAM = { name: 'program' as const, description: 'The program, by its name in the manifest' };
const INPUT = { name: 'input' as const, description: 'Public inputs, a JSON object', ...text };
const INPUT_FILE = { name: 'inputFile' as const, description: 'The same from a file', ...file };
const PRIVATE_INPUT = {
  name: 'privateInput' as const,
  description: 'Private inputs, from a JSON file; they stay on this machine',
  ...file,
};
const WRAP = { name: 'wrap' as const, description: 'Of small proofs, which cost less gas' };
const JOINED = { name: 'joined' as const, description: 'Of small proofs of runs that took several' };
const FROM = {
  name: 'from' as const,
  description: "The account that pays (default: the network's first)",
  ...text,
};
const MAX_FEE = {
  name: 'maxFee' as const,
  description: `Most that one transaction may cost, a number of ether (default: ${formatEther(DEFAULT_MAX_FEE)})`,
  ...text,
};
const MAX_INSTRUCTIONS = {
  name: 'maxInstructions' as const,
  description: 'Stop with an error after so many WebAssembly instructions',
  ...text,
};
const YES = { name: 'yes' as const, description: 'Do not ask before anything is sent' };

export const TASKS: TaskDefinition[] = [
  emptyTask('wattest', 'Prove WebAssembly programs and attest the proofs').build(),
  task(['wattest', 'compile'], 'Compile the sources of programs to modules')
    .addVariadicArgument(PROGRAMS)
    .setAction(() => import('./compile.ts'))
    .build(),
  task(
    ['wattest', 'bind'],
    'Write what typed programs need: bindings of the guest, modules, TypeScript, Solidity, types of hre.wattest',
  )
    .addVariadicArgument(PROGRAMS)
    .addFlag({ name: 'check', description: 'Write nothing; fail where a file is not what it would be' })
    .setAction(() => import('./bind.ts'))
    .build(),
  task(['wattest', 'prove'], 'Run a program and prove the run')
    .addPositionalArgument(PROGRAM)
    .addOption(INPUT)
    .addOption(INPUT_FILE)
    .addOption(PRIVATE_INPUT)
    .addOption({ name: 'output', description: 'The proof file to write', ...file })
    .addOption(MAX_INSTRUCTIONS)
    .addOption({
      name: 'maxMemory',
      description: 'MiB that the process should take: a run that needs more is proven in several proofs',
      ...text,
    })
    .addFlag({ name: 'wrap', description: 'Make a small proof, for less gas' })
    .addFlag({ name: 'fresh', description: 'Prove although the cache has a proof of this run' })
    .setAction(() => import('./prove.ts'))
    .build(),
  task(['wattest', 'check'], 'Run a program, then check every row against every constraint')
    .addPositionalArgument(PROGRAM)
    .addOption(INPUT)
    .addOption(INPUT_FILE)
    .addOption(PRIVATE_INPUT)
    .addOption(MAX_INSTRUCTIONS)
    .setAction(() => import('./check.ts'))
    .build(),
  task(['wattest', 'profile'], 'Run a program and say what the rows of its proof come from')
    .addPositionalArgument(PROGRAM)
    .addOption(INPUT)
    .addOption(INPUT_FILE)
    .addOption(PRIVATE_INPUT)
    .addOption({ ...MAX_INSTRUCTIONS, description: 'Only the first so many WebAssembly instructions' })
    .addOption({
      name: 'top',
      description: 'Functions to list',
      type: ArgumentType.INT,
      defaultValue: DEFAULT_TOP,
    })
    .addOption({ name: 'speedscope', description: 'Stacks for a flame-graph viewer', ...file })
    .setAction(() => import('./profile.ts'))
    .build(),
  task(['wattest', 'verifier'], 'Write the Solidity source of the verifier')
    .addOption({ name: 'output', description: 'The file to write', ...file })
    .addFlag(WRAP)
    .addFlag(JOINED)
    .setAction(() => import('./verifier.ts'))
    .build(),
  task(['wattest', 'deploy'], "Deploy the verifier with a registry, or add it to the network's deployment")
    .addFlag(WRAP)
    .addFlag(JOINED)
    .addOption(FROM)
    .addOption({ name: 'owner', description: 'Who may add kinds of proofs to a new registry', ...text })
    .addOption({ name: 'guardian', description: 'Who else may stop a key of a new registry', ...text })
    .addOption({
      name: 'timelock',
      description:
        'Deploy a timelock first, as the owner of a new registry, with this delay: 2d, 12h, 90m, seconds',
      ...text,
    })
    .addOption({
      name: 'proposer',
      description: 'Who may have the timelock do something, with commas (default: the account)',
      ...text,
    })
    .addOption({
      name: 'executor',
      description: 'Who may carry out what has waited, with commas (default: anybody)',
      ...text,
    })
    .addOption({
      name: 'salt',
      description: 'Another set of addresses, by a number; they are the same on every chain',
      ...text,
    })
    .addFlag({
      name: 'create',
      description: 'Plain transactions instead of the factory for CREATE2; addresses of this chain alone',
    })
    .addFlag({
      name: 'publishFactory',
      description: 'Publish the factory where the chain has none (0.01 of its coin)',
    })
    .addFlag({
      name: 'replace',
      description:
        'Overwrite the file of a deployment that stands; its contracts are found again, another --salt deploys anew',
    })
    .addFlag({
      name: 'check',
      description: 'Deploy nothing: compare the deployment with its file and with the generator',
    })
    .addOption(MAX_FEE)
    .addFlag(YES)
    .setAction(() => import('./deploy.ts'))
    .build(),
  task(['wattest', 'adopt'], 'Go on with a registry that Ignition deployed, compared with what the keys make')
    .addPositionalArgument({
      name: 'registry',
      description: 'Its address (default: that of the module Wattest, as Ignition wrote it down)',
      ...text,
    })
    .addFlag({ name: 'replace', description: 'Overwrite the file of another deployment of this network' })
    .setAction(() => import('./adopt.ts'))
    .build(),
  task(['wattest', 'route'], 'What the timelock that owns the registry does: add, freeze, cancel, list')
    .addPositionalArgument({
      name: 'action',
      description:
        'add: deploy a verifier and have it added; freeze: retire a key; cancel: take back what waits; list. What waits is begun by the first call and done by one after the delay',
    })
    .addPositionalArgument({
      name: 'what',
      description: 'For freeze a kind of proofs or a key, for cancel the id of the operation',
      ...text,
    })
    .addFlag(WRAP)
    .addFlag(JOINED)
    .addOption(FROM)
    .addOption({ name: 'salt', description: 'Of the verifier: another address', ...text })
    .addFlag({ name: 'forGood', description: 'With freeze, do it: nothing leads back' })
    .addFlag({
      name: 'calldata',
      description:
        'Send nothing of it: print the call that the owner has to send, where that is another account',
    })
    .addOption({
      name: 'owner',
      description: 'With --calldata, whom the registry belongs to, if it was handed over since it was made',
      ...text,
    })
    .addOption(MAX_FEE)
    .addFlag(YES)
    .setAction(() => import('./route.ts'))
    .build(),
  task(['wattest', 'verify-source'], "Give the sources of the network's deployment to explorers")
    .addOption({
      name: 'to',
      description:
        'sourcify or etherscan (default: sourcify, and etherscan where its key is known: etherscanApiKey of the configuration, or ETHERSCAN_API_KEY in the environment)',
      ...text,
    })
    .addOption({
      name: 'sourcifyUrl',
      description: 'Another server with the API of Sourcify, version 2',
      ...text,
    })
    .addOption({
      name: 'etherscanUrl',
      description: 'Another one with that of Etherscan, version 2',
      ...text,
    })
    .addOption({
      name: 'pause',
      description: `Between questions whether it is done, such as 3s; a number: milliseconds (default: ${DEFAULT_PAUSE})`,
      ...text,
    })
    .setAction(() => import('./verify-source.ts'))
    .build(),
  task(['wattest', 'attest'], "Submit a proof to the network's registry and read the record back")
    .addPositionalArgument({ name: 'proof', description: 'The proof file', type: ArgumentType.FILE })
    .addOption(FROM)
    .addFlag({
      name: 'trustVerifier',
      description:
        'Believe the deployment file that its verifier verifies; the registry is checked all the same',
    })
    .addOption({
      name: 'confirmations',
      description: 'Blocks that must stand on each other before it is done, the one of the record included',
      type: ArgumentType.INT,
      defaultValue: DEFAULT_CONFIRMATIONS,
    })
    .addFlag({
      name: 'allowInsecure',
      description: 'Submit to a verifier of a development SRS on any chain; such a record proves nothing',
    })
    .addOption(MAX_FEE)
    .addFlag(YES)
    .setAction(() => import('./attest.ts'))
    .build(),
];
