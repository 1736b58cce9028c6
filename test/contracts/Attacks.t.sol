// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAttestationRegistry} from "../../contracts/interfaces/IAttestationRegistry.sol";
import {Statement} from "../../contracts/interfaces/IWattestVerifier.sol";
import {AttestationRegistry} from "../../contracts/AttestationRegistry.sol";
import {IWattestVerifier} from "../../contracts/interfaces/IWattestVerifier.sol";
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

/// @dev An account that is a contract, and one that calls the registry while its signature is asked for (ERC-1271).
contract Wallet {
    AttestationRegistry private immutable REGISTRY;
    bool private immutable ENTERS;
    Statement private statement;
    bytes private proof;

    constructor(AttestationRegistry registry, bool enters, Statement memory statement_, bytes memory proof_) {
        (REGISTRY, ENTERS, statement, proof) = (registry, enters, statement_, proof_);
    }

    function isValidSignature(bytes32, bytes calldata) external returns (bytes4) {
        if (ENTERS) REGISTRY.attest(PROGRAM, statement, proof);
        return this.isValidSignature.selector;
    }
}

/// @dev Of a key of its own: takes every proof but the one with which it is added, and calls the registry while it is asked.
contract EnteringVerifier {
    bytes32 public constant VK_DIGEST = keccak256("entering");
    bytes4 public constant SELECTOR = bytes4(keccak256("entering"));
    bool public constant INSECURE_SRS = true;
    AttestationRegistry public registry;

    function setRegistry(AttestationRegistry registry_) external {
        registry = registry_;
    }

    function verify(bytes32 programId, Statement calldata statement, bytes calldata proof) external {
        require(proof.length > 4, "a proof of nothing");
        Statement memory other = Statement(statement.publicInputs, "", 7);
        // Gas is left for what comes behind, whether this fails or not.
        try registry.attest{gas: 200_000}(programId, other, proof) {
            revert("it was let in");
        } catch {} // solhint-disable-line no-empty-blocks
    }
}

/// @dev Whom the registry calls while it attests: nobody who could write.
contract RegistryReentrancyTest is Test {
    Statement private statement = Statement("", "", 0);

    function test_aWalletThatEntersWhileItSignsHasSignedNothing() external {
        MockRegistry registry = new MockRegistry();
        bytes memory proof = registry.fakeProof(PROGRAM, statement);
        bytes32 hash = registry.statementHash(statement);
        Wallet entering = new Wallet(registry, true, statement, proof);
        VM.expectRevert();
        registry.attestFor(PROGRAM, statement, proof, address(entering), block.timestamp, "");
        require(registry.anyAttestation(PROGRAM, hash).blockNumber == 0, "a record");
        require(registry.nonces(address(entering)) == 0, "a nonce");
        // One that only signs is taken, so it was the call that was not.
        Wallet honest = new Wallet(registry, false, statement, proof);
        registry.attestFor(PROGRAM, statement, proof, address(honest), block.timestamp, "");
        require(registry.anyAttestation(PROGRAM, hash).submitter == address(honest), "submitter");
    }

    function test_aVerifierThatEntersChangesNothing() external {
        EnteringVerifier verifier = new EnteringVerifier();
        AttestationRegistry registry = new AttestationRegistry(
            address(this),
            address(this),
            IWattestVerifier(address(verifier)),
            keccak256("cannot return")
        );
        verifier.setRegistry(registry);
        registry.attest(PROGRAM, statement, abi.encodePacked(verifier.SELECTOR(), "anything"));
        Statement memory other = Statement("", "", 7);
        require(registry.isAttested(PROGRAM, statement), "its own key is worth what it is");
        require(!registry.isAttested(PROGRAM, other), "a second record");
    }
}
