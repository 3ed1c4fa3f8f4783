//! The loss of the target's logit → the loss of the margin, where it is a function of it.
//!
//! What is found here is only proposed: the values agree at some points. That they agree everywhere is a claim, which
//! the engine proves.

use std::sync::Arc;

use super::{Unfolded, margin};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::spec::{Claim, Classes, Definition, Input, Spec};

/// The loss of the margin.
#[derive(Clone, Debug)]
pub struct Reduced {
    /// The scalar loss; its first input is the margin.
    pub spec: Spec,
    /// The margin in the notation of classes.
    pub margin: Expr,
    /// For each line that changed: it equals what it became, with the margin written out. The engine must prove them.
    pub claims: Vec<Claim>,
}

/// Values of the target's logit and of the rest at which candidates are compared.
const POINTS: [[f64; 2]; 6] =
    [[0.375, 2.125], [-1.75, 0.4375], [2.875, 5.25], [-4.125, 7.75], [0.5, 0.0625], [6.5, 1.5]];
/// Widest interval that says something of a value.
const WIDEST: f64 = 1e-9;

/// What a part of a formula may be of the margin.
fn candidates(margin: &Expr) -> Vec<Expr> {
    let m = || margin.clone();
    vec![
        m().sigmoid(),
        (-m()).sigmoid(),
        -(-m()).softplus(),
        (-m()).softplus(),
        -m().softplus(),
        m().softplus(),
        m(),
        -m(),
        m().exp(),
        (-m()).exp(),
    ]
}

/// The loss of the margin; or why there is none.
pub fn reduced(spec: &Spec, classes: &Classes, own: &Unfolded) -> Result<Reduced, String> {
    let Some(logit) = own.spec.inputs.first().map(|input| input.name.clone()) else { return Err(String::new()) };
    let [rest] = &own.rests[..] else {
        let sums: Vec<String> = own.rests.iter().map(|rest| format!("`{}`", rest.is)).collect();
        return Err(format!("the loss has {} sums over the other classes: {}", sums.len(), sums.join(", ")));
    };
    let list = Expr::index(&classes.list, rest.is.bound().map_or("", |bound| bound));
    if rest.is.operands().get(1) != Some(&list.exp()) {
        return Err(format!("the sum over the other classes is `{}`", rest.is));
    }
    let pivot = Expr::symbol(Classes::MARGIN);
    let search = Search { logit: &logit, rest: &rest.name, candidates: candidates(&pivot) };
    let mut reduced = Spec {
        inputs: vec![Input {
            name: Arc::from(Classes::MARGIN),
            domain: Domain::Finite,
            unit: spec.inputs[0].unit.clone(),
        }],
        edges: spec.edges.clone(),
        claims: Vec::new(),
        ..own.spec.clone()
    };
    let written = margin(classes);
    let mut claims = Vec::new();
    for (place, line) in own.spec.formula.iter().enumerate() {
        let value = search.reduced(&line.value).ok_or_else(|| {
            format!("`{} = {}` is no function of the margin `{written}` that is looked for", line.name, line.value)
        })?;
        if value != line.value {
            let rhs = value.substitute(&|name| (name == Classes::MARGIN).then(|| written.clone()));
            let (lhs, name) = (Expr::Symbol(line.name.clone()), format!("margin-{}", line.name));
            claims.push(Claim { name, lhs, rhs, source: String::new() });
        }
        reduced.formula[place] = Definition { name: line.name.clone(), value };
    }
    // other inputs of the spec stay
    reduced.inputs.extend(own.spec.inputs.iter().skip(1).filter(|input| input.name != rest.name).cloned());
    Ok(Reduced { spec: reduced, margin: written, claims })
}

struct Search<'a> {
    logit: &'a str,
    rest: &'a str,
    candidates: Vec<Expr>,
}

impl Search<'_> {
    /// The formula with every part that holds the logit or the rest as a function of the margin.
    fn reduced(&self, expr: &Expr) -> Option<Expr> {
        if !(expr.mentions(self.logit) || expr.mentions(self.rest)) {
            return Some(expr.clone());
        }
        if let Some(found) = self.candidates.iter().find(|candidate| self.agree(expr, candidate)) {
            return Some(found.clone());
        }
        let Expr::Apply(op, operands) = expr else { return None };
        let operands: Option<Vec<Expr>> = operands.iter().map(|operand| self.reduced(operand)).collect();
        Some(Expr::apply(*op, &operands?))
    }

    /// Do both have the same value at every point, as far as intervals say?
    fn agree(&self, expr: &Expr, candidate: &Expr) -> bool {
        POINTS.iter().all(|[logit, rest]| {
            let at = |name: &str| match name {
                _ if name == self.logit => Some(Interval::point(*logit)),
                _ if name == self.rest => Some(Interval::point(*rest)),
                _ => None,
            };
            let margin = Expr::symbol(self.logit) - Expr::symbol(self.rest).log();
            let Some(margin) = Interval::of_expr(&margin, &at) else { return false };
            let of_margin = |name: &str| (name == Classes::MARGIN).then_some(margin);
            match (Interval::of_expr(expr, &at), Interval::of_expr(candidate, &of_margin)) {
                (Some(a), Some(b)) => near(&a, &b),
                _ => false,
            }
        })
    }
}

/// Do two narrow intervals meet?
fn near(a: &Interval, b: &Interval) -> bool {
    let narrow = |one: &Interval| one.hi().to_f64_up() - one.lo().to_f64_down() <= WIDEST;
    narrow(a) && narrow(b) && a.intersect(b).is_some()
}
