import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HardhatRuntimeEnvironment } from 'hardhat/types/hre';
import { readText } from '../../cli/files.ts';
import { printTable, warn } from '../../cli/options.ts';
import { fail } from '../../errors/index.ts';
import { Reader } from '../../json/reader.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { checksumAddress } from '../../solidity/abi.ts';
import { chainIdOf } from '../client.ts';
import type { Connection } from '../types.ts';
import { connect } from './network.ts';
import { type Action, shown } from './shown.ts';
import { addressArgument } from './values.ts';

interface Arguments {
  readonly registry?: string;
  readonly replace: boolean;
}

const adopt: Action<Arguments> = shown(async ({ registry: named, replace }, hre) => {
  const given = addressArgument(named, 'REGISTRY');
  const connection = await connect(hre);
  try {
    const registry = given ?? (await registryOfIgnition(hre, connection));
    const roles: [role: string, address: string][] = [];
    const { network, chainId, verifiers } = await hre.wattest.adopt(connection, {
      registry,
      replace,
      onRoles: ({ owner, guardian }) => void roles.push(['owner', owner], ['guardian', guardian]),
    });
    if (verifiers.some(({ insecure }) => insecure))
      warn('this verifier stands on a development SRS: its attestations prove nothing');
    printTable([
      ['network', `${network}, chain ${chainId}`],
      ['registry', checksumAddress(registry)],
      // Whoever made it may be somebody else, who adds keys of their own later.
      ...roles,
      ['verifiers', verifiers.map(({ kind, address }) => `${checksumAddress(address)} of ${kind} proofs`)],
    ]);
  } finally {
    await connection.close();
  }
});

/** Far above what the addresses of a project take. */
const MOST_BYTES = 2 ** 20;
/** The registry of the module that `wattestModule` makes, by Ignition's name for it. */
const REGISTRY = 'Wattest#AttestationRegistry';
const FIX =
  'Deploy the module with `npx hardhat ignition deploy` first, or name the registry: `npx hardhat wattest adopt ADDRESS`';

/** What Ignition wrote down of the module `Wattest` on this chain. @throws DEPLOYMENT_INVALID, FILE_UNREADABLE */
async function registryOfIgnition(
  { config: { paths } }: HardhatRuntimeEnvironment,
  connection: Connection,
): Promise<Hex> {
  // Ignition's plugin resolves its folder there.
  const { ignition = join(paths.root, 'ignition') } = paths as { readonly ignition?: string };
  const chain = `chain-${await chainIdOf(connection)}`;
  const path = join(ignition, 'deployments', chain, 'deployed_addresses.json');
  const errors = { code: 'DEPLOYMENT_INVALID', fix: FIX } as const;
  if (!existsSync(path))
    fail(errors.code, 'Ignition has deployed nothing on this chain', { where: path, fix: FIX });
  const addresses = Reader.parse(await readText(path, FIX, MOST_BYTES), path, errors);
  return addresses
    .at(REGISTRY)
    .take<Hex>((value) => typeof value === 'string' && /^0x[\da-f]{40}$/i.test(value), 'is not an address');
}

export default adopt;
