/** What was deployed, as the file of a deployment has it. */
import type { ContractKind } from '../attest/session/contract-kinds.ts';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { GENERATOR_VERSION } from '../solidity/generate.ts';
import type { DeployResult, VerifierOfKind } from './calls.ts';
import { codeHash, type DeployedContract, type DeployedTimelock, type Deployment } from './deployments.ts';
import type { ChainReader } from './port.ts';
import { ANYBODY, type TimelockSetup, timelockArguments } from './timelock.ts';

/** A contract as it stands. @throws CHAIN_CALL_FAILED where the node has no code there */
export async function describe(
  reader: ChainReader,
  contract: string,
  {
    address,
    blockNumber,
    transactionHash,
  }: Pick<DeployResult, 'address' | 'blockNumber' | 'transactionHash'>,
  { salt, given }: { readonly salt: Hex | null; readonly given: readonly Hex[] },
): Promise<DeployedContract> {
  const code = await reader.code(address);
  if (code === '0x') {
    fail(
      'CHAIN_CALL_FAILED',
      `there is no contract at ${address}, where transaction ${transactionHash} made one`,
      {
        where: 'deploy',
        fix: 'Try again when the node has caught up: what was sent is not sent again',
      },
    );
  }
  return {
    contract,
    address: address.toLowerCase() as Hex,
    constructorArguments: given,
    codeHash: codeHash(code),
    salt: salt ?? undefined,
    blockNumber: blockNumber === undefined ? undefined : Number(blockNumber),
    transactionHash,
  };
}

/** A verifier as the file has it. */
export async function describeVerifier(
  reader: ChainReader,
  verifier: Pick<DeployResult, 'address' | 'blockNumber' | 'transactionHash'>,
  made: Omit<VerifierOfKind, 'contract'> & { readonly kind: ContractKind; readonly salt: Hex | null },
): Promise<Deployment['verifiers'][number]> {
  const { kind, generated, cannotReturn, salt } = made;
  return {
    kind,
    ...(await describe(reader, generated.name, verifier, { salt, given: [] })),
    vkDigest: generated.digest,
    selector: generated.selector,
    insecure: generated.insecure,
    generator: GENERATOR_VERSION,
    cannotReturn,
  };
}

/** The same of a timelock. */
export async function describeTimelock(
  reader: ChainReader,
  lock: DeployResult,
  setup: TimelockSetup,
  salt: Hex | null,
): Promise<DeployedTimelock> {
  const given = timelockArguments(setup);
  return {
    ...(await describe(reader, 'TimelockController', lock, { salt, given })),
    minDelay: setup.minDelay,
    proposers: setup.proposers.map((each) => each.toLowerCase() as Hex),
    executors: (setup.executors ?? [ANYBODY]).map((each) => each.toLowerCase() as Hex),
  };
}

/** Contracts of all kinds have one name. */
export function inputName(contract: string, kind: ContractKind = 'direct'): string {
  return kind === 'direct' ? contract : `${contract}.${kind}`;
}
