/** Product of two n × n matrices of floating point numbers (singles), and its trace rounded down. */
export function run(n: i32): u64 {
  const a = new Float32Array(n * n);
  const b = new Float32Array(n * n);
  const c = new Float32Array(n * n);
  for (let i = 0; i < n * n; i++) {
    a[i] = ((i * 7) % 13) as f32;
    b[i] = ((i * 5) % 11) as f32;
  }
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) {
      const factor = a[i * n + k];
      for (let j = 0; j < n; j++) c[i * n + j] += factor * b[k * n + j];
    }
  }
  let trace: f32 = 0;
  for (let i = 0; i < n; i++) trace += c[i * n + i];
  return trace as u64;
}
