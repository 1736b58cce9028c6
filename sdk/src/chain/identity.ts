/**
 * Which key a contract at an address is about. `verify` returns nothing, so a call to an address without code, or to a contract
 * that ignores what it does not know, would look like an accepted proof: every action asks this first.
 */
import { bytesToHex } from '@noble/hashes/utils.js';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/key.ts';
import { SELECTOR_BYTES } from '../plonk/schedule.ts';
import type { ProvenStatement, VerifierIdentity } from './calls.ts';

export type IdentityGetter = 'VK_DIGEST' | 'SELECTOR' | 'INSECURE_SRS';

interface Getter<N extends IdentityGetter> {
  readonly type: 'function';
  readonly name: N;
  readonly stateMutability: 'view';
  readonly inputs: readonly [];
  readonly outputs: readonly [{ readonly name: ''; readonly type: 'bytes32' }];
}

function getter<N extends IdentityGetter>(name: N): Getter<N> {
  const outputs = [{ name: '', type: 'bytes32' }] as const;
  return { type: 'function', name, stateMutability: 'view', inputs: [], outputs };
}

/** The getters as whole words: client libraries differ in what they overlook in a shorter type. */
export const IDENTITY_ABI: readonly [Getter<'VK_DIGEST'>, Getter<'SELECTOR'>, Getter<'INSECURE_SRS'>] = [
  getter('VK_DIGEST'),
  getter('SELECTOR'),
  getter('INSECURE_SRS'),
];

/** What a client library must be able to do for this. */
export interface IdentityReader {
  /** Code at the address; undefined or "0x" where there is none. */
  code(address: Hex): Promise<string | null | undefined>;
  /** Word that a getter of {@link IDENTITY_ABI} returns; undefined where the contract reverts or answers with less. */
  read(address: Hex, getter: IdentityGetter): Promise<Hex | undefined>;
}

/**
 * What a deployed verifier says of itself.
 * @throws CHAIN_REJECTED where the address has no code or none of a verifier
 */
export async function verifierIdentity(
  reader: IdentityReader,
  address: Hex,
  where: string,
): Promise<VerifierIdentity> {
  const code = await reader.code(address);
  requireCode(code, address, where);
  const [vkDigest, selector, insecure] = await Promise.all([
    reader.read(address, 'VK_DIGEST'),
    reader.read(address, 'SELECTOR'),
    reader.read(address, 'INSECURE_SRS'),
  ]);
  if (!isDigest(vkDigest) || selector !== selectorOf(vkDigest).padEnd(66, '0') || !isBool(insecure)) {
    rejected(where, `the contract at ${address} is no verifier: it names no key`);
  }
  return { vkDigest, selector: selectorOf(vkDigest), insecure: BigInt(insecure) === 1n };
}

/**
 * Digest of the key of the verifier that a registry says to be bound to.
 * @throws CHAIN_REJECTED where the address has no code or none of a registry
 */
export async function registryKey(reader: IdentityReader, address: Hex, where: string): Promise<Hex> {
  const code = await reader.code(address);
  requireCode(code, address, where);
  const digest = await reader.read(address, 'VK_DIGEST');
  if (!isDigest(digest)) rejected(where, `the contract at ${address} is no registry: it names no key`);
  return digest;
}

/**
 * Requires a contract to be about the key that the caller has in mind, if any.
 * @throws CHAIN_REJECTED
 */
export function requireDigest(verifyingKey: Hex | undefined, digest: Hex, address: Hex, where: string): void {
  if (verifyingKey !== undefined && verifyingKey.toLowerCase() !== digest) {
    rejected(where, `key ${verifyingKey} is asked for, the contract at ${address} is for ${digest}`);
  }
}

/**
 * Requires a contract's key to be that of a proof.
 * @throws CHAIN_REJECTED
 */
export function requireKeyOf(
  { proof, verifyingKey }: Pick<ProvenStatement, 'proof' | 'verifyingKey'>,
  digest: Hex,
  address: Hex,
  where: string,
): void {
  requireDigest(verifyingKey, digest, address, where);
  const selector = proofSelector(proof);
  if (selector !== selectorOf(digest)) {
    rejected(where, `the proof starts with ${selector}, the contract at ${address} is for key ${digest}`);
  }
}

function requireCode(code: string | null | undefined, address: Hex, where: string): void {
  if (code === undefined || code === null || code === '0x') {
    rejected(where, `there is no contract at ${address} (a local chain that was started anew has lost it)`);
  }
}

function isDigest(word: Hex | undefined): word is Hex {
  return word !== undefined && BigInt(word) !== 0n;
}

function isBool(word: Hex | undefined): word is Hex {
  return word !== undefined && BigInt(word) <= 1n;
}

function selectorOf(digest: Hex): Hex {
  return digest.slice(0, 2 + 2 * SELECTOR_BYTES) as Hex;
}

function proofSelector(proof: Hex | Uint8Array): Hex {
  return typeof proof === 'string'
    ? selectorOf(proof.toLowerCase() as Hex)
    : `0x${bytesToHex(proof.subarray(0, SELECTOR_BYTES))}`;
}

function rejected(where: string, problem: string): never {
  fail('CHAIN_REJECTED', problem, {
    where,
    fix: 'Check the network and the address, and that the proof was made for the contract that stands there',
  });
}
