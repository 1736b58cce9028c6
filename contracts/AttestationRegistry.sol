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
        // Goes on to the verifier with the call itself.
        // solhint-disable-next-line no-unused-vars
        bytes calldata proof
    ) external returns (bytes32 hash) {
        if (programId == 0) revert ProgramIdZero();
        hash = _hash(statement);
        Attestation storage record = _attestations[programId][hash];
        if (record.blockNumber != 0) return hash;
        _verify();
        _attestations[programId][hash] = Attestation(msg.sender, uint64(block.number));
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

    /// @dev Reverts unless the proof is right, with the reason as the verifier names it. `verify` takes the arguments of
    /// `attest`, so the call goes on as it came but for its selector: decoding and encoding them again would cost 3,000 gas.
    function _verify() private view {
        IWattestVerifier verifier = VERIFIER;
        // A call of an address without code succeeds.
        if (address(verifier).code.length == 0) revert VerifierInvalid(address(verifier));
        bytes4 selector = IWattestVerifier.verify.selector;
        assembly ("memory-safe") {
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            mstore(data, or(selector, and(mload(data), not(shl(224, 0xffffffff)))))
            if iszero(staticcall(gas(), verifier, data, calldatasize(), 0, 0)) {
                returndatacopy(data, 0, returndatasize())
                revert(data, returndatasize())
            }
        }
    }

    function _hash(Statement calldata statement) private pure returns (bytes32) {
        return keccak256(abi.encode(statement));
    }
}
