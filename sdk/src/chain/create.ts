/** Contracts made by a transaction of their own, which a later check finds again. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiWord, checksumAddress, isSameHex } from '../solidity/abi.ts';
import type { DeployRegistryParameters, DeployResult, FeeParameters } from './calls.ts';
import { REGISTRY_BYTECODE } from './contracts.generated.ts';
import type { ChainWriter } from './port.ts';
import { waitMined } from './wait.ts';

/** @param constructorArguments owner, guardian, verifier, id of a program that cannot return */
export function registryInitcode(constructorArguments: readonly Hex[]): Hex {
  return `${REGISTRY_BYTECODE}${constructorArguments.map((word) => bytesToHex(abiWord(word))).join('')}`;
}

/** The address that CREATE gives: the last 20 bytes of `keccak256(rlp([creator, nonce]))`, nonce from 1 to 127. */
export function createdAddress(creator: Hex, nonce: number): Hex {
  if (!(Number.isInteger(nonce) && nonce >= 1 && nonce < 128)) throw new RangeError(`nonce ${nonce}`);
  const rlp = Uint8Array.of(0xd6, 0x94, ...hexToBytes(creator.slice(2)), nonce);
  return checksumAddress(`0x${bytesToHex(keccak_256(rlp)).slice(24)}`);
}

/** The constructor arguments of a registry, in lower case. */
export async function registryArguments(
  writer: ChainWriter,
  { owner, guardian, verifier, cannotReturn }: Omit<DeployRegistryParameters, 'maxFee'>,
): Promise<readonly Hex[]> {
  const account = owner === undefined || guardian === undefined ? await writer.account() : owner;
  return [owner ?? account, guardian ?? account, verifier, cannotReturn].map(
    (argument) => argument.toLowerCase() as Hex,
  );
}

export interface CreateOptions extends FeeParameters {
  readonly where: string;
  /** A transaction of an earlier attempt, which is taken if it creates this very contract. */
  readonly sent?: Hex | undefined;
  /** Called with the hash before it is waited for. */
  readonly onSent?: (hash: Hex) => void | Promise<void>;
}

/** @throws CHAIN_CALL_FAILED, FEE_TOO_HIGH, what the constructor reverts with */
export async function createContract(
  writer: ChainWriter,
  initcode: Hex,
  { where, maxFee, sent, onSent }: CreateOptions,
): Promise<DeployResult> {
  const earlier = await resumed(writer, initcode, sent);
  if (earlier !== undefined) return earlier;
  const hash = await writer.send({ data: initcode, maxFee });
  await onSent?.(hash);
  return (
    (await created(writer, hash)) ??
    fail('CHAIN_CALL_FAILED', `the deployment failed in transaction ${hash}`, {
      where,
      fix: 'Look at the transaction; it may have run out of gas',
    })
  );
}

/** What an earlier transaction made; undefined where it is gone, failed, or made something else. */
async function resumed(
  writer: ChainWriter,
  initcode: Hex,
  sent: Hex | undefined,
): Promise<DeployResult | undefined> {
  const transaction = sent === undefined ? undefined : await writer.transaction(sent);
  if (sent === undefined || transaction === undefined) return undefined;
  if (transaction.to !== undefined || !isSameHex(transaction.input, initcode)) return undefined;
  return created(writer, sent);
}

async function created(writer: ChainWriter, hash: Hex): Promise<DeployResult | undefined> {
  const { receipt } = await waitMined(writer, hash);
  const { succeeded, contractAddress, transactionHash, blockNumber, gasUsed } = receipt;
  if (!succeeded || contractAddress === undefined) return undefined;
  return { address: checksumAddress(contractAddress), transactionHash, blockNumber, gasUsed };
}
