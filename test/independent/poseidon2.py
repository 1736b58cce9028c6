"""Poseidon2 over the scalar field, constants from its generator, and the sponge (docs/protocol.md, "Transcript")."""

from bn254 import R

FULL, PARTIAL, WIDTH = 8, 56, 3


def _grain():
    """Bits of the shrunk register, for ever."""
    fields = ((1, 2), (0, 4), (254, 12), (WIDTH, 12), (FULL, 10), (PARTIAL, 10), ((1 << 30) - 1, 30))
    bits = [value >> (size - 1 - i) & 1 for value, size in fields for i in range(size)]
    assert len(bits) == 80

    def step():
        bits.append(bits[62] ^ bits[51] ^ bits[38] ^ bits[23] ^ bits[13] ^ bits[0])
        bits.pop(0)
        return bits[-1]

    for _ in range(160):
        step()
    while True:
        first, second = step(), step()
        if first:
            yield second


def _constants():
    stream, found = _grain(), []
    while len(found) < FULL * WIDTH + PARTIAL:
        value = 0
        for _ in range(254):
            value = 2 * value + next(stream)
        if value < R:
            found.append(value)
    return found


CONSTANTS = _constants()


def _external(state):
    total = sum(state)
    return [(x + total) % R for x in state]


def permute(state):
    constants = iter(CONSTANTS)
    state = _external(state)
    for i in range(FULL + PARTIAL):
        if FULL // 2 <= i < FULL // 2 + PARTIAL:
            state[0] = pow(state[0] + next(constants), 5, R)
            total = sum(state)
            state = [(x * factor + total) % R for x, factor in zip(state, (1, 1, 2))]
        else:
            state = _external([pow(x + next(constants), 5, R) for x in state])
    return state


def elements(kind, data):
    """What an item of a transcript is in field elements."""

    def number(part):
        return int.from_bytes(part, "big")

    if kind == "bytes32":
        return [number(data[:16]), number(data[16:])]
    if kind == "words64":
        return [number(data[i : i + 8]) for i in range(0, len(data), 8)]
    if kind == "point":
        x, y = number(data[:32]), number(data[32:])
        words = [v >> 64 * i & (1 << 64) - 1 for v in (x, y) for i in range(4)]
        return [sum(w << 64 * i for i, w in enumerate(words[at : at + 3])) for at in (0, 3, 6)]
    assert kind in ("heights", "word", "scalar", "digest")
    return [number(data) % R]
