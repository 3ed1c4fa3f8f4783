// What the program that compares lengths, offsets and levels of the target has in common.
const MOST: usize = 300;
const OFFSETS: usize = 8;

trait Float: Copy + Default {
    fn of(value: f64) -> Self;
    fn wide(self) -> f64;
    fn times(self, other: Self) -> Self;
}
impl Float for f32 {
    fn of(value: f64) -> f32 {
        value as f32
    }
    fn wide(self) -> f64 {
        self.into()
    }
    fn times(self, other: f32) -> f32 {
        self * other
    }
}
impl Float for f64 {
    fn of(value: f64) -> f64 {
        value
    }
    fn wide(self) -> f64 {
        self
    }
    fn times(self, other: f64) -> f64 {
        self * other
    }
}

/// NaN has many bits, and they count as equal.
fn bits(value: f64) -> u64 {
    if value.is_nan() { u64::MAX } else { value.to_bits() }
}

fn random(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

#[allow(clippy::too_many_arguments)]
fn run<F: Float, L>(
    name: &str,
    label: impl Fn(f64) -> L,
    scalar: impl Fn(&[F], &[L], &[F], usize) -> (F, F),
    both: impl Fn(&[F], &[L], &[F], &mut [F], &mut [F]),
    forward: impl Fn(&[F], &[L], &[F], &mut [F]),
    backward: impl Fn(&[F], &[L], &[F], &mut [F]),
    sum: impl Fn(&[F], &[L], &[F], &mut [F]) -> f64,
) {
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let mut x = Vec::new();
    let (mut y, mut w) = (Vec::new(), Vec::new());
    for i in 0..MOST + OFFSETS {
        let unit = (random(&mut state) >> 11) as f64 / (1_u64 << 53) as f64;
        x.push(F::of(match i % 41 {
            7 => f64::INFINITY,
            13 => f64::NEG_INFINITY,
            19 => 1e-40,
            // a probability
            at if at % 4 == 1 => unit,
            _ => 40.0 * unit - 20.0,
        }));
        // Blocks without anything invalid are the rule, so what is invalid stands beyond the first hundred.
        let special = if i < 100 { i % 2 } else { i % 37 };
        y.push(label(match special {
            0 | 2 => 0.0,
            3 if i > 200 => f64::NAN,
            5 if i > 200 => 2.0,
            _ => (random(&mut state) % 2) as f64,
        }));
        w.push(F::of(if i % 29 == 3 { 0.0 } else { unit }));
    }
    let expected: Vec<(F, F)> = (0..x.len()).map(|i| scalar(&x, &y, &w, i)).collect();
    let mut hash = 0_u64;
    for one in &expected {
        for value in [one.0, one.1] {
            hash = hash.wrapping_mul(0x0100_0000_01b3).rotate_left(5) ^ bits(value.wide());
        }
    }
    let zeros = vec![F::default(); MOST];
    let (mut l, mut g, mut alone, mut apart, mut scaled) =
        (zeros.clone(), zeros.clone(), zeros.clone(), zeros.clone(), zeros);
    for n in 0..MOST {
        for offset in 0..OFFSETS {
            let range = offset..offset + n;
            let (x, y, w) = (&x[range.clone()], &y[range.clone()], &w[range.clone()]);
            both(x, y, w, &mut l[..n], &mut g[..n]);
            forward(x, y, w, &mut alone[..n]);
            backward(x, y, w, &mut apart[..n]);
            let total = sum(x, y, w, &mut scaled[..n]);
            let mut lanes = [0.0; 8];
            for (i, one) in expected[range].iter().enumerate() {
                let (loss, grad) = (bits(one.0.wide()), bits(one.1.wide()));
                assert_eq!(bits(l[i].wide()), loss, "{} loss {} of {} at {}", name, i, n, offset);
                assert_eq!(bits(g[i].wide()), grad, "{} grad {} of {} at {}", name, i, n, offset);
                assert_eq!(bits(alone[i].wide()), loss, "{} forward {} of {} at {}", name, i, n, offset);
                assert_eq!(bits(apart[i].wide()), grad, "{} backward {} of {} at {}", name, i, n, offset);
                let expected = bits(F::of(0.5).times(one.1).wide());
                assert_eq!(bits(scaled[i].wide()), expected, "{} scaled {} of {} at {}", name, i, n, offset);
                lanes[i % 8] += one.0.wide();
            }
            let [a, b, c, d, e, f, g, h] = lanes;
            let expected = 0.5 * (((a + e) + (c + g)) + ((b + f) + (d + h)));
            assert_eq!(bits(total), bits(expected), "{} sum of {} at {}", name, n, offset);
        }
    }
    println!("{} {:016x}", name, hash);
}
