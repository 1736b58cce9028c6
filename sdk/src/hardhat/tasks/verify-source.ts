import { environmentKey, verifySourceCommand } from '../../cli/commands/verify-source.ts';
import { DEFAULT_PAUSE, ETHERSCAN_URL, SOURCIFY_URL } from '../../cli/defaults.ts';
import { connect } from './network.ts';
import { type Action, shown } from './shown.ts';
import { pauseArgument, serviceArgument } from './values.ts';

interface Arguments {
  readonly to?: string;
  readonly sourcifyUrl?: string;
  readonly etherscanUrl?: string;
  readonly pause?: string;
}

const verifySource: Action<Arguments> = shown(async (given, hre) => {
  const { sourcifyUrl = SOURCIFY_URL, etherscanUrl = ETHERSCAN_URL } = given;
  const to = serviceArgument(given.to);
  const pause = pauseArgument(given.pause) ?? DEFAULT_PAUSE;
  const connection = await connect(hre);
  try {
    // A simulated chain has no deployment that anybody could look at.
    await hre.wattest.deployment(connection);
    const { networkName: network } = connection;
    const { deployments, etherscanApiKey } = hre.config.wattest;
    const flags = { network, deployments, sourcifyUrl, etherscanUrl, pause, ...(to && { to }) };
    await verifySourceCommand(
      flags,
      etherscanApiKey === undefined ? environmentKey : () => etherscanApiKey.get(),
    );
  } finally {
    await connection.close();
  }
});

export default verifySource;
