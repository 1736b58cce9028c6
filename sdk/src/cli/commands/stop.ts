import type { Command } from 'commander';
import type { ProofDocument } from '../../attest/proof/document.ts';
import type { ChangeResult, StopRouteParameters } from '../../chain/calls.ts';
import type { WalletClient } from '../../chain/viem/port.ts';
import { fail } from '../../errors/index.ts';
import { type CalldataFlags, printOwnerCall, requireCalldata, withCalldataOption } from '../calldata.ts';
import { connect, connectReader, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { interruptible } from '../options.ts';
import { readProof } from '../proofs.ts';
import { KEY_ARGUMENT, keyOf, reportChange, requireForGood, withForGoodOption } from '../routes.ts';
import { askingFee, type SpendingFlags, withYesOption } from '../spending.ts';

interface Flags extends NetworkFlags, SpendingFlags, CalldataFlags {
  readonly proof?: string;
  readonly forGood?: boolean;
  readonly json?: boolean;
}

/** `wattest stop`: stops a key of the network's registry, as owner or guardian, or by a proof that it is broken. */
export function registerStop(program: Command): void {
  const command = program.command('stop').argument('[key]', KEY_ARGUMENT);
  withCalldataOption(withForGoodOption(withYesOption(withNetworkOptions(command))), ['proof'])
    .option(
      '--proof <file>',
      'a proof that the program returned which cannot (of `wattest record`): any account may stop the key of such a proof',
    )
    .option('--json', 'one JSON object on standard output')
    .action(stopCommand);
}

async function stopCommand(key: string | undefined, flags: Flags): Promise<void> {
  if ((key === undefined) === (flags.proof === undefined)) {
    fail('USAGE', 'either a key is stopped, by owner or guardian, or that of a proof, by anyone', {
      fix: 'Give a key, or --proof FILE',
    });
  }
  requireCalldata(flags);
  const document = flags.proof === undefined ? undefined : (await readProof(flags.proof)).document;
  const { readDeployment } = await import('../../chain/deployment-files.ts');
  const deployment = await readDeployment(flags.deployments, flags.network);
  const registry = deployment.registry.address;
  if (flags.calldata === true) {
    const reader = await connectReader(flags, deployment.chainId);
    const verifyingKey = await keyOf(reader, key!, deployment);
    return printOwnerCall(reader, deployment, { act: 'stopRoute', verifyingKey }, flags);
  }
  const client = await connect(flags, deployment.chainId);
  const verifyingKey = document?.verifyingKey ?? (await keyOf(client, key!, deployment));
  requireForGood(
    flags.forGood,
    `what the registry at ${registry} has on record under key ${verifyingKey} would count for nothing`,
  );
  const { signal, release } = interruptible();
  try {
    const limits = { maxFee: flags.maxFee, signal, ...askingFee(client.chain!.id, flags) };
    const change = await stop(client, { registry, verifyingKey, ...limits }, document);
    reportChange({ registry, verifyingKey, state: 'stopped', change }, flags.json);
  } finally {
    release();
  }
}

async function stop(
  client: WalletClient,
  parameters: StopRouteParameters,
  document: ProofDocument | undefined,
): Promise<ChangeResult> {
  const { stopByProof, stopRoute } = await import('../../chain/viem/actions.ts');
  return document === undefined
    ? stopRoute(client, parameters)
    : stopByProof(client, { ...document, ...parameters });
}
