import { type Command, Option } from 'commander';
import { inputPath, readDeployment } from '../../chain/deployment-files.ts';
import type { DeployedContract } from '../../chain/deployments.ts';
import { inputName } from '../../chain/describe.ts';
import { fail } from '../../errors/index.ts';
import { DEVELOPMENT_CHAINS } from '../../solidity/chains.ts';
import { DEFAULT_PAUSE, DEPLOYMENTS_FOLDER, ETHERSCAN_URL, SOURCIFY_URL } from '../defaults.ts';
import { readInput, SERVICES, type Service, type ServiceName, submitSource } from '../explorers.ts';
import { readText } from '../files.ts';
import { interruptible, printJson, printTable } from '../options.ts';
import { millisecondsOf } from '../values.ts';

interface Flags {
  readonly network: string;
  readonly deployments: string;
  readonly to?: ServiceName;
  readonly sourcifyUrl: string;
  readonly etherscanUrl: string;
  readonly pause: number;
  readonly json?: boolean;
}

/** `wattest verify-source`: gives the sources of a deployment to explorers. */
export function registerVerifySource(program: Command): void {
  program
    .command('verify-source')
    .requiredOption('--network <name>', 'the network of the deployment (required)')
    .option('--deployments <folder>', 'folder of the deployment files', DEPLOYMENTS_FOLDER)
    .addOption(
      new Option(
        '--to <service>',
        'one of them; default: sourcify, and etherscan where ETHERSCAN_API_KEY is set',
      ).choices(SERVICES),
    )
    .option('--sourcify-url <url>', 'another server with the API of Sourcify, version 2', SOURCIFY_URL)
    .option('--etherscan-url <url>', 'another one with that of Etherscan, version 2', ETHERSCAN_URL)
    .option(
      '--pause <time>',
      'between questions whether it is done, such as 3s; a number: milliseconds',
      millisecondsOf,
      DEFAULT_PAUSE,
    )
    .option('--json', 'one JSON object on standard output')
    .action((flags: Flags) => verifySourceCommand(flags, environmentKey));
}

/** Many times what the largest input has. */
const MOST_BYTES = 2 ** 23;

/** Etherscan's key; empty where there is none. */
export async function environmentKey(): Promise<string> {
  return process.env['ETHERSCAN_API_KEY'] ?? '';
}

/** @param readKey Etherscan's key, or an empty text: asked where Etherscan may be, and shown nowhere */
export async function verifySourceCommand(flags: Flags, readKey: () => Promise<string>): Promise<void> {
  const { deployments: folder, network } = flags;
  const { chainId, registry, verifiers, timelock } = await readDeployment(folder, network);
  const isOwn = flags.sourcifyUrl !== SOURCIFY_URL || flags.etherscanUrl !== ETHERSCAN_URL;
  if (DEVELOPMENT_CHAINS.includes(chainId) && !isOwn) {
    fail('USAGE', `chain ${chainId} is on your machine alone, where nobody else can look`, {
      fix: 'Verify the sources of a public chain, or name a server of your own (--sourcify-url)',
    });
  }
  const contracts: (readonly [string, DeployedContract])[] = [
    ...verifiers.map((each) => [inputName(each.contract, each.kind), each] as const),
    [registry.contract, registry],
    ...(timelock === undefined ? [] : ([[timelock.contract, timelock]] as const)),
  ];
  const sources = await Promise.all(
    contracts.map(async ([name, contract]) => {
      const path = inputPath(folder, network, name);
      const input = await readText(
        path,
        'Restore the file from version control, or deploy again',
        MOST_BYTES,
      );
      return { name, chainId, contract, ...readInput(input, path) };
    }),
  );
  const { signal, release } = interruptible();
  const results: { contract: string; address: string; service: string; outcome: string }[] = [];
  try {
    for (const service of await servicesOf(flags, readKey, signal)) {
      for (const { name, ...source } of sources) {
        process.stderr.write(`${service.name}: ${name} at ${source.contract.address}\n`);
        const outcome = await submitSource(service, source);
        results.push({ contract: name, address: source.contract.address, service: service.name, outcome });
      }
    }
  } finally {
    release();
  }
  if (flags.json === true) printJson({ network, chainId, results });
  else
    printTable(
      results.map(({ contract, service, outcome, address }) => [
        contract,
        `${outcome} by ${service}, ${address}`,
      ]),
    );
}

/** @throws USAGE for Etherscan without a key */
async function servicesOf(
  { to, sourcifyUrl, etherscanUrl, pause }: Flags,
  readKey: () => Promise<string>,
  signal: AbortSignal,
): Promise<readonly Service[]> {
  const key = to === 'sourcify' ? '' : await readKey();
  if (to === 'etherscan' && key === '') {
    fail('USAGE', 'Etherscan takes nothing without a key', {
      fix: 'Set ETHERSCAN_API_KEY (it is never taken from the command line), or verify with Sourcify alone',
    });
  }
  const bare = (url: string): string => url.replace(/\/+$/, '');
  return [
    ...(to === 'etherscan' ? [] : [{ name: 'sourcify' as const, url: bare(sourcifyUrl), pause, signal }]),
    ...(key === '' ? [] : [{ name: 'etherscan' as const, url: bare(etherscanUrl), key, pause, signal }]),
  ];
}
