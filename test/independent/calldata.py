"""Calldata of `verify` and `attest`, of contracts for all programs (docs/onchain.md): decoded, and verified as the contract does."""

from keccak import keccak256
from keys import ProgramKey, require, word
from verifier import Proof, Statement, verify

ARGUMENTS = "(bytes32,(bytes,bytes,uint64),bytes)"


def number(data):
    return int.from_bytes(data, "big")


def encode_bytes(data):
    return word(len(data)) + data + bytes(-len(data) % 32)


def encode(name, program_id, inputs, outputs, status, proof):
    """As abi.encode lays it out: what a tuple points to stands behind its head, in order, without gaps."""
    first, second = encode_bytes(inputs), encode_bytes(outputs)
    statement = word(96) + word(96 + len(first)) + word(status) + first + second
    head = program_id + word(96) + word(96 + len(statement))
    return keccak256((name + ARGUMENTS).encode())[:4] + head + statement + encode_bytes(proof)


def decode(name, data):
    """Program id, inputs, outputs, status, proof; only the bytes that fill up a word of `bytes` may be anything."""

    require(data[:4] == keccak256((name + ARGUMENTS).encode())[:4], "STATEMENT_INVALID", "another function")

    def at(place):
        require(4 <= place and place + 32 <= len(data), "STATEMENT_INVALID", "calldata ends")
        return number(data[place : place + 32])

    def bytes_at(place):
        length = at(place)
        require(place + 32 + length <= len(data), "STATEMENT_INVALID", "calldata ends")
        return data[place + 32 : place + 32 + length]

    told, proof_at = 4 + at(36), 4 + at(68)
    inputs, outputs, status = bytes_at(told + at(told)), bytes_at(told + at(told + 32)), at(told + 64)
    parts = (data[4:36], inputs, outputs, status, bytes_at(proof_at))
    require(status < 1 << 64, "STATEMENT_INVALID", "status")
    expected = encode(name, *parts)
    require(len(expected) == len(data), "STATEMENT_INVALID", "calldata is not canonical")
    # Filling is compared as zeros.
    filled = bytearray(data)
    for place in (told + number(data[told : told + 32]), told + number(data[told + 32 : told + 64]), proof_at):
        end = place + 32 + number(data[place : place + 32])
        filled[end : end + -(end - place) % 32] = bytes(-(end - place) % 32)
    require(bytes(filled) == expected, "STATEMENT_INVALID", "calldata is not canonical")
    return parts


def words(data):
    require(len(data) % 8 == 0, "STATEMENT_INVALID", "no whole number of words")
    return [number(data[i : i + 8]) for i in range(0, len(data), 8)]


def program_key(data):
    """The program key that stands in front of a proof."""
    log, entry, *coordinates = [number(data[i : i + 32]) for i in range(0, len(data), 32)]
    points = list(zip(coordinates[::2], coordinates[1::2]))
    commitments = [None if point == (0, 0) else dict(zip("xy", point)) for point in points]
    return ProgramKey({"log": log, "entry": entry, "commitments": commitments})


def verify_call(key, name, data):
    """Raises Refused unless the call is of a proof of its statement under its program id; the selector of the function is the caller's."""
    program_id, inputs, outputs, status, proof = decode(name, data)
    statement = Statement(words(inputs), words(outputs), status)
    require(len(proof) >= 4, "PROOF_LENGTH", "no selector")
    require(proof[:4] == key.selector, "PROOF_SELECTOR")
    count = key.subject["commitments"] if key.subject else len(key.fixed_packs("program"))
    end = 4 + 64 + 64 * count
    require(len(proof) >= end, "PROOF_LENGTH", "no program key")
    own = proof[:4] + proof[end:]
    require(len(own) == Proof.length(key), "PROOF_LENGTH")
    require(keccak256(key.machine + proof[4:end]) == program_id, "PROOF_PROGRAM")
    verify(key, program_key(proof[4:end]), statement, own)

