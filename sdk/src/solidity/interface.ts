/** Text of the interface that every generated verifier has; `contracts/interfaces/IWattestVerifier.sol` holds the same. */
import { errorSelector, VERIFIER_ERROR_NAMES, VERIFIER_ERRORS } from './errors.ts';

/** Version of Solidity that generated and written contracts ask for. */
export const PRAGMA = 'pragma solidity ^0.8.30;';
export const LICENSE = '// SPDX-License-Identifier: Apache-2.0';

/** `interface IWattestVerifier { … }` without licence and pragma. */
export function verifierInterface(): string {
  const errors = VERIFIER_ERROR_NAMES.flatMap((name) => [
    `    /// @notice ${capital(VERIFIER_ERRORS[name].about)}.`,
    `    error ${name}(${VERIFIER_ERRORS[name].inputs}); // 0x${errorSelector(name)}`,
  ]);
  return `/// @notice What is attested: 64-bit words, big-endian, eight bytes each without gaps.
/// @param publicInputs words that the program was given: arguments, then public inputs
/// @param publicOutputs words that it gave out: what it wrote, then its results
/// @param status 0 if it returned; otherwise kind · 2^32 + code
struct Statement {
    bytes publicInputs;
    bytes publicOutputs;
    uint64 status;
}

/// @title Verifier of wattest proofs
interface IWattestVerifier {
${errors.join('\n')}

    /// @notice Reverts, with the name of the reason, unless the proof shows that the program with this id makes the
    /// statement true. Proofs can be re-randomised: never use their bytes against replay.
    /// @param programId keccak256(abi.encode(digest of the machine, program key))
    /// @param statement what the proof is about
    /// @param proof selector of the verifier, the program key (in a universal verifier), the proof
    function verify(bytes32 programId, Statement calldata statement, bytes calldata proof) external view;

    /// @notice Digest of the verifying key, computed from the constants that \`verify\` uses.
    function VK_DIGEST() external view returns (bytes32);

    /// @notice First four bytes of the digest, with which proofs for this verifier start.
    function SELECTOR() external view returns (bytes4);

    /// @notice Whether the key comes from a development SRS: its proofs prove nothing.
    function INSECURE_SRS() external view returns (bool);
}
`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
