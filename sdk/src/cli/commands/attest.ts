import type { Command } from 'commander';
import { type ProofDocument, readProofDocument, requireOneProof } from '../../attest/proof/document.ts';
import { type ContractKind, contractKind } from '../../attest/session/contract-kinds.ts';
import { type Attestation, type AttestResult, attestResult, type SubmitResult } from '../../chain/calls.ts';
import { type DeployedVerifier, type Deployment, verifierOfKind } from '../../chain/deployments.ts';
import type { WalletClient } from '../../chain/viem/port.ts';
import { fail, isWattestError } from '../../errors/index.ts';
import { describeStatus, predicateOf } from '../../machine/status.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { type CompiledContract, compileVerifier } from '../../solidity/compile.ts';
import type { GeneratedVerifier } from '../../solidity/generate.ts';
import { makeVerifiers } from '../contracts.ts';
import { readProofText } from '../files.ts';
import { statusJson } from '../format.ts';
import { connect, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { interruptible, positiveNumber, printJson, printTable, warn } from '../options.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { grouped } from '../tables.ts';

interface Flags extends SessionFlags, NetworkFlags {
  readonly trustVerifier?: boolean;
  readonly allowInsecure?: boolean;
  readonly confirmations: number;
  readonly json?: boolean;
}

/** `wattest attest`: submits a proof to the network's registry and reads the attestation back. */
export function registerAttest(program: Command): void {
  withSessionOptions(withNetworkOptions(program.command('attest').argument('<proof>', 'the proof file')))
    .option(
      '--trust-verifier',
      'believe the deployment file that its verifier verifies: no key is made and nothing compiled; the registry is checked all the same',
    )
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

async function attestCommand(file: string, flags: Flags): Promise<void> {
  const document = readProofDocument(await readProofText(file, MOST_BYTES), file);
  requireOneProof(document, file);
  const { readDeployment } = await import('../../chain/deployment-files.ts');
  const deployment = await readDeployment(flags.deployments, flags.network);
  const { registry, chainId } = deployment;
  requireDeployed(document, deployment, file);
  const client = await connect(flags, chainId);
  await requireGenuine(client, flags, { document, deployment, file });
  const submitted = await submitAndWait(client, flags, document, registry.address);
  const { record } = submitted;
  reportAttested({ document, registry: registry.address, sent: attestResult(submitted), record }, flags.json);
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
    ['registry', registry],
    [
      'transaction',
      sent.transactionHash === undefined
        ? 'none was needed'
        : `${sent.transactionHash} (${grouped(Number(sent.gasUsed))} gas)`,
    ],
    ['record', `block ${record.blockNumber}, by ${record.submitter}`],
  ]);
}

/** The hash is shown as soon as there is one: whoever stops waiting knows what to look for. */
async function submitAndWait(
  client: WalletClient,
  { allowInsecure, maxFee, confirmations }: Flags,
  document: ProofDocument,
  registry: Hex,
): Promise<SubmitResult> {
  const { submit } = await import('../../chain/viem/actions.ts');
  const { signal, release } = interruptible();
  try {
    const sent = await submit(client, { ...document, registry, allowInsecure, maxFee, signal });
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

/** The file may have been replaced, and a contract that answers as it likes would make any proof look attested. */
async function requireGenuine(
  client: WalletClient,
  flags: Flags,
  given: { readonly document: ProofDocument; readonly deployment: Deployment; readonly file: string },
): Promise<void> {
  const { deployment, document, file } = given;
  const { checkDeployment, checkRegistry } = await import('../../chain/viem/actions.ts');
  if (flags.trustVerifier === true) {
    await checkRegistry(client, { deployment });
    return;
  }
  const kind = contractKind(document);
  // Compiled anew, so that what code must stand on chain follows from the key alone.
  const [made] = await makeVerifiers(flags, [kind], (generated) => {
    requireSameKey(document, generated.digest, { where: file, who: 'this command (--srs, --max-log)' });
    return compileOrAdvise(generated);
  });
  // Submitted and read back under the key of this proof: verifiers of other kinds have no part in it.
  await checkDeployment(client, { deployment, ...made!, trustOthers: true });
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
