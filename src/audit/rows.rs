//! A claim over classes → claims of numbers.
//!
//! In its case every sum falls into the members that the case names and the sum over the others, a number of its own: what
//! is proved of these numbers holds for every number of classes. What refutes is a row, of three, two or four classes, with
//! every sum written out: for numbers that belong to no row say nothing.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::classes::TARGET;
use super::diagnose::{self, Diagnosis, Kind};
use super::pieces::Part;
use super::prove::{self, Prover};
use super::sides::Witness;
use super::{Claim, Lies, Outcome, Problem, Verdict, derivative, names};
use crate::check::{self, Proof, Statement};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::message::Message;
use crate::op::Op;
use crate::rational::Rational;
use crate::rule::RuleBook;
use crate::spec::classes::{self, Case, Meaning};
use crate::spec::{Classes, Definition, Input, Parameter, Spec};

/// Numbers of classes of the rows that are looked at.
const COUNTS: [usize; 3] = [3, 2, 4];

/// Is the claim made of names with a number for each class?
pub fn is_over_classes(problem: &Problem, claim: &Claim) -> bool {
    let reached = names::reached(problem, &(claim.lhs.clone() - claim.rhs.clone()));
    problem.lists.iter().any(|list| reached.contains(list))
}

/// Judges a claim over classes.
///
/// # Errors
/// Where the rule book contradicts itself.
pub fn audit(problem: &Problem, claim: &Claim, book: &RuleBook) -> Result<Verdict, Message> {
    let stated = Stated::of(problem, claim);
    let mut prover = Prover::new(book);
    let unfolded = stated.unfolded();
    let outcome = stated.outcome(&unfolded, &mut prover, book)?;
    let meanings = unfolded.map_or_else(|_| Vec::new(), |unfolded| unfolded.meanings);
    Ok(Verdict { claim: claim.clone(), outcome, fired: prover.fired, meanings })
}

/// A claim with the case that it is about.
struct Stated<'a> {
    problem: &'a Problem,
    claim: &'a Claim,
    case: Case,
    /// Every name that it is made of.
    reached: BTreeSet<Arc<str>>,
}

/// The claim in the numbers of its case.
struct Unfolded {
    problem: Problem,
    claim: Claim,
    /// The claim as stated.
    stated: Claim,
    meanings: Vec<Meaning>,
}

impl<'a> Stated<'a> {
    fn of(problem: &'a Problem, claim: &'a Claim) -> Stated<'a> {
        let reached = names::reached(problem, &(claim.lhs.clone() - claim.rhs.clone()));
        let case = if reached.contains(Classes::OTHER) { Case::Other } else { Case::Own };
        Stated { problem, claim, case, reached }
    }

    fn outcome(
        &self,
        unfolded: &Result<Unfolded, String>,
        prover: &mut Prover,
        book: &RuleBook,
    ) -> Result<Outcome, Message> {
        let mut limits = Vec::new();
        for count in COUNTS {
            let (problem, claim) = self.row(count)?;
            match prove::screened(&Part::whole(&problem, &claim), &derivative::flat) {
                Some(Outcome::Refuted { witness, .. }) => return self.refuted(witness, unfolded, prover),
                Some(Outcome::Unsettled(why)) => limits.push(why),
                _ => {}
            }
        }
        if limits.len() == COUNTS.len() {
            return Ok(Outcome::Unsettled(limits.remove(0)));
        }
        let numbers = match unfolded {
            Ok(unfolded) => unfolded,
            Err(why) => return Ok(Outcome::Unsettled(why.clone())),
        };
        match prover.prove(&numbers.problem, &numbers.claim)? {
            Outcome::Proved { pieces, except, proof } => {
                let proof = proof.map(|proof| self.proof(proof, numbers));
                match proof.as_ref().and_then(|proof| check::check(proof, book).into_iter().next()) {
                    Some(refusal) => {
                        Ok(Outcome::Unsettled(format!("a proof was found that the checker refuses: {}", refusal.why)))
                    }
                    None => Ok(Outcome::Proved { pieces, except, proof }),
                }
            }
            // where all numbers are those of a row, what refutes them does
            Outcome::Refuted { mut witness, .. } if numbers.meanings.iter().all(is_member) => {
                numbers.place(&mut witness);
                self.refuted(witness, unfolded, prover)
            }
            Outcome::Unsettled(why) => Ok(Outcome::Unsettled(why)),
            Outcome::Refuted { .. } => {
                for count in COUNTS {
                    let (problem, claim) = self.row(count)?;
                    if let Outcome::Refuted { witness, .. } = prover.settle(&problem, &claim)? {
                        return self.refuted(witness, unfolded, prover);
                    }
                }
                let why = "the sides differ for numbers in the place of sums, and at no row that was looked at";
                Ok(Outcome::Unsettled(why.to_string()))
            }
        }
    }

    /// Refuted by a row, with what it does equal.
    fn refuted(
        &self,
        mut witness: Witness,
        unfolded: &Result<Unfolded, String>,
        prover: &mut Prover,
    ) -> Result<Outcome, Message> {
        witness.at.push((Arc::from(TARGET), Rational::ZERO));
        if self.case == Case::Other {
            witness.at.push((Arc::from(Classes::OTHER), Rational::ONE));
        }
        let diagnoses = match unfolded {
            Ok(unfolded) => {
                let found = diagnose::all(&unfolded.problem, &unfolded.claim, prover)?;
                found.into_iter().filter_map(|one| unfolded.told(one)).collect()
            }
            Err(_) => Vec::new(),
        };
        Ok(Outcome::Refuted { witness, diagnoses })
    }

    /// The lists that it is made of, the one that is differentiated first.
    fn lists(&self) -> Vec<Arc<str>> {
        let first = differentiated(&self.claim.lhs).or_else(|| differentiated(&self.claim.rhs));
        let mut all: Vec<Arc<str>> =
            self.problem.lists.iter().filter(|list| self.reached.contains(*list)).cloned().collect();
        all.sort_by_key(|list| Some(list) != first.as_ref());
        all
    }

    /// Where a free name lies, which is not a class.
    fn domains(&self) -> Vec<(Arc<str>, Domain)> {
        let free = |name: &&Arc<str>| self.problem.value(name).is_none() && !super::classes::is_class(name);
        let all = self.reached.iter().filter(free).filter(|name| self.problem.lies.contains_key(*name));
        all.map(|name| (name.clone(), self.problem.lies(name).domain)).collect()
    }

    fn formula(&self) -> impl Iterator<Item = &(Arc<str>, Expr)> {
        self.problem.lets.iter().filter(|(name, _)| self.reached.contains(name))
    }

    /// The loss that the claim is about, as a spec.
    fn spec(&self) -> Option<Spec> {
        let lists = self.lists();
        let (list, others) = lists.split_first()?;
        let domain = |name: &Arc<str>| self.problem.lies(name).domain;
        let input = |name: Arc<str>, domain: Domain| Input { name, domain, unit: String::new() };
        let parameters = self.domains().into_iter().filter(|(name, _)| name != list);
        let definition = |(name, value): &(Arc<str>, Expr)| Definition { name: name.clone(), value: value.clone() };
        let target: Arc<str> = Arc::from(TARGET);
        Some(Spec {
            inputs: vec![input(list.clone(), domain(list)), input(target.clone(), Domain::Class)],
            parameters: parameters.map(|(name, domain)| Parameter { name, domain, none: None }).collect(),
            classes: Some(Classes { list: list.clone(), target, parameters: others.to_vec() }),
            formula: self.formula().map(definition).collect(),
            claims: Vec::new(),
            ..prove::spec(&Problem::default(), self.claim)
        })
    }

    /// The claim in the numbers of its case; or why there are none.
    fn unfolded(&self) -> Result<Unfolded, String> {
        let spec = self.spec().ok_or("nothing in it has an index")?;
        let mut into = classes::unfold_case(&spec, self.case).map_err(|message| message.text)?;
        let [lhs, rhs] = [&self.claim.lhs, &self.claim.rhs].map(|side| classes::unfolded(&spec, &mut into, side));
        let claim = Claim {
            lhs: lhs.map_err(|message| message.text)?,
            rhs: rhs.map_err(|message| message.text)?,
            ..self.claim.clone()
        };
        let lets = into.spec.formula.iter().map(|line| (line.name.clone(), line.value.clone())).collect();
        let mut problem = Problem { lets, ..Problem::default() };
        for (name, _) in self.domains().into_iter().filter(|(name, _)| !self.problem.lists.contains(name)) {
            problem.lies.insert(name.clone(), self.problem.lies(&name));
        }
        for member in &into.members {
            let lies = match member.is.operands().first() {
                Some(Expr::Symbol(list)) => self.problem.lies(list),
                _ => Lies::anywhere(),
            };
            problem.lies.insert(member.name.clone(), lies);
        }
        for rest in &into.rests {
            problem.lies.insert(rest.name.clone(), Lies { domain: rest.domain.clone(), except: Vec::new() });
        }
        // a member that only the case names is no part of the claim
        let used = names::reached(&problem, &(claim.lhs.clone() - claim.rhs.clone()));
        let meanings = into.members.into_iter().chain(into.rests);
        let meanings = meanings.filter(|meaning| used.contains(&meaning.name)).collect();
        problem.lies.retain(|name, _| used.contains(name));
        Ok(Unfolded { problem, claim, stated: self.claim.clone(), meanings })
    }

    /// The proof of the numbers as one of the claim over classes.
    fn proof(&self, proof: Proof, unfolded: &Unfolded) -> Proof {
        let lists = self.lists();
        let target: Arc<str> = Arc::from(TARGET);
        let mut names = self.domains();
        names.push((target.clone(), Domain::Class));
        let formula: Vec<(Arc<str>, Expr)> = self.formula().cloned().collect();
        let part = check::classes::Part {
            name: self.case.words(TARGET),
            named: self.case.named(TARGET).iter().flat_map(Expr::symbols).collect(),
            meanings: unfolded.meanings.iter().map(|meaning| (meaning.name.clone(), meaning.is.clone())).collect(),
            proof,
            claims: vec![(self.claim.name.clone(), self.claim.lhs.clone(), self.claim.rhs.clone())],
        };
        let classes = check::Classes {
            list: lists.first().cloned().unwrap_or_else(|| target.clone()),
            target,
            names: names.clone(),
            formula: formula.clone(),
            parts: vec![part],
            reduced: None,
        };
        Proof {
            loss: self.claim.name.clone(),
            statement: Statement { names, formula },
            lemmas: Vec::new(),
            claims: Vec::new(),
            unsettled: 0,
            classes: Some(Box::new(classes)),
        }
    }

    /// The claim at rows of so many classes.
    fn row(&self, count: usize) -> Result<(Problem, Claim), Message> {
        let mut problem = Problem::default();
        for (name, value) in self.formula() {
            problem.lets.push((name.clone(), written(value, count)?));
        }
        for (name, _) in self.domains() {
            let lies = self.problem.lies(&name);
            if self.problem.lists.contains(&name) {
                problem.lies.extend((0..count).map(|class| (number(&name, class), lies.clone())));
            } else {
                problem.lies.insert(name, lies);
            }
        }
        let [lhs, rhs] = [&self.claim.lhs, &self.claim.rhs].map(|side| written(side, count));
        Ok((problem, Claim { lhs: lhs?, rhs: rhs?, ..self.claim.clone() }))
    }
}

/// The list that a derivative is taken in.
fn differentiated(expr: &Expr) -> Option<Arc<str>> {
    if let (Expr::Apply(Op::D, _), [_, by]) = (expr, expr.operands())
        && let (Expr::Apply(Op::Index, _), [Expr::Symbol(list), _]) = (by, by.operands())
    {
        return Some(list.clone());
    }
    expr.operands().iter().find_map(differentiated)
}

/// The name of a number of a row: `z[0]`.
fn number(list: &str, class: usize) -> Arc<str> {
    Arc::from(format!("{list}[{class}]"))
}

/// The formula at a row of so many classes, with a name for each number: the true class is 0, the other one 1.
fn written(expr: &Expr, count: usize) -> Result<Expr, Message> {
    let known = [(Arc::from(TARGET), 0), (Arc::from(Classes::OTHER), 1)];
    classes::write_out(expr, count, &known, &|list, class| Ok(Expr::Symbol(number(list, class))))
}

/// Does it stand for a number of the row, not for a sum?
fn is_member(meaning: &Meaning) -> bool {
    matches!(meaning.is, Expr::Apply(Op::Index, _))
}

impl Unfolded {
    /// The point of a witness as a row.
    fn place(&self, witness: &mut Witness) {
        for (name, _) in &mut witness.at {
            if let Some(meaning) = self.meanings.iter().find(|meaning| meaning.name == *name)
                && let Ok(Expr::Symbol(number)) = written(&meaning.is, 0)
            {
                *name = number;
            }
        }
        witness.at.sort();
    }

    /// What is said of the numbers, said of the row; nothing where it is about a sum as if that were a name of the claim.
    fn told(&self, diagnosis: Diagnosis) -> Option<Diagnosis> {
        let mut words = String::new();
        let mut about_rest = false;
        let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let mut rest = diagnosis.words.as_str();
        while !rest.is_empty() {
            let name = rest.find(|c| !letter(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(name);
            match self.meanings.iter().find(|meaning| &*meaning.name == word) {
                Some(meaning) => {
                    about_rest |= !is_member(meaning);
                    words += &meaning.is.to_string();
                }
                None => words += word,
            }
            let gap = after.find(letter).unwrap_or(after.len());
            words += &after[..gap];
            rest = &after[gap..];
        }
        if about_rest && matches!(diagnosis.kind, Kind::Value | Kind::Variable) {
            return None;
        }
        let meant = |expr: &Expr| match expr {
            expr if *expr == self.claim.lhs => self.stated.lhs.clone(),
            expr if *expr == self.claim.rhs => self.stated.rhs.clone(),
            expr => expr.substitute(&|name| {
                self.meanings.iter().find(|meaning| &*meaning.name == name).map(|meaning| meaning.is.clone())
            }),
        };
        let instead = diagnosis.instead.map(|claim| Claim { lhs: meant(&claim.lhs), rhs: meant(&claim.rhs), ..claim });
        Some(Diagnosis { words, instead, ..diagnosis })
    }
}
