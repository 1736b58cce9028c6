import type { Command } from 'commander';
import type { ProofDocument } from '../../attest/proof/document.ts';
import {
  type Attestation,
  type AttestResult,
  attestResult,
  type SignedAttestation,
  type SubmitResult,
} from '../../chain/calls.ts';
import type { WalletClient } from '../../chain/viem/port.ts';
import { fail } from '../../errors/index.ts';
import { describeStatus } from '../../machine/status.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { checksumAddress } from '../../solidity/abi.ts';
import { attestSeveral, type BatchFlags } from '../batch.ts';
import { DEFAULT_CONFIRMATIONS } from '../defaults.ts';
import { readText } from '../files.ts';
import { statusJson, warnOfFailure } from '../format.ts';
import { connect, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { interruptible, positiveNumber, printJson, printTable, warn } from '../options.ts';
import { MOST_BYTES, readProof, requireDeployed } from '../proofs.ts';
import { transactionText } from '../routes.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { askingFee, type SpendingFlags, withYesOption } from '../spending.ts';
import { requireGenuine, TRUST_VERIFIER, type TrustFlags } from '../trust.ts';

interface Flags extends SessionFlags, NetworkFlags, SpendingFlags, TrustFlags, BatchFlags {
  readonly signature?: string;
}

/** `wattest attest`: submits a proof, or several, to the network's registry and reads the attestation back. */
export function registerAttest(program: Command): void {
  const command = program
    .command('attest')
    .argument(
      '<proof...>',
      'the proof file; of several as many go into one transaction as fit, and one that is refused spoils no other',
    );
  withYesOption(withSessionOptions(withNetworkOptions(command)))
    .option('--all', 'of several: record all of them, in one transaction, or none')
    .option(
      '--signature <file>',
      'submit in the name of whoever signed (`wattest sign`); this account pays, that one stands in the record',
    )
    .option(...TRUST_VERIFIER)
    .option(
      '--allow-insecure',
      'submit to a verifier of a development SRS on any chain; such a record proves nothing',
    )
    .option(
      '--confirmations <count>',
      'blocks that must stand on each other before it is done, the one of the record included',
      positiveNumber,
      DEFAULT_CONFIRMATIONS,
    )
    .option('--json', 'one JSON object on standard output')
    .action(attestCommand);
}

async function attestCommand(files: readonly string[], flags: Flags): Promise<void> {
  const [first, ...more] = await Promise.all(files.map(readProof));
  const proofs = [first!, ...more];
  // A batch would be recorded in the name of this account.
  if (flags.signature !== undefined && (more.length > 0 || flags.all === true)) {
    fail('USAGE', '--signature is for one proof, without --all', {
      fix: 'Give the proof that it was signed for',
    });
  }
  const signed = flags.signature === undefined ? undefined : await readSignature(flags.signature);
  const { readDeployment } = await import('../../chain/deployment-files.ts');
  const deployment = await readDeployment(flags.deployments, flags.network);
  const { registry, chainId } = deployment;
  for (const { document, file } of proofs) requireDeployed(document, deployment, file);
  const client = await connect(flags, chainId);
  await requireGenuine(client, flags, { proofs, deployment });
  if (more.length > 0 || flags.all === true) return attestSeveral(client, flags, proofs, registry.address);
  const { document } = first!;
  const submitted = await submitAndWait(client, flags, { document, registry: registry.address, signed });
  const { record } = submitted;
  reportAttested({ document, registry: registry.address, sent: attestResult(submitted), record }, flags.json);
}

async function readSignature(file: string): Promise<SignedAttestation> {
  const { parseSignature } = await import('../../chain/signatures.ts');
  return parseSignature(await readText(file, 'Give a file of `wattest sign`', MOST_BYTES), file);
}

/** What was attested, on standard output; what is worth a warning, beside it. */
export function reportAttested(
  about: {
    readonly document: ProofDocument;
    readonly registry: Hex;
    readonly sent: AttestResult;
    readonly record: Attestation;
  },
  json = false,
): void {
  const { document, registry, sent, record } = about;
  const { programId, statement } = document;
  if (!sent.recorded) warn('this statement was attested before; the record stays as it was');
  // The registry has verified the statement, so its status stands.
  const ending = describeStatus(statement.status);
  warnOfFailure(ending, 'the attested run');
  if (json) {
    printJson({ ...sent, ...record, ...statusJson(ending) });
    return;
  }
  printTable([
    ['attested', `program ${programId}`],
    ['statement', sent.statementHash],
    ['status', ending.text],
    ['registry', checksumAddress(registry)],
    ['transaction', transactionText(sent)],
    ['record', `block ${record.blockNumber}, by ${record.submitter}`],
  ]);
}

/** The hash is shown as soon as there is one: whoever stops waiting knows what to look for. */
async function submitAndWait(
  client: WalletClient,
  flags: Flags,
  what: {
    readonly document: ProofDocument;
    readonly registry: Hex;
    readonly signed: SignedAttestation | undefined;
  },
): Promise<SubmitResult> {
  const { submit, submitSigned } = await import('../../chain/viem/actions.ts');
  const { document, registry, signed } = what;
  const { allowInsecure, maxFee, confirmations } = flags;
  const { signal, release } = interruptible();
  try {
    const asking = askingFee(client.chain!.id, flags);
    const parameters = { ...document, registry, allowInsecure, maxFee, signal, ...asking };
    const sent = await (signed === undefined
      ? submit(client, parameters)
      : submitSigned(client, { ...parameters, signed }));
    if (sent.transactionHash !== undefined) process.stderr.write(`sent ${sent.transactionHash}\n`);
    return await sent.wait({ confirmations, signal });
  } finally {
    release();
  }
}
