//! The operators of formulas on lanes: values, ranges and bounds of results.

use std::cmp::Ordering;
use std::rc::Rc;

use super::bound::{self, Bound, outward};
use super::{ALL, EXP_MOST, Lanes, NEXT_TO_NOTHING, PRODUCTS, U, What, function, least, magnitude, range, zip};
use crate::oracle::pair::{two_product, two_sum};
use crate::rational::Rational;
use crate::real::{Checked, Fault, Real};

impl Real for Lanes {
    fn number(&self, value: &Rational) -> Lanes {
        let near = value.to_f64();
        let exact = Rational::from_f64(near).is_some_and(|exact| exact == *value);
        self.constant(near, exact)
    }

    fn integer(&self, value: i32) -> Lanes {
        self.constant(f64::from(value), true)
    }

    fn add(&self, other: &Lanes) -> Checked<Lanes> {
        match (self.exact(), other.exact()) {
            (Some(0.0), _) => return Ok(other.clone()),
            (_, Some(0.0)) => return Ok(self.clone()),
            (Some(a), Some(b)) if two_sum(a, b).lo == 0.0 => return Ok(self.constant(a + b, true)),
            _ => {}
        }
        let (a, b) = if self.of.id <= other.of.id { (self, other) } else { (other, self) };
        let together = a.negative == b.negative;
        let ((a_lo, a_hi), (b_lo, b_hi)) = (a.of.range, b.of.range);
        let range = if together { (a_lo + b_lo, a_hi + b_hi) } else { (a_lo - b_hi, a_hi - b_lo) };
        let same_sign = if together {
            a_lo >= 0.0 && b_lo >= 0.0 || a_hi <= 0.0 && b_hi <= 0.0
        } else {
            a_lo >= 0.0 && b_hi <= 0.0 || a_hi <= 0.0 && b_lo >= 0.0
        };
        let bound = || {
            if same_sign {
                a.of.bound.of_sum(b.of.bound)
            } else {
                a.of.bound.of_difference(b.of.bound, magnitude(a.of.range), magnitude(b.of.range))
            }
        };
        let size = |one: &Lanes| outward(magnitude(one.of.range) + one.off());
        // (which one stands for the sum, and the size of the other)
        let alone = match (size(a), size(b)) {
            (_, small) if small <= NEXT_TO_NOTHING * least(a.of.range) => Some((a, 1.0, small)),
            (small, _) if small <= NEXT_TO_NOTHING * least(b.of.range) => {
                Some((b, if together { 1.0 } else { -1.0 }, small))
            }
            _ => None,
        };
        let sum = self.once(if together { What::Sum } else { What::Difference }, (&a.of, &b.of), || {
            if let Some((one, sign, small)) = alone {
                let values: Vec<f64> = one.of.values.iter().map(|value| sign * value).collect();
                let range = super::range(&values);
                return Ok((values, range, one.of.bound.with_small(small), one.of.digits));
            }
            let values = if together {
                zip(&a.of.values, &b.of.values, |a, b| a + b)
            } else {
                zip(&a.of.values, &b.of.values, |a, b| a - b)
            };
            Ok((values, range, bound(), ALL))
        })?;
        Ok(if a.negative { sum.neg() } else { sum })
    }

    fn neg(&self) -> Lanes {
        self.with(self.of.clone(), !self.negative)
    }

    fn mul(&self, other: &Lanes) -> Checked<Lanes> {
        match (self.exact(), other.exact()) {
            (Some(a), Some(b)) if exact_product(a, b) => return Ok(self.constant(a * b, true)),
            (Some(0.0), _) | (_, Some(1.0)) => return Ok(self.clone()),
            (_, Some(0.0)) | (Some(1.0), _) => return Ok(other.clone()),
            (_, Some(-1.0)) => return Ok(self.neg()),
            (Some(-1.0), _) => return Ok(other.neg()),
            _ => {}
        }
        let (a, b) = if self.of.id <= other.of.id { (&self.of, &other.of) } else { (&other.of, &self.of) };
        let product = self.once(What::Product, (a, b), || {
            let ((a_lo, a_hi), (b_lo, b_hi)) = (a.range, b.range);
            let ends = [a_lo * b_lo, a_lo * b_hi, a_hi * b_lo, a_hi * b_hi];
            // n digits times m digits are n + m, and times a power of two n
            let digits = if a.digits.min(b.digits) == 1 { a.digits.max(b.digits) } else { a.digits + b.digits };
            let rounding = if digits <= ALL { 0.0 } else { U };
            let bound = a.bound.of_product(b.bound, magnitude(a.range), magnitude(b.range), rounding);
            Ok((zip(&a.values, &b.values, |a, b| a * b), range(&ends), bound, digits.min(ALL)))
        })?;
        Ok(if self.negative != other.negative { product.neg() } else { product })
    }

    fn div(&self, other: &Lanes) -> Checked<Lanes> {
        match other.exact() {
            Some(1.0) => return Ok(self.clone()),
            Some(-1.0) => return Ok(self.neg()),
            Some(0.0) => return Err(Fault::Undefined),
            _ => {}
        }
        let (a, b) = (&self.of, &other.of);
        let quotient = self.once(What::Quotient, (a, b), || {
            let (digits, rounding) = if b.digits == 1 { (a.digits, 0.0) } else { (ALL, U) };
            let bound = a.bound.of_quotient(b.bound, least(b.range), rounding).ok_or(Fault::Unsettled)?;
            let ((a_lo, a_hi), (b_lo, b_hi)) = (a.range, b.range);
            let ends = [a_lo / b_lo, a_lo / b_hi, a_hi / b_lo, a_hi / b_hi];
            Ok((zip(&a.values, &b.values, |a, b| a / b), range(&ends), bound, digits))
        })?;
        Ok(if self.negative != other.negative { quotient.neg() } else { quotient })
    }

    fn pow(&self, exponent: &Lanes) -> Checked<Lanes> {
        if let Some(power) = exponent.whole().filter(|power| power.unsigned_abs() <= PRODUCTS) {
            return self.whole_power(power);
        }
        self.log()?.mul(exponent)?.exp()
    }

    fn exp(&self) -> Checked<Lanes> {
        let (lo, hi) = self.range();
        if hi > EXP_MOST {
            return Err(Fault::Unsettled);
        }
        let size = outward(magnitude(self.of.range) + self.off());
        if size <= NEXT_TO_NOTHING {
            return self.once(What::Exp(self.negative), (&self.of, &self.of), || {
                // |exp(x) − 1| ≤ 1.07|x| for |x| ≤ 1/8
                Ok((vec![1.0], (1.0, 1.0), Bound::EXACT.with_small(1.1 * size), 1))
            });
        }
        let bound = Bound::of_exp(self.of.bound, magnitude(self.of.range), -lo).ok_or(Fault::Unsettled)?;
        self.function(What::Exp(self.negative), function::exp, bound)
    }

    fn log(&self) -> Checked<Lanes> {
        let (lo, hi) = self.range();
        if lo < 1e-300 || hi > 1e300 || self.off_relative() > 0.25 {
            return Err(Fault::Unsettled);
        }
        self.function(What::Log, function::log, Bound::of_log(self.off_relative()))
    }

    fn log1p(&self) -> Checked<Lanes> {
        let ((lo, hi), (from, to)) = (self.range(), function::LOG1P_RANGE);
        if lo >= from && hi <= to { self.near_log1p() } else { self.integer(1).add(self)?.log() }
    }

    fn expm1(&self) -> Checked<Lanes> {
        if magnitude(self.of.range) > function::EXPM1_REACH {
            return self.exp()?.sub(&self.integer(1));
        }
        self.function(What::Expm1(self.negative), function::expm1, self.of.bound.of_expm1())
    }

    fn logistic(&self) -> Checked<(Lanes, Lanes)> {
        let small = self.small()?;
        let whole = self.integer(1).add(&small)?;
        let (larger, smaller) = (self.integer(1).div(&whole)?, small.div(&whole)?);
        let (lo, hi) = self.range();
        if lo >= 0.0 {
            return Ok((larger, smaller));
        }
        if hi <= 0.0 {
            return Ok((smaller, larger));
        }
        let bound = larger.of.bound.or(smaller.of.bound);
        let at = |lanes: &Lanes, place: usize| lanes.of.values[if lanes.of.values.len() == 1 { 0 } else { place }];
        let chosen = |upper: bool| {
            self.once(What::Sigmoid(upper), (&self.of, &self.of), || {
                let choose =
                    |(place, z): (usize, &f64)| at(if (*z >= 0.0) == upper { &larger } else { &smaller }, place);
                let values: Vec<f64> = self.of.values.iter().enumerate().map(choose).collect();
                let range = range(&values);
                Ok((values, range, bound, ALL))
            })
        };
        Ok((chosen(!self.negative)?, chosen(self.negative)?))
    }

    fn softplus(&self) -> Checked<Lanes> {
        let log = self.small()?.near_log1p()?;
        match self.range() {
            (_, hi) if hi <= 0.0 => return Ok(log),
            (lo, _) if lo >= 0.0 => return self.add(&log),
            _ => {}
        }
        let sign = if self.negative { -1.0 } else { 1.0 };
        self.once(What::Softplus(self.negative), (&self.of, &self.of), || {
            let values = zip(&self.of.values, &log.of.values, |z, log| (sign * z).max(0.0) + log);
            let range = range(&values);
            Ok((values, range, self.of.bound.of_sum(log.of.bound), ALL))
        })
    }

    fn sqrt(&self) -> Checked<Lanes> {
        let exact = self.of.bound.absolute == 0.0 && self.range().0 >= 0.0;
        let off = if exact { self.of.bound.relative } else { self.off_relative() };
        if self.range().0 < 0.0 || off > 0.25 {
            return Err(Fault::Unsettled);
        }
        self.function(What::Sqrt, f64::sqrt, Bound { relative: outward(off + U), absolute: bound::LEAST })
    }

    /// ||A| − |a|| ≤ |A − a|, whatever the sign of A is.
    fn abs(&self) -> Checked<Lanes> {
        match self.range() {
            (lo, _) if lo >= 0.0 => Ok(self.clone()),
            (_, hi) if hi <= 0.0 => Ok(self.neg()),
            _ => self.function(What::Abs, f64::abs, self.of.bound),
        }
    }

    fn compare(&self, other: &Lanes) -> Checked<Ordering> {
        if Rc::ptr_eq(&self.of, &other.of) && self.negative == other.negative {
            return Ok(Ordering::Equal);
        }
        let off = outward(self.off() + other.off());
        let ((a_lo, a_hi), (b_lo, b_hi)) = (self.range(), other.range());
        // a difference of floats is within u of itself, and not below 0 where it is above
        let apart = |lower: f64, upper: f64| upper - lower > off * (1.0 + 4.0 * U) && upper > lower;
        match (self.exact(), other.exact()) {
            (Some(a), Some(b)) if a == b => Ok(Ordering::Equal),
            _ if apart(a_hi, b_lo) => Ok(Ordering::Less),
            _ if apart(b_hi, a_lo) => Ok(Ordering::Greater),
            _ => Err(Fault::Unsettled),
        }
    }

    fn whole(&self) -> Option<i64> {
        self.exact().filter(|value| value.fract() == 0.0 && (-1e15..1e15).contains(value)).map(|value| value as i64)
    }
}

/// Is the product of two floats a float?
fn exact_product(a: f64, b: f64) -> bool {
    let moderate = |value: f64| value == 0.0 || (1e-100..1e100).contains(&value.abs());
    moderate(a) && moderate(b) && two_product(a, b).lo == 0.0
}
