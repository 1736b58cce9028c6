#include "primes_io.h"

/* How many primes there are up to a limit, and the largest of them: work that somebody else does, and that the worker need not do again. */
static uint8_t composite[UINT16_MAX + 1];

WATTEST_EXPORT(count) void count(void) {
  primes_inputs in;
  primes_read_inputs(&in);
  primes_outputs out = {0, 0};
  for (uint32_t n = 2; n <= in.limit; n++) {
    if (composite[n]) continue;
    out.primes++;
    out.largest = (uint16_t)n;
    for (uint32_t multiple = n * n; multiple <= in.limit; multiple += n) composite[multiple] = 1;
  }
  primes_write_outputs(&out);
}
