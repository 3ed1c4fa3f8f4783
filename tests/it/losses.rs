//! Specs for tests, from their formulas alone.

use std::sync::Arc;

use focal_derive::Spec;
use focal_derive::domain::Domain;
use focal_derive::expr::Expr;
use focal_derive::rational::Rational;
use focal_derive::spec::{Claim, Definition, Input, Parameter, Text};

/// A number of the notation.
pub fn number(text: &str) -> Rational {
    Expr::parse(text).ok().and_then(|expr| expr.as_number().cloned()).expect("a number")
}

/// A formula of the notation.
pub fn formula(text: &str) -> Expr {
    Expr::parse(text).unwrap_or_else(|message| panic!("{text}: {message}"))
}

/// `finite`, `{0, 1}`, `[0, 1]`, `(0, inf)` …
fn domain(text: &str) -> Domain {
    if text == "finite" {
        return Domain::Finite;
    }
    let inside = &text[1..text.len() - 1];
    if text.starts_with('{') {
        return Domain::Set(inside.split(',').map(|value| number(value.trim())).collect());
    }
    let (lo, hi) = inside.split_once(',').expect("two ends");
    let end = |text: &str| (!text.contains("inf")).then(|| number(text.trim()));
    let (lo_open, hi_open) = (text.starts_with('('), text.ends_with(')'));
    Domain::Interval { lo: end(lo), lo_open, hi: end(hi), hi_open }
}

/// A spec of inputs, parameters and definitions, each a name and a domain or formula.
pub fn spec(name: &str, inputs: &[[&str; 2]], parameters: &[[&str; 2]], lines: &[[&str; 2]]) -> Spec {
    let input = |[name, of]: &[&str; 2]| Input { name: Arc::from(*name), domain: domain(of), unit: String::new() };
    let parameter = |[name, of]: &[&str; 2]| Parameter { name: Arc::from(*name), domain: domain(of), none: None };
    let line = |[name, value]: &[&str; 2]| Definition { name: Arc::from(*name), value: formula(value) };
    Spec {
        name: name.to_string(),
        title: Text { en: name.to_string(), zh: name.to_string() },
        source: String::new(),
        inputs: inputs.iter().map(input).collect(),
        parameters: parameters.iter().map(parameter).collect(),
        formula: lines.iter().map(line).collect(),
        claims: Vec::new(),
        edges: Vec::new(),
        text: String::new(),
    }
}

/// The spec with a claim more.
pub fn claiming(mut spec: Spec, lhs: &str, rhs: &str) -> Spec {
    spec.claims.push(Claim {
        name: format!("{lhs} == {rhs}"),
        lhs: formula(lhs),
        rhs: formula(rhs),
        source: "a test".to_string(),
    });
    spec
}

const XY: [[&str; 2]; 2] = [["x", "finite"], ["y", "{0, 1}"]];
const ALPHA_T: [&str; 2] = ["alpha_t", "where(y == 1, alpha, 1 - alpha)"];

/// Equation 5.
pub fn focal_binary() -> Spec {
    let lines = [
        ["z", "(2*y - 1) * x"],
        ["p_t", "sigmoid(z)"],
        ALPHA_T,
        ["loss", "-alpha_t * (1 - p_t)^gamma * log(p_t)"],
    ];
    let spec = spec("focal_binary", &XY, &[["alpha", "[0, 1]"], ["gamma", "[0, inf)"]], &lines);
    let spec = claiming(spec, "d(loss, z)", "alpha_t * (1 - p_t)^gamma * (gamma * p_t * log(p_t) + p_t - 1)");
    let spec = claiming(
        spec,
        "d(loss, x)",
        "(2*y - 1) * alpha_t * (1 - p_t)^gamma * (gamma * p_t * log(p_t) + p_t - 1)",
    );
    claiming(
        spec,
        "d(d(loss, z), z)",
        "alpha_t * p_t * (1 - p_t)^gamma * ((1 + 2*gamma) * (1 - p_t) - gamma * log(p_t) * (gamma * p_t - (1 - p_t)))",
    )
}

/// Equation 3.
pub fn cross_entropy_binary() -> Spec {
    let lines = [["z", "(2*y - 1) * x"], ["p_t", "sigmoid(z)"], ALPHA_T, ["loss", "-alpha_t * log(p_t)"]];
    let spec = spec("cross_entropy_binary", &XY, &[["alpha", "[0, 1]"]], &lines);
    let spec = claiming(spec, "d(loss, z)", "alpha_t * (p_t - 1)");
    let spec = claiming(spec, "d(loss, x)", "(2*y - 1) * alpha_t * (p_t - 1)");
    let spec = claiming(spec, "d(loss, x)", "alpha_t * (sigmoid(x) - y)");
    claiming(spec, "d(d(loss, z), z)", "alpha_t * p_t * (1 - p_t)")
}

/// Appendix A.
pub fn focal_star() -> Spec {
    let lines = [
        ["z", "(2*y - 1) * x"],
        ["x_t", "gamma * z + beta"],
        ["p_star", "sigmoid(x_t)"],
        ["loss", "-log(p_star) / gamma"],
    ];
    let spec = spec("focal_star", &XY, &[["gamma", "(0, inf)"], ["beta", "finite"]], &lines);
    let spec = claiming(spec, "d(loss, z)", "p_star - 1");
    let spec = claiming(spec, "d(loss, x)", "(2*y - 1) * (p_star - 1)");
    claiming(spec, "d(d(loss, z), z)", "gamma * p_star * (1 - p_star)")
}
