//! A sum → the shortest ways to write it with common factors taken out.
//!
//! Two choices decide the length: how the powers of a p in [0, 1] are written (in p, in 1 − p, or in products of both),
//! and which factor is taken out first. The first is tried three ways; the second exhaustively for short sums.

use std::collections::BTreeMap;

use super::atoms::{Atoms, Shape};
use super::poly::{Gen, Monomial, Poly};
use super::reduce::Factored;
use super::write::{self, Addend};
use crate::expr::Expr;
use crate::rational::Rational;

/// Longest sum for which every order of taking factors out is tried.
const SHORT: usize = 8;

/// Powers of p beyond this are left as they are.
const DEGREE: i64 = 12;

/// How powers of p are written.
#[derive(Clone, Copy)]
enum Basis {
    /// As they came.
    Given,
    /// In 1 − p.
    Complement,
    /// Each part in the way with the fewest terms; of equals, in products of p and 1 − p of one degree.
    Fewest,
}

/// The ways to write it.
pub fn written(atoms: &mut Atoms, read: &Factored) -> Vec<Expr> {
    if read.rest.is_zero() {
        return vec![Expr::integer(0)];
    }
    let mut all = Vec::new();
    let units = units(atoms, &read.rest);
    let bases = [Basis::Fewest, Basis::Given, Basis::Complement];
    for basis in &bases[..if units.is_empty() { 1 } else { bases.len() }] {
        let mut rest = read.rest.clone();
        for &of in &units {
            rest = in_basis(atoms, &rest, of, *basis);
        }
        let (content, common, rest) = rest.primitive();
        let monomial = atoms.settled(&read.monomial.times(&common));
        let coefficient = &read.coefficient * &content;
        let mut writer = Writer { atoms, known: BTreeMap::new() };
        let addend = writer.factored(&coefficient, &monomial, &rest, false);
        all.push(write::joined(&[addend]));
    }
    all
}

/// The generators in [0, 1] of which powers above 0 occur.
fn units(atoms: &Atoms, rest: &Poly) -> Vec<Gen> {
    let leaf = |of: &Gen| {
        let show = &atoms.get(*of).show;
        matches!(atoms.get(*of).shape, Shape::Leaf(_)) && atoms.known.is_unit(show) && !atoms.known.is_finite(show)
    };
    let low = |of: &Gen| rest.terms().all(|(monomial, _)| (0..=DEGREE).contains(&monomial.exponent(*of)));
    rest.generators().into_iter().filter(|of| leaf(of) && low(of)).collect()
}

/// The polynomial with the powers of p written in the basis.
fn in_basis(atoms: &mut Atoms, rest: &Poly, p: Gen, basis: Basis) -> Poly {
    if let Basis::Given = basis {
        return rest.clone();
    }
    let one = Poly::constant(Rational::ONE);
    let q = atoms.sum(one.plus(&Poly::generator(p, 1).negated()));
    let mut parts: BTreeMap<Monomial, Poly> = BTreeMap::new();
    for (monomial, coefficient) in rest.terms() {
        let power = Poly::term(Monomial::of(p, monomial.exponent(p)), coefficient.clone());
        let part = parts.entry(monomial.without(p)).or_default();
        *part = part.plus(&power);
    }
    let mut sum = Poly::default();
    for (by, part) in parts {
        let turned = one.plus(&Poly::generator(q, 1).negated());
        let complement = part.replaced(p, &turned).unwrap_or_else(|| part.clone());
        let chosen = match basis {
            Basis::Complement => complement,
            _ => {
                let ways = [of_one_degree(&part, p, q), part, complement];
                ways.into_iter().min_by_key(Poly::len).unwrap_or_default()
            }
        };
        sum = sum.plus(&chosen.scaled(&by, &Rational::ONE));
    }
    sum
}

/// Σ c_k p^k with p^k times (p + q)^(n − k), which is 1: each term a product of n of p and q.
fn of_one_degree(part: &Poly, p: Gen, q: Gen) -> Poly {
    let degree = part.terms().map(|(monomial, _)| monomial.exponent(p)).max().unwrap_or(0);
    let one = Poly::generator(p, 1).plus(&Poly::generator(q, 1));
    part.terms().fold(Poly::default(), |sum, (monomial, coefficient)| {
        let lacking = (degree - monomial.exponent(p)).unsigned_abs();
        let raised = one.power(lacking).unwrap_or_default();
        sum.plus(&raised.scaled(monomial, coefficient))
    })
}

/// Takes common factors out; remembers what it wrote.
struct Writer<'w, 'a> {
    atoms: &'w Atoms<'a>,
    known: BTreeMap<Poly, Vec<Addend>>,
}

impl Writer<'_, '_> {
    /// `coefficient * monomial * rest`, with the sign where it makes the form shorter; a member of a sum has either.
    fn factored(&mut self, coefficient: &Rational, monomial: &Monomial, rest: &Poly, member: bool) -> Addend {
        if let Some((inner, times)) = rest.as_term() {
            return write::addend(self.atoms, &(coefficient * times), &monomial.times(inner), None);
        }
        let mut best: Option<((u32, usize, usize), Addend)> = None;
        for (coefficient, rest) in [(coefficient.clone(), rest.clone()), (-coefficient, rest.negated())] {
            let addends = self.addends(&rest);
            if addends.iter().all(|addend| addend.negative) {
                continue;
            }
            let way = write::addend(self.atoms, &coefficient, monomial, Some(write::joined(&addends)));
            let weight = write::sum_weight(&[Addend { negative: way.negative && !member, ..way.clone() }]);
            let better =
                |(known, other): &((u32, usize, usize), Addend)| (weight, way.negative) < (*known, other.negative);
            if best.as_ref().is_none_or(better) {
                best = Some((weight, way));
            }
        }
        best.expect("one of both has a member that is added").1
    }

    /// The members of the shortest sum found; those of −sum are the same with other signs.
    fn addends(&mut self, sum: &Poly) -> Vec<Addend> {
        if sum.terms().next().is_some_and(|(_, coefficient)| coefficient.is_negative()) {
            let mut members = self.addends(&sum.negated());
            members.iter_mut().for_each(|member| member.negative = !member.negative);
            return members;
        }
        if let Some(known) = self.known.get(sum) {
            return known.clone();
        }
        let terms = sum.terms().map(|(m, c)| write::addend(self.atoms, c, m, None)).collect();
        let mut ways: Vec<Vec<Addend>> = vec![terms];
        for of in self.pivots(sum) {
            let (with, without) = sum.split(of);
            let (content, common, rest) = with.primitive();
            let mut way = vec![self.factored(&content, &common, &rest, true)];
            if !without.is_zero() {
                way.extend(self.addends(&without));
            }
            ways.push(way);
        }
        let best = ways.into_iter().min_by_key(|way| write::sum_weight(way)).expect("the plain way at least");
        self.known.insert(sum.clone(), best.clone());
        best
    }

    /// The generators that several terms share; of a long sum only the one that most share.
    fn pivots(&self, sum: &Poly) -> Vec<Gen> {
        let shared = |of: &Gen| sum.terms().filter(|(monomial, _)| monomial.exponent(*of) != 0).count();
        let all: Vec<Gen> = sum.generators().into_iter().filter(|of| shared(of) > 1).collect();
        if sum.len() <= SHORT {
            return all;
        }
        all.into_iter().max_by_key(|of| (shared(of), std::cmp::Reverse(*of))).into_iter().collect()
    }
}
