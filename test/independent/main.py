"""The independent verifier at work: `main.py vectors`, `main.py fixtures KEY FOLDER`, `main.py tampered KEY FOLDER CORPUS`, `main.py runs FILE`, `main.py transcripts FILE`.

Prints one JSON object of counts; what disagrees goes to standard error, and the exit status is then 1. `tampered` writes its
cases to CORPUS, one JSON object a line, for other verifiers to judge. `runs` judges the runs, or the proofs under one key, in FILE, whose first line has the keys and whose other lines have a
case each, and prints the list of its answers; a case may be calldata of the function that it names. `transcripts` prints what each transcript of FILE, one a line, draws and comes to.
"""

import copy
import json
import sys
from collections import Counter
from pathlib import Path

from bn254 import G2, R, g2_add, g2_mul
from calldata import verify_call
from corpus import applied, tampered
from keys import Key, ProgramKey, Refused
from runs import RunKeys, verify_run
from srs import development_tau
from vectors import check_vectors
from verifier import Proof, Statement, check_equations, draw_challenges, logs_of, transcript_of, verify

SEED = "wattest 1"


class Judge:
    def __init__(self):
        self.counts, self.wrong = Counter(), 0

    def same(self, name, expected, actual):
        if actual != expected:
            self.wrong += 1
            print(f"{name}: expected {expected}, was {actual}", file=sys.stderr)

    def outcome(self, name, expected, check):
        """`check()` raises the refusal of this code, or none."""
        actual = None
        try:
            check()
        except Refused as refusal:
            actual = refusal.code
        self.same(name, expected, actual)
        self.counts[expected or "accepted"] += 1


def fixtures(judge, key, folder, documents):
    """Digest, ids and proofs are those that the repository has written down."""
    identities = json.loads((Path(folder) / "identities.json").read_text())
    judge.same("digest of the key", identities["verifyingKey"], "0x" + key.digest.hex())
    if key.insecure:
        judge.same("[tau]_2", key.tau2, g2_mul(development_tau(), G2))
    judge.same("fixtures", sorted(identities["programs"]), sorted(documents))
    for name, document in documents.items():
        program, statement = ProgramKey(document["programKey"]), Statement.from_json(document["statement"])
        judge.same(f"{name}: program id", identities["programs"][name]["programId"], "0x" + program.id(key).hex())
        data = bytes.fromhex(document["proof"][2:])
        judge.outcome(name, None, lambda: verify(key, program, statement, data))


def tampered_proofs(judge, key, documents, path):
    with open(path, "w", encoding="utf8") as corpus:
        for case in tampered(key, documents, SEED):
            corpus.write(json.dumps(case) + "\n")
            statement, program, data = applied(case, documents[case["of"]])
            judge.outcome(f"{case['of']}: {case['name']}", case["code"], lambda: verify(key, program, statement, data))


def tampered_keys(judge, json_key, document):
    """A key that differs in one thing has a digest that is not its own; with the digest renewed it takes no proof."""
    program, statement = ProgramKey(document["programKey"]), Statement.from_json(document["statement"])
    data = bytes.fromhex(document["proof"][2:])
    tau3 = g2_add(Key(json_key).tau2, G2)
    other_tau = {c: {"real": hex(tau3[i][0]), "imaginary": hex(tau3[i][1])} for i, c in enumerate("xy")}
    first_operation = ("shape", "chips", 0, "program", "operations", 0)
    changes = {
        "version": (("shape", "version"), lambda v: v + "1"),
        "powers": (("powers",), lambda v: v + 1),
        "insecure": (("insecure",), lambda v: not v),
        "tau": (("tau2",), lambda v: other_tau),
        "commitment": (("commitments", 0), lambda v: {"x": "0x1", "y": "0x2"}),
        "factor of phi": (("shape", "tPhi"), lambda v: v + 1),
        "factor of a pack": (("shape", "packs", 0, "t"), lambda v: v + 1),
        "order of columns": (("shape", "packs", 0, "columns"), lambda v: [v[1], v[0], *v[2:]]),
        "least height": (("shape", "chips", 0, "height", "minLog"), lambda v: v + 1),
        "constraints": (("shape", "chips", 0, "constraints"), lambda v: v + 1),
        "constant": (("shape", "chips", 0, "program", "constants", 0), lambda v: "0x5"),
        "operation": (first_operation, lambda v: [1 - v[0], *v[1:]]),
        "operand": (first_operation, lambda v: [v[0], v[1] + 1, v[2]]),
        "tag": (("shape", "tags", 0, "fields"), lambda v: v - 1),
        "sign of a public term": (("shape", "publicTerms", 0, "sign"), lambda v: -v),
        "field of a public term": (("shape", "publicTerms", 0, "fields", 0), lambda v: {"from": "status"}),
    }
    for name, (path, change) in changes.items():
        bent = copy.deepcopy(json_key)
        place = bent
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = change(place[path[-1]])
        judge.outcome(f"key: {name}", "KEY_INVALID", lambda: Key(bent))
        if name == "insecure":  # the development tau passed off as secret
            judge.outcome(f"key renewed: {name}", "KEY_INVALID", lambda: Key(bent, renew=True))
            continue
        renewed = Key(bent, renew=True)
        judge.outcome(f"key renewed: {name}", "PROOF_SELECTOR", lambda: verify(renewed, program, statement, data))
        own = renewed.selector + data[4:]
        judge.outcome(f"key and selector renewed: {name}", "PROOF_IDENTITY", lambda: verify(renewed, program, statement, own))


def known_taus(judge, json_key):
    """Keys that say they are secure and stand on a tau that everybody knows, and one on a tau that is none of these."""
    tau = development_tau()
    known = (2, R - 1, pow(2, -1, R), R - 255 * pow(256, -1, R) % R, tau, tau * pow(-200, -1, R) % R, pow(tau, -1, R))
    for value, code in [*((value, "KEY_INVALID") for value in known), (0x1234567890ABCDEF, None)]:
        x, y = ({"real": hex(c[0]), "imaginary": hex(c[1])} for c in g2_mul(value, G2))
        bent = {**json_key, "insecure": False, "tau2": {"x": x, "y": y}}
        judge.outcome(f"key on tau {value}", code, lambda: Key(bent, renew=True))


def chosen_challenges(judge, key, document):
    """What no hash will ever draw: `z` in the domain, a public term without value."""
    program, statement = ProgramKey(document["programKey"]), Statement.from_json(document["statement"])
    proof = Proof(key, bytes.fromhex(document["proof"][2:]))
    honest = draw_challenges(key, program, statement, proof)

    def check(**chosen):
        return lambda: check_equations(key, program, statement, proof, {**honest, **chosen})

    judge.outcome("challenges as drawn", None, check())
    for name in honest:
        late = {"gamma": "PROOF_PAIRING", "u": "PROOF_INVERSE"}.get(name, "PROOF_IDENTITY")
        judge.outcome(f"another {name}", late, check(**{name: (honest[name] + 1) % R}))
    omega = pow(5, (R - 1) >> max(logs_of(key, program, proof)), R)
    for z in (1, omega, pow(omega, 12345, R)):
        judge.outcome("z in the domain", "PROOF_CHALLENGE", check(z=z))
    # alpha such that alpha - t_0 - beta*t_1 - ... is zero for one of the terms
    term = next(t for t in key.terms if all(f["from"] == "constant" for f in t["fields"]))
    folded = term["tag"] + sum(
        pow(honest["beta"], i, R) * int(field["value"], 16) for i, field in enumerate(term["fields"], start=1)
    )
    judge.outcome("a public term with denominator zero", "PROOF_PUBLIC_TERM", check(alpha=folded % R))


def answers(path):
    """The code of each refusal, None for what is accepted."""
    head, *cases = map(json.loads, Path(path).read_text().splitlines())
    given = {kind: Key(key) for kind, key in head.items()}
    if "alone" in given:
        check = lambda *about: verify(given["alone"], *about)  # noqa: E731
    else:
        keys = RunKeys(**given)
        check = lambda *about: verify_run(keys, *about)  # noqa: E731
    found = []
    for case in cases:
        try:
            if "call" in case:
                verify_call(given["alone"], case["call"], bytes.fromhex(case["data"][2:]))
            else:
                program, statement = ProgramKey(case["programKey"]), Statement.from_json(case["statement"])
                check(program, statement, bytes.fromhex(case["proof"][2:]))
            found.append(None)
        except Refused as refusal:
            found.append(refusal.code)
    return found


def transcripts(path):
    """Challenges of every round and the state behind it, of each transcript of the file."""
    found = []
    for case in map(json.loads, Path(path).read_text().splitlines()):
        transcript, drawn = transcript_of(case["hash"], case["domain"].encode()), []
        for one in case["rounds"]:
            items = [(kind, bytes.fromhex(data)) for kind, data in one["items"]]
            challenges = transcript.round(items, one["count"])
            drawn.append([*map(str, challenges), transcript.state.hex()])
        found.append(drawn)
    return found


def main(command, *paths):
    if command == "transcripts":
        print(json.dumps(transcripts(paths[0])))
        return 0
    if command == "runs":
        print(json.dumps(answers(paths[0])))
        return 0
    judge = Judge()
    if command == "vectors":
        judge.counts["held"] = check_vectors()
    else:
        json_key = json.loads(Path(paths[0]).read_text())
        files = sorted(Path(paths[1]).glob("*.proof.json"))
        documents = {path.name.split(".")[0]: json.loads(path.read_text()) for path in files}
        key = Key(json_key)
        if command == "fixtures":
            fixtures(judge, key, paths[1], documents)
        else:
            tampered_proofs(judge, key, documents, paths[2])
            first = next(iter(documents.values()))
            tampered_keys(judge, json_key, first)
            known_taus(judge, json_key)
            chosen_challenges(judge, key, first)
    print(json.dumps(judge.counts))
    return 1 if judge.wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
