//! `Proof` → accepted, or the step that is refused and why.
//!
//! The checker replays a derivation step by step. It knows nothing of how one is found: matching, interval facts,
//! the arithmetic of polynomials and the table of derivatives are its own. Three things it shares with the rest: the
//! notation, the operators on intervals, and the rule book.
//!
//! A formula is read in a *world*. `d(e, v)` is the derivative of `e` as a function of `v`, at the value of `v`: inside
//! it `v` stands for itself, whatever the formula defines it as, and every other name keeps its definition.

mod case;
pub mod classes;
mod derivative;
pub mod fit;
mod fraction;
mod json;
mod poly;
mod read;
mod refusal;
mod replay;
mod statement;
mod step;
mod world;

use std::sync::Arc;

use crate::derivation::{ByClass, Derivation, Judged, Status, Step};
use crate::expr::Expr;
use crate::rule::RuleBook;
use crate::spec::Spec;

pub use case::Case;
pub use classes::Classes;
pub use read::proof as read;
pub use refusal::Refusal;
pub use statement::Statement;
pub use world::World;

/// A chain of steps from one formula to another; where it is by cases, from where they part each case has its own.
#[derive(Clone, Debug)]
pub struct Chain {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub lhs: Expr,
    /// Where it ends.
    pub rhs: Expr,
    /// From `lhs` to `rhs`, or to where the cases part.
    pub steps: Vec<Step>,
    /// Each case by its conditions (`y = 0`; `x < 0, y = 1`) with its steps; empty where there are none.
    pub cases: Vec<(String, Vec<Step>)>,
    /// Where nothing is said, in the same words: pieces of a derivative meet there.
    pub except: Vec<String>,
}

impl Chain {
    /// What is said of a claim.
    fn of(judged: &Judged) -> Chain {
        Chain {
            name: judged.name.clone(),
            lhs: judged.lhs.clone(),
            rhs: judged.rhs.clone(),
            steps: judged.steps.clone(),
            cases: judged.cases.clone(),
            except: Vec::new(),
        }
    }

    /// A form that was found without steps says nothing.
    fn has_steps(&self) -> bool {
        !self.steps.is_empty() || !self.cases.is_empty() || self.lhs == self.rhs
    }
}

/// A derivation as the checker takes it.
#[derive(Clone, Debug)]
pub struct Proof {
    /// The loss by name.
    pub loss: String,
    /// What it is about.
    pub statement: Statement,
    /// The derivatives in order; each may use those above it, claims may use them all.
    pub lemmas: Vec<Chain>,
    /// The claims that are said to be proved.
    pub claims: Vec<Chain>,
    /// Claims that are not said to be proved, and derivatives that are given without steps.
    pub unsettled: usize,
    /// Of a loss over classes: the scalar losses that it is said to fall into.
    pub classes: Option<Box<Classes>>,
}

impl Proof {
    /// What the derivation says.
    pub fn of(derivation: &Derivation) -> Proof {
        if let (Some(by_class), Some(classes)) = (&derivation.classes, &derivation.spec.classes) {
            return Proof::over_classes(derivation, by_class, classes);
        }
        let lemma = |derived: &crate::derivation::Derived| Chain {
            name: derived.name.clone(),
            lhs: derived.of.clone(),
            rhs: derived.form.clone(),
            steps: derived.steps.clone(),
            cases: Vec::new(),
            except: Vec::new(),
        };
        let proved = derivation.claims.iter().filter(|claim| claim.status == Status::Proved);
        let claims: Vec<Chain> = proved.map(Chain::of).collect();
        let lemmas: Vec<Chain> = derivation.derived.iter().map(lemma).filter(Chain::has_steps).collect();
        let unsettled = derivation.claims.len() - claims.len() + derivation.derived.len() - lemmas.len();
        let (loss, statement) = (derivation.spec.name.clone(), Statement::of(&derivation.spec));
        Proof { loss, statement, lemmas, claims, unsettled, classes: None }
    }

    /// What is said of a loss over classes: everything in the cases.
    fn over_classes(derivation: &Derivation, by_class: &ByClass, of: &crate::spec::Classes) -> Proof {
        let part = |one: &crate::derivation::classes::Part| {
            let stated = by_class.stated.iter().filter(|(case, _)| *case == one.case);
            classes::Part {
                name: one.case.words(&of.target),
                named: one.case.named(&of.target).iter().flat_map(Expr::symbols).collect(),
                meanings: one.meanings.iter().map(|meaning| (meaning.name.clone(), meaning.is.clone())).collect(),
                proof: Proof::of(&one.derivation),
                claims: stated.map(|(_, claim)| (claim.name.clone(), claim.lhs.clone(), claim.rhs.clone())).collect(),
            }
        };
        let parts = vec![part(&by_class.own), part(&by_class.other)];
        let reduced = by_class.reduced.as_ref().map(Proof::of);
        let (loss, statement) = (derivation.spec.name.clone(), Statement::of(&derivation.spec));
        Proof::of_cases(loss, statement, [&of.list, &of.target], parts, reduced)
    }

    /// A loss over classes, of its list and target: its cases, and the loss of the margin.
    fn of_cases(
        loss: String,
        statement: Statement,
        [list, target]: [&Arc<str>; 2],
        parts: Vec<classes::Part>,
        reduced: Option<Proof>,
    ) -> Proof {
        let unsettled = parts.iter().map(|part| &part.proof).chain(&reduced).map(|proof| proof.unsettled).sum();
        let classes = Classes {
            list: list.clone(),
            target: target.clone(),
            names: statement.names.clone(),
            formula: statement.formula.clone(),
            parts,
            reduced,
        };
        let classes = Some(Box::new(classes));
        Proof { loss, statement, lemmas: Vec::new(), claims: Vec::new(), unsettled, classes }
    }

    /// The proofs of scalar losses in it: itself, or those of a loss over classes.
    pub fn scalar(&self) -> Vec<&Proof> {
        match &self.classes {
            Some(classes) => classes.parts.iter().map(|part| &part.proof).chain(&classes.reduced).collect(),
            None => vec![self],
        }
    }

    /// What is said of one claim, that uses no derivative found before.
    pub fn of_claim(spec: &Spec, judged: &Judged) -> Proof {
        let (loss, statement) = (spec.name.clone(), Statement::of(spec));
        Proof { loss, statement, lemmas: Vec::new(), claims: vec![Chain::of(judged)], unsettled: 0, classes: None }
    }

    /// The claim, proved by cases that each begin where it begins, but for where nothing is said.
    pub fn by_cases(
        spec: &Spec,
        claim: &crate::spec::Claim,
        cases: &[(String, Vec<Step>)],
        except: &[String],
    ) -> Proof {
        let chain = Chain {
            name: claim.name.clone(),
            lhs: claim.lhs.clone(),
            rhs: claim.rhs.clone(),
            steps: Vec::new(),
            cases: cases.to_vec(),
            except: except.to_vec(),
        };
        let (loss, statement) = (spec.name.clone(), Statement::of(spec));
        Proof { loss, statement, lemmas: Vec::new(), claims: vec![chain], unsettled: 0, classes: None }
    }

    /// Number of elementary steps.
    pub fn steps(&self) -> usize {
        let of = |chain: &Chain| chain.steps.len() + chain.cases.iter().map(|(_, steps)| steps.len()).sum::<usize>();
        self.scalar().iter().flat_map(|proof| proof.lemmas.iter().chain(&proof.claims)).map(of).sum()
    }
}

/// Replays the derivation; the first refused step of each chain.
pub fn check(proof: &Proof, book: &RuleBook) -> Vec<Refusal> {
    let cases = proof.classes.as_ref().map_or_else(Vec::new, |classes| classes::judge(classes));
    cases.into_iter().chain(proof.scalar().into_iter().flat_map(|proof| replay::whole(proof, book))).collect()
}
