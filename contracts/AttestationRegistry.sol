// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {Attestation, AttestRequest, IAttestationRegistry} from "./interfaces/IAttestationRegistry.sol";
import {RouteState} from "./interfaces/IWattestGateway.sol";
import {IWattestVerifier, Statement} from "./interfaces/IWattestVerifier.sol";
import {WattestGateway} from "./WattestGateway.sol";

/// @title Attestation registry
/// @notice See {IAttestationRegistry}. Nobody writes or removes records but by proofs; what owner and guardian can do is add, freeze
/// and stop routes.
contract AttestationRegistry is IAttestationRegistry, WattestGateway, EIP712, Nonces {
    bytes32 private constant ATTEST_TYPEHASH = keccak256(
        "Attest(bytes32 programId,bytes32 statementHash,bytes4 selector,uint256 nonce,uint256 deadline)"
    );

    /// @dev One word, so that an attestation writes one.
    struct Record {
        address submitter;
        uint64 blockNumber;
        bytes4 selector;
    }

    /// @dev The first record of a statement, whatever its key: so who does not care for the key reads one word.
    mapping(bytes32 programId => mapping(bytes32 hash => Record)) private _first;
    /// @dev Records under further keys.
    mapping(bytes4 selector => mapping(bytes32 programId => mapping(bytes32 hash => Record)))
        private _further;

    constructor(
        address owner_,
        address guardian_,
        IWattestVerifier verifier,
        bytes32 cannotReturn
    ) WattestGateway(owner_, guardian_, verifier, cannotReturn) EIP712("wattest AttestationRegistry", "1") {} // solhint-disable-line no-empty-blocks

    /// @inheritdoc IAttestationRegistry
    function attest(
        bytes32 programId,
        Statement calldata statement,
        bytes calldata proof
    ) external returns (bytes32 hash) {
        bytes memory reason;
        (hash, reason) = _attest(programId, statement, proof, msg.sender);
        _require(reason);
    }

    /// @inheritdoc IAttestationRegistry
    function attestFor(
        bytes32 programId,
        Statement calldata statement,
        bytes calldata proof,
        address submitter,
        uint256 deadline,
        bytes calldata signature
    ) external returns (bytes32 hash) {
        if (block.timestamp > deadline) revert SignatureExpired(deadline);
        bytes32 signed = keccak256(
            abi.encode(
                ATTEST_TYPEHASH,
                programId,
                statementHash(statement),
                _selectorOf(proof),
                _useNonce(submitter),
                deadline
            )
        );
        if (!SignatureChecker.isValidSignatureNowCalldata(submitter, _hashTypedDataV4(signed), signature)) {
            revert SignatureInvalid(submitter);
        }
        bytes memory reason;
        (hash, reason) = _attest(programId, statement, proof, submitter);
        _require(reason);
    }

    /// @inheritdoc IAttestationRegistry
    function attestBatch(
        AttestRequest[] calldata requests,
        bool requireAll
    ) external returns (bytes32[] memory hashes) {
        hashes = new bytes32[](requests.length);
        for (uint256 i = 0; i < requests.length; ++i) {
            AttestRequest calldata request = requests[i];
            (bytes32 hash, bytes memory reason) = _attest(
                request.programId,
                request.statement,
                request.proof,
                msg.sender
            );
            if (reason.length == 0) {
                hashes[i] = hash;
            } else {
                if (requireAll) revert BatchRefused(i, reason);
                emit Refused(i, request.programId, hash, reason);
            }
        }
    }

    /// @inheritdoc IAttestationRegistry
    function attestation(
        bytes32 vkDigest,
        bytes32 programId,
        bytes32 hash
    ) external view returns (Attestation memory) {
        // Another key with these four bytes has no records here.
        if (_routes[bytes4(vkDigest)].vkDigest != vkDigest) return Attestation(address(0), 0, 0, false);
        return _unpack(_recordUnder(bytes4(vkDigest), programId, hash));
    }

    /// @inheritdoc IAttestationRegistry
    function anyAttestation(bytes32 programId, bytes32 hash) external view returns (Attestation memory) {
        (Record storage record, ) = _anyRecord(programId, hash);
        return _unpack(record);
    }

    /// @inheritdoc IAttestationRegistry
    function isAttested(bytes32 programId, Statement calldata statement) external view returns (bool) {
        return _counts(programId, statementHash(statement));
    }

    /// @inheritdoc IAttestationRegistry
    function hasReturned(
        bytes32 programId,
        bytes calldata publicInputs,
        bytes calldata publicOutputs
    ) external view returns (bool) {
        return _counts(programId, _hash(publicInputs, publicOutputs, 0));
    }

    /// @inheritdoc IAttestationRegistry
    function hasReturnedUnder(
        bytes32 vkDigest,
        bytes32 programId,
        bytes calldata publicInputs,
        bytes calldata publicOutputs
    ) external view returns (bool) {
        Entry storage entry = _routes[bytes4(vkDigest)];
        if (entry.vkDigest != vkDigest || entry.state == RouteState.Stopped) return false;
        bytes32 hash = _hash(publicInputs, publicOutputs, 0);
        return _recordUnder(bytes4(vkDigest), programId, hash).blockNumber != 0;
    }

    /// @inheritdoc IAttestationRegistry
    function statementHash(Statement calldata statement) public pure returns (bytes32) {
        return _hash(statement.publicInputs, statement.publicOutputs, statement.status);
    }

    /// @dev Records the statement, or says why not by the data of an error: `reason` is empty where it is on record.
    /// Nothing is called but gateway and verifier, both without the power to write.
    function _attest(
        bytes32 programId,
        Statement calldata statement,
        bytes calldata proof,
        address submitter
    ) private returns (bytes32 hash, bytes memory reason) {
        (uint256 start, uint256 size) = _encode(
            statement.publicInputs,
            statement.publicOutputs,
            statement.status
        );
        hash = _hashAt(start, size);
        if (programId == 0) return (hash, abi.encodeWithSelector(ProgramIdZero.selector));
        if (proof.length < 4) {
            return (hash, abi.encodeWithSelector(ProofTooShort.selector, proof.length));
        }
        reason = _attestEncoded(hash, submitter, programId, proof, start, size);
    }

    /// @dev The same of the statement that {_encode} wrote at `start`.
    function _attestEncoded(
        bytes32 hash,
        address submitter,
        bytes32 programId,
        bytes calldata proof,
        uint256 start,
        uint256 size
    ) private returns (bytes memory) {
        bytes4 selector = _selectorOf(proof);
        Record storage record;
        {
            Entry storage entry = _routes[selector];
            (address verifier, RouteState state) = (address(entry.verifier), entry.state);
            if (state == RouteState.None) return abi.encodeWithSelector(RouteUnknown.selector, selector);
            record = _recordUnder(selector, programId, hash);
            if (state != RouteState.Stopped && record.blockNumber != 0) return "";
            if (state != RouteState.Live) {
                return abi.encodeWithSelector(RouteNotLive.selector, selector, state);
            }
            if (!_isAccepted(verifier, programId, proof, start, size)) return _returned();
        }
        (record.submitter, record.blockNumber, record.selector) = (submitter, uint64(block.number), selector);
        _emitAttested(start, size, programId, hash, submitter, selector);
        return "";
    }

    /// @dev The event, of the statement that {_encode} wrote at `start`: abi.encode(selector, status, publicInputs, publicOutputs) is
    /// the statement with another head, in place of its own.
    function _emitAttested(
        uint256 start,
        uint256 size,
        bytes32 programId,
        bytes32 hash,
        address submitter,
        bytes4 selector
    ) private {
        bytes32 topic = Attested.selector;
        assembly ("memory-safe") {
            let status := mload(add(start, 0x40))
            mstore(add(start, 0x40), add(mload(add(start, 0x20)), 0x20))
            mstore(add(start, 0x20), 0x80)
            mstore(start, status)
            // What lies beside a value in its word is nobody's to rely on.
            mstore(sub(start, 0x20), shl(224, shr(224, selector)))
            log4(sub(start, 0x20), add(size, 0x20), topic, programId, hash, shr(96, shl(96, submitter)))
        }
    }

    /// @dev Where the record of a statement under a key is, or belongs.
    function _recordUnder(
        bytes4 selector,
        bytes32 programId,
        bytes32 hash
    ) private view returns (Record storage record) {
        record = _first[programId][hash];
        if (record.blockNumber != 0 && record.selector != selector)
            record = _further[selector][programId][hash];
    }

    /// @dev The first record under a key that is not stopped; where there is none, the first of all.
    function _anyRecord(
        bytes32 programId,
        bytes32 hash
    ) private view returns (Record storage record, bool counts) {
        record = _first[programId][hash];
        if (record.blockNumber == 0 || !_isStopped(record.selector)) {
            return (record, record.blockNumber != 0);
        }
        for (uint256 i = 0; i < _selectors.length; ++i) {
            bytes4 selector = _selectors[i];
            Record storage further = _further[selector][programId][hash];
            if (further.blockNumber != 0 && !_isStopped(selector)) return (further, true);
        }
    }

    function _isStopped(bytes4 selector) private view returns (bool) {
        return _routes[selector].state == RouteState.Stopped;
    }

    function _counts(bytes32 programId, bytes32 hash) private view returns (bool counts) {
        (, counts) = _anyRecord(programId, hash);
    }

    function _unpack(Record storage record) private view returns (Attestation memory) {
        bytes4 selector = record.selector;
        return Attestation(record.submitter, record.blockNumber, selector, _isStopped(selector));
    }

    /// @dev Calls `verify` for the statement that {_encode} wrote at `start`. The call is made of what is on record afterwards, not
    /// of the calldata of this one.
    function _isAccepted(
        address verifier,
        bytes32 programId,
        bytes calldata proof,
        uint256 start,
        uint256 size
    ) private view returns (bool success) {
        // A call of an address without code succeeds.
        if (verifier.code.length == 0) revert VerifierInvalid(verifier);
        bytes4 selector = IWattestVerifier.verify.selector;
        assembly ("memory-safe") {
            let end := add(start, size)
            mstore(sub(start, 0x80), shr(224, selector))
            mstore(sub(start, 0x60), programId)
            mstore(sub(start, 0x40), 0x60)
            mstore(sub(start, 0x20), add(size, 0x60))
            mstore(end, proof.length)
            end := add(end, 0x20)
            calldatacopy(end, proof.offset, proof.length)
            mstore(add(end, proof.length), 0)
            end := add(end, and(add(proof.length, 0x1f), not(0x1f)))
            success := staticcall(gas(), verifier, sub(start, 0x64), sub(end, sub(start, 0x64)), 0, 0)
        }
    }

    /// @dev What the last call returned. A verifier that fails without a reason has run out of gas, which says nothing of the proof.
    function _returned() private pure returns (bytes memory data) {
        assembly ("memory-safe") {
            if iszero(returndatasize()) {
                revert(0, 0)
            }
            data := mload(0x40)
            mstore(data, returndatasize())
            returndatacopy(add(data, 0x20), 0, returndatasize())
            mstore(0x40, add(data, and(add(returndatasize(), 0x3f), not(0x1f))))
        }
    }

    function _require(bytes memory reason) private pure {
        if (reason.length == 0) return;
        assembly ("memory-safe") {
            revert(add(reason, 0x20), mload(reason))
        }
    }

    function _hash(
        bytes calldata publicInputs,
        bytes calldata publicOutputs,
        uint64 status
    ) private pure returns (bytes32) {
        (uint256 start, uint256 size) = _encode(publicInputs, publicOutputs, status);
        return _hashAt(start, size);
    }

    /// @dev keccak256(abi.encode(statement))
    function _hashAt(uint256 start, uint256 size) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            mstore(sub(start, 0x20), 0x20)
            hash := keccak256(sub(start, 0x20), add(size, 0x20))
        }
    }

    /// @dev Writes a statement as abi.encode does, without the offset in front, behind room for four words. The memory stays free:
    /// it is used before anything else is put there.
    /// @return start where it stands
    /// @return size its bytes
    function _encode(
        bytes calldata publicInputs,
        bytes calldata publicOutputs,
        uint64 status
    ) private pure returns (uint256 start, uint256 size) {
        assembly ("memory-safe") {
            start := add(mload(0x40), 0x80)
            mstore(start, 0x60)
            mstore(add(start, 0x40), and(status, 0xffffffffffffffff))
            size := 0x60
            // Words are filled up with zeros, whatever stands in the calldata.
            mstore(add(start, size), publicInputs.length)
            calldatacopy(add(start, 0x80), publicInputs.offset, publicInputs.length)
            mstore(add(add(start, 0x80), publicInputs.length), 0)
            size := add(0x80, and(add(publicInputs.length, 0x1f), not(0x1f)))
            mstore(add(start, 0x20), size)
            mstore(add(start, size), publicOutputs.length)
            size := add(size, 0x20)
            calldatacopy(add(start, size), publicOutputs.offset, publicOutputs.length)
            mstore(add(add(start, size), publicOutputs.length), 0)
            size := add(size, and(add(publicOutputs.length, 0x1f), not(0x1f)))
        }
    }
}
