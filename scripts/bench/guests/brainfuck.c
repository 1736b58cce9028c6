/* An interpreter of Brainfuck with its loops matched in advance. The program prints Fibonacci numbers mod 256 for ever; the result
 * is a hash of the first n. */
#include "wattest.h"

/* Cells: 1, a, b, two copies of b. */
static const char PROGRAM[] = "+>>+<<[>>.[->+>+<<]<[->+<]>>[-<+>]>[-<<<+>>>]<<<<]";
static uint32_t partner[sizeof PROGRAM];
static uint8_t tape[1024];

WATTEST_EXPORT(run) uint64_t run(uint32_t n) {
  uint32_t open[64], depth = 0;
  for (uint32_t i = 0; PROGRAM[i]; i++) {
    if (PROGRAM[i] == '[') open[depth++] = i;
    if (PROGRAM[i] == ']') {
      uint32_t start = open[--depth];
      partner[start] = i;
      partner[i] = start;
    }
  }
  uint8_t *cell = tape;
  uint64_t hash = 14695981039346656037u;
  for (uint32_t pc = 0; PROGRAM[pc]; pc++) {
    switch (PROGRAM[pc]) {
    case '>': cell++; break;
    case '<': cell--; break;
    case '+': ++*cell; break;
    case '-': --*cell; break;
    case '[':
      if (*cell == 0) pc = partner[pc];
      break;
    case ']':
      if (*cell != 0) pc = partner[pc];
      break;
    case '.':
      hash = (hash ^ *cell) * 1099511628211u;
      if (--n == 0) return hash;
      break;
    }
  }
  return hash;
}
