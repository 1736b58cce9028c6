// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";
import {WattestConsumer} from "../WattestConsumer.sol";

/// @title The least consumer: takes results of a program of any kind, as bytes
/// @notice Where the program reads now more, now fewer words, or drops bits of a word, the number of words is not enough: decode what it
/// reads, and key on that, as the library does that `wattest bind` writes.
contract ResultConsumer is WattestConsumer {
    /// @notice Hash of the outputs that were accepted for these inputs, which have one encoding only.
    mapping(bytes32 inputsHash => bytes32 outputsHash) public accepted;

    event Accepted(bytes publicInputs, bytes publicOutputs);

    constructor(
        IAttestationRegistry registry,
        bytes32 programId,
        uint256 inputWords
    ) WattestConsumer(registry, programId, inputWords) {} // solhint-disable-line no-empty-blocks

    /// @notice Takes a result, once it is attested. With private inputs a program can have several for the same public
    /// inputs: whether the first one wins, or what tells them apart, is for a real consumer to say.
    function accept(bytes calldata publicInputs, bytes calldata publicOutputs) external {
        _requireReturned(publicInputs, publicOutputs);
        _accept(publicInputs, publicOutputs);
    }

    /// @notice The same of a result that comes with its proof.
    function acceptProof(
        bytes calldata publicInputs,
        bytes calldata publicOutputs,
        bytes calldata proof
    ) external {
        _attest(publicInputs, publicOutputs, proof);
        _accept(publicInputs, publicOutputs);
    }

    function _accept(bytes calldata publicInputs, bytes calldata publicOutputs) private {
        accepted[keccak256(publicInputs)] = keccak256(publicOutputs);
        emit Accepted(publicInputs, publicOutputs);
    }
}
