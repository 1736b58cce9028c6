// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// @dev Those of the cheat codes of Hardhat's runner that the tests here use.
interface Vm {
    function prank(address sender) external;
    function chainId(uint256 id) external;
    function warp(uint256 timestamp) external;
    function assume(bool condition) external pure;
    function expectRevert(bytes calldata data) external;
    function expectRevert() external;
    function expectRevert(bytes4 selector) external;
    function expectEmit() external;
    function expectEmit(address emitter) external;
    function addr(uint256 privateKey) external pure returns (address);
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function etch(address target, bytes calldata code) external;
}

/// @dev What a test starts from.
abstract contract Test {
    Vm internal constant VM = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    /// @dev Words as statements have them: eight bytes each.
    function words(uint64 a) internal pure returns (bytes memory) {
        return abi.encodePacked(a);
    }

    function words(uint64 a, uint64 b) internal pure returns (bytes memory) {
        return abi.encodePacked(a, b);
    }
}
