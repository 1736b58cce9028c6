import { verifierOfKind } from '../../chain/deployments.ts';
import type { DeploymentPlan } from '../../chain/plan.ts';
import { checkDeployed } from '../../cli/commands/deploy.ts';
import { printTable, warn } from '../../cli/options.ts';
import { planRows } from '../../cli/spending.ts';
import { fail } from '../../errors/index.ts';
import { checksumAddress, isSameHex } from '../../solidity/abi.ts';
import { readerOf } from '../client.ts';
import { connect, onNetwork } from './network.ts';
import { type Action, shown } from './shown.ts';
import {
  addressArgument,
  confirm,
  feeArgument,
  type KindArguments,
  kindArgument,
  type PlaceArguments,
  placeArguments,
  requireAgreeable,
} from './values.ts';

interface Arguments extends KindArguments, PlaceArguments {
  readonly from?: string;
  readonly replace: boolean;
  readonly check: boolean;
  readonly maxFee?: string;
  readonly yes: boolean;
}

const deploy: Action<Arguments> = shown(async (given, hre) => {
  const kind = kindArgument(given);
  if (given.check && given.replace)
    fail('USAGE', '--check deploys nothing, --replace overwrites the file', { fix: 'Give one of them' });
  if (given.check)
    return onNetwork(hre, async ({ connection, deployment, shared }) => {
      const client = await readerOf(connection);
      await checkDeployed(client, deployment, (kinds) => Promise.all(kinds.map(shared.anew)), given);
    });
  const from = addressArgument(given.from, '--from');
  const place = placeArguments(given);
  const maxFee = feeArgument(given.maxFee);
  const connection = await connect(hre);
  try {
    const { replace } = given;
    const what = `deploy a verifier of ${kind} proofs`;
    const onPlan = (plan: DeploymentPlan): Promise<void> =>
      confirm(hre, connection, { what, rows: planRows(plan), yes: given.yes || plan.gas === 0n });
    const before = await hre.wattest.deployment(connection).catch(() => undefined);
    // What stands is not paid for.
    if (before === undefined || replace) await requireAgreeable(connection, given.yes);
    const deployment = await hre.wattest.deploy(connection, {
      kind,
      from,
      replace,
      maxFee,
      onPlan,
      ...place,
    });
    const verifier = verifierOfKind(deployment, kind)!;
    const { timelock } = deployment;
    const stood =
      before !== undefined &&
      isSameHex(before.registry.address, deployment.registry.address) &&
      verifierOfKind(before, kind)?.address === verifier.address;
    if (verifier.insecure) warn('this verifier stands on a development SRS: its attestations prove nothing');
    printTable([
      ['network', `${deployment.network}, chain ${deployment.chainId}`],
      ['verifier', `${checksumAddress(verifier.address)} of ${kind} proofs`],
      ['registry', checksumAddress(deployment.registry.address)],
      ...(timelock === undefined
        ? []
        : ([
            ['timelock', `${checksumAddress(timelock.address)}, ${timelock.minDelay} s, the owner`],
          ] as const)),
      ['key digest', verifier.vkDigest],
      [
        'sent',
        stood
          ? 'nothing: it stands, and is what the key makes'
          : (verifier.transactionHash ?? 'no verifier: it stood'),
      ],
    ]);
  } finally {
    await connection.close();
  }
});

export default deploy;
