"""The development tau and the other known ones (docs/srs.md)."""

import hashlib

from bn254 import G2, R, g2_add, g2_mul

SEED = b"wattest development SRS 1"
TAG = b"wattest development SRS v1"
KNOWN = 256


def expand_message_xmd(message, tag, length):
    """RFC 9380, section 5.3.1, with SHA-256."""
    suffix = tag + bytes([len(tag)])
    first = hashlib.sha256(bytes(64) + message + length.to_bytes(2, "big") + b"\0" + suffix).digest()
    block = hashlib.sha256(first + b"\1" + suffix).digest()
    blocks = [block]
    while 32 * len(blocks) < length:
        mixed = bytes(a ^ b for a, b in zip(first, blocks[-1]))
        blocks.append(hashlib.sha256(mixed + bytes([len(blocks) + 1]) + suffix).digest())
    return b"".join(blocks)[:length]


def development_tau():
    """hash_to_field of RFC 9380, section 5.2: one element, 48 bytes reduced."""
    return int.from_bytes(expand_message_xmd(SEED, TAG, 48), "big") % R


def is_known(tau2):
    """Whether tau is +-a/b, or +-1/b times the development tau or its inverse, with 1 <= a, b <= 256."""
    known, multiple = set(), None
    for _ in range(KNOWN):
        multiple = g2_add(multiple, G2)
        known.add(multiple[0])  # x names a point and its negative
    tau = development_tau()
    known |= {g2_mul(scalar, G2)[0] for scalar in (tau, pow(tau, -1, R))}
    multiple = None
    for _ in range(KNOWN):
        multiple = g2_add(multiple, tau2)
        if multiple[0] in known:
            return True
    return False
