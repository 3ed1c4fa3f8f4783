//! A proof → the first refused step of each of its chains.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::case::{self, Case};
use super::step::Means;
use super::world::World;
use super::{Chain, Proof, Refusal, Statement};
use crate::derivation::Step;
use crate::expr::Expr;
use crate::rule::RuleBook;

/// Replays all of it.
pub fn whole(proof: &Proof, book: &RuleBook) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if let Err(refusal) = statement(&proof.statement) {
        return vec![*refusal];
    }
    let mut means = Means { book, lemmas: Vec::new() };
    for lemma in &proof.lemmas {
        match chain(&means, &proof.statement, lemma, "derived") {
            Ok(opened) => means.lemmas.push((lemma, opened)),
            Err(refusal) => refusals.push(*refusal),
        }
    }
    for claim in &proof.claims {
        refusals.extend(chain(&means, &proof.statement, claim, "claim").err().map(|refusal| *refusal));
    }
    refusals
}

/// Every name is stated once, and a value uses only names above it.
fn statement(statement: &Statement) -> Result<(), Box<Refusal>> {
    let mut known: BTreeSet<&str> = BTreeSet::new();
    let values = statement.formula.iter().map(|(name, value)| (name, Some(value)));
    for (name, value) in statement.names.iter().map(|(name, _)| (name, None)).chain(values) {
        let unknown = value.and_then(|value| value.symbols().into_iter().find(|symbol| !known.contains(&**symbol)));
        let why = match unknown {
            Some(symbol) => format!("`{name}` is defined by `{symbol}`, which is not stated above it"),
            None if known.insert(name) => continue,
            None => format!("`{name}` is stated twice"),
        };
        return Err(refused("statement", &None, why));
    }
    Ok(())
}

fn refused(chain: &str, case: &Option<String>, why: String) -> Box<Refusal> {
    let rule = Arc::from("");
    Box::new(Refusal {
        chain: chain.to_string(),
        case: case.clone(),
        step: None,
        rule,
        at: Vec::new(),
        parts: None,
        why,
    })
}

/// Replays a chain; the names whose definitions it uses.
fn chain(means: &Means, statement: &Statement, chain: &Chain, kind: &str) -> Result<BTreeSet<Arc<str>>, Box<Refusal>> {
    let label = format!("{kind} {}", chain.name);
    let mut opened = BTreeSet::new();
    let all = World::new(statement, Case::default());
    let mut line = Line { means, label: &label, case: None, opened: &mut opened };
    if chain.cases.is_empty() {
        line.replay(&chain.lhs, &chain.rhs, &chain.steps, &all)?;
        return Ok(opened);
    }
    let parted = chain.steps.last().map_or(&chain.lhs, |step| &step.after);
    line.replay(&chain.lhs, parted, &chain.steps, &all)?;
    if kind == "derived" && !chain.except.is_empty() {
        return Err(refused(&label, &None, "what others rest on is said of every point".to_string()));
    }
    let read = |name: &String| Case::read(name, statement).map_err(|why| refused(&label, &Some(name.clone()), why));
    let except: Vec<Case> = chain.except.iter().map(read).collect::<Result<_, _>>()?;
    let mut covered: Vec<Case> = Vec::new();
    for (name, steps) in &chain.cases {
        let case = read(name)?;
        line.case = Some(name.clone());
        line.replay(parted, &chain.rhs, steps, &World::new(statement, case.clone()))?;
        line.opened.extend(case.symbols());
        covered.push(case);
    }
    case::complete(&covered, &except, chain, statement).map_err(|why| refused(&label, &None, why))?;
    Ok(opened)
}

/// A run of steps in one world.
struct Line<'a> {
    means: &'a Means<'a>,
    label: &'a str,
    case: Option<String>,
    opened: &'a mut BTreeSet<Arc<str>>,
}

impl Line<'_> {
    fn replay(&mut self, from: &Expr, to: &Expr, steps: &[Step], world: &World) -> Result<(), Box<Refusal>> {
        let mut now = from;
        for (place, step) in steps.iter().enumerate() {
            let refuse = |parts, why| {
                Box::new(Refusal {
                    chain: self.label.to_string(),
                    case: self.case.clone(),
                    step: Some(place + 1),
                    rule: step.rule.clone(),
                    at: step.at.clone(),
                    parts,
                    why,
                })
            };
            if step.before != *now {
                return Err(refuse(None, format!("it begins with `{}`, not where the chain is", step.before)));
            }
            self.means.judge(step, world, self.opened).map_err(|fault| refuse(fault.parts, fault.why))?;
            now = &step.after;
        }
        if now == to {
            return Ok(());
        }
        Err(refused(self.label, &self.case, format!("the chain ends with `{now}`, not with `{to}`")))
    }
}
