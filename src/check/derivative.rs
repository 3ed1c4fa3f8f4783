//! `d(e, v)` → what it must equal, operator by operator, from partial derivatives.

use std::sync::Arc;

use super::fraction::{self, Compared, Kind};
use super::world::World;
use crate::expr::Expr;
use crate::op::Op;

/// The rules by name: the operator, and the operands that may change with the variable; the others must not.
const ROWS: &[(&str, Op, &[usize])] = &[
    ("d-sum", Op::Add, &[0, 1]),
    ("d-difference", Op::Sub, &[0, 1]),
    ("d-negation", Op::Neg, &[0]),
    ("d-factor", Op::Mul, &[0]),
    ("d-factor", Op::Mul, &[1]),
    ("d-product", Op::Mul, &[0, 1]),
    ("d-divisor", Op::Div, &[0]),
    ("d-quotient", Op::Div, &[0, 1]),
    ("d-power", Op::Pow, &[0]),
    ("d-exponential", Op::Pow, &[1]),
    ("d-power-both", Op::Pow, &[0, 1]),
    ("d-exp", Op::Exp, &[0]),
    ("d-log", Op::Log, &[0]),
    ("d-log1p", Op::Log1p, &[0]),
    ("d-expm1", Op::Expm1, &[0]),
    ("d-sigmoid", Op::Sigmoid, &[0]),
    ("d-softplus", Op::Softplus, &[0]),
    ("d-sqrt", Op::Sqrt, &[0]),
    ("d-abs", Op::Abs, &[0]),
    ("d-min", Op::Min, &[0, 1]),
    ("d-max", Op::Max, &[0, 1]),
    ("d-clamp", Op::Clamp, &[0, 1, 2]),
    ("d-where", Op::Where, &[1, 2]),
];

/// Is `after` the derivative that `before` is, by the rule of that name? The text says why not.
pub fn judge(rule: &str, before: &Expr, after: &Expr, world: &World) -> Result<(), String> {
    let (Expr::Apply(Op::D, operands), true) = (before, rule.starts_with("d-")) else {
        return Err("it is no derivative".to_string());
    };
    let (of, Expr::Symbol(by)) = (&operands[0], &operands[1]) else {
        return Err(format!("`{}` is no variable", operands[1]));
    };
    match rule {
        "d-variable" if *of == operands[1] => expected(after, &Expr::integer(1)),
        "d-variable" => Err(format!("`{of}` is not the variable `{by}`")),
        "d-constant" if world.constant(of, by) => expected(after, &Expr::integer(0)),
        "d-constant" => Err(format!("`{of}` may change with `{by}`")),
        "d-chain" => chain(of, by, after, world),
        _ => row(rule, of, by, after, world),
    }
}

fn expected(after: &Expr, form: &Expr) -> Result<(), String> {
    if after == form { Ok(()) } else { Err(format!("it is `{form}`")) }
}

/// `d(of, by)` is `d(of, m)*d(m, by)` where everything passes through `m`.
fn chain(of: &Expr, by: &Arc<str>, after: &Expr, world: &World) -> Result<(), String> {
    let shape = || format!("the chain rule makes `d({of}, m)*d(m, {by})` of it");
    let Expr::Apply(Op::Mul, factors) = after else { return Err(shape()) };
    let Some(Expr::Symbol(middle)) = factors[0].operands().get(1) else { return Err(shape()) };
    let name = Expr::Symbol(middle.clone());
    if factors[0] != d(of, &name) || factors[1] != d(&name, &Expr::Symbol(by.clone())) || middle == by {
        return Err(shape());
    }
    if world.through(of, middle, by) {
        return Ok(());
    }
    Err(format!("`{of}` may change with `{by}` otherwise than through `{middle}`"))
}

fn row(rule: &str, of: &Expr, by: &Arc<str>, after: &Expr, world: &World) -> Result<(), String> {
    let Expr::Apply(op, operands) = of else { return Err(format!("no rule `{rule}` for `{of}`")) };
    let mut why = if ROWS.iter().any(|(name, _, _)| *name == rule) {
        format!("`{rule}` does not differentiate `{op}`")
    } else {
        format!("there is no rule `{rule}`")
    };
    for (_, _, moving) in ROWS.iter().filter(|(name, of, _)| *name == rule && of == op) {
        let still = (0..operands.len()).filter(|place| !moving.contains(place));
        if let Some(place) = still.into_iter().find(|place| !world.constant(&operands[*place], by)) {
            why = format!("`{}` may change with `{by}`", operands[place]);
            continue;
        }
        let form = whole(*op, operands, by, moving);
        let same = *after == form
            || (fraction::compare(after, &form, Kind::Field) == Compared::Equal
                && world.partial(after) == world.partial(&form));
        if same {
            return Ok(());
        }
        why = format!("it is `{form}`");
    }
    Err(why)
}

/// The derivative: the sum of partial derivatives times the derivatives of operands; in pieces where the operator is.
fn whole(op: Op, operands: &[Expr], by: &Arc<str>, moving: &[usize]) -> Expr {
    let by = Expr::Symbol(by.clone());
    let of = |place: usize| d(&operands[place], &by);
    let choice = |comparison: Op, a: &Expr, b: &Expr, yes: Expr, no: Expr| {
        Expr::apply(Op::Where, &[Expr::apply(comparison, &[a.clone(), b.clone()]), yes, no])
    };
    match (op, operands) {
        (Op::Abs, [a]) => choice(Op::Lt, a, &Expr::integer(0), -of(0), of(0)),
        (Op::Min, [a, b]) => choice(Op::Lt, a, b, of(0), of(1)),
        (Op::Max, [a, b]) => choice(Op::Gt, a, b, of(0), of(1)),
        (Op::Clamp, [a, lo, hi]) => choice(Op::Lt, a, lo, of(1), choice(Op::Gt, a, hi, of(2), of(0))),
        (Op::Where, [condition, _, _]) => Expr::apply(Op::Where, &[condition.clone(), of(1), of(2)]),
        _ => {
            let term = |place: &usize| partial(op, operands, *place, moving.len() > 1) * of(*place);
            moving.iter().map(term).reduce(|sum, term| sum + term).unwrap_or_else(|| Expr::integer(0))
        }
    }
}

/// The partial derivative in an operand; `all` says that the others change as well.
fn partial(op: Op, operands: &[Expr], place: usize, all: bool) -> Expr {
    let one = || Expr::integer(1);
    let whole = || Expr::apply(op, operands);
    match (op, operands, place) {
        (Op::Add, ..) | (Op::Sub, _, 0) => one(),
        (Op::Sub | Op::Neg, ..) => Expr::integer(-1),
        (Op::Mul, [a, b], _) => (if place == 0 { b } else { a }).clone(),
        (Op::Div, [_, b], 0) if all => b.clone() / b.clone().pow(Expr::integer(2)),
        (Op::Div, [_, b], 0) => one() / b.clone(),
        (Op::Div, [a, b], _) => -(a.clone() / b.clone().pow(Expr::integer(2))),
        (Op::Pow, [a, b], 0) if all => whole() * (b.clone() / a.clone()),
        (Op::Pow, [a, b], 0) => b.clone() * a.clone().pow(b.clone() - one()),
        (Op::Pow, [a, _], _) => whole() * a.clone().log(),
        (Op::Exp, [a], _) | (Op::Expm1, [a], _) => a.clone().exp(),
        (Op::Log, [a], _) => one() / a.clone(),
        (Op::Log1p, [a], _) => one() / (one() + a.clone()),
        (Op::Sigmoid, ..) => whole() * (one() - whole()),
        (Op::Softplus, [a], _) => a.clone().sigmoid(),
        _ => one() / (Expr::integer(2) * whole()),
    }
}

fn d(of: &Expr, by: &Expr) -> Expr {
    Expr::apply(Op::D, &[of.clone(), by.clone()])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A row that is missing would be a derivative that no proof can use. Sums over classes are written out before.
    #[test]
    fn every_operator_but_comparisons_has_a_row() {
        let without = |op: Op| op.is_comparison() || op.binds() || matches!(op, Op::D | Op::Index);
        for row in crate::op::TABLE.iter().filter(|row| !without(row.op)) {
            assert!(ROWS.iter().any(|(_, op, _)| *op == row.op), "{}", row.name);
        }
    }
}
