//! Polynomial → `Expr`.

use super::atoms::{Atoms, Base, Shape};
use super::poly::{Gen, Monomial, Poly};
use super::reduce::Factored;
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

/// An expression that is added or, where it is negative, taken away.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Addend {
    /// Is it taken away?
    pub negative: bool,
    /// Its size.
    pub size: Expr,
}

/// The sum term by term, in the order of terms but for those that are taken away, which come last.
pub fn plain(atoms: &Atoms, poly: &Poly) -> Expr {
    joined(atoms, poly.terms().map(|(monomial, coefficient)| addend(atoms, coefficient, monomial, None)).collect())
}

/// Coefficient, monomial and rest as one product, the rest term by term.
pub fn canonical(atoms: &Atoms, read: &Factored) -> Expr {
    let bracket = (read.rest.as_constant().is_none()).then(|| plain(atoms, &read.rest));
    let coefficient = match read.rest.as_constant() {
        Some(value) => &read.coefficient * &value,
        None => read.coefficient.clone(),
    };
    joined(atoms, vec![addend(atoms, &coefficient, &read.monomial, bracket)])
}

/// The sum of addends.
pub fn joined(atoms: &Atoms, mut addends: Vec<Addend>) -> Expr {
    // a complement shows as a unit where it does not come first: `gamma*p - (1 - p)`, not `1 - p + gamma*p`
    addends.sort_by_key(|addend| (addend.negative, atoms.known.is_complement(&addend.size)));
    let mut addends = addends.into_iter();
    let Some(first) = addends.next() else { return Expr::integer(0) };
    if !first.negative {
        return addends.fold(first.size, |sum, next| {
            let op = if next.negative { Op::Sub } else { Op::Add };
            Expr::apply(op, &[sum, next.size])
        });
    }
    -addends.fold(first.size, |sum, next| sum + next.size)
}

/// `coefficient * monomial * bracket`; the coefficient is not 0 unless it is the whole.
pub fn addend(atoms: &Atoms, coefficient: &Rational, monomial: &Monomial, bracket: Option<Expr>) -> Addend {
    let negative = coefficient.is_negative();
    let size = if negative { -coefficient } else { coefficient.clone() };
    let mut factors: Vec<(Gen, i64)> = monomial.factors().to_vec();
    factors.sort_by_key(|(of, _)| (rank(atoms, *of), *of));
    let mut above: Vec<Expr> = Vec::new();
    let mut below: Vec<Expr> = Vec::new();
    for (of, exponent) in factors {
        match &atoms.get(of).shape {
            Shape::Power(Base::E, ..) => above.push(factor(atoms, of, exponent)),
            _ if exponent > 0 => above.push(factor(atoms, of, exponent)),
            _ => below.push(factor(atoms, of, -exponent)),
        }
    }
    // a bracket of constants stands before what varies: (1 + 2*gamma)*p
    let constant = |expr: &Expr| !expr.symbols().iter().any(|name| atoms.known.varying.contains(name));
    let place =
        bracket.as_ref().filter(|bracket| constant(bracket)).and_then(|_| above.iter().position(|f| !constant(f)));
    above.splice(place.unwrap_or(above.len())..place.unwrap_or(above.len()), bracket);
    if size != Rational::ONE || above.is_empty() {
        above.insert(0, Expr::Number(size));
    }
    let product = |factors: Vec<Expr>| factors.into_iter().reduce(|a, b| a * b);
    let above = product(above).unwrap_or(Expr::integer(1));
    let size = match product(below) {
        Some(below) => above / below,
        None => above,
    };
    Addend { negative, size }
}

/// Where a factor stands in a product: finite names, constants, variables, complements, powers, functions.
fn rank(atoms: &Atoms, of: Gen) -> u8 {
    match &atoms.get(of).shape {
        Shape::Sum(_) if atoms.known.is_finite(&atoms.get(of).show) => 0,
        Shape::Sum(_) => 3,
        Shape::Power(..) => 4,
        Shape::Leaf(Expr::Number(_)) => 1,
        Shape::Leaf(Expr::Symbol(name)) if !atoms.known.varying.contains(name) => 1,
        Shape::Leaf(Expr::Symbol(_)) => 2,
        Shape::Leaf(_) => 5,
    }
}

/// `generator^exponent`
fn factor(atoms: &Atoms, of: Gen, exponent: i64) -> Expr {
    let generator = atoms.get(of);
    match &generator.shape {
        Shape::Power(base, monomial, unit) => {
            power(atoms, *base, &Poly::term(monomial.clone(), unit * &Rational::from(exponent)))
        }
        _ if exponent == 1 => generator.show.clone(),
        _ => generator.show.clone().pow(Expr::integer(exponent)),
    }
}

/// `base^exponent`
pub fn power(atoms: &Atoms, base: Base, exponent: &Poly) -> Expr {
    let written = plain(atoms, exponent);
    match base {
        Base::E => written.exp(),
        Base::Of(of) if exponent.as_constant() == Rational::ratio(1, 2) => atoms.get(of).show.clone().sqrt(),
        Base::Of(of) => atoms.get(of).show.clone().pow(written),
    }
}
