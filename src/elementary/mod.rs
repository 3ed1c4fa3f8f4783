//! The elementary functions that kernels call, as programs of +, −, ·, / and of the bits of floats: no libm.
//!
//! A [`Set`] holds every function at one level of accuracy. What each is made of:
//!
//! ```text
//! exp        k = round(x log2 e); x log2 e − k or x − k ln 2 (in two parts) goes into a polynomial; times 2^k
//! two_atanh  log((1 + s)/(1 − s)) = 2 s + 2 s^3 P(s^2), for |s| ≤ 1/3: log1p(t) for s = t/(2 + t), t in [0, 1]
//! ln_1p      1 + t = 2^k (1 + f) with what the sum lost; k ln 2 + u + u^3 Q(u^2), u = f/(1 + f/2)
//! ln         p = 2^k (1 + f), with f = -q where k = 0; the same from there
//! sqrt       steps of Newton from a guess by bits for 1/sqrt(x), and one for the root
//! ```
//!
//! Each of them is there with products fused with sums, too (`fuse`), with bounds of its own.
//!
//! Coefficients are Sollya's: `coefficients.sol` makes `coefficients.txt`. Each bound stands beside its program in
//! `table`; `doubt` derives it anew, the error of the polynomial by exact rationals and the rounding errors by intervals,
//! and `points` compares programs with the oracle.

#[cfg(test)]
mod approximation;
#[cfg(test)]
mod doubt;
mod fuse;
mod halves;
mod logarithm;
mod making;
pub mod pair;
#[cfg(test)]
mod points;
mod program;
mod root;
mod table;

pub use fuse::{Fused, chosen};
pub use program::{At, Bound, Float, LEADING, Program, Step};
pub use table::Exponential;

use std::sync::OnceLock;

use crate::arithmetic::Arithmetic;
use crate::format::Format;

/// How exact the functions are; the cheapest with which a kernel's bound is met is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// In f64 for a result in f32: errors of 3·10^−12.
    Low,
    /// In f64 for a result in f32, where a power multiplies the error of a logarithm: errors of 2·10^−14.
    Middle,
    /// In f64: errors of 1 to 6 u.
    Full,
    /// In f64 for a result in f64, where powers multiply errors: as in Full, but e^x and √x are off by little more than their
    /// last rounding, and quotients t/(1 + t) are refined.
    Double,
    /// In f32: errors of 1 to 4 u of it.
    Single,
    /// In pairs of f64: errors of 2^−99 to 2^−102.
    Pair,
}

/// Every level whose functions compute in floats.
#[cfg(test)]
const LEVELS: [Level; 5] = [Level::Low, Level::Middle, Level::Full, Level::Double, Level::Single];

/// Below it a logarithm is mostly a multiple of ln 2, which is exact but for a rounding.
pub const FAR: f64 = 1.0 / 64.0;

/// The functions of one level.
#[derive(Debug)]
pub struct Set {
    /// e^x
    pub exp: Program,
    /// e^−a for a ≥ 0
    pub exp_minus: Program,
    /// e^(hi + lo)
    pub exp_pair: Program,
    /// The three exponentials, each in two; of pairs there are none.
    pub halves: Vec<[Program; 2]>,
    /// log((1 + s)/(1 − s)) for |s| ≤ 1/3; pairs have log(1 + t) alone
    pub two_atanh: Option<Program>,
    /// log(1 + t) for t > −1
    pub ln_1p: Program,
    /// √x for x ≥ 0
    pub sqrt: Program,
    /// log(p) for p in [0, 1], given q = 1 − p
    pub ln: Program,
    /// The relative bound of `ln` below [`FAR`], in u.
    pub ln_far: f64,
}

impl Level {
    /// The levels with which kernels are made, the cheapest first.
    pub fn of(arithmetic: Arithmetic, format: Format) -> &'static [Level] {
        match (arithmetic, format) {
            (Arithmetic::F32, _) => &[Level::Single],
            (Arithmetic::F64, Format::F32) => &[Level::Low, Level::Middle, Level::Full],
            (Arithmetic::F64, Format::F64) => &[Level::Full, Level::Double],
            (Arithmetic::Pair, _) => &[Level::Pair],
        }
    }

    /// What its functions compute in.
    pub fn arithmetic(self) -> Arithmetic {
        match self {
            Level::Low | Level::Middle | Level::Full | Level::Double => Arithmetic::F64,
            Level::Single => Arithmetic::F32,
            Level::Pair => Arithmetic::Pair,
        }
    }

    /// Its functions, with products fused with sums or not.
    pub fn set(self, fused: bool) -> &'static Set {
        static SETS: [[OnceLock<Set>; 6]; 2] = [const { [const { OnceLock::new() }; 6] }; 2];
        let set = || if self == Level::Pair { pair::set(fused) } else { table::set(self, fused) };
        SETS[usize::from(fused)][self as usize].get_or_init(set)
    }
}

impl Set {
    /// All of them.
    pub fn programs(&self) -> Vec<&Program> {
        let all = [&self.exp, &self.exp_minus, &self.exp_pair, &self.ln_1p, &self.sqrt, &self.ln];
        all.into_iter().chain(&self.two_atanh).chain(self.halves.iter().flatten()).collect()
    }

    /// An exponential in two: up to the reduced argument, and from there on.
    ///
    /// # Panics
    /// For a set of pairs.
    pub fn halves(&self, of: Exponential) -> &[Program; 2] {
        &self.halves[of as usize]
    }
}
