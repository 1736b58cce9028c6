/** `hre.wattest` on the networks of Hardhat: its providers sign and send, with its accounts. */
import { existsSync } from 'node:fs';
import type { ProofDocument } from '../attest/proof/document.ts';
import { requireOneProof } from '../attest/proof/document.ts';
import { type ContractKind, contractKind } from '../attest/session/contract-kinds.ts';
import { attestResult } from '../chain/calls.ts';
import { deploymentPath, readDeployment, writeDeployment } from '../chain/deployment-files.ts';
import { type Deployment, verifierOfKind } from '../chain/deployments.ts';
import { ANYBODY } from '../chain/timelock.ts';
import {
  checkDeployment,
  checkRegistry,
  checkTimelock,
  deploy,
  hasReturned,
  readRegistry,
  submit,
} from '../chain/viem/actions.ts';
import type { WalletClient } from '../chain/viem/port.ts';
import type { WaitParameters } from '../chain/wait.ts';
import { DEFAULT_MAX_FEE } from '../cli/defaults.ts';
import { deployOrGoOn, hasCode, placeOf, standingDeployment } from '../cli/deployment.ts';
import { requireFolder } from '../cli/files.ts';
import { requireDeployed } from '../cli/proofs.ts';
import { fail, isWattestError } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { isSameHex } from '../solidity/abi.ts';
import { describeRegistry } from './adopt.ts';
import { requireAttested } from './attested.ts';
import { clientOf, isSimulated, readerOf } from './client.ts';
import type { Shared } from './shared.ts';
import type { AnyProof, AttestSettings, Connection, DeploySettings, WattestRuntime } from './types.ts';

type ChainPart = Pick<
  WattestRuntime,
  'deploy' | 'adopt' | 'deployment' | 'attest' | 'hasReturned' | 'expectAttested'
>;

export function createChain(shared: Shared): ChainPart {
  /** Of simulated networks, which go with their connection. */
  const inMemory = new WeakMap<Connection, Deployment>();
  const folder = shared.hre.config.wattest.deployments;

  const deployment: ChainPart['deployment'] = async (connection) => {
    if (!isSimulated(connection)) return readDeployment(folder, connection.networkName);
    return (
      inMemory.get(connection) ??
      fail('NETWORK_UNKNOWN', 'nothing was deployed on this connection, whose chain is simulated', {
        where: connection.networkName,
        fix: 'Call `hre.wattest.deploy(connection)` first, or name a network that stays with --network',
      })
    );
  };

  return {
    deployment,
    deploy: async (connection, settings = {}) => {
      const { kind = 'direct', from, owner, guardian, maxFee = DEFAULT_MAX_FEE, replace = false } = settings;
      // Given in any case: what is signed then keeps to the plan.
      const { publishFactory, timelock, onPlan = (): void => {} } = settings;
      const client = await clientOf(connection, from);
      const made = await shared.verifier(kind);
      const known = replace ? undefined : await standing(connection, client, kind);
      if (known !== undefined && verifierOfKind(known, kind)?.vkDigest === made.generated.digest) {
        requireSalt(known, kind, settings.salt);
        await requireRoles(client, known, settings);
        return known;
      }
      const network = connection.networkName;
      const simulated = isSimulated(connection);
      // What stands of a simulated chain has records, of which nothing is to be left.
      const { salt = replace && simulated ? null : undefined } = settings;
      const lock = {
        timelock: timelock?.minDelay,
        proposer: timelock?.proposers,
        executor: timelock?.executors,
      };
      const at = { salt: salt ?? undefined, create: salt === null, publishFactory };
      const place = { owner, guardian, ...lock, ...at };
      if (!simulated) {
        const kinds = { wrap: kind === 'small', joined: kind === 'joined' };
        const flags = { network, deployments: folder, maxFee, replace, onPlan, ...place, ...kinds };
        const there = replace ? undefined : await standingDeployment(client, flags);
        if (there !== undefined) await requireRoles(client, there, settings);
        await requireFolder(folder);
        return (await deployOrGoOn(client, flags, made, there)).result.deployment;
      }
      if (known !== undefined) await requireRoles(client, known, settings);
      const settled = { ...placeOf(client, place), maxFee, onPlan: settings.onPlan };
      const result = await deploy(client, { network, ...made, deployment: known, ...settled });
      inMemory.set(connection, result.deployment);
      return result.deployment;
    },
    adopt: async (connection, { registry, replace = false, onRoles }) => {
      const client = await readerOf(connection);
      const network = connection.networkName;
      const path = deploymentPath(folder, network);
      if (!isSimulated(connection) && !replace && existsSync(path)) {
        const known = await readDeployment(folder, network);
        if (!isSameHex(known.registry.address, registry)) {
          fail('DEPLOYMENT_EXISTS', `there is a file, about the registry ${known.registry.address}`, {
            where: path,
            fix: 'Go on with that one, or overwrite the file with --replace',
          });
        }
      }
      const { anew } = shared;
      const { deployment: found, inputs, roles } = await describeRegistry(client, network, registry, anew);
      await onRoles?.(roles);
      if (isSimulated(connection)) inMemory.set(connection, found);
      else {
        await requireFolder(folder);
        await writeDeployment(folder, found, inputs);
      }
      return found;
    },
    attest: async (connection, proof, settings = {}) => {
      const { from, maxFee = DEFAULT_MAX_FEE, trustVerifier = false } = settings;
      const { allowInsecure, signal, onFee } = settings;
      const document = documentOf(proof);
      requireOneProof(document, 'attest');
      const deployed = await deployment(connection);
      requireDeployed(document, deployed, 'attest');
      const client = await clientOf(connection, from);
      // A file may have been replaced; what this process deployed is what it deployed.
      if (!isSimulated(connection))
        await requireGenuine(client, { kind: contractKind(document), deployed, trustVerifier });
      const registry = deployed.registry.address;
      const limits = { allowInsecure, maxFee, signal, onFee };
      const submission = await submit(client, { ...document, registry, ...limits });
      if (submission.transactionHash !== undefined) settings.onSent?.(submission.transactionHash);
      const submitted = await submission.wait(waitingFor(connection, settings));
      return { ...attestResult(submitted), record: submitted.record };
    },
    hasReturned: async (connection, proof) => {
      const { programId, statement } = documentOf(proof);
      const { registry } = await deployment(connection);
      return hasReturned(await readerOf(connection), { registry: registry.address, programId, statement });
    },
    expectAttested: async (connection, proof, { submitter } = {}) =>
      requireAttested(await readerOf(connection), {
        document: documentOf(proof),
        deployment: await deployment(connection),
        submitter,
        typed: 'program' in proof ? await shared.typed(proof.program) : undefined,
      }),
  };

  /** What there is already, checked where it is a file: whoever goes on with it need not ask again. */
  async function standing(
    connection: Connection,
    client: WalletClient,
    kind: ContractKind,
  ): Promise<Deployment | undefined> {
    if (isSimulated(connection)) {
      const known = inMemory.get(connection);
      return known !== undefined && (await hasCode(client, known.registry.address)) ? known : undefined;
    }
    const path = deploymentPath(folder, connection.networkName);
    if (!existsSync(path)) return undefined;
    try {
      const deployed = await readDeployment(folder, connection.networkName);
      const made = await shared.verifier(kind);
      const same =
        deployed.chainId === client.chain!.id &&
        verifierOfKind(deployed, kind)?.vkDigest === made.generated.digest &&
        (await hasCode(client, deployed.registry.address));
      if (!same) return undefined;
      await requireGenuine(client, { kind, deployed, trustVerifier: false });
      return deployed;
    } catch (error) {
      // What deploys looks at the file again, and refuses it.
      if (isWattestError(error, 'DEPLOYMENT_INVALID')) return undefined;
      throw error;
    }
  }

  async function requireGenuine(
    client: WalletClient,
    about: {
      readonly kind: ContractKind;
      readonly deployed: Deployment;
      readonly trustVerifier: boolean;
    },
  ): Promise<void> {
    const { kind, deployed, trustVerifier } = about;
    if (trustVerifier) return checkRegistry(client, { deployment: deployed, allowStopped: true });
    const made = await shared.anew(kind);
    return checkDeployment(client, { deployment: deployed, ...made, trustOthers: true, allowStopped: true });
  }
}

/** A registry that stands has roles of its own; they are changed by its functions. @throws DEPLOYMENT_EXISTS */
async function requireRoles(
  client: WalletClient,
  deployment: Deployment,
  given: DeploySettings,
): Promise<void> {
  const { registry, network } = deployment;
  const refuse = (name: 'owner' | 'guardian' | 'timelock', actual: string): never =>
    fail('DEPLOYMENT_EXISTS', `the registry of ${network} stands, and its ${name} is ${actual}`, {
      where: registry.address,
      fix: `Leave out --${name}, change it by the registry's functions, or deploy anew with --replace`,
    });
  if (given.timelock !== undefined) {
    const { minDelay, proposers = [client.account.address], executors = [ANYBODY] } = given.timelock;
    const known = deployment.timelock;
    if (known === undefined) return refuse('timelock', 'none that the deployment names');
    const same =
      minDelay === known.minDelay &&
      membersOf(proposers) === membersOf(known.proposers) &&
      membersOf(executors) === membersOf(known.executors);
    if (!same) refuse('timelock', `${known.address}, of ${known.minDelay} s and other members or delay`);
    await checkTimelock(client, { deployment });
  }
  if (given.owner === undefined && given.guardian === undefined) return;
  const actual = await readRegistry(client, { registry: registry.address });
  for (const role of ['owner', 'guardian'] as const) {
    const wanted = given[role];
    if (wanted === undefined || isSameHex(wanted, actual[role])) continue;
    refuse(role, actual[role]);
  }
}

const membersOf = (members: readonly Hex[]): string =>
  members
    .map((each) => each.toLowerCase())
    .sort()
    .join();

/** A salt that is given is not left aside because something stands. @throws DEPLOYMENT_EXISTS */
function requireSalt(deployment: Deployment, kind: ContractKind, salt: DeploySettings['salt']): void {
  const { address, salt: own = null } = verifierOfKind(deployment, kind)!;
  if (salt === undefined || (salt === null ? own === null : isSameHex(salt, own ?? '0x'))) return;
  fail(
    'DEPLOYMENT_EXISTS',
    `the verifier of ${deployment.network} stands, and its salt is ${own ?? 'none'}`,
    {
      where: address,
      fix: 'Leave out --salt, or deploy anew with --replace',
    },
  );
}

/** A simulated chain mines what it is sent, and no block after it. */
function waitingFor(
  connection: Connection,
  { confirmations, signal }: AttestSettings,
): Pick<WaitParameters, 'confirmations' | 'signal'> {
  return { confirmations: isSimulated(connection) ? 1 : confirmations, signal };
}

const documentOf = (proof: AnyProof): ProofDocument => ('document' in proof ? proof.document : proof);
