// What the program made of emitted modules has in common: reads `points`, checks, prints bits.
use std::fmt::Debug;
use std::io::Write;

/// The results of the functions of scalars at one point.
struct Element<F> {
    forward: F,
    backward: Option<F>,
    both: Option<(F, F)>,
    hessian: Option<F>,
    second: Option<(F, F)>,
}

/// The results of the functions over slices.
struct Slices<F> {
    forward: Vec<F>,
    backward: Vec<F>,
    both: (Vec<F>, Vec<F>),
    second: (Vec<F>, Vec<F>),
    scaled: Vec<F>,
    sum: f64,
    mean: f64,
    scaled_sum: f64,
}

trait Float: Copy + Debug {
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

impl<F: Float> Slices<F> {
    fn new(n: usize) -> Slices<F> {
        let v = || vec![F::of(-7.0); n];
        Slices {
            forward: v(),
            backward: v(),
            both: (v(), v()),
            second: (v(), v()),
            scaled: v(),
            sum: -7.0,
            mean: -7.0,
            scaled_sum: -7.0,
        }
    }
}

fn points() -> Vec<[f64; 3]> {
    let bytes = std::fs::read("points").unwrap();
    let number = |bytes: &[u8]| f64::from_bits(u64::from_le_bytes(bytes.try_into().unwrap()));
    bytes.chunks_exact(24).map(|b| [number(&b[..8]), number(&b[8..16]), number(&b[16..])]).collect()
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || a.is_nan() && b.is_nan()
}

/// Are the results over slices those of the elements, and the sums their sums?
fn agree<F: Float>(elements: &[Element<F>], slices: &Slices<F>) {
    let mut lanes = [0.0; 8];
    for (i, one) in elements.iter().enumerate() {
        lanes[i % 8] += one.forward.wide();
        assert!(same(slices.forward[i].wide(), one.forward.wide()), "forward_slice, {}", i);
        if let (Some(backward), Some(both)) = (one.backward, one.both) {
            assert!(same(slices.backward[i].wide(), backward.wide()), "backward_slice, {}", i);
            assert!(same(slices.both.0[i].wide(), both.0.wide()), "forward_backward_slice, {}", i);
            assert!(same(slices.both.1[i].wide(), both.1.wide()), "forward_backward_slice, {}", i);
            assert!(same(slices.scaled[i].wide(), F::of(0.75).times(backward).wide()), "forward_backward_sum, {}", i);
        }
        if let Some(second) = one.second {
            assert!(same(slices.second.0[i].wide(), second.0.wide()), "backward_hessian_slice, {}", i);
            assert!(same(slices.second.1[i].wide(), second.1.wide()), "backward_hessian_slice, {}", i);
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    let sum = ((a + e) + (c + g)) + ((b + f) + (d + h));
    assert!(same(slices.sum, sum), "forward_sum of {}", elements.len());
    assert!(same(slices.mean, sum / elements.len() as f64), "forward_mean of {}", elements.len());
    if !same(slices.scaled_sum, -7.0) {
        assert!(same(slices.scaled_sum, 0.75 * sum), "forward_backward_sum of {}", elements.len());
    }
    if elements.is_empty() {
        assert!(slices.sum == 0.0 && slices.mean.is_nan());
    }
}

fn run<F: Float, L>(
    points: &[[f64; 3]],
    label: impl Fn(f64) -> L,
    scalar: impl Fn(&F, &L, &F) -> Element<F>,
    slices: impl Fn(&[F], &[L], &[F]) -> Slices<F>,
) {
    let x: Vec<F> = points.iter().map(|p| F::of(p[0])).collect();
    let y: Vec<L> = points.iter().map(|p| label(p[1])).collect();
    let w: Vec<F> = points.iter().map(|p| F::of(p[2])).collect();
    let elements: Vec<Element<F>> = (0..points.len()).map(|i| scalar(&x[i], &y[i], &w[i])).collect();
    agree(&elements, &slices(&x, &y, &w));
    for n in 0..40 {
        // Points of all kinds, and far ones that are numbers.
        for start in [7 * n, points.len() - 40 - n] {
            let range = start..start + n;
            agree(&elements[range.clone()], &slices(&x[range.clone()], &y[range.clone()], &w[range]));
        }
    }
    let mut out = Vec::new();
    for one in &elements {
        let results = [Some(one.forward), one.backward, one.both.map(|b| b.0), one.both.map(|b| b.1)];
        let second = [one.hessian, one.second.map(|s| s.0), one.second.map(|s| s.1)];
        for value in results.iter().chain(&second).flatten() {
            out.extend_from_slice(&value.wide().to_bits().to_le_bytes());
        }
    }
    std::io::stdout().write_all(&out).unwrap();
}

/// Two buffers, a call that panics with both lengths, and nothing written.
fn refused(name: &str, length: usize, call: impl FnOnce(&mut [f32], &mut [f32])) {
    let (mut a, mut b) = (vec![-7.0_f32; 5], vec![-7.0_f32; 5]);
    let buffers = std::panic::AssertUnwindSafe((&mut a, &mut b));
    let call = std::panic::AssertUnwindSafe(call);
    let text = panic_of(move || {
        let (call, (a, b)) = ({ call }.0, { buffers }.0);
        call(a, b);
    });
    assert_eq!(text, format!("`{}` has {} elements, `x` has 4", name, length));
    assert!(a.iter().chain(&b).all(|value| *value == -7.0), "{} was written before the panic", name);
}

/// Lengths that differ. `k0` takes f32 and float labels, order 2.
fn panics() {
    let (x, y) = ([1.0_f32; 4], [1.0_f32; 4]);
    refused("y", 3, |_, _| {
        k0::forward_sum(&x, &y[..3]);
    });
    refused("y", 0, |_, _| {
        k0::forward_mean(&x, &y[..0]);
    });
    refused("y", 2, |a, _| k0::forward_slice(&x, &y[..2], &mut a[..4]));
    refused("loss", 5, |a, _| k0::forward_slice(&x, &y, a));
    refused("grad", 3, |a, _| k0::backward_slice(&x, &y, &mut a[..3]));
    refused("grad", 3, |a, b| k0::forward_backward_slice(&x, &y, &mut a[..4], &mut b[..3]));
    refused("loss", 1, |a, b| k0::forward_backward_slice(&x, &y, &mut a[..1], &mut b[..4]));
    refused("hess", 5, |a, b| k0::backward_hessian_slice(&x, &y, &mut a[..4], b));
    refused("grad", 3, |a, _| {
        k0::forward_backward_sum(&x, &y, 1.0, &mut a[..3]);
    });
}
