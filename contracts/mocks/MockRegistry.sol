// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AttestationRegistry} from "../AttestationRegistry.sol";
import {IWattestGateway} from "../interfaces/IWattestGateway.sol";
import {IWattestVerifier, Statement} from "../interfaces/IWattestVerifier.sol";
import {WattestGateway} from "../WattestGateway.sol";
import {MockVerifier} from "./MockVerifier.sol";

/// @title FAKE registry, for tests of consumers
/// @notice {AttestationRegistry} with a {MockVerifier} behind it: anyone puts anything on record, in milliseconds. All else is as it
/// is of the real one, so that a consumer can be tested against records, batches, signatures, retired and stopped keys. Whoever
/// deploys it is owner and guardian. Works on development chains (31337, 1337) and on no others.
contract MockRegistry is AttestationRegistry {
    /// @notice Nothing that is on record here was proven.
    event FakeRegistry(string warning);

    bool public constant IS_MOCK = true;
    MockVerifier public immutable VERIFIER;

    constructor() AttestationRegistry(msg.sender, msg.sender, IWattestVerifier(address(0)), 0) {
        // Reverts on other chains.
        VERIFIER = new MockVerifier();
        _addRoute(VERIFIER, keccak256("cannot return"));
        emit FakeRegistry("Nothing that is on record here was proven: for tests only");
    }

    /// @notice Puts it on record that a program returned.
    function fake(
        bytes32 programId,
        bytes calldata publicInputs,
        bytes calldata publicOutputs
    ) external returns (bytes32 hash) {
        return fakeStatement(programId, Statement(publicInputs, publicOutputs, 0));
    }

    /// @notice Puts any statement on record, also of a run that trapped. This contract is its submitter.
    function fakeStatement(bytes32 programId, Statement memory statement) public returns (bytes32 hash) {
        return this.attest(programId, statement, VERIFIER.fakeProof(programId, statement));
    }

    /// @notice A proof that `attest`, `attestFor`, `attestBatch`, `stopByProof` and `verify` take here, and nobody else.
    function fakeProof(bytes32 programId, Statement calldata statement) external view returns (bytes memory) {
        return VERIFIER.fakeProof(programId, statement);
    }

    /// @notice As of the real one, but for the range of mocks.
    function isReserved(
        bytes4 selector
    ) public pure override(IWattestGateway, WattestGateway) returns (bool) {
        return bytes3(selector) == 0x000000;
    }
}
