//! A chain that a search found → the shortest one between its formulas: each formula is left once, formulas that are
//! equal by arithmetic are one step from each other, and loops fall away.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Step;
use super::arithmetic::Arithmetic;
use super::law;
use super::line::{Line, part_at, place_of};
use crate::egraph::Equality;
use crate::expr::Expr;
use crate::normal;
use crate::rule::Rule;

/// The shortest chain along the steps, or the rules whose conditions are not known to hold on the formulas at hand.
///
/// `given` is what names are in this case.
pub fn shortest(steps: &[Step], given: &[Equality], arithmetic: &Arithmetic) -> Result<Line, BTreeSet<Arc<str>>> {
    let Some(first) = steps.first() else { return Err(BTreeSet::new()) };
    let states: Vec<&Expr> = std::iter::once(&first.before).chain(steps.iter().map(|step| &step.after)).collect();
    let mut unknown = BTreeSet::new();
    let links: Vec<Option<Line>> = steps
        .iter()
        .map(|step| {
            let link = link(step, given, arithmetic);
            if link.is_none() && arithmetic.book.rules.iter().any(|rule| rule.name == step.rule) {
                unknown.insert(step.rule.clone());
            }
            link
        })
        .collect();
    let classes = normal::classes(&states, arithmetic.known);
    let mut dead: BTreeSet<(usize, usize)> = BTreeSet::new();
    loop {
        let Some(stops) = stops(&links, &classes, &dead) else { return Err(unknown) };
        let mut line = Line::new(first.before.clone());
        let broken = stops.windows(2).find(|pair| {
            let (from, to) = (pair[0], pair[1]);
            let part = match &links[from] {
                Some(link) if to == from + 1 => Some(link.clone()),
                _ => arithmetic.line(states[from], states[to]),
            };
            match part {
                Some(part) => {
                    line.embed(&[], &part);
                    false
                }
                None => true,
            }
        });
        match broken {
            None => return Ok(line),
            Some(pair) => drop(dead.insert((pair[0], pair[1]))),
        }
    }
}

/// One step as it may be printed.
fn link(step: &Step, given: &[Equality], arithmetic: &Arithmetic) -> Option<Line> {
    let (before, after) = (part_at(&step.before, &step.at)?, part_at(&step.after, &step.at)?);
    let mut line = Line::new(step.before.clone());
    let stands = match law::named(arithmetic.book, &step.rule) {
        Some(rule) => law::leads(rule, before, after, arithmetic.known),
        None => matches!(&*step.rule, "definition" | "case" | "cases"),
    };
    if stands {
        line.step(&step.at, after.clone(), (&step.rule, &step.why));
        return Some(line);
    }
    let known = law::named(arithmetic.book, &step.rule).and_then(|rule| in_case(step, rule, given, arithmetic));
    line.embed(&step.at, &known.or_else(|| arithmetic.line(before, after))?);
    Some(line)
}

/// The step where its condition holds in this case: names become what they are in it, the rule is used, and what is
/// left of them becomes the names again.
fn in_case(step: &Step, rule: &Rule, given: &[Equality], arithmetic: &Arithmetic) -> Option<Line> {
    let (before, after) = (part_at(&step.before, &step.at)?, part_at(&step.after, &step.at)?);
    let put_in = |whole: &Expr| {
        let mut line = Line::new(whole.clone());
        for Equality { a, b, .. } in given {
            while let Some(at) = place_of(&line.now, a) {
                line.step(&at, b.clone(), ("case", "in this case"));
            }
        }
        line
    };
    let (mut line, end) = (put_in(before), put_in(after));
    if line.steps.is_empty() || !law::leads(rule, &line.now, &end.now, arithmetic.known) {
        return None;
    }
    line.step(&[], end.now.clone(), (&rule.name, &rule.source));
    line.embed(&[], &end.reversed(after));
    Some(line)
}

/// The formulas of the cheapest way from the first to the last; a step costs 1, arithmetic a little more than a step.
fn stops(links: &[Option<Line>], classes: &[Option<usize>], dead: &BTreeSet<(usize, usize)>) -> Option<Vec<usize>> {
    const STEP: usize = 4;
    let last = classes.len() - 1;
    let mut best: Vec<Option<(usize, usize)>> = vec![None; classes.len()];
    best[0] = Some((0, 0));
    for to in 1..=last {
        for from in 0..to {
            let Some((cost, _)) = best[from] else { continue };
            let step =
                (to == from + 1).then(|| links[from].as_ref()).flatten().map(|link| STEP * link.steps.len().max(1));
            let equal = classes[from].is_some() && classes[from] == classes[to] && !dead.contains(&(from, to));
            let jump = equal.then_some(STEP + 1);
            let Some(way) = step.into_iter().chain(jump).min() else { continue };
            if best[to].is_none_or(|(known, _)| cost + way < known) {
                best[to] = Some((cost + way, from));
            }
        }
    }
    let mut stops = vec![last];
    while let Some(&at) = stops.last().filter(|at| **at > 0) {
        stops.push(best[at]?.1);
    }
    stops.reverse();
    Some(stops)
}
