// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IWattestVerifier, Statement} from "../interfaces/IWattestVerifier.sol";

/// @title FAKE verifier, for tests of consumers
/// @notice Anyone can make its proofs of anything; they take no time. Works on development chains (31337, 1337) and on no others. Its
/// selector is of the range that no gateway but {MockRegistry} routes.
contract MockVerifier is IWattestVerifier {
    /// @inheritdoc IWattestVerifier
    bytes32 public constant VK_DIGEST = bytes32(bytes4(0xffffff00)) | bytes32(uint256(0xFA4E));
    /// @inheritdoc IWattestVerifier
    bytes4 public constant SELECTOR = 0xffffff00;
    /// @inheritdoc IWattestVerifier
    bool public constant INSECURE_SRS = true;

    constructor() {
        _requireDevelopmentChain();
    }

    /// @inheritdoc IWattestVerifier
    /// @dev A fake proof is of one program and statement, like a real one.
    function verify(bytes32 programId, Statement calldata statement, bytes calldata proof) external view {
        _requireDevelopmentChain();
        if (statement.publicInputs.length % 8 != 0) revert StatementLength(statement.publicInputs.length);
        if (statement.publicOutputs.length % 8 != 0) revert StatementLength(statement.publicOutputs.length);
        if (proof.length != 36) revert ProofLength(proof.length, 36);
        if (bytes4(proof) != SELECTOR) revert ProofSelector(bytes4(proof), SELECTOR);
        if (keccak256(proof) != keccak256(fakeProof(programId, statement))) revert IdentityFails();
    }

    /// @notice What {verify} takes for a proof: selector ‖ keccak256(abi.encode(programId, statement)).
    function fakeProof(bytes32 programId, Statement calldata statement) public pure returns (bytes memory) {
        return abi.encodePacked(SELECTOR, keccak256(abi.encode(programId, statement)));
    }

    function _requireDevelopmentChain() private view {
        if (block.chainid != 31337 && block.chainid != 1337) revert InsecureOnPublicChain(block.chainid);
    }
}
