// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {IAttestationRegistry} from "./interfaces/IAttestationRegistry.sol";
import {Statement} from "./interfaces/IWattestVerifier.sol";

/// @title Base of contracts that rely on what a program computed
/// @notice What a consumer must check, as code: that a registry which nobody chooses anew has it on record that a program which nobody
/// chooses anew *returned*, under a key that is not stopped; that the inputs are as long as the program reads; that they were
/// made for this contract on this chain; and that something happens once only.
/// @dev With a library of `wattest bind`:
///
///     constructor(IAttestationRegistry registry) WattestConsumer(registry, Game.ID, DECODED) {}
///
///     function submit(Game.Inputs calldata inputs, Game.Outputs calldata outputs) external {
///         _requireHere(inputs.chainId, inputs.table);
///         _spend(keccak256(abi.encode(inputs.player, inputs.round)));
///         _requireReturned(Game.pack(inputs), Game.pack(outputs));
///         // effects for inputs.player, whoever sent this
///     }
///
/// Nothing here calls out but to the registry, which is asked by static calls, and by {_attest}, in which the registry calls nobody but the
/// verifier, by a static call. So no call enters again before the function of the consumer is done, unless the consumer makes it.
abstract contract WattestConsumer {
    /// @notice For `INPUT_WORDS` of a consumer that takes values and packs them, or decodes the inputs to their end: the length follows.
    uint256 internal constant DECODED = type(uint256).max;

    /// @notice Records are as good as this address: take it from a deployment that `wattest deploy --check` passed.
    IAttestationRegistry public immutable REGISTRY;
    bytes32 public immutable PROGRAM_ID;
    /// @notice Public input words that the program reads in every run. Words behind those that it reads belong to the statement, so
    /// without this one run could be shown as many.
    uint256 public immutable INPUT_WORDS;

    /// @notice What happened already.
    mapping(bytes32 nullifier => bool) public isSpent;

    event Spent(bytes32 indexed nullifier);

    /// @notice It is not on record, under a key that counts, that the program returned with these inputs and outputs.
    error NotProven();
    /// @notice The inputs are not as many bytes as the program reads.
    error InputLength(uint256 expected, uint256 actual);
    /// @notice This happened already.
    error AlreadySpent(bytes32 nullifier);
    /// @notice The inputs name another chain than this one.
    error MadeForChain(uint256 chainId);
    /// @notice The inputs name another contract than this one.
    error MadeForContract(address consumer);
    /// @notice The inputs name an account, and somebody else sent this.
    error MadeForAccount(address account);
    /// @notice There is no contract at the address of the registry.
    error RegistryInvalid(address registry);
    /// @notice No program has id zero.
    error ProgramInvalid();

    /// @param registry where attestations are
    /// @param programId of the program: `ID` of the library that `wattest bind` wrote
    /// @param inputWords that the program reads in every run, or {DECODED}
    constructor(IAttestationRegistry registry, bytes32 programId, uint256 inputWords) {
        if (address(registry).code.length == 0) revert RegistryInvalid(address(registry));
        if (programId == 0) revert ProgramInvalid();
        REGISTRY = registry;
        PROGRAM_ID = programId;
        INPUT_WORDS = inputWords;
    }

    /// @dev Reverts unless it is on record that the program returned with these inputs and outputs.
    function _requireReturned(bytes memory publicInputs, bytes memory publicOutputs) internal view {
        _requireLength(publicInputs);
        if (!_hasReturned(publicInputs, publicOutputs)) revert NotProven();
    }

    /// @dev Puts it on record if it is not yet, by a proof, and requires it: proof and use in one transaction. Submitter of the record is
    /// this contract.
    function _attest(bytes memory publicInputs, bytes memory publicOutputs, bytes calldata proof) internal {
        _requireLength(publicInputs);
        REGISTRY.attest(PROGRAM_ID, Statement(publicInputs, publicOutputs, 0), proof);
        if (!_hasReturned(publicInputs, publicOutputs)) revert NotProven();
    }

    /// @dev Once only. A proof names no run (anyone can make another of the same), nor does a hash of its inputs where some of them do not
    /// matter: so the nullifier is of the fields that do, decoded; keccak256(abi.encode(kind, field, …)) where there are several
    /// kinds. What a private input decides is an output of the program.
    function _spend(bytes32 nullifier) internal {
        if (isSpent[nullifier]) revert AlreadySpent(nullifier);
        isSpent[nullifier] = true;
        emit Spent(nullifier);
    }

    /// @dev What was made for another chain or contract is not taken: both are public inputs of the program.
    function _requireHere(uint256 chainId, address consumer) internal view {
        if (chainId != block.chainid) revert MadeForChain(chainId);
        if (consumer != address(this)) revert MadeForContract(consumer);
    }

    /// @dev For what nobody may do for another. Whoever sees a call can copy it and be first: so what a call gives, it gives to an account
    /// that is a public input of the program, or it requires that account to send it.
    function _requireSender(address account) internal view {
        if (msg.sender != account) revert MadeForAccount(account);
    }

    /// @dev Which records count: those of any key that is not stopped. A consumer can choose otherwise: one key alone, by {_hasReturnedUnder},
    /// if it does not rely on whoever adds routes; or also stopped keys, by {_hasEverReturned}, if what is done is to stay done.
    function _hasReturned(
        bytes memory publicInputs,
        bytes memory publicOutputs
    ) internal view virtual returns (bool) {
        return REGISTRY.hasReturned(PROGRAM_ID, publicInputs, publicOutputs);
    }

    /// @dev Under one key, if it is not stopped.
    function _hasReturnedUnder(
        bytes32 vkDigest,
        bytes memory publicInputs,
        bytes memory publicOutputs
    ) internal view returns (bool) {
        return REGISTRY.hasReturnedUnder(vkDigest, PROGRAM_ID, publicInputs, publicOutputs);
    }

    /// @dev Under any key, also one that was stopped since because it is broken: then what is on record may be false.
    function _hasEverReturned(
        bytes memory publicInputs,
        bytes memory publicOutputs
    ) internal view returns (bool) {
        bytes32 hash = keccak256(abi.encode(Statement(publicInputs, publicOutputs, 0)));
        return REGISTRY.anyAttestation(PROGRAM_ID, hash).blockNumber != 0;
    }

    function _requireLength(bytes memory publicInputs) private view {
        if (INPUT_WORDS == DECODED) return;
        uint256 expected = 8 * INPUT_WORDS;
        if (publicInputs.length != expected) revert InputLength(expected, publicInputs.length);
    }
}
