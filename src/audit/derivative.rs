//! Claims without lets and derivatives: what arbitrary precision evaluates.
//!
//! Differentiation here is the plain table, with nothing simplified but what is 0 or 1, so that it shares nothing
//! with the search that proves.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Problem;
use crate::diff;
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

/// Largest expression that is made, in numbers, names and operators.
const LARGEST: usize = 60_000;

/// The expression in free names alone, every derivative worked out; or the limit that was hit.
pub fn flat(problem: &Problem, expr: &Expr) -> Result<Expr, String> {
    Flat { problem, left: LARGEST }.expr(expr, &BTreeSet::new())
}

/// The same, with one name left as a variable, whatever it stands for.
pub fn flat_in(problem: &Problem, expr: &Expr, kept: &Arc<str>) -> Result<Expr, String> {
    Flat { problem, left: LARGEST }.expr(expr, &BTreeSet::from([kept.clone()]))
}

struct Flat<'p> {
    problem: &'p Problem,
    left: usize,
}

impl Flat<'_> {
    /// Lets are put in but for those that are kept: what a derivative is taken in is a variable, whatever it stands for.
    fn expr(&mut self, expr: &Expr, kept: &BTreeSet<Arc<str>>) -> Result<Expr, String> {
        self.spend(1)?;
        match expr {
            Expr::Number(_) => Ok(expr.clone()),
            Expr::Symbol(name) => match self.problem.value(name).filter(|_| !kept.contains(name)) {
                Some(value) => self.expr(&value.clone(), kept),
                None => Ok(expr.clone()),
            },
            Expr::Apply(Op::D, operands) => {
                let Expr::Symbol(by) = &operands[1] else { return Err(format!("`{}` is no name", operands[1])) };
                let with = kept.iter().cloned().chain([by.clone()]).collect();
                let of = self.expr(&operands[0], &with)?;
                let derivative = self.derivative(&of, &operands[1])?;
                if kept.contains(by) || self.problem.value(by).is_none() {
                    return Ok(derivative);
                }
                let value = self.expr(&operands[1], kept)?;
                Ok(derivative.substitute(&|name| (name == &**by).then(|| value.clone())))
            }
            Expr::Apply(op, operands) => {
                let operands: Vec<Expr> =
                    operands.iter().map(|operand| self.expr(operand, kept)).collect::<Result<_, _>>()?;
                Ok(Expr::apply(*op, &operands))
            }
        }
    }

    fn spend(&mut self, parts: usize) -> Result<(), String> {
        self.left = self.left.checked_sub(parts).ok_or(format!("limit of {LARGEST} parts of a derivative"))?;
        Ok(())
    }

    fn derivative(&mut self, of: &Expr, by: &Expr) -> Result<Expr, String> {
        let Expr::Symbol(name) = by else { return Err(format!("`{by}` is no name")) };
        let (_, result) = diff::step(of, by, &|part| !part.mentions(name)).map_err(|message| message.text)?;
        self.spend(result.size())?;
        self.worked_out(&result)
    }

    /// Every `d(…)` of one application of the table.
    fn worked_out(&mut self, expr: &Expr) -> Result<Expr, String> {
        match expr {
            Expr::Apply(Op::D, operands) => self.derivative(&operands[0], &operands[1]),
            Expr::Apply(op, operands) if holds_derivative(expr) => {
                let operands: Vec<Expr> =
                    operands.iter().map(|operand| self.worked_out(operand)).collect::<Result<_, _>>()?;
                Ok(neat(*op, operands))
            }
            _ => Ok(expr.clone()),
        }
    }
}

fn holds_derivative(expr: &Expr) -> bool {
    matches!(expr, Expr::Apply(Op::D, _)) || expr.operands().iter().any(holds_derivative)
}

/// The expression with operators on numbers worked out, and without what adds or multiplies nothing.
pub fn folded(expr: &Expr) -> Expr {
    let Expr::Apply(op, operands) = expr else { return expr.clone() };
    folded_here(*op, operands.iter().map(folded).collect())
}

/// The operator applied: worked out on numbers, and without what adds or multiplies nothing.
pub fn folded_here(op: Op, operands: Vec<Expr>) -> Expr {
    let numbers: Option<Vec<Rational>> = operands.iter().map(|operand| operand.as_number().cloned()).collect();
    match numbers.and_then(|numbers| crate::egraph::arithmetic(op, &numbers)) {
        Some(value) => Expr::Number(value),
        None => neat(op, operands),
    }
}

/// The operator applied, without what adds or multiplies nothing.
pub fn neat(op: Op, operands: Vec<Expr>) -> Expr {
    let is = |place: usize, value: &Rational| operands[place].as_number() == Some(value);
    let (zero, one) = (&Rational::ZERO, &Rational::ONE);
    match op {
        Op::Add if is(0, zero) => operands[1].clone(),
        Op::Add | Op::Sub if is(1, zero) => operands[0].clone(),
        Op::Sub if is(0, zero) => neat(Op::Neg, vec![operands[1].clone()]),
        Op::Mul if is(0, zero) || is(1, zero) => Expr::integer(0),
        Op::Mul if is(0, one) => operands[1].clone(),
        Op::Mul | Op::Div | Op::Pow if is(1, one) => operands[0].clone(),
        Op::Div if is(0, zero) => Expr::integer(0),
        Op::Neg => match &operands[0] {
            Expr::Apply(Op::Neg, inner) => inner[0].clone(),
            _ => Expr::apply(op, &operands),
        },
        Op::Add | Op::Sub => match &operands[1] {
            Expr::Apply(Op::Neg, inner) => {
                Expr::apply(if op == Op::Add { Op::Sub } else { Op::Add }, &[operands[0].clone(), inner[0].clone()])
            }
            _ => Expr::apply(op, &operands),
        },
        _ => Expr::apply(op, &operands),
    }
}
