//! Derivatives of a claim at a point: the table's values beside those of jets, which know nothing of the table.
//!
//! A wrong row of the table would refute right claims; so a claim is refuted only where both say the same.

use std::sync::Arc;

use super::points::Point;
use super::{Claim, Problem, derivative};
use crate::expr::Expr;
use crate::op::Op;
use crate::oracle::{Backend, Known, Outcome, settle};
use crate::rational::Rational;
use crate::real::Program;

/// The variable of the jets, which no claim can name.
const BY: &str = "'";
/// Values agree to as many bits: each is known to 80 at least.
const BITS: i64 = 64;

/// What works derivatives out by the table.
pub type Table<'t> = &'t dyn Fn(&Problem, &Expr) -> Result<Expr, String>;

/// The first derivative of the claim whose value by the table is not the one that jets find; `None` where there is
/// none. A derivative that jets cannot tell at the point, as where pieces meet, is passed over.
pub fn differs(problem: &Problem, claim: &Claim, at: &Point, table: Table) -> Option<Expr> {
    let mut derivatives = Vec::new();
    let lets = problem.lets.iter().map(|(_, value)| value);
    for expr in lets.chain([&claim.lhs, &claim.rhs]) {
        collect(expr, &mut derivatives);
    }
    derivatives.into_iter().find(|one| {
        let (Some(by_table), Some(by_jets)) = (by_table(problem, one, at, table), by_jets(problem, one, at)) else {
            return false;
        };
        !agree(by_table, by_jets)
    })
}

/// Every derivative, those within others too.
fn collect(expr: &Expr, to: &mut Vec<Expr>) {
    if matches!(expr, Expr::Apply(Op::D, _)) && !to.contains(expr) {
        to.push(expr.clone());
    }
    expr.operands().iter().for_each(|operand| collect(operand, to));
}

fn by_table(problem: &Problem, expr: &Expr, at: &Point, table: Table) -> Option<Known> {
    value(&table(problem, expr).ok()?, at, 0)
}

/// The derivative by jets. What it is taken in varies around its value, whether it is free or stands for something.
fn by_jets(problem: &Problem, expr: &Expr, at: &Point) -> Option<Known> {
    let [of, by @ Expr::Symbol(name)] = expr.operands() else { return None };
    let (mut of, mut order) = (of, 1);
    while let (Expr::Apply(Op::D, _), [inner, same]) = (of, of.operands()) {
        if same != by {
            break;
        }
        (of, order) = (inner, order + 1);
    }
    let of = derivative::flat_in(problem, of, name).ok()?;
    let moved = derivative::flat(problem, by).ok()? + Expr::symbol(BY);
    value(&of.substitute(&|symbol| (symbol == &**name).then(|| moved.clone())), at, order)
}

/// The value at the point, or the derivative of an order in the variable of the jets.
fn value(expr: &Expr, at: &Point, order: usize) -> Option<Known> {
    if order > 2 {
        return None;
    }
    let names: Vec<Arc<str>> = at.keys().cloned().chain([Arc::from(BY)]).collect();
    let varies = (Rational::ZERO, order > 0);
    let inputs: Vec<_> = at.values().map(|value| (value.clone(), false)).chain([varies]).collect();
    let program = Program::new(&names, &[], std::slice::from_ref(expr));
    match settle(Backend::Dashu, &program, &inputs, order).first()?.get(order)? {
        Outcome::Value(known) => Some(*known),
        _ => None,
    }
}

fn agree(a: Known, b: Known) -> bool {
    if a.is_zero() || b.is_zero() {
        return a.is_zero() && b.is_zero();
    }
    let shift = b.exponent - a.exponent;
    if shift.abs() > 1 {
        return false;
    }
    let scale = if shift == 0 { 1.0 } else { 2f64.powi(shift as i32) };
    ((a.hi - b.hi * scale) + (a.lo - b.lo * scale)).abs() <= 2f64.powi(1 - BITS as i32)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Source;

    fn read(claim: &str, lets: &[&str]) -> (Problem, Claim) {
        let lets: Vec<Source> = lets.iter().map(|text| Source::alone(text)).collect();
        let (problem, mut claims) = Problem::read(&lets, &[], &[Source::alone(claim)]).expect("a claim");
        (problem, claims.remove(0))
    }

    fn at() -> Point {
        [("x", 7), ("g", 23)].map(|(name, tenths)| (Arc::from(name), Rational::ratio(tenths, 10).unwrap())).into()
    }

    #[test]
    fn the_table_and_jets_agree() {
        for (claim, lets) in [
            ("d(-(1 - p)^g*log(p), x) == 0", &["p = sigmoid(x)"][..]),
            ("d(-(1 - p)^g*log(p), p) == 0*x", &["p = sigmoid(x)"]),
            ("d(d(-(1 - p)^g*log(p), x), x) == 0", &["p = sigmoid(x)"]),
            ("d(d(-(1 - p)^g*log(p), p), x) == 0", &["p = sigmoid(x)"]),
            ("d(d(x^g, x), g) == 0", &[]),
            ("d(abs(x - g)*max(x, g), x) == d(softplus(x)*sqrt(1 + g^2), g)", &[]),
            ("d(clamp(x, 0, 1)/log1p(x), x) == d(expm1(x)*g, x)", &[]),
        ] {
            let (problem, claim) = read(claim, lets);
            assert_eq!(differs(&problem, &claim, &at(), &derivative::flat), None, "{claim:?}");
        }
    }

    #[test]
    fn a_wrong_table_is_found() {
        // (1 + p) for (1 - p), which is what a row with a wrong sign would give; and a term that is lost
        for (claim, wrong) in [
            ("d(sigmoid(x), x) == 0", "sigmoid(x)*(1 + sigmoid(x))"),
            ("d(d(sigmoid(x), x), x) == 0", "sigmoid(x)*(1 - sigmoid(x))"),
            ("d(x^g, g) == 0", "x^g"),
            ("d(x*exp(x), x) == 0", "x*exp(x)"),
            ("d(x^2, x) == 0", "0"),
        ] {
            let (problem, claim) = read(claim, &[]);
            let table = |_: &Problem, _: &Expr| Ok(Expr::parse(wrong).expect("a formula"));
            assert_eq!(differs(&problem, &claim, &at(), &table), Some(claim.lhs.clone()), "{wrong}");
        }
    }
}
