//! The calculus of rounding errors: bounds of operands → bound of the result, in an [`Arithmetic`], round to nearest.
//!
//! A computed value differs from the true one by at most `relative·u·M + absolute`, u of the arithmetic. M is the
//! *magnitude*: |v| where nothing of opposite sign was added on the way, else the sum of absolute terms.
//! Bounds are first order; every relative bound is widened by the arithmetic's slack, which covers the products of
//! errors as long as it stays below the largest that counts. `None` stands for no finite bound.

mod arithmetic;
mod beyond;
mod function;
mod logistic;
mod ulp;

use crate::arithmetic::Arithmetic;
use crate::interval::{Interval, Wide};

/// A computed value: what it stands for and how far off it may be.
#[derive(Clone, Copy, Debug)]
pub struct Approx {
    /// What it is computed in.
    pub arithmetic: Arithmetic,
    /// The true value lies in it.
    pub value: Interval,
    /// The magnitude M, from below and above.
    pub least: Wide,
    /// See `least`.
    pub most: Wide,
    /// Is M = |value|?
    pub clean: bool,
    /// Relative bound in u·M.
    pub relative: f64,
    /// Absolute bound.
    pub absolute: Wide,
    /// Where the computed value lies, kept where it differs much from the true one (a clamped operand).
    pub computed: Option<Interval>,
    /// Where the computed value lies else: rounding is monotone, so what is computed from `1` and from at most `1` is at
    /// most `2`, and does not cross into the next binade by its error.
    pub rounded: Interval,
}

fn zero() -> Wide {
    Wide::from_f64(0.0)
}

fn larger(a: Wide, b: Wide) -> Wide {
    if a < b { b } else { a }
}

impl Approx {
    /// A value that is computed with `relative` u of error.
    pub fn of(arithmetic: Arithmetic, value: Interval, relative: f64) -> Approx {
        let (least, most) = (value.mig(), value.mag());
        Approx {
            arithmetic,
            value,
            least,
            most,
            clean: true,
            relative,
            absolute: zero(),
            computed: None,
            rounded: value,
        }
        .rounded_within(None)
    }

    /// A value that is held exactly.
    pub fn exact(arithmetic: Arithmetic, value: Interval) -> Approx {
        Approx::of(arithmetic, value, 0.0)
    }

    /// min(self, most) in place of self, for self ≥ 0.
    pub fn at_most(&self, most: f64) -> Option<Approx> {
        let cap = Interval::point(most);
        if self.value.at_most(&cap).is_yes() {
            return Some(*self);
        }
        let computed = self.near().min(&cap);
        let off = self.value.mag().sub_up(larger(computed.mig(), zero()));
        Some(Approx { absolute: self.absolute.add_up(off), computed: Some(computed), rounded: computed, ..*self })
    }

    /// Where the computed value lies.
    fn near(&self) -> Interval {
        self.computed.unwrap_or(self.value)
    }

    /// Where the computed value lies, from the true one and the bound.
    fn spread(&self) -> Option<Interval> {
        let share = self.arithmetic.widened(self.relative);
        let scaled = if self.clean { self.value.mul(&Interval::new(1.0 - share, 1.0 + share))? } else { return None };
        let absolute = self.absolute.to_f64_up();
        scaled.add(&Interval::new(-absolute, absolute))
    }

    /// Upper bound of the absolute error.
    pub fn error(&self) -> Wide {
        Wide::from_f64(self.arithmetic.widened(self.relative)).mul_up(self.most).add_up(self.absolute)
    }

    /// Encloses the computed value by the true one and the bound, and by what is known of it apart.
    fn rounded_within(mut self, known: Option<Interval>) -> Approx {
        let off = self.error().to_f64_up();
        let around = if self.relative == 0.0 && self.absolute == zero() {
            self.value
        } else if self.clean && self.relative <= self.arithmetic.largest() {
            self.spread().unwrap_or_else(Interval::whole)
        } else {
            self.value.add(&Interval::new(-off, off)).unwrap_or_else(Interval::whole)
        };
        // operations on pairs need not be monotone
        let known = known.filter(|_| self.arithmetic != Arithmetic::Pair);
        let known = known.map(|known| self.arithmetic.outward(&known));
        self.rounded = known.and_then(|known| known.intersect(&around)).unwrap_or(around);
        self
    }

    /// Is it held without any error?
    fn is_held(&self) -> bool {
        self.relative == 0.0 && self.absolute == zero() && self.computed.is_none()
    }

    /// a − b where a is exact and b of the same sign and less: nothing but b's error grows, so M = |v| still.
    fn less(&self, other: &Approx, value: Interval, rounding: f64) -> Option<Approx> {
        let positive = |a: &Approx| a.value.nonnegative().is_yes();
        let ratio = other.most.div_up(self.least).to_f64_up();
        let fits = self.is_held() && other.clean && other.computed.is_none();
        if !(fits && positive(self) && positive(&other.neg()) && ratio < 1.0) {
            return None;
        }
        let rounded = self.rounded.add(&other.rounded)?;
        let rounding = rounding.min(1.0) * self.share(value.mig(), &rounded);
        let relative = (other.relative * ratio / (1.0 - ratio) * (1.0 + 1e-14) + rounding) * self.arithmetic.slack();
        let absolute = self.arithmetic.slackened(other.absolute);
        let less = Approx { absolute, ..Approx::of(self.arithmetic, value, relative) };
        less.rounded_within(Some(rounded)).checked(None)
    }

    /// What one rounding costs: a relative part in u, and up to half the smallest subnormal, η, where the value may be
    /// subnormal. Next to the normal range, u·v is η/2 but for a hundredth; below it η/2 is all.
    fn rounding(arithmetic: Arithmetic, value: &Interval, relative: f64) -> (f64, Wide) {
        let tiny = arithmetic.tiny();
        if value.mig() >= tiny {
            (relative, zero())
        } else if arithmetic == Arithmetic::Pair {
            (relative, arithmetic.lost())
        } else if value.mig() >= tiny.mul_up(Wide::from_f64(0.99)) {
            (relative / 0.98, zero())
        } else if value.mag() < tiny {
            (0.0, arithmetic.half_eta())
        } else {
            (relative, arithmetic.half_eta())
        }
    }

    /// The result, checked: overflow and bounds beyond the calculus are infinite. Where the computed value is
    /// known apart, the bound that both values are small may be the better one.
    fn checked(self, computed: Option<Interval>) -> Option<Approx> {
        let overflow = Wide::from_f64(self.arithmetic.format().greatest()).mul_up(Wide::from_f64(1.0 + 1e-15));
        let apart = computed.map(|computed| {
            let both = larger(self.value.mag(), computed.mag());
            (both, computed)
        });
        if let Some((both, computed)) = apart {
            if computed.mag() > overflow {
                return None;
            }
            if self.relative.is_nan() || self.relative > self.arithmetic.largest() || both < self.error() {
                let settled = both < Wide::from_f64(1e-100);
                let kept = if settled { None } else { Some(computed) };
                let settled = Approx { relative: 0.0, absolute: both, computed: kept, ..self };
                return Some(settled.rounded_within(None));
            }
            if self.value.mag() > overflow {
                return None;
            }
            return Some(Approx { computed: Some(computed), ..self });
        }
        (self.relative <= self.arithmetic.largest() && self.value.mag() <= overflow).then_some(self)
    }

    /// −self
    pub fn neg(&self) -> Approx {
        let computed = self.computed.map(|near| near.neg());
        Approx { value: self.value.neg(), computed, rounded: self.rounded.neg(), ..*self }
    }

    /// |self|
    pub fn abs(&self) -> Approx {
        let computed = self.computed.map(|near| near.abs());
        Approx { value: self.value.abs(), computed, rounded: self.rounded.abs(), ..*self }
    }

    /// a·b + c, rounded once.
    ///
    /// The product is taken as a value of its own that nothing rounds: what it is off by is what its factors are off by. What
    /// is computed is the float nearest to it plus c, so the rest is a sum. But a product has digits below those of any
    /// float, so that this sum, unlike that of two floats, may be subnormal and lose up to half η.
    pub fn fused(&self, other: &Approx, c: &Approx) -> Option<Approx> {
        let product = self.times(other, 0.0, false)?;
        let value = product.value.add(&c.value)?;
        let normal = value.mig() >= self.arithmetic.tiny();
        let lost = if normal { zero() } else { self.arithmetic.half_eta() };
        let sum = product.sum(c, 1.0)?;
        if lost == zero() {
            return Some(sum);
        }
        // rounding is monotone below the normal range as well
        let known = sum.rounded.add(&Interval::new(-lost.to_f64_up(), lost.to_f64_up()));
        Some(Approx { absolute: sum.absolute.add_up(lost), ..sum }.rounded_within(known))
    }

    fn sum(&self, other: &Approx, rounding: f64) -> Option<Approx> {
        let value = self.value.add(&other.value)?;
        if self.is_held() && other.is_held() {
            // one rounding of the exact sum, whatever cancels; sums are never subnormal by rounding
            return Approx::of(self.arithmetic, value, rounding).checked(None);
        }
        if let Some(less) = self.less(other, value, rounding).or_else(|| other.less(self, value, rounding)) {
            return Some(less);
        }
        let same = (self.value.nonnegative().is_yes() && other.value.nonnegative().is_yes())
            || (self.value.neg().nonnegative().is_yes() && other.value.neg().nonnegative().is_yes());
        let clean = same && self.clean && other.clean;
        let rounded = self.rounded.add(&other.rounded)?;
        let rounding = if clean { rounding * self.share(value.mig(), &rounded) } else { rounding };
        let relative = (weighed(self, other) + rounding) * self.arithmetic.slack();
        let computed = match (self.computed, other.computed) {
            (None, None) => None,
            _ => Some(self.near().add(&other.near())?),
        };
        let (least, most) = if clean {
            (value.mig(), value.mag())
        } else {
            (self.least.add_down(other.least), self.most.add_up(other.most))
        };
        let absolute = self.arithmetic.slackened(self.absolute.add_up(other.absolute));
        let sum = Approx { value, least, most, clean, relative, absolute, computed: None, rounded, ..*self };
        sum.rounded_within(Some(rounded)).checked(computed)
    }

    /// self + other
    pub fn add(&self, other: &Approx) -> Option<Approx> {
        self.sum(other, 1.0)
    }

    /// The pair self + other, with nothing lost.
    pub fn two_sum(&self, other: &Approx) -> Option<Approx> {
        self.sum(other, self.arithmetic.of_pairs())
    }

    fn times(&self, other: &Approx, rounding: f64, gradual: bool) -> Option<Approx> {
        let (product, computed) = self.product(other, rounding, gradual)?;
        product.checked(computed)
    }

    fn product(&self, other: &Approx, rounding: f64, gradual: bool) -> Option<(Approx, Option<Interval>)> {
        let value = self.value.mul(&other.value)?;
        let computed = match (self.computed, other.computed) {
            (None, None) => None,
            _ => Some(self.near().mul(&other.near())?),
        };
        let mut absolute = self.absolute.mul_up(other.most).add_up(other.absolute.mul_up(self.most));
        absolute = absolute.add_up(self.absolute.mul_up(other.absolute));
        let mut rounding = rounding;
        let rounded = self.rounded.mul(&other.rounded)?;
        if self.clean && other.clean && computed.is_none() {
            rounding *= self.share(value.mig(), &rounded);
        }
        if gradual {
            let (relative, lost) = Approx::rounding(self.arithmetic, &value, rounding);
            rounding = relative;
            absolute = self.arithmetic.slackened(absolute).add_up(lost);
        }
        let clean = self.clean && other.clean;
        let relative = (self.relative + other.relative + rounding) * self.arithmetic.slack();
        let (least, most) = (self.least.mul_down(other.least), self.most.mul_up(other.most));
        let product = Approx { value, least, most, clean, relative, absolute, computed: None, rounded, ..*self };
        Some((product.rounded_within(None), computed))
    }

    /// self · other; exact where one of them is a power of two and nothing is subnormal.
    pub fn mul(&self, other: &Approx) -> Option<Approx> {
        let scaled = [self, other].iter().any(|a| a.relative == 0.0 && power_of_two(&a.value));
        let unit = [self, other].iter().any(|a| a.relative == 0.0 && unit(&a.value));
        self.times(other, if scaled { 0.0 } else { 1.0 }, !unit)
    }

    /// The pair self · other, with nothing lost.
    ///
    /// Where the product's tail is subnormal, its three sums of products lose up to half η each.
    pub fn two_product(&self, other: &Approx) -> Option<Approx> {
        let product = self.times(other, self.arithmetic.of_pairs(), true)?;
        let lost = self.arithmetic.eta().mul_up(Wide::from_f64(4.0));
        Some(Approx { absolute: product.absolute.add_up(lost), ..product }.rounded_within(None))
    }

    /// self / other
    pub fn div(&self, other: &Approx) -> Option<Approx> {
        let (quotient, computed) = self.quotient(other)?;
        quotient.checked(computed)
    }

    fn quotient(&self, other: &Approx) -> Option<(Approx, Option<Interval>)> {
        if other.computed.is_some() || !other.value.nonzero().is_yes() || !other.clean {
            return None;
        }
        if other.absolute.div_up(other.least).to_f64_up() > self.arithmetic.largest() * self.arithmetic.unit() {
            // beyond the first order
            return None;
        }
        let value = self.value.div(&other.value)?;
        let computed = match self.computed {
            None => None,
            Some(near) => Some(near.div(&other.value)?.mul(&self.arithmetic.off_by_errors())?),
        };
        let (least, most) = (self.least.div_down(other.most), self.most.div_up(other.least));
        let exact = other.relative == 0.0 && power_of_two(&other.value);
        let rounding = match (exact, computed) {
            (true, _) => 0.0,
            (false, Some(_)) => 1.0,
            _ if !self.clean => 1.0,
            _ => self.share(value.mig(), &self.rounded.div(&other.rounded).unwrap_or_else(Interval::whole)),
        };
        let (rounding, lost) = Approx::rounding(self.arithmetic, &value, rounding);
        let relative = (self.relative + other.relative + rounding) * self.arithmetic.slack();
        let absolute = self.absolute.div_up(other.least).add_up(other.absolute.mul_up(most).div_up(other.least));
        let absolute = self.arithmetic.slackened(absolute).add_up(lost);
        let quotient = Approx { value, least, most, relative, absolute, computed: None, rounded: value, ..*self };
        Some((quotient.rounded_within(self.rounded.div(&other.rounded)), computed))
    }

    /// Either of both.
    pub fn either(&self, other: &Approx) -> Approx {
        let computed = match (self.computed, other.computed) {
            (None, None) => None,
            _ => Some(self.near().hull(&other.near())),
        };
        Approx {
            arithmetic: self.arithmetic,
            value: self.value.hull(&other.value),
            least: if self.least < other.least { self.least } else { other.least },
            most: larger(self.most, other.most),
            clean: self.clean && other.clean,
            relative: self.relative.max(other.relative),
            absolute: larger(self.absolute, other.absolute),
            computed,
            rounded: self.rounded.hull(&other.rounded),
        }
    }

    /// The nearer float of a pair.
    pub fn hi(&self) -> Approx {
        Approx { relative: (self.relative + 1.0) * self.arithmetic.slack(), ..*self }.rounded_within(None)
    }

    /// What one rounding costs, in u of the least magnitude: half a spacing of the floats below the power of two that ends
    /// the binade of the greatest, so less than 1 u where the values lie well above a power of two.
    fn share(&self, least: Wide, rounded: &Interval) -> f64 {
        let (least, most) = (least.to_f64_down(), rounded.mag().to_f64_up());
        // pairs have no binades
        if self.arithmetic == Arithmetic::Pair {
            return 1.0;
        }
        if least < self.arithmetic.format().least_normal()
            || most > self.arithmetic.format().greatest() / 2.0
            || least > most
        {
            return 1.0;
        }
        let (bits, fraction) = (most.to_bits(), (1_u64 << 52) - 1);
        let power = if bits & fraction == 0 { most } else { f64::from_bits((bits | fraction) + 1) };
        (power / 2.0 / least * (1.0 + 1e-15)).min(1.0)
    }

    /// It with a tighter enclosure of the true value.
    pub fn within(mut self, value: Interval) -> Approx {
        if let Some(both) = self.value.intersect(&value) {
            self.value = both;
            if self.clean {
                self.least = larger(self.least, both.mig());
                self.most = if both.mag() < self.most { both.mag() } else { self.most };
            }
            let known = self.rounded;
            self = self.rounded_within(Some(known));
        }
        self
    }
}

fn power_of_two(value: &Interval) -> bool {
    value.is_point().is_some_and(|v| v != 0.0 && v.is_finite() && v.to_bits() << 12 == 0) || unit(value)
}

/// Is it −1 or 1 (as the sign of a label is)?
fn unit(value: &Interval) -> bool {
    value.is_point().is_some_and(|v| v.abs() == 1.0)
}

/// The relative bound of a sum: each operand's, weighed by its share of the magnitude.
fn weighed(a: &Approx, b: &Approx) -> f64 {
    let (worse, better) = if a.relative >= b.relative { (a, b) } else { (b, a) };
    if worse.relative == better.relative || worse.most == zero() {
        return better.relative;
    }
    let share = 1.0 / (1.0 + better.least.div_down(worse.most).to_f64_down().max(0.0));
    better.relative + (worse.relative - better.relative) * (share * (1.0 + 1e-12)).min(1.0)
}
