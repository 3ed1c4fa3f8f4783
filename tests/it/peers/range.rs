//! A formula as it is coded, every operation rounded → where its result can lie.
//!
//! Operations are off by a rounding at most: half a unit in the last place for + − · /, which IEEE 754 says, and one unit
//! for exp, log and powers. The latter is what SLEEF states of its `u10` functions; of Eigen and libm it is an
//! assumption, which every recording bears out. A range holds every result that such operations can give, and says whether
//! NaN is one. Which operations are coded was read in the packages' source where there is one, and corrected where
//! recordings disagreed: the clip at its bounds, the mean in f32, weights in f32, the overflow in a sigmoid.

use std::collections::BTreeMap;

use focal_derive::expr::Expr;
use focal_derive::format::Format;
use focal_derive::op::Op;

/// Relative errors in units of roundoff: of an operation, and of a function (a unit in the last place is two).
const OPERATION: f64 = 1.0;
const FUNCTION: f64 = 2.0;
/// Relative error of the f64 that ranges themselves are computed in: two units in the last place.
pub const OWN: f64 = 2.0 * f64::EPSILON;

/// What operations lose: relative, and near 0.
#[derive(Clone, Copy)]
pub struct Rounding {
    unit: f64,
    least: f64,
    format: Format,
}

impl Rounding {
    /// Of a format; some frameworks flush what is below the least normal number.
    pub fn of(format: Format, flushes: bool) -> Rounding {
        let (normal, subnormal) = match format {
            Format::F32 => (f64::from(f32::MIN_POSITIVE), f64::from(f32::from_bits(1))),
            Format::F64 => (f64::MIN_POSITIVE, f64::from_bits(1)),
        };
        Rounding { unit: format.unit(), least: if flushes { normal } else { subnormal }, format }
    }

    pub fn format(self) -> Format {
        self.format
    }

    /// Is it a float of the format?
    fn has(self, value: f64) -> bool {
        self.format == Format::F64 || f64::from(value as f32) == value
    }
}

/// The results that are possible: from lo to hi (none where lo > hi), and NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub lo: f64,
    pub hi: f64,
    pub nan: bool,
}

impl Range {
    /// NaN and nothing else.
    const NAN: Range = Range { lo: f64::INFINITY, hi: f64::NEG_INFINITY, nan: true };

    pub fn point(value: f64) -> Range {
        if value.is_nan() { Range::NAN } else { Range { lo: value, hi: value, nan: false } }
    }

    fn is_empty(self) -> bool {
        self.lo > self.hi
    }

    /// The one number that it is.
    fn is(self) -> Option<f64> {
        (self.lo == self.hi && !self.nan).then_some(self.lo)
    }

    pub fn holds(self, value: f64) -> bool {
        if value.is_nan() { self.nan } else { self.lo <= value && value <= self.hi }
    }

    fn hull(self, other: Range) -> Range {
        Range { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi), nan: self.nan || other.nan }
    }

    /// Wider by a relative error, and by the rounding of f64 that these ends themselves have.
    fn wider(self, factor: f64, rounding: Rounding) -> Range {
        let relative = factor * rounding.unit + OWN;
        let off = |end: f64| if end.is_finite() { end.abs() * relative + 2.0 * rounding.least } else { 0.0 };
        // what is above the largest number is infinite
        let largest = match rounding.format {
            Format::F32 => f64::from(f32::MAX),
            Format::F64 => f64::MAX,
        };
        let beyond = |end: f64| if end.abs() > largest { f64::INFINITY.copysign(end) } else { end };
        let within = |end: f64| end.clamp(-largest, largest);
        // an exact 0 stays one
        let exact = self.is() == Some(0.0);
        if exact || self.is_empty() || self.is().is_some_and(f64::is_infinite) {
            return self;
        }
        let (lo, hi) = (self.lo - off(self.lo), self.hi + off(self.hi));
        let lo = if lo > 0.0 { within(lo) } else { beyond(lo) };
        let hi = if hi < 0.0 { within(hi) } else { beyond(hi) };
        Range { lo, hi, nan: self.nan }
    }

    /// A number that was given, rounded to the format.
    pub fn rounded(value: f64, rounding: Rounding) -> Range {
        if rounding.has(value) { Range::point(value) } else { Range::point(value).wider(OPERATION, rounding) }
    }

    /// The hull of the function at pairs of ends, for functions monotone in each operand; NaN where it is one.
    fn corners(a: Range, b: Range, f: impl Fn(f64, f64) -> f64) -> Range {
        let mut all = Range { nan: a.nan || b.nan, ..Range::NAN };
        if a.is_empty() || b.is_empty() {
            return Range::NAN;
        }
        for x in [a.lo, a.hi] {
            for y in [b.lo, b.hi] {
                all = all.hull(Range::point(f(x, y)));
            }
        }
        all
    }

    fn monotone(self, f: impl Fn(f64) -> f64) -> Range {
        Range::corners(self, self, |x, _| f(x))
    }

    pub fn add(self, other: Range, rounding: Rounding) -> Range {
        if let (Some(a), Some(b)) = (self.is(), other.is()) {
            // a sum that is a float is not rounded
            let sum = a + b;
            let (part, rest) = (sum - a, sum - (sum - a));
            if (a - rest) + (b - part) == 0.0 && rounding.has(sum) {
                return Range::point(sum);
            }
        }
        Range::corners(self, other, |a, b| a + b).wider(OPERATION, rounding)
    }

    pub fn mul(self, other: Range, rounding: Rounding) -> Range {
        let mut product = Range::corners(self, other, |a, b| a * b);
        let infinite = |range: Range| range.lo.is_infinite() || range.hi.is_infinite();
        let zero = |range: Range| range.lo <= 0.0 && range.hi >= 0.0;
        if infinite(self) && zero(other) || infinite(other) && zero(self) {
            // 0·∞ is NaN, and with a 0 that is only one end every product between is possible
            let single = self.is().is_some() && other.is().is_some();
            product = if single { Range::NAN } else { Range { nan: true, ..product.hull(Range::point(0.0)) } };
        }
        product.wider(OPERATION, rounding)
    }

    pub fn div(self, other: Range, rounding: Rounding) -> Range {
        if other.lo <= 0.0 && other.hi >= 0.0 {
            return Range { lo: f64::NEG_INFINITY, hi: f64::INFINITY, nan: true };
        }
        Range::corners(self, other, |a, b| a / b).wider(OPERATION, rounding)
    }

    /// Each result cast to the format of this rounding.
    pub fn cast(self, rounding: Rounding) -> Range {
        match self.is() {
            Some(value) => Range::rounded(value, rounding),
            None => self.wider(OPERATION, rounding),
        }
    }

    pub fn neg(self) -> Range {
        Range { lo: -self.hi, hi: -self.lo, nan: self.nan }
    }

    fn log(self, f: impl Fn(f64) -> f64, from: f64, rounding: Rounding) -> Range {
        if self.is_empty() || self.hi < from {
            return Range::NAN;
        }
        let inside = Range { lo: self.lo.max(from), nan: self.nan || self.lo < from, ..self };
        inside.monotone(f).wider(FUNCTION, rounding)
    }

    /// The power with an exponent that is one number.
    fn pow(self, exponent: Range, rounding: Rounding) -> Range {
        let Some(exponent) = exponent.is() else { panic!("the exponent {exponent:?} is no number") };
        if exponent == 0.0 {
            return Range::point(1.0);
        }
        if self.is_empty() {
            return Range::NAN;
        }
        let power = |base: f64| base.powf(exponent);
        if exponent.fract() != 0.0 {
            let inside = Range { lo: self.lo.max(0.0), nan: self.nan || self.lo < 0.0, ..self };
            return if self.hi < 0.0 { Range::NAN } else { inside.monotone(power).wider(FUNCTION, rounding) };
        }
        let mut all = self.monotone(power);
        if self.lo <= 0.0 && self.hi >= 0.0 && (self.lo < 0.0 || exponent < 0.0) {
            // ±0 have powers of both signs
            let far = Range { lo: f64::NEG_INFINITY, hi: f64::INFINITY, nan: false };
            all = all.hull(if exponent > 0.0 { Range::point(0.0) } else { far });
        }
        all.wider(FUNCTION, rounding)
    }
}

/// The range of an expression when its names have theirs; panics at a name without one.
pub fn eval(expr: &Expr, names: &BTreeMap<String, Range>, rounding: Rounding) -> Range {
    let operands = match expr {
        Expr::Number(value) => return Range::rounded(value.to_f64(), rounding),
        Expr::Symbol(name) => return *names.get(&**name).unwrap_or_else(|| panic!("no range for {name}")),
        Expr::Apply(_, operands) => operands,
    };
    let Expr::Apply(op, _) = expr else { unreachable!() };
    if *op == Op::Where {
        let branch = |place: usize| eval(&operands[place], names, rounding);
        return match eval(&operands[0], names, rounding).is() {
            Some(holds) => branch(if holds == 0.0 { 2 } else { 1 }),
            None => branch(1).hull(branch(2)),
        };
    }
    let ranges: Vec<Range> = operands.iter().map(|operand| eval(operand, names, rounding)).collect();
    let a = ranges[0];
    let b = *ranges.get(1).unwrap_or(&a);
    match op {
        Op::Add => a.add(b, rounding),
        Op::Sub => a.add(b.neg(), rounding),
        Op::Mul => a.mul(b, rounding),
        Op::Div => a.div(b, rounding),
        Op::Neg => a.neg(),
        Op::Pow => a.pow(b, rounding),
        Op::Exp => a.monotone(f64::exp).wider(FUNCTION, rounding),
        Op::Log => a.log(f64::ln, 0.0, rounding),
        Op::Log1p => a.log(f64::ln_1p, -1.0, rounding),
        Op::Abs => a.monotone(f64::abs),
        Op::Min => Range::corners(a, b, f64::min),
        Op::Max => Range::corners(a, b, f64::max),
        Op::Clamp => Range::corners(Range::corners(a, b, f64::max), ranges[2], f64::min),
        Op::Eq | Op::Lt | Op::Le | Op::Gt | Op::Ge | Op::Ne => compared(*op, a, b),
        other => panic!("{other} is in no coded formula"),
    }
}

/// 1 or 0 where it is settled, else both.
fn compared(op: Op, a: Range, b: Range) -> Range {
    let (yes, no) = match op {
        Op::Eq => (a.is().is_some() && a.is() == b.is(), a.hi < b.lo || b.hi < a.lo),
        Op::Ne => (a.hi < b.lo || b.hi < a.lo, a.is().is_some() && a.is() == b.is()),
        Op::Lt => (a.hi < b.lo, a.lo >= b.hi),
        Op::Le => (a.hi <= b.lo, a.lo > b.hi),
        Op::Gt => (a.lo > b.hi, a.hi <= b.lo),
        _ => (a.lo >= b.hi, a.hi < b.lo),
    };
    match (yes, no) {
        (true, _) => Range::point(1.0),
        (_, true) => Range::point(0.0),
        _ => Range { lo: 0.0, hi: 1.0, nan: false },
    }
}
