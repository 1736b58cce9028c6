"""Tampered proofs, statements and program keys, each with the one check of docs/protocol.md that must refuse it.

A case is a JSON object: `of` (the fixture), `name`, `code`, and what is changed: `edits` (list of offset and hex), `length`
(cut to it, or filled up with zeros), `proof` (all of it), `statement`, `programKey`. The codes follow from the documents and
from what was changed; no verifier is asked.
"""

import random

from bn254 import P, R, g1_neg, g1_on_curve
from forge import forge, open_with_tau, with_inverse
from keys import ProgramKey, point_bytes, word
from verifier import Proof, Statement, draw_challenges, logs_of

SCALAR, POINT = 32, 64


class Layout:
    """Where the parts of a proof lie, by the table "Bytes of a proof"."""

    def __init__(self, key):
        self.heights = 4
        self.values = 36 + POINT * (Proof.point_count(key) - 2)
        opening = self.values + SCALAR * key.value_count
        self.inverse = opening + 2 * POINT
        self.points = [*range(36, self.values, POINT), opening, opening + POINT]
        self.scalars = list(range(self.values, opening, SCALAR))


def tampered(key, fixtures, seed):
    """Cases over all fixtures, the first of them thoroughly."""
    for index, (name, document) in enumerate(fixtures.items()):
        others = [other for other in fixtures if other != name]
        case = Cases(key, name, document, random.Random(f"{seed} {name}"))
        thorough = index == 0
        yield from case.lengths()
        yield from case.heights()
        yield from case.points(every_byte=thorough)
        yield from case.scalars(step=1 if thorough else 29)
        yield from case.statements()
        yield from case.program_keys()
        yield from case.inverses()
        yield from case.balanced()
        for other in others:
            yield case.make(f"the proof of {other}", "PROOF_IDENTITY", proof=fixtures[other]["proof"])
            yield case.make(f"under the key of {other}", "PROOF_IDENTITY", programKey=fixtures[other]["programKey"])


class Cases:
    def __init__(self, key, name, document, rng):
        self.key, self.name, self.document, self.rng = key, name, document, rng
        self.data = bytes.fromhex(document["proof"][2:])
        self.layout = Layout(key)
        self.program = ProgramKey(document["programKey"])
        self.statement = Statement.from_json(document["statement"])
        self.proof = Proof(key, self.data)

    def make(self, name, code, **change):
        return {"of": self.name, "name": name, "code": code, **change}

    def edit(self, name, code, at, new):
        assert self.data[at : at + len(new)] != new, name
        return self.make(name, code, edits=[[at, new.hex()]])

    def integer(self, at):
        return int.from_bytes(self.data[at : at + 32], "big")

    def flipped(self, at):
        """The byte there with some of its bits changed."""
        return bytes([self.data[at] ^ self.rng.randrange(1, 256)])

    def lengths(self):
        for at in range(4):
            yield self.edit(f"selector, byte {at}", "PROOF_SELECTOR", at, self.flipped(at))
        end = len(self.data)
        for length in (0, 3, 4, 36, 100, end - 64, end - 32, end - 1, end + 1, end + 32, 2 * end):
            yield self.make(f"length {length}", "PROOF_LENGTH", length=length)

    def heights(self):
        for at in range(32):
            position = self.layout.heights + at
            if at >= len(self.proof.logs):
                yield self.edit(f"heights, spare byte {at}", "PROOF_HEIGHTS", position, self.flipped(position))
                continue
            chip = list(self.proof.logs)[at]
            least, most = self.key.chips[chip]["height"]["minLog"], self.key.max_logs[chip]
            for log in (0, least - 1, most + 1, 24, 255):
                yield self.edit(f"height {at} is {log}", "PROOF_HEIGHTS", position, bytes([log]))
            for log in (self.data[position] - 1, self.data[position] + 1, least, most):
                if least <= log <= most and log != self.data[position]:
                    yield self.edit(f"height {at} is {log}", "PROOF_IDENTITY", position, bytes([log]))

    def points(self, every_byte):
        w = self.layout.points[-2:]
        for index, at in enumerate(self.layout.points):
            x, y = self.integer(at), self.integer(at + 32)
            # All challenges but u are drawn before W, and all before W'.
            valid = {w[0]: "PROOF_INVERSE", w[1]: "PROOF_PAIRING"}.get(at, "PROOF_IDENTITY")
            if x + P < 1 << 256:
                yield self.edit(f"point {index}, x + p", "PROOF_POINT", at, word(x + P))
            if y + P < 1 << 256:
                yield self.edit(f"point {index}, y + p", "PROOF_POINT", at + 32, word(y + P))
            yield self.edit(f"point {index} is infinity", "PROOF_POINT", at, bytes(POINT))
            yield self.edit(f"point {index} is (p, p)", "PROOF_POINT", at, word(P) + word(P))
            yield self.edit(f"point {index}, y + 1", "PROOF_POINT", at + 32, word((y + 1) % P))
            yield self.edit(f"point {index}, other half", "PROOF_POINT", at, word(y) + word(x))
            yield self.edit(f"point {index} negated", valid, at + 32, word(g1_neg((x, y))[1]))
            yield self.edit(f"point {index} is the generator", valid, at, word(1) + word(2))
            for byte in range(POINT) if every_byte else [self.rng.randrange(POINT)]:
                changed = bytearray(self.data[at : at + POINT])
                changed[byte] = self.flipped(at + byte)[0]
                assert not g1_on_curve((int.from_bytes(changed[:32], "big"), int.from_bytes(changed[32:], "big")))
                yield self.edit(f"point {index}, byte {byte}", "PROOF_POINT", at + byte, changed[byte : byte + 1])

    def scalars(self, step):
        for index, at in enumerate(self.layout.scalars):
            value = self.integer(at)
            yield self.edit(f"value {index} + r", "PROOF_SCALAR", at, word(value + R))
            if index % step:
                continue
            byte = self.rng.randrange(SCALAR)
            changed = bytearray(self.data[at : at + SCALAR])
            changed[byte] = self.flipped(at + byte)[0]
            code = "PROOF_SCALAR" if int.from_bytes(changed, "big") >= R else "PROOF_IDENTITY"
            yield self.edit(f"value {index}, byte {byte}", code, at + byte, changed[byte : byte + 1])
        for name, value in (("r", R), ("2^256 - 1", (1 << 256) - 1)):
            yield self.edit(f"a value is {name}", "PROOF_SCALAR", self.rng.choice(self.layout.scalars), word(value))
        for _ in range(3):
            a, b = sorted(self.rng.sample(self.layout.scalars, 2))
            left, right = self.data[a : a + SCALAR], self.data[b : b + SCALAR]
            if left != right:
                yield self.make("two values exchanged", "PROOF_IDENTITY", edits=[[a, right.hex()], [b, left.hex()]])

    def inverses(self):
        at = self.layout.inverse
        value = self.integer(at)
        yield self.edit("the inverse + r", "PROOF_SCALAR", at, word(value + R))
        for name, other in (("0", 0), ("1", 1), ("negated", R - value), ("inverted", pow(value, -1, R)), ("+ 1", value + 1)):
            yield self.edit(f"the inverse is {name}", "PROOF_INVERSE", at, word(other))

    def statements(self):
        def changed(name, code, **parts):
            return self.make(name, code, statement={**self.document["statement"], **parts})

        for part in ("publicInputs", "publicOutputs"):
            words = self.document["statement"][part]
            for i, value in enumerate(words):
                if i > 3:
                    break
                within, outside = (int(value) ^ 1, int(value) ^ 1 << 63), (-1, 1 << 64)
                for other in (*within, *outside):
                    code = "PROOF_IDENTITY" if other in within else "STATEMENT_INVALID"
                    new = [*words[:i], str(other), *words[i + 1 :]]
                    yield changed(f"{part} {i} is {other}", code, **{part: new})
            yield changed(f"{part}: a zero more", "PROOF_IDENTITY", **{part: [*words, "0"]})
            if words:
                yield changed(f"{part}: one less", "PROOF_IDENTITY", **{part: words[:-1]})
            if len(words) > 1 and words[0] != words[-1]:
                new = [words[-1], *words[1:-1], words[0]]
                yield changed(f"{part}: first and last exchanged", "PROOF_IDENTITY", **{part: new})
        inputs, outputs = (self.document["statement"][part] for part in ("publicInputs", "publicOutputs"))
        if inputs:  # the bytes that are hashed stay the same, but for the lengths
            parts = {"publicInputs": inputs[:-1], "publicOutputs": [inputs[-1], *outputs]}
            yield changed("an input becomes an output", "PROOF_IDENTITY", **parts)
        status = int(self.document["statement"]["status"])
        for other in (status ^ 1, status ^ 1 << 32, (1 << 64) - 1):
            yield changed(f"status {other}", "PROOF_IDENTITY", status=str(other))
        for other in (-1, 1 << 64):
            yield changed(f"status {other}", "STATEMENT_INVALID", status=str(other))

    def program_keys(self):
        program = self.document["programKey"]

        def changed(name, code, **parts):
            return self.make(name, code, programKey={**program, **parts})

        image = next(j for j, chip in enumerate(self.key.chips) if chip["height"]["from"] == "program")
        least, most = self.key.chips[image]["height"]["minLog"], self.key.max_logs[image]
        for log in (0, least - 1, most + 1, 24):
            yield changed(f"image of 2^{log} rows", "KEY_INVALID", log=log)
        for log in (program["log"] - 1, program["log"] + 1):
            if least <= log <= most:
                yield changed(f"image of 2^{log} rows", "PROOF_IDENTITY", log=log)
        entry = int(program["entry"])
        for other in (entry ^ 1, entry ^ 1 << 63):
            yield changed(f"entry {other}", "PROOF_IDENTITY", entry=str(other))
        yield changed("entry 2^64", "KEY_INVALID", entry=str(1 << 64))
        commitments = program["commitments"]
        x, y = (int(commitments[0][c], 16) for c in ("x", "y"))

        def commitment(a, b):
            return {"commitments": [{"x": f"0x{a:064x}", "y": f"0x{b:064x}"}, *commitments[1:]]}

        yield changed("commitment off the curve", "KEY_INVALID", **commitment(x, (y + 1) % P))
        yield changed("commitment, x + p", "KEY_INVALID", **commitment(x + P, y))
        yield changed("commitment negated", "PROOF_IDENTITY", **commitment(x, P - y))
        yield changed("commitment is infinity", "PROOF_IDENTITY", commitments=[None, *commitments[1:]])
        yield changed("commitment is (0, 0)", "KEY_INVALID", **commitment(0, 0))
        yield changed("no commitment", "KEY_INVALID", commitments=commitments[1:])
        yield changed("a commitment more", "KEY_INVALID", commitments=[*commitments, commitments[0]])

    def balanced(self):
        """What satisfies one of the last two checks and not the other."""
        first = len(self.layout.scalars) - 2 - (self.key.d - 1)  # the quotient's chunks, then phi twice
        z = self.challenges()["z"]
        z_N = pow(z, 1 << max(logs_of(self.key, self.program, self.proof)), R)
        delta = self.rng.randrange(1, R)

        def moved(name, changes):
            bent = bytearray(self.data)
            for index, by in changes:
                at = self.layout.scalars[index]
                bent[at : at + SCALAR] = word((self.integer(at) + by) % R)
            yield self.make(f"{name}, as it is", "PROOF_INVERSE", proof="0x" + bent.hex())
            yield self.make(name, "PROOF_PAIRING", proof="0x" + self.inverted(bent).hex())

        yield from moved("chunks of the quotient moved, its value kept", [(first, z_N * delta), (first + 1, -delta)])
        yield from moved("both values of phi moved alike", [(-2, delta), (-1, delta)])
        w = self.layout.points[-2]
        bent = bytearray(self.data)
        bent[w : w + POINT] = point_bytes(g1_neg(self.proof.w))
        yield self.make("W negated, the inverse that belongs to it", "PROOF_PAIRING", proof="0x" + self.inverted(bent).hex())
        if not self.key.insecure:
            return
        lie = {**self.document["statement"], "status": "4294967297"}
        opened = open_with_tau(self.key, self.program, Statement.from_json(lie), self.data)
        yield self.make("opened with tau, another statement", "PROOF_IDENTITY", statement=lie, proof="0x" + opened.hex())
        forged = forge(self.key, self.program, Statement.from_json(lie), self.proof.heights, self.name)
        forgery = {"statement": lie, "proof": "0x" + forged.hex()}
        yield self.make("all forged with tau", None, **forgery)  # as docs/srs.md warns
        elsewhere = {**forgery, "statement": self.document["statement"]}
        yield self.make("forged with tau for another statement", "PROOF_IDENTITY", **elsewhere)
        bent = bytearray(forged)
        bent[w + POINT : w + 2 * POINT] = self.data[w + POINT : w + 2 * POINT]
        yield self.make("forged, with the W' of another proof", "PROOF_PAIRING", statement=lie, proof="0x" + bent.hex())

    def inverted(self, data):
        """With the inverse that belongs to its other bytes."""
        return with_inverse(self.key, self.program, self.statement, bytes(data))

    def challenges(self):
        return draw_challenges(self.key, self.program, self.statement, self.proof)


def applied(case, document):
    """Statement, program key and proof of a case."""
    data = bytearray.fromhex(case.get("proof", document["proof"])[2:])
    for at, new in case.get("edits", []):
        data[at : at + len(new) // 2] = bytes.fromhex(new)
    length = case.get("length", len(data))
    data = bytes(data[:length]) + bytes(max(0, length - len(data)))
    statement = Statement.from_json(case.get("statement", document["statement"]))
    return statement, ProgramKey(case.get("programKey", document["programKey"])), data
