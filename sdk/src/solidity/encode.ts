/** How statements and proofs go into calls: the one place that knows. Needs no client library. */
import { concatBytes } from '@noble/curves/utils.js';
import { keccak_256 } from '@noble/hashes/sha3.js';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { Statement } from '../plonk/declare.ts';
import { encodeProgramKey, type Hex, type ProgramKey } from '../plonk/key.ts';
import { checkStatement } from '../plonk/proof.ts';
import { SELECTOR_BYTES } from '../plonk/schedule.ts';
import { packWords64, word } from '../transcript/encode.ts';

/** `Statement` of the contracts. */
export interface EncodedStatement {
  readonly publicInputs: Hex;
  readonly publicOutputs: Hex;
  readonly status: bigint;
}

/** 64-bit words packed big-endian. `STATEMENT_INVALID` for a word outside `[0, 2^64)`. */
export function encodeStatement(statement: Statement): EncodedStatement {
  checkStatement(statement);
  return {
    publicInputs: hex(packWords64(statement.publicInputs)),
    publicOutputs: hex(packWords64(statement.publicOutputs)),
    status: statement.status,
  };
}

/** `keccak256(abi.encode(statement))`, as the registry keys its records. */
export function statementHash(statement: Statement): Hex {
  const { publicInputs, publicOutputs, status } = encodeStatement(statement);
  const dynamic = (text: Hex): Uint8Array => {
    const bytes = hexToBytes(text.slice(2));
    return concatBytes(word(bytes.length), bytes, new Uint8Array(-bytes.length & 31));
  };
  const [inputs, outputs] = [dynamic(publicInputs), dynamic(publicOutputs)];
  // A dynamic tuple lies behind its offset; offsets within it count from its first word.
  return hex(
    keccak_256(concatBytes(word(32), word(96), word(96 + inputs.length), word(status), inputs, outputs)),
  );
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
