//! Kernels over rows of probabilities: their evaluator beside the textbook's loss, from the smallest subnormal up to 1, with
//! targets and with labels; what other classes hold; and what the doubters see.

use focal_derive::kernel::row::Row;
use focal_derive::kernel::{ApartKernel, Format, Kernel, Mode};
use focal_derive::lower::{Asked, apart_kernel};
use focal_derive::oracle::judge::{Judge, Truth};
use focal_derive::rational::Rational;
use focal_derive::setting::settle;
use focal_derive::verify::{Findings, apart, gate_apart};
use focal_derive::{Message, Spec};

use super::verify::{choices, derivation};

const LOSS: &str = "focal_categorical";

fn kernel(words: &[(&str, &str)], (format, mode): (Format, Mode), order: u8) -> ApartKernel {
    let parameters = settle(&derivation(LOSS).spec, &choices(words), format).unwrap();
    let asked = Asked { format, mode, order, weighted: false, fused: false };
    apart_kernel(derivation(LOSS), &parameters, &asked).unwrap_or_else(|message| panic!("{words:?}: {message}"))
}

/// The textbook's loss of one probability.
const TEXTBOOK: &str = "\
[inputs]
p = { domain = \"(0, 1)\" }
[parameters]
alpha = { domain = \"[0, inf)\" }
gamma = { domain = \"[0, inf)\" }
[options]
clip = \"p\"
[formula]
loss = \"-alpha * (1 - p)^gamma * log(p)\"
";

/// The textbook's loss of a row with labels, as one of its probabilities changes: every other class is numbers.
fn textbook(p: &[f64], y: &[f64], class: usize, alpha: f64, gamma: &str) -> Spec {
    let exact = |value: f64| Rational::from_f64(value).expect("a finite number");
    let term = |k: usize| {
        let p = if k == class { "p".to_string() } else { format!("({})", exact(p[k])) };
        format!("-({}) * ({}) * (1 - {p})^{gamma} * log({p})", exact(y[k]), exact(alpha))
    };
    let counts = |k: &usize| y[*k] > 0.0 || *k == class;
    let terms: Vec<String> = (0..p.len()).filter(counts).map(term).collect();
    let text = format!("[inputs]\np = {{ domain = \"(0, 1)\" }}\n[formula]\nloss = \"{}\"\n", terms.join(" + "))
        .replace("+ -", "- ");
    Spec::parse("row", "row.toml", &text).unwrap_or_else(|message| panic!("{message}"))
}

/// Numbers of every binade from the smallest subnormal up to 1, the neighbours of 1, and some between.
fn samples(format: Format) -> Vec<f64> {
    let digits = format.least().log2() as i32;
    let mut all: Vec<f64> = (digits..0)
        .flat_map(|power| [1.0, 1.0 + 13.0 * format.unit(), 1.37, 1.75].map(|m| m * 2f64.powi(power)))
        .map(|p| format.round(p))
        .collect();
    all.extend((1..60).map(|power| 1.0 - 2f64.powi(-power)).map(|p| format.round(p)));
    all.extend((1..9).map(|step| 1.0 - f64::from(step) * format.unit()));
    all.extend((1..40).map(|step| format.round(f64::from(step) / 40.0)));
    all.retain(|p| 0.0 < *p && *p < 1.0);
    all
}

/// What is promised of each format.
fn promised(format: Format) -> f64 {
    if format == Format::F32 { 0.51 } else { 10.0 }
}

/// The largest error of each output, and a place where it is.
fn worst(format: Format, words: &[(&str, &str)]) -> Vec<(f64, f64)> {
    let kernel = kernel(words, (format, Mode::Accurate), 2);
    let (added, others): (Vec<_>, Vec<_>) = words.iter().copied().partition(|word| word.0 == "log_eps");
    let eps = if added.is_empty() { 0.0 } else { format.round(1e-10) };
    // what is added is written out
    let sum = format!("(p + ({}))", Rational::from_f64(eps).unwrap());
    let text = TEXTBOOK.replace("(1 - p)", &format!("(1 - {sum})")).replace("log(p)", &format!("log{sum}"));
    let spec = Spec::parse("textbook", "textbook.toml", &text).unwrap_or_else(|message| panic!("{message}"));
    let judge = Judge::new(&spec, &settle(&spec, &choices(&others), format).unwrap(), None);
    let mut worst = vec![(0.0, 0.0); 3];
    for p in samples(format).into_iter().filter(|p| 1.0 - p > eps) {
        let Row { loss, derivatives } = kernel.eval(&[0.25, p, f64::NAN], 1, &[]);
        assert!(derivatives.iter().all(|row| row[0] == 0.0 && row[2] == 0.0), "{p:e}: {derivatives:?}");
        let found = [loss, derivatives[0][1], derivatives[1][1]];
        for (place, (truth, found)) in judge.truths(p, f64::NAN, &[], 2).outputs.iter().zip(found).enumerate() {
            let error = truth.ulps(found, format);
            assert!(!matches!(truth, Truth::Unsettled | Truth::Undefined | Truth::Unstated), "{p:e}: {truth:?}");
            if error > worst[place].0 {
                worst[place] = (error, p);
            }
        }
    }
    worst
}

#[test]
fn targets_are_as_exact_as_is_promised_at_every_binade() {
    for format in [Format::F32, Format::F64] {
        for option in [None, Some(("clip", "1e-7")), Some(("log_eps", "1e-10"))] {
            for gamma in ["0", "0.5", "2", "5"] {
                let words: Vec<_> = [("alpha", "0.75"), ("gamma", gamma)].into_iter().chain(option).collect();
                for (place, (error, p)) in worst(format, &words).into_iter().enumerate() {
                    // the second derivative crosses 0 for gamma below 1, where its bound is of its terms
                    let crosses = place == 2 && gamma == "0.5";
                    assert!(
                        crosses || error <= promised(format),
                        "{format} {words:?}: output {place} at {p:e}: {error} ulp"
                    );
                    assert!(error > 0.0, "{format} {words:?}: output {place}: nothing is rounded?");
                }
            }
        }
    }
}

#[test]
fn labels_are_as_exact_as_is_promised() {
    let (alpha, gamma) = (0.75, "2");
    for format in [Format::F32, Format::F64] {
        let kernel = kernel(&[("alpha", "0.75"), ("gamma", gamma)], (format, Mode::Accurate), 2);
        let samples = samples(format);
        let mut worst = [0f64; 3];
        for at in 0..samples.len() {
            // down to where the derivatives are within the largest number
            let of = |step: usize| samples[(at * step + step) % samples.len()].max(format.round(1e-18));
            let p = [samples[at].max(format.round(1e-18)), of(7), of(31), 0.5, f64::NAN];
            let y = [0.9, 0.05, 0.0, 0.3, 0.0].map(|y| format.round(y));
            let found = kernel.eval_labels(&p, &y, &|_| Vec::new());
            for class in 0..4 {
                let judge = Judge::new(&textbook(&p, &y, class, alpha, gamma), &[], None);
                let truths = judge.truths(p[class], f64::NAN, &[], 2).outputs;
                let values = [found.loss, found.derivatives[0][class], found.derivatives[1][class]];
                for (place, (truth, value)) in truths.iter().zip(values).enumerate() {
                    let error = truth.ulps(value, format);
                    let bound = kernel.labelled.outputs[place].bounds[0].ulps;
                    assert!(error <= bound, "{format}: output {place} of {class}, {p:?}: {error} ulp, bound {bound}");
                    worst[place] = worst[place].max(error);
                }
            }
        }
        assert!(worst.iter().all(|error| *error <= promised(format)), "{format}: {worst:?}");
    }
}

#[test]
fn only_the_target_decides() {
    let nan = f64::NAN;
    for format in [Format::F32, Format::F64] {
        for mode in [Mode::Accurate, Mode::Fast] {
            let exact = kernel(&[("alpha", "param"), ("gamma", "2")], (format, mode), 2);
            let plain = exact.eval(&[0.25, 0.5, 0.25], 1, &[0.75]);
            assert!(plain.loss > 0.0 && plain.derivatives[0][1] < 0.0 && plain.derivatives[1][1] > 0.0);
            for other in [nan, f64::INFINITY, -1.0, 2.0, 0.0] {
                assert_eq!(exact.eval(&[other, 0.5, other], 1, &[0.75]), plain, "{other}");
            }
            let lost = |row: Row| row.loss.is_nan() && row.derivatives.iter().flatten().all(|one| one.is_nan());
            for own in [nan, f64::INFINITY, -format.least(), 1.0 + 2.0 * format.unit()] {
                assert!(lost(exact.eval(&[0.25, own, 0.25], 1, &[0.75])), "{own}");
                assert!(lost(exact.eval_labels(&[0.25, own], &[0.0, 1.0], &|_| vec![0.75])), "{own}");
                let other = exact.eval_labels(&[0.25, own], &[1.0, 0.0], &|_| vec![0.75]);
                assert_eq!(other, exact.eval(&[0.25, 0.5], 0, &[0.75]), "{own}");
            }
            assert!(lost(exact.eval(&[0.25, 0.75], 1, &[-1.0])));
            // alpha of a class without a label counts for nothing
            let first = exact.eval_labels(&[0.25, 0.5], &[1.0, 0.0], &|class| vec![[0.75, nan][class]]);
            assert_eq!(first, exact.eval(&[0.25, 0.5], 0, &[0.75]));
            for y in [-0.25, nan, f64::INFINITY, f64::NEG_INFINITY] {
                assert!(lost(exact.eval_labels(&[0.25, 0.5], &[1.0, y], &|_| vec![0.75])), "{y}");
            }
            let zeros = exact.eval_labels(&[nan, 7.0], &[0.0, -0.0], &|_| vec![nan]);
            assert_eq!(zeros, Row { loss: 0.0, derivatives: vec![vec![0.0; 2]; 2] });
            // beyond 1 a label is a weight
            let heavy = exact.eval_labels(&[0.25, 0.5], &[2.0, 0.0], &|_| vec![0.75]);
            assert_eq!(heavy.loss, 2.0 * exact.eval(&[0.25, 0.5], 0, &[0.75]).loss);
            assert_eq!(exact.eval_labels(&[0.0, 0.5], &[0.5, 0.5], &|_| vec![0.75]).loss, f64::INFINITY);
        }
    }
}

#[test]
fn labels_are_added_in_the_order_of_the_row() {
    for format in [Format::F32, Format::F64] {
        let kernel = kernel(&[("gamma", "0")], (format, Mode::Accurate), 0);
        let p = [0.5, 1.0 - 2f64.powi(-20), 0.25, 2f64.powi(-60)];
        let of = |class: usize, y: f64| {
            let mut labels = [0.0; 4];
            labels[class] = y;
            kernel.eval_labels(&p, &labels, &|_| Vec::new()).loss
        };
        let found = kernel.eval_labels(&p, &[1.0; 4], &|_| Vec::new()).loss;
        let sum: f64 = (0..4).map(|class| of(class, 1.0)).sum();
        assert!((found / sum - 1.0).abs() < 4.0 * format.unit(), "{format}: {found} {sum}");
    }
}

fn swept(kernel: &ApartKernel) -> Findings {
    let mut findings = Findings::default();
    apart::sweep(derivation(LOSS), kernel, (3_000, 1), &mut findings).unwrap();
    findings
}

#[test]
fn what_is_planted_in_rows_is_seen() {
    let gate = |kernel: &ApartKernel| gate_apart(kernel, derivation(LOSS)).map_err(|message: Message| message.detail);
    for format in [Format::F32, Format::F64] {
        let good = kernel(&[("alpha", "param"), ("gamma", "2")], (format, Mode::Accurate), 2);
        assert_eq!(gate(&good), Ok(()));
        assert!(swept(&good).holds(), "{}", swept(&good));
        let named: Vec<String> = swept(&good).checks.iter().map(|check| check.subject.what.clone()).collect();
        for name in ["forward of a row", "backward of another class", "hessian of the target", "backward with labels"] {
            assert!(named.contains(&name.to_string()), "{named:?}");
        }
        // the loss for a derivative, of one class and with labels
        let bent = |kernel: &Kernel| {
            let mut bent = kernel.clone();
            bent.outputs[1].value = bent.outputs[0].value;
            bent
        };
        let term = ApartKernel { term: bent(&good.term), ..good.clone() };
        assert!(gate(&term).unwrap_err().contains("backward") && !swept(&term).holds());
        let labelled = ApartKernel { labelled: bent(&good.labelled), ..good.clone() };
        assert!(gate(&labelled).unwrap_err().contains("backward with labels") && !swept(&labelled).holds());
        // labels that weigh nothing
        let mut heavy = good.clone();
        heavy.labelled.weighted = false;
        assert!(gate(&heavy).unwrap_err().contains("with labels") && !swept(&heavy).holds());
        let mut tight = good.clone();
        tight.labelled.outputs[0].bounds.iter_mut().for_each(|bound| bound.ulps = 0.3);
        assert!(!swept(&tight).holds());
    }
}
