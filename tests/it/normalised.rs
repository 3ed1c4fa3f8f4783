//! Kernels over rows that are divided by their sum, judged; what is planted in them; long rows.

use std::collections::BTreeSet;

use focal_derive::kernel::row::Row;
use focal_derive::kernel::{Format, Inst, Kernel, Mode, NormalisedKernel};
use focal_derive::lower::normalised_kernel;
use focal_derive::message::Message;
use focal_derive::oracle::judge::{Judge, Truth};
use focal_derive::rational::Rational;
use focal_derive::setting::settle;
use focal_derive::spec::Definition;
use focal_derive::verify::{Findings, gate_normalised, normalised};

use super::verify::{choices, derivation};

const LOSS: &str = "focal_normalised";

fn kernel(words: &[(&str, &str)], format: Format, order: u8) -> NormalisedKernel {
    let parameters = settle(&derivation(LOSS).spec, &choices(words), format).expect("settings");
    normalised_kernel(derivation(LOSS), &parameters, (format, Mode::Accurate), order)
        .unwrap_or_else(|message| panic!("{words:?}: {message}"))
}

fn swept(kernel: &NormalisedKernel, numbers: usize) -> Findings {
    let mut findings = Findings::default();
    normalised::sweep(derivation(LOSS), kernel, (numbers, 1), &mut findings).unwrap();
    findings
}

fn gate(kernel: &NormalisedKernel) -> Result<(), String> {
    gate_normalised(kernel, derivation(LOSS)).map_err(|message: Message| message.detail)
}

/// Bounds hold at every kind of row, and are within what is promised of such kernels.
#[test]
fn rows_are_what_the_formula_says() {
    for format in [Format::F32, Format::F64] {
        for (words, order) in [
            (&[("gamma", "0")][..], 2),
            (&[("gamma", "0.5")], 2),
            (&[("gamma", "1"), ("clip", "1e-7")], 2),
            (&[("gamma", "2"), ("alpha", "param")], 2),
            (&[("gamma", "2.5"), ("clip", "0.001")], 2),
            (&[("gamma", "5"), ("alpha", "0.25")], 2),
            (&[("gamma", "0.3")], 1),
            (&[("gamma", "param"), ("alpha", "param"), ("clip", "1e-7")], 1),
        ] {
            let kernel = kernel(words, format, order);
            let findings = swept(&kernel, 1_500);
            assert!(findings.holds(), "{format} {words:?}\n{findings}");
            let named: BTreeSet<&str> = findings.checks.iter().map(|check| check.subject.what.as_str()).collect();
            assert_eq!(named.len(), [2, 5, 8][usize::from(order)], "{findings}");
            for check in &findings.checks {
                let most = if format == Format::F32 { 0.51 } else { 2.0 };
                assert!(check.worst <= most && check.unsettled == 0, "{format} {words:?}\n{findings}");
            }
            let proved = kernel.term.outputs.iter().flat_map(|output| &output.bounds).map(|bound| bound.ulps);
            if format == Format::F32 {
                assert!(proved.fold(0.0, f64::max) <= 0.51, "{words:?}");
            }
        }
    }
}

/// A kernel with an instruction of an output changed.
fn bent(kernel: &Kernel, output: usize, change: &dyn Fn(&Inst) -> Inst) -> Kernel {
    let mut bent = kernel.clone();
    let value = bent.outputs[output].value;
    bent.lets[value.0].inst = change(&bent.lets[value.0].inst);
    bent
}

#[test]
fn what_is_planted_in_rows_is_seen() {
    for format in [Format::F32, Format::F64] {
        let good = kernel(&[("alpha", "param"), ("gamma", "2")], format, 2);
        assert_eq!(gate(&good), Ok(()));
        let findings = swept(&good, 800);
        assert!(findings.holds(), "{findings}");
        let seen = |bad: &NormalisedKernel, what: &str| {
            let said = gate(bad).expect_err(what);
            assert!(said.contains(what), "{what}: {said}");
            let findings = swept(bad, 800);
            assert!(findings.checks.iter().any(|check| check.subject.what == what), "{findings}");
            assert!(!findings.holds(), "{what}\n{findings}");
        };
        // another class's derivative over the target's number, and not over the sum; and its sign
        let Inst::Div(push, _) = good.term.lets[good.term.outputs[2].value.0].inst else { panic!("a quotient") };
        let x = good.term.lets.iter().position(|one| one.inst == Inst::X).expect("it reads its input");
        let over = |_: &Inst| Inst::Div(push, focal_derive::kernel::Val(x));
        seen(&NormalisedKernel { term: bent(&good.term, 2, &over), ..good.clone() }, "backward of another class");
        let minus = |_: &Inst| Inst::Neg(push);
        seen(&NormalisedKernel { term: bent(&good.term, 2, &minus), ..good.clone() }, "backward of another class");
        // the target's derivative without what is left of 1
        let mut whole = good.clone();
        whole.term.outputs[1].value = whole.term.outputs[2].value;
        seen(&whole, "backward of the target");
        let mut whole = good.clone();
        whole.term.outputs[4].value = whole.term.outputs[3].value;
        seen(&whole, "hessian of another class");
        // labels: the own derivative for that in another class
        let mut swapped = good.clone();
        swapped.labelled.outputs[2].value = swapped.labelled.outputs[1].value;
        seen(&swapped, "backward with labels");
        let mut none = good.clone();
        none.labelled.outputs[3].value = none.labelled.outputs[1].value;
        seen(&none, "hessian with labels");
        for place in [0, 1, 2] {
            let mut tight = good.clone();
            tight.term.outputs[place].bounds.iter_mut().for_each(|bound| bound.ulps = 0.4);
            assert!(!swept(&tight, 800).holds());
        }
    }
}

/// A clip whose end is off by one number of the format, and one that derivatives do not pass.
#[test]
fn ends_of_a_clip_are_judged() {
    for format in [Format::F32, Format::F64] {
        let good = kernel(&[("gamma", "1"), ("clip", "1e-7")], format, 1);
        assert_eq!(gate(&good), Ok(()));
        let lo = format.round(1e-7);
        for other in [lo * (1.0 + 2.0 * format.unit()), lo * 2.0] {
            let mut bad = good.clone();
            let changed = bad.term.lets.iter_mut().filter(|one| one.inst == Inst::Const(lo));
            assert_eq!(changed.map(|one| one.inst = Inst::Const(format.round(other))).count(), 1);
            assert!(gate(&bad).is_err() && !swept(&bad, 2_000).holds(), "{format} {other:e}");
        }
        // exactly on the lower end, of a row whose sum is 1
        let power = 2f64.powi(-23);
        let row = [lo, 1.0 - power, power - lo];
        let on = good.eval(&row, 0, &[]);
        assert!(on.derivatives[0][0] < -1e6 && on.derivatives[0][1] > 0.0, "{on:?}");
        let below = good.eval(&[f64::from_bits(lo.to_bits() - (1 << 29)), row[1], row[2]], 0, &[]);
        assert_eq!(below.derivatives, [[0.0; 3]]);
        assert_eq!(below.loss, on.loss);
    }
}

/// With one-hot labels the results are those of targets, within the bounds of both.
#[test]
fn one_hot_labels_are_targets() {
    for format in [Format::F32, Format::F64] {
        let kernel = kernel(&[("gamma", "2")], format, 2);
        let p = [0.2, 0.7, 1e-5, 0.1, 3.0, 1e-30, 0.4].map(|p| format.round(p));
        for target in 0..p.len() {
            let mut y = [0.0; 7];
            y[target] = 1.0;
            let (one, other) = (kernel.eval(&p, target, &[]), kernel.eval_labels(&p, &y, &|_| Vec::new()));
            let all = |row: &Row| [vec![row.loss], row.derivatives.concat()].concat();
            for (a, b) in all(&one).into_iter().zip(all(&other)) {
                assert!(a == b || (a - b).abs() <= 4.0 * format.unit() * a.abs(), "{format} {target}: {a:e} {b:e}");
            }
        }
    }
}

/// Errors do not grow with the number of classes: the loss and its derivatives through the share, known exactly.
#[test]
fn long_rows_keep_their_digits() {
    let of = derivation(LOSS).classes.as_ref().expect("classes").share.as_ref().expect("a share");
    for (format, most) in [(Format::F32, 0.51), (Format::F64, 10.0)] {
        let kernel = kernel(&[("gamma", "2")], format, 1);
        for classes in [1_000, 50_000] {
            let number = |class: usize| {
                let unit = (class as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
                format.round((unit as f64 / 1e6).exp2() / 2f64.powi(20))
            };
            let mut p: Vec<f64> = (0..classes).map(number).collect();
            for (target, own) in [(3, 1e-20), (classes / 2, 1.0), (classes - 1, 1e9)] {
                p[target] = format.round(own);
                let exact: Vec<Rational> = p.iter().map(|p| Rational::from_f64(*p).expect("a number")).collect();
                let sum = exact.iter().fold(Rational::ZERO, |sum, one| &sum + one);
                let others = &sum - &exact[target];
                let found = kernel.eval(&p, target, &[]);
                // in the target's number, and in another's with the rest as one number
                for (place, class) in [(0, target), (1, (target + 1) % classes)] {
                    let fixed = if place == 0 { others.clone() } else { &sum - &exact[class] };
                    let text = match place {
                        0 => format!("x / (x + {fixed})"),
                        _ => format!("{} / (x + {fixed})", exact[target]),
                    };
                    let mut spec = of.spec.clone();
                    spec.inputs[0].name = "x".into();
                    spec.inputs[0].domain = focal_derive::domain::Domain::Finite;
                    spec.edges.clear();
                    let share = focal_derive::expr::Expr::parse(&text).expect("an expression");
                    spec.formula.insert(0, Definition { name: "p_s".into(), value: share });
                    let truths = Judge::new(&spec, &kernel.term.parameters, None);
                    let truths = truths.truths(p[class], f64::NAN, &[], 1).outputs;
                    let ulps = |truth: Truth, measured: f64| truth.ulps(measured, format);
                    let errors = [ulps(truths[0], found.loss), ulps(truths[1], found.derivatives[0][class])];
                    assert!(
                        errors.iter().all(|error| *error <= most),
                        "{format} {classes} {target} {class}: {errors:?}"
                    );
                }
            }
        }
    }
}

/// What is no row is NaN in all of it; what has no weight is 0.
#[test]
fn what_is_no_row_is_nan() {
    for format in [Format::F32, Format::F64] {
        let kernel = kernel(&[("gamma", "2"), ("alpha", "param")], format, 2);
        let all = |row: &Row| [vec![row.loss], row.derivatives.concat()].concat();
        for p in [[0.0; 3], [0.5, f64::NAN, 0.5], [0.5, -1e-30, 0.5], [0.5, f64::INFINITY, 0.5], [1e30, 1e30, 1e30]] {
            let p = p.map(|p| format.round(p));
            let labels = kernel.eval_labels(&p, &[0.0, 0.0, 0.0], &|_| vec![1.0]);
            for row in [kernel.eval(&p, 0, &[1.0]), labels] {
                assert!(all(&row).iter().all(|value| value.is_nan()), "{p:?} {row:?}");
            }
        }
        for p in [[0.0, 0.5, 0.5], [0.5, 0.0, 0.0], [0.2, 0.3, 0.1]] {
            let p = p.map(|p| format.round(p));
            assert!(all(&kernel.eval(&p, 0, &[0.0])).iter().all(|value| *value == 0.0));
            assert!(all(&kernel.eval(&p, 0, &[-1.0])).iter().all(|value| value.is_nan()));
            let zeros = kernel.eval_labels(&p, &[0.0; 3], &|_| vec![-1.0]);
            assert!(all(&zeros).iter().all(|value| *value == 0.0));
        }
    }
}

/// The page shows the forms of kernels in the share, however it is computed.
#[test]
fn stable_forms_are_of_the_share() {
    let page = include_str!("../../derivations/focal_normalised/derivation.md");
    let (_, forms) = page.split_once("## Stable forms").expect("the page shows forms");
    assert!(forms.contains("{p_{s}}") && !forms.contains("{0}") && !forms.contains("cdot 0"), "{forms}");
}
