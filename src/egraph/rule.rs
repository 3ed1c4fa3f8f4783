//! `Rule` → egg's rewrite: it fires where every condition is *yes* by the facts of the matched classes.

use std::sync::Arc;

use egg::{ConditionalApplier, EGraph, Id, Pattern, Rewrite, Subst};

use super::facts::Ranges;
use super::node::{self, Node};
use crate::expr::Expr;
use crate::interval::Interval;
use crate::rule::Rule;

/// The rewrites of a rule: one, or two where it holds both ways.
pub fn rewrites(rule: &Rule) -> Vec<Rewrite<Node, Ranges>> {
    let mut all = vec![rewrite(&rule.name, &rule.lhs, &rule.rhs, &rule.when)];
    if rule.both_ways {
        all.push(rewrite(&format!("{}{BACK}", rule.name), &rule.rhs, &rule.lhs, &rule.when));
    }
    all
}

/// What the name of a rewrite from right to left ends in.
pub const BACK: &str = "-back";

fn rewrite(name: &str, lhs: &Expr, rhs: &Expr, when: &[Expr]) -> Rewrite<Node, Ranges> {
    let searcher = Pattern::new(node::pattern(lhs, &|_| true));
    let result = Pattern::new(node::pattern(rhs, &|_| true));
    if when.is_empty() {
        return Rewrite::new(name, searcher, result).expect("right side binds nothing new");
    }
    let when: Arc<[Expr]> = when.into();
    let condition = move |egraph: &mut EGraph<Node, Ranges>, _: Id, subst: &Subst| {
        when.iter().all(|comparison| holds(comparison, egraph, subst))
    };
    Rewrite::new(name, searcher, ConditionalApplier { condition, applier: result })
        .expect("conditions bind nothing new")
}

/// Does the comparison hold for every value of the matched classes? Unknown is no.
fn holds(comparison: &Expr, egraph: &EGraph<Node, Ranges>, subst: &Subst) -> bool {
    let yes = Interval::point(1.0);
    value(comparison, egraph, subst).is_some_and(|truth| truth == yes)
}

fn value(expr: &Expr, egraph: &EGraph<Node, Ranges>, subst: &Subst) -> Option<Interval> {
    Interval::of_expr(expr, &|name| egraph[*subst.get(node::var(name))?].data.interval)
}
