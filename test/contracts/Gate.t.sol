// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Statement} from "../../contracts/interfaces/IWattestVerifier.sol";
import {MockRegistry} from "../../contracts/mocks/MockRegistry.sol";
import {WattestConsumer} from "../../contracts/WattestConsumer.sol";
import {Membership} from "../../examples/members/generated/Membership.sol";
import {Gate} from "../../examples/members/Gate.sol";
import {Test} from "./lib/Test.sol";

contract GateTest is Test {
    MockRegistry private registry;
    Gate private gate;

    function setUp() external {
        registry = new MockRegistry();
        gate = new Gate(registry, address(this), keccak256("members"));
    }

    function testFuzz_letsOneAccountInForEachSecret(
        address account,
        address other,
        bytes32 nullifier
    ) external {
        VM.assume(account != other);
        _enter(account, nullifier);
        require(gate.isMember(account) && !gate.isMember(other), "who is in");
        (Membership.Inputs memory inputs, Membership.Outputs memory outputs, bytes memory proof) = _proven(
            other,
            nullifier
        );
        VM.expectRevert(abi.encodeWithSelector(WattestConsumer.AlreadySpent.selector, nullifier));
        gate.enter(inputs, outputs, proof);
    }

    function testFuzz_aCopiedProofLetsNobodyElseIn(
        address account,
        address thief,
        bytes32 nullifier
    ) external {
        VM.assume(account != thief);
        (Membership.Inputs memory inputs, Membership.Outputs memory outputs, bytes memory proof) = _proven(
            account,
            nullifier
        );
        inputs.account = thief;
        VM.expectRevert(bytes4(keccak256("IdentityFails()")));
        gate.enter(inputs, outputs, proof);
        // And another nullifier is not its own.
        inputs.account = account;
        outputs.nullifier = ~nullifier;
        VM.expectRevert(bytes4(keccak256("IdentityFails()")));
        gate.enter(inputs, outputs, proof);
    }

    function test_otherMembersOtherProofs() external {
        (Membership.Inputs memory inputs, Membership.Outputs memory outputs, bytes memory proof) = _proven(
            address(1),
            keccak256("1")
        );
        VM.prank(address(2));
        VM.expectRevert(Gate.NotIssuer.selector);
        gate.setRoot(0);
        gate.setRoot(keccak256("other members"));
        VM.expectRevert(abi.encodeWithSelector(Gate.OtherRoot.selector, keccak256("members")));
        gate.enter(inputs, outputs, proof);
    }

    function test_isOneGateOnOneChain() external {
        (Membership.Inputs memory inputs, Membership.Outputs memory outputs, bytes memory proof) = _proven(
            address(1),
            keccak256("1")
        );
        Gate second = new Gate(registry, address(this), keccak256("members"));
        VM.expectRevert(abi.encodeWithSelector(WattestConsumer.MadeForContract.selector, address(gate)));
        second.enter(inputs, outputs, proof);
        inputs.chainId = 1;
        VM.expectRevert(abi.encodeWithSelector(WattestConsumer.MadeForChain.selector, 1));
        gate.enter(inputs, outputs, proof);
    }

    function test_aStoppedKeyLetsNobodyIn() external {
        (Membership.Inputs memory inputs, Membership.Outputs memory outputs, bytes memory proof) = _proven(
            address(1),
            keccak256("1")
        );
        registry.stop(0xffffff00);
        VM.expectRevert();
        gate.enter(inputs, outputs, proof);
        require(!gate.isSpent(keccak256("1")), "nothing was spent");
    }

    function _enter(address account, bytes32 nullifier) private {
        (Membership.Inputs memory inputs, Membership.Outputs memory outputs, bytes memory proof) = _proven(
            account,
            nullifier
        );
        gate.enter(inputs, outputs, proof);
    }

    function _proven(
        address account,
        bytes32 nullifier
    )
        private
        view
        returns (Membership.Inputs memory inputs, Membership.Outputs memory outputs, bytes memory proof)
    {
        inputs = Membership.Inputs(uint64(block.chainid), address(gate), keccak256("members"), account);
        outputs = Membership.Outputs(nullifier);
        Statement memory statement = Statement(Membership.pack(inputs), Membership.pack(outputs), 0);
        proof = registry.fakeProof(Membership.ID, statement);
    }
}
