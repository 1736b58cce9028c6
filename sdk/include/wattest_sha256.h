/* SHA-256 (FIPS 180-4) for C guests: what `sha256(bytes)` is in a contract. For commitments that private inputs open, nullifiers and Merkle paths. */
#ifndef WATTEST_SHA256_H
#define WATTEST_SHA256_H

#include <stdint.h>

static const uint32_t wattest_sha256_k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static inline uint32_t wattest_sha256_rotr(uint32_t x, uint32_t n) { return x >> n | x << (32 - n); }

static inline void wattest_sha256_compress(uint32_t h[8], const uint8_t *block) {
  uint32_t w[64], s[8];
  for (int i = 0; i < 16; i++) {
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 | (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
  }
  for (int i = 16; i < 64; i++) {
    uint32_t a = w[i - 15], b = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (wattest_sha256_rotr(a, 7) ^ wattest_sha256_rotr(a, 18) ^ a >> 3) +
           (wattest_sha256_rotr(b, 17) ^ wattest_sha256_rotr(b, 19) ^ b >> 10);
  }
  for (int i = 0; i < 8; i++) s[i] = h[i];
  for (int i = 0; i < 64; i++) {
    uint32_t a = s[0], e = s[4];
    uint32_t t1 = s[7] + (wattest_sha256_rotr(e, 6) ^ wattest_sha256_rotr(e, 11) ^ wattest_sha256_rotr(e, 25)) +
                  ((e & s[5]) ^ (~e & s[6])) + wattest_sha256_k[i] + w[i];
    uint32_t t2 = (wattest_sha256_rotr(a, 2) ^ wattest_sha256_rotr(a, 13) ^ wattest_sha256_rotr(a, 22)) +
                  ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
    for (int j = 7; j > 0; j--) s[j] = s[j - 1];
    s[4] += t1;
    s[0] = t1 + t2;
  }
  for (int i = 0; i < 8; i++) h[i] += s[i];
}

/* The digest of any number of bytes. */
static inline void wattest_sha256(const uint8_t *bytes, uint32_t length, uint8_t digest[32]) {
  uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint32_t rest = length % 64, whole = length - rest;
  for (uint32_t at = 0; at < whole; at += 64) wattest_sha256_compress(h, bytes + at);
  uint8_t tail[128] = {0};
  for (uint32_t i = 0; i < rest; i++) tail[i] = bytes[whole + i];
  tail[rest] = 0x80;
  uint32_t end = rest < 56 ? 64 : 128;
  for (uint32_t i = 0; i < 8; i++) tail[end - 1 - i] = (uint8_t)((uint64_t)length * 8 >> (8 * i));
  for (uint32_t at = 0; at < end; at += 64) wattest_sha256_compress(h, tail + at);
  for (int i = 0; i < 32; i++) digest[i] = (uint8_t)(h[i / 4] >> (24 - 8 * (i % 4)));
}

#endif
