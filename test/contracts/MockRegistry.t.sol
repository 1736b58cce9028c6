// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {RouteState} from "../../contracts/interfaces/IWattestGateway.sol";
import {IWattestVerifier, Statement} from "../../contracts/interfaces/IWattestVerifier.sol";
import {AttestationRegistry} from "../../contracts/AttestationRegistry.sol";
import {IWattestGateway} from "../../contracts/interfaces/IWattestGateway.sol";
import {MockRegistry} from "../../contracts/mocks/MockRegistry.sol";
import {MockVerifier} from "../../contracts/mocks/MockVerifier.sol";
import {Test} from "./lib/Test.sol";

contract MockRegistryTest is Test {
    bytes32 private constant PROGRAM = keccak256("a program");

    event FakeRegistry(string warning);

    function test_saysWhatItIs() external {
        VM.expectEmit();
        emit FakeRegistry("Nothing that is on record here was proven: for tests only");
        MockRegistry registry = new MockRegistry();
        require(registry.IS_MOCK() && registry.VERIFIER().INSECURE_SRS(), "loud");
        require(registry.owner() == address(this) && registry.guardian() == address(this), "roles");
    }

    function testFuzz_refusesEveryOtherChain(uint64 chainId) external {
        VM.assume(chainId != 0 && chainId != 31337 && chainId != 1337);
        MockRegistry registry = new MockRegistry();
        Statement memory statement = Statement(words(1), "", 0);
        bytes memory proof = registry.fakeProof(PROGRAM, statement);
        bytes memory refusal = abi.encodeWithSelector(
            IWattestVerifier.InsecureOnPublicChain.selector,
            uint256(chainId)
        );
        VM.chainId(chainId);
        VM.expectRevert(refusal);
        new MockRegistry();
        VM.expectRevert(refusal);
        new MockVerifier();
        // Not even where one was taken along, by a fork or initcode of somebody's own.
        VM.expectRevert(refusal);
        registry.attest(PROGRAM, statement, proof);
        VM.expectRevert(refusal);
        registry.fake(PROGRAM, words(1), "");
    }

    function test_noOtherGatewayRoutesIt() external {
        MockVerifier verifier = new MockVerifier();
        bytes4 selector = verifier.SELECTOR();
        VM.expectRevert(abi.encodeWithSelector(IWattestGateway.SelectorReserved.selector, selector));
        new AttestationRegistry(address(this), address(this), verifier, PROGRAM);
    }

    function testFuzz_takesFakeProofsAlone(bytes calldata proof) external {
        MockRegistry registry = new MockRegistry();
        VM.assume(proof.length < 36 || bytes4(proof) != 0xffffff00);
        (bool taken, ) = address(registry).call(
            abi.encodeCall(registry.attest, (PROGRAM, Statement("", "", 0), proof))
        );
        require(!taken, "taken");
    }

    function testFuzz_takesWholeWords(uint8 inputs, uint8 outputs) external {
        VM.assume(inputs % 8 != 0 || outputs % 8 != 0);
        MockRegistry registry = new MockRegistry();
        (bool taken, ) = address(registry).call(
            abi.encodeCall(registry.fake, (PROGRAM, new bytes(inputs), new bytes(outputs)))
        );
        require(!taken, "taken");
    }

    function test_isStoppedByAProofThatItIsBroken() external {
        MockRegistry registry = new MockRegistry();
        bytes4 selector = registry.VERIFIER().SELECTOR();
        Statement memory statement = Statement("", "", 0);
        bytes32 impossible = registry.route(selector).cannotReturn;
        registry.fake(PROGRAM, "", "");
        registry.stopByProof(statement, registry.fakeProof(impossible, statement));
        (, RouteState state) = registry.lookup(selector);
        require(state == RouteState.Stopped && !registry.hasReturned(PROGRAM, "", ""), "stopped");
    }
}
