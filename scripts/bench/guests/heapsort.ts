/** Sorts n pairs by key with the standard library's sort of objects, then as numbers by a heap; a hash of both orders. */
class Pair {
  constructor(
    public key: u32,
    public value: u32,
  ) {}
}

function sift(heap: StaticArray<u32>, from: i32, size: i32): void {
  let at = from;
  const item = heap[at];
  while (true) {
    let child = 2 * at + 1;
    if (child >= size) break;
    if (child + 1 < size && heap[child + 1] > heap[child]) child++;
    if (heap[child] <= item) break;
    heap[at] = heap[child];
    at = child;
  }
  heap[at] = item;
}

export function run(n: i32): u64 {
  const pairs = new Array<Pair>();
  const numbers = new StaticArray<u32>(n);
  let state: u32 = 99;
  for (let i = 0; i < n; i++) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    pairs.push(new Pair(state, i));
    numbers[i] = state;
  }
  pairs.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  for (let i = n / 2 - 1; i >= 0; i--) sift(numbers, i, n);
  for (let end = n - 1; end > 0; end--) {
    const top = numbers[0];
    numbers[0] = numbers[end];
    numbers[end] = top;
    sift(numbers, 0, end);
  }
  let hash: u64 = 0;
  for (let i = 0; i < n; i++) {
    if (numbers[i] != pairs[i].key) return 0;
    hash = hash * 1099511628211 + numbers[i] + pairs[i].value;
  }
  return hash;
}
