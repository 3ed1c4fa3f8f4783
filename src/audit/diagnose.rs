//! A refuted claim → what it does equal: a usual mistake, or one edit of its right side.
//!
//! What may explain it is screened in floats, then by arbitrary precision at points, and is then proved like any
//! claim; what is not proved is said to agree at so many points.

use super::edit;
use super::floats::{self, Floats, near};
use super::letters::{self, nice};
use super::pieces::Part;
use super::prove::Prover;
use super::sides::{Screen, Sides};
use super::usual;
use super::{Claim, Outcome, Problem};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::message::Message;
use crate::op::Op;
use crate::rational::Rational;

/// How sure a diagnosis is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Proved, as a claim is.
    Proved,
    /// Seen at so many points and not proved.
    Sampled(usize),
}

/// The kind of a mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Right for one value of a name.
    Value,
    /// Off by a constant factor.
    Factor,
    /// The derivative in another name.
    Variable,
    /// A factor was held constant.
    Detached,
    /// Right but for a small constant.
    Epsilon,
    /// An upper bound.
    Bound,
    /// One edit away.
    Edit,
}

impl Kind {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Value => "value",
            Kind::Factor => "factor",
            Kind::Variable => "variable",
            Kind::Detached => "detached",
            Kind::Epsilon => "epsilon",
            Kind::Bound => "bound",
            Kind::Edit => "edit",
        }
    }
}

/// What a claim does equal.
#[derive(Clone, Debug)]
pub struct Diagnosis {
    /// The kind of the mistake.
    pub kind: Kind,
    /// What it is, in words.
    pub words: String,
    /// The claim that holds instead; none where the words say all.
    pub instead: Option<Claim>,
    /// How sure it is.
    pub standing: Standing,
}

/// Numbers that parameters are tried at.
const VALUES: [(i64, i64); 6] = [(2, 1), (1, 1), (0, 1), (1, 2), (3, 1), (-1, 1)];
/// Edits that are tried to be proved.
const EDITS: usize = 3;
/// Points that a bound is sampled at.
const BOUND: usize = 200;

/// Everything found, the most telling first.
///
/// # Errors
/// Where the rule book contradicts itself.
pub fn all(problem: &Problem, claim: &Claim, prover: &mut Prover) -> Result<Vec<Diagnosis>, Message> {
    let Ok(sides) = Sides::of(problem, claim) else { return Ok(Vec::new()) };
    let floats = Floats::of(problem, &sides);
    let mut search = Search { problem, claim, sides: &sides, floats: &floats, prover, found: Vec::new() };
    search.variables()?;
    search.detached()?;
    search.epsilon()?;
    search.factor()?;
    let explained = !search.found.is_empty();
    search.values()?;
    if !explained {
        search.edit()?;
    }
    search.bound();
    Ok(search.found)
}

struct Search<'s, 'b> {
    problem: &'s Problem,
    claim: &'s Claim,
    sides: &'s Sides,
    floats: &'s Floats,
    prover: &'s mut Prover<'b>,
    found: Vec<Diagnosis>,
}

impl Search<'_, '_> {
    /// Keeps what holds: screened in floats, then exactly, then proved.
    fn holds(
        &mut self,
        problem: &Problem,
        claim: Claim,
        kind: Kind,
        words: String,
        show: bool,
    ) -> Result<bool, Message> {
        if !floats::agree(problem, &claim.lhs, &claim.rhs, self.sides) {
            return Ok(false);
        }
        let agreed = match Sides::of(problem, &claim).map(|sides| sides.screen()) {
            Ok(Screen::Agree(points)) => points,
            _ => return Ok(false),
        };
        let standing = match self.prover.settle(problem, &claim)? {
            Outcome::Proved { .. } => Standing::Proved,
            Outcome::Refuted { .. } => return Ok(false),
            Outcome::Unsettled(_) => Standing::Sampled(agreed),
        };
        self.found.push(Diagnosis { kind, words, instead: show.then_some(claim), standing });
        Ok(true)
    }

    /// Right for one value of a name.
    fn values(&mut self) -> Result<(), Message> {
        let whole = Part::whole(self.problem, self.claim);
        let variables = whole.variables();
        for (name, lies) in &whole.problem.lies {
            let values: Vec<Rational> = match &lies.domain {
                Domain::Set(values) => values.clone(),
                _ => VALUES.iter().filter_map(|(above, below)| Rational::ratio(*above, *below)).collect(),
            };
            if variables.contains(name) || whole.problem.lies.len() < 2 {
                continue;
            }
            for value in values.iter().filter(|value| lies.contains(value)) {
                let part = whole.with_value(name, value);
                let words = format!("right for {name} = {value} only");
                self.holds(&part.problem, part.claim, Kind::Value, words, false)?;
            }
        }
        Ok(())
    }

    /// Off by a number.
    fn factor(&mut self) -> Result<(), Message> {
        let ratio: Vec<f64> = self.floats.lhs.iter().zip(&self.floats.rhs).map(|(a, b)| a / b).collect();
        let Some(first) = ratio.first().filter(|first| first.is_finite()) else { return Ok(()) };
        if !ratio.iter().all(|other| near(*first, *other)) {
            return Ok(());
        }
        let Some(by) = nice(*first) else { return Ok(()) };
        let rhs = match &by {
            by if *by == Rational::from(-1) => super::derivative::neat(Op::Neg, vec![self.claim.rhs.clone()]),
            by => Expr::Number(by.clone()) * self.claim.rhs.clone(),
        };
        let words = if by == Rational::from(-1) {
            "the whole has the wrong sign".to_string()
        } else {
            format!("the left side is {by} times the right side")
        };
        self.holds(self.problem, Claim { rhs, ..self.claim.clone() }, Kind::Factor, words, true)?;
        Ok(())
    }

    /// The derivative in another name.
    fn variables(&mut self) -> Result<(), Message> {
        for (from, to) in usual::other_variables(self.problem, self.claim) {
            let lhs = usual::in_variable(&self.claim.lhs, &from, &to);
            let rhs = usual::in_variable(&self.claim.rhs, &from, &to);
            let words = format!("it is the derivative in `{to}`, not in `{from}`");
            self.holds(self.problem, Claim { lhs, rhs, ..self.claim.clone() }, Kind::Variable, words, true)?;
        }
        Ok(())
    }

    /// A factor held constant.
    fn detached(&mut self) -> Result<(), Message> {
        for (held, lhs) in usual::detached(self.problem, self.claim) {
            let words = format!("`{held}` was held constant in the derivative (detached)");
            let found = self.holds(self.problem, Claim { lhs, ..self.claim.clone() }, Kind::Detached, words, false)?;
            if found {
                break;
            }
        }
        Ok(())
    }

    /// Right but for small constants.
    fn epsilon(&mut self) -> Result<(), Message> {
        if let Some((problem, claim, dropped)) = usual::without_epsilons(self.problem, self.claim) {
            let words = format!("right without {}", dropped.join(", "));
            self.holds(&problem, claim, Kind::Epsilon, words, true)?;
        }
        Ok(())
    }

    /// One edit of the side without a derivative; where labels part the claim and no edit does, in each of the parts.
    fn edit(&mut self) -> Result<(), Message> {
        if self.edit_of(self.problem, self.claim, "")? {
            return Ok(());
        }
        let whole = Part::whole(self.problem, self.claim);
        for part in whole.by_values().unwrap_or_default() {
            let words = part.words.join(", ");
            self.edit_of(&part.problem, &part.claim, &words)?;
        }
        Ok(())
    }

    fn edit_of(&mut self, problem: &Problem, claim: &Claim, within: &str) -> Result<bool, Message> {
        let inlined = usual::inlined(problem, claim);
        for (problem, claim) in [Some((problem.clone(), claim.clone())), inlined].into_iter().flatten() {
            let turned = usual::derives(&claim.rhs) && !usual::derives(&claim.lhs);
            let claim = if turned { Claim { lhs: claim.rhs, rhs: claim.lhs, ..claim } } else { claim };
            if usual::derives(&claim.rhs) {
                continue;
            }
            let Ok(sides) = Sides::of(&problem, &claim) else { continue };
            let floats = Floats::of(&problem, &sides);
            if floats.points() < 4 || floats.is_left(&floats.rhs) {
                continue;
            }
            let found = |letters, sums| {
                let words = letters::words(&problem, &claim, &floats, letters);
                edit::edits(&claim.rhs, &floats, &words, sums)
            };
            let ways = [(3, false), (4, false), (2, true)];
            let edits = ways.into_iter().map(|(letters, sums)| found(letters, sums)).find(|found| !found.is_empty());
            for edit in edits.unwrap_or_default().into_iter().take(EDITS) {
                let right = Claim { rhs: edit.formula, ..claim.clone() };
                let words = if within.is_empty() { edit.words } else { format!("for {within}: {}", edit.words) };
                if self.holds(&problem, right, Kind::Edit, words, true)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// An upper bound, as far as points tell.
    fn bound(&mut self) {
        let floats = Floats::at(self.problem, self.sides, BOUND);
        let above = |(lhs, rhs): (&f64, &f64)| *rhs >= 0.0 && *rhs >= *lhs - 1e-12 * lhs.abs();
        let all = floats.lhs.iter().zip(&floats.rhs).all(above);
        let second = usual::order(&self.claim.lhs) == 2;
        if all && second && floats.points() >= BOUND / 2 {
            let words = "an upper bound: the right side is at least the left side".to_string();
            let standing = Standing::Sampled(floats.points());
            self.found.push(Diagnosis { kind: Kind::Bound, words, instead: None, standing });
        }
    }
}
