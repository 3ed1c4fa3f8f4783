//! Polynomials with exact coefficients over numbered generators; exponents are whole and may be negative.

use std::cmp::Ordering;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::rational::Rational;

/// The number of a generator in its table.
pub type Gen = usize;

/// Most terms of a polynomial.
pub const TERMS: usize = 600;

/// A product of powers of generators.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Monomial(Vec<(Gen, i64)>);

impl Monomial {
    /// The empty product.
    pub fn one() -> Monomial {
        Monomial::default()
    }

    /// `generator^exponent`
    pub fn of(generator: Gen, exponent: i64) -> Monomial {
        Monomial(if exponent == 0 { Vec::new() } else { vec![(generator, exponent)] })
    }

    /// Is it the empty product?
    pub fn is_one(&self) -> bool {
        self.0.is_empty()
    }

    /// Its factors by generator.
    pub fn factors(&self) -> &[(Gen, i64)] {
        &self.0
    }

    /// The exponent of the generator; 0 where it does not occur.
    pub fn exponent(&self, generator: Gen) -> i64 {
        self.0.iter().find(|(of, _)| *of == generator).map_or(0, |(_, exponent)| *exponent)
    }

    /// The product.
    pub fn times(&self, other: &Monomial) -> Monomial {
        let mut exponents: BTreeMap<Gen, i64> = self.0.iter().copied().collect();
        for (generator, exponent) in &other.0 {
            *exponents.entry(*generator).or_default() += exponent;
        }
        Monomial(exponents.into_iter().filter(|(_, exponent)| *exponent != 0).collect())
    }

    /// It to a whole power.
    pub fn power(&self, by: i64) -> Monomial {
        Monomial(if by == 0 { Vec::new() } else { self.0.iter().map(|(of, e)| (*of, e * by)).collect() })
    }

    /// It without the generator.
    pub fn without(&self, generator: Gen) -> Monomial {
        Monomial(self.0.iter().copied().filter(|(of, _)| *of != generator).collect())
    }

    /// The order by the first exponent that differs: it agrees with multiplication.
    fn lexicographic(&self, other: &Monomial) -> Ordering {
        let generators: BTreeSet<Gen> = self.0.iter().chain(&other.0).map(|(of, _)| *of).collect();
        let differing = generators.into_iter().map(|of| self.exponent(of).cmp(&other.exponent(of)));
        differing.into_iter().find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
    }
}

/// A sum of terms: monomials with coefficients other than 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Poly(BTreeMap<Monomial, Rational>);

impl Poly {
    /// A constant.
    pub fn constant(value: Rational) -> Poly {
        Poly::term(Monomial::one(), value)
    }

    /// One term.
    pub fn term(monomial: Monomial, coefficient: Rational) -> Poly {
        let mut terms = BTreeMap::new();
        if !coefficient.is_zero() {
            terms.insert(monomial, coefficient);
        }
        Poly(terms)
    }

    /// `generator^exponent`
    pub fn generator(generator: Gen, exponent: i64) -> Poly {
        Poly::term(Monomial::of(generator, exponent), Rational::ONE)
    }

    /// Its terms.
    pub fn terms(&self) -> impl Iterator<Item = (&Monomial, &Rational)> {
        self.0.iter()
    }

    /// Number of terms.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Is it 0?
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// Its value where it is a constant.
    pub fn as_constant(&self) -> Option<Rational> {
        match self.as_term() {
            Some((monomial, coefficient)) => monomial.is_one().then(|| coefficient.clone()),
            None => self.is_zero().then_some(Rational::ZERO),
        }
    }

    /// The one term, where it has one.
    pub fn as_term(&self) -> Option<(&Monomial, &Rational)> {
        if self.0.len() == 1 { self.0.iter().next() } else { None }
    }

    /// Every generator that occurs in it.
    pub fn generators(&self) -> BTreeSet<Gen> {
        self.0.keys().flat_map(|monomial| monomial.0.iter().map(|(of, _)| *of)).collect()
    }

    /// The sum.
    pub fn plus(&self, other: &Poly) -> Poly {
        let mut sum = self.clone();
        other.0.iter().for_each(|(monomial, coefficient)| sum.add(monomial.clone(), coefficient));
        sum
    }

    fn add(&mut self, monomial: Monomial, coefficient: &Rational) {
        match self.0.entry(monomial) {
            Entry::Vacant(free) => drop(free.insert(coefficient.clone())),
            Entry::Occupied(mut known) => {
                let sum = known.get() + coefficient;
                if sum.is_zero() {
                    known.remove();
                } else {
                    known.insert(sum);
                }
            }
        }
    }

    /// It times one term.
    pub fn scaled(&self, by: &Monomial, coefficient: &Rational) -> Poly {
        if coefficient.is_zero() {
            return Poly::default();
        }
        Poly(self.0.iter().map(|(monomial, known)| (monomial.times(by), known * coefficient)).collect())
    }

    /// −self
    pub fn negated(&self) -> Poly {
        self.scaled(&Monomial::one(), &Rational::from(-1))
    }

    /// The product; `None` beyond the limit of terms.
    pub fn times(&self, other: &Poly) -> Option<Poly> {
        if self.len().saturating_mul(other.len()) > 16 * TERMS {
            return None;
        }
        let mut product = Poly::default();
        for (a, c) in &self.0 {
            other.0.iter().for_each(|(b, d)| product.add(a.times(b), &(c * d)));
        }
        (product.len() <= TERMS).then_some(product)
    }

    /// It to a whole power from 0; `None` beyond the limit of terms.
    pub fn power(&self, by: u64) -> Option<Poly> {
        (0..by).try_fold(Poly::constant(Rational::ONE), |product, _| product.times(self))
    }

    /// The generator replaced by a polynomial; `None` beyond the limit, or where an exponent of it is below 0.
    pub fn replaced(&self, generator: Gen, by: &Poly) -> Option<Poly> {
        let mut powers = vec![Poly::constant(Rational::ONE)];
        let mut sum = Poly::default();
        for (monomial, coefficient) in &self.0 {
            let exponent = usize::try_from(monomial.exponent(generator)).ok()?;
            while powers.len() <= exponent {
                powers.push(powers.last()?.times(by)?);
            }
            let rest = monomial.without(generator);
            powers[exponent].0.iter().for_each(|(m, c)| sum.add(m.times(&rest), &(c * coefficient)));
            if sum.len() > TERMS {
                return None;
            }
        }
        Some(sum)
    }

    /// The greatest monomial that divides every term (its exponents may be below 0).
    pub fn common(&self) -> Monomial {
        let least = |of: Gen| self.0.keys().map(|monomial| monomial.exponent(of)).min().unwrap_or(0);
        Monomial(self.generators().into_iter().map(|of| (of, least(of))).filter(|(_, e)| *e != 0).collect())
    }

    /// Coefficient (above 0), monomial and what is left: their product is self, which is not 0.
    pub fn primitive(&self) -> (Rational, Monomial, Poly) {
        let content = self.0.values().fold(Rational::ZERO, |known, coefficient| known.gcd(coefficient));
        let common = self.common();
        let inverse = Rational::ONE.checked_div(&content).unwrap_or(Rational::ONE);
        (content, common.clone(), self.scaled(&common.power(-1), &inverse))
    }

    /// The exact quotient; `None` where there is none. `by` is primitive and not constant.
    pub fn quotient(&self, by: &Poly) -> Option<Poly> {
        let shift = self.common();
        let mut left = self.scaled(&shift.power(-1), &Rational::ONE);
        let (lead, coefficient) = by.leading()?;
        let (down, inverse) = (lead.power(-1), Rational::ONE.checked_div(coefficient)?);
        let mut quotient = Poly::default();
        while let Some((monomial, known)) = left.leading() {
            let (factor, ratio) = (monomial.times(&down), known * &inverse);
            if factor.0.iter().any(|(_, exponent)| *exponent < 0) || quotient.len() > TERMS {
                return None;
            }
            let lost = -&ratio;
            by.0.iter().for_each(|(m, c)| left.add(m.times(&factor), &(c * &lost)));
            quotient.add(factor, &ratio);
        }
        Some(quotient.scaled(&shift, &Rational::ONE))
    }

    fn leading(&self) -> Option<(&Monomial, &Rational)> {
        self.0.iter().max_by(|(a, _), (b, _)| a.lexicographic(b))
    }

    /// The terms that hold the generator, and the others.
    pub fn split(&self, generator: Gen) -> (Poly, Poly) {
        let (with, without) = self.0.clone().into_iter().partition(|(m, _)| m.exponent(generator) != 0);
        (Poly(with), Poly(without))
    }
}
