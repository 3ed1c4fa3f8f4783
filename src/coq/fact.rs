//! What is known of names → hypotheses of Coq.

use std::sync::Arc;

use super::term::{number, plain, variable};
use crate::check::World;
use crate::domain::Domain;
use crate::expr::Expr;
use crate::rational::Rational;

/// The hypotheses on an input or a parameter: `(Lo_a : 0 < a_)`.
pub fn of_domain(name: &str, domain: &Domain) -> Vec<String> {
    let named = |(end, fact): (&str, String)| format!("({end}_{} : {fact})", plain(name));
    facts(&variable(name), domain).into_iter().map(named).collect()
}

/// The same on a name with a number for each class: `(Lo_a : forall k : nat, (k < C)%nat -> 0 < a_ k)`.
pub fn of_list(name: &str, domain: &Domain, count: &str) -> Vec<String> {
    let named =
        |(end, fact): (&str, String)| format!("({end}_{} : forall k : nat, (k < {count})%nat -> {fact})", plain(name));
    facts(&format!("{} k", variable(name)), domain).into_iter().map(named).collect()
}

/// What it is to lie there.
fn facts(of: &str, domain: &Domain) -> Vec<(&'static str, String)> {
    let sign = |open: bool| if open { "<" } else { "<=" };
    match domain {
        Domain::Finite | Domain::Class => Vec::new(),
        Domain::Set(values) => {
            let all: Vec<String> = values.iter().map(|value| format!("{of} = {}", number(value))).collect();
            vec![("In", all.join(" \\/ "))]
        }
        Domain::Interval { lo, lo_open, hi, hi_open } => {
            let lo = lo.as_ref().map(|lo| ("Lo", format!("{} {} {of}", number(lo), sign(*lo_open))));
            let hi = hi.as_ref().map(|hi| ("Hi", format!("{of} {} {}", sign(*hi_open), number(hi))));
            lo.into_iter().chain(hi).collect()
        }
    }
}

/// The hypotheses on a name of the formula that stands for itself.
pub fn of_variable(world: &World, name: &Arc<str>) -> Vec<String> {
    let (of, plain) = (variable(name), plain(name));
    let (lo, hi) = open_ends(world, name);
    let lo = lo.map(|lo| format!("(Lo_{plain} : {lo} < {of})"));
    lo.into_iter().chain(hi.map(|hi| format!("(Hi_{plain} : {of} < {hi})"))).collect()
}

/// The finite ends between which a variable lies, where it does not reach them.
pub fn open_ends(world: &World, name: &Arc<str>) -> (Option<String>, Option<String>) {
    let Some(range) = world.range(&Expr::Symbol(name.clone())) else { return (None, None) };
    let end = |value: f64| {
        let exact = Rational::from_f64(value).filter(|_| !range.contains(value));
        exact.map(|exact| number(&exact))
    };
    (end(range.lo().to_f64_down()), end(range.hi().to_f64_up()))
}
