//! Expression → what it counts for when the shortest form is looked for.
//!
//! The sizes are those of the operator table. Two things are not a matter of length. The complement `1 - a` of an `a`
//! in [0, 1] counts hardly more than `a`: the literature gives it a letter of its own (q), it is never negative, and
//! forms that keep it whole are computed without cancellation; by plain length `(1 + gamma)*p - 1` would beat
//! `gamma*p - (1 - p)`. And a sum within a sum within a sum counts extra: each level may cancel, so that two flat
//! brackets are better than one in the other, for a reader and for the search of stable forms alike.

use crate::expr::Expr;
use crate::op::Op;

/// Cost of a number or a name.
pub const LEAF: u32 = 10;

/// Cost of `1 - a` beyond that of `a`, for an `a` in [0, 1]. Above 0, so that taking the complement twice never pays.
const COMPLEMENT: u32 = 1;

/// Levels of sums within one another that cost nothing extra.
const FLAT: u32 = 2;

/// Cost of each level beyond.
const NESTED: u32 = 3 * LEAF;

/// What an expression counts for, and how many sums stand within one another in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// What it counts for.
    pub total: u32,
    /// Sums within one another, outside of functions.
    levels: u32,
    /// Is it a sum itself?
    sum: bool,
}

impl Cost {
    /// A number or a name that counts for `total`.
    pub fn leaf(total: u32) -> Cost {
        Cost { total, levels: 0, sum: false }
    }

    /// An operator on operands; `complement` says that it is `1 - a` for an `a` in [0, 1].
    pub fn apply(op: Op, operands: &[Cost], complement: bool) -> Cost {
        if let ([_, whole], true) = (operands, complement) {
            return Cost::leaf(whole.total.saturating_add(COMPLEMENT));
        }
        let total = operands.iter().fold(op.row().size * LEAF, |sum, operand| sum.saturating_add(operand.total));
        let deepest = operands.iter().map(|operand| operand.levels).max().unwrap_or(0);
        match op {
            Op::Add | Op::Sub => {
                // a sum as the left member is the same sum going on
                let inside = |(place, operand): (usize, &Cost)| operand.levels + u32::from(place > 0 || !operand.sum);
                let levels = operands.iter().enumerate().map(inside).max().unwrap_or(0);
                let before = operands.first().filter(|left| left.sum).map_or(0, |left| left.levels);
                let beyond = if levels > before.max(FLAT) { NESTED } else { 0 };
                Cost { total: total.saturating_add(beyond), levels, sum: true }
            }
            Op::Mul | Op::Div | Op::Neg => Cost { total, levels: deepest, sum: false },
            _ => Cost::leaf(total),
        }
    }
}

/// Cost of an expression; `unit` says which expressions lie in [0, 1].
pub fn of(expr: &Expr, unit: &dyn Fn(&Expr) -> bool) -> Cost {
    match expr {
        Expr::Number(_) | Expr::Symbol(_) => Cost::leaf(LEAF),
        Expr::Apply(op, operands) => {
            let costs: Vec<Cost> = operands.iter().map(|operand| of(operand, unit)).collect();
            Cost::apply(*op, &costs, is_complement(expr, unit))
        }
    }
}

/// Is it `1 - a` for an `a` in [0, 1]?
pub fn is_complement(expr: &Expr, unit: &dyn Fn(&Expr) -> bool) -> bool {
    matches!(expr, Expr::Apply(Op::Sub, operands)
        if operands[0] == Expr::integer(1) && operands[1].as_number().is_none() && unit(&operands[1]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn total(text: &str) -> u32 {
        of(&Expr::parse(text).expect("a formula"), &|expr| *expr == Expr::symbol("p")).total
    }

    #[test]
    fn a_complement_is_a_unit() {
        assert_eq!(total("1 - p"), total("p") + COMPLEMENT);
        assert_eq!(total("1 - a"), 3 * LEAF);
        assert!(total("g*p - (1 - p)") < total("(1 + g)*p - 1"));
    }

    #[test]
    fn flat_sums_beat_nested_ones() {
        assert!(total("(1 + 2*g)*(1 - p) - g*l*(g*p - (1 - p))") < total("g*(l*(1 - p - g*p) + 2*(1 - p)) + (1 - p)"));
        assert_eq!(total("a + b*(c + d)") - total("a + b*c"), 2 * LEAF);
        assert_eq!(total("a + b*(c + d*(e + f)) + g"), 13 * LEAF + NESTED);
    }
}
