//! What the registers of a kernel are, and the mode that chooses it.

use std::fmt;

use crate::format::Format;

/// What a kernel computes in: what its registers hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Arithmetic {
    /// `f32`
    F32,
    /// `f64`
    F64,
    /// Pairs hi + lo of `f64`, |lo| ≤ ulp(hi)/2
    Pair,
}

impl Arithmetic {
    /// The format of one register, of a pair that of its parts.
    pub fn format(self) -> Format {
        match self {
            Arithmetic::F32 => Format::F32,
            Arithmetic::F64 | Arithmetic::Pair => Format::F64,
        }
    }

    /// Unit roundoff u: a rounded result is off by at most u of itself where it is normal; of pairs the largest of the bounds
    /// of a sum, a product and a quotient.
    pub fn unit(self) -> f64 {
        let unit = self.format().unit();
        if self == Arithmetic::Pair { 18.0 * unit.powi(2) } else { unit }
    }

    /// Relative bounds beyond this many u count as infinite.
    pub fn largest(self) -> f64 {
        match self {
            Arithmetic::F32 => 1024.0,
            Arithmetic::F64 | Arithmetic::Pair => 1e6,
        }
    }

    /// Covers what is of second order where no error is beyond [`Arithmetic::largest`], four times over, and the rounding of
    /// the calculus itself.
    pub fn slack(self) -> f64 {
        match self {
            Arithmetic::F32 => 1.0 + 1.0 / 4096.0,
            Arithmetic::F64 | Arithmetic::Pair => 1.0 + 1e-9,
        }
    }

    /// What pairs of registers lose by their own rounding, in u: a few u² per operation.
    pub fn of_pairs(self) -> f64 {
        match self {
            Arithmetic::F32 => 6e-6,
            Arithmetic::F64 => 1e-14,
            // no kernel has pairs of pairs
            Arithmetic::Pair => f64::INFINITY,
        }
    }

    /// Is it wider than the format, so that inputs are widened and results rounded once more?
    pub fn widens(self, format: Format) -> bool {
        self == Arithmetic::Pair || self == Arithmetic::F64 && format == Format::F32
    }
}

impl fmt::Display for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Arithmetic::F32 | Arithmetic::F64 => self.format().fmt(f),
            Arithmetic::Pair => f.write_str("pairs of f64"),
        }
    }
}

/// What a kernel is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Mode {
    /// The least error.
    #[default]
    Accurate,
    /// Speed: the registers are of the format of the results.
    Fast,
}

impl Mode {
    /// What a kernel with results of the format computes in.
    pub fn arithmetic(self, format: Format) -> Arithmetic {
        match (self, format) {
            (Mode::Fast, Format::F32) => Arithmetic::F32,
            (Mode::Accurate, Format::F32) | (Mode::Fast, Format::F64) => Arithmetic::F64,
            (Mode::Accurate, Format::F64) => Arithmetic::Pair,
        }
    }

    /// The mode that a kernel with this arithmetic is of.
    pub fn of(arithmetic: Arithmetic, format: Format) -> Mode {
        if arithmetic == Mode::Accurate.arithmetic(format) { Mode::Accurate } else { Mode::Fast }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Accurate => "accurate",
            Mode::Fast => "fast",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn second_order_stays_below_the_slack() {
        for arithmetic in [Arithmetic::F32, Arithmetic::F64] {
            let (largest, format) = (arithmetic.largest() * arithmetic.unit(), arithmetic.format());
            assert!(4.0 * largest <= arithmetic.slack() - 1.0, "{arithmetic}");
            assert_eq!(format.least_normal() * (2.0 * format.unit()), format.least());
            let next = 1.0 + 2.0 * format.unit();
            assert_eq!((format.round(1.0 + format.unit()), format.round(next)), (1.0, next));
        }
        assert!(4.0 * Arithmetic::Pair.largest() * Arithmetic::Pair.unit() <= Arithmetic::Pair.slack() - 1.0);
    }
}
