//! An output's bounds × values of the open parameters → which bound applies at a point.

use super::finding::Unit;
use crate::expr::Expr;
use crate::kernel::{Kernel, Output, Setting};
use crate::notation::{self, Origin};
use crate::op::Op;
use crate::rational::Rational;

/// What an output's error is counted in and may be.
#[derive(Clone, Debug, PartialEq)]
pub struct Yardstick {
    /// The bounds that the parameters are within, in the output's order: the first that the inputs are within, too, applies.
    pub limits: Vec<Limit>,
    /// Is the error relative to the sum of absolute terms?
    pub of_terms: bool,
}

/// A bound.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The bound in ulps.
    pub ulps: f64,
    /// What it holds for, in words; empty where for everything.
    pub within: String,
    /// What it asks of the inputs.
    inputs: Vec<(Op, Side, Side)>,
}

/// A side of a condition on the inputs.
#[derive(Clone, Debug, PartialEq)]
enum Side {
    Number(f64),
    Input(usize),
    Neg(Box<Side>),
    Abs(Box<Side>),
}

impl Yardstick {
    /// The yardstick of an output; `inputs` are the names of the inputs, `open` the values of the open parameters.
    pub fn of(output: &Output, kernel: &Kernel, inputs: [&str; 2], open: &[f64]) -> Yardstick {
        let values = values(kernel, open);
        let limit = |bound: &crate::kernel::Proved| {
            let inputs = asked(&bound.within, inputs, &values)?;
            Some(Limit { ulps: bound.ulps, within: bound.within.clone(), inputs })
        };
        Yardstick {
            limits: output.bounds.iter().filter_map(limit).collect(),
            of_terms: output.bounds.iter().any(|bound| bound.of_terms),
        }
    }

    /// The place of the bound that applies at a point; as many as there are where none does.
    pub fn place(&self, x: f64, y: f64) -> usize {
        let holds = |(op, lhs, rhs): &(Op, Side, Side)| compare(*op, &lhs.at([x, y]), &rhs.at([x, y]));
        self.limits.iter().position(|limit| limit.inputs.iter().all(holds)).unwrap_or(self.limits.len())
    }

    /// What the error is counted in.
    pub fn unit(&self) -> Unit {
        if self.of_terms { Unit::UlpOfTerms } else { Unit::Ulp }
    }
}

impl Side {
    /// Numbers and inputs, negated or without sign; `None` for anything else.
    fn of(expr: &Expr, inputs: [&str; 2]) -> Option<Side> {
        match expr {
            Expr::Number(value) => Some(Side::Number(value.to_f64())),
            Expr::Symbol(name) => inputs.iter().position(|input| **input == **name).map(Side::Input),
            Expr::Apply(Op::Neg, a) => Some(Side::Neg(Box::new(Side::of(&a[0], inputs)?))),
            Expr::Apply(Op::Abs, a) => Some(Side::Abs(Box::new(Side::of(&a[0], inputs)?))),
            Expr::Apply(..) => None,
        }
    }

    fn at(&self, inputs: [f64; 2]) -> f64 {
        match self {
            Side::Number(value) => *value,
            Side::Input(place) => inputs[*place],
            Side::Neg(side) => -side.at(inputs),
            Side::Abs(side) => side.at(inputs).abs(),
        }
    }
}

/// Names and values of the parameters that have one.
fn values<'a>(kernel: &'a Kernel, open: &[f64]) -> Vec<(&'a str, Rational)> {
    let mut left = open.iter();
    let value = |setting: &Setting, left: &mut std::slice::Iter<f64>| match setting {
        Setting::Fixed { value, .. } => Some(*value),
        Setting::Argument => left.next().copied(),
        Setting::None => None,
    };
    let valued = kernel.parameters.iter().filter_map(|one| Some((one.name.as_str(), value(&one.setting, &mut left)?)));
    valued.filter_map(|(name, value)| Some((name, Rational::from_f64(value)?))).collect()
}

/// What is asked of the inputs where the parameters are within; `None` where they are not, or where that cannot be told.
fn asked(within: &str, inputs: [&str; 2], values: &[(&str, Rational)]) -> Option<Vec<(Op, Side, Side)>> {
    let mut all = Vec::new();
    if within.is_empty() {
        return Some(all);
    }
    for condition in notation::conditions(within, &Origin::alone("<bound>", within)).ok()? {
        let Expr::Apply(op, sides) = &condition else { return None };
        match (number(&sides[0], values), number(&sides[1], values)) {
            (Some(lhs), Some(rhs)) => compare(*op, &lhs, &rhs).then_some(())?,
            _ => all.push((*op, Side::of(&sides[0], inputs)?, Side::of(&sides[1], inputs)?)),
        }
    }
    Some(all)
}

fn compare<T: PartialOrd>(op: Op, lhs: &T, rhs: &T) -> bool {
    match op {
        Op::Eq => lhs == rhs,
        Op::Ne => lhs != rhs,
        Op::Lt => lhs < rhs,
        Op::Le => lhs <= rhs,
        Op::Gt => lhs > rhs,
        Op::Ge => lhs >= rhs,
        _ => false,
    }
}

/// The exact value of arithmetic on numbers and parameters.
fn number(expr: &Expr, values: &[(&str, Rational)]) -> Option<Rational> {
    let of = |operand: &Expr| number(operand, values);
    match expr {
        Expr::Number(number) => Some(number.clone()),
        Expr::Symbol(name) => values.iter().find(|(other, _)| **other == **name).map(|(_, value)| value.clone()),
        Expr::Apply(Op::Neg, a) => Some(-&of(&a[0])?),
        Expr::Apply(Op::Abs, a) => of(&a[0]).map(|value| if value.is_negative() { -&value } else { value }),
        Expr::Apply(Op::Add, a) => Some(&of(&a[0])? + &of(&a[1])?),
        Expr::Apply(Op::Sub, a) => Some(&of(&a[0])? - &of(&a[1])?),
        Expr::Apply(Op::Mul, a) => Some(&of(&a[0])? * &of(&a[1])?),
        Expr::Apply(Op::Div, a) => of(&a[0])?.checked_div(&of(&a[1])?),
        Expr::Apply(..) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;
    use crate::kernel::{Format, Proved};

    #[test]
    fn a_bound_applies_within_what_it_says() {
        let mut kernel = sample::cross_entropy(Format::F64);
        kernel.parameters[0].setting = Setting::Argument;
        let bound = |ulps, within: &str| Proved { ulps, of_terms: false, within: within.to_string() };
        kernel.outputs[0].bounds =
            vec![bound(2.0, "alpha <= 0.5"), bound(3.0, "alpha <= 3/4, alpha > 0, abs(x) < 10"), bound(9.0, "")];
        let of = |kernel: &Kernel, alpha, x| {
            let yardstick = Yardstick::of(&kernel.outputs[0], kernel, ["x", "y"], &[alpha]);
            yardstick.limits.get(yardstick.place(x, 1.0)).map(|limit| limit.ulps)
        };
        assert_eq!(of(&kernel, 0.5, 20.0), Some(2.0));
        assert_eq!(of(&kernel, 0.75, -9.0), Some(3.0));
        assert_eq!(of(&kernel, 0.75, -10.0), Some(9.0));
        assert_eq!(of(&kernel, 0.75, f64::NAN), Some(9.0));
        assert_eq!(of(&kernel, 0.875, 0.0), Some(9.0));
        kernel.outputs[0].bounds.pop();
        assert_eq!(of(&kernel, 0.75, 11.0), None);
        assert_eq!(of(&kernel, 0.875, 0.0), None);
        kernel.outputs[0].bounds = vec![bound(1.0, "x * y <= 3"), bound(1.0, "gamma <= 3")];
        assert_eq!(of(&kernel, 0.5, 0.0), None);
    }
}
