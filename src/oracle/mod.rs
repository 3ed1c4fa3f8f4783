//! Arbitrary precision: an expression at a point → its value, by enclosures whose digits double until they settle it.
//!
//! An oracle is a program as well: every number is an interval whose ends are rounded outward, so that what is
//! returned is enclosed and not merely computed twice. What more digits do not settle (the value may be exactly 0,
//! or lie on the end of a domain) is `Unsettled`, a named outcome and never a guess.

pub(crate) mod blocks;
mod dashu;
#[cfg(test)]
mod doubt;
mod edge;
mod elementary;
mod enclosure;
pub(crate) mod filter;
pub mod judge;
mod known;
mod lanes;
#[cfg(feature = "mpfr")]
mod mpfr;
mod outward;
mod pair;
mod shift;
mod twofold;
mod within;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expr::Expr;
use crate::rational::Rational;
use crate::real::jet::Jet;
use crate::real::{Checked, Fault, Program};
use enclosure::{Digits, Enclosure};

pub use known::Known;

/// The arithmetic that decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// dashu, in pure Rust.
    Dashu,
    /// MPFR, through rug.
    #[cfg(feature = "mpfr")]
    Mpfr,
}

/// What the oracle says of a value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Outcome {
    /// It is this.
    Value(Known),
    /// An operation is outside its domain.
    Undefined,
    /// Not settled by the digits that the oracle allows itself.
    Unsettled,
}

/// Bits that it begins with.
const FIRST: usize = 192;
/// Bits beyond which it gives up.
pub(crate) const MOST: usize = 4096;

/// The value of an expression at a point.
pub fn value(expr: &Expr, at: &BTreeMap<Arc<str>, Rational>) -> Outcome {
    value_by(Backend::Dashu, expr, at)
}

/// The value by one of the backends.
pub fn value_by(backend: Backend, expr: &Expr, at: &BTreeMap<Arc<str>, Rational>) -> Outcome {
    let names: Vec<Arc<str>> = at.keys().cloned().collect();
    let program = Program::new(&names, &[], std::slice::from_ref(expr));
    let inputs: Vec<(Rational, bool)> = at.values().map(|value| (value.clone(), false)).collect();
    settle(backend, &program, &inputs, 0).pop().and_then(|mut outcomes| outcomes.pop()).unwrap_or(Outcome::Undefined)
}

/// Value, first and second derivative of an expression in one of the names, by one of the backends.
pub fn derivatives_by(backend: Backend, expr: &Expr, name: &str, at: &BTreeMap<Arc<str>, Rational>) -> [Outcome; 3] {
    let names: Vec<Arc<str>> = at.keys().cloned().collect();
    let program = Program::new(&names, &[], std::slice::from_ref(expr));
    let inputs: Vec<(Rational, bool)> = at.iter().map(|(key, value)| (value.clone(), &**key == name)).collect();
    let outcomes = settle(backend, &program, &inputs, 2).pop().unwrap_or_default();
    std::array::from_fn(|order| outcomes.get(order).copied().unwrap_or(Outcome::Undefined))
}

/// For each output of the program: its value and as many derivatives as the order says, in the input that is marked.
/// A derivative that does not exist leaves the lower ones alone.
pub(crate) fn settle(
    backend: Backend,
    program: &Program,
    inputs: &[(Rational, bool)],
    order: usize,
) -> Vec<Vec<Outcome>> {
    let by_order = |order: usize| match (backend, order) {
        (Backend::Dashu, 0) => doubling::<dashu::Number, 0>(program, inputs),
        (Backend::Dashu, 1) => doubling::<dashu::Number, 1>(program, inputs),
        (Backend::Dashu, _) => doubling::<dashu::Number, 2>(program, inputs),
        #[cfg(feature = "mpfr")]
        (Backend::Mpfr, 0) => doubling::<mpfr::Number, 0>(program, inputs),
        #[cfg(feature = "mpfr")]
        (Backend::Mpfr, 1) => doubling::<mpfr::Number, 1>(program, inputs),
        #[cfg(feature = "mpfr")]
        (Backend::Mpfr, _) => doubling::<mpfr::Number, 2>(program, inputs),
    };
    let mut outputs = by_order(order);
    for lower in (0..order).rev() {
        // a derivative that does not exist fails the whole jet, and makes all its parts alike
        if !outputs.iter().any(|parts| parts[lower] == Outcome::Undefined) {
            break;
        }
        for (parts, lower_parts) in outputs.iter_mut().zip(by_order(lower)) {
            parts[..=lower].copy_from_slice(&lower_parts);
        }
    }
    outputs
}

/// Doubles the digits until every part of every output is settled.
fn doubling<F: Digits, const ORDER: usize>(program: &Program, inputs: &[(Rational, bool)]) -> Vec<Vec<Outcome>> {
    let mut bits = FIRST;
    loop {
        let outputs: Vec<Vec<Outcome>> = at_precision::<F, ORDER>(program, inputs, bits);
        let open = outputs.iter().flatten().any(|outcome| *outcome == Outcome::Unsettled);
        if !open || bits >= MOST {
            return outputs;
        }
        bits *= 2;
    }
}

fn at_precision<F: Digits, const ORDER: usize>(
    program: &Program,
    inputs: &[(Rational, bool)],
    bits: usize,
) -> Vec<Vec<Outcome>> {
    type Scalar<F, const ORDER: usize> = Jet<Enclosure<F>, ORDER>;
    let scalar = |value: &Rational| Enclosure::<F>::of(value, bits);
    let like: Scalar<F, ORDER> = Jet::constant(scalar(&Rational::ZERO));
    let jets: Vec<Scalar<F, ORDER>> = inputs
        .iter()
        .map(|(value, varies)| if *varies { Jet::variable(scalar(value)) } else { Jet::constant(scalar(value)) })
        .collect();
    let outputs = program.run(&jets, &program.numbers(&like));
    outputs.into_iter().map(|output| parts(output, &like.value)).collect()
}

fn parts<F: Digits, const ORDER: usize>(
    output: Checked<Jet<Enclosure<F>, ORDER>>,
    zero: &Enclosure<F>,
) -> Vec<Outcome> {
    match output {
        Ok(jet) => {
            let parts = [Some(jet.value), jet.first, jet.second];
            let outcome = |part: &Option<Enclosure<F>>| {
                part.as_ref().unwrap_or(zero).settled().map_or(Outcome::Unsettled, Outcome::Value)
            };
            parts[..=ORDER].iter().map(outcome).collect()
        }
        Err(Fault::Undefined) => vec![Outcome::Undefined; ORDER + 1],
        Err(Fault::Unsettled) => vec![Outcome::Unsettled; ORDER + 1],
    }
}
