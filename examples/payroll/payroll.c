/* What a private payroll adds up to: an ordinary C program, stdio and all. Standard input, which is public, holds the minimum
 * wage; file 3, which is private, a CSV table of names and wages. Prints how many people there are, what they earn together,
 * the median, and how many earn less than the minimum; exits with 1 if anyone does. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b) {
  long x = *(const long *)a, y = *(const long *)b;
  return (x > y) - (x < y);
}

int main(void) {
  char line[128];
  FILE *table = fdopen(3, "r");
  if (table == NULL || fgets(line, sizeof line, stdin) == NULL) {
    fprintf(stderr, "no minimum wage on standard input\n");
    return 2;
  }
  long minimum = strtol(line, NULL, 10);
  size_t count = 0, capacity = 0, below = 0;
  long *wages = NULL, total = 0;
  while (fgets(line, sizeof line, table) != NULL) {
    char *comma = strchr(line, ',');
    if (comma == NULL) continue;
    if (count == capacity) {
      capacity = capacity == 0 ? 4 : 2 * capacity;
      wages = realloc(wages, capacity * sizeof *wages);
      if (wages == NULL) return 2;
    }
    long wage = strtol(comma + 1, NULL, 10);
    wages[count++] = wage;
    total += wage;
    below += wage < minimum;
  }
  qsort(wages, count, sizeof *wages, ascending);
  printf("people: %zu\ntotal: %ld\n", count, total);
  if (count > 0) printf("median: %ld\n", wages[count / 2]);
  printf("below %ld: %zu\n", minimum, below);
  return below > 0;
}
