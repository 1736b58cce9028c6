import { join } from 'node:path';
import type { Command } from 'commander';
import { compileVerifier } from '../../solidity/compile.ts';
import { generateVerifier } from '../../solidity/generate.ts';
import { requireFolder, requireWritable } from '../files.ts';
import { connect, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { printJson, printTable, warn } from '../options.ts';
import { type SessionFlags, withSession, withSessionOptions } from '../session.ts';

interface Flags extends SessionFlags, NetworkFlags {
  readonly check?: boolean;
  readonly json?: boolean;
}

/** `wattest deploy`: deploys verifier and registry, or checks a deployment. */
export function registerDeploy(program: Command): void {
  withSessionOptions(
    withNetworkOptions(
      program.command('deploy').description('deploy the verifier and an attestation registry bound to it'),
    ),
  )
    .option('--check', 'deploy nothing: compare the deployment with its file and with the generator')
    .option('--json', 'one JSON object on standard output')
    .action(deployCommand);
}

async function deployCommand(flags: Flags): Promise<void> {
  const client = await connect(flags);
  const { checkDeployment, deploy } = await import('../../chain/viem/deployment.ts');
  const { readDeployment, writeDeployment } = await import('../../chain/deployment-files.ts');
  const generated = await withSession(flags, async ({ session }) => generateVerifier(session.verifyingKey));
  const contract = await compileVerifier(generated);
  if (flags.check === true) {
    const deployment = await readDeployment(flags.deployments, flags.network);
    await checkDeployment(client, { deployment, generated, contract });
    if (flags.json === true) printJson({ ok: true, ...deployment });
    else process.stdout.write(`${flags.network}: the contracts are what the file and the generator say\n`);
    return;
  }
  await requireFolder(flags.deployments);
  await requireWritable(join(flags.deployments, `${flags.network}.json`));
  const result = await deploy(client, { network: flags.network, generated, contract });
  const path = await writeDeployment(flags.deployments, result.deployment, result.inputs);
  const { deployment, verifier, registry } = result;
  if (deployment.verifier.insecure)
    warn('this verifier stands on a development SRS: its attestations prove nothing');
  if (flags.json === true) {
    printJson(deployment);
    return;
  }
  printTable([
    ['network', `${deployment.network}, chain ${deployment.chainId}`],
    ['verifier', `${verifier.address} (${verifier.gasUsed} gas)`],
    ['registry', `${registry.address} (${registry.gasUsed} gas)`],
    ['key digest', deployment.verifier.vkDigest],
    ['written', path],
  ]);
}
