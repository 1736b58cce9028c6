// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";

/// @title Example of a contract that relies on what a program computed
/// @notice Registry and program are fixed at construction; nobody who brings a result chooses them. A run that trapped or
/// exited with an error can be attested as well, so what is asked is whether the program *returned* with this result.
/// One run makes several statements true, as inputs that the program never reads may follow those that it reads. So the
/// number of input words is fixed too; otherwise a hash of the inputs names a run no more than its proof does.
contract ResultConsumer {
    IAttestationRegistry public immutable REGISTRY;
    bytes32 public immutable PROGRAM_ID;
    /// @notice Public input words that the program reads in every run. For one that reads now more, now less, or drops bits
    /// of a word, this is not enough: decode what it reads, and key on that.
    uint256 public immutable INPUT_WORDS;

    /// @notice Hash of the outputs that were accepted for these inputs, which have one encoding only.
    mapping(bytes32 inputsHash => bytes32 outputsHash) public accepted;

    event Accepted(bytes publicInputs, bytes publicOutputs);

    error NotProven();
    /// @notice The inputs are not as many bytes as the program reads.
    error InputLength(uint256 expected, uint256 actual);

    constructor(IAttestationRegistry registry, bytes32 programId, uint256 inputWords) {
        REGISTRY = registry;
        PROGRAM_ID = programId;
        INPUT_WORDS = inputWords;
    }

    /// @notice Takes a result, once it is attested. With private inputs a program can have several for the same public
    /// inputs: whether the first one wins, or what tells them apart, is for a real consumer to say.
    function accept(bytes calldata publicInputs, bytes calldata publicOutputs) external {
        uint256 expected = 8 * INPUT_WORDS;
        if (publicInputs.length != expected) revert InputLength(expected, publicInputs.length);
        if (!REGISTRY.hasReturned(PROGRAM_ID, publicInputs, publicOutputs)) revert NotProven();
        accepted[keccak256(publicInputs)] = keccak256(publicOutputs);
        emit Accepted(publicInputs, publicOutputs);
    }
}
