// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAttestationRegistry} from "../../contracts/interfaces/IAttestationRegistry.sol";
import {Netting} from "./generated/Netting.sol";

/// @title Settles the net positions of an epoch's payments
/// @notice The program is `Netting`; nobody who brings a result chooses it, and values have one encoding, so a result is
/// accepted for the payments that it was computed from and for nothing else. An operator says which payments an epoch has.
contract Settlement {
    IAttestationRegistry public immutable REGISTRY;
    address public immutable OPERATOR;

    /// @notice Hash of the packed inputs that the operator closed an epoch with.
    mapping(uint64 epoch => bytes32 inputsHash) public closed;
    mapping(uint64 epoch => bool) public settled;
    mapping(address account => int256) public balance;

    event Settled(uint64 indexed epoch, uint256 positions);

    error NotOperator();
    error EpochClosed(uint64 epoch);
    error EpochSettled(uint64 epoch);
    /// @notice These are not the payments that the epoch was closed with.
    error OtherPayments(uint64 epoch);
    error NotProven();

    constructor(IAttestationRegistry registry, address operator) {
        REGISTRY = registry;
        OPERATOR = operator;
    }

    /// @notice Fixes the payments of an epoch.
    function close(Netting.Inputs calldata inputs) external {
        if (msg.sender != OPERATOR) revert NotOperator();
        if (closed[inputs.epoch] != 0) revert EpochClosed(inputs.epoch);
        closed[inputs.epoch] = keccak256(Netting.pack(inputs));
    }

    /// @notice Takes the positions, once it is attested that the program computed them from the payments of the epoch.
    function settle(Netting.Inputs calldata inputs, Netting.Outputs calldata outputs) external {
        bytes memory publicInputs = Netting.pack(inputs);
        if (settled[inputs.epoch]) revert EpochSettled(inputs.epoch);
        if (closed[inputs.epoch] != keccak256(publicInputs)) revert OtherPayments(inputs.epoch);
        if (!REGISTRY.hasReturned(Netting.ID, publicInputs, Netting.pack(outputs))) revert NotProven();
        settled[inputs.epoch] = true;
        for (uint256 i = 0; i < outputs.positions.length; i++) {
            balance[outputs.positions[i].account] += outputs.positions[i].net;
        }
        emit Settled(inputs.epoch, outputs.positions.length);
    }
}
