//! MPFR as a backend, through rug. The one file that names `rug`.
//!
//! Traps: overflow and underflow give ±∞ and 0 in silence, and a NaN compares with nothing, so each result is looked
//! at. rug counts exponents in 32 bits, MPFR in 64: what passes 2^31 is `Unsettled`.

use std::cmp::Ordering;

use rug::float::Round;
use rug::integer::Order;
use rug::ops::{AddAssignRound, DivAssignRound, MulAssignRound};
use rug::{Float, Integer, Rational as Fraction};

use super::enclosure::Digits;
use crate::rational::Rational;
use crate::real::{Checked, Fault};

/// A binary number of a chosen length.
#[derive(Clone, Debug)]
pub(crate) struct Number(Float);

fn direction(up: bool) -> Round {
    if up { Round::Up } else { Round::Down }
}

fn length(bits: usize) -> u32 {
    u32::try_from(bits).unwrap_or(u32::MAX)
}

impl Number {
    /// The result of an operation in place on a copy with the bits that are asked for.
    fn with(&self, bits: usize, up: bool, operation: impl FnOnce(&mut Float, Round)) -> Checked<Number> {
        // the operand itself must not be rounded: the copy is as long as it needs, and the result is rounded at the end
        let mut value = Float::with_val(length(bits).max(self.0.prec()), &self.0);
        operation(&mut value, direction(up));
        let zero_from_nonzero = value.is_zero() && !self.0.is_zero();
        value.set_prec_round(length(bits), direction(up));
        let in_range = value.get_exp().is_none_or(|exponent| exponent.abs() < i32::MAX - 1);
        if value.is_finite() && !zero_from_nonzero && in_range { Ok(Number(value)) } else { Err(Fault::Unsettled) }
    }
}

impl Digits for Number {
    fn of(value: &Rational, bits: usize, up: bool) -> Self {
        let (numerator, denominator) = value.digits();
        let integer = |digits: &str| digits.parse::<Integer>().unwrap_or_default();
        let fraction = Fraction::from((integer(&numerator), integer(&denominator)));
        Number(Float::with_val_round(length(bits), &fraction, direction(up)).0)
    }

    fn power_of_two(exponent: i64) -> Self {
        let mut one = Float::with_val(2, 1);
        // in steps, since a shift is 32 bits wide
        let mut left = exponent;
        while left != 0 {
            let step = left.clamp(-(1 << 30), 1 << 30);
            one <<= step as i32;
            left -= step;
        }
        Number(one)
    }

    fn neg(&self) -> Self {
        Number(Float::with_val(self.0.prec(), -&self.0))
    }

    fn add(&self, other: &Self, bits: usize, up: bool) -> Checked<Self> {
        let exact_zero = self.compare(&other.neg()) == Ordering::Equal;
        if exact_zero {
            return Ok(Number(Float::new(2)));
        }
        self.with(bits, up, |value, round| {
            value.add_assign_round(&other.0, round);
        })
    }

    fn mul(&self, other: &Self, bits: usize, up: bool) -> Checked<Self> {
        if other.0.is_zero() {
            return Ok(Number(Float::new(2)));
        }
        self.with(bits, up, |value, round| {
            value.mul_assign_round(&other.0, round);
        })
    }

    fn div(&self, other: &Self, bits: usize, up: bool) -> Checked<Self> {
        self.with(bits, up, |value, round| {
            value.div_assign_round(&other.0, round);
        })
    }

    fn exp(&self, bits: usize, up: bool) -> Checked<Self> {
        self.with(bits, up, |value, round| {
            value.exp_round(round);
        })
    }

    fn expm1(&self, bits: usize, up: bool) -> Checked<Self> {
        self.with(bits, up, |value, round| {
            value.exp_m1_round(round);
        })
    }

    fn log(&self, bits: usize, up: bool) -> Checked<Self> {
        if self.0 == 1 {
            return Ok(Number(Float::new(2)));
        }
        self.with(bits, up, |value, round| {
            value.ln_round(round);
        })
    }

    fn log1p(&self, bits: usize, up: bool) -> Checked<Self> {
        self.with(bits, up, |value, round| {
            value.ln_1p_round(round);
        })
    }

    fn sqrt(&self, bits: usize, up: bool) -> Checked<Self> {
        self.with(bits, up, |value, round| {
            value.sqrt_round(round);
        })
    }

    fn compare(&self, other: &Self) -> Ordering {
        self.0.partial_cmp(&other.0).unwrap_or(Ordering::Equal)
    }

    fn sign(&self) -> Ordering {
        self.0.cmp0().unwrap_or(Ordering::Equal)
    }

    fn magnitude(&self) -> i64 {
        i64::from(self.0.get_exp().unwrap_or(0)) - 1
    }

    fn whole(&self) -> Option<i64> {
        if self.0.is_integer() {
            self.0.to_integer().and_then(|value| value.to_i64()).filter(|v| v.abs() < 1 << 62)
        } else {
            None
        }
    }

    fn leading(&self) -> u128 {
        let cut = Float::with_val_round(128, self.0.abs_ref(), Round::Down).0;
        let Some((integer, _)) = cut.to_integer_exp() else { return 0 };
        let mut words = [0u64; 2];
        integer.write_digits(&mut words, Order::Lsf);
        u128::from(words[0]) | u128::from(words[1]) << 64
    }
}
