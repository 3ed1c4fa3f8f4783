//! Derivations that were tampered with: the checker refuses them, or the tampered step is a correct one.
//!
//! What is accepted is judged by arbitrary precision: derivatives are worked out to formulas without any, and both
//! formulas of the step are evaluated at 100 points.

use std::collections::BTreeMap;
use std::sync::Arc;

use focal_derive::check::{Chain, Proof, check};
use focal_derive::derivation::Step;
use focal_derive::domain::Domain;
use focal_derive::expr::Expr;
use focal_derive::op::Op;
use focal_derive::oracle::{self, Known, Outcome};
use focal_derive::rational::Rational;
use focal_derive::{RuleBook, Spec, derive, diff};

use crate::losses::{builtin, formula};

/// Corruptions, and how many of them must be refused.
const CORRUPTIONS: usize = 1_000;
const REFUSED: usize = 900;
/// Points at which an accepted step is judged, and how many of them must be settled.
const POINTS: usize = 100;
const SETTLED: usize = 80;
/// The seed of everything drawn.
const SEED: u64 = 0x9e37_79b9_7f4a_7c15;

/// Numbers drawn one after the other (xorshift64*).
struct Drawn(u64);

impl Drawn {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }
}

fn proofs() -> Vec<Proof> {
    let of = |name: &&str| Proof::of(&derive(&builtin(name), RuleBook::builtin()).expect("a derivation"));
    // of a loss over classes the scalar proofs are tampered with
    let parts = |proof: Proof| proof.scalar().into_iter().cloned().collect::<Vec<_>>();
    Spec::builtin_names().iter().map(of).flat_map(parts).collect()
}

/// A run of steps: the chain, and its case.
type Place = (usize, Option<usize>);

fn chain_mut(proof: &mut Proof, number: usize) -> &mut Chain {
    let lemmas = proof.lemmas.len();
    if number < lemmas { &mut proof.lemmas[number] } else { &mut proof.claims[number - lemmas] }
}

fn run_mut(proof: &mut Proof, (number, case): Place) -> &mut Vec<Step> {
    let chain = chain_mut(proof, number);
    match case {
        None => &mut chain.steps,
        Some(case) => &mut chain.cases[case].1,
    }
}

/// Every run that has steps.
fn runs(proof: &Proof) -> Vec<Place> {
    let mut all = Vec::new();
    for (number, chain) in proof.lemmas.iter().chain(&proof.claims).enumerate() {
        all.extend((!chain.steps.is_empty()).then_some((number, None)));
        all.extend((0..chain.cases.len()).map(|case| (number, Some(case))));
    }
    all
}

/// What was done to a proof, and the step that it was done to, where there is one.
struct Corruption {
    proof: Proof,
    what: String,
    steps: Vec<(BTreeMap<Arc<str>, Rational>, Step)>,
    /// Is a case missing? Then nothing makes it right.
    incomplete: bool,
}

fn corrupted(proof: &Proof, drawn: &mut Drawn) -> Option<Corruption> {
    let mut copy = proof.clone();
    let place = *drawn.one(&runs(proof));
    let case = place.1.map(|case| chain_mut(&mut copy, place.0).cases[case].0.clone());
    let given = case.map_or_else(BTreeMap::new, |case| given(&case));
    let number = drawn.below(run_mut(&mut copy, place).len());
    let kind = drawn.below(10);
    let what = match kind {
        0 | 1 => other_rule(&mut run_mut(&mut copy, place)[number], drawn),
        2 | 3 => other_position(&mut run_mut(&mut copy, place)[number], drawn),
        4 => joined(run_mut(&mut copy, place), number),
        5 => other_case(chain_mut(&mut copy, place.0), drawn),
        6 => other_domain(&mut copy, drawn),
        _ => other_formula(&mut copy, place, number, drawn),
    }?;
    let incomplete = kind == 5;
    if incomplete {
        return Some(Corruption {
            proof: copy,
            what: format!("{}: {what}", proof.loss),
            steps: Vec::new(),
            incomplete,
        });
    }
    let old: Vec<Step> = run_mut(&mut proof.clone(), place).clone();
    let new = run_mut(&mut copy, place).clone();
    let same = |a: &Step, b: &Step| a.before == b.before && a.after == b.after && a.rule == b.rule && a.at == b.at;
    let changed = |(place, step): &(usize, &Step)| match kind {
        6 => *place == number,
        _ => !old.iter().any(|known| same(known, step)),
    };
    let steps = new.iter().enumerate().filter(changed).map(|(_, step)| (given.clone(), step.clone())).collect();
    let what = format!("{}, chain {}, step {}: {what}", proof.loss, place.0 + 1, number + 1);
    Some(Corruption { proof: copy, what, steps, incomplete })
}

fn other_rule(step: &mut Step, drawn: &mut Drawn) -> Option<String> {
    let book = RuleBook::builtin().rules.iter().map(|rule| rule.name.clone());
    let table = diff::TABLE.iter().map(|row| Arc::from(row.name));
    let kinds = ["ring", "field", "definition", "derived", "case", "cases", "d-chain"].map(Arc::from);
    let all: Vec<Arc<str>> = book.chain(table).chain(kinds).filter(|name| *name != step.rule).collect();
    let old = std::mem::replace(&mut step.rule, drawn.one(&all).clone());
    Some(format!("`{old}` renamed `{}`", step.rule))
}

fn other_position(step: &mut Step, drawn: &mut Drawn) -> Option<String> {
    let old = step.at.clone();
    match drawn.below(3) {
        0 => drop(step.at.pop()),
        1 => step.at.push(drawn.below(3)),
        _ => {
            let depth = step.at.len();
            let place = step.at.get_mut(drawn.below(depth.max(1)))?;
            *place = (*place + 1 + drawn.below(2)) % 3;
        }
    }
    (step.at != old).then(|| format!("position {old:?} moved to {:?}", step.at))
}

/// A step is dropped, and the next one begins where it began.
fn joined(steps: &mut Vec<Step>, number: usize) -> Option<String> {
    if number + 1 >= steps.len() {
        return None;
    }
    let dropped = steps.remove(number);
    steps[number].before = dropped.before;
    Some(format!("`{}` dropped", dropped.rule))
}

fn other_case(chain: &mut Chain, drawn: &mut Drawn) -> Option<String> {
    if chain.cases.is_empty() {
        return None;
    }
    let number = drawn.below(chain.cases.len());
    if drawn.below(2) == 0 {
        return Some(format!("the case {} dropped", chain.cases.remove(number).0));
    }
    let old = chain.cases[number].0.clone();
    let new = *drawn.one(&["y = 0", "y = 1", "y = 2", "x = 0"]);
    chain.cases[number].0 = new.to_string();
    (old != new).then(|| format!("the case {old} renamed {new}"))
}

/// A name lies elsewhere: conditions that followed from its domain may not.
fn other_domain(proof: &mut Proof, drawn: &mut Drawn) -> Option<String> {
    let number = drawn.below(proof.statement.names.len());
    let (name, domain) = &mut proof.statement.names[number];
    let wide = Domain::Set([0, 1, 2].map(Rational::from).to_vec());
    let new = if matches!(domain, Domain::Set(_)) && drawn.below(2) == 0 { wide } else { Domain::Finite };
    let old = std::mem::replace(domain, new);
    (old != *domain).then(|| format!("`{name}` from {old} to {domain}"))
}

/// A formula between two steps changes, in both; at the end, what is claimed.
fn other_formula(proof: &mut Proof, place: Place, number: usize, drawn: &mut Drawn) -> Option<String> {
    let names: Vec<Arc<str>> = proof.statement.formula.iter().map(|(name, _)| name.clone()).collect();
    let steps = run_mut(proof, place);
    let old = steps[number].after.clone();
    let new = mutated(&old, &names, drawn);
    if new == old {
        return None;
    }
    steps[number].after = new.clone();
    if let Some(next) = steps.get_mut(number + 1) {
        next.before = new.clone();
    } else {
        let chain = chain_mut(proof, place.0);
        if place.1.is_some() || chain.cases.is_empty() {
            chain.rhs = new.clone();
        } else {
            chain.cases.iter_mut().flat_map(|(_, steps)| steps.first_mut()).for_each(|step| step.before = new.clone());
        }
    }
    Some(format!("`{old}` changed to `{new}`"))
}

/// The formula with one part changed: a number, a sign, the order of operands, an operator, a name, a lost part.
fn mutated(expr: &Expr, names: &[Arc<str>], drawn: &mut Drawn) -> Expr {
    let count = expr.size();
    let mut left = drawn.below(count);
    return walk(expr, &mut left, &mut |part| change(part, names, drawn));

    fn walk(expr: &Expr, left: &mut usize, change: &mut dyn FnMut(&Expr) -> Expr) -> Expr {
        if *left == 0 {
            *left = usize::MAX;
            return change(expr);
        }
        *left -= 1;
        match expr {
            Expr::Apply(op, operands) => {
                let operands: Vec<Expr> = operands.iter().map(|operand| walk(operand, left, change)).collect();
                Expr::apply(*op, &operands)
            }
            _ => expr.clone(),
        }
    }
}

fn change(part: &Expr, names: &[Arc<str>], drawn: &mut Drawn) -> Expr {
    let one = Rational::ONE;
    match (part, part.operands()) {
        (Expr::Number(value), _) => match drawn.below(3) {
            0 => Expr::Number(value + &one),
            1 => Expr::Number(-value),
            _ => Expr::Number(value * &Rational::from(2)),
        },
        (Expr::Symbol(_), _) if drawn.below(2) == 0 => -part.clone(),
        (Expr::Symbol(_), _) => Expr::Symbol(drawn.one(names).clone()),
        (Expr::Apply(op, _), [a, b]) if *op != Op::D => match drawn.below(4) {
            0 => Expr::apply(*op, &[b.clone(), a.clone()]),
            1 => drawn.one(&[a, b]).to_owned().clone(),
            2 => -part.clone(),
            _ => {
                let other = match op {
                    Op::Add => Op::Sub,
                    Op::Sub => Op::Add,
                    Op::Mul => Op::Div,
                    Op::Div => Op::Mul,
                    other => *other,
                };
                Expr::apply(other, &[a.clone(), b.clone()])
            }
        },
        (_, [a]) if drawn.below(2) == 0 => a.clone(),
        _ => -part.clone(),
    }
}

fn given(case: &str) -> BTreeMap<Arc<str>, Rational> {
    let sides = |part: &str| {
        let (name, value) = part.split_once('=').expect("a case");
        (Arc::from(name.trim()), formula(value).as_number().expect("a number").clone())
    };
    case.split(',').map(sides).collect()
}

/// The expression in inputs, parameters and the variables around it, without derivatives.
fn plain(proof: &Proof, expr: &Expr, bound: &[Arc<str>]) -> Expr {
    match expr {
        Expr::Number(_) => expr.clone(),
        Expr::Symbol(name) if bound.contains(name) => expr.clone(),
        Expr::Symbol(name) => match proof.statement.formula.iter().find(|(of, _)| of == name) {
            Some((_, value)) => plain(proof, value, bound),
            None => expr.clone(),
        },
        Expr::Apply(Op::D, operands) => {
            let Expr::Symbol(by) = &operands[1] else { panic!("{expr}") };
            let inside: Vec<Arc<str>> = bound.iter().chain([by]).cloned().collect();
            let derivative = differentiated(&plain(proof, &operands[0], &inside), by);
            let at = plain(proof, &operands[1], bound);
            derivative.substitute(&|name| (*name == **by).then(|| at.clone()))
        }
        Expr::Apply(op, operands) => {
            let operands: Vec<Expr> = operands.iter().map(|operand| plain(proof, operand, bound)).collect();
            Expr::apply(*op, &operands)
        }
    }
}

fn differentiated(of: &Expr, by: &Arc<str>) -> Expr {
    let symbol = Expr::Symbol(by.clone());
    let (_, result) = diff::step(of, &symbol, &|part| !part.mentions(by)).expect("differentiable");
    fn inner(expr: &Expr, by: &Arc<str>) -> Expr {
        match expr {
            Expr::Apply(Op::D, operands) => differentiated(&operands[0], by),
            Expr::Apply(op, operands) => {
                Expr::apply(*op, &operands.iter().map(|operand| inner(operand, by)).collect::<Vec<_>>())
            }
            _ => expr.clone(),
        }
    }
    inner(&result, by)
}

/// A point of the statement's domains, symmetric in nothing.
fn point(proof: &Proof, given: &BTreeMap<Arc<str>, Rational>, drawn: &mut Drawn) -> BTreeMap<Arc<str>, Rational> {
    let mut at = BTreeMap::new();
    for (name, domain) in &proof.statement.names {
        let part = Rational::ratio(1 + drawn.below(1022) as i64, 1024).expect("a fraction");
        let value = match domain {
            Domain::Set(values) => drawn.one(values).clone(),
            Domain::Finite | Domain::Class => &(&part * &Rational::from(6)) - &Rational::from(3),
            Domain::Interval { lo: Some(lo), hi: Some(hi), .. } => lo + &(&part * &(hi - lo)),
            Domain::Interval { lo: Some(lo), .. } => lo + &(&part * &Rational::from(4)),
            Domain::Interval { hi, .. } => &hi.clone().unwrap_or(Rational::ZERO) - &part,
        };
        at.insert(name.clone(), given.get(name).cloned().unwrap_or(value));
    }
    at
}

/// To 70 bits.
fn agree(a: Known, b: Known) -> bool {
    let shift = b.exponent - a.exponent;
    if a.is_zero() || b.is_zero() || shift.abs() > 1 {
        return a.is_zero() && b.is_zero();
    }
    let scale = 2f64.powi(shift as i32);
    ((a.hi - b.hi * scale) + (a.lo - b.lo * scale)).abs() < 2f64.powi(-70)
}

/// Is `before` equal to `after` at the points? The text says where not.
fn correct(proof: &Proof, given: &BTreeMap<Arc<str>, Rational>, step: &Step, drawn: &mut Drawn) -> Result<(), String> {
    let (before, after) = (plain(proof, &step.before, &[]), plain(proof, &step.after, &[]));
    let mut settled = 0;
    for _ in 0..POINTS {
        let at = point(proof, given, drawn);
        match (oracle::value(&before, &at), oracle::value(&after, &at)) {
            (Outcome::Value(a), Outcome::Value(b)) if agree(a, b) => settled += 1,
            (Outcome::Value(a), Outcome::Value(b)) => {
                return Err(format!("{} is not {} at {at:?}", a.to_f64(), b.to_f64()));
            }
            (Outcome::Undefined, Outcome::Undefined) | (Outcome::Unsettled, _) | (_, Outcome::Unsettled) => {}
            (a, b) => return Err(format!("{a:?} against {b:?} at {at:?}")),
        }
    }
    if settled >= SETTLED { Ok(()) } else { Err(format!("only {settled} points are settled")) }
}

#[test]
fn of_a_thousand_corruptions_nine_hundred_are_refused() {
    let (proofs, book) = (proofs(), RuleBook::builtin());
    for proof in &proofs {
        assert_eq!(check(proof, book), Vec::new(), "{}", proof.loss);
    }
    let mut drawn = Drawn(SEED);
    let (mut made, mut refused, mut wrong) = (0, 0, Vec::new());
    while made < CORRUPTIONS {
        let proof = &proofs[drawn.below(proofs.len())];
        let Some(corruption) = corrupted(proof, &mut drawn) else { continue };
        made += 1;
        if !check(&corruption.proof, book).is_empty() {
            refused += 1;
            continue;
        }
        println!("accepted: {}", corruption.what);
        if corruption.incomplete {
            wrong.push(corruption.what.clone());
        }
        for (given, step) in &corruption.steps {
            if let Err(why) = correct(&corruption.proof, given, step, &mut drawn) {
                wrong.push(format!("{}: {} => {}: {why}", corruption.what, step.before, step.after));
            }
        }
    }
    println!("{refused} of {made} corruptions refused, seed {SEED:#x}");
    assert!(wrong.is_empty(), "wrong steps are accepted:\n{}", wrong.join("\n"));
    assert!(refused >= REFUSED, "only {refused} of {made} corruptions are refused");
}
