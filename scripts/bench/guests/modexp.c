/* 3^e mod m for the 512-bit m = 2^512 − 569 and the odd e of n bits 1011…, by Montgomery products of 32-bit limbs; the low
 * 64 bits of the result. */
#include "wattest.h"

enum { LIMBS = 16 };
typedef uint32_t number[LIMBS];
static number modulus;
static uint32_t inverse;

/* out = a·b·2^(−512) mod m */
static void multiply(number out, const number a, const number b) {
  uint32_t t[LIMBS + 2] = {0};
  for (int i = 0; i < LIMBS; i++) {
    uint64_t carry = 0;
    for (int j = 0; j < LIMBS; j++) {
      carry += (uint64_t)a[j] * b[i] + t[j];
      t[j] = (uint32_t)carry;
      carry >>= 32;
    }
    carry += t[LIMBS];
    t[LIMBS] = (uint32_t)carry;
    t[LIMBS + 1] = (uint32_t)(carry >> 32);
    uint32_t factor = t[0] * inverse;
    carry = ((uint64_t)factor * modulus[0] + t[0]) >> 32;
    for (int j = 1; j < LIMBS; j++) {
      carry += (uint64_t)factor * modulus[j] + t[j];
      t[j - 1] = (uint32_t)carry;
      carry >>= 32;
    }
    carry += t[LIMBS];
    t[LIMBS - 1] = (uint32_t)carry;
    t[LIMBS] = t[LIMBS + 1] + (uint32_t)(carry >> 32);
  }
  uint64_t borrow = 0;
  number less;
  for (int j = 0; j < LIMBS; j++) {
    uint64_t difference = (uint64_t)t[j] - modulus[j] - borrow;
    less[j] = (uint32_t)difference;
    borrow = difference >> 63;
  }
  int reduced = t[LIMBS] >= borrow;
  for (int j = 0; j < LIMBS; j++) out[j] = reduced ? less[j] : t[j];
}

WATTEST_EXPORT(run) uint64_t run(uint32_t n) {
  for (int i = 0; i < LIMBS; i++) modulus[i] = ~0u;
  modulus[0] = 0u - 569;
  inverse = 1;
  for (int i = 0; i < 5; i++) inverse *= 2 - modulus[0] * inverse;
  inverse = 0 - inverse;
  /* 2^512 mod m is 569. */
  number one = {569}, base = {3 * 569}, result;
  for (int i = 0; i < LIMBS; i++) result[i] = one[i];
  for (uint32_t bit = 0; bit < n; bit++) {
    multiply(result, result, result);
    if (bit != 1) multiply(result, result, base);
  }
  number unit = {1};
  multiply(result, result, unit);
  return (uint64_t)result[1] << 32 | result[0];
}
