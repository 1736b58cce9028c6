/** As much of a multisig as matters to what it owns: an account that is a contract, and calls what it is told to. */
export const SAFE = `
pragma solidity ^0.8.30;
contract Safe {
    function execute(address to, uint256 value, bytes calldata data) external payable {
        (bool done, ) = to.call{value: value}(data);
        require(done);
    }
}`;
