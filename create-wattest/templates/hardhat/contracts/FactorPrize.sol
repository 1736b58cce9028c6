// SPDX-License-Identifier: MIT
pragma solidity ^0.8.30;

import {IAttestationRegistry} from "wattest/contracts/interfaces/IAttestationRegistry.sol";
import {WattestConsumer} from "wattest/contracts/WattestConsumer.sol";
import {Factors} from "../generated/Factors.sol";

/// @title Remembers who first factored a number, without anybody seeing the factors
contract FactorPrize is WattestConsumer {
    mapping(uint64 product => address) public solver;
    mapping(uint64 product => uint8) public bits;

    event Factored(uint64 indexed product, address indexed solver, uint8 bits);

    /// @param registry of a deployment that was checked; never one that a caller names
    constructor(IAttestationRegistry registry) WattestConsumer(registry, Factors.ID, DECODED) {}

    /// @notice Whoever sends this, it is for the solver that the program was given.
    function claim(Factors.Inputs calldata inputs, Factors.Outputs calldata outputs) external {
        _spend(keccak256(abi.encode(inputs.product)));
        _requireReturned(Factors.pack(inputs), Factors.pack(outputs));
        solver[inputs.product] = inputs.solver;
        bits[inputs.product] = outputs.bits;
        emit Factored(inputs.product, inputs.solver, outputs.bits);
    }
}
