/*
 * What both formats have, for a format of WIDTH bits (type REP) with SIG significant bits behind the implicit one and the exponent bias
 * BIAS. Included once for each by softfloat.c, which defines these, NAME, OP, TRUNC, MULTIPLY_HIGH and SHIFT_RIGHT.
 *
 * Fast tests: as unsigned words, non-negative numbers up to infinity are those <= INF, and negative ones those from SIGN
 * to SIGN | INF. In the order of words the magnitudes of numbers are ordered.
 */
#define SIGN ((REP)1 << (WIDTH - 1))
#define MAGNITUDE (SIGN - 1)
#define IMPLICIT ((REP)1 << SIG)
#define FRACTION (IMPLICIT - 1)
#define MAX_EXPONENT (2 * BIAS + 1)
#define INF ((REP)MAX_EXPONENT << SIG)
#define QNAN (INF | (IMPLICIT >> 1))
#define ONE ((REP)BIAS << SIG)
/* The bits of 2^k. */
#define POWER(k) ((REP)(BIAS + (k)) << SIG)

static inline int NAME(is_nan)(REP x) { return (x & MAGNITUDE) > INF; }

static inline REP NAME(canonical)(REP x) {
  if (x <= INF) return x;
  BRANCH;
  if (NAME(is_nan)(x)) {
    BRANCH;
    return QNAN;
  }
  return x;
}

/* A number that lacks the part `rest` / 2^64 of a unit, to nearest, ties to even. The next word may have another exponent. */
static inline REP NAME(round)(REP word, u64 rest) {
  if (rest < HALF) return word;
  BRANCH;
  if (rest > HALF) {
    BRANCH;
    return word + 1;
  }
  return word + (word & 1);
}

/*
 * x + y of non-negative words. With x >= y and the significand b of y, x + b / 2^d is the word of the sum, as long as the exponent stays the
 * same; where it does not, the sum of the significands is halved. Rounding up may carry into the exponent, as it should.
 */
static OUTLINE REP NAME(add_magnitudes)(REP x, REP y) {
  if (x < y) {
    BRANCH;
    REP other = x;
    x = y;
    y = other;
  }
  if (x >= INF) {
    BRANCH;
    return x == INF ? INF : QNAN;
  }
  REP exponent = x >> SIG;
  REP d = y >> SIG;
  REP b = (y & FRACTION) | IMPLICIT;
  if (d == 0) {
    BRANCH;
    /* A number that is not normalised is its fraction, in the unit of exponent 1. */
    REP exact = x + y;
    if (exponent == 0 || exact >> SIG == 1) return exact;
    BRANCH;
    b = y;
    d = 1;
  }
  d = exponent - d;
  if (d > SIG + 1) return x; /* y is less than half a unit. */
  BRANCH;
  REP sum = x + (b >> d);
  if (sum >> SIG == exponent) {
    /* Here d is not 0: both significands have their implicit bit then. */
    BRANCH;
    return NAME(round)(sum, (u64)b << (64 - d));
  }
  /* With e = exponent * 2^SIG the significands sum up to sum - e + IMPLICIT; half of that belongs on e. */
  REP word = (sum + (exponent << SIG) + IMPLICIT) >> 1;
  if (sum & 1) {
    BRANCH;
    if ((word & 1) || (b & (((REP)1 << d) - 1))) {
      BRANCH;
      word++;
    }
  }
  if (word >= INF) {
    BRANCH;
    return INF;
  }
  return word;
}

/* Shifts m up by s bits where it has so many zeros above the implicit bit; HALVINGS does so for all powers of two. */
#define SHIFT_UP(s, m, e, step)  \
  if (m < IMPLICIT >> (s - 1)) { \
    BRANCH;                      \
    m <<= s;                     \
    e -= step;                   \
  }
#if WIDTH == 64
#define HALVINGS HALVE(32) HALVE(16) HALVE(8) HALVE(4) HALVE(2) HALVE(1)
#else
#define HALVINGS HALVE(16) HALVE(8) HALVE(4) HALVE(2) HALVE(1)
#endif

/* The number m / 2^SIG with biased exponent e, m > 0 below 2^(SIG + 1), where that is exact. */
static inline REP NAME(normalised)(REP m, int e) {
#define HALVE(s) SHIFT_UP(s, m, e, s)
  HALVINGS
#undef HALVE
  if (e < 1) {
    BRANCH;
    return m >> (1 - e);
  }
  return ((REP)(e - 1) << SIG) + m;
}

/* The word of sign and exponent in `top` and the significand m / 2^SIG, 0 < m < 2^(SIG + 1), where the exponent has room. */
static inline REP NAME(shifted_up)(REP top, REP m) {
#define HALVE(s) SHIFT_UP(s, m, top, (REP)s << SIG)
  HALVINGS
#undef HALVE
  return top - IMPLICIT + m;
}

/* x - y of non-negative words, its sign changed by `sign`. As for sums; rest is what the word takes too much. */
static OUTLINE REP NAME(subtract_magnitudes)(REP x, REP y, REP sign) {
  if (x == y) {
    BRANCH;
    return x >= INF ? QNAN : 0;
  }
  if (x < y) {
    BRANCH;
    REP other = x;
    x = y;
    y = other;
    sign ^= SIGN;
  }
  if (x >= INF) {
    BRANCH;
    return x == INF ? sign | INF : QNAN;
  }
  REP exponent = x >> SIG;
  REP d = y >> SIG;
  REP b = (y & FRACTION) | IMPLICIT;
  if (d == 0) {
    BRANCH;
    if (exponent == 0) return sign | (x - y);
    BRANCH;
    b = y;
    d = 1;
  }
  d = exponent - d;
  if (d == 0) {
    /* Exact; any number of digits may cancel. */
    BRANCH;
    return sign | NAME(normalised)(((x & FRACTION) | IMPLICIT) - b, (int)exponent);
  }
  if (d > SIG + 2) return sign | x; /* y is at most a quarter of a unit. */
  BRANCH;
  REP difference = x - (b >> d);
  u64 rest = -((u64)b << (64 - d));
  if (rest != 0) difference--;
  if (difference >> SIG == exponent) {
    BRANCH;
    return sign | NAME(round)(difference, rest);
  }
  /* One digit is lost, and one of the rest gets in: all of it for d = 1, where more digits may cancel. */
  REP m = 2 * (difference - (exponent << SIG) + IMPLICIT) + (REP)(rest >> 63);
  if (d == 1) {
    BRANCH;
    return sign | NAME(normalised)(m, (int)exponent - 1);
  }
  return sign | NAME(round)(((exponent - 2) << SIG) + m, rest << 1);
}

/* The difference of x and b / 2^d units of it, of another exponent than x, which is far from the smallest one. d <= SIG + 2. */
static INLINE REP NAME(cancelled)(REP x, REP b, REP d) {
  REP top = x & ~FRACTION;
  REP a = (x & FRACTION) | IMPLICIT;
  if (d < 2) {
    /* Exact, in halves of the unit; any number of digits may cancel. */
    BRANCH;
    REP m = (a << 1) - (b << (1 - d));
    if (m == 0) {
      BRANCH;
      return 0;
    }
    return NAME(shifted_up)(top - IMPLICIT, m);
  }
  /* At most one digit is lost. */
  u64 less = (u64)b << (64 - d);
  REP m = a - SHIFT_RIGHT(b, d);
  if (less != 0) {
    BRANCH;
    m--;
    less = -less;
  }
  if (m >= IMPLICIT) {
    BRANCH;
    return NAME(round)(top - IMPLICIT + m, less);
  }
  return NAME(round)(top - 2 * IMPLICIT + 2 * m + (REP)(less >> 63), less << 1);
}

/* Of any operands. */
static OUTLINE REP NAME(uncommon_sum)(REP x, REP y) {
  if (x < SIGN) {
    BRANCH;
    if (y < SIGN) return NAME(add_magnitudes)(x, y);
    BRANCH;
    return NAME(subtract_magnitudes)(x, y ^ SIGN, 0);
  }
  BRANCH;
  if (y < SIGN) return NAME(subtract_magnitudes)(x ^ SIGN, y, SIGN);
  BRANCH;
  REP magnitude = NAME(add_magnitudes)(x ^ SIGN, y ^ SIGN);
  return magnitude > INF ? magnitude : magnitude | SIGN;
}

/*
 * Whether the sum with anything of smaller magnitude is below infinity and normalised, and what is not normalised is less than a
 * quarter of its unit.
 */
static inline int NAME(is_common_term)(REP x) {
  return (REP)((x << 1) - ((REP)(SIG + 4) << (SIG + 1))) < (REP)(MAX_EXPONENT - SIG - 5) << (SIG + 1);
}

/*
 * x + y of common x and y of its sign, of no greater magnitude: where the exponent stays that of x, only the word is rounded. What of b
 * is shifted out comes in at the top of a rotation, above what is left.
 */
static INLINE REP NAME(sum_of_equal_signs)(REP x, REP y) {
  if (!NAME(is_common_term)(x)) {
    BRANCH;
    return NAME(uncommon_sum)(x, y);
  }
  REP d = (x >> SIG) - (y >> SIG);
  if (d > SIG + 1) return x; /* y is less than half a unit. */
  BRANCH;
  REP b = (y & FRACTION) | IMPLICIT;
  REP shifted = SHIFT_RIGHT(b, d);
  REP sum = x + shifted;
  if ((sum ^ x) < IMPLICIT) {
    /* Here d is not 0. */
    BRANCH;
    u64 rotated = rotate_left(b, 64 - d);
    if (rotated < HALF) return sum;
    BRANCH;
    if (rotated > HALF + shifted) {
      BRANCH;
      return sum + 1;
    }
    return sum + (sum & 1);
  }
  REP top = x & ~FRACTION;
  REP word = top + ((sum - top + IMPLICIT) >> 1);
  if (sum & 1) {
    BRANCH;
    if ((word & 1) || (b & (((REP)1 << d) - 1))) {
      BRANCH;
      word++;
    }
  }
  return word;
}

/* The same for y of the other sign, given without it: x - y of magnitudes. */
static INLINE REP NAME(sum_of_other_signs)(REP x, REP y) {
  if (!NAME(is_common_term)(x)) {
    BRANCH;
    return NAME(uncommon_sum)(x, y ^ SIGN);
  }
  REP d = (x >> SIG) - (y >> SIG);
  if (d > SIG + 2) return x; /* y is at most a quarter of a unit. */
  BRANCH;
  REP b = (y & FRACTION) | IMPLICIT;
  REP shifted = SHIFT_RIGHT(b, d);
  REP word = x - shifted;
  if (((word - 1) ^ x) < IMPLICIT) {
    /* The exponent stays whatever else is taken away; here d is not 0. */
    BRANCH;
    u64 rotated = rotate_left(b, 64 - d);
    if (rotated < HALF) return word;
    BRANCH;
    if (rotated > HALF + shifted) {
      BRANCH;
      return word - 1;
    }
    return word - (word & 1);
  }
  return NAME(cancelled)(x, b, d);
}

/* x + y on words with their signs. Code for either order is there twice: nothing has to be exchanged. */
static INLINE REP NAME(sum)(REP x, REP y) {
  if ((x ^ y) < SIGN) {
    BRANCH;
    if (x < y) {
      BRANCH;
      return NAME(sum_of_equal_signs)(y, x);
    }
    return NAME(sum_of_equal_signs)(x, y);
  }
  BRANCH;
  REP other = y ^ SIGN;
  if (x < other) {
    BRANCH;
    return NAME(sum_of_other_signs)(y, x ^ SIGN);
  }
  return NAME(sum_of_other_signs)(x, other);
}

EXPORT(OP("add")) REP NAME(add)(REP x, REP y) { return NAME(sum)(x, y); }
EXPORT(OP("sub")) REP NAME(sub)(REP x, REP y) { return NAME(sum)(x, y ^ SIGN); }

/*
 * The number m / 2^62 with biased exponent e, rounded; 2^62 <= m < 2^63, the last bit of m also standing for what is below. Any e.
 */
static OUTLINE REP NAME(rounded)(REP sign, int e, u64 m) {
  if (e >= MAX_EXPONENT) return sign | INF;
  BRANCH;
  if (e < 1) {
    BRANCH;
    if (e < -SIG - 1) return sign;
    BRANCH;
    m = m >> (1 - e) | (m << (63 + e) != 0);
    e = 0;
  } else {
    e--;
  }
  const int drop = 62 - SIG;
  REP word = ((REP)e << SIG) + (REP)(m >> drop);
  return sign | NAME(round)(word, m << (64 - drop));
}

/* How far a magnitude above 0 that is not normalised has to be shifted to be a significand. */
static OUTLINE int NAME(missing_digits)(REP magnitude) {
  int count = 0;
#define HALVE(s) SHIFT_UP(s, magnitude, count, -s)
  HALVINGS
#undef HALVE
  return count;
}

/* The significand of a number above 0, normalised; *e its biased exponent, below 1 where that took more than the exponent has. */
static inline REP NAME(significand)(REP magnitude, int *e) {
  *e = magnitude >> SIG;
  if (magnitude >= IMPLICIT) return (magnitude & FRACTION) | IMPLICIT;
  BRANCH;
  int count = NAME(missing_digits)(magnitude);
  *e = 1 - count;
  return magnitude << count;
}

/* Of any operands. */
static OUTLINE REP NAME(uncommon_product)(REP x, REP y) {
  REP sign = (x ^ y) & SIGN;
  x &= MAGNITUDE;
  y &= MAGNITUDE;
  if (x > INF || y > INF) return QNAN;
  BRANCH;
  if (x == 0 || y == 0) return x == INF || y == INF ? QNAN : sign;
  BRANCH;
  if (x == INF || y == INF) return sign | INF;
  int ex, ey;
  REP a = NAME(significand)(x, &ex);
  REP b = NAME(significand)(y, &ey);
  /* Both as numbers of 64 bits whose first bit is set: the product is between 2^126 and 2^128. */
  u64 one = (u64)a << (63 - SIG), other = (u64)b << (63 - SIG);
  u64 high = multiply_high(one, other);
  u64 m = high >> 1 | (high & 1) | (one * other != 0);
  int e = ex + ey - BIAS;
  if (high < HALF) {
    BRANCH;
    m = high | (one * other != 0);
    e--;
  }
  return NAME(rounded)(sign, e + 1, m);
}

/*
 * Whether both exponents are so near the middle that product and quotient are below infinity and normalised. An f64 has so many exponents
 * that a quarter of them is enough, which the upper two bits tell, of both words at once; of an f32 it is BIAS - 1 in a row.
 */
static INLINE int NAME(are_common_factors)(REP x, REP y) {
#if WIDTH == 64
  const REP least = POWER(-255);
  return (((x - least) | (y - least)) & (3ull << 61)) == 0;
#else
  const REP least = (REP)(BIAS + 1) << SIG, range = (REP)(BIAS - 1) << (SIG + 1);
  return (x << 1) - least < range && (y << 1) - least < range;
#endif
}

/*
 * (1 + f)(1 + g) is 1 + f + g + fg, so the word of a product below 2 is the sum of the words and of fg, less the bias: signs add up
 * as they should. Of a product of 2 or more the significand is halved.
 */
EXPORT(OP("mul")) REP NAME(mul)(REP x, REP y) {
  if (!NAME(are_common_factors)(x, y)) {
    BRANCH;
    return NAME(uncommon_product)(x, y);
  }
  /* fg / 2^SIG, and what is below as a part of 2^WIDTH: with one fraction at the top of its word, the halves of the product. */
  REP f = x & FRACTION, g = y & FRACTION;
  REP scaled = x << (WIDTH - SIG);
  REP high = MULTIPLY_HIGH(scaled, g);
  REP rest = scaled * g;
  REP sum = f + g;
  REP fraction = sum + high;
  if (fraction < IMPLICIT) {
    BRANCH;
    REP word = x + y - ONE + high;
    if (rest < SIGN) return word;
    BRANCH;
    if (rest > SIGN) {
      BRANCH;
      return word + 1;
    }
    return word + (word & 1);
  }
  REP word = x + y - sum + (IMPLICIT / 2 - ONE) + (fraction >> 1);
  if (fraction & 1) {
    BRANCH;
    if (rest != 0 || (word & 1)) {
      BRANCH;
      word++;
    }
  }
  return word;
}

/* floor(a * 2^62 / b) of significands; the last bit also stands for what is below. */
static INLINE u64 NAME(quotient)(REP a, REP b) {
#if WIDTH == 64
  /*
   * Two digits, of 32 and 30 bits, estimated by division by the upper 32 bits of b, rounded up: never too large, and
   * by less than 5 and 4 too small: what is left stays below 5b < 2^55, the next dividend below 2^64.
   */
  u64 divisor = (b >> 21) + 1;
  u64 q1 = (a << 11) / divisor;
  u64 rest = (a << 32) - q1 * b;
  u64 q2 = (rest << 9) / divisor;
  rest = (rest << 30) - q2 * b;
  u64 q = (q1 << 30) + q2;
  while (rest >= b) {
    BRANCH;
    rest -= b;
    q++;
  }
  /* q = floor(a * 2^62 / b), between 2^61 and 2^63. */
  if (rest != 0) {
    BRANCH;
    q |= 1;
  }
#else
  u64 n = (u64)a << 40;
  u64 q = n / b;
  if (q * b != n) {
    BRANCH;
    q |= 1;
  }
  q <<= 22;
#endif
  return q;
}

/* Of any operands. */
static OUTLINE REP NAME(uncommon_quotient)(REP x, REP y) {
  REP sign = (x ^ y) & SIGN;
  x &= MAGNITUDE;
  y &= MAGNITUDE;
  if (x > INF || y > INF) return QNAN;
  BRANCH;
  if (x == INF) return y == INF ? QNAN : sign | INF;
  BRANCH;
  if (y == 0) return x == 0 ? QNAN : sign | INF;
  BRANCH;
  if (x == 0 || y == INF) return sign;
  int ex, ey;
  REP a = NAME(significand)(x, &ex);
  REP b = NAME(significand)(y, &ey);
  u64 q = NAME(quotient)(a, b);
  int e = ex - ey + BIAS;
  if (q < 1ull << 62) {
    BRANCH;
    q <<= 1;
    e--;
  }
  return NAME(rounded)(sign, e, q);
}

/* Without their significands, the difference of the words is sign and exponent of the quotient. */
EXPORT(OP("div")) REP NAME(div)(REP x, REP y) {
  if (!NAME(are_common_factors)(x, y)) {
    BRANCH;
    return NAME(uncommon_quotient)(x, y);
  }
  REP a = (x & FRACTION) | IMPLICIT;
  REP b = (y & FRACTION) | IMPLICIT;
  REP base = x - y - (a - b) + (ONE - IMPLICIT);
  u64 q = NAME(quotient)(a, b);
  if (q < 1ull << 62) {
    BRANCH;
    q <<= 1;
    base -= IMPLICIT;
  }
  return NAME(round)(base + (REP)(q >> (62 - SIG)), q << (SIG + 2));
}

/*
 * `less` where the word x is the lesser one, else `other`, of numbers that are not negative; of two negative ones the other way
 * round, and of mixed ones, where the negative word is the greater, too. So -0 < 0.
 */
#define EXTREME(name, less, other)                      \
  EXPORT(OP(#name)) REP NAME(name)(REP x, REP y) {      \
    if (x <= INF) {                                     \
      BRANCH;                                           \
      if (y <= INF) {                                   \
        BRANCH;                                         \
        if (x < y) return less;                         \
        BRANCH;                                         \
        return other;                                   \
      }                                                 \
    }                                                   \
    if (NAME(is_nan)(x)) return QNAN;                   \
    BRANCH;                                             \
    if (NAME(is_nan)(y)) return QNAN;                   \
    BRANCH;                                             \
    if (x < y) {                                        \
      BRANCH;                                           \
      return y < SIGN ? less : other;                   \
    }                                                   \
    BRANCH;                                             \
    return x < SIGN ? other : less;                     \
  }

EXTREME(min, x, y)
EXTREME(max, y, x)
#undef EXTREME

/*
 * Rounding to an integer. From 2^SIG on every number is one. Between 1 and that, the last bits of the word are the fraction; adding
 * a unit of the integer part to the word carries into the exponent just as the number needs. Returns whether x is one already,
 * NaN included.
 */
static inline int NAME(is_integral)(REP x) { return (x & MAGNITUDE) >= POWER(SIG); }

/* The bits of the fraction, for 1 <= |x| < 2^SIG. */
static inline REP NAME(fraction_mask)(REP x) {
  return FRACTION >> (((x & MAGNITUDE) >> SIG) - BIAS);
}

/* `away`: to the integer of greater magnitude for numbers of that sign (SIGN or 0), truncation for others. */
static inline REP NAME(round_directed)(REP x, int directed, REP away) {
  if (NAME(is_integral)(x)) return NAME(canonical)(x);
  BRANCH;
  REP sign = x & SIGN;
  if ((x & MAGNITUDE) < ONE) {
    BRANCH;
    if (!directed || sign != away || x == sign) return sign;
    BRANCH;
    return sign | ONE;
  }
  REP mask = NAME(fraction_mask)(x);
  if (directed && sign == away) {
    BRANCH;
    x += mask;
  }
  return x & ~mask;
}

EXPORT(OP("trunc")) REP NAME(trunc)(REP x) { return NAME(round_directed)(x, 0, 0); }
EXPORT(OP("ceil")) REP NAME(ceil)(REP x) { return NAME(round_directed)(x, 1, 0); }
EXPORT(OP("floor")) REP NAME(floor)(REP x) { return NAME(round_directed)(x, 1, SIGN); }

/* Ties to even: half a unit minus one, plus the last bit of the integer part, carries exactly where rounding goes up. For
 * 1 <= |x| < 2 that bit is the last of the exponent: the bias is odd, and so is 1. */
EXPORT(OP("nearest")) REP NAME(nearest)(REP x) {
  if (NAME(is_integral)(x)) return NAME(canonical)(x);
  BRANCH;
  REP magnitude = x & MAGNITUDE;
  if (magnitude < ONE) {
    BRANCH;
    REP sign = x & SIGN;
    return magnitude > POWER(-1) ? sign | ONE : sign;
  }
  REP mask = NAME(fraction_mask)(x);
  REP last = (x & (mask + 1)) != 0;
  return (x + (mask >> 1) + last) & ~mask;
}

/* Integers. */

/* floor(|x|), for |x| < 2^64. */
static inline u64 NAME(integer_part)(REP x) {
  int exponent = (x & MAGNITUDE) >> SIG;
  if (exponent < BIAS) return 0;
  BRANCH;
  u64 m = (x & FRACTION) | IMPLICIT;
  if (exponent >= BIAS + SIG) {
    BRANCH;
    return m << (exponent - (BIAS + SIG));
  }
  return m >> (BIAS + SIG - exponent);
}

static inline u64 NAME(to_signed)(REP x, int bits) {
  REP magnitude = x & MAGNITUDE;
  u64 least = 1ull << (bits - 1);
  if (magnitude >= POWER(bits - 1)) {
    BRANCH;
    if (magnitude > INF) return 0;
    BRANCH;
    return x >= SIGN ? least : least - 1;
  }
  u64 m = NAME(integer_part)(x);
  if (x >= SIGN) {
    BRANCH;
    return -m;
  }
  return m;
}

static inline u64 NAME(to_unsigned)(REP x, int bits) {
  if (x < POWER(bits)) {
    BRANCH;
    return NAME(integer_part)(x);
  }
  return x <= INF ? (bits == 32 ? 0xffffffffull : ~0ull) : 0;
}

EXPORT(TRUNC(i32, s)) u32 NAME(to_i32)(REP x) { return NAME(to_signed)(x, 32); }
EXPORT(TRUNC(i32, u)) u32 NAME(to_u32)(REP x) { return NAME(to_unsigned)(x, 32); }
EXPORT(TRUNC(i64, s)) u64 NAME(to_i64)(REP x) { return NAME(to_signed)(x, 64); }
EXPORT(TRUNC(i64, u)) u64 NAME(to_u64)(REP x) { return NAME(to_unsigned)(x, 64); }

/*
 * The number of a magnitude below 2^bits, bits 32 or 64: shifted until its first bit is bit 63, of which SIG + 1 are kept. The implicit
 * bit makes the exponent one greater.
 */
static INLINE REP NAME(of_magnitude)(u64 m, REP sign, int bits) {
  if (m == 0) return 0;
  BRANCH;
  REP exponent = BIAS + 62;
#define HALVE(s)                \
  if (m >> (64 - s) == 0) {     \
    BRANCH;                     \
    m <<= s;                    \
    exponent -= s;              \
  }
  if (bits == 32) {
    m <<= 32;
    exponent -= 32;
  } else {
    HALVE(32)
  }
  HALVE(16)
  HALVE(8)
  HALVE(4)
  HALVE(2)
  HALVE(1)
#undef HALVE
  REP word = sign + (exponent << SIG) + (REP)(m >> (63 - SIG));
  return bits <= SIG ? word : NAME(round)(word, m << (SIG + 1));
}

static INLINE REP NAME(of_signed)(u64 x, int bits) {
  if (x >> 63) {
    BRANCH;
    return NAME(of_magnitude)(-x, SIGN, bits);
  }
  return NAME(of_magnitude)(x, 0, bits);
}

EXPORT(OP("convert_i64_u")) REP NAME(of_u64)(u64 x) { return NAME(of_magnitude)(x, 0, 64); }
EXPORT(OP("convert_i64_s")) REP NAME(of_i64)(u64 x) { return NAME(of_signed)(x, 64); }
EXPORT(OP("convert_i32_u")) REP NAME(of_u32)(u32 x) { return NAME(of_magnitude)(x, 0, 32); }
EXPORT(OP("convert_i32_s")) REP NAME(of_i32)(u32 x) {
  return NAME(of_signed)((u64)(long long)(int)x, 32);
}

/*
 * Square roots. x = M * 2^2k with M = m << t such that the root of M (f32) or of M * 2^48 (f64) has SIG + 1 bits and two more; of
 * both parities of the exponent one t fits. No root lies half-way between two numbers: its square would have more significant bits than M
 * has. So adding half a unit rounds to nearest.
 */
EXPORT(OP("sqrt")) REP NAME(sqrt)(REP x) {
  if (x >= INF) {
    BRANCH;
    return x == INF || x == SIGN ? x : QNAN;
  }
  if (x == 0) return 0;
  BRANCH;
  int exponent;
  u64 m = NAME(significand)(x, &exponent);
#if WIDTH == 64
  u64 s = root_of_wide(m << (exponent & 1 ? 8 : 9));
#else
  u64 s = root_of(m << (exponent & 1 ? 27 : 28), 25);
#endif
  return ((REP)((exponent + BIAS) >> 1) << SIG) + (REP)((s + 2) >> 2) - IMPLICIT;
}

#undef HALVINGS
#undef SHIFT_UP
#undef SIGN
#undef MAGNITUDE
#undef IMPLICIT
#undef FRACTION
#undef MAX_EXPONENT
#undef INF
#undef QNAN
#undef ONE
#undef POWER
#undef REP
#undef WIDTH
#undef SIG
#undef BIAS
#undef MULTIPLY_HIGH
#undef SHIFT_RIGHT
#undef NAME
#undef OP
#undef TRUNC
