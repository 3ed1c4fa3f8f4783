//! `derive --only`: a derivation → what is said of one claim or derivative, with the derivatives that it puts in.

use crate::check::Proof;
use crate::derivation::{ByClass, Derivation, Step};
use crate::expr::Expr;
use crate::message::Message;
use crate::notation::closest;

/// Names of claims that lead to the loss of the margin.
const MARGIN: &str = "margin-";

/// Leaves one claim or derivative.
///
/// # Errors
/// Where the derivation has none of that name.
pub fn keep(derivation: &mut Derivation, only: &str) -> Result<(), Message> {
    let names = names(derivation);
    if !names.iter().any(|name| name == only) {
        let loss = &derivation.spec.name;
        return Err(Message::new(format!("`{loss}` has no claim `{only}`")).help(
            match closest(only, names.iter().map(String::as_str)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it has {}", names.join(", ")),
            },
        ));
    }
    narrow(derivation, only, &|name| name == only);
    if let Some(by_class) = &mut derivation.classes {
        cases(by_class, only);
    }
    Ok(())
}

/// The certificate's proof without the claims that the derivation has no more; derivatives stay, since claims use them.
pub fn fit(proof: &mut Proof, derivation: &Derivation) {
    let of = |proof: &mut Proof, kept: &Derivation| {
        proof.claims.retain(|claim| kept.claims.iter().any(|kept| kept.name == claim.name));
    };
    of(proof, derivation);
    if let (Some(classes), Some(by_class)) = (&mut proof.classes, &derivation.classes) {
        for (part, kept) in classes.parts.iter_mut().zip([&by_class.own, &by_class.other]) {
            of(&mut part.proof, &kept.derivation);
        }
        classes.reduced = classes.reduced.take().filter(|_| by_class.reduced.is_some());
    }
}

/// Every claim and derivative, each once; of a loss over classes those of its cases.
fn names(derivation: &Derivation) -> Vec<String> {
    let mut scalar = vec![derivation];
    if let Some(by_class) = &derivation.classes {
        scalar.extend([&by_class.own.derivation, &by_class.other.derivation]);
        scalar.extend(&by_class.reduced);
    }
    let claims = scalar.iter().flat_map(|one| one.claims.iter().map(|claim| &claim.name));
    let mut names = Vec::new();
    for name in claims.chain(scalar.iter().flat_map(|one| one.derived.iter().map(|derived| &derived.name))) {
        if !names.contains(name) {
            names.push(name.clone());
        }
    }
    names
}

/// The cases with what is left of them; the loss of the margin only where it is asked for, with what leads to it.
fn cases(by_class: &mut ByClass, only: &str) {
    let has = |derivation: &Derivation| derivation.derived.iter().any(|derived| derived.name == only);
    by_class.reduced = by_class.reduced.take().filter(has);
    let leads = by_class.reduced.is_some();
    let kept = |name: &str| name == only || (leads && name.starts_with(MARGIN));
    by_class.stated.retain(|(_, claim)| kept(&claim.name));
    for one in [&mut by_class.own.derivation, &mut by_class.other.derivation] {
        narrow(one, only, &kept);
    }
    if let Some(reduced) = &mut by_class.reduced {
        narrow(reduced, only, &kept);
    }
}

/// The claims that are kept, and the derivatives that they put in.
fn narrow(derivation: &mut Derivation, only: &str, kept: &dyn Fn(&str) -> bool) {
    derivation.claims.retain(|claim| kept(&claim.name));
    let claims =
        derivation.claims.iter().flat_map(|claim| claim.steps.iter().chain(claim.cases.iter().flat_map(|c| &c.1)));
    let mut put_in: Vec<Expr> = claims.flat_map(lemma).collect();
    let mut left = Vec::new();
    for derived in std::mem::take(&mut derivation.derived).into_iter().rev() {
        if derived.name == only || put_in.contains(&derived.of) {
            put_in.extend(derived.steps.iter().flat_map(lemma));
            left.push(derived);
        }
    }
    left.reverse();
    derivation.derived = left;
}

/// The two sides of what a step puts in that was derived before.
fn lemma(step: &Step) -> Vec<Expr> {
    let part = |whole| step.at.iter().try_fold(whole, |expr: &Expr, place| expr.operands().get(*place));
    match &*step.rule {
        "derived" => [&step.before, &step.after].into_iter().filter_map(part).cloned().collect(),
        _ => Vec::new(),
    }
}
