// What the program that compares rows of classes with scalars has in common.
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

/// Rows that are the plain case, background, of no class, of weight 0, and both of the last.
#[derive(Debug, Default)]
struct Seen {
    plain: usize,
    background: usize,
    lost: usize,
    ignored: usize,
    both: usize,
}

fn run<F: Float>(
    weighted: bool,
    scalar: impl Fn(F, bool, F) -> (F, F),
    rows: impl Fn(&[F], usize, &[u32], &[F], &mut [F], &mut [F]),
) {
    let mut state = 0x9e37_79b9_7f4a_7c15;
    let mut seen = Seen::default();
    // every small number of rows, and so many that blocks end within a row, between rows, and with the last one
    for classes in [1_usize, 2, 3, 64, 65, 80, 128] {
        for n in (0..20).chain([64, 131].into_iter().take(if classes < 4 { 2 } else { 0 })) {
            let mut target = Vec::new();
            let mut w = Vec::new();
            for _ in 0..n {
                let above = [classes as u64 + 1, classes as u64 + 7, u64::from(u32::MAX)];
                target.push(match random(&mut state) % 8 {
                    0 => above[(random(&mut state) % 3) as usize] as u32,
                    1 | 2 => classes as u32,
                    _ => (random(&mut state) % classes as u64) as u32,
                });
                w.push(F::of([1.0, 0.25, 0.0, -0.0, f64::NAN][(random(&mut state) % 5) as usize]));
            }
            let mut x = Vec::new();
            for _ in 0..n * classes {
                let unit = (random(&mut state) >> 11) as f64 / (1_u64 << 53) as f64;
                x.push(F::of(match random(&mut state) % 16 {
                    0 => f64::NAN,
                    1 => f64::INFINITY,
                    2 => f64::NEG_INFINITY,
                    _ => 40.0 * unit - 20.0,
                }));
            }
            let (mut loss, mut grad) = (vec![F::of(-7.0); x.len()], vec![F::of(-7.0); x.len()]);
            rows(&x, classes, &target, &w, &mut loss, &mut grad);
            for row in 0..n {
                let lost = target[row] as usize > classes;
                let ignored = weighted && w[row] == F::of(0.0);
                match (lost, ignored) {
                    (true, true) => seen.both += 1,
                    (true, false) => seen.lost += 1,
                    (false, true) => seen.ignored += 1,
                    _ if target[row] as usize == classes => seen.background += 1,
                    _ => seen.plain += 1,
                }
                for column in 0..classes {
                    let i = row * classes + column;
                    let expected = match (lost, ignored) {
                        (_, true) => (F::of(0.0), F::of(0.0)),
                        (true, false) => (F::of(f64::NAN), F::of(f64::NAN)),
                        _ => scalar(x[i], column == target[row] as usize, w[row]),
                    };
                    let same = |found: F, expected: F| bits(found.wide()) == bits(expected.wide());
                    assert!(
                        same(loss[i], expected.0) && same(grad[i], expected.1),
                        "row {} of {}, column {} of {}: x {:?}, target {}, w {:?} gives {:?} and {:?}, not {:?}",
                        row,
                        n,
                        column,
                        classes,
                        x[i],
                        target[row],
                        w[row],
                        loss[i],
                        grad[i],
                        expected
                    );
                }
            }
        }
    }
    assert!(seen.plain > 20 && seen.background > 20 && seen.lost > 20, "{:?}", seen);
    assert!(!weighted || seen.ignored > 20 && seen.both > 5, "{:?}", seen);
    println!("{:?}", seen);
}
