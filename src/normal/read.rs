//! `Expr` → polynomial over the table's generators.
//!
//! Every step holds on the whole domain: a divisor is taken apart only where it is known to be other than 0, a base
//! only where it is known to be above 0; what is not known stays an expression that is not looked into.

use super::atoms::{Atoms, Base, Shape};
use super::poly::{Monomial, Poly};
use super::{reduce, write};
use crate::expr::Expr;
use crate::interval::Interval;
use crate::op::Op;
use crate::rational::Rational;

/// Greatest whole exponent that is multiplied out.
const GREATEST: i64 = 64;

/// Reads the expression; `None` where the limit of terms is hit.
pub fn poly(atoms: &mut Atoms, expr: &Expr) -> Option<Poly> {
    let Expr::Apply(op, operands) = expr else {
        return Some(match expr.as_number() {
            Some(value) => Poly::constant(value.clone()),
            None => Poly::generator(atoms.leaf(expr.clone(), expr), 1),
        });
    };
    let read = match (op, &**operands) {
        (Op::Add, [a, b]) => {
            let (a, b) = (poly(atoms, a)?, poly(atoms, b)?);
            whole(atoms, expr, a.plus(&b))
        }
        (Op::Sub, [a, b]) => {
            let (a, b) = (poly(atoms, a)?, poly(atoms, b)?);
            whole(atoms, expr, a.plus(&b.negated()))
        }
        (Op::Neg, [a]) => poly(atoms, a)?.negated(),
        (Op::Mul, [a, b]) => poly(atoms, a)?.times(&poly(atoms, b)?)?,
        (Op::Div, [a, b]) => poly(atoms, a)?.times(&inverse(atoms, b)?)?,
        (Op::Pow, [a, b]) => match power(atoms, a, b)? {
            Some(read) => read,
            None => opaque(atoms, expr),
        },
        (Op::Exp, [a]) => {
            let exponent = poly(atoms, a)?;
            raised(atoms, Base::E, &exponent)
        }
        (Op::Sqrt, [a]) => {
            let half = Rational::ratio(1, 2).map(Poly::constant)?;
            match positive_power(atoms, a, &half)? {
                Some(read) => read,
                None => opaque(atoms, expr),
            }
        }
        _ => opaque(atoms, expr),
    };
    (read.len() <= super::poly::TERMS).then(|| if atoms.has_roots(&read) { atoms.settled_all(&read) } else { read })
}

/// A sum of nothing but names with finitely many values is kept whole: `2*y - 1` is one factor.
fn whole(atoms: &mut Atoms, expr: &Expr, read: Poly) -> Poly {
    if read.len() < 2 || !atoms.known.is_finite(expr) {
        return read;
    }
    let (content, common, sum) = read.primitive();
    let range = atoms.known.range(&write::plain(atoms, &sum));
    let minus = match range {
        Some(range) if range.nonnegative().is_yes() => false,
        Some(range) if range.neg().nonnegative().is_yes() => true,
        _ => sum.terms().last().is_some_and(|(_, coefficient)| coefficient.is_negative()),
    };
    let (content, sum) = if minus { (-&content, sum.negated()) } else { (content, sum) };
    Poly::generator(atoms.sum(sum), 1).scaled(&common, &content)
}

/// An expression that is not looked into, but whose operands are brought into normal form.
fn opaque(atoms: &mut Atoms, expr: &Expr) -> Poly {
    let key = key(atoms, expr);
    Poly::generator(atoms.leaf(key, expr), 1)
}

fn key(atoms: &mut Atoms, expr: &Expr) -> Expr {
    let Expr::Apply(op, operands) = expr else { return expr.clone() };
    let operands: Vec<Expr> = operands
        .iter()
        .map(|operand| match operand {
            Expr::Apply(inner, _) if inner.is_comparison() => key(atoms, operand),
            Expr::Apply(..) => normal(atoms, operand),
            _ => operand.clone(),
        })
        .collect();
    Expr::apply(*op, &operands)
}

/// The expression in normal form; itself beyond the limits.
fn normal(atoms: &mut Atoms, expr: &Expr) -> Expr {
    let read = poly(atoms, expr).and_then(|read| reduce::factored(atoms, &read));
    read.map_or_else(|| expr.clone(), |read| write::canonical(atoms, &read))
}

/// `1/expr`
fn inverse(atoms: &mut Atoms, expr: &Expr) -> Option<Poly> {
    let read = poly(atoms, expr)?;
    let nonzero = atoms.known.range(expr).is_some_and(|range| range.nonzero().is_yes());
    match read.as_term() {
        Some((monomial, coefficient)) => {
            let known = |of: usize| atoms.get(of).range.is_some_and(|range| range.nonzero().is_yes());
            if nonzero || monomial.factors().iter().all(|(of, _)| known(*of)) {
                let inverse = Rational::ONE.checked_div(coefficient)?;
                return Some(Poly::term(monomial.power(-1), inverse));
            }
        }
        None if nonzero && !read.is_zero() => {
            let (factor, sum) = signed(atoms, &read);
            let (monomial, coefficient) = factor.as_term()?;
            let of = atoms.sum(sum);
            let inverse = Rational::ONE.checked_div(coefficient)?;
            return Some(Poly::term(monomial.power(-1).times(&Monomial::of(of, -1)), inverse));
        }
        None => {}
    }
    Some(opaque(atoms, &Expr::apply(Op::Div, &[Expr::integer(1), expr.clone()])))
}

/// One term, and a primitive sum that is above 0 where its sign is known, else led by a coefficient above 0.
fn signed(atoms: &Atoms, read: &Poly) -> (Poly, Poly) {
    let (content, common, sum) = read.primitive();
    let range = atoms.known.range(&write::plain(atoms, &sum));
    let minus = match range.map(|range| (range.positive().is_yes(), range.negative().is_yes())) {
        Some((true, _)) => false,
        Some((_, true)) => true,
        _ => sum.terms().next().is_some_and(|(_, coefficient)| coefficient.is_negative()),
    };
    if minus { (Poly::term(common, -&content), sum.negated()) } else { (Poly::term(common, content), sum) }
}

/// `base^exponent`; inner `None` where too little is known of the base.
fn power(atoms: &mut Atoms, base: &Expr, exponent: &Expr) -> Option<Option<Poly>> {
    let exponent = poly(atoms, exponent)?;
    let whole = exponent.as_constant().and_then(|value| value.to_i64()).filter(|value| value.abs() <= GREATEST);
    match whole {
        Some(0) => {
            let nonzero = atoms.known.range(base).is_some_and(|range| range.nonzero().is_yes());
            Some(nonzero.then(|| Poly::constant(Rational::ONE)))
        }
        Some(by) if by > 0 => poly(atoms, base)?.power(by.unsigned_abs()).map(Some),
        Some(by) => inverse(atoms, base)?.power(by.unsigned_abs()).map(Some),
        None => positive_power(atoms, base, &exponent),
    }
}

/// `base^exponent` for a base above 0.
fn positive_power(atoms: &mut Atoms, base: &Expr, exponent: &Poly) -> Option<Option<Poly>> {
    let positive = |range: Option<Interval>| range.is_some_and(|range| range.positive().is_yes());
    if !positive(atoms.known.range(base)) {
        return Some(None);
    }
    let read = poly(atoms, base)?;
    let (factor, sum) = if read.len() == 1 { (read, None) } else { split(atoms, &read) };
    let Some((monomial, coefficient)) = factor.as_term() else { return Some(None) };
    if coefficient.is_negative() || !monomial.factors().iter().all(|(of, _)| positive(atoms.get(*of).range)) {
        return Some(None);
    }
    let mut product = Poly::constant(Rational::ONE);
    if *coefficient != Rational::ONE {
        let number = Expr::Number(coefficient.clone());
        let of = atoms.leaf(number.clone(), &number);
        product = product.times(&raised(atoms, Base::Of(of), exponent))?;
    }
    for &(of, times) in monomial.factors() {
        let exponent = exponent.scaled(&Monomial::one(), &Rational::from(times));
        let factor = match atoms.get(of).shape.clone() {
            Shape::Power(inner, by, unit) => raised(atoms, inner, &exponent.scaled(&by, &unit)),
            _ => raised(atoms, Base::Of(of), &exponent),
        };
        product = product.times(&factor)?;
    }
    if let Some(sum) = sum {
        let of = atoms.sum(sum);
        product = product.times(&raised(atoms, Base::Of(of), exponent))?;
    }
    Some(Some(product))
}

/// Content above 0 and a primitive sum above 0; the whole as the sum where a factor's sign is not known.
fn split(atoms: &Atoms, read: &Poly) -> (Poly, Option<Poly>) {
    let (factor, sum) = signed(atoms, read);
    let positive = |of: usize| atoms.get(of).range.is_some_and(|range| range.positive().is_yes());
    let known = factor.as_term().is_some_and(|(monomial, coefficient)| {
        !coefficient.is_negative() && monomial.factors().iter().all(|(of, _)| positive(*of))
    });
    if known { (factor, Some(sum)) } else { (Poly::constant(Rational::ONE), Some(read.clone())) }
}

/// `base^exponent`, term of the exponent by term.
fn raised(atoms: &mut Atoms, base: Base, exponent: &Poly) -> Poly {
    let mut product = Monomial::one();
    for (monomial, coefficient) in exponent.terms() {
        product = product.times(&atoms.power(base, monomial, coefficient));
    }
    Poly::term(product, Rational::ONE)
}
