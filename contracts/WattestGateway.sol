// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IWattestGateway, Route, RouteState} from "./interfaces/IWattestGateway.sol";
import {IWattestVerifier, Statement} from "./interfaces/IWattestVerifier.sol";

/// @title Gateway to the verifiers of all kinds of proofs
/// @notice See {IWattestGateway}.
contract WattestGateway is IWattestGateway, Ownable2Step {
    struct Entry {
        IWattestVerifier verifier;
        RouteState state;
        bytes32 vkDigest;
        bytes32 cannotReturn;
    }

    address public guardian;

    mapping(bytes4 selector => Entry) internal _routes;
    bytes4[] internal _selectors;

    /// @param owner_ who adds routes: a TimelockController, where anything depends on it
    /// @param guardian_ who can stop routes; zero: nobody but the owner
    /// @param verifier of the first route; zero: none yet
    /// @param cannotReturn id of a program of its machine that cannot return
    constructor(
        address owner_,
        address guardian_,
        IWattestVerifier verifier,
        bytes32 cannotReturn
    ) Ownable(owner_) {
        _setGuardian(guardian_);
        if (address(verifier) != address(0)) _addRoute(verifier, cannotReturn);
    }

    /// @inheritdoc IWattestGateway
    function addRoute(IWattestVerifier verifier, bytes32 cannotReturn) external onlyOwner {
        _addRoute(verifier, cannotReturn);
    }

    /// @inheritdoc IWattestGateway
    function freeze(bytes4 selector) external onlyOwner {
        RouteState state = _routes[selector].state;
        if (state == RouteState.None) revert RouteUnknown(selector);
        if (state != RouteState.Live) revert RouteNotLive(selector, state);
        _routes[selector].state = RouteState.Frozen;
        emit RouteFrozen(selector);
    }

    /// @inheritdoc IWattestGateway
    function stop(bytes4 selector) external {
        if (msg.sender != guardian && msg.sender != owner()) revert NotGuardian(msg.sender);
        _stop(selector, false);
    }

    /// @inheritdoc IWattestGateway
    function stopByProof(Statement calldata statement, bytes calldata proof) external {
        if (statement.status != 0) revert NotReturned(statement.status);
        bytes4 selector = _selectorOf(proof);
        Entry storage entry = _routes[selector];
        // Before the proof is looked at, so that none is paid for in vain; also of a frozen route, whose records still count.
        if (entry.state == RouteState.None) revert RouteUnknown(selector);
        if (entry.state == RouteState.Stopped) revert RouteNotLive(selector, RouteState.Stopped);
        entry.verifier.verify(entry.cannotReturn, statement, proof);
        _stop(selector, true);
    }

    /// @inheritdoc IWattestGateway
    function setGuardian(address account) external onlyOwner {
        _setGuardian(account);
    }

    /// @inheritdoc IWattestGateway
    function verify(bytes32 programId, Statement calldata statement, bytes calldata proof) external view {
        bytes4 selector = _selectorOf(proof);
        Entry storage entry = _routes[selector];
        if (entry.state == RouteState.None) revert RouteUnknown(selector);
        if (entry.state != RouteState.Live) revert RouteNotLive(selector, entry.state);
        address verifier = address(entry.verifier);
        // A call of an address without code succeeds.
        if (verifier.code.length == 0) revert VerifierInvalid(verifier);
        assembly ("memory-safe") {
            // The call goes on as it came: these two have names for those who read the ABI.
            pop(programId)
            pop(statement)
            let data := mload(0x40)
            calldatacopy(data, 0, calldatasize())
            if iszero(staticcall(gas(), verifier, data, calldatasize(), 0, 0)) {
                returndatacopy(data, 0, returndatasize())
                revert(data, returndatasize())
            }
        }
    }

    /// @inheritdoc IWattestGateway
    function lookup(bytes4 selector) external view returns (IWattestVerifier verifier, RouteState state) {
        Entry storage entry = _routes[selector];
        return (entry.verifier, entry.state);
    }

    /// @inheritdoc IWattestGateway
    function route(bytes4 selector) external view returns (Route memory) {
        Entry storage entry = _routes[selector];
        if (entry.state == RouteState.None) selector = 0;
        return Route(selector, entry.state, entry.verifier, entry.vkDigest, entry.cannotReturn);
    }

    /// @inheritdoc IWattestGateway
    function selectors() external view returns (bytes4[] memory) {
        return _selectors;
    }

    /// @inheritdoc IWattestGateway
    function isReserved(bytes4 selector) public pure virtual returns (bool) {
        bytes3 range = bytes3(selector);
        return range == 0x000000 || range == 0xffffff;
    }

    function _addRoute(IWattestVerifier verifier, bytes32 cannotReturn) internal {
        if (cannotReturn == 0) revert ProgramIdZero();
        bytes32 vkDigest = _word(verifier, IWattestVerifier.VK_DIGEST.selector);
        bytes4 selector = bytes4(vkDigest);
        if (_word(verifier, IWattestVerifier.SELECTOR.selector) != selector) {
            revert VerifierInvalid(address(verifier));
        }
        if (isReserved(selector)) revert SelectorReserved(selector);
        if (_routes[selector].state != RouteState.None) revert RouteExists(selector);
        // As the verifier's own constructor does, which other initcode than solc's could have skipped.
        bool secure = _word(verifier, IWattestVerifier.INSECURE_SRS.selector) == 0;
        if (!secure && block.chainid != 31337 && block.chainid != 1337) {
            revert IWattestVerifier.InsecureOnPublicChain(block.chainid);
        }
        // What takes this takes everything.
        try verifier.verify(cannotReturn, Statement("", "", 0), abi.encodePacked(selector)) {
            revert VerifierInvalid(address(verifier));
        } catch {} // solhint-disable-line no-empty-blocks
        _routes[selector] = Entry(verifier, RouteState.Live, vkDigest, cannotReturn);
        _selectors.push(selector);
        emit RouteAdded(selector, vkDigest, address(verifier), cannotReturn);
    }

    function _stop(bytes4 selector, bool byProof) private {
        RouteState state = _routes[selector].state;
        if (state == RouteState.None) revert RouteUnknown(selector);
        if (state == RouteState.Stopped) revert RouteNotLive(selector, state);
        _routes[selector].state = RouteState.Stopped;
        emit RouteStopped(selector, msg.sender, byProof);
    }

    function _setGuardian(address account) private {
        emit GuardianChanged(guardian, account);
        guardian = account;
    }

    /// @dev What a getter answers, if that is exactly one word.
    function _word(IWattestVerifier verifier, bytes4 getter) private view returns (bytes32) {
        (bool success, bytes memory answer) = address(verifier).staticcall(abi.encodePacked(getter));
        if (!success || answer.length != 32 || address(verifier).code.length == 0) {
            revert VerifierInvalid(address(verifier));
        }
        return bytes32(answer);
    }

    function _selectorOf(bytes calldata proof) internal pure returns (bytes4) {
        if (proof.length < 4) revert ProofTooShort(proof.length);
        return bytes4(proof[:4]);
    }
}
