//! Are two expressions equal as rational functions of what arithmetic does not look into?
//!
//! Atoms are names and every operator but `+ - * /` and whole powers. Two atoms are the same where they are written
//! the same, or have operands that are equal as polynomials.

use std::collections::BTreeMap;

use super::poly::Poly;
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

/// Greatest whole exponent that is multiplied out.
const GREATEST_EXPONENT: i64 = 64;

/// What the two may be made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Sums, differences, products, natural powers, division by numbers.
    Ring,
    /// Division by anything as well.
    Field,
}

/// How a comparison ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Compared {
    /// They are equal wherever every divisor is not 0.
    Equal,
    /// They are not equal as rational functions.
    Differ,
    /// There is a division that the kind has not.
    Divides,
    /// A limit was hit, or something is divided by 0.
    Limit,
}

/// Compares the two.
pub fn compare(a: &Expr, b: &Expr, kind: Kind) -> Compared {
    let mut reader = Reader { kind, ..Reader::default() };
    let (Some(a), Some(b)) = (reader.read(a), reader.read(b)) else {
        return if reader.divides { Compared::Divides } else { Compared::Limit };
    };
    let (Some(left), Some(right)) = (a.above.times(&b.below), b.above.times(&a.below)) else { return Compared::Limit };
    match left.plus(&right, &-&Rational::ONE) {
        Some(difference) if difference.is_zero() => Compared::Equal,
        Some(_) => Compared::Differ,
        None => Compared::Limit,
    }
}

/// A quotient of polynomials.
#[derive(Clone, Debug)]
struct Fraction {
    above: Poly,
    below: Poly,
}

/// An operand of an atom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Operand {
    Poly(Poly),
    Written(Expr),
}

/// What an atom is known by: a name, or an operator with its operands.
type Atom = (Option<Op>, Vec<Operand>);

struct Reader {
    kind: Kind,
    atoms: BTreeMap<Atom, usize>,
    divides: bool,
}

impl Default for Reader {
    fn default() -> Reader {
        Reader { kind: Kind::Ring, atoms: BTreeMap::new(), divides: false }
    }
}

impl Reader {
    fn read(&mut self, expr: &Expr) -> Option<Fraction> {
        let one = Poly::number(&Rational::ONE);
        let whole = |above: Poly| Fraction { above, below: one.clone() };
        let (op, operands) = match expr {
            Expr::Number(value) => return Some(whole(Poly::number(value))),
            Expr::Symbol(_) => return Some(whole(self.atom(None, vec![Operand::Written(expr.clone())]))),
            Expr::Apply(op, operands) => (*op, operands),
        };
        match (op, &operands[..]) {
            (Op::Add, [a, b]) => sum(&self.read(a)?, &self.read(b)?, &Rational::ONE),
            (Op::Sub, [a, b]) => sum(&self.read(a)?, &self.read(b)?, &-&Rational::ONE),
            (Op::Neg, [a]) => sum(&whole(Poly::number(&Rational::ZERO)), &self.read(a)?, &-&Rational::ONE),
            (Op::Mul, [a, b]) => product(&self.read(a)?, &self.read(b)?),
            (Op::Div, [a, b]) => {
                let (a, b) = (self.read(a)?, self.read(b)?);
                product(&a, &self.inverse(b)?)
            }
            (Op::Pow, [base, exponent]) => match self.whole_exponent(exponent) {
                Some(power) => self.power(base, power),
                None => self.operator(op, operands).map(whole),
            },
            _ => self.operator(op, operands).map(whole),
        }
    }

    fn inverse(&mut self, fraction: Fraction) -> Option<Fraction> {
        if self.kind == Kind::Ring && fraction.above.as_number().is_none() {
            self.divides = true;
            return None;
        }
        (!fraction.above.is_zero()).then_some(Fraction { above: fraction.below, below: fraction.above })
    }

    fn whole_exponent(&mut self, exponent: &Expr) -> Option<i64> {
        let Fraction { above, below } = self.read(exponent)?;
        let value = above.as_number()?.checked_div(&below.as_number()?)?;
        value.to_i64().filter(|power| power.abs() <= GREATEST_EXPONENT)
    }

    fn power(&mut self, base: &Expr, power: i64) -> Option<Fraction> {
        let base = self.read(base)?;
        let base = if power < 0 { self.inverse(base)? } else { base };
        let power = power.unsigned_abs() as u32;
        Some(Fraction { above: base.above.power(power)?, below: base.below.power(power)? })
    }

    /// An operator that arithmetic does not look into; a division inside its operands is compared as written.
    fn operator(&mut self, op: Op, operands: &[Expr]) -> Option<Poly> {
        let divides = self.divides;
        let mut keys = Vec::new();
        for operand in operands {
            let read = self.read(operand);
            let poly = read.and_then(|read| {
                let below = Rational::ONE.checked_div(&read.below.as_number()?)?;
                read.above.times(&Poly::number(&below))
            });
            keys.push(poly.map_or_else(|| Operand::Written(operand.clone()), Operand::Poly));
        }
        self.divides = divides;
        Some(self.atom(Some(op), keys))
    }

    fn atom(&mut self, op: Option<Op>, operands: Vec<Operand>) -> Poly {
        let next = self.atoms.len();
        Poly::atom(*self.atoms.entry((op, operands)).or_insert(next))
    }
}

fn sum(a: &Fraction, b: &Fraction, factor: &Rational) -> Option<Fraction> {
    if a.below == b.below {
        return Some(Fraction { above: a.above.plus(&b.above, factor)?, below: a.below.clone() });
    }
    let (left, right) = (a.above.times(&b.below)?, b.above.times(&a.below)?);
    Some(Fraction { above: left.plus(&right, factor)?, below: a.below.times(&b.below)? })
}

fn product(a: &Fraction, b: &Fraction) -> Option<Fraction> {
    Some(Fraction { above: a.above.times(&b.above)?, below: a.below.times(&b.below)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(a: &str, b: &str, kind: Kind) -> Compared {
        let read = |text| Expr::parse(text).expect("a formula");
        compare(&read(a), &read(b), kind)
    }

    #[test]
    fn what_is_equal() {
        for (a, b) in [
            ("(a + b)^2", "a*a + 2*a*b + b^2"),
            ("a - (b - c)", "c + (a - b)"),
            ("2*a/4", "a*0.5"),
            ("log(1 - p)*q", "q*log(-p + 1)"),
            ("a^(g - 1)*b", "b*a^(-1 + g)"),
            ("a^(3 - 1)", "a*a"),
        ] {
            assert_eq!(compared(a, b, Kind::Ring), Compared::Equal, "{a} = {b}");
        }
        for (a, b) in [("a/b/c", "a/(b*c)"), ("a*(b/a)", "b"), ("a^-2", "1/(a*a)"), ("1/(1/a)", "a")] {
            assert_eq!(compared(a, b, Kind::Field), Compared::Equal, "{a} = {b}");
            assert_eq!(compared(a, b, Kind::Ring), Compared::Divides, "{a} = {b}");
        }
    }

    #[test]
    fn what_differs() {
        for (a, b) in [
            ("a + b", "a - b"),
            ("a^g", "a^h"),
            ("log(a*b)", "log(a)"),
            ("a^(g - 1)", "a^g/a"),
            ("a/b", "b/a"),
            ("1/(a - a)", "1"),
            ("where(a == b, a, b)", "b"),
        ] {
            assert_ne!(compared(a, b, Kind::Field), Compared::Equal, "{a} = {b}");
        }
    }

    #[test]
    fn limits_are_counts() {
        let wide = (0..40).map(|n| format!("(a{n} + b{n})")).collect::<Vec<_>>().join("*");
        assert_eq!(compared(&wide, "1", Kind::Ring), Compared::Limit);
        assert_eq!(compared("((9^64)^64)^64", "1", Kind::Ring), Compared::Limit);
        assert_eq!(compared("(a^64)^64", "1", Kind::Ring), Compared::Limit);
    }
}
