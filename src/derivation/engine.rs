//! Formula → its derivative in the shortest form, with the steps.
//!
//! Differentiation follows the names of the formula: where everything passes through one name, the chain rule splits
//! there, and each factor is simplified before it is multiplied. Everything at once would explode.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::line::{Line, part_at};
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

/// Largest formula that is simplified, in numbers, names and operators.
const LARGEST: usize = 3_000;
/// Arithmetic variants of a formula that the e-graph is given.
const VARIANTS: usize = 4;
/// Rounds of arithmetic and e-graph, one after the other.
const ROUNDS: usize = 3;

/// The reason of an arithmetic step.
pub const ARITHMETIC: (&str, &str) = ("arithmetic", "arithmetic of numbers and polynomials");

/// What differentiates and simplifies; it remembers what it has found.
pub struct Engine<'a> {
    /// The names of the spec.
    pub names: &'a Names,
    /// The rules that fired.
    pub fired: BTreeSet<Arc<str>>,
    /// Has the rule book contradicted itself? Then nothing that follows is worth anything.
    pub contradicted: bool,
    book: &'a RuleBook,
    kept: bool,
    found: BTreeMap<(Expr, Arc<str>), Line>,
}

impl<'a> Engine<'a> {
    /// An engine; `kept` says whether steps are kept, which costs time.
    pub fn new(names: &'a Names, book: &'a RuleBook, kept: bool) -> Engine<'a> {
        Engine { names, fired: BTreeSet::new(), contradicted: false, book, kept, found: BTreeMap::new() }
    }

    /// A line that begins here.
    pub fn line(&self, start: &Expr) -> Line {
        Line::new(start.clone(), self.kept)
    }

    /// Every `d(…)` in the expression worked out, from the inside.
    pub fn resolved(&mut self, expr: &Expr) -> Result<Line, Message> {
        let mut line = self.line(expr);
        while let Some((at, of, by)) = innermost(&line.now) {
            let Expr::Symbol(by) = by else {
                return Err(Message::new(format!("`{by}` is no variable"))
                    .help("`d(e, x)` differentiates with respect to a name"));
            };
            let derivative = self.derivative(&of, &by)?;
            line.embed(&at, &derivative);
        }
        Ok(line)
    }

    /// From `d(of, by)` to its shortest form.
    pub fn derivative(&mut self, of: &Expr, by: &Arc<str>) -> Result<Line, Message> {
        if let Some(known) = self.found.get(&(of.clone(), by.clone())) {
            return Ok(known.clone());
        }
        let variable = Expr::Symbol(by.clone());
        let mut line = self.line(&d(of, &variable));
        let through = self.names.between(of, by);
        let value = match of {
            Expr::Symbol(name) if *of != variable && self.names.depends(of, by) => self.names.value(name).cloned(),
            _ => None,
        };
        if let Some(name) = through {
            let middle = Expr::Symbol(name.clone());
            line.step(&[], d(of, &middle) * d(&middle, &variable), diff::CHAIN);
            for (place, line_of) in [self.derivative(of, &name)?, self.derivative(&middle, by)?].iter().enumerate() {
                line.embed(&[place], line_of);
            }
        } else if let Some(value) = value {
            line.step(&[], d(&value, &variable), diff::DEFINITION);
            let derivative = self.derivative(&value, by)?;
            line.embed(&[], &derivative);
        } else {
            self.expand(&mut line, &[])?;
        }
        let simplified = self.simplified(&line.now.clone(), by)?;
        line.embed(&[], &simplified);
        self.found.insert((of.clone(), by.clone()), line.clone());
        Ok(line)
    }

    /// Differentiates by the table what stands at the position, down to names.
    fn expand(&mut self, line: &mut Line, at: &[usize]) -> Result<(), Message> {
        let Some([of, variable]) = part_at(&line.now, at).map(Expr::operands) else { return Ok(()) };
        let (of, variable) = (of.clone(), variable.clone());
        let Expr::Symbol(by) = &variable else { return Ok(()) };
        let still = !self.names.depends(&of, by);
        let inner = matches!(of, Expr::Symbol(_)) || self.names.between(&of, by).is_some();
        if !at.is_empty() && of != variable && !still && inner {
            let derivative = self.derivative(&of, by)?;
            line.embed(at, &derivative);
            return Ok(());
        }
        let names = self.names;
        let (row, result) = diff::step(&of, &variable, &|expr| !names.depends(expr, by))?;
        line.step(at, result, (row.name, row.why));
        if line.now.size() > LARGEST {
            return Err(too_large());
        }
        let mut open = Vec::new();
        if let Some(result) = part_at(&line.now, at) {
            places(result, &mut Vec::new(), &mut open);
        }
        for place in open {
            let at: Vec<usize> = at.iter().chain(&place).copied().collect();
            self.expand(line, &at)?;
        }
        Ok(())
    }

    /// From the expression to its shortest form; `by` is a variable, whatever the formula defines it as.
    pub fn simplified(&mut self, expr: &Expr, by: &str) -> Result<Line, Message> {
        let mut line = self.line(expr);
        for round in 0..ROUNDS {
            let now = line.now.clone();
            let mut equalities = self.definitions(Some(by));
            self.seed(&now, &mut equalities);
            let mut saturated = self.search(&equalities)?;
            let shortest = saturated.shortest(&now);
            let cost = |form: &Expr| self.names.known.cost(form);
            if round > 0 && cost(&shortest) + normal::PREFERENCE >= cost(&now) {
                break;
            }
            self.follow(&mut line, &mut saturated, &shortest);
            let usual = normal::variants(&shortest, &self.names.known).into_iter().next();
            // the usual order of factors, and parts that do not cancel, for little more
            if let Some(usual) = usual.filter(|form| cost(form) <= cost(&shortest) + normal::PREFERENCE) {
                line.step(&[], usual, ARITHMETIC);
            }
        }
        if line.now.size() > LARGEST { Err(too_large()) } else { Ok(line) }
    }

    /// The definitions of the formula, but for the loss and `by`.
    ///
    /// A derivative by a name holds the names that it is defined by still, so it must not be written in them.
    fn definitions(&self, by: Option<&str>) -> Vec<Equality> {
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

    /// Every definition of the formula.
    pub fn all_definitions(&self) -> Vec<Equality> {
        self.definitions(None)
    }

    /// The expression, its arithmetic variants, and what is one number in every case.
    pub fn seed(&self, expr: &Expr, to: &mut Vec<Equality>) {
        let variants = normal::variants(expr, &self.names.known);
        let start = to.len();
        for form in std::iter::once(expr).chain(variants.iter().take(VARIANTS)) {
            to.push(Equality { a: expr.clone(), b: form.clone(), reason: ARITHMETIC.0 });
        }
        let forms: Vec<Expr> = to[start..].iter().map(|equality| equality.b.clone()).collect();
        forms.iter().for_each(|form| self.names.cases(form, to));
    }

    /// The e-graph of the equalities.
    ///
    /// # Errors
    /// Where it contradicts itself.
    pub fn search(&mut self, equalities: &[Equality]) -> Result<Saturated, Message> {
        let facts = Facts { intervals: self.names.known.ranges.clone() };
        let limits = Limits { rounds: 6, nodes: 3_000, proofs: self.kept };
        let saturated = egraph::search(self.book, &GROUPS, &facts, equalities, limits);
        if let Some(contradiction) = saturated.contradiction() {
            self.contradicted = true;
            return Err(Message::new(format!("the rule book contradicts itself: {contradiction}"))
                .help("`focal-derive rules --check` judges each rule"));
        }
        self.fired.extend(saturated.fired());
        Ok(saturated)
    }

    /// The line goes on to a formula of the same class.
    pub fn follow(&self, line: &mut Line, saturated: &mut Saturated, to: &Expr) {
        if self.kept {
            let steps = saturated.explain(&line.now, to).expect("both are in one class");
            line.embed(&[], &Line { now: to.clone(), steps, kept: true });
        }
        line.now = to.clone();
    }
}

fn too_large() -> Message {
    Message::new(format!("a derivative has more than {LARGEST} numbers, names and operators"))
        .help("give parts of the formula names of their own")
}

/// `d(of, by)`
pub fn d(of: &Expr, by: &Expr) -> Expr {
    Expr::apply(Op::D, &[of.clone(), by.clone()])
}

/// A `d(…)` that has none inside, with its position and operands.
fn innermost(expr: &Expr) -> Option<(Vec<usize>, Expr, Expr)> {
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
fn places(expr: &Expr, at: &mut Vec<usize>, to: &mut Vec<Vec<usize>>) {
    if let Expr::Apply(Op::D, _) = expr {
        to.push(at.clone());
        return;
    }
    for (place, operand) in expr.operands().iter().enumerate() {
        at.push(place);
        places(operand, at, to);
        at.pop();
    }
}
