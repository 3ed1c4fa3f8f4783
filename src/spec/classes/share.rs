//! A loss of the target's share in a sum over the row, p\[t\]/Σ p\[k\] → the scalar loss of that share.
//!
//! It is found by its line: `p_s = "p[t] / sum(k, p[k])"`, beside which the list stands nowhere. That derivatives in the
//! row are those of the scalar loss, times what the share changes by, are claims, which the engine proves.

use std::sync::Arc;

use super::bound_name;
use crate::domain::Domain;
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;
use crate::spec::{Claim, Classes, Definition, Input, Spec};

/// The name of the line that is the target's share, where the rest of the formula speaks of the list through it alone.
pub fn share_line<'a>(formula: &'a [Definition], classes: &Classes) -> Option<&'a Arc<str>> {
    let found = formula.iter().position(|line| is_share(&line.value, classes))?;
    let alone = formula.iter().enumerate().all(|(place, line)| place == found || !line.value.mentions(&classes.list));
    alone.then(|| &formula[found].name)
}

/// Is it the list's number of the target over the sum of all?
fn is_share(value: &Expr, classes: &Classes) -> bool {
    let Expr::Apply(Op::Div, operands) = value else { return false };
    let [above, below] = &operands[..] else { return false };
    let Some(bound) = below.bound().filter(|_| matches!(below, Expr::Apply(Op::Sum, _))) else { return false };
    *above == Expr::index(&classes.list, &classes.target)
        && below.left_out().is_empty()
        && below.operands().get(1) == Some(&Expr::index(&classes.list, bound))
}

/// The scalar loss of the share; its input is the share, by the name of its line.
pub fn of_share(spec: &Spec, classes: &Classes) -> Option<Spec> {
    let name = share_line(&spec.formula, classes)?.clone();
    let input = Input {
        name: name.clone(),
        domain: Domain::Interval { lo: Some(Rational::ZERO), lo_open: true, hi: Some(Rational::ONE), hi_open: true },
        unit: String::new(),
    };
    let others = spec.inputs.iter().filter(|input| input.name != classes.list && input.name != classes.target);
    let lines = spec.formula.iter().filter(|line| line.name != name);
    let line =
        |line: &Definition| Some(Definition { name: line.name.clone(), value: at_target(&line.value, classes)? });
    Some(Spec {
        inputs: std::iter::once(input).chain(others.cloned()).collect(),
        classes: None,
        formula: lines.map(line).collect::<Option<_>>()?,
        claims: Vec::new(),
        normalised: None,
        ..spec.clone()
    })
}

/// The expression with the target's number of a parameter by the parameter's name; `None` where it speaks of other classes.
fn at_target(expr: &Expr, classes: &Classes) -> Option<Expr> {
    match (expr, expr.operands()) {
        (Expr::Apply(Op::Index, _), [Expr::Symbol(list), class]) => {
            (*class == Expr::Symbol(classes.target.clone())).then(|| Expr::Symbol(list.clone()))
        }
        (Expr::Apply(op, _), _) if op.binds() => None,
        (Expr::Apply(op, _), operands) => {
            let operands: Option<Vec<Expr>> = operands.iter().map(|operand| at_target(operand, classes)).collect();
            Some(Expr::apply(*op, &operands?))
        }
        _ => Some(expr.clone()),
    }
}

/// The claims that the derivatives in the row are those of the share, the first and the second one, through it.
pub fn through_share(spec: &Spec, classes: &Classes, derivatives: [Option<Expr>; 2]) -> Vec<Claim> {
    let by_class = |name: &str| {
        classes.parameters.iter().any(|known| **known == *name).then(|| Expr::index(name, &classes.target))
    };
    let [first, second] = derivatives.map(|form| form.map(|form| form.substitute(&by_class)));
    let (Some(share), Some(loss)) = (share_line(&spec.formula, classes), spec.formula.last()) else {
        return Vec::new();
    };
    let (share, loss) = (Expr::Symbol(share.clone()), Expr::Symbol(loss.name.clone()));
    let bound = bound_name(classes);
    let sum = || Expr::over(Op::Sum, bound, &[], Expr::index(&classes.list, bound));
    let rest = || Expr::integer(1) - share.clone();
    let d = |of: &Expr, by: &Expr| Expr::apply(Op::D, &[of.clone(), by.clone()]);
    let own = Expr::index(&classes.list, &classes.target);
    let other = Expr::index(&classes.list, Classes::OTHER);
    let (in_own, in_other) = (d(&loss, &own), d(&loss, &other));
    let claim = |name: &str, lhs: Expr, rhs: Expr| Claim { name: name.to_string(), lhs, rhs, source: String::new() };
    let Some(first) = first else { return Vec::new() };
    let mut claims = vec![
        claim("through-share-own", in_own.clone(), first.clone() * rest() / sum()),
        claim("through-share-other", in_other.clone(), -(first.clone() * share.clone()) / sum()),
    ];
    if let Some(second) = second {
        let (two, squared) = (|| Expr::integer(2), || sum().pow(Expr::integer(2)));
        let bent = rest() * (second.clone() * rest() - two() * first.clone());
        claims.push(claim("through-share-own-2", d(&in_own, &own), bent / squared()));
        let bent = share.clone() * (second * share.clone() + two() * first);
        claims.push(claim("through-share-other-2", d(&in_other, &other), bent / squared()));
    }
    claims
}
