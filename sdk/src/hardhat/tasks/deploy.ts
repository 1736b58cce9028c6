import { verifierOfKind } from '../../chain/deployments.ts';
import { printTable, warn } from '../../cli/options.ts';
import { isSameHex } from '../../solidity/abi.ts';
import { type Action, shown } from './shown.ts';
import { addressArgument, confirm, type KindArguments, kindArgument } from './values.ts';

interface Arguments extends KindArguments {
  readonly from?: string;
  readonly owner?: string;
  readonly guardian?: string;
  readonly replace: boolean;
  readonly yes: boolean;
}

const deploy: Action<Arguments> = shown(async (given, hre) => {
  const kind = kindArgument(given);
  const from = addressArgument(given.from, '--from');
  const owner = addressArgument(given.owner, '--owner');
  const guardian = addressArgument(given.guardian, '--guardian');
  const connection = await hre.network.create();
  try {
    await confirm(hre, connection, { what: `deploy a verifier of ${kind} proofs`, yes: given.yes });
    const { replace } = given;
    const before = await hre.wattest.deployment(connection).catch(() => undefined);
    const deployment = await hre.wattest.deploy(connection, { kind, from, owner, guardian, replace });
    const verifier = verifierOfKind(deployment, kind)!;
    const stood =
      before !== undefined &&
      isSameHex(before.registry.address, deployment.registry.address) &&
      verifierOfKind(before, kind)?.address === verifier.address;
    if (verifier.insecure) warn('this verifier stands on a development SRS: its attestations prove nothing');
    printTable([
      ['network', `${deployment.network}, chain ${deployment.chainId}`],
      ['verifier', `${verifier.address} of ${kind} proofs`],
      ['registry', deployment.registry.address],
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
