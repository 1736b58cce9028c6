import type { Command } from 'commander';
import { type ProofDocument, readProofDocument, requireOneProof } from '../../attest/proof/document.ts';
import { type ContractKind, contractKind } from '../../attest/session/contract-kinds.ts';
import {
  type Attestation,
  type AttestResult,
  attestResult,
  type SignedAttestation,
  type SubmitResult,
} from '../../chain/calls.ts';
import { type DeployedVerifier, type Deployment, verifierOfKind } from '../../chain/deployments.ts';
import type { ReadClient, WalletClient } from '../../chain/viem/port.ts';
import { fail, isWattestError } from '../../errors/index.ts';
import { describeStatus, predicateOf } from '../../machine/status.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { checksumAddress } from '../../solidity/abi.ts';
import { type CompiledContract, compileVerifier } from '../../solidity/compile.ts';
import type { GeneratedVerifier } from '../../solidity/generate.ts';
import { attestSeveral, type BatchFlags, type GivenProof } from '../batch.ts';
import { makeVerifiers } from '../contracts.ts';
import { readProofText, readText } from '../files.ts';
import { statusJson } from '../format.ts';
import { connect, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { interruptible, positiveNumber, printJson, printTable, warn } from '../options.ts';
import { transactionText } from '../routes.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { askingFee, type SpendingFlags, withYesOption } from '../spending.ts';

interface Flags extends SessionFlags, NetworkFlags, SpendingFlags, TrustFlags, BatchFlags {
  readonly signature?: string;
}

/** Whether the deployment is believed about its verifiers. */
export interface TrustFlags {
  readonly trustVerifier?: boolean;
}

export const TRUST_VERIFIER: readonly [flags: string, about: string] = [
  '--trust-verifier',
  'believe the deployment file that its verifier verifies: no key is made and nothing compiled; the registry is checked all the same',
];

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
      1,
    )
    .option('--json', 'one JSON object on standard output')
    .action(attestCommand);
}

/** Many times what fits a block. */
export const MOST_BYTES: number = 2 ** 24;

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

/** A proof that contracts take. */
export async function readProof(file: string): Promise<GivenProof> {
  const document = readProofDocument(await readProofText(file, MOST_BYTES), file);
  requireOneProof(document, file);
  return { file, document };
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
  if (ending.kind !== 'returned') warn(`the attested run failed: it ${predicateOf(ending)}`);
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

/** What `deploy` is given for a kind of proofs. */
const ADDED_BY: Readonly<Record<ContractKind, string>> = {
  direct: '',
  small: ' --wrap',
  joined: ' --joined',
};

/** @throws PROOF_FOREIGN_KEY where the network has no verifier for the proof */
export function requireDeployed(
  document: ProofDocument,
  deployment: Deployment,
  file: string,
): DeployedVerifier {
  const kind = contractKind(document);
  const verifier = verifierOfKind(deployment, kind);
  const where = { where: file, who: deployment.network };
  if (verifier === undefined) {
    fail('PROOF_FOREIGN_KEY', `${deployment.network} has no verifier of ${kind} proofs`, {
      where: file,
      fix: `Add it to the deployment: wattest deploy --network ${deployment.network}${ADDED_BY[kind]}`,
    });
  }
  requireSameKey(document, verifier.vkDigest, where);
  return verifier;
}

function requireSameKey(
  { verifyingKey }: ProofDocument,
  digest: string,
  { where, who }: { readonly where: string; readonly who: string },
): void {
  if (verifyingKey === digest) return;
  fail('PROOF_FOREIGN_KEY', `the proof is for key ${verifyingKey}, ${who} has ${digest}`, {
    where,
    fix: 'Deploy the verifier of this key (--deployments FOLDER keeps several deployments), or prove with the release, SRS and limits of the deployed one',
  });
}

/**
 * The file may have been replaced, and a contract that answers as it likes would make any proof look attested.
 * @throws DEPLOYMENT_MISMATCH, PROOF_FOREIGN_KEY
 */
export async function requireGenuine(
  client: ReadClient,
  flags: SessionFlags & TrustFlags,
  { deployment, proofs }: { readonly proofs: readonly GivenProof[]; readonly deployment: Deployment },
): Promise<void> {
  const { checkDeployment, checkRegistry } = await import('../../chain/viem/actions.ts');
  if (flags.trustVerifier === true) {
    await checkRegistry(client, { deployment, allowStopped: true });
    return;
  }
  const kinds = new Map(proofs.map((proof) => [contractKind(proof.document), proof]));
  for (const [kind, { document, file }] of kinds) {
    // Compiled anew, so that what code must stand on chain follows from the key alone.
    const [made] = await makeVerifiers(flags, [kind], (generated) => {
      requireSameKey(document, generated.digest, { where: file, who: 'this command (--srs, --max-log)' });
      return compileOrAdvise(generated);
    });
    // Submitted and read back under the keys of these proofs: verifiers of other kinds have no part in it, stopped or not.
    await checkDeployment(client, { deployment, ...made!, trustOthers: true, allowStopped: true });
  }
}

function compileOrAdvise(generated: GeneratedVerifier): Promise<CompiledContract> {
  return compileVerifier(generated).catch((error: unknown) => {
    if (!isWattestError(error, 'SOLC_MISSING')) throw error;
    fail(error.code, error.message, {
      fix: `${error.fix}, which checks the verifier; or believe the deployment file with --trust-verifier`,
      cause: error,
    });
  });
}
