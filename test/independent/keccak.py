"""keccak-256 as Ethereum uses it: Keccak[c = 512] with the padding 0x01 of the original submission.

Written from "The Keccak reference" (Bertoni, Daemen, Peeters, Van Assche, version 3.0).
"""

from functools import lru_cache

_MASK = (1 << 64) - 1
_RATE = 136  # bytes


def _round_constants():
    """RC[0..23] from the linear feedback shift register x^8 + x^6 + x^5 + x^4 + 1 (section 1.2)."""
    constants, state = [], 1
    for _ in range(24):
        word = 0
        for j in range(7):
            if state & 1:
                word |= 1 << ((1 << j) - 1)
            state = (state << 1) ^ (0x171 if state & 0x80 else 0)
        constants.append(word)
    return constants


def _lanes():
    """For each lane (x + 5y) its rotation (rho) and the place it moves to (pi)."""
    moves = [(0, 0)] * 25
    x, y = 1, 0
    for t in range(24):
        moves[x + 5 * y] = ((t + 1) * (t + 2) // 2 % 64, y + 5 * ((2 * x + 3 * y) % 5))
        x, y = y, (2 * x + 3 * y) % 5
    return moves


def _written_out():
    """The permutation with every step of a round written out, each lane a variable: loops over lanes take Python three times as long."""
    names = [f"a{lane}" for lane in range(25)]
    lines = [f"{', '.join(names)} = a", "for constant in constants:"]
    for x in range(5):
        lines.append(f" c{x} = {' ^ '.join(names[x::5])}")
    for x in range(5):
        left, right = f"c{(x + 4) % 5}", f"c{(x + 1) % 5}"
        lines.append(f" d{x} = {left} ^ ({right} << 1 & {_MASK} | {right} >> 63)")
    for lane, (rotation, to) in enumerate(_lanes()):
        lines.append(f" t = a{lane} ^ d{lane % 5}")
        lines.append(f" b{to} = t << {rotation} & {_MASK} | t >> {64 - rotation}")
    for row in (0, 5, 10, 15, 20):
        for x in range(5):
            lines.append(f" a{row + x} = b{row + x} ^ (b{row + (x + 2) % 5} & ~b{row + (x + 1) % 5})")
    lines += [" a0 ^= constant", f"return [{', '.join(names)}]"]
    scope = {}
    exec("def permute(a, constants):\n" + "".join(f" {line}\n" for line in lines), scope)
    return scope["permute"]


_CONSTANTS = _round_constants()
_permute = _written_out()


@lru_cache(maxsize=1024)
def keccak256(data):
    """32 bytes of digest. Those of the last thousand inputs are kept: of a proof with one thing changed most of a transcript is as it was."""
    padded = bytearray(data) + bytes(_RATE - len(data) % _RATE)
    padded[len(data)] ^= 0x01
    padded[-1] ^= 0x80
    state = [0] * 25
    for start in range(0, len(padded), _RATE):
        for lane in range(_RATE // 8):
            at = start + 8 * lane
            state[lane] ^= int.from_bytes(padded[at : at + 8], "little")
        state = _permute(state, _CONSTANTS)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])
