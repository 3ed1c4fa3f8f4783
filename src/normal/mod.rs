//! Arithmetic has a normal form: expressions → polynomials over what arithmetic does not look into.
//!
//! Associativity and commutativity cost an e-graph about 3^n nodes for a sum of n members; a normal form costs none.
//! Everything here is a function of its arguments, limited by counts. Whatever is called equal is equal at every point
//! of the domain, and is undefined nowhere that the other is not.

mod atoms;
mod collect;
pub mod field;
mod poly;
mod read;
mod reduce;
pub mod tidy;
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
        Interval::of_expr(expr, &|name| Some(self.ranges.get(name).copied().unwrap_or_else(Interval::whole)))
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

/// A number for each expression, the same for those that are equal by arithmetic as far as `equal` knows; `None` beyond
/// the limits.
pub fn classes(exprs: &[&Expr], known: &Known) -> Vec<Option<usize>> {
    let mut atoms = Atoms::new(known, false);
    let mut forms: Vec<(BTreeSet<Expr>, Expr)> = Vec::new();
    let mut class = |expr: &Expr| {
        let read = read::poly(&mut atoms, expr)?;
        let read = reduce::factored(&mut atoms, &read, Expand::All)?;
        let form = (undefined(expr, known), write::canonical(&atoms, &read));
        Some(forms.iter().position(|other| *other == form).unwrap_or_else(|| {
            forms.push(form);
            forms.len() - 1
        }))
    };
    exprs.iter().map(|expr| class(expr)).collect()
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

/// The expression multiplied out, its members in one order; `None` beyond the limits.
pub fn expanded(expr: &Expr, known: &Known) -> Option<Expr> {
    let mut atoms = Atoms::new(known, false);
    let read = read::poly(&mut atoms, expr)?;
    Some(write::plain(&atoms, &read))
}

/// The expression as a number times factors, one of them a sum that has no factor; `None` beyond the limits.
pub fn product(expr: &Expr, known: &Known) -> Option<Expr> {
    let mut atoms = Atoms::new(known, false);
    let read = read::poly(&mut atoms, expr)?;
    let read = reduce::factored(&mut atoms, &read, Expand::All)?;
    Some(write::canonical(&atoms, &read))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn formula(text: &str) -> Expr {
        Expr::parse(text).expect("a formula")
    }

    /// p in (0, 1), g at least 0, a above 0, y in {0, 1}, other names any number.
    fn known() -> Known {
        let mut known = Known::default();
        for (name, range) in [
            ("p", Interval::open(0.0, 1.0)),
            ("g", Interval::new(0.0, 1e300)),
            ("a", Interval::open(0.0, f64::INFINITY)),
            ("y", Interval::new(0.0, 1.0)),
        ] {
            known.ranges.insert(Arc::from(name), range);
        }
        known.finite.insert(Arc::from("y"), vec![Rational::ZERO, Rational::ONE]);
        known.varying.insert(Arc::from("p"));
        known
    }

    fn same(a: &str, b: &str) -> bool {
        equal(&formula(a), &formula(b), &known())
    }

    #[test]
    fn what_is_equal() {
        for [a, b] in [
            ["(x + z)^3", "x^3 + 3*x^2*z + 3*x*z^2 + z^3"],
            ["(1 - p)^g*(1 - p)", "(1 - p)^(g + 1)"],
            ["(1 - p)^(g - 2)*(1 - p)^2", "(1 - p)^g"],
            ["1/p + 1/(1 - p)", "1/(p*(1 - p))"],
            ["(p - 1)/(1 - p)", "-1"],
            ["(1 - p^2)/(1 - p)", "1 + p"],
            ["exp(x)*exp(-x)", "1"],
            ["exp(x + z)^2", "exp(2*x)*exp(2*z)"],
            ["sqrt(a)*sqrt(a)", "a"],
            ["a/sqrt(a)", "a^0.5"],
            ["(2*a)^g", "2^g*a^g"],
            ["(a^g)^x", "a^(g*x)"],
            ["sigmoid(x*z + z*x)", "sigmoid(2*x*z)"],
            ["(2*y - 1)*x + x", "2*x*y"],
            ["where(x < z, p - 1 + 1, p)", "p"],
            ["1/(1/a)", "a"],
            ["0.1 + 0.2", "0.3"],
        ] {
            assert!(same(a, b), "{a} == {b}");
        }
    }

    #[test]
    fn what_is_not() {
        for [a, b] in [
            ["x/x", "1"],
            ["x^0", "1"],
            ["x*(1/x)", "1"],
            ["sqrt(x)*sqrt(x)", "x"],
            ["sqrt(x^2)", "x"],
            ["(x*z)^g", "x^g*z^g"],
            ["(x^2)^g", "x^(2*g)"],
            ["log(x) - log(x)", "0"],
            ["log(a*p)", "log(a) + log(p)"],
            ["(1 - p)^g", "1 - p^g"],
            ["p^g*p", "p^g"],
            ["1/(1/x)", "x"],
            ["(2*y - 1)^2", "1"],
            ["exp(x)^x", "exp(2*x)"],
            ["where(x < z, 1, 2)", "where(z < x, 1, 2)"],
        ] {
            assert!(!same(a, b), "{a} == {b}");
        }
    }

    #[test]
    fn the_first_variant_keeps_complements_whole() {
        for [given, wanted] in [
            ["g*p*x + p - 1", "g*x*p - (1 - p)"],
            ["p - p^2", "p*(1 - p)"],
            ["1 + 2*g - p - 2*g*p", "(1 + 2*g)*(1 - p)"],
            ["(1 - p)^(g + 1)*x/(1 - p)", "x*(1 - p)^g"],
            ["x*z + x*z^2", "x*z*(1 + z)"],
            ["-x - z", "-(x + z)"],
            ["sqrt(a)/a", "1/sqrt(a)"],
            ["x*(2*y - 1)", "(2*y - 1)*x"],
        ] {
            let found = variants(&formula(given), &known());
            assert_eq!(found.first().map(Expr::to_string), Some(formula(wanted).to_string()), "{given}");
        }
    }

    #[test]
    fn every_variant_is_equal() {
        for text in ["(x + p)^4*(1 - p)^g/p", "x*(y - 1)^2 + exp(x)/(1 + exp(x))^2", "(a + p)^1.5*(a + p) - x/a"] {
            let given = formula(text);
            let found = variants(&given, &known());
            assert!(!found.is_empty(), "{text}");
            assert!(found.iter().all(|form| equal(form, &given, &known())), "{text}");
        }
    }

    #[test]
    fn limits_are_kept() {
        let wide = (1..=60).map(|n| format!("(x{n} + z{n})")).collect::<Vec<_>>().join("*");
        assert!(!equal(&formula(&wide), &formula("1"), &known()));
        assert!(!same("(x + z + 1)^64", "0"));
        assert!(!same("((x^64)^64)^64", "1"));
    }
}
