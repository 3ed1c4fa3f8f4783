//! What people derived by hand → a verdict: proved, refuted with a witness and what it does equal, or unsettled.
//!
//! A claim is an equation of two expressions, which may hold derivatives. It is judged where both sides are defined
//! under the conditions. *Refuted* rests on the oracle alone; *proved* on steps of the book; what neither settles is
//! `Unsettled`, with the limit that was hit, and never a guess.

mod canonical;
mod classes;
mod conditions;
pub mod corpus;
mod cut;
mod derivative;
mod diagnose;
mod doubt;
mod edit;
mod float;
mod floats;
mod ieee;
pub mod json;
mod letters;
mod names;
mod pieces;
mod points;
mod prove;
mod read;
pub mod report;
mod rows;
mod sides;
mod usual;
mod whole;

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::Proof;
use crate::expr::Expr;
use crate::message::Message;
use crate::rule::RuleBook;
use crate::spec::classes::Meaning;

pub use conditions::Lies;
pub use diagnose::{Diagnosis, Kind, Standing};
pub use float::{FloatAudit, FloatOptions, Seen, Stable};
pub use prove::Piece;
pub use read::{Problem, Source};
pub use sides::Witness;

/// An equation that somebody states.
#[derive(Clone, Debug)]
pub struct Claim {
    /// Its name.
    pub name: String,
    /// Left side.
    pub lhs: Expr,
    /// Right side.
    pub rhs: Expr,
}

/// What became of a claim.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Both sides are equal wherever both are defined; with the derivation, by cases where it needs them.
    Proved {
        /// The cases, each with its steps; one without words where there are none.
        pieces: Vec<Piece>,
        /// Where nothing is said, since pieces of a derivative meet there, in words: `y = 1, x = 0`.
        except: Vec<String>,
        /// The cases as one proof of the claim as stated, which the checker has replayed.
        proof: Option<Proof>,
    },
    /// The sides differ at a point.
    Refuted {
        /// The point and both values.
        witness: Witness,
        /// What the claim does equal, as far as a usual mistake or one edit explains it; may be empty.
        diagnoses: Vec<Diagnosis>,
    },
    /// Neither; the limit that was hit.
    Unsettled(String),
}

/// A claim, judged.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The claim.
    pub claim: Claim,
    /// What became of it.
    pub outcome: Outcome,
    /// The rules of the book that the proof used.
    pub fired: BTreeSet<Arc<str>>,
    /// Of a claim over classes: what the numbers stand for that its proof is about.
    pub meanings: Vec<Meaning>,
}

impl Verdict {
    /// `proved`, `refuted` or `unsettled`.
    pub fn word(&self) -> &'static str {
        match self.outcome {
            Outcome::Proved { .. } => "proved",
            Outcome::Refuted { .. } => "refuted",
            Outcome::Unsettled(_) => "unsettled",
        }
    }

    /// Is it proved?
    pub fn holds(&self) -> bool {
        matches!(self.outcome, Outcome::Proved { .. })
    }
}

/// Judges a claim of the problem.
///
/// # Errors
/// Where the rule book contradicts itself.
pub fn audit(problem: &Problem, claim: &Claim, book: &RuleBook) -> Result<Verdict, Message> {
    if rows::is_over_classes(problem, claim) {
        return rows::audit(problem, claim, book);
    }
    let mut prover = prove::Prover::new(book);
    let outcome = match prover.prove(problem, claim)? {
        Outcome::Refuted { witness, .. } => {
            let diagnoses = diagnose::all(problem, claim, &mut prover)?;
            Outcome::Refuted { witness, diagnoses }
        }
        other => other,
    };
    Ok(Verdict { claim: claim.clone(), outcome, fired: prover.fired, meanings: Vec::new() })
}

/// Audits an expression as it is computed in floats.
///
/// # Errors
/// Where a name has neither a range nor a value, or no point of the range has a value.
pub fn float(options: &FloatOptions, book: &RuleBook) -> Result<FloatAudit, Message> {
    float::audit(options, book)
}
