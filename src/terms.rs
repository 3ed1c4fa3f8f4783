//! A form with inherent sign changes → the sum T of the absolute terms of its expansion.
//!
//! Relative to the value the rounding error of such a form is unbounded near its roots, whatever the form; relative
//! to T it is bounded. A difference that is known to have one sign is one term.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::expr::Expr;
use crate::interval::Interval;
use crate::op::Op;

/// The sum of absolute terms, given the ranges of names.
pub fn absolute(form: &Expr, ranges: &BTreeMap<Arc<str>, Interval>) -> Expr {
    match form {
        Expr::Apply(Op::Add | Op::Sub, operands) if !one_sign(form, ranges) || sums_inside(operands) => {
            absolute(&operands[0], ranges) + absolute(&operands[1], ranges)
        }
        Expr::Apply(Op::Neg, operands) => absolute(&operands[0], ranges),
        Expr::Apply(op @ (Op::Mul | Op::Div), operands) => {
            Expr::apply(*op, &[absolute(&operands[0], ranges), absolute(&operands[1], ranges)])
        }
        _ if range(form, ranges).is_some_and(|r| r.nonnegative().is_yes()) => form.clone(),
        _ => form.clone().abs(),
    }
}

/// Is it known never to change its sign?
pub fn one_sign(form: &Expr, ranges: &BTreeMap<Arc<str>, Interval>) -> bool {
    range(form, ranges).is_some_and(|r| r.nonnegative().is_yes() || r.neg().nonnegative().is_yes())
}

/// Is a member of the sum a product or a sum itself, so that it is more than the difference of two simple terms?
fn sums_inside(operands: &[Expr]) -> bool {
    operands.iter().any(|operand| matches!(operand, Expr::Apply(Op::Mul | Op::Div | Op::Add | Op::Sub, _)))
}

/// A name without a range is any number.
fn range(expr: &Expr, ranges: &BTreeMap<Arc<str>, Interval>) -> Option<Interval> {
    Interval::of_expr(expr, &|name| Some(ranges.get(name).copied().unwrap_or_else(Interval::whole)))
}
