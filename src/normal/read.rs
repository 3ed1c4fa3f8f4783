//! `Expr` → polynomial over the table's generators.
//!
//! Every step holds on the whole domain: a divisor is taken apart only where it is known to be other than 0, a base
//! only where it is known to be above 0; what is not known stays an expression that is not looked into.

use super::atoms::{Atoms, Base, Shape};
use super::poly::{Monomial, Poly};
use super::reduce::Expand;
use super::{reduce, undefined, write};
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
            finite(atoms, expr, a.plus(&b))
        }
        (Op::Sub, [a, b]) => {
            let (a, b) = (poly(atoms, a)?, poly(atoms, b)?);
            finite(atoms, expr, a.plus(&b.negated()))
        }
        (Op::Neg, [a]) => poly(atoms, a)?.negated(),
        (Op::Mul, [a, b]) => factor(atoms, a)?.times(&factor(atoms, b)?)?,
        (Op::Div, [a, b]) => factor(atoms, a)?.times(&inverse(atoms, b)?)?,
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
        (Op::Where, [condition, yes, no]) => choice(atoms, expr, [condition, yes, no])?,
        _ => opaque(atoms, expr),
    };
    (read.len() <= super::poly::TERMS).then(|| if atoms.has_roots(&read) { atoms.settled_all(&read) } else { read })
}

/// A sum of nothing but names with finitely many values is kept whole: `2*y - 1` is one factor.
fn finite(atoms: &mut Atoms, expr: &Expr, read: Poly) -> Poly {
    if read.len() > 1 && atoms.known.is_finite(expr) { whole(atoms, expr, &read) } else { read }
}

/// A factor of a product: a sum is kept whole where the table wants it.
fn factor(atoms: &mut Atoms, expr: &Expr) -> Option<Poly> {
    let read = poly(atoms, expr)?;
    let sum = matches!(expr, Expr::Apply(Op::Add | Op::Sub, _)) && read.len() > 1;
    Some(if atoms.keeps_sums && sum { whole(atoms, expr, &read) } else { read })
}

/// The sum as one generator times what its terms share.
fn whole(atoms: &mut Atoms, expr: &Expr, read: &Poly) -> Poly {
    let (factor, sum) = signed(atoms, read);
    let known = atoms.known;
    let plain = write::plain(atoms, &sum);
    let shorter = factor.as_constant() == Some(Rational::ONE) && known.cost(expr) < known.cost(&plain);
    let of = atoms.sum_shown(sum, if shorter { expr } else { &plain });
    Poly::generator(of, 1).times(&factor).unwrap_or_else(|| read.clone())
}

/// An expression that is not looked into. Its operands are: in normal form they tell it from others, and it is
/// written with the shortest.
fn opaque(atoms: &mut Atoms, expr: &Expr) -> Poly {
    let (key, show) = inside(atoms, expr);
    Poly::generator(atoms.leaf(key, &show), 1)
}

fn inside(atoms: &mut Atoms, expr: &Expr) -> (Expr, Expr) {
    let Expr::Apply(op, operands) = expr else { return (expr.clone(), expr.clone()) };
    let both = operands.iter().map(|operand| match operand {
        Expr::Apply(inner, _) if inner.is_comparison() => inside(atoms, operand),
        Expr::Apply(..) => normal(atoms, operand),
        _ => (operand.clone(), operand.clone()),
    });
    let (keys, shows): (Vec<Expr>, Vec<Expr>) = both.unzip();
    (Expr::apply(*op, &keys), Expr::apply(*op, &shows))
}

/// The expression in normal form, and the shortest way found to write it; itself beyond the limits.
fn normal(atoms: &mut Atoms, expr: &Expr) -> (Expr, Expr) {
    let Some(read) = poly(atoms, expr).and_then(|read| reduce::factored(atoms, &read, Expand::All)) else {
        return (expr.clone(), expr.clone());
    };
    let cost = |form: &Expr| atoms.known.cost(form);
    let key = write::canonical(atoms, &read);
    let place = undefined(expr, atoms.known);
    let same = |form: &Expr| cost(form) < cost(expr) && undefined(form, atoms.known) == place;
    let shorter = if same(&key) { Some(key.clone()) } else { None };
    (key, shorter.unwrap_or_else(|| expr.clone()))
}

/// A choice between equal branches is none.
fn choice(atoms: &mut Atoms, expr: &Expr, [condition, yes, no]: [&Expr; 3]) -> Option<Poly> {
    let settled = atoms.known.range(condition).is_some() && normal(atoms, yes).0 == normal(atoms, no).0;
    if settled { poly(atoms, yes) } else { Some(opaque(atoms, expr)) }
}

/// `1/expr`
fn inverse(atoms: &mut Atoms, expr: &Expr) -> Option<Poly> {
    let nonzero = atoms.known.range(expr).is_some_and(|range| range.nonzero().is_yes());
    match inverted(atoms, expr, nonzero)? {
        Some(read) => Some(read),
        None => Some(opaque(atoms, &Expr::apply(Op::Div, &[Expr::integer(1), expr.clone()]))),
    }
}

/// `1/expr`, factor by factor; inner `None` where a factor may be 0 as far as is known.
fn inverted(atoms: &mut Atoms, expr: &Expr, nonzero: bool) -> Option<Option<Poly>> {
    let both = |a: Option<Poly>, b: Option<Poly>| match (a, b) {
        (Some(a), Some(b)) => a.times(&b).map(Some),
        _ => Some(None),
    };
    let whole = |by: &Expr| by.as_number().and_then(Rational::to_i64).filter(|by| (1..=GREATEST).contains(by));
    match (expr, expr.operands()) {
        (Expr::Apply(Op::Neg, _), [a]) => Some(inverted(atoms, a, nonzero)?.map(|read| read.negated())),
        (Expr::Apply(Op::Mul, _), [a, b]) => both(inverted(atoms, a, nonzero)?, inverted(atoms, b, nonzero)?),
        (Expr::Apply(Op::Div, _), [a, b]) => both(inverted(atoms, a, nonzero)?, factor(atoms, b)),
        (Expr::Apply(Op::Pow, _), [a, by]) if whole(by).is_some() => {
            let Some(read) = inverted(atoms, a, nonzero)? else { return Some(None) };
            read.power(whole(by)?.unsigned_abs()).map(Some)
        }
        _ => undivided(atoms, expr, nonzero),
    }
}

/// `1/expr` for what is no product.
fn undivided(atoms: &mut Atoms, expr: &Expr, nonzero: bool) -> Option<Option<Poly>> {
    let read = poly(atoms, expr)?;
    let known = |range: Option<Interval>| range.is_some_and(|range| range.nonzero().is_yes());
    if let Some((monomial, coefficient)) = read.as_term() {
        let each = nonzero || monomial.factors().iter().all(|(of, _)| known(atoms.get(*of).range));
        let inverse = Rational::ONE.checked_div(coefficient)?;
        return Some(each.then(|| Poly::term(monomial.power(-1), inverse)));
    }
    if read.is_zero() || !(nonzero || known(atoms.known.range(expr))) {
        return Some(None);
    }
    let (factor, sum) = signed(atoms, &read);
    if !known(atoms.known.range(&write::plain(atoms, &sum))) {
        return Some(None);
    }
    let (monomial, coefficient) = factor.as_term()?;
    let of = atoms.sum(sum);
    let inverse = Rational::ONE.checked_div(coefficient)?;
    Some(Some(Poly::term(monomial.power(-1).times(&Monomial::of(of, -1)), inverse)))
}

/// One term, and a primitive sum that is at least 0 where its sign is known, else ends in a coefficient above 0.
fn signed(atoms: &Atoms, read: &Poly) -> (Poly, Poly) {
    let (content, common, sum) = read.primitive();
    let minus = match atoms.known.range(&write::plain(atoms, &sum)) {
        Some(range) if range.nonnegative().is_yes() => false,
        Some(range) if range.neg().nonnegative().is_yes() => true,
        _ => sum.terms().last().is_some_and(|(_, coefficient)| coefficient.is_negative()),
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
        Some(by) if by > 0 => factor(atoms, base)?.power(by.unsigned_abs()).map(Some),
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
