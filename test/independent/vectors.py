"""The arithmetic under the verifier against published values: keccak-256, EIP-196, EIP-197, and bilinearity."""

from bn254 import G1, G2, P, R, g1_combination, g1_neg, g1_on_curve, g2_add, g2_in_group, g2_mul, g2_on_curve, g2_right_side
from bn254 import pairing_is_one, pairing_product
from keccak import keccak256

# The empty string and "abc" as everywhere; the selector of a function that every token has.
KECCAK = {
    b"": "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    b"abc": "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45",
    b"transfer(address,uint256)": "a9059cbb",
}

# go-ethereum, core/vm/testdata/precompiles: bn256Add "chfast1", bn256ScalarMul "chfast1", bn256Pairing "jeff1".
ADD = (
    "18b18acfb4c2c30276db5411368e7185b311dd124691610c5d3b74034e093dc9"
    "063c909c4720840cb5134cb9f59fa749755796819658d32efc0d288198f37266"
    "07c2b7f58a84bd6145f00c9c2bc0bb1a187f20ff2c92963a88019e7c6a014eed"
    "06614e20c147e940f2d70da3f74c9a17df361706a4485c742bd6788478fa17d7",
    "2243525c5efd4b9c3d3c45ac0ca3fe4dd85e830a4ce6b65fa1eeaee202839703"
    "301d1d33be6da8e509df21cc35964723180eed7532537db9ae5e7d48f195c915",
)
MULTIPLY = (
    "2bd3e6d0f3b142924f5ca7b49ce5b9d54c4703d7ae5648e61d02268b1a0a9fb7"
    "21611ce0a6af85915e2f1d70300909ce2e49dfad4a4619c8390cae66cefdb204"
    "00000000000000000000000000000000000000000000000011138ce750fa15c2",
    "070a8d6a982153cae4be29d434e8faef8a47b274a053f5a4ee2a6c9c13c31e5c"
    "031b8ce914eba3a9ffb989f9cdd5b0f01943074bf4f0f315690ec3cec6981afc",
)
PAIRING = (
    "1c76476f4def4bb94541d57ebba1193381ffa7aa76ada664dd31c16024c43f59"
    "3034dd2920f673e204fee2811c678745fc819b55d3e9d294e45c9b03a76aef41"
    "209dd15ebff5d46c4bd888e51a93cf99a7329636c63514396b4a452003a35bf7"
    "04bf11ca01483bfa8b34b43561848d28905960114c8ac04049af4b6315a41678"
    "2bb8324af6cfc93537a2ad1a445cfd0ca2a71acd7ac41fadbf933c2a51be344d"
    "120a2a4cf30c1bf9845f20c6fe39e07ea2cce61f0c9bb048165fe5e4de877550"
    "111e129f1cf1097710d41c4ac70fcdfa5ba2023c6ff1cbeac322de49d1b6df7c"
    "2032c61a830e3c17286de9462bf242fca2883585b93870a73853face6a6bf411"
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2"
    "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed"
    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b"
    "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa"
)


def words(text):
    return [int(text[i : i + 64], 16) for i in range(0, len(text), 64)]


def pairs_of(text):
    w = words(text)
    return [((w[i], w[i + 1]), ((w[i + 3], w[i + 2]), (w[i + 5], w[i + 4]))) for i in range(0, len(w), 6)]


def check_vectors():
    """The number of facts that hold; AssertionError names the first that does not."""
    held = 0

    def holds(fact, name):
        nonlocal held
        assert fact, name
        held += 1

    for message, digest in KECCAK.items():
        holds(keccak256(message).hex().startswith(digest), f"keccak256({message!r})")
    digests = {keccak256(bytes(length)) for length in range(130, 280)}
    holds(len(digests) == 150, "digests of zeros about the rate differ")

    a, b = words(ADD[0])[:2], words(ADD[0])[2:]
    holds([*g1_combination([(1, tuple(a)), (1, tuple(b))])] == words(ADD[1]), "ecAdd, chfast1")
    x, y, scalar = words(MULTIPLY[0])
    holds([*g1_combination([(scalar, (x, y))])] == words(MULTIPLY[1]), "ecMul, chfast1")
    holds(g1_combination([(1, G1), (1, g1_neg(G1))]) is None, "P - P is infinity")
    holds(g1_combination([(1, G1), (1, G1)]) == g1_combination([(2, G1)]), "P + P is 2P")
    holds(g1_combination([(R - 1, G1)]) == g1_neg(G1), "order of G1")
    holds(not g1_on_curve((1, 3)), "(1, 3) is not on the curve")

    holds(g2_in_group(G2), "the generator of G2")
    holds(not g2_in_group(((1, 0), (2, 0))), "a point off the twist")
    stray = twist_point_outside_group()
    holds(g2_on_curve(stray) and not g2_in_group(stray), "a point of the twist of another order")

    pairs = pairs_of(PAIRING)
    holds(all(g1_on_curve(p) and g2_in_group(q) for p, q in pairs), "points of the pairing vector")
    holds(pairing_is_one(pairs), "ecPairing, jeff1")
    holds(not pairing_is_one([pairs[0], (g1_neg(pairs[1][0]), pairs[1][1])]), "ecPairing, one point negated")
    holds(pairing_is_one([]) and pairing_is_one([(None, G2)]), "e(infinity, Q) is one")
    generator = pairing_product([(G1, G2)])
    holds(not pairing_is_one([(G1, G2)]), "the pairing is not degenerate")
    m, n = 0x1234567890ABCDEF1234567890ABCDEF, R - 12345
    mp, nq = g1_combination([(m, G1)]), g2_mul(n, G2)
    holds(pairing_product([(mp, nq)]) == pairing_product([(g1_combination([(m * n, G1)]), G2)]), "e(mP, nQ) = e(mnP, Q)")
    holds(pairing_is_one([(mp, nq), (g1_neg(G1), g2_mul(m * n % R, G2))]), "e(mP, nQ) = e(P, mnQ)")
    holds(pairing_is_one([(mp, g2_add(G2, nq)), (g1_neg(mp), G2), (g1_neg(mp), nq)]), "e(P, Q + Q') = e(P, Q)*e(P, Q')")
    holds(pairing_product([(G1, G2)] * 2) != generator, "e(P, Q)^2 is another value")
    return held


def twist_point_outside_group():
    """On the twist by a square root in Fp2: the first x = (k, 1) that has one. Its cofactor is 2P - R."""
    for k in range(1, 100):
        x = (k, 1)
        square = g2_right_side(x)
        # (a + b*i)^2 = square: a^2 - b^2 and a^2 + b^2 are known, the latter up to its sign. P = 3 mod 4.
        norm = (square[0] ** 2 + square[1] ** 2) % P
        root = pow(norm, (P + 1) // 4, P)
        if root * root % P != norm:
            continue
        for sign in (1, -1):
            half = (square[0] + sign * root) * pow(2, -1, P) % P
            real = pow(half, (P + 1) // 4, P)
            if real != 0 and real * real % P == half:
                return x, (real, square[1] * pow(2 * real, -1, P) % P)
    raise AssertionError("no point of the twist")
