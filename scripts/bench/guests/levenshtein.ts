/** Edit distance of two strings of n letters out of four, by a table of two rows. */
function letters(n: i32, seed: u32): string {
  let text = '';
  let state = seed;
  for (let i = 0; i < n; i++) {
    state = state * 1664525 + 1013904223;
    text += String.fromCharCode(97 + ((state >> 16) & 3));
  }
  return text;
}

export function run(n: i32): u64 {
  const a = letters(n, 1);
  const b = letters(n, 2);
  let before = new Int32Array(n + 1);
  let row = new Int32Array(n + 1);
  for (let j = 0; j <= n; j++) before[j] = j;
  for (let i = 1; i <= n; i++) {
    row[0] = i;
    for (let j = 1; j <= n; j++) {
      const change = before[j - 1] + (a.charCodeAt(i - 1) == b.charCodeAt(j - 1) ? 0 : 1);
      row[j] = min(change, min(before[j], row[j - 1]) + 1);
    }
    const swap = before;
    before = row;
    row = swap;
  }
  return before[n];
}
