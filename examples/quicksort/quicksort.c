/* Sorts private numbers and makes the sorted sequence public: the prover cannot leave one out or invent one, and
 * nobody learns the order they came in. Private: how many (at most 1024), then the numbers. */
#include "wattest.h"

static uint64_t numbers[1024];

static void sort(uint64_t *a, int32_t low, int32_t high) {
  while (low < high) {
    uint64_t pivot = a[(low + high) >> 1];
    int32_t i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) {
        uint64_t t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    sort(a, low, j);
    low = i;
  }
}

/* Returns how many numbers there were. */
WATTEST_EXPORT(quicksort) uint32_t quicksort(void) {
  uint64_t count = wasm_input(0);
  require(count <= 1024);
  for (uint32_t i = 0; i < (uint32_t)count; i++) numbers[i] = wasm_input(0);
  sort(numbers, 0, (int32_t)count - 1);
  for (uint32_t i = 0; i < (uint32_t)count; i++) wasm_output(numbers[i]);
  return (uint32_t)count;
}
