/** The Mandelbrot set on n × n points, at most 50 steps each: the sum of all steps. */
export function run(n: i32): u64 {
  let total: u64 = 0;
  const scale = 2.5 / (n as f64);
  for (let row = 0; row < n; row++) {
    for (let column = 0; column < n; column++) {
      const cx = (column as f64) * scale - 2.0;
      const cy = (row as f64) * scale - 1.25;
      let x: f64 = 0;
      let y: f64 = 0;
      let steps = 0;
      while (steps < 50) {
        const xx = x * x;
        const yy = y * y;
        if (xx + yy > 4.0) break;
        y = 2.0 * x * y + cy;
        x = xx - yy + cx;
        steps++;
      }
      total += steps;
    }
  }
  return total;
}
