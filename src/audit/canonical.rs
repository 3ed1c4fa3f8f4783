//! A formula → exponentials, logarithms and powers alone, taken apart as far as they can be: what arithmetic settles.
//!
//! Every rewriting is a step of the book or of arithmetic, in a fixed order, from the inside; so two formulas of
//! logits, probabilities or softmaxes that are equal mostly become equal polynomials.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::derivation::engine::Engine;
use crate::derivation::law;
use crate::derivation::line::{Line, replaced};
use crate::derivation::names::Names;
use crate::diff;
use crate::expr::Expr;
use crate::normal::{self, Known};
use crate::op::Op;
use crate::rational::Rational;
use crate::rule::{Rule, RuleBook};

/// Rewritings of one formula, at most.
const MOST: usize = 400;

/// The rules, in the order in which they are tried at a place.
const RULES: [&str; 15] = [
    "sigmoid-recip",
    "softplus-log",
    "log1p-log",
    "expm1-exp",
    "exp-log",
    "exp-times-log",
    "exp-negative",
    "exp-sum",
    "exp-difference",
    "exp-times-left",
    "log-one",
    "log-exp",
    "log-product",
    "log-quotient",
    "log-power",
];

/// Takes the formula of the line apart. Gives up silently at the limit: what is left is equal still.
pub fn rewrite(line: &mut Line, engine: &Engine, book: &RuleBook, fired: &mut BTreeSet<Arc<str>>) {
    let rules: Vec<&Rule> = RULES.iter().filter_map(|name| law::named(book, name)).collect();
    let rewriter = Rewriter { names: engine.names, rules };
    for _ in 0..MOST {
        let Some((at, part, why)) = rewriter.next(&line.now, &mut Vec::new()) else { return };
        match why {
            Why::Definition => line.step(&at, part, diff::DEFINITION),
            Why::Arithmetic => {
                let form = replaced(&line.now, &at, &part);
                match engine.arithmetic().line(&line.now, &form) {
                    Some(steps) => line.embed(&[], &steps),
                    None => return,
                }
            }
            Why::Rule(rule) => {
                fired.insert(rule.name.clone());
                line.step(&at, part, (&rule.name, &rule.source));
            }
        }
    }
}

/// Why a part may become another.
enum Why<'a> {
    Definition,
    Arithmetic,
    Rule(&'a Rule),
}

struct Rewriter<'a> {
    names: &'a Names,
    rules: Vec<&'a Rule>,
}

impl<'a> Rewriter<'a> {
    /// The first rewriting, from the inside and from the left.
    fn next(&self, expr: &Expr, at: &mut Vec<usize>) -> Option<(Vec<usize>, Expr, Why<'a>)> {
        for (place, operand) in expr.operands().iter().enumerate() {
            at.push(place);
            let found = self.next(operand, at);
            at.pop();
            if found.is_some() {
                return found;
            }
        }
        let (offset, part, why) = self.here(expr)?;
        Some((at.iter().copied().chain(offset).collect(), part, why))
    }

    fn here(&self, expr: &Expr) -> Option<(Option<usize>, Expr, Why<'a>)> {
        let known = &self.names.known;
        if let Expr::Symbol(name) = expr {
            let value = self.names.value(name).filter(|value| *value != expr)?;
            return Some((None, value.clone(), Why::Definition));
        }
        for rule in &self.rules {
            if let Some(part) = applied(rule, expr, known) {
                return Some((None, part, Why::Rule(rule)));
            }
        }
        let nonzero = |expr: &Expr| known.range(expr).is_some_and(|range| range.nonzero().is_yes());
        let form = match (expr, expr.operands()) {
            // a divisor whose sign does not show
            (Expr::Apply(Op::Div, _), [_, b]) if !nonzero(b) => {
                return Some((Some(1), factors(b, known)?, Why::Arithmetic));
            }
            // a sum that is a shorter product: 1 - 1/(1 + e^x)
            (Expr::Apply(Op::Add | Op::Sub, _), _) => {
                let form = factors(expr, known).filter(|form| form.size() < expr.size())?;
                return Some((None, form, Why::Arithmetic));
            }
            (Expr::Apply(Op::Exp, _), [a]) => normal::expanded(a, known).filter(|form| form != a)?,
            (Expr::Apply(Op::Log, _), [a]) => of_opposites(a, known).or_else(|| factors(a, known))?,
            (Expr::Apply(Op::Pow, _), [a, by]) if by.as_number().is_none_or(|by| !by.is_integer()) => {
                factors(a, known)?
            }
            _ => return None,
        };
        Some((Some(0), form, Why::Arithmetic))
    }
}

/// The sum as a product above 0, where it is one that rules take apart, or one whose sign that makes known.
fn factors(expr: &Expr, known: &Known) -> Option<Expr> {
    if matches!(expr, Expr::Symbol(_) | Expr::Number(_)) {
        return None;
    }
    let form = normal::product(expr, known)?;
    let form = match (&form, form.operands()) {
        (Expr::Apply(Op::Neg, _), [inner]) => turned(inner).unwrap_or(form),
        _ => form,
    };
    let apart = matches!(form, Expr::Apply(Op::Mul | Op::Div | Op::Pow | Op::Exp, _));
    let positive = |expr: &Expr| known.range(expr).is_some_and(|range| range.positive().is_yes());
    let gains = apart || (positive(&form) && !positive(expr));
    Some(form).filter(|form| form != expr && gains && positive(form))
}

/// A product above 0 with factors below 0, as one of their opposites: the logarithm of x*y is that of (−x)*(−y).
fn of_opposites(expr: &Expr, known: &Known) -> Option<Expr> {
    let (form, below) = magnitude(expr, known)?;
    (!below && form != *expr).then_some(form)
}

/// The product of the magnitudes of its factors, whose signs are known, and whether it lies below 0 itself.
fn magnitude(expr: &Expr, known: &Known) -> Option<(Expr, bool)> {
    let whole = |by: &Expr| by.as_number().filter(|by| by.is_integer()).cloned();
    match (expr, expr.operands()) {
        (Expr::Apply(op @ (Op::Mul | Op::Div), _), [a, b]) => {
            let ((a, a_below), (b, b_below)) = (magnitude(a, known)?, magnitude(b, known)?);
            Some((Expr::apply(*op, &[a, b]), a_below != b_below))
        }
        (Expr::Apply(Op::Pow, _), [base, by]) if whole(by).is_some() => {
            let odd = !whole(by)?.checked_div(&Rational::from(2))?.is_integer();
            let (base, below) = magnitude(base, known)?;
            Some((Expr::apply(Op::Pow, &[base, by.clone()]), below && odd))
        }
        (Expr::Apply(Op::Neg, _), [a]) => magnitude(a, known).map(|(a, below)| (a, !below)),
        _ => {
            let range = known.range(expr)?;
            if range.positive().is_yes() {
                return Some((expr.clone(), false));
            }
            range.negative().is_yes().then(|| (turned(expr).unwrap_or_else(|| -expr.clone()), true))
        }
    }
}

/// A product with one of its differences the other way round.
fn turned(expr: &Expr) -> Option<Expr> {
    match (expr, expr.operands()) {
        (Expr::Apply(Op::Sub, _), [a, b]) => Some(b.clone() - a.clone()),
        (Expr::Apply(op @ (Op::Mul | Op::Div), _), [a, b]) => match turned(a) {
            Some(a) => Some(Expr::apply(*op, &[a, b.clone()])),
            None => turned(b).map(|b| Expr::apply(*op, &[a.clone(), b])),
        },
        _ => None,
    }
}

/// What the rule makes of the expression, where it fits and its conditions hold.
fn applied(rule: &Rule, expr: &Expr, known: &Known) -> Option<Expr> {
    // exp(2*a) only: of two names neither is the exponent
    let whole = || {
        let factor = expr.operands().first().and_then(|of| of.operands().first()).and_then(Expr::as_number);
        factor.is_some_and(Rational::is_integer)
    };
    if &*rule.name == "exp-times-left" && !whole() { None } else { law::applied(rule, false, expr, known) }
}
