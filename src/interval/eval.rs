//! The operators of the table on intervals.

use super::{Interval, Truth, Wide};
use crate::op::Op;

/// An end and whether it is open.
type End = (Wide, bool);

impl Interval {
    /// −self
    pub fn neg(&self) -> Interval {
        Interval::made(self.hi.neg(), self.lo.neg(), self.hi_open, self.lo_open)
    }

    /// self + other
    pub fn add(&self, other: &Interval) -> Option<Interval> {
        Some(Interval::made(
            if self.lo.is_infinite() { self.lo } else { self.lo.add_down(other.lo) },
            if self.hi.is_infinite() { self.hi } else { self.hi.add_up(other.hi) },
            self.lo_open || other.lo_open,
            self.hi_open || other.hi_open,
        ))
    }

    /// self − other
    pub fn sub(&self, other: &Interval) -> Option<Interval> {
        self.add(&other.neg())
    }

    /// self · other
    pub fn mul(&self, other: &Interval) -> Option<Interval> {
        // an end that is 0 and closed stays closed whatever it is multiplied with
        let product = |(a, a_open): End, (b, b_open): End, up: bool| {
            let value = if up { a.mul_up(b) } else { a.mul_down(b) };
            let open = if a.is_zero() || b.is_zero() {
                (!a.is_zero() || a_open) && (!b.is_zero() || b_open)
            } else {
                a_open || b_open
            };
            (value, open)
        };
        let ends = |i: &Interval| [(i.lo, i.lo_open), (i.hi, i.hi_open)];
        let mut lo: Option<End> = None;
        let mut hi: Option<End> = None;
        for a in ends(self) {
            for b in ends(other) {
                let below = product(a, b, false);
                let above = product(a, b, true);
                if lo.is_none_or(|lo| below.0 < lo.0 || (below.0 == lo.0 && !below.1)) {
                    lo = Some(below);
                }
                if hi.is_none_or(|hi| above.0 > hi.0 || (above.0 == hi.0 && !above.1)) {
                    hi = Some(above);
                }
            }
        }
        let ((lo, lo_open), (hi, hi_open)) = (lo?, hi?);
        // 0 inside one of them is reached
        let reached = self.contains(0.0) || other.contains(0.0);
        Some(Interval::made(lo, hi, lo_open && !(reached && lo.is_zero()), hi_open && !(reached && hi.is_zero())))
    }

    /// self / other
    pub fn div(&self, other: &Interval) -> Option<Interval> {
        if !other.nonzero().is_yes() {
            return None;
        }
        self.mul(&other.reciprocal()).map(|product| match (self.is_point(), other.is_point()) {
            (Some(_), Some(_)) => Interval::made(self.lo.div_down(other.lo), self.hi.div_up(other.hi), false, false),
            _ => product,
        })
    }

    fn reciprocal(&self) -> Interval {
        let one = Wide::from_f64(1.0);
        let positive = self.lo.sign() > 0 || (self.lo.is_zero() && self.hi.sign() > 0);
        let (lo, hi) = if positive {
            (one.div_down(self.hi), if self.lo.is_zero() { Wide::INFINITY } else { one.div_up(self.lo) })
        } else {
            (if self.hi.is_zero() { Wide::NEG_INFINITY } else { one.div_down(self.hi) }, one.div_up(self.lo))
        };
        Interval::made(lo, hi, self.hi_open, self.lo_open)
    }

    fn rising(&self, down: impl Fn(Wide) -> Wide, up: impl Fn(Wide) -> Wide) -> Interval {
        Interval::made(down(self.lo), up(self.hi), self.lo_open, self.hi_open)
    }

    /// exp(self)
    pub fn exp(&self) -> Option<Interval> {
        Some(self.rising(Wide::exp_down, Wide::exp_up))
    }

    /// log(self)
    pub fn log(&self) -> Option<Interval> {
        self.positive().is_yes().then(|| self.rising(Wide::ln_down, Wide::ln_up))
    }

    /// log1p(self)
    pub fn log1p(&self) -> Option<Interval> {
        Interval::point(-1.0).less_than(self).is_yes().then(|| self.rising(Wide::log1p_down, Wide::log1p_up))
    }

    /// expm1(self)
    pub fn expm1(&self) -> Option<Interval> {
        Some(self.rising(Wide::expm1_down, Wide::expm1_up))
    }

    /// sigmoid(self)
    pub fn sigmoid(&self) -> Option<Interval> {
        fn at(x: Wide, up: bool) -> Wide {
            let one = Wide::from_f64(1.0);
            if x.sign() >= 0 {
                let tail = if up { x.neg().exp_down() } else { x.neg().exp_up() };
                if up { one.div_up(one.add_down(tail)) } else { one.div_down(one.add_up(tail)) }
            } else if up {
                let grown = x.exp_up();
                grown.div_up(one.add_up(grown))
            } else {
                let grown = x.exp_down();
                grown.div_down(one.add_down(grown))
            }
        }
        let all = Interval::open(0.0, 1.0);
        let ends = Interval::made(at(self.lo, false), at(self.hi, true), self.lo_open, self.hi_open);
        // x/(1 + x) is not rounded monotonically at the last bit: widen by it
        let one_bit = |value: Wide, up: bool| {
            let off = value.mul_up(Wide::from_f64(8.0 * f64::EPSILON));
            if up { value.add_up(off) } else { value.sub_down(off) }
        };
        Interval::made(one_bit(ends.lo, false), one_bit(ends.hi, true), ends.lo_open, ends.hi_open).intersect(&all)
    }

    /// softplus(self)
    pub fn softplus(&self) -> Option<Interval> {
        let at = |x: Wide, up: bool| {
            let tail = if up { x.abs().neg().exp_up().log1p_up() } else { x.abs().neg().exp_down().log1p_down() };
            if x.sign() <= 0 {
                tail
            } else if up {
                x.add_up(tail)
            } else {
                x.add_down(tail)
            }
        };
        Some(Interval::made(at(self.lo, false), at(self.hi, true), self.lo_open, self.hi_open))
    }

    /// sqrt(self)
    pub fn sqrt(&self) -> Option<Interval> {
        self.nonnegative().is_yes().then(|| self.rising(Wide::sqrt_down, Wide::sqrt_up))
    }

    /// |self|
    pub fn abs(&self) -> Interval {
        if self.lo.sign() >= 0 {
            return *self;
        }
        if self.hi.sign() <= 0 {
            return self.neg();
        }
        let (hi, hi_open) =
            if self.hi > self.lo.neg() { (self.hi, self.hi_open) } else { (self.lo.neg(), self.lo_open) };
        Interval::made(Wide::ZERO, hi, false, hi_open)
    }

    /// min(self, other)
    pub fn min(&self, other: &Interval) -> Interval {
        let hull = self.hull(other);
        let (hi, hi_open) = if self.hi < other.hi { (self.hi, self.hi_open) } else { (other.hi, other.hi_open) };
        Interval::made(hull.lo, hi, hull.lo_open, hi_open)
    }

    /// max(self, other)
    pub fn max(&self, other: &Interval) -> Interval {
        self.neg().min(&other.neg()).neg()
    }

    /// self^exponent
    pub fn pow(&self, exponent: &Interval) -> Option<Interval> {
        if let Some(power) = exponent.is_point().filter(|p| p.fract() == 0.0 && p.abs() <= 64.0) {
            return self.powi(power as i32);
        }
        if self.is_point() == Some(1.0) {
            return Some(Interval::point(1.0));
        }
        if self.positive().is_yes() {
            return self.log()?.mul(exponent)?.exp();
        }
        // base 0 with an exponent above 0
        if self.nonnegative().is_yes() && exponent.positive().is_yes() {
            let top = Interval::made(self.hi, self.hi, self.hi_open, self.hi_open);
            let above = if top.hi.is_zero() { Interval::point(0.0) } else { top.log_closed().mul(exponent)?.exp()? };
            return Some(Interval::made(Wide::ZERO, above.hi, false, above.hi_open && self.hi_open));
        }
        None
    }

    fn log_closed(&self) -> Interval {
        self.rising(Wide::ln_down, Wide::ln_up)
    }

    fn powi(&self, power: i32) -> Option<Interval> {
        if power == 0 {
            return Some(Interval::point(1.0));
        }
        if power < 0 {
            return Interval::point(1.0).div(&self.powi(-power)?);
        }
        let base = if power % 2 == 0 { self.abs() } else { *self };
        let end = |value: Wide, up: bool| {
            let mut product = Wide::from_f64(1.0);
            // for a negative end of an odd power outward is away from 0 as well: signs alternate, so round |value|
            let outward = if value.sign() < 0 { !up } else { up };
            for _ in 0..power {
                let size = value.abs();
                product = if outward { product.mul_up(size) } else { product.mul_down(size) };
            }
            if value.sign() < 0 { product.neg() } else { product }
        };
        Some(Interval::made(end(base.lo, false), end(base.hi, true), base.lo_open, base.hi_open))
    }

    /// The operator on its operands; `None` where it may be undefined or is not a number.
    pub fn eval(op: Op, operands: &[Interval]) -> Option<Interval> {
        match (op, operands) {
            (Op::Add, [a, b]) => a.add(b),
            (Op::Sub, [a, b]) => a.sub(b),
            (Op::Mul, [a, b]) => a.mul(b),
            (Op::Div, [a, b]) => a.div(b),
            (Op::Neg, [a]) => Some(a.neg()),
            (Op::Pow, [a, b]) => a.pow(b),
            (Op::Exp, [a]) => a.exp(),
            (Op::Log, [a]) => a.log(),
            (Op::Log1p, [a]) => a.log1p(),
            (Op::Expm1, [a]) => a.expm1(),
            (Op::Sigmoid, [a]) => a.sigmoid(),
            (Op::Softplus, [a]) => a.softplus(),
            (Op::Sqrt, [a]) => a.sqrt(),
            (Op::Abs, [a]) => Some(a.abs()),
            (Op::Min, [a, b]) => Some(a.min(b)),
            (Op::Max, [a, b]) => Some(a.max(b)),
            (Op::Clamp, [x, lo, hi]) => Some(x.max(lo).min(hi)),
            (Op::Where, [condition, yes, no]) => match condition.is_point() {
                Some(1.0) => Some(*yes),
                Some(_) => Some(*no),
                None => Some(yes.hull(no)),
            },
            (Op::Lt, [a, b]) => Some(truth(a.less_than(b))),
            (Op::Le, [a, b]) => Some(truth(a.at_most(b))),
            (Op::Gt, [a, b]) => Some(truth(b.less_than(a))),
            (Op::Ge, [a, b]) => Some(truth(b.at_most(a))),
            (Op::Eq, [a, b]) => Some(truth(a.equal(b))),
            (Op::Ne, [a, b]) => Some(truth(match a.equal(b) {
                Truth::Yes => Truth::No,
                Truth::No => Truth::Yes,
                Truth::Unknown => Truth::Unknown,
            })),
            _ => None,
        }
    }
}

fn truth(truth: Truth) -> Interval {
    match truth {
        Truth::Yes => Interval::point(1.0),
        Truth::No => Interval::point(0.0),
        Truth::Unknown => Interval::new(0.0, 1.0),
    }
}
