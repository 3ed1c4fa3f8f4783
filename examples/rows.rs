//! Kernels over rows of classes: `cargo run --release --example rows` prints errors of `focal_softmax` (gamma = 2)
//! in ulps against the textbook's softmax, logit by logit (some minutes), and times beside naive Rust on std. With
//! `RUSTFLAGS="-C target-cpu=x86-64-v3" cargo run --release --example rows -- times` the times are those of AVX2.
//! `-- probabilities` prints the errors of `focal_categorical` (gamma = 2), from the smallest subnormal up to 1.
//!
//! Errors: f32 and f64, loss, gradient and diagonal of the Hessian (of the sum of absolute terms), logits within ±8 and ±300.
//! Times: loss and gradient of 10^6 numbers in f32, the best of 15 runs that take turns, in ns a class.

use std::hint::black_box;
use std::time::Instant;

use focal_derive::kernel::{Format, Mode};
use focal_derive::kernels::focal_softmax_g2;
use focal_derive::lower::{Asked, apart_kernel, row_kernel};
use focal_derive::oracle::judge::{Known, Truth};
use focal_derive::setting::{Choice, settle};
use focal_derive::verify::apart::{self as rows, ApartJudge, How};
use focal_derive::verify::points::Xorshift;
use focal_derive::verify::rows::RowJudge;
use focal_derive::{RuleBook, Spec, derive};

const CLASSES: [usize; 6] = [2, 3, 10, 80, 1000, 50_000];
/// Logits that are judged of each number of classes and format.
const LOGITS: usize = 480;

fn main() -> Result<(), focal_derive::Message> {
    match std::env::args().nth(1).as_deref() {
        Some("probabilities") => return probabilities(),
        Some("times") => {}
        _ => errors()?,
    }
    times();
    Ok(())
}

/// Rows of probabilities that are judged of each kernel, with targets and with labels.
const PROBABILITIES: usize = 20_000;

fn probabilities() -> Result<(), focal_derive::Message> {
    println!(
        "the largest errors of rows of probabilities, in ulp, of loss, gradient, Hessian (of its terms): targets; labels"
    );
    let spec = Spec::builtin("focal_categorical")?;
    let derivation = derive(&spec, RuleBook::builtin())?;
    for format in [Format::F32, Format::F64] {
        for option in [None, Some(("clip", "1e-7")), Some(("log_eps", "1e-10"))] {
            let words = [Some(("gamma", "2")), option].into_iter().flatten();
            let choices: Vec<(String, Choice)> = words
                .map(|(name, value)| Ok((name.to_string(), Choice::parse(value)?)))
                .collect::<Result<_, focal_derive::Message>>()?;
            let parameters = settle(&spec, &choices, format)?;
            let asked = Asked { format, mode: Mode::Accurate, order: 2, weighted: false, fused: false };
            let kernel = apart_kernel(&derivation, &parameters, &asked)?;
            let judge = ApartJudge::new(&derivation, &kernel);
            let mut draw = Xorshift::new(1);
            let mut worst = [[0f64; 3]; 2];
            for turn in 0..PROBABILITIES {
                // with labels no derivative may be beyond the largest number
                let least = if turn % 2 == 0 { format.least().log2() } else { format.least().log2() / 4.0 };
                let p: Vec<f64> = (0..3).map(|_| share_of(&mut draw, format, -least)).collect();
                let how = match turn % 2 {
                    0 => How::Target(1),
                    _ => How::Labels([0.9, 0.05, 0.05].map(|y| format.round(y)).to_vec()),
                };
                let asked = rows::Asked { p, how };
                let open = [Vec::new(), Vec::new(), Vec::new()];
                let found = match &asked.how {
                    How::Target(target) => kernel.eval(&asked.p, *target, &[]),
                    How::Labels(y) => kernel.eval_labels(&asked.p, y, &|_| Vec::new()),
                };
                let truths = judge.truths(&asked, 1, &open)?;
                let values = [found.loss, found.derivatives[0][1], found.derivatives[1][1]];
                for (place, (truth, value)) in truths.outputs.iter().zip(values).enumerate() {
                    let of_terms = kernel.term.outputs[place].bounds.iter().any(|bound| bound.of_terms);
                    let share = match (truth, &truths.terms) {
                        (Truth::Finite(known), Some(Truth::Finite(terms))) if of_terms => share(known, terms),
                        _ => 1.0,
                    };
                    let worst = &mut worst[turn % 2][place];
                    *worst = worst.max(truth.ulps(value, format) * share);
                }
            }
            let words = option.map_or("exact".to_string(), |(name, value)| format!("{name} {value}"));
            let [targets, labels] = worst.map(|worst| worst.map(|error| format!("{error:.4}")).join(", "));
            println!("{format} {words:14} {targets};  {labels}");
        }
    }
    Ok(())
}

/// A number of a random binade up to 1, or 1 less such a number.
fn share_of(draw: &mut Xorshift, format: Format, binades: f64) -> f64 {
    let near = (1.0 + draw.unit()) * 2f64.powf(-1.0 - (binades - 1.0) * draw.unit()).max(format.least());
    let p = format.round(if draw.below(3) == 0 { 1.0 - near.min(0.5) } else { near });
    p.clamp(format.least(), 1.0)
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
