import type { Command } from 'commander';
import type { RecordOfKey, RegistryState } from '../../chain/calls.ts';
import type { Deployment } from '../../chain/deployments.ts';
import type { ReadClient } from '../../chain/viem/port.ts';
import { type ErrorCode, fail, isWattestError } from '../../errors/index.ts';
import { describeStatus, predicateOf, type StatusDescription } from '../../machine/status.ts';
import type { Hex } from '../../plonk/keys/key.ts';
import { checksumAddress } from '../../solidity/abi.ts';
import { compileVerifier } from '../../solidity/compile.ts';
import { statementHash } from '../../solidity/encode.ts';
import { makeVerifiers } from '../contracts.ts';
import { statusJson, warnOfFailure } from '../format.ts';
import { connectReader, type NetworkFlags, withNetworkOptions } from '../network.ts';
import { printJson, printTable, type TableValue } from '../options.ts';
import { type GivenProof, readProof, requireDeployed } from '../proofs.ts';
import { routeRows } from '../routes.ts';
import { type SessionFlags, withSessionOptions } from '../session-options.ts';
import { requireGenuine, TRUST_VERIFIER, type TrustFlags } from '../trust.ts';
import { wordOf } from '../values.ts';

interface Flags extends SessionFlags, NetworkFlags, TrustFlags {
  readonly program?: Hex;
  readonly statement?: Hex;
  readonly json?: boolean;
}

/** `wattest record`: what the network's registry has on record, of a proof, of a statement, or its keys alone. */
export function registerRecord(program: Command): void {
  withSessionOptions(
    withNetworkOptions(
      program
        .command('record')
        .argument(
          '[proof]',
          'a proof file: is its statement on record? Exit code 1 if it is not, not under a key that counts, or if the run failed. Without one: the keys of the registry, and who may change them',
        ),
    ),
  )
    .option('--program <id>', 'in place of a proof: the id of a program, and', wordOf)
    .option('--statement <hash>', 'the hash of a statement (of events and of `attest`)', wordOf)
    .option(...TRUST_VERIFIER)
    .option('--json', 'one JSON object on standard output')
    .action(recordCommand);
}

/** What is asked about. */
interface Question {
  readonly programId: Hex;
  readonly hash: Hex;
  readonly proof?: GivenProof;
}

async function recordCommand(path: string | undefined, flags: Flags): Promise<void> {
  const question = await questionOf(path, flags);
  const { readDeployment } = await import('../../chain/deployment-files.ts');
  const deployment = await readDeployment(flags.deployments, flags.network);
  const proof = question?.proof;
  if (proof !== undefined) requireDeployed(proof.document, deployment, proof.file);
  const client = await connectReader(flags, deployment.chainId);
  await requireGenuineKeys(client, flags, deployment, proof);
  const { readRecords, readRegistry } = await import('../../chain/viem/actions.ts');
  const registry = deployment.registry.address;
  if (question === undefined) {
    reportKeys(deployment, await readRegistry(client, { registry }), flags.json);
    return;
  }
  const { programId, hash } = question;
  // What they are worth on which chain was asked before, or is trusted.
  const records = await readRecords(client, {
    registry,
    programId,
    statementHash: hash,
    allowInsecure: true,
  });
  const ending = await endingOf(client, registry, question, records);
  const counts = report({ registry, question, records, ending }, flags.json);
  if (!counts) process.exitCode = 1;
}

async function questionOf(path: string | undefined, flags: Flags): Promise<Question | undefined> {
  const { program, statement } = flags;
  const pair = [program, statement].filter((one) => one !== undefined).length;
  if (pair === 1 || (pair > 0 && path !== undefined)) {
    fail('USAGE', 'a record is of a program and a statement', {
      fix: 'Give a proof file, or both --program and --statement',
    });
  }
  if (path !== undefined) {
    const proof = await readProof(path);
    const { programId, statement: proven } = proof.document;
    return { programId, hash: statementHash(proven), proof };
  }
  return program === undefined ? undefined : { programId: program, hash: statement! };
}

/** Of a proof its own verifier, whose record is asked for; otherwise all of them, as any may have one. */
async function requireGenuineKeys(
  client: ReadClient,
  flags: Flags,
  deployment: Deployment,
  proof: GivenProof | undefined,
): Promise<void> {
  if (flags.trustVerifier === true || proof !== undefined) {
    await requireGenuine(client, flags, { deployment, proofs: proof === undefined ? [] : [proof] });
    return;
  }
  const { checkDeployment } = await import('../../chain/viem/actions.ts');
  const kinds = deployment.verifiers.map(({ kind }) => kind);
  const [made, ...others] = await makeVerifiers(flags, kinds, compileVerifier);
  await checkDeployment(client, { deployment, ...made!, others, allowStopped: true });
}

/**
 * How the run ended. The hash of a statement does not say it; the event of its record does, whose statement has this very hash. Undefined where the
 * endpoint has no such event (any more).
 */
async function endingOf(
  client: ReadClient,
  registry: Hex,
  { programId, hash, proof }: Question,
  records: readonly RecordOfKey[],
): Promise<StatusDescription | undefined> {
  if (proof !== undefined) return describeStatus(proof.document.statement.status);
  const { readEvents } = await import('../../chain/viem/actions.ts');
  for (const { record } of records) {
    const { blockNumber } = record;
    const block = { fromBlock: blockNumber, toBlock: blockNumber };
    const events = await readEvents(client, { registry, programId, ...block }).catch((error: unknown) => {
      if (NO_EVENTS.some((code) => isWattestError(error, code))) return [];
      throw error;
    });
    const found = events.find((event) => event.type === 'attested' && event.statementHash === hash);
    if (found?.type === 'attested') return describeStatus(found.statement.status);
  }
  return undefined;
}

/** Of endpoints that do not look so far back, or at no events. */
const NO_EVENTS: readonly ErrorCode[] = ['CHAIN_CALL_FAILED', 'ENDPOINT_REFUSED'];

/** @returns whether it counts: there is a record that does, of a proof under its own key, and the run is known to have returned */
function report(
  about: {
    readonly registry: Hex;
    readonly question: Question;
    readonly records: readonly RecordOfKey[];
    readonly ending: StatusDescription | undefined;
  },
  json = false,
): boolean {
  const { registry, question, records, ending } = about;
  const { programId, hash, proof } = question;
  const own = proof?.document.verifyingKey;
  const isGood = records.some(
    ({ route, record }) => !record.stopped && (own === undefined || route.vkDigest === own),
  );
  const counts = isGood && ending?.kind === 'returned';
  if (ending !== undefined) warnOfFailure(ending);
  if (json) {
    printJson({
      registry,
      programId,
      statementHash: hash,
      counts,
      records: records.map(({ route, record }) => ({
        verifyingKey: route.vkDigest,
        state: route.state,
        ...record,
      })),
      ...(ending === undefined ? { status: null } : statusJson(ending)),
    });
    return counts;
  }
  const unknown =
    records.length === 0 ? [] : ([['status', 'not known: the endpoint has no event of it']] as const);
  printTable([
    ['program', programId],
    ['statement', hash],
    ...(ending === undefined ? unknown : [['status', ending.text] as const]),
    ['registry', checksumAddress(registry)],
    ...(records.length === 0 ? [['record', 'none'] as const] : records.map(rowOf)),
    ['counts', counts ? 'yes' : whyNot(isGood, ending)],
  ]);
  return counts;
}

function whyNot(isGood: boolean, ending: StatusDescription | undefined): string {
  if (!isGood) return 'no';
  return ending === undefined
    ? 'not known: a run that failed counts for nothing. Ask with the proof, or an endpoint with its event'
    : `no: the run ${predicateOf(ending)}`;
}

const rowOf = ({ route, record }: RecordOfKey): readonly [string, TableValue] => [
  'record',
  `block ${record.blockNumber}, by ${record.submitter}, under ${route.state} key ${route.vkDigest}`,
];

function reportKeys({ registry, verifiers }: Deployment, state: RegistryState, json = false): void {
  const kindOf = (digest: Hex): string =>
    verifiers.find(({ vkDigest }) => vkDigest === digest)?.kind ?? 'unknown';
  if (json) {
    const routes = state.routes.map((route) => ({ kind: kindOf(route.vkDigest), ...route }));
    printJson({ registry: registry.address, ...state, routes });
    return;
  }
  printTable([
    ['registry', checksumAddress(registry.address)],
    ['owner', state.owner],
    ['guardian', state.guardian],
    ...routeRows(state.routes, ({ vkDigest, cannotReturn }) => [
      `key ${vkDigest} of ${kindOf(vkDigest)} proofs`,
      `cannot return: program ${cannotReturn}`,
    ]),
  ]);
}
