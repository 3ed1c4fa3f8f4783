//! Bounds of t/(1 + t), of t − t·(t/(1 + t)) and of the quotient with what it leaves: t stands in them more than once, and its
//! error is one.

use super::{Approx, zero};
use crate::arithmetic::Arithmetic;
use crate::interval::{Interval, Wide};

impl Approx {
    /// self / (1 + self), or self / (2 + self) where `by_two`, where `sum` is the sum: the error of both is one, and
    /// counts 1/(1 + self) times, or 1/(1 + self/2).
    pub fn div_by_one_plus(&self, sum: &Approx, by_two: bool) -> Option<Approx> {
        let mut plain = self.div(sum)?;
        if !self.value.nonnegative().is_yes() || !plain.clean || plain.computed.is_some() || plain.relative == 0.0 {
            return Some(plain);
        }
        let apart = (plain.relative - self.relative - sum.relative).max(0.0) + 1e-9;
        if let Some(value) = self.divided(by_two) {
            plain = plain.within(value);
        }
        let joint = self.joint(by_two) + self.share(sum.value.mig(), &sum.rounded);
        Some(Approx { relative: ((joint + apart) * self.arithmetic.slack()).min(plain.relative), ..plain })
    }

    /// t/(1 + t), or t/(2 + t) where `by_two`, for t ≥ 0, computed as t/(d·d2) times the other one of d = 1 + t and
    /// d2 = 2 + t: the errors of that sum cancel, and the error of t is one in all of it.
    pub fn shared(t: &Approx, [d, d2]: [&Approx; 2], by_two: bool) -> Option<Approx> {
        if !t.value.nonnegative().is_yes() || !t.clean || t.computed.is_some() {
            return None;
        }
        let arithmetic = t.arithmetic;
        let below = if by_two { d2 } else { d };
        let value = t.value.div(&below.value)?;
        let value = t.divided(by_two).and_then(|near| near.intersect(&value)).unwrap_or(value);
        let own = t.joint(by_two);
        let sum = t.share(below.value.mig(), &below.rounded);
        let product = d.value.mul(&d2.value)?;
        let product = t.share(product.mig(), &d.rounded.mul(&d2.rounded)?);
        let before = own + sum + product + 1.0;
        let off = arithmetic.widened(before);
        let rounding = t.share(value.mig(), &value.mul(&Interval::new(1.0 - off, 1.0 + off))?);
        let relative = before + rounding;
        let normal = t.value.mig() >= arithmetic.tiny().mul_up(Wide::from_f64(8.0));
        // subnormal: the quotient loses half the smallest subnormal, which the product makes at most three times as large, and the product
        // loses the rest
        let lost = if normal { zero() } else { arithmetic.eta().mul_up(Wide::from_f64(2.0)) };
        let absolute = arithmetic.slackened(t.absolute).add_up(lost);
        Approx { absolute, ..Approx::of(arithmetic, value, relative * arithmetic.slack()) }
            .rounded_within(None)
            .checked(None)
    }

    /// q = t/(1 + t) for t in [0, 1], computed as b + (1 − b)·((t − b) − b·t) of the quotient b = q·(1 + δ). What b leaves of t,
    /// t − b·(1 + t) = −t·δ, is found but for the rounding of b·t, since t − b is exact (Sterbenz: b is at least t/2) and what is
    /// then left of it as good as exact. Over 1 + t that rounding is one of b·q, which is q·q, so q times 1 u of the result; all
    /// else is of second order. Where b·t is `fused` it is not rounded. Where it may be subnormal, t is so small that b is t, and so is the
    /// result.
    pub fn refined(&self, quotient: &Approx, fused: bool) -> Option<Approx> {
        let unit = Interval::new(0.0, 1.0);
        let inside = self.value.nonnegative().is_yes() && self.rounded.intersect(&unit) == Some(self.rounded);
        let clean = self.clean && quotient.clean && self.computed.is_none() && quotient.computed.is_none();
        let own = self.joint(false);
        let arithmetic = self.arithmetic;
        if !(inside && clean) || quotient.relative - own > 8.0 || arithmetic == Arithmetic::Pair {
            return None;
        }
        let value = self.divided(false)?;
        let product = if fused { 0.0 } else { value.mag().to_f64_up() };
        let before = own + product + 1e-6;
        let off = arithmetic.widened(before);
        let rounding = self.share(value.mig(), &value.mul(&Interval::new(1.0 - off, 1.0 + off))?);
        let absolute = arithmetic.slackened(self.absolute);
        let relative = (before + rounding) * arithmetic.slack();
        Approx { absolute, ..Approx::of(arithmetic, value, relative) }.rounded_within(None).checked(None)
    }

    /// Where self / (1 + self) lies, or self / (2 + self), which grow with self.
    fn divided(&self, by_two: bool) -> Option<Interval> {
        let one = Interval::point(if by_two { 2.0 } else { 1.0 });
        let at = |t: f64| Interval::point(t).div(&one.add(&Interval::point(t))?);
        let (lo, hi) = (at(self.value.lo().to_f64_down())?, at(self.value.hi().to_f64_up())?);
        Some(lo.hull(&hi))
    }

    /// What self's error counts in self / (1 + self), or in self / (2 + self).
    fn joint(&self, by_two: bool) -> f64 {
        let least = self.least.to_f64_down() * if by_two { 0.5 } else { 1.0 };
        self.relative / (1.0 + least) * (1.0 + 1e-15)
    }

    /// self·(1 − part), computed as self − self·part, for self ≥ 0 and part in [0, 1). `joint` says that part is
    /// self / (1 + self): the error of self is one in all of it, and self·(1 − part) is part. Where it is `fused` the product is
    /// not rounded, and what it lost where it was subnormal the difference may lose.
    pub fn shrunk(&self, part: &Approx, joint: bool, fused: bool) -> Option<Approx> {
        let plain = if fused { part.neg().fused(self, self) } else { self.add(&self.mul(part)?.neg()) };
        let most = part.most.to_f64_up();
        let fits = self.value.nonnegative().is_yes() && part.value.nonnegative().is_yes() && most < 1.0;
        let clean = self.clean && part.clean && self.computed.is_none() && part.computed.is_none();
        if !(fits && clean) {
            return plain;
        }
        let less = Interval::point(1.0).add(&part.value.neg())?;
        let value = self.value.mul(&less)?;
        let value = if joint { value.intersect(&part.value).unwrap_or(value) } else { value };
        let grown = most / (1.0 - most) * (1.0 + 1e-14);
        let own = if joint {
            // the quotient's two roundings apart from what it has of self
            (part.relative - self.joint(false)).max(0.0) + 1e-9
        } else {
            part.relative
        };
        let product = if fused { 0.0 } else { 1.0 };
        let (own, base) = (own + product, if joint { self.joint(false) } else { self.relative });
        let arithmetic = self.arithmetic;
        let rounding = self.share(value.mig(), &self.rounded);
        // a product that is subnormal loses at most half the smallest subnormal, and a difference then nothing
        let normal = self.value.mig() >= arithmetic.tiny();
        let lost = if normal {
            arithmetic.lost().div_up(self.least).to_f64_up() / (1.0 - most) / arithmetic.unit()
        } else {
            0.0
        };
        let of_part = arithmetic.slackened(self.most.mul_up(part.absolute));
        let absolute = self.absolute.add_up(of_part).add_up(if normal { zero() } else { arithmetic.lost() });
        let relative = (base + grown * own + rounding + lost) * arithmetic.slack();
        Approx { absolute, ..Approx::of(arithmetic, value, relative) }.rounded_within(None).checked(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rational::Rational;

    /// The quotient with what it leaves, of floats t that are held exactly, against exact rationals.
    #[test]
    fn a_refined_quotient_keeps_its_bound() {
        let unit = Arithmetic::F64.unit();
        let (mut worst, mut plain) = (0.0_f64, 0.0_f64);
        for k in 1..=20_000_u32 {
            // dense near 1, and far down
            let t = (f64::from(k) / 20_000.0).powi(if k % 2 == 0 { 1 } else { 9 })
                * (1.0 - f64::EPSILON * f64::from(k % 7));
            let exact = Rational::from_f64(t).unwrap();
            let truth = exact.checked_div(&(&Rational::ONE + &exact)).unwrap();
            let off = |computed: f64| {
                let off = (&Rational::from_f64(computed).unwrap() - &truth).checked_div(&truth).unwrap();
                off.to_f64().abs() / unit
            };
            let held = Approx::exact(Arithmetic::F64, Interval::point(t));
            let sum = Approx::exact(Arithmetic::F64, Interval::point(1.0)).add(&held).unwrap();
            let said = held.div_by_one_plus(&sum, false).unwrap();
            let b = t / (1.0 + t);
            let left = (t - b) - b * t;
            let left_fused = b.mul_add(-t, t - b);
            let ways = [(b + (1.0 - b) * left, false), ((1.0 - b).mul_add(left_fused, b), true)];
            for (computed, fused) in ways {
                let said = held.refined(&said, fused).unwrap().relative;
                let off = off(computed);
                assert!(off <= said, "{t:e}: off by {off} u, said {said} u");
                worst = worst.max(off / said);
            }
            plain = plain.max(off(b));
        }
        // the bound is near what is found, and below what the quotient alone is off by
        assert!(worst > 0.9 && plain > 1.4, "{worst} {plain}");
    }
}
