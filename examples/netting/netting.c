/* What remains of many payments when all that cancels out is left away: one position an account. A typed program: `wattest bind`
 * made netting_io.h of the manifest beside it. */
#include "netting_io.h"

static netting_inputs in;
static netting_outputs out;

static netting_Position *position_of(const wattest_words3 *account) {
  netting_Position_max32 *positions = &out.positions;
  for (uint32_t i = 0; i < positions->length; i++) {
    const uint64_t *known = positions->items[i].account.word;
    if (known[0] == account->word[0] && known[1] == account->word[1] && known[2] == account->word[2])
      return &positions->items[i];
  }
  netting_Position *added = &positions->items[positions->length++];
  added->account = *account;
  return added;
}

/* Sums of 16 amounts of 128 bits stay far below 2^191. */
static void add(wattest_words3 *net, const wattest_words2 *amount) {
  unsigned __int128 sum = (unsigned __int128)net->word[0] + amount->word[0];
  net->word[0] = (uint64_t)sum;
  sum = (sum >> 64) + net->word[1] + amount->word[1];
  net->word[1] = (uint64_t)sum;
  net->word[2] += (uint64_t)(sum >> 64);
}

static void subtract(wattest_words3 *net, const wattest_words2 *amount) {
  for (int i = 0; i < 3; i++) net->word[i] = ~net->word[i];
  add(net, amount);
  for (int i = 0; i < 3; i++) net->word[i] = ~net->word[i];
}

WATTEST_EXPORT(net) void net(void) {
  netting_read_inputs(&in);
  out.epoch = in.epoch;
  for (uint32_t i = 0; i < in.payments.length; i++) {
    const netting_Payment *payment = &in.payments.items[i];
    subtract(&position_of(&payment->sender)->net, &payment->amount);
    add(&position_of(&payment->receiver)->net, &payment->amount);
  }
  netting_write_outputs(&out);
}
