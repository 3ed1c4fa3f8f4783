//! A float with a 64-bit exponent and directed rounding, so that exp(±1e300) neither over- nor underflows.
//!
//! `…_down` and `…_up` bound the exact result; exact results stay exact where that is cheap to see. The functions of
//! std are widened by `WIDEN` ulps, which a test against arbitrary precision supports.

use std::cmp::Ordering;

/// An extended real: `mantissa · 2^exponent`, 1 ≤ |mantissa| < 2; or 0, or ±∞ (exponent 0).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wide {
    mantissa: f64,
    exponent: i64,
}

/// Ulps that results of std's exp, ln, log1p and expm1 are widened by.
const WIDEN: f64 = 4.0;
/// Beyond this exponent a number counts as infinite, below its negative as 0.
const FARTHEST: i64 = 1 << 60;

impl Wide {
    /// 0
    pub const ZERO: Wide = Wide { mantissa: 0.0, exponent: 0 };
    /// +∞
    pub const INFINITY: Wide = Wide { mantissa: f64::INFINITY, exponent: 0 };
    /// −∞
    pub const NEG_INFINITY: Wide = Wide { mantissa: f64::NEG_INFINITY, exponent: 0 };

    /// The float's value; NaN is +∞.
    pub fn from_f64(value: f64) -> Wide {
        Wide::scaled(value, 0, true)
    }

    /// `value · 2^exponent` with a mantissa in [1, 2).
    fn scaled(value: f64, exponent: i64, up: bool) -> Wide {
        if value.is_nan() {
            return if up { Wide::INFINITY } else { Wide::NEG_INFINITY };
        }
        if value == 0.0 {
            return Wide::ZERO;
        }
        if value.is_infinite() {
            return Wide { mantissa: value, exponent: 0 };
        }
        let (value, exponent) =
            if value.abs() < f64::MIN_POSITIVE { (value * 2f64.powi(64), exponent - 64) } else { (value, exponent) };
        let bits = value.to_bits();
        let power = ((bits >> 52) & 0x7ff) as i64 - 1023;
        let mantissa = f64::from_bits((bits & !(0x7ff << 52)) | (1023 << 52));
        let exponent = exponent + power;
        if exponent > FARTHEST {
            return if (mantissa > 0.0) == up {
                Wide { mantissa: mantissa * f64::INFINITY, exponent: 0 }
            } else {
                Wide { mantissa: 1f64.copysign(mantissa), exponent: FARTHEST }
            };
        }
        if exponent < -FARTHEST {
            return if (mantissa > 0.0) == up {
                Wide { mantissa: 1f64.copysign(mantissa), exponent: -FARTHEST }
            } else {
                Wide::ZERO
            };
        }
        Wide { mantissa, exponent }
    }

    fn rounded(value: f64, exponent: i64, exact: bool, up: bool) -> Wide {
        let value = if exact || value == 0.0 || value.is_infinite() {
            value
        } else if up {
            value.next_up()
        } else {
            value.next_down()
        };
        Wide::scaled(value, exponent, up)
    }

    /// Is it 0?
    pub fn is_zero(self) -> bool {
        self.mantissa == 0.0
    }

    /// Is it ±∞?
    pub fn is_infinite(self) -> bool {
        self.mantissa.is_infinite()
    }

    /// −1, 0 or 1.
    pub fn sign(self) -> i32 {
        if self.mantissa > 0.0 {
            1
        } else if self.mantissa < 0.0 {
            -1
        } else {
            0
        }
    }

    /// −self
    #[allow(clippy::should_implement_trait)]
    pub fn neg(self) -> Wide {
        Wide { mantissa: -self.mantissa, exponent: self.exponent }
    }

    /// |self|
    pub fn abs(self) -> Wide {
        Wide { mantissa: self.mantissa.abs(), exponent: self.exponent }
    }

    /// log2|self|, roughly; for comparing sizes.
    pub fn log2(self) -> f64 {
        self.mantissa.abs().log2() + self.exponent as f64
    }

    fn to_f64(self, up: bool) -> f64 {
        if self.is_zero() || self.is_infinite() {
            return self.mantissa;
        }
        if self.exponent > 1023 {
            let largest = f64::MAX.copysign(self.mantissa);
            return if (self.mantissa > 0.0) == up { f64::INFINITY.copysign(self.mantissa) } else { largest };
        }
        if self.exponent >= -1022 {
            return self.mantissa * f64::from_bits(((self.exponent + 1023) as u64) << 52);
        }
        let smallest = f64::from_bits(1).copysign(self.mantissa);
        let outward = (self.mantissa > 0.0) == up;
        if self.exponent < -1074 {
            return if outward { smallest } else { 0.0 };
        }
        let small = self.mantissa * f64::from_bits(1 << (self.exponent + 1074));
        let back = Wide::scaled(small, 0, up);
        match back.partial_cmp(&self) {
            Some(Ordering::Equal) => small,
            Some(Ordering::Less) if up => small.next_up(),
            Some(Ordering::Greater) if !up => small.next_down(),
            _ => small,
        }
    }

    /// The greatest f64 that is not above.
    pub fn to_f64_down(self) -> f64 {
        self.to_f64(false)
    }

    /// The least f64 that is not below.
    pub fn to_f64_up(self) -> f64 {
        self.to_f64(true)
    }

    fn add(self, other: Wide, up: bool) -> Wide {
        if self.is_infinite() || other.is_infinite() {
            return Wide::scaled(self.mantissa + other.mantissa, 0, up);
        }
        if self.is_zero() {
            return other;
        }
        if other.is_zero() {
            return self;
        }
        let (big, small) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let gap = big.exponent - small.exponent;
        if gap > 200 {
            let outward = (small.mantissa > 0.0) == up;
            return if outward { Wide::rounded(big.mantissa, big.exponent, false, up) } else { big };
        }
        let shifted = small.mantissa * f64::from_bits(((1023 - gap) as u64) << 52);
        let sum = big.mantissa + shifted;
        let virtual_part = sum - big.mantissa;
        let lost = (big.mantissa - (sum - virtual_part)) + (shifted - virtual_part);
        let exact = lost == 0.0 || (lost > 0.0) != up;
        Wide::rounded(sum, big.exponent, exact, up)
    }

    fn mul(self, other: Wide, up: bool) -> Wide {
        if self.is_zero() || other.is_zero() {
            return Wide::ZERO;
        }
        if self.is_infinite() || other.is_infinite() {
            return Wide::scaled(self.mantissa * other.mantissa, 0, up);
        }
        let exact = power_of_two(self.mantissa)
            || power_of_two(other.mantissa)
            || (short(self.mantissa) && short(other.mantissa));
        Wide::rounded(self.mantissa * other.mantissa, self.exponent + other.exponent, exact, up)
    }

    fn div(self, other: Wide, up: bool) -> Wide {
        if self.is_zero() || other.is_infinite() {
            return Wide::ZERO;
        }
        if self.is_infinite() || other.is_zero() {
            let sign = self.mantissa.signum() * other.mantissa.signum();
            return Wide { mantissa: f64::INFINITY * sign, exponent: 0 };
        }
        let quotient = self.mantissa / other.mantissa;
        let exact = power_of_two(other.mantissa)
            || (short(quotient) && short(other.mantissa) && quotient * other.mantissa == self.mantissa);
        Wide::rounded(quotient, self.exponent - other.exponent, exact, up)
    }

    /// self + other, rounded down.
    pub fn add_down(self, other: Wide) -> Wide {
        self.add(other, false)
    }
    /// self + other, rounded up.
    pub fn add_up(self, other: Wide) -> Wide {
        self.add(other, true)
    }
    /// self − other, rounded down.
    pub fn sub_down(self, other: Wide) -> Wide {
        self.add(other.neg(), false)
    }
    /// self − other, rounded up.
    pub fn sub_up(self, other: Wide) -> Wide {
        self.add(other.neg(), true)
    }
    /// self · other, rounded down; 0 · ∞ is 0.
    pub fn mul_down(self, other: Wide) -> Wide {
        self.mul(other, false)
    }
    /// self · other, rounded up; 0 · ∞ is 0.
    pub fn mul_up(self, other: Wide) -> Wide {
        self.mul(other, true)
    }
    /// self / other, rounded down; 0 / 0 is 0, and a / 0 is infinite with the signs' product.
    pub fn div_down(self, other: Wide) -> Wide {
        self.div(other, false)
    }
    /// self / other, rounded up; as `div_down`.
    pub fn div_up(self, other: Wide) -> Wide {
        self.div(other, true)
    }

    fn sqrt(self, up: bool) -> Wide {
        if self.is_zero() || self.is_infinite() {
            return self;
        }
        let odd = self.exponent.rem_euclid(2);
        let inner = self.mantissa * if odd == 1 { 2.0 } else { 1.0 };
        let root = inner.sqrt();
        let exact = short(root) && root * root == inner;
        Wide::rounded(root, (self.exponent - odd) / 2, exact, up)
    }

    /// √self for self ≥ 0, rounded down.
    pub fn sqrt_down(self) -> Wide {
        self.sqrt(false)
    }
    /// √self for self ≥ 0, rounded up.
    pub fn sqrt_up(self) -> Wide {
        self.sqrt(true)
    }

    fn exp(self, up: bool) -> Wide {
        if self.is_zero() {
            return Wide::from_f64(1.0);
        }
        if self.is_infinite() {
            return if self.mantissa > 0.0 { Wide::INFINITY } else { Wide::ZERO };
        }
        let x = self.to_f64(up);
        if x.abs() <= 700.0 {
            return Wide::widened(x.exp(), 0, up, WIDEN);
        }
        if x.abs() <= 1e9 {
            let k = (x / std::f64::consts::LN_2).round();
            // ln 2 in two parts: k·HIGH is exact for k below 2^33
            const HIGH: f64 = 0.693_147_180_369_123_8;
            const LOW: f64 = 1.908_214_929_270_587_7e-10;
            let rest = (x - k * HIGH) - k * LOW;
            return Wide::widened(rest.exp(), k as i64, up, WIDEN + 16.0 + x.abs() * 1e-6);
        }
        let power = x / std::f64::consts::LN_2;
        let power = if up { power * (1.0 + power.signum() * 1e-14) } else { power * (1.0 - power.signum() * 1e-14) };
        let power = if up { power.ceil() + 1.0 } else { power.floor() - 1.0 };
        if power >= FARTHEST as f64 {
            return if up { Wide::INFINITY } else { Wide { mantissa: 1.0, exponent: FARTHEST } };
        }
        if power <= -(FARTHEST as f64) {
            return if up { Wide { mantissa: 1.0, exponent: -FARTHEST } } else { Wide::ZERO };
        }
        Wide { mantissa: 1.0, exponent: power as i64 }
    }

    fn widened(value: f64, exponent: i64, up: bool, ulps: f64) -> Wide {
        let off = 1.0 + ulps * f64::EPSILON;
        let grows = (value > 0.0) == up;
        Wide::scaled(if grows { value * off } else { value / off }, exponent, up)
    }

    /// exp(self), rounded down.
    pub fn exp_down(self) -> Wide {
        self.exp(false)
    }
    /// exp(self), rounded up.
    pub fn exp_up(self) -> Wide {
        self.exp(true)
    }

    fn ln(self, up: bool) -> Wide {
        if self.is_zero() {
            return Wide::NEG_INFINITY;
        }
        if self.is_infinite() {
            return Wide::INFINITY;
        }
        if self.mantissa == 1.0 && self.exponent == 0 {
            return Wide::ZERO;
        }
        if self.exponent.abs() <= 1 {
            return Wide::widened((self.mantissa * 2f64.powi(self.exponent as i32)).ln(), 0, up, WIDEN);
        }
        let parts = self.exponent as f64 * std::f64::consts::LN_2 + self.mantissa.ln();
        Wide::widened(parts, 0, up, WIDEN + 8.0)
    }

    /// ln(self) for self ≥ 0, rounded down.
    pub fn ln_down(self) -> Wide {
        self.ln(false)
    }
    /// ln(self) for self ≥ 0, rounded up.
    pub fn ln_up(self) -> Wide {
        self.ln(true)
    }

    fn log1p(self, up: bool) -> Wide {
        if self.is_zero() || self.is_infinite() {
            return self;
        }
        if self.exponent < -60 {
            // t − t²/2 ≤ log1p(t) ≤ t
            let off = if up { 0.0 } else { 1.0 };
            return Wide::widened(self.mantissa, self.exponent, up, off);
        }
        if self.exponent >= 1000 {
            return self.add(Wide::from_f64(1.0), up).ln(up);
        }
        let x = self.to_f64(up);
        if x <= -1.0 { Wide::NEG_INFINITY } else { Wide::widened(x.ln_1p(), 0, up, WIDEN) }
    }

    /// log1p(self) for self ≥ −1, rounded down.
    pub fn log1p_down(self) -> Wide {
        self.log1p(false)
    }
    /// log1p(self) for self ≥ −1, rounded up.
    pub fn log1p_up(self) -> Wide {
        self.log1p(true)
    }

    fn expm1(self, up: bool) -> Wide {
        if self.is_zero() {
            return self;
        }
        if self.exponent < -60 {
            // t ≤ expm1(t) ≤ t + t²
            let off = if up { 1.0 } else { 0.0 };
            return Wide::widened(self.mantissa, self.exponent, up, off);
        }
        let x = self.to_f64(up);
        if x.abs() < 700.0 {
            Wide::widened(x.exp_m1(), 0, up, WIDEN)
        } else {
            self.exp(up).add(Wide::from_f64(-1.0), up)
        }
    }

    /// expm1(self), rounded down.
    pub fn expm1_down(self) -> Wide {
        self.expm1(false)
    }
    /// expm1(self), rounded up.
    pub fn expm1_up(self) -> Wide {
        self.expm1(true)
    }
}

fn power_of_two(mantissa: f64) -> bool {
    mantissa.abs() == 1.0
}

/// At most 26 significant bits, so that a product of two such numbers is exact.
fn short(value: f64) -> bool {
    value.to_bits() & ((1 << 27) - 1) == 0
}

impl PartialOrd for Wide {
    fn partial_cmp(&self, other: &Wide) -> Option<Ordering> {
        let order = self.sign().cmp(&other.sign());
        if order != Ordering::Equal || self.sign() == 0 {
            return Some(order);
        }
        let size = match (self.is_infinite(), other.is_infinite()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Greater,
            (false, true) => Ordering::Less,
            _ => self.exponent.cmp(&other.exponent).then(self.mantissa.abs().total_cmp(&other.mantissa.abs())),
        };
        Some(if self.sign() > 0 { size } else { size.reverse() })
    }
}
