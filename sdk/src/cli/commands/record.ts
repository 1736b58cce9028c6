import type { Command } from 'commander';
import type { Attestation, RegistryState, Route } from '../../chain/calls.ts';
import type { Deployment } from '../../chain/deployments.ts';
import type { ReadClient } from '../../chain/viem/port.ts';
import { fail } from '../../errors/index.ts';
import { describeStatus } from '../../machine/status.ts';
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
          'a proof file: is its statement on record? Exit code 1 if it is not, or not under a key that counts. Without one: the keys of the registry, and who may change them',
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
  const { readRegistry } = await import('../../chain/viem/actions.ts');
  const registry = deployment.registry.address;
  const state = await readRegistry(client, { registry });
  if (question === undefined) {
    reportKeys(deployment, state, flags.json);
    return;
  }
  const records = await recordsOf(client, registry, question, state);
  const counts = report({ registry, question, records }, flags.json);
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

/** A record, and the key that it stands under. */
interface RecordOfKey {
  readonly route: Route;
  readonly record: Attestation;
}

async function recordsOf(
  client: ReadClient,
  registry: Hex,
  { programId, hash }: Question,
  { routes }: RegistryState,
): Promise<readonly RecordOfKey[]> {
  const { viemReader } = await import('../../chain/viem/port.ts');
  const { boundedReader } = await import('../../chain/bounded.ts');
  const { recordOf } = await import('../../chain/records.ts');
  const { onChain } = await import('../../chain/reverts.ts');
  const reader = boundedReader(viemReader(client), {});
  const found = await onChain('record', () =>
    Promise.all(
      routes.map(async (route) => {
        const record = await recordOf(
          reader,
          registry,
          { vkDigest: route.vkDigest, programId, hash },
          'record',
        );
        return record === undefined ? [] : [{ route, record }];
      }),
    ),
  );
  return found.flat();
}

/** @returns whether there is a record that counts, of a proof under its own key */
function report(
  about: { readonly registry: Hex; readonly question: Question; readonly records: readonly RecordOfKey[] },
  json = false,
): boolean {
  const { registry, question, records } = about;
  const { programId, hash, proof } = question;
  const own = proof?.document.verifyingKey;
  const good = records.filter(
    ({ route, record }) => !record.stopped && (own === undefined || route.vkDigest === own),
  );
  const counts = good.length > 0;
  const ending = proof === undefined ? undefined : describeStatus(proof.document.statement.status);
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
      ...(ending === undefined ? {} : statusJson(ending)),
    });
    return counts;
  }
  printTable([
    ['program', programId],
    ['statement', hash],
    ...(ending === undefined ? [] : [['status', ending.text] as const]),
    ['registry', checksumAddress(registry)],
    ...(records.length === 0 ? [['record', 'none'] as const] : records.map(rowOf)),
    ['counts', counts ? 'yes' : 'no'],
  ]);
  return counts;
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
