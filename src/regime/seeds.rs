//! A target → equal ways to write it, from which the e-graph searches: sums and products regrouped by arithmetic.

use crate::expr::Expr;
use crate::op::Op;

/// The target first, then its regroupings.
pub fn variants(target: &Expr) -> Vec<Expr> {
    if let Expr::Apply(Op::Neg, operands) = target {
        return variants(&operands[0]).into_iter().map(|inner| -inner).collect();
    }
    let mut all = vec![target.clone()];
    let mut factors = Vec::new();
    factors_of(target, &mut factors);
    for last in 0..factors.len() {
        let mut order = factors.clone();
        let moved = order.remove(last);
        order.push(moved);
        let product = order.into_iter().reduce(|a, b| a * b).expect("a product has factors");
        if !all.contains(&product) {
            all.push(product);
        }
    }
    all
}

fn factors_of(expr: &Expr, to: &mut Vec<Expr>) {
    match expr {
        Expr::Apply(Op::Mul, operands) => operands.iter().for_each(|operand| factors_of(operand, to)),
        _ => to.push(expr.clone()),
    }
}
