/** Arguments that several tasks have. */
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import type { ContractKind } from '../../attest/session/contract-kinds.ts';
import { moduleFile, programOf } from '../../cli/bind/manifest-file.ts';
import { addressOf } from '../../cli/commands/deploy.ts';
import { kindOf } from '../../cli/contracts.ts';
import { declined } from '../../cli/spending.ts';
import { fail } from '../../errors/index.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { DEVELOPMENT_CHAINS } from '../../solidity/chains.ts';
import type { ManifestProgram } from '../../typed/program.ts';
import type { Connection } from '../types.ts';

export interface ValueArguments {
  readonly program: string;
  readonly input?: string;
  readonly inputFile?: string;
  readonly privateInput?: string;
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

/** A program and its module. @throws USAGE, MANIFEST_INVALID, FILE_UNREADABLE */
export async function programArgument(
  hre: HardhatRuntimeEnvironment,
  { program }: ValueArguments,
): Promise<{ readonly typed: ManifestProgram; readonly file: string }> {
  const manifest = await hre.wattest.manifest();
  const typed = programOf(manifest, program);
  return { typed, file: moduleFile(manifest, typed) };
}

/** @throws USAGE */
export function addressArgument(text: string | undefined, option: string): Hex | undefined {
  if (text === undefined) return undefined;
  try {
    return addressOf(text);
  } catch (error) {
    return fail('USAGE', `${option}: ${(error as Error).message}`, {
      fix: 'Copy the whole address, 0x and 40 digits, again from where it stands',
    });
  }
}

/**
 * Asks, by Hardhat's means, before anything is sent to a chain that is not one's own.
 * @throws ABORTED for any other answer than yes
 */
export async function confirm(
  { interruptions }: HardhatRuntimeEnvironment,
  { provider, networkName, networkConfig }: Connection,
  { what, yes }: { readonly what: string; readonly yes: boolean },
): Promise<void> {
  if (yes || networkConfig.type === 'edr-simulated') return;
  const chainId = Number(await provider.request({ method: 'eth_chainId' }));
  if (DEVELOPMENT_CHAINS.includes(chainId)) return;
  const answer = await interruptions.requestInput(
    'wattest',
    `About to ${what} on ${networkName} (chain ${chainId}). Go on? (y/N)`,
  );
  if (/^y(es)?$/i.test(answer.trim())) return;
  declined(networkName);
}
