//! `[edges]` of a spec × how its parameters are set → the lines that can still occur, values put in.
//!
//! A condition that is decided true is left out, an edge with one that is decided false is left out, and what
//! cannot be decided is printed as it stands.

use std::collections::BTreeMap;

use super::Frame;
use crate::expr::Expr;
use crate::kernel::{Kernel, Setting};
use crate::op::Op;
use crate::rational::Rational;
use crate::spec::{Edge, EdgeCondition, EdgeValue, Spec};

/// What is known at an edge: names and their values; the formula gives the rest.
struct Known<'a> {
    spec: &'a Spec,
    kernel: &'a Kernel,
    values: BTreeMap<String, Rational>,
}

/// The lines for some outputs: `x = inf, y = 1: loss = 0, d_x = 0`.
pub fn lines(frame: &Frame, outputs: &[usize]) -> Vec<String> {
    frame.spec.edges.iter().filter_map(|edge| line(frame, edge, outputs)).collect()
}

fn line(frame: &Frame, edge: &Edge, outputs: &[usize]) -> Option<String> {
    let (kernel, spec) = (frame.kernel, frame.spec);
    let mut known = Known { spec, kernel, values: BTreeMap::new() };
    for parameter in &kernel.parameters {
        if let Setting::Fixed { exact, .. } = &parameter.setting {
            known.values.insert(parameter.name.clone(), exact.clone());
        }
    }
    for condition in edge.conditions.iter().filter(|one| matches!(&*one.comparison, "=" | "==")) {
        if let (EdgeValue::Finite(value), true) =
            (&condition.value, spec.inputs.iter().any(|i| i.name == condition.name))
        {
            let value = value.as_number()?.clone();
            known.values.insert(condition.name.to_string(), value);
        }
    }
    let mut at = Vec::new();
    for condition in &edge.conditions {
        let is_input = spec.inputs.iter().any(|input| input.name == condition.name);
        match known.decide(condition).filter(|_| !is_input) {
            Some(true) => {}
            Some(false) => return None,
            None => at.push(format!("{} {} {}", condition.name, condition.comparison, shown(&condition.value))),
        }
    }
    let limit = |&output: &usize| {
        let (_, value) = edge.limits.iter().find(|(name, _)| name == kernel.outputs[output].name)?;
        let value = match value {
            EdgeValue::Finite(expr) => known.value(expr).map_or_else(|| expr.to_string(), |value| value.to_string()),
            infinite => shown(infinite),
        };
        Some(format!("{} = {value}", frame.output(output)))
    };
    let limits: Vec<String> = outputs.iter().filter_map(limit).collect();
    (!limits.is_empty()).then(|| format!("{}: {}", at.join(", "), limits.join(", ")))
}

fn shown(value: &EdgeValue) -> String {
    match value {
        EdgeValue::Infinity => "inf".to_string(),
        EdgeValue::NegativeInfinity => "-inf".to_string(),
        EdgeValue::Finite(expr) => expr.to_string(),
    }
}

impl Known<'_> {
    fn decide(&self, condition: &EdgeCondition) -> Option<bool> {
        let EdgeValue::Finite(right) = &condition.value else { return None };
        let (left, right) = (self.value(&Expr::Symbol(condition.name.clone()))?, self.value(right)?);
        compare(&condition.comparison, &left, &right)
    }

    /// The value of an expression, where names decide it; truth values are 1 and 0.
    fn value(&self, expr: &Expr) -> Option<Rational> {
        match expr {
            Expr::Number(value) => Some(value.clone()),
            Expr::Symbol(name) => match self.values.get(&**name) {
                Some(value) => Some(value.clone()),
                None => self.value(&definition(self.kernel, self.spec, name)?),
            },
            Expr::Apply(Op::Where, operands) => {
                let chosen = if self.value(&operands[0])?.is_zero() { 2 } else { 1 };
                self.value(&operands[chosen])
            }
            Expr::Apply(Op::Neg, operands) => Some(-&self.value(&operands[0])?),
            Expr::Apply(op, operands) if operands.len() == 2 => {
                let (a, b) = (self.value(&operands[0])?, self.value(&operands[1])?);
                match op {
                    Op::Add => Some(&a + &b),
                    Op::Sub => Some(&a - &b),
                    Op::Mul => Some(&a * &b),
                    Op::Div => a.checked_div(&b),
                    Op::Pow => a.checked_pow(b.to_i64()?),
                    _ => compare(op.name(), &a, &b).map(|truth| Rational::from(i64::from(truth))),
                }
            }
            Expr::Apply(..) => None,
        }
    }
}

fn compare(comparison: &str, left: &Rational, right: &Rational) -> Option<bool> {
    Some(match comparison {
        "=" | "==" => left == right,
        "!=" => left != right,
        "<" => left < right,
        "<=" => left <= right,
        ">" => left > right,
        ">=" => left >= right,
        _ => return None,
    })
}

/// The definition of a name of the formula; where a parameter is `none`, what the spec says that it means.
pub fn definition(kernel: &Kernel, spec: &Spec, name: &str) -> Option<Expr> {
    let is_none =
        |parameter: &str| kernel.parameters.iter().any(|one| one.name == parameter && one.setting == Setting::None);
    let replaced =
        spec.parameters.iter().filter(|one| is_none(&one.name)).filter_map(|one| one.none.as_ref()).flatten();
    let stated = spec.formula.iter().map(|line| (&line.name, &line.value));
    let mut all = replaced.map(|(name, value)| (name, value)).chain(stated);
    all.find(|(defined, _)| &***defined == name).map(|(_, value)| value.clone())
}
