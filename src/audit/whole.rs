//! The proof of a piece → steps on the claim as it is stated: names become what they are in the piece and choices take
//! their branch, each by a step; so that the pieces together are one proof by cases, which can be replayed.

use std::sync::Arc;

use super::cut::Settled;
use super::derivative::folded_here;
use super::pieces::{self, Part};
use super::{Claim, Lies, Problem};
use crate::derivation::line::{Line, part_at, place_of};
use crate::derivation::shown::{Shown, Stage};
use crate::derivation::{Arithmetic, Judged, Step, reason};
use crate::diff;
use crate::domain::Domain;
use crate::expr::Expr;
use crate::normal::{Known, field};
use crate::op::Op;
use crate::rule::RuleBook;

/// Steps that make one formula that of a piece, at most.
const MOST: usize = 400;

/// What a claim as stated becomes in a piece.
pub struct Teller<'a> {
    stated: &'a Problem,
    part: &'a Part,
    known: Known,
    book: &'a RuleBook,
}

impl<'a> Teller<'a> {
    /// For a piece of the problem.
    pub fn new(stated: &'a Problem, part: &'a Part, book: &'a RuleBook) -> Teller<'a> {
        // names that the claim of the piece is not made of are in the way to it
        let mut all = stated.clone();
        all.lies.extend(part.problem.lies.clone());
        for (name, value) in &part.fixed {
            all.lies.insert(name.clone(), Lies { domain: Domain::Set(vec![value.clone()]), except: Vec::new() });
        }
        let mut known = pieces::known(&all);
        known.ranges.extend(pieces::known(&part.problem).ranges);
        Teller { stated, part, known, book }
    }

    /// The proof of the piece as one of the claim as stated; `None` where a step has no counterpart.
    pub fn told(&self, claim: &Claim, judged: &Judged) -> Option<Judged> {
        let start = self.made(&claim.lhs, &judged.lhs)?;
        let end = self.made(&claim.rhs, &judged.rhs)?.reversed(&claim.rhs).steps;
        let mut shown = grouped(start.steps);
        shown.extend(self.lines(&judged.shown)?);
        let mut shown_cases: Vec<Vec<Shown>> =
            judged.shown_cases.iter().map(|lines| self.lines(lines)).collect::<Option<_>>()?;
        match shown_cases.is_empty() {
            true => shown.extend(grouped(end)),
            false => shown_cases.iter_mut().for_each(|lines| lines.extend(grouped(end.clone()))),
        }
        let steps = |lines: &[Shown]| lines.iter().flat_map(|line| line.steps.clone()).collect::<Vec<Step>>();
        let names = judged.cases.iter().map(|(name, _)| name.clone());
        Some(Judged {
            lhs: claim.lhs.clone(),
            rhs: claim.rhs.clone(),
            steps: steps(&shown),
            cases: names.zip(shown_cases.iter().map(|lines| steps(lines))).collect(),
            shown,
            shown_cases,
            ..judged.clone()
        })
    }

    fn lines(&self, lines: &[Shown]) -> Option<Vec<Shown>> {
        let line = |line: &Shown| {
            let steps: Option<Vec<Vec<Step>>> = line.steps.iter().map(|step| self.step(step)).collect();
            Some(Shown { stage: line.stage, steps: steps?.concat() })
        };
        lines.iter().map(line).collect()
    }

    /// A step of the piece: a name is written out as what it is defined as, and that becomes what it is in the piece.
    fn step(&self, step: &Step) -> Option<Vec<Step>> {
        if &*step.rule != diff::DEFINITION.0 {
            return Some(vec![step.clone()]);
        }
        let (before, after) = (part_at(&step.before, &step.at)?, part_at(&step.after, &step.at)?);
        let (name, value, back) = match (self.defined(before, after), self.defined(after, before)) {
            (Some(name), _) => (name, after, false),
            (None, Some(name)) => (name, before, true),
            (None, None) => return None,
        };
        let stated = self.stated.value(&name)?;
        if stated == value {
            return Some(vec![step.clone()]);
        }
        let symbol = Expr::Symbol(name);
        let mut line = Line::new(symbol.clone());
        line.step(&[], stated.clone(), diff::DEFINITION);
        line.embed(&[], &self.made(stated, value)?);
        let line = if back { line.reversed(&symbol) } else { line };
        let mut whole = Line::new(step.before.clone());
        whole.embed(&step.at, &line);
        (whole.now == step.after).then_some(whole.steps)
    }

    fn defined(&self, name: &Expr, value: &Expr) -> Option<Arc<str>> {
        let Expr::Symbol(name) = name else { return None };
        (self.part.problem.value(name) == Some(value)).then(|| name.clone())
    }

    /// From what is stated to what it is in the piece.
    fn made(&self, stated: &Expr, wanted: &Expr) -> Option<Line> {
        let mut line = Line::new(stated.clone());
        if stated == wanted {
            return Some(line);
        }
        for (name, value) in &self.part.fixed {
            while let Some(at) = place_of(&line.now, &Expr::Symbol(name.clone())) {
                line.step(&at, Expr::Number(value.clone()), ("case", "in this case"));
            }
        }
        let settled = Settled { known: &self.known, given: &self.part.given };
        for _ in 0..MOST {
            if line.now == *wanted || !(self.branch(&mut line, &settled) || self.folded(&mut line)) {
                break;
            }
        }
        if line.now != *wanted {
            let arithmetic = Arithmetic { book: self.book, known: &self.known };
            line.embed(&[], &arithmetic.line(&line.now, wanted)?);
        }
        Some(line)
    }

    /// The innermost choice that is settled takes its branch.
    fn branch(&self, line: &mut Line, settled: &Settled) -> bool {
        let branch = |expr: &Expr| match expr {
            Expr::Apply(op, operands) => settled.branch(*op, operands),
            _ => None,
        };
        let Some((at, choice, taken)) = innermost(&line.now, &branch) else { return false };
        let taken = match (&choice, choice.operands()) {
            // of -a, which may be written otherwise
            (Expr::Apply(Op::Abs, _), [a]) if taken != *a => -a.clone(),
            _ => taken,
        };
        line.step(&at, taken, ("branch", "the branch that is taken here"));
        true
    }

    /// The innermost operator on numbers, or with what adds or multiplies nothing, is worked out.
    fn folded(&self, line: &mut Line) -> bool {
        let fold = |expr: &Expr| {
            let Expr::Apply(op, operands) = expr else { return None };
            let folded = folded_here(*op, operands.to_vec());
            let kind = if folded == *expr { None } else { field::kind(expr, &folded, &self.known) };
            kind.map(|_| folded)
        };
        let Some((at, part, folded)) = innermost(&line.now, &fold) else { return false };
        match field::kind(&part, &folded, &self.known) {
            Some(kind) => line.step(&at, folded, reason(kind)),
            None => return false,
        }
        true
    }
}

/// A line of its own, where there are steps.
fn grouped(steps: Vec<Step>) -> Vec<Shown> {
    if steps.is_empty() { Vec::new() } else { vec![Shown { stage: Stage::Case, steps }] }
}

/// The first part, from the inside and from the left, that the function makes something of.
fn innermost(expr: &Expr, of: &dyn Fn(&Expr) -> Option<Expr>) -> Option<(Vec<usize>, Expr, Expr)> {
    for (place, operand) in expr.operands().iter().enumerate() {
        if let Some((mut at, part, made)) = innermost(operand, of) {
            at.insert(0, place);
            return Some((at, part, made));
        }
    }
    of(expr).map(|made| (Vec::new(), expr.clone(), made))
}
