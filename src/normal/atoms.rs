//! The table of generators: what polynomials are made of, each with what is known of it.
//!
//! A generator is an expression that arithmetic does not look into, a sum that stands as the base of a power or is
//! kept whole, or a power with an exponent that is not a whole number. Different generators are treated as
//! independent, which can miss an identity but never makes one up.

use std::collections::BTreeMap;

use super::poly::{Gen, Monomial, Poly};
use super::{Known, write};
use crate::expr::Expr;
use crate::interval::Interval;
use crate::rational::Rational;

/// What is raised to a power that is no whole number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Base {
    /// Euler's number: `exp(a)`.
    E,
    /// A generator, above 0.
    Of(Gen),
}

/// The shape of a generator.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// An expression that arithmetic does not look into, its operands in normal form.
    Leaf(Expr),
    /// A primitive sum, other than 0 where it has an exponent below 0.
    Sum(Poly),
    /// `base^(coefficient*monomial)`
    Power(Base, Monomial, Rational),
}

/// A generator and what is known of it.
#[derive(Clone, Debug)]
pub struct Generator {
    /// Its shape.
    pub shape: Shape,
    /// How it is written.
    pub show: Expr,
    /// Its values; `None` where it may be undefined.
    pub range: Option<Interval>,
    /// Where it stands in a product.
    pub rank: u8,
}

/// The table: generators by number.
pub struct Atoms<'a> {
    /// What is known of names.
    pub known: &'a Known,
    /// Are sums in products kept whole?
    pub keeps_sums: bool,
    generators: Vec<Generator>,
    by_shape: BTreeMap<Shape, Gen>,
}

impl<'a> Atoms<'a> {
    /// An empty table.
    pub fn new(known: &'a Known, keeps_sums: bool) -> Atoms<'a> {
        Atoms { known, keeps_sums, generators: Vec::new(), by_shape: BTreeMap::new() }
    }

    /// The generator of that number.
    pub fn get(&self, generator: Gen) -> &Generator {
        &self.generators[generator]
    }

    /// The number of an expression that arithmetic does not look into; `key` is it with operands in normal form.
    pub fn leaf(&mut self, key: Expr, show: &Expr) -> Gen {
        let range = self.known.range(show);
        self.entry(Shape::Leaf(key), show.clone(), range)
    }

    /// The number of a primitive sum.
    pub fn sum(&mut self, poly: Poly) -> Gen {
        if let Some(&known) = self.by_shape.get(&Shape::Sum(poly.clone())) {
            return known;
        }
        let show = write::plain(self, &poly);
        self.sum_shown(poly, &show)
    }

    /// The number of a primitive sum that is written like this.
    pub fn sum_shown(&mut self, poly: Poly, show: &Expr) -> Gen {
        let range = self.known.range(show);
        self.entry(Shape::Sum(poly), show.clone(), range)
    }

    /// `base^(coefficient*monomial)` as a power of a generator: the first of its kind is the unit of the others.
    pub fn power(&mut self, base: Base, monomial: &Monomial, coefficient: &Rational) -> Monomial {
        if monomial.is_one() && base != Base::E {
            return self.constant_power(base, coefficient);
        }
        for (number, generator) in self.generators.iter().enumerate() {
            let Shape::Power(of, exponent, unit) = &generator.shape else { continue };
            let times = coefficient.checked_div(unit).and_then(|ratio| ratio.to_i64());
            if let (true, Some(times)) = (*of == base && exponent == monomial, times.filter(|times| times.abs() <= 64))
            {
                return Monomial::of(number, times);
            }
        }
        let shape = Shape::Power(base, monomial.clone(), coefficient.clone());
        let show = write::power(self, base, &Poly::term(monomial.clone(), coefficient.clone()));
        let range = self.known.range(&show);
        Monomial::of(self.entry(shape, show, range), 1)
    }

    /// `base^(n/d)`: a whole power, and a power of `base^(1/d)` below the d-th.
    fn constant_power(&mut self, base: Base, exponent: &Rational) -> Monomial {
        let Base::Of(of) = base else { return Monomial::one() };
        let (whole, part) = exponent.floor();
        let Some((whole, (times, root))) = whole.to_i64().zip(part.small_ratio()) else {
            let shape = Shape::Power(base, Monomial::one(), exponent.clone());
            let show = write::power(self, base, &Poly::constant(exponent.clone()));
            let range = self.known.range(&show);
            return Monomial::of(self.entry(shape, show, range), 1);
        };
        if times == 0 {
            return Monomial::of(of, whole);
        }
        let unit = Rational::ratio(1, root).unwrap_or(Rational::ONE);
        let show = write::power(self, base, &Poly::constant(unit.clone()));
        let range = self.known.range(&show);
        let root = self.entry(Shape::Power(base, Monomial::one(), unit), show, range);
        Monomial::of(of, whole).times(&Monomial::of(root, times))
    }

    /// The product with every root below the power that makes it whole: `sqrt(a)*sqrt(a)` is `a`.
    pub fn settled(&mut self, monomial: &Monomial) -> Monomial {
        let mut settled = Monomial::one();
        for &(of, exponent) in monomial.factors() {
            let factor = match self.generators[of].shape.clone() {
                Shape::Power(base @ Base::Of(_), inner, unit) if inner.is_one() => {
                    self.constant_power(base, &(&unit * &Rational::from(exponent)))
                }
                _ => Monomial::of(of, exponent),
            };
            settled = settled.times(&factor);
        }
        settled
    }

    /// The polynomial with every root settled.
    pub fn settled_all(&mut self, poly: &Poly) -> Poly {
        let mut settled = Poly::default();
        for (monomial, coefficient) in poly.terms() {
            settled = settled.plus(&Poly::term(self.settled(monomial), coefficient.clone()));
        }
        settled
    }

    /// Is there a root in it?
    pub fn has_roots(&self, poly: &Poly) -> bool {
        let root =
            |of: &Gen| matches!(&self.generators[*of].shape, Shape::Power(Base::Of(_), inner, _) if inner.is_one());
        poly.generators().iter().any(root)
    }

    fn entry(&mut self, shape: Shape, show: Expr, range: Option<Interval>) -> Gen {
        *self.by_shape.entry(shape.clone()).or_insert_with(|| {
            let rank = write::rank(self.known, &shape, &show);
            self.generators.push(Generator { shape, show, range, rank });
            self.generators.len() - 1
        })
    }
}
