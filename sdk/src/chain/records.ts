/** Records as a registry has them. */
import type { Hex } from '../plonk/keys/key.ts';
import { abiAddress, abiCall, abiWord, abiWords } from '../solidity/abi.ts';
import type { Attestation } from './calls.ts';
import { selectorOf } from './identity.ts';
import type { CallOutcome, ChainReader } from './port.ts';
import { notRegistry } from './registry.ts';

export interface RecordId {
  /** Undefined: whatever the key. */
  readonly vkDigest: Hex | undefined;
  readonly programId: Hex;
  readonly hash: Hex;
}

/** Undefined where there is none. @throws CHAIN_REJECTED where the contract answers with no record */
export async function recordOf(
  reader: ChainReader,
  registry: Hex,
  { vkDigest, programId, hash }: RecordId,
  where: string,
): Promise<Attestation | undefined> {
  const id = [abiWord(programId), abiWord(hash)];
  const data =
    vkDigest === undefined
      ? abiCall('anyAttestation(bytes32,bytes32)', ...id)
      : abiCall('attestation(bytes32,bytes32,bytes32)', abiWord(vkDigest), ...id);
  const [by, at, key, flag] = abiWords(returned(await reader.call({ to: registry, data })), 4) ?? [];
  const submitter = by === undefined ? undefined : abiAddress(by);
  if (submitter === undefined || BigInt(at!) >= 1n << 64n || BigInt(flag!) > 1n)
    notRegistry(registry, where, 'it answers with no record');
  const blockNumber = BigInt(at!);
  if (blockNumber === 0n) return undefined;
  const selector = selectorOf(key!);
  return { programId, statementHash: hash, submitter, blockNumber, selector, stopped: BigInt(flag!) === 1n };
}

/** What a call returned; what it reverted with is thrown. */
export function returned(outcome: CallOutcome): Hex {
  if ('reverted' in outcome) throw outcome.reverted;
  return outcome.returned;
}
