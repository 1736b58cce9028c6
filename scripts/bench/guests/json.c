/* Writes a JSON text of n records, parses it into a tree and adds up what it finds: numbers, lengths of strings with their
 * escapes undone, true ones. 0 where the text does not parse. */
#include "wattest.h"

enum kind { NUL, BOOLEAN, NUMBER, STRING, ARRAY, OBJECT };
struct node {
  enum kind kind;
  int64_t value;
  const char *text;
  struct node *first, *next;
};
static struct node nodes[20000];
static char text[1 << 18], strings[1 << 17];
static uint32_t used, string_end;
static char *writer;

static void put(const char *s) {
  while (*s) *writer++ = *s++;
}
static void put_number(int64_t value) {
  if (value < 0) {
    *writer++ = '-';
    value = -value;
  }
  char digits[20];
  int count = 0;
  do digits[count++] = (char)('0' + value % 10);
  while (value /= 10);
  while (count) *writer++ = digits[--count];
}
static void write_text(uint32_t n) {
  writer = text;
  put("{ \"version\": 3, \"records\": [");
  for (uint32_t i = 0; i < n; i++) {
    put(i ? ",\n  {\"id\": " : "\n  {\"id\": ");
    put_number(i * 7919u % 10007);
    put(", \"name\": \"user \\u0041\\t");
    put_number(i);
    put("\", \"score\": ");
    put_number((int64_t)(i * 2654435761u) - 2000000000);
    put(", \"tags\": [\"a\", \"b\\\"c\", []], \"active\": ");
    put(i % 3 ? "true" : "false");
    put(", \"parent\": null}");
  }
  put("\n]}");
  *writer = 0;
}

static const char *at;
static void blanks(void) {
  while (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r') at++;
}
static int literal(const char *word) {
  const char *p = at;
  while (*word) {
    if (*p++ != *word++) return 0;
  }
  at = p;
  return 1;
}
static const char *string(int64_t *length) {
  char *to = strings + string_end, *start = to;
  for (at++; *at != '"'; at++) {
    if (*at == 0) return 0;
    if (*at != '\\') {
      *to++ = *at;
      continue;
    }
    switch (*++at) {
    case 'n': *to++ = '\n'; break;
    case 't': *to++ = '\t'; break;
    case 'u': {
      uint32_t code = 0;
      for (int i = 0; i < 4; i++) {
        char c = *++at;
        code = code << 4 | (uint32_t)(c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
      }
      *to++ = (char)code;
      break;
    }
    default: *to++ = *at;
    }
  }
  at++;
  *length = to - start;
  *to++ = 0;
  string_end = (uint32_t)(to - strings);
  return start;
}

__attribute__((noinline)) static struct node *value(void) {
  blanks();
  struct node *node = &nodes[used++];
  node->first = node->next = 0;
  switch (*at) {
  case '{':
  case '[': {
    char close = *at == '{' ? '}' : ']';
    node->kind = *at++ == '{' ? OBJECT : ARRAY;
    struct node **end = &node->first;
    for (blanks(); *at != close; blanks()) {
      if (node->first) {
        if (*at++ != ',') return 0;
        blanks();
      }
      const char *key = 0;
      if (node->kind == OBJECT) {
        int64_t length;
        if (*at != '"' || !(key = string(&length))) return 0;
        blanks();
        if (*at++ != ':') return 0;
      }
      struct node *item = value();
      if (!item) return 0;
      if (key) item->text = item->kind == STRING ? item->text : key;
      *end = item;
      end = &item->next;
    }
    at++;
    return node;
  }
  case '"':
    node->kind = STRING;
    node->text = string(&node->value);
    return node->text ? node : 0;
  case 't':
  case 'f':
    node->kind = BOOLEAN;
    node->value = *at == 't';
    return literal(node->value ? "true" : "false") ? node : 0;
  case 'n':
    node->kind = NUL;
    return literal("null") ? node : 0;
  default: {
    int negative = *at == '-';
    if (negative) at++;
    if (*at < '0' || *at > '9') return 0;
    int64_t sum = 0;
    while (*at >= '0' && *at <= '9') sum = sum * 10 + (*at++ - '0');
    node->kind = NUMBER;
    node->value = negative ? -sum : sum;
    return node;
  }
  }
}

static int64_t total(const struct node *node) {
  if (node->kind < ARRAY) return node->kind == NUL ? 1000003 : node->value;
  int64_t sum = 0;
  for (const struct node *item = node->first; item; item = item->next) sum += total(item);
  return sum;
}

WATTEST_EXPORT(run) uint64_t run(uint32_t n) {
  write_text(n);
  at = text;
  used = string_end = 0;
  struct node *root = value();
  return root ? (uint64_t)total(root) : 0;
}
