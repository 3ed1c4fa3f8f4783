//! Usual mistakes in derivatives, as claims that would be right if they were made.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::{Claim, Problem, derivative, names};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

/// A name that no formula has.
const HELD: &str = "_held";
/// Parts that are held constant in turn, at most.
const MOST_HELD: usize = 24;
/// A constant up to this size counts as small.
const SMALL: f64 = 1e-4;

/// Is there a derivative in it?
pub fn derives(expr: &Expr) -> bool {
    order(expr) > 0
}

/// Derivatives within one another.
pub fn order(expr: &Expr) -> usize {
    let inner = expr.operands().iter().map(order).max().unwrap_or(0);
    inner + usize::from(matches!(expr, Expr::Apply(Op::D, _)))
}

/// Pairs of a name that derivatives are taken in and another that they could be taken in.
pub fn other_variables(problem: &Problem, claim: &Claim) -> Vec<(Arc<str>, Arc<str>)> {
    let mut pairs = BTreeSet::new();
    fn collect(problem: &Problem, expr: &Expr, to: &mut BTreeSet<(Arc<str>, Arc<str>)>) {
        expr.operands().iter().for_each(|operand| collect(problem, operand, to));
        let (Expr::Apply(Op::D, _), [of, Expr::Symbol(by)]) = (expr, expr.operands()) else { return };
        for other in names::reached(problem, of) {
            let single = problem.lies.get(&other).is_some_and(|lies| matches!(lies.domain, Domain::Set(_)));
            if other != *by && *of != Expr::Symbol(other.clone()) && !single {
                to.insert((by.clone(), other));
            }
        }
    }
    collect(problem, &claim.lhs, &mut pairs);
    collect(problem, &claim.rhs, &mut pairs);
    pairs.into_iter().collect()
}

/// The expression with its derivatives taken in another name.
pub fn in_variable(expr: &Expr, from: &Arc<str>, to: &Arc<str>) -> Expr {
    let Expr::Apply(op, operands) = expr else { return expr.clone() };
    let mut operands: Vec<Expr> = operands.iter().map(|operand| in_variable(operand, from, to)).collect();
    if *op == Op::D && operands[1] == Expr::Symbol(from.clone()) {
        operands[1] = Expr::Symbol(to.clone());
    }
    Expr::apply(*op, &operands)
}

/// Parts of what is differentiated that change, each with the left side that follows when it is held constant.
pub fn detached(problem: &Problem, claim: &Claim) -> Vec<(Expr, Expr)> {
    let mut parts = Vec::new();
    let Some((of, by)) = differentiated(&claim.lhs) else { return Vec::new() };
    let made_of = names::reached(problem, of);
    let lets = problem.lets.iter().filter(|(name, _)| made_of.contains(name)).map(|(_, value)| value);
    for expr in lets.chain([of]) {
        changing(problem, expr, by, &mut parts);
    }
    parts.retain(|part| part != of);
    parts.truncate(MOST_HELD);
    parts.into_iter().filter_map(|part| Some((part.clone(), held(problem, claim, &part)?))).collect()
}

/// What the innermost derivative is of, and the name it is taken in.
fn differentiated(expr: &Expr) -> Option<(&Expr, &Arc<str>)> {
    if let Some(inner) = expr.operands().iter().find_map(differentiated) {
        return Some(inner);
    }
    match (expr, expr.operands()) {
        (Expr::Apply(Op::D, _), [of, Expr::Symbol(by)]) => Some((of, by)),
        _ => None,
    }
}

/// Parts that change with the name, the largest first; a sign or a single name says nothing.
fn changing(problem: &Problem, expr: &Expr, by: &str, to: &mut Vec<Expr>) {
    if expr.operands().is_empty() || !names::depends(problem, expr, by) {
        return;
    }
    if !to.contains(expr) && !matches!(expr, Expr::Apply(Op::Neg, _)) {
        to.push(expr.clone());
    }
    expr.operands().iter().for_each(|operand| changing(problem, operand, by, to));
}

/// The left side with the part as a constant in all derivatives, and then as itself again.
fn held(problem: &Problem, claim: &Claim, part: &Expr) -> Option<Expr> {
    let hold = |expr: &Expr| replaced(expr, part, &Expr::symbol(HELD));
    let mut other = problem.clone();
    for (_, value) in &mut other.lets {
        *value = hold(value);
    }
    let flat = derivative::flat(&other, &hold(&claim.lhs)).ok()?;
    let value = derivative::flat(problem, part).ok()?;
    Some(flat.substitute(&|name| (name == HELD).then(|| value.clone())))
}

fn replaced(expr: &Expr, part: &Expr, with: &Expr) -> Expr {
    if expr == part {
        return with.clone();
    }
    match expr {
        Expr::Apply(op, operands) => {
            let operands: Vec<Expr> = operands.iter().map(|operand| replaced(operand, part, with)).collect();
            Expr::apply(*op, &operands)
        }
        _ => expr.clone(),
    }
}

/// The problem and claim without small constants, and what was dropped; `None` where there is none.
pub fn without_epsilons(problem: &Problem, claim: &Claim) -> Option<(Problem, Claim, Vec<String>)> {
    let mut dropped = Vec::new();
    let (mut problem, mut claim) = (problem.clone(), claim.clone());
    for (_, value) in &mut problem.lets {
        *value = without(value, &mut dropped);
    }
    claim.lhs = without(&claim.lhs, &mut dropped);
    claim.rhs = without(&claim.rhs, &mut dropped);
    dropped.sort();
    dropped.dedup();
    (!dropped.is_empty()).then_some((problem, claim, dropped))
}

fn without(expr: &Expr, dropped: &mut Vec<String>) -> Expr {
    let Expr::Apply(op, operands) = expr else { return expr.clone() };
    let operands: Vec<Expr> = operands.iter().map(|operand| without(operand, dropped)).collect();
    let kept = match (op, &operands[..]) {
        (Op::Add, [a, b]) if is_small(b) => Some((a, format!("`{b}`"))),
        (Op::Add, [a, b]) if is_small(a) => Some((b, format!("`{a}`"))),
        (Op::Sub, [a, b]) if is_small(b) => Some((a, format!("`{b}`"))),
        (Op::Max, [a, b]) if is_small(b) => Some((a, format!("`{op}` with `{b}`"))),
        (Op::Max, [a, b]) if is_small(a) => Some((b, format!("`{op}` with `{a}`"))),
        (Op::Min, [a, b]) if is_almost_one(b) => Some((a, format!("`{op}` with `{b}`"))),
        (Op::Min, [a, b]) if is_almost_one(a) => Some((b, format!("`{op}` with `{a}`"))),
        (Op::Clamp, [a, lo, _]) if is_small(lo) => Some((a, "the `clamp`".to_string())),
        _ => None,
    };
    match kept {
        Some((kept, words)) => {
            dropped.push(words);
            kept.clone()
        }
        None => Expr::apply(*op, &operands),
    }
}

/// A small number above 0, or a name that says so.
fn is_small(expr: &Expr) -> bool {
    match expr {
        Expr::Number(value) => value.to_f64() > 0.0 && value.to_f64() <= SMALL,
        Expr::Symbol(name) => name.starts_with("eps"),
        _ => false,
    }
}

fn is_almost_one(expr: &Expr) -> bool {
    match expr {
        Expr::Number(value) => is_small(&Expr::Number(&Rational::ONE - value)),
        Expr::Apply(Op::Sub, operands) => operands[0] == Expr::integer(1) && is_small(&operands[1]),
        _ => false,
    }
}

/// The claim with names written out that the right side alone is made of; `None` where there are none.
pub fn inlined(problem: &Problem, claim: &Claim) -> Option<(Problem, Claim)> {
    let left = names::reached(problem, &claim.lhs);
    let own: Vec<_> = problem.lets.iter().filter(|(name, _)| !left.contains(name)).cloned().collect();
    let mut rhs = claim.rhs.clone();
    for (name, value) in own.iter().rev() {
        rhs = rhs.substitute(&|symbol| (symbol == &**name).then(|| value.clone()));
    }
    (rhs != claim.rhs).then(|| (problem.clone(), Claim { rhs, ..claim.clone() }))
}
