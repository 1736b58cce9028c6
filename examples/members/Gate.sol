// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAttestationRegistry} from "../../contracts/interfaces/IAttestationRegistry.sol";
import {WattestConsumer} from "../../contracts/WattestConsumer.sol";
import {Membership} from "./generated/Membership.sol";

/// @title Lets members in who do not say which they are
/// @notice A member holds a secret; the root of a tree of hashes of all of them is public. Who proves to know a secret below the root lets one
/// account in, once for each secret: the nullifier says that it was used, and not whose it is. The account is a public
/// input, so whoever copies the call lets in the same account.
contract Gate is WattestConsumer {
    address public immutable ISSUER;

    bytes32 public root;
    mapping(address account => bool) public isMember;

    event RootChanged(bytes32 root);
    event Entered(address indexed account);

    error NotIssuer();
    /// @notice It was proven of other members.
    error OtherRoot(bytes32 root);

    constructor(
        IAttestationRegistry registry,
        address issuer,
        bytes32 root_
    ) WattestConsumer(registry, Membership.ID, DECODED) {
        ISSUER = issuer;
        root = root_;
        emit RootChanged(root_);
    }

    /// @notice Other members. Secrets that were used stay used, and who is in stays in.
    function setRoot(bytes32 root_) external {
        if (msg.sender != ISSUER) revert NotIssuer();
        root = root_;
        emit RootChanged(root_);
    }

    /// @notice Lets the account in, with a proof.
    function enter(
        Membership.Inputs calldata inputs,
        Membership.Outputs calldata outputs,
        bytes calldata proof
    ) external {
        _requireHere(inputs.chainId, inputs.gate);
        if (inputs.root != root) revert OtherRoot(inputs.root);
        _spend(outputs.nullifier);
        _attest(Membership.pack(inputs), Membership.pack(outputs), proof);
        isMember[inputs.account] = true;
        emit Entered(inputs.account);
    }
}
