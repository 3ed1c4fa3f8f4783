//! A loss over classes → the derivations of the scalar losses that it falls into, and that they agree.
//!
//! Where the classes are coupled by the margin, the derivative in the logit of the target is that of the margin; in another logit it is that times the negative of
//! the class's share. That is stated as claims beside those of the spec, and proved like them.

use std::collections::BTreeSet;

use super::engine::d;
use super::{Derivation, Judged, Status, derive};
use crate::digest;
use crate::expr::Expr;
use crate::message::Message;
use crate::op::Op;
use crate::rule::RuleBook;
use crate::spec::classes::{self, Case, Cases, Meaning, Reduced, Unfolded};
use crate::spec::{Claim, Classes, Spec};

/// One case of a loss over classes.
#[derive(Clone, Debug)]
pub struct Part {
    /// The case.
    pub case: Case,
    /// Logits and parameters of classes that it names, and the sums over those that it does not.
    pub meanings: Vec<Meaning>,
    /// The scalar loss, derived.
    pub derivation: Derivation,
}

/// What is known about a loss over classes.
#[derive(Clone, Debug)]
pub struct ByClass {
    /// In the logit of the target.
    pub own: Part,
    /// In the logit of another class.
    pub other: Part,
    /// In the margin, where the loss is a function of it.
    pub reduced: Option<Derivation>,
    /// In the target's share of the sum over a row, where the loss is a function of it.
    pub share: Option<Derivation>,
    /// Do the classes stand apart? The case of the target is then the whole loss.
    pub apart: bool,
    /// The margin in the notation of classes.
    pub margin: Expr,
    /// What the engine had to prove in the notation of classes, each by the name of its proof: the claims of the spec,
    /// then that the cases are what the margin gives.
    pub stated: Vec<(Case, Claim)>,
}

impl ByClass {
    /// The part of a case.
    pub fn part(&self, case: Case) -> &Part {
        if case == Case::Own { &self.own } else { &self.other }
    }

    /// The scalar loss that kernels are made of: that of the margin or of the share, or of classes that stand apart that of
    /// the target.
    pub fn scalar(&self) -> Option<&Derivation> {
        self.reduced.as_ref().or(self.share.as_ref()).or_else(|| self.apart.then_some(&self.own.derivation))
    }

    /// A derivative in the case's own input, of a loss of the share, in a row whose sum is `S` or a number: a function of that and
    /// the share alone, in the names of its loss. In any row it is that where the sum is 1 over the sum to its order, as the claims
    /// about the share say.
    pub fn in_share(&self, case: Case, order: usize, s: &Expr) -> Option<Expr> {
        let (share, part) = (self.share.as_ref()?, &self.part(case).derivation);
        let wanted = format!("{}_{}", ["d", "d2"].get(order.checked_sub(1)?)?, part.spec.inputs.first()?.name);
        let form = &part.derived.iter().find(|derived| derived.name == wanted)?.form;
        let line = part.spec.formula.iter().find(|line| line.name == share.spec.inputs[0].name)?;
        let (Expr::Apply(Op::Div, _), [_, sum]) = (&line.value, line.value.operands()) else { return None };
        let form = form.replaced(sum, s);
        let alone =
            part.spec.inputs.iter().all(|input| *s == Expr::Symbol(input.name.clone()) || !form.mentions(&input.name));
        alone.then(|| share.in_names(&form))
    }

    /// What became of a claim.
    pub fn judged(&self, case: Case, name: &str) -> Option<&Judged> {
        self.part(case).derivation.claims.iter().find(|judged| judged.name == name)
    }
}

/// Derives every scalar loss, and judges the claims in them.
///
/// # Errors
/// Where one of them cannot be differentiated.
pub fn derivation(spec: &Spec, of: &Classes, book: &RuleBook) -> Result<Derivation, Message> {
    let apart = classes::apart(&spec.formula);
    let Cases { mut own, mut other, reduced } = classes::unfold(spec)?;
    let mut notes = Vec::new();
    let mut stated: Vec<(Case, Claim)> =
        spec.claims.iter().map(|claim| (classes::case_of(claim), claim.clone())).collect();
    let share = classes::of_share(spec, of).map(|share| derive(&share, book)).transpose()?;
    let mut agreed = Vec::new();
    let reduced = match reduced {
        Ok(reduced) => {
            let derived = derive(&reduced.spec, book)?;
            agreed = agreements(spec, of, &own, &reduced, &derived);
            Some(derived)
        }
        Err(_) if apart => None,
        Err(_) if share.is_some() => {
            let derived = share.iter().flat_map(|share| &share.derived);
            let form = |order: &str| {
                let wanted = format!("{order}_{}", classes::share_line(&spec.formula, of)?);
                derived.clone().find(|derived| derived.name == wanted).map(|derived| derived.form.clone())
            };
            agreed = classes::through_share(spec, of, ["d", "d2"].map(form));
            None
        }
        Err(why) => {
            notes.push(format!("no loss of the margin: {why}"));
            None
        }
    };
    for claim in agreed {
        let case = classes::case_of(&claim);
        let into = if case == Case::Own { &mut own } else { &mut other };
        let lhs = classes::unfolded(spec, into, &claim.lhs)?;
        let rhs = classes::unfolded(spec, into, &claim.rhs)?;
        into.spec.claims.push(Claim { lhs, rhs, ..claim.clone() });
        stated.push((case, claim));
    }
    let (own, other) = (part(own, book)?, part(other, book)?);
    let mut fired = BTreeSet::new();
    for one in [Some(&own.derivation), Some(&other.derivation), reduced.as_ref(), share.as_ref()].into_iter().flatten()
    {
        fired.extend(one.fired.iter().cloned());
        notes.extend(one.notes.iter().cloned());
    }
    let by_class = ByClass { own, other, reduced, share, apart, margin: classes::margin(of), stated };
    let claims = spec.claims.iter().map(|claim| judged(claim, &by_class)).collect();
    Ok(Derivation {
        spec: spec.clone(),
        inner: None,
        derived: Vec::new(),
        notes,
        claims,
        fired,
        rules_digest: digest::of(&book.text),
        classes: Some(Box::new(by_class)),
    })
}

fn part(unfolded: Unfolded, book: &RuleBook) -> Result<Part, Message> {
    let Unfolded { case, spec, members, rests } = unfolded;
    let meanings = members.into_iter().chain(rests).collect();
    Ok(Part { case, meanings, derivation: derive(&spec, book)? })
}

/// The claim as stated; its proof stands in the case.
fn judged(claim: &Claim, by_class: &ByClass) -> Judged {
    let found = by_class.judged(classes::case_of(claim), &claim.name);
    Judged {
        name: claim.name.clone(),
        lhs: claim.lhs.clone(),
        rhs: claim.rhs.clone(),
        source: claim.source.clone(),
        status: found.map_or_else(|| Status::Unsettled(String::new()), |found| found.status.clone()),
        steps: Vec::new(),
        shown: Vec::new(),
        cases: Vec::new(),
        shown_cases: Vec::new(),
    }
}

/// The claims that the cases are what the margin gives: its value, and the derivatives through it.
fn agreements(spec: &Spec, classes: &Classes, own: &Unfolded, reduced: &Reduced, derived: &Derivation) -> Vec<Claim> {
    let mut claims = reduced.claims.clone();
    let Some(loss) = spec.formula.last().map(|line| Expr::Symbol(line.name.clone())) else { return claims };
    let form = |name: &str| {
        let form = &derived.derived.iter().find(|derived| derived.name == name)?.form;
        let meant =
            |name: &str| own.members.iter().find(|member| *member.name == *name).map(|member| member.is.clone());
        Some(form.substitute(&|name| match name {
            Classes::MARGIN => Some(reduced.margin.clone()),
            name => meant(name),
        }))
    };
    let target = Expr::index(&classes.list, &classes.target);
    let other = Expr::index(&classes.list, Classes::OTHER);
    let share = || classes::share(classes);
    let mut claim = |name: &str, lhs: Expr, rhs: Expr| {
        claims.push(Claim { name: name.to_string(), lhs, rhs, source: String::new() });
    };
    let Some(first) = form("d_m") else { return claims };
    let (in_own, in_other) = (d(&loss, &target), d(&loss, &other));
    claim("through-margin-own", in_own.clone(), first.clone());
    claim("through-margin-other", in_other.clone(), -(share() * first.clone()));
    if let Some(second) = form("d2_m") {
        claim("through-margin-own-2", d(&in_own, &target), second.clone());
        let rest = first * (Expr::integer(1) - share());
        claim("through-margin-other-2", d(&in_other, &other), share() * (share() * second - rest));
    }
    claims
}
