/*
 * Compares every routine of sdk/src/machine/softfloat with the hardware, bit by bit. Two builds, both driven by
 * scripts/test-softfloat.ts:
 *
 * - x86-64 (clang): softfloat.c is included and compared with SSE2 and the C library;
 * - wasm32: the routines are imports, the shipped module itself, and compared with the instructions of the JavaScript
 *   engine; also the truncations that trap, as the translator writes them.
 */
#ifdef __wasm__
typedef unsigned int u32;
typedef unsigned long long u64;
#define IMPORT(module, name) __attribute__((import_module(module), import_name(name))) extern
#define EXPORTED(name) __attribute__((export_name(name)))
#else
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#define export_name(name) used
#include "../../sdk/src/machine/softfloat/softfloat.c"
#undef export_name
#define EXPORTED(name)
#endif
#include "operands.h"

typedef int i32;
typedef long long i64;

static u64 failed[4]; /* Of the first difference: x, y, what the routine gives, what it should. */

ALWAYS u32 word32(float x) {
  union { float value; u32 word; } u = {x};
  return x == x ? u.word : 0x7fc00000;
}
ALWAYS u64 word64(double x) {
  union { double value; u64 word; } u = {x};
  return x == x ? u.word : 0x7ff8000000000000;
}
ALWAYS float f32_at(u64 word) {
  union { u32 word; float value; } u = {(u32)word};
  return u.value;
}
ALWAYS double f64_at(u64 word) {
  union { u64 word; double value; } u = {word};
  return u.value;
}

#ifndef __wasm__
/* By the rules of the WebAssembly specification (numerics). */
#define EXTREMES(T, suffix)                                                  \
  ALWAYS T min_##suffix(T x, T y) {                                          \
    if (x != x || y != y) return (T)NAN;                                     \
    if (x == y) return signbit(x) ? x : y;                                   \
    return x < y ? x : y;                                                    \
  }                                                                          \
  ALWAYS T max_##suffix(T x, T y) {                                          \
    if (x != x || y != y) return (T)NAN;                                     \
    if (x == y) return signbit(x) ? y : x;                                   \
    return x > y ? x : y;                                                    \
  }                                                                          \
  ALWAYS u32 sat_i32_##suffix(T x) {                                         \
    if (x != x) return 0;                                                    \
    if (x < -0x1p31) return 0x80000000;                                      \
    return x >= 0x1p31 ? 0x7fffffff : (u32)(i32)x;                           \
  }                                                                          \
  ALWAYS u32 sat_u32_##suffix(T x) {                                         \
    if (!(x > -1)) return 0;                                                 \
    return x >= 0x1p32 ? 0xffffffff : (u32)(i64)x;                           \
  }                                                                          \
  ALWAYS u64 sat_i64_##suffix(T x) {                                         \
    if (x != x) return 0;                                                    \
    if (x < -0x1p63) return 1ull << 63;                                      \
    return x >= 0x1p63 ? ~0ull >> 1 : (u64)(i64)x;                           \
  }                                                                          \
  ALWAYS u64 sat_u64_##suffix(T x) {                                         \
    if (!(x > -1)) return 0;                                                 \
    if (x >= 0x1p64) return ~0ull;                                           \
    return x >= 0x1p63 ? (u64)(i64)(x - (T)0x1p63) | 1ull << 63 : (u64)(i64)x; \
  }
EXTREMES(float, f32)
EXTREMES(double, f64)
#else
#define min_f32 __builtin_wasm_min_f32
#define max_f32 __builtin_wasm_max_f32
#define min_f64 __builtin_wasm_min_f64
#define max_f64 __builtin_wasm_max_f64
#define sat_i32_f32 (u32)__builtin_wasm_trunc_saturate_s_i32_f32
#define sat_u32_f32 (u32)__builtin_wasm_trunc_saturate_u_i32_f32
#define sat_i64_f32 (u64)__builtin_wasm_trunc_saturate_s_i64_f32
#define sat_u64_f32 (u64)__builtin_wasm_trunc_saturate_u_i64_f32
#define sat_i32_f64 (u32)__builtin_wasm_trunc_saturate_s_i32_f64
#define sat_u32_f64 (u32)__builtin_wasm_trunc_saturate_u_i32_f64
#define sat_i64_f64 (u64)__builtin_wasm_trunc_saturate_s_i64_f64
#define sat_u64_f64 (u64)__builtin_wasm_trunc_saturate_u_i64_f64
#define sqrtf __builtin_sqrtf
#define sqrt __builtin_sqrt
#define ceilf __builtin_ceilf
#define ceil __builtin_ceil
#define floorf __builtin_floorf
#define floor __builtin_floor
#define truncf __builtin_truncf
#define trunc __builtin_trunc
#define rintf __builtin_rintf
#define rint __builtin_rint
#endif

/*
 * 0 if a truncation does not trap, else 3 for an invalid conversion, 2 for an integer overflow. It traps unless the
 * number lies between the minimum - 1 and the maximum + 1, or is at least the minimum where the format has none between these.
 */
ALWAYS u32 reason(double x, double least, int equal, double most) {
  if (x != x) return 3;
  return (equal ? x >= least : x > least) && x < most ? 0 : 2;
}

#ifdef __wasm__
#define PAIRS(REP, F)                                    \
  IMPORT("softfloat", #F ".add") REP F##_add(REP, REP);  \
  IMPORT("softfloat", #F ".sub") REP F##_sub(REP, REP);  \
  IMPORT("softfloat", #F ".mul") REP F##_mul(REP, REP);  \
  IMPORT("softfloat", #F ".div") REP F##_div(REP, REP);  \
  IMPORT("softfloat", #F ".min") REP F##_min(REP, REP);  \
  IMPORT("softfloat", #F ".max") REP F##_max(REP, REP);
PAIRS(u32, f32)
PAIRS(u64, f64)
#endif

/* One comparison for each operand or pair. */
#define CHECK(id, OPERANDS, GOT, WANT)                            \
  static u64 check_##id(enum Mode mode, u64 from, u64 to) {       \
    u64 differences = 0;                                          \
    for (u64 i = from; i < to; i++) {                             \
      u64 x, y = 0;                                               \
      OPERANDS;                                                   \
      u64 got = GOT, want = WANT;                                 \
      if (got != want && differences++ == 0) {                    \
        failed[0] = x;                                            \
        failed[1] = y;                                            \
        failed[2] = got;                                          \
        failed[3] = want;                                         \
      }                                                           \
    }                                                             \
    return differences;                                           \
  }

ALWAYS void pair(Format f, enum Kind kind, enum Mode mode, u64 i, u64 *x, u64 *y) {
  if (mode == STRUCTURED) structured_pair(f, i, x, y);
  else if (mode == RANDOM) random_pair(f, kind, i, x, y);
  else if (kind == PRODUCT) hard_product(f, i, x, y);
  else if (kind == QUOTIENT) hard_quotient(f, i, x, y);
  else hard_sum(f, i, x, y);
}
ALWAYS u64 any_f64(enum Mode mode, u64 i) {
  return mode == STRUCTURED ? structured_word(F64, i) : random_word(F64, i);
}

#define A f32_at(x)
#define B f32_at(y)
#define C f64_at(x)
#define D f64_at(y)
#define PAIR32(id, kind, want) CHECK(f32_##id, pair(F32, kind, mode, i, &x, &y), f32_##id(x, y), want)
#define PAIR64(id, kind, want) CHECK(f64_##id, pair(F64, kind, mode, i, &x, &y), f64_##id(x, y), want)
PAIR32(add, SUM, word32(A + B))
PAIR32(sub, SUM, word32(A - B))
PAIR32(mul, PRODUCT, word32(A * B))
PAIR32(div, QUOTIENT, word32(A / B))
PAIR32(min, ORDER, word32(min_f32(A, B)))
PAIR32(max, ORDER, word32(max_f32(A, B)))
PAIR64(add, SUM, word64(C + D))
PAIR64(sub, SUM, word64(C - D))
PAIR64(mul, PRODUCT, word64(C * D))
PAIR64(div, QUOTIENT, word64(C / D))
PAIR64(min, ORDER, word64(min_f64(C, D)))
PAIR64(max, ORDER, word64(max_f64(C, D)))

/* One operand: EVERY 32-bit word, or some of 64 bits. */
#ifdef __wasm__
#define DECLARED(id, name, result, parameter) IMPORT("softfloat", name) result id(parameter);
#else
#define DECLARED(id, name, result, parameter)
#endif
#define EVERY(id, name, result, want) \
  DECLARED(id, name, result, u32)     \
  CHECK(id, ((void)mode, x = i), id(x), want)
#define SOME(id, name, result, operand, want) \
  DECLARED(id, name, result, u64)             \
  CHECK(id, ((void)mode, x = operand), id(x), want)
#define ANY any_f64(mode, i)
EVERY(f32_sqrt, "f32.sqrt", u32, word32(sqrtf(A)))
EVERY(f32_ceil, "f32.ceil", u32, word32(ceilf(A)))
EVERY(f32_floor, "f32.floor", u32, word32(floorf(A)))
EVERY(f32_trunc, "f32.trunc", u32, word32(truncf(A)))
EVERY(f32_nearest, "f32.nearest", u32, word32(rintf(A)))
EVERY(f64_promote, "f64.promote_f32", u64, word64((double)A))
EVERY(f32_to_i32, "i32.trunc_sat_f32_s", u32, sat_i32_f32(A))
EVERY(f32_to_u32, "i32.trunc_sat_f32_u", u32, sat_u32_f32(A))
EVERY(f32_to_i64, "i64.trunc_sat_f32_s", u64, sat_i64_f32(A))
EVERY(f32_to_u64, "i64.trunc_sat_f32_u", u64, sat_u64_f32(A))
EVERY(f32_of_i32, "f32.convert_i32_s", u32, word32((float)(i32)x))
EVERY(f32_of_u32, "f32.convert_i32_u", u32, word32((float)(u32)x))
EVERY(f64_of_i32, "f64.convert_i32_s", u64, word64((double)(i32)x))
EVERY(f64_of_u32, "f64.convert_i32_u", u64, word64((double)(u32)x))
SOME(f64_sqrt, "f64.sqrt", u64, mode == HARD ? hard_square(i) : ANY, word64(sqrt(C)))
SOME(f64_ceil, "f64.ceil", u64, ANY, word64(ceil(C)))
SOME(f64_floor, "f64.floor", u64, ANY, word64(floor(C)))
SOME(f64_trunc, "f64.trunc", u64, ANY, word64(trunc(C)))
SOME(f64_nearest, "f64.nearest", u64, ANY, word64(rint(C)))
SOME(f32_demote, "f32.demote_f64", u32, mode == HARD ? hard_demotion(i) : ANY, word32((float)C))
SOME(f64_to_i32, "i32.trunc_sat_f64_s", u32, ANY, sat_i32_f64(C))
SOME(f64_to_u32, "i32.trunc_sat_f64_u", u32, ANY, sat_u32_f64(C))
SOME(f64_to_i64, "i64.trunc_sat_f64_s", u64, ANY, sat_i64_f64(C))
SOME(f64_to_u64, "i64.trunc_sat_f64_u", u64, ANY, sat_u64_f64(C))
SOME(f32_of_i64, "f32.convert_i64_s", u32, random_integer(i), word32((float)(i64)x))
SOME(f32_of_u64, "f32.convert_i64_u", u32, random_integer(i), word32((float)x))
SOME(f64_of_i64, "f64.convert_i64_s", u64, random_integer(i), word64((double)(i64)x))
SOME(f64_of_u64, "f64.convert_i64_u", u64, random_integer(i), word64((double)x))

#ifdef __wasm__
/* Truncations that trap, result and reason in one word; the result alone is that of the saturating routine, as above. */
#define TRUNCATION(id, name, result, parameter, operand, ...)                \
  IMPORT("truncation", name) result id(parameter);                           \
  IMPORT("reason", name) u32 id##_reason(parameter);                         \
  CHECK(id, ((void)mode, x = operand), id(x) ^ (u64)id##_reason(x) << 62, __VA_ARGS__)
#define REASON(number, ...) (u64)reason(number, __VA_ARGS__) << 62
TRUNCATION(i32_trunc_f32_s, "i32.trunc_f32_s", u32, u32, i, sat_i32_f32(A) ^ REASON(A, -0x1.00000002p31, 0, 0x1p31))
TRUNCATION(i32_trunc_f32_u, "i32.trunc_f32_u", u32, u32, i, sat_u32_f32(A) ^ REASON(A, -1, 0, 0x1p32))
TRUNCATION(i64_trunc_f32_s, "i64.trunc_f32_s", u64, u32, i, sat_i64_f32(A) ^ REASON(A, -0x1p63, 1, 0x1p63))
TRUNCATION(i64_trunc_f32_u, "i64.trunc_f32_u", u64, u32, i, sat_u64_f32(A) ^ REASON(A, -1, 0, 0x1p64))
TRUNCATION(i32_trunc_f64_s, "i32.trunc_f64_s", u32, u64, ANY, sat_i32_f64(C) ^ REASON(C, -0x1.00000002p31, 0, 0x1p31))
TRUNCATION(i32_trunc_f64_u, "i32.trunc_f64_u", u32, u64, ANY, sat_u32_f64(C) ^ REASON(C, -1, 0, 0x1p32))
TRUNCATION(i64_trunc_f64_s, "i64.trunc_f64_s", u64, u64, ANY, sat_i64_f64(C) ^ REASON(C, -0x1p63, 1, 0x1p63))
TRUNCATION(i64_trunc_f64_u, "i64.trunc_f64_u", u64, u64, ANY, sat_u64_f64(C) ^ REASON(C, -1, 0, 0x1p64))
#endif

/* Modes of a routine, in bits. */
enum {
  WORDS32 = 1 << EXHAUSTIVE,
  INTEGERS = 1 << RANDOM,
  WORDS64 = 1 << STRUCTURED | 1 << RANDOM,
  HARD_TOO = WORDS64 | 1 << HARD
};

static const struct {
  const char *name;
  u64 (*check)(enum Mode, u64, u64);
  int modes, operands, bits;
} ROUTINES[] = {
#define PAIRS_OF(F, bits)                                                                              \
  {#F ".add", check_##F##_add, HARD_TOO, 2, bits}, {#F ".sub", check_##F##_sub, HARD_TOO, 2, bits},    \
  {#F ".mul", check_##F##_mul, HARD_TOO, 2, bits}, {#F ".div", check_##F##_div, HARD_TOO, 2, bits},    \
  {#F ".min", check_##F##_min, WORDS64, 2, bits}, {#F ".max", check_##F##_max, WORDS64, 2, bits},
    PAIRS_OF(f32, 32)
    PAIRS_OF(f64, 64)
    {"f32.sqrt", check_f32_sqrt, WORDS32, 1, 32},
    {"f32.ceil", check_f32_ceil, WORDS32, 1, 32},
    {"f32.floor", check_f32_floor, WORDS32, 1, 32},
    {"f32.trunc", check_f32_trunc, WORDS32, 1, 32},
    {"f32.nearest", check_f32_nearest, WORDS32, 1, 32},
    {"f64.promote_f32", check_f64_promote, WORDS32, 1, 32},
    {"i32.trunc_sat_f32_s", check_f32_to_i32, WORDS32, 1, 32},
    {"i32.trunc_sat_f32_u", check_f32_to_u32, WORDS32, 1, 32},
    {"i64.trunc_sat_f32_s", check_f32_to_i64, WORDS32, 1, 32},
    {"i64.trunc_sat_f32_u", check_f32_to_u64, WORDS32, 1, 32},
    {"f32.convert_i32_s", check_f32_of_i32, WORDS32, 1, 32},
    {"f32.convert_i32_u", check_f32_of_u32, WORDS32, 1, 32},
    {"f64.convert_i32_s", check_f64_of_i32, WORDS32, 1, 32},
    {"f64.convert_i32_u", check_f64_of_u32, WORDS32, 1, 32},
    {"f64.sqrt", check_f64_sqrt, HARD_TOO, 1, 64},
    {"f64.ceil", check_f64_ceil, WORDS64, 1, 64},
    {"f64.floor", check_f64_floor, WORDS64, 1, 64},
    {"f64.trunc", check_f64_trunc, WORDS64, 1, 64},
    {"f64.nearest", check_f64_nearest, WORDS64, 1, 64},
    {"f32.demote_f64", check_f32_demote, HARD_TOO, 1, 64},
    {"i32.trunc_sat_f64_s", check_f64_to_i32, WORDS64, 1, 64},
    {"i32.trunc_sat_f64_u", check_f64_to_u32, WORDS64, 1, 64},
    {"i64.trunc_sat_f64_s", check_f64_to_i64, WORDS64, 1, 64},
    {"i64.trunc_sat_f64_u", check_f64_to_u64, WORDS64, 1, 64},
    {"f32.convert_i64_s", check_f32_of_i64, INTEGERS, 1, 64},
    {"f32.convert_i64_u", check_f32_of_u64, INTEGERS, 1, 64},
    {"f64.convert_i64_s", check_f64_of_i64, INTEGERS, 1, 64},
    {"f64.convert_i64_u", check_f64_of_u64, INTEGERS, 1, 64},
#ifdef __wasm__
    {"i32.trunc_f32_s", check_i32_trunc_f32_s, WORDS32, 1, 32},
    {"i32.trunc_f32_u", check_i32_trunc_f32_u, WORDS32, 1, 32},
    {"i64.trunc_f32_s", check_i64_trunc_f32_s, WORDS32, 1, 32},
    {"i64.trunc_f32_u", check_i64_trunc_f32_u, WORDS32, 1, 32},
    {"i32.trunc_f64_s", check_i32_trunc_f64_s, WORDS64, 1, 64},
    {"i32.trunc_f64_u", check_i32_trunc_f64_u, WORDS64, 1, 64},
    {"i64.trunc_f64_s", check_i64_trunc_f64_s, WORDS64, 1, 64},
    {"i64.trunc_f64_u", check_i64_trunc_f64_u, WORDS64, 1, 64},
#endif
};

/* The name of a routine, or null after the last one. */
EXPORTED("name") const char *name(u32 routine) {
  return routine < sizeof ROUTINES / sizeof *ROUTINES ? ROUTINES[routine].name : 0;
}

/* How many different operands a mode has: 0 if it is not one of the routine's. */
EXPORTED("size") u64 size(u32 routine, enum Mode mode) {
  if (!(ROUTINES[routine].modes >> mode & 1)) return 0;
  if (mode == EXHAUSTIVE) return 1ull << 32;
  if (mode != STRUCTURED) return ~0ull >> 1;
  Format f = ROUTINES[routine].bits == 32 ? F32 : F64;
  return ROUTINES[routine].operands == 2 ? structured_pairs(f) : (u64)(f.max + 1) * 2 * MANY(f);
}

/* Compares results for the operands `from` to `to` - 1 of a mode: the number of differences. */
EXPORTED("check") u64 check(u32 routine, enum Mode mode, u64 from, u64 to) {
  return ROUTINES[routine].check(mode, from, to);
}

/* Of the first difference: 0 and 1 the operands, 2 what the routine gives, 3 what it should. */
EXPORTED("failure") u64 failure(u32 which) { return failed[which]; }

#ifndef __wasm__
/* check: a line for each routine, its name and sizes of its modes. check ROUTINE MODE FROM TO: differences and the first. */
int main(int count, char **args) {
  if (count != 5) {
    for (u32 i = 0; name(i); i++) {
      printf("%s", name(i));
      for (int mode = EXHAUSTIVE; mode <= HARD; mode++) printf(" %llu", size(i, mode));
      printf("\n");
    }
    return 0;
  }
  printf("%llu", check(atoi(args[1]), atoi(args[2]), strtoull(args[3], 0, 10), strtoull(args[4], 0, 10)));
  for (u32 i = 0; i < 4; i++) printf(" %llu", failure(i));
  printf("\n");
  return 0;
}
#endif
