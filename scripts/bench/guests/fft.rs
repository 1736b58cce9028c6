//! A fast Fourier transform of 2^n complex numbers in place, forth and back; roots of unity by half-angle square roots. The result
//! is the bits of the largest error, with how many of the spectrum's magnitudes exceed their mean.

fn transform(re: &mut [f64], im: &mut [f64], roots: &[(f64, f64)], inverse: bool) {
    let n = re.len();
    let bits = n.trailing_zeros();
    for i in 0..n {
        let j = (i as u32).reverse_bits() as usize >> (32 - bits);
        if i < j {
            re.swap(i, j);
            im.swap(i, j);
        }
    }
    for level in 1..=bits {
        let (size, half) = (1usize << level, 1usize << (level - 1));
        let (c, s) = roots[level as usize];
        let s = if inverse { -s } else { s };
        for start in (0..n).step_by(size) {
            let (mut wr, mut wi) = (1.0, 0.0);
            for k in start..start + half {
                let (xr, xi) = (re[k + half] * wr - im[k + half] * wi, re[k + half] * wi + im[k + half] * wr);
                re[k + half] = re[k] - xr;
                im[k + half] = im[k] - xi;
                re[k] += xr;
                im[k] += xi;
                let next = wr * c - wi * s;
                wi = wr * s + wi * c;
                wr = next;
            }
        }
    }
}

#[no_mangle]
pub extern "C" fn run(n: u32) -> u64 {
    let size = 1usize << n;
    // (cos, sin) of 2π/2^i: −1, then i, then halves of the angle.
    let mut roots = vec![(1.0f64, 0.0f64), (-1.0, 0.0), (0.0, 1.0)];
    for i in 3..=n as usize {
        let c: f64 = roots[i - 1].0;
        roots.push((((1.0 + c) / 2.0).sqrt(), ((1.0 - c) / 2.0).sqrt()));
    }
    let mut re: Vec<f64> = (0..size).map(|i| f64::from((i * i % 17) as u32) - 8.0).collect();
    let mut im = vec![0.0; size];
    let given = re.clone();
    transform(&mut re, &mut im, &roots, false);
    let powers: Vec<f64> = re.iter().zip(&im).map(|(x, y)| x * x + y * y).collect();
    let mean = powers.iter().sum::<f64>() / size as f64;
    let above = powers.iter().filter(|&&power| power > mean).count() as u64;
    transform(&mut re, &mut im, &roots, true);
    let error = re.iter().zip(&given).map(|(x, y)| (x / size as f64 - y).abs()).fold(0.0, f64::max);
    above << 56 ^ error.to_bits()
}
