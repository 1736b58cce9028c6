// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAttestationRegistry} from "../../contracts/interfaces/IAttestationRegistry.sol";
import {Statement} from "../../contracts/interfaces/IWattestVerifier.sol";
import {MockRegistry} from "../../contracts/mocks/MockRegistry.sol";
import {WattestConsumer} from "../../contracts/WattestConsumer.sol";
import {Test} from "./lib/Test.sol";

bytes32 constant PROGRAM = keccak256("a program");

/// @dev Every check of the base as a function of its own.
contract Consumer is WattestConsumer {
    constructor(
        IAttestationRegistry registry,
        bytes32 programId,
        uint256 inputWords
    ) WattestConsumer(registry, programId, inputWords) {}

    function requireReturned(bytes calldata inputs, bytes calldata outputs) external view {
        _requireReturned(inputs, outputs);
    }

    function attest(bytes calldata inputs, bytes calldata outputs, bytes calldata proof) external {
        _attest(inputs, outputs, proof);
    }

    function spend(bytes32 nullifier) external {
        _spend(nullifier);
    }

    function requireHere(uint256 chainId, address consumer) external view {
        _requireHere(chainId, consumer);
    }

    function requireSender(address account) external view {
        _requireSender(account);
    }
}

contract OneKey is Consumer {
    bytes32 private immutable KEY;

    constructor(IAttestationRegistry registry, bytes32 key) Consumer(registry, PROGRAM, 1) {
        KEY = key;
    }

    function _hasReturned(bytes memory inputs, bytes memory outputs) internal view override returns (bool) {
        return _hasReturnedUnder(KEY, inputs, outputs);
    }
}

contract Forgiving is Consumer {
    constructor(IAttestationRegistry registry) Consumer(registry, PROGRAM, 1) {}

    function _hasReturned(bytes memory inputs, bytes memory outputs) internal view override returns (bool) {
        return _hasEverReturned(inputs, outputs);
    }
}

contract WattestConsumerTest is Test {
    MockRegistry private registry;
    Consumer private consumer;

    event Spent(bytes32 indexed nullifier);

    function setUp() external {
        registry = new MockRegistry();
        consumer = new Consumer(registry, PROGRAM, 1);
    }

    function test_takesWhatReturned() external {
        VM.expectRevert(WattestConsumer.NotProven.selector);
        consumer.requireReturned(words(1), words(2));
        registry.fake(PROGRAM, words(1), words(2));
        consumer.requireReturned(words(1), words(2));
    }

    function testFuzz_takesNothingElse(bytes32 programId, uint64 x, uint64 y, uint64 status) external {
        VM.assume(status != 0 || programId != PROGRAM);
        VM.assume(programId != 0);
        registry.fakeStatement(programId, Statement(words(x), words(y), status));
        VM.expectRevert(WattestConsumer.NotProven.selector);
        consumer.requireReturned(words(x), words(y));
    }

    function testFuzz_takesNoOtherLength(bytes calldata inputs) external {
        VM.assume(inputs.length != 8);
        registry.fake(PROGRAM, words(1), "");
        bytes memory refusal = abi.encodeWithSelector(WattestConsumer.InputLength.selector, 8, inputs.length);
        VM.expectRevert(refusal);
        consumer.requireReturned(inputs, "");
        VM.expectRevert(refusal);
        consumer.attest(inputs, "", "");
    }

    function testFuzz_decodedTakesAnyLength(uint8 count, uint64 word) external {
        Consumer decoding = new Consumer(registry, PROGRAM, type(uint256).max);
        bytes memory inputs;
        for (uint256 i = 0; i < count; i++) inputs = abi.encodePacked(inputs, word);
        registry.fake(PROGRAM, inputs, "");
        decoding.requireReturned(inputs, "");
    }

    function test_proofAndUseInOneCall() external {
        Statement memory statement = Statement(words(1), words(2), 0);
        bytes memory proof = registry.fakeProof(PROGRAM, statement);
        consumer.attest(words(1), words(2), proof);
        consumer.requireReturned(words(1), words(2));
        // Somebody was first: what is on record is taken, without a second event.
        consumer.attest(words(1), words(2), proof);
        bytes32 hash = registry.statementHash(statement);
        require(registry.anyAttestation(PROGRAM, hash).submitter == address(consumer), "submitter");
    }

    function testFuzz_aProofIsOfItsStatement(uint64 x, uint64 y) external {
        VM.assume(y != 2);
        bytes memory proof = registry.fakeProof(PROGRAM, Statement(words(x), words(2), 0));
        VM.expectRevert(bytes4(keccak256("IdentityFails()")));
        consumer.attest(words(x), words(y), proof);
    }

    function testFuzz_onceOnly(bytes32 nullifier, bytes32 other) external {
        VM.assume(nullifier != other);
        VM.expectEmit(address(consumer));
        emit Spent(nullifier);
        consumer.spend(nullifier);
        require(consumer.isSpent(nullifier) && !consumer.isSpent(other), "spent");
        VM.expectRevert(abi.encodeWithSelector(WattestConsumer.AlreadySpent.selector, nullifier));
        consumer.spend(nullifier);
        consumer.spend(other);
    }

    function testFuzz_hereOnly(uint256 chainId, address named) external {
        consumer.requireHere(block.chainid, address(consumer));
        if (chainId != block.chainid) {
            VM.expectRevert(abi.encodeWithSelector(WattestConsumer.MadeForChain.selector, chainId));
            consumer.requireHere(chainId, address(consumer));
        }
        if (named != address(consumer)) {
            VM.expectRevert(abi.encodeWithSelector(WattestConsumer.MadeForContract.selector, named));
            consumer.requireHere(block.chainid, named);
        }
    }

    function testFuzz_senderOnly(address account, address sender) external {
        VM.assume(account != sender);
        VM.prank(account);
        consumer.requireSender(account);
        VM.prank(sender);
        VM.expectRevert(abi.encodeWithSelector(WattestConsumer.MadeForAccount.selector, account));
        consumer.requireSender(account);
    }

    function test_stoppedKeysCountForNothingUnlessChosen() external {
        registry.fake(PROGRAM, words(1), words(2));
        bytes32 key = registry.VERIFIER().VK_DIGEST();
        OneKey one = new OneKey(registry, key);
        OneKey another = new OneKey(registry, keccak256("another key"));
        Forgiving forgiving = new Forgiving(registry);
        one.requireReturned(words(1), words(2));
        VM.expectRevert(WattestConsumer.NotProven.selector);
        another.requireReturned(words(1), words(2));

        // Retired: what it took stays good.
        registry.freeze(bytes4(key));
        consumer.requireReturned(words(1), words(2));
        one.requireReturned(words(1), words(2));

        registry.stop(bytes4(key));
        VM.expectRevert(WattestConsumer.NotProven.selector);
        consumer.requireReturned(words(1), words(2));
        VM.expectRevert(WattestConsumer.NotProven.selector);
        one.requireReturned(words(1), words(2));
        forgiving.requireReturned(words(1), words(2));
        VM.expectRevert(WattestConsumer.NotProven.selector);
        forgiving.requireReturned(words(1), words(3));
    }

    function test_isMadeOfARegistryAndAProgram() external {
        VM.expectRevert(abi.encodeWithSelector(WattestConsumer.RegistryInvalid.selector, address(1)));
        new Consumer(IAttestationRegistry(address(1)), PROGRAM, 1);
        VM.expectRevert(WattestConsumer.ProgramInvalid.selector);
        new Consumer(registry, 0, 1);
    }
}
