//! The filter's scalar: a pair of floats with an exponent of its own and a bound of its error.
//!
//! A number is `(hi + lo)·2^exponent`, and the real that it stands for lies within `error·2^exponent` of it. Results far
//! below the subnormal numbers keep all their digits, and the bound grows by what each operation may add (the
//! constants of [`super::pair`] and [`super::elementary`]) and by what it makes of the operands' bounds.
//! Bounds are computed in floats, rounded to nearest: `outward` makes up for it. What the filter cannot bound is
//! `Unsettled`, and arbitrary precision decides.

use std::cmp::Ordering;

use super::elementary;
use super::known::{Known, power_of_two};
use super::pair::{PRODUCT, Pair, QUOTIENT, SUM, UNIT, two_product, two_sum};
use crate::rational::Rational;
use crate::real::{Checked, Fault, Real};

/// A real within `error·2^exponent` of `(hi + lo)·2^exponent`, 1 ≤ |hi| < 2 or hi = 0.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Twofold {
    pair: Pair,
    exponent: i64,
    error: f64,
}

/// Beyond this gap of exponents a summand counts as a part of the error.
const GAP: i64 = 200;
/// Beyond this power of two an argument is too large for exp.
const FAR: i64 = 29;
/// The relative error that settles a value.
const SETTLED: f64 = 1.0 / (1u128 << 80) as f64;

/// A bound, rounded up: the few operations that made it lost less than this, and it does not vanish.
fn outward(error: f64) -> f64 {
    if error == 0.0 { 0.0 } else { error * (1.0 + 1.0 / (1u64 << 40) as f64) + power_of_two(-500) }
}

/// An exponent, where it leaves room for sums and differences of exponents.
fn in_range(exponent: i64) -> Checked<i64> {
    if exponent.abs() < 1 << 60 { Ok(exponent) } else { Err(Fault::Unsettled) }
}

impl Twofold {
    pub(crate) const ZERO: Twofold = Twofold { pair: Pair::ZERO, exponent: 0, error: 0.0 };
    const ONE: Twofold = Twofold { pair: Pair::ONE, exponent: 0, error: 0.0 };

    /// A finite float, exactly.
    pub(crate) fn from_f64(value: f64) -> Twofold {
        match Known::from_f64(value) {
            Some(known) => Twofold { pair: Pair::of(known.hi), exponent: known.exponent, error: 0.0 },
            None => Twofold { error: f64::INFINITY, ..Twofold::ZERO },
        }
    }

    /// `pair·2^exponent` within `error·2^exponent`, with the leading part brought into [1, 2).
    fn made(pair: Pair, exponent: i64, error: f64) -> Twofold {
        if pair.hi == 0.0 {
            return Twofold {
                pair: Pair::ZERO,
                exponent: if error == 0.0 { 0 } else { exponent },
                error: outward(error),
            };
        }
        let shift = ((pair.hi.to_bits() >> 52) & 0x7ff) as i64 - 1023;
        let scale = power_of_two(-shift);
        let pair = Pair { hi: pair.hi * scale, lo: pair.lo * scale };
        Twofold { pair, exponent: exponent + shift, error: outward(error * scale) }
    }

    /// Exactly 0?
    fn is_zero(&self) -> bool {
        self.pair.hi == 0.0 && self.error == 0.0
    }

    fn is_exact(&self) -> bool {
        self.error == 0.0
    }

    /// Its sign, where its error leaves one.
    fn sign(&self) -> Checked<Ordering> {
        if self.is_zero() {
            Ok(Ordering::Equal)
        } else if self.error < self.pair.hi.abs() * 0.5 {
            Ok(if self.pair.hi > 0.0 { Ordering::Greater } else { Ordering::Less })
        } else {
            Err(Fault::Unsettled)
        }
    }

    /// The value, where the error is small enough; 0 for everything below 2^−65536.
    pub(crate) fn settled(&self) -> Option<Known> {
        if self.error <= self.pair.hi.abs() * SETTLED {
            let Pair { hi, lo } = self.pair;
            return Some(if hi == 0.0 { Known::ZERO } else { Known { hi, lo, exponent: self.exponent } });
        }
        (self.exponent < Known::LEAST - 64 && self.error < power_of_two(32)).then_some(Known::ZERO)
    }

    /// hi, lo, exponent and error.
    #[cfg(test)]
    pub(crate) fn parts(&self) -> (f64, f64, i64, f64) {
        (self.pair.hi, self.pair.lo, self.exponent, self.error)
    }

    /// It with an error, absolute.
    #[cfg(test)]
    pub(crate) fn widened(self, error: f64) -> Twofold {
        Twofold { error: self.error + error * power_of_two(-self.exponent), ..self }
    }

    /// The pair as plain floats and its error, for a number that is neither large nor far below 1.
    fn plain(&self) -> (Pair, f64) {
        let scale = power_of_two(self.exponent);
        (Pair { hi: self.pair.hi * scale, lo: self.pair.lo * scale }, self.error * scale)
    }

    /// A value that a function has within `bound`, relative, of an argument whose error makes it `inherited` wrong, relative.
    fn relative(pair: Pair, exponent: i64, bound: f64, inherited: f64) -> Twofold {
        let size = pair.hi.abs() * (1.0 + 4.0 * f64::EPSILON);
        Twofold::made(pair, exponent, size * (bound + inherited + bound * inherited))
    }

    fn whole_power(&self, power: i64) -> Checked<Twofold> {
        let (mut result, mut square, mut left) = (Twofold::ONE, *self, power.unsigned_abs());
        while left > 0 {
            if left & 1 == 1 {
                result = result.mul(&square)?;
            }
            left >>= 1;
            if left > 0 {
                square = square.mul(&square)?;
            }
        }
        if power < 0 { Twofold::ONE.div(&result) } else { Ok(result) }
    }
}

impl Real for Twofold {
    fn number(&self, value: &Rational) -> Twofold {
        // brought into the range of floats by powers of two
        let step = Rational::from(2).checked_pow(900).unwrap_or(Rational::ONE);
        let (mut scaled, mut exponent) = (value.clone(), 0);
        while scaled.to_f64().is_infinite() {
            scaled = &scaled / &step;
            exponent += 900;
        }
        while !scaled.is_zero() && scaled.to_f64().abs() < 1e-200 {
            scaled = &scaled * &step;
            exponent -= 900;
        }
        let rest = |from: &Rational, near: f64| Rational::from_f64(near).map_or(Rational::ZERO, |near| from - &near);
        let hi = scaled.to_f64();
        let tail = rest(&scaled, hi);
        let lo = tail.to_f64();
        let exact = rest(&tail, lo).is_zero();
        Twofold::made(Pair { hi, lo }, exponent, if exact { 0.0 } else { hi.abs() * UNIT })
    }

    fn integer(&self, value: i32) -> Twofold {
        Twofold::from_f64(f64::from(value))
    }

    #[inline]
    fn add(&self, other: &Twofold) -> Checked<Twofold> {
        if self.is_zero() {
            return Ok(*other);
        }
        if other.is_zero() {
            return Ok(*self);
        }
        let (big, small) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        let gap = big.exponent - small.exponent;
        if gap > GAP {
            // |small| ≤ (2 + error)·2^−gap in units of the big one
            let error = big.error + (2.0 + small.error) * power_of_two(-gap.min(900));
            return Ok(Twofold::made(big.pair, big.exponent, error));
        }
        let scale = power_of_two(-gap);
        let (a, b) = (big.pair, Pair { hi: small.pair.hi * scale, lo: small.pair.lo * scale });
        let error = big.error + small.error * scale;
        if a.lo == 0.0 && b.lo == 0.0 {
            return Ok(Twofold::made(two_sum(a.hi, b.hi), big.exponent, error));
        }
        let sum = a.add(b);
        Ok(Twofold::made(sum, big.exponent, error + sum.hi.abs() * (2.0 * SUM)))
    }

    #[inline]
    fn neg(&self) -> Twofold {
        Twofold { pair: self.pair.neg(), ..*self }
    }

    #[inline]
    fn mul(&self, other: &Twofold) -> Checked<Twofold> {
        if self.is_zero() || other.is_zero() {
            return Ok(Twofold::ZERO);
        }
        let exponent = in_range(self.exponent + other.exponent)?;
        let (a, b) = (self.pair, other.pair);
        // |hi + lo| ≤ 2 on both sides
        let error = 2.0 * (self.error + other.error) + self.error * other.error;
        if a.lo == 0.0 && b.lo == 0.0 {
            return Ok(Twofold::made(two_product(a.hi, b.hi), exponent, error));
        }
        // a factor ±1 is exact
        if a.hi.abs() == 1.0 && a.lo == 0.0 || b.hi.abs() == 1.0 && b.lo == 0.0 {
            let (sign, pair) = if a.lo == 0.0 && a.hi.abs() == 1.0 { (a.hi, b) } else { (b.hi, a) };
            return Ok(Twofold::made(Pair { hi: sign * pair.hi, lo: sign * pair.lo }, exponent, error));
        }
        let product = a.mul(b);
        Ok(Twofold::made(product, exponent, error + product.hi.abs() * (2.0 * PRODUCT)))
    }

    #[inline]
    fn div(&self, other: &Twofold) -> Checked<Twofold> {
        if other.is_zero() {
            return Err(Fault::Undefined);
        }
        other.sign()?;
        if self.is_zero() {
            return Ok(Twofold::ZERO);
        }
        let exponent = in_range(self.exponent - other.exponent)?;
        let quotient = self.pair.div(other.pair);
        // (a + e)/(b + f) − a/b = (e − f·a/b)/(b + f), and |b + f| ≥ 1/2
        let size = quotient.hi.abs();
        let inherited = 2.0 * (self.error + other.error * size * 1.5);
        let back = two_product(quotient.hi, other.pair.hi);
        let exact = quotient.lo == 0.0 && other.pair.lo == 0.0 && back == self.pair;
        let own = if exact { 0.0 } else { size * (2.0 * QUOTIENT) };
        Ok(Twofold::made(quotient, exponent, inherited + own))
    }

    fn pow(&self, exponent: &Twofold) -> Checked<Twofold> {
        match exponent.whole() {
            Some(0) => return Ok(Twofold::ONE),
            Some(power) if power < 0 && self.is_zero() => return Err(Fault::Undefined),
            Some(power) if power.abs() <= 64 => return self.whole_power(power),
            _ => {}
        }
        match (self.sign()?, exponent.whole()) {
            (Ordering::Greater, _) => self.log()?.mul(exponent)?.exp(),
            (Ordering::Equal, _) => match exponent.sign()? {
                Ordering::Greater => Ok(Twofold::ZERO),
                Ordering::Equal => Ok(Twofold::ONE),
                Ordering::Less => Err(Fault::Undefined),
            },
            (Ordering::Less, Some(power)) => {
                let size = self.neg().log()?.mul(exponent)?.exp()?;
                Ok(if power % 2 == 0 { size } else { size.neg() })
            }
            // whether the exponent is whole beyond 2^53 is left to arbitrary precision
            (Ordering::Less, None) if exponent.is_exact() && exponent.exponent < 52 => Err(Fault::Undefined),
            (Ordering::Less, None) => Err(Fault::Unsettled),
        }
    }

    fn exp(&self) -> Checked<Twofold> {
        if self.is_zero() {
            return Ok(Twofold::ONE);
        }
        if self.exponent >= FAR || self.error * power_of_two(self.exponent.clamp(-900, FAR)) > 0.125 {
            // exp(x) < 2^x for x < 0, and x ≤ −2^FAR/2 within the error
            let far_below = self.exponent >= FAR && self.pair.hi < 0.0 && self.error < 0.5;
            let least = Twofold { pair: Pair::ONE, exponent: -(1 << (FAR - 1)), error: 1.0 };
            return if far_below { Ok(least) } else { Err(Fault::Unsettled) };
        }
        if self.exponent < -GAP {
            // |exp(x) − 1| ≤ 2|x|
            let off = (2.0 + self.error) * power_of_two(self.exponent.max(-900) + 1);
            return Ok(Twofold::made(Pair::ONE, 0, off));
        }
        let (argument, error) = self.plain();
        let (pair, exponent) = elementary::exp(argument);
        // |exp(e) − 1| ≤ 1.1|e| for |e| ≤ 1/8
        Ok(Twofold::relative(pair, exponent, elementary::EXP, 1.1 * error))
    }

    fn log(&self) -> Checked<Twofold> {
        match self.sign()? {
            Ordering::Greater => {}
            _ => return Err(Fault::Undefined),
        }
        if self.exponent.abs() > 1 << 50 {
            return Err(Fault::Unsettled);
        }
        // the mantissa between 0.7 and 1.42
        let half = self.pair.hi > 1.41;
        let scale = if half { 0.5 } else { 1.0 };
        let exponent = self.exponent + i64::from(half);
        let mantissa = Pair { hi: self.pair.hi * scale, lo: self.pair.lo * scale };
        let (log, near) = elementary::log(mantissa);
        // |log(m + e) − log(m)| ≤ |e|/(m − |e|), m ≥ 0.7 and |e| ≤ m/2
        let inherited = self.error * scale * 2.0 / mantissa.hi;
        let own = if near { log.hi.abs() * (2.0 * elementary::LOG_NEAR) } else { elementary::LOG };
        let log = Twofold::made(log, 0, inherited + own);
        if exponent == 0 {
            return Ok(log);
        }
        let power = exponent as f64;
        let shift = two_product(power, elementary::LN2[0]).add(Pair::of(power * elementary::LN2[1]));
        // LN2[1] is a float, its product another: 2^−55·2u; what is left out weighs 2^−110
        log.add(&Twofold::made(shift, 0, shift.hi.abs() * (2.0 * SUM + 4.0 * UNIT)))
    }

    fn log1p(&self) -> Checked<Twofold> {
        if self.exponent > -8 {
            return Twofold::ONE.add(self)?.log();
        }
        if self.is_zero() {
            return Ok(Twofold::ZERO);
        }
        if self.exponent < -GAP {
            // |log1p(t) − t| ≤ t²
            let off = self.error + (2.0 + self.error).powi(2) * power_of_two(self.exponent.max(-900));
            return Ok(Twofold::made(self.pair, self.exponent, off));
        }
        let (argument, error) = self.plain();
        if error > 0.25 {
            return Err(Fault::Unsettled);
        }
        let pair = elementary::log1p(argument);
        // the derivative is at most 1/(1 − 2^−7 − 0.25)
        Ok(Twofold::made(pair, 0, pair.hi.abs() * (2.0 * elementary::LOG1P) + 1.4 * error))
    }

    fn expm1(&self) -> Checked<Twofold> {
        if self.exponent >= -7 {
            return self.exp()?.sub(&Twofold::ONE);
        }
        if self.is_zero() {
            return Ok(Twofold::ZERO);
        }
        if self.exponent < -GAP {
            // |expm1(t) − t| ≤ t²
            let off = self.error + (2.0 + self.error).powi(2) * power_of_two(self.exponent.max(-900));
            return Ok(Twofold::made(self.pair, self.exponent, off));
        }
        let (argument, error) = self.plain();
        if error > 0.125 {
            return Err(Fault::Unsettled);
        }
        let pair = elementary::expm1(argument);
        Ok(Twofold::made(pair, 0, pair.hi.abs() * (2.0 * elementary::EXPM1) + 1.2 * error))
    }

    fn logistic(&self) -> Checked<(Twofold, Twofold)> {
        let below = if self.pair.hi > 0.0 { self.neg() } else { *self };
        let small = below.exp()?;
        let whole = Twofold::ONE.add(&small)?;
        let (larger, smaller) = (Twofold::ONE.div(&whole)?, small.div(&whole)?);
        Ok(if self.pair.hi > 0.0 { (larger, smaller) } else { (smaller, larger) })
    }

    fn softplus(&self) -> Checked<Twofold> {
        if self.pair.hi > 0.0 { self.add(&self.neg().exp()?.log1p()?) } else { self.exp()?.log1p() }
    }

    fn sqrt(&self) -> Checked<Twofold> {
        match self.sign()? {
            Ordering::Equal => return Ok(Twofold::ZERO),
            Ordering::Less => return Err(Fault::Undefined),
            Ordering::Greater => {}
        }
        let odd = self.exponent.rem_euclid(2);
        let scale = if odd == 1 { 2.0 } else { 1.0 };
        let inner = Pair { hi: self.pair.hi * scale, lo: self.pair.lo * scale };
        // r + (v − r²)/(2r) for r within u of √v: the square of the rest is below u²/2, its quotient within 4u²
        let root = inner.hi.sqrt();
        let rest = inner.add(two_product(root, root).neg());
        let pair = two_sum(root, rest.hi / (2.0 * root));
        let exact = inner.lo == 0.0 && rest.hi == 0.0;
        let own = if exact { 0.0 } else { pair.hi * (8.0 * UNIT) };
        // |√(v + e) − √v| ≤ |e|/√v
        Ok(Twofold::made(pair, (self.exponent - odd) / 2, own + self.error * scale / root * 1.1))
    }

    fn compare(&self, other: &Twofold) -> Checked<Ordering> {
        self.sub(other)?.sign()
    }

    fn whole(&self) -> Option<i64> {
        if self.is_zero() {
            return Some(0);
        }
        if !self.is_exact() || self.pair.lo != 0.0 || !(0..52).contains(&self.exponent) {
            return None;
        }
        let value = self.pair.hi * power_of_two(self.exponent);
        (value.fract() == 0.0).then_some(value as i64)
    }
}
