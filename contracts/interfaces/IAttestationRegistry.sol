// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IWattestVerifier, Statement} from "./IWattestVerifier.sol";

/// @notice Who brought the proof of a statement, and when. `blockNumber` is 0 where there is none. `submitter` is whose
/// transaction was mined first: proofs can be copied from the mempool, so it is neither the author nor a right to anything.
struct Attestation {
    address submitter;
    uint64 blockNumber;
}

/// @title Record of proven statements
/// @notice A statement is proven or it is not: records are keyed by program and statement only, never by proof bytes
/// (anyone can re-randomise a proof). Replay protection, where a use needs it, is the consumer's: a nonce or address among
/// the public inputs, at a fixed place, decoded from there.
/// No hash of a statement or of all its inputs is such a nonce: public inputs that the program never reads may follow those
/// that it reads, so one run makes many statements true. Require the exact length of the inputs.
/// Runs that trapped or exited with an error are statements too, and are recorded with their status. Where a result is
/// meant, ask {hasReturned}.
interface IAttestationRegistry {
    /// @notice The first accepted proof of a statement.
    event Attested(
        bytes32 indexed programId,
        bytes32 indexed statementHash,
        address indexed submitter,
        uint64 status
    );

    /// @notice The verifier given to the constructor has no code or no key. One of a development SRS is refused by the
    /// verifier's own InsecureOnPublicChain, except on development chains.
    error VerifierInvalid(address verifier);
    /// @notice No program has id zero.
    error ProgramIdZero();

    /// @notice Verifies the proof and records the statement. A statement that is recorded already stays as it is,
    /// without a second event and without looking at the proof.
    /// @return hash the statement's hash
    function attest(
        bytes32 programId,
        Statement calldata statement,
        bytes calldata proof
    ) external returns (bytes32 hash);

    /// @notice The verifier, fixed at construction.
    function VERIFIER() external view returns (IWattestVerifier);

    /// @notice Digest of the verifying key that records of this registry stand on.
    function VK_DIGEST() external view returns (bytes32);

    function attestation(bytes32 programId, bytes32 hash) external view returns (Attestation memory);

    /// @notice Whether the statement is recorded, however the run ended: also with a status that is not 0.
    function isAttested(bytes32 programId, Statement calldata statement) external view returns (bool);

    /// @notice Whether it is recorded that the program *returned* (status 0) with these inputs and outputs. Never true of
    /// a run that trapped or exited with an error.
    function hasReturned(
        bytes32 programId,
        bytes calldata publicInputs,
        bytes calldata publicOutputs
    ) external view returns (bool);

    /// @notice keccak256(abi.encode(statement))
    function statementHash(Statement calldata statement) external pure returns (bytes32);
}
