/*
 * The floating-point instructions of WebAssembly on bit patterns, with integer instructions only. Every export is named
 * after its instruction; an f32 is a 32-bit word, an f64 a 64-bit word. Results of arithmetic that are NaN are the positive
 * canonical NaN.
 *
 * Written for few machine rows: tests that common operands pass with one comparison of words, no leading-zero counts, branches
 * instead of selects. No memory, no stack, no globals, no tables. The only imports are what the machine does in one row and no
 * instruction of WebAssembly says.
 *
 * Built by `npm run build:routines`; test/machine/routine-modules.test.ts builds it again and compares.
 */
typedef unsigned int u32;
typedef unsigned long long u64;

#define EXPORT(name) __attribute__((export_name(name))) extern

/* Keeps the compiler from turning a branch (one row) into a select of both sides, which then always run. */
#define BRANCH __asm__ volatile("")

/* For what common operands need, and for what only few do. */
#define INLINE inline __attribute__((always_inline))
#define OUTLINE __attribute__((noinline))

/*
 * Halves of products, and shifts by counts that the code before has bounded, which WebAssembly would take modulo the width: right by
 * less than it, left around by up to it. Where a count were greater, the verifier of images would refuse every program.
 */
#ifdef __wasm__
#define ROW(name) __attribute__((import_module("row"), import_name(name), const)) extern
ROW("i32.high") u32 multiply_high_32(u32, u32);
ROW("i64.high") u64 multiply_high(u64, u64);
ROW("i32.right") u32 shift_right_32(u32, u32);
ROW("i64.right") u64 shift_right(u64, u64);
ROW("i64.around") u64 rotate_left(u64, u64);
#else
static inline u32 multiply_high_32(u32 x, u32 y) { return (u64)x * y >> 32; }
static inline u64 multiply_high(u64 x, u64 y) { return (unsigned __int128)x * y >> 64; }
static inline u32 shift_right_32(u32 x, u32 count) { return x >> count; }
static inline u64 shift_right(u64 x, u64 count) { return x >> count; }
static inline u64 rotate_left(u64 x, u64 count) { return count % 64 ? x << count | x >> (64 - count) : x; }
#endif

/* Half a unit, where 2^64 is one. */
#define HALF (1ull << 63)

/*
 * floor(sqrt(n)) for n in [2^(2k), 2^(2k+2)), k <= 30: with n = x * 2^(2k), 1 <= x < 4, the first estimate is x/4 + 27/32,
 * wrong by less than 0.094 (at x = 1; the other way by 0.082 at x = 27/8). A Newton step from any estimate gives at
 * least floor(sqrt(n)) (arithmetic and geometric mean) and makes the relative error e at most e^2 / 2(1 + e): 0.0041,
 * 8.4e-6, 3.6e-11, and that is less than a tenth of a unit. So the last one is the root or the root plus 1.
 */
static inline u64 root_of(u64 n, int k) {
  u64 s = (n >> (k + 2)) + (27ull << (k - 5));
  s = (s + n / s) >> 1;
  s = (s + n / s) >> 1;
  s = (s + n / s) >> 1;
  if (s * s > n) {
    BRANCH;
    s--;
  }
  return s;
}

/*
 * floor(sqrt(m * 2^48)), 2^60 <= m < 2^62: with s = floor(sqrt(m)) and r = m - s^2 <= 2s, the next 24 digits are the quotient q of
 * r * 2^24 by 2s, or one less, where q^2 exceeds what is left (Zimmermann, "Karatsuba Square Root", 1999).
 */
static inline u64 root_of_wide(u64 m) {
  u64 s = root_of(m, 30);
  u64 r = (m - s * s) << 24;
  u64 q = r / (2 * s);
  u64 rest = r - q * (2 * s);
  s = (s << 24) + q;
  if ((rest << 24) < q * q) {
    BRANCH;
    s--;
  }
  return s;
}

#define REP u64
#define WIDTH 64
#define SIG 52
#define BIAS 1023
#define MULTIPLY_HIGH multiply_high
#define SHIFT_RIGHT shift_right
#define NAME(x) f64_##x
#define OP(x) "f64." x
#define TRUNC(to, s) #to ".trunc_sat_f64_" #s
#include "format.h"

#define REP u32
#define WIDTH 32
#define SIG 23
#define BIAS 127
#define MULTIPLY_HIGH multiply_high_32
#define SHIFT_RIGHT shift_right_32
#define NAME(x) f32_##x
#define OP(x) "f32." x
#define TRUNC(to, s) #to ".trunc_sat_f32_" #s
#include "format.h"

/* An f32 that is not normalised is its fraction times 2^-149. */
EXPORT("f64.promote_f32") u64 f64_promote(u32 x) {
  u64 sign = (u64)(x >> 31) << 63;
  u32 magnitude = x & 0x7fffffff;
  if (magnitude < 0x00800000) {
    BRANCH;
    return magnitude == 0 ? sign : f64_of_magnitude(magnitude, sign, 32) - (149ull << 52);
  }
  if (magnitude >= 0x7f800000) {
    BRANCH;
    return magnitude == 0x7f800000 ? sign | 0x7ff0000000000000 : 0x7ff8000000000000;
  }
  return sign | (((u64)magnitude << 29) + ((1023ull - 127) << 52));
}

/* From 2^-126 on, an f32 is the f64 with another bias and 29 digits fewer; rounding up may carry, even to infinity. */
EXPORT("f32.demote_f64") u32 f32_demote(u64 x) {
  u32 sign = (u32)(x >> 32) & 0x80000000;
  u64 magnitude = x & 0x7fffffffffffffff;
  if (magnitude - 0x3810000000000000 < 0x47f0000000000000 - 0x3810000000000000) {
    BRANCH;
    u64 biased = magnitude - ((1023ull - 127) << 52);
    return sign | f32_round(biased >> 29, biased << 35);
  }
  if (magnitude > 0x7ff0000000000000) return 0x7fc00000;
  BRANCH;
  if (magnitude >= 0x47f0000000000000) return sign | 0x7f800000;
  BRANCH;
  /* Below 2^-126 the unit is 2^-149; below 2^-150 nothing is left, even rounded. */
  u64 shift = 29 + 897 - (magnitude >> 52);
  if (shift > 53) return sign;
  BRANCH;
  u64 m = (magnitude & ((1ull << 52) - 1)) | (1ull << 52);
  return sign | f32_round(m >> shift, m << (64 - shift));
}
