//! Specs for tests: those of the tool, and others from their formulas alone.

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
        named: name.to_string(),
        title: Text { en: name.to_string(), zh: name.to_string() },
        source: String::new(),
        inputs: inputs.iter().map(input).collect(),
        parameters: parameters.iter().map(parameter).collect(),
        formula: lines.iter().map(line).collect(),
        classes: None,
        claims: Vec::new(),
        edges: Vec::new(),
        clip: false,
        log_eps: false,
        normalised: None,
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

/// The inputs of a loss on a logit.
pub const XY: [[&str; 2]; 2] = [["x", "finite"], ["y", "{0, 1}"]];

/// A loss that comes with the tool.
pub fn builtin(name: &str) -> Spec {
    Spec::builtin(name).unwrap_or_else(|message| panic!("{name}: {message}"))
}
