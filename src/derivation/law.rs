//! A rule of the book at one place: where it fits as written and its conditions are known to hold, what it makes.

use std::collections::BTreeMap;

use crate::expr::Expr;
use crate::interval::Interval;
use crate::normal::Known;
use crate::rule::{Rule, RuleBook};

/// What the rule makes of the expression, read from left to right, or `back`.
pub fn applied(rule: &Rule, back: bool, expr: &Expr, known: &Known) -> Option<Expr> {
    let (matched, made) = if back { (&rule.rhs, &rule.lhs) } else { (&rule.lhs, &rule.rhs) };
    let mut bound = BTreeMap::new();
    if !fits(matched, expr, &mut bound) {
        return None;
    }
    holds(rule, &bound, known).then(|| filled(made, &bound))
}

/// Is one made of the other by the rule, in either direction?
pub fn leads(rule: &Rule, before: &Expr, after: &Expr, known: &Known) -> bool {
    let one_way = |matched: &Expr, made: &Expr| {
        let mut bound = BTreeMap::new();
        fits(matched, before, &mut bound) && fits(made, after, &mut bound) && holds(rule, &bound, known)
    };
    one_way(&rule.lhs, &rule.rhs) || one_way(&rule.rhs, &rule.lhs)
}

/// The rule of that name.
pub fn named<'a>(book: &'a RuleBook, name: &str) -> Option<&'a Rule> {
    book.rules.iter().find(|rule| &*rule.name == name)
}

/// Do the conditions hold wherever the names lie? Unknown is no.
fn holds(rule: &Rule, bound: &BTreeMap<String, Expr>, known: &Known) -> bool {
    let yes = Interval::point(1.0);
    rule.when.iter().all(|condition| known.range(&filled(condition, bound)) == Some(yes))
}

fn filled(pattern: &Expr, bound: &BTreeMap<String, Expr>) -> Expr {
    pattern.substitute(&|name| bound.get(name).cloned())
}

/// Does the pattern fit? Binds its names.
pub fn fits(pattern: &Expr, expr: &Expr, bound: &mut BTreeMap<String, Expr>) -> bool {
    match (pattern, expr) {
        (Expr::Symbol(name), _) => bound.entry(name.to_string()).or_insert_with(|| expr.clone()) == expr,
        (Expr::Apply(op, patterns), Expr::Apply(same, operands)) if op == same => {
            patterns.iter().zip(operands.iter()).all(|(pattern, operand)| fits(pattern, operand, bound))
        }
        _ => pattern == expr,
    }
}
