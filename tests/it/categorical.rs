//! The loss of the probabilities of classes: its classes stand apart, its term is doubted as it is, cut, and with something
//! added, down to the last subnormal and up to 1.

use focal_derive::check::{Proof, check};
use focal_derive::derivation::{ByClass, Derivation, Status};
use focal_derive::kernel::{Format, Inst, Kernel, Mode, eval};
use focal_derive::setting::settle;
use focal_derive::verify::{Findings, VerifyOptions, verify, verify_kernel};
use focal_derive::{RuleBook, Spec, derive, lower};

use super::verify::{choices, derivation};

const LOSS: &str = "focal_categorical";
/// What the usual PyTorch module adds.
const EPS: &str = "1e-10";

fn by_class() -> &'static ByClass {
    derivation(LOSS).classes.as_ref().expect("a loss over classes")
}

/// The term of one class.
fn term() -> &'static Derivation {
    derivation(LOSS).of_elements()
}

fn kernel(words: &[(&str, &str)], format: Format, mode: Mode, order: u8) -> Kernel {
    let parameters = settle(&term().spec, &choices(words), format).unwrap();
    lower::kernel(term(), &parameters, (format, mode), order, false).unwrap_or_else(|m| panic!("{words:?}: {m}"))
}

fn each(check: impl Fn(Format, Mode)) {
    for format in [Format::F32, Format::F64] {
        for mode in [Mode::Accurate, Mode::Fast] {
            check(format, mode);
        }
    }
}

fn doubted(words: &[(&str, &str)], mode: Mode, order: u8) -> Findings {
    let options = VerifyOptions { choices: choices(words), mode, order, samples: 1_000, ..VerifyOptions::default() };
    verify(derivation(LOSS), &options).unwrap_or_else(|message| panic!("{words:?}: {message}"))
}

#[test]
fn the_case_of_the_target_is_the_whole_loss() {
    let found = by_class();
    assert!(
        found.apart && found.reduced.is_none() && derivation(LOSS).notes.is_empty(),
        "{:?}",
        derivation(LOSS).notes
    );
    let spec = &term().spec;
    let lines: Vec<String> = spec.formula.iter().map(|line| format!("{} = {}", line.name, line.value)).collect();
    assert_eq!(lines, ["alpha_t = alpha", "loss = -alpha_t * (1 - p_t)^gamma * log(p_t)"]);
    assert_eq!(spec.inputs.iter().map(|input| &*input.name).collect::<Vec<_>>(), ["p_t"]);
    assert!(spec.edges.len() == 7 && spec.edges.iter().all(|edge| &*edge.conditions[0].name == "p_t"));
    assert!(derivation(LOSS).claims.iter().all(|claim| claim.status == Status::Proved));
    // what `none` replaces is a name of the formula, so kernels and doubters speak of that
    let forms: Vec<_> = term().derived.iter().map(|derived| term().in_names(&derived.form)).collect();
    assert!(forms.len() == 2 && forms.iter().all(|form| form.mentions("alpha_t") && !form.mentions("alpha")));
    let other = &found.other.derivation.derived;
    assert!(other.len() == 2 && other.iter().all(|derived| derived.form.to_string() == "0"));
    // the other losses are whole, or go by the margin
    assert_eq!(derivation("focal_binary").of_elements().spec.inputs.len(), 2);
    assert!(derivation("focal_softmax").of_elements().spec.classes.is_some());
}

#[test]
fn another_class_that_moves_the_loss_is_refused() {
    let spec = Spec::builtin(LOSS).unwrap();
    let proof = || Proof::of(&derive(&spec, RuleBook::builtin()).unwrap());
    assert_eq!(check(&proof(), RuleBook::builtin()), Vec::new());
    let mut wrong = proof();
    let parts = &mut wrong.classes.as_mut().expect("cases").parts;
    // p[i] where p[t] stands
    parts[1].meanings.iter_mut().filter(|(name, _)| &**name == "p_t").for_each(|one| {
        one.1 = focal_derive::expr::Expr::parse("p[i]").unwrap();
    });
    let refusals = check(&wrong, RuleBook::builtin());
    assert!(refusals.iter().any(|refusal| refusal.why.contains("does not stand for `p[t]`")), "{refusals:?}");
}

#[test]
fn limits_are_given_at_both_ends() {
    let infinite = f64::INFINITY;
    // gamma; at p = 1 the derivative and the second one, for alpha = 1/4
    let easy = [("0", -0.25, 0.25), ("0.5", 0.0, infinite), ("1", 0.0, 0.5), ("1.5", 0.0, 0.0), ("2", 0.0, 0.0)];
    each(|format, mode| {
        for (gamma, first, second) in easy {
            let kernel = kernel(&[("alpha", "0.25"), ("gamma", gamma)], format, mode, 2);
            let at = |p: f64| eval::point(&kernel, p, 1.0, None, &[]);
            assert_eq!(at(1.0), [0.0, first, second], "{gamma} {format} {mode}");
            assert_eq!(at(0.0), [infinite, -infinite, infinite], "{gamma} {format} {mode}");
            assert_eq!(at(-0.0), at(0.0));
            for p in [-format.least(), 1.0 + 2.0 * format.unit(), infinite, -infinite, f64::NAN] {
                assert!(at(p).iter().all(|value| value.is_nan()), "{p}");
            }
        }
        let open = kernel(&[("alpha", "param"), ("gamma", "param")], format, mode, 1);
        let at = |p: f64, alpha: f64, gamma: f64| eval::point(&open, p, 1.0, None, &[alpha, gamma]);
        assert_eq!(at(1.0, 0.25, 0.0), [0.0, -0.25]);
        assert_eq!(at(0.0, 0.0, 2.0), [0.0, 0.0]);
        assert_eq!(at(0.0, 3.0, 2.0), [infinite, -infinite]);
    });
}

/// What is computed per class, for one-hot and soft labels: the same term, weighed by the label.
#[test]
fn labels_weigh_terms() {
    let parameters =
        settle(&term().spec, &choices(&[("alpha", "0.25"), ("gamma", "2"), ("clip", "1e-7")]), Format::F32);
    let kernel = lower::kernel(term(), &parameters.unwrap(), (Format::F32, Mode::Accurate), 1, true).unwrap();
    let (p, y) = ([0.0, 0.03, 0.25, 0.5, 1.0], [0.0, 1.0, 0.5, 0.125, 0.25]);
    let mut out = vec![Vec::new(); 2];
    let p: Vec<f64> = p.iter().map(|p| Format::F32.round(*p)).collect();
    eval::block(&kernel, &p, &[1.0; 5], Some(&y), &[], &mut out);
    let [lo, hi] = [Format::F32.round(1e-7), 1.0 - 2f64.powi(-23)];
    for (place, (p, y)) in p.iter().zip(y).enumerate() {
        // the older Keras function: alpha * y * (1 - p)^gamma * -log(p), p cut to [eps, 1 - eps]
        let cut = p.clamp(lo, hi);
        let loss = 0.25 * y * (1.0 - cut) * (1.0 - cut) * -cut.ln();
        assert!((out[0][place] - loss).abs() <= 1e-6 * loss, "{p}: {} {loss}", out[0][place]);
        assert!((out[1][place] != 0.0) == (cut == *p && y > 0.0), "{p}: {}", out[1][place]);
    }
}

#[test]
fn what_is_added_is_what_the_module_adds() {
    each(|format, mode| {
        for gamma in ["0", "0.5", "1", "2", "3"] {
            let kernel = kernel(&[("gamma", gamma), ("log_eps", EPS)], format, mode, 2);
            let eps = format.round(1e-10);
            let power: f64 = gamma.parse().unwrap();
            let at = |p: f64| eval::point(&kernel, p, 1.0, None, &[]);
            for p in [0.0, format.least(), 1e-30, 1e-10, 1e-3, 0.25, 0.5, 0.75, 0.9] {
                let p = format.round(p);
                let loss = -(1.0 - (p + eps)).powf(power) * (p + eps).ln();
                assert!((at(p)[0] / loss - 1.0).abs() < 1e-6, "{gamma} {p}: {:?} {loss}", at(p));
            }
            assert!(at(0.0).iter().all(|value| value.is_finite()), "{:?}", at(0.0));
            // 1 - p - eps is 0 there, and stays it
            let over = at(1.0);
            if gamma == "0" {
                assert_eq!(over[0], format.round(-eps.ln_1p()), "{format} {mode}");
                assert!((over[1] + 1.0).abs() < 1e-6 && (over[2] - 1.0).abs() < 1e-6, "{over:?}");
            } else {
                assert_eq!(over, [0.0; 3], "{gamma} {format} {mode}");
            }
            assert!(at(-format.least()).iter().chain(&at(1.0 + 2.0 * format.unit())).all(|value| value.is_nan()));
        }
    });
}

/// A sum that is exactly 1: 1 − p − eps is 0 there, and has no derivative.
#[test]
fn the_kink_counts_as_beyond_it() {
    let eps = "0.000000059604644775390625"; // 2^-24
    each(|format, mode| {
        let p = 1.0 - 2f64.powi(-24);
        for gamma in ["0.5", "1", "2"] {
            let kernel = kernel(&[("gamma", gamma), ("log_eps", eps)], format, mode, 2);
            assert_eq!(eval::point(&kernel, p, 1.0, None, &[]), [0.0; 3], "{gamma} {format} {mode}");
            let below = eval::point(&kernel, p - 2.0 * format.unit(), 1.0, None, &[]);
            assert!(below[0] > 0.0 && below[1] < 0.0 && below[2] > 0.0, "{gamma} {format} {mode}: {below:?}");
        }
        let one = kernel(&[("gamma", "0"), ("log_eps", eps)], format, mode, 2);
        assert_eq!(eval::point(&one, p, 1.0, None, &[]), [0.0, -1.0, 1.0]);
    });
}

#[test]
fn the_term_is_doubted() {
    let holds = |words: &[(&str, &str)], mode: Mode, order: u8| {
        let found = doubted(words, mode, order);
        assert!(found.holds() && found.checks.iter().all(|check| check.points > 0), "{words:?}\n{found}");
    };
    let kinds = [&[][..], &[("alpha", "0.25"), ("clip", "1e-7")], &[("alpha", "param"), ("log_eps", EPS)]];
    for (mode, gammas) in [(Mode::Accurate, &["0", "0.5", "2"][..]), (Mode::Fast, &["1"])] {
        for (gamma, words) in gammas.iter().flat_map(|gamma| kinds.map(|words| (*gamma, words))) {
            holds(&[&[("gamma", gamma)], words].concat(), mode, 2);
        }
    }
    for (mode, eps) in [
        (Mode::Fast, "1.1e-30"),
        (Mode::Accurate, "0.000000059604644775390625"),
        (Mode::Fast, "1e-3"),
        (Mode::Accurate, "0.24"),
    ] {
        holds(&[("alpha", "0.25"), ("gamma", "0.5"), ("log_eps", eps)], mode, 2);
    }
    let open = [("alpha", "param"), ("gamma", "param")];
    holds(&[&open[..], &[("clip", "1e-7")]].concat(), Mode::Fast, 1);
    holds(&[&open[..], &[("log_eps", EPS)]].concat(), Mode::Accurate, 1);
    holds(&[&open[..], &[("log_eps", "0.1")]].concat(), Mode::Fast, 1);
}

#[test]
fn accurate_kernels_are_as_exact_as_is_promised() {
    for words in [&[][..], &[("clip", "1e-7")], &[("log_eps", EPS)]] {
        for gamma in ["0", "0.5", "1", "2", "5"] {
            for (format, most) in [(Format::F32, 0.51), (Format::F64, 10.0)] {
                let kernel = kernel(&[&[("gamma", gamma)], words].concat(), format, Mode::Accurate, 2);
                let bounds = kernel.outputs.iter().flat_map(|output| &output.bounds);
                assert!(
                    bounds.clone().count() == 3 && bounds.clone().all(|bound| bound.ulps <= most),
                    "{words:?} {gamma}"
                );
            }
        }
    }
}

fn refuted(kernel: &Kernel) -> bool {
    let options = VerifyOptions { samples: 2_000, ..VerifyOptions::default() };
    !verify_kernel(term(), kernel, &options).unwrap().holds()
}

#[test]
fn what_is_planted_is_seen() {
    let with = |words: &[(&str, &str)]| {
        kernel(&[&[("alpha", "0.25"), ("gamma", "2")], words].concat(), Format::F32, Mode::Accurate, 1)
    };
    let [plain, added] = [with(&[]), with(&[("log_eps", EPS)])];
    assert!(!refuted(&plain) && !refuted(&added));
    // a kernel that adds nothing, or another number, is not the function that adds
    assert!(refuted(&Kernel { parameters: added.parameters.clone(), ..plain.clone() }));
    assert!(refuted(&Kernel { parameters: plain.parameters.clone(), ..added.clone() }));
    let other = with(&[("log_eps", "2e-10")]);
    assert!(refuted(&Kernel { parameters: added.parameters.clone(), ..other }));
    // nothing is 0 where nothing is left of 1
    for mode in [Mode::Accurate, Mode::Fast] {
        let mut bent = kernel(&[("gamma", "1"), ("log_eps", EPS)], Format::F32, mode, 2);
        let last = bent.outputs[2].value;
        let Inst::Select(_, value, _) = bent.lets[last.0].inst else { panic!("{:?}", bent.lets[last.0].inst) };
        bent.outputs[2].value = value;
        assert!(refuted(&bent), "{mode}");
    }
    // the logarithm of 1 + d as that of 1
    let mut flat = kernel(&[("gamma", "0"), ("log_eps", EPS)], Format::F64, Mode::Accurate, 0);
    let place = flat.lets.iter().position(|one| matches!(one.inst, Inst::Log1p(_))).expect("log1p(d)");
    let zero = flat.lets.iter().position(|one| one.inst == Inst::Const(0.0)).expect("0");
    flat.lets[place].inst = Inst::Neg(focal_derive::kernel::Val(zero));
    assert!(refuted(&flat));
    let mut tight = added.clone();
    tight.outputs[0].bounds[0].ulps = 0.4;
    assert!(refuted(&tight));
}
