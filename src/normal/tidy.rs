//! An expression → the same, written as on paper: ones and zeros dropped, signs in front, factors in their usual order.
//!
//! Nothing is looked for here: brackets stay, but where a function says otherwise. What is made is a proposal; whoever
//! uses it shows that it is equal.

use std::collections::BTreeMap;

use super::Known;
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

/// Tidied, powers as they are.
pub fn tidy(expr: &Expr, known: &Known) -> Expr {
    let tidier = Tidier { known, merges: false };
    tidier.written(&tidier.sum(expr))
}

/// Tidied, powers of one base put together, and the first bracket multiplied out.
pub fn distributed(expr: &Expr, known: &Known) -> Expr {
    let tidier = Tidier { known, merges: true };
    tidier.written(&tidier.multiplied_out(expr))
}

/// Tidied, and what every term of a sum shares taken out of it.
pub fn factored(expr: &Expr, known: &Known) -> Expr {
    let tidier = Tidier { known, merges: true };
    let sum = tidier.sum(expr);
    if sum.len() < 2 {
        return tidier.written(&sum);
    }
    let common = shared(&sum);
    if common.is_empty() {
        return tidier.written(&sum);
    }
    let inverse =
        Term { coefficient: Rational::ONE, factors: common.iter().map(|(of, by)| (of.clone(), -by)).collect() };
    let rest: Vec<Term> = sum.iter().map(|term| term.times(&inverse)).collect();
    let outside = Term { coefficient: Rational::ONE, factors: common };
    tidier.written(&[outside.times(&tidier.bracket(&rest, 1))])
}

/// A coefficient and powers of what is not looked into.
#[derive(Clone, Debug, PartialEq)]
struct Term {
    coefficient: Rational,
    factors: BTreeMap<Expr, i64>,
}

impl Term {
    fn number(coefficient: Rational) -> Term {
        Term { coefficient, factors: BTreeMap::new() }
    }

    fn atom(of: Expr, by: i64) -> Term {
        Term { coefficient: Rational::ONE, factors: BTreeMap::from([(of, by)]) }
    }

    fn times(&self, other: &Term) -> Term {
        let mut factors = self.factors.clone();
        for (of, by) in &other.factors {
            *factors.entry(of.clone()).or_default() += by;
        }
        factors.retain(|_, by| *by != 0);
        Term { coefficient: &self.coefficient * &other.coefficient, factors }
    }

    fn power(&self, by: i64) -> Option<Term> {
        let factors =
            self.factors.iter().map(|(of, known)| Some((of.clone(), known.checked_mul(by)?))).collect::<Option<_>>()?;
        Some(Term { coefficient: self.coefficient.checked_pow(by)?, factors })
    }

    fn negated(&self) -> Term {
        Term { coefficient: -&self.coefficient, factors: self.factors.clone() }
    }
}

/// What every term has, with the least exponent.
fn shared(sum: &[Term]) -> BTreeMap<Expr, i64> {
    let mut common = BTreeMap::new();
    for of in sum.iter().flat_map(|term| term.factors.keys()) {
        let least = sum.iter().map(|term| term.factors.get(of).copied().unwrap_or(0)).min().unwrap_or(0);
        if least != 0 {
            common.insert(of.clone(), least);
        }
    }
    common
}

struct Tidier<'a> {
    known: &'a Known,
    /// Are `a^g` and `a` in `a^(g + 1)` told apart, so that they meet other powers of `a`?
    merges: bool,
}

impl Tidier<'_> {
    /// The terms of the sum; none for 0.
    fn sum(&self, expr: &Expr) -> Vec<Term> {
        match (expr, expr.operands()) {
            (Expr::Number(value), _) if value.is_zero() => Vec::new(),
            (Expr::Number(value), _) => vec![Term::number(value.clone())],
            (Expr::Apply(Op::Add, _), [a, b]) => joined(self.sum(a).into_iter().chain(self.sum(b))),
            (Expr::Apply(Op::Sub, _), _) if self.known.is_complement(expr) => vec![Term::atom(expr.clone(), 1)],
            (Expr::Apply(Op::Sub, _), [a, b]) => {
                joined(self.sum(a).into_iter().chain(self.sum(b).iter().map(Term::negated)))
            }
            (Expr::Apply(Op::Neg, _), [a]) => self.sum(a).iter().map(Term::negated).collect(),
            (Expr::Apply(Op::Mul, _), [a, b]) => match (self.factor(a, 1), self.factor(b, 1)) {
                (Some(a), Some(b)) => vec![a.times(&b)],
                _ => Vec::new(),
            },
            (Expr::Apply(Op::Div, _), [a, b]) => match (self.factor(a, 1), self.factor(b, -1)) {
                (Some(a), Some(b)) => vec![a.times(&b)],
                (None, Some(_)) => Vec::new(),
                _ => vec![Term::atom(expr.clone(), 1)],
            },
            (Expr::Apply(Op::Pow, _), [a, by]) => vec![self.power(a, by)],
            (Expr::Symbol(_), _) => vec![Term::atom(expr.clone(), 1)],
            (Expr::Apply(op, _), operands) => {
                let inside = |operand: &Expr| match operand {
                    Expr::Apply(op, _) if op.is_comparison() || *op == Op::D => operand.clone(),
                    _ => self.written(&self.sum(operand)),
                };
                let operands: Vec<Expr> = match op {
                    Op::D => operands.to_vec(),
                    _ => operands.iter().map(inside).collect(),
                };
                vec![Term::atom(Expr::apply(*op, &operands), 1)]
            }
        }
    }

    /// The expression to the power as one term; `None` for 0, which has no power below 0.
    fn factor(&self, expr: &Expr, by: i64) -> Option<Term> {
        if let (Expr::Apply(Op::Neg, _), [inner]) = (expr, expr.operands()) {
            let term = self.factor(inner, by)?;
            return Some(if by % 2 == 0 { term } else { term.negated() });
        }
        let sum = self.sum(expr);
        match &sum[..] {
            [] => None,
            [term] => term.power(by),
            _ => Some(self.bracket(&sum, by)),
        }
    }

    /// A sum as one factor, with its sign in front where it is `-(1 - p)` or all is taken away in it.
    fn bracket(&self, sum: &[Term], by: i64) -> Term {
        let sum = match sum {
            [] => return Term::number(Rational::ZERO),
            [term] => return term.power(by).unwrap_or_else(|| Term::atom(self.written(sum), by)),
            _ => sum,
        };
        let turned: Vec<Term> = sum.iter().map(Term::negated).collect();
        let turned = self.written(&turned);
        if !self.known.is_complement(&turned) && sum.iter().any(|term| !term.coefficient.is_negative()) {
            return Term::atom(self.written(sum), by);
        }
        let term = Term::atom(turned, by);
        if by % 2 == 0 { term } else { term.negated() }
    }

    fn power(&self, base: &Expr, by: &Expr) -> Term {
        if let Some(term) = by.as_number().and_then(Rational::to_i64).and_then(|by| self.factor(base, by)) {
            return term;
        }
        let base = self.written(&self.sum(base));
        let exponent = self.sum(by);
        let (numbers, rest): (Vec<Term>, Vec<Term>) =
            exponent.iter().cloned().partition(|term| term.factors.is_empty());
        let whole = numbers.iter().try_fold(0, |sum: i64, term| sum.checked_add(term.coefficient.to_i64()?));
        match (self.merges, whole, rest.is_empty()) {
            (true, Some(whole), false) if whole != 0 => {
                let symbolic = Term::atom(base.clone().pow(self.written(&rest)), 1);
                self.factor(&base, whole).map_or(Term::atom(base.pow(by.clone()), 1), |power| symbolic.times(&power))
            }
            _ => Term::atom(base.pow(self.written(&exponent)), 1),
        }
    }

    /// The product with its first bracket multiplied out: one that is neither constant nor `1 - p`.
    fn multiplied_out(&self, expr: &Expr) -> Vec<Term> {
        let (mut factors, mut below) = (Vec::new(), Vec::new());
        factors_of(expr, &mut factors, &mut below);
        let open = |of: &Expr| {
            let sum = self.sum(of);
            sum.len() > 1 && self.known.varies(of) && !self.known.is_complement(&self.written(&sum))
        };
        let Some(place) = factors.iter().position(|of| open(of)) else { return self.sum(expr) };
        let rest = (factors.iter().enumerate()).filter(|(at, _)| *at != place).map(|(_, of)| self.factor(of, 1));
        let rest = rest.chain(below.iter().map(|of| self.factor(of, -1)));
        let one = Some(Term::number(Rational::ONE));
        match rest.fold(one, |product, of| Some(product?.times(&of?))) {
            Some(rest) => joined(self.sum(factors[place]).iter().map(|term| term.times(&rest))),
            None => self.sum(expr),
        }
    }

    /// What is added first, then what is taken away.
    fn written(&self, sum: &[Term]) -> Expr {
        let (below, above): (Vec<&Term>, Vec<&Term>) = sum.iter().partition(|term| term.coefficient.is_negative());
        if above.is_empty() {
            let turned = below.iter().map(|term| self.product(&term.negated())).reduce(|a, b| a + b);
            return turned.map_or(Expr::integer(0), |sum| -sum);
        }
        let sum = above.iter().map(|term| self.product(term)).reduce(|a, b| a + b).unwrap_or(Expr::integer(0));
        below.iter().fold(sum, |sum, term| sum - self.product(&term.negated()))
    }

    /// A term whose coefficient is above 0.
    fn product(&self, term: &Term) -> Expr {
        let mut order: Vec<(&Expr, i64)> = term.factors.iter().map(|(of, by)| (of, *by)).collect();
        order.sort_by_key(|(of, _)| self.rank(of));
        let raised = |(of, by): &(&Expr, i64)| match (by.abs(), of, of.operands()) {
            (1, _, _) => (*of).clone(),
            (by, Expr::Apply(Op::Pow, _), [base, exponent]) => base.clone().pow(Expr::integer(by) * exponent.clone()),
            (by, _, _) => (*of).clone().pow(Expr::integer(by)),
        };
        let mut above: Vec<Expr> = order.iter().filter(|(_, by)| *by > 0).map(raised).collect();
        if term.coefficient != Rational::ONE || above.is_empty() {
            above.insert(0, Expr::Number(term.coefficient.clone()));
        }
        let below = order.iter().filter(|(_, by)| *by < 0).map(raised).reduce(|a, b| a * b);
        let above = above.into_iter().reduce(|a, b| a * b).unwrap_or(Expr::integer(1));
        match below {
            Some(below) => above / below,
            None => above,
        }
    }

    /// Labels, constants, variables, complements, powers, functions, brackets.
    fn rank(&self, of: &Expr) -> u8 {
        match of {
            Expr::Apply(Op::D, _) => 7,
            _ if self.known.is_finite(of) => 0,
            _ if !self.known.varies(of) => 1,
            Expr::Symbol(_) => 2,
            _ if self.known.is_complement(of) => 3,
            Expr::Apply(Op::Pow, _) => 4,
            Expr::Apply(Op::Add | Op::Sub, _) => 6,
            _ if self.known.is_unit(of) => 2,
            _ => 5,
        }
    }
}

/// Like terms put together.
fn joined(terms: impl Iterator<Item = Term>) -> Vec<Term> {
    let mut sum: Vec<Term> = Vec::new();
    for term in terms {
        match sum.iter_mut().find(|known| known.factors == term.factors) {
            Some(known) => known.coefficient = &known.coefficient + &term.coefficient,
            None => sum.push(term),
        }
    }
    sum.retain(|term| !term.coefficient.is_zero());
    sum
}

fn factors_of<'e>(expr: &'e Expr, above: &mut Vec<&'e Expr>, below: &mut Vec<&'e Expr>) {
    match (expr, expr.operands()) {
        (Expr::Apply(Op::Mul, _), [a, b]) => {
            factors_of(a, above, below);
            factors_of(b, above, below);
        }
        (Expr::Apply(Op::Div, _), [a, b]) => {
            factors_of(a, above, below);
            factors_of(b, below, above);
        }
        _ => above.push(expr),
    }
}
