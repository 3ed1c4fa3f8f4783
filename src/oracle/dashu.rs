//! dashu as a backend. The one file that names `dashu_float`.
//!
//! Traps: the convenience methods panic on overflow, NaN and infinite operands, so everything goes through a context
//! and its `Result`; a fraction is rounded by the quotient of its integers, which is the only division that is exact
//! in both operands; digits to align or to certify grow with the distance of exponents, so the enclosure keeps far
//! summands and tiny arguments away.

use std::cell::RefCell;
use std::cmp::Ordering;

use dashu_base::{Abs, BitTest, Sign, UnsignedAbs};
use dashu_float::round::mode::{Down, Up};
use dashu_float::{ConstCache, Context, FBig, FpError, Repr};
use dashu_int::{IBig, UBig};

use super::enclosure::Digits;
use crate::rational::Rational;
use crate::real::{Checked, Fault};

/// A binary number of any length.
#[derive(Clone, Debug)]
pub(crate) struct Number(Repr<2>);

thread_local! {
    /// Digits of ln 2 and the like, which every exp and ln asks for.
    static CACHE: RefCell<ConstCache> = const { RefCell::new(ConstCache::new()) };
}

/// The operation of the context that rounds the way that is asked for.
macro_rules! rounded {
    ($bits:expr, $up:expr, $method:ident $(, $operand:expr)*) => {
        if $up {
            Number::taken(Context::<Up>::new($bits).$method($($operand),*).map(|value| value.value().into_repr()))
        } else {
            Number::taken(Context::<Down>::new($bits).$method($($operand),*).map(|value| value.value().into_repr()))
        }
    };
}

impl Number {
    fn taken(result: Result<Repr<2>, FpError>) -> Checked<Number> {
        match result {
            Ok(value) if value.is_finite() => Ok(Number(value)),
            // the enclosure asks for nothing outside a domain: overflow and underflow
            _ => Err(Fault::Unsettled),
        }
    }
}

impl Digits for Number {
    fn of(value: &Rational, bits: usize, up: bool) -> Self {
        let number = value.inner();
        let above = Repr::new(number.numerator().clone(), 0);
        let below = Repr::new(IBig::from(number.denominator().clone()), 0);
        let exact = number.denominator() == &UBig::ONE && above.digits() <= bits;
        let quotient = if exact { Ok(Number(above)) } else { rounded!(bits, up, div, &above, &below) };
        quotient.unwrap_or(Number(Repr::zero()))
    }

    fn power_of_two(exponent: i64) -> Self {
        Number(Repr::new(IBig::ONE, exponent as isize))
    }

    fn neg(&self) -> Self {
        Number(-self.0.clone())
    }

    fn add(&self, other: &Self, bits: usize, up: bool) -> Checked<Self> {
        rounded!(bits, up, add, &self.0, &other.0)
    }

    fn mul(&self, other: &Self, bits: usize, up: bool) -> Checked<Self> {
        rounded!(bits, up, mul, &self.0, &other.0)
    }

    fn div(&self, other: &Self, bits: usize, up: bool) -> Checked<Self> {
        rounded!(bits, up, div, &self.0, &other.0)
    }

    fn exp(&self, bits: usize, up: bool) -> Checked<Self> {
        CACHE.with_borrow_mut(|cache| rounded!(bits, up, exp, &self.0, Some(cache)))
    }

    fn expm1(&self, bits: usize, up: bool) -> Checked<Self> {
        CACHE.with_borrow_mut(|cache| rounded!(bits, up, exp_m1, &self.0, Some(cache)))
    }

    fn log(&self, bits: usize, up: bool) -> Checked<Self> {
        CACHE.with_borrow_mut(|cache| rounded!(bits, up, ln, &self.0, Some(cache)))
    }

    fn log1p(&self, bits: usize, up: bool) -> Checked<Self> {
        CACHE.with_borrow_mut(|cache| rounded!(bits, up, ln_1p, &self.0, Some(cache)))
    }

    fn sqrt(&self, bits: usize, up: bool) -> Checked<Self> {
        rounded!(bits, up, sqrt, &self.0)
    }

    fn compare(&self, other: &Self) -> Ordering {
        let sign = self.sign().cmp(&other.sign());
        if sign != Ordering::Equal || self.sign() == Ordering::Equal {
            return sign;
        }
        let size = self.magnitude().cmp(&other.magnitude());
        if size != Ordering::Equal {
            return if self.sign() == Ordering::Greater { size } else { size.reverse() };
        }
        FBig::<Down, 2>::from_repr(self.0.clone(), Context::new(0))
            .cmp(&FBig::from_repr(other.0.clone(), Context::new(0)))
    }

    fn sign(&self) -> Ordering {
        match (self.0.significand() == &IBig::ZERO, self.0.sign()) {
            (true, _) => Ordering::Equal,
            (_, Sign::Positive) => Ordering::Greater,
            (_, Sign::Negative) => Ordering::Less,
        }
    }

    fn magnitude(&self) -> i64 {
        self.0.exponent() as i64 + self.0.significand().unsigned_abs().bit_len() as i64 - 1
    }

    fn whole(&self) -> Option<i64> {
        if self.sign() == Ordering::Equal {
            return Some(0);
        }
        // the significand is odd, so a negative power of two leaves a fraction
        let (significand, exponent) = (self.0.significand(), self.0.exponent());
        if !(0..63).contains(&exponent) || self.magnitude() >= 62 {
            return None;
        }
        i64::try_from(significand << exponent as usize).ok()
    }

    fn leading(&self) -> u128 {
        let size = self.0.significand().clone().abs().unsigned_abs();
        let length = size.bit_len();
        let top = if length > 128 { size >> (length - 128) } else { size << (128 - length) };
        u128::try_from(top).unwrap_or(0)
    }
}
