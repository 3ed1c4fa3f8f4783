//! The scalar of whole sweeps: the values at many points at once, with one bound of their error.
//!
//! At every point the real that a value v stands for lies within `relative·|v| + absolute` of it, with the same two
//! numbers for all points of a block. Neighbouring floats make blocks whose values hardly differ, so a bound for all
//! is about as good as one for each, and the loops over points are plain arithmetic, which vectorises. The bounds follow
//! from u = 2^−53 for every rounded operation, from the bounds of [`function`], and from what each operation makes of
//! its operands' bounds; where two numbers of opposite signs are added, the relative parts become an absolute one.
//! Bounds are computed in floats, rounded to nearest: `outward` makes up for it. Nothing is smaller than
//! 2^−1000 in the absolute, so that no underflow escapes. What cannot be bounded, or is not the same at all
//! points (a comparison), is `Unsettled`, and the judge is asked point by point.
//!
//! What was computed once at a block is not computed again: operations on the same operands give the same
//! values. Negation is a sign beside the values, so that z and −z, and with them both labels, share their work.

use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::pair::{two_product, two_sum};
use crate::rational::Rational;
use crate::real::{Checked, Fault, Real};

mod bound;
#[cfg(test)]
mod doubt;
mod function;

use bound::{Bound, outward};

/// u = 2^−53
const U: f64 = f64::EPSILON / 2.0;

/// Values at every point of a block, or one value for all of them.
#[derive(Debug)]
struct Values {
    /// Names them among what is remembered.
    id: u64,
    values: Vec<f64>,
    /// The least and the greatest.
    range: (f64, f64),
    bound: Bound,
}

/// What is known at the points of a block.
#[derive(Clone)]
pub(crate) struct Lanes {
    of: Rc<Values>,
    negative: bool,
    memory: Rc<Memory>,
}

/// What was computed so far; a thread has one of its own.
#[derive(Default)]
struct Memory {
    known: RefCell<BTreeMap<(What, u64, u64), Rc<Values>>>,
    /// By the bits of value and bound.
    constants: RefCell<BTreeMap<(u64, bool), Rc<Values>>>,
    next: Cell<u64>,
}

/// An operation; the operands' signs are a part of it where they change more than the sign of the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Sum,
    Difference,
    Product,
    Quotient,
    Exp(bool),
    /// exp(−|z|)
    Small,
    Log,
    Log1p(bool),
    Expm1(bool),
    Sqrt,
    Abs,
    Sigmoid(bool),
    Softplus(bool),
}

/// Points that values are computed at together: their loops outweigh what one operation costs beside its loop, and
/// what a formula needs at a time stays in the second-level cache.
pub const BLOCK: usize = 512;

/// The largest argument of `exp`.
const EXP_MOST: f64 = 700.0;
/// A whole exponent up to this is done by products.
const PRODUCTS: u64 = 64;

fn magnitude((lo, hi): (f64, f64)) -> f64 {
    lo.abs().max(hi.abs())
}

/// The least size of a number in the range.
fn least((lo, hi): (f64, f64)) -> f64 {
    if lo > 0.0 {
        lo
    } else if hi < 0.0 {
        -hi
    } else {
        0.0
    }
}

/// f at every pair; one value counts for all points.
#[inline(always)]
fn zip(a: &[f64], b: &[f64], f: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    match (a, b) {
        (&[a], &[b]) => vec![f(a, b)],
        (&[a], b) => b.iter().map(|&b| f(a, b)).collect(),
        (a, &[b]) => a.iter().map(|&a| f(a, b)).collect(),
        (a, b) => a.iter().zip(b).map(|(&a, &b)| f(a, b)).collect(),
    }
}

/// The least and the greatest; not finite where a value is not.
fn range(values: &[f64]) -> (f64, f64) {
    const WIDTH: usize = 8;
    let (mut lo, mut hi, mut wrong) = ([f64::INFINITY; WIDTH], [f64::NEG_INFINITY; WIDTH], [0.0; WIDTH]);
    for chunk in values.chunks(WIDTH) {
        for (place, &value) in chunk.iter().enumerate() {
            lo[place] = if value < lo[place] { value } else { lo[place] };
            hi[place] = if value > hi[place] { value } else { hi[place] };
            // 0, or NaN where the value is not finite
            wrong[place] += value - value;
        }
    }
    let wrong: f64 = wrong.iter().sum();
    (lo.into_iter().fold(f64::INFINITY, f64::min) + wrong, hi.into_iter().fold(f64::NEG_INFINITY, f64::max) + wrong)
}

impl Lanes {
    /// A memory with the number 0 in it: what numbers and points are made from.
    pub(crate) fn zero() -> Lanes {
        let memory = Rc::new(Memory::default());
        Lanes { of: memory.constant(0.0, true), negative: false, memory }
    }

    /// The points of a new block, exactly; everything that was known at other points is forgotten.
    pub(crate) fn points(&self, values: Vec<f64>) -> Lanes {
        self.memory.known.borrow_mut().clear();
        let of = Rc::new(Values { id: self.memory.name(), range: range(&values), values, bound: Bound::EXACT });
        self.with(of, false)
    }

    /// A float, exactly.
    pub(crate) fn float(&self, value: f64) -> Lanes {
        self.constant(value, true)
    }

    /// Values without a sign, one for each point or one for all, and the sign of all.
    pub(crate) fn values(&self) -> (&[f64], f64) {
        (&self.of.values, if self.negative { -1.0 } else { 1.0 })
    }

    /// (relative, absolute): at every point the truth is within `relative·|v| + absolute` of the value v.
    pub(crate) fn error(&self) -> (f64, f64) {
        (self.of.bound.relative, self.of.bound.absolute)
    }

    /// The least and the greatest value.
    pub(crate) fn range(&self) -> (f64, f64) {
        let (lo, hi) = self.of.range;
        if self.negative { (-hi, -lo) } else { (lo, hi) }
    }

    fn with(&self, of: Rc<Values>, negative: bool) -> Lanes {
        Lanes { of, negative, memory: self.memory.clone() }
    }

    fn constant(&self, value: f64, exact: bool) -> Lanes {
        self.with(self.memory.constant(value.abs(), exact), value < 0.0)
    }

    /// The number, where it is one and known exactly.
    fn exact(&self) -> Option<f64> {
        let exact = self.of.values.len() == 1 && self.of.bound == Bound::EXACT;
        exact.then(|| if self.negative { -self.of.values[0] } else { self.of.values[0] })
    }

    /// What the truth is off the value by, at most, at any point.
    fn off(&self) -> f64 {
        self.of.bound.total(magnitude(self.of.range))
    }

    /// Relative to the value, at any point; infinite where the value may be 0.
    fn off_relative(&self) -> f64 {
        self.of.bound.relative_total(least(self.of.range))
    }

    /// The result that is known of these operands, or is computed now.
    fn once(
        &self,
        what: What,
        operands: (&Values, &Values),
        compute: impl FnOnce() -> Checked<(Vec<f64>, (f64, f64), Bound)>,
    ) -> Checked<Lanes> {
        let key = (what, operands.0.id, operands.1.id);
        if let Some(known) = self.memory.known.borrow().get(&key) {
            return Ok(self.with(known.clone(), false));
        }
        let (values, range, bound) = compute()?;
        if !(range.0.is_finite() && range.1.is_finite() && bound.is_finite()) {
            return Err(Fault::Unsettled);
        }
        let of = Rc::new(Values { id: self.memory.name(), values, range, bound });
        self.memory.known.borrow_mut().insert(key, of.clone());
        Ok(self.with(of, false))
    }

    /// A function of one operand that has the bound.
    #[inline(always)]
    fn function(&self, what: What, f: impl Fn(f64) -> f64, bound: Bound) -> Checked<Lanes> {
        let sign = if self.negative { -1.0 } else { 1.0 };
        self.once(what, (&self.of, &self.of), || {
            let values: Vec<f64> = self.of.values.iter().map(|&v| f(sign * v)).collect();
            let range = range(&values);
            Ok((values, range, bound))
        })
    }

    /// exp(−|self|)
    fn small(&self) -> Checked<Lanes> {
        let bound = Bound::of_exp(self.of.bound, magnitude(self.of.range), magnitude(self.of.range));
        self.function(What::Small, |z| function::exp(-z.abs()), bound.ok_or(Fault::Unsettled)?)
    }

    /// log1p where the values allow it.
    fn near_log1p(&self) -> Checked<Lanes> {
        self.function(What::Log1p(self.negative), function::log1p, self.of.bound.of_log1p())
    }

    fn whole_power(&self, power: i64) -> Checked<Lanes> {
        let one = self.integer(1);
        let (mut result, mut square, mut left) = (one.clone(), self.clone(), power.unsigned_abs());
        while left > 0 {
            if left & 1 == 1 {
                result = result.mul(&square)?;
            }
            left >>= 1;
            if left > 0 {
                square = square.mul(&square)?;
            }
        }
        if power < 0 { one.div(&result) } else { Ok(result) }
    }
}

impl Memory {
    fn name(&self) -> u64 {
        self.next.set(self.next.get() + 1);
        self.next.get()
    }

    /// A number ≥ 0, known exactly or rounded once.
    fn constant(&self, value: f64, exact: bool) -> Rc<Values> {
        // a number beyond the floats is not known at all
        let bound = match exact {
            true => Bound::EXACT,
            false if value.is_finite() => Bound::rounded(),
            false => Bound { relative: f64::INFINITY, absolute: f64::INFINITY },
        };
        let make = || Rc::new(Values { id: self.name(), values: vec![value], range: (value, value), bound });
        self.constants.borrow_mut().entry((value.to_bits(), exact)).or_insert_with(make).clone()
    }
}

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
        let sum = self.once(if together { What::Sum } else { What::Difference }, (&a.of, &b.of), || {
            let values = if together {
                zip(&a.of.values, &b.of.values, |a, b| a + b)
            } else {
                zip(&a.of.values, &b.of.values, |a, b| a - b)
            };
            Ok((values, range, bound()))
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
            let bound = a.bound.of_product(b.bound, magnitude(a.range), magnitude(b.range));
            Ok((zip(&a.values, &b.values, |a, b| a * b), range(&ends), bound))
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
            let bound = a.bound.of_quotient(b.bound, least(b.range)).ok_or(Fault::Unsettled)?;
            let ((a_lo, a_hi), (b_lo, b_hi)) = (a.range, b.range);
            let ends = [a_lo / b_lo, a_lo / b_hi, a_hi / b_lo, a_hi / b_hi];
            Ok((zip(&a.values, &b.values, |a, b| a / b), range(&ends), bound))
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
        let chosen = |upper: bool| {
            let places = || self.of.values.iter().zip(larger.of.values.iter().zip(&smaller.of.values));
            self.once(What::Sigmoid(upper), (&self.of, &self.of), || {
                let choose = |(z, (l, s)): (&f64, (&f64, &f64))| if (*z >= 0.0) == upper { *l } else { *s };
                let values: Vec<f64> = places().map(choose).collect();
                let range = range(&values);
                Ok((values, range, bound))
            })
        };
        Ok((chosen(!self.negative)?, chosen(self.negative)?))
    }

    fn softplus(&self) -> Checked<Lanes> {
        let log = self.small()?.near_log1p()?;
        if self.range().1 <= 0.0 {
            return Ok(log);
        }
        let sign = if self.negative { -1.0 } else { 1.0 };
        self.once(What::Softplus(self.negative), (&self.of, &self.of), || {
            let values = zip(&self.of.values, &log.of.values, |z, log| (sign * z).max(0.0) + log);
            let range = range(&values);
            Ok((values, range, self.of.bound.of_sum(log.of.bound)))
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
