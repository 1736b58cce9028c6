/* The memory that Swift asks a C library for. It lies behind the program's data, and nothing is given back: a run ends soon. */
extern unsigned char __heap_base;

/* `size` bytes behind all that were taken before; 12 (ENOMEM) where the memory cannot grow. `alignment` is a power of two. */
int posix_memalign(void **place, unsigned long alignment, unsigned long size) {
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

void free(void *memory) { (void)memory; }
