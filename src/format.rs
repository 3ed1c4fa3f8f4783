//! `f32` or `f64`: what inputs and results are held in.

use std::fmt;

use crate::rational::Rational;

/// The float format of inputs and results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `f32`: inputs are widened, results rounded once.
    F32,
    /// `f64`.
    F64,
}

/// What floats of it are, widened to f64.
impl Format {
    /// Unit roundoff: half the distance from 1 to the next float.
    pub fn unit(self) -> f64 {
        match self {
            Format::F32 => f64::from(f32::EPSILON) / 2.0,
            Format::F64 => f64::EPSILON / 2.0,
        }
    }

    /// The type that holds its bits.
    pub fn bits(self) -> &'static str {
        match self {
            Format::F32 => "u32",
            Format::F64 => "u64",
        }
    }

    /// Bits of a significand.
    pub fn precision(self) -> i32 {
        match self {
            Format::F32 => f32::MANTISSA_DIGITS as i32,
            Format::F64 => f64::MANTISSA_DIGITS as i32,
        }
    }

    /// The greatest finite float.
    pub fn greatest(self) -> f64 {
        match self {
            Format::F32 => f64::from(f32::MAX),
            Format::F64 => f64::MAX,
        }
    }

    /// The least normal float.
    pub fn least_normal(self) -> f64 {
        match self {
            Format::F32 => f64::from(f32::MIN_POSITIVE),
            Format::F64 => f64::MIN_POSITIVE,
        }
    }

    /// The least subnormal float, η.
    pub fn least(self) -> f64 {
        match self {
            Format::F32 => f64::from(f32::from_bits(1)),
            Format::F64 => f64::from_bits(1),
        }
    }

    /// The nearest float.
    pub fn round(self, value: f64) -> f64 {
        match self {
            Format::F32 => f64::from(value as f32),
            Format::F64 => value,
        }
    }

    /// The float nearest to an exact number.
    pub fn nearest(self, value: &Rational) -> f64 {
        match self {
            Format::F32 => f64::from(value.to_f32()),
            Format::F64 => value.to_f64(),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::F32 => "f32",
            Format::F64 => "f64",
        })
    }
}
