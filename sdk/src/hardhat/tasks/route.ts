import type { TransactionCost } from '../../chain/port.ts';
import { answerRoute, isRouteQuestion, requireRoute, routeAction } from '../../cli/commands/route.ts';
import { DEFAULT_MAX_FEE } from '../../cli/defaults.ts';
import { interruptible } from '../../cli/options.ts';
import { formatCost } from '../../cli/spending.ts';
import { clientOf, readerOf } from '../client.ts';
import { onNetwork } from './network.ts';
import { type Action, shown } from './shown.ts';
import {
  addressArgument,
  confirm,
  feeArgument,
  type KindArguments,
  kindArgument,
  operationArgument,
  saltArgument,
} from './values.ts';

interface Arguments extends KindArguments {
  readonly action: string;
  readonly what?: string;
  readonly from?: string;
  readonly salt?: string;
  readonly maxFee?: string;
  readonly forGood: boolean;
  readonly calldata: boolean;
  readonly owner?: string;
  readonly yes: boolean;
}

const route: Action<Arguments> = shown(async (given, hre) => {
  const { action, what } = given;
  const owner = addressArgument(given.owner, '--owner');
  requireRoute(action, what, { calldata: given.calldata, owner });
  kindArgument(given);
  if (action === 'cancel') operationArgument(what!);
  const flags = { ...given, owner, salt: saltArgument(given.salt) };
  const maxFee = feeArgument(given.maxFee) ?? DEFAULT_MAX_FEE;
  const from = addressArgument(given.from, '--from');
  await onNetwork(hre, async ({ connection, deployment, shared }) => {
    if (isRouteQuestion(action, given))
      return answerRoute({ client: await readerOf(connection), deployment }, action, what, flags);
    const client = await clientOf(connection, from);
    const { signal, release } = interruptible();
    const onFee = (cost: TransactionCost): Promise<void> =>
      confirm(hre, connection, {
        what: `${action} a route of ${deployment.registry.address}`,
        rows: [['cost', formatCost(cost, deployment.chainId)]],
        yes: given.yes,
      });
    const folder = hre.config.wattest.deployments;
    const sending = { maxFee, signal, onFee };
    const work = { client, deployment, folder, sending, make: shared.verifier };
    await routeAction(work, action, what, flags).finally(release);
  });
});

export default route;
