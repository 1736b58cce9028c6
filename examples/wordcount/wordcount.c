/* Counts the words of a public text (runs of bytes other than space, tab and line end) and its lines and bytes, as `wc`.
 * Public: the text as a byte string. Outputs: lines, words, bytes. */
#include "wattest.h"

static uint8_t text[65536];

WATTEST_EXPORT(wordcount) void wordcount(void) {
  uint32_t length = wattest_read_bytes(1, text, sizeof text);
  uint32_t lines = 0, words = 0, inside = 0;
  for (uint32_t i = 0; i < length; i++) {
    uint8_t c = text[i];
    uint32_t blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    lines += c == '\n';
    words += !blank && !inside;
    inside = !blank;
  }
  wasm_output(lines);
  wasm_output(words);
  wasm_output(length);
}
