#include "factors_io.h"

/* Somebody knows two factors of a number, both above one. They stay private; how long the smaller one is does not. The
 * solver's address is among the inputs, so that the proof is worth nothing to anybody else. */
WATTEST_EXPORT(prove) void prove(void) {
  factors_inputs in;
  factors_read_inputs(&in);
  factors_private_inputs secret;
  factors_read_private_inputs(&secret);
  /* A run that does not get past this has no proof that it returned. */
  require(secret.first > 1 && secret.second > 1);
  require((uint64_t)secret.first * secret.second == in.product);
  uint32_t smaller = secret.first < secret.second ? secret.first : secret.second;
  factors_outputs out = {(uint8_t)(32 - __builtin_clz(smaller))};
  factors_write_outputs(&out);
}
