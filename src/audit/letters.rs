//! The words that corrections are written in: products of the names, functions and powers that a claim is about.

use std::collections::BTreeSet;

use super::floats::Floats;
use super::{Claim, Problem, pieces};
use crate::expr::Expr;
use crate::interval::Interval;
use crate::op::Op;
use crate::rational::Rational;

/// Letters of one claim, at most.
const MOST: usize = 14;

/// A product of letters, with what it counts for and its values at the points.
#[derive(Clone, Debug)]
pub struct Word {
    /// Letters and their exponents.
    pub factors: Vec<(Expr, i64)>,
    /// What it counts for.
    pub cost: u32,
    /// Its values.
    pub values: Vec<f64>,
}

impl Word {
    /// The product of the letters.
    pub fn expr(&self) -> Expr {
        let above = product(self.factors.iter().filter(|(_, times)| *times > 0).map(|(of, times)| power(of, *times)));
        let below = product(self.factors.iter().filter(|(_, times)| *times < 0).map(|(of, times)| power(of, -times)));
        match (above, below) {
            (Some(above), None) => above,
            (above, Some(below)) => above.unwrap_or(Expr::integer(1)) / below,
            (None, None) => Expr::integer(1),
        }
    }
}

fn product(factors: impl Iterator<Item = Expr>) -> Option<Expr> {
    factors.reduce(|a, b| a * b)
}

fn power(of: &Expr, times: i64) -> Expr {
    if times == 1 { of.clone() } else { of.clone().pow(Expr::integer(times)) }
}

/// Words of at most so many letters, the shortest first.
pub fn words(problem: &Problem, claim: &Claim, floats: &Floats, most: usize) -> Vec<Word> {
    let letters: Vec<(Expr, Vec<f64>)> = letters(problem, claim)
        .into_iter()
        .filter_map(|letter| Some((letter.clone(), floats.values(&letter).filter(|v| v.iter().all(|v| *v != 0.0))?)))
        .take(MOST)
        .collect();
    let mut all = vec![Word { factors: Vec::new(), cost: 0, values: vec![1.0; floats.points()] }];
    let mut start = 0;
    for _ in 0..most {
        let end = all.len();
        for at in start..end {
            let first = all[at].factors.last().and_then(|(last, _)| letters.iter().position(|(of, _)| of == last));
            for (letter, values) in &letters[first.map_or(0, |first| first + 1)..] {
                for times in exponents(letter) {
                    let mut word = all[at].clone();
                    word.factors.push((letter.clone(), *times));
                    let size = u32::from(!matches!(letter, Expr::Symbol(_)));
                    word.cost += 2 + size + u32::from(*times != 1);
                    let powers = values.iter().map(|value| value.powi(*times as i32));
                    word.values.iter_mut().zip(powers).for_each(|(value, power)| *value *= power);
                    all.push(word);
                }
            }
        }
        start = end;
    }
    all.sort_by_key(|word| word.cost);
    all
}

fn exponents(letter: &Expr) -> &'static [i64] {
    match letter {
        Expr::Apply(Op::Sub, _) | Expr::Symbol(_) => &[1, -1, 2],
        _ => &[1, -1],
    }
}

/// Names that the claim is about, complements of those in [0, 1], their logarithms, and functions that occur.
fn letters(problem: &Problem, claim: &Claim) -> Vec<Expr> {
    let known = pieces::known(problem);
    let unit = Interval::new(0.0, 1.0);
    let is_unit = |expr: &Expr| known.range(expr).is_some_and(|range| range.hull(&unit) == unit);
    let mut all: Vec<Expr> = Vec::new();
    let mut add = |letter: Expr| {
        if !all.contains(&letter) {
            all.push(letter);
        }
    };
    let both = claim.lhs.clone() - claim.rhs.clone();
    let reached = super::names::reached(problem, &both);
    let lets = problem.lets.iter().map(|(name, _)| name.clone()).filter(|name| reached.contains(name));
    let names: Vec<_> = lets.rev().chain(super::names::free(problem, &both)).collect();
    let mut units: Vec<Expr> = Vec::new();
    for name in &names {
        let symbol = Expr::Symbol(name.clone());
        if is_unit(&symbol) {
            units.push(symbol.clone());
        }
        add(symbol);
    }
    let mut inside = BTreeSet::new();
    functions(&claim.rhs, &mut inside);
    functions(&claim.lhs, &mut inside);
    problem.lets.iter().for_each(|(_, value)| functions(value, &mut inside));
    units.extend(inside.iter().filter(|expr| matches!(expr, Expr::Apply(Op::Sigmoid, _))).cloned());
    for one in &units {
        add(one.clone());
        add(Expr::integer(1) - one.clone());
        if problem.lies.get(&*one.to_string()).is_none_or(|lies| !matches!(lies.domain, crate::domain::Domain::Set(_)))
        {
            add(one.clone().log());
        }
    }
    inside.into_iter().for_each(&mut add);
    all
}

/// Functions and powers in it that stand for a factor.
fn functions(expr: &Expr, to: &mut BTreeSet<Expr>) {
    expr.operands().iter().for_each(|operand| functions(operand, to));
    let wanted = match expr {
        Expr::Apply(Op::Log | Op::Sigmoid | Op::Softplus | Op::Exp, _) => true,
        Expr::Apply(Op::Pow, operands) => !operands[1].as_number().is_some_and(Rational::is_integer),
        _ => false,
    };
    if wanted && expr.size() <= 12 {
        to.insert(expr.clone());
    }
}

/// A number with a small numerator and denominator, where the float is one but for rounding.
pub fn nice(value: f64) -> Option<Rational> {
    (1..=12).find_map(|below: i64| {
        let above = (value * below as f64).round();
        let near = (value * below as f64 - above).abs() <= 1e-7 * above.abs().max(1.0);
        (near && above != 0.0 && above.abs() <= 24.0).then(|| Rational::ratio(above as i64, below)).flatten()
    })
}
