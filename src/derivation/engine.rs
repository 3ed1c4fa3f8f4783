//! Formula → its derivative in the shortest form.
//!
//! Differentiation follows the names of the formula: where everything passes through one name, the chain rule splits
//! there, and each factor is simplified before it is multiplied. Everything at once would explode. What is found here
//! is only looked for; `story` tells how it follows.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::arithmetic::Arithmetic;
use super::line::{part_at, replaced};
use super::names::Names;
use crate::diff;
use crate::egraph::{self, Equality, Facts, Limits, Saturated};
use crate::expr::Expr;
use crate::message::Message;
use crate::normal;
use crate::op::Op;
use crate::rule::RuleBook;

/// The groups of rules that simplify and prove.
pub const GROUPS: [&str; 4] = ["sigmoid", "sign", "unit", "cases"];
/// With those of a share of a whole, where the formula has one.
const WITH_SHARES: [&str; 5] = ["sigmoid", "sign", "unit", "cases", "share"];

/// Largest formula that is simplified, in numbers, names and operators.
const LARGEST: usize = 3_000;
/// Arithmetic variants of a formula that the e-graph is given.
const VARIANTS: usize = 4;
/// Rounds of arithmetic and e-graph, one after the other.
const ROUNDS: usize = 3;

/// What the e-graph calls two ways to write a formula that are equal by arithmetic.
pub const ARITHMETIC: &str = "arithmetic";

/// What differentiates and simplifies; it remembers what it has found.
pub struct Engine<'a> {
    /// The names of the spec.
    pub names: &'a Names,
    /// The rules.
    pub book: &'a RuleBook,
    /// The rules that fired.
    pub fired: BTreeSet<Arc<str>>,
    /// Has the rule book contradicted itself? Then nothing that follows is worth anything.
    pub contradicted: bool,
    found: BTreeMap<(Expr, Arc<str>), Expr>,
}

impl<'a> Engine<'a> {
    /// An engine that has found nothing yet.
    pub fn new(names: &'a Names, book: &'a RuleBook) -> Engine<'a> {
        Engine { names, book, fired: BTreeSet::new(), contradicted: false, found: BTreeMap::new() }
    }

    /// What steps of arithmetic are made by.
    pub fn arithmetic(&self) -> Arithmetic<'a> {
        Arithmetic { book: self.book, known: &self.names.known }
    }

    /// The expression with every `d(…)` worked out, from the inside.
    pub fn resolved(&mut self, expr: &Expr) -> Result<Expr, Message> {
        let mut now = expr.clone();
        while let Some((at, of, by)) = innermost(&now) {
            let derivative = self.derivative(&of, &variable(&by)?)?;
            now = replaced(&now, &at, &derivative);
        }
        Ok(now)
    }

    /// `d(of, by)` in its shortest form.
    pub fn derivative(&mut self, of: &Expr, by: &Arc<str>) -> Result<Expr, Message> {
        if let Some(known) = self.found.get(&(of.clone(), by.clone())) {
            return Ok(known.clone());
        }
        let variable = Expr::Symbol(by.clone());
        let raw = if let Some(name) = self.names.between(of, by) {
            self.derivative(of, &name)? * self.derivative(&Expr::Symbol(name), by)?
        } else if let Some(value) = self.names.opened(of, by).cloned() {
            self.derivative(&value, by)?
        } else {
            let mut whole = d(of, &variable);
            self.expand(&mut whole, &[])?;
            whole
        };
        let simplified = self.simplified(&raw, by)?;
        let simplified = self.of_share(of, by).unwrap_or(simplified);
        self.found.insert((of.clone(), by.clone()), simplified.clone());
        Ok(simplified)
    }

    /// The derivative of a name that is a part of a whole, in the name itself. Of p = exp(a)/(exp(a) + b) it is p (1 - p) by
    /// a, and -p (1 - p) r by the logit of another part, whose share of what is not p is r; of p = a/(a + b) it is
    /// (1 - p)/(a + b) by a, and -p/(a + b) by another part. That it is so is told like any other form.
    pub fn of_share(&self, of: &Expr, by: &str) -> Option<Expr> {
        let Expr::Symbol(_) = of else { return None };
        let value = self.names.opened(of, by)?;
        let (Expr::Apply(Op::Div, _), [part, whole]) = (value, value.operands()) else { return None };
        let (mut terms, mut open) = (Vec::new(), vec![whole]);
        while let Some(term) = open.pop() {
            match (term, term.operands()) {
                (Expr::Apply(Op::Add, _), [a, b]) => open.extend([b, a]),
                _ => terms.push(term.clone()),
            }
        }
        let (plain, exp) = (Expr::symbol(by), Expr::symbol(by).exp());
        let all_plain = terms.iter().all(|term| matches!(term, Expr::Symbol(_)));
        let member = if all_plain { plain } else { exp };
        let still = |term: &Expr| *term == member || !self.names.depends(term, by);
        if !(terms.contains(&member) && terms.contains(part) && terms.iter().all(still)) {
            return None;
        }
        let rest = Expr::integer(1) - of.clone();
        if all_plain {
            let change = if *part == member { rest } else { -of.clone() };
            return Some(change / whole.clone());
        }
        let variance = of.clone() * rest;
        if *part == member {
            return Some(variance);
        }
        terms.remove(terms.iter().position(|term| term == part)?);
        let others = terms.into_iter().reduce(|sum, term| sum + term)?;
        Some(-(variance * (member / others)))
    }

    /// Differentiates by the table what stands at the position, down to names.
    fn expand(&mut self, whole: &mut Expr, at: &[usize]) -> Result<(), Message> {
        let Some([of, variable]) = part_at(whole, at).map(Expr::operands) else { return Ok(()) };
        let (of, variable) = (of.clone(), variable.clone());
        let Expr::Symbol(by) = &variable else { return Ok(()) };
        if !at.is_empty() && self.names.inner(&of, by) {
            *whole = replaced(whole, at, &self.derivative(&of, by)?);
            return Ok(());
        }
        let names = self.names;
        let (_, result) = diff::step(&of, &variable, &|expr| !names.depends(expr, by))?;
        let open = places(&result);
        *whole = replaced(whole, at, &result);
        if whole.size() > LARGEST {
            return Err(too_large());
        }
        for place in open {
            let at: Vec<usize> = at.iter().chain(&place).copied().collect();
            self.expand(whole, &at)?;
        }
        Ok(())
    }

    /// The shortest form of the expression; `by` is a variable, whatever the formula defines it as.
    fn simplified(&mut self, expr: &Expr, by: &str) -> Result<Expr, Message> {
        let mut now = expr.clone();
        for round in 0..ROUNDS {
            let mut equalities = self.definitions(Some(by));
            self.seed(&now, &mut equalities);
            let shortest = self.search(&equalities, false, &BTreeSet::new())?.shortest(&now);
            let cost = |form: &Expr| self.names.known.cost(form);
            if round > 0 && cost(&shortest) + normal::PREFERENCE >= cost(&now) {
                break;
            }
            let usual = normal::variants(&shortest, &self.names.known).into_iter().next();
            // the usual order of factors, and parts that do not cancel, for little more
            let preferred = usual.filter(|form| cost(form) <= cost(&shortest) + normal::PREFERENCE);
            now = preferred.unwrap_or(shortest);
        }
        if now.size() > LARGEST { Err(too_large()) } else { Ok(now) }
    }

    /// The definitions of the formula, but for the loss and `by`; every one where there is no `by`.
    ///
    /// A derivative by a name holds the names that it is defined by still, so it must not be written in them.
    pub fn definitions(&self, by: Option<&str>) -> Vec<Equality> {
        let all = &self.names.definitions;
        let used = if by.is_some() { all.len().saturating_sub(1) } else { all.len() };
        let wanted = all[..used].iter().filter(|(name, _)| Some(&**name) != by);
        let equality = |(name, value): &(Arc<str>, Expr)| Equality {
            a: Expr::Symbol(name.clone()),
            b: value.clone(),
            reason: "definition",
        };
        wanted.map(equality).collect()
    }

    /// The expression, its arithmetic variants, and what is one number in every case.
    pub fn seed(&self, expr: &Expr, to: &mut Vec<Equality>) {
        let variants = normal::variants(expr, &self.names.known);
        let start = to.len();
        for form in std::iter::once(expr).chain(variants.iter().take(VARIANTS)) {
            to.push(Equality { a: expr.clone(), b: form.clone(), reason: ARITHMETIC });
        }
        let forms: Vec<Expr> = to[start..].iter().map(|equality| equality.b.clone()).collect();
        forms.iter().for_each(|form| self.names.cases(form, to));
    }

    /// The e-graph of the equalities, by the rules that are not banned.
    ///
    /// # Errors
    /// Where it contradicts itself.
    pub fn search(
        &mut self,
        equalities: &[Equality],
        proofs: bool,
        banned: &BTreeSet<Arc<str>>,
    ) -> Result<Saturated, Message> {
        let facts = Facts { intervals: self.names.known.ranges.clone() };
        let limits = Limits { rounds: 6, nodes: 3_000, proofs };
        let of_share = |(_, value): &(Arc<str>, Expr)| has_share(value);
        let groups: &[&str] = if self.names.definitions.iter().any(of_share) { &WITH_SHARES } else { &GROUPS };
        let saturated = if banned.is_empty() {
            egraph::search(self.book, groups, &facts, equalities, limits)
        } else {
            let rules = self.book.rules.iter().filter(|rule| !banned.contains(&rule.name)).cloned().collect();
            let book = RuleBook { rules, ..RuleBook::default() };
            egraph::search(&book, groups, &facts, equalities, limits)
        };
        if let Some(contradiction) = saturated.contradiction() {
            self.contradicted = true;
            return Err(Message::new(format!("the rule book contradicts itself: {contradiction}"))
                .help("`focal-derive rules --check` judges each rule"));
        }
        self.fired.extend(saturated.fired());
        Ok(saturated)
    }
}

/// Is there a part of a whole in it, `exp(a)/(exp(a) + b)`, or the logarithm of a whole?
fn has_share(expr: &Expr) -> bool {
    let whole = |expr: &Expr| match (expr, expr.operands()) {
        (Expr::Apply(Op::Add, _), [a, _]) => matches!(a, Expr::Apply(Op::Exp | Op::Add, _)),
        _ => false,
    };
    let here = match (expr, expr.operands()) {
        (Expr::Apply(Op::Div, _), [Expr::Apply(Op::Exp, _), divisor]) => whole(divisor),
        (Expr::Apply(Op::Log, _), [of]) => whole(of),
        _ => false,
    };
    here || expr.operands().iter().any(has_share)
}

pub(super) fn too_large() -> Message {
    Message::new(format!("a derivative has more than {LARGEST} numbers, names and operators"))
        .help("give parts of the formula names of their own")
}

/// The name that is differentiated by.
pub fn variable(by: &Expr) -> Result<Arc<str>, Message> {
    match by {
        Expr::Symbol(name) => Ok(name.clone()),
        _ => {
            Err(Message::new(format!("`{by}` is no variable")).help("`d(e, x)` differentiates with respect to a name"))
        }
    }
}

/// `d(of, by)`
pub fn d(of: &Expr, by: &Expr) -> Expr {
    Expr::apply(Op::D, &[of.clone(), by.clone()])
}

/// A `d(…)` that has none inside, with its position and operands.
pub fn innermost(expr: &Expr) -> Option<(Vec<usize>, Expr, Expr)> {
    for (place, operand) in expr.operands().iter().enumerate() {
        if let Some((mut at, of, by)) = innermost(operand) {
            at.insert(0, place);
            return Some((at, of, by));
        }
    }
    match expr {
        Expr::Apply(Op::D, operands) => Some((Vec::new(), operands[0].clone(), operands[1].clone())),
        _ => None,
    }
}

/// The positions of every outermost `d(…)`, from the left.
pub fn places(expr: &Expr) -> Vec<Vec<usize>> {
    fn visit(expr: &Expr, at: &mut Vec<usize>, to: &mut Vec<Vec<usize>>) {
        if let Expr::Apply(Op::D, _) = expr {
            to.push(at.clone());
            return;
        }
        for (place, operand) in expr.operands().iter().enumerate() {
            at.push(place);
            visit(operand, at, to);
            at.pop();
        }
    }
    let mut to = Vec::new();
    visit(expr, &mut Vec::new(), &mut to);
    to
}
