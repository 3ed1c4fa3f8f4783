//! `Spec` × what was said about parameters → the spec with those parameters put in.
//!
//! A derivation for γ = 2 is that of the formula with 2 for γ. Parameters that nothing, or `param`, was said about
//! stay symbolic.

use std::sync::Arc;

use crate::expr::Expr;
use crate::kernel::{Format, Setting};
use crate::message::Message;
use crate::op::Op;
use crate::setting::{self, Choice};
use crate::spec::{Claim, Definition, Edge, EdgeValue, Spec};

/// Puts the parameters in.
///
/// # Errors
/// A name that the spec has not, or a value outside its domain.
pub fn fix(spec: &Spec, said: &[(String, Choice)]) -> Result<Spec, Message> {
    let choices = with_open(spec, said);
    let mut fixed = spec.clone();
    for parameter in setting::settle(spec, &choices, Format::F64)? {
        match parameter.setting {
            Setting::Argument => {}
            Setting::Fixed { exact, .. } => put(&mut fixed, &parameter.name, &Expr::Number(exact)),
            Setting::None => leave_out(&mut fixed, &parameter.name),
        }
    }
    Ok(fixed)
}

/// What was said, and `param` for every parameter that nothing was said about.
pub fn with_open(spec: &Spec, said: &[(String, Choice)]) -> Vec<(String, Choice)> {
    let open = spec.parameters.iter().filter(|parameter| said.iter().all(|(name, _)| **name != *parameter.name));
    let open = open.map(|parameter| (parameter.name.to_string(), Choice::Argument));
    said.iter().cloned().chain(open).collect()
}

fn put(spec: &mut Spec, name: &str, value: &Expr) {
    let put_in = |expr: &Expr| replaced(expr, name, value);
    for Definition { value, .. } in &mut spec.formula {
        *value = put_in(value);
    }
    for Claim { lhs, rhs, .. } in &mut spec.claims {
        (*lhs, *rhs) = (put_in(lhs), put_in(rhs));
    }
    drop_parameter(spec, name);
}

/// The formula with the value for the name; for a number of each class the value is that of every class.
fn replaced(expr: &Expr, name: &str, value: &Expr) -> Expr {
    match (expr, expr.operands()) {
        (Expr::Symbol(symbol), _) if **symbol == *name => value.clone(),
        (Expr::Apply(Op::Index, _), [list, _]) if *list == Expr::symbol(name) => value.clone(),
        (Expr::Apply(op, _), operands) => {
            let operands: Vec<Expr> = operands.iter().map(|operand| replaced(operand, name, value)).collect();
            Expr::apply(*op, &operands)
        }
        _ => expr.clone(),
    }
}

/// What `none` means: other definitions for names of the formula.
fn leave_out(spec: &mut Spec, name: &str) {
    let none = spec.parameters.iter().find(|parameter| &*parameter.name == name).and_then(|found| found.none.clone());
    for (defined, value) in none.into_iter().flatten() {
        spec.formula.iter_mut().filter(|line| line.name == defined).for_each(|line| line.value = value.clone());
    }
    drop_parameter(spec, name);
}

/// A limit that speaks of the parameter says nothing once it is put in.
fn drop_parameter(spec: &mut Spec, name: &str) {
    let in_value = |value: &EdgeValue| matches!(value, EdgeValue::Finite(expr) if expr.mentions(name));
    let speaks = |edge: &Edge| {
        edge.conditions.iter().any(|condition| *condition.name == *name || in_value(&condition.value))
            || edge.limits.iter().any(|(_, value)| in_value(value))
    };
    spec.edges.retain(|edge| !speaks(edge));
    if let Some(classes) = &mut spec.classes {
        classes.parameters.retain(|parameter| **parameter != *name);
    }
    spec.parameters.retain(|parameter| parameter.name != Arc::from(name));
}
