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
//! Where formulas saturate (1 + e^−50, say) the truth differs from a float by less than any rounding: a sum of which one
//! summand is below 2^−60 of the other is the other one, with the small one as an error; and products of few digits are exact.
//! So a truth that is a tie of f32 but for next to nothing is known to be one.
//!
//! What was computed once at a block is not computed again: operations on the same operands give the same
//! values. Negation is a sign beside the values, so that z and −z, and with them both labels, share their work.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::real::{Checked, Fault, Real};

mod bound;
#[cfg(test)]
mod doubt;
mod function;
mod real;

use bound::Bound;

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
    /// Bits that the significand of each value needs, at most.
    digits: u32,
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

/// A summand below this part of the other one is a part of the error.
const NEXT_TO_NOTHING: f64 = 1.0 / (1u64 << 60) as f64;
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

/// Digits of any float.
const ALL: u32 = f64::MANTISSA_DIGITS;

/// Digits that each of the values needs, at most; of a normal number.
fn digits(values: &[f64]) -> u32 {
    let bits = values.iter().fold(0, |all, value| all | value.to_bits());
    ALL - (bits | 1 << (ALL - 1)).trailing_zeros()
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
            wrong[place] += value * 0.0;
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
        let (range, digits, bound) = (range(&values), digits(&values), Bound::EXACT);
        let of = Rc::new(Values { id: self.memory.name(), range, values, bound, digits });
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
        compute: impl FnOnce() -> Checked<(Vec<f64>, (f64, f64), Bound, u32)>,
    ) -> Checked<Lanes> {
        let key = (what, operands.0.id, operands.1.id);
        if let Some(known) = self.memory.known.borrow().get(&key) {
            return Ok(self.with(known.clone(), false));
        }
        let (values, range, bound, digits) = compute()?;
        if !(range.0.is_finite() && range.1.is_finite() && bound.is_finite()) {
            return Err(Fault::Unsettled);
        }
        let of = Rc::new(Values { id: self.memory.name(), values, range, bound, digits });
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
            Ok((values, range, bound, ALL))
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
        let (range, digits) = ((value, value), digits(&[value]));
        let make = || Rc::new(Values { id: self.name(), values: vec![value], range, bound, digits });
        self.constants.borrow_mut().entry((value.to_bits(), exact)).or_insert_with(make).clone()
    }
}
