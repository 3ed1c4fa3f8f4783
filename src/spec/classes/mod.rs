//! A loss over classes → the scalar losses that it falls into.
//!
//! A logit is that of the target, or of another class. In each case every sum over classes is split into the members
//! that the case names and the rest, which changes with none of their logits: so what is left is a formula of numbers,
//! and is derived, proved and checked like any other. Where the logits enter through the margin alone,
//! z\[t\] − logsumexp(k ≠ t, z\[k\]), there is a third loss: that of the margin; where they enter through p\[t\]/Σ p\[k\] alone, it is
//! that of the share.

mod margin;
mod row;
mod share;
mod unfold;

use std::sync::Arc;

use super::{Classes, Definition, Spec};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::message::Message;
use crate::op::Op;

pub use margin::Reduced;
pub use row::{Row, at_row, row, whole_row, write_out};
pub use share::{of_share, share_line, through_share};

/// Which class a logit belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Case {
    /// The target.
    Own,
    /// Any class other than the target.
    Other,
}

impl Case {
    /// The case in the notation of classes: `i = t`, `i != t`.
    pub fn words(self, target: &str) -> String {
        let sign = if self == Case::Own { "=" } else { "!=" };
        format!("{} {sign} {target}", Classes::OTHER)
    }

    /// The classes that the case names.
    pub fn named(self, target: &str) -> Vec<Expr> {
        let target = Expr::symbol(target);
        match self {
            Case::Own => vec![target],
            Case::Other => vec![target, Expr::symbol(Classes::OTHER)],
        }
    }

    /// The case that a formula is about: a class other than the target is named in it, or none.
    pub fn of(expr: &Expr) -> Case {
        if expr.mentions(Classes::OTHER) { Case::Other } else { Case::Own }
    }
}

/// What a name of a scalar loss stands for in the loss over classes.
#[derive(Clone, Debug, PartialEq)]
pub struct Meaning {
    /// The name.
    pub name: Arc<str>,
    /// What it is: `z[t]`, or `sum(k != t, exp(z[k]))`.
    pub is: Expr,
    /// Where it lies.
    pub domain: Domain,
}

/// A loss over classes in one case.
#[derive(Clone, Debug)]
pub struct Unfolded {
    /// The case.
    pub case: Case,
    /// The scalar loss; its first input is the logit of the case.
    pub spec: Spec,
    /// Logits and parameters of classes that the case names.
    pub members: Vec<Meaning>,
    /// Sums over the classes that it does not name.
    pub rests: Vec<Meaning>,
}

/// The scalar losses of a loss over classes.
#[derive(Clone, Debug)]
pub struct Cases {
    /// In the logit of the target.
    pub own: Unfolded,
    /// In the logit of another class.
    pub other: Unfolded,
    /// In the margin; or why it is no function of it.
    pub reduced: Result<Reduced, String>,
}

/// Unfolds a loss over classes.
///
/// # Errors
/// Where the loss is over no classes, or a sum has members that change with the logit of a class that they do not
/// belong to.
pub fn unfold(spec: &Spec) -> Result<Cases, Message> {
    let Some(classes) = &spec.classes else {
        return Err(Message::new(format!("`{}` is no loss over classes", spec.name)));
    };
    let own = unfold::case(spec, classes, Case::Own)?;
    let other = unfold::case(spec, classes, Case::Other)?;
    let reduced = margin::reduced(spec, classes, &own);
    Ok(Cases { own, other, reduced })
}

/// Unfolds a loss over classes in one case.
///
/// # Errors
/// As [`unfold`].
pub fn unfold_case(spec: &Spec, case: Case) -> Result<Unfolded, Message> {
    match &spec.classes {
        Some(classes) => unfold::case(spec, classes, case),
        None => Err(Message::new(format!("`{}` is no loss over classes", spec.name))),
    }
}

/// Do the classes of the formula stand apart? Without a sum over them a loss is that of the target's input alone, and the
/// case of the target is the whole of it.
pub fn apart(formula: &[Definition]) -> bool {
    fn sums(expr: &Expr) -> bool {
        matches!(expr, Expr::Apply(op, _) if op.binds()) || expr.operands().iter().any(sums)
    }
    !formula.iter().any(|line| sums(&line.value))
}

/// The case that a claim is about.
pub fn case_of(claim: &super::Claim) -> Case {
    unfold::of(claim)
}

/// A formula of a loss over classes in the names of the case; what it needs that no line of the loss does is entered.
///
/// # Errors
/// As [`unfold`].
pub fn unfolded(spec: &Spec, into: &mut Unfolded, expr: &Expr) -> Result<Expr, Message> {
    let found = unfold::within(spec, into, expr)?;
    if let Some(classes) = &spec.classes {
        into.listed(spec, classes);
    }
    Ok(found)
}

/// The margin: `z[t] - logsumexp(k != t, z[k])`.
pub fn margin(classes: &Classes) -> Expr {
    let bound = bound_name(classes);
    let target = Expr::Symbol(classes.target.clone());
    let others = Expr::over(Op::Logsumexp, bound, &[target], Expr::index(&classes.list, bound));
    Expr::index(&classes.list, &classes.target) - others
}

/// The share of another class among all that are not the target: `exp(z[i] - logsumexp(k != t, z[k]))`.
pub fn share(classes: &Classes) -> Expr {
    let bound = bound_name(classes);
    let target = Expr::Symbol(classes.target.clone());
    let others = Expr::over(Op::Logsumexp, bound, &[target], Expr::index(&classes.list, bound));
    (Expr::index(&classes.list, Classes::OTHER) - others).exp()
}

/// A name for sums that the tool writes.
fn bound_name(classes: &Classes) -> &'static str {
    let taken = |name: &&&str| ***name == *classes.target || ***name == *classes.list;
    ["k", "j", "l"].iter().find(|name| !taken(name)).unwrap_or(&"k")
}
