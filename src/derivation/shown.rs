//! Elementary steps → the lines that a reader is shown: each is a group of steps with what is done in it.

use super::Step;
use super::line::Line;

/// What is done in a group of steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// What was derived before is put in.
    Derived,
    /// The chain rule splits at names.
    Chain,
    /// A name is written out.
    Definition,
    /// The outer derivative is worked out.
    Outer,
    /// An inner derivative is worked out.
    Inner,
    /// Brackets are multiplied out, powers put together.
    Multiply,
    /// Common factors are taken out.
    Factor,
    /// Like terms are collected.
    Collect,
    /// Cases of a label that agree.
    Cases,
    /// What holds in one case is put in.
    Case,
    /// Identities of the book.
    Rewrite,
}

/// A line that a reader is shown: the steps that lead to it from the line before.
#[derive(Clone, Debug)]
pub struct Shown {
    /// What is done.
    pub stage: Stage,
    /// The elementary steps, at least one.
    pub steps: Vec<Step>,
}

/// The lines of a chain.
pub fn lines(line: &Line) -> Vec<Shown> {
    let mut bounds: Vec<(usize, Stage)> = line.groups.clone();
    if bounds.first().is_none_or(|(start, _)| *start > 0) {
        bounds.insert(0, (0, Stage::Rewrite));
    }
    let ends = bounds.iter().skip(1).map(|(start, _)| *start).chain([line.steps.len()]);
    let group = |((start, stage), end): (&(usize, Stage), usize)| Shown {
        stage: *stage,
        steps: line.steps[*start..end].to_vec(),
    };
    bounds.iter().zip(ends).map(group).filter(|shown| !shown.steps.is_empty()).collect()
}
