// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IWattestVerifier, Statement} from "./IWattestVerifier.sol";

/// @notice What a route is good for. Its state only ever grows: nothing leads back.
/// `Live` takes proofs. `Frozen` takes none any more, and what it took stays good: a key that is retired. `Stopped` takes none,
/// and what it took is worth nothing: a key that is broken.
enum RouteState {
    None,
    Live,
    Frozen,
    Stopped
}

/// @notice A verifier behind the first four bytes of its proofs.
/// @param selector first four bytes of `vkDigest`
/// @param vkDigest digest of the verifying key
/// @param cannotReturn id of a program that no input makes return: a proof that it did shows that the key is broken
struct Route {
    bytes4 selector;
    RouteState state;
    IWattestVerifier verifier;
    bytes32 vkDigest;
    bytes32 cannotReturn;
}

/// @title Gateway to the verifiers of all kinds of proofs
/// @notice Sends a proof to the verifier that its first four bytes name. Routes are added and never changed or removed: a
/// selector that was frozen or stopped is not routed again, to anything.
/// The owner adds and freezes routes, stops them and names the guardian. The guardian stops routes and can do nothing else.
/// Anyone stops a route with an accepted proof that the program returned which cannot.
interface IWattestGateway {
    event RouteAdded(
        bytes4 indexed selector,
        bytes32 indexed vkDigest,
        address indexed verifier,
        bytes32 cannotReturn
    );
    event RouteFrozen(bytes4 indexed selector);
    /// @param by guardian, owner, or whoever brought the proof
    /// @param byProof whether it was stopped by a proof that its key is broken
    event RouteStopped(bytes4 indexed selector, address indexed by, bool byProof);
    event GuardianChanged(address indexed before, address indexed guardian);

    /// @notice There is no verifier at the address: no code, no key, another selector than its key's, or it takes a proof of nothing.
    error VerifierInvalid(address verifier);
    /// @notice A selector that is reserved is never routed.
    error SelectorReserved(bytes4 selector);
    /// @notice The selector has or had a route.
    error RouteExists(bytes4 selector);
    /// @notice No verifier has this selector.
    error RouteUnknown(bytes4 selector);
    /// @notice The route takes no proofs any more.
    error RouteNotLive(bytes4 selector, RouteState state);
    /// @notice Neither owner nor guardian.
    error NotGuardian(address account);
    /// @notice The proof is of a run that did not return, which shows nothing.
    error NotReturned(uint64 status);
    /// @notice Less than the four bytes of a selector.
    error ProofTooShort(uint256 length);
    /// @notice No program has id zero.
    error ProgramIdZero();

    /// @notice Adds a route for good. Owner only.
    /// @param verifier a universal verifier; one of a development SRS on development chains only
    /// @param cannotReturn id of a program of the verifier's machine that cannot return
    function addRoute(IWattestVerifier verifier, bytes32 cannotReturn) external;

    /// @notice No more proofs by this route; its records stay good. Owner only, and for good.
    function freeze(bytes4 selector) external;

    /// @notice No more proofs by this route, and its records are worth nothing. Owner or guardian, and for good.
    function stop(bytes4 selector) external;

    /// @notice The same by whoever brings an accepted proof that the program returned which cannot.
    function stopByProof(Statement calldata statement, bytes calldata proof) external;

    /// @notice Owner only. Address zero: nobody.
    function setGuardian(address account) external;

    /// @notice Reverts, with the reason as the verifier names it, unless the proof shows the statement. The arguments are those of
    /// {IWattestVerifier-verify}.
    function verify(bytes32 programId, Statement calldata statement, bytes calldata proof) external view;

    /// @notice Verifier and state of a route; zeros where there is none.
    function lookup(bytes4 selector) external view returns (IWattestVerifier verifier, RouteState state);

    /// @notice All of a route; zeros where there is none.
    function route(bytes4 selector) external view returns (Route memory);

    /// @notice Selectors of all routes that ever were, in the order in which they were added.
    function selectors() external view returns (bytes4[] memory);

    function guardian() external view returns (address);

    /// @notice Whether no route ever has this selector: 0x000000.. and 0xffffff.., which stand for no key and for proofs of mocks.
    function isReserved(bytes4 selector) external pure returns (bool);
}
