//! Definitions × what is added to the input → the definitions of the function that `--log-eps` states, on either side of 1.
//!
//! Below 1 it is the formula at p + EPS. From there on 1 − p − EPS is 0 and stays it: whatever is made of it, has no
//! derivative.

use std::sync::Arc;

use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

type Definitions = Vec<(Arc<str>, Expr)>;

/// A number that is added to the input.
pub(super) struct Shift {
    /// The input.
    input: Arc<str>,
    /// The number.
    by: f64,
}

impl Shift {
    pub(super) fn of(input: &Arc<str>, by: f64) -> Shift {
        Shift { input: input.clone(), by }
    }

    /// Is the sum, exactly, at least 1?
    pub(super) fn reaches_one(&self, x: f64) -> bool {
        if x < 0.5 {
            return false;
        }
        let both = Rational::from_f64(x).zip(Rational::from_f64(self.by));
        both.is_some_and(|(x, by)| &x + &by >= Rational::ONE)
    }

    /// Where the sum is below 1.
    pub(super) fn below(&self, expr: &Expr) -> Expr {
        let by = Rational::from_f64(self.by).map_or_else(|| Expr::integer(0), Expr::Number);
        let sum = Expr::Symbol(self.input.clone()) + by;
        expr.substitute(&|name| (*name == *self.input).then(|| sum.clone()))
    }

    /// Where it is not.
    pub(super) fn beyond(&self, definitions: &[(Arc<str>, Expr)]) -> Definitions {
        definitions.iter().map(|(name, value)| (name.clone(), self.below(&self.without_rest(value)))).collect()
    }

    /// 0 for 1 − input.
    fn without_rest(&self, expr: &Expr) -> Expr {
        match expr {
            Expr::Apply(Op::Sub, operands)
                if operands[0] == Expr::integer(1) && operands[1] == Expr::Symbol(self.input.clone()) =>
            {
                Expr::integer(0)
            }
            Expr::Apply(op, operands) => {
                Expr::apply(*op, &operands.iter().map(|operand| self.without_rest(operand)).collect::<Vec<_>>())
            }
            _ => expr.clone(),
        }
    }
}
