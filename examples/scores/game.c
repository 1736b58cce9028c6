/* A game of 2048, played again from its moves, which stay with the player: what becomes public is the score. The seed decides which tiles
 * come; chain, contract, player and round are among the inputs so that nobody can show the run as another one. A typed program:
 * `wattest bind` made game_io.h of the manifest beside it. */
#include "game_io.h"

static game_inputs in;
static game_private_inputs private_in;

/* Row by row; a tile of 2^n is n, and 0 is none. */
static uint8_t board[16];
static uint64_t state;

/* SplitMix64. */
static uint64_t draw(void) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
  z = (z ^ z >> 27) * 0x94d049bb133111eb;
  return z ^ z >> 31;
}

/* A 2, or one time in ten a 4, where there is none. There is room after a move. */
static void add_tile(void) {
  uint32_t empty[16], count = 0;
  for (uint32_t i = 0; i < 16; i++)
    if (board[i] == 0) empty[count++] = i;
  uint64_t drawn = draw();
  board[empty[(uint32_t)drawn % count]] = (drawn >> 32) % 10 == 0 ? 2 : 1;
}

/* The line of four tiles at `start, start + step, …` towards its start. Returns what merging scores; sets `*moved` where a tile moves. */
static uint32_t slide(int start, int step, uint32_t *moved) {
  uint8_t line[4] = {0, 0, 0, 0};
  uint32_t count = 0, score = 0, open = 0;
  for (int i = 0; i < 4; i++) {
    uint8_t tile = board[start + i * step];
    if (tile == 0) continue;
    if (open && line[count - 1] == tile) {
      score += 1u << ++line[count - 1];
      open = 0;
    } else {
      line[count++] = tile;
      open = 1;
    }
  }
  for (int i = 0; i < 4; i++) {
    if (board[start + i * step] != line[i]) *moved = 1;
    board[start + i * step] = line[i];
  }
  return score;
}

/* A move is 0 left, 1 right, 2 up, 3 down. One that moves nothing counts for nothing. */
WATTEST_EXPORT(play) void play(void) {
  game_read_inputs(&in);
  game_read_private_inputs(&private_in);
  game_outputs out = {0, 0};
  state = in.seed;
  add_tile();
  add_tile();
  for (uint32_t i = 0; i < private_in.moves.length; i++) {
    uint32_t move = private_in.moves.bytes[i], moved = 0;
    require(move < 4);
    for (int line = 0; line < 4; line++) {
      int start = move == 0 ? 4 * line : move == 1 ? 4 * line + 3 : move == 2 ? line : 12 + line;
      int step = move == 0 ? 1 : move == 1 ? -1 : move == 2 ? 4 : -4;
      out.score += slide(start, step, &moved);
    }
    if (moved) add_tile();
  }
  for (int i = 0; i < 16; i++)
    if (board[i] != 0 && 1u << board[i] > out.largest) out.largest = 1u << board[i];
  game_write_outputs(&out);
}
