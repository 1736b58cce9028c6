/**
 * `deployments/<network>.json`: what was deployed where, in a form that can be checked again. The same deployment gives the
 * same bytes: fixed order, no times, no machine names.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { fail } from '../errors/index.ts';
import type { Hex } from '../plonk/key.ts';
import type { CodeRange } from '../solidity/compile.ts';

export const DEPLOYMENT_FORMAT = 'wattest-deployment';
export const DEPLOYMENT_FORMAT_VERSION = 1;

/** One contract on a chain. */
export interface DeployedContract {
  readonly contract: string;
  readonly address: Hex;
  readonly constructorArguments: readonly string[];
  /** keccak256 of the code at the address (EXTCODEHASH). */
  readonly codeHash: Hex;
  readonly blockNumber: number;
  readonly transactionHash: Hex;
}

export interface DeployedVerifier extends DeployedContract {
  readonly vkDigest: Hex;
  readonly selector: Hex;
  /** Made from a development SRS: its attestations prove nothing. */
  readonly insecure: boolean;
  /** Version of the generator that wrote its source. */
  readonly generator: string;
}

export interface Deployment {
  readonly network: string;
  readonly chainId: number;
  readonly verifier: DeployedVerifier;
  readonly registry: DeployedContract;
}

/** The file's text. */
export function formatDeployment({ network, chainId, verifier, registry }: Deployment): string {
  const contract = (c: DeployedContract): Record<string, unknown> => ({
    contract: c.contract,
    address: c.address.toLowerCase(),
    constructorArguments: c.constructorArguments.map((argument) => argument.toLowerCase()),
    codeHash: c.codeHash,
    blockNumber: c.blockNumber,
    transactionHash: c.transactionHash,
  });
  const json = {
    format: DEPLOYMENT_FORMAT,
    formatVersion: DEPLOYMENT_FORMAT_VERSION,
    network,
    chainId,
    verifier: {
      ...contract(verifier),
      vkDigest: verifier.vkDigest,
      selector: verifier.selector,
      insecure: verifier.insecure,
      generator: verifier.generator,
    },
    registry: contract(registry),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/**
 * Strict inverse of {@link formatDeployment}.
 * @param where the file's path, for messages
 * @throws DEPLOYMENT_INVALID
 */
export function parseDeployment(text: string, where: string): Deployment {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    invalid(where, 'not JSON', cause);
  }
  const top = members(json, where);
  if (top['format'] !== DEPLOYMENT_FORMAT || top['formatVersion'] !== DEPLOYMENT_FORMAT_VERSION) {
    invalid(where, `not a ${DEPLOYMENT_FORMAT} of version ${DEPLOYMENT_FORMAT_VERSION}`);
  }
  const contract = (name: string): DeployedContract => {
    const object = members(top[name], `${where}: ${name}`);
    const place = `${where}: ${name}`;
    const list = object['constructorArguments'];
    if (!Array.isArray(list) || list.some((item) => typeof item !== 'string')) {
      invalid(place, '"constructorArguments" is not a list of strings');
    }
    return {
      contract: string(object, 'contract', place),
      address: hex(object, 'address', 20, place),
      constructorArguments: list as string[],
      codeHash: hex(object, 'codeHash', 32, place),
      blockNumber: integer(object, 'blockNumber', place),
      transactionHash: hex(object, 'transactionHash', 32, place),
    };
  };
  const verifier = members(top['verifier'], `${where}: verifier`);
  const place = `${where}: verifier`;
  return {
    network: string(top, 'network', where),
    chainId: integer(top, 'chainId', where),
    verifier: {
      ...contract('verifier'),
      vkDigest: hex(verifier, 'vkDigest', 32, place),
      selector: hex(verifier, 'selector', 4, place),
      insecure: verifier['insecure'] !== false,
      generator: string(verifier, 'generator', place),
    },
    registry: contract('registry'),
  };
}

export function codeHash(code: Hex): Hex {
  return `0x${bytesToHex(keccak_256(hexToBytes(code.slice(2))))}`;
}

/** Whether code on a chain is compiled code with values, whichever they are, for its immutables. */
export function isCode(onChain: Hex, compiled: Hex, immutables: readonly (readonly CodeRange[])[]): boolean {
  if (onChain.length !== compiled.length) return false;
  let masked = onChain.toLowerCase();
  for (const { start, length } of immutables.flat()) {
    const [from, to] = [2 + 2 * start, 2 + 2 * (start + length)];
    masked = masked.slice(0, from) + '0'.repeat(2 * length) + masked.slice(to);
  }
  return masked === compiled.toLowerCase();
}

/**
 * What code on a chain holds at every place where an immutable is used. solc copies the value to each of them, so code that was
 * not deployed by solc's initcode may hold different ones: a getter then tells nothing about what the rest of the code uses.
 * @returns words of 32 bytes, in the order of `immutables`
 */
export function immutableValues(
  onChain: Hex,
  immutables: readonly (readonly CodeRange[])[],
): readonly (readonly Hex[])[] {
  return immutables.map((ranges) =>
    ranges.map(({ start, length }): Hex => {
      const value = onChain.slice(2 + 2 * start, 2 + 2 * (start + length)).toLowerCase();
      return `0x${value.padStart(64, '0')}`;
    }),
  );
}

/** An address as a word: a constructor argument, the value of an immutable. */
export function addressWord(address: Hex): Hex {
  return `0x${address.slice(2).toLowerCase().padStart(64, '0')}`;
}

type Members = Readonly<Record<string, unknown>>;

function members(json: unknown, where: string): Members {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) invalid(where, 'not an object');
  return json as Members;
}

function string(object: Members, name: string, where: string): string {
  const value = object[name];
  return typeof value === 'string' ? value : invalid(where, `"${name}" is not a string`);
}

function integer(object: Members, name: string, where: string): number {
  const value = object[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
    ? value
    : invalid(where, `"${name}" is not a whole number`);
}

function hex(object: Members, name: string, bytes: number, where: string): Hex {
  const value = string(object, name, where);
  if (!/^0x[\da-f]*$/.test(value) || value.length !== 2 + 2 * bytes) {
    invalid(where, `"${name}" is not ${bytes} bytes in lower-case hexadecimal`);
  }
  return value as Hex;
}

function invalid(where: string, problem: string, cause?: unknown): never {
  fail('DEPLOYMENT_INVALID', problem, {
    where,
    fix: 'Restore the file from version control, or deploy again',
    cause,
  });
}
