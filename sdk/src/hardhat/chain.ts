/** `hre.wattest` on the networks of Hardhat: its providers sign and send, with its accounts. */
import { AssertionError } from 'node:assert';
import type { ProofDocument } from '../attest/proof/document.ts';
import { requireOneProof } from '../attest/proof/document.ts';
import { contractKind } from '../attest/session/contract-kinds.ts';
import { type Attestation, attestResult } from '../chain/calls.ts';
import { readDeployment } from '../chain/deployment-files.ts';
import { type Deployment, verifierOfKind } from '../chain/deployments.ts';
import {
  checkDeployment,
  checkRegistry,
  deploy,
  hasReturned,
  readAttestation,
  submit,
} from '../chain/viem/actions.ts';
import type { WalletClient } from '../chain/viem/port.ts';
import { requireDeployed } from '../cli/commands/attest.ts';
import { deployOrGoOn, hasCode, standingDeployment } from '../cli/deployment.ts';
import { DEFAULT_MAX_FEE, loadViem } from '../cli/network.ts';
import { fail } from '../errors/index.ts';
import { describeStatus, predicateOf } from '../machine/status.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress, isSameHex } from '../solidity/abi.ts';
import type { Shared } from './shared.ts';
import { compileWithHardhat } from './solc.ts';
import type { AnyProof, Connection, WattestRuntime } from './types.ts';

/** Milliseconds between two looks at a simulated chain, which mines at once. */
const SIMULATED_POLLING = 20;

type ChainPart = Pick<WattestRuntime, 'deploy' | 'deployment' | 'attest' | 'hasReturned' | 'expectAttested'>;

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
      const client = await clientOf(connection, from);
      const made = await shared.verifier(kind);
      const network = connection.networkName;
      if (!isSimulated(connection)) {
        const kinds = { wrap: kind === 'small', joined: kind === 'joined' };
        const flags = { network, deployments: folder, maxFee, owner, guardian, replace, ...kinds };
        const standing = replace ? undefined : await standingDeployment(client, flags);
        return (await deployOrGoOn(client, flags, made, standing)).result.deployment;
      }
      const known = replace ? undefined : inMemory.get(connection);
      const standing =
        known !== undefined && (await hasCode(client, known.registry.address)) ? known : undefined;
      if (standing !== undefined && verifierOfKind(standing, made.kind) !== undefined) return standing;
      const roles = standing === undefined ? { owner, guardian } : {};
      const result = await deploy(client, { network, ...made, deployment: standing, ...roles, maxFee });
      inMemory.set(connection, result.deployment);
      return result.deployment;
    },
    attest: async (connection, proof, settings = {}) => {
      const { from, maxFee = DEFAULT_MAX_FEE, trustVerifier = false, allowInsecure } = settings;
      const document = documentOf(proof);
      requireOneProof(document, 'attest');
      const deployed = await deployment(connection);
      requireDeployed(document, deployed, 'attest');
      const client = await clientOf(connection, from);
      // A file may have been replaced; what this process deployed is what it deployed.
      if (!isSimulated(connection)) await requireGenuine(client, { document, deployed, trustVerifier });
      const registry = deployed.registry.address;
      const submission = await submit(client, { ...document, registry, allowInsecure, maxFee });
      const submitted = await submission.wait();
      return { ...attestResult(submitted), record: submitted.record };
    },
    hasReturned: async (connection, proof) => {
      const { programId, statement } = documentOf(proof);
      const { registry } = await deployment(connection);
      return hasReturned(await clientOf(connection), { registry: registry.address, programId, statement });
    },
    expectAttested: (connection, proof, { submitter } = {}) => requireAttested(connection, proof, submitter),
  };

  async function requireAttested(
    connection: Connection,
    proof: AnyProof,
    submitter: Hex | undefined,
  ): Promise<Attestation> {
    const { programId, statement } = documentOf(proof);
    const { registry } = await deployment(connection);
    const target = { registry: registry.address, programId, statement };
    const record = await readAttestation(await clientOf(connection), target);
    if (record === undefined)
      throw new AssertionError({ message: `no such run of ${programId} is on record` });
    if (record.stopped)
      throw new AssertionError({
        message: `the run is on record under a key that is stopped (${record.selector})`,
      });
    const ending = describeStatus(statement.status);
    if (ending.kind !== 'returned')
      throw new AssertionError({ message: `a run is on record that ${predicateOf(ending)}` });
    if (submitter !== undefined && !isSameHex(submitter, record.submitter)) {
      throw new AssertionError({
        message: 'somebody else submitted it',
        actual: record.submitter,
        expected: submitter,
        operator: 'equal',
      });
    }
    return record;
  }

  async function requireGenuine(
    client: WalletClient,
    about: {
      readonly document: ProofDocument;
      readonly deployed: Deployment;
      readonly trustVerifier: boolean;
    },
  ): Promise<void> {
    const { document, deployed, trustVerifier } = about;
    if (trustVerifier) return checkRegistry(client, { deployment: deployed });
    const made = await shared.verifier(contractKind(document));
    // Compiled anew: what must stand on chain follows from the key alone, and from no cache.
    const contract = await compileWithHardhat(shared.hre, made.generated);
    return checkDeployment(client, { deployment: deployed, ...made, contract, trustOthers: true });
  }
}

const documentOf = (proof: AnyProof): ProofDocument => ('document' in proof ? proof.document : proof);

const isSimulated = ({ networkConfig }: Connection): boolean => networkConfig.type === 'edr-simulated';

/** @throws PEER_MISSING, NETWORK_UNKNOWN without an account */
async function clientOf(connection: Connection, from?: Hex): Promise<WalletClient> {
  const { createWalletClient, custom, defineChain, publicActions } = await loadViem();
  const { provider, networkName } = connection;
  const accounts = (await provider.request({ method: 'eth_accounts' })) as readonly Hex[];
  const account = accounts.find((each) => from === undefined || isSameHex(each, from));
  if (account === undefined) {
    return fail(
      'NETWORK_UNKNOWN',
      from === undefined ? 'the network has no account' : `the network has no account ${from}`,
      {
        where: networkName,
        fix: 'Give it one in the configuration: accounts of networks, with `configVariable` from the keystore',
      },
    );
  }
  const id = Number(await provider.request({ method: 'eth_chainId' }));
  const chain = defineChain({
    id,
    name: networkName,
    nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
    rpcUrls: { default: { http: [] } },
  });
  return createWalletClient({
    account: checksumAddress(account),
    chain,
    transport: custom(provider, { retryCount: 0 }),
    ...(isSimulated(connection) ? { pollingInterval: SIMULATED_POLLING } : {}),
  }).extend(publicActions);
}
