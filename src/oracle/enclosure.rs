//! Enclosures: intervals of arbitrary-precision numbers whose ends are rounded outward, as scalars.
//!
//! Every operator of the table is monotone in pieces, so its enclosure comes from the ends. Arguments so far out or
//! so close to 0 that a backend would need astronomically many digits are answered by inequalities here.

use std::cmp::Ordering;

use super::Known;
use crate::rational::Rational;
use crate::real::{Checked, Fault, Real};

/// A number of a backend, with every operation rounded up or down to a number of bits.
pub(crate) trait Digits: Clone {
    fn of(value: &Rational, bits: usize, up: bool) -> Self;
    fn power_of_two(exponent: i64) -> Self;
    fn neg(&self) -> Self;
    fn add(&self, other: &Self, bits: usize, up: bool) -> Checked<Self>;
    fn mul(&self, other: &Self, bits: usize, up: bool) -> Checked<Self>;
    /// For a divisor other than 0.
    fn div(&self, other: &Self, bits: usize, up: bool) -> Checked<Self>;
    fn exp(&self, bits: usize, up: bool) -> Checked<Self>;
    fn expm1(&self, bits: usize, up: bool) -> Checked<Self>;
    /// For a number above 0.
    fn log(&self, bits: usize, up: bool) -> Checked<Self>;
    /// For a number above −1.
    fn log1p(&self, bits: usize, up: bool) -> Checked<Self>;
    /// For a number that is at least 0.
    fn sqrt(&self, bits: usize, up: bool) -> Checked<Self>;
    fn compare(&self, other: &Self) -> Ordering;
    /// How it compares with 0.
    fn sign(&self) -> Ordering;
    /// ⌊log2|v|⌋ for a number other than 0.
    fn magnitude(&self) -> i64;
    /// Its value where it is a whole number that fits.
    fn whole(&self) -> Option<i64>;
    /// The leading 128 bits of |v|, truncated, for a number other than 0.
    fn leading(&self) -> u128;
}

/// Beyond this power of two an argument of exp is too large to be raised: the result is beyond every float by far, and
/// products of a few such results still fit the 32-bit exponents of rug.
const FAR: i64 = 26;
/// Bits that settle a value.
const SETTLED: i64 = 112;

/// A real between two numbers.
#[derive(Clone, Debug)]
pub(crate) struct Enclosure<F> {
    lo: F,
    hi: F,
    bits: usize,
}

impl<F: Digits> Enclosure<F> {
    /// The least enclosure of a number.
    pub(crate) fn of(value: &Rational, bits: usize) -> Self {
        Enclosure { lo: F::of(value, bits, false), hi: F::of(value, bits, true), bits }
    }

    /// 2^exponent
    #[cfg(test)]
    pub(crate) fn power_of_two(exponent: i64, bits: usize) -> Self {
        Enclosure { lo: F::power_of_two(exponent), hi: F::power_of_two(exponent), bits }
    }

    /// The value, where the ends agree to more bits than a `Known` holds; else 0 where both are below 2^−65536.
    pub(crate) fn settled(&self) -> Option<Known> {
        let small = |end: &F| end.sign() == Ordering::Equal || end.magnitude() < Known::LEAST;
        match self.sign() {
            Some(Ordering::Equal) => Some(Known::ZERO),
            Some(sign) if self.is_tight() => {
                Known::from_leading(sign == Ordering::Less, self.lo.leading(), self.lo.magnitude())
            }
            _ => (small(&self.lo) && small(&self.hi)).then_some(Known::ZERO),
        }
    }

    /// Is it, on one side of 0, narrow enough to be settled?
    fn is_tight(&self) -> bool {
        let least = self.lo.magnitude().min(self.hi.magnitude());
        self.is_point() || self.hi.add(&self.lo.neg(), 64, true).is_ok_and(|width| width.magnitude() < least - SETTLED)
    }

    fn is_point(&self) -> bool {
        self.lo.compare(&self.hi) == Ordering::Equal
    }

    /// Its sign, where all of it has one.
    fn sign(&self) -> Option<Ordering> {
        match (self.lo.sign(), self.hi.sign()) {
            (Ordering::Greater, _) => Some(Ordering::Greater),
            (_, Ordering::Less) => Some(Ordering::Less),
            (Ordering::Equal, Ordering::Equal) => Some(Ordering::Equal),
            _ => None,
        }
    }

    fn point(&self, end: &F) -> Self {
        Enclosure { lo: end.clone(), hi: end.clone(), bits: self.bits }
    }

    fn one(&self) -> F {
        F::power_of_two(0)
    }

    fn zero(&self) -> F {
        F::of(&Rational::ZERO, 64, false)
    }

    /// A function that rises: its value at each end, rounded outward.
    fn rising(&self, at: impl Fn(&F, bool) -> Checked<F>) -> Checked<Self> {
        Ok(Enclosure { lo: at(&self.lo, false)?, hi: at(&self.hi, true)?, bits: self.bits })
    }

    /// A function that rises, given as an enclosure at a point.
    fn rising_enclosed(&self, at: impl Fn(&F) -> Checked<Self>) -> Checked<Self> {
        let low = at(&self.lo)?;
        if self.is_point() {
            return Ok(low);
        }
        Ok(Enclosure { lo: low.lo, hi: at(&self.hi)?.hi, bits: self.bits })
    }

    /// a + b; a summand far below the other's last bit counts as a bound of itself, lest a backend aligns them.
    fn sum(&self, a: &F, b: &F, up: bool) -> Checked<F> {
        if a.sign() == Ordering::Equal || b.sign() == Ordering::Equal {
            return a.add(b, self.bits, up);
        }
        let (big, small) = if a.magnitude() >= b.magnitude() { (a, b) } else { (b, a) };
        let floor = big.magnitude() - self.bits as i64 - 64;
        if small.magnitude() >= floor {
            return a.add(b, self.bits, up);
        }
        let bound = F::power_of_two(floor);
        match (small.sign() == Ordering::Greater, up) {
            (true, true) => big.add(&bound, self.bits, up),
            (false, false) => big.add(&bound.neg(), self.bits, up),
            _ => big.add(&self.zero(), self.bits, up),
        }
    }

    fn exp_end(&self, x: &F, up: bool) -> Checked<F> {
        if x.sign() == Ordering::Equal {
            return Ok(self.one());
        }
        let positive = x.sign() == Ordering::Greater;
        if x.magnitude() >= FAR {
            // exp(x) < 2^x for x < 0
            return match (positive, up) {
                (true, _) => Err(Fault::Unsettled),
                (false, true) => Ok(F::power_of_two(-(1 << FAR))),
                (false, false) => Ok(self.zero()),
            };
        }
        if x.magnitude() < -(self.bits as i64) - 8 {
            // 1 + x ≤ exp(x) < 1 + 2x for 0 < x < 1; 1 + x ≤ exp(x) < 1 for x < 0
            let end = if up { x.add(x, self.bits, up)? } else { x.clone() };
            return self.sum(&self.one(), if positive || !up { &end } else { x }, up);
        }
        x.exp(self.bits, up)
    }

    /// A function with f(t) = t(1 + e), |e| ≤ |t|, for t so small that no digit of e counts; it lies above t or below.
    fn near_identity(&self, t: &F, above: bool, up: bool) -> Checked<F> {
        if above != up {
            return t.mul(&self.one(), self.bits, up);
        }
        let off = F::power_of_two(-(self.bits as i64));
        let grows = (t.sign() == Ordering::Greater) == up;
        t.mul(&self.one().add(&if grows { off } else { off.neg() }, self.bits + 8, up)?, self.bits, up)
    }

    fn is_small(&self, t: &F) -> bool {
        t.sign() == Ordering::Equal || t.magnitude() < -(self.bits as i64) - 8
    }

    fn log1p_end(&self, t: &F, up: bool) -> Checked<F> {
        if self.is_small(t) { self.near_identity(t, false, up) } else { t.log1p(self.bits, up) }
    }

    /// (larger, smaller) of sigmoid(x) and its complement.
    fn logistic_at(&self, x: &F) -> Checked<(Self, Self)> {
        let below = if x.sign() == Ordering::Greater { x.neg() } else { x.clone() };
        let small = self.point(&below).exp()?;
        let whole = small.add(&self.point(&self.one()))?;
        Ok((self.point(&self.one()).div(&whole)?, small.div(&whole)?))
    }

    fn sigmoid_at(&self, x: &F) -> Checked<Self> {
        let (larger, smaller) = self.logistic_at(x)?;
        Ok(if x.sign() == Ordering::Less { smaller } else { larger })
    }

    fn softplus_at(&self, x: &F) -> Checked<Self> {
        if x.sign() == Ordering::Greater {
            self.point(x).add(&self.point(&x.neg()).exp()?.log1p()?)
        } else {
            self.point(x).exp()?.log1p()
        }
    }

    /// |self|^power by its ends.
    fn whole_power(&self, power: i64) -> Checked<Self> {
        let base = if power % 2 == 0 { self.magnitudes()? } else { self.clone() };
        let end = |value: &F, up: bool| {
            let negative = value.sign() == Ordering::Less;
            let size = if negative { value.neg() } else { value.clone() };
            let mut result = self.one();
            for _ in 0..power {
                result = result.mul(&size, self.bits, up != negative)?;
            }
            Ok(if negative { result.neg() } else { result })
        };
        base.rising(end)
    }

    fn magnitudes(&self) -> Checked<Self> {
        Ok(match self.sign() {
            Some(Ordering::Less) => self.neg(),
            Some(_) => self.clone(),
            None => {
                let hi =
                    if self.hi.compare(&self.lo.neg()) == Ordering::Less { self.lo.neg() } else { self.hi.clone() };
                Enclosure { lo: self.zero(), hi, bits: self.bits }
            }
        })
    }

    /// base^exponent for a base that is not above 0 and an exponent that is no small whole number.
    fn power_beside(&self, exponent: &Self) -> Checked<Self> {
        match (self.sign(), exponent.sign()) {
            (Some(Ordering::Equal), Some(Ordering::Greater)) => Ok(self.clone()),
            (Some(Ordering::Equal), Some(Ordering::Less)) => Err(Fault::Undefined),
            (Some(Ordering::Less), _) => match exponent.whole() {
                Some(power) => {
                    let size = self.neg().log()?.mul(exponent)?.exp()?;
                    Ok(if power % 2 == 0 { size } else { size.neg() })
                }
                // a number that is no whole number is a point, for rationals and floats
                None if exponent.is_point() && !exponent.may_be_whole() => Err(Fault::Undefined),
                None => Err(Fault::Unsettled),
            },
            _ => Err(Fault::Unsettled),
        }
    }

    /// May a whole number lie in it?
    fn may_be_whole(&self) -> bool {
        self.whole().is_some() || self.lo.magnitude() >= 62
    }
}

impl<F: Digits> Real for Enclosure<F> {
    fn number(&self, value: &Rational) -> Self {
        Enclosure::of(value, self.bits)
    }

    fn add(&self, other: &Self) -> Checked<Self> {
        Ok(Enclosure {
            lo: self.sum(&self.lo, &other.lo, false)?,
            hi: self.sum(&self.hi, &other.hi, true)?,
            bits: self.bits,
        })
    }

    fn neg(&self) -> Self {
        Enclosure { lo: self.hi.neg(), hi: self.lo.neg(), bits: self.bits }
    }

    fn mul(&self, other: &Self) -> Checked<Self> {
        let mut ends: Option<(F, F)> = None;
        for a in [&self.lo, &self.hi] {
            for b in [&other.lo, &other.hi] {
                let (low, high) = (a.mul(b, self.bits, false)?, a.mul(b, self.bits, true)?);
                ends = Some(match ends {
                    None => (low, high),
                    Some((lo, hi)) => (
                        if low.compare(&lo) == Ordering::Less { low } else { lo },
                        if high.compare(&hi) == Ordering::Greater { high } else { hi },
                    ),
                });
            }
        }
        let (lo, hi) = ends.ok_or(Fault::Unsettled)?;
        Ok(Enclosure { lo, hi, bits: self.bits })
    }

    fn div(&self, other: &Self) -> Checked<Self> {
        match other.sign() {
            Some(Ordering::Equal) => return Err(Fault::Undefined),
            None => return Err(Fault::Unsettled),
            _ => {}
        }
        if other.is_point() {
            let (low, high) =
                if other.lo.sign() == Ordering::Less { (&self.hi, &self.lo) } else { (&self.lo, &self.hi) };
            let lo = low.div(&other.lo, self.bits, false)?;
            return Ok(Enclosure { lo, hi: high.div(&other.lo, self.bits, true)?, bits: self.bits });
        }
        // 1/b falls on each side of 0
        let lo = self.one().div(&other.hi, self.bits + 8, false)?;
        self.mul(&Enclosure { lo, hi: self.one().div(&other.lo, self.bits + 8, true)?, bits: self.bits })
    }

    fn pow(&self, exponent: &Self) -> Checked<Self> {
        match exponent.whole() {
            Some(0) => return Ok(self.point(&self.one())),
            Some(power) if (1..=64).contains(&power) => return self.whole_power(power),
            Some(power) if (-64..0).contains(&power) => {
                return self.point(&self.one()).div(&self.whole_power(-power)?);
            }
            _ => {}
        }
        match self.sign() {
            Some(Ordering::Greater) => self.log()?.mul(exponent)?.exp(),
            None if self.lo.sign() == Ordering::Equal && exponent.sign() == Some(Ordering::Greater) => {
                let top = self.point(&self.hi).log()?.mul(exponent)?.exp()?;
                Ok(Enclosure { lo: self.zero(), hi: top.hi, bits: self.bits })
            }
            _ => self.power_beside(exponent),
        }
    }

    fn exp(&self) -> Checked<Self> {
        self.rising(|x, up| self.exp_end(x, up))
    }

    fn log(&self) -> Checked<Self> {
        match (self.lo.sign(), self.hi.sign()) {
            (Ordering::Greater, _) => self.rising(|x, up| x.log(self.bits, up)),
            (_, Ordering::Greater) => Err(Fault::Unsettled),
            _ => Err(Fault::Undefined),
        }
    }

    fn log1p(&self) -> Checked<Self> {
        let above = |x: &F| x.compare(&self.one().neg()) == Ordering::Greater;
        match (above(&self.lo), above(&self.hi)) {
            (true, _) => self.rising(|x, up| self.log1p_end(x, up)),
            (_, true) => Err(Fault::Unsettled),
            _ => Err(Fault::Undefined),
        }
    }

    fn expm1(&self) -> Checked<Self> {
        self.rising(|x, up| {
            if self.is_small(x) {
                self.near_identity(x, true, up)
            } else if x.magnitude() >= FAR.min(self.bits.ilog2() as i64) {
                self.sum(&self.exp_end(x, up)?, &self.one().neg(), up)
            } else {
                x.expm1(self.bits, up)
            }
        })
    }

    fn logistic(&self) -> Checked<(Self, Self)> {
        Ok((self.sigmoid()?, self.neg().sigmoid()?))
    }

    fn sigmoid(&self) -> Checked<Self> {
        self.rising_enclosed(|x| self.sigmoid_at(x))
    }

    fn softplus(&self) -> Checked<Self> {
        self.rising_enclosed(|x| self.softplus_at(x))
    }

    fn sqrt(&self) -> Checked<Self> {
        match (self.lo.sign(), self.hi.sign()) {
            (Ordering::Less, Ordering::Less) => Err(Fault::Undefined),
            (Ordering::Less, _) => Err(Fault::Unsettled),
            _ => self.rising(|x, up| x.sqrt(self.bits, up)),
        }
    }

    fn compare(&self, other: &Self) -> Checked<Ordering> {
        if self.hi.compare(&other.lo) == Ordering::Less {
            return Ok(Ordering::Less);
        }
        if self.lo.compare(&other.hi) == Ordering::Greater {
            return Ok(Ordering::Greater);
        }
        if self.is_point() && other.is_point() { Ok(Ordering::Equal) } else { Err(Fault::Unsettled) }
    }

    fn whole(&self) -> Option<i64> {
        if self.is_point() { self.lo.whole() } else { None }
    }

    fn abs(&self) -> Checked<Self> {
        self.magnitudes()
    }

    fn min(&self, other: &Self) -> Checked<Self> {
        let least = |a: &F, b: &F| if a.compare(b) == Ordering::Greater { b.clone() } else { a.clone() };
        Ok(Enclosure { lo: least(&self.lo, &other.lo), hi: least(&self.hi, &other.hi), bits: self.bits })
    }
}
