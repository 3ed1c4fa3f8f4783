//! The e-graph: expressions × rule book → everything that the rules make equal, with the shortest member and the proof.
//!
//! The search is limited by counts, never by the clock, and its order is fixed. The only room that names `egg`.

mod extract;
mod facts;
mod node;
mod proof;
mod rule;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use egg::{EGraph, Id, Runner, SimpleScheduler, StopReason, Subst};

use crate::derivation::Step;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::op::Op;
use crate::rational::Rational;
use crate::rule::RuleBook;
use facts::Ranges;
use node::Node;

pub use facts::arithmetic;

/// What is known of names before the search.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The range of each name; a name without one is any finite number.
    pub intervals: BTreeMap<Arc<str>, Interval>,
}

/// Where the search ends.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Rounds of all rules.
    pub rounds: usize,
    /// E-nodes.
    pub nodes: usize,
    /// Are proofs kept? Costs time.
    pub proofs: bool,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { rounds: 12, nodes: 6_000, proofs: true }
    }
}

/// Two expressions that are known to be equal before the search.
#[derive(Clone, Debug)]
pub struct Equality {
    /// One.
    pub a: Expr,
    /// The other.
    pub b: Expr,
    /// Why: `definition`, `arithmetic`, `case` …; names the step in proofs.
    pub reason: &'static str,
}

/// The e-graph after the search.
pub struct Saturated {
    egraph: EGraph<Node, Ranges>,
    stopped: String,
    fired: BTreeSet<Arc<str>>,
    reasons: BTreeMap<Arc<str>, String>,
}

/// Searches with the rules of the named groups (all where `groups` is empty) from the seeds.
///
/// Each inner list of `seeds` is known to be equal by arithmetic; `definitions` are names and their values.
pub fn saturate(
    book: &RuleBook,
    groups: &[&str],
    facts: &Facts,
    definitions: &[(Arc<str>, Expr)],
    seeds: &[Vec<Expr>],
    limits: Limits,
) -> Saturated {
    let defined = |(name, value): &(Arc<str>, Expr)| Equality {
        a: Expr::Symbol(name.clone()),
        b: value.clone(),
        reason: "definition",
    };
    let mut equalities: Vec<Equality> = definitions.iter().map(defined).collect();
    for equal in seeds {
        let Some((first, others)) = equal.split_first() else { continue };
        // the pair of the first with itself adds it
        let pair = |other: &Expr| Equality { a: first.clone(), b: other.clone(), reason: "arithmetic" };
        equalities.extend(std::iter::once(first).chain(others).map(pair));
    }
    search(book, groups, facts, &equalities, limits)
}

/// Searches with the rules of the named groups (all where `groups` is empty) from the equalities.
pub fn search(book: &RuleBook, groups: &[&str], facts: &Facts, equalities: &[Equality], limits: Limits) -> Saturated {
    let ranges = Ranges { of: facts.intervals.clone(), contradiction: None };
    let mut egraph = EGraph::new(ranges);
    if limits.proofs {
        egraph = egraph.with_explanations_enabled();
    }
    for Equality { a, b, reason } in equalities {
        if a == b {
            egraph.add_expr(&node::tree(a));
        } else {
            unite(&mut egraph, a, b, reason);
        }
    }
    egraph.rebuild();
    let chosen: Vec<_> = book.rules.iter().filter(|rule| groups.is_empty() || groups.contains(&&*rule.group)).collect();
    let rewrites: Vec<_> = chosen.iter().flat_map(|rule| rule::rewrites(rule)).collect();
    let runner = Runner::default()
        .with_egraph(egraph)
        .with_scheduler(SimpleScheduler)
        .with_iter_limit(limits.rounds)
        .with_node_limit(limits.nodes)
        .with_time_limit(Duration::from_secs(1 << 40))
        .with_hook(|runner| runner.egraph.analysis.contradiction.clone().map_or(Ok(()), Err))
        .run(&rewrites);
    let fired = runner.iterations.iter().flat_map(|round| round.applied.keys());
    let fired = fired.map(|name| Arc::from(name.as_str().trim_end_matches(rule::BACK))).collect();
    let reasons = chosen.iter().map(|rule| (rule.name.clone(), rule.source.clone())).collect();
    let stopped = match runner.stop_reason {
        Some(StopReason::Saturated) => "nothing more to rewrite".to_string(),
        Some(StopReason::IterationLimit(rounds)) => format!("limit of {rounds} rounds"),
        Some(StopReason::NodeLimit(nodes)) => format!("limit of {nodes} e-nodes"),
        Some(StopReason::Other(contradiction)) => format!("contradiction: {contradiction}"),
        Some(StopReason::TimeLimit(_)) | None => "no reason given".to_string(),
    };
    Saturated { egraph: runner.egraph, stopped, fired, reasons }
}

fn unite(egraph: &mut EGraph<Node, Ranges>, a: &Expr, b: &Expr, reason: &str) {
    let none = |_: &str| false;
    egraph.union_instantiations(
        &node::pattern(a, &none),
        &node::pattern(b, &none),
        &Subst::default(),
        reason.to_string(),
    );
}

/// What stands at the top of a member of a class.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Member {
    /// An exact number.
    Number(Rational),
    /// A name.
    Symbol(Arc<str>),
    /// An operator on classes.
    Apply(Op, Vec<usize>),
}

impl Saturated {
    /// Why the search ended.
    pub fn stopped(&self) -> &str {
        &self.stopped
    }

    /// Two facts of one class that cannot both be true: some rule is false.
    pub fn contradiction(&self) -> Option<&str> {
        self.egraph.analysis.contradiction.as_deref()
    }

    /// The rules that fired.
    pub fn fired(&self) -> BTreeSet<Arc<str>> {
        self.fired.clone()
    }

    /// The class that the expression is in.
    pub fn class(&self, of: &Expr) -> Option<usize> {
        self.egraph.lookup_expr(&node::tree(of)).map(|id| usize::from(self.egraph.find(id)))
    }

    /// The class of an operator on classes.
    pub fn class_of(&self, op: Op, operands: &[usize]) -> Option<usize> {
        let operands = operands.iter().map(|class| Id::from(*class)).collect();
        self.egraph.lookup(Node::Apply(op, operands)).map(|id| usize::from(self.egraph.find(id)))
    }

    /// Every class with its members, in a fixed order.
    pub fn classes(&self) -> BTreeMap<usize, Vec<Member>> {
        let member = |node: &Node| match node {
            Node::Number(value) => Member::Number(value.clone()),
            Node::Symbol(name) => Member::Symbol(name.clone()),
            Node::Apply(op, ids) => {
                Member::Apply(*op, ids.iter().map(|id| usize::from(self.egraph.find(*id))).collect())
            }
        };
        let sorted = |class: &egg::EClass<Node, facts::Fact>| {
            let members: BTreeSet<Member> = class.nodes.iter().map(member).collect();
            members.into_iter().collect()
        };
        self.egraph.classes().map(|class| (usize::from(self.egraph.find(class.id)), sorted(class))).collect()
    }

    /// The interval of a class.
    pub fn interval(&self, class: usize) -> Option<Interval> {
        self.egraph[Id::from(class)].data.interval
    }

    /// Are both in one class?
    pub fn equal(&self, a: &Expr, b: &Expr) -> bool {
        self.class(a).is_some_and(|class| self.class(b) == Some(class))
    }

    /// The steps from `a` to `b`; `None` where they are not in one class, or the search kept no proofs.
    pub fn explain(&mut self, a: &Expr, b: &Expr) -> Option<Vec<Step>> {
        if !self.egraph.are_explanations_enabled() || !self.equal(a, b) {
            return None;
        }
        let explanation = self.egraph.explain_equivalence(&node::tree(a), &node::tree(b));
        Some(proof::steps(explanation, &self.reasons))
    }
}
