//! The names of a formula: their definitions under a setting, their ranges, and the sum T of absolute terms.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::derivation::Derivation;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::kernel::{KernelParameter, Setting};
use crate::spec::Spec;
use crate::terms;

/// Names and their ranges.
pub type Ranges = BTreeMap<Arc<str>, Interval>;

/// The formula in order, with what `none` puts in the place of definitions.
pub fn definitions(spec: &Spec, parameters: &[KernelParameter]) -> Vec<(Arc<str>, Expr)> {
    let none = |name: &str| parameters.iter().any(|one| one.name == name && one.setting == Setting::None);
    let replaced: Vec<&(Arc<str>, Expr)> = spec
        .parameters
        .iter()
        .filter(|parameter| none(&parameter.name))
        .flat_map(|parameter| parameter.none.iter().flatten())
        .collect();
    let value = |name: &Arc<str>, value: &Expr| {
        replaced.iter().find(|(other, _)| other == name).map_or_else(|| value.clone(), |(_, other)| other.clone())
    };
    spec.formula.iter().map(|one| (one.name.clone(), value(&one.name, &one.value))).collect()
}

/// Ranges of inputs, parameters and names of the formula.
pub fn ranges(spec: &Spec) -> Ranges {
    let mut ranges = Ranges::new();
    let inputs = spec.inputs.iter().map(|input| (&input.name, &input.domain));
    for (name, domain) in inputs.chain(spec.parameters.iter().map(|parameter| (&parameter.name, &parameter.domain))) {
        ranges.insert(name.clone(), Interval::of_domain(domain));
    }
    for one in &spec.formula {
        let range = range(&one.value, &ranges).unwrap_or_else(Interval::whole);
        ranges.insert(one.name.clone(), range);
    }
    ranges
}

fn range(expr: &Expr, ranges: &Ranges) -> Option<Interval> {
    match expr {
        Expr::Number(value) => Some(Interval::of_rational(value)),
        Expr::Symbol(name) => ranges.get(name).copied(),
        Expr::Apply(op, operands) => {
            let operands: Option<Vec<Interval>> = operands.iter().map(|operand| range(operand, ranges)).collect();
            Interval::eval(*op, &operands?)
        }
    }
}

/// The sum T of absolute terms of the second derivative, in names of the formula; `None` where none was derived.
pub fn terms(derivation: &Derivation) -> Option<Expr> {
    let second = derivation.derived.iter().find(|derived| derived.name.starts_with("d2_"))?;
    Some(terms::absolute(&second.form, &ranges(&derivation.spec)))
}
