//! Polynomials with exact coefficients over numbered atoms. Every operation is limited by count.

use std::collections::BTreeMap;

use crate::rational::Rational;

/// Most terms of a polynomial.
const MOST_TERMS: usize = 5_000;
/// Greatest sum of exponents of a term.
const GREATEST_DEGREE: u32 = 600;
/// Most digits of a coefficient that a power makes.
const MOST_DIGITS: usize = 2_000;

/// Atoms with their exponents, in the order of atoms.
type Term = Vec<(usize, u32)>;

/// A polynomial; no coefficient is 0.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Poly(BTreeMap<Term, Rational>);

impl Poly {
    /// A number.
    pub fn number(value: &Rational) -> Poly {
        let mut terms = BTreeMap::new();
        if !value.is_zero() {
            terms.insert(Vec::new(), value.clone());
        }
        Poly(terms)
    }

    /// An atom.
    pub fn atom(number: usize) -> Poly {
        Poly(BTreeMap::from([(vec![(number, 1)], Rational::ONE)]))
    }

    /// Is it 0?
    pub fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// Its value, where it is a number.
    pub fn as_number(&self) -> Option<Rational> {
        match self.0.first_key_value() {
            None => Some(Rational::ZERO),
            Some((term, value)) if term.is_empty() && self.0.len() == 1 => Some(value.clone()),
            _ => None,
        }
    }

    /// self + factor · other
    pub fn plus(&self, other: &Poly, factor: &Rational) -> Option<Poly> {
        let mut sum = self.0.clone();
        for (term, value) in &other.0 {
            add(&mut sum, term.clone(), &(value * factor));
        }
        (sum.len() <= MOST_TERMS).then_some(Poly(sum))
    }

    /// self · other; `None` beyond the limits.
    pub fn times(&self, other: &Poly) -> Option<Poly> {
        let mut product = BTreeMap::new();
        for (a, left) in &self.0 {
            for (b, right) in &other.0 {
                add(&mut product, joined(a, b)?, &(left * right));
            }
            if product.len() > MOST_TERMS {
                return None;
            }
        }
        Some(Poly(product))
    }

    /// self^power; `None` beyond the limits.
    pub fn power(&self, power: u32) -> Option<Poly> {
        let mut product = Poly::number(&Rational::ONE);
        for _ in 0..power {
            product = product.times(self)?;
            let long = |value: &Rational| {
                let (numerator, denominator) = value.digits();
                numerator.len() + denominator.len() > MOST_DIGITS
            };
            if product.0.values().any(long) {
                return None;
            }
        }
        Some(product)
    }
}

fn add(terms: &mut BTreeMap<Term, Rational>, term: Term, value: &Rational) {
    let sum = terms.get(&term).map_or_else(|| value.clone(), |old| old + value);
    if sum.is_zero() {
        terms.remove(&term);
    } else {
        terms.insert(term, sum);
    }
}

fn joined(a: &Term, b: &Term) -> Option<Term> {
    let mut all: BTreeMap<usize, u32> = a.iter().copied().collect();
    for (atom, exponent) in b {
        *all.entry(*atom).or_insert(0) += exponent;
    }
    (all.values().sum::<u32>() <= GREATEST_DEGREE).then(|| all.into_iter().collect())
}
