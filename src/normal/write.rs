//! Polynomial → `Expr`.

use super::Known;
use super::atoms::{Atoms, Base, Shape};
use super::poly::{Gen, Monomial, Poly};
use super::reduce::Factored;
use crate::cost::{self, Cost};
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

/// An expression that is added or, where it is negative, taken away.
#[derive(Clone, Debug)]
pub struct Addend {
    /// Is it taken away?
    pub negative: bool,
    /// Its size.
    pub size: Expr,
    /// What the size counts for.
    pub weight: Weight,
}

/// What a form is compared by.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    /// Its cost.
    pub cost: Cost,
    /// How many complements come first in a sum, where they do not show as units.
    pub hidden: usize,
    /// Is it a complement itself?
    complement: bool,
}

/// What the expression counts for.
fn weight(atoms: &Atoms, expr: &Expr) -> Weight {
    let operands: Vec<Weight> = expr.operands().iter().map(|operand| weight(atoms, operand)).collect();
    let complement = atoms.known.is_complement(expr);
    let inside = operands.iter().map(|operand| operand.hidden).sum::<usize>();
    match expr {
        Expr::Apply(op, _) => {
            let costs: Vec<Cost> = operands.iter().map(|operand| operand.cost).collect();
            let first = matches!(op, Op::Add | Op::Sub) && operands[0].complement;
            Weight { cost: Cost::apply(*op, &costs, complement), hidden: inside + usize::from(first), complement }
        }
        _ => Weight { cost: Cost::leaf(cost::LEAF), hidden: 0, complement },
    }
}

/// What the sum of the addends counts for.
pub fn sum_weight(addends: &[Addend]) -> (u32, usize, usize) {
    let order = ordered(addends);
    let Some(first) = order.first() else { return (cost::LEAF, 0, 0) };
    let sum = order[1..].iter().fold(first.weight.cost, |sum, next| {
        let op = if next.negative && !first.negative { Op::Sub } else { Op::Add };
        Cost::apply(op, &[sum, next.weight.cost], false)
    });
    let whole = if first.negative { Cost::apply(Op::Neg, &[sum], false) } else { sum };
    let hidden = order.iter().map(|addend| addend.weight.hidden).sum::<usize>();
    (whole.total, hidden + usize::from(first.weight.complement && order.len() > 1), order.len())
}

/// The sum term by term, in the order of terms but for those that are taken away, which come last.
pub fn plain(atoms: &Atoms, poly: &Poly) -> Expr {
    let addends = poly.terms().map(|(monomial, coefficient)| addend(atoms, coefficient, monomial, None));
    joined(&addends.collect::<Vec<_>>())
}

/// Coefficient, monomial and rest as one product, the rest term by term.
pub fn canonical(atoms: &Atoms, read: &Factored) -> Expr {
    let bracket = (read.rest.as_constant().is_none()).then(|| plain(atoms, &read.rest));
    let coefficient = match read.rest.as_constant() {
        Some(value) => &read.coefficient * &value,
        None => read.coefficient.clone(),
    };
    joined(&[addend(atoms, &coefficient, &read.monomial, bracket)])
}

/// The sum of addends.
pub fn joined(addends: &[Addend]) -> Expr {
    let mut order = ordered(addends).into_iter();
    let Some(first) = order.next() else { return Expr::integer(0) };
    let start = first.size.clone();
    if first.negative {
        return -order.fold(start, |sum, next| sum + next.size.clone());
    }
    order.fold(start, |sum, next| {
        let op = if next.negative { Op::Sub } else { Op::Add };
        Expr::apply(op, &[sum, next.size.clone()])
    })
}

/// What is taken away comes last, and a complement shows as a unit where it does not come first:
/// `gamma*p - (1 - p)`, not `1 - p + gamma*p`.
fn ordered(addends: &[Addend]) -> Vec<&Addend> {
    let mut order: Vec<&Addend> = addends.iter().collect();
    order.sort_by_key(|addend| (addend.negative, addend.weight.complement));
    order
}

/// `coefficient * monomial * bracket`; the coefficient is not 0 unless it is the whole.
pub fn addend(atoms: &Atoms, coefficient: &Rational, monomial: &Monomial, bracket: Option<Expr>) -> Addend {
    let negative = coefficient.is_negative();
    let size = if negative { -coefficient } else { coefficient.clone() };
    let mut factors = roots_below(atoms, monomial);
    factors.sort_by_key(|(of, _)| (atoms.get(*of).rank, *of));
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
    let varies = |expr: &Expr| atoms.known.varies(expr);
    let constant = bracket.as_ref().is_some_and(|bracket| !varies(bracket));
    let place = above.iter().position(|factor| constant && varies(factor)).unwrap_or(above.len());
    above.splice(place..place, bracket);
    if size != Rational::ONE || above.is_empty() {
        above.insert(0, Expr::Number(size));
    }
    let product = |factors: Vec<Expr>| factors.into_iter().reduce(|a, b| a * b);
    let above = product(above).unwrap_or(Expr::integer(1));
    let size = match product(below) {
        Some(below) => above / below,
        None => above,
    };
    let weight = weight(atoms, &size);
    Addend { negative, size, weight }
}

/// The factors, with `sqrt(a)/a` as `1/sqrt(a)`: a root and its base below stand below together.
fn roots_below(atoms: &Atoms, monomial: &Monomial) -> Vec<(Gen, i64)> {
    let mut factors: Vec<(Gen, i64)> = monomial.factors().to_vec();
    for &(root, times) in monomial.factors() {
        let Shape::Power(Base::Of(base), inner, unit) = &atoms.get(root).shape else { continue };
        let Some((_, degree)) = unit.small_ratio().filter(|(one, _)| inner.is_one() && *one == 1) else { continue };
        let below = monomial.exponent(*base);
        if below < 0 && (1..degree).contains(&times) {
            factors.retain(|(of, _)| *of != root && of != base);
            factors.extend([(*base, below + 1), (root, times - degree)].into_iter().filter(|(_, e)| *e != 0));
        }
    }
    factors
}

/// Where a factor stands in a product: finite names, constants, variables, complements, powers, functions.
pub fn rank(known: &Known, shape: &Shape, show: &Expr) -> u8 {
    match shape {
        Shape::Sum(_) if known.is_finite(show) => 0,
        Shape::Sum(_) => 3,
        Shape::Power(..) => 4,
        Shape::Leaf(Expr::Number(_)) => 1,
        Shape::Leaf(Expr::Symbol(name)) if !known.varying.contains(name) => 1,
        Shape::Leaf(Expr::Symbol(_)) => 2,
        Shape::Leaf(_) if known.is_unit(show) => 2,
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
