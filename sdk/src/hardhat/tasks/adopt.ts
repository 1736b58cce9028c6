import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import { readText } from '../../cli/files.ts';
import { printTable, warn } from '../../cli/options.ts';
import { fail } from '../../errors/index.ts';
import { parseJson } from '../../json/reader.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { checksumAddress } from '../../solidity/abi.ts';
import { clientOf } from '../client.ts';
import type { Connection } from '../types.ts';
import { type Action, shown } from './shown.ts';
import { addressArgument } from './values.ts';

interface Arguments {
  readonly registry?: string;
  readonly replace: boolean;
}

const adopt: Action<Arguments> = shown(async ({ registry: named, replace }, hre) => {
  const given = addressArgument(named, 'REGISTRY');
  const connection: Connection = await hre.network.create();
  try {
    const registry = given ?? (await registryOfIgnition(hre, connection));
    const { network, chainId, verifiers } = await hre.wattest.adopt(connection, { registry, replace });
    const { readRegistry } = await import('../../chain/viem/actions.ts');
    const { owner, guardian } = await readRegistry(await clientOf(connection), { registry });
    if (verifiers.some(({ insecure }) => insecure))
      warn('this verifier stands on a development SRS: its attestations prove nothing');
    printTable([
      ['network', `${network}, chain ${chainId}`],
      ['registry', checksumAddress(registry)],
      // Whoever made it may be somebody else, who adds keys of their own later.
      ['owner', owner],
      ['guardian', guardian],
      ['verifiers', verifiers.map(({ kind, address }) => `${checksumAddress(address)} of ${kind} proofs`)],
    ]);
  } finally {
    await connection.close();
  }
});

/** Far above what the addresses of a project take. */
const MOST_BYTES = 2 ** 20;
const FIX =
  'Deploy the module with `npx hardhat ignition deploy` first, or name the registry: `npx hardhat wattest adopt ADDRESS`';

/** What Ignition wrote down of the module `Wattest` on this chain. @throws DEPLOYMENT_INVALID, FILE_UNREADABLE */
async function registryOfIgnition(
  { config: { paths } }: HardhatRuntimeEnvironment,
  { provider }: Connection,
): Promise<Hex> {
  const chainId = Number(await provider.request({ method: 'eth_chainId' }));
  // Ignition's plugin resolves its folder there.
  const { ignition = join(paths.root, 'ignition') } = paths as { readonly ignition?: string };
  const path = join(ignition, 'deployments', `chain-${chainId}`, 'deployed_addresses.json');
  const refuse = (problem: string): never => fail('DEPLOYMENT_INVALID', problem, { where: path, fix: FIX });
  if (!existsSync(path)) refuse('Ignition has deployed nothing on this chain');
  let addresses: unknown;
  try {
    addresses = parseJson(await readText(path, FIX, MOST_BYTES));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    refuse('it is not JSON');
  }
  const address = (addresses as Readonly<Record<string, unknown>> | null)?.['Wattest#AttestationRegistry'];
  if (typeof address !== 'string' || !/^0x[\da-f]{40}$/i.test(address))
    return refuse('it names no registry of the module Wattest');
  return address as Hex;
}

export default adopt;
