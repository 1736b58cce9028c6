/* SHA-256 (FIPS 180-4) of private bytes: the digest becomes public, the bytes stay with the prover.
 * Private: a byte string of at most 4096 bytes. Outputs: the digest as four words, most significant byte first. */
#include "wattest.h"
#include "wattest_sha256.h"

static uint8_t message[4096 + 72];

/* Returns the length of the hashed bytes. */
WATTEST_EXPORT(sha256) uint32_t sha256(void) {
  uint32_t h[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  uint32_t length = wattest_read_bytes(0, message, 4096);
  uint32_t end = (length + 8) / 64 * 64 + 64;
  message[length] = 0x80;
  for (int i = 0; i < 8; i++) message[end - 1 - i] = (uint8_t)((uint64_t)length * 8 >> (8 * i));
  for (uint32_t at = 0; at < end; at += 64) wattest_sha256_compress(h, message + at);
  for (int i = 0; i < 8; i += 2) wasm_output((uint64_t)h[i] << 32 | h[i + 1]);
  return length;
}
