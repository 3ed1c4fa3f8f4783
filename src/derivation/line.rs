//! A chain of steps from one formula to another.

use std::sync::Arc;

use super::Step;
use crate::expr::Expr;

/// A formula on its way: where it began, where it is, and the steps between.
#[derive(Clone, Debug)]
pub struct Line {
    /// The formula now.
    pub now: Expr,
    /// The steps so far; empty where they are not kept.
    pub steps: Vec<Step>,
    /// Are steps kept?
    pub kept: bool,
}

impl Line {
    /// A line that begins with the formula.
    pub fn new(start: Expr, kept: bool) -> Line {
        Line { now: start, steps: Vec::new(), kept }
    }

    /// One position changes by one rule.
    pub fn step(&mut self, at: &[usize], part: Expr, (rule, why): (&str, &str)) {
        let after = replaced(&self.now, at, &part);
        self.push(after, at, rule, why);
    }

    /// One position changes as the other line does, which begins with what stands there.
    pub fn embed(&mut self, at: &[usize], line: &Line) {
        let around = self.now.clone();
        for step in &line.steps {
            let place: Vec<usize> = at.iter().chain(&step.at).copied().collect();
            self.push(replaced(&around, at, &step.after), &place, &step.rule, &step.why);
        }
        self.now = replaced(&around, at, &line.now);
    }

    fn push(&mut self, after: Expr, at: &[usize], rule: &str, why: &str) {
        let before = std::mem::replace(&mut self.now, after.clone());
        if self.kept && before != after {
            let at = shared(&before, &after, at);
            self.steps.push(Step { before, after, rule: Arc::from(rule), why: why.to_string(), at });
        }
    }

    /// The same steps from the end to the start, where `start` is where it began.
    pub fn reversed(&self, start: &Expr) -> Line {
        let back = |step: &Step| Step { before: step.after.clone(), after: step.before.clone(), ..step.clone() };
        Line { now: start.clone(), steps: self.steps.iter().rev().map(back).collect(), kept: self.kept }
    }
}

/// The position as far as both formulas have it: the negation of a number is a number, so a position may vanish.
pub(crate) fn shared(before: &Expr, after: &Expr, at: &[usize]) -> Vec<usize> {
    let (mut before, mut after, mut to) = (before, after, Vec::new());
    for &place in at {
        match (before, after) {
            (Expr::Apply(a, left), Expr::Apply(b, right)) if a == b => {
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
