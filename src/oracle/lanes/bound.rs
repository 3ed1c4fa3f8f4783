//! Bounds of the error of a block of values, and what operations make of them.

use super::{U, function};

/// The truth lies within `relative·|v| + absolute` of each value v.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Bound {
    pub(super) relative: f64,
    pub(super) absolute: f64,
}

/// What a rounded operation may lose to underflow, and more.
pub(super) const LEAST: f64 = f64::from_bits(23 << 52);

/// A bound, rounded up: the few operations that made it lost less than this.
pub(super) fn outward(bound: f64) -> f64 {
    bound * (1.0 + 1.0 / (1u64 << 40) as f64)
}

fn made(relative: f64, absolute: f64) -> Bound {
    Bound { relative: outward(relative), absolute: outward(absolute) + LEAST }
}

impl Bound {
    pub(super) const EXACT: Bound = Bound { relative: 0.0, absolute: 0.0 };

    /// Of a number that was rounded once.
    pub(super) fn rounded() -> Bound {
        made(U, 0.0)
    }

    pub(super) fn is_finite(self) -> bool {
        self.relative.is_finite() && self.absolute.is_finite()
    }

    /// What values up to this size are off by, at most.
    pub(super) fn total(self, size: f64) -> f64 {
        outward(self.relative * size + self.absolute)
    }

    /// Relative to values of at least this size; infinite where that is 0, unless they are exact.
    pub(super) fn relative_total(self, least: f64) -> f64 {
        if self.absolute == 0.0 { self.relative } else { outward(self.relative + self.absolute / least) }
    }

    /// The weaker of both.
    pub(super) fn or(self, other: Bound) -> Bound {
        Bound { relative: self.relative.max(other.relative), absolute: self.absolute.max(other.absolute) }
    }

    /// A + B by the value of A alone: B is at most `small` in all.
    pub(super) fn with_small(self, small: f64) -> Bound {
        made(self.relative, self.absolute + small)
    }

    /// A + B for values of one sign: |a| + |b| = |a + b|.
    pub(super) fn of_sum(self, other: Bound) -> Bound {
        made(self.relative.max(other.relative) + U, self.absolute + other.absolute)
    }

    /// A + B for values up to these sizes.
    pub(super) fn of_difference(self, other: Bound, a: f64, b: f64) -> Bound {
        made(U, self.relative * a + other.relative * b + self.absolute + other.absolute)
    }

    /// A·B for values up to these sizes, `rounding` relative: |AB − ab| ≤ |ab|(α + β + αβ) + α'|b|(1 + β) + β'|a|(1 + α) + α'β'.
    pub(super) fn of_product(self, other: Bound, a: f64, b: f64, rounding: f64) -> Bound {
        let relative = self.relative + other.relative + self.relative * other.relative;
        let absolute = self.absolute * b * (1.0 + other.relative) + other.absolute * a * (1.0 + self.relative);
        made(relative + rounding, absolute + self.absolute * other.absolute)
    }

    /// A/B for divisors of at least this size, `rounding` relative. With β for all of B's error, relative to b:
    /// |A/B − a/b| = |Ab − aB|/|Bb| ≤ (|a/b|(α + β) + α'/|b|)/(1 − β).
    pub(super) fn of_quotient(self, other: Bound, least: f64, rounding: f64) -> Option<Bound> {
        let divisor = other.relative_total(least);
        if divisor > 0.25 || divisor.is_nan() || least == 0.0 {
            return None;
        }
        let left = 1.0 - divisor;
        Some(made((self.relative + divisor) / left + rounding, self.absolute / (least * left)))
    }

    /// exp of arguments up to this size, the lowest of them at −`below`: |exp(e) − 1| ≤ 1.07|e| for e ≤ 1/8. Where the argument was
    /// raised to `EXP_LEAST`, both truth and value lie between 0 and 2^−995·e^(1/8).
    pub(super) fn of_exp(self, size: f64, below: f64) -> Option<Bound> {
        let off = self.total(size.min(super::EXP_MOST));
        let raised = if below > -function::EXP_LEAST { LEAST * 128.0 } else { 0.0 };
        (off <= 0.125).then(|| made(function::EXP + 1.1 * off, raised))
    }

    /// log of arguments that are off by this, relative, at most 1/4: |log(1 − e)| ≤ 1.16e.
    pub(super) fn of_log(off: f64) -> Bound {
        made(function::LOG, 1.2 * off)
    }

    /// log1p in `LOG1P_RANGE`: it is concave with log1p(0) = 0, so a relative error does not grow where t > 0; below, the slope is
    /// at most 1/(1 − 0.29) and |t| ≤ |log1p(t)|, with room for an error that is small against 1.
    pub(super) fn of_log1p(self) -> Bound {
        if self.relative > 0.01 || self.absolute > 0.01 {
            return Bound { relative: f64::INFINITY, ..self };
        }
        made(function::LOG1P + 1.5 * self.relative, 1.5 * self.absolute)
    }

    /// expm1 up to `EXPM1_REACH`: |expm1(x + e) − expm1(x)| = e^x|expm1(e)|, and x·e^x/expm1(x) ≤ 1.19.
    pub(super) fn of_expm1(self) -> Bound {
        if self.relative > 0.01 || self.absolute > 0.01 {
            return Bound { relative: f64::INFINITY, ..self };
        }
        made(function::EXPM1 + 1.4 * self.relative, 1.6 * self.absolute)
    }
}
