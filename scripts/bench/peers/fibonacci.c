#include "wattest.h"

/* The job of the circuits: f(steps + 1) modulo 2^32, f(0) = 0, f(1) = 1. */
WATTEST_EXPORT(fibonacci) uint32_t fibonacci(uint32_t steps) {
  uint32_t a = 0, b = 1;
  for (uint32_t i = 0; i < steps; i++) {
    uint32_t c = a + b;
    a = b;
    b = c;
  }
  return b;
}
