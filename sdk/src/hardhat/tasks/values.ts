/** Arguments that several tasks have. */
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import type { ContractKind } from '../../attest/session/contract-kinds.ts';
import { moduleFile, programOf } from '../../cli/bind/manifest-file.ts';
import { kindOf } from '../../cli/contracts.ts';
import { SERVICES, type ServiceName } from '../../cli/explorers.ts';
import { positiveNumber, printTable, type TableValue } from '../../cli/options.ts';
import { declined, requireConfirmable } from '../../cli/spending.ts';
import {
  addressesOf,
  addressOf,
  millisecondsOf,
  saltOf,
  secondsOf,
  weiOf,
  wordOf,
} from '../../cli/values.ts';
import { fail } from '../../errors/index.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { DEVELOPMENT_CHAINS } from '../../solidity/chains.ts';
import type { ManifestProgram } from '../../typed/program.ts';
import { chainIdOf } from '../client.ts';
import type { Connection, DeploySettings } from '../types.ts';

export interface ValueArguments {
  readonly program: string;
  readonly input?: string;
  readonly inputFile?: string;
  readonly privateInput?: string;
  readonly maxInstructions?: string;
}

export interface KindArguments {
  readonly wrap: boolean;
  readonly joined: boolean;
}

/** @throws USAGE for both */
export function kindArgument(given: KindArguments): ContractKind {
  if (given.wrap && given.joined)
    fail('USAGE', '--wrap and --joined are two kinds of proofs', { fix: 'Give one of them' });
  return kindOf(given);
}

/** A program's module, and what the command of the task's name is given. @throws USAGE, MANIFEST_INVALID, FILE_UNREADABLE */
export async function programArgument<A extends ValueArguments>(
  hre: HardhatRuntimeEnvironment,
  { maxInstructions, ...given }: A,
): Promise<{
  readonly file: string;
  readonly flags: Omit<A, 'maxInstructions'> & {
    readonly typed: ManifestProgram;
    readonly maxInstructions?: number;
  };
}> {
  const most = countArgument(maxInstructions, '--max-instructions');
  const manifest = await hre.wattest.manifest();
  const typed = programOf(manifest, given.program);
  const limit = most === undefined ? {} : { maxInstructions: most };
  return { file: moduleFile(manifest, typed), flags: { ...given, ...limit, typed } };
}

/** As the command reads an option. @throws USAGE */
function read<T>(
  text: string | undefined,
  option: string,
  { parse, fix }: { readonly parse: (text: string) => T; readonly fix: string },
): T | undefined {
  if (text === undefined) return undefined;
  try {
    return parse(text);
  } catch (error) {
    return fail('USAGE', `${option}: ${(error as Error).message}`, { fix });
  }
}

const COPY = 'Copy the whole address, 0x and 40 digits, again from where it stands';
const DESCRIBED = 'Give it as the help of the task describes it (--help)';

/** @throws USAGE */
export function addressArgument(text: string | undefined, option: string): Hex | undefined {
  return read(text, option, { parse: addressOf, fix: COPY });
}

/** A whole number of at least one. @throws USAGE */
export function countArgument(text: string | undefined, option: string): number | undefined {
  return read(text, option, { parse: positiveNumber, fix: DESCRIBED });
}

/** In milliseconds. @throws USAGE */
export function pauseArgument(text: string | undefined): number | undefined {
  return read(text, '--pause', { parse: millisecondsOf, fix: DESCRIBED });
}

/** The id of what a timelock is to do. @throws USAGE */
export function operationArgument(text: string): Hex | undefined {
  return read(text, 'ID', { parse: wordOf, fix: DESCRIBED });
}

/** @throws USAGE */
export function saltArgument(text: string | undefined): Hex | undefined {
  return read(text, '--salt', { parse: saltOf, fix: DESCRIBED });
}

/** @throws USAGE for another than the two */
export function serviceArgument(text: string | undefined): ServiceName | undefined {
  return read(text, '--to', { parse: serviceOf, fix: DESCRIBED });
}

function serviceOf(text: string): ServiceName {
  const service = SERVICES.find((name) => name === text);
  if (service === undefined) throw new Error(`It is neither ${SERVICES.join(' nor ')}`);
  return service;
}

/** In wei. @throws USAGE */
export function feeArgument(text: string | undefined): bigint | undefined {
  return read(text, '--max-fee', { parse: weiOf, fix: DESCRIBED });
}

/** Where contracts come to stand, and whose they are. */
export interface PlaceArguments {
  readonly owner?: string;
  readonly guardian?: string;
  readonly timelock?: string;
  readonly proposer?: string;
  readonly executor?: string;
  readonly salt?: string;
  readonly create: boolean;
  readonly publishFactory: boolean;
}

/** @throws USAGE for values that are none, and for those that exclude each other */
export function placeArguments(
  given: PlaceArguments,
): Pick<DeploySettings, 'owner' | 'guardian' | 'timelock' | 'salt' | 'publishFactory'> {
  const { create, publishFactory } = given;
  const salt = saltArgument(given.salt);
  if (create && (salt !== undefined || publishFactory))
    fail('USAGE', '--create does without the factory that --salt and --publish-factory are about', {
      fix: 'Give one of them',
    });
  const [proposers, executors] = (['proposer', 'executor'] as const).map((name) =>
    read(given[name], `--${name}`, { parse: addressesOf, fix: COPY }),
  );
  const minDelay = read(given.timelock, '--timelock', { parse: secondsOf, fix: DESCRIBED });
  if (minDelay === undefined && (proposers ?? executors) !== undefined)
    fail('USAGE', '--proposer and --executor are of a timelock', { fix: 'Give its delay: --timelock 2d' });
  if (minDelay !== undefined && given.owner !== undefined)
    fail('USAGE', '--timelock and --owner both name the owner', { fix: 'Give one of them' });
  return {
    owner: addressArgument(given.owner, '--owner'),
    guardian: addressArgument(given.guardian, '--guardian'),
    timelock: minDelay === undefined ? undefined : { minDelay, proposers, executors },
    salt: create ? null : salt,
    // Left out it is what suits the chain.
    publishFactory: publishFactory || undefined,
  };
}

/**
 * Before anything takes time for what nobody will be there to agree to.
 * @returns the chain's id, and whether its coins are worth nothing
 * @throws CONFIRMATION_MISSING where coins of a public chain are spent, without a terminal and without `yes`
 */
export async function requireAgreeable(
  connection: Connection,
  yes: boolean,
): Promise<{ readonly chainId: number; readonly isOwn: boolean }> {
  const { networkName } = connection;
  const chainId = await chainIdOf(connection);
  const isOwn = await isOwnChain(connection, chainId);
  requireConfirmable(chainId, { network: networkName, yes }, isOwn);
  return { chainId, isOwn };
}

/** The third is what Hardhat's node in a container says of itself; whoever connects to it comes no further than this machine. */
const THIS_MACHINE: readonly string[] = ['localhost', '127.0.0.1', '0.0.0.0', '[::1]'];

/**
 * Hardhat signs for the chain that the endpoint names when it is asked again, so that it calls itself a development chain is not enough of an endpoint
 * elsewhere: the configuration has to say so too.
 */
async function isOwnChain({ networkConfig }: Connection, chainId: number): Promise<boolean> {
  if (networkConfig.type === 'edr-simulated') return true;
  if (!DEVELOPMENT_CHAINS.includes(chainId)) return false;
  if (networkConfig.chainId === chainId) return true;
  return THIS_MACHINE.includes(new URL(await networkConfig.url.getUrl()).hostname);
}

/**
 * Shows what it costs and asks, by Hardhat's means, before anything is sent to a chain that is not one's own.
 * @throws CONFIRMATION_MISSING where nobody can be asked, ABORTED for any other answer than yes
 */
export async function confirm(
  { interruptions }: HardhatRuntimeEnvironment,
  connection: Connection,
  {
    what,
    rows,
    yes,
  }: {
    readonly what: string;
    readonly rows: readonly (readonly [label: string, value: TableValue])[];
    readonly yes: boolean;
  },
): Promise<void> {
  const { networkName, networkConfig } = connection;
  if (networkConfig.type === 'edr-simulated') return;
  printTable(rows, process.stderr);
  const { chainId, isOwn } = await requireAgreeable(connection, yes);
  if (yes || isOwn) return;
  const answer = await interruptions.requestInput(
    'wattest',
    `About to ${what} on ${networkName} (chain ${chainId}). Go on? (y/N)`,
  );
  if (/^y(es)?$/i.test(answer.trim())) return;
  declined(networkName);
}
