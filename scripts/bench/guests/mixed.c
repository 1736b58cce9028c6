/* What programs do all day, for the benchmark: a table-driven checksum, a sort, a hash map with linked lists, 64-bit
 * arithmetic. `mixed(n)` takes about 1,600 WebAssembly instructions for each unit of n. */
#include "wattest.h"

static uint32_t state;
static uint32_t next_random(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}

static uint32_t table[256];
static void make_table(void) {
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t c = i;
    for (int j = 0; j < 8; j++) c = c & 1 ? 0xEDB88320u ^ c >> 1 : c >> 1;
    table[i] = c;
  }
}

static uint8_t bytes[4096];
static uint32_t checksum(uint32_t length) {
  uint32_t c = ~0u;
  for (uint32_t i = 0; i < length; i++) c = table[(c ^ bytes[i]) & 255] ^ c >> 8;
  return ~c;
}

static int32_t numbers[512];
__attribute__((noinline)) static void sort(int32_t *a, int32_t low, int32_t high) {
  while (low < high) {
    int32_t pivot = a[(low + high) >> 1], i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) {
        int32_t t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    sort(a, low, j);
    low = i;
  }
}

struct node {
  uint32_t key;
  uint64_t sum;
  struct node *next;
};
static struct node pool[1024];
static struct node *heads[64];
static uint32_t used;
static void count(uint32_t key, uint64_t value) {
  struct node **head = &heads[(key * 2654435761u) >> 26];
  struct node *at = *head;
  while (at && at->key != key) at = at->next;
  if (!at) {
    at = &pool[used++];
    at->key = key;
    at->next = *head;
    *head = at;
  }
  at->sum += value * value + (value >> 7);
}

WATTEST_EXPORT(mixed) uint64_t mixed(uint32_t n) {
  state = 2463534242u;
  make_table();
  uint64_t result = 0;
  for (uint32_t round = 0; round < n; round++) {
    for (uint32_t i = 0; i < 24; i++) bytes[i] = (uint8_t)next_random();
    result = result * 31 + checksum(24);
    for (uint32_t i = 0; i < 16; i++) numbers[i] = (int32_t)next_random();
    sort(numbers, 0, 15);
    result ^= (uint64_t)(uint32_t)numbers[7] << 20;
    for (uint32_t i = 0; i < 12; i++) count(next_random() % 200, next_random());
  }
  for (uint32_t i = 0; i < 64; i++) {
    for (struct node *at = heads[i]; at; at = at->next) result += at->sum * (at->key | 1);
  }
  return result;
}
