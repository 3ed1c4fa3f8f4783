//! Two expressions → steps from one to the other, or the limit that was hit.
//!
//! First by arithmetic alone, then by e-graph search from both sides, then by the normal forms of what the search
//! found for each with every name written out; where inputs have finitely many values, case by case.

use super::engine::{ARITHMETIC, Engine};
use super::line::{Line, difference};
use super::{Judged, Status, Step};
use crate::cost;
use crate::egraph::Equality;
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
pub fn judge(engine: &mut Engine, claim: &Claim) -> Result<Judged, Message> {
    let mut judged = Judged {
        name: claim.name.clone(),
        lhs: claim.lhs.clone(),
        rhs: claim.rhs.clone(),
        source: claim.source.clone(),
        status: Status::Proved,
        steps: Vec::new(),
        cases: Vec::new(),
    };
    match settle(engine, claim, &mut judged) {
        Err(message) if engine.contradicted => return Err(message),
        Err(message) => judged.status = Status::Unsettled(message.text),
        Ok(()) => {}
    }
    Ok(judged)
}

/// Differentiates on both sides and proves what is left.
fn settle(engine: &mut Engine, claim: &Claim, judged: &mut Judged) -> Result<(), Message> {
    let left = engine.resolved(&claim.lhs)?;
    let right = engine.resolved(&claim.rhs)?;
    let back = right.reversed(&claim.rhs);
    match proof(engine, &left.now, &right.now)? {
        Proof::Line(steps) => judged.steps = left.steps.into_iter().chain(steps).chain(back.steps).collect(),
        Proof::Cases(cases) => {
            judged.steps = left.steps;
            let whole =
                |(case, steps): (String, Vec<Step>)| (case, steps.into_iter().chain(back.steps.clone()).collect());
            judged.cases = cases.into_iter().map(whole).collect();
        }
        Proof::None(limit) => judged.status = Status::Unsettled(limit),
    }
    Ok(())
}

/// How two expressions were proved equal.
enum Proof {
    /// Steps from one to the other.
    Line(Vec<Step>),
    /// Steps in each case.
    Cases(Vec<(String, Vec<Step>)>),
    /// The limit that was hit.
    None(String),
}

fn proof(engine: &mut Engine, a: &Expr, b: &Expr) -> Result<Proof, Message> {
    let limit = match line(engine, a, b, &[])? {
        Ok(line) => return Ok(Proof::Line(line.steps)),
        Err(limit) => limit,
    };
    let assignments = engine.names.assignments(&(a.clone() - b.clone()));
    if assignments.len() < 2 {
        return Ok(Proof::None(limit));
    }
    let mut cases = Vec::new();
    for assignment in assignments {
        let equal = |(name, value): (&std::sync::Arc<str>, &crate::rational::Rational)| Equality {
            a: Expr::Symbol(name.clone()),
            b: Expr::Number(value.clone()),
            reason: "case",
        };
        let given: Vec<Equality> = assignment.iter().map(equal).collect();
        let case: Vec<String> = assignment.iter().map(|(name, value)| format!("{name} = {value}")).collect();
        let case = case.join(", ");
        match line(engine, a, b, &given)? {
            Ok(line) => cases.push((case, line.steps)),
            Err(limit) => return Ok(Proof::None(format!("{limit}, in the case {case}"))),
        }
    }
    Ok(Proof::Cases(cases))
}

/// The line from `a` to `b` where what is given holds; inner `Err` is the limit.
pub(crate) fn line(
    engine: &mut Engine,
    a: &Expr,
    b: &Expr,
    given: &[Equality],
) -> Result<Result<Line, String>, Message> {
    let mut line = engine.line(a);
    if a == b || by_arithmetic(engine, &mut line, b) {
        return Ok(Ok(line));
    }
    let defined = |name: &str| if engine.names.value(name).is_some() { 1_000 * cost::LEAF } else { cost::LEAF };
    let mut equalities = engine.all_definitions();
    equalities.extend(given.iter().cloned());
    engine.seed(a, &mut equalities);
    engine.seed(b, &mut equalities);
    let mut stopped = String::new();
    for _ in 0..ROUNDS {
        let mut saturated = engine.search(&equalities)?;
        if saturated.equal(a, b) {
            engine.follow(&mut line, &mut saturated, b);
            return Ok(Ok(line));
        }
        let (left, right) = (saturated.extracted(a, &defined), saturated.extracted(b, &defined));
        let mut middle = engine.line(&left);
        if by_arithmetic(engine, &mut middle, &right) {
            engine.follow(&mut line, &mut saturated, &left);
            line.embed(&[], &middle);
            engine.follow(&mut line, &mut saturated, b);
            return Ok(Ok(line));
        }
        engine.seed(&left, &mut equalities);
        engine.seed(&right, &mut equalities);
        stopped = saturated.stopped().to_string();
    }
    Ok(Err(format!("{stopped}, and the normal forms differ")))
}

/// One arithmetic step, where that is enough, as deep in the formula as possible.
pub(crate) fn by_arithmetic(engine: &Engine, line: &mut Line, to: &Expr) -> bool {
    let known = &engine.names.known;
    let now = line.now.clone();
    let (at, part, other) = difference(&now, to);
    if normal::equal(part, other, known) {
        line.step(&at, other.clone(), ARITHMETIC);
        return true;
    }
    if !normal::equal(&now, to, known) {
        return false;
    }
    line.step(&[], to.clone(), ARITHMETIC);
    true
}
