/* LZ77 with a hash of four bytes, sequences as LZ4 has them: n bytes of text are compressed, unpacked and compared. The
 * result holds the packed size and a checksum of what was unpacked; 0 where the texts differ. */
#include "wattest.h"

enum { MAX = 1 << 16, HASH_BITS = 12, MIN_MATCH = 4, TAIL = 8 };
static uint8_t text[MAX], packed[2 * MAX], unpacked[MAX];
static uint32_t heads[1 << HASH_BITS];

static const char *const WORDS[16] = {"the ",  "proof ", "of ",    "a ",     "program ", "runs ",  "in ",     "memory, ",
                                      "cells ", "and ",   "tables ", "opened ", "once ",   "while ", "verifier ", "sums. "};

static void write_text(uint32_t n) {
  uint32_t state = 12345;
  uint32_t at = 0;
  while (at < n) {
    state = state * 1103515245 + 12345;
    for (const char *word = WORDS[state >> 16 & 15]; *word && at < n; word++) text[at++] = (uint8_t)*word;
  }
}

static uint32_t read32(const uint8_t *p) { return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24; }

static uint8_t *write_length(uint8_t *to, uint32_t length) {
  for (; length >= 255; length -= 255) *to++ = 255;
  *to++ = (uint8_t)length;
  return to;
}

static uint8_t *write_sequence(uint8_t *to, const uint8_t *literals, uint32_t count, uint32_t match, uint32_t distance) {
  uint32_t extra = match == 0 ? 0 : match - MIN_MATCH;
  *to++ = (uint8_t)((count < 15 ? count : 15) << 4 | (extra < 15 ? extra : 15));
  if (count >= 15) to = write_length(to, count - 15);
  for (uint32_t i = 0; i < count; i++) *to++ = literals[i];
  if (match == 0) return to;
  *to++ = (uint8_t)distance;
  *to++ = (uint8_t)(distance >> 8);
  return extra >= 15 ? write_length(to, extra - 15) : to;
}

__attribute__((noinline)) static uint32_t compress(uint32_t n) {
  uint8_t *to = packed;
  uint32_t start = 0;
  for (uint32_t at = 0; at + TAIL < n;) {
    uint32_t word = read32(text + at);
    uint32_t *head = &heads[word * 2654435761u >> (32 - HASH_BITS)];
    uint32_t before = *head;
    *head = at + 1;
    if (before == 0 || at + 1 - before > 65535 || read32(text + before - 1) != word) {
      at++;
      continue;
    }
    before--;
    uint32_t length = MIN_MATCH;
    while (at + length < n && text[before + length] == text[at + length]) length++;
    to = write_sequence(to, text + start, at - start, length, at - before);
    at += length;
    start = at;
  }
  to = write_sequence(to, text + start, n - start, 0, 0);
  return (uint32_t)(to - packed);
}

static const uint8_t *read_length(const uint8_t *from, uint32_t *length) {
  uint8_t byte;
  do {
    byte = *from++;
    *length += byte;
  } while (byte == 255);
  return from;
}

__attribute__((noinline)) static uint32_t decompress(uint32_t size) {
  const uint8_t *from = packed, *end = packed + size;
  uint8_t *to = unpacked;
  for (;;) {
    uint32_t token = *from++;
    uint32_t count = token >> 4, match = token & 15;
    if (count == 15) from = read_length(from, &count);
    for (; count > 0; count--) *to++ = *from++;
    if (from == end) return (uint32_t)(to - unpacked);
    uint32_t distance = from[0] | from[1] << 8;
    from += 2;
    if (match == 15) from = read_length(from, &match);
    for (match += MIN_MATCH; match > 0; match--, to++) *to = to[-(int32_t)distance];
  }
}

WATTEST_EXPORT(run) uint64_t run(uint32_t n) {
  write_text(n);
  uint32_t size = compress(n);
  if (decompress(size) != n) return 0;
  uint32_t sum = 1;
  for (uint32_t i = 0; i < n; i++) {
    if (text[i] != unpacked[i]) return 0;
    sum = sum * 31 + unpacked[i];
  }
  return (uint64_t)size << 32 | sum;
}
