// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Attestation, IAttestationRegistry} from "./interfaces/IAttestationRegistry.sol";
import {IWattestVerifier, Statement} from "./interfaces/IWattestVerifier.sol";

/// @title Attestation registry
/// @notice See {IAttestationRegistry}. No owner, no upgrade, no caller-supplied verifier.
contract AttestationRegistry is IAttestationRegistry {
    IWattestVerifier public immutable VERIFIER;
    bytes32 public immutable VK_DIGEST;

    mapping(bytes32 programId => mapping(bytes32 hash => Attestation)) private _attestations;

    constructor(IWattestVerifier verifier) {
        if (address(verifier).code.length == 0) revert VerifierInvalid(address(verifier));
        VERIFIER = verifier;
        VK_DIGEST = verifier.VK_DIGEST();
        if (VK_DIGEST == 0) revert VerifierInvalid(address(verifier));
        // As the verifier's own constructor does, which other initcode than solc's could have skipped.
        if (verifier.INSECURE_SRS() && block.chainid != 31337 && block.chainid != 1337) {
            revert IWattestVerifier.InsecureOnPublicChain(block.chainid);
        }
    }

    /// @inheritdoc IAttestationRegistry
    function attest(
        bytes32 programId,
        Statement calldata statement,
        bytes calldata proof
    ) external returns (bytes32 hash) {
        if (programId == 0) revert ProgramIdZero();
        hash = _hash(statement);
        Attestation storage record = _attestations[programId][hash];
        if (record.blockNumber != 0) return hash;
        // Reverts unless the proof is right, with the reason as the verifier names it.
        VERIFIER.verify(programId, statement, proof);
        record.submitter = msg.sender;
        record.blockNumber = uint64(block.number);
        emit Attested(programId, hash, msg.sender, statement.status);
    }

    /// @inheritdoc IAttestationRegistry
    function attestation(bytes32 programId, bytes32 hash) external view returns (Attestation memory) {
        return _attestations[programId][hash];
    }

    /// @inheritdoc IAttestationRegistry
    function isAttested(bytes32 programId, Statement calldata statement) external view returns (bool) {
        return _attestations[programId][_hash(statement)].blockNumber != 0;
    }

    /// @inheritdoc IAttestationRegistry
    function hasReturned(
        bytes32 programId,
        bytes calldata publicInputs,
        bytes calldata publicOutputs
    ) external view returns (bool) {
        bytes32 hash = keccak256(abi.encode(Statement(publicInputs, publicOutputs, 0)));
        return _attestations[programId][hash].blockNumber != 0;
    }

    /// @inheritdoc IAttestationRegistry
    function statementHash(Statement calldata statement) external pure returns (bytes32) {
        return _hash(statement);
    }

    function _hash(Statement calldata statement) private pure returns (bytes32) {
        return keccak256(abi.encode(statement));
    }
}
