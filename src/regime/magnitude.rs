//! A form that crosses 0 → is the magnitude that its bound is relative to the sum T of absolute terms itself?
//!
//! The magnitude is |v| where nothing of opposite sign was added on the way, and follows sums, products and quotients
//! else. Both it and T are looked up in one e-graph, so that equal means proved equal; where it does not have the magnitude, both
//! are compared by arithmetic.

use std::rc::Rc;

use super::term::{Head, Term};
use crate::egraph::Saturated;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::normal::{self, Known};
use crate::op::Op;

/// Is the form's magnitude the sum of absolute terms? `same` writes names that stand for others.
pub fn is(term: &Rc<Term>, sum: &Expr, saturated: &Saturated, same: &Same, known: &Known) -> bool {
    let of_sum = saturated.class(sum);
    if of_sum.is_some() && class(term, saturated) == of_sum {
        return true;
    }
    let same = |of: &Expr| signless(&same(of), known);
    let alike = |of: Expr| normal::equal(&same(&of), &same(sum), known);
    expr(term, saturated).is_some_and(alike)
}

/// The expression with what is known not to be negative in the place of its absolute value.
fn signless(expr: &Expr, known: &Known) -> Expr {
    match expr {
        Expr::Apply(Op::Abs, operands)
            if known.range(&operands[0]).is_some_and(|range| range.nonnegative().is_yes()) =>
        {
            signless(&operands[0], known)
        }
        Expr::Apply(op, operands) => {
            Expr::apply(*op, &operands.iter().map(|operand| signless(operand, known)).collect::<Vec<_>>())
        }
        _ => expr.clone(),
    }
}

/// An expression with names that stand for others written out.
pub type Same<'a> = dyn Fn(&Expr) -> Expr + 'a;

/// The form's magnitude as an expression, where it is made of numbers, names and operators.
fn expr(term: &Rc<Term>, saturated: &Saturated) -> Option<Expr> {
    if clean(term, saturated) {
        let is = written(term)?;
        let range = saturated.interval(term.class)?;
        return if range.nonnegative().is_yes() { Some(is) } else { range.neg().nonnegative().is_yes().then(|| -is) };
    }
    let parts = || term.operands.iter().map(|operand| expr(operand, saturated)).collect::<Option<Vec<Expr>>>();
    match &term.head {
        Head::Apply(Op::Add | Op::Sub) => Some(Expr::apply(Op::Add, &parts()?)),
        Head::Apply(op @ (Op::Mul | Op::Div)) => Some(Expr::apply(*op, &parts()?)),
        Head::Apply(Op::Neg) => expr(&term.operands[0], saturated),
        _ => None,
    }
}

fn written(term: &Rc<Term>) -> Option<Expr> {
    match &term.head {
        Head::Number(value) => Some(Expr::Number(value.clone())),
        Head::Symbol(name) => Some(Expr::Symbol(name.clone())),
        Head::Apply(op) => Some(Expr::apply(*op, &term.operands.iter().map(written).collect::<Option<Vec<Expr>>>()?)),
        _ => None,
    }
}

/// The class of the form's magnitude, where the e-graph has it.
fn class(term: &Rc<Term>, saturated: &Saturated) -> Option<usize> {
    if clean(term, saturated) {
        return positive(term.class, saturated);
    }
    let parts = || term.operands.iter().map(|operand| class(operand, saturated)).collect::<Option<Vec<usize>>>();
    match &term.head {
        Head::Apply(Op::Add | Op::Sub) => saturated.class_of(Op::Add, &parts()?),
        Head::Apply(op @ (Op::Mul | Op::Div)) => saturated.class_of(*op, &parts()?),
        Head::Apply(Op::Neg) => class(&term.operands[0], saturated),
        Head::Below(_) => {
            let parts = parts()?;
            (parts[0] == parts[1]).then(|| parts[0])
        }
        _ => None,
    }
}

/// Is nothing of opposite sign added in it?
fn clean(term: &Rc<Term>, saturated: &Saturated) -> bool {
    let sign = |term: &Rc<Term>| {
        let range = saturated.interval(term.class)?;
        if range.nonnegative().is_yes() { Some(true) } else { range.neg().nonnegative().is_yes().then_some(false) }
    };
    let same = match (&term.head, term.operands.as_slice()) {
        (Head::Apply(Op::Add) | Head::TwoSum, [a, b]) => sign(a).is_some() && sign(a) == sign(b),
        (Head::Apply(Op::Sub), [a, b]) => {
            sign(a).is_some() && sign(a) == sign(b).map(|sign| !sign) || less(a, b, saturated)
        }
        _ => true,
    };
    same && term.operands.iter().all(|operand| clean(operand, saturated))
}

/// Is `b` at most half the number `a`, and of its sign? Then their difference has no error but b's, which it cannot grow.
fn less(a: &Rc<Term>, b: &Rc<Term>, saturated: &Saturated) -> bool {
    let half = match &a.head {
        Head::Number(value) => Interval::new(0.0, value.to_f64() / 2.0),
        _ => return false,
    };
    saturated.interval(b.class).is_some_and(|b| b.intersect(&half).is_some_and(|both| both == b))
}

/// The class of the absolute value.
fn positive(class: usize, saturated: &Saturated) -> Option<usize> {
    if saturated.interval(class)?.nonnegative().is_yes() {
        return Some(class);
    }
    saturated.class_of(Op::Neg, &[class]).or_else(|| saturated.class_of(Op::Abs, &[class]))
}
