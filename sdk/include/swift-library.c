/* What embedded Swift asks a C library for. `wattest compile FILE.swift` links it; a program that has functions of its own by these names uses those. */
#define LIBRARY __attribute__((weak))

extern unsigned char __heap_base;

/* `size` bytes behind the program's data and all that were taken before; 12 (ENOMEM) where the memory cannot grow. `alignment` is a power of two. */
LIBRARY int posix_memalign(void **place, unsigned long alignment, unsigned long size) {
  static unsigned long next;
  if (next == 0) next = (unsigned long)&__heap_base;
  unsigned long start = (next + alignment - 1) & -alignment, end = start + size;
  unsigned long pages = __builtin_wasm_memory_size(0);
  if (start < next || end < start) return 12;
  if (end > pages << 16 && __builtin_wasm_memory_grow(0, ((end - 1) >> 16) + 1 - pages) == -1ul) return 12;
  next = end;
  *place = (void *)start;
  return 0;
}

/* Nothing is given back: a run ends soon. */
LIBRARY void free(void *memory) { (void)memory; }

/* Seeds of dictionaries, and Swift's random numbers: xorshift64 from a constant, the same in every run, so that nobody chooses them. */
LIBRARY void arc4random_buf(void *to, unsigned long size) {
  static unsigned long long state = 0x9e3779b97f4a7c15ull;
  for (unsigned char *at = to, *end = at + size; at < end; at++) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    *at = (unsigned char)(state >> 32);
  }
}

/* Compares texts. */
LIBRARY int memcmp(const void *left, const void *right, unsigned long size) {
  const unsigned char *a = left, *b = right;
  for (; size > 0; size--, a++, b++)
    if (*a != *b) return *a < *b ? -1 : 1;
  return 0;
}
