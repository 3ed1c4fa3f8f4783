//! Operators on intervals of reals: outward rounding, open or closed ends, `None` where a point may be undefined.
//!
//! Conditions are three-valued: *unknown* is not *yes*.

mod eval;
mod wide;

use std::fmt;

use crate::domain::Domain;
use crate::expr::Expr;
use crate::op::Op;
use crate::rational::Rational;

pub use wide::Wide;

/// Yes, no or unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It holds for every value.
    Yes,
    /// It holds for none.
    No,
    /// It may hold for some.
    Unknown,
}

impl Truth {
    /// Is it *yes*?
    pub fn is_yes(self) -> bool {
        self == Truth::Yes
    }

    fn of(yes: bool, no: bool) -> Truth {
        match (yes, no) {
            (true, _) => Truth::Yes,
            (_, true) => Truth::No,
            _ => Truth::Unknown,
        }
    }
}

/// A set of reals between two ends; never empty, infinite ends are open.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    lo: Wide,
    hi: Wide,
    lo_open: bool,
    hi_open: bool,
}

impl Interval {
    fn made(lo: Wide, hi: Wide, lo_open: bool, hi_open: bool) -> Interval {
        Interval { lo, hi, lo_open: lo_open || lo.is_infinite(), hi_open: hi_open || hi.is_infinite() }
    }

    /// One float.
    pub fn point(value: f64) -> Interval {
        Interval::new(value, value)
    }

    /// `[lo, hi]`
    pub fn new(lo: f64, hi: f64) -> Interval {
        Interval::made(Wide::from_f64(lo), Wide::from_f64(hi), false, false)
    }

    /// `(lo, hi)`
    pub fn open(lo: f64, hi: f64) -> Interval {
        Interval::made(Wide::from_f64(lo), Wide::from_f64(hi), true, true)
    }

    /// Every real.
    pub fn whole() -> Interval {
        Interval::open(f64::NEG_INFINITY, f64::INFINITY)
    }

    /// Every real below 0.
    pub fn negative_reals() -> Interval {
        Interval::open(f64::NEG_INFINITY, 0.0)
    }

    /// The least interval of floats that holds the number.
    pub fn of_rational(value: &Rational) -> Interval {
        let near = value.to_f64();
        if near.is_infinite() {
            let end = Wide::from_f64(f64::MAX.copysign(near));
            return if near > 0.0 {
                Interval::made(end, Wide::INFINITY, true, true)
            } else {
                Interval::made(Wide::NEG_INFINITY, end, true, true)
            };
        }
        let exact = Rational::from_f64(near).expect("finite");
        match exact.cmp(value) {
            std::cmp::Ordering::Equal => Interval::point(near),
            std::cmp::Ordering::Less => Interval::open(near, near.next_up()),
            std::cmp::Ordering::Greater => Interval::open(near.next_down(), near),
        }
    }

    /// The hull of a domain.
    pub fn of_domain(domain: &Domain) -> Interval {
        match domain {
            Domain::Finite => Interval::whole(),
            Domain::Class => Interval::made(Wide::ZERO, Wide::INFINITY, false, true),
            Domain::Set(values) => {
                values.iter().map(Interval::of_rational).reduce(|a, b| a.hull(&b)).unwrap_or_else(Interval::whole)
            }
            Domain::Interval { lo, lo_open, hi, hi_open } => {
                let below = lo.as_ref().map(Interval::of_rational);
                let above = hi.as_ref().map(Interval::of_rational);
                Interval::made(
                    below.map_or(Wide::NEG_INFINITY, |i| i.lo),
                    above.map_or(Wide::INFINITY, |i| i.hi),
                    *lo_open || below.is_some_and(|i| i.lo_open),
                    *hi_open || above.is_some_and(|i| i.hi_open),
                )
            }
        }
    }

    /// Where the expression lies when its names do; `None` where it may be undefined, or where `names` gives none for a
    /// name.
    pub fn of_expr(expr: &Expr, names: &dyn Fn(&str) -> Option<Interval>) -> Option<Interval> {
        match expr {
            Expr::Number(value) => Some(Interval::of_rational(value)),
            Expr::Symbol(name) => names(name),
            Expr::Apply(Op::Index, operands) => Interval::of_expr(&operands[0], names),
            Expr::Apply(op, operands) if op.binds() => {
                let member = Interval::of_expr(&operands[1], names)?;
                Some(member.over_classes(*op, expr.left_out().len()))
            }
            Expr::Apply(op, operands) => {
                let share = Interval::share(expr, &|one| Interval::of_expr(one, names));
                let operands: Option<Vec<Interval>> =
                    operands.iter().map(|one| Interval::of_expr(one, names)).collect();
                let found = Interval::eval(*op, &operands?)?;
                Some(share.and_then(|share| share.intersect(&found)).unwrap_or(found))
            }
        }
    }

    /// Where `a/(a + b)` lies for a above 0, a part of a whole: below 1 where what else is summed is above 0; `None` where
    /// it is no such quotient.
    pub fn share(expr: &Expr, range: &dyn Fn(&Expr) -> Option<Interval>) -> Option<Interval> {
        let (Expr::Apply(Op::Div, _), [part, whole]) = (expr, expr.operands()) else { return None };
        let mut rest = Vec::new();
        let mut open = vec![whole];
        while let Some(term) = open.pop() {
            match (term, term.operands()) {
                (Expr::Apply(Op::Add, _), [a, b]) => open.extend([b, a]),
                _ => rest.push(term),
            }
        }
        let place = rest.iter().position(|term| *term == part)?;
        rest.remove(place);
        range(part).filter(|part| part.positive().is_yes())?;
        let ranges: Vec<Interval> = rest.into_iter().map(range).collect::<Option<_>>()?;
        if !ranges.iter().all(|one| one.nonnegative().is_yes()) {
            return None;
        }
        let below = ranges.iter().any(|one| one.positive().is_yes());
        Some(Interval::made(Wide::ZERO, Wide::from_f64(1.0), true, below))
    }

    /// A sum over the classes but for some, or the logarithm of one of exponentials, whose members lie here; there are
    /// at least two classes.
    pub fn over_classes(&self, op: Op, left_out: usize) -> Interval {
        match op {
            Op::Sum if self.positive().is_yes() && left_out < 2 => Interval::open(0.0, f64::INFINITY),
            Op::Sum if self.nonnegative().is_yes() => Interval::made(Wide::ZERO, Wide::INFINITY, false, true),
            _ => Interval::whole(),
        }
    }

    /// The lower end.
    pub fn lo(&self) -> Wide {
        self.lo
    }

    /// The upper end.
    pub fn hi(&self) -> Wide {
        self.hi
    }

    /// The one float that it holds, where it holds one.
    pub fn is_point(&self) -> Option<f64> {
        let value = self.lo.to_f64_down();
        (self.lo == self.hi && Wide::from_f64(value) == self.lo && !self.lo_open && !self.hi_open).then_some(value)
    }

    /// The greatest absolute value.
    pub fn mag(&self) -> Wide {
        if self.lo.abs() > self.hi.abs() { self.lo.abs() } else { self.hi.abs() }
    }

    /// The least absolute value.
    pub fn mig(&self) -> Wide {
        if self.lo.sign() > 0 {
            self.lo
        } else if self.hi.sign() < 0 {
            self.hi.neg()
        } else {
            Wide::ZERO
        }
    }

    /// Is the float in it?
    pub fn contains(&self, value: f64) -> bool {
        let value = Wide::from_f64(value);
        let above = if self.lo_open { value > self.lo } else { value >= self.lo };
        above && if self.hi_open { value < self.hi } else { value <= self.hi }
    }

    /// The least interval that holds both.
    pub fn hull(&self, other: &Interval) -> Interval {
        let (lo, lo_open) = lower(self, other, false);
        let (hi, hi_open) = upper(self, other, true);
        Interval::made(lo, hi, lo_open, hi_open)
    }

    /// What both hold.
    pub fn intersect(&self, other: &Interval) -> Option<Interval> {
        let (lo, lo_open) = lower(self, other, true);
        let (hi, hi_open) = upper(self, other, false);
        let holds = lo < hi || (lo == hi && !lo_open && !hi_open);
        holds.then(|| Interval::made(lo, hi, lo_open, hi_open))
    }

    /// Where a value of it may be moved to a little and stay in `within`: ends that it holds itself do not count.
    pub fn around(&self, within: &Interval) -> Interval {
        let (lo, lo_open) = if self.lo_open { (self.lo, true) } else { (within.lo, within.lo_open) };
        let (hi, hi_open) = if self.hi_open { (self.hi, true) } else { (within.hi, within.hi_open) };
        Interval::made(lo, hi, lo_open, hi_open)
    }

    /// Is every value above 0?
    pub fn positive(&self) -> Truth {
        Interval::point(0.0).less_than(self)
    }

    /// Is every value at least 0?
    pub fn nonnegative(&self) -> Truth {
        Interval::point(0.0).at_most(self)
    }

    /// Is every value below 0?
    pub fn negative(&self) -> Truth {
        self.less_than(&Interval::point(0.0))
    }

    /// Is no value 0?
    pub fn nonzero(&self) -> Truth {
        Truth::of(!self.contains(0.0), self.is_point() == Some(0.0))
    }

    /// self < other
    pub fn less_than(&self, other: &Interval) -> Truth {
        let yes = self.hi < other.lo || (self.hi == other.lo && (self.hi_open || other.lo_open));
        Truth::of(yes, other.hi <= self.lo)
    }

    /// self ≤ other
    pub fn at_most(&self, other: &Interval) -> Truth {
        let no = other.hi < self.lo || (other.hi == self.lo && (other.hi_open || self.lo_open));
        Truth::of(self.hi <= other.lo, no)
    }

    /// self = other
    pub fn equal(&self, other: &Interval) -> Truth {
        let yes = self.is_point().is_some() && self.is_point() == other.is_point();
        Truth::of(yes, self.intersect(other).is_none())
    }
}

fn lower(a: &Interval, b: &Interval, greater: bool) -> (Wide, bool) {
    if a.lo == b.lo {
        (a.lo, if greater { a.lo_open || b.lo_open } else { a.lo_open && b.lo_open })
    } else if (a.lo > b.lo) == greater {
        (a.lo, a.lo_open)
    } else {
        (b.lo, b.lo_open)
    }
}

fn upper(a: &Interval, b: &Interval, greater: bool) -> (Wide, bool) {
    if a.hi == b.hi {
        (a.hi, if greater { a.hi_open && b.hi_open } else { a.hi_open || b.hi_open })
    } else if (a.hi > b.hi) == greater {
        (a.hi, a.hi_open)
    } else {
        (b.hi, b.hi_open)
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (open, close) = (if self.lo_open { '(' } else { '[' }, if self.hi_open { ')' } else { ']' });
        write!(f, "{open}{}, {}{close}", self.lo.to_f64_down(), self.hi.to_f64_up())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expression_lies_where_its_names_put_it() {
        let names = |name: &str| match name {
            "p" => Some(Interval::open(0.0, 1.0)),
            "k" => Some(Interval::new(2.0, 3.0)),
            _ => None,
        };
        let of = |text: &str| Interval::of_expr(&Expr::parse(text).unwrap(), &names);
        let p = of("1 - p").unwrap();
        assert!(p.positive().is_yes() && p.less_than(&Interval::point(1.0)).is_yes(), "{p}");
        let k = of("k^2 - 1/2").unwrap();
        assert!(k.contains(3.5) && k.contains(8.5) && !k.contains(3.4) && !k.contains(8.6), "{k}");
        assert_eq!(of("1 + 1"), Some(Interval::point(2.0)));
        let share = of("k/(k + p)").unwrap();
        assert!(share.positive().is_yes() && share.less_than(&Interval::point(1.0)).is_yes(), "{share}");
        let rest = of("k/(k - p)").unwrap();
        assert!(rest.contains(2.5), "what is taken off is no part: {rest}");
        assert_eq!(of("k + other"), None, "nothing is known of it");
        assert_eq!(of("log(p - k)"), None, "it is never defined");
        assert_eq!(of("1/(p - 1/2)"), None, "it is undefined somewhere");
    }
}
