//! The names of a formula: their definitions under a setting, their ranges, and the sum T of absolute terms.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::derivation::Derivation;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::kernel::{KernelParameter, Setting};
use crate::op::Op;
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
        let range = Interval::of_expr(&one.value, &|name| ranges.get(name).copied()).unwrap_or_else(Interval::whole);
        ranges.insert(one.name.clone(), range);
    }
    ranges
}

/// The sum T of absolute terms of the second derivative in the input, in names of the formula; `None` where it was
/// not derived.
pub fn terms(derivation: &Derivation) -> Option<Expr> {
    let wanted = format!("d2_{}", derivation.spec.inputs.first()?.name);
    let second = derivation.derived.iter().find(|derived| derived.name == wanted)?;
    Some(terms::absolute(&derivation.in_names(&second.form), &ranges(&derivation.spec)))
}

/// A derivative as it was asked for: `d(d(of, by), by)` has order 2.
pub struct Asked {
    /// What is differentiated.
    pub of: Expr,
    /// The variable.
    pub by: Arc<str>,
    /// How often.
    pub order: usize,
}

impl Asked {
    /// Reads `d(…, by)` from the outside, by one variable.
    pub fn read(expr: &Expr) -> Option<Asked> {
        let Expr::Apply(Op::D, operands) = expr else { return None };
        let Expr::Symbol(by) = &operands[1] else { return None };
        match Asked::read(&operands[0]) {
            Some(inner) if inner.by == *by => Some(Asked { order: inner.order + 1, ..inner }),
            Some(_) => None,
            None => Some(Asked { of: operands[0].clone(), by: by.clone(), order: 1 }),
        }
    }

    /// What is differentiated, with every name unfolded that is defined through the variable or after it: what is left
    /// are the variable, names that do not depend on it, inputs and parameters.
    pub fn unfolded(&self, definitions: &[(Arc<str>, Expr)]) -> Expr {
        let after = definitions.iter().position(|(name, _)| *name == self.by).map_or(0, |place| place + 1);
        unfold(&self.of, &definitions[after..])
    }
}

/// The expression with these definitions, and none other, put in the place of their names.
pub fn unfold(expr: &Expr, definitions: &[(Arc<str>, Expr)]) -> Expr {
    let later_first = definitions.iter().rev();
    later_first
        .fold(expr.clone(), |expr, (name, value)| expr.substitute(&|other| (*other == **name).then(|| value.clone())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_after_the_variable_are_unfolded() {
        let define = |name: &str, value: &str| (Arc::from(name), Expr::parse(value).unwrap());
        let definitions = [define("z", "s * x"), define("p", "sigmoid(z)"), define("loss", "-log(p) * c + z")];
        let asked = |text: &str| Asked::read(&Expr::parse(text).unwrap());
        let in_z = asked("d(d(loss, z), z)").unwrap();
        assert_eq!((in_z.order, &*in_z.by), (2, "z"));
        assert_eq!(in_z.unfolded(&definitions), Expr::parse("-log(sigmoid(z)) * c + z").unwrap());
        let in_x = asked("d(loss, x)").unwrap();
        assert_eq!(in_x.order, 1);
        assert_eq!(in_x.unfolded(&definitions), Expr::parse("-log(sigmoid(s * x)) * c + s * x").unwrap());
        assert!(asked("d(d(loss, z), x)").is_none() && asked("loss").is_none());
    }
}
