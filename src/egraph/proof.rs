//! egg's explanation → elementary steps: one position changes, by one rule.

use std::collections::BTreeMap;
use std::sync::Arc;

use egg::{Explanation, FlatTerm};

use super::node::Node;
use super::rule::BACK;
use crate::derivation::{Step, shared};
use crate::expr::Expr;

/// The steps of an explanation, in order; `reasons` says why a rule holds.
pub fn steps(mut explanation: Explanation<Node>, reasons: &BTreeMap<Arc<str>, String>) -> Vec<Step> {
    let terms = explanation.make_flat_explanation();
    let mut steps = Vec::new();
    for pair in terms.windows(2) {
        let (before, after) = (expr(&pair[0]), expr(&pair[1]));
        if before == after {
            continue;
        }
        let (at, name) = mark(&pair[1]).expect("each term of an explanation but the first is marked");
        let rule: Arc<str> = Arc::from(name.trim_end_matches(BACK));
        let why = match &*rule {
            "arithmetic" => "arithmetic of numbers and polynomials".to_string(),
            "definition" => "by definition".to_string(),
            "case" => "in this case".to_string(),
            "cases" => "the same number in every case".to_string(),
            _ => reasons.get(&rule).cloned().unwrap_or_default(),
        };
        let at = shared(&before, &after, &at);
        steps.push(Step { before, after, rule, why, at });
    }
    without_loops(steps)
}

/// The steps without those that come back to a formula that was there before.
fn without_loops(steps: Vec<Step>) -> Vec<Step> {
    let mut kept: Vec<Step> = Vec::new();
    for step in steps {
        match kept.iter().position(|earlier| earlier.before == step.after) {
            Some(place) => kept.truncate(place),
            None => kept.push(step),
        }
    }
    kept
}

fn expr(term: &FlatTerm<Node>) -> Expr {
    match &term.node {
        Node::Number(value) => Expr::Number(value.clone()),
        Node::Symbol(name) => Expr::Symbol(name.clone()),
        Node::Apply(op, _) => Expr::apply(*op, &term.children.iter().map(expr).collect::<Vec<_>>()),
    }
}

/// Where the rule was applied, and its name.
fn mark(term: &FlatTerm<Node>) -> Option<(Vec<usize>, String)> {
    if let Some(name) = term.forward_rule.or(term.backward_rule) {
        return Some((Vec::new(), name.to_string()));
    }
    term.children.iter().enumerate().find_map(|(place, child)| {
        let (mut at, name) = mark(child)?;
        at.insert(0, place);
        Some((at, name))
    })
}
