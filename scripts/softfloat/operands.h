/*
 * Operands for check.c. Operand i of a mode depends on i alone, so a run can be cut into parts and any of it repeated.
 *
 * STRUCTURED: all exponents with the significands at which results change. RANDOM: words with exponents, significands and
 * pairs of every kind. HARD: results next to the middle of two numbers and in it, constructed by congruences modulo powers
 * of two.
 */
typedef struct {
  int sig; /* Bits of the fraction. */
  int max; /* Exponent of infinity. */
} Format;

#define F32 ((Format){23, 255})
#define F64 ((Format){52, 2047})
#define ALWAYS static inline __attribute__((always_inline))

enum Mode { EXHAUSTIVE, STRUCTURED, RANDOM, HARD };
enum Kind { SUM, PRODUCT, QUOTIENT, ORDER };

/* Random bits, number n of stream i (splitmix64). */
ALWAYS u64 bits_at(u64 i, u64 n) {
  u64 z = (i * 4 + n + 1) * 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

ALWAYS u64 low(int n) { return n <= 0 ? 0 : n >= 64 ? ~0ull : (1ull << n) - 1; }
ALWAYS u64 fraction(Format f) { return low(f.sig); }
ALWAYS int within(int x, int least, int most) { return x < least ? least : x > most ? most : x; }
ALWAYS u64 sign_bit(Format f) { return (u64)(f.max + 1) << f.sig; }
/* `value` is taken modulo 2^sig. */
ALWAYS u64 word_of(Format f, u64 sign, int e, u64 value) {
  return (sign & 1 ? sign_bit(f) : 0) | (u64)e << f.sig | (value & fraction(f));
}
/* Below n, from 32 random bits. */
ALWAYS int below(u64 r, int n) { return (int)(((r & 0xffffffff) * (u64)n) >> 32); }

/* As random as `r`, or with few bits, or ending in zeros or ones. */
ALWAYS u64 shaped(Format f, u64 r, int shape, u64 length) {
  int n = below(length, f.sig + 1);
  u64 turned = r << 23 | r >> 41;
  switch (shape) {
    case 1: return r & ~low(n);
    case 2: return r | low(n);
    case 3: return r & turned & (turned << 13 | turned >> 51);
    default: return r;
  }
}

/* Significands of STRUCTURED pairs. */
#define FEW 12
ALWAYS u64 few(Format f, u64 i) {
  u64 half = 1ull << (f.sig - 1);
  switch (i) {
    case 0: return 0;
    case 1: return 1;
    case 2: return 2;
    case 3: return 3;
    case 4: return half - 1;
    case 5: return half;
    case 6: return half + 1;
    case 7: return ~0ull;
    case 8: return ~1ull;
    case 9: return ~2ull;
    case 10: return 0x5555555555555555;
    default: return 0x6a09e667f3bcc908 >> (63 - f.sig); /* Of the root of 2. */
  }
}

/* Exponents of the second operand where not all are taken: FIXED ones, then all near the first one. */
#define FIXED 24
#define NEAR 57
ALWAYS int second_exponent(Format f, int first, int i) {
  int bias = f.max >> 1;
  if (i >= FIXED) return within(first + i - FIXED - NEAR, 0, f.max);
  int group = i / 8, offset = i % 8;
  if (group == 0) return offset < 4 ? offset : f.sig - 5 + offset;
  if (group == 1) return bias + (offset < 4 ? offset - 2 : (offset - 5) * f.sig);
  return offset < 4 ? f.max - 3 + offset : offset < 6 ? bias + (offset - 4) * 32 + 31 : bias / 2 * (2 * offset - 11);
}

ALWAYS u64 structured_pairs(Format f) {
  u64 second = f.max == 255 ? 256 : FIXED + 2 * NEAR + 1;
  return (u64)(f.max + 1) * 2 * FEW * second * 2 * FEW;
}

ALWAYS void structured_pair(Format f, u64 i, u64 *x, u64 *y) {
  u64 sx = i & 1, sy = i >> 1 & 1;
  i >>= 2;
  u64 a = few(f, i % FEW), b = few(f, i / FEW % FEW);
  i /= FEW * FEW;
  int ex = (int)(i & (u64)f.max);
  int ey = (int)(i / (u64)(f.max + 1));
  if (f.max != 255) ey = second_exponent(f, ex, ey);
  *x = word_of(f, sx, ex, a);
  *y = word_of(f, sy, ey, b);
}

/* Every exponent with powers of two, such less one, and the complements of both, below the leading bit. */
#define MANY(f) (4ull * ((u64)(f).sig + 1))
ALWAYS u64 structured_word(Format f, u64 i) {
  u64 sign = i & 1;
  int e = (int)(i >> 1 & (u64)f.max);
  i = (i >> 1) / (u64)(f.max + 1);
  u64 value = 1ull << (i >> 2);
  if (i & 1) value--;
  if (i & 2) value = ~value;
  return word_of(f, sign, e, value);
}

ALWAYS void random_pair(Format f, enum Kind kind, u64 i, u64 *x, u64 *y) {
  u64 h = bits_at(i, 0), r = bits_at(i, 1), t = bits_at(i, 2);
  int bias = f.max >> 1;
  u64 sx = h & 1, sy = h >> 1 & 1;
  /* The same way for 256 pairs: branches are predictable then. */
  int way = (int)(i >> 8 & 7);
  u64 a = shaped(f, r, (int)(i >> 11 & 3), h >> 8), b = shaped(f, t, (int)(i >> 13 & 3), h >> 20);
  int ex = (int)(r >> 53) & f.max, ey = (int)(t >> 53) & f.max;
  switch (way) {
    case 1: /* Neighbours, of the same sign or not. */
      *x = word_of(f, sx, ex, a);
      *y = (*x + (h >> 5 & 7) - 3) ^ (sy ? sign_bit(f) : 0);
      *y &= sign_bit(f) | (sign_bit(f) - 1);
      return;
    case 2: { /* The result is about the greatest number, the least normalised one or the least of all. */
      int at = (int)(h >> 5 & 3), wobble = (int)(h >> 32 & 7) - 4;
      int target = at == 0 ? f.max : at == 1 ? 1 : at == 2 ? -f.sig : 1 - below(h, f.sig);
      if (kind == PRODUCT) ey = within(target + wobble + bias - ex, 0, f.max);
      else if (kind == QUOTIENT) ey = within(ex + bias - target - wobble, 0, f.max);
      else ey = within(ex + wobble, 0, f.max);
      break;
    }
    case 3: /* Of moderate size. */
      ex = bias - 32 + (ex & 63);
      ey = bias - 32 + (ey & 63);
      break;
    case 4: /* One special value. */
      if (h >> 5 & 1) ex = h >> 6 & 1 ? f.max : 0;
      else ey = h >> 6 & 1 ? f.max : 0;
      if (h >> 7 & 1) *(h >> 5 & 1 ? &a : &b) = 0;
      break;
    case 5: /* Subnormal, and near. */
      ex = (int)(h >> 32 & 3);
      ey = h >> 34 & 1 ? (int)(h >> 35 & 3) : (int)(h >> 35 & 63);
      break;
    case 6:
    case 7: /* As far away as significands reach. */
      ey = within(ex + below(h, 2 * f.sig + 11) - f.sig - 5, 0, f.max);
      break;
    default: break;
  }
  *x = word_of(f, sx, ex, a);
  *y = word_of(f, sy, ey, b);
}

ALWAYS u64 random_word(Format f, u64 i) {
  u64 h = bits_at(i, 0), r = bits_at(i, 1);
  int bias = f.max >> 1, e = (int)(r >> 53) & f.max;
  u64 a = shaped(f, r, (int)(i >> 10 & 3), h >> 8), sign = h & 1;
  switch (i >> 8 & 3) {
    case 1: e = bias - 4 + (e % 72); break;
    case 2: { /* An integer or one and a half, and neighbours. */
      int length = 1 + below(h, f.sig);
      e = bias + length - 1;
      a = (a & ~low(f.sig - length + 1)) | (h >> 3 & 1 ? 1ull << (f.sig - length) : 0);
      return word_of(f, sign, e, a) + (h >> 4 & 7) - 3;
    }
    case 3: /* About the limits of f32. */
      if (f.max == 2047) e = h >> 3 & 1 ? 1023 + 124 + (e & 7) : 1023 - 154 + (e & 31);
      break;
    default: break;
  }
  return word_of(f, sign, e, a);
}

/* Of any length, random, shaped, or in the middle between numbers of 24 or 53 bits. */
ALWAYS u64 random_integer(u64 i) {
  u64 h = bits_at(i, 0), r = bits_at(i, 1);
  int length = 1 + below(h >> 32, 64);
  u64 n = shaped((Format){63, 0}, r, (int)(i >> 8 & 3), h >> 8) & low(length);
  if (i >> 10 & 1) {
    n |= 1ull << (length - 1);
    int cut = length - (h & 8 ? 24 : 53);
    if (cut > 0) n = (n & ~low(cut)) + (1ull << (cut - 1)) + (h >> 4 & 3) - 1;
  }
  return h & 2 ? -n : n;
}

/* 1 / a modulo 2^64, a odd. */
ALWAYS u64 inverse(u64 a) {
  u64 x = a * 3 ^ 2;
  for (int i = 0; i < 4; i++) x *= 2 - a * x;
  return x;
}

/* floor((a * b + c) / 2^s), 0 < s < 64, where that is below 2^64; -2^63 <= c < 2^63. */
ALWAYS u64 multiply_shift(u64 a, u64 b, long long c, int s) {
  u64 a0 = a & 0xffffffff, a1 = a >> 32, b0 = b & 0xffffffff, b1 = b >> 32;
  u64 middle = a1 * b0 + (a0 * b0 >> 32);
  __asm__("" : "+r"(middle)); /* Else the compiler finds the product of 128 bits, for which wasm32 needs a library. */
  u64 other = a0 * b1 + (middle & 0xffffffff);
  u64 high = a1 * b1 + (middle >> 32) + (other >> 32);
  u64 least = a * b + (u64)c;
  if (c >= 0 && least < (u64)c) high++;
  if (c < 0 && least > a * b) high--;
  return high << (64 - s) | least >> s;
}

/* y has d bits below the last of x, and they are half a unit or next to it. */
ALWAYS void hard_sum(Format f, u64 i, u64 *x, u64 *y) {
  u64 h = bits_at(i, 0), r = bits_at(i, 1), t = bits_at(i, 2);
  int d = below(h, f.sig + 4);
  int ex = (int)(r >> 53) % f.max;
  if (h >> 32 & 1) ex = within((int)(h >> 33 & 127), 0, f.max - 1);
  u64 b = d == 0 ? t : (t & ~low(d)) + (1ull << (d - 1)) + (h >> 40 & 3) - 1;
  if (d > f.sig) b = (h >> 40 & 3) - 1;
  u64 u = word_of(f, h >> 42, ex, shaped(f, r, (int)(i >> 8 & 3), h >> 20));
  u64 v = word_of(f, h >> 43, within(ex - d, 0, f.max - 1), b);
  *x = h >> 44 & 1 ? u : v;
  *y = h >> 44 & 1 ? v : u;
}

/* Bits of the results that are subnormal: fewer, down to none. Most often all. */
ALWAYS int bits_kept(Format f, u64 h) {
  return h & 3 ? f.sig + 1 : below(h >> 32, f.sig + 2);
}

/* a * b = an odd number * 2^(w - 1) + j, w the number of bits that are rounded away. */
ALWAYS void hard_product(Format f, u64 i, u64 *x, u64 *y) {
  u64 h = bits_at(i, 0);
  int p = f.sig + 1, bias = f.max >> 1, kept = bits_kept(f, h);
  u64 top = 1ull << f.sig, a = 0, b = 0;
  long long j = (long long)(h >> 8 & 15) - 8;
  int large = (int)(h >> 12 & 1); /* The product is 2^(2p - 1) or more. */
  int w = p - 1 + large + (p - kept);
  if (w <= p) {
    for (u64 n = 1; n < 12; n++) {
      a = (bits_at(i, n) & fraction(f)) | top | 1;
      b = inverse(a) * ((1ull << (w - 1)) + (u64)j) & low(w);
      if (w < p) b |= top;
      if ((b & top) && multiply_shift(a, b, 0, p) >> (p - 1) == (u64)large) break;
    }
  } else {
    /*
     * About an odd number of one bit too many: that number itself, times a power of two or the next number; or the multiple of
     * any a that is nearest to it.
     */
    u64 odd = (bits_at(i, 1) & low(kept)) | 1ull << kept | 1;
    if (kept == p) odd >>= 1;
    if (j < 0) {
      a = odd << (p - 1 - (kept == p ? kept - 1 : kept));
      b = j < -4 ? top : top + 1;
    } else {
      a = (bits_at(i, 3) & fraction(f)) | top | 1;
      double quotient = (double)odd / (double)a;
      if (p < 53) quotient = (double)(float)quotient;
      union { double value; u64 word; } u = {quotient};
      b = (u.word & low(52)) >> (53 - p) | top;
    }
    large = (int)(multiply_shift(a, b, 0, p) >> (p - 1));
  }
  int e = kept < p ? 1 - bias - (p - kept) - large : (int)(h >> 20 & 1023) % (f.max - 1) - bias + 1;
  /* e = (ex - bias) + (ey - bias), both normalised. */
  int sum = e + 2 * bias, least = within(sum - f.max + 1, 1, f.max - 1), most = within(sum - 1, 1, f.max - 1);
  int ex = least + below(bits_at(i, 2), most - least + 1);
  *x = word_of(f, h >> 4, ex, a);
  *y = word_of(f, h >> 5, within(sum - ex, 0, f.max - 1), b);
}

/* a * 2^s = (odd number of one bit too many) * b + r, |r| <= 8. */
ALWAYS void hard_quotient(Format f, u64 i, u64 *x, u64 *y) {
  u64 h = bits_at(i, 0);
  int p = f.sig + 1, bias = f.max >> 1, kept = bits_kept(f, h);
  int less = (int)(h >> 12 & 1), s = kept + less; /* a < b. */
  u64 top = 1ull << f.sig, a = 0, b = 0;
  long long r = (long long)(h >> 8 & 15) - 8;
  for (u64 n = 1; n < 24; n++) {
    u64 random = bits_at(i, n);
    u64 odd = (random & low(kept)) | 1ull << kept | 1;
    u64 residue = inverse(odd) * (u64)-r & low(s);
    b = s < p ? ((bits_at(i, n + 1) & low(p)) & ~low(s)) | top | residue : residue;
    if (b >> (p - 1) != 1) continue;
    a = s == 0 ? odd * b + (u64)r : multiply_shift(odd, b, r, s);
    if (a >> (p - 1) == 1) break;
  }
  int e = kept < p ? 1 - bias - (p - kept) : (int)(h >> 20 & 1023) % (f.max - 1) - bias + 1;
  int d = e + less, least = within(1 - d, 1, f.max - 1), most = within(f.max - 1 - d, 1, f.max - 1);
  int ey = least + below(bits_at(i, 2), most - least + 1);
  *x = word_of(f, h >> 4, within(ey + d, 0, f.max - 1), a);
  *y = word_of(f, h >> 5, ey, b);
}

/* The root r of m (m = 1 modulo 8) modulo 2^64 with r * r = m, as far as 63 bits. */
ALWAYS u64 root_modulo(u64 m) {
  u64 r = 1;
  for (int k = 3; k < 63; k++) {
    if ((r * r - m) >> k & 1) r += 1ull << (k - 1);
  }
  return r;
}

/*
 * f64 only: m * 2^s = Q^2 - r, the root about half of the odd number Q of 54 bits: as near to the middle as roots come, r
 * going through 1, -7, 9, -15, ... One in four is instead next to a square.
 */
ALWAYS u64 hard_square(u64 i) {
  u64 h = bits_at(i, 0), n = i >> 4;
  if ((i & 3) == 3) {
    double q = (double)(bits_at(i, 1) & low(1 + below(h, 53)));
    union { double value; u64 word; } square = {q * q};
    return (square.word + (h >> 40 & 7) - 3) & low(63);
  }
  u64 r = 1 + 8 * (n & 1 ? -((n + 1) >> 1) : n >> 1);
  int s = 54 + (int)(i >> 3 & 1);
  u64 q = root_modulo(r);
  if (i & 1) q = -q;
  if (i & 2) q += 1ull << (s - 1);
  q = (q & low(54)) | 1ull << 53;
  u64 m = multiply_shift(q, q, -(long long)r, s);
  /* The value m * 2^(s - 2) times any power of 4. */
  int e = 1023 + 52 + (s & 1) + 2 * (below(h, 960) - 500);
  return word_of(F64, 0, e, m) + (h >> 40 & 15 ? 0 : (h >> 44 & 3) - 1);
}

/* Halves of the units of f32, normalised or not. */
ALWAYS u64 hard_demotion(u64 i) {
  u64 h = bits_at(i, 0), r = bits_at(i, 1);
  int kept = below(h, 25), e = kept == 24 || h >> 40 & 1 ? 897 + (int)(r >> 56) : 897 - (24 - kept);
  int cut = 53 - (e < 897 ? kept : 24);
  u64 a = cut > 52 ? 0 : (shaped(F64, r, (int)(i >> 8 & 3), h >> 8) & ~low(cut)) + (1ull << (cut - 1));
  return word_of(F64, h >> 41, e, a) + (h >> 42 & 7) - 3;
}
