// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAttestationRegistry} from "../../contracts/interfaces/IAttestationRegistry.sol";
import {Statement} from "../../contracts/interfaces/IWattestVerifier.sol";
import {MockRegistry} from "../../contracts/mocks/MockRegistry.sol";
import {WattestConsumer} from "../../contracts/WattestConsumer.sol";
import {Test} from "./lib/Test.sol";

bytes32 constant PROGRAM = keccak256("a lottery");

/// @dev Pays one ether for each claim, to the account that the inputs name: chain, contract, account, number.
contract Prize is WattestConsumer {
    constructor(IAttestationRegistry registry) payable WattestConsumer(registry, PROGRAM, DECODED) {}

    function claim(address account, uint64 number, bytes calldata proof) external {
        bytes memory inputs = encode(account, number);
        _spend(keccak256(abi.encode(account, number)));
        if (proof.length == 0) _requireReturned(inputs, "");
        else _attest(inputs, "", proof);
        (bool paid, ) = account.call{value: 1 ether}("");
        require(paid, "not paid");
    }

    function encode(address account, uint64 number) public view returns (bytes memory) {
        return abi.encodePacked(uint64(block.chainid), uint32(0), address(this), uint32(0), account, number);
    }
}

/// @dev Claims again while it is paid.
contract Thief {
    Prize private immutable PRIZE;
    uint256 public entered;
    bytes public refusal;

    constructor(Prize prize) {
        PRIZE = prize;
    }

    receive() external payable {
        entered++;
        if (entered > 3) return;
        try PRIZE.claim(address(this), 1, "") {} catch (bytes memory reason) {
            refusal = reason;
        }
    }
}

contract AttacksTest is Test {
    MockRegistry private registry;
    Prize private prize;

    function setUp() external {
        registry = new MockRegistry();
        prize = new Prize{value: 10 ether}(registry);
    }

    function test_enteringAgainPaysNothing() external {
        Thief thief = new Thief(prize);
        registry.fake(PROGRAM, prize.encode(address(thief), 1), "");
        prize.claim(address(thief), 1, "");
        require(thief.entered() == 1 && address(thief).balance == 1 ether, "paid once");
        bytes32 nullifier = keccak256(abi.encode(address(thief), uint64(1)));
        bytes memory expected = abi.encodeWithSelector(WattestConsumer.AlreadySpent.selector, nullifier);
        require(keccak256(thief.refusal()) == keccak256(expected), "refusal");
    }

    /// @dev The whole call is copied and is first: the account is paid all the same, and whoever copied it has paid the gas.
    function testFuzz_aCopiedCallPaysWhomItNames(address copier, uint64 number) external {
        address account = address(0xacc0047);
        VM.assume(copier != account);
        bytes memory proof = _proof(account, number);
        uint256 before = copier.balance;
        VM.prank(copier);
        prize.claim(account, number, proof);
        require(account.balance == 1 ether && copier.balance == before, "paid");
        VM.prank(account);
        VM.expectRevert(
            abi.encodeWithSelector(
                WattestConsumer.AlreadySpent.selector,
                keccak256(abi.encode(account, number))
            )
        );
        prize.claim(account, number, proof);
    }

    /// @dev The proof is taken out of the call and put on record first, by somebody else: the claim goes through.
    function testFuzz_aStolenProofStandsInNobodysWay(address thief, uint64 number) external {
        address account = address(0xacc0047);
        bytes memory proof = _proof(account, number);
        Statement memory statement = Statement(prize.encode(account, number), "", 0);
        VM.prank(thief);
        registry.attest(PROGRAM, statement, proof);
        require(
            registry.anyAttestation(PROGRAM, registry.statementHash(statement)).submitter == thief,
            "submitter"
        );
        prize.claim(account, number, proof);
        require(account.balance == 1 ether, "paid");
    }

    function testFuzz_aProofPaysNoOtherAccount(address thief, uint64 number) external {
        address account = address(0xacc0047);
        VM.assume(thief != account);
        bytes memory proof = _proof(account, number);
        VM.prank(thief);
        VM.expectRevert(bytes4(keccak256("IdentityFails()")));
        prize.claim(thief, number, proof);
    }

    function test_whatWasMadeForAnotherContractPaysNothing() external {
        Prize second = new Prize{value: 1 ether}(registry);
        bytes memory proof = _proof(address(0xacc0047), 1);
        VM.expectRevert(bytes4(keccak256("IdentityFails()")));
        second.claim(address(0xacc0047), 1, proof);
    }

    function _proof(address account, uint64 number) private view returns (bytes memory) {
        return registry.fakeProof(PROGRAM, Statement(prize.encode(account, number), "", 0));
    }
}
