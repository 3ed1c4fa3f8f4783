//! Exact numbers: decimals and fractions of formulas, never rounded. The one file that names `dashu_ratio`.

use std::fmt;
use std::ops::{Add, Div, Mul, Neg, Sub};

use dashu_int::{IBig, UBig};
use dashu_ratio::RBig;

/// An exact rational number in lowest terms.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Rational(RBig);

impl Rational {
    /// 0.
    pub const ZERO: Rational = Rational(RBig::ZERO);
    /// 1.
    pub const ONE: Rational = Rational(RBig::ONE);

    /// `numerator / denominator`; `None` where the denominator is 0.
    pub fn ratio(numerator: i64, denominator: i64) -> Option<Rational> {
        (denominator != 0).then(|| Rational(RBig::from(IBig::from(numerator)) / RBig::from(IBig::from(denominator))))
    }

    /// The exact value of a float; `None` for NaN and infinities.
    pub fn from_f64(value: f64) -> Option<Rational> {
        RBig::try_from(value).ok().map(Rational)
    }

    /// Reads `12`, `0.25`, `1e-7`, `2.5e3` exactly. The exponent is refused beyond ±100,000 digits.
    pub fn from_decimal(text: &str) -> Option<Rational> {
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (&text[..at], text[at + 1..].parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let power = exponent.checked_sub(fraction.len() as i64)?;
        if power.unsigned_abs() > 100_000 {
            return None;
        }
        let number = RBig::from(digits.parse::<IBig>().ok()?);
        let scale = RBig::from(UBig::from(10u8).pow(power.unsigned_abs() as usize));
        Some(Rational(if power < 0 { number / scale } else { number * scale }))
    }

    /// The nearest f64 (ties to even); ±∞ beyond the format.
    pub fn to_f64(&self) -> f64 {
        self.0.to_f64().value()
    }

    /// The nearest f32 (ties to even); ±∞ beyond the format.
    pub fn to_f32(&self) -> f32 {
        self.0.to_f32().value()
    }

    /// Is it a whole number?
    pub fn is_integer(&self) -> bool {
        self.0.denominator() == &UBig::ONE
    }

    /// Its value as an i64 where it is a whole number that fits.
    pub fn to_i64(&self) -> Option<i64> {
        if self.is_integer() { i64::try_from(self.0.numerator().clone()).ok() } else { None }
    }

    /// Is it 0?
    pub fn is_zero(&self) -> bool {
        self.0 == RBig::ZERO
    }

    /// Is it below 0?
    pub fn is_negative(&self) -> bool {
        self.0 < RBig::ZERO
    }

    /// The quotient; `None` where `other` is 0.
    pub fn checked_div(&self, other: &Rational) -> Option<Rational> {
        (!other.is_zero()).then(|| Rational(&self.0 / &other.0))
    }

    /// `self^power`; `None` for 0 to a negative power and for powers beyond ±4096.
    pub fn checked_pow(&self, power: i64) -> Option<Rational> {
        if power.unsigned_abs() > 4096 || (self.is_zero() && power < 0) {
            return None;
        }
        let positive = Rational(self.0.pow(power.unsigned_abs() as isize));
        if power < 0 { Rational::ONE.checked_div(&positive) } else { Some(positive) }
    }

    /// The greatest whole number at most it, and what is left.
    pub fn floor(&self) -> (Rational, Rational) {
        let whole = Rational(RBig::from(self.0.floor()));
        let part = self - &whole;
        (whole, part)
    }

    /// Numerator and denominator where both are small.
    pub fn small_ratio(&self) -> Option<(i64, i64)> {
        let numerator = i64::try_from(self.0.numerator().clone()).ok()?;
        let denominator = i64::try_from(IBig::from(self.0.denominator().clone())).ok()?;
        (numerator.abs() <= 64 && denominator <= 64).then_some((numerator, denominator))
    }

    /// The greatest number that both are whole multiples of; 0 where both are 0.
    pub fn gcd(&self, other: &Rational) -> Rational {
        let (a, b) = (self.0.numerator(), other.0.numerator());
        let (c, d) = (IBig::from(self.0.denominator().clone()), IBig::from(other.0.denominator().clone()));
        let (mut greater, mut less) = (a * &d, b * &c);
        while less != IBig::ZERO {
            (greater, less) = (less.clone(), greater % less);
        }
        let size = if greater < IBig::ZERO { -greater } else { greater };
        Rational(RBig::from(size) / RBig::from(c * d))
    }

    /// The exact number behind, for oracles.
    pub fn inner(&self) -> &RBig {
        &self.0
    }

    /// Wraps an exact number of an oracle.
    pub fn of(value: RBig) -> Rational {
        Rational(value)
    }

    /// Numerator and denominator as decimal digits (the numerator carries the sign).
    pub fn digits(&self) -> (String, String) {
        (self.0.numerator().to_string(), self.0.denominator().to_string())
    }
}

impl From<i64> for Rational {
    fn from(value: i64) -> Rational {
        Rational(RBig::from(IBig::from(value)))
    }
}

macro_rules! arithmetic {
    ($($operator:ident $method:ident $sign:tt;)*) => {$(
        impl $operator for &Rational {
            type Output = Rational;
            fn $method(self, other: &Rational) -> Rational {
                Rational(&self.0 $sign &other.0)
            }
        }
    )*};
}
arithmetic! { Add add +; Sub sub -; Mul mul *; }

impl Div for &Rational {
    type Output = Rational;
    /// Panics where `other` is 0; `checked_div` does not.
    fn div(self, other: &Rational) -> Rational {
        Rational(&self.0 / &other.0)
    }
}

impl Neg for &Rational {
    type Output = Rational;
    fn neg(self) -> Rational {
        Rational(-self.0.clone())
    }
}

impl fmt::Display for Rational {
    /// A whole number, a decimal where a short one is exact, else a fraction `n/d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_integer() {
            return write!(f, "{}", self.0.numerator());
        }
        for places in 1..=12 {
            let scaled = &self.0 * RBig::from(UBig::from(10u8).pow(places));
            if scaled.denominator() == &UBig::ONE {
                let digits = format!("{:0>width$}", scaled.numerator().clone().unsigned_abs_text(), width = places + 1);
                let (whole, fraction) = digits.split_at(digits.len() - places);
                let sign = if self.is_negative() { "-" } else { "" };
                return write!(f, "{sign}{whole}.{fraction}");
            }
        }
        write!(f, "{}/{}", self.0.numerator(), self.0.denominator())
    }
}

impl fmt::Debug for Rational {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

trait UnsignedText {
    fn unsigned_abs_text(self) -> String;
}

impl UnsignedText for IBig {
    fn unsigned_abs_text(self) -> String {
        self.to_string().trim_start_matches('-').to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact() {
        let quarter = Rational::from_decimal("0.25").unwrap();
        assert_eq!(quarter, Rational::ratio(1, 4).unwrap());
        assert_eq!(quarter.to_string(), "0.25");
        assert_eq!(Rational::from_decimal("1e-7").unwrap().to_string(), "0.0000001");
        assert_eq!(Rational::from_decimal("2.5e3").unwrap().to_string(), "2500");
        assert_eq!(Rational::ratio(-1, 3).unwrap().to_string(), "-1/3");
        assert_eq!(Rational::ratio(-1, 8).unwrap().to_string(), "-0.125");
        assert!(Rational::from_decimal("1e999999999").is_none());
    }

    #[test]
    fn common_measure() {
        let number = |text| Rational::from_decimal(text).unwrap();
        assert_eq!(number("0.5").gcd(&number("0.75")), number("0.25"));
        assert_eq!((-&number("6")).gcd(&number("4")), number("2"));
        assert_eq!(Rational::ZERO.gcd(&number("3")), number("3"));
    }
}
