/**
 * The custom errors of the generated verifier, declared once: printed into the interface, turned into selectors for the Yul,
 * and decoded back into `WattestError`s. The order is the order in which a call can meet them.
 */
import type { ErrorCode } from '../errors/index.ts';
import { abiSelector } from './abi.ts';

export interface ContractError {
  /** Solidity parameters, all of them single words. */
  readonly inputs: string;
  /** What it means, for the interface's comment and for messages. */
  readonly about: string;
  /** The code under which the SDK reports it. */
  readonly code: ErrorCode;
}

export const VERIFIER_ERRORS = {
  CalldataNotCanonical: {
    inputs: '',
    about: 'the arguments are not encoded as abi.encode would encode them',
    code: 'STATEMENT_INVALID',
  },
  StatementLength: {
    inputs: 'uint256 received',
    about: 'the public inputs or outputs are not a whole number of 8-byte words',
    code: 'STATEMENT_INVALID',
  },
  ProofSelector: {
    inputs: 'bytes4 received, bytes4 expected',
    about: 'the proof is for another verifying key',
    code: 'PROOF_SELECTOR',
  },
  ProofLength: {
    inputs: 'uint256 received, uint256 expected',
    about: 'the proof is too short or something follows it',
    code: 'PROOF_LENGTH',
  },
  ProgramMismatch: {
    inputs: 'bytes32 received, bytes32 expected',
    about: 'the program key is not the one of the program id',
    code: 'PROOF_PROGRAM',
  },
  ProgramKeyInvalid: {
    inputs: 'uint256 word',
    about: 'a word of the program key is out of range, or a commitment is not on the curve',
    code: 'KEY_INVALID',
  },
  HeightOutOfRange: {
    inputs: 'uint256 chip, uint256 log',
    about: 'the height of a chip is below its minimum or above what the key allows',
    code: 'PROOF_HEIGHTS',
  },
  HeightsNotCanonical: {
    inputs: 'bytes32 received',
    about: 'the bytes behind the heights are not zero',
    code: 'PROOF_HEIGHTS',
  },
  PointNotCanonical: {
    inputs: 'uint256 index',
    about: 'a coordinate is not below p',
    code: 'PROOF_POINT',
  },
  PointAtInfinity: {
    inputs: 'uint256 index',
    about: 'the point at infinity stands for a commitment',
    code: 'PROOF_POINT',
  },
  PointNotOnCurve: {
    inputs: 'uint256 index',
    about: 'a point is not on the curve',
    code: 'PROOF_POINT',
  },
  ScalarNotCanonical: {
    inputs: 'uint256 index',
    about: 'a value is not below r',
    code: 'PROOF_SCALAR',
  },
  ChallengeInDomain: {
    inputs: '',
    about: 'the challenge z lies in the domain; honest proofs meet this with probability 2^-230',
    code: 'PROOF_CHALLENGE',
  },
  PublicTermZero: {
    inputs: '',
    about: 'a public term has denominator zero; honest proofs meet this with probability 2^-240',
    code: 'PROOF_PUBLIC_TERM',
  },
  SumFails: {
    inputs: '',
    about: 'the sum that the proof names and the public terms of the statement do not add up to zero',
    code: 'PROOF_SUM',
  },
  EvaluatorFails: {
    inputs: 'uint256 index',
    about: 'a contract that evaluates constraints gave no result',
    code: 'CHAIN_CALL_FAILED',
  },
  IdentityFails: {
    inputs: '',
    about: 'the constraint identity does not hold at z',
    code: 'PROOF_IDENTITY',
  },
  InverseFails: {
    inputs: '',
    about: 'the last word is not the inverse of the product of the moduli',
    code: 'PROOF_INVERSE',
  },
  PrecompileFails: {
    inputs: 'uint256 precompile',
    about: 'a precompiled contract failed or ran out of gas',
    code: 'CHAIN_CALL_FAILED',
  },
  PairingFails: {
    inputs: '',
    about: 'the values are not those of the commitments',
    code: 'PROOF_PAIRING',
  },
  InsecureOnPublicChain: {
    inputs: 'uint256 chainId',
    about: 'a verifier made with a development SRS stands on something else than a development chain',
    code: 'KEY_INSECURE',
  },
} as const;

export type VerifierErrorName = keyof typeof VERIFIER_ERRORS;

export const VERIFIER_ERROR_NAMES: readonly VerifierErrorName[] = Object.keys(
  VERIFIER_ERRORS,
) as VerifierErrorName[];

/** Types and names of the parameters. */
export function errorInputs(name: VerifierErrorName): (readonly [type: string, name: string])[] {
  const { inputs }: ContractError = VERIFIER_ERRORS[name];
  return inputs === '' ? [] : inputs.split(', ').map((input) => input.split(' ') as [string, string]);
}

/** `Name(type,…)` */
export function errorSignature(name: VerifierErrorName): string {
  return `${name}(${errorInputs(name)
    .map(([type]) => type)
    .join(',')})`;
}

/** First four bytes of the signature's hash, in hexadecimal without prefix. */
export function errorSelector(name: VerifierErrorName): string {
  return abiSelector(errorSignature(name)).slice(2);
}
