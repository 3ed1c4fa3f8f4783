//! Stable forms: targets × rule book → for each output the form with the least bound on its rounding error.
//!
//! The search begins with the whole line. Where the best bound is infinite or above target, the line is split:
//! at 0 first, where σ and softplus are given apart for both sides in the magnitude |w|. Parts on which two
//! regimes agree are one e-class, so the only trace of a split is a `where` at the earliest divergence.

pub mod bound;
mod enclosure;
pub mod error;
pub mod extract;
mod magnitude;
mod operation;
pub mod order;
pub mod piece;
pub mod pivot;
mod seeds;
pub mod term;
mod threshold;
pub mod unit;

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;

use crate::egraph::{self, Facts, Limits, Saturated};
use crate::elementary::Level;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::kernel::Format;
use crate::message::Message;
use crate::normal::Known;
use crate::op::Op;
use crate::rule::RuleBook;
use extract::{Ends, Extraction, Leaf, Question};
use order::Hold;
use pivot::PIVOT;
use term::{Term, Terms};

/// Groups of rules that stable forms are searched with.
pub const GROUPS: [&str; 5] = ["sigmoid", "stable", "power", "sign", "unit"];

/// A bound that needs no further split, in ulps of the format.
fn target(search: &Search) -> f64 {
    if search.level.arithmetic().widens(search.format) { 0.501 } else { 64.0 }
}

/// What is asked: functions of the pivot and what is known of names.
pub struct Search<'a> {
    /// The rules.
    pub book: &'a RuleBook,
    /// Format of the results.
    pub format: Format,
    /// The functions, each with its scale as a factor where it has one.
    pub targets: Vec<Expr>,
    /// The same as messages show them.
    pub shown: Vec<String>,
    /// For those that cross 0 inherently, the sum of absolute terms that their bound is relative to.
    pub terms: Vec<Option<Expr>>,
    /// Leaves by name, on the pieces given.
    pub leaves: BTreeMap<Arc<str>, Leaf>,
    /// Ranges of names.
    pub ranges: BTreeMap<Arc<str>, Interval>,
    /// The pieces.
    pub pieces: Vec<piece::Piece>,
    /// How exact the elementary functions are.
    pub level: Level,
    /// Expressions that are known to be equal, by definition of leaves or by arithmetic.
    pub equal: Vec<Vec<Expr>>,
    /// Is the pivot one in (0, 1)?
    pub unit: bool,
}

/// The forms found.
pub struct Forms {
    /// One for each target.
    pub terms: Vec<Rc<Term>>,
    /// Values at the ends.
    pub ends: Vec<Ends>,
    /// Largest bound of each, in ulps.
    pub bounds: Vec<f64>,
    /// Is the magnitude of the form proved to be the sum of absolute terms?
    pub exact: Vec<bool>,
    /// The e-graph that they were found in.
    pub saturated: Saturated,
}

/// Finds the forms.
///
/// # Errors
/// Where no form with a finite bound is found.
pub fn forms(search: &Search) -> Result<Forms, Message> {
    let mut missing = String::new();
    // what a pivot in (0, 1) is made of is split nowhere
    let splits = if search.unit { &[true][..] } else { &[false, true] };
    for split in splits.iter().copied() {
        let saturated = saturated(search, split);
        if let Some(contradiction) = saturated.contradiction() {
            return Err(Message::new(format!("the rule book contradicts itself: {contradiction}")));
        }
        let terms = Terms::default();
        let question = Question {
            format: search.format,
            pieces: &search.pieces,
            leaves: &search.leaves,
            clamp: piece::clamp(search.format),
            pivot: PIVOT,
            arithmetic: search.level.arithmetic(),
            pairs: !search.level.arithmetic().widens(search.format) && !search.unit,
            thresholds: !search.unit,
            refined: search.level == Level::Double,
            set: search.level.set(false),
            terms: &terms,
        };
        let found = together(search, &saturated, Extraction::of(&saturated, question));
        let enough = |(found, terms): (&Option<Found>, &Option<Expr>)| {
            found.as_ref().is_some_and(|(_, largest, _)| terms.is_some() || *largest <= target(search))
        };
        let settled = found.iter().zip(&search.terms).all(enough);
        if settled && (split || search.terms.iter().all(Option::is_none)) || split && found.iter().all(Option::is_some)
        {
            let found: Vec<_> = found.into_iter().flatten().collect();
            let terms: Vec<_> = found.iter().map(|(term, _, _)| term.clone()).collect();
            let known = Known { ranges: search.ranges.clone(), ..Known::default() };
            let is_sum = |(term, sum): (&Rc<Term>, &Option<Expr>)| {
                let is = |sum| magnitude::is(term, sum, &saturated, &unit::unnamed, &known);
                sum.as_ref().is_some_and(is)
            };
            let exact = terms.iter().zip(&search.terms).map(is_sum).collect();
            let ends = found.iter().map(|(_, _, ends)| *ends).collect();
            let bounds = found.iter().map(|(_, largest, _)| *largest).collect();
            return Ok(Forms { terms, ends, bounds, exact, saturated });
        }
        let without = search.shown.iter().zip(&found).filter(|(_, found)| found.is_none());
        missing = without.map(|(shown, _)| format!("{shown}\n")).collect();
    }
    Err(Message::new("no form with a finite bound was found")
        .detail(missing)
        .help("kernels are made of sigmoid, softplus, exp, log1p, sqrt, powers and arithmetic"))
}

type Found = (Rc<Term>, f64, Ends);

/// The best form of each target, given that what the targets before it compute costs nothing.
fn together(search: &Search, saturated: &Saturated, mut extraction: Extraction) -> Vec<Option<Found>> {
    let mut free = BTreeSet::new();
    let mut found = Vec::new();
    for target in &search.targets {
        let best = saturated.class(target).and_then(|class| extraction.best(class, Hold::Best));
        if let Some((term, _, _)) = &best {
            term::parts(term, &mut free);
            extraction.given(free.clone());
        }
        found.push(best);
    }
    found
}

fn saturated(search: &Search, split: bool) -> Saturated {
    let facts = Facts { intervals: search.ranges.clone() };
    let sums = search.terms.iter().flatten();
    let mut seeds: Vec<Vec<Expr>> = search.targets.iter().chain(sums).map(seeds::variants).collect();
    seeds.extend(search.equal.iter().cloned());
    if split && !search.unit {
        seeds.extend(at_zero(&search.targets));
    }
    let limits = Limits { rounds: 9, nodes: 8_000, proofs: false };
    egraph::saturate(search.book, &GROUPS, &facts, &[], &seeds, limits)
}

/// The primitives of the pivot, given apart for both sides of 0 in the magnitude.
fn at_zero(targets: &[Expr]) -> Vec<Vec<Expr>> {
    let mut used = BTreeSet::new();
    targets.iter().for_each(|target| primitives(target, &mut used));
    let pivot = Expr::symbol(PIVOT);
    let magnitude = pivot.clone().abs();
    let below = Expr::apply(Op::Lt, &[pivot.clone(), Expr::integer(0)]);
    let mut all = Vec::new();
    for op in used {
        for negated in [false, true] {
            let at = |argument: Expr| Expr::apply(op, &[if negated { -argument } else { argument }]);
            let whole = at(pivot.clone());
            let above = Expr::apply(op, std::slice::from_ref(&magnitude));
            let below_zero = Expr::apply(op, &[-magnitude.clone()]);
            let parts = if negated { [above, below_zero] } else { [below_zero, above] };
            all.push(vec![whole, Expr::apply(Op::Where, &[below.clone(), parts[0].clone(), parts[1].clone()])]);
        }
    }
    all
}

fn primitives(expr: &Expr, to: &mut BTreeSet<Op>) {
    if let Expr::Apply(Op::Sigmoid | Op::Softplus, _) = expr {
        to.extend([Op::Sigmoid, Op::Softplus]);
    }
    expr.operands().iter().for_each(|operand| primitives(operand, to));
}
