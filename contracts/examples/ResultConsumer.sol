// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";

/// @title Example of a contract that relies on what a program computed
/// @notice Registry and program are fixed at construction; nobody who brings a result chooses them. A run that trapped or
/// exited with an error can be attested as well, so what is asked is whether the program *returned* with this result.
contract ResultConsumer {
    IAttestationRegistry public immutable REGISTRY;
    bytes32 public immutable PROGRAM_ID;

    /// @notice Hash of the outputs that were accepted for these inputs.
    mapping(bytes32 inputsHash => bytes32 outputsHash) public accepted;

    event Accepted(bytes publicInputs, bytes publicOutputs);

    error NotProven();

    constructor(IAttestationRegistry registry, bytes32 programId) {
        REGISTRY = registry;
        PROGRAM_ID = programId;
    }

    /// @notice Takes a result, once it is attested. With private inputs a program can have several for the same public
    /// inputs: whether the first one wins, or what tells them apart, is for a real consumer to say.
    function accept(bytes calldata publicInputs, bytes calldata publicOutputs) external {
        if (!REGISTRY.hasReturned(PROGRAM_ID, publicInputs, publicOutputs)) revert NotProven();
        accepted[keccak256(publicInputs)] = keccak256(publicOutputs);
        emit Accepted(publicInputs, publicOutputs);
    }
}
