/**
 * The well-known factory for CREATE2 (github.com/Arachnid/deterministic-deployment-proxy): one contract, at one address on every chain, that makes what it is
 * given. An address is then `keccak256(0xff ‖ factory ‖ salt ‖ keccak256(initcode))` (EIP-1014), so nothing but this initcode can have made what stands there.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, concatBytes, hexToBytes } from '@noble/hashes/utils.js';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { checksumAddress, isSameHex } from '../solidity/abi.ts';
import { DEVELOPMENT_CHAINS } from '../solidity/chains.ts';
import type { FeeParameters, PlaceParameters } from './calls.ts';
import type { ChainReader, ChainWriter } from './port.ts';
import { waitMined } from './wait.ts';

export const FACTORY: Hex = '0x4e59b44847b379578588920cA78FbF26c0B4956C';

/** Its calls are salt ‖ initcode; it answers with the address, and reverts without a reason. */
export const FACTORY_CODE: Hex =
  '0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffe03601600081602082378035828234f58015156039578182fd5b8082525050506014600cf3';

/** Whoever signed {@link FACTORY_TRANSACTION}: nobody, as its signature was made up. */
export const FACTORY_SIGNER: Hex = '0x3fAB184622Dc19b6109349B94811493BF2a45362';

/** Makes the factory on any chain that takes transactions which name no chain (before EIP-155). */
export const FACTORY_TRANSACTION: Hex = `0xf8a58085174876e800830186a08080b853604580600e600039806000f350fe${FACTORY_CODE.slice(2)}1ba0${'2'.repeat(64)}a0${'2'.repeat(64)}`;

/** Wei that {@link FACTORY_TRANSACTION} spends: 100,000 gas at 100 gwei. */
export const FACTORY_COST: bigint = 10n ** 16n;

export const DEFAULT_SALT: Hex = `0x${'00'.repeat(32)}`;

/** @param salt 32 bytes */
export function create2Address(salt: Hex, initcode: Hex): Hex {
  const parts = [FACTORY, salt, bytesToHex(keccak_256(hexToBytes(initcode.slice(2))))];
  const bytes = parts.map((part) => hexToBytes(part.replace(/^0x/, '')));
  return checksumAddress(`0x${bytesToHex(keccak_256(concatBytes(Uint8Array.of(0xff), ...bytes))).slice(24)}`);
}

export async function hasFactory(reader: ChainReader): Promise<boolean> {
  return isSameHex(await reader.code(FACTORY), FACTORY_CODE);
}

/**
 * Requires the factory, and publishes it where that is wanted and can be.
 * @throws FACTORY_MISSING
 */
export async function requireFactory(
  writer: ChainWriter,
  { publishFactory, maxFee }: Pick<PlaceParameters, 'publishFactory'> & Pick<FeeParameters, 'maxFee'>,
): Promise<void> {
  if (await hasFactory(writer)) return;
  const chainId = await writer.chainId();
  if (!(publishFactory ?? DEVELOPMENT_CHAINS.includes(chainId))) missingFactory(chainId);
  await requireFactoryUnsent(writer, chainId);
  const held = await writer.balance(FACTORY_SIGNER);
  if (held < FACTORY_COST) {
    // Of an endpoint that says less than nothing (ethers takes that for a number) no more is taken.
    const value = held < 0n ? FACTORY_COST : FACTORY_COST - held;
    await waitMined(writer, await writer.send({ to: FACTORY_SIGNER, data: '0x', value, maxFee }));
  }
  let cause: unknown;
  try {
    await waitMined(writer, await writer.sendSigned(FACTORY_TRANSACTION));
  } catch (error) {
    // Somebody else may have sent it meanwhile.
    cause = error;
  }
  if (await hasFactory(writer)) return;
  await requireFactoryUnsent(writer, chainId);
  missingFactory(chainId, cause);
}

/**
 * Of a chain without the factory: a transaction is mined once, and one that failed keeps what it was paid.
 * @throws FACTORY_MISSING where the one that makes the factory was mined already
 */
export async function requireFactoryUnsent(reader: ChainReader, chainId: number): Promise<void> {
  if ((await reader.transactionCount(FACTORY_SIGNER)) === 0 || (await hasFactory(reader))) return;
  fail(
    'FACTORY_MISSING',
    `the transaction that makes the factory for CREATE2 was mined on chain ${chainId} and failed, and can never be sent again`,
    {
      where: 'deploy',
      fix: 'Deploy by plain transactions (--create; `salt: null` in the SDK), at addresses of this chain alone',
    },
  );
}

/** @throws FACTORY_MISSING */
export function missingFactory(chainId: number, cause?: unknown): never {
  const problem =
    cause === undefined
      ? `chain ${chainId} has no factory for CREATE2 at ${FACTORY}`
      : `chain ${chainId} does not take the transaction that makes the factory for CREATE2`;
  fail('FACTORY_MISSING', problem, {
    where: 'deploy',
    fix: 'Publish it (--publish-factory; 0.01 of the coin), or deploy by plain transactions (--create; `salt: null` in the SDK), at addresses of this chain alone',
    ...(cause === undefined ? {} : { cause }),
  });
}
