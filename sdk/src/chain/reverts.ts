/** Custom errors of the contracts as `WattestError`s, whichever client library brings them. */
import { type ErrorCode, isWattestError, unstopped, WattestError } from '../errors/index.ts';
import type { Hex } from '../plonk/keys/key.ts';
import { abiBytesAt, abiSelector, abiWords } from '../solidity/abi.ts';
import { errorInputs, errorSelector, VERIFIER_ERROR_NAMES, VERIFIER_ERRORS } from '../solidity/errors.ts';
import { endpointError } from './endpoint-errors.ts';

/** A custom error of one of the contracts. */
export interface ContractRevert {
  readonly name: string;
  readonly about: string;
  readonly code: ErrorCode;
  readonly fix: string | undefined;
  /** Arguments as words, by name. */
  readonly values: Readonly<Record<string, Hex>>;
}

interface Known {
  readonly name: string;
  readonly about: string;
  readonly code: ErrorCode;
  readonly parameters: readonly string[];
  /** Where it is another than that of its code. */
  readonly fix?: string | undefined;
}

interface RegistryError {
  readonly parameters: readonly (readonly [type: string, name: string])[];
  readonly about: string;
  readonly code?: ErrorCode;
  readonly fix?: string;
}

const NOT_THIS_ACCOUNT =
  'Use the account that may, or have the call printed that it is to send: --calldata (prepareOwnerCall of wattest/viem or wattest/ethers in the SDK)';

/** Of the registry and what it inherits; all arguments are single words. */
const REGISTRY_ERRORS: Readonly<Record<string, RegistryError>> = {
  VerifierInvalid: {
    parameters: [['address', 'verifier']],
    about: 'there is no verifier at this address: no code, no key, or it takes a proof of nothing',
  },
  ProgramIdZero: { parameters: [], about: 'no program has id zero' },
  SelectorReserved: { parameters: [['bytes4', 'selector']], about: 'this selector is never routed' },
  RouteExists: {
    parameters: [['bytes4', 'selector']],
    about: 'the registry has, or had, a route for this selector, which is never given away again',
  },
  RouteUnknown: {
    parameters: [['bytes4', 'selector']],
    about: 'the registry has no verifier for proofs that begin so',
    code: 'PROOF_SELECTOR',
  },
  RouteNotLive: {
    parameters: [
      ['bytes4', 'selector'],
      ['uint8', 'state'],
    ],
    about: 'the registry takes no proofs under this key any more (state 2: retired, 3: stopped)',
    code: 'KEY_STOPPED',
  },
  NotGuardian: {
    parameters: [['address', 'account']],
    about: 'only owner and guardian stop a route',
    fix: NOT_THIS_ACCOUNT,
  },
  NotReturned: {
    parameters: [['uint64', 'status']],
    about: 'the proof is of a run that did not return, which shows nothing of the key',
  },
  ProofTooShort: {
    parameters: [['uint256', 'length']],
    about: 'the proof is shorter than a selector',
    code: 'PROOF_LENGTH',
  },
  SignatureInvalid: {
    parameters: [['address', 'submitter']],
    about: "the signature is not the submitter's, or was used already, or is for something else",
  },
  SignatureExpired: {
    parameters: [['uint256', 'deadline']],
    about: 'the deadline of the signature has passed',
  },
  OwnableUnauthorizedAccount: {
    parameters: [['address', 'account']],
    about: 'only the owner of the registry may do this',
    fix: NOT_THIS_ACCOUNT,
  },
  TimelockUnexpectedOperationState: {
    parameters: [
      ['bytes32', 'operation'],
      ['bytes32', 'expected'],
    ],
    about:
      'the timelock has not this act in a state in which this can be done: it is not scheduled, waits, or is done',
  },
  TimelockInsufficientDelay: {
    parameters: [
      ['uint256', 'delay'],
      ['uint256', 'minDelay'],
    ],
    about: 'the timelock waits longer than that',
  },
  AccessControlUnauthorizedAccount: {
    parameters: [
      ['address', 'account'],
      ['bytes32', 'role'],
    ],
    about: 'the timelock has not given this account the right to do this',
    fix: NOT_THIS_ACCOUNT,
  },
  OwnableInvalidOwner: { parameters: [['address', 'owner']], about: 'the registry must have an owner' },
};

const KNOWN: ReadonlyMap<string, Known> = new Map<string, Known>([
  ...VERIFIER_ERROR_NAMES.map((name): [string, Known] => [
    errorSelector(name),
    {
      name,
      about: VERIFIER_ERRORS[name].about,
      code: VERIFIER_ERRORS[name].code,
      parameters: errorInputs(name).map(([, parameter]) => parameter),
    },
  ]),
  ...Object.entries(REGISTRY_ERRORS).map(
    ([name, { parameters, about, code = 'CHAIN_REJECTED', fix }]): [string, Known] => [
      abiSelector(`${name}(${parameters.map(([type]) => type).join(',')})`).slice(2),
      { name, about, code, fix, parameters: parameters.map(([, parameter]) => parameter) },
    ],
  ),
]);

/** `undefined` for data that is none of the contracts' errors (a panic, a string, an error of another contract). */
export function decodeRevert(data: Hex): ContractRevert | undefined {
  const known = KNOWN.get(data.slice(2, 10));
  if (known === undefined || data.length !== 10 + 64 * known.parameters.length) return undefined;
  const { name, about, code, fix, parameters } = known;
  const word = (i: number): Hex => `0x${data.slice(10 + 64 * i, 74 + 64 * i)}`;
  return { name, about, code, fix, values: Object.fromEntries(parameters.map((p, i) => [p, word(i)])) };
}

const BATCH_REFUSED = abiSelector('BatchRefused(uint256,bytes)');

/** Which of a batch the registry refused, and the data of the error that it did so with. */
function batchRefused(data: Hex): { readonly index: bigint; readonly reason: Hex } | undefined {
  if (!data.startsWith(BATCH_REFUSED)) return undefined;
  const words: Hex = `0x${data.slice(BATCH_REFUSED.length)}`;
  const [index] = abiWords(words, 1) ?? [];
  const reason = abiBytesAt(words, 1);
  return index === undefined || reason === undefined ? undefined : { index: BigInt(index), reason };
}

/** Looks for revert data in an error of viem, ethers or a provider: they nest it differently, and by version. */
export function revertData(error: unknown): Hex | undefined {
  const seen = new Set<unknown>();
  const search = (value: unknown): Hex | undefined => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return undefined;
    seen.add(value);
    const members = value as Readonly<Record<string, unknown>>;
    for (const name of ['data', 'raw']) {
      const data = members[name];
      if (typeof data === 'string' && /^0x(?:[\da-f]{2}){4,}$/i.test(data)) return data.toLowerCase() as Hex;
    }
    for (const name of ['data', 'cause', 'info', 'error', 'revert']) {
      const found = search(members[name]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return search(error);
}

/** Whether a failed call is the contract's answer; otherwise the endpoint gave none. ethers names both alike. */
export function isRevert(error: unknown): boolean {
  if (revertData(error) !== undefined) return true;
  for (let at = error; typeof at === 'object' && at !== null; at = (at as { cause?: unknown }).cause) {
    const { name, details, info } = at as {
      readonly name?: unknown;
      readonly details?: unknown;
      readonly info?: { readonly error?: { readonly message?: unknown } };
    };
    if (name === 'ExecutionRevertedError') return true;
    if ([details, info?.error?.message].some((text) => /revert/i.test(String(text)))) return true;
  }
  return false;
}

const REJECTED = 'The proof is forged, corrupt, or for another program, statement or verifier.';
const FIXES: Partial<Record<ErrorCode, string>> = {
  KEY_INSECURE: 'Import a ceremony file (.ptau) and make the key from it, or use a development chain.',
  CHAIN_CALL_FAILED: 'Give the call more gas; the chain must have the precompiles of EIP-196 and EIP-197.',
  CHAIN_REJECTED: 'Check the address and the arguments.',
  KEY_STOPPED:
    'Prove under a key that is in use: see the routes of the registry (wattest deploy --network NAME --check).',
};

/** The error that users see for a failed call, deployment or transaction. A `WattestError` passes through. */
export function chainError(error: unknown, where: string): WattestError {
  if (isWattestError(error)) return error;
  const data = revertData(error);
  const batch = data === undefined ? undefined : batchRefused(data);
  if (batch !== undefined)
    return chainError({ data: batch.reason, cause: error }, `${where}: requests[${batch.index}]`);
  const revert = data === undefined ? undefined : decodeRevert(data);
  if (revert !== undefined) {
    const values = Object.entries(revert.values).map(([name, value]) => `${name} ${shortHex(value)}`);
    return new WattestError(
      revert.code,
      `${revert.about} (${revert.name}${values.length === 0 ? '' : `: ${values.join(', ')}`})`,
      { where, fix: revert.fix ?? FIXES[revert.code] ?? REJECTED, cause: error },
    );
  }
  return (
    endpointError(error, where) ??
    new WattestError('CHAIN_CALL_FAILED', plainMessage(error), {
      where,
      fix: 'Check the network and the address',
      cause: error,
    })
  );
}

const LONGEST_MESSAGE = 300;

/**
 * What a client library says, and what the node said to it: "RPC Request failed: insufficient funds". Only these two: the rest of
 * their messages can hold the URL of the endpoint, which may have an access key in it, and whole calls.
 */
function plainMessage(error: unknown): string {
  const { shortMessage, message, details, info } = error as {
    readonly [name in 'shortMessage' | 'message' | 'details']?: unknown;
  } & { readonly info?: { readonly error?: { readonly message?: unknown } } };
  const texts = [shortMessage ?? message ?? String(error), info?.error?.message ?? details]
    .filter((text) => typeof text === 'string')
    .map(unstopped)
    .filter((text) => text !== '');
  const [first = 'no reason given', second] = texts;
  const text = second === undefined || first.includes(second) ? first : `${first}: ${second}`;
  return text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE)}…`;
}

/** Runs a chain operation and translates what it throws. */
export async function onChain<T>(where: string, operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    throw chainError(error, where);
  }
}

function shortHex(word: Hex): string {
  return /^0x0{48}/.test(word) ? String(BigInt(word)) : /0{56}$/.test(word) ? word.slice(0, 10) : word;
}
