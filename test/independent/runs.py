"""Runs whose proofs share a bus (docs/protocol.md, "Runs of several proofs"), under either hash."""

from bn254 import R
from keccak import keccak256
from keys import point_bytes, require, word
from verifier import Proof, check_equations, later_challenges, public_terms, transcript_of

MAX_SHARDS = 1 << 16


class NoProgram:
    """Where a key has no image."""

    log, entry, commitments = 0, 0, []

    def check(self, key):
        require(not key.fixed_packs("program"), "KEY_INVALID", "an image without its program key")


class RunKeys:
    """Body and closing, and whole where there is a key for runs of one shard."""

    def __init__(self, body, closing, whole=None):
        self.body, self.closing, self.whole = body, closing, whole
        self.all = [*([] if whole is None else [whole]), body, closing]
        require(all(key.bus == "shared" for key in self.all), "KEY_INVALID", "a proof that stands alone")
        for name in ("machine", "transcript", "insecure"):
            require(len({getattr(key, name) for key in self.all}) == 1, "KEY_INVALID", name)
        images = [key.has_image for key in self.all]
        require(images == [*([] if whole is None else [True]), False, True], "KEY_INVALID", "image")
        start = keccak256(b"wattest shards keys 1")
        self.digest = keccak256(start + b"".join(key.digest for key in self.all))
        self.least = 2 if whole is None else 1
        self.hash = closing.transcript

    def of(self, index, count):
        if count == 1:
            return self.whole
        return self.closing if index == count - 1 else self.body

    def digest_of(self, domain, items):
        transcript = transcript_of(self.hash, domain)
        transcript.round(items)
        return transcript.state

    def decode(self, data):
        require(len(data) >= 4, "PROOF_LENGTH", "no selector")
        require(data[:4] == self.digest[:4], "PROOF_SELECTOR")
        require(len(data) >= 8, "PROOF_LENGTH", "no number of shards")
        count = int.from_bytes(data[4:8], "big")
        require(self.least <= count <= MAX_SHARDS, "PROOF_LENGTH", "number of shards")
        first, last = (Proof.length(self.of(k, count)) for k in (0, count - 1))
        require(len(data) == 8 + (count - 1) * first + last, "PROOF_LENGTH")
        return [data[8 + k * first : 8 + k * first + (last if k == count - 1 else first)] for k in range(count)]


def root_of(keys, leaves):
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while 2 * left < len(leaves):
        left *= 2
    halves = (root_of(keys, leaves[:left]), root_of(keys, leaves[left:]))
    return keys.digest_of(b"wattest shards node 1", [("digest", half) for half in halves])


def verify_run(keys, program, statement, data):
    """Raises Refused unless `data`, of several proofs, shows `statement` for the program key `program`."""
    words = [*statement.inputs, *statement.outputs]
    for value in (*words, statement.status):
        require(0 <= value < 1 << 64, "STATEMENT_INVALID", "word")
    proofs = keys.decode(data)
    count = len(proofs)
    shards = []
    for k, one in enumerate(proofs):
        key = keys.of(k, count)
        own = program if key.has_image else NoProgram()
        own.check(key)
        proof = Proof(key, one)
        main = [("point", point_bytes(p)) for p in proof.main]
        about = [("bytes32", key.digest), ("word", word(k)), ("heights", proof.heights)]
        shards.append((key, own, proof, keys.digest_of(b"wattest shard leaf 1", [*about, *main])))
    lengths = word(len(statement.inputs)) + word(len(statement.outputs)) + word(statement.status)
    spoken = keccak256(lengths + b"".join(w.to_bytes(8, "big") for w in words))
    transcript = transcript_of(keys.hash, b"wattest shards challenges 1")
    alpha, beta = transcript.round(
        [
            ("digest", root_of(keys, [leaf for *_, leaf in shards])),
            ("word", word(count)),
            ("word", word(program.log)),
            ("word", word(program.entry)),
            *(("point", point_bytes(c)) for c in program.commitments),
            ("bytes32", spoken),
        ],
        2,
    )
    total = 0
    for key, own, proof, leaf in shards:
        transcript = transcript_of(keys.hash, b"wattest shard 1")
        transcript.round([("word", word(alpha)), ("word", word(beta)), ("digest", leaf), ("scalar", word(proof.sum))])
        challenges = {"alpha": alpha, "beta": beta, **later_challenges(transcript, proof)}
        check_equations(key, own, statement, proof, challenges)
        total += proof.sum
    num, den = public_terms(keys.of(count - 1, count).terms, program.entry, statement, alpha, beta)
    require(den != 0, "PROOF_PUBLIC_TERM")
    require((den * total + num) % R == 0, "PROOF_SUM")
