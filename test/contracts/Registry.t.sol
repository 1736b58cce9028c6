// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {AttestationRegistry} from "../../contracts/AttestationRegistry.sol";
import {
    Attestation,
    AttestRequest,
    IAttestationRegistry
} from "../../contracts/interfaces/IAttestationRegistry.sol";
import {IWattestGateway, RouteState} from "../../contracts/interfaces/IWattestGateway.sol";
import {IWattestVerifier, Statement} from "../../contracts/interfaces/IWattestVerifier.sol";
import {Test} from "./lib/Test.sol";
import {ToyVerifier} from "./lib/ToyVerifier.sol";

bytes32 constant PROGRAM = keccak256("a program");
bytes32 constant IMPOSSIBLE = keccak256("cannot return");

/// @dev What anyone does with a registry, at random; and what must have become of it.
contract Handler {
    AttestationRegistry public immutable REGISTRY;
    ToyVerifier[4] public verifiers;
    address[3] private _actors = [address(0xa11ce), address(0xb0b), address(0xca201)];

    /// @dev The most that each route has been, and the first record of each statement under each key.
    mapping(uint256 key => RouteState) public most;
    mapping(uint256 key => mapping(uint64 word => address)) public submitter;

    constructor() {
        for (uint256 i = 0; i < 4; i++) verifiers[i] = new ToyVerifier(keccak256(abi.encode("key", i)));
        REGISTRY = new AttestationRegistry(address(this), address(this), verifiers[0], IMPOSSIBLE);
        most[0] = RouteState.Live;
    }

    function attest(uint256 key, uint64 word, bool lie) external {
        key %= 4;
        word %= 3;
        Statement memory statement = statementOf(word);
        bytes memory proof = verifiers[key].proofOf(lie ? IMPOSSIBLE : PROGRAM, statement);
        try REGISTRY.attest(PROGRAM, statement, proof) {
            RouteState state = most[key];
            bool known = submitter[key][word] != address(0);
            require(
                state == RouteState.Live || (state == RouteState.Frozen && known),
                "taken by no live key"
            );
            require(!lie || known, "taken without a proof");
            if (!known) submitter[key][word] = address(this);
        } catch {
            require(lie || most[key] != RouteState.Live, "refused by a live key");
        }
    }

    function add(uint256 key) external {
        key %= 4;
        try REGISTRY.addRoute(verifiers[key], IMPOSSIBLE) {
            require(most[key] == RouteState.None, "added twice");
            most[key] = RouteState.Live;
        } catch {
            require(most[key] != RouteState.None, "not added");
        }
    }

    function freeze(uint256 key) external {
        key %= 4;
        try REGISTRY.freeze(selectorOf(key)) {
            require(most[key] == RouteState.Live, "frozen");
            most[key] = RouteState.Frozen;
        } catch {
            require(most[key] != RouteState.Live, "not frozen");
        }
    }

    function stop(uint256 key, bool byProof) external {
        // Rarely, so that there is something to see.
        if (key % 16 > 3) return;
        key %= 16;
        bool stops = most[key] == RouteState.Live || most[key] == RouteState.Frozen;
        if (byProof) {
            Statement memory statement = statementOf(9);
            bytes memory proof = verifiers[key].proofOf(IMPOSSIBLE, statement);
            try REGISTRY.stopByProof(statement, proof) {
                require(stops, "stopped");
            } catch {
                require(!stops, "not stopped");
            }
        } else {
            try REGISTRY.stop(selectorOf(key)) {
                require(stops, "stopped");
            } catch {
                require(!stops, "not stopped");
            }
        }
        if (stops) most[key] = RouteState.Stopped;
    }

    function selectorOf(uint256 key) public view returns (bytes4) {
        return bytes4(verifiers[key].VK_DIGEST());
    }

    function statementOf(uint64 word) public pure returns (Statement memory) {
        return Statement(abi.encodePacked(word), "", 0);
    }
}

/// forge-config: default.invariant.depth = 32
contract RegistryInvariantTest is Test {
    Handler private handler;

    function setUp() external {
        handler = new Handler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_routesOnlyGrowAndRecordsStay() external view {
        AttestationRegistry registry = handler.REGISTRY();
        for (uint256 key = 0; key < 4; key++) {
            (, RouteState state) = registry.lookup(handler.selectorOf(key));
            require(state == handler.most(key), "state");
        }
        for (uint64 word = 0; word < 3; word++) {
            Statement memory statement = handler.statementOf(word);
            bytes32 hash = registry.statementHash(statement);
            bool counts;
            for (uint256 key = 0; key < 4; key++) {
                bytes32 digest = handler.verifiers(key).VK_DIGEST();
                bool stopped = handler.most(key) == RouteState.Stopped;
                Attestation memory record = registry.attestation(digest, PROGRAM, hash);
                require(record.submitter == handler.submitter(key, word), "record");
                require(record.blockNumber == 0 || record.stopped == stopped, "says stopped");
                bool has = record.blockNumber != 0 && !stopped;
                require(
                    registry.hasReturnedUnder(digest, PROGRAM, statement.publicInputs, "") == has,
                    "under one key"
                );
                counts = counts || has;
            }
            require(registry.hasReturned(PROGRAM, statement.publicInputs, "") == counts, "hasReturned");
            require(registry.isAttested(PROGRAM, statement) == counts, "isAttested");
            require(!registry.hasReturned(IMPOSSIBLE, statement.publicInputs, ""), "another program");
        }
    }
}

contract RegistryTest is Test {
    AttestationRegistry private registry;
    ToyVerifier private verifier;

    uint256 private constant SIGNER_KEY = 0xbeef;
    bytes32 private constant TYPEHASH = keccak256(
        "Attest(bytes32 programId,bytes32 statementHash,bytes4 selector,uint256 nonce,uint256 deadline)"
    );

    function setUp() external {
        verifier = new ToyVerifier(keccak256("a key"));
        registry = new AttestationRegistry(address(this), address(this), verifier, IMPOSSIBLE);
    }

    function testFuzz_nobodyElseDoesWhatTheOwnerDoes(address other) external {
        VM.assume(other != address(this));
        ToyVerifier more = new ToyVerifier(keccak256("another key"));
        bytes4 selector = verifier.SELECTOR();
        bytes memory refusal = abi.encodeWithSignature("OwnableUnauthorizedAccount(address)", other);
        VM.prank(other);
        VM.expectRevert(refusal);
        registry.addRoute(more, IMPOSSIBLE);
        VM.prank(other);
        VM.expectRevert(refusal);
        registry.freeze(selector);
        VM.prank(other);
        VM.expectRevert(refusal);
        registry.setGuardian(other);
        VM.prank(other);
        VM.expectRevert(abi.encodeWithSelector(IWattestGateway.NotGuardian.selector, other));
        registry.stop(selector);
    }

    function testFuzz_hashIsThatOfTheStatement(
        bytes calldata inputs,
        bytes calldata outputs,
        uint64 status
    ) external view {
        Statement memory statement = Statement(inputs, outputs, status);
        require(registry.statementHash(statement) == keccak256(abi.encode(statement)), "hash");
    }

    function testFuzz_recordsAStatementAndNoOther(
        bytes calldata inputs,
        bytes calldata outputs,
        uint64 status,
        bytes32 programId
    ) external {
        VM.assume(programId != 0);
        Statement memory statement = Statement(inputs, outputs, status);
        registry.attest(programId, statement, verifier.proofOf(programId, statement));
        require(registry.isAttested(programId, statement), "attested");
        require(registry.hasReturned(programId, inputs, outputs) == (status == 0), "returned");
        statement.status ^= 1;
        require(!registry.isAttested(programId, statement), "another status");
        statement = Statement(abi.encodePacked(inputs, bytes8(0)), outputs, status);
        require(!registry.isAttested(programId, statement), "a word more");
    }

    function testFuzz_aBatchRecordsWhatIsProven(uint8 which, bool requireAll) external {
        AttestRequest[] memory requests = new AttestRequest[](8);
        for (uint64 i = 0; i < 8; i++) {
            Statement memory statement = Statement(words(i), "", 0);
            bytes memory proof = verifier.proofOf((which >> i) & 1 == 1 ? PROGRAM : IMPOSSIBLE, statement);
            requests[i] = AttestRequest(PROGRAM, statement, proof);
        }
        try registry.attestBatch(requests, requireAll) returns (bytes32[] memory hashes) {
            require(!requireAll || which == 255, "all were required");
            for (uint64 i = 0; i < 8; i++) {
                bool good = (which >> i) & 1 == 1;
                require(registry.hasReturned(PROGRAM, words(i), "") == good, "record");
                require((hashes[i] != 0) == good, "hash");
            }
        } catch {
            require(requireAll && which != 255, "refused");
            for (uint64 i = 0; i < 8; i++) require(!registry.hasReturned(PROGRAM, words(i), ""), "none");
        }
    }

    function testFuzz_whoSignedIsRecordedWhoeverSends(address sender, uint32 seconds_, uint64 word) external {
        VM.assume(sender != address(0));
        (Statement memory statement, bytes memory proof) = _proven(word);
        address signer = VM.addr(SIGNER_KEY);
        uint256 deadline = block.timestamp + seconds_;
        bytes memory signature = _sign(statement, 0, deadline);
        VM.prank(sender);
        registry.attestFor(PROGRAM, statement, proof, signer, deadline, signature);
        bytes32 hash = registry.statementHash(statement);
        require(registry.anyAttestation(PROGRAM, hash).submitter == signer, "submitter");
        // Not a second time: its nonce is used.
        VM.expectRevert(abi.encodeWithSelector(IAttestationRegistry.SignatureInvalid.selector, signer));
        registry.attestFor(PROGRAM, statement, proof, signer, deadline, signature);
    }

    function testFuzz_aSignatureIsForOneThing(uint64 word, uint8 change) external {
        (Statement memory statement, bytes memory proof) = _proven(word);
        address signer = VM.addr(SIGNER_KEY);
        uint256 deadline = block.timestamp + 60;
        bytes memory signature = _sign(statement, 0, deadline);
        change %= 3;
        if (change == 0) (statement, proof) = _proven(word ^ 1);
        if (change == 1) deadline++;
        if (change == 2) signer = address(0xb0b);
        VM.expectRevert(abi.encodeWithSelector(IAttestationRegistry.SignatureInvalid.selector, signer));
        registry.attestFor(PROGRAM, statement, proof, signer, deadline, signature);
    }

    function test_aSignatureIsGoodUntilItsDeadlineOnOneChain() external {
        (Statement memory statement, bytes memory proof) = _proven(1);
        address signer = VM.addr(SIGNER_KEY);
        uint256 deadline = block.timestamp + 60;
        bytes memory signature = _sign(statement, 0, deadline);
        VM.chainId(1337);
        VM.expectRevert(abi.encodeWithSelector(IAttestationRegistry.SignatureInvalid.selector, signer));
        registry.attestFor(PROGRAM, statement, proof, signer, deadline, signature);
        VM.chainId(31337);
        VM.warp(deadline + 1);
        VM.expectRevert(abi.encodeWithSelector(IAttestationRegistry.SignatureExpired.selector, deadline));
        registry.attestFor(PROGRAM, statement, proof, signer, deadline, signature);
        VM.warp(deadline);
        registry.attestFor(PROGRAM, statement, proof, signer, deadline, signature);
    }

    function _proven(uint64 word) private view returns (Statement memory statement, bytes memory proof) {
        statement = Statement(words(word), "", 0);
        proof = verifier.proofOf(PROGRAM, statement);
    }

    function _sign(
        Statement memory statement,
        uint256 nonce,
        uint256 deadline
    ) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256(
                    "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
                ),
                keccak256("wattest AttestationRegistry"),
                keccak256("1"),
                block.chainid,
                address(registry)
            )
        );
        bytes32 hash = registry.statementHash(statement);
        bytes32 signed = keccak256(abi.encode(TYPEHASH, PROGRAM, hash, verifier.SELECTOR(), nonce, deadline));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(
            SIGNER_KEY,
            keccak256(abi.encodePacked(hex"1901", domain, signed))
        );
        return abi.encodePacked(r, s, v);
    }
}
