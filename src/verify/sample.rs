//! A small kernel written by hand for unit tests of the doubters: binary cross entropy on a logit.

use std::collections::BTreeSet;

use crate::derivation::{Derivation, Derived};
use crate::elementary::Level;
use crate::expr::Expr;
use crate::kernel::{Format, Inst, Kernel, KernelParameter, Let, Output, Proved, Setting, Val};
use crate::oracle::judge::Known;
use crate::spec::Spec;

/// `softplus(-z)` and `-s·σ(-z)` for z = s·x, and `σ(z)·σ(-z)`.
pub fn cross_entropy(format: Format) -> Kernel {
    use Inst::*;
    let mut lets = Vec::new();
    let mut push = |name: &str, inst: Inst| {
        lets.push(Let { name: name.to_string(), inst, meaning: String::new() });
        Val(lets.len() - 1)
    };
    let x = push("x", X);
    let one = push("one", LabelIsOne);
    let minus_x = push("minus_x", Neg(x));
    let z = push("z", Select(one, x, minus_x));
    let a = push("a", Abs(z));
    let minus_a = push("minus_a", Neg(a));
    let e = push("e", Exp(minus_a));
    let unit = push("unit", Const(1.0));
    let d = push("d", Add(unit, e));
    let zero = push("zero", Const(0.0));
    let hard = push("hard", Less(z, zero));
    let top = push("top", Select(hard, unit, e));
    let q = push("q", Div(top, d));
    let other = push("other", Select(hard, e, unit));
    let p = push("p", Div(other, d));
    let log = push("log", Log1p(e));
    let shift = push("shift", Select(hard, a, zero));
    let loss = push("loss", Add(log, shift));
    let minus_q = push("minus_q", Neg(q));
    let gradient = push("gradient", Select(one, minus_q, q));
    let hessian = push("hessian", Mul(p, q));
    let bound = |ulps| match format {
        Format::F32 => 0.5001,
        Format::F64 => ulps,
    };
    let output = |name, value, ulps| {
        let bounds = vec![Proved { ulps: bound(ulps), of_terms: false, within: String::new() }];
        Output { name, value, bounds, inside: false, formula: String::new() }
    };
    let outputs = vec![output("loss", loss, 4.0), output("d_x", gradient, 6.0), output("d2_x", hessian, 10.0)];
    let domain = crate::domain::Domain::Interval {
        lo: Some(crate::rational::Rational::ZERO),
        lo_open: false,
        hi: Some(crate::rational::Rational::ONE),
        hi_open: false,
    };
    let level = match format {
        Format::F32 => Level::Low,
        Format::F64 => Level::Full,
    };
    let alpha = KernelParameter { name: "alpha".to_string(), setting: Setting::None, domain };
    Kernel {
        loss: "cross_entropy_binary".to_string(),
        format,
        parameters: vec![alpha],
        within: None,
        weighted: false,
        fused: false,
        level,
        lets,
        outputs,
    }
}

/// A finite float moved away from 0 by `share` of the spacing of f64 there.
pub fn known(value: f64, share: f64) -> Known {
    let bits = value.abs().to_bits();
    let (fraction, exponent) = (bits & ((1 << 52) - 1), (bits >> 52) as i64);
    if bits == 0 {
        return Known { hi: 0.0, lo: 0.0, exponent: 0 };
    }
    let (hi, exponent) = match exponent {
        0 => {
            let top = 63 - i64::from(fraction.leading_zeros());
            (fraction as f64 / 2f64.powi(top as i32), top - 1074)
        }
        _ => (f64::from_bits(fraction | 1023 << 52), exponent - 1023),
    };
    let subnormal = f64::EPSILON * 2f64.powi((-1022 - exponent).max(0) as i32);
    Known { hi: hi.copysign(value), lo: (share * subnormal).copysign(value), exponent }
}

/// A loss of the book with derivatives written by hand.
pub fn derivation(loss: &str, derived: &[(&str, &str, &str)]) -> Derivation {
    let derived = derived.iter().map(|(name, of, form)| Derived {
        name: name.to_string(),
        of: Expr::parse(of).unwrap(),
        form: Expr::parse(form).unwrap(),
        steps: Vec::new(),
        shown: Vec::new(),
    });
    Derivation {
        spec: Spec::builtin(loss).unwrap(),
        inner: None,
        derived: derived.collect(),
        notes: Vec::new(),
        claims: Vec::new(),
        fired: BTreeSet::new(),
        rules_digest: String::new(),
        classes: None,
    }
}

/// Its derivatives, as in the literature.
pub const FOCAL: [(&str, &str, &str); 3] = [
    ("d_z", "d(loss, z)", "alpha_t * (1 - p_t)^gamma * (gamma * p_t * log(p_t) + p_t - 1)"),
    ("d_x", "d(loss, x)", "(2*y - 1) * alpha_t * (1 - p_t)^gamma * (gamma * p_t * log(p_t) + p_t - 1)"),
    (
        "d2_z",
        "d(d(loss, z), z)",
        "alpha_t * p_t * (1 - p_t)^gamma * ((1 + 2*gamma) * (1 - p_t) - gamma * log(p_t) * (gamma * p_t - (1 - p_t)))",
    ),
];

/// Its derivatives.
pub const CROSS_ENTROPY: [(&str, &str, &str); 2] = [
    ("d_x", "d(loss, x)", "(2*y - 1) * alpha_t * (p_t - 1)"),
    ("d2_x", "d(d(loss, x), x)", "alpha_t * p_t * (1 - p_t)"),
];
