//! Is the oracle right, and does the judge say what the oracle says?

use std::collections::BTreeMap;
use std::sync::Arc;

use focal_derive::Spec;
use focal_derive::expr::Expr;
use focal_derive::kernel::{KernelParameter, Setting};
use focal_derive::op::{Op, TABLE};
use focal_derive::oracle::judge::{Judge, Known, Truth};
#[cfg(feature = "mpfr")]
use focal_derive::oracle::value_by;
use focal_derive::oracle::{Backend, Outcome, derivatives_by, value};
use focal_derive::rational::Rational;
use focal_derive::real::dual::gradient_hessian;
use focal_derive::real::{Fault, eval};

fn point(at: &[(&str, f64)]) -> BTreeMap<Arc<str>, Rational> {
    at.iter().map(|(name, value)| (Arc::from(*name), Rational::from_f64(*value).unwrap())).collect()
}

fn expr(text: &str) -> Expr {
    Expr::parse(text).unwrap_or_else(|message| panic!("{message}"))
}

fn number(text: &str, at: &[(&str, f64)]) -> f64 {
    match value(&expr(text), &point(at)) {
        Outcome::Value(known) => known.to_f64(),
        other => panic!("{text} at {at:?}: {other:?}"),
    }
}

/// A judge of a built-in loss; parameters are fixed values, `None` for `none`, NaN for an argument.
fn judge(loss: &str, parameters: &[(&str, Option<f64>)]) -> Judge {
    let spec = Spec::builtin(loss).unwrap_or_else(|message| panic!("{message}"));
    let parameters: Vec<KernelParameter> = spec
        .parameters
        .iter()
        .map(|parameter| {
            let (_, setting) = parameters.iter().find(|(name, _)| **name == *parameter.name).unwrap();
            let setting = match setting {
                None => Setting::None,
                Some(value) if value.is_nan() => Setting::Argument,
                Some(value) => Setting::Fixed { exact: Rational::from_f64(*value).unwrap(), value: *value },
            };
            KernelParameter { name: parameter.name.to_string(), setting, domain: parameter.domain.clone() }
        })
        .collect();
    Judge::new(&spec, &parameters, None)
}

fn focal(gamma: f64) -> Judge {
    judge("focal_binary", &[("alpha", None), ("gamma", Some(gamma))])
}

fn finite(truth: Truth) -> Known {
    match truth {
        Truth::Finite(known) => known,
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_outside_a_domain_are_undefined_and_equal_ones_unsettled() {
    let at = point(&[("a", -1.5), ("b", 0.0), ("c", 2.0)]);
    for text in
        ["log(a)", "log(b)", "1/b", "sqrt(a)", "a^0.5", "b^a", "log1p(2*a)", "b^(-2)", "nothing", "clamp(a, c, b)"]
    {
        assert_eq!(value(&expr(text), &at), Outcome::Undefined, "{text}");
    }
    // no number of digits tells these from 0
    for text in ["log(c)*2 - log(c*c)", "1/(exp(a)*exp(-a) - 1)", "log(exp(c) - exp(c)*1)"] {
        let outcome = value(&expr(text), &at);
        assert!(outcome == Outcome::Unsettled || outcome == Outcome::Undefined, "{text}: {outcome:?}");
    }
    assert_eq!(value(&expr("log(c)*2 - log(c*c)"), &at), Outcome::Unsettled);
    assert_eq!(number("b^b", &[("b", 0.0)]), 1.0);
    assert_eq!(number("a^3", &[("a", -1.5)]), -3.375);
    assert_eq!(number("where(a < 0, a, log(a))", &[("a", -1.5)]), -1.5);
    assert_eq!(number("c - c", &[("c", 2.0)]), 0.0);
}

#[test]
fn digits_grow_until_they_settle() {
    // at 60 digits 1 + exp(-136) has lost exp(-136)
    let lost = number("log(1/(1 + exp(-x)))", &[("x", 136.0)]);
    assert_eq!(lost, number("-log1p(exp(-x))", &[("x", 136.0)]));
    assert_eq!(lost, number("-softplus(-x)", &[("x", 136.0)]));
    assert_eq!(number("expm1(x)", &[("x", 1e-300)]), 1e-300);
    assert_eq!(number("sigmoid(x) - 0.5", &[("x", 1e-300)]), 0.25e-300);
}

/// The derivatives of the binary focal loss in the form without differences (z = s·x), stated apart from the spec.
const STATED: [&str; 3] = [
    "sigmoid(-s*x)^g * softplus(-s*x)",
    "-s * sigmoid(-s*x)^g * (g*sigmoid(s*x)*softplus(-s*x) + sigmoid(-s*x))",
    "sigmoid(s*x) * sigmoid(-s*x)^g * ((1 + 2*g)*sigmoid(-s*x) + g*softplus(-s*x)*(g*sigmoid(s*x) - sigmoid(-s*x)))",
];

/// Logits of every size and both signs, near the sign change of the Hessian too.
fn logits() -> Vec<f64> {
    let sizes = [
        5e-324, 1e-300, 1e-160, 1e-20, 1e-8, 0.01, 0.3, 1.0, 2.75, 2.7899, 3.0978, 17.3, 36.9, 88.7, 136.0, 709.8,
        744.9, 1200.0, 98765.4, 1e5,
    ];
    sizes.iter().flat_map(|x| [*x, -*x]).chain([0.0]).collect()
}

/// Do two reals agree to this many bits?
fn agree(a: Known, b: Known, bits: i32) -> bool {
    if a.is_zero() || b.is_zero() {
        let small = |known: Known| known.is_zero() || known.exponent < Known::LEAST;
        return small(a) && small(b);
    }
    let scale = |known: Known| 2f64.powi((known.exponent - a.exponent).clamp(-2000, 2000) as i32);
    let off = (a.hi - b.hi * scale(b)) + (a.lo - b.lo * scale(b));
    off.abs() <= 2f64.powi(-bits)
}

#[test]
fn the_judge_differentiates_the_spec_as_the_paper_does() {
    for gamma in [0.0, 0.5, 1.0, 2.0, 3.7, 5.0] {
        let judge = focal(gamma);
        for x in logits() {
            for y in [0.0, 1.0] {
                let truths = judge.truths(x, y, &[], 2);
                let at = point(&[("x", x), ("s", 2.0 * y - 1.0), ("g", gamma)]);
                for (text, truth) in STATED.iter().zip(&truths.outputs) {
                    let Outcome::Value(stated) = value(&expr(text), &at) else { panic!("{text} at {at:?}") };
                    let found = finite(*truth);
                    assert!(
                        agree(found, stated, 79),
                        "{text} at x = {x:e}, y = {y}, gamma = {gamma}: {found:?} {stated:?}"
                    );
                }
            }
        }
    }
}

#[test]
fn far_points_and_limits() {
    let judge = focal(2.0);
    for size in [1e6, 1e9, 1e100, 1e300, f64::MAX] {
        // hard examples: the loss is |x|, the gradient 1
        for (x, y) in [(-size, 1.0), (size, 0.0)] {
            let truths = judge.truths(x, y, &[], 2);
            let s = 2.0 * y - 1.0;
            let found: Vec<f64> = truths.outputs.iter().map(|truth| finite(*truth).to_f64()).collect();
            assert_eq!(found, [size, -s, 0.0], "{x} {y}");
        }
        for (x, y) in [(size, 1.0), (-size, 0.0)] {
            let truths = judge.truths(x, y, &[], 2);
            assert!(truths.outputs.iter().all(|truth| finite(*truth).to_f64() == 0.0), "{x} {y}");
        }
    }
    let infinite = Truth::Infinite { negative: false };
    let known = |value: f64| Truth::Finite(Known::from_f64(value).unwrap());
    let limits = |x: f64, y: f64| judge.truths(x, y, &[], 2).outputs;
    assert_eq!(limits(f64::INFINITY, 1.0), [known(0.0); 3]);
    assert_eq!(limits(f64::NEG_INFINITY, 1.0), [infinite, known(-1.0), known(0.0)]);
    assert_eq!(limits(f64::INFINITY, 0.0), [infinite, known(1.0), known(0.0)]);
    for (x, y) in [(f64::NAN, 1.0), (0.5, 0.5), (0.5, f64::NAN), (1.0, 2.0), (f64::INFINITY, -1.0)] {
        assert_eq!(limits(x, y), [Truth::Undefined; 3], "{x} {y}");
    }
    assert_eq!(limits(0.0, -0.0), limits(0.0, 0.0));
}

#[test]
fn parameters_count_as_the_floats_that_they_are() {
    let judge = self::judge("focal_binary", &[("alpha", Some(f64::NAN)), ("gamma", Some(f64::NAN))]);
    for (alpha, gamma) in [(-0.1, 2.0), (1.1, 2.0), (f64::NAN, 2.0), (0.5, -1.0), (0.5, f64::INFINITY), (0.5, f64::NAN)]
    {
        assert_eq!(judge.truths(1.0, 1.0, &[alpha, gamma], 1).outputs, [Truth::Undefined; 2], "{alpha} {gamma}");
    }
    let loss = |x: f64, y: f64, alpha: f64| judge.truths(x, y, &[alpha, 2.0], 2).outputs;
    // 1 − alpha is exact: rounded again it would be 1
    let tiny = loss(-3.0, 0.0, 1e-30);
    let plain = focal(2.0).truths(-3.0, 0.0, &[], 2).outputs;
    assert_ne!(tiny, plain);
    assert!(agree(finite(tiny[0]), finite(plain[0]), 98));
    let zero = Truth::Finite(Known::ZERO);
    for x in [f64::NEG_INFINITY, -1e300, -2.0, 0.0, 3.0, 1e300, f64::INFINITY] {
        assert_eq!(loss(x, 1.0, 0.0), [zero; 3], "{x}");
        assert_eq!(loss(x, 0.0, 1.0), [zero; 3], "{x}");
    }
    let minus = Truth::Finite(Known::from_f64(-0.25).unwrap());
    assert_eq!(loss(f64::NEG_INFINITY, 1.0, 0.25)[1], minus);
    let star = self::judge("focal_star", &[("gamma", Some(2.0)), ("beta", Some(-1.7))]);
    let at = point(&[("x", 0.3), ("b", -1.7)]);
    let Outcome::Value(stated) = value(&expr("softplus(-(2*x + b))/2"), &at) else { panic!() };
    assert!(agree(finite(star.truths(0.3, 1.0, &[], 0).outputs[0]), stated, 100));
}

#[cfg(feature = "mpfr")]
#[test]
fn two_oracles_agree() {
    for gamma in [0.0, 0.5, 2.0, 3.7] {
        for x in logits() {
            for s in [1.0, -1.0] {
                let at = point(&[("x", x), ("s", s), ("g", gamma)]);
                let loss = expr("-(1 - sigmoid(s*x))^g * log(sigmoid(s*x))");
                let both = [Backend::Dashu, Backend::Mpfr].map(|backend| derivatives_by(backend, &loss, "x", &at));
                for (order, text) in STATED.iter().enumerate() {
                    let stated = value_by(Backend::Mpfr, &expr(text), &at);
                    match (both[0][order], both[1][order], stated) {
                        (Outcome::Value(dashu), Outcome::Value(mpfr), Outcome::Value(stated)) => {
                            assert_eq!(dashu.to_f64(), mpfr.to_f64(), "{text} at x = {x:e}, s = {s}, gamma = {gamma}");
                            assert!(agree(dashu, mpfr, 100), "{text} at x = {x:e}, s = {s}, gamma = {gamma}");
                            assert!(agree(dashu, stated, 100), "{text} at x = {x:e}, s = {s}, gamma = {gamma}");
                        }
                        other => panic!("{text} at x = {x:e}, s = {s}, gamma = {gamma}: {other:?}"),
                    }
                }
            }
        }
    }
}

#[test]
fn duals_agree_with_the_oracle_in_the_interior() {
    let loss = expr("-(1 - sigmoid(x))^g * log(sigmoid(x))");
    let names: Vec<Arc<str>> = ["x", "g"].map(Arc::from).to_vec();
    for x in [-7.3, -2.2, -0.4, 0.6, 1.9, 4.5] {
        for g in [0.3, 1.7, 2.0, 4.1] {
            let (gradient, hessian) = gradient_hessian(&loss, &names, &[x, g], &[]).unwrap();
            let at = point(&[("x", x), ("g", g)]);
            for (place, name) in ["x", "g"].into_iter().enumerate() {
                let [_, first, second] = derivatives_by(Backend::Dashu, &loss, name, &at);
                for (found, truth) in [(gradient[place], first), (hessian[(place, place)], second)] {
                    let Outcome::Value(truth) = truth else { panic!("{name} at {x}, {g}: {truth:?}") };
                    let truth = truth.to_f64();
                    assert!(
                        (found - truth).abs() <= 1e-12 * truth.abs().max(1e-3),
                        "{name} at {x}, {g}: {found} {truth}"
                    );
                }
            }
            assert_eq!(hessian, hessian.transpose());
            // the same by one variable, the other fixed
            let fixed = [(names[1].clone(), g)];
            let (alone, bend) = gradient_hessian(&loss, &names[..1], &[x], &fixed).unwrap();
            assert!((alone[0] - gradient[0]).abs() <= 1e-13 * gradient[0].abs());
            assert!((bend[(0, 0)] - hessian[(0, 0)]).abs() <= 1e-12 * hessian[(0, 0)].abs().max(1e-3));
        }
    }
    let undefined = expr("log(x) + g");
    assert_eq!(gradient_hessian(&undefined, &names, &[-1.0, 0.0], &[]), Err(Fault::Undefined));
}

#[test]
fn one_evaluator_runs_over_floats_too() {
    let loss = expr("-(1 - sigmoid(x))^g * log(sigmoid(x)) + where(x < 0, min(x, -g), clamp(x, 0, 0.5))");
    for x in [-3.0, -0.25, 0.25, 2.0] {
        let exact = number(
            "-(1 - sigmoid(x))^g * log(sigmoid(x)) + where(x < 0, min(x, -g), clamp(x, 0, 0.5))",
            &[("x", x), ("g", 2.5)],
        );
        let env: BTreeMap<Arc<str>, f64> = [(Arc::from("x"), x), (Arc::from("g"), 2.5)].into();
        let short: BTreeMap<Arc<str>, f32> = env.iter().map(|(name, value)| (name.clone(), *value as f32)).collect();
        assert!((eval(&loss, &env, &0.0).unwrap() - exact).abs() < 1e-14);
        assert!((f64::from(eval(&loss, &short, &0f32).unwrap()) - exact).abs() < 1e-5);
        assert_eq!(eval(&expr("nothing + x"), &env, &0.0), Err(Fault::Undefined));
        assert_eq!(eval(&expr("log(-abs(x))"), &env, &0.0), Err(Fault::Undefined));
    }
}

/// Formulas that no trick is made for, against their own closed forms.
#[test]
fn jets_follow_every_operator() {
    let pairs = [
        ("x^3 - 2*x", "3*x^2 - 2", "6*x"),
        ("exp(-x*x)", "-2*x*exp(-x*x)", "(4*x*x - 2)*exp(-x*x)"),
        ("log(1 + exp(-x))", "-1/(1 + exp(x))", "exp(x)/(1 + exp(x))^2"),
        ("log1p(x*x)", "2*x/(1 + x*x)", "2*(1 - x*x)/(1 + x*x)^2"),
        ("expm1(x/2)", "exp(x/2)/2", "exp(x/2)/4"),
        ("sqrt(1 + x*x)", "x/sqrt(1 + x*x)", "1/(1 + x*x)^1.5"),
        ("softplus(3*x)", "3*sigmoid(3*x)", "9*sigmoid(3*x)*sigmoid(-3*x)"),
        ("sigmoid(x)/sigmoid(-x)", "exp(x)", "exp(x)"),
        ("sigmoid(x) - 1", "sigmoid(x)*sigmoid(-x)", "sigmoid(x)*sigmoid(-x)*(sigmoid(-x) - sigmoid(x))"),
        ("sqrt(exp(x))", "exp(x/2)/2", "exp(x/2)/4"),
        ("(2 + x*x)^x", "(2 + x*x)^x*(log(2 + x*x) + 2*x*x/(2 + x*x))", ""),
        ("abs(x)*x", "2*abs(x)", "2*x/abs(x)"),
        ("max(x, 2*x) + min(x, 2*x)", "3", "0"),
        ("where(x < 0, x^2, exp(x))", "where(x < 0, 2*x, exp(x))", "where(x < 0, 2, exp(x))"),
        ("1/(x*x + 1)", "-2*x/(x*x + 1)^2", "(6*x*x - 2)/(x*x + 1)^3"),
        ("7", "0", "0"),
    ];
    for x in [-41.3, -2.5, -0.125, 0.3, 1.75, 30.5] {
        let at = point(&[("x", x)]);
        for (text, first, second) in pairs {
            let parts = derivatives_by(Backend::Dashu, &expr(text), "x", &at);
            for (found, stated) in parts.iter().zip([text, first, second]).filter(|(_, stated)| !stated.is_empty()) {
                let (Outcome::Value(found), Outcome::Value(stated)) = (*found, value(&expr(stated), &at)) else {
                    panic!("{text} at {x}: {found:?}, stated {stated}")
                };
                assert!(agree(found, stated, 100), "{text} at {x}: {found:?} {stated:?}");
            }
        }
    }
    // a kink has a value and no derivative; x^1.5 at 0 has one derivative and no second
    let zero = point(&[("x", 0.0)]);
    let known = |value: f64| Outcome::Value(Known::from_f64(value).unwrap());
    let of = |text: &str| derivatives_by(Backend::Dashu, &expr(text), "x", &zero);
    assert_eq!(of("abs(x)"), [known(0.0), Outcome::Undefined, Outcome::Undefined]);
    assert_eq!(of("x^1.5"), [known(0.0), known(0.0), Outcome::Undefined]);
    assert_eq!(of("x^2"), [known(0.0), known(0.0), known(2.0)]);
    assert_eq!(of("x^0"), [known(1.0), known(0.0), known(0.0)]);
}

/// Formulas of every operator at random, at points of every size: nothing panics, and what two backends settle is one value.
#[test]
fn nothing_makes_the_oracle_panic() {
    struct Draw(u64);
    impl Draw {
        fn below(&mut self, count: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (self.0 >> 33) as usize % count
        }
        fn expr(&mut self, depth: usize) -> Expr {
            let leaves = ["x", "y", "0", "1", "2", "-3", "0.5", "1e-300", "1e300", "7/3", "100"];
            if depth == 0 || self.below(8) == 0 {
                return expr(leaves[self.below(leaves.len())]);
            }
            let ops: Vec<Op> = TABLE.iter().map(|row| row.op).filter(|op| *op != Op::D).collect();
            let op = ops[self.below(ops.len())];
            let operands: Vec<Expr> = (0..op.arity()).map(|_| self.expr(depth - 1)).collect();
            Expr::apply(op, &operands)
        }
    }
    let mut draw = Draw(5);
    let values = [0.0, 1.0, -1.0, 0.3, -2.7, 45.5, -745.2, 1e-300, -5e-324, 3e5, -1e9, 1e300];
    let mut settled = 0;
    for _ in 0..400 {
        let formula = draw.expr(3);
        let at = point(&[("x", values[draw.below(values.len())]), ("y", values[draw.below(values.len())])]);
        let by_dashu = derivatives_by(Backend::Dashu, &formula, "x", &at);
        settled += usize::from(matches!(by_dashu[0], Outcome::Value(_)));
        #[cfg(feature = "mpfr")]
        for (dashu, mpfr) in by_dashu.into_iter().zip(derivatives_by(Backend::Mpfr, &formula, "x", &at)) {
            match (dashu, mpfr) {
                (Outcome::Value(dashu), Outcome::Value(mpfr)) => {
                    assert!(agree(dashu, mpfr, 100), "{formula} at {at:?}")
                }
                // rug's exponents end sooner
                (_, Outcome::Unsettled) | (Outcome::Unsettled, _) => {}
                (dashu, mpfr) => assert_eq!(dashu, mpfr, "{formula} at {at:?}"),
            }
        }
    }
    assert!(settled > 100, "{settled}");
}
