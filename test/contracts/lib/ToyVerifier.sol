// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IWattestVerifier, Statement} from "../../../contracts/interfaces/IWattestVerifier.sol";

/// @dev Of any key: takes selector ‖ keccak256(programId, statement) for a proof.
contract ToyVerifier is IWattestVerifier {
    bytes32 public immutable VK_DIGEST;
    bool public constant INSECURE_SRS = true;

    constructor(bytes32 digest) {
        VK_DIGEST = digest;
    }

    function SELECTOR() public view returns (bytes4) {
        return bytes4(VK_DIGEST);
    }

    function verify(bytes32 programId, Statement calldata statement, bytes calldata proof) external view {
        if (keccak256(proof) != keccak256(proofOf(programId, statement))) revert IdentityFails();
    }

    function proofOf(bytes32 programId, Statement calldata statement) public view returns (bytes memory) {
        return abi.encodePacked(SELECTOR(), keccak256(abi.encode(programId, statement)));
    }
}
