/**
 * `deployments/<network>.json`: what was deployed where, in a form that can be checked again. The same deployment gives the
 * same bytes: fixed order, no times, no machine names.
 */
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { CONTRACT_KINDS, type ContractKind } from '../attest/session/contract-kinds.ts';
import { fail } from '../errors/index.ts';
import { Reader } from '../json/reader.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiWord } from '../solidity/abi.ts';
import type { CodeRange } from '../solidity/compile.ts';
import type { SentTransactions } from './calls.ts';

const DEPLOYMENT_FORMAT = 'wattest-deployment';
const DEPLOYMENT_FORMAT_VERSION = 3;

/** One contract on a chain. */
export interface DeployedContract {
  readonly contract: string;
  readonly address: Hex;
  /** Each an address, or a word of 32 bytes. */
  readonly constructorArguments: readonly Hex[];
  /** keccak256 of the code at the address (EXTCODEHASH). */
  readonly codeHash: Hex;
  /** With which the factory for CREATE2 made it, so that the address says of what; undefined where a transaction of its own did. */
  readonly salt: Hex | undefined;
  /** Undefined where it stood before and the chain did not say since when. */
  readonly blockNumber: number | undefined;
  /** Undefined where it stood before it was deployed. */
  readonly transactionHash: Hex | undefined;
}

export interface DeployedVerifier extends DeployedContract {
  readonly kind: ContractKind;
  readonly vkDigest: Hex;
  readonly selector: Hex;
  /** Made from a development SRS: its attestations prove nothing. */
  readonly insecure: boolean;
  /** Version of the generator that wrote its source. */
  readonly generator: string;
  /** Id of the program that cannot return, of its route. */
  readonly cannotReturn: Hex;
}

/** The owner of the registry, where a timelock was deployed for it. */
export interface DeployedTimelock extends DeployedContract {
  /** Seconds. */
  readonly minDelay: number;
  readonly proposers: readonly Hex[];
  /** The zero address: anybody. */
  readonly executors: readonly Hex[];
}

export interface Deployment {
  readonly network: string;
  readonly chainId: number;
  readonly registry: DeployedContract;
  /** Those that the registry has routes to, one of a kind, in the order of {@link CONTRACT_KINDS}. */
  readonly verifiers: readonly DeployedVerifier[];
  readonly timelock: DeployedTimelock | undefined;
}

/** The verifier of a kind, if there is one. */
export function verifierOfKind({ verifiers }: Deployment, kind: ContractKind): DeployedVerifier | undefined {
  return verifiers.find((verifier) => verifier.kind === kind);
}

/** Whom the registry belonged to when it was made. */
export function firstOwner({ registry }: Deployment): Hex | undefined {
  return registry.constructorArguments[0];
}

/** The deployment with another verifier. */
export function withVerifier(deployment: Deployment, verifier: DeployedVerifier): Deployment {
  const verifiers = [...deployment.verifiers, verifier];
  const order = ({ kind }: DeployedVerifier): number => CONTRACT_KINDS.indexOf(kind);
  return { ...deployment, verifiers: verifiers.sort((a, b) => order(a) - order(b)) };
}

/** The file's text. */
export function formatDeployment({ network, chainId, verifiers, registry, timelock }: Deployment): string {
  const contract = (c: DeployedContract): Record<string, unknown> => ({
    contract: c.contract,
    address: c.address.toLowerCase(),
    constructorArguments: c.constructorArguments.map((argument) => argument.toLowerCase()),
    codeHash: c.codeHash,
    salt: c.salt,
    blockNumber: c.blockNumber,
    transactionHash: c.transactionHash,
  });
  const json = {
    format: DEPLOYMENT_FORMAT,
    formatVersion: DEPLOYMENT_FORMAT_VERSION,
    network,
    chainId,
    registry: contract(registry),
    timelock:
      timelock === undefined
        ? undefined
        : {
            ...contract(timelock),
            minDelay: timelock.minDelay,
            proposers: timelock.proposers.map((each) => each.toLowerCase()),
            executors: timelock.executors.map((each) => each.toLowerCase()),
          },
    verifiers: verifiers.map((verifier) => ({
      kind: verifier.kind,
      ...contract(verifier),
      vkDigest: verifier.vkDigest,
      selector: verifier.selector,
      insecure: verifier.insecure,
      generator: verifier.generator,
      cannotReturn: verifier.cannotReturn,
    })),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/**
 * Strict inverse of {@link formatDeployment}.
 * @param where the file's path, for messages
 * @throws DEPLOYMENT_INVALID; DEPLOYMENT_VERSION for a file of another version
 */
export function parseDeployment(text: string, where: string): Deployment {
  const top = openDeployment(text, where, DEPLOYMENT_FORMAT, DEPLOYMENT_FORMAT_VERSION);
  const verifiers = top.at('verifiers').list(readVerifier, CONTRACT_KINDS.length);
  if (verifiers.length === 0) top.at('verifiers').invalid('names no verifier');
  const kinds = CONTRACT_KINDS.filter((kind) => verifiers.some((verifier) => verifier.kind === kind));
  if (kinds.join() !== verifiers.map(({ kind }) => kind).join())
    top.at('verifiers').invalid('has a kind twice, or in another order');
  return {
    network: top.at('network').text(),
    chainId: top.at('chainId').integer(),
    registry: readContract(top.at('registry')),
    verifiers,
    timelock: top.at('timelock').value === undefined ? undefined : readTimelock(top.at('timelock')),
  };
}

function readVerifier(verifier: Reader): DeployedVerifier {
  return {
    kind: verifier.at('kind').oneOf(CONTRACT_KINDS),
    ...readContract(verifier),
    vkDigest: verifier.at('vkDigest').hex(32),
    selector: verifier.at('selector').hex(4),
    insecure: verifier.at('insecure').boolean(),
    generator: verifier.at('generator').text(),
    cannotReturn: verifier.at('cannotReturn').hex(32),
  };
}

function readTimelock(timelock: Reader): DeployedTimelock {
  const members = (name: string): readonly Hex[] =>
    timelock.at(name).list((member) => member.hex(20), MOST_ARGUMENTS);
  return {
    ...readContract(timelock),
    minDelay: timelock.at('minDelay').integer(),
    proposers: members('proposers'),
    executors: members('executors'),
  };
}

function readContract(contract: Reader): DeployedContract {
  const optional = <T>(name: string, read: (member: Reader) => T): T | undefined =>
    contract.at(name).value === undefined ? undefined : read(contract.at(name));
  const salt = optional('salt', (member) => member.hex(32));
  const transactionHash = optional('transactionHash', (member) => member.hex(32));
  if (salt === undefined && transactionHash === undefined)
    contract.invalid('has neither a salt nor a transaction that made it');
  return {
    contract: contract.at('contract').text(),
    address: contract.at('address').hex(20),
    constructorArguments: contract
      .at('constructorArguments')
      .list((argument) => argument.take<Hex>(isArgument, 'is neither an address nor a word'), MOST_ARGUMENTS),
    codeHash: contract.at('codeHash').hex(32),
    salt,
    blockNumber: optional('blockNumber', (member) => member.integer()),
    transactionHash,
  };
}

const MOST_ARGUMENTS = 64;

/** What the constructors of registry and timelock take: an address of 20 bytes or a word of 32, in lower case. */
export function isArgument(value: unknown): value is Hex {
  return typeof value === 'string' && /^0x(?:[\da-f]{40}|[\da-f]{64})$/.test(value);
}

function openDeployment(text: string, where: string, format: string, version: number): Reader {
  const top = Reader.parse(text, where, {
    code: 'DEPLOYMENT_INVALID',
    fix: 'Restore the file from version control, or deploy again',
  });
  if (top.at('format').value !== format) top.invalid(`is not a ${format}`);
  const found = top.at('formatVersion').value;
  if (found !== version) {
    fail('DEPLOYMENT_VERSION', `format ${String(found).slice(0, 16)} of deployments, this is ${version}`, {
      where,
      fix: 'Use the release of wattest that deployed it, or have the file written anew with --replace',
    });
  }
  return top;
}

/** Transactions of a deployment that did not come to its end, with what says whether another attempt goes on with them. */
export interface UnfinishedDeployment {
  readonly network: string;
  readonly chainId: number;
  /** Digest of the key that it is for. */
  readonly vkDigest: Hex;
  readonly sent: SentTransactions;
}

const UNFINISHED_FORMAT = 'wattest-unfinished-deployment';
const UNFINISHED_FORMAT_VERSION = 3;

/** The file's text. */
export function formatUnfinished({ network, chainId, vkDigest, sent }: UnfinishedDeployment): string {
  const json = {
    format: UNFINISHED_FORMAT,
    formatVersion: UNFINISHED_FORMAT_VERSION,
    network,
    chainId,
    vkDigest,
    transactions: sent,
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

/** Strict inverse of {@link formatUnfinished}. @throws DEPLOYMENT_INVALID */
export function parseUnfinished(text: string, where: string): UnfinishedDeployment {
  const top = openDeployment(text, where, UNFINISHED_FORMAT, UNFINISHED_FORMAT_VERSION);
  const transactions = top.at('transactions');
  const hash = (name: keyof SentTransactions): Partial<SentTransactions> =>
    transactions.at(name).value === undefined ? {} : { [name]: transactions.at(name).hex(32) };
  return {
    network: top.at('network').text(),
    chainId: top.at('chainId').integer(),
    vkDigest: top.at('vkDigest').hex(32),
    sent: { ...hash('timelock'), ...hash('verifier'), ...hash('registry') },
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
  return `0x${bytesToHex(abiWord(address))}`;
}
