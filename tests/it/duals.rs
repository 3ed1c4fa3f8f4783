//! Rows of classes by dual numbers: the loss of the textbook in all inputs of a row at once, beside the judge, which knows
//! one of them, beside emitted rows, which know shares and margins, and beside the derived forms of each case.

use std::sync::Arc;

use focal_derive::expr::Expr;
use focal_derive::kernel::{Format, KernelParameter, Mode, eval};
use focal_derive::lower;
use focal_derive::oracle::judge::{Judge, Truth};
use focal_derive::rational::Rational;
use focal_derive::real::dual::gradient_hessian;
use focal_derive::setting::settle;
use focal_derive::spec::classes::{Row, row};
use focal_derive::verify::{Doubt, verify_rows};

use super::verify::{choices, derivation};

const ALPHA: f64 = 0.75;
const LOSSES: [&str; 3] = ["focal_softmax", "focal_categorical", "focal_normalised"];
const GAMMAS: [&str; 4] = ["0", "0.5", "2", "3.7"];

/// The probability of the target as textbooks have it, of the inputs x0, x1 and so on.
fn probability(loss: &str, classes: usize, target: usize) -> String {
    let sum = |term: &dyn Fn(usize) -> String| (0..classes).map(term).collect::<Vec<_>>().join(" + ");
    match loss {
        "focal_softmax" => format!("exp(x{target})/({})", sum(&|class| format!("exp(x{class})"))),
        "focal_normalised" => format!("x{target}/({})", sum(&|class| format!("x{class}"))),
        _ => format!("x{target}"),
    }
}

/// Gradient and diagonal of the Hessian by duals; the Hessian is symmetric.
fn by_duals(loss: &str, x: &[f64], target: usize, gamma: f64) -> [Vec<f64>; 2] {
    let p = probability(loss, x.len(), target);
    let text = format!("-a * (1 - {p})^g * log({p})");
    let expr = Expr::parse(&text).unwrap_or_else(|message| panic!("{message}"));
    let names: Vec<Arc<str>> = (0..x.len()).map(|class| format!("x{class}").into()).collect();
    let fixed = [(Arc::from("a"), ALPHA), (Arc::from("g"), gamma)];
    let (gradient, hessian) = gradient_hessian(&expr, &names, x, &fixed).unwrap();
    assert!((&hessian - hessian.transpose()).amax() <= 1e-14 * hessian.amax(), "{text} at {x:?}: {hessian}");
    [gradient.iter().copied().collect(), hessian.diagonal().iter().copied().collect()]
}

fn parameters(loss: &str, gamma: &str) -> Vec<KernelParameter> {
    settle(&derivation(loss).spec, &choices(&[("alpha", "param"), ("gamma", gamma)]), Format::F64).unwrap()
}

/// What the judge says of one input.
fn judged(loss: &str, x: &[f64], (target, class): (usize, usize), gamma: &str) -> [f64; 2] {
    let spec = row(&derivation(loss).spec, &Row { logits: x, target, class }).unwrap();
    let truths = Judge::new(&spec, &parameters(loss, gamma), None).truths(x[class], f64::NAN, &[ALPHA], 2).outputs;
    [1, 2].map(|order| match truths[order] {
        Truth::Finite(known) => known.to_f64(),
        other => panic!("{loss} at {x:?}, {target}, {class}: {other:?}"),
    })
}

fn agree(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-12 * b.abs().max(1e-3)
}

/// Rows whose probabilities are ordinary: numbers that no symmetry makes special.
fn rows(loss: &str) -> Vec<Vec<f64>> {
    let logits = [0.375, -0.8125, 1.1875, -1.4375, 0.6875, 2.0625, -0.3125, 0.9375, -1.8125, 1.5625];
    let of = |classes: usize, turn: usize| -> Vec<f64> {
        let some = (0..classes).map(|class| logits[(3 * class + turn) % logits.len()]);
        if loss == "focal_softmax" { some.collect() } else { some.map(|z| 0.5 + z / 5.0).collect() }
    };
    [2, 3, 10].into_iter().flat_map(|classes| (0..4).map(move |turn| (classes, turn))).map(|(c, t)| of(c, t)).collect()
}

/// Calls with every row, target and gamma.
fn each(loss: &str, check: impl Fn(&[f64], usize, &str)) {
    for gamma in GAMMAS {
        for x in rows(loss) {
            (0..x.len()).step_by(3).for_each(|target| check(&x, target, gamma));
        }
    }
}

#[test]
fn the_judge_of_a_row_says_what_duals_say() {
    for loss in LOSSES {
        each(loss, |x, target, gamma| {
            let found = by_duals(loss, x, target, gamma.parse().unwrap());
            for class in 0..x.len() {
                let truths = judged(loss, x, (target, class), gamma);
                for order in 0..2 {
                    let (found, truth) = (found[order][class], truths[order]);
                    assert!(agree(found, truth), "{loss}, {x:?}, {target}, {class}, {gamma}: {found} {truth}");
                }
            }
        });
    }
}

/// What is the same for every row of a loss: softmax does not see what is added to all, shares not what all are multiplied by.
#[test]
fn gradients_of_a_row_belong_together() {
    each("focal_softmax", |z, target, gamma| {
        let [gradient, _] = by_duals("focal_softmax", z, target, gamma.parse().unwrap());
        assert!(gradient.iter().sum::<f64>().abs() <= 1e-14 && gradient.iter().all(|one| *one != 0.0), "{gradient:?}");
    });
    each("focal_normalised", |p, target, gamma| {
        let [gradient, _] = by_duals("focal_normalised", p, target, gamma.parse().unwrap());
        let along: f64 = gradient.iter().zip(p).map(|(slope, p)| slope * p).sum();
        assert!(along.abs() <= 1e-14 && gradient.iter().all(|one| *one != 0.0), "{gradient:?}");
    });
    each("focal_categorical", |p, target, gamma| {
        let found = by_duals("focal_categorical", p, target, gamma.parse().unwrap());
        let others = |all: &Vec<f64>| all.iter().enumerate().all(|(class, one)| class == target || *one == 0.0);
        assert!(found.iter().all(others), "{found:?}");
    });
}

#[test]
fn emitted_rows_give_what_duals_give() {
    let all = |gamma: &str| {
        lower::row_kernel(
            derivation("focal_softmax"),
            &parameters("focal_softmax", gamma),
            (Format::F64, Mode::Accurate),
            2,
        )
    };
    let kernels = GAMMAS.map(|gamma| (gamma, all(gamma).unwrap()));
    each("focal_softmax", |z, target, gamma| {
        let (_, kernel) = kernels.iter().find(|(of, _)| *of == gamma).unwrap();
        let found = kernel.eval(z, target, &[ALPHA]).derivatives;
        let expected = by_duals("focal_softmax", z, target, gamma.parse().unwrap());
        for (found, expected) in found.iter().flatten().zip(expected.iter().flatten()) {
            assert!(agree(*found, *expected), "{z:?}, {target}, {gamma}: {found} {expected}");
        }
    });
    // classes that stand apart: the kernel of the term
    let term = derivation("focal_categorical").of_elements();
    let kernel = |gamma: &str| {
        let parameters = parameters("focal_categorical", gamma);
        lower::kernel(term, &parameters, (Format::F64, Mode::Accurate), 2, false).unwrap()
    };
    let kernels = GAMMAS.map(|gamma| (gamma, kernel(gamma)));
    each("focal_categorical", |p, target, gamma| {
        let (_, kernel) = kernels.iter().find(|(of, _)| *of == gamma).unwrap();
        let found = eval::point(kernel, p[target], 1.0, None, &[ALPHA]);
        let expected = by_duals("focal_categorical", p, target, gamma.parse().unwrap());
        assert!((0..2).all(|order| agree(found[order + 1], expected[order][target])), "{found:?} {expected:?}");
    });
}

/// Another power, by little, is told apart.
#[test]
fn another_loss_is_another_one() {
    each("focal_softmax", |z, target, gamma| {
        let near = by_duals("focal_softmax", z, target, gamma.parse::<f64>().unwrap() + 1e-7);
        let truth = judged("focal_softmax", z, (target, target), gamma)[0];
        assert!(!agree(near[0][target], truth), "{z:?}, {target}, {gamma}: {near:?} {truth}");
    });
}

#[test]
fn forms_of_both_cases_hold_in_rows() {
    for loss in LOSSES {
        for words in [[("alpha", "param"), ("gamma", "param")], [("alpha", "none"), ("gamma", "2")]] {
            let parameters = settle(&derivation(loss).spec, &choices(&words), Format::F64).unwrap();
            let found = verify_rows(derivation(loss), &parameters, 60, 1).unwrap();
            assert!(found.holds(), "{found}");
            for check in &found.checks {
                assert!(check.doubt == Doubt::Duals && check.points > 50 && check.worst <= 1e-12, "{found}");
            }
        }
    }
}

/// A form that is wrong by little, in either case and order, is refuted, with the row as witness.
#[test]
fn a_form_that_is_wrong_by_little_is_refuted_in_a_row() {
    for loss in LOSSES {
        let parameters = parameters(loss, "2");
        for (own, order) in [(true, 1), (true, 2), (false, 1), (false, 2)] {
            let mut wrong = derivation(loss).clone();
            let classes = wrong.classes.as_mut().unwrap();
            let part = if own { &mut classes.own } else { &mut classes.other };
            let name = format!("d{}_{}", if order == 1 { "" } else { "2" }, part.derivation.spec.inputs[0].name);
            let derived = part.derivation.derived.iter_mut().find(|derived| derived.name == name);
            let form = &mut derived.unwrap_or_else(|| panic!("no {name} of {loss}")).form;
            *form = match form.to_string() == "0" {
                true => Expr::Number(Rational::from_decimal("0.00000001").unwrap()),
                false => form.clone() * Expr::Number(Rational::from_decimal("1.00000001").unwrap()),
            };
            let found = verify_rows(&wrong, &parameters, 40, 1).unwrap();
            let [finding] = &found.findings[..] else { panic!("{loss} {name}: {found}") };
            assert_eq!(finding.subject.what, format!("{name} in a row"));
            let list = &derivation(loss).spec.inputs[0].name;
            assert_eq!(finding.witness.values[0].0, format!("{list}[0]"));
            assert!(finding.again.ends_with("--precision f64 --samples 40 --seed 1"), "{}", finding.again);
        }
    }
}
