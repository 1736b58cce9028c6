import type { Command } from 'commander';
import { checksumAddress } from '../../solidity/abi.ts';
import { requireWritable, writeText } from '../files.ts';
import { connect, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { interruptible, printTable } from '../options.ts';
import { readProof, requireDeployed } from '../proofs.ts';
import { secondsOf } from '../values.ts';

interface Flags extends NetworkFlags {
  readonly output?: string;
  readonly lifetime: number;
  readonly allowInsecure?: boolean;
}

/** `wattest sign`: a signature (EIP-712) with which anyone may submit a proof, for `wattest attest --signature`. */
export function registerSign(program: Command): void {
  withNetworkOptions(program.command('sign').argument('<proof>', 'the proof file'))
    .option('-o, --output <file>', 'the file to write; default: standard output')
    .option(
      '--lifetime <time>',
      'for how long the signature is good (7d, 12h, 30m; a number: seconds); it is used once',
      secondsOf,
      3600,
    )
    .option('--allow-insecure', 'also for a verifier of a development SRS on a chain that is none')
    .action(signCommand);
}

async function signCommand(path: string, flags: Flags): Promise<void> {
  const { output, lifetime, allowInsecure } = flags;
  const { document, file } = await readProof(path);
  if (output !== undefined) await requireWritable(output, file);
  const { readDeployment } = await import('../../chain/deployment-files.ts');
  const deployment = await readDeployment(flags.deployments, flags.network);
  requireDeployed(document, deployment, file);
  const client = await connect(flags, deployment.chainId);
  const { checkRegistry, signAttestation } = await import('../../chain/viem/actions.ts');
  const { formatSignature } = await import('../../chain/signatures.ts');
  const { signal, release } = interruptible();
  try {
    // A signature is for this registry alone, so what its verifiers are worth is for whoever submits to look at; whether this key was stopped,
    // the action asks.
    await checkRegistry(client, { deployment, allowStopped: true });
    const registry = deployment.registry.address;
    const parameters = { ...document, registry, lifetime, allowInsecure, signal };
    const signed = await signAttestation(client, parameters);
    const text = formatSignature(signed);
    if (output === undefined) {
      process.stdout.write(text);
      return;
    }
    await writeText(output, text);
    printTable([
      ['signature', output],
      ['by', signed.submitter],
      ['statement', signed.statementHash],
      ['registry', `${checksumAddress(signed.registry)}, chain ${signed.chainId}`],
      ['until', new Date(Number(signed.deadline) * 1000).toISOString()],
    ]);
  } finally {
    release();
  }
}
