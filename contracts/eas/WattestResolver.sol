// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

import {Attestation, IEAS} from "@ethereum-attestation-service/eas-contracts/contracts/IEAS.sol";
import {SchemaResolver} from "@ethereum-attestation-service/eas-contracts/contracts/resolver/SchemaResolver.sol";
import {IAttestationRegistry} from "../interfaces/IAttestationRegistry.sol";
import {WattestConsumer} from "../WattestConsumer.sol";

/// @title Resolver of a schema of the Ethereum Attestation Service: no attestation without a proof
/// @notice It registers its schema when it is deployed, {SCHEMA}, and serves no other: so nobody gives the fields other names, or other
/// rules of revocation, and has this contract vouch for them. Under it EAS takes an attestation only if it is on record that the
/// program returned with the inputs and outputs that are its data. Whoever attests, and to whom, is not looked at: override {_accept}
/// to bind the recipient to a public input, to decode, or to {_spend}.
contract WattestResolver is SchemaResolver, WattestConsumer {
    string public constant SCHEMA_TEXT = "bytes publicInputs,bytes publicOutputs";
    /// @notice Uid of the one schema that this resolver serves. Its attestations can be revoked by whoever made them.
    bytes32 public immutable SCHEMA;

    /// @notice The data is not abi.encode(publicInputs, publicOutputs).
    error DataInvalid();
    /// @notice The attestation is under another schema, which names this resolver without being its own.
    error SchemaInvalid(bytes32 schema);

    constructor(
        IEAS eas,
        IAttestationRegistry registry,
        bytes32 programId,
        uint256 inputWords
    ) SchemaResolver(eas) WattestConsumer(registry, programId, inputWords) {
        SCHEMA = keccak256(abi.encodePacked(SCHEMA_TEXT, address(this), true));
        // Whoever knew this address before may have registered it: then it is there, and the same.
        try eas.getSchemaRegistry().register(SCHEMA_TEXT, this, true) {} catch {} // solhint-disable-line no-empty-blocks
        if (eas.getSchemaRegistry().getSchema(SCHEMA).uid != SCHEMA) revert SchemaInvalid(SCHEMA);
    }

    /// @notice Whether an attestation of EAS still counts: under this schema, neither revoked nor expired, and its proof under a key that
    /// has not been stopped since. EAS does not ask again what it took.
    function counts(bytes32 uid) external view returns (bool) {
        Attestation memory taken = _eas.getAttestation(uid);
        if (taken.uid == 0 || taken.schema != SCHEMA || taken.revocationTime != 0) return false;
        if (taken.expirationTime != 0 && taken.expirationTime <= block.timestamp) return false;
        (bytes memory publicInputs, bytes memory publicOutputs) = _decode(taken.data);
        return _hasReturned(publicInputs, publicOutputs);
    }

    function onAttest(Attestation calldata attestation, uint256) internal override returns (bool) {
        if (attestation.schema != SCHEMA) revert SchemaInvalid(attestation.schema);
        (bytes memory publicInputs, bytes memory publicOutputs) = _decode(attestation.data);
        _requireReturned(publicInputs, publicOutputs);
        return _accept(attestation, publicInputs, publicOutputs);
    }

    /// @dev Who attested may take it back, where the schema lets them.
    function onRevoke(Attestation calldata, uint256) internal pure override returns (bool) {
        return true;
    }

    /// @dev What else a schema asks of an attestation that is proven.
    function _accept(
        Attestation calldata /* attestation */,
        bytes memory /* publicInputs */,
        bytes memory /* publicOutputs */
    ) internal virtual returns (bool) {
        return true;
    }

    /// @dev One encoding only, as abi.encode has it: the data is what indexers read.
    function _decode(
        bytes memory data
    ) private pure returns (bytes memory publicInputs, bytes memory publicOutputs) {
        (publicInputs, publicOutputs) = abi.decode(data, (bytes, bytes));
        if (keccak256(abi.encode(publicInputs, publicOutputs)) != keccak256(data)) revert DataInvalid();
    }
}
