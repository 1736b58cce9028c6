import type { Command } from 'commander';
import { type CalldataFlags, printOwnerCall, requireCalldata, withCalldataOption } from '../calldata.ts';
import { connect, connectReader, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { interruptible } from '../options.ts';
import { KEY_ARGUMENT, keyOf, reportChange, requireForGood, withForGoodOption } from '../routes.ts';
import { askingFee, type SpendingFlags, withYesOption } from '../spending.ts';

interface Flags extends NetworkFlags, SpendingFlags, CalldataFlags {
  readonly forGood?: boolean;
  readonly json?: boolean;
}

/** `wattest freeze`: retires a key of the network's registry. */
export function registerFreeze(program: Command): void {
  const command = program.command('freeze').argument('<key>', KEY_ARGUMENT);
  withCalldataOption(withForGoodOption(withYesOption(withNetworkOptions(command))))
    .option('--json', 'one JSON object on standard output')
    .action(freezeCommand);
}

async function freezeCommand(key: string, flags: Flags): Promise<void> {
  requireCalldata(flags);
  const { readDeployment } = await import('../../chain/deployment-files.ts');
  const deployment = await readDeployment(flags.deployments, flags.network);
  const registry = deployment.registry.address;
  if (flags.calldata === true) {
    const reader = await connectReader(flags, deployment.chainId);
    const verifyingKey = await keyOf(reader, key, deployment);
    return printOwnerCall(reader, deployment, { act: 'freezeRoute', verifyingKey }, flags);
  }
  const client = await connect(flags, deployment.chainId);
  const verifyingKey = await keyOf(client, key, deployment);
  requireForGood(
    flags.forGood,
    `the registry at ${registry} would take no more proofs under key ${verifyingKey}`,
  );
  const { freezeRoute } = await import('../../chain/viem/actions.ts');
  const { signal, release } = interruptible();
  try {
    const limits = { maxFee: flags.maxFee, signal, ...askingFee(client.chain!.id, flags) };
    const change = await freezeRoute(client, { registry, verifyingKey, ...limits });
    reportChange({ registry, verifyingKey, state: 'frozen', change }, flags.json);
  } finally {
    release();
  }
}
