//! A chain of steps from one formula to another, in groups that a reader is shown as one line each.

use std::sync::Arc;

use super::Step;
use super::arithmetic;
use super::shown::Stage;
use crate::expr::Expr;
use crate::normal::field::Kind;
use crate::op::Op;
use crate::rational::Rational;

/// A formula on its way: where it began, where it is, and the steps between.
#[derive(Clone, Debug)]
pub struct Line {
    /// The formula now.
    pub now: Expr,
    /// The steps so far.
    pub steps: Vec<Step>,
    /// Where each group of steps begins, and what is done in it; the last may be empty so far.
    pub groups: Vec<(usize, Stage)>,
}

impl Line {
    /// A line that begins with the formula.
    pub fn new(start: Expr) -> Line {
        Line { now: start, steps: Vec::new(), groups: Vec::new() }
    }

    /// What follows is one group, in which this is done.
    pub fn stage(&mut self, stage: Stage) {
        if self.groups.last().is_some_and(|(start, _)| *start == self.steps.len()) {
            self.groups.pop();
        }
        self.groups.push((self.steps.len(), stage));
    }

    /// One position changes by one rule.
    pub fn step(&mut self, at: &[usize], part: Expr, (rule, why): (&str, &str)) {
        self.push(at, &part, &Arc::from(rule), why);
    }

    /// One position changes as the other line does, which begins with what stands there.
    pub fn embed(&mut self, at: &[usize], line: &Line) {
        let around = self.now.clone();
        self.embed_steps(at, &line.steps);
        self.now = replaced(&around, at, &line.now);
    }

    /// As `embed`, and the groups of the other line are groups of this one.
    pub fn embed_groups(&mut self, at: &[usize], line: &Line) {
        let around = self.now.clone();
        let first = line.groups.first().map_or(line.steps.len(), |(start, _)| *start);
        self.embed_steps(at, &line.steps[..first]);
        for (place, (start, stage)) in line.groups.iter().enumerate() {
            let end = line.groups.get(place + 1).map_or(line.steps.len(), |(next, _)| *next);
            self.stage(*stage);
            self.embed_steps(at, &line.steps[*start..end]);
        }
        self.now = replaced(&around, at, &line.now);
    }

    fn embed_steps(&mut self, at: &[usize], steps: &[Step]) {
        for step in steps {
            let place: Vec<usize> = at.iter().chain(&step.at).copied().collect();
            if let Some(part) = part_at(&step.after, &step.at) {
                self.push(&place, part, &step.rule, &step.why);
            }
        }
    }

    /// Where a part that becomes a number makes a number of what stands around it, what it is multiplied by is written
    /// out first: a step changes what its rule says, and nothing else.
    fn push(&mut self, at: &[usize], part: &Expr, rule: &Arc<str>, why: &str) {
        let after = replaced(&self.now, at, part);
        let cut = shared(&self.now, &after, at);
        let folded = cut.len() < at.len() && !matches!(&**rule, "ring" | "field");
        let factor = part_at(&self.now, &cut).and_then(|whole| factor(whole, &at[cut.len()..]));
        let (Some((factor, inner)), Some(sum), true) = (factor, part_at(&after, &cut).cloned(), folded) else {
            return self.record(after, cut, rule, why);
        };
        let (ring, reason) = arithmetic::reason(Kind::Ring);
        let inside: Vec<usize> = cut.iter().copied().chain([1]).collect();
        let factor = Expr::Number(factor);
        self.record(replaced(&self.now, &cut, &(factor.clone() * inner)), cut.clone(), &Arc::from(ring), reason);
        self.record(replaced(&self.now, &cut, &(factor * part.clone())), inside, rule, why);
        self.record(replaced(&self.now, &cut, &sum), cut, &Arc::from(ring), reason);
    }

    fn record(&mut self, after: Expr, at: Vec<usize>, rule: &Arc<str>, why: &str) {
        let before = std::mem::replace(&mut self.now, after.clone());
        if before != after {
            self.steps.push(Step { before, after, rule: rule.clone(), why: why.to_string(), at });
        }
    }

    /// The same steps from the end to the start, where `start` is where it began.
    pub fn reversed(&self, start: &Expr) -> Line {
        let back = |step: &Step| Step { before: step.after.clone(), after: step.before.clone(), ..step.clone() };
        let ends = self.groups.iter().skip(1).map(|(start, _)| *start).chain([self.steps.len()]);
        let groups = self.groups.iter().zip(ends).map(|((_, stage), end)| (self.steps.len() - end, *stage));
        let mut groups: Vec<(usize, Stage)> = groups.collect();
        groups.reverse();
        Line { now: start.clone(), steps: self.steps.iter().rev().map(back).collect(), groups }
    }
}

/// The number that the part is multiplied by where only signs and divisors stand around it, and the part.
fn factor(whole: &Expr, at: &[usize]) -> Option<(Rational, Expr)> {
    let Some((place, rest)) = at.split_first() else { return Some((Rational::ONE, whole.clone())) };
    let (inner, part) = factor(whole.operands().get(*place)?, rest)?;
    match (whole, whole.operands(), place) {
        (Expr::Apply(Op::Neg, _), _, 0) => Some((-&inner, part)),
        (Expr::Apply(Op::Div, _), [_, Expr::Number(by)], 0) => Some((inner.checked_div(by)?, part)),
        _ => None,
    }
}

/// The position as far as both formulas have it: the negation of a number is a number, so a position may vanish.
pub(crate) fn shared(before: &Expr, after: &Expr, at: &[usize]) -> Vec<usize> {
    let (mut before, mut after, mut to) = (before, after, Vec::new());
    for &place in at {
        match (before, after) {
            (Expr::Apply(a, left), Expr::Apply(b, right)) if a == b && place < left.len() => {
                (before, after) = (&left[place], &right[place]);
                to.push(place);
            }
            _ => break,
        }
    }
    to
}

/// What stands at the position, where there is one.
pub fn part_at<'a>(expr: &'a Expr, at: &[usize]) -> Option<&'a Expr> {
    at.iter().try_fold(expr, |expr, place| expr.operands().get(*place))
}

/// The first position of the part.
pub fn place_of(expr: &Expr, part: &Expr) -> Option<Vec<usize>> {
    if expr == part {
        return Some(Vec::new());
    }
    expr.operands().iter().enumerate().find_map(|(place, operand)| {
        let mut at = place_of(operand, part)?;
        at.insert(0, place);
        Some(at)
    })
}

/// The expression with another part at the position.
pub fn replaced(expr: &Expr, at: &[usize], part: &Expr) -> Expr {
    let (Some((place, rest)), Expr::Apply(op, operands)) = (at.split_first(), expr) else { return part.clone() };
    let mut operands = operands.to_vec();
    operands[*place] = replaced(&operands[*place], rest, part);
    Expr::apply(*op, &operands)
}

/// The position and the two parts at which the expressions differ, as deep as possible.
pub fn difference<'a>(a: &'a Expr, b: &'a Expr) -> (Vec<usize>, &'a Expr, &'a Expr) {
    if let (Expr::Apply(op, left), Expr::Apply(same, right)) = (a, b)
        && op == same
    {
        let differing: Vec<usize> = (0..left.len()).filter(|place| left[*place] != right[*place]).collect();
        if let [place] = differing[..] {
            let (at, a, b) = difference(&left[place], &right[place]);
            return (std::iter::once(place).chain(at).collect(), a, b);
        }
    }
    (Vec::new(), a, b)
}
