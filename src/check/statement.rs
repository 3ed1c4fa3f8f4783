//! What a derivation is about: names, where they lie, and what they stand for.

use std::sync::Arc;

use super::fit::{self, Bound};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::spec::Spec;

/// Names with domains, and definitions.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// Inputs and parameters with their domains.
    pub names: Vec<(Arc<str>, Domain)>,
    /// The formula in order; each value may use the names above it.
    pub formula: Vec<(Arc<str>, Expr)>,
}

impl Statement {
    /// What the spec states.
    pub fn of(spec: &Spec) -> Statement {
        let inputs = spec.inputs.iter().map(|input| (input.name.clone(), input.domain.clone()));
        let parameters = spec.parameters.iter().map(|parameter| (parameter.name.clone(), parameter.domain.clone()));
        Statement {
            names: inputs.chain(parameters).collect(),
            formula: spec.formula.iter().map(|line| (line.name.clone(), line.value.clone())).collect(),
        }
    }

    /// Is it what the spec states, with numbers or `none` put in for the parameters that it lacks? Else what differs.
    pub fn is_of(&self, spec: &Spec) -> Result<(), String> {
        let whole = Statement::of(spec);
        if let Some((name, _)) = self.names.iter().find(|named| !whole.names.contains(named)) {
            return Err(format!("`{name}` lies elsewhere in `{}`", spec.name));
        }
        let lacks = |name: &Arc<str>| self.names.iter().all(|(other, _)| other != name);
        if let Some(input) = spec.inputs.iter().find(|input| lacks(&input.name)) {
            return Err(format!("the input `{}` is missing", input.name));
        }
        if self.formula.len() != whole.formula.len() {
            return Err(format!("`{}` has {} definitions", spec.name, whole.formula.len()));
        }
        let kept = self.names.iter().map(|(name, _)| name).chain(whole.formula.iter().map(|(name, _)| name));
        let mut bound: Bound = kept.map(|name| (name.to_string(), Expr::Symbol(name.clone()))).collect();
        let none = |name: &Arc<str>| {
            let absent = spec.parameters.iter().filter(|parameter| lacks(&parameter.name));
            absent
                .flat_map(|parameter| parameter.none.iter().flatten())
                .find(|(of, _)| of == name)
                .map(|(_, value)| value)
        };
        for ((name, value), (stated, form)) in self.formula.iter().zip(&whole.formula) {
            let replaced = none(name).is_some_and(|none| none == value);
            if name != stated || !(replaced || fit::fits(form, value, &mut bound)) {
                return Err(format!("`{}` defines `{stated} = {form}`", spec.name));
            }
        }
        let put_in = |(name, _): &(Arc<str>, Domain)| lacks(name);
        let number = |name: &Arc<str>| bound.get(&**name).is_none_or(|value| value.as_number().is_some());
        match whole.names.iter().filter(|named| put_in(named)).find(|(name, _)| !number(name)) {
            Some((name, _)) => Err(format!("what stands for `{name}` is no number")),
            None => Ok(()),
        }
    }
}
