/* Host functions of wattest for C guests. Build with --target=wasm32 -nostdlib; no other import is needed. */
#ifndef WATTEST_H
#define WATTEST_H

#include <stdint.h>

#define WATTEST_IMPORT(name) __attribute__((import_module("env"), import_name(#name)))
#define WATTEST_EXPORT(name) __attribute__((export_name(#name)))

/* The next 64-bit word of the public (1) or private (0) inputs. Reading past the end of the public ones ends the run (it is
 * refused); where the private ones run out there is no run, and nothing to prove. */
WATTEST_IMPORT(wasm_input) uint64_t wasm_input(uint32_t is_public);
/* Appends a 64-bit word to the public outputs. */
WATTEST_IMPORT(wasm_output) void wasm_output(uint64_t word);
/* Shown by `wattest run`; no part of a proof. */
WATTEST_IMPORT(wasm_dbg) void wasm_dbg(uint64_t word);
/* Traps unless the condition holds: a proof of a run that returned says that it did. */
WATTEST_IMPORT(require) void require(uint32_t condition);

/* A byte string of the inputs: one word with its length in bytes, then the bytes, eight to a word, low byte first, the last
 * word filled with zeros. Traps if it is longer than `capacity` or filled otherwise. Returns the length. */
static inline uint32_t wattest_read_bytes(uint32_t is_public, uint8_t *to, uint32_t capacity) {
  uint64_t length = wasm_input(is_public);
  require(length <= capacity);
  for (uint32_t i = 0; i < (uint32_t)length; i += 8) {
    uint64_t word = wasm_input(is_public);
    uint32_t bytes = (uint32_t)length - i < 8 ? (uint32_t)length - i : 8;
    for (uint32_t j = 0; j < bytes; j++) to[i + j] = (uint8_t)(word >> (8 * j));
    require(bytes == 8 || word >> (8 * bytes) == 0);
  }
  return (uint32_t)length;
}

#endif
