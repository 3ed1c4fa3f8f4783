//! A problem that is not proved as a whole → the pieces that it falls into, each a problem of its own.

use std::cmp::Ordering;
use std::sync::Arc;

use super::cut::{self, Cut, Given, Settled};
use super::{Claim, Problem, derivative, names};
use crate::domain::Domain;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::normal::Known;
use crate::op::Op;
use crate::rational::Rational;

/// A piece of a problem: what holds in it, in words, and the claim there.
#[derive(Clone, Debug)]
pub struct Part {
    /// The problem there.
    pub problem: Problem,
    /// The claim there.
    pub claim: Claim,
    /// What holds there.
    pub words: Vec<String>,
    /// Names that are a number there.
    pub fixed: Vec<(Arc<str>, Rational)>,
    /// Signs that are given there; points of the part are not known then.
    pub given: Vec<Given>,
}

/// The ranges of names in a problem.
pub fn known(problem: &Problem) -> Known {
    let mut known = Known::default();
    for (name, lies) in &problem.lies {
        known.ranges.insert(name.clone(), Interval::of_domain(&lies.domain));
        if let Domain::Set(values) = &lies.domain {
            known.finite.insert(name.clone(), values.clone());
        }
    }
    for (name, value) in &problem.lets {
        if let Some(range) = known.range(value) {
            known.ranges.insert(name.clone(), range);
        }
    }
    known
}

impl Part {
    /// The whole of a problem.
    pub fn whole(problem: &Problem, claim: &Claim) -> Part {
        Part { problem: problem.clone(), claim: claim.clone(), words: Vec::new(), fixed: Vec::new(), given: Vec::new() }
            .settled()
    }

    /// It with each choice that is settled replaced by its branch, and only the lets that are used.
    fn settled(mut self) -> Part {
        let used = names::reached(&self.problem, &(self.claim.lhs.clone() - self.claim.rhs.clone()));
        self.problem.lets.retain(|(name, _)| used.contains(name));
        self.problem.lies.retain(|name, _| used.contains(name));
        let known = known(&self.problem);
        let settled = Settled { known: &known, given: &self.given };
        let whole = self.words.is_empty();
        let taken = |expr: &Expr| {
            let taken = settled.branches(expr);
            if whole && taken == *expr { taken } else { derivative::folded(&taken) }
        };
        for (_, value) in &mut self.problem.lets {
            *value = taken(value);
        }
        self.claim.lhs = taken(&self.claim.lhs);
        self.claim.rhs = taken(&self.claim.rhs);
        self
    }

    /// Is a side undefined everywhere in it? Then the claim says nothing there.
    pub fn says_nothing(&self) -> bool {
        let known = known(&self.problem);
        [&self.claim.lhs, &self.claim.rhs].into_iter().any(|side| cut::never_defined(side, &known))
    }

    /// The names that derivatives are taken in.
    pub fn variables(&self) -> Vec<Arc<str>> {
        fn collect(expr: &Expr, to: &mut Vec<Arc<str>>) {
            if let (Expr::Apply(Op::D, _), [_, Expr::Symbol(name)]) = (expr, expr.operands()) {
                to.push(name.clone());
            }
            expr.operands().iter().for_each(|operand| collect(operand, to));
        }
        let mut all = Vec::new();
        collect(&self.claim.lhs, &mut all);
        collect(&self.claim.rhs, &mut all);
        all
    }

    /// Does a derivative see the expression change?
    fn moves(&self, expr: &Expr) -> bool {
        let made_of = |variable: &Arc<str>| names::depends(&self.problem, expr, variable);
        // a let that a derivative is taken in moves with what it is made of
        self.variables().iter().any(|variable| {
            let within = names::free(&self.problem, &Expr::Symbol(variable.clone()));
            made_of(variable) || within.iter().any(made_of)
        })
    }

    /// The parts that it falls into, and where nothing is said; none where nothing more can be cut.
    pub fn parts(&self) -> (Vec<Part>, Vec<String>) {
        if let Some((name, value)) =
            self.problem.lies.iter().find_map(|(name, lies)| Some((name.clone(), lies.except.first()?.clone())))
        {
            return (self.beside(&name, &value, false), Vec::new());
        }
        let known = known(&self.problem);
        let mut cuts = Vec::new();
        let lets = self.problem.lets.iter().map(|(_, value)| value);
        for expr in lets.chain([&self.claim.lhs, &self.claim.rhs]) {
            cut::cuts(expr, &known, &mut cuts);
        }
        for cut in &cuts {
            if let Some(parts) = self.at_root(cut) {
                return parts;
            }
        }
        if let Some(parts) = self.by_values() {
            return (parts, Vec::new());
        }
        cuts.iter().find_map(|cut| self.by_sign(cut)).unwrap_or_default()
    }

    /// On both sides of where the cut is 0, and there.
    fn at_root(&self, cut: &Cut) -> Option<(Vec<Part>, Vec<String>)> {
        let flat = derivative::flat(&self.problem, &cut.of).ok()?;
        let (name, value) = cut::root(&flat)?;
        let lies = self.problem.lies(&name);
        let (below, above) = (lies.meet("<", &value)?, lies.meet(">", &value)?);
        if matches!(lies.domain, Domain::Set(_)) || below == lies || above == lies {
            return None;
        }
        let kink = self.moves(&cut.of) && !cut.not_zero;
        let at = !kink && !cut.not_zero;
        let closed =
            at.then(|| [["<", ">="], ["<=", ">"]].into_iter().find_map(|signs| self.halves(cut, &name, &value, signs)));
        let mut parts = closed.flatten().unwrap_or_else(|| self.beside(&name, &value, at));
        if cut.not_below {
            let known =
                |part: &Part| known(&part.problem).range(&cut.of).is_some_and(|range| range.negative().is_yes());
            parts.retain(|part| !known(part));
        }
        let except = if kink { vec![format!("{name} = {value}")] } else { vec![] };
        Some((parts, except))
    }

    /// A name on either side of a number, one side with it, where that settles the cut in both.
    fn halves(&self, cut: &Cut, name: &Arc<str>, value: &Rational, signs: [&str; 2]) -> Option<Vec<Part>> {
        let part = |sign: &str| {
            let part = self.on_side(name, value, sign)?;
            let known = known(&part.problem);
            let mut left = Vec::new();
            let lets = part.problem.lets.iter().map(|(_, value)| value);
            lets.chain([&part.claim.lhs, &part.claim.rhs]).for_each(|expr| cut::cuts(expr, &known, &mut left));
            let settled = |other: &Cut| {
                let flat = derivative::flat(&part.problem, &other.of).ok();
                other.of != cut.of
                    && flat.and_then(|flat| cut::root(&flat)).is_none_or(|root| root != (name.clone(), value.clone()))
            };
            left.iter().all(settled).then_some(part)
        };
        Some(vec![part(signs[0])?, part(signs[1])?])
    }

    fn on_side(&self, name: &Arc<str>, value: &Rational, sign: &str) -> Option<Part> {
        let mut part = self.clone();
        let mut met = self.problem.lies(name).meet(sign, value)?;
        met.except.retain(|other| other != value);
        part.problem.lies.insert(name.clone(), met);
        part.words.push(format!("{name} {sign} {value}"));
        Some(part.settled())
    }

    /// A name below, above and perhaps at a number.
    fn beside(&self, name: &Arc<str>, value: &Rational, at: bool) -> Vec<Part> {
        let mut parts: Vec<Part> = ["<", ">"].iter().filter_map(|sign| self.on_side(name, value, sign)).collect();
        parts.extend((at && self.problem.lies(name).contains(value)).then(|| self.with_value(name, value)));
        parts
    }

    /// The name is a number.
    pub fn with_value(&self, name: &Arc<str>, value: &Rational) -> Part {
        let mut part = self.clone();
        let put = |expr: &Expr| {
            derivative::folded(&expr.substitute(&|symbol| (symbol == &**name).then(|| Expr::Number(value.clone()))))
        };
        for (_, of) in &mut part.problem.lets {
            *of = put(of);
        }
        part.claim.lhs = put(&part.claim.lhs);
        part.claim.rhs = put(&part.claim.rhs);
        part.given = part.given.iter().map(|(of, sign)| (put(of), *sign)).collect();
        part.problem.lies.remove(name);
        part.fixed.push((name.clone(), value.clone()));
        part.words.push(format!("{name} = {value}"));
        part.settled()
    }

    /// A name with finitely many values, value by value.
    pub fn by_values(&self) -> Option<Vec<Part>> {
        let variables = self.variables();
        let finite = |(name, lies): (&Arc<str>, &super::Lies)| match &lies.domain {
            Domain::Set(values) if !variables.contains(name) && values.len() <= 16 => {
                Some((name.clone(), values.clone()))
            }
            _ => None,
        };
        let (name, values) = self.problem.lies.iter().find_map(finite)?;
        Some(values.iter().map(|value| self.with_value(&name, value)).collect())
    }

    /// Where the difference has either sign, given as such.
    fn by_sign(&self, cut: &Cut) -> Option<(Vec<Part>, Vec<String>)> {
        let new = |(of, _): &Given| *of != cut.of && *of != -cut.of.clone();
        if !self.given.iter().all(new) {
            return None;
        }
        let kink = self.moves(&cut.of);
        let mut parts = Vec::new();
        for (sign, shown) in [(Ordering::Less, "<"), (Ordering::Greater, ">"), (Ordering::Equal, "=")] {
            let nothing = match sign {
                Ordering::Less => cut.not_below,
                Ordering::Greater => false,
                Ordering::Equal => cut.not_zero || kink,
            };
            if !nothing {
                let mut part = self.clone();
                part.given.push((cut.of.clone(), sign));
                part.words.push(format!("{} {shown} 0", cut.of));
                parts.push(part.settled());
            }
        }
        let except = format!("{} = 0", cut.of);
        Some((parts, if kink && !cut.not_zero { vec![except] } else { Vec::new() }))
    }
}
