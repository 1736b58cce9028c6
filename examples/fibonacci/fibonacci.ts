/** The n-th Fibonacci number modulo 2^64, by iteration. The argument and the result are public. */
export function fibonacci(n: u32): u64 {
  let a: u64 = 0;
  let b: u64 = 1;
  for (let i: u32 = 0; i < n; i++) {
    const next = a + b;
    a = b;
    b = next;
  }
  return a;
}
