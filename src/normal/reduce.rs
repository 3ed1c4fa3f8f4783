//! Polynomial → coefficient, monomial and a rest that is primitive: sums that stand as generators are multiplied out
//! as far as it needs, and divided out again where they divide the rest. The rest of 0 is 0, and only of 0.

use super::atoms::{Atoms, Shape};
use super::poly::{Gen, Monomial, Poly};
use crate::rational::Rational;

/// `coefficient * monomial * rest`
#[derive(Clone, Debug)]
pub struct Factored {
    /// The number in front.
    pub coefficient: Rational,
    /// The factors that every term has.
    pub monomial: Monomial,
    /// What is left: 1, or a sum without common factor; 0 where the whole is 0.
    pub rest: Poly,
}

/// Which sums that stand as generators are multiplied out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expand {
    /// Every one.
    All,
    /// All but those of names with finitely many values, such as `2*y - 1`.
    Varying,
    /// None.
    None,
}

/// Takes the polynomial apart; `None` beyond the limit of terms.
pub fn factored(atoms: &mut Atoms, poly: &Poly, expand: Expand) -> Option<Factored> {
    let mut monomial = Monomial::one();
    let mut rest = poly.clone();
    // a sum is made of generators with lower numbers, so the highest goes first
    let mut last = usize::MAX;
    while let Some((of, sum)) = highest_sum(atoms, &rest, last, expand) {
        last = of;
        let least = rest.terms().map(|(m, _)| m.exponent(of)).min().unwrap_or(0);
        let shifted = rest.scaled(&Monomial::of(of, -least), &Rational::ONE);
        rest = shifted.replaced(of, &sum)?;
        let mut exponent = least;
        if rest.is_zero() {
            break;
        }
        while let Some(quotient) = rest.quotient(&sum) {
            rest = quotient;
            exponent += 1;
        }
        monomial = monomial.times(&Monomial::of(of, exponent));
    }
    if rest.is_zero() {
        return Some(Factored { coefficient: Rational::ZERO, monomial: Monomial::one(), rest });
    }
    let (coefficient, common, rest) = rest.primitive();
    let monomial = atoms.settled(&monomial.times(&common));
    let negative = rest.terms().next().is_some_and(|(_, first)| first.is_negative());
    Some(if negative {
        Factored { coefficient: -&coefficient, monomial, rest: rest.negated() }
    } else {
        Factored { coefficient, monomial, rest }
    })
}

/// The sum with the greatest number below `last` that occurs in it.
fn highest_sum(atoms: &Atoms, poly: &Poly, last: Gen, expand: Expand) -> Option<(Gen, Poly)> {
    let wanted = |of: &Gen| {
        *of < last
            && match expand {
                Expand::All => true,
                Expand::Varying => !atoms.known.is_finite(&atoms.get(*of).show),
                Expand::None => false,
            }
    };
    poly.generators().into_iter().rev().filter(wanted).find_map(|of| match &atoms.get(of).shape {
        Shape::Sum(sum) => Some((of, sum.clone())),
        _ => None,
    })
}
