//! The calculus of rounding errors: bounds of operands → bound of the result, in f64, round to nearest.
//!
//! A computed value differs from the true one by at most `relative·u·M + absolute`, u = 2^−53. M is the
//! *magnitude*: |v| where nothing of opposite sign was added on the way, else the sum of absolute terms.
//! Bounds are first order; every relative bound is widened by `SLACK`, which covers the products of errors
//! as long as it stays below `LARGEST`. `None` stands for no finite bound.

use crate::interval::{Interval, Wide};
use crate::kernel::{Format, SEAM_BOUND};

/// Unit roundoff of f64.
const U: f64 = f64::EPSILON / 2.0;
/// Covers what is of second order, and the rounding of this calculus itself.
const SLACK: f64 = 1.0 + 1e-9;
/// Relative bounds beyond this many u count as infinite: second-order terms stay below `SLACK`.
const LARGEST: f64 = 1e5;
/// What pairs lose by their own rounding, in u: a few u² per operation.
const PAIR: f64 = 1e-14;
/// Largest error of an exponent for which the first-order bound of exp is used.
const EXPONENT: f64 = 1e-6;

/// A computed value: what it stands for and how far off it may be.
#[derive(Clone, Copy, Debug)]
pub struct Approx {
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

fn tiny() -> Wide {
    Wide::from_f64(f64::MIN_POSITIVE)
}

fn eta() -> Wide {
    Wide::from_f64(f64::from_bits(1))
}

fn zero() -> Wide {
    Wide::from_f64(0.0)
}

fn half_eta() -> Wide {
    eta().mul_up(Wide::from_f64(0.5))
}

fn larger(a: Wide, b: Wide) -> Wide {
    if a < b { b } else { a }
}

impl Approx {
    /// A value that is computed with `relative` u of error.
    pub fn of(value: Interval, relative: f64) -> Approx {
        let (least, most) = (value.mig(), value.mag());
        Approx { value, least, most, clean: true, relative, absolute: zero(), computed: None, rounded: value }
            .rounded_within(None)
    }

    /// A value that is held exactly.
    pub fn exact(value: Interval) -> Approx {
        Approx::of(value, 0.0)
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
        let share = self.relative * U * SLACK;
        let scaled = if self.clean { self.value.mul(&Interval::new(1.0 - share, 1.0 + share))? } else { return None };
        let absolute = self.absolute.to_f64_up();
        scaled.add(&Interval::new(-absolute, absolute))
    }

    /// Upper bound of the absolute error.
    pub fn error(&self) -> Wide {
        Wide::from_f64(self.relative * U * SLACK).mul_up(self.most).add_up(self.absolute)
    }

    /// Encloses the computed value by the true one and the bound, and by what is known of it apart.
    fn rounded_within(mut self, known: Option<Interval>) -> Approx {
        let off = self.error().to_f64_up();
        let around = if self.relative == 0.0 && self.absolute == zero() {
            self.value
        } else if self.clean && self.absolute == zero() {
            let share = self.relative * U * SLACK;
            self.value.mul(&Interval::new(1.0 - share, 1.0 + share)).unwrap_or_else(Interval::whole)
        } else {
            self.value.add(&Interval::new(-off, off)).unwrap_or_else(Interval::whole)
        };
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
        let fits = self.is_held() && other.clean && other.computed.is_none() && other.absolute == zero();
        if !(fits && positive(self) && positive(&other.neg()) && ratio < 1.0) {
            return None;
        }
        let rounded = self.rounded.add(&other.rounded)?;
        let rounding = rounding.min(1.0) * share(value.mig(), &rounded);
        let relative = (other.relative * ratio / (1.0 - ratio) * (1.0 + 1e-14) + rounding) * SLACK;
        Approx::of(value, relative).rounded_within(Some(rounded)).checked(None)
    }

    /// What one rounding costs: a relative part in u, and up to half the smallest subnormal, η, where the value may be
    /// subnormal. Next to the normal range, u·v is η/2 but for a hundredth; below it η/2 is all.
    fn rounding(value: &Interval, relative: f64) -> (f64, Wide) {
        if value.mig() >= tiny() {
            (relative, zero())
        } else if value.mig() >= tiny().mul_up(Wide::from_f64(0.99)) {
            (relative / 0.98, zero())
        } else if value.mag() < tiny() {
            (0.0, half_eta())
        } else {
            (relative, half_eta())
        }
    }

    /// The result, checked: overflow and bounds beyond the calculus are infinite. Where the computed value is
    /// known apart, the bound that both values are small may be the better one.
    fn checked(self, computed: Option<Interval>) -> Option<Approx> {
        let overflow = Wide::from_f64(f64::MAX).mul_up(Wide::from_f64(1.0 + 1e-15));
        let apart = computed.map(|computed| {
            let both = larger(self.value.mag(), computed.mag());
            (both, computed)
        });
        if let Some((both, computed)) = apart {
            if computed.mag() > overflow {
                return None;
            }
            if self.relative.is_nan() || self.relative > LARGEST || both < self.error() {
                let settled = both < Wide::from_f64(1e-100);
                let kept = if settled { None } else { Some(computed) };
                return Some(Approx { relative: 0.0, absolute: both, computed: kept, ..self });
            }
            if self.value.mag() > overflow {
                return None;
            }
            return Some(Approx { computed: Some(computed), ..self });
        }
        (self.relative <= LARGEST && self.value.mag() <= overflow).then_some(self)
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

    fn sum(&self, other: &Approx, rounding: f64) -> Option<Approx> {
        let value = self.value.add(&other.value)?;
        if self.is_held() && other.is_held() {
            // one rounding of the exact sum, whatever cancels; sums are never subnormal by rounding
            return Approx::of(value, rounding).checked(None);
        }
        if let Some(less) = self.less(other, value, rounding).or_else(|| other.less(self, value, rounding)) {
            return Some(less);
        }
        let same = (self.value.nonnegative().is_yes() && other.value.nonnegative().is_yes())
            || (self.value.neg().nonnegative().is_yes() && other.value.neg().nonnegative().is_yes());
        let clean = same && self.clean && other.clean;
        let rounded = self.rounded.add(&other.rounded)?;
        let rounding = if clean { rounding * share(value.mig(), &rounded) } else { rounding };
        let relative = (weighed(self, other) + rounding) * SLACK;
        let computed = match (self.computed, other.computed) {
            (None, None) => None,
            _ => Some(self.near().add(&other.near())?),
        };
        let (least, most) = if clean {
            (value.mig(), value.mag())
        } else {
            (self.least.add_down(other.least), self.most.add_up(other.most))
        };
        let absolute = self.absolute.add_up(other.absolute);
        let sum = Approx { value, least, most, clean, relative, absolute, computed: None, rounded };
        sum.rounded_within(Some(rounded)).checked(computed)
    }

    /// self + other
    pub fn add(&self, other: &Approx) -> Option<Approx> {
        self.sum(other, 1.0)
    }

    /// The pair self + other, with nothing lost.
    pub fn two_sum(&self, other: &Approx) -> Option<Approx> {
        self.sum(other, PAIR)
    }

    fn times(&self, other: &Approx, rounding: f64, gradual: bool) -> Option<Approx> {
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
            rounding *= share(value.mig(), &rounded);
        }
        if gradual {
            let (relative, lost) = Approx::rounding(&value, rounding);
            rounding = relative;
            absolute = absolute.mul_up(Wide::from_f64(SLACK)).add_up(lost);
        }
        let clean = self.clean && other.clean;
        let relative = (self.relative + other.relative + rounding) * SLACK;
        let (least, most) = (self.least.mul_down(other.least), self.most.mul_up(other.most));
        let product = Approx { value, least, most, clean, relative, absolute, computed: None, rounded };
        product.rounded_within(None).checked(computed)
    }

    /// self · other; exact where one of them is a power of two and nothing is subnormal.
    pub fn mul(&self, other: &Approx) -> Option<Approx> {
        let scaled = [self, other].iter().any(|a| a.relative == 0.0 && power_of_two(&a.value));
        let unit = [self, other].iter().any(|a| a.relative == 0.0 && unit(&a.value));
        self.times(other, if scaled { 0.0 } else { 1.0 }, !unit)
    }

    /// The pair self · other, with nothing lost.
    pub fn two_product(&self, other: &Approx) -> Option<Approx> {
        self.times(other, PAIR, true)
    }

    /// self / other
    pub fn div(&self, other: &Approx) -> Option<Approx> {
        if other.computed.is_some() || !other.value.nonzero().is_yes() || !other.clean {
            return None;
        }
        let value = self.value.div(&other.value)?;
        let computed = match self.computed {
            None => None,
            Some(near) => Some(near.div(&other.value)?.mul(&Interval::new(1.0 - 1e-9, 1.0 + 1e-9))?),
        };
        let (least, most) = (self.least.div_down(other.most), self.most.div_up(other.least));
        let exact = other.relative == 0.0 && power_of_two(&other.value);
        let rounding = match (exact, computed) {
            (true, _) => 0.0,
            (false, Some(_)) => 1.0,
            _ if !self.clean => 1.0,
            _ => share(value.mig(), &self.rounded.div(&other.rounded).unwrap_or_else(Interval::whole)),
        };
        let (rounding, lost) = Approx::rounding(&value, rounding);
        let relative = (self.relative + other.relative + rounding) * SLACK;
        let absolute = self.absolute.div_up(other.least).add_up(other.absolute.mul_up(most).div_up(other.least));
        let absolute = absolute.mul_up(Wide::from_f64(SLACK)).add_up(lost);
        let quotient =
            Approx { value, least, most, clean: self.clean, relative, absolute, computed: None, rounded: value };
        quotient.rounded_within(self.rounded.div(&other.rounded)).checked(computed)
    }

    /// self / (1 + self), where `sum` is the sum: the error of both is one, and counts 1/(1 + self) times.
    pub fn div_by_one_plus(&self, sum: &Approx) -> Option<Approx> {
        let plain = self.div(sum)?;
        if !self.value.nonnegative().is_yes() || !plain.clean || plain.computed.is_some() || plain.relative == 0.0 {
            return Some(plain);
        }
        let apart = (plain.relative - self.relative - sum.relative).max(0.0) + 1e-9;
        let joint = self.joint() + share(sum.value.mig(), &sum.rounded);
        Some(Approx { relative: ((joint + apart) * SLACK).min(plain.relative), ..plain })
    }

    /// What self's error counts in self / (1 + self).
    fn joint(&self) -> f64 {
        self.relative / (1.0 + self.least.to_f64_down()) * (1.0 + 1e-15)
    }

    /// self·(1 − part), computed as self − self·part, for self ≥ 0 and part in [0, 1). `joint` says that part is
    /// self / (1 + self): the error of self is one in all of it, and self·(1 − part) is part.
    pub fn shrunk(&self, part: &Approx, joint: bool) -> Option<Approx> {
        let plain = self.add(&self.mul(part)?.neg());
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
            (part.relative - self.joint()).max(0.0) + 1e-9
        } else {
            part.relative
        };
        let (own, base) = (own + 1.0, if joint { self.joint() } else { self.relative });
        let rounding = share(value.mig(), &self.rounded);
        // a product that is subnormal loses at most half the smallest subnormal, and a difference then nothing
        let normal = self.value.mig() >= tiny();
        let lost = if normal { half_eta().div_up(self.least).to_f64_up() / (1.0 - most) / U } else { 0.0 };
        let of_part = self.most.mul_up(part.absolute).mul_up(Wide::from_f64(SLACK));
        let absolute = self.absolute.add_up(of_part).add_up(if normal { zero() } else { half_eta() });
        let relative = (base + grown * own + rounding + lost) * SLACK;
        Approx { absolute, ..Approx::of(value, relative) }.rounded_within(None).checked(None)
    }

    /// √self
    pub fn sqrt(&self) -> Option<Approx> {
        if self.computed.is_some() || !self.clean {
            return None;
        }
        let value = self.value.sqrt()?;
        let relative = (self.relative / 2.0 + 1.0) * SLACK;
        let absolute = if self.absolute == zero() {
            zero()
        } else {
            // |√(v + s) − √v| is at most √s, and at most s/√v
            let near = if value.mig() > zero() { self.absolute.div_up(value.mig()) } else { self.absolute.sqrt_up() };
            if near < self.absolute.sqrt_up() { near } else { self.absolute.sqrt_up() }
        };
        let (least, most) = (value.mig(), value.mag());
        let root = Approx { value, least, most, clean: true, relative, absolute, computed: None, rounded: value };
        root.rounded_within(self.rounded.sqrt()).checked(None)
    }

    /// `seam` is the function's own error, `more` what follows it, in u; the function loses up to η where its result is
    /// subnormal, and `tail` is what follows there, in η.
    fn exponential(&self, seam: f64, more: f64, tail: f64) -> Option<Approx> {
        let value = self.value.exp()?;
        let (least, most) = (value.mig(), value.mag());
        let (rounding, lost) = Approx::rounding(&value, seam);
        let subnormal = if lost == zero() { zero() } else { eta().mul_up(Wide::from_f64(1.0 + tail)) };
        let rounding = rounding + more;
        let off = self.error().to_f64_up();
        let first = Approx {
            value,
            least,
            most,
            clean: true,
            relative: f64::INFINITY,
            absolute: subnormal,
            computed: None,
            rounded: value,
        };
        let computed = match self.computed {
            None if off <= EXPONENT && off / U <= LARGEST / 2.0 => None,
            None => Some(self.spread()?.exp()?.mul(&Interval::new(0.0, 1.0 + 1e-9))?),
            Some(near) => Some(near.exp()?.mul(&Interval::new(0.0, 1.0 + 1e-9))?),
        };
        let relative = (off / U + rounding) * SLACK;
        let relative = if off <= EXPONENT { relative } else { f64::INFINITY };
        let result = Approx { relative, ..first }.checked(computed)?;
        let absolute = result.absolute.add_up(if result.relative == 0.0 { subnormal } else { zero() });
        // the seam is off by less than the spacing below 1, so that exp of what is not above 0 is not above 1
        let capped = self.rounded.neg().nonnegative().is_yes() && more == 0.0;
        let known = capped.then(|| Interval::new(0.0, 1.0));
        Some(Approx { absolute, ..result }.rounded_within(known))
    }

    /// exp(self), with the assumed error of the seam; 1 smallest subnormal where the result is subnormal.
    pub fn exp(&self) -> Option<Approx> {
        self.exponential(SEAM_BOUND, 0.0, 0.0)
    }

    /// exp of a pair: the seam, one multiplication and one addition.
    pub fn exp_pair(&self) -> Option<Approx> {
        self.exponential(SEAM_BOUND, 1.0 + PAIR, 0.5)
    }

    /// log1p(self), with the assumed error of the seam.
    pub fn log1p(&self) -> Option<Approx> {
        if self.computed.is_some() || !self.clean {
            return None;
        }
        let value = self.value.log1p()?;
        let lowest = self.value.lo().to_f64_down();
        let highest = self.value.hi().to_f64_up();
        if lowest <= -1.0 {
            return None;
        }
        // t / ((1 + t)·log1p(t)) falls with t; it is 1 at 0
        let grown = |t: f64| {
            if t == 0.0 {
                1.0
            } else if t.is_infinite() {
                0.0
            } else {
                t / ((1.0 + t) * t.ln_1p())
            }
        };
        let grown = grown(lowest).max(grown(highest)) * (1.0 + 1e-12);
        let (rounding, lost) = Approx::rounding(&value, SEAM_BOUND);
        let relative = (self.relative * grown + rounding) * SLACK;
        let slope = Wide::from_f64((1.0 / (1.0 + lowest.min(0.0))) * (1.0 + 1e-9));
        let subnormal = if lost == zero() { zero() } else { eta() };
        let absolute = self.absolute.mul_up(slope).add_up(subnormal);
        let (least, most) = (value.mig(), value.mag());
        let log = Approx { value, least, most, clean: true, relative, absolute, computed: None, rounded: value };
        log.rounded_within(None).checked(None)
    }

    /// Either of both.
    pub fn either(&self, other: &Approx) -> Approx {
        let computed = match (self.computed, other.computed) {
            (None, None) => None,
            _ => Some(self.near().hull(&other.near())),
        };
        Approx {
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
        Approx { relative: (self.relative + 1.0) * SLACK, ..*self }.rounded_within(None)
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

    /// The bound in units in the last place of the result, rounded to the format. `of_terms` gives M/T from above
    /// where the bound is relative to the sum of absolute terms T: then it is in ulp·T/|value|.
    pub fn ulps(&self, format: Format, of_terms: Option<f64>) -> f64 {
        let apart = match of_terms {
            Some(ratio) => self.relative * ratio,
            // k u is at most k ulp, and less where the spacing no longer shrinks
            None if self.clean => {
                let off = Wide::from_f64(self.relative * U * SLACK).mul_up(self.value.mag());
                let grown = if format == Format::F32 { 2f64.powi(29) } else { 1.0 };
                let spread = off.div_up(unit_of(self.value.mig(), format)).to_f64_up() * grown;
                self.relative.min(spread)
            }
            None if self.relative == 0.0 => 0.0,
            None => self.relative * self.most.div_up(self.value.mig()).to_f64_up(),
        };
        let apart = if apart.is_nan() { f64::INFINITY } else { apart };
        let ulp = unit_of(self.value.mig(), format);
        match format {
            Format::F64 => apart + self.absolute.div_up(ulp).to_f64_up(),
            Format::F32 => 0.5 + apart * 2f64.powi(-29) + self.absolute.div_up(ulp).to_f64_up(),
        }
    }

    /// The bound of a result that crosses 0, in ulp·T/|value|, given T from below: that unit is never less than u·T,
    /// u of the format, or the spacing of subnormals.
    pub fn ulps_of_terms(&self, format: Format, least: Wide, exact: bool) -> f64 {
        let unit = unit_of(least, format);
        let apart = Wide::from_f64(self.relative * U * SLACK).mul_up(self.most).div_up(unit).to_f64_up();
        // where the magnitude is T itself, u·M is at most the unit, u of the format
        let own = match format {
            Format::F32 => self.relative * 2f64.powi(-29),
            Format::F64 => self.relative,
        };
        let apart = if exact { apart.min(own) } else { apart };
        let off = apart + self.absolute.div_up(unit).to_f64_up();
        match format {
            Format::F64 => off,
            Format::F32 => 0.5 + off,
        }
    }

    /// The absolute bound in units in the last place of a result of magnitude `of`.
    pub fn ulps_of(&self, format: Format, of: Wide) -> f64 {
        let off = self.error().div_up(unit_of(of, format)).to_f64_up();
        if format == Format::F32 { 0.5 + off } else { off }
    }
}

/// Spacing of the floats at `least`, at least the smallest subnormal.
fn unit_of(least: Wide, format: Format) -> Wide {
    let (relative, smallest) = match format {
        Format::F64 => (f64::EPSILON / 2.0, f64::from_bits(1)),
        Format::F32 => (f64::from(f32::EPSILON) / 2.0, f64::from(f32::from_bits(1))),
    };
    larger(least.mul_down(Wide::from_f64(relative)), Wide::from_f64(smallest))
}

/// What one rounding costs, in u of the least magnitude: half a spacing of the floats below the power of two that ends
/// the binade of the greatest, so less than 1 u where the values lie well above a power of two.
fn share(least: Wide, rounded: &Interval) -> f64 {
    let (least, most) = (least.to_f64_down(), rounded.mag().to_f64_up());
    if least < 1e-290 || most > 1e290 || least > most {
        return 1.0;
    }
    let (bits, fraction) = (most.to_bits(), (1_u64 << 52) - 1);
    let power = if bits & fraction == 0 { most } else { f64::from_bits((bits | fraction) + 1) };
    (power / 2.0 / least * (1.0 + 1e-15)).min(1.0)
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
