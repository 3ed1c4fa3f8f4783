//! Bounds of t/(1 + t) and of t − t·(t/(1 + t)): t stands in them more than once, and its error is one.

use super::{Approx, zero};
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
