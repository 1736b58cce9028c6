/** The board of 2048 as `examples/scores/game.c` plays it: for eyes alone, what counts is the proof's. */
export const DIRECTIONS = ['left', 'right', 'up', 'down'] as const;

export interface Game {
  /** Row by row; a tile of 2^n is n, and 0 is none. */
  readonly board: readonly number[];
  readonly score: number;
  /** No move is left. */
  readonly over: boolean;
}

/** SplitMix64. */
function randomWords(seed: bigint): () => bigint {
  let state = seed;
  const word = (value: bigint): bigint => BigInt.asUintN(64, value);
  return () => {
    state = word(state + 0x9e3779b97f4a7c15n);
    let z = state;
    z = word((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = word((z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
}

/** The line of four tiles towards its start, and what merging scores. */
function slide(tiles: readonly number[]): { readonly line: number[]; readonly score: number } {
  const line: number[] = [];
  let score = 0;
  let open = false;
  for (const tile of tiles.filter((each) => each !== 0)) {
    if (open && line.at(-1) === tile) {
      line[line.length - 1] = tile + 1;
      score += 2 ** (tile + 1);
      open = false;
    } else {
      line.push(tile);
      open = true;
    }
  }
  return { line: [...line, 0, 0, 0, 0].slice(0, 4), score };
}

/** Places of the four lines of a move, each from the side that it goes to. */
function linesOf(move: number): number[][] {
  return [0, 1, 2, 3].map((line) => {
    const start = [4 * line, 4 * line + 3, line, 12 + line][move]!;
    const step = [1, -1, 4, -4][move]!;
    return [0, 1, 2, 3].map((i) => start + i * step);
  });
}

function moved(board: readonly number[], move: number): { readonly board: number[]; readonly score: number } {
  const next = [...board];
  let total = 0;
  for (const places of linesOf(move)) {
    const { line, score } = slide(places.map((place) => board[place]!));
    total += score;
    for (const [i, place] of places.entries()) next[place] = line[i]!;
  }
  return { board: next, score: total };
}

const same = (a: readonly number[], b: readonly number[]): boolean => a.every((tile, i) => tile === b[i]);

/** @param moves each 0 to 3, as {@link DIRECTIONS}; one that moves nothing counts for nothing */
export function play(seed: bigint, moves: readonly number[]): Game {
  const draw = randomWords(seed);
  let board: number[] = Array.from({ length: 16 }, () => 0);
  let score = 0;
  const addTile = (): void => {
    const empty = board.flatMap((tile, i) => (tile === 0 ? [i] : []));
    const drawn = draw();
    board[empty[Number(BigInt.asUintN(32, drawn)) % empty.length]!] = (drawn >> 32n) % 10n === 0n ? 2 : 1;
  };
  addTile();
  addTile();
  for (const move of moves) {
    const next = moved(board, move);
    score += next.score;
    if (same(next.board, board)) continue;
    board = next.board;
    addTile();
  }
  return { board, score, over: [0, 1, 2, 3].every((move) => same(moved(board, move).board, board)) };
}
