//! A form that crosses 0 → is the magnitude that its bound is relative to the sum T of absolute terms itself?
//!
//! The magnitude is |v| where nothing of opposite sign was added on the way, and follows sums, products and quotients
//! else. Both it and T are looked up in one e-graph, so that equal means proved equal.

use std::rc::Rc;

use super::term::{Head, Term};
use crate::egraph::Saturated;
use crate::interval::Interval;
use crate::op::Op;

/// The class of the form's magnitude, where the e-graph has it.
pub fn class(term: &Rc<Term>, saturated: &Saturated) -> Option<usize> {
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
