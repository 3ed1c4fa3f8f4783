//! A real known to more digits than any float format has → its rounding to a format, and errors in ulps.

use super::judge::Truth;
use crate::kernel::Format;
use crate::rational::Rational;

/// A real known to at least 80 bits (106 where arbitrary precision decided): `(hi + lo)·2^exponent`, 1 ≤ |hi| < 2 or hi = 0.
///
/// Edges   hi = 0 stands for exactly 0, and where the value was not worth its digits for a number below 2^−65536 in
///         size: every format rounds it to 0
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// The leading part.
    pub hi: f64,
    /// What follows it, |lo| ≤ ulp(hi)/2.
    pub lo: f64,
    /// Power of two.
    pub exponent: i64,
}

/// A float format: digits, and powers of two of its least normal number and of its greatest binade.
struct Shape {
    digits: i64,
    least: i64,
    greatest: i64,
}

impl Shape {
    fn of(format: Format) -> Shape {
        match format {
            Format::F32 => Shape { digits: 24, least: -126, greatest: 127 },
            Format::F64 => Shape { digits: 53, least: -1022, greatest: 1023 },
        }
    }
}

/// 2^exponent as a float; 0 or ∞ beyond the format.
pub(super) fn power_of_two(exponent: i64) -> f64 {
    match exponent {
        ..-1074 => 0.0,
        -1074..-1022 => f64::from_bits(1 << (exponent + 1074)),
        -1022..1024 => f64::from_bits(((exponent + 1023) as u64) << 52),
        _ => f64::INFINITY,
    }
}

impl Known {
    /// 0
    pub const ZERO: Known = Known { hi: 0.0, lo: 0.0, exponent: 0 };
    /// Numbers below two to this power may be given as 0.
    pub const LEAST: i64 = -65_536;

    /// A float; `None` for NaN and ±∞.
    pub fn from_f64(value: f64) -> Option<Known> {
        if !value.is_finite() {
            return None;
        }
        if value == 0.0 {
            return Some(Known::ZERO);
        }
        let (scaled, shift) = if value.abs() < f64::MIN_POSITIVE { (value * power_of_two(64), 64) } else { (value, 0) };
        let exponent = ((scaled.to_bits() >> 52) & 0x7ff) as i64 - 1023;
        Some(Known { hi: scaled * power_of_two(-exponent), lo: 0.0, exponent: exponent - shift })
    }

    /// The number whose leading 128 bits are these: 2^magnitude ≤ |v| < 2^(magnitude + 1). `None` where the first bit is 0.
    pub(crate) fn from_leading(negative: bool, leading: u128, magnitude: i64) -> Option<Known> {
        if leading >> 127 == 0 {
            return None;
        }
        let low = (leading & ((1 << 75) - 1)) as i128;
        let carries = low >= 1 << 74;
        let hi = ((leading >> 75) as u64 + u64::from(carries)) as f64 * power_of_two(-52);
        let lo = (if carries { low - (1 << 75) } else { low }) as f64 * power_of_two(-127);
        let sign = if negative { -1.0 } else { 1.0 };
        let half = if hi == 2.0 { 0.5 } else { 1.0 };
        Some(Known { hi: sign * hi * half, lo: sign * lo * half, exponent: magnitude + i64::from(hi == 2.0) })
    }

    /// The same as an exact number.
    pub fn exact(self) -> Rational {
        let part = |part: f64| Rational::from_f64(part).unwrap_or(Rational::ZERO);
        let power = Rational::from(2).checked_pow(self.exponent).unwrap_or(Rational::ZERO);
        &(&part(self.hi) + &part(self.lo)) * &power
    }

    /// An exact number, to 106 bits.
    pub fn nearest(exact: &Rational) -> Known {
        if exact.is_zero() {
            return Known::ZERO;
        }
        let step = |up: bool| Rational::from(2).checked_pow(if up { 500 } else { -500 }).unwrap_or(Rational::ONE);
        let (mut scaled, mut exponent) = (exact.clone(), 0);
        // into the range where neither a float nor what it leaves is subnormal
        loop {
            let size = scaled.to_f64().abs();
            let up = size < power_of_two(-400);
            if !up && size <= power_of_two(400) {
                break;
            }
            scaled = &scaled * &step(up);
            exponent += if up { -500 } else { 500 };
        }
        let hi = scaled.to_f64();
        let lo = Rational::from_f64(hi).map_or(0.0, |hi| (&scaled - &hi).to_f64());
        let known = Known::from_f64(hi).unwrap_or(Known::ZERO);
        Known { lo: lo * power_of_two(-known.exponent), exponent: known.exponent + exponent, ..known }
    }

    /// −self
    #[allow(clippy::should_implement_trait)]
    pub fn neg(self) -> Known {
        Known { hi: -self.hi, lo: -self.lo, exponent: self.exponent }
    }

    /// |self|
    pub fn abs(self) -> Known {
        if self.hi < 0.0 { self.neg() } else { self }
    }

    /// Is it 0, or below 2^−65536 and not told from 0?
    pub fn is_zero(self) -> bool {
        self.hi == 0.0
    }

    /// |v| as (m + f)·2^(exponent − 112) with a whole m and 0 ≤ f < 1; says whether f is above 0.
    fn fixed(self) -> (u128, bool) {
        let lo = self.lo * self.hi.signum() * power_of_two(112);
        let whole = (self.hi.abs() * power_of_two(52)) as i128;
        (((whole << 60) + lo.floor() as i128) as u128, lo.fract() != 0.0)
    }

    /// ⌊log2|v|⌋: below a power of two the binade is the lower one, however close.
    fn binade(self) -> i64 {
        self.exponent - i64::from(self.hi.abs() == 1.0 && self.lo * self.hi < 0.0)
    }

    /// The nearest f64, ties to even; ±∞ beyond the format.
    pub fn to_f64(self) -> f64 {
        self.rounded(&Shape::of(Format::F64))
    }

    /// The nearest f32, ties to even; ±∞ beyond the format.
    pub fn to_f32(self) -> f32 {
        // a number of 24 bits in the range of f32: exact
        self.rounded(&Shape::of(Format::F32)) as f32
    }

    fn rounded(self, shape: &Shape) -> f64 {
        if self.hi == 0.0 {
            return 0.0;
        }
        let (number, more) = self.fixed();
        let binade = self.exponent - 112 + i64::from(number.ilog2());
        let unit = (binade - shape.digits + 1).max(shape.least - shape.digits + 1);
        let drop = unit - (self.exponent - 112);
        if drop >= 127 {
            return 0.0 * self.hi;
        }
        let (kept, rest, half) = (number >> drop, number & ((1 << drop) - 1), 1 << (drop - 1));
        let up = rest > half || (rest == half && (more || kept & 1 == 1));
        let kept = (kept + u128::from(up)) as u64;
        let last = shape.greatest - shape.digits + 1;
        if unit > last || (unit == last && kept >> shape.digits != 0) {
            return f64::INFINITY * self.hi;
        }
        // exact, in two factors where 2^unit alone would underflow
        kept as f64 * power_of_two(unit / 2) * power_of_two(unit - unit / 2) * self.hi.signum()
    }

    /// Is it beyond the largest finite number of the format?
    fn beyond(self, shape: &Shape) -> bool {
        let drop = shape.greatest - shape.digits + 1 - (self.exponent - 112);
        if self.hi == 0.0 || drop > 113 {
            return false;
        }
        if drop <= 0 {
            return true;
        }
        let (number, more) = self.fixed();
        let largest = ((1u128 << shape.digits) - 1) << drop;
        number > largest || (number == largest && more)
    }

    /// The error of a measured result in units in the last place: the spacing of floats in the binade of the exact
    /// value, at least the least subnormal number.
    ///
    /// Edges   ±∞ is right only where the exact value is beyond the largest finite number; NaN is infinitely wrong
    pub fn ulps(self, measured: f64, format: Format) -> f64 {
        let shape = Shape::of(format);
        if !measured.is_finite() {
            let right = self.beyond(&shape) && measured * self.hi > 0.0;
            return if right { 0.0 } else { f64::INFINITY };
        }
        let least = shape.least - shape.digits + 1;
        let unit = if self.hi == 0.0 { least } else { least.max(self.binade() - shape.digits + 1) };
        // a measured float is exact in units; the first difference is exact where the two are close
        let in_units = |value: f64| {
            let exact = Known::from_f64(value).unwrap_or(Known::ZERO);
            let shift = exact.exponent - unit;
            exact.hi * power_of_two(shift / 2) * power_of_two(shift - shift / 2)
        };
        // an exact 0 has no exponent that means anything
        let scale = if self.hi == 0.0 { 0.0 } else { power_of_two(self.exponent.saturating_sub(unit)) };
        ((in_units(measured) - self.hi * scale) - self.lo * scale).abs()
    }
}

impl Truth {
    /// The error of a measured result in ulps: 0 for a limit that is met and for NaN where nothing is defined; ∞ where
    /// it is missed.
    pub fn ulps(self, measured: f64, format: Format) -> f64 {
        let right = match self {
            Truth::Finite(known) => return known.ulps(measured, format),
            Truth::Infinite { negative } => measured.is_infinite() && (measured < 0.0) == negative,
            Truth::Undefined => measured.is_nan(),
            Truth::Unsettled | Truth::Unstated => false,
        };
        if right { 0.0 } else { f64::INFINITY }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(known: Known) -> Rational {
        let two = |power: i64| Rational::from(2).checked_pow(power).unwrap();
        let part = |part: f64| Rational::from_f64(part).unwrap();
        &(&part(known.hi) + &part(known.lo)) * &two(known.exponent)
    }

    #[test]
    fn exact_numbers_and_back() {
        for known in samples() {
            assert_eq!(known.exact(), exact(known), "{known:?}");
            assert_eq!(Known::nearest(&known.exact()).exact(), known.exact(), "{known:?}");
        }
    }

    /// Numbers around every kind of boundary: powers of two from both sides, ties and near ties, subnormals, the ends.
    fn samples() -> Vec<Known> {
        let mut samples = Vec::new();
        let tails = [0.0, 2f64.powi(-53), 2f64.powi(-54), 2f64.powi(-60), 2f64.powi(-105), 2f64.powi(-140)];
        for exponent in [
            -1200, -1127, -1076, -1075, -1074, -1073, -1050, -1023, -1022, -600, -150, -149, -148, -140, -127, -126,
            -1, 0, 1, 30, 126, 127, 128, 600, 1022, 1023, 1024, 1100,
        ] {
            for hi in [
                1.0,
                1.0 + f64::EPSILON,
                1.5,
                1.0 + 2f64.powi(-23),
                1.0 + 2f64.powi(-24),
                1.0 + 3.0 * 2f64.powi(-24),
                1.25,
                1.75,
                1.234_567_890_123,
                2.0 - f64::EPSILON,
                2.0 - 2f64.powi(-23),
                2.0 - 2f64.powi(-24),
            ] {
                for tail in tails {
                    for lo in [tail, -tail] {
                        if lo.abs() <= f64::EPSILON / 2.0 {
                            samples.push(Known { hi, lo, exponent });
                            samples.push(Known { hi, lo, exponent }.neg());
                        }
                    }
                }
            }
        }
        samples
    }

    #[test]
    fn rounding_is_that_of_exact_rationals() {
        for known in samples() {
            let exact = exact(known);
            assert_eq!(known.to_f64(), exact.to_f64(), "{known:?}");
            assert_eq!(known.to_f32(), exact.to_f32(), "{known:?}");
        }
    }

    #[test]
    fn ulps_are_those_of_exact_rationals() {
        for known in samples() {
            for (format, digits, least) in [(Format::F64, 53, -1074i64), (Format::F32, 24, -149)] {
                let value = exact(known);
                let near = if format == Format::F64 { known.to_f64() } else { f64::from(known.to_f32()) };
                if near.is_infinite() {
                    continue;
                }
                for measured in [near, near * (1.0 - 2f64.powi(-20)), 0.0, -near] {
                    let size = if value.is_negative() { -&value } else { value.clone() };
                    let mut binade = known.exponent + 1;
                    let two = |power: i64| Rational::from(2).checked_pow(power).unwrap();
                    while two(binade) > size {
                        binade -= 1;
                    }
                    let unit = two((binade - digits + 1).max(least));
                    let error = &(&Rational::from_f64(measured).unwrap() - &value) / &unit;
                    let (error, found) = (error.to_f64().abs(), known.ulps(measured, format));
                    assert!(
                        (found - error).abs() <= 1e-14 * error + f64::MIN_POSITIVE,
                        "{known:?} {measured:e}: {found} {error}"
                    );
                }
            }
        }
    }

    #[test]
    fn infinity_is_right_only_beyond_the_largest_number() {
        let largest = Known::from_f64(f64::MAX).unwrap();
        let beyond = Known { lo: 2f64.powi(-80), ..largest };
        assert_eq!(largest.ulps(f64::INFINITY, Format::F64), f64::INFINITY);
        assert_eq!(beyond.ulps(f64::INFINITY, Format::F64), 0.0);
        assert_eq!(beyond.ulps(f64::NEG_INFINITY, Format::F64), f64::INFINITY);
        assert_eq!(beyond.neg().ulps(f64::NEG_INFINITY, Format::F64), 0.0);
        assert!(beyond.ulps(f64::MAX, Format::F64) < 1e-6);
        assert_eq!(beyond.ulps(f64::NAN, Format::F64), f64::INFINITY);
        assert_eq!(Known { hi: 1.0, lo: 0.0, exponent: 128 }.ulps(f64::INFINITY, Format::F32), 0.0);
        assert_eq!(Known { hi: 1.0, lo: 0.0, exponent: 5000 }.ulps(f64::INFINITY, Format::F32), 0.0);
    }

    #[test]
    fn leading_bits_become_two_floats() {
        for (leading, hi, exponent) in [(1 << 127, 1.0, 7), (u128::MAX, 1.0, 8), (3 << 126, 1.5, 7)] {
            let known = Known::from_leading(false, leading, 7).unwrap();
            assert_eq!((known.hi, known.exponent), (hi, exponent));
            assert!(known.lo.abs() <= f64::EPSILON / 2.0);
        }
        assert_eq!(Known::from_leading(false, 1, 7), None);
    }
}
