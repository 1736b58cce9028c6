/**
 * Proves that the prover knows a solution of a public sudoku without showing it.
 * Public: 9 words, one per row, nine decimal digits, 0 for an empty field. Private: the solution, likewise.
 */
@external("env", "wasm_input")
declare function wasm_input(isPublic: i32): u64;
@external("env", "require")
declare function require(condition: i32): void;

const fields = memory.data(81);

function all(nine: u32): void {
  require(i32(nine == 0x3fe));
}

/** Returns the number of fields that the puzzle left empty. */
export function sudoku(): u32 {
  let empty: u32 = 0;
  for (let row: u32 = 0; row < 9; row++) {
    let given = wasm_input(1);
    let solved = wasm_input(0);
    require(i32(given < 1000000000));
    require(i32(solved < 1000000000));
    for (let column: u32 = 9; column-- > 0; ) {
      const clue = u32(given % 10);
      const value = u32(solved % 10);
      given /= 10;
      solved /= 10;
      if (clue == 0) empty++;
      else require(i32(clue == value));
      store<u8>(fields + row * 9 + column, u8(value));
    }
  }
  for (let i: u32 = 0; i < 9; i++) {
    let inRow: u32 = 0;
    let inColumn: u32 = 0;
    let inBox: u32 = 0;
    const box = (i / 3) * 27 + (i % 3) * 3;
    for (let j: u32 = 0; j < 9; j++) {
      inRow |= 1 << u32(load<u8>(fields + i * 9 + j));
      inColumn |= 1 << u32(load<u8>(fields + j * 9 + i));
      inBox |= 1 << u32(load<u8>(fields + box + (j / 3) * 9 + (j % 3)));
    }
    all(inRow);
    all(inColumn);
    all(inBox);
  }
  return empty;
}
