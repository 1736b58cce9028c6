"""A verifier of wattest's proofs, written from docs/protocol.md, docs/onchain.md and docs/srs.md alone.

Whoever wrote it had not read the TypeScript or Solidity verifier, and it shares nothing with them: own hash, own curve, own
reading of key and proof. Names and order are those of the documents. Python 3.9 or later, standard library only.
"""

from bn254 import G1, G2, P, R, g1_combination, g1_neg, g1_on_curve, pairing_is_one
from keccak import keccak256
from keys import integer, point_bytes, require, word
from poseidon2 import elements, permute

ADD, SUBTRACT, MULTIPLY = 0, 1, 2


class Statement:
    def __init__(self, inputs, outputs, status):
        self.inputs, self.outputs, self.status = inputs, outputs, status

    @classmethod
    def from_json(cls, json):
        return cls([int(w) for w in json["publicInputs"]], [int(w) for w in json["publicOutputs"]], int(json["status"]))


class KeccakTranscript:
    def __init__(self, state):
        self.state = state

    def round(self, items, count=0):
        """Absorbs what one round sends, pairs of kind and bytes, and draws its challenges."""
        self.state = keccak256(self.state + b"".join(data for _, data in items))
        digests = [self.state] + [keccak256(self.state + bytes([i])) for i in range(1, count)]
        return [int.from_bytes(digest, "big") % R for digest in digests[:count]]


class Poseidon2Transcript:
    def __init__(self, domain):
        self.sponge = [0, 0, int.from_bytes(keccak256(domain), "big") % R]

    def round(self, items, count=0):
        absorbed = [e for kind, data in items for e in elements(kind, data)] or [0]
        for at in range(0, len(absorbed), 2):
            for i, element in enumerate(absorbed[at : at + 2]):
                self.sponge[i] += element
            self.sponge = permute(self.sponge)
        return self.sponge[:count]

    @property
    def state(self):
        return word(self.sponge[0])


def transcript_of(hash_name, domain):
    """One that starts in a domain."""
    return KeccakTranscript(keccak256(domain)) if hash_name == "keccak256" else Poseidon2Transcript(domain)


def points(list_of_points):
    return [("point", point_bytes(p)) for p in list_of_points]


class Reader:
    def __init__(self, data):
        self.data, self.at = data, 0

    def take(self, count):
        self.at += count
        return self.data[self.at - count : self.at]

    def point(self):
        x, y = (int.from_bytes(self.take(32), "big") for _ in range(2))
        require(x < P and y < P, "PROOF_POINT", "coordinate")
        require((x, y) != (0, 0), "PROOF_POINT", "infinity")
        require(g1_on_curve((x, y)), "PROOF_POINT", "not on the curve")
        return x, y

    def points(self, count):
        return [self.point() for _ in range(count)]

    def scalar(self):
        value = int.from_bytes(self.take(32), "big")
        require(value < R, "PROOF_SCALAR")
        return value


class Proof:
    """The parts of a proof, each in range. All lengths follow from the key."""

    @staticmethod
    def point_count(key):
        """Main packs, helper packs, phi, the quotient's packs, W and W'."""
        return len(key.packs_of("main")) + len(key.packs_of("helper")) + 1 + key.quotient_packs + 2

    @classmethod
    def length(cls, key):
        scalars = key.value_count + 1 + (key.bus == "shared")
        carried = 32 * key.recursion["messages"] + 128 if key.recursion else 0
        return 4 + cls.heights_length(key) + carried + 64 * cls.point_count(key) + 32 * scalars

    @staticmethod
    def heights_length(key):
        """Proofs about proofs leave the word out where no chip is free."""
        return 32 if key.recursion is None or any(c["height"]["from"] == "proof" for c in key.chips) else 0

    def __init__(self, key, data):
        require(len(data) >= 4, "PROOF_LENGTH", "no selector")
        require(data[:4] == key.selector, "PROOF_SELECTOR")
        require(len(data) == self.length(key), "PROOF_LENGTH")
        reader = Reader(data)
        reader.take(4)
        self.heights = reader.take(self.heights_length(key))
        from_proof = [j for j, chip in enumerate(key.chips) if chip["height"]["from"] == "proof"]
        self.logs = dict(zip(from_proof, self.heights))
        require(not any(self.heights[len(from_proof) :]), "PROOF_HEIGHTS", "spare bytes")
        for j, log in self.logs.items():
            require(key.height_fits(j, log), "PROOF_HEIGHTS", key.chips[j]["name"])
        self.messages, self.pair = [], []
        if key.recursion:
            self.messages = [reader.scalar() for _ in range(key.recursion["messages"])]
            self.pair = reader.points(2)
        self.main = reader.points(len(key.packs_of("main")))
        self.sum = reader.scalar() if key.bus == "shared" else None
        self.helper = reader.points(len(key.packs_of("helper")))
        self.phi = reader.point()
        self.quotient = reader.points(key.quotient_packs)
        self.values = [reader.scalar() for _ in range(key.value_count)]
        self.w = reader.point()
        self.w_prime = reader.point()
        self.inverse = reader.scalar()


def run_program(program, columns, challenges):
    """A constraint program at one point: the value of its only output."""
    nodes = [*columns, *challenges, *(integer(c) for c in program["constants"])]
    require(len(columns) == program["columns"] and len(program["outputs"]) == 1, "KEY_INVALID", "program")
    for op, a, b in program["operations"]:
        if op == MULTIPLY:
            nodes.append(nodes[a] * nodes[b] % R)
        elif op == ADD:
            nodes.append((nodes[a] + nodes[b]) % R)
        else:
            nodes.append((nodes[a] - nodes[b]) % R)
    return nodes[program["outputs"][0]]


def element(field, known, vector):
    """What a field of a public term is."""
    kind = field["from"]
    if kind == "constant":
        return integer(field["value"])
    if kind == "message":
        return vector["messages"][field["index"]]
    if kind == "statement":
        return vector["halves"][field["half"]]
    if kind == "log":
        return vector["log"]
    if kind == "pair":
        return elements("point", point_bytes(vector["pair"]["AB".index(field["point"])]))[field["part"]]
    if kind == "commitment":
        return elements("point", point_bytes(vector["commitments"][field["index"]]))[field["part"]]
    return known[kind]


def vector_of(program, statement, proof):
    """Where a proof about proofs has the elements of its public vector from."""
    words = [*statement.inputs, *statement.outputs]
    lengths = word(len(statement.inputs)) + word(len(statement.outputs)) + word(statement.status)
    spoken = keccak256(lengths + b"".join(w.to_bytes(8, "big") for w in words))
    return {
        "messages": proof.messages,
        "pair": proof.pair,
        "halves": elements("bytes32", spoken),
        "log": program.log,
        "commitments": program.commitments,
    }


def public_terms(terms, entry, statement, alpha, beta, vector=None):
    """The sum of the public terms as (num, den)."""
    num, den = 0, 1
    for term in terms:
        each = term.get("each")
        words = [None] if each is None else getattr(statement, each)
        for index, value in enumerate(words):
            known = {"entry": entry, "status": statement.status, "index": index, "word": value}
            folded, power = alpha - term["tag"], 1
            for field in term["fields"]:
                power = power * beta % R
                folded -= power * element(field, known, vector)
            num, den = (num * folded + term["sign"] * den) % R, den * folded % R
    return num, den


def draw_challenges(key, program, statement, proof):
    """The seven rounds: alpha, beta, y, z, gamma, u by name."""
    if key.transcript == "keccak256":
        transcript, first = KeccakTranscript(key.digest), []
    else:
        transcript, first = Poseidon2Transcript(b"wattest proof 1"), [("bytes32", key.digest)]
    words = [*statement.inputs, *statement.outputs]
    transcript.round(
        [
            *first,
            ("bytes32", program.id(key)),
            *([("heights", proof.heights)] if proof.heights else []),
            *(("scalar", word(m)) for m in proof.messages),
            *points(proof.pair),
            ("word", word(len(statement.inputs))),
            ("word", word(len(statement.outputs))),
            ("word", word(statement.status)),
            ("words64", b"".join(w.to_bytes(8, "big") for w in words)),
        ]
    )
    alpha, beta = transcript.round(points(proof.main), 2)
    drawn = {"alpha": alpha, "beta": beta, **later_challenges(transcript, proof)}
    if key.recursion:
        (drawn["c"],) = transcript.round([*points([proof.w_prime]), ("scalar", word(proof.inverse))], 1)
    return drawn


def later_challenges(transcript, proof):
    """From the helpers on."""
    (y,) = transcript.round(points([*proof.helper, proof.phi]), 1)
    (z,) = transcript.round(points(proof.quotient), 1)
    (gamma,) = transcript.round([("scalar", word(v)) for v in proof.values], 1)
    (u,) = transcript.round(points([proof.w]), 1)
    return {"y": y, "z": z, "gamma": gamma, "u": u}


def verify(key, program, statement, data):
    """Raises Refused unless `data` is a proof of `statement` for the program key `program`."""
    for value in (*statement.inputs, *statement.outputs, statement.status):
        require(0 <= value < 1 << 64, "STATEMENT_INVALID", "word")
    require(key.bus == "closed", "KEY_INVALID", "a key of proofs that only convince together")
    require(key.recursion is None or key.subject, "KEY_INVALID", "a key of proofs about other proofs alone")
    program.check(key)
    proof = Proof(key, data)
    challenges = draw_challenges(key, program, statement, proof)
    if key.subject:
        check_subject(key, program, statement, proof)
    check_equations(key, program, statement, proof, challenges)


def check_subject(key, program, statement, proof):
    """The sum that the proof names is minus that of the public terms of the machine that it is about."""
    alpha, beta, total = proof.messages
    num, den = public_terms(key.subject["publicTerms"], program.entry, statement, alpha, beta)
    require(den != 0, "PROOF_PUBLIC_TERM")
    require((den * total + num) % R == 0, "PROOF_SUM")


def check_equations(key, program, statement, proof, challenges):
    defect = identity_defect(key, program, statement, proof, challenges)
    require(defect == 0, "PROOF_IDENTITY")
    left = [*opening_terms(key, program, proof, challenges), (challenges["u"], proof.w_prime)]
    right = [(1, proof.w_prime)]
    if key.recursion:
        c, (a, b) = challenges["c"], proof.pair
        left, right = [*((c * s % R, p) for s, p in left), (1, a)], [(c, proof.w_prime), (1, b)]
    right = g1_neg(g1_combination(right))
    require(pairing_is_one([(g1_combination(left), G2), (right, key.tau2)]), "PROOF_PAIRING")


def logs_of(key, program, proof):
    """Log2 of the height of every chip."""
    return [
        {"proof": proof.logs.get(j), "key": chip["height"].get("log"), "program": program.log}[chip["height"]["from"]]
        for j, chip in enumerate(key.chips)
    ]


def identity_defect(key, program, statement, proof, challenges):
    """Left side of the identity minus its right side."""
    alpha, beta, y, z = (challenges[name] for name in ("alpha", "beta", "y", "z"))
    logs = logs_of(key, program, proof)
    K = max(logs)
    N = 1 << K
    squares = [z]  # z^(2^i)
    for _ in range(K):
        squares.append(squares[-1] * squares[-1] % R)
    z_N = squares[K]
    require(z_N != 1, "PROOF_CHALLENGE")
    # A shard shows its own sum, and the run adds the public terms.
    num, den = (
        public_terms(key.terms, program.entry, statement, alpha, beta, vector_of(program, statement, proof))
        if key.bus == "closed"
        else (-proof.sum, 1)
    )
    require(den != 0, "PROOF_PUBLIC_TERM")

    values = iter(proof.values)
    columns = {"main": {}, "fixed": {}, "helper": {}}
    for pack in key.packs:
        for chip, column in pack["columns"]:
            columns[pack["stage"]][chip, column] = next(values)
    chunks = [next(values) for _ in range(key.d - 1)]
    phi_z, phi_wz = next(values), next(values)

    longest = max(tag["fields"] for tag in key.tags)
    challenge_leaves = [alpha, *(pow(beta, i, R) for i in range(1, longest + 1)), y]
    half = pow(2, -1, R)
    total, offset, helpers_sum = 0, 0, 0
    for j, chip in enumerate(key.chips):
        s, share = 1, 1  # S_j(z) and (n_j/N)*S_j(z)
        for i in range(logs[j], K):
            s = s * (1 + squares[i]) % R
            share = share * (1 + squares[i]) * half % R
        leaves = [
            columns[stage][j, column]
            for stage, count in (("main", "main"), ("fixed", "fixed"), ("helper", "helpers"))
            for column in range(chip[count])
        ]
        total += pow(y, offset, R) * s * run_program(chip["program"], leaves, challenge_leaves)
        offset += chip["constraints"]
        helpers_sum += share * sum(columns["helper"][j, column] for column in range(chip["helpers"]))
    total += pow(y, offset, R) * (den * (phi_wz - phi_z - helpers_sum) - num * pow(N, -1, R))
    quotient = sum(pow(z_N, c, R) * chunk for c, chunk in enumerate(chunks))
    return (total - (z_N - 1) * quotient) % R


def opening_claims(key, program, proof, z):
    """Per claim: commitment, values at the residues, and the modulus X^t - point as (t, point)."""
    commitments = {
        "main": iter(proof.main),
        "helper": iter(proof.helper),
        "key": iter(key.commitments),
        "program": iter(program.commitments),
    }
    values = iter(proof.values)
    claims = []
    for pack in key.packs:
        source = pack["stage"]
        if source == "fixed":
            source = key.chips[pack["columns"][0][0]]["height"]["from"]
        claims.append((next(commitments[source]), [next(values) for _ in pack["columns"]], (pack["t"], z)))
    chunks = [next(values) for _ in range(key.d - 1)]
    for i, commitment in enumerate(proof.quotient):
        claims.append((commitment, chunks[i * key.t_q : (i + 1) * key.t_q], (key.t_q, z)))
    omega = pow(5, (R - 1) >> max(logs_of(key, program, proof)), R)
    claims.append((proof.phi, [next(values)], (key.t_phi, z)))
    claims.append((proof.phi, [next(values)], (key.t_phi, omega * z % R)))
    return claims


def moduli_at(claims, u):
    """The distinct moduli at u."""
    return {modulus: (pow(u, modulus[0], R) - modulus[1]) % R for _, _, modulus in claims}


def moduli_product(moduli):
    """Z_T(u)."""
    product = 1
    for value in moduli.values():
        product = product * value % R
    return product


def opening_terms(key, program, proof, challenges):
    """(scalar, point) of the left side of the pairing equation, without u*W'."""
    z, gamma, u = (challenges[name] for name in ("z", "gamma", "u"))
    claims = opening_claims(key, program, proof, z)
    moduli = moduli_at(claims, u)
    require(proof.inverse * moduli_product(moduli) % R == 1, "PROOF_INVERSE")
    terms, constant, power = [(-1, proof.w)], 0, 1
    for commitment, values, modulus in claims:
        scale = power * proof.inverse % R
        for other, value in moduli.items():
            if other != modulus:
                scale = scale * value % R
        terms.append((scale, commitment))
        constant += scale * sum(value * pow(u, i, R) for i, value in enumerate(values))
        power = power * gamma % R
    return [*terms, (-constant, G1)]
