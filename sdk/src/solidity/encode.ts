/** How statements and proofs go into calls: the one place that knows. Needs no client library. */
import { concatBytes } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex } from '@noble/hashes/utils.js';
import type { Statement } from '../plonk/declare/declare.ts';
import { SELECTOR_BYTES } from '../plonk/declare/schedule.ts';
import { encodeProgramKey, type Hex, type ProgramKey } from '../plonk/keys/key.ts';
import { takeStatement } from '../plonk/verify/proof.ts';
import { packWords64, word } from '../transcript/encode.ts';
import { type AbiPart, abiArray, abiBytes, abiCall, abiTuple, abiWord } from './abi.ts';

/** `Statement` of the contracts. */
export interface EncodedStatement {
  readonly publicInputs: Hex;
  readonly publicOutputs: Hex;
  readonly status: bigint;
}

/** 64-bit words packed big-endian. `STATEMENT_INVALID` for a word outside `[0, 2^64)`. */
export function encodeStatement(statement: Statement): EncodedStatement {
  const { publicInputs, publicOutputs, status } = takeStatement(statement);
  return {
    publicInputs: hex(packWords64(publicInputs)),
    publicOutputs: hex(packWords64(publicOutputs)),
    status,
  };
}

/** Inverse of {@link encodeStatement}; undefined for bytes that are no whole words. */
export function statementOf({
  publicInputs,
  publicOutputs,
  status,
}: EncodedStatement): Statement | undefined {
  const words = (packed: Hex): bigint[] | undefined =>
    packed.length % 16 === 2
      ? Array.from({ length: (packed.length - 2) / 16 }, (_, i) =>
          BigInt(`0x${packed.slice(2 + 16 * i, 18 + 16 * i)}`),
        )
      : undefined;
  const [inputs, outputs] = [words(publicInputs), words(publicOutputs)];
  return inputs && outputs && { publicInputs: inputs, publicOutputs: outputs, status };
}

/** `abi.encode(statement)` is this behind one offset. */
function statementTuple({ publicInputs, publicOutputs, status }: EncodedStatement): AbiPart {
  return { tail: abiTuple(abiBytes(publicInputs), abiBytes(publicOutputs), word(status)) };
}

/** `keccak256(abi.encode(statement))`, as the registry keys its records. */
export function statementHash(statement: Statement): Hex {
  return hex(keccak_256(abiTuple(statementTuple(encodeStatement(statement)))));
}

/** Calldata of a registry's `stopByProof`. */
export function encodeStopCall(statement: EncodedStatement, proof: Hex): Hex {
  return abiCall('stopByProof((bytes,bytes,uint64),bytes)', statementTuple(statement), abiBytes(proof));
}

/** Calldata of `verify` or `attest`, which take the same. */
export function encodeProofCall(
  name: 'verify' | 'attest',
  programId: Hex,
  statement: EncodedStatement,
  proof: Hex,
): Hex {
  const signature = `${name}(bytes32,(bytes,bytes,uint64),bytes)`;
  return abiCall(signature, abiWord(programId), statementTuple(statement), abiBytes(proof));
}

/** Whose signature stands for whom; see `IAttestationRegistry.attestFor`. */
export interface Signed {
  readonly submitter: Hex;
  readonly deadline: bigint;
  readonly signature: Hex;
}

/** Calldata of `attestFor`. */
export function encodeAttestForCall(
  programId: Hex,
  statement: EncodedStatement,
  proof: Hex,
  { submitter, deadline, signature }: Signed,
): Hex {
  const signer = [abiWord(submitter), word(deadline), abiBytes(signature)] as const;
  const name = 'attestFor(bytes32,(bytes,bytes,uint64),bytes,address,uint256,bytes)';
  return abiCall(name, abiWord(programId), statementTuple(statement), abiBytes(proof), ...signer);
}

/** Calldata of `attestBatch`. */
export function encodeBatchCall(
  requests: readonly (readonly [programId: Hex, statement: EncodedStatement, proof: Hex])[],
  requireAll: boolean,
): Hex {
  const items = requests.map(([programId, statement, proof]) => ({
    tail: abiTuple(abiWord(programId), statementTuple(statement), abiBytes(proof)),
  }));
  const signature = 'attestBatch((bytes32,(bytes,bytes,uint64),bytes)[],bool)';
  return abiCall(signature, abiArray(items), word(requireAll ? 1 : 0));
}

/** The `proof` argument of a universal verifier: selector ‖ program key ‖ rest of the proof. */
export function encodeCallProof(proof: Uint8Array, programKey: ProgramKey): Hex {
  const [selector, rest] = [proof.subarray(0, SELECTOR_BYTES), proof.subarray(SELECTOR_BYTES)];
  return hex(concatBytes(selector, encodeProgramKey(programKey), rest));
}

/** The `proof` argument of a verifier that was generated for one program: the proof itself. */
export function encodeSpecialisedCallProof(proof: Uint8Array): Hex {
  return hex(proof);
}

function hex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}
