//! `f32` or `f64`: what inputs and results are held in.

use std::fmt;

/// The float format of inputs and results.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// `f32`: inputs are widened, results rounded once.
    F32,
    /// `f64`.
    F64,
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Format::F32 => "f32",
            Format::F64 => "f64",
        })
    }
}
