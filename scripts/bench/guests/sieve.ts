/** Primes below n by the sieve of Eratosthenes over odd numbers: their number, and their sum mod 2^32. */
export function run(n: u32): u64 {
  const size = n >> 1;
  const composite = new Uint8Array(size as i32);
  for (let i: u32 = 1; (i * 2 + 1) * (i * 2 + 1) < n; i++) {
    if (composite[i]) continue;
    const step = i * 2 + 1;
    for (let j = (step * step) >> 1; j < size; j += step) composite[j] = 1;
  }
  let count: u32 = 1;
  let sum: u32 = 2;
  for (let i: u32 = 1; i < size; i++) {
    if (composite[i]) continue;
    count++;
    sum += i * 2 + 1;
  }
  return ((count as u64) << 32) | sum;
}
