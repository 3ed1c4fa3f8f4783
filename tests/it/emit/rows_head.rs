// What the program made of emitted row kernels has in common: reads a case's rows, checks, prints bits.
use std::io::Write;

/// Rows of one shape: their number of classes, logits one row after the other, targets.
struct Rows {
    classes: usize,
    z: Vec<f64>,
    target: Vec<i64>,
}

/// The rows of the file `rows`: numbers of 8 bytes each.
fn rows() -> Vec<Rows> {
    let bytes = std::fs::read("rows").unwrap();
    let mut words = bytes.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap()));
    let mut all = Vec::new();
    while let Some(classes) = words.next() {
        let count = words.next().unwrap() as usize;
        let classes = classes as usize;
        let z = (0..count * classes).map(|_| f64::from_bits(words.next().unwrap())).collect();
        let target = (0..count).map(|_| words.next().unwrap() as i64).collect();
        all.push(Rows { classes, z, target });
    }
    all
}

fn bits(value: f64) -> u64 {
    if value.is_nan() { f64::NAN.to_bits() } else { value.to_bits() }
}

fn same<F: Float>(what: &str, a: &[F], b: &[F]) {
    let bits = |all: &[F]| all.iter().map(|one| bits(one.wide())).collect::<Vec<_>>();
    assert_eq!(bits(a), bits(b), "{what}");
}

/// [N, classes] → [N / inner, classes, inner]
fn turned<F: Float>(z: &[F], classes: usize, inner: usize) -> Vec<F> {
    let rows = z.len() / classes;
    let mut out = vec![F::of(0.0); z.len()];
    for row in 0..rows {
        for class in 0..classes {
            out[(row / inner * classes + class) * inner + row % inner] = z[row * classes + class];
        }
    }
    out
}

fn print<F: Float>(values: &[F]) {
    let mut out = std::io::stdout().lock();
    for value in values {
        out.write_all(&bits(value.wide()).to_le_bytes()).unwrap();
    }
}

/// Element i to lane i mod 8, then the lanes pairwise.
fn sum<F: Float>(values: &[F]) -> f64 {
    let mut l = [0.0; 8];
    for (i, value) in values.iter().enumerate() {
        l[i % 8] += value.wide();
    }
    ((l[0] + l[4]) + (l[2] + l[6])) + ((l[1] + l[5]) + (l[3] + l[7]))
}
