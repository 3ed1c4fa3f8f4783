//! Kernels over rows of classes: their evaluator beside the softmax of the textbook, judged in every logit by itself.

use focal_derive::derivation::Derivation;
use focal_derive::kernel::{Format, Mode, RowKernel};
use focal_derive::lower::row_kernel;
use focal_derive::oracle::judge::{Judge, Truth};
use focal_derive::rational::Rational;
use focal_derive::setting::{Choice, settle};
use focal_derive::{RuleBook, Spec, derive};

fn derivation() -> Derivation {
    let spec = Spec::builtin("focal_softmax").expect("it comes with the tool");
    derive(&spec, RuleBook::builtin()).expect("a derivation")
}

fn kernel(derivation: &Derivation, gamma: &str, format: Format) -> RowKernel {
    let choice = |text| Choice::parse(text).expect("a choice");
    let choices = [("alpha".to_string(), choice("param")), ("gamma".to_string(), choice(gamma))];
    let parameters = settle(&derivation.spec, &choices, format).expect("settings");
    row_kernel(derivation, &parameters, (format, Mode::Accurate), 2).unwrap_or_else(|message| panic!("{message}"))
}

/// The textbook's loss as one of the logits changes: the others are numbers.
fn textbook(z: &[f64], target: usize, class: usize, alpha: f64, gamma: &str) -> Spec {
    let exact = |value: f64| Rational::from_f64(value).expect("a finite number");
    let term = |place: usize| if place == class { "exp(x)".to_string() } else { format!("exp({})", exact(z[place])) };
    let all: Vec<String> = (0..z.len()).map(term).collect();
    let text = format!(
        "[inputs]\nx = {{ domain = \"finite\" }}\ny = {{ domain = \"{{0, 1}}\" }}\n[formula]\np_t = \"{} / ({})\"\n\
         loss = \"-{} * (1 - p_t)^{gamma} * log(p_t)\"\n",
        term(target),
        all.join(" + "),
        exact(alpha),
    );
    Spec::parse("row", "row.toml", &text).unwrap_or_else(|message| panic!("{message}"))
}

/// The sum of absolute terms of the second derivative in a logit.
fn terms(z: &[f64], target: usize, class: usize, alpha: f64, gamma: f64) -> f64 {
    let others = || z.iter().enumerate().filter(|(place, _)| *place != target);
    let greatest = others().fold(f64::NEG_INFINITY, |most, (_, z)| most.max(*z));
    let sum: f64 = others().map(|(_, z)| (z - greatest).exp()).sum();
    let m = z[target] - greatest - sum.ln();
    let t = (-m.abs()).exp();
    let (small, large) = (t / (1.0 + t), 1.0 / (1.0 + t));
    let (p, q) = if m < 0.0 { (small, large) } else { (large, small) };
    let ell = (-m).max(0.0) + t.ln_1p();
    let first = alpha * q.powf(gamma) * (gamma * p * ell + q);
    let second = alpha * p * q.powf(gamma) * ((1.0 + 2.0 * gamma) * q + gamma * ell * (gamma * p + q));
    if class == target {
        return second;
    }
    let r = (z[class] - greatest).exp() / sum;
    let without: f64 =
        others().filter(|(place, _)| *place != class).map(|(_, z)| (z - greatest).exp()).sum::<f64>() / sum;
    r * (r * second + first * without)
}

const ROWS: [&[f64]; 9] = [
    &[0.75, -1.25],
    &[30.0, -2.5],
    &[-40.0, 11.0],
    &[1.0, 2.0, -3.0],
    &[0.0, 60.0, 0.0, 1.0, -2.0],
    &[5.0, 5.0, 5.0, 5.0],
    &[12.5, 1.0, -7.25, 0.0625, 3.0, -18.0, 2.0, 2.5, 9.0],
    &[1e5, 1e5 - 3.0, 1e5 - 0.5],
    &[-20.0, -19.5, 1.0, 0.25, 0.125],
];

/// What is measured of one result: its error in ulps, of T where that is given.
fn error(truth: &Truth, found: f64, of_terms: Option<f64>, format: Format) -> f64 {
    let Truth::Finite(known) = truth else { panic!("not settled: {truth:?}") };
    let ulps = known.ulps(found, format);
    let value = known.to_f64().abs();
    match of_terms {
        Some(terms) if value > 0.0 => ulps * value / terms.max(value),
        _ => ulps,
    }
}

/// Every result of every row, and the bound that is proved for it, by the name of what it is.
fn measured(format: Format, gamma: &str, shake: impl Fn(f64) -> f64) -> Vec<(String, f64, f64)> {
    let mut seen = Vec::new();
    let kernel = kernel(&derivation(), gamma, format);
    let alpha = 0.75;
    for row in ROWS {
        let z: Vec<f64> = row.iter().map(|z| format.round(*z)).collect();
        for target in 0..z.len() {
            let found = kernel.eval(&z, target, &[alpha]);
            for class in 0..z.len() {
                let judge = Judge::new(&textbook(&z, target, class, alpha, gamma), &[], None);
                let truths = judge.truths(z[class], 1.0, &[], 2).outputs;
                let t = terms(&z, target, class, alpha, gamma.parse().expect("a number"));
                let outputs = if class == target {
                    kernel.row.outputs[1..].iter()
                } else {
                    kernel.class.as_ref().expect("it has derivatives").outputs.iter()
                };
                let bounds: Vec<f64> = outputs.take(2).map(|output| output.bounds[0].ulps).collect();
                let name = |what: &str| format!("{what} of {class} in {row:?}, target {target}, gamma = {gamma}");
                let loss = error(&truths[0], shake(found.loss), None, format);
                seen.push((name("loss"), loss, kernel.row.outputs[0].bounds[0].ulps));
                let first = error(&truths[1], shake(found.derivatives[0][class]), None, format);
                seen.push((name("gradient"), first, bounds[0]));
                let second = error(&truths[2], shake(found.derivatives[1][class]), Some(t), format);
                seen.push((name("Hessian"), second, bounds[1]));
            }
        }
    }
    seen
}

#[test]
fn rows_are_within_their_bounds() {
    for format in [Format::F32, Format::F64] {
        for gamma in ["0", "0.5", "2", "2.5"] {
            for (name, error, bound) in measured(format, gamma, |value| value) {
                assert!(error <= bound, "{format}: {name}: {error} ulp, bound {bound}");
                let asked = if format == Format::F32 { 0.51 } else { 10.0 };
                assert!(error <= asked, "{format}: {name}: {error} ulp");
            }
        }
    }
}

#[test]
fn what_is_off_is_seen() {
    for format in [Format::F32, Format::F64] {
        let step = 32.0 * format.unit();
        let seen = measured(format, "2", |value| format.round(value * (1.0 + step)));
        let off = seen.iter().filter(|(_, error, bound)| error > bound).count();
        assert!(off * 2 > seen.len(), "{format}: {off} of {}", seen.len());
    }
}

#[test]
fn ends_of_a_row_are_limits() {
    let (inf, nan) = (f64::INFINITY, f64::NAN);
    let derivation = derivation();
    for format in [Format::F32, Format::F64] {
        let kernel = kernel(&derivation, "2", format);
        let gradient = |z: &[f64], target: usize, alpha: f64| {
            let found = kernel.eval(z, target, &[alpha]);
            (found.loss, found.derivatives[0].clone())
        };
        // an other class at −∞ is absent
        let with = gradient(&[1.0, 2.0, -inf], 0, 0.5);
        let without = gradient(&[1.0, 2.0], 0, 0.5);
        assert_eq!((with.0, &with.1[..2], with.1[2].abs()), (without.0, &without.1[..], 0.0));
        assert_eq!(gradient(&[1.0, -inf, -inf], 0, 0.5).0, 0.0);
        assert!(gradient(&[1.0, -inf, -inf], 0, 0.5).1.iter().all(|value| *value == 0.0));
        assert!(gradient(&[inf, 3.0, 4.0], 0, 0.5).1.iter().all(|value| *value == 0.0));
        let (loss, found) = gradient(&[-inf, 1.0, 1.0], 0, 0.5);
        assert_eq!((loss, found), (inf, vec![-0.5, 0.25, 0.25]));
        let (loss, found) = gradient(&[1.0, inf, 1.0], 0, 0.5);
        assert_eq!((loss, found), (inf, vec![-0.5, 0.5, 0.0]));
        for z in [&[inf, inf, 1.0][..], &[1.0, inf, inf], &[-inf, -inf, -inf], &[1.0, nan, 2.0], &[nan, 1.0, 2.0]] {
            let (loss, found) = gradient(z, 0, 0.5);
            assert!(loss.is_nan() && found.iter().all(|value| value.is_nan()), "{format}: {z:?}: {loss} {found:?}");
        }
        let (loss, found) = gradient(&[-inf, 1.0, 1.0], 0, 0.0);
        assert!(loss == 0.0 && found.iter().all(|value| *value == 0.0), "{loss} {found:?}");
        assert!(gradient(&[0.5, 1.0], 0, -1.0).0.is_nan());
    }
}
