/* Keccak-256 of the n bytes 0, 1, 2, … (mod 251); the first 8 bytes of the digest, big-endian. */
#include "wattest.h"

static const uint64_t ROUND[24] = {
    0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
    0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
    0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
    0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
    0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
};
static const uint8_t OFFSET[24] = {1,  3,  6,  10, 15, 21, 28, 36, 45, 55, 2,  14,
                                   27, 41, 56, 8,  25, 43, 62, 18, 39, 61, 20, 44};
static const uint8_t LANE[24] = {10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1};

static uint64_t rotate(uint64_t x, uint32_t by) { return x << by | x >> (64 - by); }

static void permute(uint64_t s[25]) {
  for (int round = 0; round < 24; round++) {
    uint64_t c[5];
    for (int x = 0; x < 5; x++) c[x] = s[x] ^ s[x + 5] ^ s[x + 10] ^ s[x + 15] ^ s[x + 20];
    for (int x = 0; x < 5; x++) {
      uint64_t d = c[(x + 4) % 5] ^ rotate(c[(x + 1) % 5], 1);
      for (int y = 0; y < 25; y += 5) s[x + y] ^= d;
    }
    uint64_t moving = s[1];
    for (int i = 0; i < 24; i++) {
      uint64_t next = s[LANE[i]];
      s[LANE[i]] = rotate(moving, OFFSET[i]);
      moving = next;
    }
    for (int y = 0; y < 25; y += 5) {
      uint64_t row[5];
      for (int x = 0; x < 5; x++) row[x] = s[x + y];
      for (int x = 0; x < 5; x++) s[x + y] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5]);
    }
    s[0] ^= ROUND[round];
  }
}

WATTEST_EXPORT(run) uint64_t run(uint32_t n) {
  enum { RATE = 136 };
  uint64_t state[25] = {0};
  uint8_t *bytes = (uint8_t *)state;
  uint32_t at = 0;
  for (uint32_t i = 0; i < n; i++) {
    bytes[at++] ^= (uint8_t)(i % 251);
    if (at == RATE) {
      permute(state);
      at = 0;
    }
  }
  bytes[at] ^= 0x01;
  bytes[RATE - 1] ^= 0x80;
  permute(state);
  uint64_t result = 0;
  for (int i = 0; i < 8; i++) result = result << 8 | bytes[i];
  return result;
}
