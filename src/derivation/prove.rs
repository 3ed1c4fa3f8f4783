//! Two expressions → steps from one to the other, or the limit that was hit.
//!
//! First by arithmetic alone, then by e-graph search from both sides, then by the normal forms of what the search
//! found for each with every name written out; where inputs have finitely many values, case by case.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::arithmetic::Arithmetic;
use super::engine::Engine;
use super::law;
use super::line::Line;
use super::shown::Stage;
use super::story::Story;
use super::{Derived, Judged, Status, path, shown};
use crate::cost;
use crate::egraph::{Equality, Saturated};
use crate::expr::Expr;
use crate::message::Message;
use crate::normal;
use crate::spec::Claim;

/// Rounds of search, each with what arithmetic makes of the round before.
const ROUNDS: usize = 2;

/// Judges a claim.
///
/// # Errors
/// Where the rule book contradicts itself; what is out of reach is an outcome.
pub fn judge(engine: &mut Engine, lemmas: &[Derived], claim: &Claim) -> Result<Judged, Message> {
    let mut judged = Judged {
        name: claim.name.clone(),
        lhs: claim.lhs.clone(),
        rhs: claim.rhs.clone(),
        source: claim.source.clone(),
        status: Status::Proved,
        steps: Vec::new(),
        shown: Vec::new(),
        cases: Vec::new(),
        shown_cases: Vec::new(),
    };
    match settle(engine, lemmas, claim, &mut judged) {
        Err(message) if engine.contradicted => return Err(message),
        Err(message) => judged.status = Status::Unsettled(message.text),
        Ok(()) => {}
    }
    Ok(judged)
}

/// Differentiates on both sides and proves what is left.
fn settle(engine: &mut Engine, lemmas: &[Derived], claim: &Claim, judged: &mut Judged) -> Result<(), Message> {
    let mut story = Story { engine, lemmas };
    let mut left = story.resolved(&claim.lhs)?;
    let right = story.resolved(&claim.rhs)?;
    let back = right.reversed(&claim.rhs);
    match proof(engine, &left.now, &right.now)? {
        Proof::Line(line) => {
            left.embed_groups(&[], &line);
            left.embed_groups(&[], &back);
            judged.shown = shown::lines(&left);
            judged.steps = left.steps;
        }
        Proof::Cases(cases) => {
            judged.shown = shown::lines(&left);
            judged.steps = left.steps;
            for (name, mut line) in cases {
                line.embed_groups(&[], &back);
                judged.shown_cases.push(shown::lines(&line));
                judged.cases.push((name, line.steps));
            }
        }
        Proof::None(limit) => {
            // with shares as quotients, or every name written out, arithmetic alone may do, where a search loses its way
            left.stage(Stage::Rewrite);
            let end = quotients(engine, &right.now);
            if let Some(steps) = engine.arithmetic().line(&left.now, &end.now) {
                left.embed(&[], &steps);
                left.embed(&[], &end.reversed(&right.now));
            } else if !(Story { engine, lemmas }).written_out(&mut left, &right.now) {
                judged.status = Status::Unsettled(limit);
                return Ok(());
            }
            left.embed_groups(&[], &back);
            judged.shown = shown::lines(&left);
            judged.steps = left.steps;
        }
    }
    Ok(())
}

/// The expression with every `exp(a - log(b))` as a quotient, by the rule of the book.
fn quotients(engine: &Engine, start: &Expr) -> Line {
    const RULE: &str = "exp-less-log";
    fn place(expr: &Expr, made: &dyn Fn(&Expr) -> Option<Expr>) -> Option<(Vec<usize>, Expr)> {
        if let Some(made) = made(expr) {
            return Some((Vec::new(), made));
        }
        expr.operands().iter().enumerate().find_map(|(number, operand)| {
            let (at, made) = place(operand, made)?;
            Some((std::iter::once(number).chain(at).collect(), made))
        })
    }
    let mut line = Line::new(start.clone());
    let Some(rule) = law::named(engine.book, RULE) else { return line };
    let made = |part: &Expr| law::applied(rule, false, part, &engine.names.known);
    while let Some((at, part)) = place(&line.now, &made) {
        line.step(&at, part, (RULE, &rule.source));
    }
    line
}

/// How two expressions were proved equal.
enum Proof {
    /// The line from one to the other.
    Line(Line),
    /// A line in each case.
    Cases(Vec<(String, Line)>),
    /// The limit that was hit.
    None(String),
}

fn proof(engine: &mut Engine, a: &Expr, b: &Expr) -> Result<Proof, Message> {
    let limit = match line(engine, a, b, &[])? {
        Ok(line) => return Ok(Proof::Line(line)),
        Err(limit) => limit,
    };
    let assignments = engine.names.assignments(&(a.clone() - b.clone()));
    if assignments.len() < 2 {
        return Ok(Proof::None(limit));
    }
    let mut cases = Vec::new();
    for assignment in assignments {
        let equal = |(name, value): (&Arc<str>, &crate::rational::Rational)| Equality {
            a: Expr::Symbol(name.clone()),
            b: Expr::Number(value.clone()),
            reason: "case",
        };
        let given: Vec<Equality> = assignment.iter().map(equal).collect();
        let case: Vec<String> = assignment.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let case = case.join(", ");
        match line(engine, a, b, &given)? {
            Ok(line) => cases.push((case, line)),
            Err(limit) => return Ok(Proof::None(format!("{limit}, in the case {case}"))),
        }
    }
    Ok(Proof::Cases(cases))
}

/// The line from `a` to `b`, found by the rules of the book; `None` where a limit was hit.
pub fn bridge(engine: &mut Engine, a: &Expr, b: &Expr) -> Result<Option<Line>, Message> {
    Ok(line(engine, a, b, &[])?.ok())
}

/// The line from `a` to `b` where what is given holds; inner `Err` is the limit.
///
/// A rule whose condition is not known to hold on the formulas of the chain is left out, and the search begins anew.
pub(crate) fn line(
    engine: &mut Engine,
    a: &Expr,
    b: &Expr,
    given: &[Equality],
) -> Result<Result<Line, String>, Message> {
    if let Some(mut steps) = engine.arithmetic().line(a, b) {
        if !steps.steps.is_empty() {
            steps.groups = vec![(0, Stage::Collect)];
        }
        return Ok(Ok(steps));
    }
    let mut banned = BTreeSet::new();
    loop {
        match searched(engine, a, b, given, &banned)? {
            Found::Line(mut line) => {
                line.groups = vec![(0, Stage::Rewrite)];
                return Ok(Ok(line));
            }
            Found::Unknown(rules) if !rules.is_empty() && !rules.is_subset(&banned) => banned.extend(rules),
            Found::Unknown(_) => return Ok(Err("the steps found are not elementary".to_string())),
            Found::Limit(limit) => return Ok(Err(limit)),
        }
    }
}

/// Are both one by search and by normal forms, whether or not elementary steps lead from one to the other?
///
/// # Errors
/// Where the rule book contradicts itself.
pub(crate) fn one_form(engine: &mut Engine, a: &Expr, b: &Expr) -> Result<bool, Message> {
    let names = engine.names;
    if normal::equal(a, b, &names.known) {
        return Ok(true);
    }
    let defined = |name: &str| if names.value(name).is_some() { 1_000 * cost::LEAF } else { cost::LEAF };
    let mut equalities = engine.definitions(None);
    engine.seed(a, &mut equalities);
    engine.seed(b, &mut equalities);
    for _ in 0..ROUNDS {
        let saturated = engine.search(&equalities, false, &BTreeSet::new())?;
        let (left, right) = (saturated.extracted(a, &defined), saturated.extracted(b, &defined));
        if saturated.equal(a, b) || normal::equal(&left, &right, &names.known) {
            return Ok(true);
        }
        engine.seed(&left, &mut equalities);
        engine.seed(&right, &mut equalities);
    }
    Ok(false)
}

/// What a search found.
enum Found {
    /// The line.
    Line(Line),
    /// A chain with rules whose conditions are not known to hold where they are used.
    Unknown(BTreeSet<Arc<str>>),
    /// Nothing: the limit that was hit.
    Limit(String),
}

fn searched(
    engine: &mut Engine,
    a: &Expr,
    b: &Expr,
    given: &[Equality],
    banned: &BTreeSet<Arc<str>>,
) -> Result<Found, Message> {
    let names = engine.names;
    let defined = |name: &str| if names.value(name).is_some() { 1_000 * cost::LEAF } else { cost::LEAF };
    let arithmetic = engine.arithmetic();
    let mut equalities = engine.definitions(None);
    equalities.extend(given.iter().cloned());
    engine.seed(a, &mut equalities);
    engine.seed(b, &mut equalities);
    let mut stopped = String::new();
    for _ in 0..ROUNDS {
        let mut saturated = engine.search(&equalities, true, banned)?;
        if saturated.equal(a, b) {
            return Ok(match explained(&mut saturated, [a, b], given, &arithmetic) {
                Ok(line) => Found::Line(line),
                Err(unknown) => Found::Unknown(unknown),
            });
        }
        let (left, right) = (saturated.extracted(a, &defined), saturated.extracted(b, &defined));
        if let Some(middle) = arithmetic.line(&left, &right) {
            let start = explained(&mut saturated, [a, &left], given, &arithmetic);
            let ends = [start, explained(&mut saturated, [&right, b], given, &arithmetic)];
            return Ok(match ends {
                [Ok(mut line), Ok(end)] => {
                    line.embed(&[], &middle);
                    line.embed(&[], &end);
                    Found::Line(line)
                }
                [start, end] => Found::Unknown([start, end].into_iter().filter_map(Result::err).flatten().collect()),
            });
        }
        engine.seed(&left, &mut equalities);
        engine.seed(&right, &mut equalities);
        stopped = saturated.stopped().to_string();
    }
    Ok(Found::Limit(format!("{stopped}, and the normal forms differ")))
}

/// The shortest chain from one member of a class to another.
fn explained(
    saturated: &mut Saturated,
    [a, b]: [&Expr; 2],
    given: &[Equality],
    arithmetic: &Arithmetic,
) -> Result<Line, BTreeSet<Arc<str>>> {
    if a == b {
        return Ok(Line::new(a.clone()));
    }
    path::shortest(&saturated.explain(a, b).unwrap_or_default(), given, arithmetic)
}
