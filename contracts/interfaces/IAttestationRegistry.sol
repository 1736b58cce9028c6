// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IWattestGateway} from "./IWattestGateway.sol";
import {Statement} from "./IWattestVerifier.sol";

/// @notice Who brought the proof of a statement, and when. `blockNumber` is 0 where there is no record. `submitter` is whose
/// transaction or signature was mined first: proofs can be copied from the mempool, so it is neither the author nor a right to
/// anything.
/// @param selector first four bytes of the digest of the key under which it was proven
/// @param stopped whether that key has been stopped since: then the record is worth nothing
struct Attestation {
    address submitter;
    uint64 blockNumber;
    bytes4 selector;
    bool stopped;
}

/// @notice Arguments of {IAttestationRegistry-attest}, for a batch.
struct AttestRequest {
    bytes32 programId;
    Statement statement;
    bytes proof;
}

/// @title Record of proven statements
/// @notice A statement is proven or it is not: records are keyed by verifying key, program and statement, never by proof bytes
/// (anyone can re-randomise a proof). Replay protection, where a use needs it, is the consumer's: a nonce or address among
/// the public inputs, at a fixed place, decoded from there.
/// No hash of a statement or of all its inputs is such a nonce: public inputs that the program never reads may follow those
/// that it reads, so one run makes many statements true. Require the exact length of the inputs.
/// Runs that trapped or exited with an error are statements too, and are recorded with their status. Where a result is
/// meant, ask {hasReturned}.
/// The registry is the gateway to the verifiers of its keys, too. A record of a key that has been stopped stays readable, and counts
/// for nothing.
interface IAttestationRegistry is IWattestGateway {
    /// @notice The first accepted proof of a statement under a key.
    /// @param selector first four bytes of the key's digest; the event RouteAdded has all of it
    event Attested(
        bytes32 indexed programId,
        bytes32 indexed statementHash,
        address indexed submitter,
        bytes4 selector,
        uint64 status,
        bytes publicInputs,
        bytes publicOutputs
    );

    /// @notice What is wrong with one of a batch: `reason` is the data that {attest} would revert with.
    event Refused(
        uint256 indexed index,
        bytes32 indexed programId,
        bytes32 indexed statementHash,
        bytes reason
    );

    /// @notice The signature is not the submitter's, or is for something else.
    error SignatureInvalid(address submitter);
    /// @notice The signature was good until the deadline.
    error SignatureExpired(uint256 deadline);
    /// @notice One of a batch of which all were asked for; `reason` is the data that {attest} would revert with.
    error BatchRefused(uint256 index, bytes reason);

    /// @notice Verifies the proof by the route of its first four bytes and records the statement under that key. A statement that
    /// is recorded under it already stays as it is, without a second event and without looking at the rest of the proof.
    /// @return hash the statement's hash
    function attest(
        bytes32 programId,
        Statement calldata statement,
        bytes calldata proof
    ) external returns (bytes32 hash);

    /// @notice The same for whoever signed it, whoever sends it. The signature is one of EIP-712, or of ERC-1271 where the
    /// submitter is a contract, of Attest(bytes32 programId,bytes32 statementHash,bytes4 selector,uint256 nonce,uint256 deadline).
    /// Its nonce is {nonces}(submitter), and is used up also where the record stands already.
    /// @param deadline last second (of block.timestamp) in which the signature is good
    function attestFor(
        bytes32 programId,
        Statement calldata statement,
        bytes calldata proof,
        address submitter,
        uint256 deadline,
        bytes calldata signature
    ) external returns (bytes32 hash);

    /// @notice Several at once. One that is refused is named by the event {Refused} and spoils no other, unless all are required.
    /// @param requireAll whether all or none are to be recorded
    /// @return hashes of the statements; zero for those that were refused
    function attestBatch(
        AttestRequest[] calldata requests,
        bool requireAll
    ) external returns (bytes32[] memory hashes);

    /// @notice The record of a statement under a key; also where the key has been stopped, which it says.
    function attestation(
        bytes32 vkDigest,
        bytes32 programId,
        bytes32 hash
    ) external view returns (Attestation memory);

    /// @notice A record of a statement, whatever the key: the first that counts, else the first of all, which says that its key has
    /// been stopped.
    function anyAttestation(bytes32 programId, bytes32 hash) external view returns (Attestation memory);

    /// @notice Whether the statement is recorded under a key that has not been stopped, however the run ended: also with a status
    /// that is not 0.
    function isAttested(bytes32 programId, Statement calldata statement) external view returns (bool);

    /// @notice Whether it is recorded, under a key that has not been stopped, that the program *returned* (status 0) with these
    /// inputs and outputs. Never true of a run that trapped or exited with an error.
    function hasReturned(
        bytes32 programId,
        bytes calldata publicInputs,
        bytes calldata publicOutputs
    ) external view returns (bool);

    /// @notice The same of records under one key alone: for those who do not rely on whoever adds routes.
    function hasReturnedUnder(
        bytes32 vkDigest,
        bytes32 programId,
        bytes calldata publicInputs,
        bytes calldata publicOutputs
    ) external view returns (bool);

    /// @notice keccak256(abi.encode(statement))
    function statementHash(Statement calldata statement) external pure returns (bytes32);
}
