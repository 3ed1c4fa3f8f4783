//! Arithmetic has a normal form: expressions → polynomials over what arithmetic does not look into.
//!
//! Associativity and commutativity cost an e-graph about 3^n nodes for a sum of n members; a normal form costs none.
//! Everything here is a function of its arguments, limited by counts. Whatever is called equal is equal at every point
//! of the domain, and is undefined nowhere that the other is not.

mod atoms;
mod collect;
mod poly;
mod read;
mod reduce;
mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::cost;
use crate::expr::Expr;
use crate::interval::Interval;
use crate::op::Op;
use crate::rational::Rational;
use atoms::Atoms;
use reduce::Expand;

/// How much shorter a form must be to be preferred to the one whose parts are products of p and 1 − p alone: that one
/// has no differences but those that are there.
pub const PREFERENCE: u32 = 4 * cost::LEAF;

/// What is known of names.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The range of each name; a name without one is any finite number.
    pub ranges: BTreeMap<Arc<str>, Interval>,
    /// Names with finitely many values.
    pub finite: BTreeMap<Arc<str>, Vec<Rational>>,
    /// Names that change with the variable: they stand after constants in a product.
    pub varying: BTreeSet<Arc<str>>,
}

impl Known {
    /// The values of the expression; `None` where it may be undefined.
    pub fn range(&self, expr: &Expr) -> Option<Interval> {
        match expr {
            Expr::Number(value) => Some(Interval::of_rational(value)),
            Expr::Symbol(name) => Some(self.ranges.get(name).copied().unwrap_or_else(Interval::whole)),
            Expr::Apply(op, operands) => {
                let operands: Option<Vec<Interval>> = operands.iter().map(|operand| self.range(operand)).collect();
                Interval::eval(*op, &operands?)
            }
        }
    }

    /// Is it made of names with finitely many values, at least one?
    pub fn is_finite(&self, expr: &Expr) -> bool {
        fn all(known: &Known, expr: &Expr) -> bool {
            match expr {
                Expr::Symbol(name) => known.finite.contains_key(name),
                _ => expr.operands().iter().all(|operand| all(known, operand)),
            }
        }
        !self.finite.is_empty() && all(self, expr) && !expr.symbols().is_empty()
    }

    /// Does it change with the variable?
    pub fn varies(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Symbol(name) => self.varying.contains(name),
            _ => expr.operands().iter().any(|operand| self.varies(operand)),
        }
    }

    /// Does every value lie in [0, 1]?
    pub fn is_unit(&self, expr: &Expr) -> bool {
        let unit = Interval::new(0.0, 1.0);
        self.range(expr).is_some_and(|range| range.hull(&unit) == unit)
    }

    /// Is it `1 - a` for an `a` in [0, 1]?
    pub fn is_complement(&self, expr: &Expr) -> bool {
        cost::is_complement(expr, &|a| self.is_unit(a))
    }

    /// What it counts for when the shortest form is looked for.
    pub fn cost(&self, expr: &Expr) -> u32 {
        cost::of(expr, &|a| self.is_unit(a)).total
    }
}

/// Are both equal by arithmetic alone, on the whole domain, and undefined at the same places? A *no* may be a limit.
pub fn equal(a: &Expr, b: &Expr, known: &Known) -> bool {
    if undefined(a, known) != undefined(b, known) {
        return false;
    }
    let mut atoms = Atoms::new(known, false);
    let difference = match (read::poly(&mut atoms, a), read::poly(&mut atoms, b)) {
        (Some(a), Some(b)) => a.plus(&b.negated()),
        _ => return false,
    };
    reduce::factored(&mut atoms, &difference, Expand::All).is_some_and(|difference| difference.rest.is_zero())
}

/// Ways to write the expression, equal to it by arithmetic, the shortest first; none beyond the limits.
/// The expression itself may be one of them.
pub fn variants(expr: &Expr, known: &Known) -> Vec<Expr> {
    let places = undefined(expr, known);
    let mut found: Vec<(u32, Expr)> = Vec::new();
    for (keeps_sums, expand) in [(false, Expand::Varying), (false, Expand::All), (true, Expand::None)] {
        let mut atoms = Atoms::new(known, keeps_sums);
        let read = read::poly(&mut atoms, expr).and_then(|read| reduce::factored(&mut atoms, &read, expand));
        let Some(read) = read else { continue };
        for form in collect::written(&mut atoms, &read) {
            let cost = known.cost(&form);
            let preferred = found.first().is_none_or(|(first, _)| cost + PREFERENCE < *first);
            if preferred && undefined(&form, known) == places {
                found.push((cost, form));
            }
        }
    }
    // stable: of equals the first is preferred
    found.sort_by_key(|(cost, _)| *cost);
    found.dedup();
    found.into_iter().map(|(_, form)| form).collect()
}

/// The parts that may be undefined although their operands are not; of a quotient the divisor.
fn undefined(expr: &Expr, known: &Known) -> BTreeSet<Expr> {
    fn visit(expr: &Expr, known: &Known, to: &mut BTreeSet<Expr>) -> Option<Interval> {
        let Expr::Apply(op, operands) = expr else { return known.range(expr) };
        let ranges: Vec<Option<Interval>> = operands.iter().map(|operand| visit(operand, known, to)).collect();
        let ranges: Option<Vec<Interval>> = ranges.into_iter().collect();
        let range = Interval::eval(*op, &ranges.clone()?);
        if range.is_none() {
            to.insert(if *op == Op::Div { Expr::integer(1) / operands[1].clone() } else { expr.clone() });
            // what stands above is not to be blamed for it
            return Some(Interval::whole());
        }
        range
    }
    let mut places = BTreeSet::new();
    visit(expr, known, &mut places);
    places
}
