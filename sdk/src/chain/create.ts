/** Contracts, made by the factory or by a transaction of their own, which a later check finds again. */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiDigits, checksumAddress, isSameHex } from '../solidity/abi.ts';
import type { DeployRegistryParameters, DeployResult, FeeParameters, PlaceParameters } from './calls.ts';
import { REGISTRY_BYTECODE } from './contracts.generated.ts';
import { create2Address, FACTORY, requireFactory } from './factory.ts';
import { rejected } from './identity.ts';
import type { ChainWriter } from './port.ts';
import { returned } from './records.ts';
import { waitMined } from './wait.ts';

/** @param constructorArguments owner, guardian, verifier, id of a program that cannot return */
export function registryInitcode(constructorArguments: readonly Hex[]): Hex {
  return `${REGISTRY_BYTECODE}${abiDigits(constructorArguments)}`;
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
  {
    owner,
    guardian,
    verifier,
    cannotReturn,
  }: Pick<DeployRegistryParameters, 'owner' | 'guardian' | 'verifier' | 'cannotReturn'>,
): Promise<readonly Hex[]> {
  const account = owner === undefined || guardian === undefined ? await writer.account() : owner;
  return [owner ?? account, guardian ?? account, verifier, cannotReturn].map(
    (argument) => argument.toLowerCase() as Hex,
  );
}

export interface CreateOptions extends FeeParameters, PlaceParameters {
  readonly where: string;
  /** A transaction of an earlier attempt, which is taken if it creates this very contract. */
  readonly sent?: Hex | undefined;
  /** Called with the hash before it is waited for. */
  readonly onSent?: (hash: Hex) => void | Promise<void>;
  /** Whether code is what this initcode leaves, whatever its immutables are. */
  readonly isGenuine?: ((code: Hex) => boolean) | undefined;
}

/** @throws CHAIN_CALL_FAILED, FEE_TOO_HIGH, FACTORY_MISSING, what the constructor reverts with */
export async function createContract(
  writer: ChainWriter,
  initcode: Hex,
  options: CreateOptions,
): Promise<DeployResult> {
  const { salt = null } = options;
  return salt === null ? createPlain(writer, initcode, options) : createAt(writer, initcode, salt, options);
}

async function createPlain(
  writer: ChainWriter,
  initcode: Hex,
  { where, maxFee, sent, onSent }: CreateOptions,
): Promise<DeployResult> {
  if (await isSent(writer, sent, { to: undefined, input: initcode })) {
    const earlier = await created(writer, sent!);
    if (earlier !== undefined) return earlier;
  }
  const hash = await writer.send({ data: initcode, maxFee });
  await onSent?.(hash);
  return (await created(writer, hash)) ?? failed(hash, where);
}

async function created(writer: ChainWriter, hash: Hex): Promise<DeployResult | undefined> {
  const { receipt } = await waitMined(writer, hash);
  const { succeeded, contractAddress, transactionHash, blockNumber, gasUsed } = receipt;
  if (!succeeded || contractAddress === undefined) return undefined;
  return { address: checksumAddress(contractAddress), transactionHash, blockNumber, gasUsed };
}

/** By the factory. What stands at the address already is taken, whoever made it: it can be nothing else. */
async function createAt(
  writer: ChainWriter,
  initcode: Hex,
  salt: Hex,
  options: CreateOptions,
): Promise<DeployResult> {
  const { where, maxFee, sent, onSent } = options;
  const address = create2Address(salt, initcode);
  const call = { to: FACTORY, data: `${salt}${initcode.slice(2)}` as Hex };
  let hash = (await isSent(writer, sent, { to: call.to, input: call.data })) ? sent : undefined;
  if (hash === undefined) {
    if (await stands(writer, address, options)) {
      return { address, transactionHash: undefined, blockNumber: undefined, gasUsed: 0n };
    }
    await requireFactory(writer, options);
    // The factory reverts without the constructor's reason.
    returned(await writer.call({ data: initcode, from: await writer.account() }));
    hash = await writer.send({ ...call, maxFee });
    await onSent?.(hash);
  }
  const { transactionHash, succeeded, blockNumber, gasUsed } = (await waitMined(writer, hash)).receipt;
  if (await stands(writer, address, options)) {
    // Somebody may have been first with the same.
    return succeeded
      ? { address, transactionHash, blockNumber, gasUsed }
      : { address, transactionHash: undefined, blockNumber: undefined, gasUsed };
  }
  if (!succeeded) failed(hash, where);
  return fail('CHAIN_CALL_FAILED', `transaction ${hash} made no contract at ${address}`, {
    where,
    fix: 'Try again when the node has caught up; a chain that derives addresses in another way takes plain transactions (--create; `salt: null` in the SDK)',
  });
}

/** @throws CHAIN_REJECTED for other code than the initcode leaves: the chain is none of Ethereum's kind */
async function stands(
  writer: ChainWriter,
  address: Hex,
  { where, isGenuine }: Pick<CreateOptions, 'where' | 'isGenuine'>,
): Promise<boolean> {
  const code = await writer.code(address);
  if (code === '0x') return false;
  if (isGenuine?.(code) === false)
    rejected(where, `the code at ${address} is not what this address is derived from`);
  return true;
}

/** Whether the chain knows a transaction of an earlier attempt, and it is this very one. */
async function isSent(
  writer: ChainWriter,
  sent: Hex | undefined,
  { to, input }: { readonly to: Hex | undefined; readonly input: Hex },
): Promise<boolean> {
  const transaction = sent === undefined ? undefined : await writer.transaction(sent);
  if (transaction === undefined || !isSameHex(transaction.input, input)) return false;
  return to === undefined ? transaction.to === undefined : isSameHex(transaction.to ?? '0x', to);
}

function failed(hash: Hex, where: string): never {
  return fail('CHAIN_CALL_FAILED', `the deployment failed in transaction ${hash}`, {
    where,
    fix: 'Look at the transaction; it may have run out of gas',
  });
}
