/**
 * Which key a contract at an address is about. `verify` returns nothing, so a call to an address without code, or to a contract
 * that ignores what it does not know, would look like an accepted proof: every action asks this first.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail } from '../errors/index.ts';
import { SELECTOR_BYTES } from '../plonk/declare/schedule.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiCall, abiWords } from '../solidity/abi.ts';
import { DEVELOPMENT_CHAINS } from '../solidity/chains.ts';
import type { IdentityExpected, ProvenStatement, VerifierIdentity } from './calls.ts';
import type { ChainReader } from './port.ts';

/**
 * What a deployed verifier says of itself.
 * @throws CHAIN_REJECTED where the address has no code or none of a verifier
 */
export async function verifierIdentity(
  reader: ChainReader,
  address: Hex,
  where: string,
): Promise<VerifierIdentity> {
  await requireCode(reader, address, where);
  const [vkDigest, selector, insecure] = await Promise.all([
    readGetter(reader, address, 'VK_DIGEST'),
    readGetter(reader, address, 'SELECTOR'),
    readGetter(reader, address, 'INSECURE_SRS'),
  ]);
  if (!isDigest(vkDigest) || selector !== selectorOf(vkDigest).padEnd(66, '0') || !isBool(insecure)) {
    rejected(where, `the contract at ${address} is no verifier: it names no key`);
  }
  return { vkDigest, selector: selectorOf(vkDigest), insecure: BigInt(insecure) === 1n };
}

/**
 * Requires a contract to be about the key that the caller has in mind, if any, and about one whose secret nobody knows unless
 * the chain is a development chain or the caller allows it. Initcode can skip the check of the verifier's constructor.
 * @throws CHAIN_REJECTED; KEY_INSECURE
 */
export async function requireIdentity(
  reader: ChainReader,
  { vkDigest, insecure }: VerifierIdentity,
  address: Hex,
  { verifyingKey, allowInsecure = false }: IdentityExpected,
  where: string,
): Promise<void> {
  if (verifyingKey !== undefined && verifyingKey.toLowerCase() !== vkDigest) {
    rejected(where, `key ${verifyingKey} is asked for, the contract at ${address} is for ${vkDigest}`);
  }
  if (!insecure || allowInsecure) return;
  const chainId = await reader.chainId();
  if (DEVELOPMENT_CHAINS.includes(chainId)) return;
  fail(
    'KEY_INSECURE',
    `the contract at ${address} stands on a development SRS, whose secret is published, and this is chain ${chainId}: anyone can have anything accepted there`,
    {
      where,
      fix: 'Use a verifier of a ceremony, or allowInsecure (--allow-insecure) where nothing depends on it',
    },
  );
}

/**
 * Requires a contract's key to be that of a proof.
 * @throws CHAIN_REJECTED
 */
export function requireKeyOf(
  { proof }: Pick<ProvenStatement, 'proof'>,
  { vkDigest }: VerifierIdentity,
  address: Hex,
  where: string,
): void {
  const selector = proofSelector(proof);
  if (selector !== selectorOf(vkDigest)) {
    rejected(where, `the proof starts with ${selector}, the contract at ${address} is for key ${vkDigest}`);
  }
}

type Getter = 'VK_DIGEST' | 'SELECTOR' | 'INSECURE_SRS';

/** The word that a getter returns, as a whole; undefined where the contract reverts or answers with less. */
async function readGetter(reader: ChainReader, to: Hex, name: Getter): Promise<Hex | undefined> {
  const outcome = await reader.call({ to, data: abiCall(`${name}()`) });
  return 'returned' in outcome ? abiWords(outcome.returned, 1)?.[0] : undefined;
}

/** @throws CHAIN_REJECTED where the address has no code */
export async function requireCode(reader: ChainReader, address: Hex, where: string): Promise<void> {
  if ((await reader.code(address)) === '0x') {
    rejected(where, `there is no contract at ${address} (a local chain that was started anew has lost it)`);
  }
}

function isDigest(word: Hex | undefined): word is Hex {
  return word !== undefined && BigInt(word) !== 0n;
}

function isBool(word: Hex | undefined): word is Hex {
  return word !== undefined && BigInt(word) <= 1n;
}

/** First four bytes. */
export function selectorOf(digest: Hex): Hex {
  return digest.slice(0, 2 + 2 * SELECTOR_BYTES) as Hex;
}

export function proofSelector(proof: Hex | Uint8Array): Hex {
  return typeof proof === 'string'
    ? selectorOf(proof.toLowerCase() as Hex)
    : `0x${bytesToHex(proof.subarray(0, SELECTOR_BYTES))}`;
}

export function rejected(where: string, problem: string): never {
  fail('CHAIN_REJECTED', problem, {
    where,
    fix: 'Check the network and the address, and that the proof was made for the contract that stands there',
  });
}
