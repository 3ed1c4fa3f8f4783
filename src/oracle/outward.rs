//! Definitions → the same with choices moved outward, where that keeps digits: `1 - (1 - a)` is `a`.
//!
//! A name that is `where(c, a, b)` is put into what is subtracted from 1 and into logarithms, branch by branch. Then a
//! judge needs as many digits of a tiny probability as of any other number.

use std::sync::Arc;

use crate::expr::Expr;
use crate::op::Op;

type Definitions = Vec<(Arc<str>, Expr)>;

/// The definitions with choices moved outward.
pub(super) fn definitions(given: &[(Arc<str>, Expr)]) -> Definitions {
    given.iter().map(|(name, value)| (name.clone(), expr(value, given))).collect()
}

/// The same of an expression in the names.
pub(super) fn expr(of: &Expr, names: &[(Arc<str>, Expr)]) -> Expr {
    let Expr::Apply(op, operands) = of else { return of.clone() };
    let choice = |operand: &Expr| {
        let Expr::Symbol(name) = operand else { return None };
        let (_, value) = names.iter().find(|(other, _)| other == name)?;
        match value {
            Expr::Apply(Op::Where, branches) => Some([branches[0].clone(), branches[1].clone(), branches[2].clone()]),
            _ => None,
        }
    };
    let both = |[c, a, b]: [Expr; 3], f: fn(&Expr) -> Expr| Expr::apply(Op::Where, &[c, f(&a), f(&b)]);
    let moved = match op {
        Op::Sub if is_one(&operands[0]) => choice(&operands[1]).map(|choice| both(choice, complement)),
        Op::Log => choice(&operands[0]).map(|choice| both(choice, log)),
        _ => None,
    };
    moved.unwrap_or_else(|| Expr::apply(*op, &operands.iter().map(|operand| expr(operand, names)).collect::<Vec<_>>()))
}

fn is_one(expr: &Expr) -> bool {
    *expr == Expr::integer(1)
}

/// What is subtracted from 1.
fn of_one(expr: &Expr) -> Option<&Expr> {
    match expr {
        Expr::Apply(Op::Sub, operands) if is_one(&operands[0]) => Some(&operands[1]),
        _ => None,
    }
}

fn complement(a: &Expr) -> Expr {
    of_one(a).cloned().unwrap_or_else(|| Expr::integer(1) - a.clone())
}

fn log(a: &Expr) -> Expr {
    of_one(a).map_or_else(|| a.clone().log(), |less| (-less.clone()).log1p())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_subtracted_twice() {
        let parse = |text: &str| Expr::parse(text).unwrap();
        let names = vec![(Arc::from("p_t"), parse("where(y == 1, p, 1 - p)"))];
        let of = |text: &str| expr(&parse(text), &names).to_string();
        assert_eq!(of("(1 - p_t)^2 * log(p_t)"), "where(y == 1, 1 - p, p)^2 * where(y == 1, log(p), log1p(-p))");
        assert_eq!(of("p_t - log(q)"), "p_t - log(q)");
    }
}
