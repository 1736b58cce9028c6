/* Shows that somebody knows the secret of a leaf below a root, and not which: a tree of 256 leaves, each the SHA-256 of a member's secret,
 * each node the SHA-256 of the two below it. The nullifier, SHA-256 of secret, chain and gate, is the same whenever this secret is used at
 * this gate, and says nothing else of it. What is hashed has 32, 64 and 60 bytes: none can stand for another. A typed program:
 * `wattest bind` made membership_io.h of the manifest beside it. */
#include "membership_io.h"
#include "wattest_sha256.h"

/* Big-endian, as contracts write numbers. */
static void put(uint8_t *to, const uint64_t *words, uint32_t bytes) {
  for (uint32_t i = 0; i < bytes; i++) to[bytes - 1 - i] = (uint8_t)(words[i / 8] >> (8 * (i % 8)));
}

static membership_inputs in;
static membership_private_inputs private_in;

WATTEST_EXPORT(prove_membership) void prove_membership(void) {
  membership_read_inputs(&in);
  membership_read_private_inputs(&private_in);
  uint8_t node[32], both[64];
  wattest_sha256(private_in.secret.bytes, 32, node);
  for (uint32_t depth = 0; depth < 8; depth++) {
    uint32_t right = private_in.place >> depth & 1;
    __builtin_memcpy(both + 32 * right, node, 32);
    __builtin_memcpy(both + 32 * (1 - right), private_in.siblings.items[depth].bytes, 32);
    wattest_sha256(both, 64, node);
  }
  for (int i = 0; i < 32; i++) require(node[i] == in.root.bytes[i]);
  membership_outputs out;
  __builtin_memcpy(both, private_in.secret.bytes, 32);
  put(both + 32, &in.chainId, 8);
  put(both + 40, in.gate.word, 20);
  wattest_sha256(both, 60, out.nullifier.bytes);
  membership_write_outputs(&out);
}
