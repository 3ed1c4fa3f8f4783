//! Rule × two expressions → what its names stand for, where one is the other by the rule.

use std::collections::BTreeMap;

use crate::expr::Expr;
use crate::op::Op;

/// What the names of a rule stand for.
pub type Bound = BTreeMap<String, Expr>;

/// The names of `lhs` and `rhs` such that one is `a` and the other `b`.
pub fn both(lhs: &Expr, rhs: &Expr, a: &Expr, b: &Expr) -> Option<Bound> {
    from(lhs, rhs, a, b).or_else(|| from(rhs, lhs, b, a))
}

/// The same, beginning with one side.
fn from(first: &Expr, second: &Expr, a: &Expr, b: &Expr) -> Option<Bound> {
    let mut bound = Bound::new();
    if !fits(first, a, &mut bound) {
        return None;
    }
    // what the first side has not bound, the second must
    if second.symbols().iter().all(|name| bound.contains_key(&**name)) {
        return (put(second, &bound) == *b).then_some(bound);
    }
    fits(second, b, &mut bound).then_some(bound)
}

/// The pattern with what its names stand for.
pub fn put(pattern: &Expr, bound: &Bound) -> Expr {
    pattern.substitute(&|name| bound.get(name).cloned())
}

/// Does the pattern fit? A number may be the negation of one, or a fraction of one.
pub fn fits(pattern: &Expr, expr: &Expr, bound: &mut Bound) -> bool {
    match (pattern, expr) {
        (Expr::Symbol(name), _) => match bound.get(&**name) {
            Some(known) => known == expr,
            None => bound.insert(name.to_string(), expr.clone()).is_none(),
        },
        (Expr::Apply(op, patterns), Expr::Apply(same, operands)) if op == same => {
            patterns.iter().zip(operands.iter()).all(|(pattern, operand)| fits(pattern, operand, bound))
        }
        (Expr::Apply(Op::Neg, patterns), Expr::Number(value)) => fits(&patterns[0], &Expr::Number(-value), bound),
        (Expr::Apply(Op::Div, patterns), Expr::Number(value)) => match &patterns[1] {
            Expr::Number(by) if !by.is_zero() => fits(&patterns[0], &Expr::Number(value * by), bound),
            _ => false,
        },
        _ => pattern == expr,
    }
}
