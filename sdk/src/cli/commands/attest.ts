import type { Command } from 'commander';
import { readProofDocument } from '../../attest/document.ts';
import { fail } from '../../errors/index.ts';
import { describeStatus } from '../../machine/status.ts';
import { readText } from '../files.ts';
import { statusJson } from '../format.ts';
import { connect, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { printJson, printTable, warn } from '../options.ts';

interface Flags extends NetworkFlags {
  readonly json?: boolean;
}

/** `wattest attest`: submits a proof to the network's registry and reads the attestation back. */
export function registerAttest(program: Command): void {
  withNetworkOptions(
    program
      .command('attest')
      .description("submit a proof to the network's registry and read the attestation back")
      .argument('<proof>', 'the proof file'),
  )
    .option('--json', 'one JSON object on standard output')
    .action(attestCommand);
}

async function attestCommand(file: string, flags: Flags): Promise<void> {
  const document = readProofDocument(await readText(file), file);
  const { readDeployment } = await import('../../chain/deployment-files.ts');
  const { verifier, registry, chainId } = await readDeployment(flags.deployments, flags.network);
  if (verifier.vkDigest !== document.verifyingKey) {
    fail(
      'PROOF_FOREIGN_KEY',
      `the proof is for key ${document.verifyingKey}, ${flags.network} has ${verifier.vkDigest}`,
      {
        where: file,
        fix: 'Deploy the verifier of this key, or prove with the release, SRS and limits of the deployed one',
      },
    );
  }
  const client = await connect(flags);
  if (client.chain?.id !== chainId) {
    fail(
      'DEPLOYMENT_MISMATCH',
      `the endpoint is chain ${client.chain?.id}, the deployment is on chain ${chainId}`,
      {
        where: flags.network,
        fix: 'Use the endpoint of the network that was deployed to',
      },
    );
  }
  const { attest } = await import('../../chain/viem/attest.ts');
  const { readAttestation } = await import('../../chain/viem/read.ts');
  const sent = await attest(client, { ...document, registry: registry.address });
  const { programId, statement } = document;
  const record = await readAttestation(client, { registry: registry.address, programId, statement });
  if (record === undefined) {
    fail('CHAIN_CALL_FAILED', `transaction ${sent.transactionHash} left no record`, {
      where: flags.network,
      fix: 'Look at the transaction and try again',
    });
  }
  if (!sent.recorded) warn('this statement was attested before; the record stays as it was');
  // The registry has verified the statement, so its status stands.
  const ending = describeStatus(statement.status);
  if (ending.kind !== 'returned') warn(`the attested run failed: it ${ending.text}`);
  if (flags.json === true) {
    printJson({ ...sent, ...record, ...statusJson(ending) });
    return;
  }
  printTable([
    ['attested', `program ${programId}`],
    ['statement', sent.statementHash],
    ['status', ending.text],
    ['registry', registry.address],
    ['transaction', `${sent.transactionHash} (${sent.gasUsed} gas)`],
    ['record', `block ${record.blockNumber}, by ${record.submitter}`],
  ]);
}
