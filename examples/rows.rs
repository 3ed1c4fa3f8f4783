//! Kernels over rows of classes: `cargo run --release --example rows` prints errors of `focal_softmax` (gamma = 2)
//! in ulps against the textbook's softmax, logit by logit (some minutes), and times beside naive Rust on std. With
//! `RUSTFLAGS="-C target-cpu=x86-64-v3" cargo run --release --example rows -- times` the times are those of AVX2.
//!
//! Errors: f32 and f64, loss, gradient and diagonal of the Hessian (of the sum of absolute terms), logits within ±8 and ±300.
//! Times: loss and gradient of 10^6 numbers in f32, the best of 15 runs that take turns, in ns a class.

use std::hint::black_box;
use std::time::Instant;

use focal_derive::kernel::{Format, Mode};
use focal_derive::kernels::focal_softmax_g2;
use focal_derive::lower::row_kernel;
use focal_derive::oracle::judge::{Known, Truth};
use focal_derive::setting::{Choice, settle};
use focal_derive::verify::points::Xorshift;
use focal_derive::verify::rows::RowJudge;
use focal_derive::{RuleBook, Spec, derive};

const CLASSES: [usize; 6] = [2, 3, 10, 80, 1000, 50_000];
/// Logits that are judged of each number of classes and format.
const LOGITS: usize = 480;

fn main() -> Result<(), focal_derive::Message> {
    if std::env::args().nth(1).as_deref() != Some("times") {
        errors()?;
    }
    times();
    Ok(())
}

fn logits(draw: &mut Xorshift, classes: usize, scale: f64) -> Vec<f64> {
    (0..classes).map(|_| f64::from((scale * (2.0 * draw.unit() - 1.0)) as f32)).collect()
}

fn errors() -> Result<(), focal_derive::Message> {
    println!(
        "the largest errors, in ulp, of loss, gradient, Hessian; and the sum of a gradient row over its largest entry"
    );
    let spec = Spec::builtin("focal_softmax")?;
    let derivation = derive(&spec, RuleBook::builtin())?;
    for format in [Format::F32, Format::F64] {
        let choices = [("gamma".to_string(), Choice::parse("2")?)];
        let parameters = settle(&spec, &choices, format)?;
        let kernel = row_kernel(&derivation, &parameters, (format, Mode::Accurate), 2)?;
        let judge = RowJudge::new(&derivation, &kernel)?;
        for classes in CLASSES {
            let mut draw = Xorshift::new(classes as u64);
            let (mut worst, mut left, mut turn) = ([0f64; 4], if classes > 1000 { 8 } else { LOGITS }, 0);
            while left > 0 {
                let z = logits(&mut draw, classes, [8.0, 300.0][turn % 2]);
                turn += 1;
                let target = draw.below(classes);
                let found = kernel.eval(&z, target, &[]);
                let most = found.derivatives[0].iter().fold(0.0, |most: f64, one| most.max(one.abs()));
                if most > 1e-30 {
                    worst[3] = worst[3].max(found.derivatives[0].iter().sum::<f64>().abs() / most);
                }
                for class in [target, draw.below(classes)] {
                    let truths = judge.truths(&z, target, class, &[], 2)?;
                    let values = [found.loss, found.derivatives[0][class], found.derivatives[1][class]];
                    for (place, (truth, value)) in truths.outputs.iter().zip(values).enumerate() {
                        let Truth::Finite(known) = truth else { continue };
                        let share = match &truths.terms {
                            Some(Truth::Finite(terms)) if place == 2 => share(known, terms),
                            _ => 1.0,
                        };
                        worst[place] = worst[place].max(known.ulps(value, format) * share);
                    }
                    left -= 1;
                }
            }
            let [loss, gradient, hessian, sum] = worst;
            println!("{format} C = {classes:5}: {loss:.5}  {gradient:.5}  {hessian:.5}   {sum:.1e}");
        }
    }
    Ok(())
}

/// |value|/T
fn share(value: &Known, terms: &Known) -> f64 {
    let (value, terms) = (value.to_f64().abs(), terms.to_f64());
    if value > 0.0 && terms > value { value / terms } else { 1.0 }
}

/// As most people write it: the softmax, then its derivative.
fn naive(z: &[f32], classes: usize, target: &[u32], loss: &mut [f32], grad: &mut [f32]) {
    for (r, (row, grad)) in z.chunks_exact(classes).zip(grad.chunks_exact_mut(classes)).enumerate() {
        let most = row.iter().fold(f32::NEG_INFINITY, |most, &z| most.max(z));
        let mut sum = 0.0;
        for (to, &z) in grad.iter_mut().zip(row) {
            *to = (z - most).exp();
            sum += *to;
        }
        let own = target[r] as usize;
        let p = grad[own] / sum;
        let q = 1.0 - p;
        loss[r] = -q * q * p.ln();
        let factor = q * (2.0 * p * p.ln() - q);
        for (class, to) in grad.iter_mut().enumerate() {
            let is_own = if class == own { 1.0 } else { 0.0 };
            *to = factor * (is_own - *to / sum);
        }
    }
}

fn times() {
    println!("\nns a class of loss and gradient in f32: emitted, naive on std, naive over emitted");
    for classes in CLASSES {
        let rows = (1_000_000 / classes).max(20);
        let mut draw = Xorshift::new(1);
        let z: Vec<f32> = (0..rows * classes).map(|_| (8.0 * draw.unit() - 4.0) as f32).collect();
        let target: Vec<u32> = (0..rows).map(|_| draw.below(classes) as u32).collect();
        let (mut loss, mut grad) = (vec![0.0; rows], vec![0.0; rows * classes]);
        let mut best = [f64::INFINITY; 2];
        for _ in 0..15 {
            let start = Instant::now();
            focal_softmax_g2::f32::forward_backward_rows(black_box(&z), classes, &target, &mut loss, &mut grad);
            best[0] = best[0].min(start.elapsed().as_secs_f64());
            let start = Instant::now();
            naive(black_box(&z), classes, &target, &mut loss, &mut grad);
            best[1] = best[1].min(start.elapsed().as_secs_f64());
            black_box((&loss, &grad));
        }
        let [emitted, naive] = best.map(|best| best * 1e9 / z.len() as f64);
        println!("C = {classes:5}: {emitted:.2}  {naive:.2}  {:.2}", naive / emitted);
    }
}
