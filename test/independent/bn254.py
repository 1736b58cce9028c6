"""The groups of BN254 (alt_bn128 of EIP-196 and EIP-197) and its optimal ate pairing.

Written from the literature: Vercauteren, "Optimal pairings"; Beuchat and others, "High-speed software implementation of the
optimal ate pairing over Barreto-Naehrig curves"; EIP-197 for curve and twist. Slow and plain: affine lines, one big exponent.

A point of G1 is a pair of integers, of G2 a pair of elements of Fp2; None is infinity. An element of Fp2 = Fp[i]/(i^2 + 1)
is (real, imaginary); of Fp12 = Fp2[w]/(w^6 - xi), xi = 9 + i, a list of six elements of Fp2.
"""

P = 21888242871839275222246405745257275088696311157297823662689037894645226208583
R = 21888242871839275222246405745257275088548364400416034343698204186575808495617
U = 4965661367192848881  # the curve's parameter: P and R are polynomials in it
XI = (9, 1)

G1 = (1, 2)
G2 = (
    (
        10857046999023057135944570762232829481370756359578518086990519993285655852781,
        11559732032986387107991004021392285783925812861821192530917403151452391805634,
    ),
    (
        8495653923123431417604973247489272438418190587263600148770280649306958101930,
        4082367875863433681332203403145435568316851327593401208105741076214120093531,
    ),
)


# --- G1 ---


def g1_on_curve(point):
    return point is None or (point[1] * point[1] - point[0] ** 3 - 3) % P == 0


def g1_neg(point):
    return None if point is None else (point[0], -point[1] % P)


# Jacobian coordinates (X, Y, Z): x = X/Z^2, y = Y/Z^3, infinity Z = 0.
_INFINITY = (1, 1, 0)


def _double(a):
    x, y, z = a
    yy = y * y % P
    s = 4 * x * yy % P
    m = 3 * x * x % P
    x3 = (m * m - 2 * s) % P
    return x3, (m * (s - x3) - 8 * yy * yy) % P, 2 * y * z % P


def _add(a, b):
    if a[2] == 0:
        return b
    if b[2] == 0:
        return a
    z1, z2 = a[2] * a[2] % P, b[2] * b[2] % P
    u1, u2 = a[0] * z2 % P, b[0] * z1 % P
    s1, s2 = a[1] * b[2] * z2 % P, b[1] * a[2] * z1 % P
    h, s = (u2 - u1) % P, (s2 - s1) % P
    if h == 0:
        return _double(a) if s == 0 else _INFINITY
    h2 = h * h % P
    h3 = h * h2 % P
    v = u1 * h2 % P
    x = (s * s - h3 - 2 * v) % P
    return x, (s * (v - x) - s1 * h3) % P, a[2] * b[2] * h % P


def g1_combination(terms):
    """The sum of scalar * point over (scalar, point); doublings are shared, four bits at a time."""
    prepared = []
    for scalar, point in terms:
        if point is None or scalar % R == 0:
            continue
        multiples = [_INFINITY, (point[0], point[1], 1)]
        for _ in range(14):
            multiples.append(_add(multiples[-1], multiples[1]))
        prepared.append((scalar % R, multiples))
    total = _INFINITY
    for shift in range(252, -1, -4):
        for _ in range(4):
            total = _double(total)
        for scalar, multiples in prepared:
            digit = (scalar >> shift) & 15
            if digit:
                total = _add(total, multiples[digit])
    if total[2] == 0:
        return None
    inverse = pow(total[2], -1, P)
    return total[0] * inverse * inverse % P, total[1] * inverse**3 % P


# --- Fp2 ---


def _mul2(a, b):
    return (a[0] * b[0] - a[1] * b[1]) % P, (a[0] * b[1] + a[1] * b[0]) % P


def _sub2(a, b):
    return (a[0] - b[0]) % P, (a[1] - b[1]) % P


def _scale2(a, k):
    return a[0] * k % P, a[1] * k % P


def _inverse2(a):
    norm = pow(a[0] * a[0] + a[1] * a[1], -1, P)
    return a[0] * norm % P, -a[1] * norm % P


def _power2(a, exponent):
    result = (1, 0)
    for bit in bin(exponent)[2:]:
        result = _mul2(result, result)
        if bit == "1":
            result = _mul2(result, a)
    return result


def _conjugate(a):
    return a[0], -a[1] % P


# --- G2: the twist y^2 = x^3 + 3/xi ---

_B2 = _scale2(_inverse2(XI), 3)


def g2_right_side(x):
    """x^3 + 3/xi."""
    cube = _mul2(_mul2(x, x), x)
    return (cube[0] + _B2[0]) % P, (cube[1] + _B2[1]) % P


def g2_on_curve(point):
    return point is None or _mul2(point[1], point[1]) == g2_right_side(point[0])


def _slope(a, b):
    """Of the line through a and b, neither infinity; None where it is vertical."""
    if a[0] != b[0]:
        return _mul2(_sub2(b[1], a[1]), _inverse2(_sub2(b[0], a[0])))
    if a[1] != b[1] or a[1] == (0, 0):
        return None
    return _mul2(_scale2(_mul2(a[0], a[0]), 3), _inverse2(_scale2(a[1], 2)))


def g2_add(a, b):
    if a is None or b is None:
        return b if a is None else a
    slope = _slope(a, b)
    if slope is None:
        return None
    x = _sub2(_sub2(_mul2(slope, slope), a[0]), b[0])
    return x, _sub2(_mul2(slope, _sub2(a[0], x)), a[1])


def g2_mul(scalar, point):
    result = None
    for bit in bin(scalar)[2:]:
        result = g2_add(result, result)
        if bit == "1":
            result = g2_add(result, point)
    return result


def g2_in_group(point):
    """On the twist and of order R (the twist's order has other factors)."""
    return g2_on_curve(point) and g2_mul(R, point) is None


# --- Fp12 and the pairing ---

_ONE = [(1, 0)] + [(0, 0)] * 5
_SIXTH = [_power2(XI, k * (P - 1) // 6) for k in range(6)]  # w^(k*p) = w^k * xi^(k*(p-1)/6)
_HARD = (P**4 - P**2 + 1) // R


def _mul12(a, b):
    real, imaginary = [0] * 11, [0] * 11
    for i, (a0, a1) in enumerate(a):
        if a0 == 0 and a1 == 0:
            continue
        for j, (b0, b1) in enumerate(b):
            real[i + j] += a0 * b0 - a1 * b1
            imaginary[i + j] += a0 * b1 + a1 * b0
    result = []
    for k in range(6):
        x, y = real[k], imaginary[k]
        if k < 5:  # w^(k + 6) = xi * w^k
            x += 9 * real[k + 6] - imaginary[k + 6]
            y += real[k + 6] + 9 * imaginary[k + 6]
        result.append((x % P, y % P))
    return result


def _frobenius(a):
    return [_mul2(_conjugate(c), _SIXTH[k]) for k, c in enumerate(a)]


def _power12(a, exponent):
    result = _ONE
    for bit in bin(exponent)[2:]:
        result = _mul12(result, result)
        if bit == "1":
            result = _mul12(result, a)
    return result


def _inverse12(a):
    """a^-1 = c/(a*c) with c the product of the other eleven conjugates, a*c in Fp."""
    product, conjugate = _ONE, a
    for _ in range(11):
        conjugate = _frobenius(conjugate)
        product = _mul12(product, conjugate)
    norm = _mul12(a, product)
    assert all(c == (0, 0) for c in norm[1:]) and norm[0][1] == 0
    inverse = pow(norm[0][0], -1, P)
    return [_scale2(c, inverse) for c in product]


def _line(a, b, point):
    """The line through the images of a and b under (x, y) -> (x*w^2, y*w^3), at a point of G1."""
    slope = _slope(a, b)
    assert slope is not None, "of points of order R in these steps no line is vertical"
    x, y = point
    return [(y, 0), _scale2(slope, -x), (0, 0), _sub2(_mul2(slope, a[0]), a[1]), (0, 0), (0, 0)]


def _miller(point, q):
    f, t = _ONE, q
    for bit in bin(6 * U + 2)[3:]:
        f = _mul12(_mul12(f, f), _line(t, t, point))
        t = g2_add(t, t)
        if bit == "1":
            f = _mul12(f, _line(t, q, point))
            t = g2_add(t, q)
    # The endomorphism of Frobenius on the twist: pi(Q), then -pi^2(Q).
    twist_x, twist_y = _SIXTH[2], _SIXTH[3]
    first = (_mul2(_conjugate(q[0]), twist_x), _mul2(_conjugate(q[1]), twist_y))
    second = (_mul2(_conjugate(first[0]), twist_x), _mul2(_conjugate(first[1]), twist_y))
    f = _mul12(f, _line(t, first, point))
    t = g2_add(t, first)
    return _mul12(f, _line(t, (second[0], _sub2((0, 0), second[1])), point))


def pairing_product(pairs):
    """The product of e(P, Q) over pairs, as an element of Fp12."""
    f = _ONE
    for point, q in pairs:
        if point is not None and q is not None:
            f = _mul12(f, _miller(point, q))
    # f^(p^6 - 1), then f^(p^2 + 1), then the rest
    inverse = _inverse12(f)
    conjugate = [c if k % 2 == 0 else _sub2((0, 0), c) for k, c in enumerate(f)]
    f = _mul12(conjugate, inverse)
    f = _mul12(_frobenius(_frobenius(f)), f)
    return _power12(f, _HARD)


def pairing_is_one(pairs):
    return pairing_product(pairs) == _ONE
