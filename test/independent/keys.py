"""Verifying keys and program keys: read, checked, and their digests made anew (docs/protocol.md, "Keys")."""

from bn254 import G2, P, g1_on_curve, g2_in_group
from keccak import keccak256
from srs import is_known

STAGES = {"main": 0, "fixed": 1, "helper": 2}
HEIGHTS = {"proof": 0, "key": 1, "program": 2}
FIELDS = {"constant": 0, "entry": 1, "status": 2, "index": 3, "word": 4, "message": 5, "pair": 6, "statement": 7, "log": 8, "commitment": 9}
EACH = {None: 0, "inputs": 1, "outputs": 2}
BUS = {"closed": 0, "shared": 1}
MAX_LOG = 24


class Refused(Exception):
    """The code of docs/protocol.md, "The verifier", and what was wrong."""

    def __init__(self, code, reason=""):
        super().__init__(f"{code}: {reason}")
        self.code = code


def require(condition, code, reason=""):
    if not condition:
        raise Refused(code, reason)


def u32(value):
    return value.to_bytes(4, "big")


def word(value):
    return value.to_bytes(32, "big")


def text(value):
    encoded = value.encode()
    return u32(len(encoded)) + encoded


def list_of(items):
    items = list(items)
    return u32(len(items)) + b"".join(items)


def integer(value):
    return int(value, 0) if isinstance(value, str) else value


def point_of(json):
    """A point of G1 of a file, not yet checked; null is infinity."""
    return None if json is None else (integer(json["x"]), integer(json["y"]))


def check_commitment(point):
    require(point is None or max(point) < P, "KEY_INVALID", "coordinate")
    require(g1_on_curve(point), "KEY_INVALID", "a commitment is not on the curve")


def point_bytes(point):
    x, y = point or (0, 0)
    return word(x) + word(y)


class Key:
    """A verifying key from the JSON of `wattest key`, its digest recomputed."""

    def __init__(self, json, renew=False):
        """With `renew` the digest that the file names is not compared."""
        require(json["format"] == "wattest-verifying-key-3", "KEY_INVALID", "format")
        shape = json["shape"]
        self.version = shape["version"]
        self.transcript = shape["transcript"]
        require(self.transcript in ("keccak256", "poseidon2"), "KEY_INVALID", "hash of the transcript")
        self.machine_structure = bytes.fromhex(shape["machine"][2:])
        require(len(self.machine_structure) == 32, "KEY_INVALID", "machine")
        require(shape["bus"] in BUS, "KEY_INVALID", "bus")
        self.bus = shape["bus"]
        self.blinding = 3 if self.bus == "shared" else 2  # coefficients of a main column
        self.d = shape["maxDegree"]
        self.t_phi, self.t_q = shape["tPhi"], shape["tQuotient"]
        self.tags, self.chips, self.packs = shape["tags"], shape["chips"], shape["packs"]
        self.terms = shape["publicTerms"]
        # Of keys for proofs about other proofs, and what machine the other ones are of.
        self.recursion = shape.get("recursion")
        self.subject = (self.recursion or {}).get("subject")
        self.D = json["powers"]
        self.insecure = json["insecure"]
        x, y = json["tau2"]["x"], json["tau2"]["y"]
        self.tau2 = tuple((integer(c["real"]), integer(c["imaginary"])) for c in (x, y))
        require(all(c < P for pair in self.tau2 for c in pair), "KEY_INVALID", "tau: coordinate")
        require(g2_in_group(self.tau2) and self.tau2 != G2, "KEY_INVALID", "tau")
        require(self.insecure or not is_known(self.tau2), "KEY_INVALID", "everybody knows tau")
        self.commitments = [point_of(c) for c in json["commitments"]]
        for commitment in self.commitments:
            check_commitment(commitment)
        self._check_packs()
        self.max_logs = [self.max_log(j) for j in range(len(self.chips))]
        self.structure = keccak256(self._encode_shape())
        (real_x, imaginary_x), (real_y, imaginary_y) = self.tau2
        tau2 = b"".join(map(word, (imaginary_x, real_x, imaginary_y, real_y)))
        machine = self.machine_structure if self.subject is None else bytes.fromhex(self.subject["machine"][2:])
        self.machine = keccak256(machine + tau2)
        self.digest = keccak256(
            self.structure
            + word(self.D)
            + word(int(self.insecure))
            + tau2
            + b"".join(map(point_bytes, self.commitments))
        )
        if not renew:
            require("0x" + self.digest.hex() == json["digest"], "KEY_INVALID", "the digest is not that of the key")
        self.selector = self.digest[:4]

    def _encode_shape(self):
        def program(p):
            return (
                u32(p["columns"])
                + u32(len(p["challenges"]))
                + list_of(word(integer(c)) for c in p["constants"])
                + list_of(u32(op) + u32(a) + u32(b) for op, a, b in p["operations"])
                + list_of(map(u32, p["outputs"]))
            )

        def chip(c):
            height = c["height"]
            log = height["log"] if height["from"] == "key" else height["minLog"]
            counts = (HEIGHTS[height["from"]], log, c["main"], c["fixed"], c["helpers"], c["constraints"])
            return b"".join(map(u32, counts)) + program(c["program"])

        def pack(p):
            columns = list_of(u32(chip) + u32(column) for chip, column in p["columns"])
            return u32(STAGES[p["stage"]]) + u32(p["t"]) + columns

        def number(f):
            kind = f["from"]
            if kind in ("pair", "commitment"):
                which = {"A": 0, "B": 1}[f["point"]] if kind == "pair" else f["index"]
                return 3 * which + f["part"]
            return integer(f.get({"message": "index", "statement": "half"}.get(kind, "value"), 0))

        def field(f):
            return u32(FIELDS[f["from"]]) + word(number(f))

        def term(t):
            sign = 1 if t["sign"] == 1 else 0
            return u32(t["tag"]) + u32(sign) + u32(EACH[t.get("each")]) + list_of(map(field, t["fields"]))

        head = text("wattest-vk-3") + text(self.version) + text(self.transcript) + self.machine_structure
        numbers = (BUS[self.bus], self.d, self.t_phi, self.t_q, self.d - 1, 0, 2)
        return (
            head
            + b"".join(map(u32, numbers))
            + list_of(u32(t["code"]) + u32(t["fields"]) for t in self.tags)
            + list_of(map(chip, self.chips))
            + list_of(map(pack, self.packs))
            + list_of(map(term, self.terms))
            + self._encode_recursion(term)
        )

    def _encode_recursion(self, term):
        if self.recursion is None:
            return b""
        head = u32(self.recursion["messages"]) + u32(self.subject is not None)
        if self.subject is None:
            return head
        s = self.subject
        numbers = u32(s["minLog"]) + u32(s["maxLog"]) + u32(s["commitments"])
        return head + bytes.fromhex(s["machine"][2:]) + numbers + list_of(map(term, s["publicTerms"]))

    def _check_packs(self):
        """The rules of "Packed commitments": they make openings at residues mean values of columns."""
        seen = []
        for pack in self.packs:
            columns = [tuple(c) for c in pack["columns"]]
            require(0 < len(columns) <= pack["t"], "KEY_INVALID", "a pack is empty or too full")
            seen += [(pack["stage"], *c) for c in columns]
            if pack["stage"] == "fixed":
                sources = {self.chips[chip]["height"]["from"] for chip, _ in columns}
                require(len(sources) == 1 and "proof" not in sources, "KEY_INVALID", "sources of a fixed pack")
        stages = [STAGES[p["stage"]] for p in self.packs]
        require(stages == sorted(stages), "KEY_INVALID", "order of stages")
        expected = [
            (stage, j, column)
            for j, chip in enumerate(self.chips)
            for stage, count in (("main", "main"), ("fixed", "fixed"), ("helper", "helpers"))
            for column in range(chip[count])
        ]
        require(sorted(seen) == sorted(expected), "KEY_INVALID", "a column stands in no pack or in two")
        require(self.t_q >= 2 and 3 <= self.d <= 6, "KEY_INVALID", "degree or factor of the quotient")
        require(len(self.commitments) == len(self.fixed_packs("key")), "KEY_INVALID", "number of commitments")

    def packs_of(self, stage):
        return [p for p in self.packs if p["stage"] == stage]

    def fixed_packs(self, source):
        """Packs whose commitments are in the verifying key ("key") or in the program key ("program")."""
        return [p for p in self.packs_of("fixed") if self.chips[p["columns"][0][0]]["height"]["from"] == source]

    def max_log(self, j):
        """Log2 of the largest height of chip j."""
        factors = [p["t"] for p in self.packs if any(chip == j for chip, _ in p["columns"])]

        def fits(n):
            packs = all(t * (n + self.blinding) <= self.D for t in factors)
            chunk = n + self.d * (self.blinding - 1) + 1
            return packs and self.t_phi * (n + 3) <= self.D and self.t_q * chunk <= self.D

        return max(log for log in range(MAX_LOG + 1) if fits(1 << log))

    def height_fits(self, j, log):
        return self.chips[j]["height"]["minLog"] <= log <= self.max_logs[j]

    @property
    def has_image(self):
        return any(chip["height"]["from"] == "program" for chip in self.chips)

    @property
    def quotient_packs(self):
        return -(-(self.d - 1) // self.t_q)

    @property
    def value_count(self):
        return sum(len(p["columns"]) for p in self.packs) + (self.d - 1) + 2


class ProgramKey:
    def __init__(self, json):
        self.log = integer(json["log"])
        self.entry = int(json["entry"])
        self.commitments = [point_of(c) for c in json["commitments"]]

    def id(self, key):
        commitments = b"".join(map(point_bytes, self.commitments))
        return keccak256(key.machine + word(self.log) + word(self.entry) + commitments)

    def check(self, key):
        expected = key.subject["commitments"] if key.subject else len(key.fixed_packs("program"))
        require(len(self.commitments) == expected, "KEY_INVALID", "number of commitments")
        if key.subject:
            require(key.subject["minLog"] <= self.log <= key.subject["maxLog"], "KEY_INVALID", "height of the image")
        require(0 <= self.entry < 1 << 64, "KEY_INVALID", "entry")
        for j, chip in enumerate(key.chips):
            if chip["height"]["from"] == "program":
                require(key.height_fits(j, self.log), "KEY_INVALID", "height of the image")
        for commitment in self.commitments:
            check_commitment(commitment)
