"""Proofs forged with the development tau.

A check that nothing but an honest proof ever meets may do nothing. Whoever knows tau can satisfy the pairing equation with
any values, and so bring each of the last two checks to judge alone.
"""

import random

from bn254 import G1, R, g1_combination
from keys import point_bytes, word
from srs import development_tau
from verifier import (
    Proof,
    draw_challenges,
    identity_defect,
    logs_of,
    moduli_at,
    moduli_product,
    opening_claims,
    opening_terms,
)


def forge(key, program, statement, heights, seed):
    """A proof of any statement: arbitrary points and values that satisfy the identity, and a W' that only tau gives."""
    rng = random.Random(seed)
    count = Proof.point_count(key)
    points = [g1_combination([(rng.randrange(1, R), G1)]) for _ in range(count)]
    values = [rng.randrange(R) for _ in range(key.value_count)]

    def assemble():
        commitments = b"".join(map(point_bytes, points[:-2]))
        opening = b"".join(map(point_bytes, points[-2:]))
        return key.selector + heights + commitments + b"".join(map(word, values)) + opening + word(0)

    first = key.value_count - 2 - (key.d - 1)  # where q_0 stands
    proof = Proof(key, assemble())
    challenges = draw_challenges(key, program, statement, proof)
    z_N = pow(challenges["z"], 1 << max(logs_of(key, program, proof)), R)
    defect = identity_defect(key, program, statement, proof, challenges)
    values[first] = (values[first] + defect * pow(z_N - 1, -1, R)) % R  # z was drawn before the values
    return open_with_tau(key, program, statement, assemble())


def open_with_tau(key, program, statement, data):
    """The proof with the W' that satisfies the pairing equation, whatever its values are."""
    data = with_inverse(key, program, statement, data)
    proof = Proof(key, data)
    challenges = draw_challenges(key, program, statement, proof)
    inverse = pow(development_tau() - challenges["u"], -1, R)
    terms = opening_terms(key, program, proof, challenges)
    w_prime = point_bytes(g1_combination((scalar * inverse, point) for scalar, point in terms))
    return data[:-96] + w_prime + data[-32:]


def with_inverse(key, program, statement, data):
    """The proof with the last word that belongs to its other bytes."""
    proof = Proof(key, data)
    challenges = draw_challenges(key, program, statement, proof)
    moduli = moduli_at(opening_claims(key, program, proof, challenges["z"]), challenges["u"])
    return data[:-32] + word(pow(moduli_product(moduli), -1, R))
