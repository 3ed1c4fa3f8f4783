//! Choices of a claim (`where`, `abs`, `min`, `max`, `clamp`) and ends of domains → where it falls into pieces.
//!
//! A choice compares two expressions; what counts is the sign of their difference u. Where the ranges of names settle
//! the sign, or it is given in a piece, the choice is replaced by the branch that it takes.

use std::cmp::Ordering;

use super::derivative::neat;
use crate::expr::Expr;
use crate::interval::{Interval, Truth};
use crate::normal::{self, Known};
use crate::op::Op;
use crate::rational::Rational;

/// The sign of an expression, given in a piece.
pub type Given = (Expr, Ordering);

/// What settles choices.
pub struct Settled<'a> {
    /// Ranges of names.
    pub known: &'a Known,
    /// Signs that are given.
    pub given: &'a [Given],
}

impl Settled<'_> {
    /// The expression with each settled choice replaced by its branch.
    pub fn branches(&self, expr: &Expr) -> Expr {
        let Expr::Apply(op, operands) = expr else { return expr.clone() };
        let operands: Vec<Expr> = operands.iter().map(|operand| self.branches(operand)).collect();
        self.branch(*op, &operands).unwrap_or_else(|| Expr::apply(*op, &operands))
    }

    /// The branch that a choice takes, where it is settled.
    pub fn branch(&self, op: Op, operands: &[Expr]) -> Option<Expr> {
        match (op, operands) {
            (Op::Where, [condition, yes, no]) => {
                let [a, b] = condition.operands() else { return None };
                let Expr::Apply(comparison, _) = condition else { return None };
                let taken = match self.sign(a, b) {
                    Some(sign) => holds(*comparison, sign),
                    None => self.decided(condition),
                }?;
                Some(if taken { yes.clone() } else { no.clone() })
            }
            (Op::Abs, [a]) => {
                Some(if self.least(a, &Expr::integer(0))? { neat(Op::Neg, vec![a.clone()]) } else { a.clone() })
            }
            (Op::Min, [a, b]) => Some(if self.least(a, b)? { a.clone() } else { b.clone() }),
            (Op::Max, [a, b]) => Some(if self.least(a, b)? { b.clone() } else { a.clone() }),
            (Op::Clamp, [x, lo, hi]) => match (self.least(x, lo), self.least(hi, x)) {
                (Some(true), _) => Some(lo.clone()),
                (Some(false), Some(true)) => Some(hi.clone()),
                (Some(false), Some(false)) => Some(x.clone()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Is a at most b, or at least b? At equality either is right.
    fn least(&self, a: &Expr, b: &Expr) -> Option<bool> {
        if let Some(sign) = self.sign(a, b) {
            return Some(sign != Ordering::Greater);
        }
        let compared = |op| self.decided(&Expr::apply(op, &[a.clone(), b.clone()]));
        if compared(Op::Le) == Some(true) { Some(true) } else { (compared(Op::Ge) == Some(true)).then_some(false) }
    }

    /// Does the comparison hold, by the ranges?
    fn decided(&self, condition: &Expr) -> Option<bool> {
        let range = self.known.range(condition)?;
        if range == Interval::point(1.0) {
            return Some(true);
        }
        (range == Interval::point(0.0)).then_some(false)
    }

    /// The sign of a − b, where one is given.
    fn sign(&self, a: &Expr, b: &Expr) -> Option<Ordering> {
        self.given.iter().find_map(|(u, sign)| {
            let difference = a.clone() - b.clone();
            if normal::equal(u, &difference, self.known) {
                return Some(*sign);
            }
            normal::equal(&-u.clone(), &difference, self.known).then(|| sign.reverse())
        })
    }
}

fn holds(comparison: Op, sign: Ordering) -> Option<bool> {
    Some(match comparison {
        Op::Lt => sign == Ordering::Less,
        Op::Le => sign != Ordering::Greater,
        Op::Gt => sign == Ordering::Greater,
        Op::Ge => sign != Ordering::Less,
        Op::Eq => sign == Ordering::Equal,
        Op::Ne => sign != Ordering::Equal,
        _ => return None,
    })
}

/// A difference whose sign matters.
#[derive(Clone, Debug)]
pub struct Cut {
    /// The difference.
    pub of: Expr,
    /// Is the claim without meaning where it is 0 (a divisor)?
    pub not_zero: bool,
    /// Is it without meaning where it is below 0 (under a logarithm)?
    pub not_below: bool,
}

/// Every choice that is left, and every end of a domain that the ranges do not settle, from the inside.
pub fn cuts(expr: &Expr, known: &Known, to: &mut Vec<Cut>) {
    expr.operands().iter().for_each(|operand| cuts(operand, known, to));
    let Expr::Apply(op, operands) = expr else { return };
    let mut add = |of: Expr, not_zero: bool, not_below: bool| {
        if !to.iter().any(|cut| cut.of == of) {
            to.push(Cut { of, not_zero, not_below });
        }
    };
    let positive = |expr: &Expr| known.range(expr).is_some_and(|range| range.positive().is_yes());
    match (op, &**operands) {
        (Op::Where, [condition, ..]) => {
            if let [a, b] = condition.operands() {
                add(difference(a, b), false, false);
            }
        }
        (Op::Abs, [a]) => add(a.clone(), false, false),
        (Op::Min | Op::Max, [a, b]) => add(difference(a, b), false, false),
        (Op::Clamp, [x, lo, hi]) => {
            add(difference(x, lo), false, false);
            add(difference(x, hi), false, false);
        }
        (Op::Div, [_, b]) if !known.range(b).is_some_and(|range| range.nonzero().is_yes()) => {
            add(b.clone(), true, false);
        }
        (Op::Log, [a]) if !positive(a) => add(a.clone(), true, true),
        (Op::Log1p, [a]) if !positive(&(a.clone() + Expr::integer(1))) => add(a.clone() + Expr::integer(1), true, true),
        (Op::Sqrt, [a]) if !positive(a) => add(a.clone(), false, true),
        (Op::Pow, [a, b]) if !positive(a) && !b.as_number().is_some_and(Rational::is_integer) => {
            add(a.clone(), false, true);
        }
        _ => {}
    }
}

/// Is it undefined wherever names may lie? Branches of a choice are not looked into.
pub fn never_defined(expr: &Expr, known: &Known) -> bool {
    let range = |expr: &Expr| known.range(expr);
    let here = match (expr, expr.operands()) {
        (Expr::Apply(Op::Where, _), [condition, ..]) => return never_defined(condition, known),
        (Expr::Apply(Op::Log, _), [a]) => range(a).is_some_and(|range| range.positive() == Truth::No),
        (Expr::Apply(Op::Div, _), [_, b]) => range(b).is_some_and(|range| range.nonzero() == Truth::No),
        (Expr::Apply(Op::Sqrt, _), [a]) => range(a).is_some_and(|range| range.negative().is_yes()),
        _ => false,
    };
    here || expr.operands().iter().any(|operand| never_defined(operand, known))
}

fn difference(a: &Expr, b: &Expr) -> Expr {
    if b.as_number().is_some_and(Rational::is_zero) { a.clone() } else { a.clone() - b.clone() }
}

/// Where an expression of one name that is a multiple of it and a number is 0.
pub fn root(expr: &Expr) -> Option<(std::sync::Arc<str>, Rational)> {
    let names = expr.symbols();
    let name = names.first().filter(|_| names.len() == 1)?;
    let value = |at: i64| exact(expr, &Rational::from(at));
    let (zero, one) = (value(0)?, value(1)?);
    let slope = &one - &zero;
    let straight = [2, 5, -3].iter().all(|at| value(*at) == Some(&zero + &(&slope * &Rational::from(*at))));
    Some((name.clone(), (-&zero).checked_div(&slope)?)).filter(|_| straight)
}

/// The value where its one name is a number.
fn exact(expr: &Expr, at: &Rational) -> Option<Rational> {
    match expr {
        Expr::Number(value) => Some(value.clone()),
        Expr::Symbol(_) => Some(at.clone()),
        Expr::Apply(op, operands) => {
            let values: Option<Vec<Rational>> = operands.iter().map(|operand| exact(operand, at)).collect();
            crate::egraph::arithmetic(*op, &values?)
        }
    }
}
