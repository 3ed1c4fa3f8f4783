//! A claim → proved piece by piece, refuted at a point, or the limit that was hit.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::pieces::Part;
use super::points::Point;
use super::sides::{Screen, Sides, Witness};
use super::whole::Teller;
use super::{Claim, Outcome, Problem, canonical, derivative, doubt, names};
use crate::check::{self, Proof};
use crate::derivation::engine::Engine;
use crate::derivation::line::Line;
use crate::derivation::shown;
use crate::derivation::story::Story;
use crate::derivation::{self, Judged, Status, prove};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::message::Message;
use crate::op::Op;
use crate::oracle;
use crate::rule::RuleBook;
use crate::spec::{self, Definition, Input, Parameter, Spec, Text};

/// Pieces of one claim, at most.
const MOST: usize = 40;
/// Where the steps of a piece are none on the claim as stated.
const NO_COUNTERPART: &str = "the steps of a piece are none on the claim as stated";

/// A case of a proof.
#[derive(Clone, Debug)]
pub struct Piece {
    /// What holds in it; empty where the claim is proved as a whole.
    pub words: String,
    /// What its steps stand on: names, where they lie, their values.
    pub spec: Spec,
    /// The claim in it, with its steps.
    pub judged: Judged,
    /// Did the checker replay it on the claim as stated? Else both sides have one normal form in this case, and the steps,
    /// where there are any, are those of the claim in it.
    pub replayed: bool,
}

/// What proves claims, and remembers the rules it used.
pub struct Prover<'b> {
    /// The rules that fired.
    pub fired: BTreeSet<Arc<str>>,
    book: &'b RuleBook,
    left: usize,
    /// The claim as stated, where nothing counts but what can be replayed on it.
    stated: Option<(Problem, Claim)>,
}

impl<'b> Prover<'b> {
    /// A prover with a rule book.
    pub fn new(book: &'b RuleBook) -> Prover<'b> {
        Prover { fired: BTreeSet::new(), book, left: 0, stated: None }
    }

    /// Settles a claim: by steps that the checker replays on the claim as stated, or else as far as it can be.
    ///
    /// # Errors
    /// Where the rule book contradicts itself.
    pub fn prove(&mut self, problem: &Problem, claim: &Claim) -> Result<Outcome, Message> {
        self.left = MOST;
        self.stated = Some((used(problem, claim), claim.clone()));
        let outcome = self.part(Part::whole(problem, claim))?;
        let stated = self.stated.take();
        match outcome {
            Outcome::Proved { pieces, except, .. } => {
                let proof = stated.map(|(problem, claim)| whole_proof(&problem, &claim, &pieces, &except));
                match proof.filter(|proof| check::check(proof, self.book).is_empty()) {
                    proof @ Some(_) => Ok(Outcome::Proved { pieces, except, proof }),
                    None => self.settle(problem, claim),
                }
            }
            Outcome::Unsettled(_) => self.settle(problem, claim),
            refuted => Ok(refuted),
        }
    }

    /// Settles a claim as far as it can be, without a diagnosis.
    ///
    /// # Errors
    /// Where the rule book contradicts itself.
    pub fn settle(&mut self, problem: &Problem, claim: &Claim) -> Result<Outcome, Message> {
        self.left = MOST;
        match self.part(Part::whole(problem, claim))? {
            Outcome::Unsettled(limit) => Ok(closer(problem, claim, limit)),
            settled => Ok(settled),
        }
    }

    fn part(&mut self, part: Part) -> Result<Outcome, Message> {
        if self.left == 0 {
            return Ok(Outcome::Unsettled(format!("limit of {MOST} pieces")));
        }
        self.left -= 1;
        if !part.words.is_empty() && part.says_nothing() {
            return Ok(Outcome::Proved { pieces: Vec::new(), except: Vec::new(), proof: None });
        }
        if part.given.is_empty()
            && let Some(outcome) = screened(&part, &derivative::flat)
        {
            return Ok(outcome);
        }
        let limit = match self.line(&part)? {
            Ok(piece) => return Ok(Outcome::Proved { pieces: vec![piece], except: Vec::new(), proof: None }),
            Err(limit) => limit,
        };
        let (parts, except) = part.parts();
        if parts.is_empty() {
            let within =
                if part.words.is_empty() { String::new() } else { format!(", where {}", part.words.join(", ")) };
            return Ok(Outcome::Unsettled(format!("{limit}{within}")));
        }
        let within = |except: String| part.words.iter().cloned().chain([except]).collect::<Vec<_>>().join(", ");
        self.each(parts, except.into_iter().map(within).collect())
    }

    /// Proved where every part is.
    fn each(&mut self, parts: Vec<Part>, mut except: Vec<String>) -> Result<Outcome, Message> {
        let mut pieces = Vec::new();
        let mut unsettled = None;
        for part in parts {
            match self.part(part)? {
                Outcome::Proved { pieces: more, except: others, .. } => {
                    pieces.extend(more);
                    except.extend(others);
                }
                Outcome::Unsettled(limit) => unsettled = unsettled.or(Some(limit)),
                refuted => return Ok(refuted),
            }
        }
        except.sort();
        except.dedup();
        Ok(unsettled.map_or(Outcome::Proved { pieces, except, proof: None }, Outcome::Unsettled))
    }

    /// One line of steps, or the limit that was hit.
    fn line(&mut self, part: &Part) -> Result<Result<Piece, String>, Message> {
        let spec = spec(&part.problem, &part.claim);
        let names = derivation::checked(&spec)?;
        let mut engine = Engine::new(&names, self.book);
        let claim = &spec.claims[0];
        let mut judged = prove::judge(&mut engine, &[], claim)?;
        if let Status::Unsettled(_) = judged.status {
            self.apart(&mut engine, claim, &mut judged)?;
        }
        let limit = match judged.status.clone() {
            Status::Proved => refused(part, &judged, self.book),
            Status::Unsettled(limit) => Some(limit),
        };
        if let Some((stated, claim)) = &self.stated {
            let told = || Teller::new(stated, part, self.book).told(claim, &judged);
            return Ok(match limit.map_or_else(|| told().ok_or(NO_COUNTERPART.to_string()), Err) {
                Ok(judged) => {
                    self.fired.extend(engine.fired.iter().cloned());
                    Ok(Piece { words: part.words.join(", "), judged, spec: spec_of(stated, claim), replayed: true })
                }
                Err(limit) => Err(limit),
            });
        }
        if let Some(limit) = limit {
            if !self.one_form(&mut engine, claim)? {
                return Ok(Err(limit));
            }
            judged = Judged {
                status: Status::Proved,
                steps: Vec::new(),
                shown: Vec::new(),
                cases: Vec::new(),
                shown_cases: Vec::new(),
                ..judged
            };
        }
        self.fired.extend(engine.fired.iter().cloned());
        Ok(Ok(Piece { words: part.words.join(", "), judged, spec, replayed: false }))
    }

    /// Have both sides one normal form, where no elementary steps lead from one to the other?
    fn one_form(&mut self, engine: &mut Engine, claim: &spec::Claim) -> Result<bool, Message> {
        let both = engine.resolved(&claim.lhs).and_then(|left| Ok((left, engine.resolved(&claim.rhs)?)));
        let (left, right) = match both {
            Err(message) if engine.contradicted => return Err(message),
            Err(_) => return Ok(false),
            Ok(both) => both,
        };
        if prove::one_form(engine, &left, &right)? {
            return Ok(true);
        }
        let mut fired = BTreeSet::new();
        let [left, right] = [left, right].map(|side| {
            let mut line = Line::new(side);
            canonical::rewrite(&mut line, engine, self.book, &mut fired);
            line.now
        });
        let one = prove::one_form(engine, &left, &right)?;
        if one {
            self.fired.extend(fired);
        }
        Ok(one)
    }

    /// With both sides taken apart to exponentials, logarithms and powers.
    fn apart(&mut self, engine: &mut Engine, claim: &spec::Claim, judged: &mut Judged) -> Result<(), Message> {
        let mut story = Story { engine: &mut *engine, lemmas: &[] };
        let both = story.resolved(&claim.lhs).and_then(|left| Ok((left, story.resolved(&claim.rhs)?)));
        let (mut left, mut right) = match both {
            Err(message) if engine.contradicted => return Err(message),
            Err(_) => return Ok(()),
            Ok(both) => both,
        };
        let mut fired = BTreeSet::new();
        canonical::rewrite(&mut left, engine, self.book, &mut fired);
        canonical::rewrite(&mut right, engine, self.book, &mut fired);
        if let Ok(middle) = prove::line(engine, &left.now, &right.now, &[])? {
            left.embed_groups(&[], &middle);
            left.embed_groups(&[], &right.reversed(&claim.rhs));
            judged.shown = shown::lines(&left);
            judged.steps = left.steps;
            judged.cases = Vec::new();
            judged.shown_cases = Vec::new();
            judged.status = Status::Proved;
            self.fired.extend(fired);
        }
        Ok(())
    }
}

/// The problem with nothing but the names that the claim is made of.
fn used(problem: &Problem, claim: &Claim) -> Problem {
    let used = names::reached(problem, &(claim.lhs.clone() - claim.rhs.clone()));
    let mut stated = problem.clone();
    stated.lets.retain(|(name, _)| used.contains(name));
    stated.lies.retain(|name, _| used.contains(name));
    stated
}

/// The pieces as one proof of the claim as stated.
fn whole_proof(problem: &Problem, claim: &Claim, pieces: &[Piece], except: &[String]) -> Proof {
    let spec = spec_of(problem, claim);
    if let [piece] = pieces
        && piece.words.is_empty()
    {
        return Proof::of_claim(&spec, &piece.judged);
    }
    let mut cases = Vec::new();
    for piece in pieces {
        let judged = &piece.judged;
        let named = |case: &str| {
            [&*piece.words, case].iter().filter(|words| !words.is_empty()).copied().collect::<Vec<_>>().join(", ")
        };
        if judged.cases.is_empty() {
            cases.push((named(""), judged.steps.clone()));
        }
        for (case, steps) in &judged.cases {
            cases.push((named(case), judged.steps.iter().chain(steps).cloned().collect()));
        }
    }
    let left_out = |(name, lies): (&Arc<str>, &super::Lies)| {
        lies.except.iter().map(|value| format!("{name} = {value}")).collect::<Vec<_>>()
    };
    let except: Vec<String> = except.iter().cloned().chain(problem.lies.iter().flat_map(left_out)).collect();
    Proof::by_cases(&spec, &spec.claims[0], &cases, &except)
}

/// The problem as a spec that the checker reads.
fn spec_of(problem: &Problem, claim: &Claim) -> Spec {
    let spec = spec(problem, claim);
    // the line that only keeps the last name from being the loss says nothing
    let said = |line: &&Definition| line.value != Expr::Symbol(line.name.clone());
    let formula = spec.formula.iter().filter(said).cloned().collect();
    Spec { formula, ..spec }
}

/// What the checker refuses of the proof.
fn refused(part: &Part, judged: &Judged, book: &RuleBook) -> Option<String> {
    let proof = Proof::of_claim(&spec_of(&part.problem, &part.claim), judged);
    check::check(&proof, book)
        .first()
        .map(|refusal| format!("a proof was found that the checker refuses: {}", refusal.why))
}

/// Refuted at a point, or nothing that points can look at.
pub fn screened(part: &Part, table: doubt::Table) -> Option<Outcome> {
    match Sides::by_table(&part.problem, &part.claim, table) {
        Err(limit) => Some(Outcome::Unsettled(limit)),
        Ok(sides) => match sides.screen() {
            Screen::Apart(mut witness) => {
                if let Some(fault) = doubted(&part.problem, &part.claim, &witness, table) {
                    return Some(fault);
                }
                // what a case fixes belongs to the point
                witness.at.extend(part.fixed.iter().cloned());
                witness.at.sort();
                Some(Outcome::Refuted { witness, diagnoses: Vec::new() })
            }
            Screen::Nowhere => {
                let within =
                    if part.words.is_empty() { String::new() } else { format!(", where {}", part.words.join(", ")) };
                Some(Outcome::Unsettled(format!("no point was found at which both sides are defined{within}")))
            }
            Screen::Agree(_) => None,
        },
    }
}

/// What a witness is worth whose derivatives jets do not find.
fn doubted(problem: &Problem, claim: &Claim, witness: &Witness, table: doubt::Table) -> Option<Outcome> {
    let at: Point = witness.at.iter().cloned().collect();
    let derivative = doubt::differs(problem, claim, &at, table)?;
    let limit = format!("the table of derivatives and jets give `{derivative}` different values");
    Some(Outcome::Unsettled(format!("{limit}: a fault of the tool, please report it")))
}

/// What no proof and no point settled: refuted where the difference itself can be told from 0, else the limits.
pub fn closer(problem: &Problem, claim: &Claim, limit: String) -> Outcome {
    let Ok(sides) = Sides::of(problem, claim) else { return Outcome::Unsettled(limit) };
    match sides.closer() {
        Ok(witness) => match doubted(problem, claim, &witness, &derivative::flat) {
            Some(fault) => fault,
            None => Outcome::Refuted { witness, diagnoses: Vec::new() },
        },
        Err(0) => Outcome::Unsettled(limit),
        Err(points) => {
            let points = if points == 1 { "1 point".to_string() } else { format!("{points} points") };
            Outcome::Unsettled(format!(
                "{limit}; at {points} the sides differ by nothing that {} bits show",
                oracle::MOST
            ))
        }
    }
}

/// The problem as a spec: what differentiates and proves reads its names from one.
pub fn spec(problem: &Problem, claim: &Claim) -> Spec {
    let first = variable(&claim.lhs).or_else(|| variable(&claim.rhs));
    let mut inputs: Vec<Input> = Vec::new();
    let mut parameters = Vec::new();
    for name in names::free(problem, &(claim.lhs.clone() - claim.rhs.clone())) {
        let domain = problem.lies(&name).domain;
        let finite = matches!(domain, Domain::Set(_));
        if first.as_ref() == Some(&name) {
            inputs.insert(0, Input { name, domain, unit: String::new() });
        } else if finite {
            inputs.push(Input { name, domain, unit: String::new() });
        } else {
            parameters.push(Parameter { name, domain, none: None });
        }
    }
    let definition = |(name, value): &(Arc<str>, Expr)| Definition { name: name.clone(), value: value.clone() };
    let mut formula: Vec<Definition> = problem.lets.iter().map(definition).collect();
    // the last line of a formula counts as the loss, which derivatives are not written in
    let ends = formula.last().is_some_and(|last| differentiated(&claim.lhs, &last.name));
    if !ends {
        let nothing: Arc<str> = Arc::from("_");
        formula.push(Definition { name: nothing.clone(), value: Expr::Symbol(nothing) });
    }
    let claim =
        spec::Claim { name: claim.name.clone(), lhs: claim.lhs.clone(), rhs: claim.rhs.clone(), source: String::new() };
    Spec {
        name: claim.name.clone(),
        named: String::new(),
        title: Text::default(),
        source: String::new(),
        inputs,
        parameters,
        formula,
        classes: None,
        claims: vec![claim],
        edges: Vec::new(),
        clip: false,
        log_eps: false,
        normalised: None,
        text: String::new(),
    }
}

/// The first name that a derivative is taken in.
fn variable(expr: &Expr) -> Option<Arc<str>> {
    if let (Expr::Apply(Op::D, _), [_, Expr::Symbol(name)]) = (expr, expr.operands()) {
        return Some(name.clone());
    }
    expr.operands().iter().find_map(variable)
}

/// Is the name itself differentiated?
fn differentiated(expr: &Expr, name: &str) -> bool {
    if let (Expr::Apply(Op::D, _), [Expr::Symbol(of), _]) = (expr, expr.operands()) {
        return &**of == name;
    }
    expr.operands().iter().any(|operand| differentiated(operand, name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::audit::Source;

    #[test]
    fn a_wrong_table_refutes_no_right_claim() {
        let claim = "d(sigmoid(x), x) == sigmoid(x)*(1 - sigmoid(x))";
        let (problem, claims) = Problem::read(&[], &[], &[Source::alone(claim)]).expect("a claim");
        let part = Part::whole(&problem, &claims[0]);
        assert!(screened(&part, &derivative::flat).is_none(), "points agree");
        // a row with a wrong sign
        let wrong = |problem: &Problem, expr: &Expr| match expr {
            Expr::Apply(Op::D, _) => Ok(Expr::parse("sigmoid(x)*(1 + sigmoid(x))").expect("a formula")),
            _ => derivative::flat(problem, expr),
        };
        match screened(&part, &wrong) {
            Some(Outcome::Unsettled(limit)) => assert!(limit.contains("a fault of the tool"), "{limit}"),
            other => panic!("{other:?}"),
        }
    }
}
