//! Two expressions → are they equal as polynomials, or as quotients of polynomials, over all other parts as they are
//! written?
//!
//! Less than [`super::equal`] knows, and plain enough that a step by it can be replayed by anybody: numbers, sums,
//! products and whole powers are looked into; of quotients only those whose divisor is known to be other than 0.

use std::collections::BTreeMap;

use super::poly::{Gen, Monomial, Poly};
use super::{Known, undefined};
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

/// What an elementary step of arithmetic needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Polynomials; divisors are numbers.
    Ring,
    /// Quotients of polynomials.
    Field,
}

impl Kind {
    /// The name of the rule.
    pub fn rule(self) -> &'static str {
        match self {
            Kind::Ring => "ring",
            Kind::Field => "field",
        }
    }
}

/// Greatest whole exponent that is multiplied out.
const GREATEST: i64 = 64;

/// The least that shows both to be equal, on the whole domain and undefined at the same places; `None` where neither
/// does, or a limit is hit.
pub fn kind(a: &Expr, b: &Expr, known: &Known) -> Option<Kind> {
    let equal = |field: bool| {
        let mut reader = Reader { known: field.then_some(known), ..Reader::default() };
        let difference = reader.poly(a)?.plus(&reader.poly(b)?.negated());
        reader.is_zero(difference)
    };
    let kind = [Kind::Ring, Kind::Field].into_iter().find(|kind| equal(*kind == Kind::Field) == Some(true))?;
    (undefined(a, known) == undefined(b, known)).then_some(kind)
}

/// The sum of terms that it is, with even powers of each root as powers of its square: `sqrt(a)^3` as
/// `sqrt(a)*sqrt(a)^2`, `1/sqrt(a)` as `sqrt(a)/sqrt(a)^2`. `None` where nothing becomes of it.
pub fn roots_squared(expr: &Expr, known: &Known) -> Option<Expr> {
    let mut reader = Reader { known: Some(known), ..Reader::default() };
    let read = reader.poly(expr)?;
    let written = reader.written(&read)?;
    (written != *expr).then_some(written)
}

/// Is it an operator that polynomials look into?
pub fn looks_into(expr: &Expr) -> bool {
    match (expr, expr.operands()) {
        (Expr::Apply(Op::Add | Op::Sub | Op::Mul | Op::Div | Op::Neg, _), _) => true,
        (Expr::Apply(Op::Pow, _), [_, by]) => whole(by).is_some(),
        _ => false,
    }
}

fn whole(by: &Expr) -> Option<i64> {
    by.as_number().and_then(Rational::to_i64).filter(|by| (1..=GREATEST).contains(&by.abs()))
}

/// The table of atoms, and of sums that stand below.
#[derive(Default)]
struct Reader<'a> {
    known: Option<&'a Known>,
    atoms: BTreeMap<Expr, Gen>,
    sums: BTreeMap<Gen, Poly>,
    numbered: Gen,
}

impl Reader<'_> {
    fn poly(&mut self, expr: &Expr) -> Option<Poly> {
        match (expr, expr.operands()) {
            (Expr::Number(value), _) => Some(Poly::constant(value.clone())),
            (Expr::Apply(Op::Add, _), [a, b]) => Some(self.poly(a)?.plus(&self.poly(b)?)),
            (Expr::Apply(Op::Sub, _), [a, b]) => Some(self.poly(a)?.plus(&self.poly(b)?.negated())),
            (Expr::Apply(Op::Neg, _), [a]) => Some(self.poly(a)?.negated()),
            (Expr::Apply(Op::Mul, _), [a, b]) => self.poly(a)?.times(&self.poly(b)?),
            (Expr::Apply(Op::Div, _), [a, Expr::Number(by)]) if !by.is_zero() => {
                let inverse = Rational::ONE.checked_div(by)?;
                Some(self.poly(a)?.scaled(&Monomial::one(), &inverse))
            }
            (Expr::Apply(Op::Div, _), [a, b]) if self.divides(b) => {
                let below = self.poly(b)?;
                self.poly(a)?.times(&self.inverse(below)?)
            }
            // polynomials have no quotients, not even as they are written
            (Expr::Apply(Op::Div, _), _) if self.known.is_none() => None,
            (Expr::Apply(Op::Pow, _), [a, by]) => match whole(by) {
                Some(by) if by > 0 => self.poly(a)?.power(by.unsigned_abs()),
                Some(by) if self.divides(a) => {
                    let below = self.poly(a)?;
                    self.inverse(below)?.power(by.unsigned_abs())
                }
                Some(_) if self.known.is_none() => None,
                _ => Some(self.atom(expr)),
            },
            _ => Some(self.atom(expr)),
        }
    }

    fn atom(&mut self, expr: &Expr) -> Poly {
        let next = self.numbered;
        let of = *self.atoms.entry(expr.clone()).or_insert(next);
        self.numbered = self.numbered.max(of + 1);
        Poly::generator(of, 1)
    }

    /// Is it known to be other than 0?
    fn divides(&self, by: &Expr) -> bool {
        self.known.is_some_and(|known| known.range(by).is_some_and(|range| range.nonzero().is_yes()))
    }

    fn inverse(&mut self, below: Poly) -> Option<Poly> {
        if let Some((monomial, coefficient)) = below.as_term() {
            return Some(Poly::term(monomial.power(-1), Rational::ONE.checked_div(coefficient)?));
        }
        if below.is_zero() {
            return None;
        }
        let (content, common, sum) = below.primitive();
        let of = match self.sums.iter().find(|(_, known)| **known == sum) {
            Some((of, _)) => *of,
            None => {
                self.numbered += 1;
                self.sums.insert(self.numbered - 1, sum);
                self.numbered - 1
            }
        };
        let inverse = Rational::ONE.checked_div(&content)?;
        Some(Poly::term(common.power(-1).times(&Monomial::of(of, -1)), inverse))
    }

    /// The polynomial term by term; `None` where it has no root in it.
    fn written(&self, poly: &Poly) -> Option<Expr> {
        let atoms: BTreeMap<Gen, &Expr> = self.atoms.iter().map(|(atom, of)| (*of, atom)).collect();
        let mut rooted = false;
        let mut sum: Option<Expr> = None;
        for (monomial, coefficient) in poly.terms() {
            let mut above = Expr::Number(coefficient.clone());
            let mut below: Option<Expr> = None;
            for &(of, exponent) in monomial.factors() {
                let atom = match (atoms.get(&of), self.sums.get(&of)) {
                    (Some(atom), _) => (*atom).clone(),
                    (None, Some(sum)) => self.written(sum).or_else(|| self.plain(sum))?,
                    (None, None) => return None,
                };
                let mut raise = |base: Expr, by: i64| match by {
                    0 => {}
                    1 => above = above.clone() * base,
                    2.. => above = above.clone() * base.pow(Expr::integer(by)),
                    _ => {
                        let power = if by == -1 { base } else { base.pow(Expr::integer(-by)) };
                        below = Some(below.take().map_or(power.clone(), |known| known * power));
                    }
                };
                if let Expr::Apply(Op::Sqrt, _) = atom {
                    rooted |= !(0..=1).contains(&exponent);
                    raise(atom.clone(), exponent.rem_euclid(2));
                    raise(atom.pow(Expr::integer(2)), exponent.div_euclid(2));
                } else {
                    raise(atom, exponent);
                }
            }
            let term = below.map_or(above.clone(), |below| above / below);
            sum = Some(sum.map_or(term.clone(), |sum| sum + term));
        }
        if rooted { sum } else { None }
    }

    /// The polynomial term by term, roots as they are.
    fn plain(&self, poly: &Poly) -> Option<Expr> {
        let atoms: BTreeMap<Gen, &Expr> = self.atoms.iter().map(|(atom, of)| (*of, atom)).collect();
        let power = |(of, by): &(Gen, i64)| Some((*atoms.get(of)?).clone().pow(Expr::integer(*by)));
        let term = |(monomial, coefficient): (&Monomial, &Rational)| {
            let powers: Option<Vec<Expr>> = monomial.factors().iter().map(power).collect();
            Some(powers?.into_iter().fold(Expr::Number(coefficient.clone()), |product, power| product * power))
        };
        poly.terms().map(term).collect::<Option<Vec<_>>>()?.into_iter().reduce(|a, b| a + b)
    }

    /// Is it 0 when the sums are multiplied out? A sum is made of what has lower numbers.
    fn is_zero(&self, mut difference: Poly) -> Option<bool> {
        for (&of, sum) in self.sums.iter().rev() {
            let least = difference.terms().map(|(monomial, _)| monomial.exponent(of)).min().unwrap_or(0);
            difference = difference.scaled(&Monomial::of(of, -least), &Rational::ONE).replaced(of, sum)?;
        }
        Some(difference.is_zero())
    }
}
